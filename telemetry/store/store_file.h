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

/* Of a store or its folder: " with --store" where nobody named it, and so has to be told by what another one is named; else "". */
const char *store_file_option(const char *path);

/*
 * The path with links followed, beside which SQLite puts its own files; as it was given where there is no such file.
 * Caller frees.
 */
char *store_file_resolve(const char *path);

/*
 * Whether this user owns the file, and each of -wal, -shm and -journal beside it is a plain file of this user's with
 * one name only. `path` as store_file_resolve() returns it.
 */
bool store_file_is_own(const char *path);

/* Whether a rollback journal lies beside it that SQLite would play back. `path` as store_file_resolve() returns it. */
bool store_file_has_hot_journal(const char *path);

/* True: it is this user's. False and STORE_ERROR_STRANGE: another user owns it, or a file beside it. */
bool store_file_refuse_stranger(const char *path, GError **error);

/*
 * False and STORE_ERROR_STRANGE: the journal beside it names another file, which is to be deleted when the journal is
 * played back. No transaction of ours has more than one file, so none of ours does.
 */
bool store_file_refuse_super_journal(const char *path, GError **error);

/* Makes the folder that the file lies in, and those above it, readable by their owner only. */
bool store_file_make_folder(const char *path, GError **error);

/*
 * Looks at the first bytes, through SQLite: a descriptor of our own would take all locks of this process on the file
 * with it when it is closed. Where there is no file, may_create makes an empty one, readable by its owner only; without
 * it the error is STORE_ERROR_NOT_FOUND.
 */
bool store_file_inspect(const char *path, bool may_create, enum store_file_state *state, GError **error);

/* Takes away what others may do with it. For a file of this user's only. */
void store_file_make_private(const char *path);

/*
 * Renames a damaged store, -wal and -shm included, because they may hold what can still be saved: PATH.damaged-TIME.
 * Returns the new name (caller frees); NULL and error on failure.
 */
char *store_file_set_aside(const char *path, GError **error);

/* Everything that store_file_set_aside() has left beside `path`. Array of char *, owned by the caller. */
GPtrArray *store_file_list_aside(const char *path);
