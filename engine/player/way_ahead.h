/*
 * way_ahead: the film around the place where it is: how far the viewer may go in the node that plays, how much film comes
 * for sure, and what comes then.
 *
 * Nobody goes past a decision: neither over one that is still to be made, nor behind one that was (that is going back).
 * While one is open, its time is not to be moved in. Pure; any thread.
 */
#pragma once

#include "play/play.h"

/* Who goes towards a decision arrives so long before it opens, and so long before the end of a node: time to see where
 * one is, and for what follows to get ready. */
#define WAY_LEAD_US     (US_PER_SECOND * 3 / 2)
#define WAY_END_LEAD_US (US_PER_SECOND / 2)

enum way_then {
    WAY_CHOICE,  /* the viewer is asked */
    WAY_END,     /* the film is over */
    WAY_UNKNOWN, /* it goes on; how long the next piece is, only its file knows */
};

struct way_ahead {
    int64_t from_us, to_us; /* the viewer may go from here to there, positions in the node */
    int64_t sure_us;        /* so much film comes for sure, whatever the viewer does */
    enum way_then then;     /* and then this */
};

/* At position `pos_us` of the node of `state`, which is running. `length_us`: of its clip, US_NONE while unknown.
 * `scratch` has play_state_slots() slots. O(the nodes that follow without a decision). */
struct way_ahead way_ahead(const struct story *s, const int32_t *state, int64_t pos_us, int64_t length_us,
                           int32_t *scratch);

/* Lets happen, in `state`, all that is due in what is left of its node, and leaves it. False, and an undefined state: a
 * decision is open or still comes in it. */
bool way_leave(const struct story *s, int32_t *state);
