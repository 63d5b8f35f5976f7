/*
 * ahead: keeps warm what can come next.
 *
 * Asks play_foresee() where every outcome of what is left of the node leads, and looks further behind nodes that are
 * too short to open anything meanwhile; hands the list to the deck. Main thread; call after the state has changed.
 */
#pragma once

#include "media/deck.h"
#include "play/play.h"
#include "story/limits.h"

struct prefetch {
    const struct story *story;
    struct deck *deck;
    const char *language;
    const bool *broken; /* per node: its file could not be played */
    int32_t *scratch;   /* prefetch_scratch_slots() long */
    int64_t from_us;    /* of the first node of a resumed play, until it plays: see struct segment_options */
};

/* Behind a node shorter than this, what follows it is kept warm as well. */
#define PREFETCH_SHORT_US (4 * US_PER_SECOND)
/* Nodes in a row that are looked behind, and candidates in all. */
#define PREFETCH_DEPTH     3
#define PREFETCH_WANTS_MAX (STORY_OPTIONS_MAX + 8)

size_t prefetch_scratch_slots(const struct story *s);

/* Everything that can follow `state`; `chosen` is the option that the viewer has selected (or -1), it comes first. */
void prefetch_update(const struct prefetch *a, const int32_t *state, int32_t chosen);

/* Only the segment of the node that `state` is in, as fast as it can: the viewer waits for it. */
void prefetch_only(const struct prefetch *a, const int32_t *state);
