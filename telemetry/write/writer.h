/*
 * writer: takes records from the playing loop and brings them to disk, without the loop ever waiting.
 *
 * One thread (main) calls everything here, in this order: writer_open, then for each film writer_story, then
 * for each viewing writer_begin, writer_put any number of times (a TEL_FINISH last), and writer_close once.
 * Behind it stand one bounded queue without locks and one thread that owns the SQLite connection; the store
 * is opened there too, so that opening costs the first frame nothing.
 *
 * writer_put copies 128 bytes: no lock, no allocation, no system call but a wake-up. What it took outlives a
 * kill of this program at any instant: the queue lies in memory that stays (spool.h), and the next writer_open()
 * of that store brings it there. A record is on disk within 250 ms; outcomes, endings and finishes at once.
 * Safe from loss of power it is after the next checkpoint (store.h says why).
 *
 * Nothing here can stop a film. While the store cannot be written (disk full, locked, gone) records stay in
 * the queue and writing is tried again; when the queue is full, what comes is dropped and counted, and a
 * TEL_GAP with the count takes its place once there is room. A damaged store is set aside under another name
 * and a new one begun. Every record accepted has the next seq of its viewing.
 */
#pragma once

#include "telemetry/record.h"

#include <glib.h>

struct writer;

struct writer_options {
    const char *path;  /* of the store; NULL: the default (store_default_path) */
    bool off;          /* accept everything, keep nothing, touch no file, start no thread (--no-telemetry) */
    uint32_t capacity; /* records the queue holds; 0: 4096 (half a megabyte, an hour of dense choices) */
    const char *vfs;   /* SQLite VFS by name, for tests; NULL: the system's */
};

/* Copied counters; any moment's values, each exact at some instant of the call. */
struct writer_status {
    bool off;
    uint64_t accepted; /* records handed over and taken */
    uint64_t written;  /* of these: on disk */
    uint64_t queued;   /* of these: still in memory */
    uint64_t lost;     /* dropped because the queue was full, or refused by the store */
    uint64_t failures; /* attempts to write that failed (and were or will be tried again) */
    char error[256];   /* the last failure in words, with what can be done; "" while all is well */
    char notice[256];  /* something a person should know: a damaged store was set aside; "" for nothing */
};

/* NULL and error set only if the thread cannot be started; a store that cannot be opened shows in the status. */
struct writer *writer_open(const struct writer_options *o, GError **error);

/* Registers the story that the following viewings play; deep copy, costs about 50 ns a node. */
void writer_story(struct writer *w, const struct tel_story *story);

/* Starts a viewing of the story given last. A viewing still open ends here without a finish. */
void writer_begin(struct writer *w, const struct tel_viewing *viewing);

/*
 * The id under which the viewing begun last is kept: its own or, where it goes on with another one, that one's. False: the
 * thread has not come to it yet, or nothing is recorded.
 */
bool writer_viewing_id(const struct writer *w, char id[TEL_ID_SIZE]);

/* Hands over one record of the viewing begun last. True: accepted. False: off, no viewing, or full (and
 * counted). */
bool writer_put(struct writer *w, const struct tel_record *record);

/*
 * The viewing begun last is to be erased: once what was accepted is on disk, nothing of it is left in the queue's memory, and
 * what still comes is not kept. Does not wait.
 */
void writer_discard_viewing(struct writer *w);

/*
 * Waits until everything accepted so far is on disk, at most wait_us; not at all for a store that can't be opened, is no
 * store of ours or a newer version's. True if it is. Not for the playing loop.
 */
bool writer_flush(struct writer *w, int64_t wait_us);

void writer_status(const struct writer *w, struct writer_status *status);

/*
 * Writes what is left for at most wait_us (STORE_BUSY_MS longer where another program holds a store just being
 * opened; one more try where writer_flush() would not wait), then frees. Returns how many records did not reach
 * the disk in all. NULL: 0.
 */
uint64_t writer_close(struct writer *w, int64_t wait_us);
