/*
 * Any bytes are a film: the probe of `check` says what it holds, in numbers that can be true, or that it cannot be read.
 * FFmpeg is not built for the fuzzer, so this finds what our side makes of it, hangs, and what costs too much memory.
 */
#include "file.h"
#include "media/media.h"
#include "media/probe.h"

#include <libavutil/log.h>
#include <string.h>

const unsigned fuzz_runs = 400;

static void check_probe(const struct probe *p)
{
    g_assert_true(memchr(p->format, 0, sizeof p->format) && memchr(p->video_codec, 0, sizeof p->video_codec));
    g_assert_true(memchr(p->pixel_format, 0, sizeof p->pixel_format));
    g_assert_true(p->duration_us == INT64_MIN || p->duration_us >= 0);
    g_assert_true(p->n_streams >= 0 && p->n_streams <= STREAMS_MAX && p->n_audio >= 0 && p->n_audio <= PROBE_TRACKS);
    g_assert_true(p->frames >= -1 && p->fps_num >= 0 && p->fps_den >= 0);
    g_assert_true(p->width >= 0 && p->height >= 0); /* 0: its header is damaged */
    for (int32_t i = 0; i < p->n_audio; i++)
        g_assert_true(memchr(p->audio[i].codec, 0, sizeof p->audio[i].codec) &&
                      memchr(p->audio[i].lang, 0, sizeof p->audio[i].lang));
}

static void check_keyframes(const char *path)
{
    g_autoptr(GError) error = NULL;
    GArray *keys = probe_keyframes_us(path, NULL, &error);
    g_assert_true(!keys == (error != NULL));
    for (guint i = 1; keys && i < keys->len; i++)
        g_assert_true(g_array_index(keys, int64_t, i - 1) <= g_array_index(keys, int64_t, i));
    g_clear_pointer(&keys, g_array_unref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    g_autoptr(GError) error = NULL;
    struct probe p;
    av_log_set_level(AV_LOG_QUIET);
    const bool good = probe_file(path, NULL, &p, &error);
    g_assert_true(good == !error);
    if (!good)
        return 0;
    check_probe(&p);
    const int64_t length = probe_length_smp(&p);
    g_assert_true(length == INT64_MIN || length >= 0);
    check_keyframes(path);
    probe_interleave_us(path, true, NULL);
    return 0;
}
