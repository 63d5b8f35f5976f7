/*
 * outgoing: what a store has for a destination: the events of one viewing after the other that it has not acknowledged yet, as
 * batches, and the erasures that it has not confirmed.
 *
 * What leaves is what `frumious telemetry export --superseded` tells, with HMACs in the place of the viewer's link. People's
 * viewings leave, machines' do not. Before a batch may be sent, outgoing_offer() notes it: from then on, erasing the viewing
 * leaves a tombstone. And because that note is on the medium before it returns, and with it all that was written before, no loss
 * of power takes an event back that somebody else has.
 *
 * On the store's thread. False and error on failure.
 */
#pragma once

#include "telemetry/share/destination.h"
#include "telemetry/wire/erasure.h"

struct outgoing {
    int64_t viewing; /* in the store; 0: there is none left */
    uint8_t key[WIRE_KEY_SIZE];
    int64_t acknowledged;
    struct wire_batch *batch;  /* NULL: there is none left */
    struct wire_refusal fault; /* what the batch is refused for before it is sent; WIRE_TAKEN: nothing */
};

/* Makes the connection one whose commits are on the medium when they return. First of all. */
bool outgoing_prepare(struct store *s, GError **error);

/*
 * The next batch of at most `most` events, of the first viewing behind the one with the id `after` of which there is something to send;
 * after a batch was acknowledged, `after` = that viewing - 1 goes on with it. outgoing_clear() frees it.
 */
bool outgoing_next(struct store *s, const struct destination *d, int64_t after, guint most, struct outgoing *o,
                   GError **error);
void outgoing_clear(struct outgoing *o);

/* Notes that the batch may be sent. *offered false: the viewing was erased meanwhile, and nothing may be. */
bool outgoing_offer(struct store *s, const struct destination *d, const struct outgoing *o, bool *offered,
                    GError **error);

/* The destination has the events up to this one. Lower than before, if it says that it lacks some. */
bool outgoing_acknowledge(struct store *s, const struct destination *d, const struct outgoing *o, int64_t acknowledged,
                          GError **error);

/* The destination will never take the viewing: nothing of it is sent any more. */
bool outgoing_refuse(struct store *s, const struct destination *d, const struct outgoing *o, const char *why,
                     GError **error);

/* Viewings of the destination's film in the store. */
struct outgoing_standing {
    int64_t all, people;   /* played by people */
    int64_t sent, refused; /* of these: it has something of them; it is not offered them any more */
};
bool outgoing_standing(struct store *s, const struct destination *d, struct outgoing_standing *standing,
                       GError **error);

/* Erasures that wait, at most `most` (struct wire_erasure). NULL and error on failure. */
GArray *outgoing_erasures(struct store *s, const struct destination *d, guint most, GError **error);

/* Those with a confirmed_ms are done; those that are refused will never be, and go, too. *done counts the former. */
bool outgoing_confirm(struct store *s, const struct destination *d, const GArray *erasures, int64_t *done,
                      GError **error);
