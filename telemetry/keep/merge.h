/*
 * merge: brings the viewings of one store into another, as often as one likes.
 *
 * A viewing is known by its own random id. One that is here already is not added again; one that had not ended here,
 * but has ended there, gets the rest of its events. Films, nodes, decisions and so on are the same if their names and
 * hashes are. Some hundred viewings go in each transaction: whatever interrupts a merge, what it brought in is whole,
 * and the next merge goes on from there. Triggers keep the counts for reports right (aggregate.h).
 *
 * A viewing that was erased here, after a merge had brought it or had looked at the other store, or that a collector was told to erase here,
 * does not come back:
 * the table `merged` remembers a 64-bit mark of each viewing seen, made with a secret of the store (HMAC-SHA256). The
 * mark says nothing to anybody who does not have the viewing's id. Erasing in one store erases in no other, but what a collector was told
 * to erase: that goes with its key from collector's store to collector's store, as does who may add to a viewing. It does not
 * matter whether recording is paused: a merge records nothing.
 */
#pragma once

#include "telemetry/record.h"
#include "telemetry/store/store.h"

struct merge_result {
    int64_t viewings;           /* new here */
    int64_t events;             /* new here, of the new viewings and of the completed ones */
    int64_t resumed_viewings;   /* viewings that were here, but not to their end: completed */
    int64_t known;              /* viewings that were here already, completed ones included */
    int64_t erased;             /* viewings that were erased here and stay erased */
    int64_t conflicts;          /* of the known ones: those with another content there; what is here stays */
    char conflict[TEL_ID_SIZE]; /* the id of the first of them; "": none */
    char *note;                 /* what could not be seen of the other store, or NULL; the caller frees it */
    bool disturbed;             /* the other store was written to while it was read: merge again */
    bool stopped; /* a signal asked the program to end (base/interrupt.h): there may be more to bring in */
};

/* Who is told, after each batch, how many of the other store's viewings were looked at. `all` may grow if a film plays into it. */
struct merge_listener {
    void (*on_batch)(void *data, int64_t looked_at, int64_t all);
    void (*on_steps)(void *data); /* or NULL: called often, while a statement runs, however long that takes */
    void *data;
};

/*
 * `into` is open for writing and in no transaction; `from` is the path of a store that is only read, and may be anybody's
 * (telemetry/store/store_reading.h). The counts are right on failure, too. STORE_ERROR_CANNOT_OPEN if both are one file;
 * else as store_open() and store_fail() say, of the store that is to blame. `listener` may be NULL. Writers of `into` wait for a few tens of milliseconds at a time.
 */
bool merge_store(struct store *into, const char *from, const struct merge_listener *listener,
                 struct merge_result *result, GError **error);
