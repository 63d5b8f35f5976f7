/* Fixes of single words and characters: what was nearly meant, quotes, blanks, signs. Most work in files that are no YAML. */

#include "base/lookalike.h"
#include "edit/fix.h"
#include "edit/renaming.h"

#include <stdio.h>
#include <string.h>

/* ---- advice ------------------------------------------------------------------------------------------------------ */

static enum name_kind kind_of_rule(const char *code)
{
    static const struct {
        const char *code;
        enum name_kind kind;
    } kinds[] = {{"E201", NAME_NODE},  {"E202", NAME_DECISION}, {"E203", NAME_OPTION},  {"E205", NAME_MEDIUM},
                 {"E206", NAME_VALUE}, {"E209", NAME_TRAIT},    {"E210", NAME_PROP},    {"E211", NAME_ACT},
                 {"E212", NAME_CUES},  {"E310", NAME_NODE},     {"E204", NAME_VARIABLE}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(code, kinds[i].code) == 0)
            return kinds[i].kind;
    return NAME_NONE;
}

/* Does the advice name one thing alone, and spell it out? */
static bool is_single(const char *advice, const char *word)
{
    const char *first = strchr(advice, '`'), *second = first ? strchr(first + 1, '`') : NULL;
    return second && !strchr(second + 1, '`') && !strstr(word, "…") && !strstr(word, "NAME");
}

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '-' || (guchar)c >= 0x80;
}

/* The word that the message names, where it stands in what is marked; else all that is marked. */
static void find_word(const struct spot *s, gsize *from, gsize *to)
{
    g_autofree char *said = fix_said(s->d->message, 0);
    const char *found = said ? g_strstr_len(s->text + s->from, (gssize)(s->to - s->from), said) : NULL;
    fix_inner(s, from, to);
    const char *behind = found ? found + strlen(said) : "";
    const bool whole = found && !(found > s->text && is_name_char(found[-1])) && !is_name_char(*behind);
    if (whole && *said && *to - *from > strlen(said)) {
        *from = (gsize)(found - s->text);
        *to = *from + strlen(said);
    }
}

static void replace_marked(struct spot *s, const char *word)
{
    gsize from = s->from, to = s->to;
    if (!fix_is_quote(word[0]))
        fix_inner(s, &from, &to);
    fix_replace(s, g_strdup_printf("replace it with `%s`", word), from, to, g_strdup(word));
}

/* Two keys can't have one name. */
static bool is_there(const struct spot *s, const char *key)
{
    return s->at && yaml_tree_value_of(s->at) && yaml_tree_value(s->at->parent, key);
}

