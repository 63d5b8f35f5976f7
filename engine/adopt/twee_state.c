#include "adopt/twee_state.h"

#include "base/safe.h"
#include "story/limits.h"
#include "story/read.h"

#include <string.h>

#define NAME_BYTES 60
#define ROUNDS     4  /* of types that follow from other variables */
#define STEPS      10 /* room for so many additions, where nothing says how many there can be */

/* ---- names ------------------------------------------------------------------------------------------------------- */

static char *slug(const char *text, const char *usual, bool word)
{
    GString *out = g_string_new(NULL);
    g_autofree char *small = word ? g_strdup(text) : g_utf8_strdown(text, -1),
                    *plain = g_utf8_normalize(small, -1, G_NORMALIZE_NFC);
    const char gap = word ? '_' : '-';
    for (const char *p = plain; *p && out->len < NAME_BYTES; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c == '_' || g_unichar_isalpha(c) || (c < 0x80 ? g_ascii_isdigit((char)c) : g_unichar_isdigit(c)))
            g_string_append_unichar(out, c);
        else if (out->len > 0 && out->str[out->len - 1] != gap && c != '\'')
            g_string_append_c(out, gap);
    }
    while (out->len > 0 && out->str[out->len - 1] == gap && gap == '-')
        g_string_truncate(out, out->len - 1);
    if (out->len == 0)
        g_string_assign(out, usual);
    const gunichar first = g_utf8_get_char(out->str);
    if (!(first == '_' || g_unichar_isalpha(first)))
        g_string_prepend(out, word ? "_" : "n");
    if ((word && !read_is_name(out->str, true)) || g_ascii_strcasecmp(out->str, "null") == 0) /* nothing, in YAML */
        g_string_append_c(out, '_');
    return g_string_free(out, FALSE);
}

const char *twee_name(GHashTable *taken, const char *text, const char *usual, bool word)
{
    char *base = slug(text, usual, word), *name = g_strdup(base);
    /* Where many have the same name, the search goes on where it ended. */
    int n = GPOINTER_TO_INT(g_hash_table_lookup(taken, base));
    while (g_hash_table_contains(taken, name)) {
        g_free(name);
        n = MAX(n, 1) + 1;
        name = g_strdup_printf("%s%c%d", base, word ? '_' : '-', n);
    }
    if (n > 0)
        g_hash_table_insert(taken, base, GINT_TO_POINTER(n));
    else
        g_free(base);
    g_hash_table_insert(taken, name, GINT_TO_POINTER(1));
    return name;
}

void twee_text(const char *key, const char *text, gsize most, GString *out)
{
    g_autofree char *part = g_strndup(text, MIN(strlen(text), most));
    g_autofree char *whole = g_utf8_make_valid(part, -1);
    g_string_append(out, key);
    safe_yaml(out, whole);
    g_string_append_c(out, '\n');
}

/* ---- what is seen ------------------------------------------------------------------------------------------------ */

static void free_variable(void *at)
{
    struct twee_variable *v = at;
    g_free(v->id);
    g_free(v->initial);
    g_ptr_array_unref(v->values);
    g_ptr_array_unref(v->words);
    g_free(v);
}

struct twee_state *twee_state_new(const GHashTable *nodes)
{
    struct twee_state *s = g_new0(struct twee_state, 1);
    s->variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_variable);
    s->names = g_ptr_array_new();
    s->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->nodes = nodes;
    s->origin = "twee";
    return s;
}

void twee_state_free(struct twee_state *s)
{
    g_hash_table_unref(s->variables);
    g_ptr_array_unref(s->names);
    g_hash_table_unref(s->ids);
    g_free(s);
}

static struct twee_variable *find(const struct twee_state *s, const char *name)
{
    return g_hash_table_lookup(s->variables, name);
}

