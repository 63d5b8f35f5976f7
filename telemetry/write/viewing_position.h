/*
 * viewing_position: where in which viewing the film stands, as far as the writer's thread has come: what the next event
 * refers to, and what is to be told of events that were not written.
 *
 * Plain values but for the two pointers, so that a position can be copied, kept for a retry, and saved in shared
 * memory.
 */
#pragma once

#include "telemetry/write/sink_entry.h"
#include "telemetry/write/viewing_part.h"

struct viewing_position {
    struct tel_story *story;           /* owned by the sink; NULL: none, or it was refused */
    struct tel_viewing *viewing;       /* likewise */
    bool in_visit, in_exposure;        /* visit and exposure below are open */
    struct sink_entry visit, exposure; /* the latest; an exposure is over with its outcome */
    int64_t seq;                       /* of the latest event; 0: there was none */
    bool continues;                    /* the store has it as viewing->continues, and not as viewing->id */
    struct viewing_part part;          /* how it joins on to an earlier part; part.seq 0: it does not */
    int64_t store_mark;                /* of the store that has the viewing (control.mark); 0: none has */
    bool discarded;                    /* it began during a pause, or was erased: no more of it is written */
    int64_t missed, missed_at_us;      /* events of the pause that lasts, up to seq, and when the last one was */
    bool visit_missed;                 /* the latest visit fell into a pause: its leave has nothing to refer to */
    bool exposure_missed;              /* the latest exposure did: its outcome has nothing to refer to */
    int64_t left_behind;               /* events that stayed behind in stores that are gone */
};

/* What holds between two events. To be asserted, but for a position out of shared memory, which may be damaged. */
bool viewing_position_is_sound(const struct viewing_position *p);

/*
 * Out of bytes that another process wrote, sizeof *p of them: *p takes over its story and viewing, which may be NULL.
 * False: what they say cannot be, and *p stands at the beginning.
 */
bool viewing_position_load(struct viewing_position *p, const uint8_t *bytes, struct tel_story *story,
                           struct tel_viewing *viewing);

/* The id under which the store has, or shall have, the viewing; there is one. */
const char *viewing_position_id(const struct viewing_position *p);

/* After the event was written. */
void viewing_position_advance(struct viewing_position *p, const struct sink_entry *e);

/* Instead of that, for an event of a pause. */
void viewing_position_miss(struct viewing_position *p, const struct sink_entry *e);
