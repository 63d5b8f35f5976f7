#include "edit/names.h"

#include "shoot/fountain.h"
#include "story/expr.h"
#include "story/lexer.h"
#include "story/limits.h"
#include "story/target_text.h"
#include "story/text_field.h"
#include "story/yml.h"

#include <assert.h>
#include <string.h>

#define LINES_MAX   64 /* of an expression */
#define REPAIRS_MAX 8  /* how many lines may be left out of a file that does not parse */

struct walk {
    struct names *n;
    struct guides *guides;
    const struct source_buffers *buffers;
    char *dir;
    GPtrArray *includes; /* char *: paths that are still to be read */
    guint file;
    const char *node, *decision, *variable, *key, *act; /* within which; interned, or NULL */
    uint32_t at_line, at_col;                           /* behind the last name that was found in this text */
};

static const char *intern(struct walk *w, const char *text)
{
    return g_string_chunk_insert_const(w->n->texts, text);
}

static struct source_text *source_of(const struct walk *w)
{
    return ((struct names_file *)w->n->files->pdata[w->file])->src;
}

/* ---- where a name stands ----------------------------------------------------------------------------------------- */

static bool is_word_char(char c)
{
    return (guchar)c >= 0x80 || g_ascii_isalnum(c) || c == '_';
}

/* Does the whole word stand at p? */
static bool word_at(const char *line, const char *p, const char *end, const char *word)
{
    const size_t n = strlen(word);
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 && (p == line || !is_word_char(p[-1])) &&
           (p + n == end || !is_word_char(p[n]));
}

static bool stands_at(const struct walk *w, uint32_t line, uint32_t col, const char *word)
{
    size_t len = 0;
    const char *text = source_text_line(source_of(w), line, &len);
    if (!text)
        return false;
    const char *p = source_of(w)->text + source_text_offset(source_of(w), line, col);
    return word_at(text, p, text + len, word);
}

/* The first whole word from the place on that was reached last, within the lines of the text. */
static bool search_word(struct walk *w, uint32_t last_line, const char *word)
{
    for (; w->at_line <= last_line; w->at_line++, w->at_col = 1) {
        size_t len = 0;
        const char *text = source_text_line(source_of(w), w->at_line, &len);
        const char *p = source_of(w)->text + source_text_offset(source_of(w), w->at_line, w->at_col);
        for (; text && p < text + len; p = g_utf8_next_char(p), w->at_col++)
            if (word_at(text, p, text + len, word))
                return true;
    }
    return false;
}

/* A name within a scalar's text, `offset` bytes from its beginning. */
static void locate(struct walk *w, const struct yml_node *v, size_t offset, struct name_use *use)
{
    const uint32_t col = source_text_scalar_col(source_of(w), v->line, v->col, v->quote, offset);
    use->line = v->line;
    use->col = col;
    use->exact = v->quote != '|' && stands_at(w, v->line, col, use->name);
    if (use->exact) {
        w->at_line = v->line;
        w->at_col = col + use->len;
        return;
    }
    if (w->at_line < v->line) {
        w->at_line = v->line;
        w->at_col = v->col;
    }
    use->exact = search_word(w, v->line + LINES_MAX, use->name);
    if (use->exact) {
        use->line = w->at_line;
        use->col = w->at_col;
        w->at_col += use->len;
    }
}

/* ---- uses -------------------------------------------------------------------------------------------------------- */

static struct name_use *add(struct walk *w, struct name_use use)
{
    use.file = w->file;
    use.node = w->node;
    use.key = w->key;
    use.decision = w->decision;
    use.len = (uint32_t)g_utf8_strlen(use.name, -1);
    use.end_line = MAX(use.end_line, use.line);
    g_array_append_val(w->n->uses, use);
    return &g_array_index(w->n->uses, struct name_use, w->n->uses->len - 1);
}

/* A name that is the whole text of a scalar. */
static struct name_use *add_scalar(struct walk *w, const struct yml_node *v, enum name_kind kind, const char *owner)
{
    struct name_use use = {.kind = kind == NAME_ROUTE ? NAME_NODE : kind,
                           .is_route = kind == NAME_ROUTE,
                           .name = intern(w, v->text),
                           .owner = owner,
                           .line = v->line,
                           .col = v->col + (v->quote ? 1 : 0),
                           .quote = v->quote};
    use.exact = v->len > 0 && v->quote != '|' && stands_at(w, use.line, use.col, use.name);
    return add(w, use);
}

