#include "translate/po.h"

#include "base/safe.h"
#include "translate/strings_import.h"

#include <string.h>

/* ---- writing --------------------------------------------------------------------------------------------------------- */

static void append_character(GString *out, const char *c, gsize bytes)
{
    const gunichar u = g_utf8_get_char(c);
    if (u == '"' || u == '\\')
        g_string_append_printf(out, "\\%c", (char)u);
    else if (u == '\t')
        g_string_append(out, "\\t");
    else if (safe_is_control(u))
        for (gsize i = 0; i < bytes; i++)
            g_string_append_printf(out, "\\%03o", (guint)(guchar)c[i]);
    else
        g_string_append_len(out, c, (gssize)bytes);
}

/* A string of the format; a text of several lines has a line for each. */
static void append_string(GString *out, const char *keyword, const char *text)
{
    g_string_append_printf(out, "%s ", keyword);
    if (strchr(text, '\n'))
        g_string_append(out, "\"\"\n");
    g_string_append_c(out, '"');
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        if (*c != '\n')
            append_character(out, c, (gsize)(g_utf8_next_char(c) - c));
        else
            g_string_append(out, c[1] ? "\\n\"\n\"" : "\\n");
    }
    g_string_append(out, "\"\n");
}

/* For the translator ('.'), or the place in the story (':'). */
static void append_comment(GString *out, char kind, const char *text)
{
    g_string_append_printf(out, "#%c ", kind);
    safe_append(out, text);
    g_string_append_c(out, '\n');
}

static void append_header(const struct strings *t, const char *version, GString *out)
{
    g_autofree char *header =
        g_strdup_printf("Project-Id-Version: %s %s\nLanguage: %s\nMIME-Version: 1.0\n"
                        "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
                        "X-Generator: Frumious %s\n",
                        t->story->id, t->story->version, t->language, version);
    append_string(out, "msgid", "");
    append_string(out, "msgstr", header);
}

void po_write(const struct strings *t, const char *version, GString *out)
{
    append_header(t, version, out);
    for (int32_t i = 0; i < t->n_entries; i++) {
        const struct strings_entry *e = &t->entries[i];
        g_string_append_c(out, '\n');
        append_comment(out, '.', e->context);
        g_autofree char *place = g_strdup_printf("%s:%u", t->story->files[e->mark.file], e->mark.line);
        append_comment(out, ':', place);
        if (e->outdated)
            g_string_append(out, "#, fuzzy\n");
        append_string(out, "msgctxt", e->key);
        append_string(out, "msgid", e->source);
        append_string(out, "msgstr", e->translation ? e->translation : "");
    }
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

enum part { NOTHING, CONTEXT, SOURCE, TRANSLATION, IGNORED, N_PARTS };

/* An entry, as its lines come in. */
struct reader {
    GArray *answers;
    char *charset;           /* of the header; NULL: UTF-8 */
    GString *parts[N_PARTS]; /* the strings so far */
    enum part part;          /* which of them the next string belongs to */
    bool unsure;             /* the entry is marked as fuzzy */
    bool context_given;
    const char *wrong; /* what the last line has wrong */
};

static void begin_entry(struct reader *r)
{
    for (int i = 0; i < N_PARTS; i++)
        g_string_truncate(r->parts[i], 0);
    r->part = NOTHING;
    r->unsure = r->context_given = false;
}

/* In UTF-8; NULL: it is not what the header says. */
static char *to_utf8(const struct reader *r, const GString *text)
{
    return g_convert(text->str, (gssize)text->len, "UTF-8", r->charset ? r->charset : "UTF-8", NULL, NULL, NULL);
}

/* "Content-Type: text/plain; charset=ISO-8859-1\n". A template's CHARSET stands for what is not known yet. */
static void read_header(struct reader *r, const char *header)
{
    const char *name = strstr(header, "charset=");
    if (!name)
        return;
    g_free(r->charset);
    r->charset = g_strndup(name + 8, strcspn(name + 8, " \r\n"));
    if (strcmp(r->charset, "CHARSET") == 0)
        g_clear_pointer(&r->charset, g_free);
}

/* The entry that ends here, if it is whole. */
static void end_entry(struct reader *r)
{
    g_autofree char *key = to_utf8(r, r->parts[CONTEXT]), *source = to_utf8(r, r->parts[SOURCE]),
                    *translation = to_utf8(r, r->parts[TRANSLATION]);
    if (r->part == TRANSLATION && !r->context_given && r->parts[SOURCE]->len == 0)
        read_header(r, r->parts[TRANSLATION]->str);
    else if (!key || !source || !translation)
        r->wrong = "a text is not in the encoding that the header names";
    else if (r->part == TRANSLATION && r->context_given) {
        struct strings_answer a = {.unsure = r->unsure};
        fingerprint_text(source, a.of);
        a.key = g_steal_pointer(&key);
        a.translation = g_steal_pointer(&translation);
        g_array_append_val(r->answers, a);
    }
    begin_entry(r);
}

/* After a backslash, as in C; *c is then at its last character. */
static void append_escape(GString *out, const char **c)
{
    static const char letters[] = "ntrabfv", meant[] = "\n\t\r\a\b\f\v";
    const char *letter = **c ? strchr(letters, **c) : NULL;
    guint octal = 0;
    if (letter)
        g_string_append_c(out, meant[letter - letters]);
    else if (**c < '0' || **c > '7')
        g_string_append_c(out, **c);
    else {
        int digits = 0;
        for (; digits < 3 && (*c)[digits] >= '0' && (*c)[digits] <= '7'; digits++)
            octal = octal * 8 + (guint)((*c)[digits] - '0');
        *c += digits - 1;
        g_string_append_c(out, (char)octal);
    }
}

/* A string in quotes, which goes on what the entry's part has already. */
static void read_string(struct reader *r, const char *text)
{
    GString *out = r->parts[r->part];
    const gsize before = out->len;
    const char *c = text + 1;
    for (; *c && *c != '"'; c++) {
        if (*c != '\\')
            g_string_append_c(out, *c);
        else if (*++c)
            append_escape(out, &c);
        else
            break;
    }
    if (memchr(out->str + before, '\0', out->len - before)) /* only in what is new: a text may have millions of lines */
        r->wrong = "`\\0` stands for a zero byte, which no text has";
    else if (*c != '"' || c[1 + strspn(c + 1, " \t\r")] != '\0')
        r->wrong = "a string that does not end with a quotation mark";
}

static const struct keyword {
    const char *word;
    enum part part;
} keywords[] = {{"msgctxt", CONTEXT}, {"msgid", SOURCE}, {"msgstr", TRANSLATION}, {"msgid_plural", IGNORED}};

static void read_keyword(struct reader *r, const char *line)
{
    const size_t len = strcspn(line, " \t[\"");
    const char *string = line + len + strcspn(line + len, "\"");
    for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++)
        if (strlen(keywords[i].word) == len && strncmp(line, keywords[i].word, len) == 0 && *string) {
            if (r->part == TRANSLATION && keywords[i].part < TRANSLATION)
                end_entry(r);
            r->part = keywords[i].part;
            r->context_given |= r->part == CONTEXT;
            read_string(r, string);
            return;
        }
    r->wrong = "this is neither a comment nor a string nor one of msgctxt, msgid and msgstr";
}

