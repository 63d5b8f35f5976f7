#include "story/build.h"

#include "story/suggest.h"

#include <stddef.h>
#include <string.h>

/* Comparisons for "did you mean" in one story; about a second's worth. */
#define SUGGESTIONS_MAX 2000000

static const struct {
    size_t offset, size;
} arrays[] = {
#define ARRAY(member, type)                                                                                            \
    {                                                                                                                  \
        offsetof(struct build, member), sizeof(type)                                                                   \
    }
    ARRAY(includes, struct build_ref),
    ARRAY(languages, const char *),
    ARRAY(names, const char *),
    ARRAY(traits, struct build_word),
    ARRAY(props, struct build_word),
    ARRAY(word_uses, struct build_word_use),
    ARRAY(vars, struct story_var),
    ARRAY(memories, struct story_memory),
    ARRAY(code, struct story_code),
    ARRAY(exprs, struct story_expr),
    ARRAY(effects, struct story_effect),
    ARRAY(parts, struct story_part),
    ARRAY(routes, struct story_route),
    ARRAY(cues, struct story_cue),
    ARRAY(labels, struct story_label),
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
    ARRAY(language_marks, struct build_ref),
    ARRAY(texts, struct build_text),
    ARRAY(refs, struct build_ref),
    ARRAY(media, struct build_media),
    ARRAY(clip_media, int32_t),
    ARRAY(todos, struct build_todo),
    ARRAY(var_infos, struct build_var),
    ARRAY(track_marks, struct build_ref),
    ARRAY(goal_refs, struct build_ref),
#undef ARRAY
};

static GArray **array_at(struct build *b, size_t i)
{
    return (GArray **)(void *)((char *)b + arrays[i].offset);
}

static guint memory_hash(gconstpointer p)
{
    const struct story_memory *m = p;
    return (guint)m->kind + 3u * ((guint)m->a * 31u + (guint)m->b);
}

static gboolean memory_equal(gconstpointer pa, gconstpointer pb)
{
    const struct story_memory *a = pa, *b = pb;
    return a->kind == b->kind && a->a == b->a && a->b == b->b;
}

struct build *build_new(struct diags *diags)
{
    struct build *b = g_new0(struct build, 1);
    b->diags = diags;
    b->arena = arena_new();
    b->scratch = arena_new();
    b->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_text_close);
    b->missing_said = g_hash_table_new(g_str_hash, g_str_equal);
    b->memory_index = g_hash_table_new_full(memory_hash, memory_equal, g_free, NULL);
    b->suggestions_left = SUGGESTIONS_MAX;
    b->title = -1;
    b->start_node = -1;
    for (int i = 0; i < N_SPACES; i++)
        b->spaces[i] = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        *array_at(b, i) = g_array_new(FALSE, FALSE, (guint)arrays[i].size);
    return b;
}

void build_shrink(struct build *b)
{
    GArray **const done[] = {&b->includes,  &b->refs,        &b->media,     &b->clip_media, &b->todos,
                             &b->var_infos, &b->track_marks, &b->goal_refs, &b->word_uses,  &b->language_marks};
    for (size_t i = 0; i < G_N_ELEMENTS(done); i++)
        g_array_free(g_steal_pointer(done[i]), TRUE);
    g_hash_table_remove_all(b->missing_said);
    g_ptr_array_set_size(b->sources, 0);
    g_clear_pointer(&b->folder, folder_free);
    g_clear_pointer(&b->scratch, arena_free);
}

void build_free(struct build *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        if (*array_at(b, i))
            g_array_free(*array_at(b, i), TRUE);
    for (int i = 0; i < N_SPACES; i++)
        if (b->spaces[i])
            g_hash_table_destroy(b->spaces[i]);
    g_free(b->translations);
    g_hash_table_destroy(b->memory_index);
    g_hash_table_destroy(b->missing_said);
    g_ptr_array_free(b->sources, TRUE);
    folder_free(b->folder);
    arena_free(b->scratch);
    arena_free(b->arena);
    g_free(b);
}

struct story_mark build_mark(const struct build *b, const struct yml_node *n)
{
    return (struct story_mark){n->line, (uint16_t)MIN(n->col, UINT16_MAX), b->file};
}