static struct twee_variable *variable(struct twee_state *s, const char *name)
{
    struct twee_variable *v = find(s, name);
    if (v)
        return v;
    v = g_new0(struct twee_variable, 1);
    v->values = g_ptr_array_new_with_free_func(g_free);
    v->words = g_ptr_array_new_with_free_func(g_free);
    char *key = g_strdup(name);
    g_hash_table_insert(s->variables, key, v);
    g_ptr_array_add(s->names, key);
    return v;
}

static int value_index(const struct twee_variable *v, const char *text)
{
    for (guint i = 0; i < v->values->len; i++)
        if (strcmp(v->values->pdata[i], text) == 0)
            return (int)i;
    return -1;
}

static void see_number(struct twee_variable *v, int n)
{
    v->ints = true;
    v->min = MIN(v->min, n);
    v->max = MAX(v->max, n);
}

static void see_value(struct twee_variable *v, const struct twee_expr *e)
{
    v->bools |= e->op == TWEE_BOOL;
    if (e->op == TWEE_INT)
        see_number(v, e->number);
    else if (e->op == TWEE_NEG && e->a->op == TWEE_INT)
        see_number(v, -e->a->number);
    else if (e->op == TWEE_TEXT) {
        v->texts = true;
        if (v->values->len <= STORY_ENUM_VALUES_MAX && value_index(v, e->text) < 0)
            g_ptr_array_add(v->values, g_strdup(e->text));
    } else if (e->op == TWEE_VISITED)
        see_number(v, STORY_COUNT_MAX);
    else if (e->op == TWEE_NOT || (e->op >= TWEE_OR && e->op <= TWEE_GE))
        v->bools = true;
    else if (e->op >= TWEE_ADD)
        v->ints = true;
}

/* A variable is like another: what one can be, the other can, too. */
static void see_same(struct twee_variable *v, const struct twee_variable *of)
{
    v->bools |= of->bools;
    v->texts |= of->texts;
    if (of->ints) {
        see_number(v, of->min);
        see_number(v, of->max);
    }
    v->grows |= of->grows;
    v->shrinks |= of->shrinks;
    v->step = MAX(v->step, of->step);
    for (guint i = 0; i < of->values->len && v->values->len <= STORY_ENUM_VALUES_MAX; i++)
        if (value_index(v, of->values->pdata[i]) < 0)
            g_ptr_array_add(v->values, g_strdup(of->values->pdata[i]));
}

static void see_pair(struct twee_state *s, const struct twee_expr *a, const struct twee_expr *b)
{
    if (a->op != TWEE_VAR)
        return;
    struct twee_variable *v = variable(s, a->text);
    if (b->op == TWEE_VAR)
        see_same(v, variable(s, b->text));
    else
        see_value(v, b);
}

void twee_state_see(struct twee_state *s, const struct twee_expr *e)
{
    if (e->op == TWEE_VAR)
        variable(s, e->text);
    if (e->op >= TWEE_EQ && e->op <= TWEE_GE) {
        see_pair(s, e->a, e->b);
        see_pair(s, e->b, e->a);
    }
    if (e->a)
        twee_state_see(s, e->a);
    if (e->b)
        twee_state_see(s, e->b);
}

void twee_state_see_set(struct twee_state *s, const char *name, const struct twee_expr *value)
{
    struct twee_variable *v = variable(s, name);
    const bool change =
        (value->op == TWEE_ADD || value->op == TWEE_SUB) && value->a->op == TWEE_VAR && value->b->op == TWEE_INT;
    const struct twee_expr to = {.op = TWEE_VAR, .text = (char *)name};
    see_pair(s, &to, value);
    if (value->op >= TWEE_ADD || value->op == TWEE_NEG) {
        v->grows |= value->op != TWEE_SUB && value->op != TWEE_NEG;
        v->shrinks |= value->op == TWEE_SUB;
        v->step = MAX(v->step, change ? value->b->number : 1);
        if (value->op == TWEE_ADD && (value->a->op == TWEE_TEXT || value->b->op == TWEE_TEXT))
            v->texts = true; /* joins texts, which no story can */
    }
    twee_state_see(s, value);
}

