/*
 * layout: where everything in a decision stands. Pure: the size of a window, the shape of a picture, the texts and a
 * way to measure them go in, and rectangles come out. No state, no drawing, any thread.
 *
 * The rule: the options stand below the picture if there is room (for that the picture may move up into its own
 * letterbox), else over its lower part on a soft shade; nothing covers more than it must. Texts wrap, then shrink to
 * a minimum, then give up their second lines, then end in an ellipsis. Whatever is asked for, all rectangles lie
 * inside the window. In a window of at least LAYOUT_MIN_W x LAYOUT_MIN_H no two that can be hit overlap.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "present/rect.h"
#include "present/text.h"
#include "present/view.h"

/* The smallest window for which all promises hold, in pixels. */
#define LAYOUT_MIN_W 320
#define LAYOUT_MIN_H 180

/* Returns the size that a text takes: the text module's answer in the window, a ruler's in tests. */
typedef struct text_extent (*layout_measure)(void *user, const struct text_style *style, const char *text, int width);

struct layout_request {
    int w, h;            /* the window in pixels, both > 0 */
    struct rect picture; /* letterboxed, as layout_picture() returns it */
    const struct view_panel *panel;
    float text_scale; /* 0: 1.0 */
    layout_measure measure;
    void *user;
};

/* The largest rectangle of the picture's shape (pw x ph pixels with an aspect ratio of sn:sd) in the window, centred.
 * A shape that makes no sense gives the whole window. */
struct rect layout_picture(int w, int h, int pw, int ph, int sn, int sd);

/* The height of ordinary text in a window of this size, in pixels; everything else is a multiple of it. */
int layout_text_px(int w, int h, float scale);

/* By how much the text of subtitles is to be enlarged over a picture of this height (struct subs_view): as the window asks, so
 * that it can be read where the picture fills only a part of it, but not so far that two lines hide the picture. */
float layout_subs_scale(int w, int h, int picture_h, float text_scale);

struct layout_option {
    struct rect cell;                  /* what the pointer hits */
    struct rect image, text, sub, key; /* empty: not shown */
    struct rect line;                  /* the underline at its full length */
    struct text_style text_style, sub_style, key_style;
};

#define LAYOUT_PADS 40
struct layout_pad {
    struct rect cell;
    uint32_t code; /* what it enters: '0'..'9', 'A'..'Z', '\b', '\r' */
};

struct layout_panel {
    struct rect picture; /* where the picture stands while the panel is open */
    int shade_y;         /* the shade begins here and is full from solid_y down to the window's bottom; both are the
                          * window's height if nothing of the picture is covered */
    int solid_y;
    int top_solid_y; /* VIEW_CORNERS: another shade is full from the top down to here, */
    int top_shade_y; /* and has faded out here; both 0: there is none */
    struct rect prompt, bar;
    struct text_style prompt_style;
    int count;
    struct layout_option option[VIEW_OPTIONS_MAX];
    struct rect code; /* the line that shows the code; empty: there is none */
    struct text_style code_style;
    int pad_count;
    struct layout_pad pad[LAYOUT_PADS];
    int subs_floor; /* subtitles end above this line */
};
void layout_panel(const struct layout_request *rq, struct layout_panel *out);

/* What stands below an option's text: why it is locked, else its second line. NULL or "": nothing. */
const char *layout_second_line(const struct view_option *o);

/* Which option or key of the pad is at x, y: its index, or -1. */
int layout_option_at(const struct layout_panel *l, int x, int y);
int layout_pad_at(const struct layout_panel *l, int x, int y);

/* The option, or the key of the pad, in the next row below `from` (`way` 1) or above it (-1), and of those the one that is
 * nearest to it; `from` where there is no such row. Where all stand in one row, the next one in it. */
int layout_row_step(const struct layout_panel *l, int from, int way);
