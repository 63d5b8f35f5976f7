#include "media/picture_decoder.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "base/units.h"
#include "media/av_versions.h"
#include "media/colour.h"
#include "media/decoders.h"
#include "media/frame.h"
#include "media/frame_av.h"
#include "media/hardware.h"
#include "media/media_limits.h"
#include "media/media_pool.h"
#include "media/source.h"
#include "media/still_colour.h"

enum {
    THREADS_FROM_PIXEL_RATE = 1920 * 1080 * 61, /* pixels a second; above this one core may not keep up */
    MAX_THREADS = 4,
    GRID_TOLERANCE_US = 1000, /* Matroska rounds time stamps to a millisecond */
    /* A range begins and ends at a boundary of frames this near. With 20 frames a second or more, one always is. */
    SNAP_US = 25000,
    OFF_GRID_SNAP_US = 10000, /* the same for frames that lie on no grid */
    /* The end of the last picture that the file tells counts if it differs from the grid's by more than this: lengths in
     * headers are rounded, or are those of another stream. */
    END_SNAP_US = 100000,
    SENT = 64,          /* decoders keep fewer packets back */
    DAMAGE_LIMIT = 500, /* packets in a row that give no frame */
};

static const AVRational SMP = {1, FILM_RATE};
static const AVRational US = {1, 1000000};

struct picture_decoder {
    struct source *src;
    int stream;
    const atomic_bool *stop;
    bool still;
    AVCodecContext *dec;
    struct hardware *hw;
    int hw_format;  /* enum AVPixelFormat of what the device decodes; AV_PIX_FMT_NONE: software decodes */
    bool wants_key; /* the device has failed: software goes on at the next key frame */
    struct frame_maker *maker;
    struct orientation turn; /* as the file says; of a still it is known when its bytes have been read */
    AVPacket *bytes;         /* of a still that is being decoded, else NULL */
    AVCodecParameters *par;  /* our own copies, because the demuxer may be lent to another clip */
    AVRational tb, sar;
    AVRational fps;          /* nominal, > 0 */
    bool late;               /* the container gives times of decoding alone, so pictures are told late */
    bool grid;               /* frames lie on multiples of 1/fps, so their numbers give their times */
    int64_t first_pts;       /* time stamp of the first picture that is shown */
    int64_t lead_smp;        /* how much later than the file's beginning that is */
    int64_t from_smp;        /* where the segment starts, counted from the first picture; may be negative */
    int64_t from_frame;      /* with a grid: the number, in the file, of the frame that is on show there */
    bool aligned;            /* with a grid: the segment starts exactly where that frame does */
    int64_t start_smp;       /* position in the segment from which frames are wanted */
    int64_t length_smp;      /* as the range declares it; US_NONE: up to the end of the file */
    int64_t skip_pts;        /* earlier frames are not even needed as the one that is on show at the start */
    AVFrame *got;            /* the frame that was decoded last */
    AVFrame *before, *after; /* the last frame before start_smp; a frame that waits until `before` has been given out */
    int64_t last_at, last_index, last_end;
    int64_t last_pts, came_pts; /* of the frame that was given out last; that the decoder gave last */
    int64_t sent[SENT];         /* time stamps of packets whose frames have not come out yet; unordered */
    int sent_n;
    int64_t failures; /* packets in a row that gave no frame */
    bool begun, draining, ended;
    bool passed; /* the next frame lies behind the segment */
    struct picture_decoder_facts facts;
};

static bool picture_decoder_check(const struct picture_decoder *p)
{
    assert(p->fps.num > 0 && p->fps.den > 0);
    assert(p->start_smp >= 0 && p->from_frame >= 0 && p->lead_smp >= 0);
    assert(p->from_smp >= -p->lead_smp);
    assert(p->length_smp == US_NONE || p->length_smp > 0);
    assert(p->last_at >= -1 && p->last_index >= -1);
    assert(p->sent_n >= 0 && p->sent_n <= SENT);
    assert(p->failures >= 0 && p->failures <= DAMAGE_LIMIT + 1);
    assert(!p->after || !p->before); /* `after` waits only until `before` has been given out */
    assert(!p->hw || !p->still || p->hw_format == AV_PIX_FMT_NONE);
    return true;
}

