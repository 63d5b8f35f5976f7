/*
 * intake: brings viewings of a store of SQLite into the distributed engine: those of a festival into what a premiere has, as often as
 * one likes.
 *
 * Events go first, then the headers, which say up to which event a viewing is there: whatever cuts this off, what counts is whole, and
 * doing it again makes the very same rows. What was erased in the engine is left out, and what a collector's store was told to erase is
 * erased in the engine as well.
 */
#pragma once

#include "telemetry/central/engine.h"
#include "telemetry/store/store.h"

struct intake_result {
    int64_t viewings, events; /* sent, whether they were there already or not */
    int64_t erased;           /* viewings that the engine had erased before */
    int64_t erased_here;      /* viewings that it erases now, because the store did */
};

/* The films of a store that the engine does not know yet, *n of them. `known`: the hashes (int64_t) of those that it knows. */
bool intake_films(struct engine *e, struct store *s, GHashTable *known, guint *n, GError **error);

/* `s` gets the tables of a collector, if it has none; nothing else of it changes. Viewings that a collector took in keep their keys. */
bool intake_store(struct engine *e, struct store *s, struct intake_result *r, GError **error);