static void settle_range(struct twee_variable *v)
{
    const gint64 room = MIN((gint64)v->step * STEPS, STORY_INT_MAX);
    if (v->grows)
        v->max = (int)MIN(v->max + room, STORY_INT_MAX);
    if (v->shrinks)
        v->min = (int)MAX(v->min - room, -STORY_INT_MAX);
    if (v->min == v->max)
        v->max++;
}

static void settle_words(struct twee_variable *v, GHashTable *ids)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < v->values->len; i++) {
        const char *text = v->values->pdata[i];
        g_autofree char *word = slug(text, "empty", true);
        if (g_hash_table_contains(ids, word)) { /* a variable's name may be no value */
            g_autofree char *plain = g_steal_pointer(&word);
            word = g_strconcat(plain, "_value", NULL);
        }
        const char *name = twee_name(taken, word, "empty", true);
        if (g_hash_table_contains(ids, name))
            v->type = TWEE_NO_TYPE;
        g_ptr_array_add(v->words, g_strdup(name));
    }
}

void twee_state_settle(struct twee_state *s)
{
    for (guint i = 0; i < s->names->len; i++) {
        struct twee_variable *v = find(s, s->names->pdata[i]);
        const int kinds = v->bools + v->ints + v->texts;
        v->id = g_strdup(twee_name(s->ids, s->names->pdata[i], "variable", true));
        v->type = kinds > 1 ? TWEE_NO_TYPE : v->ints ? TWEE_IS_INT : v->texts ? TWEE_IS_ENUM : TWEE_IS_BOOL;
        if (v->type == TWEE_IS_ENUM) {
            if (!s->all_begin && value_index(v, "") < 0) /* what it is before it is set */
                g_ptr_array_insert(v->values, 0, g_strdup(""));
            if (v->values->len > STORY_ENUM_VALUES_MAX)
                v->type = TWEE_NO_TYPE;
        }
        if (i >= STORY_VARS_MAX)
            v->type = TWEE_NO_TYPE;
        if (v->type == TWEE_IS_INT)
            settle_range(v);
    }
    for (guint i = 0; i < s->names->len; i++) {
        struct twee_variable *v = find(s, s->names->pdata[i]);
        if (v->type == TWEE_IS_ENUM)
            settle_words(v, s->ids);
    }
}

const char *twee_state_helper(struct twee_state *s, const char *after)
{
    for (guint i = 0; !s->helped && i < s->names->len; i++) {
        const struct twee_variable *v = find(s, s->names->pdata[i]);
        for (guint k = 0; k < v->words->len; k++)
            g_hash_table_insert(s->ids, g_strdup(v->words->pdata[k]), GINT_TO_POINTER(1));
    }
    s->helped = true;
    g_autofree char *wanted = g_strconcat(after, "_if", NULL);
    const char *id = twee_name(s->ids, wanted, "held", true);
    g_autofree char *key = g_strconcat("$", id, NULL); /* no variable of the twee is called so */
    struct twee_variable *v = variable(s, key);
    v->id = g_strdup(id);
    v->type = TWEE_IS_BOOL;
    return s->names->pdata[s->names->len - 1];
}

/* ---- expressions as a story writes them --------------------------------------------------------------------------- */

enum level { LEVEL_OR = 1, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_SUM, LEVEL_PRODUCT, LEVEL_NEGATIVE };

static enum twee_type write_any(const struct twee_state *s, const struct twee_expr *e, enum level least, GString *out);

static const char *node_of(const struct twee_state *s, const char *passage)
{
    return g_hash_table_lookup((GHashTable *)s->nodes, passage);
}

static bool open_level(enum level here, enum level least, GString *out)
{
    if (here < least)
        g_string_append_c(out, '(');
    return here < least;
}

