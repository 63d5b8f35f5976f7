/*
 * erasing: takes viewings out of the distributed engine for good.
 *
 * First a tombstone is written, by a quorum: from then on the viewing is in no answer, and whatever arrives of it later counts for nothing
 * (central.sql). Then its rows are taken out of the files by the engine itself, on every replica, which takes a while:
 * erasing_sweep() asks for that, again and again until nothing is left. A tombstone names the key as well: an erasure that gives another
 * key than its viewing has does nothing to it.
 */
#pragma once

#include "telemetry/central/engine.h"

struct erasing {
    const char *id, *key; /* key: in hex, or "" */
    int64_t story;        /* the hash of its version; 0: it never arrived */
    bool person;          /* a person watched it in a window */
};

/* Fills in story and person of those that are there under their keys. */
bool erasing_complete(struct engine *e, struct erasing *all, guint n, GError **error);

/* Writes tombstones. */
bool erasing_write(struct engine *e, const struct erasing *all, guint n, GError **error);

/* The same for viewings by their ids alone, whatever their keys. *unknown: how many of them never arrived: nothing is done to those. */
bool erasing_by_id(struct engine *e, char *const *ids, guint n, guint *unknown, GError **error);

/* *left: how many rows of erased viewings there are, on all shards. `ask`: for these to be taken out; they are, some time later. Sums of months
 * that hold something of them (rolling.h) go at once. */
bool erasing_sweep(struct engine *e, bool ask, int64_t *left, GError **error);
