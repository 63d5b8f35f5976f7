/* Fixes of values: numbers and times within what is allowed, conditions and effects, what a clip is made of. */

#include "base/units.h"
#include "edit/fix.h"
#include "story/limits.h"
#include "story/read.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void write_value(struct spot *s, const struct yaml_node *value, const char *text)
{
    fix_replace(s, g_strdup_printf("write `%s`", text), value->from, value->to, g_strdup(text));
}

/* The value that is meant: what is marked, or what the marked key has. */
static struct yaml_node *value_at(const struct spot *s)
{
    struct yaml_node *value = s->at ? yaml_tree_value_of(s->at) : NULL;
    return value ? value : s->at;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* The list of an inscription's `place` that is marked, or some number of it. */
static const struct yaml_node *place_at(const struct spot *s)
{
    const struct yaml_node *n = value_at(s), *list = n && n->shape == YAML_SHAPE_SCALAR ? n->parent : n;
    const struct yaml_node *key = list ? yaml_tree_key_of(list) : NULL;
    const bool is_place = key && g_strcmp0(key->text, "place") == 0 && list->shape == YAML_SHAPE_LIST;
    return is_place && list->children->len == 4 ? list : NULL;
}

/* A place becomes one within the picture; parts of one are thousandths. */
static bool fix_place(struct spot *s, const struct yaml_node *list)
{
    int n[4];
    for (guint i = 0; i < 4; i++) {
        const struct yaml_node *v = list->children->pdata[i];
        const double number = v->text ? g_ascii_strtod(v->text, NULL) : 0;
        const bool part = number > 0 && number < 1;
        const int room = i < 2 ? 999 : 1000 - n[i - 2];
        n[i] = CLAMP((int)lround(part ? number * 1000 : CLAMP(number, 0, 1000)), i < 2 ? 0 : 1, room);
    }
    g_autofree char *text = g_strdup_printf("[%d, %d, %d, %d]", n[0], n[1], n[2], n[3]);
    write_value(s, list, text);
    return true;
}

/* "this must be from 1 to 1000", "`1.5` is not a whole number", "the initial value lies outside the range, 1 to 3" */
bool fix_number(struct spot *s)
{
    long low = -STORY_INT_MAX, high = STORY_INT_MAX;
    const char *from = strstr(s->d->message, "from "), *range = strstr(s->d->message, "range, ");
    const struct yaml_node *value = value_at(s), *place = place_at(s);
    if (place)
        return fix_place(s, place);
    if (!value || !value->text || value->from == value->to)
        return false;
    if (from || range)
        sscanf(from ? from + 5 : range + 7, "%ld to %ld", &low, &high);
    else if (strstr(s->d->message, "numbers go up to"))
        return false;
    g_auto(GStrv) parts = g_strsplit(value->text, "_", -1);
    g_autofree char *digits = g_strjoinv("", parts);
    const bool hex = g_ascii_strncasecmp(digits, "0x", 2) == 0;
    const double number = hex ? (double)g_ascii_strtoll(digits, NULL, 16) : g_ascii_strtod(digits, NULL);
    g_autofree char *text = g_strdup_printf("%ld", CLAMP(lround(number), low, high));
    write_value(s, value, text);
    return true;
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

static char *time_text(int64_t us)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ".%06d", us / US_PER_SECOND, (int)(us % US_PER_SECOND));
    for (char *end = text + strlen(text) - 1; *end == '0' || *end == '.'; end--) {
        const bool point = *end == '.';
        *end = '\0';
        if (point)
            break;
    }
    return g_strconcat(text, "s", NULL);
}

