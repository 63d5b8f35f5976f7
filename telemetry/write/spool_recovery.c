#include "telemetry/write/spool_recovery.h"

#include "telemetry/store/store.h"
#include "telemetry/write/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_MAX    512
#define LOCK_STEP_MS 5
#define ABANDONED_S  (24 * 3600)

struct found_spool {
    int fd;
    size_t bytes;
    struct spool_ring *ring;
};

/* The beginning is the same in every version, so that it always shows whose store it is. */
static bool is_spool(const struct found_spool *f)
{
    return memcmp(f->ring->magic, SPOOL_MAGIC, sizeof f->ring->magic) == 0 &&
           memchr(f->ring->path, 0, sizeof f->ring->path);
}

/* Of another version we can read no more than that. It is left to a program that can. */
static bool is_our_version(const struct spool_ring *r)
{
    return r->entry_bytes == sizeof(struct sink_entry) && r->viewing_bytes == sizeof(struct tel_viewing) &&
           r->version == STORE_VERSION;
}

static bool ring_is_sound(const struct found_spool *f)
{
    const struct spool_ring *r = f->ring;
    const uint64_t head = atomic_load(&r->head), tail = atomic_load(&r->tail);
    return r->capacity > 0 && r->capacity < UINT32_MAX && (r->capacity & (r->capacity - 1)) == 0 &&
           f->bytes >= spool_ring_bytes(r->capacity) && head <= tail && tail - head <= r->capacity &&
           (r->checkpoints[0].head == head || r->checkpoints[1].head == head);
}

static void release_spool(struct found_spool *f)
{
    if (f->ring)
        munmap(f->ring, f->bytes);
    if (f->fd >= 0)
        close(f->fd);
}

/*
 * Whether it is one of this store's. That is asked before it is locked, so that programs of other stores do not get
 * into each other's way. One that is not whole, or whose store is not there, may be in the making; after a day it is
 * taken as abandoned. *owner: the process that made it, 0 if that is not known.
 */
static bool may_be_adopted(int fd, const char *path, pid_t *owner)
{
    struct stat st;
    struct spool_ring head = {0};
    const struct found_spool f = {.ring = &head};
    const bool whole = pread(fd, &head, sizeof head, 0) == (ssize_t)sizeof head && is_spool(&f);
    *owner = whole ? (pid_t)head.owner : 0;
    if (whole && strcmp(head.path, path) == 0)
        return true;
    return (!whole || !g_file_test(head.path, G_FILE_TEST_EXISTS)) && fstat(fd, &st) == 0 &&
           st.st_mtime < g_get_real_time() / US_PER_SECOND - ABANDONED_S;
}

/*
 * A living owner holds the lock. Otherwise another program is bringing it to the store right now, and we wait for that:
 * what we write next may go on where it ends.
 */
static bool lock_dead(int fd, pid_t owner)
{
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_STEP_MS) {
        if (owner <= 0 || kill(owner, 0) == 0 || errno != ESRCH || waited_ms >= STORE_BUSY_MS)
            return false;
        g_usleep(LOCK_STEP_MS * 1000);
    }
    return true;
}

/* Opens and locks it: its owner is dead, and nobody else is at work on it. False: it is to be left alone. */
static bool adopt_spool(struct found_spool *f, const char *name, const char *path)
{
    struct stat st;
    pid_t owner;
    *f = (struct found_spool){.fd = shm_open(name, O_RDWR, 0)};
    if (f->fd < 0 || !may_be_adopted(f->fd, path, &owner) || !lock_dead(f->fd, owner) || fstat(f->fd, &st) != 0 ||
        st.st_nlink == 0) {
        release_spool(f);
        return false;
    }
    f->bytes = (size_t)st.st_size;
    void *at = f->bytes >= sizeof(struct spool_ring)
                   ? mmap(NULL, f->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0)
                   : MAP_FAILED;
    f->ring = at == MAP_FAILED ? NULL : at;
    return true;
}

/* A copy of the entry number i, and of what it points to, in this process. False: what is there makes no sense. */
static bool load_entry(const struct found_spool *f, uint64_t i, struct sink_entry *e)
{
    *e = f->ring->entries[spool_place(f->ring, i)];
    if (e->kind == SINK_STORY)
        return (e->story = spool_load_story(f->fd, e->spool_offset)) != NULL;
    if (e->kind == SINK_BEGIN)
        return (e->viewing = spool_load_viewing(f->fd, e->spool_offset)) != NULL;
    return e->kind == SINK_EVENT && (unsigned)e->record.kind < TEL_KINDS && e->seq > 0 && e->seq < INT64_MAX / 2;
}

