/*
 * aggregate: what reports count, by day and group of viewers, kept in the store so that nothing is counted twice.
 *
 * A cohort is all viewings of one version of a film that started on one day (UTC), with the same mode, chooser and
 * place among their viewer's viewings. Its tally is a row of the table `tally`. The table `tally_todo` names the
 * viewings that no tally holds yet. aggregate_update() brings viewings from the one into the other, some thousands in
 * each transaction, so that a crash leaves a whole state behind and a player is never held up for long. The writer's
 * thread does it in small steps while it has nothing to write, and as it closes; merges and reports do what is left.
 * With the events themselves goes one row per viewing (a trigger).
 *
 * A viewing joins when it has ended, or when one that began seven days after it (or after it last went on) is in the store
 * (it was cut off). When a
 * viewing is erased or its cohort changes, or one that was cut off does end, a trigger drops its cohort's tally within
 * the same transaction and puts the rest of the cohort back on the list: what was erased is in no sum any more.
 *
 * All of this is a cache. Where a store can't be written, or has no tallies, the same counting runs over the events,
 * with the same result: tests hold the one against the other. Events are only ever added or erased by whole viewings;
 * whoever adds events to a viewing by other means than the writer calls aggregate_forget() for it.
 */
#pragma once

#include "telemetry/store/store.h"
#include "telemetry/count/tally.h"

enum aggregate_nth { AGGREGATE_UNKNOWN, AGGREGATE_FIRST, AGGREGATE_REPLAY };

struct aggregate_cohort {
    int64_t story;         /* id in the store */
    int32_t day;           /* days since 1970, UTC, when the viewing started */
    int32_t mode, chooser; /* TEL_MODE_…, TEL_CHOOSER_… */
    int32_t nth;           /* enum aggregate_nth */
};

/* Nobody's viewings: no audience. Of these only TALLY_VIEWINGS is counted. */
bool aggregate_is_machine(const struct aggregate_cohort *c);

/*
 * Brings the tallies up to date; makes their tables where they are missing. `s` is open for writing. False and error on
 * failure: what was done until then stays done and is right, the rest can be done later.
 */
bool aggregate_update(struct store *s, GError **error);

/*
 * The same where more than AGGREGATE_LEFT viewings are in no tally; fewer are left for reports to count, which costs
 * them as little: so small stores keep no sums, and a player has something to do once in so many viewings. For reports
 * before they read, and for whoever brought in many viewings at once.
 */
#define AGGREGATE_LEFT 1500
bool aggregate_catch_up(struct store *s, GError **error);

/*
 * A small step of that, for whoever writes anyway and has time: some AGGREGATE_STEP viewings, in a few milliseconds.
 * *more: another step would find something to do.
 */
#define AGGREGATE_STEP 250
bool aggregate_keep_up(struct store *s, bool *more, GError **error);

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
