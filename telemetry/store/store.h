/*
 * store: the SQLite file that holds what viewers decided; opening, creating, migrating, setting aside.
 *
 * A store is one connection and belongs to the thread that opened it. Several processes may have the same
 * file open: one writes at a time, the others wait up to STORE_BUSY_MS; readers never wait. The file, its
 * -wal and -shm are readable by their owner only (0600), a folder made for them too (0700).
 *
 * Durability: WAL with synchronous=NORMAL. A commit is in the file when it returns, so that a crash or kill
 * of the program loses nothing; it is flushed to the medium at the next checkpoint, so that a loss of power
 * may take the last commits, never tear the file. FULL would save those too, but costs a flush per decision:
 * measured 40 times the time of NORMAL and stalls of up to 800 ms that hold up every other program's writing
 * on that disk.
 *
 * Opening migrates an older store in one transaction. What is not ours, or was made by a newer version, is
 * refused and not touched.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sqlite3;

#define STORE_APPLICATION_ID 0x46727563 /* "Fruc": frumious choices */
#define STORE_VERSION        5          /* of the schema this program writes */
#define STORE_BUSY_MS        2000

#define STORE_ERROR (store_error_quark())
enum store_error {
    STORE_ERROR_CANNOT_OPEN, /* folder or file: the message says which and what to do */
    STORE_ERROR_FOREIGN,     /* a file of somebody else */
    STORE_ERROR_NEWER,       /* made by a newer version of this program */
    STORE_ERROR_DAMAGED,     /* SQLite finds it corrupt (only with keep_damaged or read_only) */
    STORE_ERROR_SQL,         /* reading or writing failed */
    STORE_ERROR_NOT_FOUND,   /* no such viewing, or no store at all (read_only) */
};
GQuark store_error_quark(void);

struct store {
    struct sqlite3 *db;
    int busy_ms;
    char *path;
    char *aside;       /* a damaged store was found and is now called this; else NULL. The caller tells the viewer. */
    bool created;      /* the file did not exist, or was set aside */
    int migrated_from; /* schema version found, if older than STORE_VERSION; else 0 */
    uint64_t device, inode; /* of the file, to notice when it is replaced */
};

struct store_options {
    const char *path;  /* NULL: store_default_path() */
    bool read_only;    /* for reports: the file must exist, nothing is made or migrated */
    bool keep_damaged; /* leave a damaged file where it is and fail with STORE_ERROR_DAMAGED */
    int busy_ms;       /* how long to wait for other programs; 0: STORE_BUSY_MS */
    const char *vfs;   /* for tests */
};

/* $XDG_DATA_HOME/frumious/telemetry.sqlite. Caller frees. */
char *store_default_path(void);

/* NULL and error on failure; messages name the file and what can be done. */
struct store *store_open(const struct store_options *o, GError **error);
void store_close(struct store *s);

/*
 * Closes a store found damaged in use and gives it another name, which is returned (caller frees); "" where the path
 * leads to another file by now and nothing had to be done; NULL and error if it cannot be renamed. Frees s.
 */
char *store_set_aside(struct store *s, GError **error);

/* A number that is another one when some other connection has changed the file since; -1: it can't be read. */
int64_t store_data_version(struct store *s);

/* Whether the path still leads to the file that was opened. */
bool store_is_in_place(const struct store *s);

/*
 * Sets error from the connection's last failure, with the file, `doing` and advice: STORE_ERROR_DAMAGED for a corrupt
 * file, else STORE_ERROR_SQL. Always returns false.
 */
bool store_fail(struct store *s, const char *doing, GError **error);
