#include "story/read.h"

#include "story/lexer.h"
#include "story/limits.h"
#include "base/brief.h"
#include "base/lookalike.h"
#include "story/missing_file.h"
#include "story/suggest.h"
#include "story/usual_key.h"

#include <assert.h>
#include <string.h>

/* Shorter words begin too many keys. */
#define BEGINNING_MIN 3

static const char *const kind_words[] = {
    [YML_SCALAR] = "a text", [YML_LIST] = "a list", [YML_MAP] = "a mapping", [YML_BROKEN] = "nothing"};

static bool is_null(const struct yml_node *v)
{
    return v->kind == YML_SCALAR && !v->quote &&
           (v->len == 0 || strcmp(v->text, "~") == 0 || strcmp(v->text, "null") == 0);
}

static void report_wrong_kind(struct builder *b, const struct yml_node *v, const char *wanted, const char *advice)
{
    if (v->kind == YML_BROKEN)
        return;
    builder_error(b, v, "E106", advice, "%s was expected here, not %s", wanted,
                  is_null(v) ? "nothing" : kind_words[v->kind]);
}

/* ---- mappings ------------------------------------------------------------------------------------------------- */

/* There are a lot of keys, and most differ in their first letter. */
static bool equals_ignoring_case(const char *a, const char *b)
{
    return a[0] == b[0] && strcmp(a, b) == 0;
}

const struct yml_node *read_find(const struct yml_node *map, const char *name)
{
    if (map->kind == YML_MAP)
        for (const struct yml_node *k = map->first; k; k = k->next)
            if (equals_ignoring_case(k->text, name))
                return k;
    return NULL;
}

static bool is_row(const struct read_row *rows, const char *name)
{
    for (const struct read_row *r = rows; r->name; r++)
        if (equals_ignoring_case(r->name, name))
            return true;
    return false;
}

/* The key that people mean who write `word`: by its usual name elsewhere, or by its beginning. NULL: none. */
static const char *meant_key(const struct read_row *rows, const char *word)
{
    size_t at = 0;
    for (const char *key = usual_key_next(word, &at); key; key = usual_key_next(word, &at))
        if (is_row(rows, key))
            return key;
    for (const struct read_row *r = rows; r->name && strlen(word) >= BEGINNING_MIN; r++)
        if (g_str_has_prefix(r->name, word))
            return r->name;
    return NULL;
}

bool read_means(const struct yml_node *map, const struct read_row *rows, const char *name)
{
    if (map->kind != YML_MAP)
        return false;
    for (const struct yml_node *k = map->first; k; k = k->next) {
        struct suggest s = suggest_begin(k->text);
        if (equals_ignoring_case(k->text, name))
            return true;
        if (is_row(rows, k->text))
            continue;
        suggest_offer(&s, name);
        if (suggest_best(&s) || g_strcmp0(meant_key(rows, k->text), name) == 0)
            return true;
    }
    return false;
}

/* A key without a colon, as behind the comma in `{text: Well, yes}`. */
static bool is_rest_of_text(const struct yml_node *key)
{
    const struct yml_node *v = key->value;
    return v && v->kind == YML_SCALAR && !v->quote && v->len == 0 && v->line == key->line &&
           v->col == key->col + key->width;
}

/* The row of `text:X`, where the blank is missing. */
static const struct read_row *glued_row(const struct read_row *rows, const char *text)
{
    const char *colon = strchr(text, ':');
    for (const struct read_row *r = rows; colon && r->name; r++)
        if ((size_t)(colon - text) == strlen(r->name) && strncmp(text, r->name, strlen(r->name)) == 0)
            return r;
    return NULL;
}

static int keys_of(const struct yml_node *v, const struct read_row *rows, bool known)
{
    int n = 0;
    for (const struct yml_node *k = v && v->kind == YML_MAP ? v->first : NULL; k; k = k->next)
        n += is_row(rows, k->text) == known;
    return n;
}

/* Is it a mapping with some of these keys, so that it may have slipped into another of its kind? */
static bool is_of_that_kind(const struct read_row *rows, const struct yml_node *v)
{
    return keys_of(v, rows, true) > 0;
}