/* What a time that is none can mean, in microseconds. */
static int64_t guess_time(const char *text)
{
    static const struct {
        const char *unit;
        double us;
    } units[] = {{"ms", 1e3}, {"m", 60e6}, {"h", 3600e6}, {"s", 1e6}, {"", 1e6}};
    char *end;
    double number = 0;
    text += strspn(text, "- ");
    if (strchr(text, ':')) {
        for (const char *p = text; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL)
            number = number * 60 + g_ascii_strtod(p, NULL);
        return llround(number * 1e6);
    }
    number = g_ascii_strtod(text, &end);
    if (end == text)
        return 4 * US_PER_SECOND;
    end += strspn(end, " ");
    g_autofree char *unit = g_ascii_strdown(end, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_has_prefix(unit, units[i].unit))
            return llround(number * units[i].us);
    assert(false);
    return 0;
}

/* "`1h` is not a time", "a clip must last longer than 0 seconds" */
bool fix_time(struct spot *s)
{
    const struct yaml_node *value = value_at(s);
    if (!value || !value->text)
        return false;
    int64_t us = guess_time(value->text);
    if (strstr(s->d->message, "longer than 0 seconds"))
        us = 4 * US_PER_SECOND;
    g_autofree char *text = time_text(CLAMP(us, 0, STORY_TIME_US_MAX));
    write_value(s, value, text);
    return true;
}

static bool time_of(const struct yaml_node *map, const char *key, int64_t *us)
{
    const struct yaml_node *value = yaml_tree_value(map, key);
    return value && value->text && read_time_text(value->text, us);
}

/* When a decision opens and closes, as far as it says so itself. */
static bool window_of(const struct yaml_node *decision, int64_t *opens, int64_t *closes)
{
    int64_t length = 0;
    *opens = 0;
    time_of(decision, "opens", opens);
    if (time_of(decision, "closes", closes))
        return true;
    *closes = *opens + length;
    if (time_of(decision, "for", &length))
        *closes = *opens + length;
    return length > 0;
}

static void set_time(struct spot *s, GPtrArray *edits, const struct yaml_node *map, const char *key, int64_t us)
{
    const struct yaml_node *value = yaml_tree_value(map, key);
    if (value)
        text_edits_add(edits, s->path, value->from, value->to, time_text(MAX(us, 0)));
}

/* The decision opens and closes then; it says when in its own way. */
static bool set_window(struct spot *s, const struct yaml_node *decision, int64_t opens, int64_t closes)
{
    GPtrArray *edits = text_edits_new();
    set_time(s, edits, decision, "opens", opens);
    set_time(s, edits, decision, "closes", closes);
    set_time(s, edits, decision, "for", closes - opens);
    g_autofree char *from = time_text(opens), *to = time_text(closes);
    fix_add(s, g_strdup_printf("open it at %s, and close it at %s", from, to), edits);
    return true;
}

static const struct yaml_node *with_key(const struct yaml_node *n, const char *key)
{
    while (n && !yaml_tree_value(n, key))
        n = n->parent;
    return n;
}

/* When the decisions are over that stand before it in the node. */
static int64_t free_from(const struct yaml_node *decision)
{
    int64_t opens, closes, last = 0;
    const struct yaml_node *list = decision->parent;
    for (guint i = 0; list && list->shape == YAML_SHAPE_LIST && i < decision->index; i++)
        if (window_of(list->children->pdata[i], &opens, &closes))
            last = MAX(last, closes);
    return last;
}

/* A window at the end of what is `length` long, or as long as that. */
static bool fit_window(struct spot *s, int64_t length)
{
    const struct yaml_node *decision = with_key(s->at, "options");
    int64_t opens, closes;
    if (!decision || !window_of(decision, &opens, &closes) || length <= 0)
        return false;
    if (opens >= length)
        opens = MAX(length - (closes - opens), free_from(decision));
    return opens < length && set_window(s, decision, opens, length);
}

/* Behind the decisions that stand before it in the node. */
static bool fix_overlap(struct spot *s)
{
    const struct yaml_node *decision = with_key(s->at, "options");
    int64_t opens, closes;
    if (!decision || !window_of(decision, &opens, &closes))
        return false;
    const int64_t from = free_from(decision);
    return set_window(s, decision, from, from + (closes - opens));
}

