#include "media/frame_av.h"

#include <assert.h>
#include <glib.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "media/colour.h"
#include "media/deinterlace.h"
#include "media/frame.h"
#include "media/tone_map.h"

struct frame_maker {
    struct SwsContext *sws;
    struct tone_maps *maps;
    struct tone_map *map; /* of the picture before; NULL: it needed none */
    int32_t peak_nits;
};

struct frame_maker *frame_maker_new(struct tone_maps *maps, int32_t peak_nits)
{
    struct frame_maker *k = g_new0(struct frame_maker, 1);
    k->maps = maps;
    k->peak_nits = peak_nits;
    return k;
}

void frame_maker_free(struct frame_maker *k)
{
    if (!k)
        return;
    sws_freeContext(k->sws);
    tone_map_unref(k->map);
    g_free(k);
}

/* --- frames ------------------------------------------------------------------------------------------------------- */

static struct frame *wrap_av(AVFrame *av, enum frame_format format, enum frame_matrix matrix, bool full)
{
    struct frame *f = g_new0(struct frame, 1);
    f->format = format;
    f->matrix = matrix;
    f->full_range = full;
    f->width = av->width;
    f->height = av->height;
    const bool sar = av->sample_aspect_ratio.num > 0 && av->sample_aspect_ratio.den > 0;
    f->sar_num = sar ? av->sample_aspect_ratio.num : 1;
    f->sar_den = sar ? av->sample_aspect_ratio.den : 1;
    for (int i = 0; i < 3 && av->data[i]; i++) {
        f->plane[i] = av->data[i];
        f->stride[i] = av->linesize[i];
    }
    f->priv = av;
    assert(frame_check(f));
    return f;
}

/* The frame, which stood as it is stored, is shown after `turn`. */
static void turn_frame(struct frame *f, struct orientation turn)
{
    f->turn = turn;
    if (turn.quarters % 2 == 0)
        return;
    const struct frame stored = *f;
    f->width = stored.height;
    f->height = stored.width;
    f->sar_num = stored.sar_den;
    f->sar_den = stored.sar_num;
    assert(frame_check(f));
}

/* Blending adds colours as they are, so they are multiplied by their opacity here, once. */
static void premultiply(AVFrame *f)
{
    for (int y = 0; y < f->height; y++) {
        uint8_t *p = f->data[0] + (ptrdiff_t)y * f->linesize[0];
        for (int x = 0; x < f->width; x++, p += 4)
            for (int c = 0; c < 3; c++)
                p[c] = (uint8_t)((p[c] * p[3] + 127) / 255);
    }
}

/* --- conversions -------------------------------------------------------------------------------------------------- */

/* The size and shape of `f`, in another format. NULL: out of memory. */
static AVFrame *new_like(const AVFrame *f, enum AVPixelFormat format)
{
    AVFrame *out = av_frame_alloc();
    out->format = format;
    out->width = f->width;
    out->height = f->height;
    out->sample_aspect_ratio = f->sample_aspect_ratio;
    if (av_frame_get_buffer(out, 0) < 0)
        av_frame_free(&out);
    return out;
}

static int sws_matrix(enum frame_matrix m)
{
    return m == FRAME_BT709 ? SWS_CS_ITU709 : m == FRAME_BT2020 ? SWS_CS_BT2020 : SWS_CS_ITU601;
}

/* Into another format, with the same matrix. */
static AVFrame *convert_av(struct frame_maker *k, const AVFrame *f, const struct colour *c, enum AVPixelFormat to,
                           int flags, bool full_out)
{
    AVFrame *out = new_like(f, to);
    k->sws =
        sws_getCachedContext(k->sws, f->width, f->height, f->format, f->width, f->height, to, flags, NULL, NULL, NULL);
    if (!k->sws || !out) {
        av_frame_free(&out);
        return NULL;
    }
    const int *coeff = sws_getCoefficients(sws_matrix(c->matrix));
    sws_setColorspaceDetails(k->sws, coeff, c->full_range, coeff, full_out, 0, 1 << 16, 1 << 16);
    const uint8_t *const *src = (const uint8_t *const *)f->data;
    if (sws_scale(k->sws, src, f->linesize, 0, f->height, out->data, out->linesize) != f->height)
        av_frame_free(&out);
    return out;
}

static bool is_420(const AVPixFmtDescriptor *d)
{
    return d->log2_chroma_w == 1 && d->log2_chroma_h == 1 && !(d->flags & AV_PIX_FMT_FLAG_RGB);
}

