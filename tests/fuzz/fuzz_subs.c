/*
 * Reads any bytes as subtitles, a text or a container with one: the text becomes UTF-8 or is refused, events come in
 * order of time, and what may be drawn keeps to the limits.
 */
#include "file.h"
#include "media/subs.h"
#include "media/subs_reader.h"
#include "media/subs_track.h"
#include "media/text_encoding.h"

#include <libavutil/log.h>
#include <string.h>

const unsigned fuzz_runs = 600;

#define MOMENTS 8

static void check_encoding(const uint8_t *data, size_t size)
{
    struct text_encoding encoding;
    gsize n = 0;
    g_autofree char *text = text_encoding_to_utf8((const char *)data, size, &encoding, &n);
    g_assert_true(!text == (encoding.source == TEXT_ENCODING_UNKNOWN) && !text == !*encoding.name);
    if (text)
        g_assert_true(text[n] == '\0' && g_utf8_validate(text, -1, NULL));
}

static void check_scan(const char *path)
{
    struct subs_findings findings = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) events = subs_scan(path, "en", true, NULL, &findings, &error);
    g_assert_true(!events == (error != NULL));
    for (guint i = 1; events && i < events->len; i++)
        g_assert_true(g_array_index(events, struct subs_event, i - 1).from_us <=
                      g_array_index(events, struct subs_event, i).from_us);
    for (int fault = 0; fault < SUBS_FAULTS; fault++) {
        g_autofree char *words = NULL;
        if (findings.count[fault] == 0)
            continue;
        words = subs_findings_words(&findings, (enum subs_fault)fault);
        g_assert_true(g_utf8_validate(words, -1, NULL) && *subs_findings_advice((enum subs_fault)fault));
    }
}

static void check_moments(struct subs_track *t)
{
    int64_t ms = 0;
    for (int i = 0; i < MOMENTS; i++) {
        const struct subs_moment m = subs_track_moment(t, ms);
        g_assert_true(m.from_ms <= ms && ms < m.to_ms && m.events >= 0 && m.events <= 2 * SUBS_AT_ONCE_MAX);
        if (m.to_ms == INT64_MAX)
            break;
        ms = m.to_ms;
    }
    subs_track_hide(t, ms);
    g_assert_cmpint(subs_track_moment(t, ms).events, ==, 0);
}

static void check_track(const char *path)
{
    static const atomic_bool go_on = false;
    struct subs_findings findings = {0};
    struct subs_line line;
    struct subs_reader *r = subs_reader_open(path, &(struct subs_wish){0}, &go_on, &findings, NULL);
    if (!r)
        return;
    struct subs_track *t = subs_track_new(r, &findings);
    g_assert_nonnull(t);
    for (enum subs_read read; (read = subs_reader_next(r, &line)) != SUBS_READ_END;)
        if (read == SUBS_READ_LINE)
            subs_track_add(t, &line);
    for (int i = 0; i < subs_track_ass(t)->n_events; i++)
        g_assert_true(subs_track_event(t, i).from_us <= subs_track_event(t, i).to_us);
    check_moments(t);
    subs_track_free(t);
    subs_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t head = MIN(size, 4096);
    av_log_set_level(AV_LOG_QUIET);
    if (text_encoding_is_text((const char *)data, head))
        check_encoding(data, size);
    check_scan(fuzz_file(data, size));
    check_track(fuzz_file(data, size));
    return 0;
}
