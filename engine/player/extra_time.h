/*
 * extra_time: the film waits at the end of a window for a viewer who is given more time than the author gave.
 *
 * The window runs on the film's clock as the author wrote it. One sample before it closes, if nothing is selected yet,
 * the mixer lets the film stand (mixer_wait_at()) for the rest of the viewer's own, longer window; then the film goes
 * on by itself, or at once when the viewer picks. So the order of events and their times in the film stay the story's,
 * and play, transcripts and replays know nothing of it. With the author's time the film never waits.
 *
 * A plain value of its owner's; main thread. Times of waiting do not count pauses.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mixer;

/* The time factor of a viewer who decides without a limit. */
#define EXTRA_TIME_NO_LIMIT 0

/* Reads a time factor: "1", "2", "3", "5", "10", and "0" or "none" for no limit. False: it is none of these. */
bool extra_time_parse(const char *text, int32_t *time_factor);
/* As extra_time_parse() reads it; static. */
const char *extra_time_name(int32_t time_factor);
/* What the viewer is told, in English, for words_in(); static. */
const char *extra_time_message(int32_t time_factor);
/* The same without "Time to decide", for a place that says that already. */
const char *extra_time_words(int32_t time_factor);

/* All settings, from the author's time to no limit. */
#define EXTRA_TIME_SETTINGS 6
int32_t extra_time_at(int i);
int extra_time_index(int32_t time_factor);

/* The next setting; after *no limit* it wraps to the first, or stays there if `up`: while a decision is open, time is
 * never taken away. */
int32_t extra_time_next(int32_t time_factor, bool up);

/* Its fields are extra_time.c's own. */
struct extra_time {
    int32_t time_factor; /* 1, 2, 3, 5, 10 or EXTRA_TIME_NO_LIMIT */
    int64_t at_smp;      /* film position at which the film waits; 0: it does not */
    int64_t for_us;      /* how long; INT64_MAX: without limit */
    bool waits;          /* what is heard has come there */
    int64_t since_us;    /* on the clock of extra_time_tick(), when it did */
    int64_t here_us;     /* how long it has waited there */
    int64_t before_us;   /* and before, elsewhere */
};

/* The author's time; the film waits nowhere. */
void extra_time_init(struct extra_time *e);
/* Returns true, or asserts: for the check of its owner. */
bool extra_time_check(const struct extra_time *e);

void extra_time_set_factor(struct extra_time *e, int32_t time_factor);
int32_t extra_time_factor(const struct extra_time *e);

/* How much longer than the author's window the viewer's is: INT64_MAX without limit. */
int64_t extra_time_us(const struct extra_time *e, int64_t window_us);

/* The film shall wait at `at_smp` (0: nowhere) for `for_us`; not where the sound is rendered beyond that already. */
void extra_time_wait_at(struct extra_time *e, struct mixer *m, int64_t at_smp, int64_t for_us);

/* Film position `heard_smp` is heard; `playing_us` is a clock that stands while the film is paused. */
void extra_time_tick(struct extra_time *e, int64_t heard_smp, int64_t playing_us);

/* Film position at which the film waits or will wait; 0: nowhere. */
int64_t extra_time_stop_smp(const struct extra_time *e);
/* How long it has waited there, how much longer it will, and how long it has waited since the beginning, all in all. */
int64_t extra_time_waited_here_us(const struct extra_time *e);
int64_t extra_time_left_us(const struct extra_time *e);
int64_t extra_time_waited_us(const struct extra_time *e);