static struct name_use *add_within(struct walk *w, const struct yml_node *v, size_t at, size_t len, enum name_kind kind,
                                   const char *owner)
{
    g_autofree char *name = g_strndup(v->text + at, len);
    struct name_use use = {.kind = kind, .name = intern(w, name), .owner = owner, .quote = v->quote};
    use.len = (uint32_t)g_utf8_strlen(name, -1);
    locate(w, v, at, &use);
    return add(w, use);
}

/* ---- expressions ------------------------------------------------------------------------------------------------- */

/* What is named in the brackets of a function. */
static void read_call(struct walk *w, const struct yml_node *v, struct lexer *l, size_t begin,
                      enum story_memory_kind asks)
{
    const char *decision = NULL;
    for (lexer_next(l, true); l->token == T_NAME; lexer_next(l, true)) {
        const enum name_kind kind = !story_remembers_decision(asks) ? NAME_NODE
                                    : decision                      ? NAME_OPTION
                                                                    : NAME_DECISION;
        const struct name_use *use = add_within(w, v, begin + l->at, l->len, kind, decision);
        decision = asks == STORY_PICKED ? use->name : NULL;
        lexer_next(l, true);
        if (l->token != T_COMMA)
            break;
    }
}

/*
 * A name is a variable, or a value of the enum with which it is compared: that is known when all variables are, so the other side stays as
 * its owner until then. The expression in the text of `v` from byte `begin` on. `target`: the variable that takes its value, or NULL.
 */
static void read_expression(struct walk *w, const struct yml_node *v, size_t begin, const char *target)
{
    struct lexer l = {.text = v->text + begin};
    const char *before = target; /* the name on the other side */
    guint before_use = G_MAXUINT;
    bool equals = target != NULL;
    for (lexer_next(&l, false); l.token != T_END; lexer_next(&l, false)) {
        if (l.token == T_EQ || l.token == T_NE) {
            equals = true;
            continue;
        }
        if (l.token != T_NAME) {
            equals = equals && l.token == T_OPEN;
            continue;
        }
        g_autofree char *name = g_strndup(l.text + l.at, l.len);
        struct lexer ahead = l;
        lexer_next(&ahead, false);
        if (ahead.token == T_OPEN) {
            enum story_memory_kind asks;
            l = ahead;
            if (expr_memory_function(name, &asks))
                read_call(w, v, &l, begin, asks);
            equals = false;
            continue;
        }
        const guint use = w->n->uses->len;
        add_within(w, v, begin + l.at, l.len, NAME_VARIABLE, equals ? before : NULL);
        if (equals && before_use != G_MAXUINT)
            g_array_index(w->n->uses, struct name_use, before_use).owner = intern(w, name);
        before = names_use(w->n, use)->name;
        before_use = use;
        equals = false;
    }
}

static size_t name_bytes(const char *p)
{
    const char *q = p;
    while (is_word_char(*q))
        q++;
    return (size_t)(q - p);
}

/* `x = expression`, `x += expression`, `toggle x`. */
static void read_effect(struct walk *w, const struct yml_node *v)
{
    size_t at = strspn(v->text, " \t\n"), len = name_bytes(v->text + at);
    size_t next = at + len + strspn(v->text + at + len, " \t\n");
    const bool toggle = len == 6 && strncmp(v->text + at, "toggle", 6) == 0 && is_word_char(v->text[next]);
    if (toggle) {
        at = next;
        len = name_bytes(v->text + at);
    }
    if (len == 0)
        return;
    struct name_use *set = add_within(w, v, at, len, NAME_VARIABLE, NULL);
    const char *target = set->name;
    set->writes = true;
    const char *op = v->text + next;
    const size_t op_len = op[0] == '=' ? 1 : (op[0] == '+' || op[0] == '-') && op[1] == '=' ? 2 : 0;
    if (!toggle && op_len)
        read_expression(w, v, next + op_len, target);
}

static void read_fields(struct walk *w, const struct yml_node *v)
{
    const char *cursor = v->text;
    for (struct text_field f; text_field_next(&cursor, &f);) {
        const size_t at = (size_t)(f.at - v->text);
        if (f.kind == FIELD_VALUE)
            add_within(w, v, at, f.len, NAME_VARIABLE, NULL);
        else if (f.kind == FIELD_CHOSEN || f.kind == FIELD_WAITED || f.kind == FIELD_SHARE)
            add_within(w, v, at, f.len, NAME_DECISION, NULL);
    }
}

