#include "telemetry/write/spool.h"

#include "telemetry/store/store_handle.h"
#include "telemetry/write/story_bytes.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOB_MAX      (64 * 1024 * 1024)
#define BLOB_ALIGN    8           /* a power of two */
#define RESERVE_BYTES (64 * 1024) /* what lies behind the ring is reserved in pieces of this size, a power of two */

G_STATIC_ASSERT((BLOB_ALIGN & (BLOB_ALIGN - 1)) == 0 && (RESERVE_BYTES & (RESERVE_BYTES - 1)) == 0);
G_STATIC_ASSERT(sizeof SPOOL_MAGIC - 1 == sizeof(((struct spool_ring *)0)->magic));

void spool_name_prefix(char *out, size_t n)
{
    g_snprintf(out, n, "frumious-events-%u-", (unsigned)getuid());
}

/* Read in the order in which they follow each other, so that neither thread's progress can make it look wrong. */
bool spool_check(const struct spool *sp)
{
    const struct spool_ring *r = sp->ring;
    const uint64_t wiped = atomic_load(&r->wiped), head = atomic_load(&r->head), tail = atomic_load(&r->tail);
    assert(r->capacity > 0 && (r->capacity & (r->capacity - 1)) == 0);
    assert(wiped <= head && head <= tail);
    assert(tail - head <= r->capacity);
    return true;
}

/* ---- making and freeing ---------------------------------------------------------------------------------------- */

size_t spool_ring_bytes(uint64_t capacity)
{
    return sizeof(struct spool_ring) + capacity * sizeof(struct sink_entry);
}

/*
 * Until it is locked and whole it has a name that nobody looks for. All of it is reserved: a page that the machine has
 * no memory for would be a signal in the middle of the film.
 */