static char *unknown_key_advice(const struct read_row *rows, const struct yml_node *key, const char *what)
{
    const char *stranger = lookalike_stranger(key->text);
    struct suggest s = suggest_begin(key->text);
    for (const struct read_row *r = rows; r->name; r++)
        if (r->read != read_note || !key->value || key->value->kind == YML_SCALAR)
            suggest_offer(&s, r->name);
    if (strcmp(key->text, "<<") == 0)
        return g_strdup("write the keys out: merging is not part of the format");
    if (stranger && lookalike_is_quote(g_utf8_get_char(stranger))) {
        g_autofree char *name = lookalike_name(g_utf8_get_char(stranger));
        return g_strdup_printf("%s quotes nothing for YAML: write straight quotes, `\"…\"`", name);
    }
    const struct read_row *glued = glued_row(rows, key->text);
    if (glued)
        return g_strdup_printf("write a blank behind the colon: `%s: …`", glued->name);
    if (is_rest_of_text(key))
        return g_strdup("if it is the rest of a text with a comma: between braces, such a text needs double quotes");
    const char *meant = meant_key(rows, key->text);
    if (is_of_that_kind(rows, key->value) && s.distance > 1 && !(meant && keys_of(key->value, rows, false) > 0))
        return g_strdup_printf("if it is %s of its own, indent it as far as the ones before it", what);
    char *nearest = meant ? g_strdup_printf("did you mean `%s`?", meant) : suggest_advice(&s);
    if (nearest)
        return nearest;
    GString *all = g_string_new("it can have: ");
    for (const struct read_row *r = rows; r->name; r++)
        g_string_append_printf(all, "%s%s", r == rows ? "" : ", ", r->name);
    return g_string_free(all, FALSE);
}

const struct read_row *read_find_row(struct builder *b, const struct read_row *rows, const struct yml_node *key,
                                     const char *what)
{
    for (const struct read_row *r = rows; r->name; r++)
        if (equals_ignoring_case(r->name, key->text))
            return r;
    g_autofree char *advice = unknown_key_advice(rows, key, what);
    if (is_of_that_kind(rows, key->value)) /* it may be the node that others name */
        builder_refuse_name(b, key->text);
    builder_error(b, key, "E101", advice, "%s has no key `%s`", what, builder_brief(b, key->text));
    return NULL;
}

bool read_present(struct builder *b, const struct yml_node *key)
{
    if (key->value->kind == YML_BROKEN) {
        b->targets_broken = true; /* it may have said where the film goes */
        return false;
    }
    if (!is_null(key->value))
        return true;
    const char *advice = "fill it in or remove it";
    if (key->value->len > 0)
        advice = "`null` and `~` mean nothing in YAML: put the text in quotes, or remove the key";
    else if (source_text_comment_follows(g_ptr_array_index(b->sources, key->value->file), key->value->line,
                                         key->value->col))
        advice = "` #` begins a comment: put a text that begins with `#` in double quotes";
    else if (is_rest_of_text(key))
        advice = "fill it in or remove it; if it is the rest of a text with a comma: between braces, such a text needs "
                 "double quotes";
    builder_error(b, key, "E116", advice, "`%s` is empty", key->text);
    return false;
}

/* "write `{id: …, title: …}`", with the keys that are needed, or NULL. */
static char *mapping_advice(const struct read_row *rows)
{
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const struct read_row *r = rows; r->name; r++)
        if (r->required)
            g_string_append_printf(keys, "%s%s: …", keys->len ? ", " : "", r->name);
    return keys->len ? g_strdup_printf("write `{%s}`", keys->str) : NULL;
}

