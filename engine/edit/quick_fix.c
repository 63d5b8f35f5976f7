#include "edit/quick_fix.h"

#include "base/safe.h"
#include "edit/renaming.h"
#include "edit/text_edits.h"

#include <assert.h>
#include <string.h>

/* A diagnostic in its text. */
struct spot {
    const struct names *n;
    guint file;
    const struct diag *d;
    const char *path, *text; /* of the file */
    struct source_text *src;
    gsize from, to;       /* what is marked */
    gsize line, line_end; /* its first line, without the line break */
    GPtrArray *fixes;
};

static void quick_fix_free(void *data)
{
    struct quick_fix *f = data;
    g_free(f->title);
    g_ptr_array_unref(f->edits);
    g_free(f);
}

/* Takes the title and the edits. */
static void add_fix(struct spot *s, char *title, GPtrArray *edits)
{
    struct quick_fix *f = g_new(struct quick_fix, 1);
    *f = (struct quick_fix){title, edits};
    g_ptr_array_add(s->fixes, f);
}

/* One edit; takes the title and the text. */
static void add_edit(struct spot *s, char *title, gsize from, gsize to, char *text)
{
    GPtrArray *edits = text_edits_new();
    text_edits_add(edits, s->path, from, to, text);
    add_fix(s, title, edits);
}

/* ---- advice ------------------------------------------------------------------------------------------------------ */

/* What stands between backticks behind `lead`; to be freed. NULL: the advice says something else. */
static char *told(const char *advice, const char *lead)
{
    const char *at = strstr(advice, lead), *begin = at ? at + strlen(lead) : NULL;
    const char *end = begin && *begin == '`' ? strchr(begin + 1, '`') : NULL;
    return end ? g_strndup(begin + 1, (gsize)(end - begin - 1)) : NULL;
}