/* `back(decision)`, `again(decision)`, or a name. */
static void read_target(struct walk *w, const struct yml_node *v)
{
    size_t len;
    bool again;
    const char *decision = target_text_decision(v->text, &len, &again);
    if (!decision)
        add_scalar(w, v, NAME_NODE, NULL);
    else if (len > 0)
        add_within(w, v, (size_t)(decision - v->text), len, NAME_DECISION, NULL);
}

/* ---- the walk ---------------------------------------------------------------------------------------------------- */

static const char *owner_for(const struct walk *w, enum name_kind kind)
{
    return kind == NAME_OPTION ? w->decision : kind == NAME_VALUE ? w->variable : NULL;
}

/* `focus: random` and `default` are words of the format. */
static bool is_format_word(const struct walk *w, const struct yml_node *v, enum name_kind kind)
{
    return kind == NAME_OPTION && w->key &&
           ((strcmp(w->key, "focus") == 0 && (strcmp(v->text, "random") == 0 || strcmp(v->text, "default") == 0)) ||
            (strcmp(w->key, "as") == 0 && strcmp(v->text, "default") == 0));
}

static void read_path_name(struct walk *w, const struct yml_node *v)
{
    const struct name_path p = {intern(w, v->text), w->file, v->line, v->col, v->quote == '|' ? 0 : v->width};
    if (v->len > 0)
        g_array_append_val(w->n->paths, p);
}

/* A name that stands alone: used, or declared in a list, where it may be a key instead that earlier names stand under. */
static void read_name_item(struct walk *w, const struct guide *g, struct role role, const struct yml_node *v)
{
    struct name_use *use = add_scalar(w, v, role.kind, owner_for(w, role.kind));
    use->declares = role.form == ROLE_DECLARES;
    if (use->declares && guide_names(g))
        use->body =
            (struct name_body){.form = BODY_ITEM, .line = v->line, .col = v->col, .len = v->width, .renamed = true};
}

static void read_scalar(struct walk *w, const struct guide *g, const struct yml_node *v)
{
    const struct role role = guide_role(g);
    w->at_line = 0;
    switch (role.form) {
    case ROLE_EXPRESSION:
        read_expression(w, v, 0, NULL);
        break;
    case ROLE_EFFECT:
        read_effect(w, v);
        break;
    case ROLE_FIELDS:
        read_fields(w, v);
        break;
    case ROLE_NAMES:
    case ROLE_DECLARES:
        if (v->len == 0 || is_format_word(w, v, role.kind))
            break;
        if (role.back)
            read_target(w, v);
        else
            read_name_item(w, g, role, v);
        break;
    case ROLE_FILE:
        read_path_name(w, v);
        break;
    case ROLE_NOTHING:
        break;
    }
}

static const struct yml_node *find_key(const struct yml_node *map, const char *name)
{
    for (const struct yml_node *k = map->kind == YML_MAP ? map->first : NULL; k; k = k->next)
        if (k->kind == YML_SCALAR && strcmp(k->text, name) == 0 && k->value && k->value->kind == YML_SCALAR)
            return k->value;
    return NULL;
}

static uint32_t last_line(const struct yml_node *v)
{
    uint32_t line = v->line;
    for (const struct yml_node *k = v->first; k; k = k->next)
        line = MAX(line, k->value ? last_line(k->value) : last_line(k));
    return line;
}

/* What people call what the key declares. */
static const char *title_of(struct walk *w, const struct yml_node *key)
{
    static const char *const keys[] = {"title", "prompt", "text"};
    const struct yml_node *v = key->value;
    for (size_t i = 0; v->kind == YML_MAP && i < G_N_ELEMENTS(keys); i++) {
        const struct yml_node *title = find_key(v, keys[i]);
        if (title)
            return intern(w, title->text);
    }
    return v->kind == YML_SCALAR && v->len > 0 ? intern(w, v->text) : NULL;
}

static char char_at(const struct walk *w, uint32_t line, uint32_t col)
{
    const struct source_text *src = source_of(w);
    const size_t offset = source_text_offset(source_of(w), line, col);
    return offset < src->len ? src->text[offset] : '\0';
}