const char *read_key_example(const char *key)
{
    static const struct {
        const char *key, *example;
    } examples[] = {
        {"frumious", "`frumious: 1`"},
        {"id", "`id: door`"},
        {"title", "`title: The Last Train`"},
        {"start", "`start: opening`"},
        {"nodes", "`nodes: {opening: {…}}`"},
        {"opens", "`opens: 4s`"},
        {"options", "`options: {stay: {text: Stay}, go: {text: Go}}`"},
        {"time", "`time: 2.5s`"},
        {"do", "`do: {coat: red}`"},
        {"when", "`when: coat == red`"},
        {"text", "`text: Open the door`"},
        {"sound", "`sound: door.wav`"},
        {"file", "`file: night.wav`"},
        {"place", "`place: [100, 300, 800, 400]`"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(examples); i++)
        if (strcmp(examples[i].key, key) == 0)
            return examples[i].example;
    return NULL;
}

/* Reads every key of `map` by its row. The rows that were read, as bits. */
static uint64_t read_keys(struct builder *b, const struct yml_node *map, const struct read_row *rows, void *into,
                          const char *what)
{
    uint64_t seen = 0;
    for (const struct yml_node *k = map->first; k; k = k->next) {
        const struct read_row *row = read_find_row(b, rows, k, what);
        if (!row)
            continue;
        assert(row - rows < 64);
        seen |= UINT64_C(1) << (row - rows);
        if (row->read == read_meta || read_present(b, k))
            row->read(b, k, into);
    }
    return seen;
}

bool read_map_with(struct builder *b, const struct yml_node *map, const struct yml_node *defaults,
                   const struct read_row *rows, void *into, const char *what, const struct yml_node *at)
{
    if (map->kind != YML_MAP) {
        g_autofree char *advice = mapping_advice(rows);
        report_wrong_kind(b, map, "a mapping", advice);
        return false;
    }
    uint64_t seen = read_keys(b, map, rows, into, what);
    if (defaults)
        seen |= read_keys(b, defaults, rows, into, what);
    for (const struct read_row *r = rows; r->name; r++)
        if (r->required && !(seen >> (r - rows) & 1) && !b->defaults_broken && !read_means(map, rows, r->name))
            builder_error(b, at, "E105", read_key_example(r->name), "%s needs `%s`", what, r->name);
    return true;
}

bool read_map(struct builder *b, const struct yml_node *map, const struct read_row *rows, void *into, const char *what,
              const struct yml_node *at)
{
    return read_map_with(b, map, NULL, rows, into, what, at);
}

void read_note(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const char *text = read_text(b, key->value, STORY_SCRIPT_BYTES_MAX);
    const struct story_note note = {text ? builder_keep(b, text) : NULL, strcmp(key->text, "todo") == 0,
                                    b->in_node ? (int32_t)b->nodes->len : -1, builder_mark(b, key)};
    if (text)
        g_array_append_val(b->notes, note);
}

void read_meta(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    (void)key;
    (void)into;
}

/* ---- scalars -------------------------------------------------------------------------------------------------- */

const char *read_text(struct builder *b, const struct yml_node *v, size_t max)
{
    if (v->kind != YML_SCALAR) {
        report_wrong_kind(b, v, "a text", NULL);
        return NULL;
    }
    if (v->len == 0 || is_null(v)) {
        builder_error(b, v, "E116", "write something between the quotes, or remove it", "this text is empty");
        return NULL;
    }
    if (v->len > max) {
        builder_error(b, v, "E514", "shorten it, or spread it over several nodes",
                      "longer than %zu bytes (STORY_%s_BYTES_MAX)", max,
                      max == STORY_NAME_BYTES_MAX     ? "NAME"
                      : max == STORY_SCRIPT_BYTES_MAX ? "SCRIPT"
                                                      : "TEXT");
        return NULL;
    }
    return v->text;
}

static bool is_name_char(gunichar c, bool dashes)
{
    if (c < 0x80)
        return c == '_' || g_ascii_isalnum((char)c) || (dashes && c == '-');
    return c == '_' || (dashes && c == '-') || g_unichar_isalnum(c) || g_unichar_ismark(c);
}

/* A fast check that most names pass. */
static bool is_plain_ascii_name(const char *text)
{
    const char *p = text;
    if (!g_ascii_isalnum(*p))
        return false;
    while (g_ascii_isalnum(*p) || *p == '_' || *p == '-')
        p++;
    return *p == '\0';
}

static bool is_good_name(const char *text)
{
    if (is_plain_ascii_name(text))
        return true;
    if (text[0] == '-')
        return false;
    for (const char *p = text; *p; p = g_utf8_next_char(p))
        if (!is_name_char(g_utf8_get_char(p), true))
            return false;
    return true;
}

/* The name with `-`, or `_`, in place of what can't stand in it; NULL: that is no name either. A name in expressions begins with no digit,
 * and is none of their words. */
static char *mended_name(const char *name, bool strict)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = name; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (is_name_char(c, !strict))
            g_string_append_unichar(out, c);
        else if (c < 0x80 && out->len > 0)
            g_string_append_c(out, strict ? '_' : '-');
    }
    if (strict && g_ascii_isdigit(out->str[0]))
        g_string_prepend_c(out, 'n');
    else if (strict && out->len > 0 && !lexer_is_name(out->str))
        g_string_append_c(out, '_');
    const bool good = strict ? lexer_is_name(out->str) : out->len > 0 && is_good_name(out->str);
    return good ? g_strdup(out->str) : NULL;
}

