#include "media/sound_decoder.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <string.h>

#include "base/units.h"
#include "media/av_versions.h"
#include "media/decoders.h"
#include "media/media_limits.h"
#include "media/source.h"

enum {
    GAP_US = 20000, /* a time stamp must differ by more than this before we trust it rather than our count of samples */
    SNAP_US = 1300, /* a rounded time stamp is at most this far from the packet's true position */
    TOGETHER_US = 12000, /* picture and sound that begin at most this far apart belong together */
    ROUNDING_US = 1000,  /* a length in a container may be too short by this */
    RESAMPLER_WARMUP = 512,
    DAMAGE_LIMIT = 500,
};

static const AVRational SMP = {1, FILM_RATE};

struct sound_decoder {
    struct source *src;
    int stream;
    const atomic_bool *stop;
    AVCodecContext *dec;
    AVFrame *got;
    AVRational tb;
    int64_t first_pts, skip; /* time stamp of the first packet; priming after it, in samples at the stream's own rate */
    bool snap;               /* time stamps are too coarse, but all packets have one length */
    int64_t packet_len;      /* that length in samples at the stream's rate; 0 while unknown */

    int64_t want;   /* position of the next sample to give out */
    int64_t expect; /* position of the next decoded sample, at the stream's rate; US_NONE: as its time stamp says */

    struct SwrContext *swr;
    int rate, format; /* of the sound that the resampler was made for */
    AVChannelLayout layout;
    int64_t begin;  /* where the resampler began, at the stream's rate; US_NONE: it has not */
    int64_t out_at; /* position of the next sample that leaves the resampler */
    int64_t end;    /* where the real sound ends, if the last packet is declared to be shorter; else INT64_MAX */
    int64_t grace;  /* how many samples, at the stream's rate, that end may have been rounded down by */

    float *block; /* resampled, and not yet given out */
    int64_t block_cap, block_len, block_off, block_at;
    int64_t failures;
    bool draining, flushed;
    bool ended; /* everything has been given out */
};

static bool sound_decoder_check(const struct sound_decoder *t)
{
    assert(t->rate > 0 && t->packet_len >= 0 && t->grace >= 0);
    assert(t->block_off >= 0 && t->block_off <= t->block_len && t->block_len <= t->block_cap);
    assert(t->begin == US_NONE || t->swr);
    assert(t->failures >= 0);
    return true;
}

/* --- opening --------------------------------------------------------------------------------------------------- */

/* Lossy codecs carry state from packet to packet. Those with bit reservoirs or predictors need more than an overlap. */
int64_t sound_decoder_preroll_us(const struct sound_decoder *t)
{
    static const struct {
        enum AVCodecID id;
        int64_t us;
    } row[] = {{AV_CODEC_ID_AAC, 130000},    {AV_CODEC_ID_OPUS, 400000}, {AV_CODEC_ID_MP3, 300000},
               {AV_CODEC_ID_VORBIS, 200000}, {AV_CODEC_ID_AC3, 100000},  {AV_CODEC_ID_EAC3, 100000}};
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++)
        if (row[i].id == t->dec->codec_id)
            return row[i].us;
    const AVCodecDescriptor *d = avcodec_descriptor_get(t->dec->codec_id);
    return d && (d->props & AV_CODEC_PROP_LOSSLESS) && !(d->props & AV_CODEC_PROP_LOSSY) ? 15000 : 250000;
}

static bool has_even_packets(enum AVCodecID id)
{
    static const enum AVCodecID even[] = {AV_CODEC_ID_AAC, AV_CODEC_ID_OPUS, AV_CODEC_ID_MP3,  AV_CODEC_ID_MP2,
                                          AV_CODEC_ID_AC3, AV_CODEC_ID_EAC3, AV_CODEC_ID_FLAC, AV_CODEC_ID_ALAC};
    for (size_t i = 0; i < G_N_ELEMENTS(even); i++)
        if (even[i] == id)
            return true;
    return av_get_exact_bits_per_sample(id) > 0; /* PCM */
}

