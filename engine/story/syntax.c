#include "story/syntax.h"

#include "base/lookalike.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* More of a line is not looked at, or repeated as advice. */
#define LINE_BYTES_MAX  4096
#define QUOTED_CHARS    60
#define CONVERT_ADVICE  "save it as UTF-8 in your editor, or convert it: `iconv -f %s -t UTF-8 OLD >NEW`"
#define LATIN_1_GUESSED "WINDOWS-1252"

/* The line where the parser stopped, and the parts of it that the guesses look at. All but `text` point into it. */
struct stopped_line {
    struct source_text *src;
    const struct syntax_stop *stop;
    char *text;
    const char *indented; /* behind the blanks at its beginning */
    const char *value;    /* behind the last `: `, `- `, `{`, `[` or `, ` before the place; NULL: none */
    const char *at;       /* the place */
    bool flow;            /* the value stands between braces or brackets */
};

static bool has(const char *text, const char *part)
{
    return text && strstr(text, part);
}

static char *copy_line(struct source_text *src, uint32_t number)
{
    size_t len = 0;
    const char *line = source_text_line(src, number, &len);
    return g_utf8_make_valid(line ? line : "", (gssize)MIN(len, LINE_BYTES_MAX));
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

static uint32_t col_of(const struct stopped_line *l, const char *p)
{
    return (uint32_t)g_utf8_pointer_to_offset(l->text, p) + 1;
}

static struct syntax_mistake mistake_at(const struct stopped_line *l, const char *p, uint32_t len, char *message,
                                        char *advice)
{
    return (struct syntax_mistake){l->stop->line, col_of(l, p), len, message, advice};
}

static const char *value_before(const char *text, const char *at)
{
    const char *value = NULL;
    for (const char *p = text; p < at; p++)
        if (strchr("{[", *p) || (strchr(":-,", *p) && p + 1 < at && p[1] == ' '))
            value = skip_blanks(p + 1);
    const char *colon = NULL; /* rather behind the last colon: `, ` may stand in a text */
    for (const char *p = text; p < at; p++)
        if (*p == ':' && (p[1] == ' ' || p[1] == '\t') && skip_blanks(p + 1) <= at)
            colon = skip_blanks(p + 1);
    return colon ? colon : value;
}

static void look_at_line(struct stopped_line *l, struct source_text *src, const struct syntax_stop *stop)
{
    *l = (struct stopped_line){.src = src, .stop = stop, .text = copy_line(src, stop->line)};
    const glong chars = g_utf8_strlen(l->text, -1);
    l->at = g_utf8_offset_to_pointer(l->text, MIN((glong)stop->col - 1, chars));
    l->indented = skip_blanks(l->text);
    l->value = value_before(l->text, l->at);
    for (const char *p = l->text; l->value && p < l->value; p++)
        l->flow |= *p == '{' || *p == '[';
}

/* "put it in quotes: `"…"`", with the text where it reaches to the end of a short line. */
static char *quote_advice(const struct stopped_line *l, const char *text)
{
    if (l->flow || g_utf8_strlen(text, -1) > QUOTED_CHARS || strchr(text, '"') || strstr(text, " #"))
        return g_strdup("put the whole text in double quotes");
    g_autofree char *stripped = g_strchomp(g_strdup(text));
    return g_strdup_printf("put it in double quotes: `\"%s\"`", stripped);
}

/* ---- the guesses: true, and what they found, or false ----------------------------------------------------------- */

static bool guess_tab(const struct stopped_line *l, struct syntax_mistake *out)
{
    const char *tab = memchr(l->text, '\t', (size_t)(l->indented - l->text));
    if (!tab)
        return false;
    *out = mistake_at(l, tab, (uint32_t)strspn(tab, "\t"), g_strdup("a tab stands in the indentation"),
                      g_strdup("indent with blanks, two for each level; editors can do that for the Tab key"));
    return true;
}

/* Only where a blank would mean something to YAML: before the first word, and behind a colon or comma. */
static const char *odd_blank(const char *text)
{
    bool first = true;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        if (lookalike_is_blank(g_utf8_get_char(p)) && (first || (p > text && strchr(":,-", p[-1]))))
            return p;
        first &= *p == ' ';
    }
    return NULL;
}