static void report_bad_name(struct builder *b, const struct yml_node *v, bool strict)
{
    g_autofree char *mended = mended_name(v->text, strict);
    const char *stranger = lookalike_stranger(v->text);
    g_autofree char *odd = stranger ? lookalike_name(g_utf8_get_char(stranger)) : NULL;
    g_autofree char *advice = mended ? g_strdup_printf("write `%s`, everywhere", mended)
                              : strict
                                  ? g_strdup("use letters, digits and `_`, no digit first, and no word of expressions "
                                             "such as `and`")
                                  : g_strdup("use letters, digits, `_` and `-`");
    builder_refuse_name(b, v->text);
    builder_error(b, v, "E114", advice, "`%s` can't be a name%s%s", builder_brief(b, v->text),
                  odd ? ": it contains " : "", odd ? odd : "");
}

bool read_is_name(const char *text, bool strict)
{
    return strict ? lexer_is_name(text) : *text && is_good_name(text);
}

bool read_check_name(struct builder *b, const struct yml_node *v, bool strict)
{
    if (v->len == 0) {
        builder_error(b, v, "E114", "write a name such as `stairs`, or remove the key", "a name is missing here");
        return false;
    }
    if (v->len > STORY_NAME_BYTES_MAX) {
        builder_error(b, v, "E514", "shorten it; a title may be longer", "this name is longer than %d bytes",
                      STORY_NAME_BYTES_MAX);
        return false;
    }
    if (read_is_name(v->text, strict))
        return true;
    report_bad_name(b, v, strict);
    return false;
}

const char *read_name(struct builder *b, const struct yml_node *v, bool strict)
{
    if (v->kind != YML_SCALAR) {
        report_wrong_kind(b, v, "a name", NULL);
        return NULL;
    }
    if (is_null(v)) {
        builder_error(b, v, "E114", "write a name such as `stairs`, or remove the key", "a name is missing here");
        return NULL;
    }
    return read_check_name(b, v, strict) ? v->text : NULL;
}

int32_t read_act(struct builder *b, const struct yml_node *v)
{
    return read_name(b, v, false) ? builder_use_tag(b, SPACE_ACTS, v) : -1;
}

struct story_span read_used_props(struct builder *b, const struct yml_node *v, GArray *props)
{
    const int32_t first = (int32_t)props->len;
    for (const struct yml_node *item = read_first(v); item; item = read_next(v, item)) {
        if (!read_name(b, item, false))
            continue;
        const int32_t prop = builder_use_tag(b, SPACE_PROPS, item);
        g_array_append_val(props, prop);
    }
    return (struct story_span){first, (int32_t)props->len - first};
}

/* A minus sign or none, then digits, and nothing else. False also if the number is too long. */
static bool parse_whole_number(const char *p, int64_t *out)
{
    const bool minus = *p == '-';
    int64_t n = 0;
    int digits = 0;
    for (p += minus; g_ascii_isdigit(*p) && digits < 18; p++, digits++)
        n = n * 10 + (*p - '0');
    *out = minus ? -n : n;
    return digits > 0 && *p == '\0';
}

/* What to write instead of a value that is no whole number from min to max. The caller frees it. */
static char *int_advice(const char *text, int64_t min, int64_t max)
{
    const size_t number = strspn(text, "-0123456789");
    g_autofree char *start = g_strndup(text, number);
    const char *unit = text + number + strspn(text + number, " ");
    int64_t n;
    if (parse_whole_number(start, &n) && n >= min && n <= max && *unit && !strpbrk(unit, "0123456789"))
        return *unit == '%' && max == 1000
                   ? g_strdup_printf("thousandths are meant, without a unit: `%" G_GINT64_FORMAT "`", MIN(n * 10, max))
                   : g_strdup_printf("write the number alone: `%" G_GINT64_FORMAT "`", n);
    return g_strdup_printf("write a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                           ", such as `%" G_GINT64_FORMAT "`",
                           min, max, max >= 1000 && min <= 0 ? INT64_C(100) : max);
}

