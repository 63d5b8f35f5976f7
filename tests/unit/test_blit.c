/* The conversion of pictures for screens without a GPU, against arithmetic: right on average, black and white exact. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "media/frame.h"
#include "tap.h"

#define W 320
#define H 180

struct test_picture {
    uint8_t y[W * H], u[W * H / 4], v[W * H / 4], uv[W * H / 2], px[W * H * 4];
};

static uint8_t within(int from, int to)
{
    return (uint8_t)(from + rand() % (to - from + 1));
}

/* Colours that lie inside RGB, so that nothing is cut off. */
static void fill(struct test_picture *p)
{
    for (int i = 0; i < W * H; i++)
        p->y[i] = within(60, 190);
    for (int i = 0; i < W * H / 4; i++) {
        p->uv[2 * i] = p->u[i] = within(108, 148);
        p->uv[2 * i + 1] = p->v[i] = within(108, 148);
    }
}

static void level(struct test_picture *p, uint8_t y)
{
    memset(p->y, y, sizeof p->y);
    memset(p->u, 128, sizeof p->u);
    memset(p->v, 128, sizeof p->v);
    memset(p->uv, 128, sizeof p->uv);
}

static struct frame frame_of(const struct test_picture *p, enum frame_format format, enum frame_matrix matrix,
                             bool full)
{
    struct frame f = {
        .format = format, .matrix = matrix, .full_range = full, .width = W, .height = H, .sar_num = 1, .sar_den = 1};
    f.plane[0] = p->y;
    f.stride[0] = W;
    f.plane[1] = format == FRAME_I420 ? p->u : p->uv;
    f.stride[1] = format == FRAME_I420 ? W / 2 : W;
    f.plane[2] = format == FRAME_I420 ? p->v : NULL;
    f.stride[2] = format == FRAME_I420 ? W / 2 : 0;
    return f;
}

/* Blue, green, red of a pixel, in levels. */
static void right(const struct test_picture *p, const struct frame *f, int x, int y, double bgr[3])
{
    const double kr = f->matrix == FRAME_BT601 ? 0.299 : 0.2126, kb = f->matrix == FRAME_BT601 ? 0.114 : 0.0722;
    const double luma = f->full_range ? p->y[y * W + x] : (p->y[y * W + x] - 16) * 255 / 219.0;
    const double scale = f->full_range ? 1 : 255 / 224.0;
    const double u = (p->u[y / 2 * (W / 2) + x / 2] - 128) * scale, v = (p->v[y / 2 * (W / 2) + x / 2] - 128) * scale;
    bgr[0] = luma + 2 * (1 - kb) * u;
    bgr[2] = luma + 2 * (1 - kr) * v;
    bgr[1] = (luma - kr * bgr[2] - kb * bgr[0]) / (1 - kr - kb);
}

static void test_colours(struct test_picture *p, const struct frame *f, const char *name)
{
    static const char channel[] = "bgr";
    struct frame_blitter *cache = NULL;
    double sum[3] = {0}, worst = 0, want[3];
    ok(frame_blit(&cache, f, p->px, W, H, W * 4), "%s: drawn", name);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            right(p, f, x, y, want);
            for (int c = 0; c < 3; c++) {
                const double error = p->px[(y * W + x) * 4 + c] - want[c];
                sum[c] += error / (W * H);
                worst = fmax(worst, fabs(error));
            }
        }
    for (int c = 0; c < 3; c++)
        ok(fabs(sum[c]) < (f->full_range ? 1.2 : 0.8), "%s: %c is right on average, by %.2f", name, channel[c], sum[c]);
    ok(worst < 4, "%s: nothing is far off: %.2f", name, worst);
    frame_blitter_free(cache);
}

static void test_ends(struct test_picture *p, enum frame_format format, bool full, const char *name)
{
    static const struct {
        uint8_t limited, full, shown;
    } row[] = {{16, 0, 0}, {235, 255, 255}};
    for (size_t i = 0; i < 2; i++) {
        struct frame_blitter *cache = NULL;
        level(p, full ? row[i].full : row[i].limited);
        const struct frame f = frame_of(p, format, FRAME_BT709, full);
        frame_blit(&cache, &f, p->px, W, H, W * 4);
        for (int c = 0; c < 3; c++)
            ok(p->px[(H / 2 * W + W / 2) * 4 + c] == row[i].shown, "%s: %d is %d", name, row[i].shown,
               p->px[(H / 2 * W + W / 2) * 4 + c]);
        frame_blitter_free(cache);
    }
}

/* Black on the left and white on the right, scaled to any size: away from the edge there is nothing else. */
static void test_scaling(struct test_picture *p, enum frame_format format, const char *name)
{
    static const int size[][2] = {{W * 3 / 2, H * 3 / 2}, {W * 2, H * 2}, {W + 1, H + 3},
                                  {W / 2, H / 2},         {W / 3, H / 3}, {1, 1}};
    struct frame f = frame_of(p, format, FRAME_BT709, false);
    struct frame_blitter *cache = NULL;
    level(p, 16);
    for (int i = 0; i < W * H; i++)
        p->y[i] = i % W < W / 2 ? 16 : 235;
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        const int w = size[i][0], h = size[i][1], pitch = w * 4 + 64;
        uint8_t *px = malloc((size_t)pitch * (size_t)h);
        int wrong = 0;
        const bool drawn = frame_blit(&cache, &f, px, w, h, pitch);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                for (int c = 0; c < 3 && fabs(x - w / 2.0) > 3; c++)
                    wrong += px[y * pitch + x * 4 + c] != (x < w / 2 ? 0 : 255);
        ok(drawn && wrong == 0, "%s in %dx%d: %d bytes wrong", name, w, h, wrong);
        free(px);
    }
    frame_blitter_free(cache);
}

int main(int argc, char **argv)
{
    const unsigned seed = argc > 1 ? (unsigned)atoi(argv[1]) : 7;
    static struct test_picture p;
    printf("# seed %u\n", seed);
    srand(seed);
    for (int format = FRAME_I420; format <= FRAME_NV12; format++)
        for (int matrix = FRAME_BT601; matrix <= FRAME_BT709; matrix++)
            for (int full = 0; full < 2; full++) {
                char name[64];
                snprintf(name, sizeof name, "%s, %s, %s range", format == FRAME_I420 ? "I420" : "NV12",
                         matrix == FRAME_BT601 ? "BT.601" : "BT.709", full ? "full" : "limited");
                fill(&p);
                const struct frame f = frame_of(&p, (enum frame_format)format, (enum frame_matrix)matrix, full != 0);
                test_colours(&p, &f, name);
                test_ends(&p, (enum frame_format)format, full != 0, name);
            }
    test_scaling(&p, FRAME_I420, "I420");
    test_scaling(&p, FRAME_NV12, "NV12");
    return tap_done();
}