/* A time in a clip that is so long. */
static bool fix_late(struct spot *s, int64_t length)
{
    const struct yaml_node *value = value_at(s), *inscription = with_key(s->at, "place");
    int64_t at = 0;
    const bool window = strstr(s->d->message, "` opens at ") || strstr(s->d->message, "` closes at ");
    if (window || strstr(s->d->message, "the decision"))
        return fit_window(s, length);
    if (!strstr(s->d->message, "this inscription")) {
        g_autofree char *text = time_text(length);
        write_value(s, value, text);
        return true;
    }
    time_of(inscription, "at", &at);
    GPtrArray *edits = text_edits_new();
    set_time(s, edits, inscription, "at", at < length ? at : 0);
    set_time(s, edits, inscription, "for", at < length ? length - at : length);
    fix_add(s, g_strdup("end it with the clip"), edits);
    return true;
}

/* A sound at the beginning of the window, and not before. */
static bool fix_cue(struct spot *s)
{
    const struct yaml_node *cue = with_key(s->at, "before"), *decision = with_key(cue, "options"),
                           *before = yaml_tree_value(cue, "before");
    int64_t opens, closes;
    if (!before || !decision || !window_of(decision, &opens, &closes))
        return false;
    g_autofree char *text = time_text(closes - opens);
    write_value(s, before, text);
    return true;
}

/* "the clip is 10s long, but …" */
static int64_t length_told(const char *message)
{
    static const char *const leads[] = {"the clip is ", "the clip ends at "};
    for (size_t i = 0; i < G_N_ELEMENTS(leads); i++) {
        const char *at = strstr(message, leads[i]);
        if (at)
            return guess_time(at + strlen(leads[i]));
    }
    return -1;
}

/* What opens, closes or sounds outside what it belongs to. */
bool fix_window(struct spot *s)
{
    const char *code = s->d->rule->code;
    const int64_t length = length_told(s->d->message);
    const struct yaml_node *decision = with_key(s->at, "options");
    int64_t opens = 0, closes;
    if (strcmp(code, "E403") == 0)
        return fix_overlap(s);
    if (strcmp(code, "E414") == 0)
        return fix_cue(s);
    if (length > 0)
        return s->at && fix_late(s, length);
    if (!decision)
        return false;
    window_of(decision, &opens, &closes);
    return set_window(s, decision, opens, opens + 4 * US_PER_SECOND);
}

/* Two ends that are the wrong way round. */
bool fix_swap(struct spot *s)
{
    const bool range = strcmp(s->d->rule->code, "E312") == 0;
    const char *first = range ? "min" : "from", *second = range ? "max" : "to";
    const struct yaml_node *map = s->at ? s->at->parent : NULL, *a = yaml_tree_value(map, first),
                           *b = yaml_tree_value(map, second);
    if (!a || !b)
        return false;
    GPtrArray *edits = text_edits_new();
    text_edits_add(edits, s->path, a->from, a->to, g_strndup(s->text + b->from, b->to - b->from));
    text_edits_add(edits, s->path, b->from, b->to, g_strndup(s->text + a->from, a->to - a->from));
    fix_add(s, g_strdup_printf("swap `%s` and `%s`", first, second), edits);
    return true;
}

/* ---- variables --------------------------------------------------------------------------------------------------- */

/* How a variable is declared. */
static const struct yaml_node *declaration(struct spot *s, const char *name, bool *is_enum, bool *is_int)
{
    const struct name_use *u = name ? names_declaration(s->n, NAME_VARIABLE, NULL, name) : NULL;
    const struct yaml_node *key = u ? fix_use_node(s, u) : NULL, *value = key ? yaml_tree_value_of(key) : NULL,
                           *type = yaml_tree_value(value, "type");
    *is_enum = type && g_strcmp0(type->text, "enum") == 0;
    *is_int = type && g_strcmp0(type->text, "int") == 0;
    return value;
}