bool read_int(struct builder *b, const struct yml_node *v, int64_t min, int64_t max, int32_t *out)
{
    int64_t n;
    if (v->kind != YML_SCALAR) {
        report_wrong_kind(b, v, "a whole number", NULL);
        return false;
    }
    const bool whole = parse_whole_number(v->text, &n);
    if (v->quote || !whole) {
        g_autofree char *advice = v->quote && whole ? g_strdup("remove the quotes") : int_advice(v->text, min, max);
        builder_error(b, v, "E113", advice, "`%s` is not a whole number", builder_brief(b, v->text));
        return false;
    }
    if (n < min || n > max) {
        g_autofree char *advice = g_strdup_printf("the nearest is `%" G_GINT64_FORMAT "`", n < min ? min : max);
        builder_error(b, v, "E113", advice, "this must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min, max);
        return false;
    }
    assert(n >= INT32_MIN && n <= INT32_MAX);
    *out = (int32_t)n;
    return true;
}

bool read_bool(struct builder *b, const struct yml_node *v, bool *out)
{
    if (v->kind != YML_SCALAR) {
        report_wrong_kind(b, v, "`true` or `false`", NULL);
        return false;
    }
    const bool yes = strcmp(v->text, "true") == 0;
    if (v->quote || (!yes && strcmp(v->text, "false") != 0)) {
        builder_error(b, v, "E112", v->quote ? "remove the quotes" : "yes and on are `true`, no and off are `false`",
                      "expected `true` or `false`, not `%s`", builder_brief(b, v->text));
        return false;
    }
    *out = yes;
    return true;
}

int read_word(struct builder *b, const struct yml_node *v, const char *const *list)
{
    if (v->kind != YML_SCALAR) {
        report_wrong_kind(b, v, "a word", NULL);
        return -1;
    }
    struct suggest s = suggest_begin(v->text);
    g_autoptr(GString) all = g_string_new(NULL);
    for (int i = 0; list[i]; i++)
        if (strcmp(v->text, list[i]) == 0)
            return i;
    for (int i = 0; list[i]; i++) {
        suggest_offer(&s, list[i]);
        g_string_append_printf(all, "%s`%s`", i == 0 ? "" : list[i + 1] ? ", " : " or ", list[i]);
    }
    g_autofree char *advice = suggest_advice(&s);
    builder_error(b, v, "E112", advice, "expected %s, not `%s`", all->str, builder_brief(b, v->text));
    return -1;
}

/* ---- times ---------------------------------------------------------------------------------------------------- */

/*
 * Digits with up to `places` decimals, as a multiple of 10^-places. *rest: what follows. False if there are no digits.
 */
static bool parse_decimal(const char *p, int places, int64_t *out, const char **rest)
{
    int64_t n = 0;
    int digits = 0;
    for (; g_ascii_isdigit(*p) && digits < 10; p++, digits++)
        n = n * 10 + (*p - '0');
    const bool point = *p == '.';
    int decimals = 0;
    for (p += point; point && g_ascii_isdigit(*p) && decimals < places; p++, decimals++)
        n = n * 10 + (*p - '0');
    for (int i = decimals; i < places; i++)
        n *= 10;
    *out = n;
    *rest = p;
    return digits > 0 && (!point || decimals > 0);
}

/* [HH:]MM:SS[.mmmmmm]. Each part has two digits, and is below 60 unless it is the first. */
static bool parse_clock(const char *p, int64_t *us)
{
    int64_t minutes = 0;
    int fields = 0;
    const char *colon;
    while ((colon = strchr(p, ':')) != NULL) {
        const size_t n = (size_t)(colon - p);
        if (n != 2 || !g_ascii_isdigit(p[0]) || !g_ascii_isdigit(p[1]) || ++fields > 2)
            return false;
        const int64_t field = (p[0] - '0') * 10 + p[1] - '0';
        if (fields == 2 && field > 59)
            return false;
        minutes = minutes * 60 + field;
        p = colon + 1;
    }
    const char *rest;
    if (!g_ascii_isdigit(p[0]) || !g_ascii_isdigit(p[1]) || (p[2] != '.' && p[2] != '\0'))
        return false;
    if (!parse_decimal(p, 6, us, &rest) || *rest || *us >= 60 * US_PER_SECOND || fields == 0)
        return false;
    *us += minutes * 60 * US_PER_SECOND;
    return true;
}

static bool parse_time(const char *text, int64_t *us, bool *bare)
{
    static const struct {
        const char *unit;
        int places;
        int64_t factor;
    } units[] = {{"ms", 3, 1}, {"s", 6, 1}, {"m", 6, 60}};
    const char *rest;
    if (strchr(text, ':'))
        return parse_clock(text, us);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (!parse_decimal(text, units[i].places, us, &rest))
            return false;
        *us *= units[i].factor;
        if (strcmp(rest, units[i].unit) == 0)
            return true;
        *bare |= *rest == '\0';
    }
    return false;
}

