#include "play/transcript_text.h"

#include "base/files.h"
#include "base/safe.h"
#include "story/limits.h"
#include "story/missing_file.h"

#include <assert.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* ---- words -------------------------------------------------------------------------------------------------- */

/* The kinds of lines: the word, then node and time or a route, then what the line has besides. */
static const struct line_form {
    const char *word;
    bool placed, decision, option, lap, target, value;
} forms[] = {
    [TRANSCRIPT_PICK] = {"pick", true, true, true, false, false, false},
    [TRANSCRIPT_TIMEOUT] = {"timeout", true, true, false, false, false, false},
    [TRANSCRIPT_BACK] = {"back", true, true, false, true, false, false},
    [TRANSCRIPT_STOP] = {"stop", true, false, false, true, false, false},
    [TRANSCRIPT_DRAW] = {"draw", false, false, false, false, false, false},
    [TRANSCRIPT_CHANGE] = {"change", true, false, false, true, true, true},
    [TRANSCRIPT_JUMP] = {"jump", true, false, false, true, true, false},
};

static_assert(G_N_ELEMENTS(forms) == TRANSCRIPT_JUMP + 1, "every kind of line has a form");

static bool is_plain(const char *text)
{
    if (!*text || strcmp(text, "-") == 0)
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '#' || *c == '\\')
            return false;
    return safe_is_exact(text);
}