/* As a condition: a number is true where it is not 0. */
static bool write_truth(const struct twee_state *s, const struct twee_expr *e, enum level least, GString *out)
{
    const char *node = e->op == TWEE_VISITED ? node_of(s, e->text) : NULL;
    if (node) {
        g_string_append_printf(out, "seen(%s)", node);
        return true;
    }
    const struct twee_variable *v = e->op == TWEE_VAR ? find(s, e->text) : NULL;
    if (v && v->type == TWEE_IS_INT) {
        const bool open = open_level(LEVEL_COMPARE, least, out);
        g_string_append_printf(out, "%s != 0%s", v->id, open ? ")" : "");
        return true;
    }
    return write_any(s, e, least, out) == TWEE_IS_BOOL;
}

static bool write_two(const struct twee_state *s, const struct twee_expr *e, enum level here, const char *sign,
                      GString *out)
{
    const bool truth = here <= LEVEL_AND;
    const bool first = truth ? write_truth(s, e->a, here, out) : write_any(s, e->a, here, out) == TWEE_IS_INT;
    if (!first)
        return false;
    g_string_append_printf(out, " %s ", sign);
    return truth ? write_truth(s, e->b, here + 1, out) : write_any(s, e->b, here + 1, out) == TWEE_IS_INT;
}

/* The value of the variable that stands for a text. */
static bool write_word(const struct twee_state *s, const char *name, const char *text, GString *out)
{
    const struct twee_variable *v = find(s, name);
    const int i = v && v->type == TWEE_IS_ENUM ? value_index(v, text) : -1;
    if (i >= 0)
        g_string_append(out, v->words->pdata[i]);
    return i >= 0;
}

static bool same_values(const struct twee_variable *a, const struct twee_variable *b)
{
    bool same = a->type == TWEE_IS_ENUM && b->type == TWEE_IS_ENUM && a->words->len == b->words->len;
    for (guint i = 0; same && i < a->words->len; i++)
        same = strcmp(a->words->pdata[i], b->words->pdata[i]) == 0 &&
               strcmp(a->values->pdata[i], b->values->pdata[i]) == 0;
    return same;
}

static bool write_text_comparison(const struct twee_state *s, const struct twee_expr *e, const char *sign, GString *out)
{
    const struct twee_expr *a = e->a->op == TWEE_VAR ? e->a : e->b, *b = a == e->a ? e->b : e->a;
    if (e->op > TWEE_NE || write_any(s, a, LEVEL_SUM, out) != TWEE_IS_ENUM)
        return false;
    g_string_append_printf(out, " %s ", sign);
    if (b->op == TWEE_TEXT)
        return write_word(s, a->text, b->text, out);
    return b->op == TWEE_VAR && same_values(find(s, a->text), find(s, b->text)) &&
           write_any(s, b, LEVEL_SUM, out) == TWEE_IS_ENUM;
}

static bool is_text(const struct twee_state *s, const struct twee_expr *e)
{
    return e->op == TWEE_TEXT || (e->op == TWEE_VAR && find(s, e->text)->type == TWEE_IS_ENUM);
}

static bool write_comparison(const struct twee_state *s, const struct twee_expr *e, enum level least, GString *out)
{
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    const char *sign = signs[e->op - TWEE_EQ];
    const char *node = e->a->op == TWEE_VISITED ? node_of(s, e->a->text) : NULL;
    if (node && (e->op == TWEE_GT || e->op == TWEE_LE) && e->b->op == TWEE_INT && e->b->number == 0) {
        const bool open = e->op == TWEE_LE && open_level(LEVEL_NOT, least, out);
        g_string_append_printf(out, "%sseen(%s)%s", e->op == TWEE_GT ? "" : "not ", node, open ? ")" : "");
        return true;
    }
    if (e->op <= TWEE_NE && e->b->op == TWEE_BOOL) { /* `a is true` is `a` */
        if (e->b->number == (e->op == TWEE_EQ))
            return write_any(s, e->a, least, out) == TWEE_IS_BOOL;
        const bool open = open_level(LEVEL_NOT, least, out);
        g_string_append(out, "not ");
        const bool fits = write_any(s, e->a, LEVEL_NOT, out) == TWEE_IS_BOOL;
        g_string_append(out, open ? ")" : "");
        return fits;
    }
    const bool open = open_level(LEVEL_COMPARE, least, out);
    bool fits;
    if (is_text(s, e->a) || is_text(s, e->b))
        fits = write_text_comparison(s, e, sign, out);
    else {
        const enum twee_type type = write_any(s, e->a, LEVEL_SUM, out);
        g_string_append_printf(out, " %s ", sign);
        fits = type != TWEE_NO_TYPE && (type == TWEE_IS_INT || e->op <= TWEE_NE) &&
               write_any(s, e->b, LEVEL_SUM, out) == type;
    }
    g_string_append(out, open ? ")" : "");
    return fits;
}