/* What is written in other ways in many places: `9 s`, `9sec`, `1,5s`, `1:18`. */
static char *time_advice(const char *text)
{
    static const char *const units[][2] = {{"seconds", "s"}, {"secs", "s"}, {"sec", "s"},
                                           {"minutes", "m"}, {"mins", "m"}, {"min", "m"}};
    g_autoptr(GString) t = g_string_new(text);
    int64_t us = 0;
    bool bare = false;
    g_string_replace(t, " ", "", 0);
    g_string_replace(t, ",", ".", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_has_suffix(t->str, units[i][0])) {
            g_string_truncate(t, t->len - strlen(units[i][0]));
            g_string_append(t, units[i][1]);
        }
    const bool clock = strchr(t->str, ':');
    if (clock && t->str[1] == ':')
        g_string_prepend_c(t, '0');
    if (parse_time(t->str, &us, &bare))
        return clock ? g_strdup_printf("write `\"%s\"`", t->str) : g_strdup_printf("write `%s`", t->str);
    return g_strdup("write `8s`, `1.5s`, `500ms`, `2m` or `\"01:31.400\"`");
}

bool read_time_text(const char *text, int64_t *us)
{
    bool bare = false;
    return parse_time(text, us, &bare) && *us <= STORY_TIME_US_MAX;
}

bool read_time(struct builder *b, const struct yml_node *v, int64_t *us)
{
    bool bare = false;
    if (v->kind != YML_SCALAR) {
        report_wrong_kind(b, v, "a time", NULL);
        return false;
    }
    if (!parse_time(v->text, us, &bare)) {
        g_autofree char *advice =
            bare ? g_strdup_printf("write `%ss` if you mean seconds", builder_brief(b, v->text)) : time_advice(v->text);
        builder_error(b, v, "E401", advice, "`%s` is not a time", builder_brief(b, v->text));
        return false;
    }
    if (*us > STORY_TIME_US_MAX) {
        builder_error(b, v, "E401", "write at most `1440m`, which is a day", "this time is longer than a day");
        return false;
    }
    return true;
}

/* ---- paths, languages ----------------------------------------------------------------------------------------- */

static const struct {
    const char *code, *message, *advice; /* the message goes on behind the path */
} verdicts[] = {
    [FOLDER_ABSOLUTE] = {"E501", "is an absolute path", "put the file into the story's folder"},
    [FOLDER_LEAVES] = {"E502", "leaves the story's folder", "put the file into the story's folder"},
    [FOLDER_URL] = {"E503", "is an address, not a file", "put the file into the story's folder"},
    [FOLDER_LINK_LEAVES] = {"E504", "is a link that leads out of the story's folder",
                            "put the file itself into the story's folder"},
    [FOLDER_SPECIAL] = {"E505", "is not a regular file", NULL},
    [FOLDER_ODD] = {"E506", "contains characters that a path can't have",
                    "separate folders with `/`; rename a file whose name has a tab, a line end or the like"},
    [FOLDER_MISSING] = {"W601", "does not exist", NULL},
};

static const char *const missing_advice[] = {
    [READ_FILM] = "a missing film plays as a slate; check the spelling",
    [READ_PICTURE] = "a missing picture is left out, or its node plays as a slate; check the spelling",
    [READ_SOUND] = "a missing sound is not heard; check the spelling",
    [READ_SUBTITLES] = "missing subtitles are not shown; check the spelling",
    [READ_SIGNS] = "a missing film of signs is not shown; check the spelling",
};

static void report_path(struct builder *b, const struct yml_node *v, enum folder_verdict verdict, enum read_file file)
{
    assert(verdict != FOLDER_OK && verdict < (int)G_N_ELEMENTS(verdicts));
    struct missing_file m = {0};
    if (verdict == FOLDER_MISSING)
        missing_file_explain(&m, b->dir, v->text);
    g_autofree char *path = brief(v->text, BRIEF_PATH);
    const char *advice = verdict == FOLDER_MISSING ? missing_advice[file] : verdicts[verdict].advice;
    builder_error(b, v, verdicts[verdict].code, m.advice ? m.advice : advice, "`%s` %s%s", path,
                  verdicts[verdict].message, m.instead ? m.instead : "");
    missing_file_clear(&m);
}

const char *read_path(struct builder *b, const struct yml_node *v, enum read_file file)
{
    const char *text = read_text(b, v, STORY_TEXT_BYTES_MAX);
    if (!text)
        return NULL;
    const enum folder_verdict verdict = folder_check_path(b->folder, text);
    const char *kept = builder_keep(b, text);
    if (verdict == FOLDER_MISSING) {
        if (g_hash_table_add(b->missing_reported, (gpointer)kept))
            report_path(b, v, verdict, file);
        return kept;
    }
    if (verdict != FOLDER_OK)
        report_path(b, v, verdict, file);
    return verdict == FOLDER_OK ? kept : NULL;
}

