/*
 * recorder: turns what happens in a play into telemetry's records.
 *
 * The only place that knows both sides. Main thread; hands over to the writer and never waits. One recorder is one
 * sitting of a viewing. Times come from the caller (struct viewing_clock), so that a headless play records its own, virtual time.
 *
 * The wall clock stamps the viewing's beginning and its end and nothing else: it may be set, jump and go backward, and
 * no length of time is made of it. The caller's clock stands still while the machine sleeps (CLOCK_MONOTONIC, not
 * CLOCK_BOOTTIME), as the film does, so that a night with the lid closed is neither watching nor deciding. Should it
 * go backward all the same, time stands until it has caught up: events stay in order.
 */
#pragma once

#include "play/play.h"
#include "player/viewing.h"
#include "telemetry/write/writer.h"

struct recorder;

struct recorder_options {
    const char *viewer;           /* "" or NULL: not linked */
    bool headless;                /* nobody sees a window */
    enum viewing_chooser chooser; /* who decides */
    int32_t time_factor;          /* of the author's time to decide, at the start: see player/extra_time.h */
    uint64_t seed;
    bool resumed;                   /* the film goes on from where it was left, */
    const char *continues;          /* in this viewing; NULL: it is not known */
    int64_t (*wall_us)(void *data); /* since 1970; NULL: the system's clock. For tests */
    void *wall_data;
};

/* Registers the story and begins a viewing. `w` is borrowed until recorder_free(). */
struct recorder *recorder_new(const struct story *s, struct writer *w, const struct recorder_options *o);
/* Id of the viewing, as far as it is known: of one that goes on, until the store has told whether it has it, the one it
 * should go on with. */
void recorder_viewing(const struct recorder *r, char id[TEL_ID_SIZE]);

/* Records nothing from now on, not even the end: the viewer asked the film to forget. */
void recorder_stop(struct recorder *r);

void recorder_free(struct recorder *r); /* accepts NULL */

/* One effect of play_step(), in the moment in which it came. */
void recorder_effect(struct recorder *r, const struct play_effect *fx, const struct viewing_moment *m);

/* The film falters, or has faltered for `lasted_us` (US_NONE: no length is known). */
void recorder_stall(struct recorder *r, enum viewing_fault fault, int64_t lasted_us, const struct viewing_moment *m);

/* The viewing ends. What was open is closed as quit, the node as left. */
void recorder_finish(struct recorder *r, enum viewing_end end, const struct viewing_moment *m);
