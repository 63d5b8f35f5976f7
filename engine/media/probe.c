#include "media/probe.h"

#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <stdatomic.h>
#include <string.h>

#include "base/units.h"
#include "media/decoders.h"
#include "media/deinterlace.h"
#include "media/media_limits.h"
#include "media/picture_decoder.h"
#include "media/source.h"
#include "media/still_colour.h"
#include "media/told_length.h"

enum { FORMAT_PACKETS = 8 }; /* after this many packets a decoder has begun, or never will */

static const AVRational US = {1, 1000000};

static void swap(int32_t *a, int32_t *b)
{
    const int32_t was = *a;
    *a = *b;
    *b = was;
}

static void turn_probe(struct probe *p)
{
    if (p->turn.quarters % 2 == 0)
        return;
    swap(&p->width, &p->height);
    swap(&p->sar_num, &p->sar_den);
}

static void probe_picture(const AVFormatContext *fmt, const AVStream *st, struct probe *p)
{
    const AVCodecParameters *par = st->codecpar;
    const char *format = av_get_pix_fmt_name(par->format);
    const AVRational sar = av_guess_sample_aspect_ratio((AVFormatContext *)fmt, (AVStream *)st, NULL);
    p->has_picture = true;
    p->width = MAX(par->width, 0); /* a header may hold any number */
    p->height = MAX(par->height, 0);
    p->sar_num = sar.num > 0 ? sar.num : 1;
    p->sar_den = sar.num > 0 ? sar.den : 1;
    g_strlcpy(p->video_codec, avcodec_get_name(par->codec_id), sizeof p->video_codec);
    g_strlcpy(p->pixel_format, format ? format : "", sizeof p->pixel_format);
    p->interlaced = par->field_order > AV_FIELD_PROGRESSIVE;
    if (p->is_still)
        return;
    if (!picture_decoder_rate(st, &p->fps_num, &p->fps_den))
        p->fps_num = 0, p->fps_den = 1;
}

static void probe_track(const AVStream *st, struct probe_track *t)
{
    const AVDictionaryEntry *lang = av_dict_get(st->metadata, "language", NULL, 0);
    const bool known = lang && g_ascii_strcasecmp(lang->value, "und") != 0;
    g_strlcpy(t->codec, avcodec_get_name(st->codecpar->codec_id), sizeof t->codec);
    g_strlcpy(t->lang, known ? lang->value : "", sizeof t->lang);
    t->rate = st->codecpar->sample_rate;
    t->channels = st->codecpar->ch_layout.nb_channels;
    t->undecodable = !avcodec_find_decoder(st->codecpar->codec_id);
}

/* Nobody has looked where the tracks begin that are not heard: there as well, most likely. */
static void add_track(struct source *src, int stream, const struct told_start *start, struct probe *p)
{
    if (p->n_audio < PROBE_TRACKS) {
        struct probe_track *t = &p->audio[p->n_audio];
        const int64_t end_us = told_end_us(src, stream, start->sound_us);
        probe_track(source_format(src)->streams[stream], t);
        t->end_us = end_us == US_NONE ? US_NONE : end_us - start->file_us;
    }
    p->n_audio++;
}

static void probe_sounds(struct source *src, int heard, const struct told_start *start, struct probe *p)
{
    if (heard >= 0)
        add_track(src, heard, start, p);
    for (int i = 0; i < p->n_streams; i++)
        if (p->streams[i].kind == STREAM_SOUND && i != heard)
            add_track(src, i, start, p);
}

/* Those alone that the player can choose from: what appears only while the file is read, it never plays. */
static void probe_streams(const struct source *src, struct probe *p)
{
    int n;
    g_autofree struct stream_facts *facts = source_facts(src, &n);
    p->n_streams = n;
    for (int i = 0; i < n; i++)
        p->streams[i] = facts[i];
}

