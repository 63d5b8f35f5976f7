/*
 * batch: what travels from a device to a collector: some events of one viewing, and all that a collector needs to judge them. A plain
 * struct, its JSON both ways (README.md and batch.schema.json describe it), and its checks. No sockets, no store; any thread, one at a
 * time for each batch.
 *
 * Events are those of the viewing in the order of their numbers, each as it was first written: also those that a later `resume`
 * supersedes. No number is missing, but those for which a gap stands: a gap with the number s and the count c stands for the numbers
 * after s - c, up to s.
 */
#pragma once

#include "telemetry/wire/field.h"
#include "telemetry/wire/refusal.h"

#include <glib.h>

#define WIRE_FORMAT 1

/* Limits of one request. A sender stays below them; a collector refuses what is above. */
#define WIRE_BODY_MAX   (256 * 1024)      /* as it comes, compressed */
#define WIRE_JSON_MAX   (2 * 1024 * 1024) /* as it is unpacked */
#define WIRE_EVENTS_MAX 2000              /* in a batch */
#define WIRE_TEXT_MAX   200               /* bytes of any text: ids, languages, channels */

#define WIRE_KEY_SIZE 32 /* bytes of an HMAC-SHA256 */

/* Between the names of a list, which is one text: "left\x1fright"; "" is no name. */
#define WIRE_SEPARATOR "\x1f"

/* A field's value. Numbers and codes are in `number`, names and lists in `text`, as wire_fields() says; empty: neither. */
struct wire_value {
    bool known;
    int64_t
        number; /* of a name, after wire_catalogue_check(): its place in the story, or TEL_NONE where that is not known */
    const char *text; /* owned by the batch */
};

struct wire_event {
    enum tel_kind kind;
    int64_t seq, at_ms;
    struct wire_value values[WIRE_FIELDS_MAX]; /* in the order of wire_fields() */
};

/* Texts are UTF-8 and owned by the batch; NULL: not known. */
struct wire_batch {
    char id[TEL_ID_SIZE]; /* the same in every retry */
    const char *story, *version;
    uint64_t story_hash;

    uint8_t consent[WIRE_KEY_SIZE]; /* SHA-256 of the text that was asked */
    const char *consent_language;
    int64_t answered_ms;

    char viewing[TEL_ID_SIZE];
    int64_t started_ms, seed;
    int32_t mode, chooser, time_mode;
    int32_t nth;       /* 0: not known */
    int32_t subtitles; /* 0, 1, or TEL_NONE: not known */
    const char *engine, *language, *channel;
    const char *arms; /* "experiment=arm" for each, as a list; never NULL */

    bool linked;
    uint8_t viewer[WIRE_KEY_SIZE]; /* linked: the HMAC of the viewer's link */
    uint8_t key[WIRE_KEY_SIZE];    /* the HMAC of the viewing's id: what an erasure is proved by */

    int64_t from, to, sent_ms;
    GArray *events;        /* struct wire_event */
    GStringChunk *strings; /* of all texts */
};

/* Empty, with its arrays. */
struct wire_batch *wire_batch_new(void);
void wire_batch_free(struct wire_batch *b); /* accepts NULL */

/* A copy of a text that lives as long as the batch; NULL for NULL. */
const char *wire_batch_text(struct wire_batch *b, const char *text);

/* Adds a copy of an event, its texts too. */
void wire_batch_add(struct wire_batch *b, const struct wire_event *e);

/* Finished JSON, on one line. Caller frees. */
GString *wire_batch_write(const struct wire_batch *b);

/*
 * Reads `n` bytes of JSON and checks everything that needs neither the story nor the collector's store: types, ranges, codes, texts,
 * members that are missing or not known, and that the numbers of the events are from..to without holes. NULL and *refusal: it is not
 * taken.
 */
struct wire_batch *wire_batch_read(const char *json, gsize n, struct wire_refusal *refusal);

/* The same checks for a batch that a program has put together. False and *refusal. */
bool wire_batch_check(const struct wire_batch *b, struct wire_refusal *refusal);
