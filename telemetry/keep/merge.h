/*
 * merge: brings the viewings of one store into another, as often as one likes.
 *
 * Viewings are told by their own random id, so that what is there already is not added again; one that had not ended
 * here and has there gets the rest of its events. Films, nodes, decisions … are the same where names and hashes are.
 * Some hundred viewings go in each transaction: whatever interrupts it, what was brought in is whole, and the next merge
 * goes on. The sums that reports keep follow by their triggers (aggregate.h).
 *
 * A viewing that was erased here after it had come by a merge, or after the other store had been looked at by one, does
 * not come back: the table `merged` remembers a 64-bit mark of each viewing seen, made with a secret of the store
 * (HMAC-SHA256). It says nothing to who does not have the viewing's id already. Erasing in one store erases in no
 * other. Whether recording is paused does not matter: nothing is recorded.
 */
#pragma once

#include "telemetry/store/store.h"

struct merge_result {
    int64_t viewings;         /* that are new here */
    int64_t events;           /* that are new here, of these and of those that went on */
    int64_t resumed_viewings; /* viewings that were here, but had not ended */
    int64_t known;            /* viewings that were here already; with those that went on */
    int64_t erased;           /* viewings that were erased here and stay so */
};

/*
 * `into` is open for writing and in no transaction; `from` is only read, by its path. The counts are right on failure,
 * too. STORE_ERROR_CANNOT_OPEN where both are one file; else as store_open() and store_fail() say.
 */
bool merge_store(struct store *into, const char *from, struct merge_result *result, GError **error);