static enum twee_type write_leaf(const struct twee_state *s, const struct twee_expr *e, GString *out)
{
    const struct twee_variable *v = e->op == TWEE_VAR ? find(s, e->text) : NULL;
    const char *node = e->op == TWEE_VISITED ? node_of(s, e->text) : NULL;
    if (v && v->type != TWEE_NO_TYPE)
        g_string_append(out, v->id);
    else if (node)
        g_string_append_printf(out, "count(%s)", node);
    else if (e->op == TWEE_INT)
        g_string_append_printf(out, "%d", e->number);
    else if (e->op == TWEE_BOOL)
        g_string_append(out, e->number ? "true" : "false");
    return v ? v->type : node || e->op == TWEE_INT ? TWEE_IS_INT : e->op == TWEE_BOOL ? TWEE_IS_BOOL : TWEE_NO_TYPE;
}

static enum twee_type write_one(const struct twee_state *s, const struct twee_expr *e, enum level least, GString *out)
{
    const bool no = e->op == TWEE_NOT, open = open_level(no ? LEVEL_NOT : LEVEL_NEGATIVE, least, out);
    g_string_append(out, no ? "not " : "-");
    const bool fits =
        no ? write_truth(s, e->a, LEVEL_NOT, out) : write_any(s, e->a, LEVEL_NEGATIVE, out) == TWEE_IS_INT;
    g_string_append(out, open ? ")" : "");
    return !fits ? TWEE_NO_TYPE : no ? TWEE_IS_BOOL : TWEE_IS_INT;
}

static enum twee_type write_any(const struct twee_state *s, const struct twee_expr *e, enum level least, GString *out)
{
    static const struct {
        enum twee_op op;
        enum level level;
        const char *sign;
        enum twee_type type;
    } pairs[] = {{TWEE_OR, LEVEL_OR, "or", TWEE_IS_BOOL},
                 {TWEE_AND, LEVEL_AND, "and", TWEE_IS_BOOL},
                 {TWEE_ADD, LEVEL_SUM, "+", TWEE_IS_INT},
                 {TWEE_SUB, LEVEL_SUM, "-", TWEE_IS_INT},
                 {TWEE_MUL, LEVEL_PRODUCT, "*", TWEE_IS_INT}};
    if (out->len > STORY_EXPR_BYTES_MAX)
        return TWEE_NO_TYPE;
    if (e->op >= TWEE_EQ && e->op <= TWEE_GE)
        return write_comparison(s, e, least, out) ? TWEE_IS_BOOL : TWEE_NO_TYPE;
    if (e->op == TWEE_NOT || e->op == TWEE_NEG)
        return write_one(s, e, least, out);
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        if (e->op != pairs[i].op)
            continue;
        const bool open = open_level(pairs[i].level, least, out);
        const bool fits = write_two(s, e, pairs[i].level, pairs[i].sign, out);
        g_string_append(out, open ? ")" : "");
        return fits ? pairs[i].type : TWEE_NO_TYPE;
    }
    return write_leaf(s, e, out);
}

static bool take_if(bool fits, const GString *piece, GString *out)
{
    fits = fits && piece->len <= STORY_EXPR_BYTES_MAX;
    if (fits)
        g_string_append_len(out, piece->str, (gssize)piece->len);
    return fits;
}

