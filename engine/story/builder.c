#include "story/builder.h"

#include "story/limits.h"
#include "base/brief.h"
#include "base/lookalike.h"
#include "story/suggest.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define OPTIONS_LISTED 8 /* as many as a panel usually shows */

/* How many comparisons "did you mean" may cost in one story: about a second's worth. */
#define COMPARISONS_MAX 2000000

static const struct {
    size_t offset, size;
} arrays[] = {
#define ARRAY(member, type)                                                                                            \
    {                                                                                                                  \
        offsetof(struct builder, member), sizeof(type)                                                                 \
    }
    ARRAY(includes, struct pending_name),
    ARRAY(languages, const char *),
    ARRAY(names, const char *),
    ARRAY(former, struct pending_name),
    ARRAY(renamed_values, struct story_renamed_value),
    ARRAY(traits, struct builder_tag),
    ARRAY(props, struct builder_tag),
    ARRAY(acts, struct builder_tag),
    ARRAY(tag_uses, struct builder_tag_use),
    ARRAY(vars, struct story_var),
    ARRAY(experiments, struct story_experiment),
    ARRAY(memories, struct story_memory),
    ARRAY(code, struct story_code),
    ARRAY(exprs, struct story_expr),
    ARRAY(effects, struct story_effect),
    ARRAY(parts, struct story_part),
    ARRAY(routes, struct story_route),
    ARRAY(cues, struct story_cue),
    ARRAY(labels, struct story_label),
    ARRAY(variants, struct story_variant),
    ARRAY(orders, int32_t),
    ARRAY(option_traits, struct story_trait),
    ARRAY(option_props, int32_t),
    ARRAY(node_props, int32_t),
    ARRAY(options, struct story_option),
    ARRAY(decisions, struct story_decision),
    ARRAY(tracks, struct story_track),
    ARRAY(ats, struct story_at),
    ARRAY(inscriptions, struct story_inscription),
    ARRAY(events, struct story_event),
    ARRAY(nodes, struct story_node),
    ARRAY(endings, struct story_ending),
    ARRAY(asserts, struct story_assert),
    ARRAY(goals, struct story_goal),
    ARRAY(notes, struct story_note),
    ARRAY(language_marks, struct pending_name),
    ARRAY(texts, struct builder_text),
    ARRAY(pending_names, struct pending_name),
    ARRAY(media, struct builder_medium),
    ARRAY(cue_sets, struct builder_cue_set),
    ARRAY(clip_media, int32_t),
    ARRAY(pending_exprs, struct pending_expr),
    ARRAY(var_uses, struct builder_var),
    ARRAY(track_marks, struct pending_name),
    ARRAY(goal_names, struct pending_name),
    ARRAY(loose_ends, struct pending_name),
    ARRAY(unsound, int32_t),
#undef ARRAY
};

static_assert(STORY_FILES_MAX <= UINT16_MAX, "a mark has 16 bits for its file");
static_assert(STORY_NODES_MAX <= INT32_MAX / 2, "a place has one bit more than a node's index");

static GArray **array_slot(struct builder *b, size_t i)
{
    return (GArray **)(void *)((char *)b + arrays[i].offset);
}

static guint memory_hash(gconstpointer p)
{
    const struct story_memory *m = p;
    return (guint)m->kind + 3u * ((guint)m->subject * 31u + (guint)m->option);
}

static gboolean memory_equal(gconstpointer pa, gconstpointer pb)
{
    const struct story_memory *a = pa, *b = pb;
    return a->kind == b->kind && a->subject == b->subject && a->option == b->option;
}

