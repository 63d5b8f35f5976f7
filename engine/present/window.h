/*
 * window: the window that the film is in, or a surface without a display (off-screen), with the same pixels.
 *
 * Calls, all on the main thread: window_open, then per picture window_draw (composes: convert, scale, text)
 * well before the picture's time and window_flip (presents, nothing else) at that time, then window_close.
 * One window at a time; SDL's video is started and stopped with it. The window owns its fonts, caches and
 * textures and borrows what is in the view during window_draw only.
 *
 * Cost: window_draw does nothing if neither the frame nor anything on it has changed since the last call; in
 * steady play it is one conversion of the frame; with the panel some 10 % more. The first text costs some 50
 * ms (fonts are looked for): window_warm before the film starts.
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
    WINDOW_GPU,     /* planes become textures, a GPU converts and scales */
};

struct window_options {
    const char *title;
    int width, height; /* 0: two thirds of the screen, the shape of 16:9 */
    bool fullscreen;
    bool offscreen;                /* no display is needed; width and height say the size (0: 1280 x 720) */
    enum window_renderer renderer; /* the environment variable FRUMIOUS_PATH=surface|gpu outranks WINDOW_AUTO */
};

/* NULL with *error: no display, or it refuses. */
struct window *window_open(const struct window_options *opts, GError **error);
void window_close(struct window *w); /* accepts NULL */

/* "surface", "gpu (opengl)" or "off-screen"; for the statistics overlay. Lives as long as the window. */
const char *window_renderer_name(const struct window *w);

/* Size in pixels (not points). */
void window_size(const struct window *w, int *width, int *height);
/* False: minimised or hidden, drawing may be left out. Always true off-screen. */
bool window_visible(const struct window *w);
void window_resize(struct window *w, int width, int height); /* pixels; off-screen too */
void window_set_fullscreen(struct window *w, bool on);
bool window_fullscreen(const struct window *w);
/* While the film runs: the screensaver is off and the pointer hides when it rests. */
void window_playing(struct window *w, bool playing);
/* The pointer was moved (show it), or time passed (hide it after 2 s); `now_us` is any monotonic clock. */
void window_pointer(struct window *w, bool moved, int64_t now_us);

/* Looks for the fonts and renders a first text, so that the first panel is not late. */
void window_warm(struct window *w);
/* What is wrong with drawing, once warm, for a person to mend: no font was found. NULL: nothing. Static. */
const char *window_problem(const struct window *w);

/* Where a picture of this shape stands, in pixels: letterboxed, without a panel. Subtitles are rendered for
 * this width and height; when the panel is up the window moves picture and subtitles itself. */
struct rect window_picture(const struct window *w, const struct frame *f);

/* Composes. True if there is something new, that is, window_flip has something to present. */
bool window_draw(struct window *w, const struct view *v);
/* Presents what was composed. Cheap; without a new picture it does nothing. */
void window_flip(struct window *w);
/* Forget that anything was drawn (the window was uncovered): the next draw is a full one. */
void window_expose(struct window *w);

/* The composed picture: BGRX rows (see frame_blit) of the window's size, valid until the next call. NULL if
 * nothing was drawn. Call it between draw and flip. */
const uint8_t *window_read(struct window *w, int *width, int *height, int *pitch);

/* What is at these pixels in the view drawn last. */
enum window_hit_kind { WINDOW_HIT_NOTHING, WINDOW_HIT_OPTION, WINDOW_HIT_CODE, WINDOW_HIT_BUTTON, WINDOW_HIT_LINK };
struct window_hit {
    enum window_hit_kind kind;
    int index;     /* of the option, or the dialog's or the sheet's button; locked options are hit, too */
    uint32_t code; /* WINDOW_HIT_CODE: the digit or letter; '\b' takes one back, '\r' is done */
};
struct window_hit window_hit_at(const struct window *w, int x, int y);

/* The line from which on the rest of the sheet drawn last fits; 0: all of it does, or there was none. */
int window_sheet_last(const struct window *w);