/* The decoders of FFmpeg's own leave out the second picture, of transparency, that lies beside each of WebM. */
static bool loses_alpha(const AVStream *st, const char *pixel_format)
{
    const AVDictionaryEntry *mode = av_dict_get(st->metadata, "alpha_mode", NULL, 0);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(av_get_pix_fmt(pixel_format));
    return mode && strcmp(mode->value, "1") == 0 && !(format && (format->flags & AV_PIX_FMT_FLAG_ALPHA));
}

static bool probe_check(const struct probe *p)
{
    assert(p->has_picture || p->n_audio > 0);
    assert(p->sar_num > 0 && p->sar_den > 0 && p->fps_den > 0 && p->fps_num >= 0);
    assert(p->turn.quarters < 4);
    assert(p->frames >= -1);
    return true;
}

static int known(int told, int none, int decoded)
{
    return told == none ? decoded : told;
}

/* What the container does not say of the colours, the codec's own header may. */
static void learn_colours(AVCodecParameters *par, const AVCodecContext *dec)
{
    par->color_space = known(par->color_space, AVCOL_SPC_UNSPECIFIED, dec->colorspace);
    par->color_trc = known(par->color_trc, AVCOL_TRC_UNSPECIFIED, dec->color_trc);
    par->color_primaries = known(par->color_primaries, AVCOL_PRI_UNSPECIFIED, dec->color_primaries);
    par->color_range = known(par->color_range, AVCOL_RANGE_UNSPECIFIED, dec->color_range);
    par->format = dec->pix_fmt;
}

/* One thread, and no more pixels than are allowed. NULL: there is no such decoder, or it does not start. */
static AVCodecContext *open_decoder(const AVCodecParameters *par)
{
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);
    AVCodecContext *dec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (dec && avcodec_parameters_to_context(dec, par) >= 0) {
        media_limits_decoder(dec);
        dec->thread_count = 1;
        dec->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT; /* as the player does: a part of a picture is one */
        if (avcodec_open2(dec, codec, NULL) >= 0)
            return dec;
    }
    avcodec_free_context(&dec);
    return NULL;
}

/* Sends packets until the first picture has come. Returns why one must not be decoded, or NULL. */
static const char *decode_first(struct source *src, int stream, AVCodecContext *dec, AVFrame *frame)
{
    const AVCodecParameters *par = source_format(src)->streams[stream]->codecpar;
    const char *unfit = NULL;
    bool good = true, came = false;
    for (int i = 0; good && !came && i < FORMAT_PACKETS; i++) {
        AVPacket *pkt = source_next(src, stream);
        if (i == 0 && !pkt)
            return "holds no picture";
        unfit = pkt ? media_limits_packet(dec, pkt) : NULL;
        good = pkt && !unfit && avcodec_send_packet(dec, pkt) >= 0;
        av_packet_free(&pkt);
        came = good && avcodec_receive_frame(dec, frame) >= 0;
    }
    return unfit ? unfit : came ? NULL : media_limits_refused(dec, par);
}

/* Is each picture coded with a header of its own, as JPEG and PNG are? Then the container may tell another size. */
static bool has_own_headers(const AVCodecParameters *par)
{
    const AVCodecDescriptor *d = avcodec_descriptor_get(par->codec_id);
    return d && (d->props & AV_CODEC_PROP_INTRA_ONLY);
}

/* Some containers, such as MP4, do not tell the pixel format; the first picture does. False if that may not be decoded. */
static bool decode_format(struct source *src, int stream, struct probe *p, GError **error)
{
    AVCodecParameters *par = source_format(src)->streams[stream]->codecpar;
    AVCodecContext *dec = open_decoder(par);
    AVFrame *frame = av_frame_alloc();
    const char *refused = NULL;
    source_choose(src, stream, -1);
    if (dec) {
        refused = decode_first(src, stream, dec, frame);
        learn_colours(par, dec);
        p->interlaced = p->interlaced || deinterlace_is_wanted(frame);
    }
    const char *format = dec ? av_get_pix_fmt_name(dec->pix_fmt) : NULL;
    if (format)
        g_strlcpy(p->pixel_format, format, sizeof p->pixel_format);
    if (refused)
        g_set_error(error, MEDIA_ERROR, 0, "%s: %s", source_path(src), refused);
    av_frame_free(&frame);
    avcodec_free_context(&dec);
    return !refused;
}