static void print_word(GString *out, const char *text)
{
    g_string_append_c(out, ' ');
    if (is_plain(text)) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (safe_is_control(c))
            g_string_append_printf(out, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
        else if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", (char)c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}

static void print_time(GString *out, int64_t at_us)
{
    if (at_us == US_NONE || at_us == TRANSCRIPT_AT_END) {
        g_string_append(out, at_us == US_NONE ? " -" : " end");
        return;
    }
    const int64_t second = at_us / US_PER_SECOND, fraction_us = at_us % US_PER_SECOND;
    g_string_append_c(out, ' ');
    if (second >= 3600)
        g_string_append_printf(out, "%02d:", (int)(second / 3600));
    g_string_append_printf(out, "%02d:%02d", (int)(second / 60 % 60), (int)(second % 60));
    if (fraction_us % US_PER_MS)
        g_string_append_printf(out, ".%06d", (int)fraction_us);
    else
        g_string_append_printf(out, ".%03d", (int)(fraction_us / US_PER_MS));
}

static void print_line(GString *out, const struct transcript_line *line)
{
    const struct line_form *form = &forms[line->kind];
    g_string_append(out, form->word);
    if (form->placed) {
        print_word(out, line->node);
        print_time(out, line->at_us);
    } else {
        if (line->route)
            print_word(out, line->route);
        else
            g_string_append(out, " -");
        g_string_append_printf(out, " %d", line->part + 1);
    }
    if (form->decision)
        print_word(out, line->decision);
    if (form->option)
        print_word(out, line->option);
    if (form->target)
        print_word(out, line->target);
    if (form->value)
        print_word(out, line->value);
    if (form->lap && line->lap > 0)
        g_string_append_printf(out, " lap %d", line->lap + 1);
    g_string_append_c(out, '\n');
}

/* Those that stand before this line; *next is the first one that was not printed yet. */
static void print_reloads(GString *out, const struct transcript *t, int32_t line, int32_t *next)
{
    for (; *next < transcript_n_reloads(t) && transcript_get_reload(t, *next)->before <= line; ++*next) {
        const struct transcript_reload *reload = transcript_get_reload(t, *next);
        g_string_append(out, "reload");
        print_word(out, reload->node);
        print_time(out, reload->at_us);
        print_word(out, reload->changes);
        g_string_append_c(out, '\n');
    }
}

static void print_header(GString *out, const struct transcript_header *h)
{
    g_string_append(out, "frumious-transcript 1\nstory");
    print_word(out, h->id);
    g_string_append(out, "\nversion");
    print_word(out, h->version);
    if (h->hash)
        g_string_append_printf(out, "\nhash %016" G_GINT64_MODIFIER "x", h->hash);
    g_string_append_printf(out, "\nseed %" G_GUINT64_FORMAT "\n", h->seed);
    if (h->from) {
        g_string_append(out, "from");
        print_word(out, h->from);
        g_string_append_c(out, '\n');
    }
}

static void print_value(GString *out, const char *word, const struct transcript_value *v)
{
    g_string_append(out, word);
    print_word(out, v->var);
    print_word(out, v->value);
    g_string_append_c(out, '\n');
}

static GString *print_all(const struct transcript *t)
{
    GString *out = g_string_new(NULL);
    print_header(out, transcript_header(t));
    for (int32_t i = 0; i < transcript_n_sets(t); i++)
        print_value(out, "set", transcript_get_set(t, i));
    for (int32_t i = 0; i < transcript_n_keeps(t); i++)
        print_value(out, "keep", transcript_get_keep(t, i));
    int32_t reload = 0;
    for (int32_t i = 0; i < transcript_n_lines(t); i++) {
        print_reloads(out, t, i, &reload);
        print_line(out, transcript_get(t, i));
    }
    print_reloads(out, t, transcript_n_lines(t), &reload);
    return out;
}

char *transcript_print(const struct transcript *t)
{
    return g_string_free(print_all(t), FALSE);
}

char *transcript_print_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us)
{
    GString *out = print_all(t);
    if (state[PLAY_PHASE] == PLAY_RUNNING) {
        const struct transcript_line stop = transcript_stop_line(t, s, state, at_us);
        print_line(out, &stop);
    }
    return g_string_free(out, FALSE);
}

/* ---- parsing ------------------------------------------------------------------------------------------------ */

/* No line has more words: change NODE TIME VARIABLE VALUE lap N. */
#define WORDS_MAX 7

struct parser {
    struct transcript *t;
    struct transcript_header header; /* its strings are words of the text */
    GError **error;
    int32_t number;
    char *line; /* being cut into words */
    char *words[WORDS_MAX];
    bool quoted[WORDS_MAX];
    int n_words;
    bool begun, stopped; /* the first line has been read; the play was left */
};

G_GNUC_PRINTF(2, 3) static bool set_syntax_error(struct parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(p->error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_SYNTAX, "line %d: %s", MAX(p->number, 1), text);
    g_free(text);
    return false;
}

/*
 * Reads the escape at `from`, behind its backslash, as a character of UTF-8 at *to, and moves *to behind it. Returns how many bytes
 * the escape has, 0: it is not a known one. A character takes fewer bytes than its escape, so both may be in one text.
 */
static int unescape(const char *from, char **to)
{
    gunichar c = 0;
    if (*from == '"' || *from == '\\') {
        *(*to)++ = *from;
        return 1;
    }
    const int digits = *from == 'x' ? 2 : *from == 'u' ? 4 : 0;
    for (int i = 1; i <= digits; i++) {
        if (!g_ascii_isxdigit(from[i]))
            return 0;
        c = c << 4 | (gunichar)g_ascii_xdigit_value(from[i]);
    }
    if (c == 0 || !safe_is_control(c) || (c < 0x80) != (digits == 2))
        return 0;
    *to += g_unichar_to_utf8(c, *to);
    return 1 + digits;
}

/* Reads a quoted word in place. *at is behind its first quote, and is moved behind the last one. */
static bool read_quoted(struct parser *p, char **at)
{
    char *from = *at, *to = *at;
    while (*from != '"') {
        if (!*from)
            return set_syntax_error(p, "a quoted word has no closing quote");
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        const int n = unescape(from + 1, &to);
        if (!n)
            return set_syntax_error(
                p, "unknown escape in a quoted word; known are \\\", \\\\, \\x01 to \\x1f, and \\uXXXX for "
                   "control characters");
        from += 1 + n;
    }
    *at = from + 1;
    if (**at && !strchr(" \t#", **at))
        return set_syntax_error(p, "a quoted word must be followed by a blank");
    *to = '\0';
    return true;
}

/* Cuts p->line into words. */
static bool read_words(struct parser *p)
{
    char *at = p->line;
    for (p->n_words = 0;;) {
        at += strspn(at, " \t");
        if (!*at || *at == '#')
            return true;
        if (p->n_words == WORDS_MAX)
            return set_syntax_error(p, "too many words");
        const int i = p->n_words++;
        assert(i < WORDS_MAX);
        p->quoted[i] = *at == '"';
        p->words[i] = at + p->quoted[i];
        if (p->quoted[i]) {
            at++;
            if (!read_quoted(p, &at))
                return false;
            continue;
        }
        at += strcspn(at, " \t#\"");
        if (*at == '"')
            return set_syntax_error(p, "a quote inside a word; quote the whole word");
        if (*at == '#') {
            *at = '\0';
            return true;
        }
        if (*at)
            *at++ = '\0';
    }
}

static bool parse_number(struct parser *p, const char *word, int base, uint64_t max, uint64_t *value)
{
    guint64 v;
    if (!g_ascii_string_to_unsigned(word, (guint)base, 0, max, &v, NULL))
        return set_syntax_error(p, "\"%s\" is no number here (0 to %" G_GUINT64_FORMAT ")", word, max);
    *value = v;
    return true;
}

static bool read_count(struct parser *p, const char *word, int32_t max, int32_t *index)
{
    uint64_t v = 0;
    if (!parse_number(p, word, 10, (uint64_t)max, &v))
        return false;
    if (v < 1)
        return set_syntax_error(p, "counting begins with 1");
    *index = (int32_t)v - 1;
    return true;
}

/* Digits, up to `most` of them. */
static const char *read_digits(const char *at, int most, int64_t *value, int *n)
{
    for (*n = 0, *value = 0; *n < most && g_ascii_isdigit(*at); (*n)++)
        *value = *value * 10 + (*at++ - '0');
    return at;
}

/* [HH:]MM:SS[.ffffff] */
static bool read_clock(const char *at, int64_t *at_us)
{
    int64_t part, second = 0;
    int n, parts = 0;
    for (;; at++) {
        at = read_digits(at, 4, &part, &n);
        if (n == 0 || ++parts > 3 || (parts > 1 && part > 59))
            return false;
        second = second * 60 + part;
        if (*at != ':')
            break;
    }
    int64_t fraction_us = 0;
    if (*at == '.') {
        at = read_digits(at + 1, 6, &fraction_us, &n);
        if (n == 0)
            return false;
        for (; n < 6; n++)
            fraction_us *= 10;
    }
    *at_us = second * US_PER_SECOND + fraction_us;
    return parts > 1 && !*at && *at_us <= STORY_TIME_US_MAX;
}

static bool read_time(struct parser *p, const char *word, struct transcript_line *line)
{
    line->at_us = US_NONE;
    if (strcmp(word, "-") == 0)
        return true;
    if (line->kind == TRANSCRIPT_BACK && strcmp(word, "end") == 0) {
        line->at_us = TRANSCRIPT_AT_END;
        return true;
    }
    return read_clock(word, &line->at_us) ||
           set_syntax_error(p, "\"%s\" is no time; write MM:SS.mmm, HH:MM:SS.mmm, or - for as soon as possible", word);
}

/* Reads the optional words, from word `i` on. */
static bool read_lap(struct parser *p, int i, const struct line_form *form, struct transcript_line *line)
{
    if (i == p->n_words)
        return true;
    if (form->lap && p->n_words == i + 2 && strcmp(p->words[i], "lap") == 0)
        return read_count(p, p->words[i + 1], TRANSCRIPT_LAPS_MAX, &line->lap);
    return set_syntax_error(p, "unexpected word \"%s\"", p->words[i]);
}

static bool read_line(struct parser *p, enum transcript_kind kind)
{
    const struct line_form *form = &forms[kind];
    const int needed = 3 + form->decision + form->option + form->target + form->value;
    struct transcript_line line = {.kind = kind, .at_us = US_NONE, .number = p->number};
    if (p->n_words < needed)
        return set_syntax_error(p, "words are missing after \"%s\"", form->word);
    if (p->stopped)
        return set_syntax_error(p, "nothing can follow \"stop\"");
    if (form->placed) {
        line.node = p->words[1];
        if (!read_time(p, p->words[2], &line))
            return false;
    } else {
        const bool nameless = !p->quoted[1] && strcmp(p->words[1], "-") == 0;
        line.route = nameless ? NULL : p->words[1];
        if (!read_count(p, p->words[2], STORY_NODES_MAX, &line.part))
            return false;
    }
    if (form->decision)
        line.decision = p->words[3];
    if (form->option)
        line.option = p->words[4];
    if (form->target)
        line.target = p->words[3];
    if (form->value)
        line.value = p->words[4];
    if (!read_lap(p, needed, form, &line))
        return false;
    p->stopped = kind == TRANSCRIPT_STOP;
    return transcript_append(p->t, &line) || set_syntax_error(p, "more than %d lines", TRANSCRIPT_LINES_MAX);
}

static bool read_reload(struct parser *p)
{
    struct transcript_line place = {.kind = TRANSCRIPT_STOP};
    if (p->n_words != 4)
        return set_syntax_error(p, "\"reload\" takes 3 words");
    if (p->stopped)
        return set_syntax_error(p, "nothing can follow \"stop\"");
    if (!read_time(p, p->words[2], &place))
        return false;
    if (transcript_n_reloads(p->t) >= TRANSCRIPT_LINES_MAX)
        return set_syntax_error(p, "more than %d reloads", TRANSCRIPT_LINES_MAX);
    const struct transcript_reload reload = {.node = p->words[1], .at_us = place.at_us, .changes = p->words[3]};
    transcript_add_reload(p->t, &reload);
    return true;
}

static bool read_id(struct parser *p)
{
    p->header.id = p->words[1];
    return true;
}

static bool read_version(struct parser *p)
{
    p->header.version = p->words[1];
    return true;
}

static bool read_hash(struct parser *p)
{
    return parse_number(p, p->words[1], 16, UINT64_MAX, &p->header.hash);
}

static bool read_seed(struct parser *p)
{
    return parse_number(p, p->words[1], 10, UINT64_MAX, &p->header.seed);
}

static bool read_keep(struct parser *p)
{
    const struct transcript_value keep = {p->words[1], p->words[2], p->number};
    return transcript_append_keep(p->t, &keep) || set_syntax_error(p, "more than %d kept values", STORY_VARS_MAX);
}

static bool read_from(struct parser *p)
{
    p->header.from = p->words[1];
    return true;
}

static bool read_set(struct parser *p)
{
    const struct transcript_value set = {p->words[1], p->words[2], p->number};
    return transcript_append_set(p->t, &set) || set_syntax_error(p, "more than %d set values", STORY_VARS_MAX);
}

static const struct header_form {
    const char *word;
    int n_words;
    bool (*read)(struct parser *p);
} headers[] = {
    {"story", 2, read_id},  {"version", 2, read_version}, {"hash", 2, read_hash}, {"seed", 2, read_seed},
    {"from", 2, read_from}, {"set", 3, read_set},         {"keep", 3, read_keep},
};

static bool read_first(struct parser *p)
{
    if (p->n_words != 2 || strcmp(p->words[0], "frumious-transcript") != 0)
        return set_syntax_error(p, "this is no transcript: it does not begin with \"frumious-transcript 1\"");
    if (strcmp(p->words[1], "1") != 0)
        return set_syntax_error(p, "transcript format %s is not supported, only 1 is", p->words[1]);
    p->begun = true;
    return true;
}

static bool read_statement(struct parser *p)
{
    if (!p->begun)
        return read_first(p);
    if (strcmp(p->words[0], "reload") == 0)
        return read_reload(p);
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (strcmp(p->words[0], forms[i].word) == 0)
            return read_line(p, (enum transcript_kind)i);
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        if (strcmp(p->words[0], headers[i].word) != 0)
            continue;
        if (p->n_words != headers[i].n_words)
            return set_syntax_error(p, "\"%s\" takes %d words", headers[i].word, headers[i].n_words - 1);
        if (transcript_n_lines(p->t) > 0)
            return set_syntax_error(p, "\"%s\" must stand before the first line of the play", headers[i].word);
        return headers[i].read(p);
    }
    return set_syntax_error(p,
                            "unknown word \"%s\"; a line begins with pick, timeout, back, draw, stop, change, jump, "
                            "reload, story, version, "
                            "hash, seed, from, set or keep",
                            p->words[0]);
}

