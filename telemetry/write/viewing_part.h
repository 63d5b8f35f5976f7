/*
 * viewing_part: a viewing that goes on after it was left or cut off: what the store has of it already, and how the new
 * events join on.
 *
 * A viewing is one play from its start to its end, and a break must not change its numbers: it stays one viewing, the
 * node in which it was left is visited once, and it has one end. A row in `resume` stands where two parts join. It
 * supersedes the finish and the leave of the earlier part, and the visit that begins the later one: what they told is in
 * that row, too, and they do not count any more (telemetry/store/supersede.h).
 *
 * The film goes on where its place was saved, and a kill may come between an event and the saving of the place behind
 * it. What the store has beyond the place (tel_viewing.place_seq) is superseded, because it happens again. No number is
 * ever used anew. If the store has less than the place counted, because a loss of power took the rest, a gap tells how
 * much. So a viewing holds what its player's transcript holds, over all its parts. A viewing that came to its end does
 * not go on.
 *
 * Used by sink.c, inside its transaction. All of it may be done again with the same result: after a failure, and by a
 * program that brings in what a killed one left. False: the store failed, and its connection tells how.
 */
#pragma once

#include "telemetry/record.h"

struct store;
struct supersede_visit;

struct viewing_part {
    int64_t seq, at_us; /* of the row that joins; numbers and times of the events that follow count on from these */
    bool joins;         /* the next visit may be the one that was left */
    int64_t visit;      /* seq of the visit that was left and goes on; 0: none */
    struct tel_resume resume; /* the row */
};

/*
 * Finds the viewing v->continues, if it is of the story with the id `story`, was played in the same mode with the same
 * chooser, and did not come to its end before this part began. *viewing is its number in the store, 0 where there is
 * none.
 */
bool viewing_part_find(struct store *s, const struct tel_viewing *v, int64_t story, int64_t *viewing);

/*
 * Whether a part of it that began later than `resumed_ms` (0: than its first one) is in the store: then what is still
 * to come of this one is superseded.
 */
bool viewing_part_is_overtaken(struct store *s, int64_t viewing, int64_t resumed_ms, bool *overtaken);

/*
 * Supersedes what is beyond v's place, and the end of the earlier part, and fills *part. *known: the row was there
 * already, with this resumed_ms; else the caller adds it. *lost: how many events up to the place the store does not have;
 * if there are any, the number before the row's is for a gap, which the caller adds, too.
 */
bool viewing_part_join(struct store *s, int64_t viewing, const struct tel_viewing *v, struct viewing_part *part,
                       bool *known, int64_t *lost);

/*
 * For the first visit of the later part. Where the viewing was left in its node it is the same visit: then part->visit
 * is its number, *at_us when it began, and the caller adds none.
 */
bool viewing_part_resume_visit(struct store *s, int64_t viewing, const struct supersede_visit *visit,
                               struct viewing_part *part, int64_t *at_us);

/* Adds the times of the earlier part to the leave of part->visit. */
void viewing_part_add_leave(const struct viewing_part *part, struct tel_leave *leave);
