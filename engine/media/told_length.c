#include "media/told_length.h"

#include <glib.h>
#include <libavformat/avformat.h>

#include "base/units.h"
#include "media/picture_decoder.h"
#include "media/source.h"

/* A time of some thousand years is a broken file's. Up to here, times can be added and counted in samples. */
#define BELIEVED_US (INT64_MAX / 64)

static const AVRational US = {1, 1000000};

static int64_t believed(int64_t us)
{
    return us >= -BELIEVED_US && us <= BELIEVED_US ? us : US_NONE;
}

/* `otherwise` where pts is no time. */
static int64_t time_us(int64_t pts, AVRational base, int64_t otherwise)
{
    const int64_t us = pts == AV_NOPTS_VALUE ? US_NONE : believed(av_rescale_q(pts, base, US));
    return us == US_NONE ? otherwise : us;
}

struct told_start told_start_find(struct source *src, int picture, int sound)
{
    struct told_start s = {0};
    int64_t skip = 0;
    if (source_is_still(src) || (picture < 0 && sound < 0))
        return s;
    source_choose(src, picture, sound);
    const int64_t lead_us = smp_to_us(source_lead_smp(src, picture, sound));
    const int64_t shown = picture >= 0 ? source_first_pts(src, picture, NULL) : AV_NOPTS_VALUE;
    const int64_t heard = sound >= 0 ? source_first_pts(src, sound, &skip) : AV_NOPTS_VALUE;
    AVStream *const *st = source_format(src)->streams;
    if (picture >= 0)
        s.picture_us = time_us(shown, st[picture]->time_base, 0);
    if (sound >= 0 && heard != AV_NOPTS_VALUE)
        s.sound_us = time_us(heard, st[sound]->time_base, 0) +
                     av_rescale(skip, US_PER_SECOND, MAX(st[sound]->codecpar->sample_rate, 1));
    s.file_us = picture >= 0 ? s.picture_us - lead_us : s.sound_us;
    return s;
}

/* Where an edit list has a track begin late and end before its last packet does, FFmpeg's length of it is where it ends. The
 * length of the whole film tells that; by a tenth of a second it may be off, as pictures that are reordered begin that late. */
static int64_t edited_end_us(const struct source *src, int64_t length_us, int64_t end_us)
{
    const int64_t film_us = source_format(src)->duration; /* FFmpeg's "no value" is negative */
    const bool ends_early = source_is_edited(src) && film_us >= length_us && film_us < end_us - SOURCE_APART_US;
    return film_us > 0 && ends_early ? film_us : end_us;
}

int64_t told_end_us(const struct source *src, int stream, int64_t start_us)
{
    const AVFormatContext *fmt = source_format(src);
    const AVStream *st = fmt->streams[stream];
    const int64_t told = source_told_end(src, stream);
    int64_t length_us = US_NONE;
    if (told != AV_NOPTS_VALUE)
        return time_us(told, st->time_base, US_NONE);
    if (st->duration > 0) /* FFmpeg's "no value" is negative */
        length_us = time_us(st->duration, st->time_base, US_NONE);
    else if (fmt->duration > 0)
        length_us = believed(fmt->duration);
    const int64_t from_us = time_us(st->start_time, st->time_base, 0); /* what is before 0 counts, but is not shown */
    if (length_us == US_NONE)
        return US_NONE;
    return edited_end_us(src, length_us, MIN(from_us, start_us) + length_us + source_untold_us(src));
}

/* Lengths in headers are rounded: at a constant rate the picture lasts for whole frames. */
static void count_frames(const AVStream *st, struct told_length *l)
{
    int32_t num, den;
    if (l->us == US_NONE || !picture_decoder_rate(st, &num, &den))
        return;
    const AVRational period = {den, num};
    const int64_t n = av_rescale_q(l->us, US, period), on_grid_us = av_rescale_q(n, period, US);
    if (ABS(l->us - on_grid_us) > SOURCE_APART_US)
        return;
    l->us = on_grid_us;
    if (st->nb_frames > 0 && ABS(st->nb_frames - n) <= 1) { /* an edit list may leave many of them out */
        l->frames = st->nb_frames;
        l->us = av_rescale_q(st->nb_frames, period, US);
    }
}

static struct told_length find_length(struct source *src, int picture, int sound, const struct told_start *start)
{
    struct told_length l = {US_NONE, -1};
    if (source_is_still(src))
        return l;
    const int64_t heard_us = sound >= 0 ? told_end_us(src, sound, start->sound_us) : US_NONE;
    const int64_t sound_us = heard_us == US_NONE ? US_NONE : heard_us - start->file_us;
    if (picture < 0)
        return (struct told_length){sound_us, -1};
    const int64_t end_us = told_end_us(src, picture, start->picture_us);
    l.us = end_us == US_NONE ? US_NONE : end_us - start->picture_us;
    count_frames(source_format(src)->streams[picture], &l);
    if (l.us == US_NONE)
        return l;
    l.us += start->picture_us - start->file_us;
    if (sound_us > l.us + SOURCE_APART_US)
        l.us = sound_us;
    return l;
}

/* Where a file ends, as it says, may lie before its beginning, or beyond all times. */
struct told_length told_length_of(struct source *src, int picture, int sound, const struct told_start *start)
{
    const struct told_length l = find_length(src, picture, sound, start);
    return l.us >= 0 && l.us <= BELIEVED_US ? l : (struct told_length){US_NONE, -1};
}

int64_t told_length_smp(int64_t us, int32_t fps_num, int32_t fps_den)
{
    if (us == US_NONE || fps_num <= 0)
        return us == US_NONE ? US_NONE : us_to_smp(us);
    const AVRational period = {fps_den, fps_num};
    const int64_t frames = av_rescale_q(us, US, period);
    const bool whole = ABS(av_rescale_q(frames, period, US) - us) <= 1; /* as far as us can tell */
    return whole ? av_rescale_q(frames, period, (AVRational){1, FILM_RATE}) : us_to_smp(us);
}
