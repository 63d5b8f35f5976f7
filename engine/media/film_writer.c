#include "media/film_writer.h"

#include <assert.h>
#include <errno.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/fresh_file.h"
#include "base/units.h"
#include "media/film_copy.h"
#include "media/film_packets.h"
#include "media/frame.h"
#include "media/language.h"
#include "media/media_error.h"

enum { IO_BYTES = 1 << 18, SOUND_PACKET_SMP = 1024, TEXT_BYTES_MAX = 64 * 1024, SOUND_BITS = 256000 };

static const enum AVCodecID text_codecs[FILM_CONTAINERS] = {
    [FILM_MP4] = AV_CODEC_ID_MOV_TEXT, [FILM_MKV] = AV_CODEC_ID_SUBRIP, [FILM_MOV] = AV_CODEC_ID_MOV_TEXT};

/* `options`: as av_set_options_string() reads them. H.265's encoder writes what it thinks to the terminal unless told otherwise. */
struct picture_codec {
    const char *encoder;
    enum AVPixelFormat format;
    int quality; /* 0: it has none */
    const char *options;
};

static const struct picture_codec picture_codecs[FILM_PICTURES] = {
    [FILM_H264] = {"libx264", AV_PIX_FMT_YUV420P, 18, "preset=medium"},
    [FILM_H265] = {"libx265", AV_PIX_FMT_YUV420P, 20, "preset=medium:x265-params=log-level=none"},
    [FILM_PRORES] = {"prores_ks", AV_PIX_FMT_YUV422P10, 0, "profile=hq:vendor=apl0"},
    [FILM_FFV1] = {"ffv1", AV_PIX_FMT_BGR0, 0, "level=3:slicecrc=1"},
};

struct sound_codec {
    enum AVCodecID id;
    enum AVSampleFormat format;
    int bits; /* of a second; 0: as it comes */
};

static const struct sound_codec sound_codecs[FILM_SOUNDS] = {
    [FILM_AAC] = {AV_CODEC_ID_AAC, AV_SAMPLE_FMT_FLTP, SOUND_BITS},
    [FILM_FLAC] = {AV_CODEC_ID_FLAC, AV_SAMPLE_FMT_S32, 0},
    [FILM_PCM] = {AV_CODEC_ID_PCM_S24LE, AV_SAMPLE_FMT_S32, 0},
};

static const AVRational SMP = {1, FILM_RATE};

/* What libavcodec's encoders of text take for no style at all: its own default, to the letter. */
static const char ass_header[] =
    "[Script Info]\r\nScriptType: v4.00+\r\nPlayResX: 384\r\nPlayResY: 288\r\n\r\n[V4+ Styles]\r\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding\r\n"
    "Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1\r\n\r\n[Events]\r\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n";

struct chapter {
    char *title;
    int64_t at_smp;
};

struct film_writer {
    struct film_writer_spec spec;
    struct fresh_file file;
    AVFormatContext *out;
    bool begun;  /* the header is written */
    int problem; /* errno of the first write that failed; 0: none did */

    AVCodecContext *pictures; /* NULL: they are copied */
    AVStream *picture_stream;
    struct SwsContext *sws;
    AVFrame *waiting; /* the last picture, whose length the next one tells; NULL: none */
    int64_t last_dts; /* of the copied ones */

    AVCodecContext *sounds;
    AVStream *sound_stream;
    float *samples; /* fewer than a packet of them */
    int n_samples, packet_smp;
    int64_t sound_smp;

    AVCodecContext *text;    /* NULL: there are no tracks */
    GPtrArray *text_streams; /* AVStream */
    GArray *chapters;
};

static bool writer_check(const struct film_writer *w)
{
    assert(w->n_samples >= 0 && w->n_samples < w->packet_smp);
    assert(!w->pictures == (w->spec.copy != NULL));
    assert(!w->waiting || w->pictures);
    return true;
}