static bool open_sound_codec(struct sound_decoder *t, const AVStream *st, GError **error)
{
    const AVCodecParameters *par = st->codecpar;
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);
    t->dec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (t->dec && avcodec_parameters_to_context(t->dec, par) >= 0) {
        media_limits_decoder(t->dec);
        t->dec->thread_count = 1;
        t->dec->pkt_timebase = st->time_base;
        t->dec->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL; /* we cut by position, see choose_begin() */
        if (avcodec_open2(t->dec, codec, NULL) >= 0)
            return true;
    }
    g_autofree char *lack = decoders_lack(par);
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s", source_path(t->src),
                lack ? lack : "the decoder of its sound does not start");
    return false;
}

/* A first time stamp before 0 is how Matroska and Ogg say that there is priming. The header of Opus says how much, to
 * the sample. */
static int64_t untold_skip(const struct sound_decoder *t, const AVCodecParameters *par)
{
    enum { OPUS_PRE_SKIP_AT = 10 };
    if (par->codec_id == AV_CODEC_ID_OPUS && par->extradata_size >= OPUS_PRE_SKIP_AT + 2)
        return AV_RL16(par->extradata + OPUS_PRE_SKIP_AT);
    return -av_rescale_q(t->first_pts, t->tb, (AVRational){1, t->rate});
}

/* MP4 gives lengths in milliseconds, rounded down. If the picture ends less than one later, the two were cut together
 * and the sound is as long as the picture. Without this up to 47 samples would be silent at the join. */
static int64_t rounded_away(const struct sound_decoder *t)
{
    const AVFormatContext *fmt = source_format(t->src);
    const AVStream *sound = fmt->streams[t->stream];
    const AVRational per_sample = {1, t->rate};
    for (unsigned i = 0; i < fmt->nb_streams; i++) {
        const AVStream *st = fmt->streams[i];
        if (st->codecpar->codec_type != AVMEDIA_TYPE_VIDEO || st->duration <= 0 || sound->duration <= 0)
            continue;
        const int64_t apart = av_rescale_q(st->duration, st->time_base, per_sample) -
                              av_rescale_q(sound->duration, sound->time_base, per_sample);
        if (apart > 0 && apart <= av_rescale(ROUNDING_US, t->rate, 1000000))
            return apart;
    }
    return 0;
}

struct sound_decoder *sound_decoder_open(struct source *src, int stream, const atomic_bool *stop, GError **error)
{
    struct sound_decoder *t = g_new0(struct sound_decoder, 1);
    const AVStream *st = source_format(src)->streams[stream];
    t->src = src;
    t->stream = stream;
    t->stop = stop;
    t->tb = st->time_base;
    t->got = av_frame_alloc();
    t->expect = t->begin = US_NONE;
    t->end = INT64_MAX;
    t->rate = MAX(st->codecpar->sample_rate, 1);
    t->format = -1;
    if (!open_sound_codec(t, st, error)) {
        sound_decoder_close(t);
        return NULL;
    }
    const int64_t pts = source_first_pts(src, stream, &t->skip); /* may open the file anew */
    if (!source_format(src)) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: cannot be opened again to find where its sound begins",
                    source_path(src));
        sound_decoder_close(t);
        return NULL;
    }
    st = source_format(src)->streams[stream];
    t->first_pts = pts == AV_NOPTS_VALUE ? 0 : pts;
    if (t->skip == 0 && t->first_pts < 0)
        t->skip = untold_skip(t, st->codecpar);
    t->snap = av_cmp_q(t->tb, (AVRational){1, t->rate}) > 0 && has_even_packets(t->dec->codec_id);
    t->packet_len = st->codecpar->frame_size;
    t->grace = rounded_away(t);
    assert(sound_decoder_check(t));
    return t;
}

void sound_decoder_close(struct sound_decoder *t)
{
    if (!t)
        return;
    av_frame_free(&t->got);
    avcodec_free_context(&t->dec);
    swr_free(&t->swr);
    av_channel_layout_uninit(&t->layout);
    g_free(t->block);
    g_free(t);
}

/* --- positions at the stream's own rate ------------------------------------------------------------------------ */

/* Position of the first packet. Its time stamp may be rounded, but the priming is known to the sample. */
static int64_t first_place(const struct sound_decoder *t)
{
    const int64_t told = av_rescale_q(t->first_pts, t->tb, (AVRational){1, t->rate});
    const int64_t near = av_rescale(SNAP_US, t->rate, 1000000);
    return t->snap && ABS(told + t->skip) <= near ? -t->skip : told;
}

static int64_t content_place(const struct sound_decoder *t)
{
    return first_place(t) + t->skip;
}

