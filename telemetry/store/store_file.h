/*
 * store_file: the store's file before SQLite touches it: what it is, whose it is, its permissions, another name for it.
 *
 * Any thread; touches no connection. "The file" is three: the database and SQLite's -wal and -shm beside it.
 */
#pragma once

#include "telemetry/store/store_handle.h"

enum store_file_state {
    STORE_FILE_EMPTY,   /* nothing was written into it yet */
    STORE_FILE_OURS,    /* a store of this version, or of an earlier one */
    STORE_FILE_FOREIGN, /* a file of another program */
    STORE_FILE_NEWER,   /* a store of a newer version of this program */
    STORE_FILE_DAMAGED, /* a store whose first page is destroyed */
};

/* $XDG_DATA_HOME/frumious/telemetry.sqlite. Caller frees. */
char *store_default_path(void);

/* Makes the folder that the file lies in, and those above it, readable by their owner only. */
bool store_file_make_folder(const char *path, GError **error);

/*
 * Looks at the first bytes. Where there is no file, may_create makes an empty one, readable by its owner only; without
 * it the error is STORE_ERROR_NOT_FOUND.
 */
bool store_file_inspect(const char *path, bool may_create, enum store_file_state *state, GError **error);

/*
 * Takes away what others may do with it. Where that fails nothing is said: the file is not ours, and writing will tell.
 */
void store_file_make_private(const char *path);

/*
 * Renames a damaged store, -wal and -shm included, because they may hold what can still be saved: PATH.damaged-TIME.
 * Returns the new name (caller frees); NULL and error on failure.
 */
char *store_file_set_aside(const char *path, GError **error);

/* Everything that store_file_set_aside() has left beside `path`. Array of char *, owned by the caller. */
GPtrArray *store_file_list_aside(const char *path);