static void read_formers(struct walk *w, const struct yml_node *was, struct name_body *body)
{
    body->first_former = w->n->formers->len;
    body->former_list = was->kind == YML_LIST && char_at(w, was->line, was->col) == '[';
    for (const struct yml_node *v = was->kind == YML_LIST ? was->first : was; v;
         v = was->kind == YML_LIST ? v->next : NULL) {
        const struct name_former f = {v->kind == YML_SCALAR ? intern(w, v->text) : "", w->file, v->line, v->col,
                                      v->width};
        g_array_append_val(w->n->formers, f);
        body->formers++;
    }
}

/* `g`: of the value. An alias stands elsewhere, and what it stands for may be others' too. */
static struct name_body body_of(struct walk *w, const struct guide *g, const struct yml_node *key,
                                const struct yml_node *v)
{
    struct name_body body = {.form = BODY_NONE, .line = v->line, .col = v->col};
    body.renamed = g && g_ptr_array_find_with_equal_func((GPtrArray *)guide_keys(g), "was", g_str_equal, NULL);
    if (v->line < key->line || (v->line == key->line && v->col < key->col) || char_at(w, v->line, v->col) == '&')
        return body;
    if (v->kind == YML_SCALAR && v->len > 0 && v->quote != '|') {
        body.form = BODY_SCALAR;
        body.len = v->width > 1 || v->len == 1 ? v->width : 0;
    }
    if (v->kind != YML_MAP)
        return body;
    body.form = char_at(w, v->line, v->col) == '{' ? BODY_FLOW : BODY_BLOCK;
    for (const struct yml_node *k = v->first; k; k = k->next)
        if (k->kind == YML_SCALAR && strcmp(k->text, "was") == 0 && k->value && k->value->kind != YML_BROKEN)
            read_formers(w, k->value, &body);
    return body;
}

static void read_value(struct walk *w, const struct guide *g, const struct yml_node *v);

static void read_name_key(struct walk *w, const struct guide *g, struct role role, const struct yml_node *key)
{
    struct name_use *use = add_scalar(w, key, role.kind, owner_for(w, role.kind));
    use->declares = role.form == ROLE_DECLARES;
    use->end_line = last_line(key->value);
    use->title = use->declares ? title_of(w, key) : NULL;
    use->body = body_of(w, guide_key(g, key->text), key, key->value);
    if (role.kind == NAME_NODE && use->declares) {
        const struct yml_node *act = find_key(key->value, "act");
        use->act = act ? intern(w, act->text) : w->act;
        w->node = use->node = use->name;
    }
    if (role.kind == NAME_VARIABLE)
        w->variable = use->name;
}

static void collect_speakers(struct walk *w, const char *script)
{
    g_autoptr(GPtrArray) lines = fountain_parse(script);
    for (guint i = 0; i < lines->len; i++) {
        const struct fountain_line *line = lines->pdata[i];
        if (line->speaker)
            g_hash_table_add(w->n->speakers, (gpointer)intern(w, line->speaker));
    }
}

/* One entry of a mapping. */
static void read_entry(struct walk *w, const struct guide *g, const struct yml_node *key)
{
    if (key->kind != YML_SCALAR || !key->value)
        return;
    const struct walk before = *w;
    const struct role role = guide_role(guide_names(g));
    if (role.kind != NAME_NONE &&
        !g_ptr_array_find_with_equal_func((GPtrArray *)guide_keys(g), key->text, g_str_equal, NULL))
        read_name_key(w, g, role, key);
    else
        w->key = intern(w, key->text);
    if (strcmp(key->text, "script") == 0 && key->value->kind == YML_SCALAR)
        collect_speakers(w, key->value->text);
    read_value(w, guide_key(g, key->text), key->value);
    w->node = before.node;
    w->variable = before.variable;
    w->key = before.key;
}

/* A mapping that is a decision, or names one, owns the options in it. */
static const char *decision_in(struct walk *w, const struct guide *g, const struct yml_node *map)
{
    static const char *const keys[] = {"id", "decision"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const struct yml_node *v = find_key(map, keys[i]);
        if (v && guide_role(guide_key(g, keys[i])).kind == NAME_DECISION)
            return intern(w, v->text);
    }
    return NULL;
}