bool twee_state_condition(const struct twee_state *s, const struct twee_expr *e, GString *out)
{
    g_autoptr(GString) piece = g_string_new(NULL);
    return take_if(e->op != TWEE_UNKNOWN && write_truth(s, e, LEVEL_OR, piece), piece, out);
}

bool twee_state_effect(const struct twee_state *s, const char *name, const struct twee_expr *e, GString *out)
{
    const struct twee_variable *v = find(s, name);
    g_autoptr(GString) piece = g_string_new(NULL);
    bool fits = v->type != TWEE_NO_TYPE;
    const bool own = (e->op == TWEE_ADD || e->op == TWEE_SUB) && e->a->op == TWEE_VAR && strcmp(e->a->text, name) == 0;
    g_string_append(piece, v->id);
    if (own && v->type == TWEE_IS_INT) {
        g_string_append(piece, e->op == TWEE_ADD ? " += " : " -= ");
        fits = write_any(s, e->b, LEVEL_OR, piece) == TWEE_IS_INT;
    } else {
        g_string_append(piece, " = ");
        if (v->type == TWEE_IS_BOOL)
            fits = write_truth(s, e, LEVEL_OR, piece);
        else if (v->type == TWEE_IS_INT)
            fits = write_any(s, e, LEVEL_OR, piece) == TWEE_IS_INT;
        else if (v->type == TWEE_IS_ENUM)
            fits = e->op == TWEE_TEXT ? write_word(s, name, e->text, piece)
                                      : e->op == TWEE_VAR && same_values(v, find(s, e->text)) &&
                                            write_leaf(s, e, piece) == TWEE_IS_ENUM;
    }
    return take_if(fits, piece, out);
}

bool twee_state_begin(struct twee_state *s, const char *name, const struct twee_expr *value)
{
    struct twee_variable *v = find(s, name);
    g_autoptr(GString) out = g_string_new(NULL);
    const bool literal = value->op == TWEE_INT || value->op == TWEE_BOOL || value->op == TWEE_TEXT ||
                         (value->op == TWEE_NEG && value->a->op == TWEE_INT);
    if (!literal || !twee_state_effect(s, name, value, out))
        return false;
    g_free(v->initial);
    v->initial = g_strdup(strstr(out->str, " = ") + 3);
    return true;
}

static void write_variable(const struct twee_state *s, const char *name, const struct twee_variable *v, GString *out)
{
    g_string_append_printf(out, "  %s: {type: ", v->id);
    if (v->type == TWEE_IS_BOOL)
        g_string_append(out, "bool");
    else if (v->type == TWEE_IS_INT)
        g_string_append_printf(out, "int, min: %d, max: %d", v->min, v->max);
    else {
        g_string_append(out, "enum, values: [");
        for (guint i = 0; i < v->words->len; i++)
            g_string_append_printf(out, "%s%s", i ? ", " : "", (const char *)v->words->pdata[i]);
        g_string_append_c(out, ']');
    }
    if (v->initial)
        g_string_append_printf(out, ", initial: %s", v->initial);
    if (v->type == TWEE_IS_INT && (v->grows || v->shrinks))
        g_string_append(out, ", note: \"Nothing says how far it goes: look at its range.\"");
    if (*name == '$')
        g_string_append(out, ", note: \"What an `if` found, before what it looks at was set.\"");
    else if (strcmp(name, v->id) != 0) {
        g_string_append_printf(out, ", meta: {%s: ", s->origin);
        safe_yaml(out, name);
        g_string_append_c(out, '}');
    }
    g_string_append(out, "}\n");
}

void twee_state_write(const struct twee_state *s, GString *out)
{
    bool any = false;
    for (guint i = 0; i < s->names->len; i++) {
        const struct twee_variable *v = find(s, s->names->pdata[i]);
        if (v->type == TWEE_NO_TYPE)
            continue;
        if (!any)
            g_string_append(out, "\nstate:\n");
        any = true;
        write_variable(s, s->names->pdata[i], v, out);
    }
}
