#include "telemetry/write/spool.h"

#include "base/runtime.h"
#include "telemetry/store/store_handle.h"
#include "telemetry/write/story_bytes.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BLOB_ALIGN    8           /* a power of two */
#define RESERVE_BYTES (64 * 1024) /* what lies behind the ring is reserved in pieces of this size, a power of two */

G_STATIC_ASSERT((BLOB_ALIGN & (BLOB_ALIGN - 1)) == 0 && (RESERVE_BYTES & (RESERVE_BYTES - 1)) == 0);
G_STATIC_ASSERT(sizeof SPOOL_MAGIC - 1 == sizeof(((struct spool_ring *)0)->magic));

/* What main alone writes; `wiped` lies between, but nobody reads that in the file. */
#define MAIN_FROM offsetof(struct spool_ring, tail)
#define MAIN_TO   (offsetof(struct spool_ring, at_us) + sizeof(int64_t))
G_STATIC_ASSERT(offsetof(struct spool_ring, head) < MAIN_FROM && MAIN_TO - MAIN_FROM == 40);

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

/* A file that somebody has made shorter grows again, with zeros that nobody takes for entries. */
static void write_file(const struct spool *sp, const void *data, size_t n, size_t at)
{
    const char *bytes = data;
    while (sp->fd >= 0 && n > 0) {
        const ssize_t done = pwrite(sp->fd, bytes, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* a kill would take it; nothing else depends on it */
        bytes += done;
        at += (size_t)done;
        n -= (size_t)done;
    }
}

/* Until it is locked and whole it has a name that nobody looks for. All of it is reserved, so that it has room. */
static bool make_file(struct spool *sp, int folder, const char *fresh)
{
    sp->fd = openat(folder, fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (sp->fd < 0)
        return false;
    if (fchmod(sp->fd, 0600) == 0 && flock(sp->fd, LOCK_EX | LOCK_NB) == 0 &&
        posix_fallocate(sp->fd, 0, (off_t)sp->bytes) == 0)
        return true;
    unlinkat(folder, fresh, 0);
    close(sp->fd);
    sp->fd = -1;
    return false;
}

/* Where publishing fails nobody will find it, as if there were none. */
static void open_file(struct spool *sp)
{
    char id[TEL_ID_SIZE];
    g_autofree char *place = NULL;
    const int folder = runtime_open(&place);
    tel_new_id(id, g_get_real_time() / US_PER_MS);
    g_autofree char *name = g_strconcat(SPOOL_PREFIX, id, NULL), *fresh = g_strconcat(SPOOL_NEW, name, NULL);
    if (folder >= 0 && make_file(sp, folder, fresh)) {
        write_file(sp, sp->ring, sizeof *sp->ring, 0);
        (void)renameat(folder, fresh, folder, name);
        sp->path = g_build_filename(place, name, NULL);
    }
    if (folder >= 0)
        close(folder);
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
    sp->ring = g_malloc0(sp->bytes);
    fill_header(sp->ring, absolute, capacity);
    if (strlen(absolute) < sizeof sp->ring->path && sp->bytes <= SPOOL_BYTES_MAX)
        open_file(sp);
    assert(spool_check(sp));
    return sp;
}

void spool_free(struct spool *sp)
{
    if (!sp)
        return;
    if (sp->path)
        unlink(sp->path);
    if (sp->fd >= 0)
        close(sp->fd);
    g_free(sp->ring);
    g_free(sp->path);
    g_free(sp->story_name);
    g_free(sp);
}

/* ---- entries, main ----------------------------------------------------------------------------------------------- */

static void write_main_part(const struct spool *sp, uint64_t tail)
{
    const struct spool_ring *r = sp->ring;
    const uint64_t part[] = {tail, atomic_load(&r->wiped), (uint64_t)r->seq, r->missed, (uint64_t)r->at_us};
    G_STATIC_ASSERT(sizeof part == MAIN_TO - MAIN_FROM);
    write_file(sp, part, sizeof part, MAIN_FROM);
}

static size_t entry_offset(const struct spool_ring *r, uint64_t number)
{
    return offsetof(struct spool_ring, entries) + spool_place(r, number) * sizeof r->entries[0];
}

/* Into the file first: what the thread may see and bring to disk, a kill must find there. */
void spool_push(struct spool *sp, const struct sink_entry *e)
{
    struct spool_ring *r = sp->ring;
    const uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    assert(tail - atomic_load(&r->wiped) < r->capacity);
    r->entries[spool_place(r, tail)] = *e;
    write_file(sp, e, sizeof *e, entry_offset(r, tail));
    write_main_part(sp, tail + 1);
    atomic_store(&r->tail, tail + 1);
}

void spool_note(struct spool *sp)
{
    write_main_part(sp, atomic_load_explicit(&sp->ring->tail, memory_order_relaxed));
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
    if (sp->fd < 0 || end > SPOOL_BYTES_MAX || !reserve_until(sp, end))
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

static void *load_blob(int fd, size_t bytes, uint64_t at, size_t *size)
{
    uint64_t n = 0;
    *size = 0;
    assert(bytes <= SPOOL_BYTES_MAX);
    if (at == 0 || at > bytes || bytes - at < sizeof n || pread(fd, &n, sizeof n, (off_t)at) != (ssize_t)sizeof n ||
        n > bytes - at - sizeof n)
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

struct tel_story *spool_load_story(int fd, size_t bytes, uint64_t offset, size_t *size)
{
    char *data = load_blob(fd, bytes, offset, size);
    return data ? story_bytes_unpack(data, *size) : NULL;
}

/* A byte that is neither 0 nor 1 is no bool, and must not be read as one. */
static bool place_is_sound(const struct tel_viewing *v)
{
    uint8_t known;
    memcpy(&known, &v->place_known, sizeof known);
    return known <= 1 && v->place_seq >= 0 && v->place_seq < INT64_MAX / 4;
}

/* Which arms the story has is looked at where they are used. */
static bool texts_end(const struct tel_viewing *v)
{
    return memchr(v->id, 0, sizeof v->id) && memchr(v->viewer, 0, sizeof v->viewer) &&
           memchr(v->continues, 0, sizeof v->continues) && memchr(v->engine, 0, sizeof v->engine) &&
           memchr(v->language, 0, sizeof v->language) && memchr(v->channel, 0, sizeof v->channel);
}

struct tel_viewing *spool_load_viewing(int fd, size_t bytes, uint64_t offset, size_t *size)
{
    struct tel_viewing *v = load_blob(fd, bytes, offset, size);
    if (v && *size == sizeof *v && place_is_sound(v) && texts_end(v) && g_uuid_string_is_valid(v->id))
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

static size_t checkpoint_offset(const struct spool_ring *r, const struct spool_checkpoint *c)
{
    return offsetof(struct spool_ring, checkpoints) + (size_t)(c - r->checkpoints) * sizeof *c;
}

static void wipe_entries(struct spool *sp, uint64_t from, uint64_t n)
{
    struct spool_ring *r = sp->ring;
    for (uint64_t done = 0, some; done < n; done += some) {
        struct sink_entry *e = &r->entries[spool_place(r, from + done)];
        some = MIN(n - done, r->capacity - spool_place(r, from + done)); /* up to the end of the ring */
        memset(e, 0, some * sizeof *e);
        write_file(sp, e, some * sizeof *e, entry_offset(r, from + done));
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
    write_file(sp, next, sizeof *next, checkpoint_offset(r, next));
    write_file(sp, &next->head, sizeof next->head, offsetof(struct spool_ring, head));
    atomic_store(&r->head, head + n);
    wipe_entries(sp, head, n);
    atomic_store(&r->wiped, head + n);
    assert(spool_check(sp) && spool_checkpoint_at(r, head + n) == next);
}

void spool_wipe_viewing(struct spool *sp)
{
    static const struct tel_viewing nobody;
    struct spool_ring *r = sp->ring;
    for (int i = 0; i < 2; i++) {
        struct spool_checkpoint *c = &r->checkpoints[i];
        if (c->viewing_offset != 0)
            write_file(sp, &nobody, sizeof nobody, c->viewing_offset + sizeof(uint64_t));
        c->viewing_offset = 0;
        memset(c->position, 0, sizeof c->position);
        write_file(sp, c, sizeof *c, checkpoint_offset(r, c));
    }
}