struct builder *builder_new(struct diags *diags)
{
    struct builder *b = g_new0(struct builder, 1);
    b->diags = diags;
    b->arena = arena_new();
    b->scratch = arena_new();
    b->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_text_close);
    b->bad_names = g_ptr_array_new_with_free_func(g_free);
    b->missing_reported = g_hash_table_new(g_str_hash, g_str_equal);
    b->memory_index = g_hash_table_new_full(memory_hash, memory_equal, g_free, NULL);
    b->comparisons_left = COMPARISONS_MAX;
    b->title = -1;
    b->start_node = -1;
    b->forms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < SPACE_N; i++)
        b->spaces[i] = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        *array_slot(b, i) = g_array_new(FALSE, FALSE, (guint)arrays[i].size);
    return b;
}

/* O(1). */
bool builder_check(const struct builder *b)
{
    assert(b->diags && b->arena && b->scratch);
    assert(b->var_uses->len == b->vars->len);
    assert(b->clip_media->len == b->nodes->len);
    assert(b->track_marks->len == b->tracks->len);
    assert(b->comparisons_left >= 0);
    return true;
}

void builder_free(struct builder *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        if (*array_slot(b, i))
            g_array_free(*array_slot(b, i), TRUE);
    for (int i = 0; i < SPACE_N; i++)
        g_hash_table_destroy(b->spaces[i]);
    g_hash_table_destroy(b->forms);
    g_free(b->translations);
    g_free(b->origins);
    g_hash_table_destroy(b->memory_index);
    g_ptr_array_free(b->bad_names, TRUE);
    g_hash_table_destroy(b->missing_reported);
    g_ptr_array_free(b->sources, TRUE);
    folder_free(b->folder);
    arena_free(b->scratch);
    arena_free(b->arena);
    g_free(b);
}

void builder_add_source(struct builder *b, struct source_text *src)
{
    assert(b->sources->len < UINT16_MAX);
    src->number = (uint16_t)b->sources->len;
    g_ptr_array_add(b->sources, src);
}

struct story_mark builder_mark(const struct builder *b, const struct yml_node *n)
{
    assert(n->file < b->sources->len);
    return (struct story_mark){n->line, (uint16_t)MIN(n->col, UINT16_MAX), n->file};
}

void builder_error(struct builder *b, const struct yml_node *at, const char *code, const char *advice,
                   const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    yml_report(g_ptr_array_index(b->sources, at->file), b->diags, at, code, advice, "%s", message);
}

void builder_error_at(struct builder *b, struct story_mark mark, uint32_t width, const char *code, const char *advice,
                      const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    assert(mark.file < b->sources->len && mark.line > 0);
    const struct yml_node at = {.line = mark.line, .col = mark.col, .width = width, .file = mark.file};
    yml_report(g_ptr_array_index(b->sources, mark.file), b->diags, &at, code, advice, "%s", message);
}

const char *builder_keep(struct builder *b, const char *text)
{
    return arena_copy(b->arena, text, strlen(text));
}

const char *builder_brief(struct builder *b, const char *text)
{
    g_autofree char *shortened = brief(text, BRIEF_CHARS);
    return strcmp(shortened, text) == 0 ? text : arena_copy(b->scratch, shortened, strlen(shortened));
}

/* Two names that no reader can tell apart. Most names have plain letters only, and are the form of themselves. */
static void warn_lookalike(struct builder *b, enum builder_space space, const char *name, const struct yml_node *at,
                           const char *what)
{
    g_autofree char *form = lookalike_form(name), *key = g_strdup_printf("%d %s", space, form);
    const char *other = g_hash_table_lookup(b->forms, key);
    if (!other && strcmp(form, name) != 0 && g_hash_table_contains(b->spaces[space], form))
        other = form;
    if (other)
        builder_error(b, at, "W613", "write both in the same way", "there is a %s `%s` that looks the same, %s", what,
                      other, lookalike_hidden(name, other));
    else if (!g_str_is_ascii(name))
        g_hash_table_insert(b->forms, g_steal_pointer(&key), (gpointer)name);
}