/* Comments belong to the entry that follows. Obsolete entries (#~) are comments, too. */
static void read_comment(struct reader *r, const char *line)
{
    if (r->part == TRANSLATION)
        end_entry(r);
    r->unsure |= line[1] == ',' && strstr(line, "fuzzy") != NULL;
}

static void read_line(struct reader *r, const char *line)
{
    line += strspn(line, " \t\r");
    if (*line == '#')
        read_comment(r, line);
    else if (*line == '"' && r->part == NOTHING)
        r->wrong = "a string without msgctxt, msgid or msgstr before it";
    else if (*line == '"')
        read_string(r, line);
    else if (*line)
        read_keyword(r, line);
}

static void read_lines(struct reader *r, const char *text, const char *name, GError **error)
{
    int number = 1;
    const char *const end = text + strlen(text);
    for (const char *c = text; c < end && !r->wrong; number++) {
        if (strings_answers_full(r->answers, name, error))
            return;
        /* Not strcspn(): sanitizers have it look on to the end, in each line. */
        const char *stop = memchr(c, '\n', (size_t)(end - c));
        const size_t len = (size_t)((stop ? stop : end) - c);
        g_autofree char *line = g_strndup(c, len);
        read_line(r, line);
        c += len + (c[len] != '\0');
    }
    if (!r->wrong)
        end_entry(r);
    if (r->wrong)
        g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE, "%s, line %d: %s", name, number - 1,
                    r->wrong);
}

GArray *po_read(const char *path, GError **error)
{
    g_autofree char *text = strings_read_file(path, error);
    if (!text)
        return NULL;
    struct reader r = {.answers = strings_answers_new()};
    g_autoptr(GError) wrong = NULL;
    for (int i = 0; i < N_PARTS; i++)
        r.parts[i] = g_string_new(NULL);
    read_lines(&r, text, path, &wrong);
    for (int i = 0; i < N_PARTS; i++)
        g_string_free(r.parts[i], TRUE);
    g_free(r.charset);
    if (!wrong)
        return r.answers;
    g_array_unref(r.answers);
    g_propagate_error(error, g_steal_pointer(&wrong));
    return NULL;
}