/* Cuts `line` up. */
static bool parse_line(struct parser *p, char *line, size_t len)
{
    if (len > TRANSCRIPT_LINE_BYTES_MAX)
        return set_syntax_error(p, "longer than %d bytes", TRANSCRIPT_LINE_BYTES_MAX);
    if (len && line[len - 1] == '\r')
        line[len - 1] = '\0';
    p->line = line;
    return read_words(p) && (p->n_words == 0 || read_statement(p));
}

static bool parse_text(struct parser *p, char *text, size_t len)
{
    const char *end;
    if (!g_utf8_validate_len(text, len, &end)) {
        for (const char *c = text; c < end; c++)
            p->number += *c == '\n';
        p->number++;
        return set_syntax_error(p, *end ? "not UTF-8 text" : "a zero byte, which no text has");
    }
    if (strspn(text, " \t\r\n") == len)
        return set_syntax_error(p, "the file is empty; a transcript begins with \"frumious-transcript 1\"");
    for (char *at = text, *next; at < text + len; at = next) {
        char *nl = memchr(at, '\n', (size_t)(text + len - at));
        next = nl ? nl + 1 : text + len;
        if (nl)
            *nl = '\0';
        p->number++;
        if (!parse_line(p, at, (size_t)((nl ? nl : text + len) - at)))
            return false;
    }
    return p->begun || read_first(p);
}

