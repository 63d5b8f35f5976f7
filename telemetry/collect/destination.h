/*
 * destination: where a collector keeps what it takes in. A group of requests is committed at once, so that an engine flushes once for
 * many of them; what is not committed is not there.
 *
 * One thread calls, the committer's (committer.h). What is asked of a destination:
 *
 * - An erasure wins: over batches of the same group, and over all that come later. It is done when nothing of the viewing is left in
 *   any table that is read, and stays done.
 * - A batch is taken whole or not at all. It is refused with HOLE if events before it are missing, with CONFLICT if what is there under
 *   its numbers is something else, with KEY if the viewing came with another key, with ERASED if it was erased, with REFERENCE if an
 *   event refers to one that is not there. What is there already is not taken twice.
 * - What `commit` says is committed stays, also when the machine loses power then.
 */
#pragma once

#include "telemetry/wire/catalogue.h"
#include "telemetry/wire/erasure.h"

#include <stdbool.h>

/* One batch, or some erasures. What was read is borrowed and checked; what comes of it is filled in. */
struct collect_item {
    struct wire_batch *batch; /* NULL: erasures */
    int story;                /* of the batch, in the catalogue */
    int64_t received_ms;      /* the collector's clock, ms since 1970 */

    struct wire_erasure *erasures; /* n of them; their confirmed_ms and refused are filled in */
    guint n;

    struct wire_refusal refusal; /* WIRE_TAKEN, or why the batch is refused */
    int64_t acknowledged;        /* the last event of the viewing that is there */
};

struct destination {
    /*
     * Commits n items, in their order; erasures come first. True: each that is not refused is there for good. False: nothing of the
     * group is, and *error says why, for the operator; the same items may be given again.
     */
    bool (*commit)(struct destination *d, struct collect_item *const *items, guint n, GError **error);

    /* Whether a commit could succeed now, as far as can be told without one. */
    bool (*is_healthy)(struct destination *d, GError **error);

    /* Whether this erasure was committed here. False and *error: that cannot be told now. */
    bool (*knows_erasure)(struct destination *d, const struct wire_erasure *e, bool *knows, GError **error);

    void (*free)(struct destination *d);
};

/* What is said, with its number, of an event that refers to what is not there, or that is there twice. */
#define DESTINATION_NO_REFERENCE                                                                                       \
    "event %" G_GINT64_FORMAT ": it refers to something that is not there, or is there twice"
