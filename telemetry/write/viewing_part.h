/*
 * sitting: a viewing that goes on after it was left or cut off: what of it the store has already, and how the new events
 * join on.
 *
 * A viewing is one play from its start to its end, so the numbers must not change by a break: it stays one viewing, the
 * node in which it was left is visited once, and it has one end. A row in `resume` stands where the parts join; the finish
 * and the leave of the part before, and the visit that begins the next one, are in it and nowhere else (from_seq to to_seq
 * are their numbers and its own).
 *
 * Used by sink.c, inside its transaction. All of it may be done again with the same result, after a failure and by who
 * brings what a killed play left. Functions return SQLITE_OK, or SQLite's code of a failure.
 */
#pragma once

#include "telemetry/record.h"

struct sqlite3;

struct viewing_part {
    int64_t seq, at_us;       /* of the row that joins: events that follow count from here */
    bool joins;               /* a visit that comes next may be the one that was left */
    int64_t visit;            /* seq of the visit that was left, and goes on; 0: none */
    struct tel_resume resume; /* as the row has it */
};

/*
 * Finds v->continues: the same version of the film, chosen in the same way, where v says. *viewing is 0 where it is not
 * there.
 */
int viewing_part_find(struct sqlite3 *db, const struct tel_viewing *v, int64_t story, int64_t *viewing);

/* Takes the end of the part before away and fills *sitting. *known: its row is there already; else the caller adds it. */
int viewing_part_join(struct sqlite3 *db, int64_t viewing, int64_t resumed_ms, struct viewing_part *part, bool *known);

/*
 * The first visit, with the number `seq`, of `node` (an id of the store): if that is where the viewing was left, it is the
 * same visit: sitting->visit is its number, *at_us when it began, and nothing is to be added.
 */
int viewing_part_resume_visit(struct sqlite3 *db, int64_t viewing, int64_t seq, int64_t node, struct viewing_part *part,
                              int64_t *at_us);

/* The leave of sitting->visit tells of both parts. */
void viewing_part_add_leave(const struct viewing_part *part, struct tel_leave *leave);
