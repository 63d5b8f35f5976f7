/*
 * viewing_eraser: erases what is recorded of the viewing that plays, because its viewer said so in the film (`forget:
 * true` at an option) or on the page "What was recorded", and tells when the store has confirmed it.
 *
 * Order: viewing_eraser_new() for each play, viewing_eraser_begin() when the viewer says so, viewing_eraser_poll() now
 * and then, viewing_eraser_close(). Main thread; only viewing_eraser_close() waits. A thread of its own erases, over a
 * connection of its own. It starts when nothing of the viewing is left in the writer's queue; the caller must record
 * nothing after viewing_eraser_begin().
 */
#pragma once

#include "telemetry/write/writer.h"

#include <stdbool.h>

struct viewing_eraser;

/* For the viewing that `w` began last. `w` is borrowed. `store`: path, NULL: the default one; `trust` as in struct
 * store_options. */
struct viewing_eraser *viewing_eraser_new(struct writer *w, const char *store, bool trust);

void viewing_eraser_begin(struct viewing_eraser *e);

/* Goes on with the erasing. True: something of the viewing is recorded, or may be. False when nothing is being recorded
 * at all, and once the store has confirmed that nothing is left. */
bool viewing_eraser_poll(struct viewing_eraser *e);

/* Was viewing_eraser_begin() called, and is the erasing not over yet? */
bool viewing_eraser_pending(const struct viewing_eraser *e);

/* Waits, at most about wait_us, until what viewing_eraser_begin() began is over, and frees. False and *problem (the
 * caller frees it): the viewing could not be erased; says why, and what can be done. After a signal it waits a fraction of a
 * second; a thread that a disk holds up is left to itself then, and the program must end by _exit(). Accepts NULL. */
bool viewing_eraser_close(struct viewing_eraser *e, int64_t wait_us, char **problem);