/* These hold a list, even of one. */
static bool holds_list(const char *key)
{
    static const char *const keys[] = {"languages", "decisions", "inscriptions", "labels", "values"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

bool fix_near_name(struct spot *s)
{
    g_autofree char *word = fix_told(s->d->advice, "did you mean ");
    const struct yaml_node *value = s->at ? yaml_tree_value_of(s->at) : NULL;
    gsize from, to;
    if (!word || is_there(s, word))
        return false;
    find_word(s, &from, &to);
    GPtrArray *edits = text_edits_new();
    text_edits_add(edits, s->path, from, to, g_strdup(word));
    if (value && value->text && value->from < value->to && holds_list(word)) {
        text_edits_add(edits, s->path, value->from, value->from, g_strdup("["));
        text_edits_add(edits, s->path, value->to, value->to, g_strdup("]"));
    }
    fix_add(s, g_strdup_printf("replace it with `%s`", word), edits);
    return true;
}

/* A name that can't be one is changed everywhere. */
bool fix_bad_name(struct spot *s)
{
    const bool everywhere = s->d->advice && strstr(s->d->advice, ", everywhere");
    g_autofree char *word = everywhere ? fix_told(s->d->advice, "write ") : NULL;
    const struct name_use *u = word ? names_at(s->n, s->file, s->d->line, s->d->col + 1) : NULL;
    if (u)
        fix_add(s, g_strdup_printf("call it `%s`, everywhere", word), renaming_everywhere(s->n, u, word));
    return u != NULL;
}

/* "write `bus` where it is called `busс`" */
bool fix_letter_there(struct spot *s)
{
    g_autofree char *word = fix_told(s->d->advice, "write "), *there = fix_told(s->d->advice, "where it is called ");
    const struct name_use *u = there ? names_declaration(s->n, kind_of_rule(s->d->rule->code), NULL, there) : NULL;
    if (u)
        fix_add(s, g_strdup_printf("call it `%s`, everywhere", word), renaming_everywhere(s->n, u, word));
    return u != NULL;
}

/* "there is `film.mkv`" */
bool fix_near_file(struct spot *s)
{
    g_autofree char *file = fix_told(s->d->message, "there is ");
    if (file)
        fix_replace(s, g_strdup_printf("replace it with `%s`", file), s->from, s->to, fix_value(file));
    return file != NULL;
}

/* "write `X`": it takes the place of what is marked. */
bool fix_written(struct spot *s)
{
    const char *advice = s->d->advice;
    g_autofree char *word = advice && g_str_has_prefix(advice, "write ") ? fix_told(advice, "write ") : NULL;
    const bool first = strcmp(s->d->rule->code, "E111") == 0;
    if (!word || !(is_single(advice, word) || first))
        return false;
    char *end = strchr(word, ':');
    if (first && end) /* "write `frumious: 1`": the value is marked */
        replace_marked(s, g_strstrip(end + 1));
    else
        replace_marked(s, word);
    return true;
}

/* Words that want other keys beside them. */
static const char *companion(const char *word, const char *key)
{
    static const struct {
        const char *word, *key, *entry;
    } wanted[] = {
        {"enum", "values", "values: [none, single, return]"}, {"int", "min", "min: 0"}, {"int", "max", "max: 10"}};
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (strcmp(word, wanted[i].word) == 0 && strcmp(key, wanted[i].key) == 0)
            return wanted[i].entry;
    return NULL;
}

static void choose_word(struct spot *s, const char *word)
{
    static const char *const keys[] = {"values", "min", "max"};
    GPtrArray *edits = text_edits_new();
    gsize from, to;
    fix_inner(s, &from, &to);
    text_edits_add(edits, s->path, from, to, g_strdup(word));
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *entry = companion(word, keys[i]);
        if (entry && s->at && s->at->parent && !yaml_tree_value(s->at->parent, keys[i]))
            fix_insert_entry(s, edits, s->file, s->at->parent, entry, false);
    }
    fix_add(s, g_strdup_printf("replace it with `%s`", word), edits);
}

/* "expected `a`, `b` or `c`, not `d`": each of them can be meant. */
bool fix_listed(struct spot *s)
{
    const char *end = strstr(s->d->message, ", not `");
    if (!g_str_has_prefix(s->d->message, "expected `") || !end)
        return false;
    g_autofree char *list = g_strndup(s->d->message, (gsize)(end - s->d->message));
    char *word;
    for (guint i = 0; (word = fix_said(list, i)); i++) {
        choose_word(s, word);
        g_free(word);
    }
    return true;
}

/* ---- names that there are ---------------------------------------------------------------------------------------- */

/* More are not offered: the list would be no help. */
#define KNOWN_MAX 8

/* Whose option, or value, is named there. */
static const char *owner_at(const struct spot *s, enum name_kind kind)
{
    const struct name_use *u = names_at(s->n, s->file, s->d->line, s->d->col);
    if (kind != NAME_OPTION && kind != NAME_VALUE)
        return NULL;
    if (u && u->kind == kind)
        return u->owner ? u->owner : "";
    return u && u->decision && kind == NAME_OPTION ? u->decision : "";
}

static bool is_ending(const struct spot *s)
{
    return strstr(s->d->message, "no ending `") != NULL;
}

/* What is named does not exist: one of those that do. */
bool fix_known_name(struct spot *s)
{
    const enum name_kind kind = is_ending(s) ? NAME_ENDING : kind_of_rule(s->d->rule->code);
    const char *owner = owner_at(s, kind);
    const struct name_use *u;
    gsize from, to;
    find_word(s, &from, &to);
    if (kind == NAME_NONE || fix_declared(s, kind, owner, KNOWN_MAX))
        return false;
    for (guint i = 0; (u = fix_declared(s, kind, owner, i)); i++)
        fix_replace(s, g_strdup_printf("replace it with `%s`", u->name), from, to, g_strdup(u->name));
    return s->fixes->len > 0;
}

/* ---- quotes ------------------------------------------------------------------------------------------------------ */

/* Where the value begins that the marked place lies in: behind the key of its line, or behind its dash. */
static gsize value_begin(const struct spot *s)
{
    gsize at = s->line;
    while (at < s->line_end && (s->text[at] == ' ' || (s->text[at] == '-' && s->text[at + 1] == ' ')))
        at++;
    const char *colon = g_strstr_len(s->text + at, (gssize)(s->line_end - at), ": ");
    gsize begin = colon ? (gsize)(colon - s->text) + 2 : at;
    while (begin < s->line_end && s->text[begin] == ' ')
        begin++;
    return begin;
}

static void put_in_quotes(struct spot *s, gsize from, gsize to)
{
    g_autofree char *value = g_strndup(s->text + from, to - from);
    fix_replace(s, g_strdup("put the text in double quotes"), from, to, fix_quoted(value));
}

/* `trust: *scale` is no text, whatever it should be. */
static bool is_declaration(const struct spot *s)
{
    const struct yaml_node *map = s->at ? s->at->parent : NULL, *key = map ? yaml_tree_key_of(map) : NULL;
    return key && g_strcmp0(key->text, "state") == 0;
}

/* The whole value of the line gets quotes. In braces it is not clear where it ends, unless the file is YAML. */
bool fix_missing_quotes(struct spot *s)
{
    const char *advice = s->d->advice;
    const bool told = strstr(s->d->message, "can't begin with") != NULL;
    if (!advice || !(strstr(advice, "double quotes") || strstr(advice, "in quotes")) || is_declaration(s))
        return false;
    if (s->at &&
        (s->at->shape == YAML_SHAPE_ALIAS || (s->at->shape == YAML_SHAPE_SCALAR && !fix_is_quote(s->at->quote))) &&
        s->at->parent && s->at->parent->flow && s->at->from <= s->from) {
        put_in_quotes(s, s->at->from, s->at->to);
        return true;
    }
    gsize from = value_begin(s), to = s->line_end;
    const bool sign = strstr(s->d->message, "` #`") || strstr(advice, "`#`"); /* then it belongs to the text */
    const char *comment = sign ? NULL : g_strstr_len(s->text + from, (gssize)(to - from), " #");
    to = comment ? (gsize)(comment - s->text) : to;
    const bool between = told && s->from > from && strchr("{[", s->text[from]);
    if (between) { /* `{title: @home}` */
        from = s->from;
        to = from + strcspn(s->text + from, ",]}\r\n");
    }
    while (to > from && strchr(" \t\r", s->text[to - 1]))
        to--;
    if (to == from || (!between && memchr(s->text + s->line, '{', from - s->line)))
        return false;
    const bool behind = strstr(s->d->message, "the text begins in the next line") != NULL;
    if (!(told || behind) && strchr("{[|>\"'", s->text[from]))
        return false;
    const gsize skipped = behind ? 1 + strspn(s->text + from + 1, " +-0123456789") : 0;
    g_autofree char *value = g_strndup(s->text + from + skipped, to - from - skipped);
    fix_replace(s, g_strdup("put the text in double quotes"), from, to, fix_quoted(value));
    return true;
}

bool fix_needless_quotes(struct spot *s)
{
    gsize from, to;
    fix_inner(s, &from, &to);
    if (g_strcmp0(s->d->advice, "remove the quotes") != 0 || from == s->from)
        return false;
    fix_replace(s, g_strdup("remove the quotes"), s->from, s->to, g_strndup(s->text + from, to - from));
    return true;
}

/* `'Who's there?'`: the quote that is part of the text, and all up to the last of the line. */
bool fix_quote_within(struct spot *s)
{
    const char quote = s->text[s->from];
    if (!strstr(s->d->message, "the text that began with") || !fix_is_quote(quote))
        return false;
    gsize last = s->from;
    for (gsize i = s->from; i < s->line_end; i++)
        if (s->text[i] == quote)
            last = i;
    if (last == s->from) /* it ends the text indeed */
        return false;
    GPtrArray *edits = text_edits_new();
    for (gsize i = s->from; i < last; i++)
        if (s->text[i] == quote)
            text_edits_add(edits, s->path, i, i, g_strdup(quote == '"' ? "\\" : "'"));
    fix_add(s,
            g_strdup(quote == '"' ? "write `\\\"` for the quotation marks in the text" : "write the apostrophe twice"),
            edits);
    return true;
}

/* Quotes of print, around the text or before and behind the place: straight ones, or none in an expression. */
bool fix_print_quotes(struct spot *s)
{
    const bool expression = s->d->advice && strstr(s->d->advice, "without quotes");
    const bool straight = s->d->advice && strstr(s->d->advice, "write straight quotes");
    const gsize from = expression || strcmp(s->d->rule->code, "E102") == 0 ? s->from : s->line;
    GPtrArray *edits = text_edits_new();
    for (const char *p = s->text + from; (expression || straight) && p < s->text + s->line_end && edits->len < 2;
         p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        const gsize at = (gsize)(p - s->text);
        if (lookalike_is_quote(c) || (expression && (c == '"' || c == '\'')))
            text_edits_add(edits, s->path, at, at + g_utf8_skip[(guchar)*p], g_strdup(expression ? "" : "\""));
    }
    if (edits->len == 2)
        fix_add(s, g_strdup(expression ? "remove the quotes" : "write straight quotes"), edits);
    else
        g_ptr_array_unref(edits);
    return s->fixes->len > 0;
}

bool fix_open_end(struct spot *s)
{
    gsize end = s->line_end;
    while (end > s->line && strchr(" \t\r", s->text[end - 1]))
        end--;
    const bool open =
        strstr(s->d->message, "this quote is never closed") || strstr(s->d->message, "this quote is not closed");
    if (open && fix_is_quote(s->text[s->from]))
        fix_replace(s, g_strdup("close the quote at the end of the line"), end, end, g_strndup(s->text + s->from, 1));
    else if (strstr(s->d->message, "is never closed") && strchr("[{", s->text[s->from]))
        fix_replace(s, g_strdup("close the bracket at the end of the line"), end, end,
                    g_strdup(s->text[s->from] == '[' ? "]" : "}"));
    else
        return false;
    return true;
}

/* A text whose lines YAML would join. */
bool fix_scalar_style(struct spot *s)
{
    const char *sign = strstr(s->d->message, "`>`") ? memchr(s->text + s->line, '>', s->line_end - s->line) : NULL;
    const gsize at = sign ? (gsize)(sign - s->text) : 0;
    if (sign)
        fix_replace(s, g_strdup("keep the lines, with `|`"), at, at + 1, g_strdup("|"));
    return sign != NULL;
}

/* ---- characters -------------------------------------------------------------------------------------------------- */

/* How far the line above is indented that says something; one level more, if it ends with a colon. */
static gsize level_above(const struct spot *s)
{
    gsize end = s->line;
    while (end > 0) {
        const char *begin = g_strrstr_len(s->text, (gssize)(end - 1), "\n");
        const gsize from = begin ? (gsize)(begin - s->text) + 1 : 0, indent = strspn(s->text + from, " ");
        gsize last = end - 1;
        while (last > from && strchr(" \t\r", s->text[last - 1]))
            last--;
        if (last > from + indent && s->text[from + indent] != '#')
            return indent + (s->text[last - 1] == ':' ? 2 : 0);
        end = from;
    }
    return 0;
}

/* Indentation by tabs. */
bool fix_tabs(struct spot *s)
{
    if (!strstr(s->d->message, "a tab stands"))
        return false;
    const gsize to = s->line + strspn(s->text + s->line, " \t");
    fix_replace(s, g_strdup("indent with blanks"), s->line, to, g_strdup_printf("%*s", (int)level_above(s), ""));
    return true;
}

/* "this line is indented by 5 blanks, but the one above by 6" */
bool fix_indent(struct spot *s)
{
    int blanks;
    const char *above = strstr(s->d->message, "but the one above by ");
    const gsize to = s->line + strspn(s->text + s->line, " ");
    if (!above || sscanf(above, "but the one above by %d", &blanks) != 1)
        return false;
    fix_replace(s, g_strdup("indent it like the one above"), s->line, to, g_strdup_printf("%*s", blanks, ""));
    return true;
}

/* "an item of a list can't stand among the keys of a mapping" */
bool fix_item(struct spot *s)
{
    if (!s->d->advice || !g_str_has_prefix(s->d->advice, "remove the `- `") || s->text[s->from] != '-')
        return false;
    fix_replace(s, g_strdup("remove the dash"), s->from, s->from + 1 + strspn(s->text + s->from + 1, " "),
                g_strdup(""));
    return true;
}

bool fix_blank(struct spot *s)
{
    const bool unseen = s->d->advice && g_str_has_prefix(s->d->advice, "remove it: nobody sees it");
    if (!unseen && !(s->d->advice && strstr(s->d->advice, "a blank from the space bar")))
        return false;
    fix_replace(s, g_strdup(unseen ? "remove it" : "replace it with a blank"), s->from, s->to,
                g_strdup(unseen ? "" : " "));
    return true;
}

bool fix_dash(struct spot *s)
{
    const gsize at = s->text[s->from] == '-' ? s->from + 1 : s->from;
    if (!strstr(s->d->message, "a blank is missing behind the `-`") || at == 0 || s->text[at - 1] != '-')
        return false;
    fix_replace(s, g_strdup("write a blank behind the dash"), at, at, g_strdup(" "));
    return true;
}

/* `text:X`, in what is marked. */
bool fix_colon(struct spot *s)
{
    const bool told = (s->d->advice && strstr(s->d->advice, "a blank behind the colon")) ||
                      strstr(s->d->message, "a blank is missing behind the colon");
    const char *colon = told ? memchr(s->text + s->from, ':', s->to - s->from) : NULL;
    const gsize at = colon ? (gsize)(colon - s->text) + 1 : 0;
    if (colon)
        fix_replace(s, g_strdup("write a blank behind the colon"), at, at, g_strdup(" "));
    return colon != NULL;
}

/* `!!str Yes` loses its tag; `!Stop` is a text. */
bool fix_tag(struct spot *s)
{
    const bool verbatim = s->text[s->from + 1] == '<';
    const gsize end = s->from + strcspn(s->text + s->from, verbatim ? " \t\r\n" : " \t\r\n,]}");
    const gsize value = end + strspn(s->text + end, " \t");
    if (s->text[s->from] != '!')
        return false;
    if (s->text[s->from + 1] == '!' || verbatim)
        fix_replace(s, g_strdup("remove the tag"), s->from, value, g_strdup(""));
    else
        put_in_quotes(s, s->from, s->at ? s->at->to : end);
    return true;
}

/* "remove the `\0`" */
bool fix_escape(struct spot *s)
{
    g_autofree char *word = fix_told(s->d->advice, "remove the ");
    const char *at = word ? g_strstr_len(s->text + s->from, (gssize)(s->line_end - s->from), word) : NULL;
    const gsize from = at ? (gsize)(at - s->text) : 0;
    if (at)
        fix_replace(s, g_strdup_printf("remove the `%s`", word), from, from + strlen(word), g_strdup(""));
    return at != NULL;
}

/* A second document becomes a part of the first. */
bool fix_document(struct spot *s)
{
    if (!g_str_has_prefix(s->text + s->line, "---"))
        return false;
    const gsize end = s->line_end + (s->text[s->line_end] == '\r') + (s->text[s->line_end] != '\0');
    fix_replace(s, g_strdup("remove the `---`"), s->line, end, g_strdup(""));
    return true;
}

/* Folders are separated by `/`, and there are no control characters. */
static char *clean_path(const char *path)
{
    char *clean = g_strdelimit(g_strdup(path), "\\", '/');
    for (char *p = clean; *p; p++)
        if (g_ascii_iscntrl(*p))
            *p = '-';
    return clean;
}

/* A path or an address: the file's name, as it can lie in the folder; of one with odd characters, with its folders. */
bool fix_path(struct spot *s)
{
    const char *path = s->at && s->at->text ? s->at->text : "";
    g_autofree char *clean = clean_path(path);
    const char *name = clean;
    for (const char *p = clean; *p && strcmp(s->d->rule->code, "E506") != 0; p++)
        if (*p == '/' || *p == ':')
            name = p + 1;
    clean[strcspn(clean, "|?#")] = '\0';
    const struct yaml_node *key =
        s->at ? yaml_tree_key_of(s->at->parent->shape == YAML_SHAPE_LIST ? s->at->parent : s->at) : NULL;
    if (!*name || strcmp(name, path) == 0 || (key && g_strcmp0(key->text, "include") == 0))
        return false; /* what is included must be there */
    fix_replace(s, g_strdup_printf("write `%s`", name), s->at->from, s->at->to, fix_value(name));
    return true;
}

bool fix_yes_no(struct spot *s)
{
    g_autofree char *word = fix_marked(s), *lower = g_ascii_strdown(word, -1);
    const bool yes = strcmp(lower, "yes") == 0 || strcmp(lower, "on") == 0 || strcmp(lower, "1") == 0,
               no = strcmp(lower, "no") == 0 || strcmp(lower, "off") == 0 || strcmp(lower, "0") == 0;
    if (!s->d->advice || !strstr(s->d->advice, "yes and on are `true`"))
        return false;
    if (yes || !no)
        fix_replace(s, g_strdup("write `true`"), s->from, s->to, g_strdup("true"));
    if (no || !yes)
        fix_replace(s, g_strdup("write `false`"), s->from, s->to, g_strdup("false"));
    return true;
}

/* A field that is none, in what is marked or at its line. */
bool fix_brace(struct spot *s)
{
    g_autofree char *said = fix_said(s->d->message, 0),
                    *field = g_strconcat(said && said[0] == '{' ? "" : "{", said, NULL);
    const char *brace = said ? g_strstr_len(s->text + s->from, (gssize)(s->line_end - s->from), field) : NULL;
    const gsize at = brace ? (gsize)(brace - s->text) : 0;
    if (brace)
        fix_replace(s, g_strdup("write `{{`, for a plain brace"), at, at, g_strdup("{"));
    return brace != NULL;
}
