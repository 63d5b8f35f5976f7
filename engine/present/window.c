#include "present/window.h"
#include <assert.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>
#include <SDL2/SDL.h>
#include "base/embedded.h"
#include "base/units.h"
#include "media/frame.h"
#include "media/subs.h"
#include "present/anim.h"
#include "present/bar.h"
#include "present/credits.h"
#include "present/digest.h"
#include "present/display.h"
#include "present/gpu.h"
#include "present/overlay.h"
#include "present/page_draw.h"
#include "present/paint.h"
#include "present/frame_picture.h"
#include "present/panel.h"
#include "present/screen_log.h"
#include "present/screensaver.h"
#include "present/text.h"
#include "present/view.h"
#include "present/x11_screen.h"

/* The converted picture of a frame that is shown more than once, so that a panel over a still frame costs no
 * conversion. */
struct still_cache {
    uint64_t serial; /* 0: none */
    int w, h;
    uint32_t *px;
};

struct window {
    SDL_Window *window; /* NULL: off-screen */
    bool has_display;   /* display_start() wants its display_stop() */
    struct gpu *gpu;    /* NULL: surface or off-screen */
    char renderer[72];
    int back_w, back_h; /* points: the size that full screen goes back to, where nobody else remembers it */
    struct text *text;
    struct panel *panel;
    struct credits *credits;
    struct frame_blitter *blitter;
    struct frame_picture inset; /* the small picture that was drawn last, */
    uint64_t inset_serial;

    struct canvas canvas; /* what is drawn on: the window's surface, own memory, or the GPU's layer */
    uint32_t *own;        /* memory behind canvas.px off-screen and with a GPU */
    struct rect drawn;    /* what strokes touched in the last redraw */
    struct rect picture;  /* where the picture stood in the last redraw */
    bool fresh;           /* nothing of the last redraw can be used */
    bool pending;         /* composed, and not yet presented */
    guint64 overlay_hash; /* digest_overlay() of the last redraw */
    uint64_t serial;      /* of the frame in the last redraw */
    bool had_frame;
    int64_t drawn_us; /* when window_draw() last had something new */
    struct still_cache still;
    uint32_t *read;

    struct layout_panel layout; /* of the last redraw, for hits; without a panel its counts are 0 */
    struct rect link, skip;     /* empty: none */
    struct rect bar;            /* likewise */
    struct layout_page page;    /* of the last redraw; without a page its count is 0 */
    struct screen_log *log;     /* NULL: nobody asked for it */

    bool playing, pointer_hidden;
    int64_t pointer_us;
    struct screensaver *screensaver; /* NULL: off-screen */
};

static bool window_check(const struct window *w)
{
    assert(w->text && w->panel && w->renderer[0]);
    assert(!w->gpu || w->window);
    assert(!w->own || w->canvas.px == w->own || (w->window && !w->gpu));
    assert(!w->still.px || (w->still.w > 0 && w->still.h > 0));
    assert(!w->still.serial || w->still.px);
    assert(w->had_frame || w->serial == 0);
    return true;
}

/* ---- opening ---- */

#define MOVING_REST_US   (INT64_C(15) * 1000)
#define STANDING_REST_US (INT64_C(200) * 1000)
#define STANDS_AFTER_US  (INT64_C(500) * 1000)
#define POINTER_REST_US  (2 * INT64_C(1000000))

/* Is there hardware that is worth measuring? Without a render node every accelerated renderer is software in
 * disguise, and loading it takes longer than the film may take to start. */
static bool has_gpu(void)
{
    char name[32];
    for (int i = 128; i < 136; i++) {
        g_snprintf(name, sizeof name, "/dev/dri/renderD%d", i);
        if (g_file_test(name, G_FILE_TEST_EXISTS))
            return true;
    }
    return g_file_test("/dev/nvidia0", G_FILE_TEST_EXISTS);
}

#define PROBE_W         1280
#define PROBE_H         720
#define SURFACE_TO_X_US 650 /* how long it takes to hand such a surface to an X server */

