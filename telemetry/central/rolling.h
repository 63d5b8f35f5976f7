/*
 * rolling: sums of cells (cells.h) for whole months, kept in the distributed engine, so that a report adds up months and not viewings.
 *
 * The sums of a month bear marks: how many viewings they are of, and a hash of which these are and up to which event each is counted. A
 * report takes them only where the viewings that are there now have the same marks. Otherwise it adds up viewings, so
 * that late arrivals and erasures show at once, whoever builds sums and whenever. Sums hold no ids. Every node has all of
 * them: they are small, and of all shards. New ones are built in a table of their own and take the old ones' place in one step. Several
 * programs may build at once: at worst, theirs do not fit, and are built again.
 */
#pragma once

#include "telemetry/central/engine.h"

#define ROLLING_MARKS 2 /* cells below it are marks: no kind of cell is 0 */

/* The months whose sums fit. */
struct rolling {
    GString *summed, *others; /* conditions of SQL: for a row of one of them, and of another month */
    guint n;
    int64_t viewings; /* their marks, added up */
    uint64_t print;
};

/* The first month, as 202611, that is not over yet. Those before it are closed, and have sums. */
guint rolling_open_month(GDateTime *now);

/* None. */
void rolling_init(struct rolling *r);
void rolling_clear(struct rolling *r);

/* Asks which months fit. rolling_init() comes before, rolling_clear() after a failure, too. */
bool rolling_read(struct engine *e, struct rolling *r, GError **error);

/* Whether an answer to `cells` (central.sql) has exactly the sums of these months: they might have been replaced meanwhile. */
bool rolling_is_in(const struct rolling *r, const struct engine_rows *cells);

/* Builds the sums of all closed months that are counted and not among `fitting`. *built: how many. */
bool rolling_build(struct engine *e, const struct rolling *fitting, guint *built, GError **error);

/* Takes away sums that don't fit. So nothing is left in them of who was erased. */
bool rolling_forget(struct engine *e, GError **error);
