#include "media/subs_painter.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "media/subs_style.h"

/* Of the processor, for one picture. A heavy one takes 30 ms. */
#define PAINT_NS_MAX (INT64_C(2) * 1000 * 1000 * 1000)

/* The bitmaps of a picture cover it at most so many times: the thread that plays puts them on the screen. */
enum { COVERS_MAX = 4 };

/* Between pictures, libass keeps at most so many glyphs and megabytes of bitmaps for reuse. */
enum { CACHE_GLYPHS = 2000, CACHE_MB = 32 };

struct subs_painter {
    struct subs_track *track;
    ASS_Renderer *renderer;
    struct subs_view view; /* 0 x 0: nothing has been drawn yet */
};

static bool subs_painter_check(const struct subs_painter *p)
{
    assert(p->track && p->renderer);
    assert((p->view.w == 0) == (p->view.h == 0));
    assert(p->view.w >= 0 && p->view.w <= SUBS_SIDE_MAX && p->view.h >= 0 && p->view.h <= SUBS_SIDE_MAX);
    return true;
}

struct subs_painter *subs_painter_new(struct subs_track *t)
{
    struct subs_painter *p = g_new0(struct subs_painter, 1);
    p->track = t;
    p->renderer = ass_renderer_init(subs_track_library(t));
    if (p->renderer) {
        ass_set_cache_limits(p->renderer, CACHE_GLYPHS, CACHE_MB);
        assert(subs_painter_check(p));
        return p;
    }
    g_free(p);
    return NULL;
}

void subs_painter_free(struct subs_painter *p)
{
    if (p)
        ass_renderer_done(p->renderer);
    g_free(p);
}

/* ---- pictures ----------------------------------------------------------------------------------------------------- */

struct subs_picture *subs_picture_ref(struct subs_picture *p)
{
    g_atomic_ref_count_inc(&p->refs);
    return p;
}

void subs_picture_unref(struct subs_picture *p)
{
    if (!p || !g_atomic_ref_count_dec(&p->refs))
        return;
    g_array_unref(p->images);
    g_free(p->bits);
    g_free(p);
}

/* The part of an image that lies on the picture; w or h is 0 if there is none. */
static struct subs_image visible(const ASS_Image *i, const struct subs_view *v)
{
    const int left = MAX(-i->dst_x, 0), top = MAX(-i->dst_y, 0);
    return (struct subs_image){
        .x = MAX(i->dst_x, 0),
        .y = MAX(i->dst_y, 0),
        .w = MAX(MIN(i->w - left, v->w - MAX(i->dst_x, 0)), 0),
        .h = MAX(MIN(i->h - top, v->h - MAX(i->dst_y, 0)), 0),
        .stride = i->stride,
        .rgba = (i->color & 0xffffff00u) | (255u - (i->color & 0xffu)),
        .alpha = i->bitmap + (size_t)top * (size_t)i->stride + left,
    };
}

/* False: more than the picture may hold; what is over is left out. */
static bool collect(struct subs_picture *p, const ASS_Image *i)
{
    const int64_t most = (int64_t)COVERS_MAX * p->view.w * p->view.h;
    int64_t bytes = 0;
    for (; i; i = i->next) {
        const struct subs_image v = visible(i, &p->view);
        const int64_t size = (int64_t)v.w * v.h;
        if (size > 0 && bytes + size > most)
            break;
        if (size > 0)
            g_array_append_val(p->images, v);
        bytes += size;
    }
    p->bits = g_malloc((gsize)MAX(bytes, 1));
    return !i;
}

/* The bitmaps belong to libass until its next picture. */
static void copy_bits(struct subs_picture *p)
{
    uint8_t *out = p->bits;
    for (guint k = 0; k < p->images->len; k++) {
        struct subs_image *i = &g_array_index(p->images, struct subs_image, k);
        for (int y = 0; y < i->h; y++)
            memcpy(out + (size_t)y * (size_t)i->w, i->alpha + (size_t)y * (size_t)i->stride, (size_t)i->w);
        i->alpha = out;
        i->stride = i->w;
        out += (size_t)i->w * (size_t)i->h;
    }
}

/* ---- painting ----------------------------------------------------------------------------------------------------- */

/* In place of the styles that the file brings; libass copies it. What has a place of its own keeps them. */
static void override_styles(struct subs_painter *p, const struct subs_look *look)
{
    const int bits = ASS_OVERRIDE_BIT_STYLE | ASS_OVERRIDE_BIT_SELECTIVE_FONT_SCALE | ASS_OVERRIDE_BIT_ALIGNMENT |
                     ASS_OVERRIDE_BIT_MARGINS;
    g_autofree char *face = g_strdup(subs_style_face(look));
    ASS_Style style = {.FontName = face, .ScaleX = 1, .ScaleY = 1, .SecondaryColour = 0xffffff00};
    subs_style_fill(&style, look);
    ass_set_selective_style_override(p->renderer, &style);
    ass_set_selective_style_override_enabled(p->renderer, look->over ? bits : ASS_OVERRIDE_DEFAULT);
}

static void set_look(struct subs_painter *p, const struct subs_view *v)
{
    const bool styled = subs_track_is_styled(p->track);
    const float scale = styled && !v->look.over ? 0 : v->scale;
    ass_set_font_scale(p->renderer, scale > 0 ? (double)scale : 1.0);
    if (styled)
        override_styles(p, &v->look);
    else
        subs_track_look(p->track, &v->look);
}

static void set_view(struct subs_painter *p, const struct subs_view *v)
{
    if (p->view.w == 0) /* fontconfig is asked once, when there is something to draw */
        ass_set_fonts(p->renderer, NULL, "sans-serif", ASS_FONTPROVIDER_AUTODETECT, NULL, 1);
    const bool looks = p->view.w == 0 || p->view.scale != v->scale || !subs_look_equal(&p->view.look, &v->look);
    if (looks) {
        set_look(p, v);
        ass_set_frame_size(p->renderer, 1, 1); /* else libass leaves an event where it stood first */
    }
    ass_set_frame_size(p->renderer, v->w, v->h);
    p->view = *v;
    assert(subs_painter_check(p));
}

static int64_t thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 * 1000 * 1000 + t.tv_nsec;
}

struct subs_picture *subs_painter_paint(struct subs_painter *p, int64_t ms, const struct subs_view *view)
{
    struct subs_picture *out = g_new0(struct subs_picture, 1);
    g_atomic_ref_count_init(&out->refs);
    out->view = *view;
    out->at_ms = ms;
    out->images = g_array_new(FALSE, FALSE, sizeof(struct subs_image));
    out->moment = subs_track_moment(p->track, ms);
    if (out->moment.events == 0)
        return out;
    set_view(p, view);
    const int64_t before_ns = thread_ns();
    const bool fits = collect(out, ass_render_frame(p->renderer, subs_track_ass(p->track), ms, NULL));
    copy_bits(out);
    if (!fits || thread_ns() - before_ns > PAINT_NS_MAX)
        subs_track_hide(p->track, ms);
    return out;
}
