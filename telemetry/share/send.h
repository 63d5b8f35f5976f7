/*
 * send: brings a destination up to date: first the erasures that it has not confirmed, then the viewings, if the viewer has said yes, and
 * then the erasures that have come meanwhile. Whatever interrupts it, the next call goes on from what was acknowledged.
 *
 * A collector that asks for time gets it: Retry-After is waited for, other trouble for longer each time, up to `wait_s` in all; then the rest
 * stays for the next call. Requests are at least some tens of milliseconds apart. On the store's thread.
 */
#pragma once

#include "telemetry/share/outgoing.h"

struct send_options {
    const char *certificates; /* a file to trust besides the system's, or NULL */
    const char *language;     /* of what the viewer is told; NULL: English */
    int wait_s;               /* how long to wait in all for a collector that asks for it; 0: not at all */
};

struct send_result {
    int64_t events, viewings; /* acknowledged in this call; of how many viewings */
    int64_t erasures;         /* confirmed in this call */
    int64_t not_erased;       /* erasures that the destination refuses for good; they wait no more */
    int64_t refused;          /* viewings that the destination won't take, or that fail the same checks here */
    char *refusal;            /* the id of the first of these, and why; NULL: none. The caller frees. */
    char *trouble;            /* why not all was sent: a sentence for the viewer; NULL: all was. The caller frees. */
    bool later;               /* the same may work later */
    struct outgoing_standing standing; /* where nothing stopped it: what there is of the film now */
};

/* False and error where the store fails; what a destination refuses is told in the result. */
bool send_to(struct store *s, const struct destination *d, const struct send_options *o, struct send_result *r,
             GError **error);
