/*
 * store: the SQLite file that holds what viewers decided: opening, creating, migrating it, and setting a damaged one
 * aside.
 *
 * A store is one connection and belongs to the thread that opened it. Several processes may have the same file open:
 * one writes at a time, the others wait up to STORE_BUSY_MS; readers never wait. The file, its -wal and -shm are
 * readable by their owner only (0600), and so is a folder made for them (0700).
 *
 * Durability: WAL with synchronous=NORMAL. A commit is in the file when it returns, so a crash or kill of the program
 * loses nothing. It is flushed to the medium at the next checkpoint, so a loss of power may take the latest commits,
 * but never tears the file. FULL would save those, too, but costs a flush per decision: it was measured at 40 times the
 * time of NORMAL, with stalls of up to 800 ms that hold up every other program's writing on that disk.
 *
 * Opening migrates an older store in one transaction; opened for reading, it is migrated in a copy in memory
 * (store_copy.h), and the file stays as it is. A file that is not ours, or was made by a newer version, is
 * refused and not touched. Opening erases nothing: programs that write open a store with retention_open()
 * (telemetry/keep).
 *
 * A store may come from a stranger, and is not believed. Opened for writing it must be this user's, and hold the tables,
 * indexes and triggers that this program makes and no others (schema_match.h). Opened for reading it may be anybody's
 * and lie anywhere: no file is made or changed where it is not this user's own, and a journal that lies beside it is
 * never played back (store_reading.h, store_vfs.h). What a reader's statements may cost is limited by the size of the
 * file, so that one that leads in circles ends.
 */
#pragma once

#include "telemetry/store/store_file.h"
#include "telemetry/store/store_handle.h"

#define STORE_BUSY_MS 2000

struct store_options {
    const char *path; /* NULL: store_default_path() */
    bool read_only;   /* for reports: the file must exist, and is not changed; an empty one holds no viewing */
    bool follow;      /* with read_only: what others write later is seen, where it can be; an empty file is none yet */
    bool quick; /* with read_only, for the playing thread: a small file is not checked whole, an older one refused */
    bool trust; /* for writing: the user says that it may be another user's, and hold more than our tables */
    bool keep_damaged; /* leave a damaged file where it is and fail with STORE_ERROR_DAMAGED */
    int busy_ms;       /* how long to wait for other programs; 0: STORE_BUSY_MS */
    const char *vfs;   /* SQLite VFS by name, for tests; NULL: the system's */
};

/*
 * NULL and error on failure; the message names the file and what can be done. A damaged store is set aside and a new
 * one made in its place, unless read_only or keep_damaged says otherwise. A damaged one that is only read is opened
 * where that is possible, and `note` says so. Opening for writing checks small files whole,
 * which takes up to some 20 ms: not for the playing thread.
 */
struct store *store_open(const struct store_options *o, GError **error);
void store_close(struct store *s); /* accepts NULL */

/*
 * Whether somebody has written into a store that is read as if nobody did, since it was opened (store_reading.h): then
 * what was read may be of two moments.
 */
bool store_was_disturbed(const struct store *s);

/*
 * For a connection that writes, while it reads a file of this many bytes that comes from a stranger, too; 0: no longer.
 * Statements that take more steps than such a file can need end with an error.
 */
void store_limit_steps(struct store *s, int64_t bytes);

/* While a statement runs, on_steps(data) is called some ten thousand times a second; NULL: no longer. It must not use the store.
 * Where nobody watches and nothing is limited, heeds_signals has no effect. */
void store_watch_steps(struct store *s, void (*on_steps)(void *data), void *data);

/* A URI with which another connection can attach what `s`, which is read only and no copy, reads, in the same way. Caller
 * frees. */
char *store_reading_uri(const struct store *s);

/*
 * Closes a store found damaged in use and gives it another name, which is returned (caller frees). "": the path leads
 * to another file by now, and nothing had to be done. NULL and error: it cannot be renamed. Frees s in any case.
 */
char *store_set_aside(struct store *s, GError **error);

/* A number that differs from the last one when another connection has changed the file since; -1: it cannot be read. */
int64_t store_data_version(struct store *s);

/* Whether the path still leads to the file that was opened. */
bool store_is_in_place(const struct store *s);