const char *syntax_blank_advice(gunichar c)
{
    return g_unichar_iszerowidth(c) ? "remove it: nobody sees it" : "replace it with a blank from the space bar";
}

/* The line before counts as well: indented by such blanks it is taken for the end of a text. */
static bool guess_odd_blank(const struct stopped_line *l, struct syntax_mistake *out)
{
    for (uint32_t line = l->stop->line; line + 1 >= l->stop->line && line > 0; line--) {
        g_autofree char *text = copy_line(l->src, line);
        const char *odd = odd_blank(text);
        if (!odd)
            continue;
        g_autofree char *name = lookalike_name(g_utf8_get_char(odd));
        *out = (struct syntax_mistake){line, (uint32_t)g_utf8_pointer_to_offset(text, odd) + 1, 1,
                                       g_strdup_printf(SYNTAX_ODD_BLANK, name),
                                       g_strdup(syntax_blank_advice(g_utf8_get_char(odd)))};
        return true;
    }
    return false;
}

static bool guess_glued_dash(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (l->indented[0] != '-' || (l->indented[1] != '{' && l->indented[1] != '['))
        return false;
    *out = mistake_at(l, l->indented, 1, g_strdup(SYNTAX_DASH), g_strdup(SYNTAX_DASH_ADVICE));
    return true;
}

/* `clip:{card: A}`: for YAML, the key goes on to the next colon. */
static bool guess_glued_colon(const struct stopped_line *l, struct syntax_mistake *out)
{
    const char *colon = strchr(l->indented, ':');
    if (!has(l->stop->problem, "mapping values are not allowed") || !colon || colon >= l->at ||
        (colon[1] != '{' && colon[1] != '['))
        return false;
    *out = mistake_at(l, l->indented, (uint32_t)g_utf8_strlen(l->indented, colon - l->indented) + 1,
                      g_strdup("a blank is missing behind the colon"),
                      g_strdup_printf("write `%.*s: %c`", (int)(colon - l->indented), l->indented, colon[1]));
    return true;
}

/* Behind the quote that opens a text in this line and is not closed there; NULL: there is none. */
static const char *open_quote(const char *line, char quote)
{
    const char *text = NULL;
    for (const char *p = line; *p; p++) {
        const bool begins = p == line || strchr(" \t[{,", p[-1]);
        if (text && quote == '"' && *p == '\\' && p[1])
            p++;
        else if (*p == quote && (text || begins))
            text = text ? NULL : p + 1;
    }
    return text;
}

