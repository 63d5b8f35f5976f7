/*
 * erasure: what a device sends when a viewer wants viewings gone over there: their ids, and the keys that prove that it may. And what a
 * collector answers, to this and to batches. JSON both ways; README.md describes it. Any thread.
 */
#pragma once

#include "telemetry/wire/batch.h"

#define WIRE_ERASURES_MAX 1000 /* in one request */

/* confirmed_ms: by the collector's clock, ms since 1970; 0: not yet. refused: WIRE_TAKEN, or why it is not erased. */
struct wire_erasure {
    char viewing[TEL_ID_SIZE];
    uint8_t key[WIRE_KEY_SIZE];
    int64_t confirmed_ms;
    enum wire_code refused;
};

/* Finished JSON, on one line. Caller frees. */
GString *wire_erasures_write(const struct wire_erasure *all, guint n);

/* Array of struct wire_erasure; NULL and *refusal. Caller unrefs. */
GArray *wire_erasures_read(const char *json, gsize n, struct wire_refusal *refusal);

/* The answer: {"erasures":[{"viewing":…,"confirmed_ms":…}, {"viewing":…,"error":"key"}]}; false: `all` is not what it answers. Each of
 * `all` is then confirmed, or refused for its key: any other word would let a collector that is merely busy have erasures forgotten. */
GString *wire_erased_write(const struct wire_erasure *all, guint n);
bool wire_erased_read(const char *json, gsize n, struct wire_erasure *all, guint count);

/* The answer to a batch that was taken: {"viewing":…,"acknowledged":42}, and to what was refused. Caller frees. */
GString *wire_acknowledgement_write(const char *viewing, int64_t acknowledged);
GString *wire_refusal_write(const struct wire_refusal *r);

/*
 * What a collector answered to a batch, with HTTP's status. *acknowledged is set where *refusal says WIRE_TAKEN. False: it is no answer of a
 * collector, as a proxy in between may give; *refusal is then BUSY for a status of 5xx, 408 and 429, else NOT_FOUND.
 */
bool wire_answer_read(int status, const char *json, gsize n, int64_t *acknowledged, struct wire_refusal *refusal);