/* Where what has this value in its space was declared. */
static struct story_mark declared_at(const struct builder *b, enum builder_space space, int32_t value)
{
    switch (space) {
    case SPACE_PLACES:
        return value & 1 ? g_array_index(b->routes, struct story_route, value >> 1).mark
                         : g_array_index(b->nodes, struct story_node, value >> 1).mark;
    case SPACE_DECISIONS:
        return g_array_index(b->decisions, struct story_decision, value).mark;
    case SPACE_VARS:
        return g_array_index(b->vars, struct story_var, value).mark;
    case SPACE_ENDINGS:
        return g_array_index(b->endings, struct story_ending, value).mark;
    case SPACE_MEDIA:
        return g_array_index(b->media, struct builder_medium, value).mark;
    case SPACE_CUES:
        return g_array_index(b->cue_sets, struct builder_cue_set, value).mark;
    case SPACE_TRAITS:
    case SPACE_PROPS:
    case SPACE_ACTS:
        return g_array_index(builder_tags(b, space), struct builder_tag, value).mark;
    case SPACE_N:
        break;
    }
    g_assert_not_reached();
}

static void report_twice(struct builder *b, const char *name, const struct yml_node *at, const char *what,
                         struct story_mark first)
{
    const struct source_text *src = g_ptr_array_index(b->sources, first.file);
    g_autofree char *file = first.file == at->file ? g_strdup("") : g_strdup_printf("in %s ", src->name);
    builder_error(b, at, "E207", "give one of them another name", "there is already %s %s `%s`, %son line %u",
                  strchr("aeio", *what) ? "an" : "a", what, name, file, first.line);
}

bool builder_declare(struct builder *b, enum builder_space space, const char *name, int32_t value,
                     const struct yml_node *at, const char *what)
{
    if (g_hash_table_contains(b->spaces[space], name)) {
        report_twice(b, name, at, what, declared_at(b, space, builder_find(b, space, name)));
        b->targets_broken = true;
        return false;
    }
    assert(value >= 0);
    if (!g_str_is_ascii(name) || g_hash_table_size(b->forms) > 0)
        warn_lookalike(b, space, name, at, what);
    g_hash_table_insert(b->spaces[space], (gpointer)name, GINT_TO_POINTER(value + 1));
    return true;
}

int32_t builder_find(const struct builder *b, enum builder_space space, const char *name)
{
    assert(space < SPACE_N);
    return GPOINTER_TO_INT(g_hash_table_lookup(b->spaces[space], name)) - 1;
}

/* A name's letters and digits in small letters. */
static char *core_of(const char *name)
{
    GString *core = g_string_new(NULL);
    for (const char *p = name; *p; p = g_utf8_next_char(p))
        if (g_unichar_isalnum(g_utf8_get_char(p)))
            g_string_append_unichar(core, g_unichar_tolower(g_utf8_get_char(p)));
    return g_string_free(core, FALSE);
}

void builder_refuse_name(struct builder *b, const char *name)
{
    g_ptr_array_add(b->bad_names, core_of(name));
}

bool builder_excuses(const struct builder *b, const char *name)
{
    g_autofree char *core = b->bad_names->len > 0 ? core_of(name) : NULL;
    for (guint i = 0; i < b->bad_names->len; i++) {
        const char *bad = g_ptr_array_index(b->bad_names, i);
        if (*core && *bad && (strstr(bad, core) || strstr(core, bad)))
            return true;
    }
    return false;
}

char *builder_suggest(struct builder *b, enum builder_space space, const char *name)
{
    struct suggest s = suggest_begin(name);
    GHashTableIter it;
    gpointer key;
    const guint n = g_hash_table_size(b->spaces[space]);
    if (b->comparisons_left < (int)n)
        return NULL;
    b->comparisons_left -= (int)n;
    /* Of equally near names, the first in the alphabet: the table's order is not stable. */
    g_hash_table_iter_init(&it, b->spaces[space]);
    while (g_hash_table_iter_next(&it, &key, NULL)) {
        struct suggest t = {.word = name, .distance = s.distance + (s.best != NULL)};
        suggest_offer(&t, key);
        if (t.best && (t.distance < s.distance || !s.best || strcmp(key, s.best) < 0))
            s = t;
    }
    return suggest_advice(&s);
}

