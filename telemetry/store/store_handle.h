/*
 * store_handle: an open store as every room of telemetry sees it, and how its failures are told.
 *
 * store.h opens, closes and sets aside; a handle belongs to the thread that opened it. This file is below all others of
 * the room, so that statements (query.h), tables (schema.h) and views can be used while a store is being opened.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sqlite3;
struct store_reading;
struct store_vfs;

#define STORE_APPLICATION_ID 0x46727563 /* "Fruc": frumious choices */
#define STORE_VERSION        11         /* of the schema that this program writes */

#define STORE_ERROR (store_error_quark())
enum store_error {
    STORE_ERROR_CANNOT_OPEN, /* the folder or the file; the message says which, and what to do */
    STORE_ERROR_FOREIGN,     /* the file belongs to another program */
    STORE_ERROR_NEWER,       /* made by a newer version of this program */
    STORE_ERROR_DAMAGED,     /* SQLite finds it corrupt; from store_open() only with keep_damaged or read_only */
    STORE_ERROR_SQL,         /* reading or writing failed */
    STORE_ERROR_NOT_FOUND,   /* no such viewing, or no store at all (read_only) */
    STORE_ERROR_TOO_MUCH,    /* what was asked for would tell more than may be told */
    STORE_ERROR_STRANGE,     /* another user's, or its tables are not what this program makes */
};
GQuark store_error_quark(void);

struct store {
    struct sqlite3 *db;
    int busy_ms;
    char *path;
    char *aside; /* new name of a damaged store that was found in its place; NULL: none. The caller tells the viewer. */
    bool created;                  /* the file did not exist, or was set aside */
    int migrated_from;             /* the schema version found, if older than STORE_VERSION; else 0 */
    bool copied;                   /* what is read is a copy in memory; else the file itself */
    int copied_from;               /* of a store of that version; 0: of an empty file */
    int64_t bytes;                 /* of the file and its log, when it was opened */
    uint64_t device, inode;        /* of the file, to notice when another one takes its place */
    struct store_vfs *vfs;         /* the files that SQLite may touch */
    struct store_reading *reading; /* how it is read; NULL: it is open for writing */
    char *note;                    /* what cannot be seen of it, for the caller to tell; NULL: nothing */
    bool read_only, trusted;       /* trusted: the user says that it may hold more than our tables */
    bool counts_are_strange;       /* its kept counts are not what this program makes: they are not to be used */

    /* Steps of SQLite's machine since the first of the statements that now run began, and how many they may take. */
    int64_t steps, steps_max; /* steps_max 0: any number */
    int running;              /* statements that stand on a row */
    bool steps_add_up;        /* the store is damaged: steps_max is for all statements together */
    bool
        heeds_signals; /* statements also end once the program is asked to (base/interrupt.h); see store_watch_steps() */
    void (*on_steps)(void *data); /* see there; may be NULL */
    void *on_steps_data;
};

/* Asserts what holds for every open store. Returns true. */
bool store_check(const struct store *s);

/*
 * Sets error from the connection's latest failure. The message names the file, says what was being done (`doing`:
 * "cannot be read"), why it failed, and what can be done about it. The code is STORE_ERROR_DAMAGED for a corrupt file,
 * else STORE_ERROR_SQL. Always returns false.
 */
bool store_fail(struct store *s, const char *doing, GError **error);

/* What a person can do about one of SQLite's codes: a sentence that begins with a space; "" where nothing is known. */
const char *store_advice(int rc);

/* What SQLite calls an error of the disk, or a file that cannot be opened, may be a limit of this process or user: the same of errno's
 * number; NULL where it is none. */
const char *store_advice_on_limit(int number);

/* The same, of the connection's latest failure: it also knows the limits of this process. */
const char *store_advice_on(const struct store *s);