static bool has_alpha(const AVPixFmtDescriptor *d)
{
    return (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

static struct frame *to_bgra(struct frame_maker *k, const AVFrame *f, const struct colour *c, bool alpha)
{
    const int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT;
    AVFrame *out = convert_av(k, f, c, AV_PIX_FMT_BGRA, flags, true);
    if (out && alpha)
        premultiply(out);
    return out ? wrap_av(out, FRAME_BGRA, FRAME_BT709, true) : NULL;
}

/* How an AVFrame's colours come into 4:2:0: RGB becomes YUV of limited range. */
static AVFrame *to_420(struct frame_maker *k, const AVFrame *f, const struct colour *c, enum AVPixelFormat to)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    return convert_av(k, f, c, to, is_420(d) ? SWS_POINT : SWS_BILINEAR | SWS_ACCURATE_RND, c->full_range);
}

/* --- high dynamic range ------------------------------------------------------------------------------------------- */

static struct tone_planes planes_of(const AVFrame *f)
{
    return (struct tone_planes){{f->data[0], f->data[1], f->data[2]}, {f->linesize[0], f->linesize[1], f->linesize[2]}};
}

static const struct tone_map *ready_map(struct frame_maker *k, const struct colour *c)
{
    if (k->map && tone_map_fits(k->map, c))
        return k->map;
    tone_map_unref(k->map);
    k->map = tone_map_get(k->maps, c);
    return k->map;
}

static struct frame *to_standard_range(struct frame_maker *k, const AVFrame *f, const struct colour *c)
{
    AVFrame *deep = f->format == AV_PIX_FMT_YUV420P10 ? NULL : to_420(k, f, c, AV_PIX_FMT_YUV420P10);
    const AVFrame *from = deep ? deep : f;
    AVFrame *out = from->format == AV_PIX_FMT_YUV420P10 ? new_like(f, AV_PIX_FMT_YUV420P) : NULL;
    if (out) {
        const struct tone_planes in = planes_of(from), to = planes_of(out);
        tone_map_apply(ready_map(k, c), &in, &to, f->width, f->height);
    }
    av_frame_free(&deep);
    return out ? wrap_av(out, FRAME_I420, FRAME_BT709, false) : NULL;
}

/* The same in full colour, with its transparency. */
static void map_full(const struct tone_map *map, const AVFrame *deep, const AVFrame *out)
{
    const struct tone_planes from = planes_of(deep), to = planes_of(out);
    tone_map_apply_full(map, &from, &to, out->width, out->height);
    for (int y = 0; out->data[3] && y < out->height; y++) {
        const uint8_t *in = deep->data[3] + (ptrdiff_t)y * deep->linesize[3];
        uint8_t *const a = out->data[3] + (ptrdiff_t)y * out->linesize[3];
        for (int x = 0; x < out->width; x++)
            a[x] = (uint8_t)(((const uint16_t *)(const void *)in)[x] >> 2);
    }
}

static struct frame *to_standard_bgra(struct frame_maker *k, const AVFrame *f, const struct colour *c, bool alpha)
{
    static const struct colour standard = {.matrix = FRAME_BT709};
    const int flags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_FULL_CHR_H_INT;
    AVFrame *deep = convert_av(k, f, c, alpha ? AV_PIX_FMT_YUVA444P10 : AV_PIX_FMT_YUV444P10, flags, c->full_range);
    AVFrame *mapped = deep ? new_like(f, alpha ? AV_PIX_FMT_YUVA444P : AV_PIX_FMT_YUV444P) : NULL;
    if (mapped)
        map_full(ready_map(k, c), deep, mapped);
    av_frame_free(&deep);
    struct frame *made = mapped ? to_bgra(k, mapped, &standard, alpha) : NULL;
    av_frame_free(&mapped);
    return made;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static struct colour colour_of(const struct frame_maker *k, const AVFrame *f, const AVPixFmtDescriptor *d)
{
    struct colour c = colour_of_frame(f, k->peak_nits);
    c.full_range = c.full_range && !(d->flags & AV_PIX_FMT_FLAG_RGB);
    return c;
}

/* Stills keep their full colour, because text cards have strokes of one pixel; moving pictures become YUV 4:2:0. */
static struct frame *reduce_av(struct frame_maker *k, AVFrame *f, bool still)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    if (!d)
        return NULL;
    assert(!(d->flags & AV_PIX_FMT_FLAG_HWACCEL)); /* download_frame() has fetched it from the device */
    const struct colour c = colour_of(k, f, d);
    const bool full = has_alpha(d) || (still && !is_420(d));
    if (colour_needs_map(&c))
        return full ? to_standard_bgra(k, f, &c, has_alpha(d)) : to_standard_range(k, f, &c);
    if (f->format == AV_PIX_FMT_YUV420P || f->format == AV_PIX_FMT_YUVJ420P || f->format == AV_PIX_FMT_NV12) {
        AVFrame *own = av_frame_alloc();
        av_frame_move_ref(own, f);
        return wrap_av(own, own->format == AV_PIX_FMT_NV12 ? FRAME_NV12 : FRAME_I420, c.matrix, c.full_range);
    }
    if (full)
        return to_bgra(k, f, &c, has_alpha(d));
    AVFrame *out = to_420(k, f, &c, AV_PIX_FMT_YUV420P);
    return out ? wrap_av(out, FRAME_I420, c.matrix, c.full_range) : NULL;
}

struct frame *frame_maker_make(struct frame_maker *k, AVFrame *f, bool still, struct orientation turn)
{
    struct frame *made = !still && deinterlace_is_wanted(f) && !deinterlace(f) ? NULL : reduce_av(k, f, still);
    av_frame_unref(f);
    if (made)
        turn_frame(made, turn);
    return made;
}
