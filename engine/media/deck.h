/*
 * deck: the warm set: every clip that can come next, opened and decoded ahead of time within a budget of bytes.
 *
 * Main thread only. After each step of the story the caller passes everything that can come next to deck_want(); it
 * calls deck_poll() every frame; when the story has gone somewhere, deck_take() hands out the clip with that key,
 * which the caller then plays and closes. At most `parallel` clips open at a time, those of highest priority first;
 * the rest wait.
 *
 * The budget is shared out as clips are opened: in order of priority, each may hold CLIP_STANDBY_FRAMES frames while
 * the budget lasts; every later one holds a single frame. Nothing that is decoded is thrown away and no candidate is
 * ever dropped; if even that exceeds the budget, deck_stats() shows by how much.
 *
 * deck_want() closes the clips that are no longer wanted, so a clip that has been given to the mixer must stay wanted
 * until it is taken.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "media/clip.h"

struct deck;

struct deck_opts {
    int64_t budget_bytes; /* 0: DECK_BUDGET_DEFAULT */
    int parallel;         /* how many clips open at once; 0: one less than there are cores, but at least 1 */
};
#define DECK_BUDGET_DEFAULT (INT64_C(400) * 1000000)

struct deck_want {
    const char *key;       /* names the candidate; unique in the list; copied */
    struct clip_spec spec; /* copied */
    int priority;          /* higher first; equal ones in the order of the list */
};

/* `opts` may be NULL. `m` must outlive the deck. */
struct deck *deck_new(struct media *m, const struct deck_opts *opts);
void deck_free(struct deck *d); /* closes all clips that were not taken; accepts NULL */

/* Replaces the set of candidates. A clip whose key and spec are unchanged stays open, all others are closed.
 * Quadratic in the number of candidates, which is a handful. */
void deck_want(struct deck *d, const struct deck_want *wants, int n);

/* Opens the next clips in turn and shares out the budget. Cheap. */
void deck_poll(struct deck *d);

/* Hands out the clip with that key; the caller owns it now, and the deck forgets the key. *warm (may be NULL) tells
 * whether the clip could start at once; if it was still opening, it was late, and deck_stats() counts it. NULL: no such
 * key is wanted. */
struct clip *deck_take(struct deck *d, const char *key, bool *warm);

/* The clip with that key, to look at its state, length or error; borrowed until the next call on the deck. NULL: not
 * wanted, or not opened yet. */
struct clip *deck_find(struct deck *d, const char *key);

struct deck_stats_clip {
    const char *key, *path; /* path may be NULL; borrowed until the next deck_want() or deck_take() */
    int priority;
    bool opened; /* false: it waits for its turn, and `clip` is zero */
    struct clip_stats clip;
};
struct deck_stats {
    int64_t budget_bytes, bytes;
    int64_t late; /* clips that were taken before they were warm */
    int n;        /* all clips, of which at most DECK_STATS_CLIPS are described */
#define DECK_STATS_CLIPS 16
    struct deck_stats_clip clip[DECK_STATS_CLIPS];
};
void deck_stats(struct deck *d, struct deck_stats *out);
