/*
 * spool: the queue between the playing thread (main) and the writer's, in memory that outlives the process.
 *
 * What was handed over must not die with the program that took it. So the queue lies in shared memory: a file of the
 * machine's memory, readable by its owner only, gone when the machine stops. After a kill, the next writer of the same
 * store finds it, brings what is in it to the store, and removes it (spool_recovery.h). Handing over stays a copy, and
 * waits for nothing. Where there is no such memory the queue is the process's own, and a kill takes what was not
 * written yet.
 *
 * It is a ring with one producer (main) and one consumer (the thread). wiped <= head <= tail; all three only grow, and
 * an entry's place is its number modulo the capacity. The thread moves head on when an entry is on disk. Stories and
 * viewings lie behind the ring, written once, when they begin. What the thread knows at `head` lies in one of two
 * checkpoints, the one whose number is head's; the other one is written next.
 *
 * Order: spool_new(). Main: spool_save_…() for what it pushes, then the entry, then tail. The thread: spool_mark(),
 * which moves head. spool_free() when both are done.
 */
#pragma once

#include "telemetry/write/sink.h"

#include <stdatomic.h>

#define SPOOL_FOLDER "/dev/shm" /* where shm_open() keeps its files */
#define SPOOL_NEW    "new-"     /* begins the names of those that are not whole yet */
#define SPOOL_MAGIC  "frumspl1"

struct spool_checkpoint {
    uint64_t head;
    uint64_t story_offset, viewing_offset; /* what spool_save_…() returned; 0: none */
    uint8_t position[SINK_POSITION_BYTES]; /* sink_save_position() */
};

/*
 * Lies in shared memory. Up to `path` the layout is the same in every version; the numbers before tell versions apart.
 */
struct spool_ring {
    char magic[8];
    uint32_t entry_bytes, viewing_bytes, version, owner; /* owner: the process that made it */
    uint64_t capacity;                                   /* a power of two */
    char path[4096];                                     /* of the store, absolute */
    _Atomic uint64_t head, tail;
    _Atomic uint64_t wiped; /* entries before this are on disk and no longer here: their places are free */
    /* main */
    int64_t seq;     /* of the viewing's latest event */
    uint64_t missed; /* events lost since the last gap record */
    int64_t at_us;   /* of the latest event, lost ones included */
    /* the thread */
    struct spool_checkpoint checkpoints[2];
    struct sink_entry entries[];
};

struct spool {
    struct spool_ring *ring;
    size_t bytes; /* of the mapping */
    char *name;   /* of the shared memory; NULL: the process's own */
    int fd;
    uint64_t end, reserved;            /* where what lies behind the ring ends; how far there is room */
    uint64_t story_offset, story_hash; /* the story saved last */
    char *story_name;
};

/* Asserts what holds on both threads at any time. Returns true. */
bool spool_check(const struct spool *sp);

/* `path`: of the store. capacity: entries, a power of two. Never NULL. */
struct spool *spool_new(const char *path, uint64_t capacity);

/* Removes it: what is left in it is lost. Accepts NULL. */
void spool_free(struct spool *sp);

/* Main, before the entry is pushed. 0: it could not be saved, and a kill would lose what follows. */
uint64_t spool_save_story(struct spool *sp, const struct tel_story *story);
uint64_t spool_save_viewing(struct spool *sp, const struct tel_viewing *viewing);

/* The thread: the next n entries are on disk, and the sink stands where they led. Wipes them. */
void spool_mark(struct spool *sp, const struct sink *s, uint64_t n);

/* The thread: the viewing is erased, and nothing more of it will be written: wipes what is known of it here. */
void spool_wipe_viewing(struct spool *sp);

/* ---- what recovery needs, too ------------------------------------------------------------------------------------ */

/* The place of the entry with a number. */
static inline uint64_t spool_place(const struct spool_ring *r, uint64_t number)
{
    return number & (r->capacity - 1);
}

size_t spool_ring_bytes(uint64_t capacity);

/* Begins the names of this user's spools. */
void spool_name_prefix(char *out, size_t n);

/* The checkpoint at `head`. */
const struct spool_checkpoint *spool_checkpoint_at(const struct spool_ring *r, uint64_t head);

/*
 * What spool_save_…() wrote into the memory behind fd; NULL where it makes no sense. Caller frees (tel_story_free,
 * g_free).
 */
struct tel_story *spool_load_story(int fd, uint64_t offset);
struct tel_viewing *spool_load_viewing(int fd, uint64_t offset);
