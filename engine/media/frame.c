#include "media/frame.h"

#include <assert.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libyuv.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

enum { MAX_SIDE = 16384 };

/* --- frames ---------------------------------------------------------------------------------------------------- */

void frame_free(struct frame *f)
{
    if (!f)
        return;
    AVFrame *av = f->priv;
    av_frame_free(&av);
    g_free(f);
}

static bool is_on_its_side(const struct frame *f)
{
    return f->turn.quarters % 2 != 0;
}

void frame_stored_size(const struct frame *f, int32_t *width, int32_t *height)
{
    *width = is_on_its_side(f) ? f->height : f->width;
    *height = is_on_its_side(f) ? f->width : f->height;
}

static int plane_rows(const struct frame *f, int plane)
{
    int32_t w, h;
    frame_stored_size(f, &w, &h);
    return plane == 0 || f->format == FRAME_BGRA ? h : (h + 1) / 2;
}

int64_t frame_bytes(const struct frame *f)
{
    int64_t bytes = 0;
    for (int i = 0; i < 3 && f->plane[i]; i++)
        bytes += (int64_t)ABS(f->stride[i]) * plane_rows(f, i);
    return bytes;
}

bool frame_check(const struct frame *f)
{
    const int planes = f->format == FRAME_I420 ? 3 : f->format == FRAME_NV12 ? 2 : 1;
    assert(f->width > 0 && f->height > 0);
    assert(f->sar_num > 0 && f->sar_den > 0);
    assert(f->matrix <= FRAME_BT2020 && f->turn.quarters < 4);
    int32_t stored, rows;
    frame_stored_size(f, &stored, &rows);
    assert(ABS(f->stride[0]) >= (f->format == FRAME_BGRA ? stored * 4 : stored));
    for (int i = 0; i < planes; i++)
        assert(f->plane[i] && f->stride[i] != 0);
    return true;
}

/* --- onto a surface -------------------------------------------------------------------------------------------- */

struct frame_blitter {
    uint8_t *px; /* scaled planes */
    gsize size;
};

/* libyuv's constants limit the factor of Cb in blue to 2.0, which darkens pure blue by 11 levels. It should be 2 (1 -
 * Kb) 255 / 224: 2.11 for BT.709, 2.15 for BT.2020 (limited range). libyuv's code can use the right value; on
 * machines other than x86 the constants are laid out differently. */
static void fill_constants(struct YuvConstants *c, enum frame_matrix matrix, bool full)
{
    static const struct {
        const struct YuvConstants *limited, *full;
        int blue; /* the factor of Cb in 64ths, limited range */
    } row[] = {
        [FRAME_BT601] = {&kYuvI601Constants, &kYuvJPEGConstants, 129},
        [FRAME_BT709] = {&kYuvH709Constants, &kYuvF709Constants, 135},
        [FRAME_BT2020] = {&kYuv2020Constants, &kYuvV2020Constants, 137},
    };
    *c = full ? *row[matrix].full : *row[matrix].limited;
#ifdef __x86_64__
    for (size_t i = 0; i < sizeof c->kUVToB && !full; i += 2)
        c->kUVToB[i] = (uint8_t)row[matrix].blue;
#endif
}

static bool convert_yuv(const struct frame *f, uint8_t *dst, int pitch)
{
    alignas(32) struct YuvConstants c; /* libyuv loads it into the widest registers there are */
    fill_constants(&c, f->matrix, f->full_range);
    const uint8_t *const *p = f->plane;
    const int32_t *s = f->stride;
    if (f->format == FRAME_NV12)
        return NV12ToARGBMatrix(p[0], s[0], p[1], s[1], dst, pitch, &c, f->width, f->height) == 0;
    return I420ToARGBMatrix(p[0], s[0], p[1], s[1], p[2], s[2], dst, pitch, &c, f->width, f->height) == 0;
}

static gsize yuv_bytes(int w, int h)
{
    return (gsize)w * (gsize)h + 2 * (gsize)((w + 1) / 2) * (gsize)((h + 1) / 2);
}

/* Lays out three planes of a picture of w x h in `px`. */
static void lay_out_planes(uint8_t *px, int w, int h, uint8_t *plane[3], int stride[3])
{
    const gsize luma = (gsize)w * (gsize)h;
    plane[0] = px;
    plane[1] = px + luma;
    plane[2] = px + (luma + yuv_bytes(w, h)) / 2;
    stride[0] = w;
    stride[1] = stride[2] = (w + 1) / 2;
}

