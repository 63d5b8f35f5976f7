/* Flashing: sequences that are made here, just above and just below each limit of WCAG 2.3.1. */
#include "base/units.h"
#include "media/flash.h"
#include "tap.h"

#include <glib.h>

#define FPS    24
#define FRAMES 48

struct colour {
    uint8_t r, g, b;
};

/* A picture of `off`, in which a rectangle of w x h per cent at x, y alternates with `on` every `every` frames. */
static const struct {
    const char *what;
    bool general, red;
    struct colour off, on;
    int every, flashes; /* how many flashes there are; 0: all the time */
    int x, y, w, h;
    int checks; /* cells of a checkerboard; 0: none */
} rows[] = {
    {"four flashes a second", true, false, {0, 0, 0}, {255, 255, 255}, 3, 0, 0, 0, 100, 100, 0},
    {"three flashes a second", false, false, {0, 0, 0}, {255, 255, 255}, 4, 0, 0, 0, 100, 100, 0},
    {"twelve a second, three in all", false, false, {0, 0, 0}, {255, 255, 255}, 1, 3, 0, 0, 100, 100, 0},
    {"twelve a second, four in all", true, false, {0, 0, 0}, {255, 255, 255}, 1, 4, 0, 0, 100, 100, 0},
    {"a tenth of the light", true, false, {0, 0, 0}, {91, 91, 91}, 3, 0, 0, 0, 100, 100, 0},
    {"less than a tenth", false, false, {0, 0, 0}, {87, 87, 87}, 3, 0, 0, 0, 100, 100, 0},
    {"both brighter than 80 %", false, false, {232, 232, 232}, {255, 255, 255}, 3, 0, 0, 0, 100, 100, 0},
    {"the darker below 80 %", true, false, {229, 229, 229}, {255, 255, 255}, 3, 0, 0, 0, 100, 100, 0},
    {"a quarter of the view", false, false, {0, 0, 0}, {255, 255, 255}, 3, 0, 40, 20, 16, 22, 0},
    {"more than a quarter of the view", true, false, {0, 0, 0}, {255, 255, 255}, 3, 0, 40, 20, 20, 26, 0},
    {"in a corner", true, false, {0, 0, 0}, {255, 255, 255}, 3, 0, 80, 74, 20, 26, 0},
    {"squares that take turns", true, false, {0, 0, 0}, {255, 255, 255}, 3, 0, 0, 0, 100, 100, 8},
    {"saturated red, as light as the grey", false, true, {127, 127, 127}, {255, 0, 0}, 3, 0, 0, 0, 100, 100, 0},
    {"dark red, too dark for a general flash", false, true, {0, 0, 0}, {150, 0, 0}, 3, 0, 0, 0, 100, 100, 0},
    {"red, but not saturated", false, false, {60, 60, 60}, {120, 50, 50}, 3, 0, 0, 0, 100, 100, 0},
    {"nearly black, and reddish", false, false, {0, 0, 0}, {40, 0, 0}, 3, 0, 0, 0, 100, 100, 0},
    {"saturated green is not red", false, false, {0, 0, 0}, {0, 90, 0}, 3, 0, 0, 0, 100, 100, 0},
    {"red three times a second", false, false, {127, 127, 127}, {255, 0, 0}, 4, 0, 0, 0, 100, 100, 0},
};

static void draw(const struct flash *f, uint8_t *bgrx, size_t row, int frame)
{
    const int w = flash_width(f), h = flash_height(f), turn = frame / rows[row].every;
    const bool lit = turn % 2 == 1 && (rows[row].flashes == 0 || turn < 2 * rows[row].flashes);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const bool in = x * 100 >= rows[row].x * w && x * 100 < (rows[row].x + rows[row].w) * w &&
                            y * 100 >= rows[row].y * h && y * 100 < (rows[row].y + rows[row].h) * h;
            const bool odd = rows[row].checks && (x / rows[row].checks + y / rows[row].checks) % 2;
            const struct colour c = in && lit != odd ? rows[row].on : rows[row].off;
            uint8_t *p = bgrx + ((size_t)y * w + x) * 4;
            p[0] = c.b, p[1] = c.g, p[2] = c.r, p[3] = 255;
        }
}

static struct flash_report play(size_t row)
{
    struct flash *f = flash_new(1920, 1080, 1, 1);
    uint8_t *bgrx = g_malloc((size_t)flash_width(f) * flash_height(f) * 4);
    for (int i = 0; i < FRAMES; i++) {
        draw(f, bgrx, row, i);
        flash_feed(f, bgrx, flash_width(f) * 4, i * US_PER_SECOND / FPS);
    }
    const struct flash_report r = flash_report(f);
    g_free(bgrx);
    flash_free(f);
    return r;
}

static void test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct flash_report r = play(i);
        is_int(r.general.found, rows[i].general, rows[i].what);
        is_int(r.red.found, rows[i].red, "and red");
    }
}

static void test_times(void)
{
    const struct flash_report r = play(0);
    is_int(r.general.at_us, US_PER_SECOND / 8, "it begins with the first change");
    is_int(r.general.until_us, FRAMES * US_PER_SECOND / FPS - US_PER_SECOND / 8, "and ends with the last");
    is_int(r.general.share, 100, "all of the view");
}

/* A slow rise in steps that are each too small is one transition; noise that comes and goes is none. */
static void test_slopes(void)
{
    struct flash *f = flash_new(400, 400, 1, 1);
    const size_t n = (size_t)flash_width(f) * flash_height(f);
    uint8_t *bgrx = g_malloc(n * 4);
    for (int i = 0; i < 200; i++) {
        for (size_t k = 0; k < n * 4; k++)
            bgrx[k] = (uint8_t)(i + 20 + (i * 7 + (int)k) % 5);
        flash_feed(f, bgrx, flash_width(f) * 4, i * US_PER_SECOND / FPS);
    }
    ok(!flash_report(f).general.found && !flash_report(f).red.found, "a fade with grain does not flash");
    g_free(bgrx);
    flash_free(f);
}

static void test_shapes(void)
{
    static const struct {
        int w, h, sn, sd, cells_w, cells_h;
    } shapes[] = {{1920, 1080, 1, 1, 256, 144}, {1280, 640, 1, 1, 256, 128}, {720, 576, 64, 45, 256, 144},
                  {1080, 1920, 1, 1, 108, 192}, {1, 4000, 1, 1, 12, 192},    {1024, 768, 1, 1, 256, 192}};
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        struct flash *f = flash_new(shapes[i].w, shapes[i].h, shapes[i].sn, shapes[i].sd);
        is_int(flash_width(f), shapes[i].cells_w, "cells across");
        is_int(flash_height(f), shapes[i].cells_h, "cells down");
        flash_free(f);
    }
}

int main(void)
{
    test_rows();
    test_times();
    test_slopes();
    test_shapes();
    return tap_done();
}