/* Does the advice name one thing alone, and spell it out? */
static bool is_single(const char *advice, const char *word)
{
    const char *first = strchr(advice, '`'), *second = first ? strchr(first + 1, '`') : NULL;
    return second && !strchr(second + 1, '`') && !strstr(word, "…") && !strstr(word, "NAME");
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* The scalar that is marked: within its quotes, if it has some. */
static void inner(const struct spot *s, gsize *from, gsize *to)
{
    *from = s->from;
    *to = s->to;
    if (s->to - s->from >= 2 && is_quote(s->text[s->from]) && s->text[s->to - 1] == s->text[s->from]) {
        ++*from;
        --*to;
    }
}

static void replace_marked(struct spot *s, const char *word)
{
    gsize from = s->from, to = s->to;
    if (!is_quote(word[0]))
        inner(s, &from, &to);
    add_edit(s, g_strdup_printf("replace it with `%s`", word), from, to, g_strdup(word));
}

static bool fix_near_name(struct spot *s)
{
    g_autofree char *word = told(s->d->advice, "did you mean ");
    if (word)
        replace_marked(s, word);
    return word != NULL;
}

/* A name that can't be one is changed everywhere. */
static bool fix_bad_name(struct spot *s)
{
    g_autofree char *word = strstr(s->d->advice, ", everywhere") ? told(s->d->advice, "write ") : NULL;
    const struct name_use *u = word ? names_at(s->n, s->file, s->d->line, s->d->col + 1) : NULL;
    if (u)
        add_fix(s, g_strdup_printf("call it `%s`, everywhere", word), renaming_everywhere(s->n, u, word));
    return u != NULL;
}

static bool fix_written(struct spot *s)
{
    static const char *const rules[] = {"E111", "E301", "E308", "E401"};
    g_autofree char *word = g_str_has_prefix(s->d->advice, "write ") ? told(s->d->advice, "write ") : NULL;
    bool known = false;
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        known |= strcmp(s->d->rule->code, rules[i]) == 0;
    const bool first = strcmp(s->d->rule->code, "E111") == 0;
    if (!word || !known || !(is_single(s->d->advice, word) || first))
        return false;
    char *end = strchr(word, ':');
    if (first && end) /* "write `frumious: 1`": the value is marked */
        replace_marked(s, g_strstrip(end + 1));
    else
        replace_marked(s, word);
    return true;
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

/* The whole value of the line gets quotes. In braces it is not clear where it ends. */
static bool fix_missing_quotes(struct spot *s)
{
    if (!strstr(s->d->advice, "double quotes") && !strstr(s->d->advice, "in quotes"))
        return false;
    const gsize from = value_begin(s);
    gsize to = s->line_end;
    while (to > from && strchr(" \t\r", s->text[to - 1]))
        to--;
    if (to == from || strchr("{[|>\"'", s->text[from]) || memchr(s->text + s->line, '{', from - s->line))
        return false;
    g_autofree char *value = g_strndup(s->text + from, to - from);
    GString *quoted = g_string_new(NULL);
    safe_yaml(quoted, value);
    add_edit(s, g_strdup("put the text in double quotes"), from, to, g_string_free(quoted, FALSE));
    return true;
}

static bool fix_needless_quotes(struct spot *s)
{
    gsize from, to;
    inner(s, &from, &to);
    if (strcmp(s->d->advice, "remove the quotes") != 0 || from == s->from)
        return false;
    add_edit(s, g_strdup("remove the quotes"), s->from, s->to, g_strndup(s->text + from, to - from));
    return true;
}

static bool fix_open_end(struct spot *s)
{
    gsize end = s->line_end;
    while (end > s->line && strchr(" \t\r", s->text[end - 1]))
        end--;
    if (strstr(s->d->message, "this quote is never closed") && is_quote(s->text[s->from]))
        add_edit(s, g_strdup("close the quote at the end of the line"), end, end, g_strndup(s->text + s->from, 1));
    else if (strstr(s->d->message, "is never closed") && strchr("[{", s->text[s->from]))
        add_edit(s, g_strdup("close the bracket at the end of the line"), end, end,
                 g_strdup(s->text[s->from] == '[' ? "]" : "}"));
    else
        return false;
    return true;
}

/* ---- characters -------------------------------------------------------------------------------------------------- */

/* Indentation by tabs, in the line. */
static bool fix_tabs(struct spot *s)
{
    if (!strstr(s->d->message, "a tab stands"))
        return false;
    gsize to = s->line;
    g_autoptr(GString) blanks = g_string_new(NULL);
    for (; to < s->line_end && (s->text[to] == '\t' || s->text[to] == ' '); to++)
        g_string_append(blanks, s->text[to] == '\t' ? "  " : " ");
    add_edit(s, g_strdup("indent with blanks"), s->line, to, g_strdup(blanks->str));
    return true;
}

static bool fix_blank(struct spot *s)
{
    if (!strstr(s->d->advice, "a blank from the space bar"))
        return false;
    add_edit(s, g_strdup("replace it with a blank"), s->from, s->to, g_strdup(" "));
    return true;
}

static bool fix_dash(struct spot *s)
{
    const gsize at = s->text[s->from] == '-' ? s->from + 1 : s->from;
    if (!strstr(s->d->message, "a blank is missing behind the `-`") || at == 0 || s->text[at - 1] != '-')
        return false;
    add_edit(s, g_strdup("write a blank behind the dash"), at, at, g_strdup(" "));
    return true;
}

static bool fix_slashes(struct spot *s)
{
    if (!strstr(s->d->advice, "separate folders with `/`"))
        return false;
    char *path = g_strndup(s->text + s->from, s->to - s->from);
    add_edit(s, g_strdup("separate folders with `/`"), s->from, s->to, g_strdelimit(path, "\\", '/'));
    return true;
}

static bool fix_yes_no(struct spot *s)
{
    gsize from, to;
    inner(s, &from, &to);
    g_autofree char *word = g_strndup(s->text + from, to - from), *lower = g_ascii_strdown(word, -1);
    const bool yes = strcmp(lower, "yes") == 0 || strcmp(lower, "on") == 0 || strcmp(lower, "1") == 0,
               no = strcmp(lower, "no") == 0 || strcmp(lower, "off") == 0 || strcmp(lower, "0") == 0;
    if (!strstr(s->d->advice, "yes and on are `true`") || !(yes || no))
        return false;
    add_edit(s, g_strdup_printf("write `%s`", yes ? "true" : "false"), s->from, s->to,
             g_strdup(yes ? "true" : "false"));
    return true;
}

static bool fix_brace(struct spot *s)
{
    if (strcmp(s->d->advice, "for a plain brace, write `{{`") != 0)
        return false;
    const char *name = strchr(s->d->message, '`');
    g_autofree char *said = name ? told(name, "") : NULL, *field = g_strconcat("{", said, NULL);
    const char *brace = said ? g_strstr_len(s->text + s->from, (gssize)(s->line_end - s->from), field) : NULL;
    const gsize at = brace ? (gsize)(brace - s->text) : 0;
    if (brace)
        add_edit(s, g_strdup("write `{{`, for a plain brace"), at, at, g_strdup("{"));
    return brace != NULL;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* What nothing uses is removed, if its lines hold nothing else. */
static bool fix_unused(struct spot *s)
{
    const struct name_use *u = names_at(s->n, s->file, s->d->line, s->d->col + 1);
    if (!strstr(s->d->advice, "remove it") || !u || !u->declares || (u->kind == NAME_NODE && !u->is_route))
        return false;
    for (gsize i = s->line; i < s->from; i++)
        if (s->text[i] != ' ' && !is_quote(s->text[i]))
            return false;
    const gsize end = source_text_byte(s->src, u->end_line + 1, 1);
    add_edit(s, g_strdup_printf("remove `%s`", u->name), s->line, end, g_strdup(""));
    return true;
}

/* `state:` begins a line of its own in some file of the story. */
static bool fix_undeclared(struct spot *s)
{
    if (!strstr(s->d->advice, "declare it in `state:`"))
        return false;
    g_autofree char *name = g_strndup(s->text + s->from, s->to - s->from);
    for (guint i = 0; i < s->n->files->len; i++) {
        const struct names_file *f = s->n->files->pdata[i];
        const char *at =
            g_str_has_prefix(f->src->bytes, "state:\n") ? f->src->bytes : strstr(f->src->bytes, "\nstate:\n");
        if (!at)
            continue;
        const gsize behind = (gsize)(strchr(at + 1, '\n') - f->src->bytes) + 1;
        GPtrArray *edits = text_edits_new();
        text_edits_add(edits, f->path, behind, behind, g_strdup_printf("  %s: {type: bool}\n", name));
        add_fix(s, g_strdup_printf("declare `%s` in `state`, as true or false", name), edits);
        return true;
    }
    return false;
}

/* `languages: [en]` gets one more. */
static bool fix_language(struct spot *s)
{
    g_autofree char *language = g_strndup(s->text + s->from, s->to - s->from);
    const struct names_file *f = s->n->files->pdata[0];
    const char *list =
        g_str_has_prefix(f->src->bytes, "languages: [") ? f->src->bytes : strstr(f->src->bytes, "\nlanguages: [");
    const char *end = list ? strchr(list, ']') : NULL;
    if (!strstr(s->d->advice, "add it to `languages`") || !end)
        return false;
    GPtrArray *edits = text_edits_new();
    const gsize at = (gsize)(end - f->src->bytes);
    text_edits_add(edits, f->path, at, at, g_strdup_printf(", %s", language));
    add_fix(s, g_strdup_printf("add `%s` to `languages`", language), edits);
    return true;
}

/* The first option of a decision that names none for those who do not choose. */
static bool fix_default(struct spot *s)
{
    const struct name_use *decision = NULL;
    if (!strstr(s->d->advice, "add `default: …`"))
        return false;
    for (guint i = 0; i < s->n->uses->len; i++) {
        const struct name_use *u = names_use(s->n, i);
        if (u->file == s->file && u->kind == NAME_DECISION && u->declares && u->line >= s->d->line &&
            (!decision || u->line < decision->line) && u->line <= s->d->line + 2)
            decision = u;
    }
    for (guint i = 0; decision && i < s->n->uses->len; i++) {
        const struct name_use *u = names_use(s->n, i);
        if (u->kind != NAME_OPTION || !u->declares || g_strcmp0(u->owner, decision->name) != 0)
            continue;
        const gsize at = source_text_byte(s->src, decision->body.line, decision->body.col);
        const bool flow = decision->body.form == BODY_FLOW;
        add_edit(s, g_strdup_printf("add `default: %s`", u->name), at + flow, at + flow,
                 flow ? g_strdup_printf("default: %s, ", u->name)
                      : g_strdup_printf("default: %s\n%*s", u->name, (int)decision->body.col - 1, ""));
        return true;
    }
    return false;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static bool (*const fixers[])(struct spot *s) = {
    fix_near_name, fix_bad_name, fix_written,    fix_needless_quotes, fix_missing_quotes,
    fix_tabs,      fix_blank,    fix_dash,       fix_slashes,         fix_yes_no,
    fix_brace,     fix_unused,   fix_undeclared, fix_language,        fix_default,
};

static void measure(struct spot *s)
{
    const struct names_file *f = s->n->files->pdata[s->file];
    s->path = f->path;
    s->src = f->src;
    s->text = f->src->bytes;
    s->from = source_text_byte(s->src, s->d->line, s->d->col);
    s->to = source_text_byte(s->src, s->d->line, s->d->col + s->d->len);
    s->line = source_text_byte(s->src, s->d->line, 1);
    s->line_end = source_text_byte(s->src, s->d->line, G_MAXUINT32);
    assert(s->from <= s->to && s->to <= s->line_end);
}

GPtrArray *quick_fixes(const struct names *n, guint file, const struct diag *d)
{
    struct spot s = {.n = n, .file = file, .d = d, .fixes = g_ptr_array_new_with_free_func(quick_fix_free)};
    if (d->line == 0)
        return s.fixes;
    measure(&s);
    fix_open_end(&s);
    for (size_t i = 0; d->advice && s.fixes->len == 0 && i < G_N_ELEMENTS(fixers); i++)
        fixers[i](&s);
    return s.fixes;
}