static void grow_planes(struct frame_blitter *b, gsize size)
{
    if (b->size >= size)
        return;
    g_free(b->px);
    b->px = g_malloc(size);
    b->size = size;
}

/* A picture on its way through the steps of a blit. Its planes lie in `now`, as they are stored, and each step lays out
 * its own in `free`. */
struct blit {
    struct frame now;
    uint8_t *free;
};

/* Lays out planes of w x h as the next ones, and returns the old ones. */
static struct frame next_planes(struct blit *b, int w, int h, uint8_t *plane[3])
{
    const struct frame old = b->now;
    lay_out_planes(b->free, w, h, plane, b->now.stride);
    memcpy(b->now.plane, plane, 3 * sizeof *plane);
    b->now.format = FRAME_I420;
    b->now.width = w;
    b->now.height = h;
    b->free += yuv_bytes(w, h);
    return old;
}

static bool split_chroma(struct blit *b)
{
    uint8_t *to[3];
    const struct frame f = next_planes(b, b->now.width, b->now.height, to);
    const int32_t *s = b->now.stride;
    return NV12ToI420(f.plane[0], f.stride[0], f.plane[1], f.stride[1], to[0], s[0], to[1], s[1], to[2], s[2], f.width,
                      f.height) == 0;
}

static bool scale_planes(struct blit *b, int w, int h)
{
    uint8_t *to[3];
    const struct frame f = next_planes(b, w, h, to);
    const int32_t *s = b->now.stride;
    return I420Scale(f.plane[0], f.stride[0], f.plane[1], f.stride[1], f.plane[2], f.stride[2], f.width, f.height,
                     to[0], s[0], to[1], s[1], to[2], s[2], w, h, kFilterBilinear) == 0;
}

/* libyuv turns clockwise, and first turns the picture upside down if its height is negative. A mirror image is that and
 * half a turn. */
static enum RotationMode turn_mode(struct orientation turn)
{
    return (enum RotationMode)((turn.quarters + (turn.mirrored ? 2 : 0)) % 4 * 90);
}

static bool turn_planes(struct blit *b, int w, int h)
{
    uint8_t *to[3];
    const struct frame f = next_planes(b, w, h, to);
    const int32_t *s = b->now.stride;
    return I420Rotate(f.plane[0], f.stride[0], f.plane[1], f.stride[1], f.plane[2], f.stride[2], to[0], s[0], to[1],
                      s[1], to[2], s[2], f.width, f.turn.mirrored ? -f.height : f.height, turn_mode(f.turn)) == 0;
}

/* Planes are scaled and turned before they are converted to RGB, which is half the work. libyuv's scaling of
 * interleaved chroma is off by a level, so it is taken apart first. So is its box filter for small pictures, which
 * would otherwise be the better one. */
static bool blit_yuv(struct frame_blitter *cache, const struct frame *f, uint8_t *dst, int w, int h, int pitch)
{
    struct blit b = {.now = *f};
    frame_stored_size(f, &b.now.width, &b.now.height);
    const bool turned = f->turn.quarters || f->turn.mirrored, scaled = f->width != w || f->height != h;
    const bool split = f->format == FRAME_NV12 && (turned || scaled);
    grow_planes(cache, split * yuv_bytes(b.now.width, b.now.height) + 2 * MAX(yuv_bytes(w, h), yuv_bytes(h, w)));
    b.free = cache->px;
    return (!split || split_chroma(&b)) &&
           (!scaled || scale_planes(&b, is_on_its_side(f) ? h : w, is_on_its_side(f) ? w : h)) &&
           (!turned || turn_planes(&b, w, h)) && convert_yuv(&b.now, dst, pitch);
}

