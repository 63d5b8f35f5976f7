#include "media/subs_text.h"

#include <assert.h>
#include <string.h>

#include "base/units.h"

/* Of a number in a time: seven digits of hours are a thousand years. */
enum { DIGITS_MAX = 7 };

struct text_line {
    const char *at, *end; /* without what ends it */
};

struct timing {
    int64_t from_ms, to_ms;
    const char *rest; /* places and the like, up to the line's end */
};

struct mending {
    GString *out;
    struct subs_findings *findings;
    bool is_vtt;
    bool skips;              /* what follows belongs to no line that is shown */
    struct text_line number; /* SRT: it may be the number of the line that follows, or words */
    int64_t latest_ms;       /* where the last line that can be read begins */
};

bool subs_text_is_ass(const char *text)
{
    return strstr(text, "[Script Info]") || strstr(text, "[Events]");
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* False: there is no more. A line ends with \n, \r or both. */
static bool next_line(const char **at, struct text_line *line)
{
    if (**at == '\0')
        return false;
    line->at = line->end = *at;
    while (*line->end != '\0' && *line->end != '\r' && *line->end != '\n')
        line->end++; /* strcspn() would do, but AddressSanitizer lets it look on to the file's end for each line */
    *at = line->end + (line->end[0] == '\r' && line->end[1] == '\n' ? 2 : line->end[0] != '\0');
    return true;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static bool is_blank(const struct text_line *l)
{
    return skip_blanks(l->at, l->end) == l->end;
}

static bool is_number(const struct text_line *l)
{
    const char *at = skip_blanks(l->at, l->end), *first = at;
    while (at < l->end && g_ascii_isdigit(*at))
        at++;
    return at > first && skip_blanks(at, l->end) == l->end;
}

static const char *find_arrow(const struct text_line *l)
{
    return g_strstr_len(l->at, l->end - l->at, "-->");
}

/* ---- times -------------------------------------------------------------------------------------------------------- */

static bool read_number(const char **at, const char *end, int64_t *number)
{
    const char *p = *at;
    for (*number = 0; p < end && g_ascii_isdigit(*p) && p - *at < DIGITS_MAX; p++)
        *number = *number * 10 + (*p - '0');
    const bool good = p > *at && (p == end || !g_ascii_isdigit(*p));
    *at = p;
    return good;
}

/* ".5" is half a second. */
static int64_t read_fraction_ms(const char **at, const char *end)
{
    int64_t ms = 0;
    const char *p = *at;
    if (p + 1 >= end || (*p != '.' && *p != ',') || !g_ascii_isdigit(p[1]))
        return 0;
    for (int weight = 100; ++p < end && g_ascii_isdigit(*p); weight /= 10)
        ms += weight * (*p - '0');
    *at = p;
    return ms;
}

/* Hours may be missing, and so may thousandths; minutes and seconds stand there. */
static bool read_time(const char **at, const char *end, int64_t *ms)
{
    const char *p = skip_blanks(*at, end);
    int64_t seconds = 0, number;
    int n = 0;
    const bool is_negative = p < end && *p == '-';
    p += is_negative;
    do {
        if (!read_number(&p, end, &number))
            return false;
        seconds = seconds * 60 + number;
    } while (++n < 3 && p + 1 < end && *p == ':' && p++);
    *ms = seconds * 1000 + read_fraction_ms(&p, end);
    *ms = is_negative ? 0 : *ms;
    *at = p;
    return n >= 2;
}

static bool read_timing(const struct text_line *l, struct timing *t)
{
    const char *at = l->at;
    if (!read_time(&at, l->end, &t->from_ms))
        return false;
    at = skip_blanks(at, l->end);
    if (at != find_arrow(l))
        return false;
    at += strlen("-->");
    if (!read_time(&at, l->end, &t->to_ms))
        return false;
    t->rest = at;
    return at == l->end || *at == ' ' || *at == '\t';
}

/* In WebVTT, words hold no arrow. In SRT they may; times have numbers on both of its sides. */
static bool is_meant_as_timing(const struct mending *m, const struct text_line *l)
{
    const char *arrow = find_arrow(l);
    if (!arrow || m->is_vtt)
        return arrow != NULL;
    const char *first = skip_blanks(l->at, arrow), *second = skip_blanks(arrow + strlen("-->"), l->end);
    first += first + 1 < arrow && *first == '-';
    return g_ascii_isdigit(*first) && memchr(first, ':', (size_t)(arrow - first)) && second < l->end &&
           g_ascii_isdigit(*second);
}

/* ---- mending ------------------------------------------------------------------------------------------------------ */

static void append_line(GString *out, const struct text_line *l)
{
    g_string_append_len(out, l->at, l->end - l->at);
    g_string_append_c(out, '\n');
}

static void append_time(GString *out, int64_t ms, char point)
{
    g_string_append_printf(out, "%02d:%02d:%02d%c%03d", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                           (int)(ms / 1000 % 60), point, (int)(ms % 1000));
}

/* Every line gets the empty line and, in SRT, the number that FFmpeg looks for; any will do. */
static void append_timing(struct mending *m, const struct timing *t, const char *end)
{
    const char point = m->is_vtt ? '.' : ',';
    g_string_append(m->out, m->is_vtt ? "\n" : "\n1\n");
    append_time(m->out, t->from_ms, point);
    g_string_append(m->out, " --> ");
    append_time(m->out, t->to_ms, point);
    append_line(m->out, &(struct text_line){t->rest, end});
}

static void take_timing(struct mending *m, const struct text_line *l)
{
    struct timing t;
    const bool is_read = read_timing(l, &t);
    m->skips = !is_read || t.to_ms <= t.from_ms;
    m->number = (struct text_line){0};
    if (is_read)
        m->latest_ms = t.from_ms;
    if (!m->skips)
        append_timing(m, &t, l->end);
    else
        subs_findings_add(m->findings, is_read ? SUBS_BACKWARDS : SUBS_BROKEN_TIMES, m->latest_ms * US_PER_MS);
}

static void take_words(struct mending *m, const struct text_line *l)
{
    if (m->number.at)
        append_line(m->out, &m->number);
    m->number = (struct text_line){0};
    if (!m->is_vtt && is_number(l))
        m->number = *l;
    else
        append_line(m->out, l);
}

static void take_line(struct mending *m, const struct text_line *l)
{
    if (is_meant_as_timing(m, l)) {
        take_timing(m, l);
    } else if (is_blank(l)) {
        m->skips = m->skips || m->is_vtt; /* until a line begins: notes, styles, regions, names */
        if (!m->is_vtt && !m->skips && !m->number.at)
            append_line(m->out, l);
    } else if (!m->skips) {
        take_words(m, l);
    }
}

static bool has_timing(const char *text)
{
    struct text_line l;
    struct timing t;
    while (next_line(&text, &l))
        if (read_timing(&l, &t))
            return true;
    return false;
}

/* FFmpeg looks for the head of ASS in the first line; programs put comments before it. NULL: it is there, or nowhere. */
static const char *late_head(const char *text)
{
    struct text_line l;
    for (const char *at = text; next_line(&at, &l);)
        if (g_str_has_prefix(l.at, "[Script Info]"))
            return l.at > text ? l.at : NULL;
        else if (!is_blank(&l) && *l.at != ';' && *l.at != '!')
            return NULL;
    return NULL;
}

static char *copy_from(const char *at, gsize *n)
{
    *n = strlen(at);
    return g_strdup(at);
}

char *subs_text_mend(const char *text, struct subs_findings *findings, gsize *n)
{
    if (late_head(text))
        return copy_from(late_head(text), n);
    struct mending m = {.findings = findings, .is_vtt = g_str_has_prefix(text, "WEBVTT"), .skips = true};
    struct text_line l;
    if (!m.is_vtt && (subs_text_is_ass(text) || !has_timing(text)))
        return NULL;
    m.out = g_string_new(m.is_vtt ? "WEBVTT\n" : NULL);
    while (next_line(&text, &l))
        take_line(&m, &l);
    if (m.number.at)
        append_line(m.out, &m.number);
    assert(!memchr(m.out->str, '\0', m.out->len));
    *n = m.out->len;
    return g_string_free(m.out, FALSE);
}
