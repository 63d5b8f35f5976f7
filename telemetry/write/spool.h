/*
 * spool: the queue between main and the writer's thread, in memory that outlives the process.
 *
 * What was handed over must not die with the program that took it. So the queue lies in shared memory (a file of the
 * machine's memory, readable by its owner only, gone when the machine stops): after a kill, the next writer of the same
 * store finds it, brings what is in it to the store and removes it. Nothing has to be waited for: handing over stays a
 * copy. Where there is no such memory the queue is the process's own, and a kill takes what was not written yet.
 *
 * A ring with one producer (main) and one consumer (the thread): head and tail only grow, an entry's place is its number
 * modulo the capacity, and head moves on when the entry is on disk. Stories and viewings lie behind the ring, written
 * once when they begin; what the consumer knows at `head` lies in one of two marks, the one whose number is head's.
 *
 * Order: spool_new(); main: spool_keep_…() for what it pushes, then the entry, then tail; the thread: spool_mark(), which
 * moves head; spool_free() when both are done. spool_recover() on the thread, before it writes anything of its own.
 */
#pragma once

#include "telemetry/write/sink.h"

#include <stdatomic.h>

struct spool_checkpoint {
    uint64_t head;
    uint64_t story_offset, viewing_offset; /* what spool_keep_…() returned; 0: none */
    uint8_t position[SINK_POSITION_BYTES];
};

/* Lies in shared memory. Up to `path` it is the same in every version; another one is told by the numbers before. */
struct spool_ring {
    char magic[8];
    uint32_t entry_bytes, viewing_bytes, version, owner;
    uint64_t capacity; /* a power of two */
    char path[4096];   /* of the store, absolute */
    _Atomic uint64_t head, tail;
    _Atomic uint64_t wiped; /* entries before this are on disk and no more here: their places are free */
    /* main */
    int64_t seq;     /* of the viewing's latest event */
    uint64_t missed; /* events lost since the last gap record */
    int64_t at_us;   /* of the latest event, lost ones counted */
    /* thread */
    struct spool_checkpoint marks[2];
    struct sink_entry entries[];
};

struct spool {
    struct spool_ring *ring;
    size_t bytes; /* of the mapping */
    char *name;   /* of the shared memory; NULL: the process's own */
    int fd;
    uint64_t end, reserved; /* of what lies behind the ring; of what there is room for */
    uint64_t story_offset, story_hash;
    char *story_name;
};

/* `path`: of the store. Never NULL. */
struct spool *spool_new(const char *path, uint64_t capacity);

/* Removes it: what is left in it is lost. Accepts NULL. */
void spool_free(struct spool *sp);

/* Main, before the entry is pushed; 0: it could not be kept, a kill would lose what follows. */
uint64_t spool_save_story(struct spool *sp, const struct tel_story *story);
uint64_t spool_save_viewing(struct spool *sp, const struct tel_viewing *viewing);

/* The thread: the first n entries are on disk, the sink stands where they led. Wipes them. */
void spool_mark(struct spool *sp, const struct sink *s, uint64_t n);

/* The thread: the viewing is erased, and nothing more of it will be written: wipes what is known of it here. */
void spool_wipe_viewing(struct spool *sp);

/*
 * Brings what killed writers of this store left to it. False and *error when it could not be written now: it stays for
 * the next time. *result adds up as for sink_write(). What is a day old and of no store that there is, is removed.
 */
bool spool_recover(const char *path, const struct sink_options *o, struct sink_result *result, GError **error);