static bool blit_bgra(struct frame_blitter *cache, const struct frame *f, uint8_t *dst, int w, int h, int pitch)
{
    int32_t from_w, from_h;
    const int to_w = is_on_its_side(f) ? h : w, to_h = is_on_its_side(f) ? w : h;
    frame_stored_size(f, &from_w, &from_h);
    if (!f->turn.quarters && !f->turn.mirrored)
        return ARGBScale(f->plane[0], f->stride[0], from_w, from_h, dst, pitch, w, h, kFilterBilinear) == 0;
    grow_planes(cache, 4 * (gsize)w * (gsize)h);
    return ARGBScale(f->plane[0], f->stride[0], from_w, from_h, cache->px, 4 * to_w, to_w, to_h, kFilterBilinear) ==
               0 &&
           ARGBRotate(cache->px, 4 * to_w, dst, pitch, to_w, f->turn.mirrored ? -to_h : to_h, turn_mode(f->turn)) == 0;
}

bool frame_blit(struct frame_blitter **cache, const struct frame *f, uint8_t *dst, int w, int h, int pitch)
{
    if (w <= 0 || h <= 0 || w > MAX_SIDE || h > MAX_SIDE || pitch < w * 4)
        return false;
    assert(frame_check(f));
    if (!*cache)
        *cache = g_new0(struct frame_blitter, 1);
    return (f->format == FRAME_BGRA ? blit_bgra : blit_yuv)(*cache, f, dst, w, h, pitch);
}

void frame_blitter_free(struct frame_blitter *cache)
{
    if (!cache)
        return;
    g_free(cache->px);
    g_free(cache);
}

/* --- small copies ---------------------------------------------------------------------------------------------- */

static AVFrame *new_bgra(int w, int h)
{
    AVFrame *av = av_frame_alloc();
    av->format = AV_PIX_FMT_BGRA;
    av->width = w;
    av->height = h;
    if (av_frame_get_buffer(av, 0) < 0)
        av_frame_free(&av);
    return av;
}

static struct frame *own_bgra(AVFrame *av)
{
    struct frame *f = g_new0(struct frame, 1);
    *f = (struct frame){.format = FRAME_BGRA,
                        .width = av->width,
                        .height = av->height,
                        .sar_num = 1,
                        .sar_den = 1,
                        .plane = {av->data[0]},
                        .stride = {av->linesize[0]},
                        .dur_smp = 1,
                        .priv = av};
    assert(frame_check(f));
    return f;
}

static bool blit_opaque(const struct frame *f, const AVFrame *to)
{
    struct frame_blitter *cache = NULL;
    const bool good = frame_blit(&cache, f, to->data[0], to->width, to->height, to->linesize[0]);
    frame_blitter_free(cache);
    for (int y = 0; y < to->height; y++)
        for (int x = 0; x < to->width; x++)
            to->data[0][(ptrdiff_t)y * to->linesize[0] + (ptrdiff_t)4 * x + 3] = 255;
    return good;
}

struct frame *frame_small(const struct frame *f, int w, int h)
{
    const double wide = (double)f->width * f->sar_num / f->sar_den, high = f->height;
    const double scale = MIN(1, MIN(w / wide, h / high));
    AVFrame *av = new_bgra(MAX((int)(wide * scale + 0.5), 2), MAX((int)(high * scale + 0.5), 2));
    if (!av || !blit_opaque(f, av)) {
        av_frame_free(&av);
        return NULL;
    }
    struct frame *small = own_bgra(av);
    small->index = f->index;
    small->at_smp = f->at_smp;
    small->dur_smp = f->dur_smp;
    return small;
}

struct frame *frame_of_pixels(const uint8_t *bgra, int w, int h)
{
    AVFrame *av = new_bgra(w, h);
    for (int y = 0; av && y < h; y++)
        memcpy(av->data[0] + (ptrdiff_t)y * av->linesize[0], bgra + (ptrdiff_t)4 * y * w, 4 * (size_t)w);
    return av ? own_bgra(av) : NULL;
}

/* --- screenshots ------------------------------------------------------------------------------------------------ */

static AVFrame *rgb_copy(const uint8_t *bgrx, int w, int h, int pitch)
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_RGB24;
    f->width = w;
    f->height = h;
    if (av_frame_get_buffer(f, 0) < 0) {
        av_frame_free(&f);
        return NULL;
    }
    for (int y = 0; y < h; y++) {
        const uint8_t *s = bgrx + (ptrdiff_t)y * pitch;
        uint8_t *d = f->data[0] + (ptrdiff_t)y * f->linesize[0];
        for (int x = 0; x < w; x++, s += 4, d += 3) {
            d[0] = s[2];
            d[1] = s[1];
            d[2] = s[0];
        }
    }
    return f;
}