static void probe_frame(struct frame *f, uint8_t *grey)
{
    memset(grey, 128, PROBE_W * PROBE_H * 3 / 2);
    *f = (struct frame){
        .format = FRAME_I420, .matrix = FRAME_BT709, .width = PROBE_W, .height = PROBE_H, .sar_num = 1, .sar_den = 1};
    f->plane[0] = grey;
    f->plane[1] = grey + PROBE_W * PROBE_H;
    f->plane[2] = f->plane[1] + PROBE_W * PROBE_H / 4;
    f->stride[0] = PROBE_W;
    f->stride[1] = f->stride[2] = PROBE_W / 2;
}

/* How long the GPU takes for a frame, in us: the last of three, read back so that it is really done. -1: no GPU. */
static int64_t measure_gpu(SDL_Window *hidden, const struct frame *f)
{
    struct gpu *g = gpu_open(hidden);
    uint32_t pixel = 0;
    int64_t took = -1;
    for (int i = 0; g && i < 3; i++) {
        const int64_t from = g_get_monotonic_time();
        gpu_compose(g, f, false, (struct rect){0, 0, PROBE_W, PROBE_H}, NULL);
        gpu_read(g, &pixel, 1, 1);
        gpu_present(g);
        took = g_get_monotonic_time() - from;
    }
    gpu_close(g);
    return took;
}

static int64_t measure_blit(const struct frame *f)
{
    struct frame_blitter *cache = NULL;
    uint8_t *px = g_malloc(PROBE_W * PROBE_H * 4);
    int64_t took = 0;
    for (int i = 0; i < 2; i++) {
        const int64_t from = g_get_monotonic_time();
        frame_blit(&cache, f, px, PROBE_W, PROBE_H, PROBE_W * 4);
        took = g_get_monotonic_time() - from;
    }
    frame_blitter_free(cache);
    g_free(px);
    return took + SURFACE_TO_X_US;
}

/* Measures both ways with one frame in a hidden window. Is the GPU the cheaper one? */
static bool gpu_is_cheaper(void)
{
    if (!has_gpu())
        return false;
    SDL_Window *hidden = SDL_CreateWindow("", 0, 0, PROBE_W, PROBE_H, SDL_WINDOW_HIDDEN);
    if (!hidden)
        return false;
    struct frame f;
    uint8_t *grey = g_malloc(PROBE_W * PROBE_H * 3 / 2);
    probe_frame(&f, grey);
    const int64_t gpu = measure_gpu(hidden, &f);
    const bool cheaper = gpu >= 0 && gpu < measure_blit(&f);
    g_free(grey);
    SDL_DestroyWindow(hidden);
    return cheaper;
}

/* Is such a window whole on a screen that is there? */
static bool is_on_screen(int x, int y, int width, int height)
{
    const SDL_Rect window = {x, y, width, height};
    SDL_Rect screen, both;
    for (int i = 0; i < SDL_GetNumVideoDisplays(); i++)
        if (SDL_GetDisplayBounds(i, &screen) == 0 && SDL_IntersectRect(&window, &screen, &both) &&
            SDL_RectEquals(&window, &both))
            return true;
    return false;
}

static enum window_renderer choose_renderer(enum window_renderer asked)
{
    const char *forced = g_getenv("FRUMIOUS_PATH");
    if (asked != WINDOW_AUTO)
        return asked;
    if (forced && g_str_equal(forced, "gpu"))
        return WINDOW_GPU;
    if (forced && g_str_equal(forced, "surface"))
        return WINDOW_SURFACE;
    return gpu_is_cheaper() ? WINDOW_GPU : WINDOW_SURFACE;
}

static void default_size(int *w, int *h)
{
    SDL_Rect screen = {0, 0, 1280, 720};
    SDL_GetDisplayUsableBounds(0, &screen);
    *w = screen.w * 2 / 3;
    *h = *w * 9 / 16;
    if (*h > screen.h * 9 / 10) {
        *h = screen.h * 9 / 10;
        *w = *h * 16 / 9;
    }
}