void build_error(struct build *b, const struct yml_node *at, const char *code, const char *advice, const char *format,
                 ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    yml_report(b->src, b->diags, at, code, advice, "%s", message);
}

void build_error_at(struct build *b, struct story_mark mark, uint32_t width, const char *code, const char *advice,
                    const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    const struct yml_node at = {.line = mark.line, .col = mark.col, .width = width};
    yml_report(g_ptr_array_index(b->sources, mark.file), b->diags, &at, code, advice, "%s", message);
}

const char *build_keep(struct build *b, const char *text)
{
    return arena_copy(b->arena, text, strlen(text));
}

bool build_declare(struct build *b, enum build_space space, const char *name, int32_t value, const struct yml_node *at,
                   const char *what)
{
    if (g_hash_table_contains(b->spaces[space], name)) {
        build_error(b, at, "E207", "give one of them another name", "there is a %s `%s` already", what, name);
        b->ways_broken = true;
        return false;
    }
    g_hash_table_insert(b->spaces[space], (gpointer)name, GINT_TO_POINTER(value + 1));
    return true;
}

int32_t build_find(const struct build *b, enum build_space space, const char *name)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(b->spaces[space], name)) - 1;
}

char *build_suggest(struct build *b, enum build_space space, const char *name)
{
    struct suggest s = suggest_begin(name);
    GHashTableIter it;
    gpointer key;
    const guint n = g_hash_table_size(b->spaces[space]);
    if (b->suggestions_left < (int)n)
        return NULL;
    b->suggestions_left -= (int)n;
    /* Equally near ones: the first in the alphabet, whatever the table's order. */
    g_hash_table_iter_init(&it, b->spaces[space]);
    while (g_hash_table_iter_next(&it, &key, NULL)) {
        struct suggest t = {.word = name, .distance = s.distance + (s.best != NULL)};
        suggest_offer(&t, key);
        if (t.best && (t.distance < s.distance || !s.best || strcmp(key, s.best) < 0))
            s = t;
    }
    return s.best ? g_strdup_printf("did you mean `%s`?", s.best) : NULL;
}

static char *put(char *to, const char *text)
{
    const size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

int32_t build_text(struct build *b, const struct yml_node *at, const char *text, const char *prefix, const char *a,
                   const char *c, const char *suffix)
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
        p = put(p, parts[i]);
    }
    *p = '\0';
    const struct build_text t = {key, build_keep(b, text), build_mark(b, at), false};
    g_array_append_val(b->texts, t);
    return (int32_t)b->texts->len - 1;
}

int32_t build_ref(struct build *b, const struct yml_node *at, const char *name)
{
    const struct build_ref ref = {arena_copy(b->scratch, name, strlen(name)), build_mark(b, at), at->width};
    g_array_append_val(b->refs, ref);
    return (int32_t)b->refs->len - 1;
}

static GArray *words_of(struct build *b, enum build_space space)
{
    return space == TRAITS ? b->traits : b->props;
}

static int32_t find_word(struct build *b, enum build_space space, const char *name)
{
    const int32_t found = build_find(b, space, name);
    GArray *words = words_of(b, space);
    if (found >= 0)
        return found;
    const struct build_word word = {.name = build_keep(b, name)};
    g_array_append_val(words, word);
    g_hash_table_insert(b->spaces[space], (gpointer)word.name, GINT_TO_POINTER((gint)words->len));
    return (int32_t)words->len - 1;
}

int32_t build_declare_word(struct build *b, enum build_space space, const struct yml_node *v, const char *title)
{
    const int32_t index = find_word(b, space, v->text);
    struct build_word *word = &g_array_index(words_of(b, space), struct build_word, index);
    if (word->declared)
        build_error(b, v, "E207", "remove one of them", "`%s` is declared already", v->text);
    word->declared = true;
    word->title = title ? build_keep(b, title) : NULL;
    word->mark = build_mark(b, v);
    return index;
}

int32_t build_use_word(struct build *b, enum build_space space, const struct yml_node *v)
{
    const struct build_word_use use = {space, find_word(b, space, v->text), build_mark(b, v), v->width};
    g_array_index(words_of(b, space), struct build_word, use.index).used = true;
    g_array_append_val(b->word_uses, use);
    return use.index;
}