static void read_map(struct walk *w, const struct guide *g, const struct yml_node *map)
{
    const char *decision_before = w->decision, *decision = decision_in(w, g, map);
    const guint first = w->n->uses->len;
    w->decision = decision ? decision : w->decision;
    for (const struct yml_node *k = map->first; k; k = k->next)
        read_entry(w, g, k);
    for (guint i = first; decision && i < w->n->uses->len; i++) {
        struct name_use *use = &g_array_index(w->n->uses, struct name_use, i);
        const struct yml_node *prompt = find_key(map, "prompt");
        if (use->kind != NAME_DECISION || !use->declares)
            continue;
        use->end_line = last_line(map);
        use->title = prompt ? intern(w, prompt->text) : NULL;
        use->body = body_of(w, g, map, map);
    }
    w->decision = decision_before;
}

static void read_value(struct walk *w, const struct guide *g, const struct yml_node *v)
{
    if (!g)
        return;
    switch (v->kind) {
    case YML_SCALAR:
        read_scalar(w, g, v);
        break;
    case YML_LIST:
        for (const struct yml_node *item = v->first; item; item = item->next)
            read_value(w, guide_item(g), item);
        break;
    case YML_MAP:
        read_map(w, g, v);
        break;
    case YML_BROKEN:
        break;
    }
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void read_includes(struct walk *w, const struct yml_node *v)
{
    for (const struct yml_node *item = v->kind == YML_LIST ? v->first : v; item; item = item->next)
        if (item->kind == YML_SCALAR && w->includes->len < STORY_FILES_MAX)
            g_ptr_array_add(w->includes, g_build_filename(w->dir, item->text, NULL));
}

/* Large mappings are read entry by entry. */
static void read_root(struct walk *w, const struct guide *root, struct yml *y)
{
    for (const struct yml_node *key = yml_key(y); key; key = yml_key(y)) {
        const bool usable = key->kind == YML_SCALAR;
        const struct guide *g = usable ? guide_key(root, key->text) : NULL;
        const bool includes = usable && strcmp(key->text, "include") == 0;
        const bool act = usable && strcmp(key->text, "act") == 0;
        w->key = usable ? intern(w, key->text) : NULL;
        if (yml_enter(y)) {
            for (const struct yml_node *k = yml_pair(y); k; k = yml_pair(y)) {
                read_entry(w, g, k);
                yml_recycle(y);
            }
            continue;
        }
        const struct yml_node *v = yml_read(y);
        if (v && includes)
            read_includes(w, v);
        if (v && act && v->kind == YML_SCALAR)
            w->act = intern(w, v->text);
        if (v)
            read_value(w, g, v);
        yml_recycle(y);
    }
}

/* The line of the mistake that ended the reading; 0: it is not known. */
static uint32_t line_of_mistake(const struct diags *diags)
{
    for (size_t i = 0; i < diags_len(diags); i++) {
        const struct diag *d = diags_get(diags, i);
        if (strcmp(d->rule->code, "E102") == 0)
            return d->line;
    }
    return 0;
}

/* Makes the line blank, or the next one above it that is not yet. False: there is none. */
static bool blank_line(struct source_text *src, uint32_t line)
{
    for (; line > 0; line--) {
        size_t len = 0;
        char *text = (char *)source_text_line(src, line, &len);
        if (!text || strspn(text, " ") >= len)
            continue;
        memset(text, ' ', len);
        return true;
    }
    return false;
}

/* Reads the file, and once more without a line that can't be read. `src` is a copy for that. */
static void read_story(struct walk *w, struct source_text *src)
{
    const guint first = w->n->uses->len, first_include = w->includes->len, first_former = w->n->formers->len,
                first_path = w->n->paths->len;
    for (int repairs = 0;; repairs++) {
        struct diags *diags = diags_new();
        struct yml *y = yml_open(src, diags);
        w->node = w->decision = w->variable = w->key = w->act = NULL;
        if (yml_enter(y))
            read_root(w, guides_root(w->guides, w->file == 0), y);
        const uint32_t line = yml_failed(y) ? line_of_mistake(diags) : 0;
        yml_close(y);
        diags_free(diags);
        if (line == 0 || repairs == REPAIRS_MAX || !blank_line(src, line))
            return;
        g_array_set_size(w->n->uses, first);
        g_array_set_size(w->n->formers, first_former);
        g_array_set_size(w->n->paths, first_path);
        g_ptr_array_set_size(w->includes, first_include);
    }
}

static void names_file_free(void *data)
{
    struct names_file *f = data;
    g_free(f->path);
    source_text_close(f->src);
    g_free(f);
}

/* `read` goes through a copy of its text. */
static void read_file(struct walk *w, const char *path, void (*read)(struct walk *w, struct source_text *src))
{
    const char *why = NULL;
    struct names_file *f = g_new0(struct names_file, 1);
    f->path = g_canonicalize_filename(path, NULL);
    if (names_file(w->n, f->path) >= 0 ||
        source_text_open_from(&f->src, w->buffers, f->path, f->path, &why) != SOURCE_TEXT_OK) {
        names_file_free(f);
        return;
    }
    w->file = w->n->files->len;
    g_ptr_array_add(w->n->files, f);
    struct source_text *copy =
        source_text_of(f->src->bytes, f->src->len + (size_t)(f->src->text - f->src->bytes), path);
    read(w, copy);
    source_text_close(copy);
}

/* ---- translations ------------------------------------------------------------------------------------------------ */

/* `option.door.open.text`: the names in the key of a text. */
static void read_text_key(struct walk *w, const struct yml_node *key)
{
    g_auto(GStrv) parts = g_strsplit(key->text, ".", -1);
    const bool option = strcmp(parts[0], "option") == 0;
    const enum name_kind kind = strcmp(parts[0], "node") == 0                 ? NAME_NODE
                                : strcmp(parts[0], "ending") == 0             ? NAME_ENDING
                                : strcmp(parts[0], "act") == 0                ? NAME_ACT
                                : option || strcmp(parts[0], "decision") == 0 ? NAME_DECISION
                                                                              : NAME_NONE;
    if (kind == NAME_NONE || g_strv_length(parts) < (option ? 4U : 3U))
        return;
    const size_t at = strlen(parts[0]) + 1, len = strlen(parts[1]);
    const char *decision = add_within(w, key, at, len, kind, NULL)->name;
    if (option)
        add_within(w, key, at + len + 1, strlen(parts[2]), NAME_OPTION, decision);
}

static void read_texts(struct walk *w, struct source_text *src)
{
    struct diags *diags = diags_new();
    struct yml *y = yml_open(src, diags);
    w->node = w->decision = w->variable = w->key = w->act = NULL;
    for (const struct yml_node *k = yml_enter(y) ? yml_pair(y) : NULL; k; k = yml_pair(y)) {
        w->at_line = 0;
        if (k->kind == YML_SCALAR && k->len > 0)
            read_text_key(w, k);
        if (k->kind == YML_SCALAR && k->value->kind == YML_SCALAR && g_str_has_suffix(k->text, ".inscription"))
            read_fields(w, k->value);
        yml_recycle(y);
    }
    yml_close(y);
    diags_free(diags);
}

/* The story's texts in its other languages. */
static void read_translations(struct walk *w)
{
    const guint n = w->n->uses->len;
    bool first = true;
    for (guint i = 0; i < n; i++) {
        const struct name_use *u = names_use(w->n, i);
        if (u->kind != NAME_LANGUAGE || !u->declares)
            continue;
        g_autofree char *name = g_strconcat(u->name, ".yaml", NULL),
                        *path = g_build_filename(w->dir, "strings", name, NULL);
        if (!first && !strchr(u->name, '/'))
            read_file(w, path, read_texts);
        first = false;
    }
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static char *name_key(enum name_kind kind, const char *owner, const char *name)
{
    return g_strdup_printf("%d %s %s", (int)kind, owner ? owner : "", name);
}

static void index_use(struct names *n, guint i)
{
    const struct name_use *use = names_use(n, i);
    char *key = name_key(use->kind, use->owner, use->name);
    GArray *list = g_hash_table_lookup(n->by_name, key);
    if (list)
        g_free(key);
    else
        g_hash_table_insert(n->by_name, key, list = g_array_new(FALSE, FALSE, sizeof(guint)));
    g_array_append_val(list, i);
}

static void add_to_set(GHashTable *set, const struct name_use *use)
{
    g_hash_table_add(set, (gpointer)use->name);
}

/* A name in an expression that is no variable is a value of the variable beside it; a goal is a node, or an ending. */
static void settle_kinds(struct names *n)
{
    g_autoptr(GHashTable) variables = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) nodes = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < n->uses->len; i++) {
        const struct name_use *use = names_use(n, i);
        if (use->declares && use->kind == NAME_VARIABLE)
            add_to_set(variables, use);
        if (use->declares && use->kind == NAME_NODE)
            add_to_set(nodes, use);
    }
    for (guint i = 0; i < n->uses->len; i++) {
        struct name_use *use = &g_array_index(n->uses, struct name_use, i);
        if (use->kind == NAME_VARIABLE && !use->declares && !g_hash_table_contains(variables, use->name) &&
            use->owner && g_hash_table_contains(variables, use->owner))
            use->kind = NAME_VALUE;
        else if (use->kind == NAME_VARIABLE)
            use->owner = NULL;
        if (use->kind == NAME_GOAL)
            use->kind = g_hash_table_contains(nodes, use->name) ? NAME_NODE : NAME_ENDING;
    }
}

