/* The window: off-screen and real windows (on whatever display there is, else skipped) show the same pixels, redraws
 * happen only when something has changed, hits agree with what is drawn, and resizing and full screen work. */
#include "tap.h"
#include <stdlib.h>
#include "base/units.h"
#include "media/frame.h"
#include "present/anim.h"
#include "present/view.h"
#include "present/window.h"

enum { W = 640, H = 320 };

static uint8_t planes[W * H * 3 / 2];

static struct frame frame_of(uint8_t luma)
{
    memset(planes, luma, W * H);
    memset(planes + W * H, 128, W * H / 2);
    struct frame f = {.format = FRAME_I420, .matrix = FRAME_BT601, .width = W, .height = H, .sar_num = 1, .sar_den = 1};
    f.plane[0] = planes;
    f.plane[1] = planes + W * H;
    f.plane[2] = f.plane[1] + W * H / 4;
    f.stride[0] = W;
    f.stride[1] = f.stride[2] = W / 2;
    return f;
}

static const struct view_option options[] = {{.text = "By the door", .key = "1"},
                                             {.text = "To the desk", .key = "2"},
                                             {.text = "Locked", .locked = true, .reason = "not yet"}};

static struct view decision(const struct frame *f)
{
    return (struct view){.frame = f,
                         .frame_serial = 1,
                         .panel = {.phase = VIEW_OPEN,
                                   .prompt = "Where?",
                                   .options = options,
                                   .count = 3,
                                   .focus_from = -1,
                                   .selected = -1,
                                   .taken = -1,
                                   .left = 0.5,
                                   .focus_us = US_PER_SECOND}};
}

static int luma_at(struct window *w, int x, int y)
{
    int pw = 0, ph = 0, pitch = 0;
    const uint8_t *px = window_read(w, &pw, &ph, &pitch);
    return px ? px[(size_t)y * pitch + x * 4 + 1] : -1;
}

static bool near(int got, int want)
{
    return abs(got - want) <= 3;
}

static void test_redraw(void)
{
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 640, .height = 360}, NULL);
    const struct frame grey = frame_of(126);
    struct view v = {.frame = &grey, .frame_serial = 1};
    ok(!window_read(w, &(int){0}, &(int){0}, &(int){0}), "nothing drawn, nothing to read");
    ok(window_draw(w, &v), "the first frame is drawn");
    ok(near(luma_at(w, 320, 180), 128) && luma_at(w, 320, 5) == 0, "grey between black bars");
    ok(!window_draw(w, &v), "the same again is not");
    v.frame_serial = 2;
    ok(window_draw(w, &v), "another frame is");
    v.frame_serial = 0;
    ok(window_draw(w, &v) && window_draw(w, &v), "a frame without a number always is");
    v = decision(&grey);
    ok(window_draw(w, &v) && !window_draw(w, &v), "a panel that rests is drawn once");
    v.panel.left = 0.4;
    ok(window_draw(w, &v), "its bar has moved");
    const int over = luma_at(w, 320, 345);
    v.panel.phase = VIEW_HIDDEN;
    ok(window_draw(w, &v) && luma_at(w, 320, 355) == 0 && near(luma_at(w, 320, 330), 128),
       "gone without a trace (%d before)", over);
    v.notice = "hello";
    v.notice_us = ANIM_NOTICE_US;
    window_draw(w, &v);
    v.notice_us *= 2;
    ok(!window_draw(w, &v), "a notice that has faded changes nothing any more");
    window_resize(w, 300, 500);
    int pw = 0, ph = 0;
    window_size(w, &pw, &ph);
    ok(window_draw(w, &v) && pw == 300 && ph == 500 && near(luma_at(w, 150, 250), 128) && luma_at(w, 150, 100) == 0,
       "resized");
    const struct rect r = window_picture(w, &grey);
    ok(r.x == 0 && r.y == 175 && r.w == 300 && r.h == 150, "the picture's place: %d,%d %dx%d", r.x, r.y, r.w, r.h);
    window_resize(w, 0, -5);
    ok(window_draw(w, &v), "even to nothing");
    window_close(w);
}

