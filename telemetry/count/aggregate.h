/*
 * aggregate: the counts that reports need, by day and group of viewers, kept in the store so that nothing is counted
 * twice.
 *
 * A cohort is all viewings of one version of a film that started on one day (UTC), with the same mode and chooser, and
 * with the same place among their viewer's viewings (enum aggregate_nth). Its tally is a row of the table `tally`. The
 * table `tally_todo` lists the viewings that are in no tally yet.
 *
 * aggregate_update() moves viewings from the list into tallies, some thousands in each transaction: a crash leaves the
 * store whole, and a player that wants to write never waits long. The writer's thread does it in small steps
 * (aggregate_keep_up()) while it has nothing to write and as it closes; merges and reports do what is left. Writing a
 * viewing costs one row more, which a trigger adds to the list.
 *
 * A viewing is counted once it has ended. One without an end counts for good, as cut off, once another one is in the
 * store that began seven days later than it did, or than it was last resumed, and not later than tomorrow. Until then it is counted at each reading:
 * as one that still plays (TALLY_RUNNING) if it was seen to within AGGREGATE_ALIVE_MS, and as cut off if it was not. When a viewing is erased or moves to another cohort,
 * or one that was cut off is resumed or ends after all, a trigger deletes its cohort's tally in the same transaction and
 * puts the rest of the cohort back on the list. So what was erased is in no sum any more.
 *
 * All of this is a cache. Where a store cannot be written or has no tallies, the events are counted, with the same
 * result; tests hold one against the other. Events are only ever added or erased by whole viewings. Any other code that
 * adds events to a viewing updates a column of it afterwards, if only to the same value, which fires the trigger.
 *
 * One thread, the store's.
 */
#pragma once

#include "telemetry/count/tally.h"
#include "telemetry/store/store.h"

enum aggregate_nth { AGGREGATE_UNKNOWN, AGGREGATE_FIRST, AGGREGATE_REPLAY };

struct aggregate_cohort {
    int64_t story;         /* id in the store */
    int32_t day;           /* days since 1970, UTC, when the viewing started */
    int32_t mode, chooser; /* TEL_MODE_…, TEL_CHOOSER_… */
    int32_t nth;           /* enum aggregate_nth */
    uint8_t part;          /* as aggregate_reader.part has it; of a kept tally 0 */
};

/* Whether nobody sat there: such viewings are no audience, and only TALLY_VIEWINGS is counted of them. */
bool aggregate_is_machine(const struct aggregate_cohort *c);

/*
 * Brings the tallies up to date; makes their tables where they are missing. `s` is open for writing. False and error on
 * failure: what was done until then stays, and is right; the rest can be done later.
 */
bool aggregate_update(struct store *s, GError **error);

/*
 * The same, but only if more than AGGREGATE_LEFT viewings are in no tally. Counting fewer costs a report next to
 * nothing; so small stores keep no tallies, and a player has something to do only once in so many viewings. For reports
 * before they read, and after many viewings were added at once.
 */
#define AGGREGATE_LEFT 1500
bool aggregate_catch_up(struct store *s, GError **error);

/*
 * A small step of that, for a writer that has time: some AGGREGATE_STEP viewings, in a few milliseconds. *more: another
 * step would find something to do.
 */
#define AGGREGATE_STEP 250
bool aggregate_keep_up(struct store *s, bool *more, GError **error);

/* Without a sign of life for so long, a viewing does not play any more; a player gives one every 30 s. */
#define AGGREGATE_ALIVE_MS (2 * 60 * 1000)

/* The day in a time zone (NULL: UTC) on which a moment lies. */
int32_t aggregate_day(GTimeZone *zone, int64_t ms);

struct aggregate_reader {
    bool recount; /* ignore the tallies and count the events */
    /* Whose days a cohort's are; then all events are counted, as with recount, because tallies have days of UTC. NULL: UTC. */
    GTimeZone *zone;
    /* Whether the cohort is wanted; one that is not costs nothing. May be NULL: all are. */
    bool (*wants)(const struct aggregate_cohort *c, void *data);
    /* Whether the viewing is to be counted; then all events are counted, as with recount. NULL: all are. */
    bool (*picks)(int64_t viewing, void *data);
    /* In which part of the audience the viewing is: a cohort of its own; then all events are counted, too. NULL: 0. */
    uint8_t (*part)(int64_t viewing, void *data);
    /* Called with a part of the cohort's counts; a cohort may come in two parts. The tally is settled, and lives for
     * this call only. */
    void (*take)(const struct aggregate_cohort *c, struct tally *t, void *data);
    void *data;
    struct tally_total *total; /* of several stores that are read one after the other; NULL: each has its own */
};

/* Reads everything in the store as it is at one moment, whether it is in a tally or not. `s` may be read-only. In a
 * transaction of its own, or in the caller's. */
bool aggregate_read(struct store *s, const struct aggregate_reader *r, GError **error);

/*
 * Counts each viewing by itself, from its events, in the order of their ids: `take` gets its cohort and its counts, which are settled and
 * live for the call only. Nothing is kept.
 */
bool aggregate_read_each(struct store *s,
                         void (*take)(int64_t viewing, const struct aggregate_cohort *c, struct tally *t, void *data),
                         void *data, GError **error);

/*
 * For a store whose counts come from elsewhere: from aggregate_replace_begin() on, its tallies are those that aggregate_replace() adds, one
 * for each cohort, and the viewings that it holds are in them already.
 */
bool aggregate_replace_begin(struct store *s, GError **error);
bool aggregate_replace(struct store *s, const struct aggregate_cohort *c, struct tally *t, GError **error);