struct transcript *transcript_parse(const char *text, gssize len, GError **error)
{
    const size_t n = len < 0 ? strlen(text) : (size_t)len;
    if (n > TRANSCRIPT_BYTES_MAX) {
        g_set_error(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_LIMIT, "longer than %d bytes", TRANSCRIPT_BYTES_MAX);
        return NULL;
    }
    struct parser p = {.t = transcript_empty(), .header = {.id = "", .version = ""}, .error = error};
    char *copy = g_strndup(text ? text : "", n);
    const bool good = parse_text(&p, copy, n);
    transcript_set_header(p.t, &p.header);
    g_free(copy);
    if (good)
        return p.t;
    transcript_free(p.t);
    return NULL;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

/* The file is not there; is there one whose name looks like it? */
static void name_lookalike(const char *path, GError **error)
{
    struct missing_file m;
    missing_file_explain(&m, ".", path);
    if (*error && m.instead) {
        char *longer = g_strconcat((*error)->message, m.instead, NULL);
        g_free((*error)->message);
        (*error)->message = longer;
    }
    missing_file_clear(&m);
}

struct transcript *transcript_load(const char *path, GError **error)
{
    size_t len = 0;
    g_autofree char *text = files_read(path, TRANSCRIPT_BYTES_MAX, &len, error);
    struct transcript *t = text ? transcript_parse(text, (gssize)len, error) : NULL;
    if (text && !t)
        g_prefix_error(error, "%s: ", path);
    if (!text && error && !g_file_test(path, G_FILE_TEST_EXISTS))
        name_lookalike(path, error);
    return t;
}

bool transcript_save(const struct transcript *t, const char *path, GError **error)
{
    g_autofree char *text = transcript_print(t);
    return files_replace(path, text, -1, false, error);
}