static char *first_value(const struct spot *s, const char *variable)
{
    const struct name_use *u = fix_declared(s, NAME_VALUE, variable, 0);
    return u ? g_strdup(u->name) : NULL;
}

/* Of an enum: one of its values. */
bool fix_initial(struct spot *s)
{
    const struct yaml_node *value = value_at(s), *values = s->at ? yaml_tree_value(s->at->parent, "values") : NULL;
    for (guint i = 0; values && values->children && i < values->children->len; i++) {
        const struct yaml_node *v = values->children->pdata[i];
        if (v->text)
            write_value(s, value, v->text);
    }
    return s->fixes->len > 0;
}

/* ---- expressions and effects ------------------------------------------------------------------------------------- */

static bool replace_sign(struct spot *s, const char *sign, const char *instead)
{
    const char *at = g_strstr_len(s->text + s->from, (gssize)(s->line_end - s->from), sign);
    const gsize from = at ? (gsize)(at - s->text) : 0;
    if (at)
        fix_replace(s, g_strdup_printf("write `%s`", instead), from, from + strlen(sign), g_strdup(instead));
    return at != NULL;
}

/* The end of the expression's text, within its quotes. */
static gsize inner_end(const struct yaml_node *n)
{
    return n->to - (n->quote == '"' || n->quote == '\'' ? 1 : 0);
}

/* "this is a number": it is more than nothing; an enum has a value. */
static bool fix_no_condition(struct spot *s)
{
    bool is_enum, is_int;
    const struct yaml_node *n = s->at;
    g_autofree char *marked = fix_marked(s);
    declaration(s, marked, &is_enum, &is_int);
    g_autofree char *value = is_enum ? first_value(s, marked) : NULL;
    const char *told = s->d->advice ? strstr(s->d->advice, ": `") : NULL;
    g_autofree char *operand = told ? fix_said(s->d->message, 1) : NULL;
    if (operand) { /* "compare it with a number: `x > 0`" */
        g_autofree char *instead = fix_told(told, ": ");
        return replace_sign(s, operand, instead);
    }
    if (!n || !n->text || n->quote == '|' || (!value && !strstr(s->d->message, "a number")))
        return false;
    g_autofree char *compare = value ? g_strdup_printf(" == %s", value) : g_strdup(" > 0");
    const gsize at = inner_end(n);
    fix_replace(s, g_strdup_printf("compare it:%s", compare), at, at, g_strdup(compare));
    return true;
}

/* `1 < x < 5` */
bool fix_chain(struct spot *s)
{
    static GRegex *chain;
    const struct yaml_node *n = s->at;
    g_autoptr(GMatchInfo) m = NULL;
    if (!chain)
        chain = g_regex_new("^([^<>=()]+)(<=|<|>=|>|==)([^<>=()]+)(<=|<|>=|>|==)([^<>=()]+)$", 0, 0, NULL);
    if (!n || !n->text || strstr(n->text, " and ") || strstr(n->text, " or ") || !g_regex_match(chain, n->text, 0, &m))
        return false;
    g_auto(GStrv) p = g_match_info_fetch_all(m);
    for (int i = 1; i <= 5; i++)
        g_strstrip(p[i]);
    g_autofree char *text = g_strdup_printf("%s %s %s and %s %s %s", p[1], p[2], p[3], p[3], p[4], p[5]);
    fix_replace(s, g_strdup_printf("write `%s`", text), n->from, n->to, fix_value(text));
    return true;
}

