/*
 * deck: the warm set: every clip that can come next, opened and decoded ahead, within a budget of bytes.
 *
 * Main thread only. After each step of the story call deck_want() with everything that can come next; call
 * deck_poll() every frame; when the story has gone somewhere, deck_take() hands out the clip of that key and
 * the caller plays and closes it. At most `parallel` clips pre-roll at a time, best priority first; the rest
 * wait.
 *
 * The budget is shared out as clips are opened: for as long as it lasts each holds CLIP_STANDBY_FRAMES frames, the least
 * probable of the rest one. Nothing that is decoded is thrown away, no candidate is ever dropped; what is over even
 * then is shown in deck_stats().
 *
 * A clip that the mixer has been given must stay wanted until it is taken: what is not wanted any more is closed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "media/clip.h"

struct deck;

struct deck_opts {
    int64_t budget_bytes; /* 0: DECK_BUDGET_DEFAULT */
    int parallel;         /* clips that pre-roll at once; 0: number of cores - 1, at least 1 */
};
#define DECK_BUDGET_DEFAULT (INT64_C(400) * 1000000)

struct deck_want {
    const char *key;       /* names the candidate, unique in the list; copied */
    struct clip_spec spec; /* copied */
    int priority;          /* higher first */
};

/* opts may be NULL. `m` must outlive the deck. */
struct deck *deck_new(struct media *m, const struct deck_opts *opts);
void deck_free(struct deck *d); /* closes all clips that were not taken; accepts NULL */

/* The new set. Clips with a known key and the same spec stay as they are, the others are closed. */
void deck_want(struct deck *d, const struct deck_want *wants, int n);

/* Starts the next pre-rolls and keeps the budget. Cheap. */
void deck_poll(struct deck *d);

/* Hands out the clip of that key: the caller owns it now and the deck forgets the key. *warm (may be NULL)
 * tells whether it could start at once; if it could not, it was late, and deck_stats() counts it. NULL: key
 * not wanted. */
struct clip *deck_take(struct deck *d, const char *key, bool *warm);

/* Borrowed, for peeking (state, length, error): NULL if not wanted or not opened yet. Until the next deck
 * call. */
struct clip *deck_find(struct deck *d, const char *key);

struct deck_stats_clip {
    const char *key, *path; /* path may be NULL; borrowed until the next deck_want/take */
    int priority;
    bool opened; /* false: waits for its turn */
    struct clip_stats clip;
};
struct deck_stats {
    int64_t budget_bytes, bytes;
    int64_t late; /* taken before they were warm */
    int n;        /* all clips; at most DECK_STATS_CLIPS are described */
#define DECK_STATS_CLIPS 16
    struct deck_stats_clip clip[DECK_STATS_CLIPS];
};
void deck_stats(struct deck *d, struct deck_stats *out);