/* For docks and switchers that do not find the desktop entry, or where nothing was installed. */
static void set_icon(SDL_Window *window)
{
    const struct embedded *png = embedded_file("assets/icons/128x128.png");
    int w = 0, h = 0;
    uint8_t *pixels = frame_png_pixels(png->text, png->size, &w, &h);
    SDL_Surface *icon =
        pixels ? SDL_CreateRGBSurfaceWithFormatFrom(pixels, w, h, 32, w * 4, SDL_PIXELFORMAT_RGBA32) : NULL;
    if (icon)
        SDL_SetWindowIcon(window, icon);
    SDL_FreeSurface(icon);
    g_free(pixels);
}

static bool open_real(struct window *w, const struct window_options *opts, GError **error)
{
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"); /* SDL's default draws surfaces through OpenGL */
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "0"); /* a click that only raises the window picks nothing */
    SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
    SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0"); /* a finger is no mouse (present/input.c) */
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); /* the player handles signals itself */
    if (!display_start(error))
        return false;
    w->has_display = true;
    int width = opts->width, height = opts->height;
    if (width <= 0 || height <= 0)
        default_size(&width, &height);
    const enum window_renderer renderer = choose_renderer(opts->renderer);
    const Uint32 flags =
        SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI | (opts->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    const bool placed = opts->placed && is_on_screen(opts->x, opts->y, width, height);
    w->window = SDL_CreateWindow(opts->title ? opts->title : "Frumious", placed ? opts->x : (int)SDL_WINDOWPOS_CENTERED,
                                 placed ? opts->y : (int)SDL_WINDOWPOS_CENTERED, width, height, flags);
    if (!w->window) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no window: %s", SDL_GetError());
        return false;
    }
    set_icon(w->window);
    SDL_SetWindowMinimumSize(w->window, LAYOUT_MIN_W, LAYOUT_MIN_H);
    if (opts->fullscreen && x11_screen_is_bare(w->window))
        x11_screen_fill(w->window);
    w->back_w = width;
    w->back_h = height;
    if (renderer == WINDOW_GPU)
        w->gpu = gpu_open(w->window);
    g_strlcpy(w->renderer, w->gpu ? gpu_name(w->gpu) : "surface", sizeof w->renderer);
    w->screensaver = screensaver_new();
    screensaver_keep_away(w->screensaver, true);
    w->playing = true;
    return true;
}

struct window *window_open(const struct window_options *opts, GError **error)
{
    struct window *w = g_new0(struct window, 1);
    w->fresh = true;
    w->text = text_open();
    w->panel = panel_new(w->text);
    w->credits = credits_new();
    w->log = screen_log_open();
    if (opts->offscreen) {
        g_strlcpy(w->renderer, "off-screen", sizeof w->renderer);
        window_resize(w, opts->width > 0 ? opts->width : 1280, opts->height > 0 ? opts->height : 720);
    } else if (!open_real(w, opts, error)) {
        window_close(w);
        return NULL;
    }
    assert(window_check(w));
    return w;
}

void window_close(struct window *w)
{
    if (!w)
        return;
    panel_free(w->panel);
    credits_free(w->credits);
    screen_log_close(w->log);
    text_close(w->text);
    frame_picture_drop(&w->inset);
    frame_blitter_free(w->blitter);
    gpu_close(w->gpu);
    screensaver_free(w->screensaver);
    if (w->window)
        SDL_DestroyWindow(w->window);
    if (w->has_display)
        display_stop();
    g_free(w->own);
    g_free(w->read);
    g_free(w->still.px);
    g_free(w);
}

const char *window_renderer_name(const struct window *w)
{
    return w->renderer;
}

/* ---- the window as a thing ---- */

void window_size(const struct window *w, int *width, int *height)
{
    *width = w->canvas.w;
    *height = w->canvas.h;
    if (w->gpu)
        gpu_size(w->gpu, width, height);
    else if (w->window)
        SDL_GetWindowSizeInPixels(w->window, width, height);
    *width = MAX(*width, 1);
    *height = MAX(*height, 1);
}

bool window_visible(const struct window *w)
{
    return !w->window || !(SDL_GetWindowFlags(w->window) & (SDL_WINDOW_MINIMIZED | SDL_WINDOW_HIDDEN));
}

