/*
 * credits: who made the film, as credits are set: roles on one side of a middle line and names on the other, rolling up
 * through their place, or in pages where the viewer wants no motion.
 *
 * The text is read line by line: `# words` is a title, `role: name` a pair, `: name` one more name for the role before,
 * an empty line a space, and anything else stands in the middle. What fits into the place as a whole does not roll. The last
 * part, behind the last empty line, comes to rest in the middle of the place.
 *
 * In a corner stands the way past them, while the view has it.
 *
 * They are laid out once, not for each redraw: what is kept says how. Otherwise pure drawing on a canvas; main thread, because of the
 * text.
 */
#pragma once

#include "present/overlay.h"

struct credits;

struct credits *credits_new(void);
void credits_free(struct credits *c); /* accepts NULL */

/* All credits of the view. */
void credits_draw(struct credits *c, const struct overlay *o);

/* Does the view show any? */
bool credits_are_in(const struct view *v);

/* The way past them. */
void credits_draw_skip(const struct overlay *o);
/* Where it can be clicked; empty: it is not drawn. */
struct rect credits_skip(const struct overlay *o);

/* How far up, 0..1 of the whole way, credits have rolled when `through`, 0..1, of their time is over: evenly, and slower
 * towards the end, where they rest. */
float credits_rolled(float through);