/* The quote that ends right before the place began lines above: it was to end there, and took in what lies between. */
static bool guess_runaway_quote(const struct stopped_line *l, struct syntax_mistake *out)
{
    const char *end = l->at;
    while (end > l->text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char quote = end > l->text ? end[-1] : 0;
    if ((quote != '"' && quote != '\'') || memchr(l->text, quote, (size_t)(end - 1 - l->text)))
        return false;
    for (uint32_t line = l->stop->line - 1; line > 0; line--) {
        g_autofree char *text = copy_line(l->src, line);
        const char *opened = open_quote(text, quote);
        if (opened) {
            *out = (struct syntax_mistake){line, (uint32_t)g_utf8_pointer_to_offset(text, opened), 1, NULL, NULL};
            out->message =
                g_strdup_printf("this quote is not closed: the next one, on line %u, ends the text", l->stop->line);
            out->advice = g_strdup("write the same quote at the end of the text");
            return true;
        }
        if (strchr(text, quote))
            return false;
    }
    return false;
}

static bool guess_curly_quote(const struct stopped_line *l, struct syntax_mistake *out)
{
    const gunichar c = l->value ? g_utf8_get_char(l->value) : 0;
    if (c < 0x80 || !lookalike_is_quote(c))
        return false;
    g_autofree char *name = lookalike_name(c);
    *out =
        mistake_at(l, l->value, 1, g_strdup_printf("%s is a letter like any other for YAML, and quotes nothing", name),
                   g_strdup("write straight quotes around the text: `\"…\"`"));
    return true;
}

static bool guess_first_sign(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (!l->value || !*l->value || !strchr("@`%*&!", *l->value) || l->at > l->value + strcspn(l->value, " ") + 1)
        return false;
    *out = mistake_at(l, l->value, 1, g_strdup_printf("a text can't begin with `%c` without quotes", *l->value),
                      quote_advice(l, l->value));
    return true;
}

/* `prompt: - no` */
static bool guess_dash_text(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (!has(l->stop->problem, "block sequence entries are not allowed") || !l->value ||
        strncmp(l->value, "- ", 2) != 0)
        return false;
    *out =
        mistake_at(l, l->value, 1, g_strdup("a text can't begin with `- ` without quotes"), quote_advice(l, l->value));
    return true;
}

static bool guess_bracket_text(const struct stopped_line *l, struct syntax_mistake *out)
{
    const char *close =
        l->value && (*l->value == '[' || *l->value == '{') ? strchr(l->value, *l->value == '[' ? ']' : '}') : NULL;
    if (l->flow || !close || close >= l->at)
        return false;
    *out = mistake_at(l, l->value, 1, g_strdup_printf("a text can't begin with `%c` without quotes", *l->value),
                      quote_advice(l, l->value));
    return true;
}

/* `'Who's there?'`: the quote before the place ended the text. */
static bool guess_inner_quote(const struct stopped_line *l, struct syntax_mistake *out)
{
    const char quote = l->value && (*l->value == '\'' || *l->value == '"') ? *l->value : 0;
    const char *end = l->at;
    while (quote && end > l->value + 1 && end[-1] != quote)
        end--;
    if (!quote || end <= l->value + 1)
        return false;
    *out = mistake_at(l, end - 1, 1, g_strdup_printf("the text that began with `%c` ends here", quote),
                      g_strdup(quote == '\'' ? "write the apostrophe twice, `''`, or put the text in double quotes"
                                             : "write a quotation mark inside the text as `\\\"`"));
    return true;
}

static bool guess_block_text(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (!has(l->stop->inside, "block scalar"))
        return false;
    *out = mistake_at(l, l->at, 1, g_strdup("behind `|` and `>`, the text begins in the next line"),
                      g_strdup("move it there, two blanks further in than its key; or put it in double quotes"));
    return true;
}

static bool guess_colon_in_text(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (!has(l->stop->problem, "mapping values are not allowed") || !l->value || l->value >= l->at)
        return false;
    *out = mistake_at(l, l->at, 1, g_strdup("a text that contains a colon and a blank needs quotes"),
                      quote_advice(l, l->value));
    return true;
}

/* The line before that holds something. */
static uint32_t line_above(const struct stopped_line *l)
{
    for (uint32_t line = l->stop->line - 1; line > 0; line--) {
        g_autofree char *text = copy_line(l->src, line);
        const char *p = skip_blanks(text);
        if (*p && *p != '#')
            return line;
    }
    return 0;
}

/* `next:home` in this line: for YAML a text, which goes on below. */
static bool is_glued(uint32_t line, const char *text, struct syntax_mistake *out)
{
    const char *word = skip_blanks(text), *colon = strchr(word, ':');
    if (!colon || !colon[1] || colon[1] == ' ')
        return false;
    *out = (struct syntax_mistake){line, (uint32_t)g_utf8_pointer_to_offset(text, word) + 1,
                                   (uint32_t)g_utf8_strlen(word, -1), g_strdup("a blank is missing behind the colon"),
                                   g_strdup_printf("write `%.*s: %s`", (int)(colon - word), word, colon + 1)};
    return true;
}

static bool guess_too_deep(const struct stopped_line *l, struct syntax_mistake *out)
{
    const uint32_t above = line_above(l);
    if (!has(l->stop->problem, "mapping values are not allowed") || above == 0)
        return false;
    g_autofree char *text = copy_line(l->src, above);
    if (is_glued(above, text, out))
        return true;
    *out = mistake_at(l, l->indented, (uint32_t)g_utf8_strlen(l->indented, l->at - l->indented),
                      g_strdup_printf("this line stands deeper than line %u, which has a value and can have nothing "
                                      "below it",
                                      above),
                      g_strdup("indent both lines alike, or end the line above with a colon and nothing behind it"));
    return true;
}

/* "next:home" in the line where the key should have been. */
static bool guess_missing_blank(const struct stopped_line *l, struct syntax_mistake *out)
{
    g_autofree char *text = copy_line(l->src, l->stop->in_line);
    if (!has(l->stop->problem, "could not find expected ':'"))
        return false;
    if (!is_glued(l->stop->in_line, text, out))
        *out = (struct syntax_mistake){
            l->stop->in_line, l->stop->in_col, (uint32_t)g_utf8_strlen(skip_blanks(text), -1),
            g_strdup("this is no `key: value`, and no text goes on here"),
            g_strdup("a key needs a colon and a blank; a text of several lines needs `|` or quotes")};
    return true;
}

static bool guess_not_closed(const struct stopped_line *l, struct syntax_mistake *out)
{
    const bool flow = has(l->stop->inside, "flow "), quoted = has(l->stop->inside, "quoted scalar");
    if ((!flow && !quoted) || l->stop->line <= l->stop->in_line)
        return false;
    g_autofree char *text = copy_line(l->src, l->stop->in_line);
    const char *hash = flow ? strstr(text, " #") : NULL;
    const bool list = has(l->stop->inside, "sequence");
    *out = (struct syntax_mistake){l->stop->in_line, l->stop->in_col, 1, NULL, NULL};
    if (hash) {
        out->col = (uint32_t)g_utf8_pointer_to_offset(text, hash) + 2;
        out->message = g_strdup("` #` begins a comment, so the rest of the line is not read");
        out->advice = g_strdup("put the text in double quotes");
    } else if (flow) {
        out->message = g_strdup_printf("this `%c` is never closed", list ? '[' : '{');
        out->advice = g_strdup_printf("write `%c` at its end", list ? ']' : '}');
    } else {
        out->message = g_strdup("this quote is never closed");
        out->advice = g_strdup("write the same quote at the end of the text");
    }
    return true;
}

static bool guess_list_item(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (!has(l->stop->inside, "block mapping") || l->at != l->indented || strncmp(l->at, "- ", 2) != 0)
        return false;
    *out = mistake_at(l, l->at, 1, g_strdup("an item of a list can't stand among the keys of a mapping"),
                      g_strdup("remove the `- `, or indent the line below the key that it belongs to"));
    return true;
}

static bool guess_indentation(const struct stopped_line *l, struct syntax_mistake *out)
{
    if (!has(l->stop->inside, "block ") || l->at != l->indented || line_above(l) == 0)
        return false;
    g_autofree char *above = copy_line(l->src, line_above(l));
    const int here = (int)(l->indented - l->text), there = (int)(skip_blanks(above) - above);
    if (here == there)
        return false;
    *out = mistake_at(l, l->indented, 1,
                      g_strdup_printf("this line is indented by %d blanks, but the one above by %d", here, there),
                      g_strdup("indent lines of one level alike, two blanks further than the key above them"));
    return true;
}

static bool guess_nothing(const struct stopped_line *l, struct syntax_mistake *out)
{
    const struct syntax_stop *s = l->stop;
    char *message = s->inside ? g_strdup_printf("%s (%s that began on line %u)", s->problem, s->inside, s->in_line)
                              : g_strdup(s->problem);
    *out = (struct syntax_mistake){s->line, s->col, 1, message,
                                   g_strdup("look at the indentation, and quote texts with special characters")};
    return true;
}

struct syntax_mistake syntax_explain(struct source_text *src, const struct syntax_stop *stop)
{
    /* The surest guesses first; the last one always fits. */
    static bool (*const guesses[])(const struct stopped_line *l, struct syntax_mistake *out) = {
        guess_tab,           guess_odd_blank,    guess_curly_quote,   guess_block_text,    guess_not_closed,
        guess_runaway_quote, guess_glued_dash,   guess_glued_colon,   guess_first_sign,    guess_dash_text,
        guess_inner_quote,   guess_bracket_text, guess_colon_in_text, guess_missing_blank, guess_too_deep,
        guess_list_item,     guess_indentation,  guess_nothing,
    };
    struct stopped_line l;
    struct syntax_mistake out = {0};
    look_at_line(&l, src, stop);
    for (size_t i = 0; i < G_N_ELEMENTS(guesses) && !out.message; i++)
        guesses[i](&l, &out);
    g_free(l.text);
    assert(out.message);
    return out;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

static bool is_utf16(const struct source_text *src)
{
    const unsigned char *p = (const unsigned char *)src->text;
    return src->len >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF) || !p[0] || !p[1]);
}

