/*
 * segment: a part of an audience, by something that each viewing has: the form of input, whether it is a first one, its time
 * setting, the language, subtitles, the channel, the arm of an experiment, or what was taken at a decision.
 *
 * A segment names a kind and a value: "input=touch", "took=door:open" (of the decision `door`, the option `open`).
 * segment_parse() reads it; segment_find() lists a store's viewings that are in it, segment_values() which values there
 * are. Kept counts know nothing of segments, so a report of one counts the events anew: it takes as long as --recount.
 * One thread.
 */
#pragma once

#include "telemetry/store/store.h"

#include <glib.h>

struct segment_kind;

/* Texts are the caller's, and outlive it. */
struct segment {
    const struct segment_kind *kind;
    const char *argument; /* the decision of "took", the experiment of "arm"; else NULL */
    const char *value;    /* NULL: none, as where all values are asked for */
};

/* "KIND=VALUE", or "KIND" alone if `whole` is false. A VALUE that no viewing can have is refused. `text` is cut to pieces, and
   must outlive the segment. */
bool segment_parse(char *text, bool whole, struct segment *segment);

/* The arm of an experiment; NULL: any. */
struct segment segment_arm(const char *experiment, const char *arm);

/* One of the kinds that need no argument, without a value: "language". It is one. */
struct segment segment_of_kind(const char *kind);

/* "input=WHAT, …": the kinds there are, with or without a value. The caller frees. */
char *segment_kinds(bool whole);

/* Its name as an option has it: "input=touch". The caller frees. */
char *segment_name(const struct segment *segment);

/* One viewing of a store: its id, whether a person watched it in a window, and what it has. */
typedef void segment_take(int64_t viewing, bool person, const char *value, void *data);

/* Tells each viewing of the store, by ascending ids, what it has of the segment's kind; segment->value is not looked at. */
bool segment_each(struct store *s, const struct segment *segment, segment_take *take, void *data, GError **error);

/* Adds the ids of a store's viewings, int64_t, that are in the segment; ascending. */
bool segment_find(struct store *s, const struct segment *segment, GArray *viewings, GError **error);

/* A value, and how many viewings by people have it. */
struct segment_value {
    char *value;
    int64_t viewings;
};

/* Adds the values that viewings of the stores have, the commonest first. */
bool segment_values(struct store *const *stores, guint n, const struct segment *segment, GArray *values,
                    GError **error);

/* An empty list of struct segment_value that owns its texts. The caller frees with g_array_unref(). */
GArray *segment_values_new(void);