/* A call with too few names, or too many. */
static bool fix_arguments(struct spot *s)
{
    const struct name_use *u;
    if (strstr(s->d->message, "too many names")) {
        gsize from = s->from;
        while (from > s->line && s->text[from] != ',')
            from--;
        const gsize to = from + strcspn(s->text + from, ")\r\n");
        fix_replace(s, g_strdup("remove what is too much"), from, to, g_strdup(""));
        return true;
    }
    if (strstr(s->d->message, "needs at least two numbers")) {
        const char *end = memchr(s->text + s->from, ')', s->line_end - s->from);
        const gsize at = end ? (gsize)(end - s->text) : s->line_end;
        fix_replace(s, g_strdup("add a number"), at, at, g_strdup(", 0"));
        return end != NULL;
    }
    const bool option = strstr(s->d->message, "more names are needed") != NULL;
    const bool node = strstr(s->d->message, "(node)") != NULL;
    for (guint i = 0; i < 8 && (u = fix_declared(s,
                                                 option ? NAME_OPTION
                                                 : node ? NAME_NODE
                                                        : NAME_DECISION,
                                                 NULL, i));
         i++)
        fix_replace(s, g_strdup_printf("name `%s`", u->name), s->from, s->from,
                    g_strdup_printf("%s%s", option ? ", " : "", u->name));
    return s->fixes->len > 0;
}

/* Conditions that are nearly right. */
bool fix_condition(struct spot *s)
{
    const char *code = s->d->rule->code;
    g_autofree char *sign = fix_said(s->d->message, 0);
    if (strcmp(code, "E310") == 0)
        return fix_arguments(s);
    if (strcmp(code, "E305") == 0)
        return sign && replace_sign(s, sign, "==") && replace_sign(s, sign, "!=");
    if (strcmp(code, "E303") == 0 || (strcmp(code, "E302") == 0 && strstr(s->d->message, "needs a yes/no value")))
        return fix_no_condition(s);
    if (strcmp(code, "E309") == 0) {
        fix_replace(s, g_strdup("write the largest number"), s->from, s->to, g_strdup_printf("%d", STORY_INT_MAX));
        return true;
    }
    if (s->d->advice && strcmp(s->d->advice, "compare with `==`") == 0)
        return replace_sign(s, "=", "==");
    if (strstr(s->d->message, "`)` is missing at the end") && s->at && s->at->quote != '|') {
        const gsize at = inner_end(s->at);
        fix_replace(s, g_strdup("close the parenthesis"), at, at, g_strdup(")"));
        return true;
    }
    const bool last = s->at && s->to == inner_end(s->at);
    if (s->d->advice && g_str_has_prefix(s->d->advice, "remove it") && strcmp(code, "E301") == 0 && last) {
        fix_replace(s, g_strdup_printf("remove the `%s`", sign), s->from, s->to, g_strdup(""));
        return true;
    }
    return false;
}

/* An effect of the variable, as its type allows it. */
static bool write_effect(struct spot *s, const char *variable)
{
    bool is_enum, is_int;
    const struct yaml_node *n = s->at;
    const bool known = declaration(s, variable, &is_enum, &is_int) != NULL;
    g_autofree char *value = is_enum ? first_value(s, variable) : NULL;
    if (!n || !n->text || !known || (is_enum && !value))
        return false;
    g_autofree char *set = is_int    ? g_strdup_printf("%s += 1", variable)
                           : is_enum ? g_strdup_printf("%s = %s", variable, value)
                                     : g_strdup_printf("%s = true", variable);
    g_autofree char *other = is_int    ? g_strdup_printf("%s = 1", variable)
                             : is_enum ? NULL
                                       : g_strdup_printf("toggle %s", variable);
    write_value(s, n, set);
    if (other)
        write_value(s, n, other);
    return true;
}

/* `toggle a, b` is two effects; a number is not toggled. */
static bool toggle_each(struct spot *s, const struct yaml_node *n, char **names)
{
    const bool item = n->parent && n->parent->shape == YAML_SHAPE_LIST;
    g_autoptr(GString) list = g_string_new(NULL);
    GPtrArray *edits = text_edits_new();
    bool is_enum, is_int, first = true;
    for (char **name = names; *name; name++) {
        if (!**name)
            continue;
        declaration(s, *name, &is_enum, &is_int);
        g_autofree char *effect = g_strdup_printf(is_int ? "%s += 1" : "toggle %s", *name);
        if (item && !first)
            fix_insert_item(s, edits, s->file, n->parent, effect);
        else
            g_string_append_printf(list, "%s%s", first ? "" : ", ", effect);
        first = false;
    }
    g_autofree char *text = item ? g_strdup(list->str) : g_strdup_printf("[%s]", list->str);
    text_edits_add(edits, s->path, n->from, n->to, g_strdup(text));
    fix_add(s, g_strdup("write two effects"), edits);
    return true;
}

