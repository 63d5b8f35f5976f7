#include "edit/completion.h"

#include "edit/place.h"
#include "story/expr.h"
#include "story/lexer.h"

#include <assert.h>
#include <string.h>

struct context {
    const struct completion_source *s;
    struct completions *out;
    const char *text;
    gsize len;
    const struct yml_place *place;
    GHashTable *offered; /* labels */
    bool first;          /* nothing but the word stands in its line */
    bool behind_colon;   /* directly: a blank is missing */
    uint32_t line;       /* of the place, from 1 */
};

/* ---- offers ------------------------------------------------------------------------------------------------------ */

static void completion_free(void *data)
{
    struct completion *c = data;
    g_free(c->label);
    g_free(c->insert);
    g_free(c->detail);
    g_free(c);
}

void completions_free(struct completions *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->items);
    g_free(c);
}

static void offer(struct context *c, enum completion_kind kind, const char *label, const char *suffix,
                  const char *detail, const char *text)
{
    if (!g_hash_table_add(c->offered, g_strdup(label)))
        return;
    struct completion *item = g_new0(struct completion, 1);
    item->kind = kind;
    item->label = g_strdup(label);
    item->insert = g_strconcat(c->behind_colon ? " " : "", label, suffix, NULL);
    item->detail = g_strdup(detail);
    item->text = text;
    g_ptr_array_add(c->out->items, item);
}

/* All names of a kind: the declared ones first, then those that are only used, where the story need not declare them. */
static void offer_names(struct context *c, enum name_kind kind, const char *owner)
{
    const bool loose = kind == NAME_TRAIT || kind == NAME_PROP || kind == NAME_ACT;
    const GArray *uses = c->s->names ? c->s->names->uses : NULL;
    for (int round = 0; uses && round <= (int)loose; round++)
        for (guint i = 0; i < uses->len; i++) {
            const struct name_use *u = names_use(c->s->names, i);
            if (u->kind == kind && (round > 0 || u->declares) && g_strcmp0(u->owner, owner) == 0 && u->len > 0)
                offer(c, COMPLETION_NAME, u->name, "",
                      u->title      ? u->title
                      : u->is_route ? "route"
                                    : name_kind_word(kind),
                      NULL);
        }
}

/* The decision at the place: the last one that is declared above it in its file, or the first one of its node. */
static const char *decision_here(const struct context *c)
{
    const int file = c->s->names && c->s->path ? names_file(c->s->names, c->s->path) : -1;
    const struct name_use *found = NULL;
    for (guint i = 0; file >= 0 && i < c->s->names->uses->len; i++) {
        const struct name_use *u = names_use(c->s->names, i);
        if (u->file != (guint)file || u->kind != NAME_DECISION || !u->declares)
            continue;
        if (!found || u->line <= c->line)
            found = u;
    }
    return found ? found->name : NULL;
}

/* The variable under whose name the place stands in `state`, or NULL. */
static const char *variable_here(const struct context *c)
{
    const GPtrArray *steps = c->place->steps;
    const struct yml_step *top = steps->len > 2 ? steps->pdata[1] : NULL;
    return top && g_strcmp0(top->key, "state") == 0 ? ((struct yml_step *)steps->pdata[2])->key : NULL;
}

static bool has_values(const struct context *c, const char *variable)
{
    const GArray *uses = c->s->names ? c->s->names->uses : NULL;
    for (guint i = 0; uses && i < uses->len; i++) {
        const struct name_use *u = names_use(c->s->names, i);
        if (u->kind == NAME_VALUE && u->declares && g_strcmp0(u->owner, variable) == 0)
            return true;
    }
    return false;
}

