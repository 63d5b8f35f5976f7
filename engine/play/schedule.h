/*
 * sched: which input falls due at which media time of the current node. Pure, like play.
 *
 * A node lasts until its clip's length and until its last event, whichever is later: a window that is longer
 * than its clip holds the last picture. So the order of events is the story's alone and does not depend on
 * the media.
 */
#pragma once

#include "play/play.h"

/* What the caller must do next, and when (media time in the node). */
struct schedule_due {
    int64_t at_us; /* US_NONE: nothing is due until length is known, or the play is not running; a time that
                      is past is due at once */
    struct play_input input;
};

/*
 * The next input that time brings. `length_us`: of the node's clip, US_NONE while unknown (then LEAVE is not
 * due yet). `selected`: the option that the viewer has selected in the open decision without its being final
 * (a change of mind is possible until it closes), or -1; when the decision closes it is due as PLAY_PICK, and
 * the event itself after it. After a cut (PLAY_CUT) LEAVE is due at once, at the time of the last event.
 */
struct schedule_due schedule_next(const struct story *s, const int32_t *state, int64_t length_us, int32_t selected);

/* The event of the current node's timetable that happens next, NULL: all have. */
const struct story_event *schedule_next_event(const struct story *s, const int32_t *state);
/* When the latest of those that have happened was due; 0: none has. */
int64_t schedule_last_event_us(const struct story *s, const int32_t *state);

/* Length of the node as it plays: max(length_us, its last event). US_NONE where length_us is. */
int64_t schedule_node_length(const struct story *s, int32_t node, int64_t length_us);

/*
 * The planned length where no clip tells it: the clip's range if its end is given, else its `for`, else its
 * last event and 4 s, at least 6 s; never before the last event. 0 for a silent node.
 */
int64_t schedule_planned_length(const struct story *s, int32_t node);

/* The decision that is open or opens next in the current node, or -1. */
int32_t schedule_next_decision(const struct story *s, const int32_t *state);