static void own_canvas(struct window *w, int width, int height)
{
    g_free(w->own);
    w->own = g_new0(uint32_t, (size_t)width * height);
    w->canvas = (struct canvas){.px = w->own, .w = width, .h = height, .stride = width};
    w->fresh = true;
}

#define SIDE_MAX 16384 /* pixels; no window is larger, whatever is asked for */

void window_resize(struct window *w, int width, int height)
{
    width = CLAMP(width, 1, SIDE_MAX);
    height = CLAMP(height, 1, SIDE_MAX);
    if (!w->window) {
        own_canvas(w, width, height);
        return;
    }
    int pw = 0, ph = 0, sw = 0, sh = 0;
    window_size(w, &pw, &ph);
    SDL_GetWindowSize(w->window, &sw, &sh);
    SDL_SetWindowSize(w->window, width * MAX(sw, 1) / pw, height * MAX(sh, 1) / ph);
}

bool window_fullscreen(const struct window *w)
{
    return w->window && (SDL_GetWindowFlags(w->window) & SDL_WINDOW_FULLSCREEN);
}

void window_set_fullscreen(struct window *w, bool on)
{
    w->fresh = true;
    if (!w->window || on == window_fullscreen(w))
        return;
    const bool bare = x11_screen_is_bare(w->window);
    if (on)
        SDL_GetWindowSize(w->window, &w->back_w, &w->back_h);
    SDL_SetWindowFullscreen(w->window, on ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
    if (bare && on)
        x11_screen_fill(w->window);
    else if (bare)
        SDL_SetWindowSize(w->window, w->back_w, w->back_h);
}

static void show_pointer(struct window *w, bool on)
{
    if (w->window && w->pointer_hidden == on)
        SDL_ShowCursor(on ? SDL_ENABLE : SDL_DISABLE);
    w->pointer_hidden = !on;
}

bool window_place(const struct window *w, int *x, int *y, int *width, int *height)
{
    if (!w->window || window_fullscreen(w) || (SDL_GetWindowFlags(w->window) & SDL_WINDOW_MAXIMIZED))
        return false;
    int top = 0, left = 0;
    SDL_GetWindowPosition(w->window, x, y);
    SDL_GetWindowSize(w->window, width, height);
    if (SDL_GetWindowBordersSize(w->window, &top, &left, NULL, NULL) == 0) { /* a new window is placed by its frame */
        *x -= left;
        *y -= top;
    }
    return true;
}

bool window_pointer_place(const struct window *w, int *x, int *y)
{
    return x11_screen_pointer(w->window, x, y);
}

void window_set_title(struct window *w, const char *title)
{
    if (w->window)
        SDL_SetWindowTitle(w->window, title);
}

void window_playing(struct window *w, bool playing)
{
    if (w->playing == playing)
        return;
    w->playing = playing;
    if (w->screensaver)
        screensaver_keep_away(w->screensaver, playing);
    if (!playing)
        show_pointer(w, true);
}

void window_pointer(struct window *w, bool moved, int64_t now_us)
{
    if (moved || w->pointer_us == 0)
        w->pointer_us = now_us;
    show_pointer(w, !w->playing || now_us - w->pointer_us < POINTER_REST_US);
}

void window_warm(struct window *w)
{
    for (int role = 0; role < TEXT_ROLES; role++) {
        const struct text_style style = {(enum text_role)role, 26, 1, TEXT_CENTRE};
        uint32_t px = 0;
        struct canvas c = {.px = &px, .w = 1, .h = 1, .stride = 1};
        text_draw(w->text, text_get(w->text, &style, "Frumious 123", 0), &c, 0, 0, (struct text_ink){0xffffff, 1, 0});
    }
}

const char *const *window_font_families(struct window *w)
{
    return text_families(w->text);
}

const char *window_problem(const struct window *w)
{
    return text_problem(w->text);
}

struct rect window_picture(const struct window *w, const struct frame *f)
{
    int width = 0, height = 0;
    window_size(w, &width, &height);
    return f ? layout_picture(width, height, f->width, f->height, f->sar_num, f->sar_den)
             : (struct rect){0, 0, width, height};
}

void window_expose(struct window *w)
{
    w->fresh = true;
}

/* ---- composing ---- */

/* Prepares the canvas for this redraw: the window's surface as it is now, or our own memory of the same size. */
static bool prepare_canvas(struct window *w)
{
    int width = 0, height = 0;
    if (w->window && !w->gpu) {
        SDL_Surface *s = SDL_GetWindowSurface(w->window);
        if (!s || s->format->BytesPerPixel != 4)
            return false;
        if (w->canvas.px != s->pixels || w->canvas.w != s->w || w->canvas.h != s->h)
            w->fresh = true;
        w->canvas = (struct canvas){.px = s->pixels, .w = s->w, .h = s->h, .stride = s->pitch / 4};
        return true;
    }
    window_size(w, &width, &height);
    if (!w->canvas.px || width != w->canvas.w || height != w->canvas.h)
        own_canvas(w, width, height);
    w->canvas.dirty = (struct rect){0};
    return true;
}

static void clear_rect(struct canvas *c, struct rect r)
{
    for (int y = MAX(r.y, 0); y < MIN(r.y + r.h, c->h); y++)
        if (r.w > 0)
            memset(c->px + (size_t)y * c->stride + r.x, 0, (size_t)r.w * 4);
}

static void clear_around_picture(struct canvas *c, struct rect p)
{
    clear_rect(c, (struct rect){0, 0, c->w, p.y});
    clear_rect(c, (struct rect){0, p.y + p.h, c->w, c->h - p.y - p.h});
    clear_rect(c, (struct rect){0, p.y, p.x, p.h});
    clear_rect(c, (struct rect){p.x + p.w, p.y, c->w - p.x - p.w, p.h});
}

static struct rect picture_of(const struct view *v, int w, int h)
{
    if (v->frame)
        return layout_picture(w, h, v->frame->width, v->frame->height, v->frame->sar_num, v->frame->sar_den);
    return layout_picture(w, h, v->pic_w, v->pic_h, 1, 1);
}

/* Where the picture stands in this view, and in *floor the line above which subtitles stay. Remembers the layout of
 * the panel. */
static struct rect place_picture(struct window *w, const struct view *v, int *floor)
{
    struct rect pic = picture_of(v, w->canvas.w, w->canvas.h);
    *floor = w->canvas.h;
    w->layout.count = w->layout.pad_count = 0;
    const struct rect bar = bar_place(v, w->canvas.w, w->canvas.h);
    if (!rect_empty(bar)) /* they move with it as it fades in and out */
        *floor -= (int)lroundf((float)(w->canvas.h - bar.y) * (v->reduced_motion ? 1 : bar_alpha(v)));
    if (v->panel.phase == VIEW_HIDDEN)
        return pic;
    const struct layout_panel *l = panel_place(w->panel, v, w->canvas.w, w->canvas.h, pic);
    const float room = anim_panel(&v->panel, v->reduced_motion).room;
    w->layout = *l;
    pic.y += (int)lroundf((float)(l->picture.y - pic.y) * room);
    *floor = w->canvas.h - (int)lroundf((float)(w->canvas.h - l->subs_floor) * room);
    return pic;
}

static void copy_still(const struct still_cache *s, struct canvas *c, struct rect at)
{
    assert(s->w == at.w && s->h == at.h && rect_inside(at, (struct rect){0, 0, c->w, c->h}));
    for (int y = 0; y < s->h; y++)
        memcpy(c->px + (size_t)(at.y + y) * c->stride + at.x, s->px + (size_t)y * s->w, (size_t)s->w * 4);
}

/* Keeps the picture that was just converted, because this frame is shown a second time. */
static void keep_still(struct window *w, uint64_t serial, struct rect at)
{
    struct still_cache *s = &w->still;
    assert(serial != 0 && rect_inside(at, (struct rect){0, 0, w->canvas.w, w->canvas.h}));
    if (s->w != at.w || s->h != at.h) {
        g_free(s->px);
        *s = (struct still_cache){.w = at.w, .h = at.h, .px = g_new(uint32_t, (size_t)at.w * at.h)};
    }
    for (int y = 0; y < s->h; y++)
        memcpy(s->px + (size_t)y * s->w, w->canvas.px + (size_t)(at.y + y) * w->canvas.stride + at.x, (size_t)s->w * 4);
    s->serial = serial;
}

static void put_frame(struct window *w, const struct view *v, struct rect at)
{
    const struct frame *f = v->frame;
    struct canvas *c = &w->canvas;
    const uint64_t serial = v->frame_serial;
    if (serial && w->still.serial == serial && w->still.w == at.w && w->still.h == at.h) {
        copy_still(&w->still, c, at);
        return;
    }
    uint8_t *dst = (uint8_t *)(c->px + (size_t)at.y * c->stride + at.x);
    if (!frame_blit(&w->blitter, f, dst, at.w, at.h, c->stride * 4))
        clear_rect(c, at);
    else if (serial && serial == w->serial)
        keep_still(w, serial, at);
}

/* Another frame may lie where the one before did: their numbers tell. */
static void draw_inset(struct window *w, const struct overlay *o)
{
    const struct rect at = overlay_inset(o);
    if (rect_empty(at))
        return;
    if (w->inset_serial != o->view->inset_serial)
        frame_picture_drop(&w->inset);
    w->inset_serial = o->view->inset_serial;
    frame_picture_fit(&w->inset, o->view->inset, at.w, at.h);
    frame_picture_draw(&w->inset, &w->canvas, at, 1);
}

static void draw_overlay(struct window *w, const struct view *v, struct rect pic, int floor)
{
    const struct overlay o = {.text = w->text, .view = v, .canvas = &w->canvas, .picture = pic, .floor = floor};
    if (v->card)
        overlay_card(&o);
    overlay_inscriptions(&o);
    credits_draw(w->credits, &o);
    if (v->dim > 0)
        paint_fill(&w->canvas, pic, 0x000000, v->dim);
    draw_inset(w, &o);
    panel_draw(w->panel, v, &w->canvas);
    bar_draw(&o);
    w->bar = bar_line(v, w->canvas.w, w->canvas.h);
    overlay_subs(&o);
    credits_draw_skip(&o);
    w->skip = credits_skip(&o);
    overlay_top(&o);
    w->link = overlay_link(&o);
    w->page.count = 0;
    if (!v->page)
        return;
    page_place(&o, &w->page);
    page_draw(&o, &w->page);
    overlay_notice(&o, w->page.column.x + w->page.column.w);
}

/* Composes on the window's own pixels: the picture, then the strokes over it. */
static void compose_surface(struct window *w, const struct view *v, struct rect pic, int floor)
{
    const bool frame = v->frame && !v->card;
    const bool moved = w->fresh || !rect_equal(pic, w->picture) || !rect_inside(w->drawn, pic);
    if (!frame)
        clear_rect(&w->canvas, (struct rect){0, 0, w->canvas.w, w->canvas.h});
    else if (moved && (w->fresh || !rect_empty(w->drawn) || !rect_equal(pic, w->picture)))
        clear_around_picture(&w->canvas, pic);
    if (frame)
        put_frame(w, v, pic);
    w->canvas.dirty = (struct rect){0};
    draw_overlay(w, v, pic, floor);
    w->drawn = w->canvas.dirty;
}

/* Composes on a transparent layer, which the GPU lays over the frame. */
static void compose_gpu(struct window *w, const struct view *v, struct rect pic, int floor, bool same, bool overlay)
{
    if (overlay) {
        const struct rect before = w->drawn;
        clear_rect(&w->canvas, before);
        w->canvas.dirty = (struct rect){0};
        draw_overlay(w, v, pic, floor);
        w->drawn = w->canvas.dirty;
        w->canvas.dirty = rect_union(before, w->drawn);
    }
    const bool layer = !rect_empty(w->drawn) || !rect_empty(w->canvas.dirty);
    gpu_compose(w->gpu, v->card ? NULL : v->frame, same, pic, layer ? &w->canvas : NULL);
}

bool window_draw(struct window *w, const struct view *v)
{
    if (!window_visible(w) || !prepare_canvas(w))
        return false;
    const guint64 hash = digest_overlay(v);
    const bool same = !w->fresh && v->frame_serial && v->frame_serial == w->serial && w->had_frame == !!v->frame;
    const bool both_black = !v->frame && !w->had_frame;
    if (!w->fresh && hash == w->overlay_hash && (same || both_black))
        return false;
    int floor = 0;
    text_prefer(w->text, v->face);
    text_tick(w->text);
    const struct rect pic = place_picture(w, v, &floor);
    if (w->gpu)
        compose_gpu(w, v, pic, floor, same, w->fresh || hash != w->overlay_hash || !rect_equal(pic, w->picture));
    else
        compose_surface(w, v, pic, floor);
    const struct screen_places places = {.w = w->canvas.w,
                                         .h = w->canvas.h,
                                         .panel = &w->layout,
                                         .page = &w->page,
                                         .link = w->link,
                                         .skip = w->skip,
                                         .bar = w->bar};
    screen_log_view(w->log, v, &places);
    w->picture = pic;
    w->overlay_hash = hash;
    w->serial = v->frame ? v->frame_serial : 0;
    w->had_frame = v->frame != NULL;
    w->fresh = false;
    w->pending = true;
    w->drawn_us = g_get_monotonic_time();
    assert(window_check(w));
    return true;
}

int64_t window_rest_us(const struct window *w)
{
    return g_get_monotonic_time() - w->drawn_us < STANDS_AFTER_US ? MOVING_REST_US : STANDING_REST_US;
}

void window_flip(struct window *w)
{
    if (w->screensaver)
        screensaver_poll(w->screensaver);
    if (!w->pending)
        return;
    w->pending = false;
    if (w->gpu)
        gpu_present(w->gpu);
    else if (w->window && SDL_UpdateWindowSurface(w->window) < 0)
        w->fresh = true; /* the window was resized between draw and flip */
}

const uint8_t *window_read(struct window *w, int *width, int *height, int *pitch)
{
    if (w->fresh || !w->canvas.px)
        return NULL;
    *width = w->canvas.w;
    *height = w->canvas.h;
    *pitch = w->canvas.stride * 4;
    if (!w->gpu)
        return (const uint8_t *)w->canvas.px;
    g_free(w->read);
    w->read = g_new0(uint32_t, (size_t)w->canvas.w * w->canvas.h);
    *pitch = w->canvas.w * 4;
    return gpu_read(w->gpu, w->read, w->canvas.w, w->canvas.h) ? (const uint8_t *)w->read : NULL;
}

static struct window_hit hit_page(const struct layout_page *l, int x, int y)
{
    struct window_hit hit = {0};
    hit.index = layout_item_at(l, x, y, &hit.step);
    hit.kind = hit.index >= 0 ? WINDOW_HIT_ITEM : WINDOW_HIT_NOTHING;
    return hit;
}

struct window_hit window_hit_at(const struct window *w, int x, int y)
{
    if (w->page.count)
        return hit_page(&w->page, x, y);
    if (rect_has(w->skip, x, y))
        return (struct window_hit){.kind = WINDOW_HIT_SKIP};
    if (rect_has(w->link, x, y))
        return (struct window_hit){.kind = WINDOW_HIT_LINK};
    struct window_hit on_bar = {.kind = WINDOW_HIT_BAR};
    if (bar_hit(w->bar, x, y, &on_bar.part))
        return on_bar;
    const int option = layout_option_at(&w->layout, x, y), pad = layout_pad_at(&w->layout, x, y);
    if (option >= 0)
        return (struct window_hit){.kind = WINDOW_HIT_OPTION, .index = option};
    if (pad >= 0)
        return (struct window_hit){.kind = WINDOW_HIT_CODE, .index = pad, .code = w->layout.pad[pad].code};
    return (struct window_hit){0};
}

int window_row_step(const struct window *w, int from, int way)
{
    return layout_row_step(&w->layout, from, way);
}

int window_page_first(const struct window *w)
{
    return w->page.count ? w->page.first : 0;
}

int window_page_last(const struct window *w)
{
    return w->page.count ? w->page.last : 0;
}

bool window_page_shows(const struct window *w, int item)
{
    return item >= 0 && item < w->page.count && !rect_empty(w->page.item[item].row);
}
