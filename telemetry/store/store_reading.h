/*
 * store_reading: how a store is read that may lie anywhere and belong to anyone: on a medium that cannot be written, in
 * another user's folder, with a log beside it or without, in the middle of a change that was never finished.
 *
 * Reading needs no writing. A store of this user's that other programs may be writing into is read together with them,
 * by SQLite's shared index (-shm). Every other one is read without locks and without making a file: the database alone
 * where there is no log, or with an index of the log that is kept in memory. Whoever writes into such a store meanwhile
 * is not noticed by SQLite; store_reading_was_disturbed() tells it afterwards.
 *
 * Looks at files, opens and changes none. Any thread.
 */
#pragma once

#include "telemetry/store/store_vfs.h"

#include <stdbool.h>
#include <stdint.h>

struct store_reading_mark {
    int64_t bytes, changed_ns, inode; /* all 0: there is no such file */
};

struct store_reading {
    enum store_vfs_access access;
    bool immutable; /* the database alone is read, and taken as one that does not change */
    char *note;     /* what cannot be seen, in sentences; NULL: nothing */
    struct store_reading_mark database, log;
};

/* `follow`: the caller goes on reading while others write, and wants to see it. */
void store_reading_plan(const char *path, bool follow, struct store_reading *r);
void store_reading_clear(struct store_reading *r);

/* The sentence for who would follow what is not followed. Caller frees. */
char *store_reading_stands_still(const char *path);

/* Whether somebody has written into it since it was planned, though it is read as if nobody did. */
bool store_reading_was_disturbed(const char *path, const struct store_reading *r);
