/*
 * spool: the queue between the playing thread (main) and the writer's, with a copy that outlives the process.
 *
 * What was handed over must not die with the program that took it. The queue itself is this process's memory. Whatever
 * is put into it is also written into a file in memory (base/runtime.h), which is its user's alone and gone when the
 * machine stops. After a kill, the next writer of the same store finds it, brings what is in it to the store, and
 * removes it (spool_recovery.h). Handing over stays a copy, and waits for nothing: such a file has no disk. The file is
 * never mapped and never read back, so whatever becomes of it, this process plays on. Where there is no such memory, a
 * kill takes what was not written yet.
 *
 * It is a ring with one producer (main) and one consumer (the thread). wiped <= head <= tail; all three only grow, and
 * an entry's place is its number modulo the capacity. The thread moves head on when an entry is on disk. Stories and
 * viewings lie behind the ring in the file, written once, when they begin. What the thread knows at `head` lies in one
 * of two checkpoints, the one whose number is head's; the other one is written next. In the file an entry is there
 * before tail counts it, and a checkpoint before head needs it.
 *
 * Order: spool_new(). Main: spool_save_…() for what it pushes, then spool_push(). The thread: spool_mark(), which moves
 * head. spool_free() when both are done.
 */
#pragma once

#include "telemetry/write/sink.h"

#include <stdatomic.h>

#define SPOOL_NEW       "new-"    /* begins the names of those that are not whole yet */
#define SPOOL_PREFIX    "events-" /* then follows an id, whose order is that of time */
#define SPOOL_MAGIC     "frumspl1"
#define SPOOL_BYTES_MAX ((size_t)64 << 20) /* of one file; more of it is not written, and not read */
#define SPOOL_MAX       65536              /* entries of one ring */

struct spool_checkpoint {
    uint64_t head;
    uint64_t story_offset, viewing_offset; /* what spool_save_…() returned; 0: none */
    uint8_t position[SINK_POSITION_BYTES]; /* sink_save_position() */
};

/*
 * The file begins like this. Up to `path` the layout is the same in every version; the numbers before tell versions
 * apart. From `tail` to `at_us` lies what main alone writes into the file, in one piece.
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
    size_t bytes;                      /* of the ring */
    int fd;                            /* of the file; -1: there is none */
    char *path;                        /* of the file; NULL: there is none */
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

/* Main, when there is room: the entry is in the file and in the queue, as are seq, missed and at_us of the ring. */
void spool_push(struct spool *sp, const struct sink_entry *e);

/* Main: seq, missed or at_us have changed, and no entry is pushed. */
void spool_note(struct spool *sp);

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

/* The checkpoint at `head`. */
const struct spool_checkpoint *spool_checkpoint_at(const struct spool_ring *r, uint64_t head);

/*
 * What spool_save_…() wrote into a file of `bytes`; NULL where it makes no sense. *size: how many bytes that were. The
 * caller frees it (tel_story_free, g_free).
 */
struct tel_story *spool_load_story(int fd, size_t bytes, uint64_t offset, size_t *size);
struct tel_viewing *spool_load_viewing(int fd, size_t bytes, uint64_t offset, size_t *size);