/* The small picture stands in its corner, moves with its own frames, and leaves nothing behind. */
static void test_inset(void)
{
    static uint8_t white[64 * 64 * 3 / 2];
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 640, .height = 360}, NULL);
    const struct frame grey = frame_of(126);
    struct frame small = {
        .format = FRAME_I420, .matrix = FRAME_BT601, .width = 64, .height = 64, .sar_num = 1, .sar_den = 1};
    memset(white, 235, 64 * 64);
    memset(white + 64 * 64, 128, 64 * 32);
    small.plane[0] = white;
    small.plane[1] = white + 64 * 64;
    small.plane[2] = small.plane[1] + 32 * 32;
    small.stride[0] = 64;
    small.stride[1] = small.stride[2] = 32;
    struct view v = {.frame = &grey, .frame_serial = 1, .inset = &small, .inset_serial = 1, .inset_share = 0.4f};
    ok(window_draw(w, &v) && luma_at(w, 600, 80) > 240 && near(luma_at(w, 600, 280), 128), "in the upper corner");
    ok(!window_draw(w, &v), "the same again is not drawn");
    memset(white, 16, 64 * 64);
    v.inset_serial = 2;
    ok(window_draw(w, &v) && luma_at(w, 600, 80) < 8, "another frame of it is");
    v.inset_low = true;
    ok(window_draw(w, &v) && luma_at(w, 600, 280) < 8 && near(luma_at(w, 600, 80), 128), "in the lower corner");
    v.inset = NULL;
    ok(window_draw(w, &v) && near(luma_at(w, 600, 280), 128), "gone without a trace");
    window_close(w);
}

/* Counts the pixels brighter than the grey picture inside and outside of a rectangle. */
static void count_bright(struct window *w, const int box[4], int out[2])
{
    int pw = 0, ph = 0, pitch = 0;
    const uint8_t *px = window_read(w, &pw, &ph, &pitch);
    out[0] = out[1] = 0;
    for (int y = 0; px && y < ph; y++)
        for (int x = 0; x < pw; x++) {
            const bool inside = x >= box[0] && x < box[0] + box[2] && y >= box[1] && y < box[1] + box[3];
            out[!inside] += px[(size_t)y * pitch + x * 4 + 1] > 160;
        }
}

/* Whatever the text, an inscription stays in its place; the window is redrawn when its words change. */
static void test_inscriptions(void)
{
    static const char *const texts[] = {"LINE 08", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj",
                                        "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrente"};
    static const int box[] = {128, 20 + 64, 320, 128}; /* of a 640 x 320 picture in 640 x 360 */
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 640, .height = 360}, NULL);
    const struct frame grey = frame_of(126);
    struct view_inscription in = {
        .left = 200, .top = 200, .width = 500, .height = 400, .size = 120, .look = VIEW_TERMINAL, .rgb = 0xffffff};
    struct view v = {.frame = &grey, .frame_serial = 1, .inscriptions = &in, .inscription_count = 1};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        for (in.align = VIEW_ALIGN_START; in.align <= VIEW_ALIGN_END; in.align++) {
            int bright[2];
            in.text = texts[i];
            const bool drawn = window_draw(w, &v);
            count_bright(w, box, bright);
            ok(drawn && bright[0] > 20 && bright[1] == 0, "inscription %zu, align %d: %d inside, %d outside", i,
               (int)in.align, bright[0], bright[1]);
        }
    in.align = VIEW_ALIGN_END;
    ok(!window_draw(w, &v), "the same words are not drawn again");
    window_close(w);
}

static void test_hits(void)
{
    struct window *w = window_open(&(struct window_options){.offscreen = true}, NULL);
    const struct frame grey = frame_of(126);
    struct view v = decision(&grey);
    window_draw(w, &v);
    int seen[3] = {0}, order = -1;
    bool sorted = true;
    for (int x = 0; x < 1280; x += 2) {
        const struct window_hit hit = window_hit_at(w, x, 690);
        if (hit.kind != WINDOW_HIT_OPTION)
            continue;
        seen[hit.index]++;
        sorted &= hit.index >= order;
        order = hit.index;
    }
    ok(seen[0] > 20 && seen[1] > 20 && seen[2] > 20 && sorted, "three options from left to right: %d %d %d", seen[0],
       seen[1], seen[2]);
    ok(window_hit_at(w, 640, 100).kind == WINDOW_HIT_NOTHING && window_hit_at(w, -5, 99999).kind == WINDOW_HIT_NOTHING,
       "the picture is no option");
    const struct view_item answers[] = {{.kind = VIEW_ITEM_ACTION, .text = "Yes"},
                                        {.kind = VIEW_ITEM_ACTION, .text = "No"}};
    const struct view_page page = {.title = "Really?", .items = answers, .count = 2, .focus = -1};
    v.page = &page;
    window_draw(w, &v);
    int yes = 0, no = 0, behind = 0;
    for (int y = 0; y < 720; y += 4)
        for (int x = 0; x < 1280; x += 4) {
            const struct window_hit hit = window_hit_at(w, x, y);
            yes += hit.kind == WINDOW_HIT_ITEM && hit.index == 0;
            no += hit.kind == WINDOW_HIT_ITEM && hit.index == 1;
            behind += hit.kind == WINDOW_HIT_OPTION;
        }
    ok(yes > 50 && no > 50 && behind == 0, "a page covers what is behind it");
    v.page = NULL;
    v.panel = (struct view_panel){.phase = VIEW_OPEN, .layout = VIEW_CODE, .code = "4", .code_length = 4, .left = -1};
    window_draw(w, &v);
    GString *keys = g_string_new(NULL);
    for (int x = 0; x < 1280; x++) {
        const struct window_hit hit = window_hit_at(w, x, 680);
        if (hit.kind == WINDOW_HIT_CODE && (!keys->len || keys->str[keys->len - 1] != (char)hit.code))
            g_string_append_c(keys, (char)hit.code);
    }
    is_str(keys->str, "1234567890\b\r", "the pad");
    g_string_free(keys, TRUE);
    window_close(w);
}

