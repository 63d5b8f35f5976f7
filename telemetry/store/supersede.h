/*
 * supersede: events that were recorded and no longer count, because the film went on from before them.
 *
 * An event that has a number never changes or disappears. Where a viewing goes on, a `resume` names the place, and what
 * lies between the place and the resume has happened anew: those rows move, under their own numbers, from the tables that
 * readers count into `superseded`. Together these tables hold the events 1, 2, 3 … of a viewing; gaps stand for what is
 * missing. Whoever gets the same events in the same order and follows the same rule has the same tables:
 *
 * - A resume supersedes everything beyond its place but gaps, and but the leave of a visit that began before the place:
 *   it tells how long the film ran there. It supersedes the finish, wherever that is.
 * - The visit directly behind a resume supersedes itself, and that leave, if it is of the node of the visit before, and if
 *   no gap lies between that leave and the resume: it is the same visit, which goes on.
 *
 * On the store's thread, in a transaction of the caller's. False and error on failure.
 */
#pragma once

#include "telemetry/store/store_handle.h"

/* The first rule, in two steps, while the resume itself is not there yet: what is beyond the place; and the finish. */
bool supersede_beyond(struct store *s, int64_t viewing, int64_t place, GError **error);
bool supersede_finish(struct store *s, int64_t viewing, GError **error);

/* A visit that comes directly behind a resume, and is in no table yet. */
struct supersede_visit {
    int64_t seq, at_ms;
    int64_t node; /* its number in the store */
    bool planned; /* planned_us is known */
    int64_t planned_us;
};

/*
 * Where the second rule holds, the visit is written as superseded, and *before is the number of the visit that goes on,
 * *began_ms its at_ms. Else *before is 0, and the caller adds the visit. Doing it again changes nothing.
 */
bool supersede_visit(struct store *s, int64_t viewing, const struct supersede_visit *visit, int64_t *before,
                     int64_t *began_ms, GError **error);

/* A query for all events of the viewing ?1 but its gaps, superseded or not, as `superseded` keeps them: viewing, seq, at_ms, kind, body;
 * in no order. ?2 is 0: its rules for a leave and a finish go by a place, not by their own numbers. The caller frees. */
char *supersede_all_query(void);