static void offer_bools(struct context *c)
{
    offer(c, COMPLETION_WORD, "true", "", NULL, NULL);
    offer(c, COMPLETION_WORD, "false", "", NULL, NULL);
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

/* What an expression is waiting for at its end. */
struct tail {
    char *function; /* within whose brackets it ends, or NULL */
    char *first;    /* what stands before the comma there, or NULL */
    char *compared; /* the variable before the `==` or `!=` with which it ends, or NULL */
};

static struct tail read_tail(const char *text)
{
    struct lexer l = {.text = text};
    struct tail t = {NULL, NULL, NULL};
    g_autofree char *name = NULL;
    for (lexer_next(&l, false); l.token != T_END; lexer_next(&l, t.function != NULL)) {
        if (l.token != T_EQ && l.token != T_NE)
            g_clear_pointer(&t.compared, g_free);
        if (l.token == T_OPEN && name) {
            g_free(t.function);
            t.function = g_steal_pointer(&name);
        } else if (l.token == T_CLOSE) {
            g_clear_pointer(&t.function, g_free);
            g_clear_pointer(&t.first, g_free);
        } else if (l.token == T_COMMA && name) {
            g_free(t.first);
            t.first = g_steal_pointer(&name);
        } else if ((l.token == T_EQ || l.token == T_NE) && name) {
            g_free(t.compared);
            t.compared = g_steal_pointer(&name);
        }
        g_clear_pointer(&name, g_free);
        if (l.token == T_NAME)
            name = g_strndup(text + l.at, l.len);
    }
    return t;
}

static void offer_operands(struct context *c)
{
    static const struct {
        const char *name, *text;
    } functions[] = {
        {"seen(", "seen(node): was the node entered in this play?"},
        {"count(", "count(node): how often it was entered"},
        {"asked(", "asked(decision): was the decision open in this play?"},
        {"picked(", "picked(decision, option): did the viewer pick it?"},
        {"min(", "min(a, b): the smaller number"},
        {"max(", "max(a, b): the larger number"},
    };
    static const char *const words[] = {"not", "and", "or"};
    offer_names(c, NAME_VARIABLE, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        offer(c, COMPLETION_FUNCTION, functions[i].name, "", NULL, functions[i].text);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        offer(c, COMPLETION_WORD, words[i], "", NULL, NULL);
    offer_bools(c);
}

/* `text` ends where the word begins that is being typed. `target`: the variable that takes its value, or NULL. */
static void offer_expression(struct context *c, const char *text, const char *target)
{
    struct tail t = read_tail(text);
    const char *compared = t.compared ? t.compared : text[strspn(text, " ")] ? NULL : target;
    enum story_memory_kind asks;
    if (t.function && expr_memory_function(t.function, &asks)) {
        const char *decision = asks == STORY_PICKED ? t.first : NULL;
        offer_names(c, !story_remembers_decision(asks) ? NAME_NODE : decision ? NAME_OPTION : NAME_DECISION, decision);
    } else if (compared && has_values(c, compared))
        offer_names(c, NAME_VALUE, compared);
    else
        offer_operands(c);
    g_free(t.function);
    g_free(t.first);
    g_free(t.compared);
}

static void offer_effect(struct context *c, const char *text)
{
    const char *p = text + strspn(text, " "), *op = p + strcspn(p, "=");
    if (*op) {
        g_autofree char *target = g_strndup(p, strcspn(p, " =+-"));
        offer_expression(c, op + 1, target);
        return;
    }
    if (strchr(p, ' ') && !g_str_has_prefix(p, "toggle "))
        return;
    offer_names(c, NAME_VARIABLE, NULL);
    if (!*p)
        offer(c, COMPLETION_WORD, "toggle", " ", NULL, "toggle x: true becomes false, and false true");
}

static void offer_fields(struct context *c, const char *text)
{
    static const char *const functions[] = {"chosen(", "waited(", "share(", "timeouts()", "watched()"};
    const char *open = strrchr(text, '{');
    if (!open || strchr(open, '}'))
        return;
    if (strchr(open, '(')) {
        offer_names(c, NAME_DECISION, NULL);
        return;
    }
    offer_names(c, NAME_VARIABLE, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        offer(c, COMPLETION_FUNCTION, functions[i], "", NULL, NULL);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* What a file under this key is likely to end with; NULL: with anything that is picture or sound. */
static const char *endings_for(const char *key)
{
    static const struct {
        const char *key, *endings;
    } known[] = {
        {"include", " .yaml .yml "},
        {"subtitles", " .vtt .srt .ass .ssa .mkv "},
        {"image", " .png .jpg .jpeg .webp .gif .avif .bmp .tif .tiff .heic "},
        {"sound", " .opus .ogg .flac .wav .mp3 .m4a .aac .mka .webm .mp4 .mkv .mov "},
        {"bed", " .opus .ogg .flac .wav .mp3 .m4a .aac .mka .webm "},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_strcmp0(key, known[i].key) == 0)
            return known[i].endings;
    return NULL;
}

static bool file_fits(const char *path, const char *endings)
{
    static const char texts[] = " .yaml .yml .vtt .srt .ass .ssa .md .txt .json .py .sh .blend .frumious .po .csv ";
    const char *dot = strrchr(path, '.');
    if (!dot)
        return false;
    g_autofree char *lower = g_ascii_strdown(dot, -1), *word = g_strconcat(" ", lower, " ", NULL);
    return endings ? strstr(endings, word) != NULL : !strstr(texts, word);
}

/* The innermost key that says for what the file is: of `subtitles: {en: …}` that is `subtitles`. */
static void offer_files(struct context *c)
{
    const char *endings = NULL;
    const GPtrArray *files = c->s->list_files ? c->s->list_files(c->s->user) : NULL;
    for (guint i = c->place->steps->len; i-- > 1 && !endings;)
        endings = endings_for(((struct yml_step *)c->place->steps->pdata[i])->key);
    for (guint i = 0; files && i < files->len; i++)
        if (file_fits(files->pdata[i], endings))
            offer(c, COMPLETION_FILE, files->pdata[i], "", NULL, NULL);
}

/* ---- keys and values --------------------------------------------------------------------------------------------- */

static bool is_taken(const struct context *c, const GPtrArray *neighbours, const char *key)
{
    const guint depth = c->place->steps->len; /* 0: the text is a single word so far */
    const struct yml_step *own = depth ? c->place->steps->pdata[depth - 1] : NULL;
    return (own && g_ptr_array_find_with_equal_func(own->keys, key, g_str_equal, NULL)) ||
           (c->first && g_ptr_array_find_with_equal_func((GPtrArray *)neighbours, key, g_str_equal, NULL));
}

static bool colon_follows(const struct context *c)
{
    gsize at = c->out->to;
    while (at < c->len && c->text[at] == ' ')
        at++;
    return at < c->len && c->text[at] == ':';
}

/* What stands behind a key: a blank and a value, or on the lines below it. */
static const char *key_suffix(const struct context *c, const struct guide *value)
{
    const bool below = c->first && value && guide_is_mapping(value) && guide_role(value).form == ROLE_NOTHING &&
                       guide_words(value)->len == 0;
    return colon_follows(c) ? "" : below ? ":" : ": ";
}

static void offer_keys(struct context *c, const struct guide *g)
{
    const GPtrArray *keys = guide_keys(g);
    g_autoptr(GPtrArray) neighbours = place_neighbours(c->text, c->len, c->out->from);
    for (int round = 0; round < 2; round++) /* what is needed comes first */
        for (guint i = 0; i < keys->len; i++) {
            const char *key = keys->pdata[i];
            const struct guide *value = guide_key(g, key);
            if (guide_requires(g, key) == (round == 0) && !is_taken(c, neighbours, key))
                offer(c, COMPLETION_KEY, key, key_suffix(c, value), round == 0 ? "needed" : NULL, guide_text(value));
        }
    const struct role names = guide_role(guide_names(g));
    const guint before = c->out->items->len;
    if (names.form != ROLE_NAMES)
        return;
    offer_names(c, names.kind, NULL);
    for (guint i = before; i < c->out->items->len; i++) {
        struct completion *item = c->out->items->pdata[i];
        g_autofree char *name = g_steal_pointer(&item->insert);
        item->insert = g_strconcat(name, colon_follows(c) ? "" : ": ", NULL);
    }
}

static void offer_role(struct context *c, struct role role, const char *before)
{
    switch (role.form) {
    case ROLE_EXPRESSION:
        offer_expression(c, before, NULL);
        break;
    case ROLE_EFFECT:
        offer_effect(c, before);
        break;
    case ROLE_FIELDS:
        offer_fields(c, before);
        break;
    case ROLE_FILE:
        if (!*before)
            offer_files(c);
        break;
    case ROLE_NAMES:
        if (role.back && (g_str_has_prefix(before, "back(") || g_str_has_prefix(before, "again("))) {
            offer_names(c, NAME_DECISION, NULL);
            break;
        }
        if (*before)
            break;
        offer_names(c, role.kind == NAME_GOAL ? NAME_NODE : role.kind,
                    role.kind == NAME_OPTION  ? decision_here(c)
                    : role.kind == NAME_VALUE ? variable_here(c)
                                              : NULL);
        if (role.kind == NAME_GOAL)
            offer_names(c, NAME_ENDING, NULL);
        if (role.back) {
            offer(c, COMPLETION_FUNCTION, "back(", "", NULL,
                  "back(decision): to where the viewer decided that, as it was then");
            offer(c, COMPLETION_FUNCTION, "again(", "", NULL,
                  "again(decision): to that question, and what happened since stays");
        }
        break;
    case ROLE_DECLARES:
    case ROLE_NOTHING:
        break;
    }
}

static void offer_words(struct context *c, const struct guide *g, const char *key)
{
    const GPtrArray *words = guide_words(g);
    const bool named = g_strcmp0(key, "initial") == 0 && has_values(c, variable_here(c));
    for (guint i = 0; i < words->len && !named; i++)
        offer(c, COMPLETION_WORD, words->pdata[i], "", NULL, guide_text(g));
    if (g_strcmp0(key, "focus") == 0 || g_strcmp0(key, "as") == 0)
        offer(c, COMPLETION_WORD, "default", "", NULL, "the decision's default option");
    if (g_strcmp0(key, "focus") == 0)
        offer(c, COMPLETION_WORD, "random", "", NULL, "any option, at random");
}

static void offer_value(struct context *c, const struct guide *g, const char *key, const char *before)
{
    const struct role role = guide_role(g);
    const bool starts = !*before;
    offer_role(c, role, before);
    if (starts)
        offer_words(c, g, key);
}

/* In a script, a name in capitals on a line of its own says who speaks. */
static void offer_speakers(struct context *c)
{
    GHashTableIter it;
    gpointer name;
    if (!c->s->names)
        return;
    g_hash_table_iter_init(&it, c->s->names->speakers);
    while (g_hash_table_iter_next(&it, &name, NULL))
        offer(c, COMPLETION_SPEAKER, name, "", "speaks in this story", NULL);
}

/* ---- the place --------------------------------------------------------------------------------------------------- */

static const struct guide *guide_at(const struct context *c)
{
    const struct guide *g = guides_root(c->s->guides, c->s->main_file);
    for (guint i = 1; i < c->place->steps->len && g; i++) {
        const struct yml_step *step = c->place->steps->pdata[i];
        g = step->key ? guide_key(g, step->key) : guide_item(g);
    }
    return c->place->is_item ? guide_item(g) : g;
}

static const char *innermost_key(const struct context *c)
{
    for (guint i = c->place->steps->len; i-- > 1;) {
        const char *key = ((struct yml_step *)c->place->steps->pdata[i])->key;
        if (key)
            return key;
    }
    return NULL;
}

static void offer_all(struct context *c)
{
    const struct guide *g = guide_at(c);
    const char *key = innermost_key(c), *mark = strstr(c->place->text, YML_PLACE_MARK);
    g_autofree char *before = g_strndup(c->place->text, (gsize)(mark - c->place->text));
    const char *last_line = strrchr(before, '\n');
    if (!g)
        return;
    if (g_strcmp0(key, "script") == 0) {
        if (c->place->quote == '|' && (!*before || (last_line && !last_line[1])))
            offer_speakers(c);
        return;
    }
    if (c->place->is_key)
        offer_keys(c, g);
    if (!c->place->is_key || c->first)
        offer_value(c, g, key, before);
    if (!c->place->is_key && c->first && guide_is_mapping(g))
        offer_keys(c, g);
}

static bool is_word_byte(char b, const char *more)
{
    return g_ascii_isalnum(b) || (guchar)b >= 0x80 || strchr(more, b) != NULL;
}

/* The word around the place. Names have dashes, files have slashes and dots. */
static void find_word(struct context *c, gsize offset, const char *more)
{
    gsize from = offset, to = offset;
    while (from > 0 && c->text[from - 1] && is_word_byte(c->text[from - 1], more))
        from--;
    while (to < c->len && c->text[to] && is_word_byte(c->text[to], more))
        to++;
    c->out->from = from;
    c->out->to = to;
}

static bool find_place(struct context *c, gsize offset, const char *more)
{
    yml_place_free((struct yml_place *)c->place);
    find_word(c, offset, more);
    c->place = place_find(c->text, c->len, c->out->from, &c->first);
    c->behind_colon = c->out->from > 0 && c->text[c->out->from - 1] == ':';
    return c->place != NULL;
}

/* What stands before the first colon of each line: a set of char *. */
static GHashTable *keys_of_lines(const char *text)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const size_t n = strcspn(line, ":\n");
        if (line[n] == ':')
            g_hash_table_add(keys, g_strndup(line, n));
    }
    return keys;
}

/* In a translation, the keys of texts that it does not have yet. */
static void offer_text_keys(struct context *c)
{
    const struct story *s = c->s->texts;
    if (place_line_begin(c->text, c->out->from) != c->out->from)
        return;
    g_autoptr(GHashTable) present = keys_of_lines(c->text);
    for (int32_t i = 0; i < s->n_texts; i++)
        if (!g_hash_table_contains(present, story_text_key(s, i)))
            offer(c, COMPLETION_KEY, story_text_key(s, i), colon_follows(c) ? "" : ": ", story_text(s, i, NULL), NULL);
}

struct completions *completions_at(const struct completion_source *s, const char *text, gsize len, gsize offset)
{
    struct context c = {.s = s, .text = text, .len = len, .line = 1};
    assert(offset <= len);
    c.out = g_new0(struct completions, 1);
    c.out->items = g_ptr_array_new_with_free_func(completion_free);
    c.offered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < offset; i++)
        c.line += text[i] == '\n';
    if (s->texts) {
        find_word(&c, offset, "_-.");
        offer_text_keys(&c);
    } else if (find_place(&c, offset, "_-") && guide_role(guide_at(&c)).form == ROLE_FILE)
        find_place(&c, offset, "_-./()+~");
    else if (c.place && guide_role(guide_at(&c)).form == ROLE_EXPRESSION)
        find_place(&c, offset, strstr(c.place->text, "(") ? "_-" : "_");
    if (c.place)
        offer_all(&c);
    yml_place_free((struct yml_place *)c.place);
    g_hash_table_unref(c.offered);
    return c.out;
}

const char *completion_key_text(const struct completion_source *s, const char *text, gsize len, gsize offset,
                                char **key)
{
    struct completions out = {NULL, 0, 0};
    struct context c = {.s = s, .text = text, .len = len, .out = &out, .line = 1};
    const char *found = NULL;
    *key = NULL;
    if (!find_place(&c, offset, "_-.:"))
        return NULL;
    const struct guide *g = guide_at(&c);
    gsize end = out.to;
    while (end > out.from && text[end - 1] == ':')
        end--;
    if (c.place->is_key && text[end] == ':') {
        *key = g_strndup(text + out.from, end - out.from);
        const struct guide *value = g ? guide_key(g, *key) : NULL;
        found = guide_role(guide_names(g)).form == ROLE_NOTHING || !guide_names(g) ? guide_text(value) : NULL;
    } else {
        *key = g_strdup(innermost_key(&c));
    }
    yml_place_free((struct yml_place *)c.place);
    return found;
}
