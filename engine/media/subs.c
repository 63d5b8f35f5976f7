#include "media/subs.h"

#include <ass/ass.h>
#include <assert.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/files.h"
#include "base/units.h"
#include "media/source.h"

enum { MAX_SIDE = 16384, MAX_BYTES = 64 << 20 };

/* In lines of a picture that is 288 lines high, which is what FFmpeg tells libass for files without styles of their
 * own. */
#define FONT_SIZE     15.5
#define OUTLINE_WIDTH 0.9
#define MARGIN_BOTTOM 15
#define MARGIN_SIDE   24

struct subs {
    ASS_Library *library;
    ASS_Renderer *renderer;
    ASS_Track *track;
    struct subs_view view;
    GArray *images; /* struct subs_image */
};

static bool subs_check(const struct subs *s)
{
    assert(s->library && s->renderer && s->track);
    assert((s->view.w == 0) == (s->view.h == 0)); /* 0: nothing has been drawn yet */
    assert(s->view.w >= 0 && s->view.w <= MAX_SIDE && s->view.h >= 0 && s->view.h <= MAX_SIDE);
    return true;
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static void drop_message(int level, const char *format, va_list args, void *data)
{
    (void)level, (void)format, (void)args, (void)data;
}

static bool is_utf8(const struct source *src)
{
    size_t n = 0;
    g_autofree char *text = files_read_fd(source_fd(src), source_path(src), MAX_BYTES, &n, NULL);
    return !text || g_utf8_validate(text, (gssize)n, NULL);
}

static int subtitle_stream(struct source *src)
{
    const int i = av_find_best_stream(source_format(src), AVMEDIA_TYPE_SUBTITLE, -1, -1, NULL, 0);
    return i >= 0 ? i : -1;
}

static AVCodecContext *open_subs_codec(struct source *src, int stream, bool utf8)
{
    const AVStream *st = source_format(src)->streams[stream];
    const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);
    AVCodecContext *dec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!dec)
        return NULL;
    AVDictionary *opts = NULL;
    if (!utf8)
        av_dict_set(&opts, "sub_charenc", "WINDOWS-1252", 0);
    dec->pkt_timebase = st->time_base;
    if (avcodec_parameters_to_context(dec, st->codecpar) < 0 || avcodec_open2(dec, codec, &opts) < 0)
        avcodec_free_context(&dec);
    av_dict_free(&opts);
    return dec;
}

/* Bitmap subtitles have no text and are skipped. */
static void add_ass_events(struct subs *s, const AVSubtitle *sub, int64_t at_ms, int64_t for_ms)
{
    for (unsigned i = 0; i < sub->num_rects; i++) {
        char *line = sub->rects[i]->ass;
        if (line)
            ass_process_chunk(s->track, line, (int)strlen(line), at_ms, for_ms);
    }
}

static void decode_packet(struct subs *s, AVCodecContext *dec, AVPacket *p)
{
    static const AVRational ms = {1, 1000};
    AVSubtitle sub = {0};
    int got = 0;
    if (avcodec_decode_subtitle2(dec, &sub, &got, p) < 0 || !got)
        return;
    const int64_t at = av_rescale_q(p->pts, dec->pkt_timebase, ms) + sub.start_display_time;
    int64_t length = av_rescale_q(p->duration, dec->pkt_timebase, ms);
    if (length <= 0 && sub.end_display_time != UINT32_MAX)
        length = (int64_t)sub.end_display_time - sub.start_display_time;
    add_ass_events(s, &sub, at, length);
    avsubtitle_free(&sub);
}

static void style_plain(ASS_Track *t)
{
    for (int i = 0; i < t->n_styles; i++) {
        ASS_Style *y = &t->styles[i];
        free(y->FontName);
        y->FontName = strdup("sans-serif");
        y->FontSize = FONT_SIZE;
        y->PrimaryColour = 0xffffff00; /* RRGGBBTT */
        y->OutlineColour = 0x00000000;
        y->BackColour = 0x00000080;
        y->BorderStyle = 1;
        y->Outline = OUTLINE_WIDTH;
        y->Shadow = 0;
        y->MarginV = MARGIN_BOTTOM;
        y->MarginL = y->MarginR = MARGIN_SIDE;
    }
}