static void probe_colours(const AVStream *st, struct probe *p)
{
    p->colour = colour_of_stream(st);
    p->colour_problem = colour_problem(st);
}

/* False: no picture comes of it. */
static bool decode_packet(AVCodecContext *dec, AVPacket *pkt, AVFrame *f)
{
    return avcodec_send_packet(dec, pkt) >= 0 && avcodec_send_packet(dec, NULL) >= 0 &&
           avcodec_receive_frame(dec, f) >= 0;
}

/* The picture itself says what its headers leave out. Returns why it can't be shown, or NULL. */
static const char *decode_still(AVCodecParameters *par, AVPacket *pkt, struct probe *p)
{
    const int64_t pixels = (int64_t)par->width * par->height;
    AVCodecContext *dec = open_decoder(par);
    AVFrame *f = av_frame_alloc();
    const char *unfit = dec ? media_limits_packet(dec, pkt) : NULL;
    if (dec && !unfit && media_limits_enter(pixels, NULL)) {
        if (decode_packet(dec, pkt, f)) {
            still_colour_complete(pkt->data, (size_t)pkt->size, f);
            p->colour = colour_of_frame(f, p->colour.peak_nits);
            p->colour_problem =
                still_colour_is_foreign(pkt->data, (size_t)pkt->size, f) ? COLOUR_ODD_PROFILE : p->colour_problem;
            g_strlcpy(p->pixel_format, av_get_pix_fmt_name(f->format), sizeof p->pixel_format);
        } else
            unfit = "no picture can be decoded; save it anew";
        media_limits_leave(pixels);
    }
    av_frame_free(&f);
    avcodec_free_context(&dec);
    return unfit;
}

/* False with *error: its picture can't be shown. */
static bool probe_still(struct source *src, int stream, struct probe *p, GError **error)
{
    source_choose(src, stream, -1);
    AVPacket *pkt = source_next(src, stream);
    const char *unfit = NULL;
    if (pkt) {
        p->turn = source_still_turn(src, pkt);
        if (p->pixel_format[0] == '\0' || still_colour_is_told(pkt->data, (size_t)pkt->size))
            unfit = decode_still(source_format(src)->streams[stream]->codecpar, pkt, p);
    }
    av_packet_free(&pkt);
    if (unfit)
        g_set_error(error, MEDIA_ERROR, 0, "%s: %s", source_path(src), unfit);
    return !unfit;
}

/* What the file's last time stamp tells is the end of its last part. */
static void forget_lengths(struct probe *p)
{
    p->duration_us = US_NONE;
    p->frames = -1;
    for (int i = 0; i < MIN(p->n_audio, PROBE_TRACKS); i++)
        p->audio[i].end_us = US_NONE;
}

/* What the player would refuse before it has seen a packet. */
static bool can_begin(const struct source *src, int picture, int sound, GError **error)
{
    const int first = picture >= 0 ? picture : sound;
    g_autofree char *lack = first >= 0 ? decoders_lack(source_format(src)->streams[first]->codecpar)
                                       : g_strdup("holds neither picture nor sound");
    if (lack)
        g_set_error(error, MEDIA_ERROR, 0, "%s: %s", source_path(src), lack);
    return !lack;
}