/* Effects that do not suit their variable, or are none. */
bool fix_assignment(struct spot *s)
{
    const struct yaml_node *n = s->at;
    const bool syntax = strcmp(s->d->rule->code, "E308") == 0;
    g_autofree char *said = fix_said(s->d->message, syntax || strstr(s->d->message, "takes ") ? 0
                                                    : strstr(s->d->message, "+=")             ? 2
                                                                                              : 1);
    if (!n || !n->text || !said)
        return false;
    if (syntax && strstr(n->text, " == ")) {
        g_auto(GStrv) sides = g_strsplit(n->text, " == ", 2);
        g_autofree char *text = g_strjoinv(" = ", sides);
        write_value(s, n, text);
        return true;
    }
    if (strstr(s->d->message, "takes a yes/no value")) {
        fix_replace(s, g_strdup("write `true`"), s->from, s->to, g_strdup("true"));
        fix_replace(s, g_strdup("write `false`"), s->from, s->to, g_strdup("false"));
        return true;
    }
    if (strstr(s->d->message, "takes a number")) {
        fix_replace(s, g_strdup("write `1`"), s->from, s->to, g_strdup("1"));
        return true;
    }
    if (syntax && strcmp(said, "toggle") == 0) {
        const struct name_use *u = NULL;
        bool is_enum = true, is_int = true;
        for (guint i = 0; (is_enum || is_int) && (u = fix_declared(s, NAME_VARIABLE, NULL, i)); i++)
            declaration(s, u->name, &is_enum, &is_int);
        return u && write_effect(s, u->name);
    }
    if (syntax && g_str_has_prefix(said, "toggle ") && strchr(said, ',')) {
        g_auto(GStrv) names = g_strsplit_set(said + strlen("toggle "), ", ", -1);
        return toggle_each(s, n, names);
    }
    return write_effect(s, said);
}

/* ---- clips ------------------------------------------------------------------------------------------------------- */

/* The clip's mapping, or the path alone. */
static struct yaml_node *clip_value(const struct spot *s)
{
    const struct yaml_node *key = s->at;
    while (key && g_strcmp0(key->text, "clip") != 0)
        key = yaml_tree_key_of(key) ? yaml_tree_key_of(key) : key->parent;
    return key ? yaml_tree_value_of(key) : value_at(s);
}

static bool fix_kind(struct spot *s, const struct yaml_node *clip)
{
    const bool picture = strstr(s->d->message, "is a still picture") != NULL;
    const char *key = picture ? "file" : "image";
    const struct yaml_node *path = yaml_tree_value(clip, key), *time = yaml_tree_value(clip, "for");
    GPtrArray *edits = text_edits_new();
    if (picture && clip->text) {
        text_edits_add(edits, s->path, clip->from, clip->to,
                       g_strdup_printf("{image: %.*s, for: 5s}", (int)(clip->to - clip->from), s->text + clip->from));
    } else if (path && (picture || strstr(s->d->message, "is not a still picture"))) {
        const struct yaml_node *at = yaml_tree_key_of(path);
        text_edits_add(edits, s->path, at->from, at->to, g_strdup(picture ? "image" : "file"));
        if (picture)
            fix_insert_entry(s, edits, s->file, clip, "for: 5s", false);
        else if (time)
            fix_remove_node(s, edits, s->file, time);
    } else {
        g_ptr_array_unref(edits);
        return false;
    }
    fix_add(s, g_strdup(picture ? "show it as a picture" : "play it as a film"), edits);
    return true;
}

