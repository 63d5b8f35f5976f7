/*
 * held: what a collector's store holds under a key, for whoever asks its operator: of a viewing by its id, or of all viewings with a
 * viewer's link, as the collector knows it.
 *
 * On the store's thread; only reads.
 */
#pragma once

#include "telemetry/record.h"
#include "telemetry/store/store_handle.h"

#include <glib.h>

struct held_viewing {
    char id[TEL_ID_SIZE];
    char *link; /* the viewer's, or NULL: it has none */
    char *story, *version;
    int64_t started_ms;       /* by the device's clock, since 1970 */
    int64_t dated_ms;         /* as the collector dated it, because that cannot be; -1: it believes it */
    int64_t events;           /* with the numbers 1 to this one; -1: not known */
    int64_t received_ms;      /* when something of it came last; -1: it came otherwise, as by a merge */
    int64_t behind_ms;        /* the device's clock was so far behind the collector's, the way included */
    char *consent, *language; /* SHA-256 of what its viewer agreed to, in hex, and in which language; or NULL */
    int64_t answered_ms;      /* and when, by the device's clock */
};

struct held {
    GPtrArray *viewings; /* struct held_viewing *, the oldest first */
    int64_t
        erased_ms; /* the key is the id of a viewing that was erased then, of which only the id is kept; -1: it is none */
};

/* The first 16 bytes of a key: a viewing's id or a link as a store has it (a UUID), or a link as it is sent (64 hexadecimal digits). False:
 * it is none of these. */
bool held_key(const char *text, uint8_t key[16]);

/* NULL and error on failure; STORE_ERROR_NOT_FOUND where the store is no collector's. held_free() it. */
struct held *held_read(struct store *s, const uint8_t key[16], GError **error);
void held_free(struct held *h); /* accepts NULL */
