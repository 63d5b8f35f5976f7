/*
 * trace: writes down what was presented and when, one line for each flip, for tests that hold the player to its word.
 *
 * What it tells of a picture it reads from the composed pixels, after everything else is done: the brightness of
 * TRACE_CELLS points along the picture's upper edge, where test films carry a strip of black and white blocks.
 *
 * Order: trace_open(), for each flip trace_picture() between window_draw() and window_flip(), then trace_flip();
 * trace_close(). Main thread. Written to the disk when it is closed, or when a megabyte has come together.
 */
#pragma once

#include "player/film.h"

#include <glib.h>

struct trace;
struct window;

#define TRACE_CELLS 32

/* NULL with *error: the file cannot be written. */
struct trace *trace_open(const char *path, GError **error);
void trace_close(struct trace *t); /* accepts NULL */

/* Remembers what the window will show; accepts NULL. */
void trace_picture(struct trace *t, struct window *w, const struct film *f);

struct trace_times {
    int64_t film_smp;       /* the film position that the picture was composed for */
    int64_t due_ns;         /* when it should be presented (CLOCK_MONOTONIC); 0: at once */
    int64_t from_ns, to_ns; /* the call of window_flip() */
    int64_t overslept_ns;   /* the most that the loop woke too late by since the flip before: the machine's fault */
    bool starved;           /* since then, a picture was due that was not decoded yet */
};
/* Writes the line for what trace_picture() saw last; false, and nothing, if it was not called since. Accepts NULL. */
bool trace_flip(struct trace *t, const struct film *f, const struct trace_times *times);

/* The play is over: totals. Accepts NULL. */
void trace_end(struct trace *t, struct film *f);