static int use_by_place(const void *pa, const void *pb)
{
    const struct name_use *a = pa, *b = pb;
    return a->file != b->file   ? (a->file < b->file ? -1 : 1)
           : a->line != b->line ? (a->line < b->line ? -1 : 1)
                                : (a->col > b->col) - (a->col < b->col);
}

struct names *names_read(struct guides *guides, const char *main_path, const struct source_buffers *buffers)
{
    struct names *n = g_new0(struct names, 1);
    n->files = g_ptr_array_new_with_free_func(names_file_free);
    n->uses = g_array_new(FALSE, FALSE, sizeof(struct name_use));
    n->formers = g_array_new(FALSE, FALSE, sizeof(struct name_former));
    n->paths = g_array_new(FALSE, FALSE, sizeof(struct name_path));
    n->texts = g_string_chunk_new(64 * 1024);
    n->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    n->speakers = g_hash_table_new(g_str_hash, g_str_equal);
    struct walk w = {.n = n,
                     .guides = guides,
                     .buffers = buffers,
                     .dir = g_path_get_dirname(main_path),
                     .includes = g_ptr_array_new_with_free_func(g_free)};
    read_file(&w, main_path, read_story);
    for (guint i = 0; i < w.includes->len; i++)
        read_file(&w, w.includes->pdata[i], read_story);
    read_translations(&w);
    settle_kinds(n);
    g_array_sort(n->uses, use_by_place);
    for (guint i = 0; i < n->uses->len; i++)
        index_use(n, i);
    g_ptr_array_unref(w.includes);
    g_free(w.dir);
    return n;
}

