/*
 * window: the window that shows the film, or a surface without a display (off-screen) that gets the same pixels.
 *
 * Main thread. window_open(); for each picture window_draw(), which composes it (converts, scales, sets text), well
 * before the time of the picture, and window_flip(), which only presents it, at that time; window_close(). One window
 * at a time: SDL's video starts and stops with it. The window owns its fonts, caches and textures, and borrows what
 * is in the view during window_draw() alone.
 *
 * Cost: window_draw() does nothing if neither the frame nor anything on it has changed since the last call. During
 * ordinary play it converts one frame; a panel adds some 10 %. The first text takes some 50 ms, because fonts are
 * looked for: call window_warm() before the film starts.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "present/rect.h"

struct view;
struct frame;
struct window;

enum window_renderer {
    WINDOW_AUTO,    /* measured at the start: the cheaper of the two */
    WINDOW_SURFACE, /* frames are converted straight into the window's own memory */
    WINDOW_GPU,     /* planes become textures, and a GPU converts and scales them */
};

struct window_options {
    const char *title;
    int width, height; /* 0: two thirds of the screen, in the shape of 16:9 */
    bool placed;       /* at x, y on the desktop, if that is on a screen; else in the middle */
    int x, y;
    bool fullscreen;
    bool offscreen;                /* no display is needed; width and height give the size (0: 1280 x 720) */
    enum window_renderer renderer; /* the environment variable FRUMIOUS_PATH=surface|gpu outranks WINDOW_AUTO */
};

/* NULL with *error: there is no display, or it refuses. */
struct window *window_open(const struct window_options *opts, GError **error);
void window_close(struct window *w); /* accepts NULL */

/* "surface", "gpu (opengl)" or "off-screen", for the statistics; lives as long as the window. */
const char *window_renderer_name(const struct window *w);

/* Size in pixels (not points). */
void window_size(const struct window *w, int *width, int *height);
/* False: minimised or hidden, so drawing may be left out. Always true off-screen. */
bool window_visible(const struct window *w);
void window_resize(struct window *w, int width, int height); /* pixels; off-screen as well */
void window_set_fullscreen(struct window *w, bool on);
bool window_fullscreen(const struct window *w);
/* Where it stands on the desktop, and its size, in the desktop's units, for window_open(). False: it fills the screen, or there
 * is no desktop. */
bool window_place(const struct window *w, int *x, int *y, int *width, int *height);
/* Where the pointer is on the desktop, in pixels, over whatever window. False: nobody tells, as under Wayland and off-screen. */
bool window_pointer_place(const struct window *w, int *x, int *y);

/* Borrows nothing. */
void window_set_title(struct window *w, const char *title);
/* While the film plays, the screensaver is off and a pointer that rests is hidden. */
void window_playing(struct window *w, bool playing);
/* Shows the pointer if it has moved, and hides it once it has rested for 2 s; `now_us` is any monotonic clock. */
void window_pointer(struct window *w, bool moved, int64_t now_us);

/* Looks for the fonts and renders a first text, so that the first panel is not late. */
void window_warm(struct window *w);
/* What is wrong with drawing, for a person to mend: no font was found. Static; known once window_warm() has run. NULL:
 * nothing. */
const char *window_problem(const struct window *w);

/* The fonts that a viewer can choose for words of the player's own (struct view) and for subtitles: as fonts_families(). */
const char *const *window_font_families(struct window *w);

/* Where a picture of this shape stands without a panel, letterboxed, in pixels. Subtitles are rendered for this width
 * and height; while the panel is open the window itself moves picture and subtitles. */
struct rect window_picture(const struct window *w, const struct frame *f);

/* Composes. True: something is new, so window_flip() has something to present. */
bool window_draw(struct window *w, const struct view *v);

/* While nobody touches anything and the film stands: for how many microseconds the caller may leave what window_draw()
 * made as it is. 15 ms while something moves, or has moved within the last half second; 200 ms after that, so that a
 * standing picture costs next to nothing and a signal is still noticed soon. Input ends input_wait() at once. */
int64_t window_rest_us(const struct window *w);
/* Presents what was composed. Cheap; does nothing if nothing is new. */
void window_flip(struct window *w);
/* Forgets what was drawn, because the window was uncovered: the next draw is a full one. */
void window_expose(struct window *w);

/* The composed picture: rows of BGRX pixels (see frame_blit()) of the window's size, valid until the next call. NULL:
 * nothing was drawn. Call it between window_draw() and window_flip(). */
const uint8_t *window_read(struct window *w, int *width, int *height, int *pitch);

/* What is at these pixels in the view that was drawn last. */
enum window_hit_kind {
    WINDOW_HIT_NOTHING,
    WINDOW_HIT_OPTION,
    WINDOW_HIT_CODE,
    WINDOW_HIT_LINK,
    WINDOW_HIT_ITEM,
    WINDOW_HIT_BAR,
    WINDOW_HIT_SKIP /* the way past the credits */
};
struct window_hit {
    enum window_hit_kind kind;
    int index;     /* of the option, locked ones included, or of the page's item */
    uint32_t code; /* WINDOW_HIT_CODE: the digit or letter; '\b' takes one back, '\r' is done */
    float part;    /* WINDOW_HIT_BAR: 0..1 of the bar */
    int step;      /* WINDOW_HIT_ITEM: -1 or 1 on an arrow of a setting, else 0 */
};
struct window_hit window_hit_at(const struct window *w, int x, int y);

/* Of the choice that was drawn last: what is a row below `from`, or above it, as layout_row_step() tells. */
int window_row_step(const struct window *w, int from, int way);

/* Of the page that was drawn last: the item at the top of its list, and the first one from which the rest fits. 0 and 0:
 * all of it does, or there was none. */
int window_page_first(const struct window *w);
int window_page_last(const struct window *w);
/* Is this item of it in sight? */
bool window_page_shows(const struct window *w, int item);
