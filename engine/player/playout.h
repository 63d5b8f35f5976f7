/*
 * playout: the clips of a film as they run: the shot that plays, the one queued behind it in the mixer, those kept warm.
 *
 * The film says how things stand (struct situation); playout finds the segment that follows, queues its clip, replaces it
 * when the viewer changes their mind, and follows what the mixer says. It steps no story. What goes wrong on the way is a
 * sentence for the viewer (playout_take_notice()) and a fault for the record.
 *
 * Main thread only; nothing waits. Order: playout_init(); whenever time has passed playout_poll(), playout_cut() once what
 * is heard has come to playout_join_smp() of a next shot that has started, playout_look_ahead(), playout_picture();
 * playout_clear() after the last mixer_render().
 */
#pragma once

#include "player/prefetch.h"
#include "player/segment.h"
#include "media/deck.h"
#include "media/media.h"
#include "media/mixer.h"

#include <glib.h>

/* A node's segment and the clip that plays it. */
struct shot {
    struct segment segment;
    struct clip *clip; /* the deck's until it has started, then owned */
    uint32_t serial;   /* in the mixer; 0: not queued */
    int32_t node;      /* -1: there is no shot */
    int32_t selected;  /* what the viewer had selected when it was queued */
    int64_t start_smp; /* film position of the clip's 0 */
    bool at_once;      /* queued to cut at once, not at the end */
    bool started;      /* the mixer has joined it */
    bool warned;       /* what is wrong with its clip has been said */
    bool slow_told;    /* that its pictures come too late has been said */
    int64_t lacks_smp; /* film position since which a picture is missing; 0: none is */
    bool released;     /* the mixer does not touch its clip any more */
};

/* Told of every fault: `fault` is TEL_FAULT_…, `lasted_us` how long it lasted, or US_NONE. */
typedef void (*playout_fault)(void *user, int32_t fault, int64_t lasted_us);

struct playout_options {
    const struct story *story; /* all borrowed until playout_clear() */
    struct media *media;
    struct mixer *mixer;
    const char *language; /* or NULL */
    int64_t deck_bytes;   /* budget of the warm set; 0: the deck's default */
    playout_fault fault;
    void *user;
};

/* A plain value of the film's, which may read everything, but writes only what is said so. */
struct playout {
    struct playout_options o;
    int32_t *copy; /* scratch for a state */
    struct prefetch prefetch;
    struct deck *deck;
    bool *broken; /* per node: its file could not be played */
    bool *told;   /* per node: that a slate stands in for it */

    struct shot now, next;
    struct shot replaced; /* was queued, then replaced by `next`; until the mixer says which it was */
    GPtrArray *leaving;   /* clips whose picture is gone, but that the mixer may still touch */
    bool dirty;           /* the film sets it: the outlook changed since `ahead` and `next` were computed */
    bool ends;            /* as things stand, no shot follows this one */

    int64_t held_smp; /* that the mixer has stood, when the shot that plays began */
    bool waits;       /* the mixer stands because the next shot is not warm, and it has been said */
    struct frame *frame;
    uint64_t frame_serial; /* rises whenever `frame` is another one */
    int64_t frames, dropped;
    GQueue notices;
};

/* How things stand. */
struct situation {
    const int32_t *state;
    int32_t selected; /* option that the viewer has selected in the open decision, or -1 */
    bool jumping;     /* the state is in another node already; only the cut is missing */
    int64_t heard_smp;
};

void playout_init(struct playout *p, const struct playout_options *o);
void playout_clear(struct playout *p);

/* Follows the mixer. Where a change of mind came too late, *selected becomes what was selected before it: what is heard
 * counts. */
void playout_poll(struct playout *p, int32_t *selected);

/* Brings the mixer's queue and the deck up to date with the outlook. */
void playout_look_ahead(struct playout *p, const struct situation *l);

/* Film position at which the next shot's first sample is heard, once it has started. */
int64_t playout_join_smp(const struct playout *p);
/* The next shot becomes the one that plays. */
void playout_cut(struct playout *p);

/* Takes the picture that is due when `heard_smp` is heard; says what is wrong with the shot that plays. */
void playout_picture(struct playout *p, int64_t heard_smp);

/* Nobody needs the pictures any more that the shot lacks / nobody waits any more for the next shot: tells the fault. */
void playout_end_lack(struct playout *p, int64_t heard_smp);
void playout_end_wait(struct playout *p);

/* The shot that plays is the last one, and all of it has been heard. */
bool playout_is_over(const struct playout *p, const struct situation *l);

/* Length of the shot that plays, US_NONE while it is unknown or nothing plays; film position of its end, INT64_MAX then. */
int64_t playout_length_smp(const struct playout *p);
int64_t playout_end_smp(const struct playout *p);

/* See film_next_change(), film_changes_soon(), film_lacks_frame(). */
int64_t playout_next_change(const struct playout *p, int64_t heard_smp);
bool playout_changes_soon(const struct playout *p, int64_t heard_smp);
bool playout_lacks_frame(const struct playout *p);

/* See film_is_ready(). */
bool playout_is_ready(const struct playout *p, const struct situation *l, int64_t smp);

/* The oldest sentence for the viewer, or NULL. The caller frees it. */
char *playout_take_notice(struct playout *p);