static bool write_entries(struct sink *s, struct sink_entry *entries, size_t n, struct sink_result *result,
                          GError **error)
{
    struct sink_result some = {0};
    const bool done = sink_write(s, entries, n, &some, error);
    for (size_t i = 0; !done && i < n; i++)
        sink_entry_clear(&entries[i]);
    result->written += some.written;
    result->discarded += some.discarded;
    result->refused += some.refused;
    result->left_behind += some.left_behind;
    if (some.notice && !result->notice)
        result->notice = g_steal_pointer(&some.notice);
    g_free(some.notice);
    return done;
}

/* Events that were lost without a gap before the kill. */
static bool write_missed_gap(struct sink *s, const struct spool_ring *r, struct sink_result *result, GError **error)
{
    struct sink_entry gap = {
        .kind = SINK_EVENT,
        .seq = r->seq + 1,
        .record = {.kind = TEL_GAP, .at_us = r->at_us, .gap = {(int64_t)r->missed, TEL_WHY_QUEUE_FULL}}};
    return r->missed == 0 || write_entries(s, &gap, 1, result, error);
}

static bool write_remaining(const struct found_spool *f, struct sink *s, struct sink_result *result, GError **error)
{
    const struct spool_ring *r = f->ring;
    const uint64_t head = atomic_load(&r->head), tail = atomic_load(&r->tail);
    const struct spool_checkpoint *at = spool_checkpoint_at(r, head);
    struct sink_entry *entries = g_new0(struct sink_entry, BATCH_MAX);
    struct tel_story *story = spool_load_story(f->fd, at->story_offset);
    struct tel_viewing *viewing = story ? spool_load_viewing(f->fd, at->viewing_offset) : NULL;
    sink_resume_from(s, head > 0 ? at->position : NULL, story, viewing);
    bool done = true;
    for (uint64_t i = head; i < tail && done;) {
        size_t n = 0;
        for (; i < tail && n < BATCH_MAX; i++)
            n += load_entry(f, i, &entries[n]);
        done = n == 0 || write_entries(s, entries, n, result, error);
    }
    g_free(entries);
    return done && write_missed_gap(s, r, result, error);
}

/* True: it can be removed, because everything is in the store, or nothing in it can be read. */
static bool recover_one(const struct found_spool *f, const char *path, const struct sink_options *o,
                        struct sink_result *result, GError **error)
{
    if (!f->ring || !is_spool(f))
        return true;
    if (strcmp(f->ring->path, path) != 0 || !is_our_version(f->ring))
        return !g_file_test(f->ring->path, G_FILE_TEST_EXISTS);
    if (!ring_is_sound(f))
        return true;
    if (atomic_load(&f->ring->head) == atomic_load(&f->ring->tail) && f->ring->missed == 0)
        return true;
    struct sink *s = sink_new(o);
    const bool done = write_remaining(f, s, result, error);
    sink_free(s);
    return done;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Names that begin like ours, the oldest first: a viewer's viewings are numbered in the order in which they happened.
 */
static GPtrArray *list_spool_names(void)
{
    char prefix[64];
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(SPOOL_FOLDER, 0, NULL);
    spool_name_prefix(prefix, sizeof prefix);
    for (const char *file; folder && (file = g_dir_read_name(folder));)
        if (g_str_has_prefix(file, prefix) || (g_str_has_prefix(file, SPOOL_NEW) && strstr(file, prefix)))
            g_ptr_array_add(names, g_strdup_printf("/%s", file));
    g_ptr_array_sort(names, compare_names);
    return names;
}

bool spool_recover(const char *path, const struct sink_options *o, struct sink_result *result, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autoptr(GPtrArray) names = list_spool_names();
    GError *failure = NULL;
    for (guint i = 0; i < names->len && !failure; i++) {
        const char *name = names->pdata[i];
        struct found_spool f;
        if (!adopt_spool(&f, name, absolute))
            continue;
        if (g_str_has_prefix(name + 1, SPOOL_NEW) || recover_one(&f, absolute, o, result, &failure))
            shm_unlink(name);
        release_spool(&f);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}