/* --- rate ------------------------------------------------------------------------------------------------------ */

/* Containers give the rate as a quotient of rounded numbers. Returns the standard rate that it must have been, if
 * there is one. */
static AVRational standard_rate(AVRational r)
{
    static const AVRational known[] = {{24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1},       {48, 1},
                                       {50, 1},       {60, 1}, {12, 1}, {15, 1},       {60000, 1001}, {120, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (ABS(av_q2d(r) / av_q2d(known[i]) - 1) < 2e-4)
            return known[i];
    return r;
}

static bool rates_match(AVRational a, AVRational b, double by)
{
    return a.num > 0 && b.num > 0 && ABS(av_q2d(a) / av_q2d(b) - 1) < by;
}

bool picture_decoder_rate(const AVStream *st, int32_t *num, int32_t *den)
{
    const AVRational avg = st->avg_frame_rate, base = st->r_frame_rate;
    const AVRational doubled = av_mul_q(avg, (AVRational){2, 1}); /* some files count fields */
    const bool plausible = avg.num > 0 && avg.den > 0 && av_q2d(avg) <= 1000;
    const bool grid = plausible && (rates_match(base, avg, 0.01) || rates_match(base, doubled, 0.01));
    AVRational r = rates_match(base, avg, 0.01) ? base : avg;
    r = plausible ? standard_rate(r) : (AVRational){25, 1};
    *num = r.num;
    *den = r.den;
    return grid;
}

struct orientation picture_decoder_turn(const AVStream *st, bool *exact)
{
    size_t size = 0;
    const uint8_t *m = av_stream_get_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (exact)
        *exact = true;
    return m && size >= 9 * sizeof(int32_t) ? orientation_of_matrix((const int32_t *)(const void *)m, exact)
                                            : (struct orientation){0};
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static bool fail_decoder(const struct picture_decoder *p, GError **error, const char *why)
{
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s", source_path(p->src), why);
    return false;
}

/* FFmpeg asks again without the device's format if the device cannot decode this stream; then we choose software. */
static enum AVPixelFormat choose_format(AVCodecContext *dec, const enum AVPixelFormat *offered)
{
    const struct picture_decoder *p = dec->opaque;
    for (const enum AVPixelFormat *f = offered; *f != AV_PIX_FMT_NONE; f++)
        if ((int)*f == p->hw_format)
            return *f;
    for (const enum AVPixelFormat *f = offered; *f != AV_PIX_FMT_NONE; f++)
        if (!(av_pix_fmt_desc_get(*f)->flags & AV_PIX_FMT_FLAG_HWACCEL))
            return *f;
    return AV_PIX_FMT_NONE;
}

static void attach_hardware(struct picture_decoder *p, const AVCodec *codec)
{
    AVBufferRef *device = p->still || !p->hw ? NULL : hardware_device(p->hw);
    p->hw_format = device ? hardware_format(codec, device) : AV_PIX_FMT_NONE;
    if (p->hw_format == AV_PIX_FMT_NONE)
        return;
    p->dec->hw_device_ctx = av_buffer_ref(device);
    p->dec->opaque = p;
    p->dec->get_format = choose_format;
}

static bool open_picture_codec(struct picture_decoder *p, GError **error)
{
    const AVCodecParameters *par = p->par;
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);
    if (!codec) {
        g_autofree char *lack = decoders_lack(par);
        return fail_decoder(p, error, lack);
    }
    if (!media_limits_picture(source_path(p->src), par->width, par->height, error))
        return false;
    p->dec = avcodec_alloc_context3(codec);
    if (avcodec_parameters_to_context(p->dec, par) < 0)
        return fail_decoder(p, error, "the header of its picture is damaged");
    const double rate = (double)par->width * par->height * av_q2d(p->fps);
    p->dec->thread_count = rate > THREADS_FROM_PIXEL_RATE ? CLAMP(av_cpu_count(), 1, MAX_THREADS) : 1;
    p->dec->pkt_timebase = p->tb;
    media_limits_decoder(p->dec);
    /* Without this the last frame of H.264 is lost if it lies in the open group in which decoding began. Frames that
     * cannot be decoded right lie before the key frame of that group, and so before everything we show. */
    p->dec->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    attach_hardware(p, codec);
    if (avcodec_open2(p->dec, codec, NULL) < 0)
        return fail_decoder(p, error, "the decoder of its picture does not start");
    return true;
}

static int64_t grid_smp(const struct picture_decoder *p, int64_t frame)
{
    return av_rescale_q(frame, av_inv_q(p->fps), SMP);
}

/* A place in the file, `us` after its first picture. */
struct file_place {
    int64_t smp, frame; /* from the first picture; the frame that is on show there */
    bool aligned;       /* that frame begins there */
};

static struct file_place place_at_us(const struct picture_decoder *p, int64_t us)
{
    const int64_t n = av_rescale_q(us, US, av_inv_q(p->fps));
    const int64_t off = us - av_rescale_q(n, av_inv_q(p->fps), US);
    if (p->grid && n >= 0 && ABS(off) <= SNAP_US)
        return (struct file_place){grid_smp(p, n), n, true};
    return (struct file_place){us_to_smp(us), MAX(off < 0 ? n - 1 : n, 0), false};
}

/* Where frame n of the file lies in the segment. */
static int64_t frame_smp(const struct picture_decoder *p, int64_t n)
{
    return p->aligned ? grid_smp(p, n - p->from_frame) : grid_smp(p, n) - p->from_smp;
}

static void set_range(struct picture_decoder *p, const struct picture_decoder_range *r)
{
    const int64_t lead_us = smp_to_us(r->lead_smp);
    const struct file_place from = place_at_us(p, MAX(r->from_us, 0) - lead_us);
    p->lead_smp = r->lead_smp;
    p->from_smp = MAX(from.smp, -p->lead_smp); /* the lead may have been rounded */
    p->from_frame = from.frame;
    p->aligned = from.aligned;
    p->start_smp = MAX(r->start_smp, 0);
    p->length_smp = r->length_smp;
    if (p->length_smp != US_NONE || r->to_us <= 0)
        return;
    const struct file_place to = place_at_us(p, r->to_us - lead_us);
    p->length_smp = to.aligned ? frame_smp(p, to.frame) : to.smp - p->from_smp;
}

struct picture_decoder *picture_decoder_open(struct source *src, int stream, const struct picture_decoder_range *range,
                                             const struct media *m, const atomic_bool *stop, GError **error)
{
    struct picture_decoder *p = g_new0(struct picture_decoder, 1);
    const AVStream *st = source_format(src)->streams[stream];
    int32_t num, den;
    p->src = src;
    p->stream = stream;
    p->stop = stop;
    p->hw = m ? media_hardware(m) : NULL;
    p->maker = frame_maker_new(m ? media_tone_maps(m) : NULL, colour_of_stream(st).peak_nits);
    p->still = source_is_still(src);
    p->tb = st->time_base;
    p->late = strcmp(source_format(src)->iformat->name, "avi") == 0;
    p->sar = st->sample_aspect_ratio;
    p->turn = picture_decoder_turn(st, NULL);
    p->par = avcodec_parameters_alloc();
    avcodec_parameters_copy(p->par, st->codecpar);
    p->grid = picture_decoder_rate(st, &num, &den);
    p->fps = (AVRational){num, den};
    p->last_at = p->last_index = -1;
    p->got = av_frame_alloc();
    set_range(p, range);
    bool good = open_picture_codec(p, error);
    if (good && (p->first_pts = source_first_pts(src, stream, NULL)) == AV_NOPTS_VALUE) {
        p->first_pts = 0;
        good = p->still || !source_at_eof(src) || source_bytes(src) > 0;
        if (!good)
            fail_decoder(p, error, "holds no picture");
    }
    if (good && p->length_smp != US_NONE && p->length_smp <= 0)
        good = fail_decoder(p, error, "the range is empty");
    if (!good) {
        picture_decoder_close(p);
        return NULL;
    }
    const bool side = p->turn.quarters % 2 != 0;
    p->facts.width = side ? p->dec->height : p->dec->width;
    p->facts.height = side ? p->dec->width : p->dec->height;
    assert(picture_decoder_check(p));
    return p;
}

void picture_decoder_close(struct picture_decoder *p)
{
    if (!p)
        return;
    av_packet_free(&p->bytes);
    av_frame_free(&p->got);
    av_frame_free(&p->before);
    av_frame_free(&p->after);
    avcodec_free_context(&p->dec);
    avcodec_parameters_free(&p->par);
    frame_maker_free(p->maker);
    g_free(p);
}

/* --- where ----------------------------------------------------------------------------------------------------- */

int64_t picture_decoder_first_smp(const struct picture_decoder *p)
{
    return av_rescale_q(p->first_pts, p->tb, SMP);
}

int64_t picture_decoder_from_smp(const struct picture_decoder *p)
{
    return p->from_smp + p->lead_smp;
}

/* Where frames are wanted from, counted from the first picture. */
static int64_t target_smp(const struct picture_decoder *p)
{
    return p->from_smp + p->start_smp;
}

int64_t picture_decoder_target_us(const struct picture_decoder *p)
{
    if (target_smp(p) <= 0)
        return INT64_MIN;
    return av_rescale_q(p->first_pts, p->tb, US) + smp_to_us(target_smp(p));
}

static int64_t grid_tolerance(const struct picture_decoder *p)
{
    return MAX(1, av_rescale_q(GRID_TOLERANCE_US, US, p->tb));
}

/* A frame off the grid that lies this near to where the segment begins or ends is taken to lie there: the range may have
 * been named after rounded time stamps. */
static int64_t off_grid_slack_smp(const struct picture_decoder *p)
{
    return MIN(grid_smp(p, 1) / 4, us_to_smp(OFF_GRID_SNAP_US));
}

/* Some slack, so that rounded time stamps do not hide the frame that is wanted. Earlier frames than the one that is on
 * show at the start are only decoded if others refer to them. */
void picture_decoder_begin(struct picture_decoder *p)
{
    const int64_t half = av_rescale_q(1, av_inv_q(p->fps), p->tb) / 2;
    const int64_t slack = p->grid ? grid_tolerance(p) : av_rescale_q(off_grid_slack_smp(p), SMP, p->tb);
    const int64_t target = p->first_pts + av_rescale_q(target_smp(p), SMP, p->tb);
    p->begun = true;
    p->skip_pts = INT64_MIN;
    if (target_smp(p) <= 0)
        return;
    const int64_t due = source_skip_to_key(p->src, p->stream, target + MIN(slack, half));
    if (due != AV_NOPTS_VALUE)
        p->skip_pts = due;
}

int64_t picture_decoder_length_smp(const struct picture_decoder *p)
{
    return p->length_smp;
}

/* Where a picture with that time stamp lies on the grid: the number of its frame in the file. False: not on it. */
static bool grid_frame(const struct picture_decoder *p, int64_t pts, int64_t *frame)
{
    const int64_t rel = pts - p->first_pts;
    *frame = av_rescale_q(rel, p->tb, av_inv_q(p->fps));
    return p->grid && ABS(rel - av_rescale_q(*frame, av_inv_q(p->fps), p->tb)) <= grid_tolerance(p);
}

static int64_t off_grid_smp(const struct picture_decoder *p, int64_t pts)
{
    return av_rescale_q(pts - p->first_pts, p->tb, SMP) - p->from_smp;
}

int64_t picture_decoder_end_smp(const struct picture_decoder *p)
{
    int64_t duration, n;
    const int64_t last = source_last_pts(p->src, p->stream, &duration), told = source_told_end(p->src, p->stream);
    if (p->still || !(p->ended || source_at_eof(p->src)))
        return US_NONE;
    if (last == AV_NOPTS_VALUE) /* the file tells no times at all */
        return p->ended ? p->last_end : US_NONE;
    const bool on_grid = grid_frame(p, last, &n);
    const int64_t at = on_grid ? frame_smp(p, n) : off_grid_smp(p, last);
    const int64_t period = on_grid ? frame_smp(p, n + 1) - at : grid_smp(p, 1);
    const int64_t by = told > last ? told - last : told == AV_NOPTS_VALUE ? duration : 0;
    const int64_t lasts = av_rescale_q(by, p->tb, SMP);
    const bool rounded = on_grid && ABS(lasts - period) <= us_to_smp(END_SNAP_US);
    return at + (lasts > 0 && !rounded ? lasts : period);
}

void picture_decoder_facts(const struct picture_decoder *p, struct picture_decoder_facts *out)
{
    const int refs = p->dec->has_b_frames + MAX(p->dec->refs, 3) + p->dec->thread_count;
    int64_t duration;
    *out = p->facts;
    out->last_end_smp = p->last_end;
    out->complete = p->last_index >= 0 && (p->passed || p->last_pts >= source_last_pts(p->src, p->stream, &duration));
    out->decoder_bytes = (int64_t)refs * p->facts.width * p->facts.height * 3 / 2;
}

/* --- decoding -------------------------------------------------------------------------------------------------- */

struct frame_place {
    int64_t at, index, dur;
    bool on_grid;
};

static struct frame_place place_frame(const struct picture_decoder *p, const AVFrame *f)
{
    int64_t n;
    struct frame_place l = {.on_grid = grid_frame(p, f->best_effort_timestamp, &n)};
    l.index = n - p->from_frame;
    if (l.on_grid) {
        l.at = frame_smp(p, n);
        l.dur = frame_smp(p, n + 1) - l.at;
        return l;
    }
    l.at = off_grid_smp(p, f->best_effort_timestamp);
    l.dur = av_versions_duration(f) > 0 ? av_rescale_q(av_versions_duration(f), p->tb, SMP) : grid_smp(p, 1);
    const int64_t slack = off_grid_slack_smp(p);
    if (ABS(l.at - p->start_smp) <= slack)
        l.at = p->start_smp;
    else if (p->length_smp != US_NONE && ABS(l.at - p->length_smp) <= slack)
        l.at = p->length_smp;
    return l;
}

static bool picture_stopped(const struct picture_decoder *p)
{
    return atomic_load_explicit(p->stop, memory_order_relaxed);
}

/* VP8 has packets that only others refer to; the first bits say so (RFC 6386, section 9.1). */
static bool is_hidden(const struct picture_decoder *p, const AVPacket *pkt)
{
    enum { SHOW_FRAME = 1 << 4 };
    return p->par->codec_id == AV_CODEC_ID_VP8 && !(pkt->data[0] & SHOW_FRAME);
}

static void note_sent(struct picture_decoder *p, int64_t pts)
{
    if (pts != AV_NOPTS_VALUE && p->sent_n < SENT)
        p->sent[p->sent_n++] = pts;
}

/* A frame has come out. Frames come in order, so those whose packets lie between it and the frame before it never will.
 * Less than a frame's time behind that one lies its second field. */
static void note_missing(struct picture_decoder *p, int64_t pts, bool counts)
{
    const int64_t apart = p->grid ? av_rescale_q(3, av_inv_q(p->fps), p->tb) / 4 : 1;
    int kept = 0;
    for (int i = 0; i < p->sent_n; i++) {
        p->facts.missing += counts && p->sent[i] < pts && p->sent[i] >= p->came_pts + apart;
        if (p->sent[i] > pts)
            p->sent[kept++] = p->sent[i];
    }
    p->sent_n = kept;
    p->came_pts = pts;
}

static void keep_still(struct picture_decoder *p, const AVPacket *pkt)
{
    p->turn = source_still_turn(p->src, pkt);
    av_packet_free(&p->bytes);
    p->bytes = av_packet_clone(pkt);
}

static void note_refusal(struct picture_decoder *p, const char *why)
{
    if (!p->facts.refused)
        p->facts.refused = why;
}

/* Frames before the range to which no other refers are not decoded, which saves a third of the cost of starting
 * between key frames. */
static bool send_picture_packet(struct picture_decoder *p)
{
    AVPacket *pkt = source_next(p->src, p->stream);
    if (!pkt) {
        p->draining = true;
        return avcodec_send_packet(p->dec, NULL) >= 0;
    }
    if (pkt->size == 0) { /* how AVI says that the picture before stays */
        av_packet_free(&pkt);
        return true;
    }
    if (p->wants_key && !(pkt->flags & AV_PKT_FLAG_KEY)) {
        p->facts.damaged++;
        av_packet_free(&pkt);
        return true;
    }
    p->wants_key = false;
    if (p->still)
        keep_still(p, pkt);
    const bool shown = !(pkt->flags & AV_PKT_FLAG_DISCARD);
    const bool needed = shown && (pkt->pts == AV_NOPTS_VALUE || pkt->pts >= p->skip_pts);
    p->dec->skip_frame = needed ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
    if (needed && !is_hidden(p, pkt))
        note_sent(p, pkt->pts);
    const char *unfit = media_limits_packet(p->dec, pkt);
    const int err = unfit ? AVERROR_INVALIDDATA : avcodec_send_packet(p->dec, pkt);
    if (err < 0 && err != AVERROR(EAGAIN)) {
        note_refusal(p, unfit ? unfit : media_limits_refused(p->dec, p->par));
        p->facts.damaged++;
        p->failures++;
    }
    av_packet_free(&pkt);
    return p->failures < DAMAGE_LIMIT;
}

/* The frames between here and the next key frame are lost; the last frame stays on show. */
static bool fall_back_to_software(struct picture_decoder *p)
{
    hardware_give_up(p->hw);
    avcodec_free_context(&p->dec);
    p->wants_key = true;
    p->facts.hardware = false;
    return open_picture_codec(p, NULL);
}

/* Copies the frame from the device's memory into ours. */
static bool download_frame(struct picture_decoder *p)
{
    AVFrame *here = av_frame_alloc();
    bool good = av_hwframe_transfer_data(here, p->got, 0) >= 0 && av_frame_copy_props(here, p->got) >= 0;
    av_frame_unref(p->got);
    if (good)
        av_frame_move_ref(p->got, here);
    av_frame_free(&here);
    p->facts.hardware = good;
    return good;
}

/* When the picture in p->got is shown, if the file does not say so. FFmpeg goes by the packet with which a picture comes out
 * of the decoder; where packets have no other times, as in AVI, that is late by as many pictures as the decoder keeps
 * back. Those that come out at the end, without a packet, follow one after the other. */
static void settle_time(struct picture_decoder *p)
{
    int64_t *const pts = &p->got->best_effort_timestamp;
    if (p->late && *pts != AV_NOPTS_VALUE)
        *pts -= p->dec->has_b_frames * av_rescale_q(1, av_inv_q(p->fps), p->tb);
    else if (*pts == AV_NOPTS_VALUE && p->facts.decoded > 1)
        *pts = p->came_pts + av_rescale_q(1, av_inv_q(p->fps), p->tb);
    else if (*pts == AV_NOPTS_VALUE)
        *pts = p->first_pts;
}

/* Decodes the next picture into p->got. */
static bool decode_picture(struct picture_decoder *p)
{
    while (!picture_stopped(p)) {
        const int err = avcodec_receive_frame(p->dec, p->got);
        if (err >= 0 && p->got->hw_frames_ctx && !download_frame(p)) {
            if (!fall_back_to_software(p))
                return false;
            continue;
        }
        if (err >= 0) {
            p->failures = 0;
            p->facts.decoded++;
            settle_time(p);
            return true;
        }
        if (err != AVERROR_EOF && err != AVERROR(EAGAIN))
            note_refusal(p, media_limits_refused(p->dec, p->par));
        if (err == AVERROR_EOF || (err != AVERROR(EAGAIN) && (p->draining || ++p->failures >= DAMAGE_LIMIT)))
            return false;
        if (err == AVERROR(EAGAIN) && (p->draining || !send_picture_packet(p)))
            return false;
    }
    return false;
}

static AVFrame *steal_frame(AVFrame **from)
{
    AVFrame *f = *from;
    *from = NULL;
    return f;
}

static void keep_frame(AVFrame **in, AVFrame *f)
{
    av_frame_free(in);
    *in = av_frame_alloc();
    av_frame_move_ref(*in, f);
}

/* Where the file says nothing, the picture itself may (the SEI message of H.264 and HEVC). */
static struct orientation turn_of(const struct picture_decoder *p, const AVFrame *av)
{
    const AVFrameSideData *d = av_frame_get_side_data(av, AV_FRAME_DATA_DISPLAYMATRIX);
    if (p->turn.quarters || p->turn.mirrored || !d || d->size < 9 * sizeof(int32_t))
        return p->turn;
    return orientation_of_matrix((const int32_t *)(const void *)d->data, NULL);
}

/* Makes a frame of `av` and puts it in its place. The frame that is on show at the start begins there, even if it
 * began earlier in the file; and if there is none, the first that follows. */
static struct frame *make_frame(struct picture_decoder *p, AVFrame *av)
{
    const struct frame_place l = place_frame(p, av);
    const int64_t until = l.at + l.dur, pts = av->best_effort_timestamp;
    const bool partly = l.on_grid && l.at < p->start_smp && until > p->start_smp;
    if (p->sar.num > 0 && p->sar.den > 0)
        av->sample_aspect_ratio = p->sar;
    struct frame *f = frame_maker_make(p->maker, av, p->still, turn_of(p, av));
    if (!f)
        return NULL;
    f->index = MAX(l.index, p->last_index + 1);
    f->at_smp = p->last_index >= 0 || (partly && l.at >= 0) ? l.at : p->start_smp;
    f->dur_smp = p->length_smp == US_NONE ? until - f->at_smp : MIN(until, p->length_smp) - f->at_smp;
    f->dur_smp = MAX(f->dur_smp, 1);
    assert(f->at_smp > p->last_at && f->index > p->last_index); /* frames come in order, and each comes once */
    p->last_index = f->index;
    p->last_at = f->at_smp;
    p->last_end = f->at_smp + f->dur_smp;
    p->last_pts = pts;
    p->facts.width = f->width;
    p->facts.height = f->height;
    return f;
}

static struct frame *make_frame_and_free(struct picture_decoder *p, AVFrame *av)
{
    struct frame *f = make_frame(p, av);
    av_frame_free(&av);
    return f;
}

static struct frame *next_still(struct picture_decoder *p)
{
    if (p->ended || !decode_picture(p))
        return NULL;
    p->got->best_effort_timestamp = p->first_pts;
    p->ended = true;
    if (p->bytes)
        still_colour_complete(p->bytes->data, (size_t)p->bytes->size, p->got);
    av_packet_free(&p->bytes);
    struct frame *f = frame_maker_make(p->maker, p->got, true, turn_of(p, p->got));
    if (f) {
        f->dur_smp = p->length_smp != US_NONE ? p->length_smp : INT64_MAX / 2;
        p->facts.width = f->width;
        p->facts.height = f->height;
    }
    return f;
}

/* The frame that is on show at the start, if none that begins in the segment has been given out. */
static struct frame *last_shown_frame(struct picture_decoder *p)
{
    AVFrame *f = steal_frame(&p->before);
    p->ended = true;
    if (f && p->last_index < 0)
        return make_frame_and_free(p, f);
    av_frame_free(&f);
    return NULL;
}

struct frame *picture_decoder_next(struct picture_decoder *p)
{
    assert(p->begun && picture_decoder_check(p));
    if (p->still)
        return next_still(p);
    if (p->after)
        return make_frame_and_free(p, steal_frame(&p->after));
    while (!p->ended && decode_picture(p)) {
        const struct frame_place l = place_frame(p, p->got);
        p->facts.damaged += l.at >= p->start_smp && p->got->decode_error_flags != 0;
        note_missing(p, p->got->best_effort_timestamp, p->last_index >= 0);
        if (l.at < p->start_smp) {
            p->facts.discarded++;
            keep_frame(&p->before, p->got);
        } else if (p->length_smp != US_NONE && l.at >= p->length_smp) {
            p->passed = true;
            return last_shown_frame(p);
        } else if (l.at > p->start_smp && p->before && p->last_index < 0) {
            keep_frame(&p->after, p->got);
            return make_frame_and_free(p, steal_frame(&p->before));
        } else if (l.at > p->last_at) {
            struct frame *f = make_frame(p, p->got);
            if (f)
                return f;
            p->facts.damaged++;
        }
        av_frame_unref(p->got);
    }
    return picture_stopped(p) ? NULL : last_shown_frame(p);
}
