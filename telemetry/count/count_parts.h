/*
 * count_parts: in which part of an audience each viewing is, by several kinds of segments at once (language, channel, …).
 *
 * A part is all viewings by people that have the same value of every kind. Each of the kinds has several values; one that has
 * the same for everybody tells nothing apart and is not here. count_parts_new() reads each viewing of the stores once for each
 * kind; count_parts_of() then looks a viewing up, in the time of a binary search. count_parts_free() last. One thread.
 */
#pragma once

#include "telemetry/count/segment.h"

#include <glib.h>
#include <stdint.h>

#define COUNT_PARTS_MAX       255 /* a part is a byte of struct count_key */
#define COUNT_PART_KINDS_MAX  16
#define COUNT_PART_VALUES_MAX 12 /* of a kind, the commonest; the rarer ones are one more: COUNT_PART_OTHERS */
#define COUNT_PART_OTHERS     "(other)"

struct count_part_kind {
    char *name;        /* as segment_name() has it: "language", "arm=opening" */
    GPtrArray *values; /* char *: the commonest first, COUNT_PART_OTHERS last */
};

struct count_parts {
    GPtrArray *kinds;    /* struct count_part_kind * */
    GPtrArray *left_out; /* char *: names of kinds that would make too many parts; the last of those asked for first */
    GArray *parts;       /* uint64_t: for each part the place of its value of each kind (count_parts_value()) */
    /* Private to count_parts.c. */
    GArray **viewings; /* of each store: int64_t, ascending */
    uint8_t **part;    /* of each of these */
    guint n_stores;
};

/* `kinds`: n_kinds of them, without values, the most important first. NULL and error: a store cannot be read. In the
 * caller's reading transactions. */
struct count_parts *count_parts_new(struct store *const *stores, guint n, const struct segment *kinds, guint n_kinds,
                                    GError **error);
void count_parts_free(struct count_parts *p); /* accepts NULL */

/* The part of a store's viewing; of a machine's, or of one that is not there, 0. */
uint8_t count_parts_of(const struct count_parts *p, guint store, int64_t viewing);

/* The place of a part's value among those of a kind. */
guint count_parts_value(const struct count_parts *p, guint part, guint kind);
