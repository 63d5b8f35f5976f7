/*
 * writer: takes records from the playing loop and brings them to disk, without the loop ever waiting.
 *
 * One thread (main) calls everything here, in this order: writer_open; for each film writer_story; for each viewing
 * writer_begin, then writer_put any number of times, a TEL_FINISH last; writer_close once. Behind it stand a bounded
 * queue without locks and one thread, which owns the SQLite connection. The store is opened there, too, so that opening
 * costs the first frame nothing.
 *
 * writer_put copies some 128 bytes, twice: no lock, no allocation, no system call but two writes into a file in memory
 * and a wake-up. What it took outlives a kill of this program at any instant: a copy of the queue lies in memory that
 * stays (spool.h), and the next writer_open() of that store brings it there. A record is on disk within 250 ms; outcomes, endings and finishes at once. A loss of power
 * cannot take it after the next checkpoint (store.h says why not before).
 *
 * Nothing here can stop a film. While the store cannot be written (disk full, locked, gone), records stay in the queue
 * and writing is tried again. When the queue is full, what comes is dropped and counted, and a TEL_GAP with the count
 * takes its place once there is room. A damaged store is set aside under another name and a new one begun. Every record
 * that is accepted has the next seq of its viewing.
 */
#pragma once

#include "telemetry/record.h"

#include <glib.h>

struct writer;

struct writer_options {
    const char *path;  /* of the store; NULL: the default (store_default_path) */
    bool trust;        /* as in struct store_options */
    bool off;          /* keep nothing, touch no file, start no thread (--no-telemetry) */
    uint32_t capacity; /* records that the queue holds; 0: 4096 (half a megabyte, an hour of dense choices) */
    const char *vfs;   /* SQLite VFS by name, for tests; NULL: the system's */
};

#define WRITER_TEXT_BYTES 1024 /* of a message; a longer one is shortened between words (base/brief.h) */

/* A copy of the counters, each exact at some instant of the call. */
struct writer_status {
    bool off;
    uint64_t accepted;             /* records handed over and taken */
    uint64_t written;              /* of these: on disk, or not wanted (recording is paused, the viewing is erased) */
    uint64_t queued;               /* of these: still in memory */
    uint64_t lost;                 /* dropped because the queue was full, or refused by the store */
    uint64_t failures;             /* attempts to write that failed, and were or will be tried again */
    char error[WRITER_TEXT_BYTES]; /* the latest failure in words, with what can be done; "" while all is well */
    char notice
        [WRITER_TEXT_BYTES]; /* something that a person should know (a damaged store was set aside); "" for nothing */
};

/* NULL and error only if the thread cannot be started; a store that cannot be opened shows in the status. */
struct writer *writer_open(const struct writer_options *o, GError **error);

/* Registers the story that the following viewings play. Copies it, which costs about 50 ns a node. */
void writer_story(struct writer *w, const struct tel_story *story);

/* Begins a viewing of the story given last. A viewing that is still open ends here without a finish. */
void writer_begin(struct writer *w, const struct tel_viewing *viewing);

/*
 * The id under which the store has the viewing begun last: its own or, where it goes on with an earlier one, that
 * one's. False: the thread has not come to it yet, or nothing is recorded.
 */
bool writer_viewing_id(const struct writer *w, char id[TEL_ID_SIZE]);

/*
 * Hands over one record of the viewing begun last. True: accepted. False: the writer is off, there is no viewing, or
 * the queue is full; the last two are counted as lost.
 */
bool writer_put(struct writer *w, const struct tel_record *record);

/* The number of the latest event of this viewing, within its part; 0: there was none, or there is no viewing. */
int64_t writer_seq(const struct writer *w);

/*
 * The viewing begun last is to be erased: once what was accepted is on disk, nothing of it is left in the queue's
 * memory, and what still comes is not written. Does not wait.
 */
void writer_discard_viewing(struct writer *w);

/*
 * Waits until everything accepted so far is on disk, at most wait_us. True if it is. Does not wait for a store that
 * cannot be opened, is not ours, or was made by a newer version. Not for the playing loop.
 */
bool writer_flush(struct writer *w, int64_t wait_us);

void writer_status(const struct writer *w, struct writer_status *status);

/*
 * Writes what is left for at most wait_us, then frees. Takes up to STORE_BUSY_MS longer where another program holds a
 * store that is just being opened; where writer_flush() would not wait there is one more try. Returns how many records
 * did not reach the disk in all. NULL: 0.
 */
uint64_t writer_close(struct writer *w, int64_t wait_us);
