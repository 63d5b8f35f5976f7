/*
 * schedule: which input falls due at which media time of the current node. Pure, like play; any thread.
 *
 * A node lasts until its clip's end or its last event, whichever is later: while a window is longer than its clip, the
 * last picture stays. So the order of events is the story's alone and does not depend on the media.
 */
#pragma once

#include "play/play.h"

/* What the caller must do next, and when (media time in the node). */
struct schedule_due {
    int64_t at_us; /* US_NONE: nothing is due before the length is known, or the play is not running. What is due
                      at a time already past is due at once */
    struct play_input input;
};

/*
 * The next input that time brings. `length_us`: length of the node's clip, US_NONE while unknown; then LEAVE is not due
 * yet. `selected`: the option that the viewer has selected in the open decision, -1: none. It is not final before the
 * decision closes, because viewers may change their minds; then it is due as PLAY_PICK, and the closing event after it.
 * After a cut (PLAY_CUT), LEAVE is due at once: at the time of the latest event.
 */
struct schedule_due schedule_next(const struct story *s, const int32_t *state, int64_t length_us, int32_t selected);

/* The event of the current node's timetable that happens next, NULL: all have. */
const struct story_event *schedule_next_event(const struct story *s, const int32_t *state);
/* When the latest of those that have happened was due; 0: none has. */
int64_t schedule_last_event_us(const struct story *s, const int32_t *state);

/* How long the node plays: max(length_us, the time of its last event). US_NONE where length_us is. */
int64_t schedule_node_length(const struct story *s, int32_t node, int64_t length_us);

/*
 * The planned length of a node, known without opening its clip: the clip's range if its end is given, else its `for`,
 * else its last event plus 4 s, at least 6 s. Never shorter than its last event. 0 for a silent node.
 */
int64_t schedule_planned_length(const struct story *s, int32_t node);

/* The same where the story itself tells it; US_NONE: only the clip's file knows. */
int64_t schedule_told_length(const struct story *s, int32_t node);

/* The decision that is open, else the one that opens next in the current node, -1: none does. */
int32_t schedule_next_decision(const struct story *s, const int32_t *state);
