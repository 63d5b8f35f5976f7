/*
 * bar: the bar of the branch that plays (struct view_bar): where the film is, how much comes for sure, and what comes then.
 *
 * Pure drawing on a canvas, along the window's lower edge; main thread, because of the text.
 */
#pragma once

#include "present/overlay.h"

/* Draws it, if the view has one and the decision's panel is not there. */
void bar_draw(const struct overlay *o);

/* Nothing else that is read may stand there; empty: it is not drawn. */
struct rect bar_place(const struct view *v, int w, int h);
/* The same, whether it is drawn or not. */
struct rect bar_room(const struct view *v, int w, int h);

/* How much of it is to be seen, 0..1, where it is drawn. */
float bar_alpha(const struct view *v);

/* Its line; empty: it is not drawn. */
struct rect bar_line(const struct view *v, int w, int h);
/* Does the pointer hit the line? It need not be exact. *part: 0..1 of the line. */
bool bar_hit(struct rect line, int x, int y, float *part);
