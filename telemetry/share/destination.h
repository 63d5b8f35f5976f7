/*
 * destination: a story's collector in the store: what the viewer was asked about it and answered, its secret, and what it has
 * confirmed.
 *
 * The secret is made with the first yes and never leaves the store. It makes the keys by which an erasure proves that it
 * comes from here, and the link that the collector sees in place of the viewer's. Withdrawing destroys it: from then on
 * nobody, this machine included, can link what was sent to its viewer, and what is still to be erased over there is
 * proved by the keys that wait in the outbox.
 *
 * On the store's thread; what writes is one transaction. False, NULL and error on failure.
 */
#pragma once

#include "telemetry/store/store_handle.h"

#include <glib.h>

#define DESTINATION_SECRET_SIZE 32

enum destination_answer { DESTINATION_NOT_ASKED = -1, DESTINATION_NO, DESTINATION_YES, DESTINATION_WITHDRAWN };

struct destination {
    int64_t id; /* in the store; 0: it is not there yet */
    char *story, *address, *name;
    char *token; /* NULL: none */
    bool has_secret;
    uint8_t secret[DESTINATION_SECRET_SIZE];
    enum destination_answer answer; /* the latest */
    int64_t answered_ms;
    char *text, *language;          /* what was asked; NULL: nothing yet */
    int64_t viewings;               /* of which something was sent, or may have been */
    int64_t refused;                /* of these, those that it doesn't take */
    int64_t waiting;                /* erasures that it has not confirmed yet */
    int64_t erasures, confirmed_ms; /* those that it has, and when the latest; 0: none */
};

/* All of them (struct destination *), or those of one story; the oldest first. The caller unrefs. */
GPtrArray *destinations_read(struct store *s, const char *story, GError **error);

/* The one with this address, borrowed from `all`; NULL: there is none. */
const struct destination *destination_find(const GPtrArray *all, const char *address);

/* What the story's file says of one that is there already: its name and token may have changed. */
bool destination_refresh(struct store *s, const struct destination *d, GError **error);

/* The answer to `text`. Of the destination only its story, address, name and token are looked at; it is added where it is not there yet. Yes makes a secret, where there is none. `now_ms`: since 1970. */
bool destination_answer(struct store *s, const struct destination *d, enum destination_answer answer, const char *text,
                        const char *language, int64_t now_ms, GError **error);

/* Takes the yes back: all that was sent, or may have been, is to be erased over there, and the secret is destroyed, and overwritten. */
bool destination_withdraw(struct store *s, const struct destination *d, int64_t now_ms, GError **error);
