/*
 * hold: the film waits at the end of a window for a viewer who is given more time than the author gave.
 *
 * The window runs on the film's clock as the author wrote it. One sample before it closes, where nothing is selected yet,
 * the mixer lets the film stand (mixer_wait_at()) for the time that is left of the viewer's own window, and then go on by
 * itself; a pick lets it go on at once. So the order of events and their times in the film are the story's, whatever the
 * viewer's time: play, transcripts and replays know nothing of it. With the author's time the film never waits.
 *
 * A plain value; main thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mixer;

#define EXTRA_TIME_NO_LIMIT 0

/* "1", "2", "3", "5", "10", "0" or "none": times the author's windows. */
bool extra_time_parse(const char *text, int32_t *time_factor);
/* As extra_time_parse() reads it, static. */
const char *extra_time_name(int32_t time_factor);
/* What the viewer is told, static. */
const char *extra_time_message(int32_t time_factor);
/* The next one, with no limit in the end. From there: the first again, or where `up` no other: time is never taken away. */
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
void extra_time_init(struct extra_time *h);
/* True, or it asserts: for the owner's own check. */
bool extra_time_check(const struct extra_time *h);

void extra_time_set_factor(struct extra_time *h, int32_t time_factor);
int32_t extra_time_factor(const struct extra_time *h);

/* How much longer than the author's a window is: INT64_MAX without limit. */
int64_t extra_time_us(const struct extra_time *h, int64_t window_us);

/* The film shall wait at `at_smp` (0: nowhere) for `for_us`. Where the sound has been rendered beyond it, it will not. */
void extra_time_wait_at(struct extra_time *h, struct mixer *m, int64_t at_smp, int64_t for_us);

/* What is heard, on a clock that stands while paused. */
void extra_time_tick(struct extra_time *h, int64_t heard_smp, int64_t playing_us);

/* Film position at which the film waits or will wait; 0: nowhere. */
int64_t extra_time_stop_smp(const struct extra_time *h);
/* How long it has waited there, how much longer it will, and how long it has waited since the beginning, all in all. */
int64_t extra_time_waited_here_us(const struct extra_time *h);
int64_t extra_time_left_us(const struct extra_time *h);
int64_t extra_time_waited_us(const struct extra_time *h);
