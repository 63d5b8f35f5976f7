/*
 * intake: the bytes of a request become what can be committed, or a reason why not: unpacked within a limit, read, and checked against the
 * registry and the catalogue. No sockets; any thread.
 */
#pragma once

#include "telemetry/collect/destination.h"
#include "telemetry/collect/tokens.h"

enum intake_kind { INTAKE_BATCH, INTAKE_ERASURES };

struct intake {
    enum intake_kind kind;
    bool gzip;
    const char *token; /* NULL: none came */
    const void *body;
    gsize size;
};

/*
 * Fills the item's batch and story, or its erasures; the caller frees what is there with intake_clear(). False and *refusal: nothing of it is
 * taken.
 */
bool intake_read(const struct intake *in, const struct wire_catalogue *catalogue, const struct tokens *tokens,
                 struct collect_item *item, struct wire_refusal *refusal);
void intake_clear(struct collect_item *item);