char *builder_suggest_option(const struct builder *b, struct story_span options, const char *name)
{
    g_autoptr(GString) all =
        g_string_new(options.n > 0 ? "write one of its options: " : "name one by its key in `options`");
    struct suggest s = suggest_begin(name);
    for (int32_t i = 0; i < options.n; i++) {
        const char *option = g_array_index(b->options, struct story_option, options.first + i).name;
        suggest_offer(&s, option);
        if (i < OPTIONS_LISTED)
            g_string_append_printf(all, "%s`%s`", i ? ", " : "", option);
    }
    if (options.n > OPTIONS_LISTED)
        g_string_append(all, ", …");
    char *near = suggest_advice(&s);
    return near ? near : g_strdup(all->str);
}

static char *append_part(char *to, const char *text)
{
    const size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

int32_t builder_add_text(struct builder *b, const struct yml_node *at, const char *text, const char *prefix,
                         const char *a, const char *c, const char *suffix)
{
    const char *parts[] = {prefix, a, c, suffix};
    size_t n = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        n += parts[i] ? strlen(parts[i]) + 1 : 0;
    char *key = arena_alloc(b->arena, n), *p = key;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (!parts[i])
            continue;
        if (p > key)
            *p++ = '.';
        p = append_part(p, parts[i]);
    }
    *p = '\0';
    assert(p < key + n);
    const struct builder_text t = {
        .key = key, .text = builder_keep(b, text), .mark = builder_mark(b, at), .width = at->width};
    g_array_append_val(b->texts, t);
    return (int32_t)b->texts->len - 1;
}

int32_t builder_add_pending_name(struct builder *b, const struct yml_node *at, const char *name)
{
    const struct pending_name ref = {arena_copy(b->scratch, name, strlen(name)), builder_mark(b, at), at->width};
    g_array_append_val(b->pending_names, ref);
    return (int32_t)b->pending_names->len - 1;
}

GArray *builder_tags(const struct builder *b, enum builder_space space)
{
    assert(space == SPACE_TRAITS || space == SPACE_PROPS || space == SPACE_ACTS);
    return space == SPACE_TRAITS ? b->traits : space == SPACE_PROPS ? b->props : b->acts;
}

static int32_t find_or_add_tag(struct builder *b, enum builder_space space, const char *name)
{
    const int32_t found = builder_find(b, space, name);
    GArray *words = builder_tags(b, space);
    if (found >= 0)
        return found;
    const struct builder_tag word = {.name = builder_keep(b, name), .text = -1};
    g_array_append_val(words, word);
    g_hash_table_insert(b->spaces[space], (gpointer)word.name, GINT_TO_POINTER((gint)words->len));
    return (int32_t)words->len - 1;
}

int32_t builder_declare_tag(struct builder *b, enum builder_space space, const struct yml_node *v, const char *title)
{
    const int32_t index = find_or_add_tag(b, space, v->text);
    struct builder_tag *word = &g_array_index(builder_tags(b, space), struct builder_tag, index);
    if (word->declared)
        builder_error(b, v, "E207", "remove one of them", "`%s` is already declared", v->text);
    word->declared = true;
    if (title && space == SPACE_ACTS)
        word->text = builder_add_text(b, v->value, title, "act", word->name, NULL, "title");
    else if (title)
        word->title = builder_keep(b, title);
    word->mark = builder_mark(b, v);
    return index;
}

int32_t builder_use_tag(struct builder *b, enum builder_space space, const struct yml_node *v)
{
    const struct builder_tag_use use = {space, find_or_add_tag(b, space, v->text), builder_mark(b, v), v->width};
    g_array_index(builder_tags(b, space), struct builder_tag, use.index).used = true;
    g_array_append_val(b->tag_uses, use);
    return use.index;
}