int64_t sound_decoder_content_smp(const struct sound_decoder *t)
{
    return av_rescale(content_place(t), FILM_RATE, t->rate);
}

/* Muxers shift all streams so that the priming begins at 0, and they round. So picture and sound that were cut
 * together begin a few milliseconds, or the length of the priming, apart. If we took that literally, those samples
 * would be missing at every join. */
int64_t sound_decoder_align(const struct sound_decoder *t, int64_t at_smp)
{
    const int64_t apart = at_smp - sound_decoder_content_smp(t);
    const int64_t packet = t->packet_len > 0 ? t->packet_len : t->dec->codec_id == AV_CODEC_ID_AAC ? 1024 : 0;
    const int64_t priming = av_rescale(packet, FILM_RATE, t->rate);
    if (ABS(apart) <= FILM_RATE * TOGETHER_US / 1000000)
        return at_smp - apart;
    if (t->snap && priming > 0 && ABS(apart - priming) <= FILM_RATE * SNAP_US / 1000000)
        return at_smp - apart + priming;
    return at_smp;
}

static int64_t place_by_pts(const struct sound_decoder *t, int64_t pts)
{
    const int64_t told = av_rescale_q(pts, t->tb, (AVRational){1, t->rate});
    if (!t->snap || t->packet_len <= 0)
        return told;
    const int64_t base = first_place(t);
    const int64_t n = av_rescale(told - base, 1, t->packet_len);
    const int64_t snapped = base + n * t->packet_len;
    return ABS(snapped - told) <= av_rescale(SNAP_US, t->rate, 1000000) ? snapped : told;
}

/* After how many input samples an output sample of the resampler falls on an input sample again. */
static int64_t phase_step(const struct sound_decoder *t)
{
    return t->rate / av_gcd(t->rate, FILM_RATE);
}

static int64_t smp_of_place(const struct sound_decoder *t, int64_t place)
{
    const int64_t c = content_place(t);
    return sound_decoder_content_smp(t) + av_rescale(place - c, FILM_RATE, t->rate);
}

/* --- resampling ------------------------------------------------------------------------------------------------- */

static bool swr_fits(const struct sound_decoder *t)
{
    return t->swr && t->rate == t->got->sample_rate && t->format == t->got->format &&
           av_channel_layout_compare(&t->layout, &t->got->ch_layout) == 0;
}

static bool make_swr(struct sound_decoder *t)
{
    AVChannelLayout in = {0};
    AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
    if (t->got->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&in, t->got->ch_layout.nb_channels);
    else
        av_channel_layout_copy(&in, &t->got->ch_layout);
    swr_free(&t->swr);
    bool good = swr_alloc_set_opts2(&t->swr, &stereo, AV_SAMPLE_FMT_FLT, FILM_RATE, &in, t->got->format,
                                    t->got->sample_rate, 0, NULL) >= 0;
    if (good && in.nb_channels > 2) /* loud channels must not clip when they are folded down */
        av_opt_set_double(t->swr, "rematrix_maxval", 1.0, 0);
    static const double both[2] = {1.0, 1.0}; /* mono sounds as loud as the same sound in stereo */
    if (good && in.nb_channels == 1)
        good = swr_set_matrix(t->swr, both, 1) >= 0;
    av_channel_layout_uninit(&in);
    av_channel_layout_uninit(&t->layout);
    av_channel_layout_copy(&t->layout, &t->got->ch_layout);
    t->rate = t->got->sample_rate;
    t->format = t->got->format;
    t->begin = US_NONE;
    return good;
}

static void block_room(struct sound_decoder *t, int64_t n)
{
    if (n > t->block_cap) {
        t->block = g_renew(float, t->block, n *FILM_CHANNELS);
        t->block_cap = n;
    }
}

static bool resample(struct sound_decoder *t, const uint8_t **in, int n)
{
    const int room = swr_get_out_samples(t->swr, n);
    if (room < 0)
        return false;
    block_room(t, MAX(room, 1));
    uint8_t *out[1] = {(uint8_t *)t->block};
    const int got = swr_convert(t->swr, out, room, in, n);
    if (got < 0)
        return false;
    t->block_len = got;
    t->block_off = 0;
    t->block_at = t->out_at;
    t->out_at += got;
    assert(got <= room && sound_decoder_check(t));
    return true;
}