static bool map_shared(struct spool *sp)
{
    char id[TEL_ID_SIZE], prefix[64];
    tel_new_id(id, g_get_real_time() / US_PER_MS);
    spool_name_prefix(prefix, sizeof prefix);
    g_autofree char *fresh = g_strdup_printf("/" SPOOL_NEW "%s%s", prefix, id);
    sp->fd = shm_open(fresh, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (sp->fd < 0)
        return false;
    if (flock(sp->fd, LOCK_EX | LOCK_NB) == 0 && posix_fallocate(sp->fd, 0, (off_t)sp->bytes) == 0) {
        void *at = mmap(NULL, sp->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, sp->fd, 0);
        if (at != MAP_FAILED) {
            sp->ring = at;
            sp->name = g_strdup_printf("/%s%s", prefix, id);
            return true;
        }
    }
    shm_unlink(fresh);
    close(sp->fd);
    sp->fd = -1;
    return false;
}

static bool publish_name(const struct spool *sp)
{
    g_autofree char *from = g_strdup_printf(SPOOL_FOLDER "/" SPOOL_NEW "%s", sp->name + 1);
    g_autofree char *to = g_strdup_printf(SPOOL_FOLDER "%s", sp->name);
    return rename(from, to) == 0;
}

static void fill_header(struct spool_ring *ring, const char *path, uint64_t capacity)
{
    memcpy(ring->magic, SPOOL_MAGIC, sizeof ring->magic);
    ring->entry_bytes = sizeof(struct sink_entry);
    ring->viewing_bytes = sizeof(struct tel_viewing);
    ring->version = STORE_VERSION;
    ring->owner = (uint32_t)getpid();
    ring->capacity = capacity;
    g_strlcpy(ring->path, path, sizeof ring->path);
}

struct spool *spool_new(const char *path, uint64_t capacity)
{
    struct spool *sp = g_new0(struct spool, 1);
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    assert(capacity > 0 && (capacity & (capacity - 1)) == 0);
    sp->bytes = spool_ring_bytes(capacity);
    sp->end = sp->reserved = sp->bytes;
    sp->fd = -1;
    if (strlen(absolute) >= sizeof sp->ring->path || !map_shared(sp))
        sp->ring = g_malloc0(sp->bytes);
    fill_header(sp->ring, absolute, capacity);
    if (sp->name)
        (void)publish_name(sp); /* where it fails nobody will find it, as if it were not shared */
    assert(spool_check(sp));
    return sp;
}

void spool_free(struct spool *sp)
{
    if (!sp)
        return;
    if (sp->name) {
        g_autofree char *unpublished = g_strdup_printf("/" SPOOL_NEW "%s", sp->name + 1);
        if (shm_unlink(sp->name) != 0)
            shm_unlink(unpublished);
        munmap(sp->ring, sp->bytes);
        close(sp->fd);
    } else {
        g_free(sp->ring);
    }
    g_free(sp->name);
    g_free(sp->story_name);
    g_free(sp);
}

/* ---- stories and viewings, behind the ring --------------------------------------------------------------------- */

static bool reserve_until(struct spool *sp, uint64_t end)
{
    if (end <= sp->reserved)
        return true;
    const uint64_t to = (end + RESERVE_BYTES) & ~(uint64_t)(RESERVE_BYTES - 1);
    const bool done = posix_fallocate(sp->fd, (off_t)sp->reserved, (off_t)(to - sp->reserved)) == 0;
    sp->reserved = done ? to : sp->reserved;
    return done;
}

/* Its length, then its bytes. Returns where, or 0. */
static uint64_t save_blob(struct spool *sp, const void *data, size_t size)
{
    const uint64_t at = sp->end, n = size, end = at + sizeof n + size;
    if (!sp->name || size > BLOB_MAX || !reserve_until(sp, end))
        return 0;
    char *blob = g_malloc(sizeof n + size);
    memcpy(blob, &n, sizeof n);
    memcpy(blob + sizeof n, data, size);
    const bool written = pwrite(sp->fd, blob, sizeof n + size, (off_t)at) == (ssize_t)(end - at);
    g_free(blob);
    if (!written)
        return 0;
    assert(end <= sp->reserved);
    sp->end = (end + BLOB_ALIGN - 1) & ~(uint64_t)(BLOB_ALIGN - 1);
    return at;
}

static void *load_blob(int fd, uint64_t at, size_t *size)
{
    uint64_t n = 0;
    if (at == 0 || pread(fd, &n, sizeof n, (off_t)at) != (ssize_t)sizeof n || n > BLOB_MAX)
        return NULL;
    char *data = g_malloc(n + 1);
    if (pread(fd, data, n, (off_t)(at + sizeof n)) != (ssize_t)n)
        g_clear_pointer(&data, g_free);
    *size = n;
    return data;
}

uint64_t spool_save_story(struct spool *sp, const struct tel_story *story)
{
    if (sp->story_offset && sp->story_hash == story->hash && strcmp(sp->story_name, story->name) == 0)
        return sp->story_offset;
    g_autoptr(GBytes) bytes = story_bytes_pack(story);
    sp->story_offset = save_blob(sp, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    sp->story_hash = story->hash;
    g_free(sp->story_name);
    sp->story_name = g_strdup(story->name);
    return sp->story_offset;
}

uint64_t spool_save_viewing(struct spool *sp, const struct tel_viewing *viewing)
{
    return save_blob(sp, viewing, sizeof *viewing);
}

struct tel_story *spool_load_story(int fd, uint64_t offset)
{
    size_t size = 0;
    char *data = load_blob(fd, offset, &size);
    return data ? story_bytes_unpack(data, size) : NULL;
}

struct tel_viewing *spool_load_viewing(int fd, uint64_t offset)
{
    size_t size = 0;
    struct tel_viewing *v = load_blob(fd, offset, &size);
    if (v && size == sizeof *v && memchr(v->id, 0, sizeof v->id) && memchr(v->viewer, 0, sizeof v->viewer) &&
        memchr(v->continues, 0, sizeof v->continues) && memchr(v->engine, 0, sizeof v->engine) &&
        g_uuid_string_is_valid(v->id))
        return v;
    g_free(v);
    return NULL;
}

/* ---- what is on disk ------------------------------------------------------------------------------------------- */

const struct spool_checkpoint *spool_checkpoint_at(const struct spool_ring *r, uint64_t head)
{
    return &r->checkpoints[r->checkpoints[1].head == head && head > 0];
}

/* What is known after n more entries are on disk: the story and the viewing that were begun last. */
static void advance_offsets(struct spool_checkpoint *c, const struct spool_ring *r, uint64_t head, uint64_t n)
{
    for (uint64_t i = head; i < head + n; i++) {
        const struct sink_entry *e = &r->entries[spool_place(r, i)];
        if (e->kind == SINK_STORY) {
            c->story_offset = e->spool_offset;
            c->viewing_offset = 0;
        } else if (e->kind == SINK_BEGIN) {
            c->viewing_offset = e->spool_offset;
        }
    }
}

/* The new checkpoint is whole before head moves to it: a kill at any instant leaves one that is right. */
void spool_mark(struct spool *sp, const struct sink *s, uint64_t n)
{
    struct spool_ring *r = sp->ring;
    const uint64_t head = atomic_load(&r->head);
    const struct spool_checkpoint *old = spool_checkpoint_at(r, head);
    struct spool_checkpoint *next = old == r->checkpoints ? &r->checkpoints[1] : &r->checkpoints[0];
    assert(n <= atomic_load(&r->tail) - head);
    next->story_offset = old->story_offset;
    next->viewing_offset = old->viewing_offset;
    advance_offsets(next, r, head, n);
    sink_save_position(s, next->position);
    next->head = head + n;
    atomic_store(&r->head, head + n);
    for (uint64_t i = head; i < head + n; i++)
        memset(&r->entries[spool_place(r, i)], 0, sizeof *r->entries);
    atomic_store(&r->wiped, head + n);
    assert(spool_check(sp) && spool_checkpoint_at(r, head + n) == next);
}

void spool_wipe_viewing(struct spool *sp)
{
    static const struct tel_viewing nobody;
    struct spool_ring *r = sp->ring;
    for (int i = 0; i < 2; i++) {
        const uint64_t at = r->checkpoints[i].viewing_offset;
        if (sp->name && at != 0 && pwrite(sp->fd, &nobody, sizeof nobody, (off_t)(at + sizeof at)) < 0)
            return; /* memory that cannot be written is not there any more */
        r->checkpoints[i].viewing_offset = 0;
        memset(r->checkpoints[i].position, 0, sizeof r->checkpoints[i].position);
    }
}