static bool fail(const struct film_writer *w, GError **error, const char *what, int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(w->problem ? AVERROR(w->problem) : code, text, sizeof text);
    g_set_error(error, MEDIA_ERROR, 0, "%s: %s: %s", w->spec.path, w->problem ? "it can't be written" : what, text);
    return false;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int io_write(void *user, const uint8_t *bytes, int n)
#else
static int io_write(void *user, uint8_t *bytes, int n)
#endif
{
    struct film_writer *w = user;
    if (files_write(w->file.fd, bytes, (size_t)n))
        return n;
    w->problem = errno;
    return AVERROR(errno);
}

static int io_read(void *user, uint8_t *bytes, int n)
{
    const struct film_writer *w = user;
    const ssize_t got = read(w->file.fd, bytes, (size_t)n);
    return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(errno);
}

static int64_t io_seek(void *user, int64_t offset, int whence)
{
    const struct film_writer *w = user;
    if (whence & AVSEEK_SIZE)
        return AVERROR(ENOSYS);
    const off_t at = lseek(w->file.fd, offset, whence);
    return at < 0 ? AVERROR(errno) : at;
}

static bool begin_file(struct film_writer *w, GError **error)
{
    const char *format = film_container_format(w->spec.container);
    if (!fresh_file_begin(&w->file, w->spec.path, error))
        return false;
    if (avformat_alloc_output_context2(&w->out, NULL, format, NULL) < 0)
        return fail(w, error, "FFmpeg writes no such files", AVERROR_MUXER_NOT_FOUND);
    w->out->pb = avio_alloc_context(av_malloc(IO_BYTES), IO_BYTES, 1, w, io_read, io_write, io_seek);
    w->out->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (w->spec.title)
        av_dict_set(&w->out->metadata, "title", w->spec.title, 0);
    return true;
}

static AVStream *add_stream(struct film_writer *w, const AVCodecContext *encoder)
{
    AVStream *st = avformat_new_stream(w->out, NULL);
    st->time_base = encoder->time_base;
    avcodec_parameters_from_context(st->codecpar, encoder);
    return st;
}

/* ---- encoders ---------------------------------------------------------------------------------------------------- */

static AVCodecContext *new_encoder(struct film_writer *w, const AVCodec *codec)
{
    AVCodecContext *e = avcodec_alloc_context3(codec);
    e->time_base = SMP;
    if (w->out->oformat->flags & AVFMT_GLOBALHEADER)
        e->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    return e;
}

static void set_picture(AVCodecContext *e, const struct film_writer_spec *spec, const struct picture_codec *c)
{
    e->width = spec->width;
    e->height = spec->height;
    e->pix_fmt = c->format;
    e->sample_aspect_ratio = (AVRational){1, 1};
    e->framerate = (AVRational){spec->rate_num, spec->rate_den};
    if (c->format == AV_PIX_FMT_BGR0)
        return;
    e->colorspace = AVCOL_SPC_BT709;
    e->color_primaries = AVCOL_PRI_BT709;
    e->color_trc = AVCOL_TRC_BT709;
    e->color_range = AVCOL_RANGE_MPEG;
#ifdef AV_CODEC_FLAG_FRAME_DURATION
    if (e->codec->capabilities & AV_CODEC_CAP_ENCODER_REORDERED_OPAQUE)
        e->flags |= AV_CODEC_FLAG_FRAME_DURATION;
#endif
}

static bool open_pictures(struct film_writer *w, GError **error)
{
    const struct picture_codec *c = &picture_codecs[w->spec.picture];
    const AVCodec *codec = avcodec_find_encoder_by_name(c->encoder);
    if (!codec) {
        g_set_error(error, MEDIA_ERROR, 0, "this FFmpeg has no encoder %s for %s; name another --codec", c->encoder,
                    film_picture_names[w->spec.picture]);
        return false;
    }
    w->pictures = new_encoder(w, codec);
    set_picture(w->pictures, &w->spec, c);
    av_set_options_string(w->pictures->priv_data, c->options, "=", ":");
    if (c->quality > 0)
        av_opt_set_double(w->pictures->priv_data, "crf", w->spec.quality > 0 ? w->spec.quality : c->quality, 0);
    const int code = avcodec_open2(w->pictures, codec, NULL);
    if (code < 0)
        return fail(w, error, "the encoder of its pictures does not start", code);
    w->picture_stream = add_stream(w, w->pictures);
    w->picture_stream->avg_frame_rate = w->pictures->framerate;
    return true;
}

static bool open_copy(struct film_writer *w)
{
    AVStream *st = w->picture_stream = avformat_new_stream(w->out, NULL);
    st->time_base = SMP;
    st->avg_frame_rate = film_copy_rate(w->spec.copy);
    w->last_dts = INT64_MIN;
    const bool good = avcodec_parameters_copy(st->codecpar, film_copy_parameters(w->spec.copy)) >= 0;
    st->codecpar->codec_tag = 0; /* each container has its own */
    st->sample_aspect_ratio = st->codecpar->sample_aspect_ratio;
    return good;
}

static bool open_sounds(struct film_writer *w, GError **error)
{
    const struct sound_codec *c = &sound_codecs[w->spec.sound];
    const AVCodec *codec = avcodec_find_encoder(c->id);
    if (!codec) {
        g_set_error(error, MEDIA_ERROR, 0, "this FFmpeg has no encoder for %s; name another --sound",
                    film_sound_names[w->spec.sound]);
        return false;
    }
    w->sounds = new_encoder(w, codec);
    w->sounds->sample_fmt = c->format;
    w->sounds->sample_rate = FILM_RATE;
    w->sounds->bit_rate = c->bits;
    w->sounds->bits_per_raw_sample = c->format == AV_SAMPLE_FMT_S32 ? 24 : 0;
    av_channel_layout_default(&w->sounds->ch_layout, FILM_CHANNELS);
    const int code = avcodec_open2(w->sounds, codec, NULL);
    if (code < 0)
        return fail(w, error, "the encoder of its sound does not start", code);
    w->packet_smp = w->sounds->frame_size > 0 ? w->sounds->frame_size : SOUND_PACKET_SMP;
    w->samples = g_new(float, (gsize)w->packet_smp *FILM_CHANNELS);
    w->sound_stream = add_stream(w, w->sounds);
    return true;
}

static bool open_texts(struct film_writer *w, GError **error)
{
    const AVCodec *codec = avcodec_find_encoder(text_codecs[w->spec.container]);
    if (w->spec.n_texts == 0)
        return true;
    w->text = codec ? new_encoder(w, codec) : NULL;
    if (w->text) {
        w->text->subtitle_header = (uint8_t *)av_strdup(ass_header);
        w->text->subtitle_header_size = (int)strlen(ass_header);
    }
    const int code = w->text ? avcodec_open2(w->text, codec, NULL) : AVERROR_ENCODER_NOT_FOUND;
    if (code < 0)
        return fail(w, error, "the encoder of its subtitles does not start", code);
    for (int32_t i = 0; i < w->spec.n_texts; i++) {
        char language[LANGUAGE_THREE_BYTES];
        AVStream *st = add_stream(w, w->text);
        language_three(w->spec.texts[i], language);
        av_dict_set(&st->metadata, "language", language, 0);
        g_ptr_array_add(w->text_streams, st);
    }
    return true;
}

static void clear_chapter(void *chapter)
{
    g_free(((struct chapter *)chapter)->title);
}

struct film_writer *film_writer_open(const struct film_writer_spec *spec, GError **error)
{
    struct film_writer *w = g_new0(struct film_writer, 1);
    assert(film_container_holds(spec->container, spec->picture, spec->sound));
    w->spec = *spec;
    w->spec.path = g_strdup(spec->path);
    w->file.fd = -1;
    w->packet_smp = SOUND_PACKET_SMP;
    w->text_streams = g_ptr_array_new();
    w->chapters = g_array_new(FALSE, FALSE, sizeof(struct chapter));
    g_array_set_clear_func(w->chapters, clear_chapter);
    bool good = begin_file(w, error) && (spec->copy ? open_copy(w) : open_pictures(w, error)) &&
                open_sounds(w, error) && open_texts(w, error);
    const int code = good ? avformat_write_header(w->out, NULL) : 0;
    w->begun = good && code >= 0;
    if (good && code < 0)
        good = fail(w, error, "FFmpeg can't begin it", code);
    if (good)
        return w;
    film_writer_drop(w);
    return NULL;
}

/* Takes the packet's content. */
static bool put(struct film_writer *w, AVPacket *p, AVRational tb, AVStream *st, GError **error)
{
    av_packet_rescale_ts(p, tb, st->time_base);
    p->stream_index = st->index;
    const int code = av_interleaved_write_frame(w->out, p);
    return code >= 0 || fail(w, error, "FFmpeg refuses a packet", code);
}

/* NULL: no more follows. */
static bool encode(struct film_writer *w, AVCodecContext *e, AVStream *st, const AVFrame *f, GError **error)
{
    AVPacket *p = av_packet_alloc();
    int code = avcodec_send_frame(e, f);
    bool good = code >= 0 || fail(w, error, "FFmpeg can't encode it", code);
    while (good && (code = avcodec_receive_packet(e, p)) >= 0)
        good = put(w, p, SMP, st, error);
    if (good && code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        good = fail(w, error, "FFmpeg can't encode it", code);
    av_packet_free(&p);
    return good;
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

static void set_length(AVFrame *f, int64_t smp)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    f->duration = smp;
#else
    f->pkt_duration = smp;
#endif
}

/* The picture that waits lasts until `until_smp`; `next` waits from now on, which this takes. Of two that begin together, the later
 * one counts. */
static bool push(struct film_writer *w, AVFrame *next, int64_t until_smp, GError **error)
{
    bool good = true;
    if (w->waiting && w->waiting->pts < until_smp) {
        set_length(w->waiting, until_smp - w->waiting->pts);
        good = encode(w, w->pictures, w->picture_stream, w->waiting, error);
    }
    av_frame_free(&w->waiting);
    w->waiting = next;
    assert(writer_check(w));
    return good;
}

static AVFrame *new_picture(const struct film_writer *w, int64_t at_smp)
{
    AVFrame *f = av_frame_alloc();
    f->format = w->pictures->pix_fmt;
    f->width = w->spec.width;
    f->height = w->spec.height;
    f->pts = at_smp;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    return f;
}

/* BGRX, which is full, to what the encoder takes: BT.709, limited. */
static bool convert(struct film_writer *w, const uint8_t *bgrx, int pitch, AVFrame *to)
{
    const int width = w->spec.width, height = w->spec.height;
    if (!w->sws) {
        w->sws = sws_getContext(width, height, AV_PIX_FMT_BGR0, width, height, w->pictures->pix_fmt,
                                SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, NULL, NULL, NULL);
        const int *table = sws_getCoefficients(SWS_CS_ITU709);
        if (w->sws)
            sws_setColorspaceDetails(w->sws, table, 1, table, 0, 0, 1 << 16, 1 << 16);
    }
    const uint8_t *const from[4] = {bgrx};
    const int strides[4] = {pitch};
    return w->sws && sws_scale(w->sws, from, strides, 0, height, to->data, to->linesize) == height;
}

static void copy_rows(AVFrame *to, int plane, const uint8_t *from, int pitch, int bytes, int rows)
{
    for (int y = 0; y < rows; y++)
        memcpy(to->data[plane] + (ptrdiff_t)y * to->linesize[plane], from + (ptrdiff_t)y * pitch, (size_t)bytes);
}

bool film_writer_pixels(struct film_writer *w, const uint8_t *bgrx, int pitch, int64_t at_smp, GError **error)
{
    AVFrame *f = new_picture(w, at_smp);
    const bool as_they_are = w->pictures->pix_fmt == AV_PIX_FMT_BGR0;
    if (f && as_they_are)
        copy_rows(f, 0, bgrx, pitch, w->spec.width * 4, w->spec.height);
    if (!f || (!as_they_are && !convert(w, bgrx, pitch, f))) {
        av_frame_free(&f);
        return fail(w, error, "a picture can't be converted", AVERROR(ENOMEM));
    }
    return push(w, f, at_smp, error);
}

bool film_writer_frame(struct film_writer *w, const struct frame *f, int64_t at_smp, bool *taken, GError **error)
{
    const bool alike = f->format == FRAME_I420 && f->matrix == FRAME_BT709 && !f->full_range && f->turn.quarters == 0 &&
                       !f->turn.mirrored && f->width == w->spec.width && f->height == w->spec.height &&
                       f->sar_num == f->sar_den && w->pictures->pix_fmt == AV_PIX_FMT_YUV420P;
    AVFrame *to = alike ? new_picture(w, at_smp) : NULL;
    *taken = to != NULL;
    if (!to)
        return true;
    for (int i = 0; i < 3; i++)
        copy_rows(to, i, f->plane[i], f->stride[i], i == 0 ? f->width : f->width / 2,
                  i == 0 ? f->height : f->height / 2);
    return push(w, to, at_smp, error);
}

bool film_writer_copy(struct film_writer *w, int part, int64_t at_smp, GError **error)
{
    bool good = film_copy_begin(w->spec.copy, part);
    int n = (int)film_copy_times(w->spec.copy, part)->len;
    for (AVPacket *p; good && (p = film_copy_next(w->spec.copy)); av_packet_free(&p), n--) {
        p->pts += at_smp;
        p->dts = MAX(p->dts + at_smp, w->last_dts == INT64_MIN ? INT64_MIN : w->last_dts + 1);
        good = p->dts <= p->pts;
        w->last_dts = p->dts;
        if (good && !put(w, p, SMP, w->picture_stream, error)) {
            av_packet_free(&p);
            return false;
        }
    }
    if (good && n == 0)
        return true;
    g_set_error(error, MEDIA_ERROR, 0, "%s: its pictures can't be copied in their order; use --copy never",
                w->spec.path);
    return false;
}

/* ---- sound ------------------------------------------------------------------------------------------------------- */

static int32_t fixed_point(float x)
{
    return (int32_t)lrintf(CLAMP(x, -1.0f, 1.0f) * 8388607.0f) * 256;
}

static void fill_sound(AVFrame *f, const float *samples, int n)
{
    for (int i = 0; i < n * FILM_CHANNELS; i++)
        if (f->format == AV_SAMPLE_FMT_S32)
            ((int32_t *)(void *)f->data[0])[i] = fixed_point(samples[i]);
        else
            ((float *)(void *)f->data[i % FILM_CHANNELS])[i / FILM_CHANNELS] = samples[i];
}

/* What has gathered becomes a packet. */
static bool push_sound(struct film_writer *w, GError **error)
{
    AVFrame *f = av_frame_alloc();
    f->format = w->sounds->sample_fmt;
    f->nb_samples = w->n_samples;
    f->sample_rate = FILM_RATE;
    f->pts = w->sound_smp - w->n_samples;
    bool good = av_channel_layout_copy(&f->ch_layout, &w->sounds->ch_layout) >= 0 && av_frame_get_buffer(f, 0) >= 0;
    if (good)
        fill_sound(f, w->samples, w->n_samples);
    good = good ? encode(w, w->sounds, w->sound_stream, f, error) : fail(w, error, "its sound", AVERROR(ENOMEM));
    w->n_samples = 0;
    av_frame_free(&f);
    return good;
}

bool film_writer_sound(struct film_writer *w, const float *stereo, int64_t n, GError **error)
{
    bool good = true;
    while (n > 0 && good) {
        const int some = (int)MIN(n, w->packet_smp - w->n_samples);
        memcpy(w->samples + (ptrdiff_t)w->n_samples * FILM_CHANNELS, stereo,
               (size_t)some * FILM_CHANNELS * sizeof *stereo);
        w->n_samples += some;
        w->sound_smp += some;
        stereo += (ptrdiff_t)some * FILM_CHANNELS;
        n -= some;
        good = w->n_samples < w->packet_smp || push_sound(w, error);
    }
    return good;
}

int64_t film_writer_sound_smp(const struct film_writer *w)
{
    return w->sound_smp;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

bool film_writer_text(struct film_writer *w, int text, const char *ass, int64_t from_smp, int64_t to_smp,
                      GError **error)
{
    g_autofree char *event = g_strconcat("0,0,Default,,0,0,0,,", ass, NULL);
    AVSubtitleRect rect = {.type = SUBTITLE_ASS, .ass = event}, *rects[] = {&rect};
    const AVSubtitle sub = {
        .num_rects = 1, .rects = rects, .end_display_time = (uint32_t)(smp_to_us(to_smp - from_smp) / US_PER_MS)};
    AVPacket *p = av_packet_alloc();
    assert(from_smp < to_smp && text >= 0 && text < (int)w->text_streams->len);
    bool good = av_new_packet(p, TEXT_BYTES_MAX) >= 0;
    const int n = good ? avcodec_encode_subtitle(w->text, p->data, TEXT_BYTES_MAX, &sub) : AVERROR(ENOMEM);
    if (n > 0) {
        av_shrink_packet(p, n);
        p->pts = p->dts = from_smp;
        p->duration = to_smp - from_smp;
        p->flags |= AV_PKT_FLAG_KEY;
        good = put(w, p, SMP, w->text_streams->pdata[text], error);
    }
    av_packet_free(&p);
    return good && (n >= 0 || fail(w, error, "a subtitle can't be written", n));
}

int film_writer_chapter(struct film_writer *w, const char *title, int64_t at_smp)
{
    const struct chapter c = {g_strdup(title), at_smp};
    g_array_append_val(w->chapters, c);
    return (int)w->chapters->len - 1;
}

void film_writer_name_chapter(struct film_writer *w, int chapter, const char *title)
{
    struct chapter *c = &g_array_index(w->chapters, struct chapter, chapter);
    g_free(c->title);
    c->title = g_strdup(title);
}

/* libavformat makes chapters only as it reads; the muxers write those that stand here at the end. */
static void put_chapters(struct film_writer *w)
{
    const guint n = w->chapters->len;
    w->out->chapters = av_calloc(n + 1, sizeof(AVChapter *));
    for (guint i = 0; i < n && w->out->chapters; i++) {
        const struct chapter *c = &g_array_index(w->chapters, struct chapter, i);
        AVChapter *a = av_mallocz(sizeof *a);
        a->id = i + 1;
        a->time_base = SMP;
        a->start = c->at_smp;
        a->end = i + 1 < n ? (c + 1)->at_smp : w->sound_smp;
        av_dict_set(&a->metadata, "title", c->title, 0);
        w->out->chapters[w->out->nb_chapters++] = a;
    }
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

bool film_writer_finish(struct film_writer *w, GError **error)
{
    bool good = (w->n_samples == 0 || push_sound(w, error)) && encode(w, w->sounds, w->sound_stream, NULL, error);
    if (good && w->pictures)
        good = push(w, NULL, w->sound_smp, error) && encode(w, w->pictures, w->picture_stream, NULL, error);
    if (good) {
        put_chapters(w);
        const int code = av_write_trailer(w->out);
        avio_flush(w->out->pb);
        good = (code >= 0 && !w->problem) || fail(w, error, "FFmpeg can't end it", code);
    }
    good = good && fresh_file_keep(&w->file, error);
    film_writer_drop(w);
    return good;
}

void film_writer_drop(struct film_writer *w)
{
    if (!w)
        return;
    av_frame_free(&w->waiting);
    sws_freeContext(w->sws);
    avcodec_free_context(&w->pictures);
    avcodec_free_context(&w->sounds);
    avcodec_free_context(&w->text);
    if (w->out && w->out->pb) {
        av_freep(&w->out->pb->buffer);
        avio_context_free(&w->out->pb);
    }
    avformat_free_context(w->out);
    fresh_file_drop(&w->file);
    g_ptr_array_unref(w->text_streams);
    g_array_unref(w->chapters);
    g_free(w->samples);
    g_free((char *)w->spec.path);
    g_free(w);
}