const char *read_include(struct builder *b, const struct yml_node *v)
{
    const char *text = read_text(b, v, STORY_TEXT_BYTES_MAX);
    if (!text)
        return NULL;
    const enum folder_verdict verdict = folder_check_path(b->folder, text);
    if (verdict == FOLDER_OK || verdict == FOLDER_MISSING) /* a missing file is reported when it is opened */
        return builder_keep(b, text);
    report_path(b, v, verdict, READ_FILM);
    b->cut_short = true;
    return NULL;
}

struct story_span read_was(struct builder *b, const struct yml_node *v, bool strict)
{
    struct story_span was = {(int32_t)b->former->len, 0};
    if (v->kind == YML_LIST && v->len == 0)
        builder_error(b, v, "E116", "write the earlier names into it, or remove it", "`was` is empty");
    for (const struct yml_node *item = read_first(v); item; item = read_next(v, item)) {
        const char *name = read_name(b, item, strict);
        if (was.n == STORY_FORMER_MAX) {
            builder_error(b, item, "E513", "keep those that players or reports still have",
                          "more than %d earlier names", STORY_FORMER_MAX);
            break;
        }
        if (!name)
            continue;
        const struct pending_name former = {builder_keep(b, name), builder_mark(b, item), item->width};
        g_array_append_val(b->former, former);
        was.n++;
    }
    return was;
}

const char *read_language(struct builder *b, const struct yml_node *v)
{
    const char *text = read_text(b, v, STORY_NAME_BYTES_MAX);
    if (!text)
        return NULL;
    if (story_is_language_tag(text))
        return builder_keep(b, text);
    builder_error(b, v, "E117", "write `en`, `de`, `pt-BR`", "`%s` is not a language tag", builder_brief(b, text));
    return NULL;
}

/* ---- expressions and effects ---------------------------------------------------------------------------------- */

static int32_t add_expr(struct builder *b, const struct yml_node *v, const char *text)
{
    const struct story_expr e = {.source = builder_keep(b, text), .mark = builder_mark(b, v)};
    g_array_append_val(b->exprs, e);
    return (int32_t)b->exprs->len - 1;
}

static struct pending_expr pending_expr_at(const struct builder *b, const struct yml_node *v)
{
    return (struct pending_expr){
        .expr = -1, .effect = -1, .mark = builder_mark(b, v), .width = v->width, .quote = v->quote};
}

static bool check_expr_scalar(struct builder *b, const struct yml_node *v)
{
    if (v->kind == YML_SCALAR && v->len > STORY_EXPR_BYTES_MAX) {
        builder_error(b, v, "E307", "split it", "longer than %d bytes", STORY_EXPR_BYTES_MAX);
        return false;
    }
    return read_text(b, v, STORY_EXPR_BYTES_MAX) != NULL;
}

int32_t read_condition(struct builder *b, const struct yml_node *v)
{
    struct pending_expr todo = pending_expr_at(b, v);
    const bool good = check_expr_scalar(b, v);
    b->expressions_broken |= !good;
    /* Even a broken condition is one: the part that has it does not always hold. */
    todo.expr = add_expr(b, v, v->kind == YML_SCALAR ? v->text : "");
    if (good)
        g_array_append_val(b->pending_exprs, todo);
    return todo.expr;
}

int32_t read_condition_as(struct builder *b, const struct yml_node *v, const char *text)
{
    struct pending_expr todo = pending_expr_at(b, v);
    assert(strlen(text) == v->len);
    todo.expr = add_expr(b, v, text);
    g_array_append_val(b->pending_exprs, todo);
    return todo.expr;
}

static const char *skip_blanks(const char *p)
{
    while (g_ascii_isspace(*p))
        p++;
    return p;
}

static const char *skip_name(const char *p)
{
    for (;;) {
        while (g_ascii_isalnum(*p) || *p == '_')
            p++;
        if ((guchar)*p < 0x80 || !is_name_char(g_utf8_get_char(p), false))
            return p;
        p = g_utf8_next_char(p);
    }
}

