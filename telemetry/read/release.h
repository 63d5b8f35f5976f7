/*
 * release: what an anonymous export told of a version of a film (anonymous.h), kept in the store: by period, the counts
 * that were told and the k by which answers were withheld.
 *
 * What was told of a period stays what it is: later exports tell the same, whatever k they ask for, whatever was erased or
 * merged in the meantime. So two exports differ by whole periods only, and a difference tells nothing of fewer than k people.
 * A line holds a count of k viewings or more, and nothing about one of them; `erase all` takes them away.
 *
 * release_load(), release_add() for each new line, release_keep(), in one transaction of the caller's; release_clear() last.
 * One thread.
 */
#pragma once

#include "telemetry/store/store.h"

#include <glib.h>

#define RELEASE_WITHHELD "(withheld)"

/* A version of a film. */
struct release_of {
    const char *story, *version;
    int64_t hash;
};

struct release_line {
    int64_t until_ms;   /* when its period is over, ms since 1970 */
    int32_t question;   /* its place in an export */
    const char *record; /* "viewings", "period", "decision", "ending"; static */
    char *name, *answer;
    int64_t viewings;
};

struct release {
    GArray *lines;    /* struct release_line, in the order in which they were told */
    guint kept;       /* so many of the first are in the store */
    int32_t k;        /* of these; 0: there are none */
    int64_t until_ms; /* when the last of their periods is over; 0: there is none */
};

/* What was told. False and error where the store cannot be read; *r can be cleared either way. */
bool release_load(struct store *s, const struct release_of *of, struct release *r, GError **error);
void release_clear(struct release *r);

/* Copies the texts. */
void release_add(struct release *r, const struct release_line *line);

/* Writes the lines that are not kept yet, with this k. `s` is open for writing. */
bool release_keep(struct store *s, const struct release_of *of, struct release *r, int32_t k, GError **error);

/* The sums over all periods, as lines without a period: by question; for each, answers as they were first told, and what
 * was withheld last. The caller frees the array. */
GArray *release_sums(const struct release *r);