static bool decode_all(struct subs *s, struct source *src, int stream, GError **error)
{
    AVCodecContext *dec = open_subs_codec(src, stream, is_utf8(src));
    if (!dec) {
        g_set_error(error, MEDIA_ERROR, 0, "%s: no decoder for these subtitles", source_path(src));
        return false;
    }
    if (dec->subtitle_header)
        ass_process_codec_private(s->track, (char *)dec->subtitle_header, dec->subtitle_header_size);
    ass_set_check_readorder(s->track, 0); /* events of WebVTT and SRT are numbered anew in each file */
    source_choose(src, -1, stream);
    for (AVPacket *p; (p = source_next(src, stream)); av_packet_free(&p))
        decode_packet(s, dec, p);
    const enum AVCodecID id = dec->codec_id;
    if (id != AV_CODEC_ID_ASS && id != AV_CODEC_ID_SSA)
        style_plain(s->track);
    avcodec_free_context(&dec);
    return true;
}

static bool start_libass(struct subs *s)
{
    s->library = ass_library_init();
    if (!s->library)
        return false;
    ass_set_message_cb(s->library, drop_message, NULL);
    s->renderer = ass_renderer_init(s->library);
    s->track = ass_new_track(s->library);
    return s->renderer && s->track;
}

struct subs *subs_load(const char *path, GError **error)
{
    atomic_bool never = false;
    struct source *src = source_open(NULL, path, &(struct media_user){.stop = &never}, error);
    if (!src)
        return NULL;
    struct subs *s = g_new0(struct subs, 1);
    s->images = g_array_new(FALSE, FALSE, sizeof(struct subs_image));
    const int stream = subtitle_stream(src);
    bool good = stream >= 0 && start_libass(s);
    if (!good)
        g_set_error(error, MEDIA_ERROR, 0, "%s: holds no subtitles", source_path(src));
    good = good && decode_all(s, src, stream, error);
    source_close(src);
    assert(!good || subs_check(s));
    if (good)
        return s;
    subs_free(s);
    return NULL;
}

void subs_free(struct subs *s)
{
    if (!s)
        return;
    if (s->track)
        ass_free_track(s->track);
    if (s->renderer)
        ass_renderer_done(s->renderer);
    if (s->library)
        ass_library_done(s->library);
    g_array_free(s->images, TRUE);
    g_free(s);
}

/* --- drawing ------------------------------------------------------------------------------------------------------ */

static bool set_view(struct subs *s, const struct subs_view *v)
{
    if (v->w <= 0 || v->h <= 0 || v->w > MAX_SIDE || v->h > MAX_SIDE)
        return false;
    if (s->view.w == 0) /* fontconfig is asked once, when there is something to draw */
        ass_set_fonts(s->renderer, NULL, "sans-serif", ASS_FONTPROVIDER_AUTODETECT, NULL, 1);
    if (s->view.w != v->w || s->view.h != v->h)
        ass_set_frame_size(s->renderer, v->w, v->h);
    if (s->view.w == 0 || s->view.scale != v->scale)
        ass_set_font_scale(s->renderer, v->scale > 0 ? (double)v->scale : 1.0);
    s->view = *v;
    assert(subs_check(s));
    return true;
}

/* Lines in the lower half make room for the panel; signs and titles above it stay. */
static void collect_images(struct subs *s, const ASS_Image *i)
{
    g_array_set_size(s->images, 0);
    for (; i; i = i->next) {
        if (i->w <= 0 || i->h <= 0)
            continue;
        const int up = i->dst_y >= s->view.h / 2 ? s->view.raise_px : 0;
        const uint32_t rgba = (i->color & 0xffffff00u) | (255u - (i->color & 0xffu));
        const struct subs_image image = {.x = i->dst_x,
                                         .y = MAX(0, i->dst_y - up),
                                         .w = i->w,
                                         .h = i->h,
                                         .stride = i->stride,
                                         .rgba = rgba,
                                         .alpha = i->bitmap};
        g_array_append_val(s->images, image);
    }
}

const struct subs_image *subs_render(struct subs *s, int64_t t_us, const struct subs_view *view, int *n, bool *changed)
{
    const struct subs_view old = s->view;
    int change = 0;
    *n = 0;
    if (!set_view(s, view))
        return NULL;
    const ASS_Image *images = ass_render_frame(s->renderer, s->track, t_us / US_PER_MS, &change);
    collect_images(s, images);
    if (changed)
        *changed = change != 0 || old.raise_px != view->raise_px;
    *n = (int)s->images->len;
    return (const struct subs_image *)(const void *)s->images->data;
}

/* --- text --------------------------------------------------------------------------------------------------------- */

int subs_count(const struct subs *s)
{
    return s->track->n_events;
}

struct subs_event subs_event_at(const struct subs *s, int i)
{
    assert(i >= 0 && i < s->track->n_events);
    const ASS_Event *e = &s->track->events[i];
    return (struct subs_event){
        .from_us = e->Start * US_PER_MS,
        .to_us = (e->Start + e->Duration) * US_PER_MS,
        .placed = strstr(e->Text, "\\pos(") || strstr(e->Text, "\\move("),
    };
}
