#include "media/media_analysis.h"

#include <assert.h>
#include <ebur128.h>
#include <math.h>

#include "base/beneath.h"
#include "base/units.h"
#include "media/demuxer.h"
#include "media/frame.h"
#include "media/media_limits.h"
#include "media/picture_decoder.h"
#include "media/sound_decoder.h"
#include "media/streams.h"

enum { CHUNK_SMP = 8192 };

struct analysis {
    const struct media_analysis_spec *spec;
    const struct media_analysis_watch *watch;
    struct media_analysis *out;
    struct clip_spec clip; /* borrows from `spec` */
    struct streams streams;
    struct flash *flash;
    struct frame_blitter *blitter;
    uint8_t *pixels;
    ebur128_state *meter;
    float *samples;
    int64_t sound_smp, sound_end_smp; /* measured so far; where the piece ends */
    int64_t told_us;
    const char *refused; /* why there is no picture at all, or NULL */
};

static bool analysis_check(const struct analysis *w)
{
    assert(w->sound_smp >= 0 && w->sound_end_smp >= 0);
    assert(w->told_us >= 0);
    assert(w->out->missing >= 0 && w->out->damaged >= 0);
    assert(!w->out->has_picture || w->streams.picture);
    assert(!w->out->has_sound || (w->streams.sound && w->meter));
    return true;
}

static bool analysis_stopped(const struct analysis *w)
{
    return atomic_load_explicit(w->watch->stop, memory_order_relaxed);
}