/* A file of another kind, or a range that it does not have. */
bool fix_media(struct spot *s)
{
    const struct yaml_node *clip = clip_value(s);
    if (!clip)
        return false;
    if (strcmp(s->d->rule->code, "W802") == 0)
        return fix_kind(s, clip);
    const struct yaml_node *from = yaml_tree_value(clip, "from"), *to = yaml_tree_value(clip, "to");
    const bool begins = strstr(s->d->message, "begins at") != NULL;
    GPtrArray *edits = text_edits_new();
    if (begins && from)
        text_edits_add(edits, s->path, from->from, from->to, g_strdup("0s"));
    if (to)
        fix_remove_node(s, edits, s->file, to);
    fix_add(s, g_strdup(begins ? "play the whole file" : "play it to its end"), edits);
    return true;
}

/* A sound, or subtitles, that run on the other clock. */
bool fix_clock(struct spot *s)
{
    g_autofree char *path = fix_said(s->d->message, 0);
    const bool film = s->d->advice && strstr(s->d->advice, "clock: film");
    GPtrArray *todo = g_ptr_array_new();
    struct yaml_node *clip = clip_value(s), *found = NULL;
    g_ptr_array_add(todo, clip);
    for (guint i = 0; clip && i < todo->len; i++) {
        struct yaml_node *n = todo->pdata[i];
        if (g_strcmp0(n->text, path) == 0)
            found = n;
        for (guint k = 0; n->children && k < n->children->len; k++)
            g_ptr_array_add(todo, n->children->pdata[k]);
    }
    g_ptr_array_unref(todo);
    if (!found)
        return false;
    const struct yaml_node *key = yaml_tree_key_of(found);
    const struct yaml_node *clock = yaml_tree_value(found->parent, "clock");
    GPtrArray *edits = text_edits_new();
    if (clock)
        text_edits_add(edits, s->path, clock->from, clock->to, g_strdup(film ? "film" : "clip"));
    else if (key && strcmp(key->text, "file") == 0)
        fix_insert_entry(s, edits, s->file, found->parent, film ? "clock: film" : "clock: clip", false);
    else
        text_edits_add(edits, s->path, found->from, found->to,
                       g_strdup_printf("{file: %.*s, clock: %s}", (int)(found->to - found->from), s->text + found->from,
                                       film ? "film" : "clip"));
    fix_add(s, g_strdup(film ? "it runs on the film's clock" : "it runs on the clip's clock"), edits);
    return true;
}

/* ---- sharing ----------------------------------------------------------------------------------------------------- */

/* The address without what it can't hold; a token of letters; a new token. */
bool fix_share(struct spot *s)
{
    const struct yaml_node *n = s->at, *share = yaml_tree_value(fix_tree(s, s->file), "share");
    if (!n || !share)
        return false;
    if (strstr(s->d->message, "token")) {
        const struct yaml_node *token = yaml_tree_value(share, "token");
        g_autofree char *value = g_uuid_string_random(), *entry = g_strdup_printf("token: %s", value);
        GPtrArray *edits = text_edits_new();
        if (token)
            text_edits_add(edits, s->path, token->from, token->to, g_strdup(value));
        else
            fix_insert_entry(s, edits, s->file, share, entry, false);
        fix_add(s, g_strdup("write a new token"), edits);
        return true;
    }
    g_autoptr(GUri) uri = n->text ? g_uri_parse(n->text, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *host = uri ? g_uri_get_host(uri) : NULL;
    g_autofree char *text = host && *host ? g_uri_join(G_URI_FLAGS_NONE, "https", NULL, host, g_uri_get_port(uri),
                                                       g_uri_get_path(uri), NULL, NULL)
                                          : g_strdup("https://collect.example.org/");
    fix_replace(s, g_strdup_printf("write `%s`", text), n->from, n->to, fix_value(text));
    return true;
}