/* What people name by mistake in the place of a story, by how it begins. */
static const struct {
    size_t at; /* bytes from the beginning */
    const char *begins, *what;
} not_texts[] = {
    {4, "ftyp", "a film"},             /* MP4, QuickTime */
    {0, "\x1A\x45\xDF\xA3", "a film"}, /* Matroska, WebM */
    {0, "RIFF", "a film or a sound"},  /* AVI, WAV */
    {0, "OggS", "a sound"},
    {0, "ID3", "a sound"}, /* MP3 */
    {0, "fLaC", "a sound"},
    {0, "\xFF\xD8\xFF", "a picture"}, /* JPEG */
    {0, "\x89PNG", "a picture"},
    {0, "%PDF-", "a PDF"},
};

/* NULL: it is none of these. */
static const char *other_than_text(const struct source_text *src)
{
    for (size_t i = 0; i < G_N_ELEMENTS(not_texts); i++) {
        const size_t at = not_texts[i].at, n = strlen(not_texts[i].begins);
        if (src->len >= at + n && memcmp(src->text + at, not_texts[i].begins, n) == 0)
            return not_texts[i].what;
    }
    return NULL;
}

struct syntax_mistake syntax_explain_bytes(struct source_text *src, size_t offset, const char *problem)
{
    struct syntax_mistake out = {.len = 1};
    const unsigned char byte = offset < src->len ? (unsigned char)src->text[offset] : 0;
    g_autofree char *letter =
        byte >= 0x80 ? g_convert(src->text + offset, 1, "UTF-8", LATIN_1_GUESSED, NULL, NULL, NULL) : NULL;
    const char *other = other_than_text(src);
    if (other) {
        out.message = g_strdup_printf("this file is %s, and a story is a text", other);
        out.advice = g_strdup("name the story, a YAML file that says which films are played; `frumious new` makes one");
        return out;
    }
    if (is_utf16(src)) {
        out.message = g_strdup("this file is UTF-16, and a story is UTF-8");
        out.advice = g_strdup_printf(CONVERT_ADVICE, "UTF-16");
        return out;
    }
    source_text_locate(src, MIN(offset, src->len), &out.line, &out.col);
    if (letter) {
        out.message = g_strdup_printf("the byte 0x%02X is not UTF-8; in Latin-1 it is `%s`", byte, letter);
        out.advice = g_strdup_printf(CONVERT_ADVICE, LATIN_1_GUESSED);
    } else {
        out.message = g_strdup_printf("%s: 0x%02X", problem, byte);
        out.advice = g_strdup(byte < 0x80 ? "remove it" : "the file is damaged, or not a text: save it as UTF-8");
    }
    return out;
}

void syntax_mistake_clear(struct syntax_mistake *m)
{
    g_free(m->message);
    g_free(m->advice);
    *m = (struct syntax_mistake){0};
}
