/*
 * recorder: turns what happens in a play into telemetry's records.
 *
 * The only file of the player that knows telemetry's codes. Order: recorder_new(), the effects and faults as they come,
 * recorder_finish() once, recorder_free(). Main thread; hands every record to the writer and never waits. One recorder
 * is one part of a viewing: a film that goes on where it was left has another. Times come from the caller (struct
 * viewing_clock), so that a headless play records its own, virtual time.
 *
 * The wall clock stamps only the beginning and the end of the viewing: it may be set, jump and go backward, so no
 * length of time is computed from it. The caller's clock stands still while the machine sleeps (CLOCK_MONOTONIC, not
 * CLOCK_BOOTTIME), as the film does, so that a night with the lid closed counts as neither watching nor deciding. If it
 * goes backward all the same, recorded time stands still until the clock has caught up: events stay in order.
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
    const char *language; /* of the story's, that is shown at the start; NULL: not known */
    const char *channel;  /* through which the film came; NULL: none */
    bool subtitles;       /* are on at the start */
    const int32_t *arms;  /* of each experiment of the story, that this viewing has; NULL: there is none */
    bool resumed;         /* the film goes on from where it was left */
    const struct viewing_place *continues; /* resumed: the viewing that was left, and where; NULL: not known */
    int64_t (*wall_us)(void *data);        /* since 1970; NULL: the system's clock. For tests */
    void *wall_data;
};

/* Registers the story and begins a viewing. Story and writer are borrowed until recorder_free(). */
struct recorder *recorder_new(const struct story *s, struct writer *w, const struct recorder_options *o);
/* The id of the viewing. While the store has not yet said whether it has the viewing that this one continues, it is the
 * id of that one. */
void recorder_viewing(const struct recorder *r, char id[TEL_ID_SIZE]);

/*
 * Where the viewing stands, to be saved with the film's place. A decision that is open will be asked again there, so
 * the viewing stands before it.
 */
void recorder_place(const struct recorder *r, struct viewing_place *place);

/* Records nothing from now on, not even the end: the viewer asked to be forgotten. */
void recorder_stop(struct recorder *r);

void recorder_free(struct recorder *r); /* accepts NULL */

/* One effect of play_step(), in the moment in which it came. */
void recorder_effect(struct recorder *r, const struct play_effect *fx, const struct viewing_moment *m);

/* The node that was entered with PLAY_DID_ENTER and without a planned length is planned to last so long; US_NONE: nobody
 * can say. Until this comes, what happened from that entry on waits in memory; it is recorded without the length when the
 * node is left. A film says it when its first picture is there. */
void recorder_planned(struct recorder *r, int64_t planned_us);

/* Does something wait for that? Then the place is not saved yet: whoever goes on there would never record it. */
bool recorder_waits(const struct recorder *r);

/* Something kept the film from playing as it should, for `lasted_us` (US_NONE: it has no length). */
void recorder_stall(struct recorder *r, enum viewing_fault fault, int64_t lasted_us, const struct viewing_moment *m);

/* The viewing ends: records an open decision as quit and the node as left. */
void recorder_finish(struct recorder *r, enum viewing_end end, const struct viewing_moment *m);