static void add_done(struct analysis *w, int64_t at_us)
{
    if (at_us <= w->told_us)
        return;
    atomic_fetch_add(w->watch->done_us, at_us - w->told_us);
    w->told_us = at_us;
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

/* Opens the streams as a clip does, at the same position. If the sound cannot be decoded, nothing is measured. */
static bool open_piece(struct analysis *w, GError **error)
{
    const struct media_analysis_spec *spec = w->spec;
    w->clip = (struct clip_spec){.path = spec->path,
                                 .from_us = spec->from_us,
                                 .to_us = spec->to_us,
                                 .audio_lang = spec->audio_lang,
                                 .no_sound = spec->no_sound};
    const struct media_user user = {.stop = w->watch->stop};
    g_autofree char *warning = NULL;
    w->clip.for_us = spec->still ? spec->for_us : 0;
    if (!streams_open(&w->streams, NULL, &w->clip, &user, &warning, error))
        return false;
    if (warning)
        g_set_error_literal(error, MEDIA_ERROR, 0, warning);
    return !warning;
}

/* ---- sound ----------------------------------------------------------------------------------------------------- */

/* Measures the sound up to this position of the piece. False: the sound has ended. */
static bool measure_sound(struct analysis *w, int64_t until_smp)
{
    until_smp = MIN(until_smp, w->sound_end_smp);
    while (w->sound_smp < until_smp) {
        const int64_t n = sound_decoder_read(w->streams.sound, w->samples, MIN(until_smp - w->sound_smp, CHUNK_SMP));
        if (n == 0)
            return false;
        ebur128_add_frames_float(w->meter, w->samples, (size_t)n);
        w->sound_smp += n;
        if (!w->streams.picture)
            add_done(w, smp_to_us(w->sound_smp));
    }
    return w->sound_smp < w->sound_end_smp;
}

static void finish_sound(struct analysis *w)
{
    double left = 0, right = 0, lufs = -HUGE_VAL;
    w->out->has_sound = true;
    w->out->sound_us = smp_to_us(w->sound_smp);
    ebur128_true_peak(w->meter, 0, &left);
    ebur128_true_peak(w->meter, 1, &right);
    if (ebur128_loudness_global(w->meter, &lufs) != EBUR128_SUCCESS)
        lufs = -HUGE_VAL;
    w->out->lufs = lufs;
    w->out->peak_db = 20 * log10(MAX(MAX(left, right), 1e-10));
}

/* ---- picture --------------------------------------------------------------------------------------------------- */

static void measure_frame(struct analysis *w, const struct frame *f)
{
    if (!w->flash) {
        w->flash = flash_new(f->width, f->height, f->sar_num, f->sar_den);
        w->pixels = g_malloc((size_t)flash_width(w->flash) * flash_height(w->flash) * 4);
    }
    const int width = flash_width(w->flash), pitch = width * 4;
    if (frame_blit(&w->blitter, f, w->pixels, width, flash_height(w->flash), pitch))
        flash_feed(w->flash, w->pixels, pitch, smp_to_us(f->at_smp));
    w->out->frames++;
}

static void finish_picture(struct analysis *w)
{
    struct picture_decoder_facts facts;
    picture_decoder_facts(w->streams.picture, &facts);
    w->out->has_picture = true;
    const int64_t length_smp = streams_length_smp(&w->streams, &w->clip);
    const int64_t end_smp = streams_file_end_smp(&w->streams);
    if (facts.complete && length_smp != US_NONE)
        w->out->picture_us = smp_to_us(end_smp == US_NONE ? length_smp : MIN(end_smp, length_smp));
    else
        w->out->picture_us = smp_to_us(facts.last_end_smp);
    add_done(w, w->out->picture_us);
    w->out->damaged = facts.damaged;
    w->out->missing = facts.missing;
    w->refused = w->out->frames == 0 ? facts.refused : NULL;
    if (w->flash)
        w->out->flash = flash_report(w->flash);
}

/* Pictures lead, and the sound keeps up with them, so that few packets wait undecoded. */
static void decode_piece(struct analysis *w)
{
    const int64_t asked_us = w->spec->to_us != US_NONE ? w->spec->to_us - MAX(w->spec->from_us, 0) : US_NONE;
    const int64_t length_smp = w->streams.picture ? picture_decoder_length_smp(w->streams.picture) : US_NONE;
    w->out->wanted_us = length_smp != US_NONE ? smp_to_us(length_smp) : asked_us;
    w->sound_end_smp = w->spec->for_us > 0            ? us_to_smp(w->spec->for_us)
                       : w->out->wanted_us != US_NONE ? us_to_smp(w->out->wanted_us)
                                                      : INT64_MAX;
    bool sounds = w->streams.sound != NULL;
    for (struct frame *f; w->streams.picture && !analysis_stopped(w) && (f = picture_decoder_next(w->streams.picture));
         frame_free(f)) {
        measure_frame(w, f);
        sounds = sounds && measure_sound(w, f->at_smp + f->dur_smp);
        add_done(w, smp_to_us(f->at_smp + f->dur_smp));
    }
    if (sounds)
        measure_sound(w, INT64_MAX);
    if (w->streams.picture)
        finish_picture(w);
    if (w->streams.sound)
        finish_sound(w);
    w->out->unsound = streams_unsound(&w->streams);
    assert(analysis_check(w));
}

/* What all threads decode at once is counted. */
static void decode_within_limits(struct analysis *w)
{
    struct picture_decoder_facts facts = {0};
    if (w->streams.picture)
        picture_decoder_facts(w->streams.picture, &facts);
    const int64_t pixels = (int64_t)facts.width * facts.height;
    if (!media_limits_enter(pixels, w->watch->stop))
        return;
    decode_piece(w);
    media_limits_leave(pixels);
}

bool media_analysis_run(const struct media_analysis_spec *spec, const struct media_analysis_watch *watch,
                        struct media_analysis *out, GError **error)
{
    struct analysis w = {.spec = spec, .watch = watch, .out = out};
    *out = (struct media_analysis){.wanted_us = US_NONE, .lufs = -HUGE_VAL, .peak_db = -HUGE_VAL};
    bool good = open_piece(&w, error);
    if (good) {
        w.samples = g_new(float, CHUNK_SMP *FILM_CHANNELS);
        w.meter = ebur128_init(FILM_CHANNELS, FILM_RATE, EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK);
        decode_within_limits(&w);
    }
    g_autofree char *name = beneath_name(spec->path);
    if (w.refused) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: %s", name, w.refused);
        good = false;
    }
    if (analysis_stopped(&w)) {
        g_clear_error(error);
        g_set_error(error, MEDIA_ERROR, 0, "%s: stopped", name);
        good = false;
    }
    if (w.meter)
        ebur128_destroy(&w.meter);
    g_free(w.samples);
    flash_free(w.flash);
    frame_blitter_free(w.blitter);
    g_free(w.pixels);
    streams_close(&w.streams);
    return good;
}
