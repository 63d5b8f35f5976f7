#include "check/lint_report.h"

#include "story/source_text.h"

#include <assert.h>
#include <string.h>

struct lint_report {
    const struct story *s;
    struct diags *diags;
    struct source_text **sources; /* one for each of s->files, opened when a line of it is first needed; or NULL */
};

static bool lint_report_check(const struct lint_report *report)
{
    assert(report->s && report->diags && report->sources);
    assert(report->s->n_files > 0);
    return true;
}

struct lint_report *lint_report_new(const struct story *s, struct diags *diags)
{
    struct lint_report *report = g_new(struct lint_report, 1);
    *report = (struct lint_report){s, diags, g_new0(struct source_text *, s->n_files + 1)};
    assert(lint_report_check(report));
    return report;
}

void lint_report_free(struct lint_report *report)
{
    for (int32_t i = 0; i < report->s->n_files; i++)
        source_text_close(report->sources[i]);
    g_free(report->sources);
    g_free(report);
}

/* The width in characters of the word at `col`: a mark points to a key or a name. At least 1. */
static uint32_t word_width(const struct diag_at *at)
{
    const char *p = at->text, *end = at->text + at->text_len;
    uint32_t n = 0;
    for (uint32_t i = 1; i < at->col && p < end; i++)
        p += g_utf8_skip[(guchar)*p];
    for (; p + n < end && (g_ascii_isalnum(p[n]) || p[n] == '_' || p[n] == '-'); n++) {
    }
    return MAX(n, 1);
}

/* `width`: what to underline, in characters; 0: the word at `mark`. */
static void add_at(struct lint_report *report, struct story_mark mark, uint32_t width, const char *code,
                   const char *advice, const char *message)
{
    assert(lint_report_check(report));
    assert(mark.file < report->s->n_files);
    struct diag_at at = {.file = report->s->files[mark.file], .line = mark.line, .col = mark.col, .len = MAX(width, 1)};
    struct source_text **source = &report->sources[mark.file];
    const char *why;
    if (!*source && source_text_open(source, at.file, at.file, &why) != SOURCE_TEXT_OK)
        *source = NULL;
    if (*source)
        at.text = source_text_line(*source, at.line, &at.text_len);
    if (at.text && width == 0)
        at.len = word_width(&at);
    diags_add(report->diags, code, &at, advice, "%s", message);
}

void lint_report_add(struct lint_report *report, struct story_mark mark, const char *code, const char *advice,
                     const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    add_at(report, mark, 0, code, advice, message);
}

void lint_report_add_text(struct lint_report *report, int32_t id, const char *code, const char *advice,
                          const char *format, ...)
{
    assert(id >= 0 && id < report->s->n_texts);
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    const struct story_text_place *place = &report->s->text_places[id];
    add_at(report, place->mark, place->width, code, advice, message);
}

char *lint_report_seconds(int64_t us)
{
    g_autofree char *text =
        g_strdup_printf("%" G_GINT64_FORMAT ".%03d", us / US_PER_SECOND, (int)(us % US_PER_SECOND / US_PER_MS));
    char *end = text + strlen(text);
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        *--end = '\0';
    return g_strconcat(text, "s", NULL);
}