/* Splits `x = expr`, `x += expr`, `x -= expr`, `toggle x`. False if it is none of them. */
static bool split_effect(struct builder *b, const char *text, struct pending_expr *todo, uint32_t *expr_at)
{
    const char *name = skip_blanks(text), *end = skip_name(name), *op = skip_blanks(end);
    if (end - name == 6 && strncmp(name, "toggle", 6) == 0 && op > end) {
        name = op;
        end = skip_name(name);
        todo->toggle = true;
        if (*skip_blanks(end))
            return false;
    } else {
        todo->add = (op[0] == '+' || op[0] == '-') && op[1] == '=';
        todo->negate = todo->add && op[0] == '-';
        if (!todo->add && (op[0] != '=' || op[1] == '=' || op[1] == '+'))
            return false;
        *expr_at = (uint32_t)(skip_blanks(op + (todo->add ? 2 : 1)) - text);
    }
    todo->var = arena_copy(b->scratch, name, (size_t)(end - name));
    todo->var_offset = (uint32_t)(name - text);
    return end > name;
}

/* The text with `-` for each dash and minus of print; NULL: it has none. */
static char *with_plain_minus(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool found = false;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        const bool dash = c == 0x2212 || (c >= 0x2010 && c <= 0x2015);
        found |= dash;
        g_string_append_unichar(out, dash ? '-' : c);
    }
    return found ? g_strdup(out->str) : NULL;
}

static void report_no_effect(struct builder *b, const struct yml_node *v)
{
    const char *name = skip_blanks(v->text), *end = skip_name(name), *op = skip_blanks(end);
    const char *stranger = lookalike_stranger(v->text);
    const char sign = op[0] == '=' ? op[1] : op[0];
    g_autofree char *advice = NULL;
    g_autofree char *plain = with_plain_minus(v->text),
                    *odd = stranger ? lookalike_name(g_utf8_get_char(stranger)) : NULL;
    if (plain && odd) {
        advice = g_strdup_printf("write `%s`: the minus is %s", builder_brief(b, plain), odd);
    } else if (stranger) {
        advice = g_strdup_printf("it contains %s; write `x = 1`, `x += 1`, `x -= 1` or `toggle x`", odd);
    } else if (end > name && op[0] == '=' && op[1] == '=') {
        advice = g_strdup_printf("`==` compares; to change it, write `%.*s = %s`", (int)(end - name), name,
                                 skip_blanks(op + 2));
    } else if (end > name && (sign == '+' || sign == '-')) {
        advice = g_strdup_printf("write `%.*s %c= 1`", (int)(end - name), name, sign);
    }
    builder_error(b, v, "E308", advice ? advice : "write `x = 1`, `x += 1`, `x -= 1` or `toggle x`",
                  "`%s` is not an effect", builder_brief(b, v->text));
}

static void read_effect(struct builder *b, const struct yml_node *v, int32_t when)
{
    struct pending_expr todo = pending_expr_at(b, v);
    uint32_t expr_at = 0;
    if (!check_expr_scalar(b, v)) {
        b->expressions_broken = true;
        return;
    }
    if (!split_effect(b, v->text, &todo, &expr_at)) {
        report_no_effect(b, v);
        b->expressions_broken = true;
        return;
    }
    if (!todo.toggle) {
        todo.offset = expr_at;
        todo.expr = add_expr(b, v, v->text + expr_at);
    }
    todo.effect = (int32_t)b->effects->len;
    const struct story_effect effect = {.var = -1, .value = todo.expr, .when = when, .mark = builder_mark(b, v)};
    g_array_append_val(b->effects, effect);
    g_array_append_val(b->pending_exprs, todo);
}

static void refuse_empty(struct builder *b, const struct yml_node *v)
{
    if (v->kind == YML_LIST && v->len == 0)
        builder_error(b, v, "E116", "fill it in or remove it", "this list is empty");
}

struct effect_draft {
    const struct yml_node *run;
    int32_t when;
};

static void effect_do(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct effect_draft *)into)->run = key->value;
}

static void effect_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct effect_draft *)into)->when = read_condition(b, key->value);
}

static const struct read_row effect_rows[] = {
    {"do", effect_do, true}, {"when", effect_when, false}, {"note", read_note, false}, {NULL, NULL, false}};

struct story_span read_effects(struct builder *b, const struct yml_node *v)
{
    const int32_t first = (int32_t)b->effects->len;
    refuse_empty(b, v);
    for (const struct yml_node *item = read_first(v); item; item = read_next(v, item)) {
        struct effect_draft in = {NULL, -1};
        if (item->kind != YML_MAP) {
            read_effect(b, item, -1);
            continue;
        }
        read_map(b, item, effect_rows, &in, "an effect", item);
        if (in.run)
            refuse_empty(b, in.run);
        if (in.run)
            for (const struct yml_node *run = read_first(in.run); run; run = read_next(in.run, run))
                read_effect(b, run, in.when);
    }
    return (struct story_span){first, (int32_t)b->effects->len - first};
}
