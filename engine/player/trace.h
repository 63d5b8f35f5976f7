/*
 * trace: a file with one line for each flip: what was presented, and when; and one for each time when the sound device
 * stood. For tests that measure the player.
 *
 * What it tells of a picture it reads from the composed pixels: the brightness of TRACE_CELLS points along the
 * picture's upper edge, where test films carry a strip of black and white blocks.
 *
 * Order: trace_open(); for each flip trace_picture() between window_draw() and window_flip(), then trace_flip();
 * trace_end(); trace_close(). Main thread. The file is written when it is closed, and whenever a megabyte has gathered.
 */
#pragma once

#include "player/film.h"
#include "present/audio.h"

#include <glib.h>

struct trace;
struct window;

#define TRACE_CELLS 32

/* NULL with *error: the file cannot be written. */
struct trace *trace_open(const char *path, GError **error);
void trace_close(struct trace *t); /* accepts NULL */

/* Writes a line "confined 1", or "confined 0 WHY": whether the kernel has taken rights away (base/confine.h). `why` is NULL
 * if it has. Accepts NULL. */
void trace_confined(struct trace *t, const char *why);

/* Remembers what the window will show. Accepts NULL. */
void trace_picture(struct trace *t, struct window *w, const struct film *f);

struct trace_times {
    int64_t film_smp;       /* the film position that the picture was composed for */
    int64_t due_ns;         /* when it should be presented (CLOCK_MONOTONIC); 0: at once */
    int64_t from_ns, to_ns; /* the call of window_flip() */
    int64_t overslept_ns;   /* how much too late the loop woke at most since the flip before: the machine's fault */
    bool starved;           /* since the flip before, a picture was due that was not decoded yet */
};
/* Writes the line for what trace_picture() saw last. False, and no line, if it was not called since. Accepts NULL. */
bool trace_flip(struct trace *t, const struct film *f, const struct trace_times *times);

/* The sound device stood: writes a line "stand FILM_SMP NS STANDS STOOD_US": at which film position and instant that was
 * noticed, and how often and for how long it has stood in all. Accepts NULL. */
void trace_stand(struct trace *t, int64_t film_smp, const struct audio_stats *sound);

/* The play is over: writes the totals. Accepts NULL. */
void trace_end(struct trace *t, struct film *f, const struct audio_stats *sound);