/* Where the resampler must begin so that everything from `want` on is as in a decode of the whole file. */
static int64_t choose_begin(const struct sound_decoder *t, int64_t first_there)
{
    const int64_t step = phase_step(t), c = content_place(t);
    const int64_t warm = t->rate == FILM_RATE ? 0 : RESAMPLER_WARMUP;
    const int64_t target = av_rescale_rnd(t->want, t->rate, FILM_RATE, AV_ROUND_DOWN) - warm;
    const int64_t low = MAX(first_there, c);
    const int64_t at = c + (target - c) / step * step;
    return target >= c && at >= low ? at : c + (low - c + step - 1) / step * step;
}

/* Gives the n samples at position `place` (those of t->got from `off` on) to the resampler, less what lies before its
 * beginning. */
static bool push_samples(struct sound_decoder *t, int64_t place, int64_t off, int64_t n)
{
    if (t->begin == US_NONE) {
        if (swr_init(t->swr) < 0) /* this also makes it forget what lay before a gap */
            return false;
        t->begin = choose_begin(t, place);
        t->out_at = smp_of_place(t, t->begin);
    }
    const int64_t cut = CLAMP(t->begin - place, 0, n);
    if (cut == n)
        return true;
    const int size = av_get_bytes_per_sample(t->format);
    const bool planar = av_sample_fmt_is_planar(t->format);
    const int channels = t->layout.nb_channels, planes = planar ? channels : 1;
    const uint8_t **in = g_newa(const uint8_t *, planes);
    for (int i = 0; i < planes; i++)
        in[i] = t->got->extended_data[i] + (off + cut) * size * (planar ? 1 : channels);
    return resample(t, in, (int)(n - cut));
}

/* --- decoding --------------------------------------------------------------------------------------------------- */

static int64_t tail_skip(const AVFrame *f)
{
    const AVFrameSideData *d = av_frame_get_side_data(f, AV_FRAME_DATA_SKIP_SAMPLES);
    return d && d->size >= 10 ? (int64_t)AV_RL32(d->data + 4) : 0;
}

/* MP4 says when the last packet is shorter than a frame of its codec, but FFmpeg 5.1 plays the padding all the same.
 * The resampler still gets all of it, as in a decode of the whole file; only its output is cut. */
static int64_t told_samples(const struct sound_decoder *t, const AVFrame *f)
{
    const bool fine = av_cmp_q(t->tb, (AVRational){1, f->sample_rate}) <= 0;
    if (!fine || av_versions_duration(f) <= 0)
        return f->nb_samples;
    const int64_t told = av_rescale_q(av_versions_duration(f), t->tb, (AVRational){1, f->sample_rate});
    return told < f->nb_samples ? MIN(f->nb_samples, told + t->grace) : f->nb_samples;
}

static void note_rate(struct sound_decoder *t)
{
    const int64_t told = t->rate;
    if (t->got->sample_rate != told && t->expect != US_NONE)
        t->expect = av_rescale(t->expect, t->got->sample_rate, told);
}

/* Takes one decoded frame: works out its position and which part of it is real, and passes that on to the resampler. */
static bool take_decoded_samples(struct sound_decoder *t)
{
    const AVFrame *f = t->got;
    if (f->nb_samples <= 0 || f->sample_rate <= 0 || f->ch_layout.nb_channels <= 0)
        return true;
    note_rate(t);
    if (!swr_fits(t) && !make_swr(t))
        return false;
    if (t->packet_len <= 0)
        t->packet_len = f->nb_samples;
    const int64_t pts = f->best_effort_timestamp;
    if (pts == AV_NOPTS_VALUE && t->expect == US_NONE)
        return true; /* just after a seek: wait for a packet that has a time stamp */
    const int64_t told = pts == AV_NOPTS_VALUE ? t->expect : place_by_pts(t, pts);
    const int64_t gap = av_rescale(GAP_US, t->rate, 1000000);
    if (t->expect == US_NONE || ABS(told - t->expect) > gap) {
        t->expect = told;
        if (t->begin != US_NONE && t->begin < told)
            t->begin = US_NONE;
    }
    const int64_t place = t->expect;
    const int64_t told_n = MAX(0, MIN(told_samples(t, f), f->nb_samples - tail_skip(f)));
    t->expect += f->nb_samples;
    t->end = told_n < f->nb_samples ? smp_of_place(t, place + told_n) : INT64_MAX;
    const int64_t before = CLAMP(content_place(t) - place, 0, f->nb_samples);
    if (before == f->nb_samples)
        return true;
    if (f->flags & AV_FRAME_FLAG_DISCARD) { /* an edit list leaves it out; what follows has a time stamp of its own */
        t->expect = US_NONE;
        return true;
    }
    return push_samples(t, place + before, before, f->nb_samples - before);
}