/* `quality`: libavcodec's scale of quantizers, from 1 on, the best first; 0 for a codec that has none. */
static AVPacket *encode(AVFrame *f, enum AVCodecID id, int quality)
{
    const AVCodec *codec = avcodec_find_encoder(id);
    AVCodecContext *enc = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *p = av_packet_alloc();
    bool done = false;
    if (enc) {
        enc->width = f->width;
        enc->height = f->height;
        enc->pix_fmt = f->format;
        enc->time_base = (AVRational){1, 25};
        enc->thread_count = 1;
        if (quality > 0) {
            enc->flags |= AV_CODEC_FLAG_QSCALE;
            enc->global_quality = f->quality = quality * FF_QP2LAMBDA;
        }
        done = avcodec_open2(enc, codec, NULL) >= 0 && avcodec_send_frame(enc, f) >= 0 &&
               avcodec_send_frame(enc, NULL) >= 0 && avcodec_receive_packet(enc, p) >= 0;
    }
    if (!done)
        av_packet_free(&p);
    avcodec_free_context(&enc);
    return p;
}

bool frame_write_png(const char *path, const uint8_t *bgrx, int w, int h, int pitch, const char **why)
{
    AVFrame *f = w > 0 && h > 0 && w <= MAX_SIDE && h <= MAX_SIDE ? rgb_copy(bgrx, w, h, pitch) : NULL;
    AVPacket *p = f ? encode(f, AV_CODEC_ID_PNG, 0) : NULL;
    av_frame_free(&f);
    if (!p) {
        *why = "the picture cannot be encoded";
        return false;
    }
    g_autoptr(GError) error = NULL;
    const bool ok = g_file_set_contents(path, (const char *)p->data, p->size, &error);
    if (!ok)
        *why = g_strerror(errno);
    av_packet_free(&p);
    return ok;
}

#define JPEG_QUALITY 6

static AVFrame *yuv_copy(const uint8_t *bgrx, int w, int h, int pitch)
{
    AVFrame *f = av_frame_alloc();
    f->format = AV_PIX_FMT_YUVJ420P;
    f->width = w;
    f->height = h;
    if (av_frame_get_buffer(f, 0) < 0 || ARGBToJ420(bgrx, pitch, f->data[0], f->linesize[0], f->data[1], f->linesize[1],
                                                    f->data[2], f->linesize[2], w, h) != 0)
        av_frame_free(&f);
    return f;
}

GBytes *frame_jpeg(const uint8_t *bgrx, int w, int h, int pitch)
{
    AVFrame *f = w > 0 && h > 0 && w <= MAX_SIDE && h <= MAX_SIDE ? yuv_copy(bgrx, w, h, pitch) : NULL;
    AVPacket *p = f ? encode(f, AV_CODEC_ID_MJPEG, JPEG_QUALITY) : NULL;
    GBytes *jpeg = p ? g_bytes_new(p->data, (gsize)p->size) : NULL;
    av_frame_free(&f);
    av_packet_free(&p);
    return jpeg;
}

/* --- the program's own pictures --------------------------------------------------------------------------------- */

static bool decode_png(const void *png, size_t size, AVFrame *f)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_PNG);
    AVCodecContext *dec = codec ? avcodec_alloc_context3(codec) : NULL;
    AVPacket *p = av_packet_alloc();
    const bool done = dec && av_new_packet(p, (int)size) >= 0 && memcpy(p->data, png, size) &&
                      avcodec_open2(dec, codec, NULL) >= 0 && avcodec_send_packet(dec, p) >= 0 &&
                      avcodec_receive_frame(dec, f) >= 0;
    av_packet_free(&p);
    avcodec_free_context(&dec);
    return done;
}

uint8_t *frame_png_pixels(const void *png, size_t size, int *w, int *h)
{
    AVFrame *f = av_frame_alloc();
    uint8_t *pixels = NULL;
    if (decode_png(png, size, f) && f->format == AV_PIX_FMT_RGBA) {
        *w = f->width;
        *h = f->height;
        pixels = g_malloc((size_t)f->width * f->height * 4);
        for (int y = 0; y < f->height; y++)
            memcpy(pixels + (size_t)y * f->width * 4, f->data[0] + (ptrdiff_t)y * f->linesize[0], (size_t)f->width * 4);
    }
    av_frame_free(&f);
    return pixels;
}
