/*
 * store_vfs: what SQLite may do with files on behalf of one store, whatever the store's bytes ask for.
 *
 * A store can come from a stranger. SQLite believes what lies beside it: a rollback journal may name any path as its
 * "super-journal", and that path is deleted when the journal is played back. So every connection to a store goes through
 * a VFS of its own, which knows the names of the store's files and refuses all others; one that reads opens nothing for
 * writing, deletes nothing, and finds no journal to play back. Temporary files pass, since SQLite makes their names.
 *
 * store_vfs_new(), sqlite3_open_v2() with its name, sqlite3_close(), store_vfs_free(). It belongs to the connection's
 * thread.
 */
#pragma once

#include <glib.h>

enum store_vfs_access {
    STORE_VFS_WRITE,   /* the database, its -wal and its -journal may be written and deleted */
    STORE_VFS_FOLLOW,  /* reads, together with programs that write; makes the -wal and -shm where there are none */
    STORE_VFS_SHARE,   /* the same, but the -wal must be there */
    STORE_VFS_PRIVATE, /* reads without locks, and makes no file: the -wal's index must be kept in memory */
};

struct store_vfs;

/* `base`: the VFS that does the work, by name; NULL: the system's. NULL and error: there is none of that name. */
struct store_vfs *store_vfs_new(const char *path, enum store_vfs_access access, const char *base, GError **error);
void store_vfs_free(struct store_vfs *v); /* accepts NULL */

/* For sqlite3_open_v2(), or for a URI's "vfs=". */
const char *store_vfs_name(const struct store_vfs *v);