static bool flush_resampler(struct sound_decoder *t)
{
    if (t->flushed || !t->swr || t->begin == US_NONE)
        return false;
    t->flushed = true;
    return resample(t, NULL, 0);
}

static bool send_sound_packet(struct sound_decoder *t)
{
    AVPacket *pkt = source_next(t->src, t->stream);
    if (!pkt) {
        t->draining = true;
        return avcodec_send_packet(t->dec, NULL) >= 0;
    }
    const int err = avcodec_send_packet(t->dec, pkt);
    av_packet_free(&pkt);
    return (err >= 0 || err == AVERROR(EAGAIN)) || ++t->failures < DAMAGE_LIMIT;
}

/* Fills the block with some samples. False: the end. */
static bool decode_block(struct sound_decoder *t)
{
    t->block_len = t->block_off = 0;
    while (!atomic_load_explicit(t->stop, memory_order_relaxed)) {
        const int err = avcodec_receive_frame(t->dec, t->got);
        if (err >= 0) {
            t->failures = 0;
            const bool good = take_decoded_samples(t);
            av_frame_unref(t->got);
            if (!good)
                return false;
            if (t->block_len > 0)
                return true;
        } else if (err == AVERROR(EAGAIN) && !t->draining) {
            if (!send_sound_packet(t))
                return flush_resampler(t) && t->block_len > 0;
        } else if (t->draining || ++t->failures >= DAMAGE_LIMIT) {
            return flush_resampler(t) && t->block_len > 0;
        }
    }
    return false;
}

void sound_decoder_begin(struct sound_decoder *t, int64_t from_smp)
{
    t->want = from_smp;
}

/* Copies up to n samples from the block, or silence up to where it begins. 0: all of the block lies before what is
 * wanted. */
static int64_t read_block(struct sound_decoder *t, float *out, int64_t n)
{
    const int64_t at = t->block_at + t->block_off;
    if (at < t->want)
        t->block_off = MIN(t->block_len, t->block_off + (t->want - at));
    const int64_t left = MIN(t->block_len, t->end - t->block_at) - t->block_off;
    if (left <= 0)
        return 0;
    const int64_t silence = MIN(n, t->block_at + t->block_off - t->want);
    if (silence > 0) {
        memset(out, 0, (size_t)silence * FILM_CHANNELS * sizeof *out);
        t->want += silence;
        return silence;
    }
    const int64_t k = MIN(n, left);
    const float *src = t->block + t->block_off * FILM_CHANNELS;
    memcpy(out, src, (size_t)k * FILM_CHANNELS * sizeof *out);
    t->block_off += k;
    t->want += k;
    assert(t->block_at + t->block_off == t->want);
    return k;
}

int64_t sound_decoder_read(struct sound_decoder *t, float *out, int64_t n)
{
    int64_t done = 0;
    assert(sound_decoder_check(t));
    while (done < n) {
        const int64_t k = read_block(t, out + done * FILM_CHANNELS, n - done);
        done += k;
        if (k == 0 && !decode_block(t)) {
            t->ended = !atomic_load_explicit(t->stop, memory_order_relaxed);
            break;
        }
    }
    return done;
}

int64_t sound_decoder_end_smp(const struct sound_decoder *t, bool *exact)
{
    int64_t duration;
    const int64_t last = source_last_pts(t->src, t->stream, &duration);
    if (exact)
        *exact = t->ended;
    if (t->ended)
        return t->want;
    if (!source_at_eof(t->src))
        return US_NONE;
    if (last == AV_NOPTS_VALUE)
        return sound_decoder_content_smp(t);
    const int64_t packet =
        duration > 0 ? av_rescale_q(duration, t->tb, SMP) : av_rescale(t->packet_len, FILM_RATE, t->rate);
    return av_rescale_q(last, t->tb, SMP) + packet + FILM_RATE / 1000;
}
