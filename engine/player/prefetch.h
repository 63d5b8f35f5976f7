/*
 * prefetch: keeps the clips warm that can come next.
 *
 * Asks play_foresee() where every outcome of the rest of the node leads, looks further behind nodes that are too short
 * to open a clip meanwhile, and hands the list of clips with their priorities to the deck. Main thread; call it after
 * the state or the selection has changed.
 */
#pragma once

#include "media/deck.h"
#include "play/play.h"
#include "player/segment.h"
#include "story/limits.h"

/* What follows a node shorter than this is kept warm as well. */
#define PREFETCH_SHORT_US (4 * US_PER_SECOND)
/* How many short nodes in a row it looks behind, and how many clips it wants at most. */
#define PREFETCH_DEPTH     3
#define PREFETCH_WANTS_MAX (STORY_OPTIONS_MAX + 8)

struct prefetch {
    const struct story *story;
    struct deck *deck;
    struct segment_tracks tracks;
    const bool *broken; /* per node: its file could not be played */
    int32_t *scratch;   /* prefetch_scratch_slots() long */
    int64_t from_us;    /* of the node that the film jumps into, until it plays: see struct segment_options */
    bool sought;

    /* What it wanted last; prefetch_clear() frees it. */
    struct segment wanted[PREFETCH_WANTS_MAX];
    int n_wanted;
    unsigned serial; /* counts the times that it wanted something */
};

void prefetch_clear(struct prefetch *a);

/* The length of `scratch`. */
size_t prefetch_scratch_slots(const struct story *s);

/* Wants everything that can follow `state`; first `chosen`, the option that the viewer has selected (-1: none). */
void prefetch_update(struct prefetch *a, const int32_t *state, int32_t chosen);

/* Wants the clip of the node that `state` is in, at the place that was sought, and then everything that can follow. */
void prefetch_sought(struct prefetch *a, const int32_t *state);

/* Wants only the clip of the node that `state` is in, as fast as possible: the viewer is waiting for it. */
void prefetch_only(struct prefetch *a, const int32_t *state);