void names_free(struct names *n)
{
    if (!n)
        return;
    g_ptr_array_unref(n->files);
    g_array_unref(n->uses);
    g_array_unref(n->formers);
    g_array_unref(n->paths);
    g_hash_table_unref(n->by_name);
    g_hash_table_unref(n->speakers);
    g_string_chunk_free(n->texts);
    g_free(n);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

int names_file(const struct names *n, const char *path)
{
    for (guint i = 0; i < n->files->len; i++)
        if (strcmp(((struct names_file *)n->files->pdata[i])->path, path) == 0)
            return (int)i;
    return -1;
}

const struct name_use *names_at(const struct names *n, guint file, uint32_t line, uint32_t col)
{
    guint lo = 0, hi = n->uses->len;
    while (lo < hi) { /* the first that begins behind the place */
        const guint mid = lo + (hi - lo) / 2;
        const struct name_use *u = names_use(n, mid);
        const bool behind = u->file != file ? u->file > file : u->line != line ? u->line > line : u->col > col;
        lo = behind ? lo : mid + 1;
        hi = behind ? mid : hi;
    }
    const struct name_use *u = lo > 0 ? names_use(n, lo - 1) : NULL;
    return u && u->file == file && u->line == line && col <= u->col + u->len ? u : NULL;
}

const GArray *names_of(const struct names *n, enum name_kind kind, const char *owner, const char *name)
{
    g_autofree char *key = name_key(kind, owner, name);
    return g_hash_table_lookup(n->by_name, key);
}

const struct name_use *names_declaration(const struct names *n, enum name_kind kind, const char *owner,
                                         const char *name)
{
    const GArray *uses = names_of(n, kind, owner, name);
    for (guint i = 0; uses && i < uses->len; i++) {
        const struct name_use *use = names_use(n, g_array_index(uses, guint, i));
        if (use->declares)
            return use;
    }
    return NULL;
}
