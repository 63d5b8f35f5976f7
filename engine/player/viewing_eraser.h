/*
 * forget: erases what is recorded of the viewing that plays, because its viewer said so in the film (`forget: true` at
 * an option), and tells when the store has confirmed it.
 *
 * viewing_eraser_new() for each play, viewing_eraser_begin() when the viewer says so, viewing_eraser_poll() now and then, viewing_eraser_close(). Main
 * thread; nothing but viewing_eraser_close() waits. A thread of its own erases, over a connection of its own. It begins when
 * the writer has nothing of the viewing in its queue any more; the caller records nothing after viewing_eraser_begin().
 */
#pragma once

#include "telemetry/write/writer.h"

#include <stdbool.h>

struct viewing_eraser;

/* `w` is borrowed; it is the viewing begun last that can be forgotten. store: path, NULL: the default. */
struct viewing_eraser *viewing_eraser_new(struct writer *w, const char *store);

void viewing_eraser_begin(struct viewing_eraser *f);

/* Is something of the viewing recorded, or may be? False when nothing is being recorded at all, and once the store has
 * confirmed that nothing is left. */
bool viewing_eraser_poll(struct viewing_eraser *f);

/* viewing_eraser_begin() was called, and it is not over yet. */
bool viewing_eraser_pending(const struct viewing_eraser *f);

/* Waits for what viewing_eraser_begin() began, at most about wait_us, and frees. False and *problem (caller frees): it could
 * not be erased; says why, and what can be done. Accepts NULL. */
bool viewing_eraser_close(struct viewing_eraser *f, int64_t wait_us, char **problem);
