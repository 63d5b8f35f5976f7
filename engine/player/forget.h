/*
 * forget: erases what is recorded of the viewing that plays, because its viewer said so in the film (`forget: true` at
 * an option), and tells when the store has confirmed it.
 *
 * forget_new() for each play, forget_begin() when the viewer says so, forget_poll() now and then, forget_close(). Main
 * thread; nothing but forget_close() waits. A thread of its own erases, over a connection of its own. It begins when
 * the writer has nothing of the viewing in its queue any more; the caller records nothing after forget_begin().
 */
#pragma once

#include "telemetry/write/writer.h"

#include <stdbool.h>

struct forget;

/* `w` is borrowed; it is the viewing begun last that can be forgotten. store: path, NULL: the default. */
struct forget *forget_new(struct writer *w, const char *store);

void forget_begin(struct forget *f);

/* Is something of the viewing recorded, or may be? False when nothing is being recorded at all, and once the store has
 * confirmed that nothing is left. */
bool forget_poll(struct forget *f);

/* forget_begin() was called, and it is not over yet. */
bool forget_pending(const struct forget *f);

/* Waits for what forget_begin() began, at most about wait_us, and frees. False and *problem (caller frees): it could
 * not be erased; says why, and what can be done. Accepts NULL. */
bool forget_close(struct forget *f, int64_t wait_us, char **problem);
