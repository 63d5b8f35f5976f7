/*
 * aggregate: what reports count, by day and group of viewers, kept in the store so that nothing is counted twice.
 *
 * A cohort is all viewings of one version of a film that started on one day (UTC), with the same mode, chooser and
 * place among their viewer's viewings. Its tally is a row of the table `tally`. The table `tally_todo` names the
 * viewings that no tally holds yet. aggregate_update() brings viewings from the one into the other, some thousands in
 * each transaction, so that a crash leaves a whole state behind and a player is never held up for long; the writer's
 * part is one row per viewing (a trigger). Reports do it before they read; nobody has to.
 *
 * A viewing joins when it has ended, or when one that began seven days later is in the store (it was cut off). When a
 * viewing is erased or its cohort changes, or one that was cut off does end, a trigger drops its cohort's tally within
 * the same transaction and puts the rest of the cohort back on the list: what was erased is in no sum any more.
 *
 * All of this is a cache. Where a store can't be written, or has no tallies, the same counting runs over the events,
 * with the same result: tests hold the one against the other. Events are only ever added or erased by whole viewings;
 * whoever adds events to a viewing by other means than the writer calls aggregate_forget() for it.
 */
#pragma once

#include "telemetry/store.h"
#include "telemetry/tally.h"

enum aggregate_nth { AGGREGATE_UNKNOWN, AGGREGATE_FIRST, AGGREGATE_REPLAY };

struct aggregate_cohort {
    int64_t story;         /* id in the store */
    int32_t day;           /* days since 1970, UTC, when the viewing started */
    int32_t mode, chooser; /* TEL_MODE_…, TEL_CHOOSER_… */
    int32_t nth;           /* enum aggregate_nth */
};

/*
 * Brings the tallies up to date; makes their tables where they are missing. `s` is open for writing. False and error on
 * failure: what was done until then stays done and is right, the rest can be done later.
 */
bool aggregate_update(struct store *s, GError **error);

/* Drops the tally that holds this viewing, if one does. Inside or outside of a transaction of the caller's. */
bool aggregate_forget(struct store *s, int64_t viewing, GError **error);

struct aggregate_reader {
    bool recount; /* leave the tallies alone and count the events, as if there were none */
    /* May be NULL: all. What is not wanted costs nothing. */
    bool (*wants)(const struct aggregate_cohort *c, void *data);
    /* A part of the cohort's numbers; a cohort may come in two parts. The tally is settled, and may be changed. */
    void (*take)(const struct aggregate_cohort *c, struct tally *t, void *data);
    void *data;
};

/* Everything in the store at one moment, tallied already or not. `s` may be read-only. In a transaction of its own,
 * or in the caller's. */
bool aggregate_read(struct store *s, const struct aggregate_reader *r, GError **error);