/* Bars shrink towards their centre: the lit part of a row of pixels, and its middle. */
static void test_bar(void)
{
    struct window *w = window_open(&(struct window_options){.offscreen = true}, NULL);
    const struct frame black = frame_of(16);
    int last = 2000;
    bool shrinks = true, centred = true;
    for (int i = 10; i >= 1; i--) {
        struct view v = decision(&black);
        v.panel.left = i / 10.0;
        window_draw(w, &v);
        int from = -1, to = -1;
        for (int y = 560; y < 660; y++)
            for (int x = 0, run = 0; x < 1280; x++) {
                run = luma_at(w, x, y) > 230 ? run + 1 : 0;
                if (run > 60) {
                    from = from < 0 || x - run + 1 < from ? x - run + 1 : from;
                    to = MAX(to, x);
                }
            }
        shrinks &= from >= 0 && to - from < last;
        centred &= abs((from + to) / 2 - 640) <= 2;
        last = to - from;
    }
    ok(shrinks, "the bar shrinks");
    ok(centred, "toward the centre");
    window_close(w);
}

/* The largest difference between the pixels of two windows, 0..255; 999: they are not of one size. */
static int difference(struct window *a, struct window *b)
{
    int aw = 0, ah = 0, ap = 0, bw = 0, bh = 0, bp = 0, most = 0;
    const uint8_t *pa = window_read(a, &aw, &ah, &ap), *pb = window_read(b, &bw, &bh, &bp);
    if (!pa || !pb || aw != bw || ah != bh)
        return 999;
    for (int y = 0; y < ah; y++)
        for (int x = 0; x < aw * 4; x++)
            if (x % 4 != 3)
                most = MAX(most, abs(pa[(size_t)y * ap + x] - pb[(size_t)y * bp + x]));
    return most;
}

static void test_real(enum window_renderer renderer, const char *name)
{
    GError *error = NULL;
    struct window *w = window_open(
        &(struct window_options){.title = "test", .width = 1280, .height = 640, .renderer = renderer}, &error);
    if (!w) {
        skip(name, error->message);
        g_error_free(error);
        return;
    }
    struct window *o = window_open(&(struct window_options){.offscreen = true, .width = 1280, .height = 640}, NULL);
    const struct frame grey = frame_of(126);
    struct view v = decision(&grey);
    printf("# %s\n", window_renderer_name(w));
    window_draw(w, &v);
    window_draw(o, &v);
    int d = difference(w, o);
    ok(d <= 4, "%s: a panel looks as it does off-screen (%d)", name, d);
    window_flip(w);
    v.panel.phase = VIEW_HIDDEN;
    window_expose(w);
    window_draw(w, &v);
    window_draw(o, &v);
    d = difference(w, o);
    ok(d <= 4, "%s: so does the bare picture (%d)", name, d);
    window_flip(w);
    window_set_fullscreen(w, true);
    ok(window_draw(w, &v), "%s: full screen", name);
    window_flip(w);
    window_set_fullscreen(w, false);
    window_playing(w, false);
    window_pointer(w, true, 1);
    ok(window_draw(w, &v), "%s: and back", name);
    window_flip(w);
    window_close(o);
    window_close(w);
}

int main(void)
{
    test_redraw();
    test_inset();
    test_inscriptions();
    test_hits();
    test_bar();
    if (!g_getenv("DISPLAY") && !g_getenv("WAYLAND_DISPLAY"))
        g_setenv("SDL_VIDEODRIVER", "dummy", TRUE);
    test_real(WINDOW_SURFACE, "surface");
    if (g_getenv("DISPLAY"))
        test_real(WINDOW_GPU, "gpu");
    else
        skip("gpu", "no display");
    return tap_done();
}
