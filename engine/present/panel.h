/*
 * panel: draws the decision on a canvas. It keeps the layout from redraw to redraw, and small copies of the options'
 * pictures.
 *
 * Main thread. panel_new(); for each redraw panel_place(), which says where things go and how far the picture makes
 * room, and panel_draw() once the picture is on the canvas; panel_free(). The text is borrowed and must outlive the
 * panel.
 */
#pragma once

#include "present/layout.h"
#include "present/paint.h"
#include "present/text.h"
#include "present/view.h"

/* The colours of everything that is drawn, 0xRRGGBB. */
#define COLOUR_INK    0xf6efdf /* options, titles */
#define COLOUR_QUIET  0xe8dcc0 /* prompts, cards */
#define COLOUR_SHADE  0x05080a
#define COLOUR_LIGHT  0xffd9a0 /* the light of the focus */
#define COLOUR_BAR    0xffffff
#define COLOUR_ALERT  0xff9d45 /* what is wrong: missing clips, wrong codes */
#define PANEL_OPACITY 0.88f    /* of the shade at its darkest */

struct panel;

struct panel *panel_new(struct text *text);
void panel_free(struct panel *p); /* accepts NULL */

/* The layout of this view in a window of w x h with the picture at `picture`; valid until the next call. Computed
 * anew only when something that it depends on has changed. */
const struct layout_panel *panel_place(struct panel *p, const struct view *v, int w, int h, struct rect picture);

/* Draws the panel where panel_place() has put it. */
void panel_draw(struct panel *p, const struct view *v, struct canvas *c);