bool probe_file(const char *path, const struct stream_wish *wish, struct probe *out, GError **error)
{
    atomic_bool never = false;
    *out = (struct probe){
        .duration_us = US_NONE, .frames = -1, .fps_den = 1, .sar_num = 1, .sar_den = 1, .turn_exact = true};
    struct source *src = source_open(NULL, path, &(struct media_user){.stop = &never}, error);
    if (!src)
        return false;
    const int picture = source_picture(src), sound = source_sound(src, wish);
    const struct told_start start = told_start_find(src, picture, sound);
    const struct told_length length = told_length_of(src, picture, sound, &start);
    AVFormatContext *fmt = source_format(src);
    probe_streams(src, out);
    g_strlcpy(out->format, fmt->iformat->name, sizeof out->format);
    out->is_still = source_is_still(src);
    out->cut_off = source_lacks_end(src);
    out->ends_untold = !out->cut_off && !out->is_still && source_ends_untold(src);
    out->wrong_times = source_times_lie(src);
    out->duration_us = length.us;
    out->frames = length.frames;
    if (picture >= 0)
        probe_picture(fmt, fmt->streams[picture], out);
    probe_sounds(src, sound, &start, out);
    const bool unknown = picture >= 0 && !out->is_still &&
                         (out->pixel_format[0] == '\0' || has_own_headers(fmt->streams[picture]->codecpar));
    bool good = !unknown || decode_format(src, picture, out, error);
    if (good && picture >= 0) {
        probe_colours(fmt->streams[picture], out);
        out->loses_alpha = loses_alpha(fmt->streams[picture], out->pixel_format);
    }
    if (good && picture >= 0 && out->is_still)
        good = probe_still(src, picture, out, error);
    else if (good && picture >= 0)
        out->turn = picture_decoder_turn(fmt->streams[picture], &out->turn_exact);
    turn_probe(out);
    out->restarts = good && source_restarts(src);
    if (out->restarts)
        forget_lengths(out);
    good = good && can_begin(src, picture, sound, error);
    assert(!good || probe_check(out));
    source_close(src);
    return good;
}

int64_t probe_length_smp(const struct probe *p)
{
    return p->is_still ? US_NONE : told_length_smp(p->duration_us, p->fps_num, p->fps_den);
}

/* --- key frames -------------------------------------------------------------------------------------------------- */

/* A damaged file may have a time at either end of the numbers, or none; then it has no place on the timeline. */
static void add_key(GArray *out, const AVStream *st, int64_t pts, int64_t zero)
{
    int64_t at;
    if (pts == AV_NOPTS_VALUE || __builtin_sub_overflow(pts, zero, &at))
        return;
    const int64_t us = av_rescale_q(at, st->time_base, US);
    if (out->len == 0 || us > g_array_index(out, int64_t, out->len - 1))
        g_array_append_val(out, us);
}

/* The index holds the times of decoding; each key frame is shown the same time after that. */
static void keys_from_index(AVStream *st, const AVPacket *first, int64_t zero, GArray *out)
{
    int64_t delay = 0, earlier;
    if (first->pts == AV_NOPTS_VALUE || first->dts == AV_NOPTS_VALUE ||
        __builtin_sub_overflow(first->pts, first->dts, &delay))
        delay = 0;
    if (__builtin_sub_overflow(zero, delay, &earlier))
        return;
    for (int i = 0; i < avformat_index_get_entries_count(st); i++) {
        const AVIndexEntry *e = avformat_index_get_entry(st, i);
        if (e->flags & AVINDEX_KEYFRAME)
            add_key(out, st, e->timestamp, earlier);
    }
}

static void keys_from_packets(struct source *src, int stream, int64_t zero, GArray *out)
{
    const AVStream *st = source_format(src)->streams[stream];
    for (AVPacket *p; (p = source_next(src, stream)); av_packet_free(&p))
        if (p->flags & AV_PKT_FLAG_KEY)
            add_key(out, st, p->pts != AV_NOPTS_VALUE ? p->pts : p->dts, zero);
}

