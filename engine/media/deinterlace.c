#include "media/deinterlace.h"

#include <assert.h>
#include <glib.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "media/av_versions.h"

/* A line that lies this far outside its neighbours, in levels of 8 bits, was taken at another moment. */
enum { COMB = 10 };

bool deinterlace_is_wanted(const AVFrame *f)
{
    return av_versions_interlaced(f);
}

/* A line of the later field, its neighbours, and where it goes. */
struct line {
    const void *above, *here, *below;
    void *to;
    int width; /* samples */
    int step;  /* from a sample to the next one of its kind */
    int comb;
};

static inline int sample(const void *line, int x, bool wide)
{
    return wide ? ((const uint16_t *)line)[x] : ((const uint8_t *)line)[x];
}

/* The mean of the two samples, straight or slanted, that differ least. */
static inline int along_the_edge(const struct line *l, int x, bool wide)
{
    const int left = MAX(x - l->step, x % l->step), right = x + l->step < l->width ? x + l->step : x;
    int least = ABS(sample(l->above, x, wide) - sample(l->below, x, wide)) - 1;
    int sum = sample(l->above, x, wide) + sample(l->below, x, wide);
    const int pair[][2] = {{left, right}, {right, left}};
    for (int i = 0; i < 2; i++) {
        const int a = sample(l->above, pair[i][0], wide), b = sample(l->below, pair[i][1], wide);
        if (ABS(a - b) < least) {
            least = ABS(a - b);
            sum = a + b;
        }
    }
    return (sum + 1) / 2;
}

static inline void mend(const struct line *l, bool wide)
{
    for (int x = 0; x < l->width; x++) {
        const int a = sample(l->above, x, wide), b = sample(l->below, x, wide), here = sample(l->here, x, wide);
        const bool fits = here <= MAX(a, b) + l->comb && here >= MIN(a, b) - l->comb;
        const int level = fits ? here : along_the_edge(l, x, wide);
        if (wide)
            ((uint16_t *)l->to)[x] = (uint16_t)level;
        else
            ((uint8_t *)l->to)[x] = (uint8_t)level;
    }
}

static void mend_line(const struct line *l, bool wide)
{
    if (wide)
        mend(l, true);
    else
        mend(l, false);
}

static void mend_plane(const AVFrame *from, AVFrame *to, int plane, int rows, struct line l, bool wide)
{
    const uint8_t *in = from->data[plane];
    uint8_t *out = to->data[plane];
    const ptrdiff_t in_row = from->linesize[plane], out_row = to->linesize[plane];
    const int later = av_versions_top_first(from);
    for (int y = 0; y < rows; y++) {
        if (y % 2 != later || rows < 2) {
            memcpy(out + y * out_row, in + y * in_row, (size_t)l.width << wide);
            continue;
        }
        l.above = in + (y > 0 ? y - 1 : y + 1) * in_row;
        l.here = in + y * in_row;
        l.below = in + (y + 1 < rows ? y + 1 : y - 1) * in_row;
        l.to = out + y * out_row;
        mend_line(&l, wide);
    }
}

/* Every sample has bytes of its own, in this machine's order, and rows are rows of light or colour. */
static bool has_fields(const AVPixFmtDescriptor *d)
{
    return d &&
           !(d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_PAL |
                         AV_PIX_FMT_FLAG_BITSTREAM)) &&
           d->comp[0].depth >= 8 && d->comp[0].depth <= 16;
}

/* Where colours are stored between the light, as in UYVY, the next sample of a kind is four further on. */
static int step_of(const AVPixFmtDescriptor *d, int plane)
{
    if (d->nb_components < 3)
        return 1;
    if (plane == 0)
        return d->comp[1].plane == 0 ? 4 : 1;
    return plane == 1 && d->comp[1].plane == d->comp[2].plane ? 2 : 1;
}

static void mend_planes(const AVFrame *from, AVFrame *to, const AVPixFmtDescriptor *d)
{
    const bool wide = d->comp[0].depth > 8;
    for (int p = 0; p < av_pix_fmt_count_planes(from->format); p++) {
        const bool chroma = p == 1 || p == 2;
        const int bytes = av_image_get_linesize(from->format, from->width, p);
        const int rows = chroma ? AV_CEIL_RSHIFT(from->height, d->log2_chroma_h) : from->height;
        const struct line l = {
            .width = bytes >> wide, .step = step_of(d, p), .comb = COMB << (d->comp[0].depth + d->comp[0].shift - 8)};
        mend_plane(from, to, p, rows, l, wide);
    }
}

bool deinterlace(AVFrame *f)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    if (!has_fields(d))
        return true;
    AVFrame *to = av_frame_alloc();
    to->format = f->format;
    to->width = f->width;
    to->height = f->height;
    const bool good = av_frame_get_buffer(to, 0) >= 0 && av_frame_copy_props(to, f) >= 0;
    if (good) {
        assert(to->width > 0 && to->height > 0);
        mend_planes(f, to, d);
        av_frame_unref(f);
        av_frame_move_ref(f, to);
    }
    av_frame_free(&to);
    return good;
}
