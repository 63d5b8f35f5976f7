/*
 * scout: one thread's part in explore's search. It remembers ways of its own (explore/memo.h), and what it saw on them that it
 * had not seen before; whoever puts the scouts' reports together, in the order of the states, knows what all of them saw
 * first, and it does not matter which scout looked at which state.
 *
 * scout_new(), scout_look() for any state, in the order of their numbers; scout_free(). One thread each; the story and
 * the pack are only read.
 */
#pragma once

#include "explore/cover.h"
#include "explore/memo.h"

#include <glib.h>

struct scout;

/* Something that a way shows when it is seen first. The way: `ordinal` of the state's, after n_steps inputs. */
struct scout_event {
    enum cover_event event;
    int32_t subject, ordinal, n_steps;
};

/* What is new of a state, to this scout. */
struct scout_report {
    GArray *events;  /* scout_event, in the order in which they came */
    GPtrArray *kept; /* GBytes: values that the viewer keeps, as some quiet moment leaves them behind */
    bool *flags;     /* all of the scout's cover; see cover_add() */
};
void scout_report_free(struct scout_report *r); /* accepts NULL */

/* merge: states that differ only in what nobody will look at become the same. measure: as for memo_new(). */
struct scout *scout_new(const struct story *s, const struct pack *pack, bool backs, bool merge,
                        const struct ways_measure *measure);
void scout_free(struct scout *s); /* accepts NULL */

/* The ways of a packed state, borrowed until the next call; *report is the caller's, or NULL. */
struct memo_ways scout_look(struct scout *s, const uint64_t *words, struct scout_report **report);

size_t scout_bytes(const struct scout *s);