GArray *probe_keyframes_us(const char *path, const atomic_bool *stop, GError **error)
{
    const atomic_bool never = false;
    struct source *src = source_open(NULL, path, &(struct media_user){.stop = stop ? stop : &never}, error);
    if (!src)
        return NULL;
    GArray *out = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const int stream = source_picture(src);
    if (stream >= 0 && !source_is_still(src)) {
        const struct told_start start = told_start_find(src, stream, source_sound(src, NULL));
        AVStream *st = source_format(src)->streams[stream];
        const int64_t zero = av_rescale_q(start.file_us, US, st->time_base);
        source_choose(src, stream, -1);
        const bool mp4 = g_str_has_prefix(source_format(src)->iformat->name, "mov");
        AVPacket *first = mp4 ? source_next(src, stream) : NULL;
        if (first)
            keys_from_index(st, first, zero, out);
        else
            keys_from_packets(src, stream, zero, out);
        av_packet_free(&first);
    }
    source_close(src);
    return out;
}

/* --- interleaving ------------------------------------------------------------------------------------------------ */

/* The position of a packet in the file, and its time. */
struct packet_place {
    int64_t pos, us;
    bool picture;
};

static int compare_places(const void *a, const void *b)
{
    const struct packet_place *x = a, *y = b;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

/* Within what can be subtracted: a damaged file has times at the ends of the numbers. */
static int64_t stream_us(const AVStream *st, int64_t time)
{
    return CLAMP(av_rescale_q(time, st->time_base, US), -(INT64_MAX / 4), INT64_MAX / 4);
}

static void place_index(AVStream *st, bool picture, GArray *out)
{
    for (int i = 0; i < avformat_index_get_entries_count(st); i++) {
        const AVIndexEntry *e = avformat_index_get_entry(st, i);
        const struct packet_place p = {e->pos, stream_us(st, e->timestamp), picture};
        g_array_append_val(out, p);
    }
}

/* Not every packet has a position: one without lies where the one that was read before it does, or behind it. */
static void place_packets(struct source *src, int picture, GArray *out)
{
    const AVFormatContext *fmt = source_format(src);
    int64_t pos = 0;
    for (AVPacket *pkt; (pkt = source_next_any(src)); av_packet_free(&pkt)) {
        const AVStream *st = fmt->streams[pkt->stream_index];
        const int64_t time = pkt->dts != AV_NOPTS_VALUE ? pkt->dts : pkt->pts;
        pos = pkt->pos >= 0 ? pkt->pos : pos + 1;
        const struct packet_place p = {pos, time == AV_NOPTS_VALUE ? 0 : stream_us(st, time),
                                       pkt->stream_index == picture};
        if (time != AV_NOPTS_VALUE)
            g_array_append_val(out, p);
    }
}

/* The greatest lead of one stream at a packet of the other. */
static int64_t interleave_of(GArray *places)
{
    int64_t latest[2] = {US_NONE, US_NONE}, worst = 0;
    assert(places->len == 0 || g_array_get_element_size(places) == sizeof(struct packet_place));
    if (places->len > 1)
        qsort(places->data, places->len, sizeof(struct packet_place), compare_places);
    for (guint i = 0; i < places->len; i++) {
        const struct packet_place *p = &g_array_index(places, struct packet_place, i);
        if (latest[!p->picture] != US_NONE)
            worst = MAX(worst, latest[!p->picture] - p->us);
        latest[p->picture] = MAX(latest[p->picture], p->us);
    }
    return worst;
}

int64_t probe_interleave_us(const char *path, bool whole, const atomic_bool *stop)
{
    const atomic_bool never = false;
    struct source *src = source_open(NULL, path, &(struct media_user){.stop = stop ? stop : &never}, NULL);
    if (!src)
        return US_NONE;
    AVFormatContext *fmt = source_format(src);
    const int picture = source_picture(src), sound = source_sound(src, NULL);
    const bool table = g_str_has_prefix(fmt->iformat->name, "mov");
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(struct packet_place));
    const bool both = picture >= 0 && sound >= 0 && !source_is_still(src);
    if (both && whole) {
        source_choose(src, picture, sound);
        place_packets(src, picture, places);
    } else if (both && table) {
        place_index(fmt->streams[picture], true, places);
        place_index(fmt->streams[sound], false, places);
    }
    source_close(src);
    return both && !table && !whole ? US_NONE : interleave_of(places);
}
