#include "telemetry/write/spool.h"

#include "telemetry/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER       "/dev/shm" /* where shm_open() keeps its files, to find what others left */
#define NEW          "new-"     /* before the names of those that are not whole yet */
#define MAGIC        "frumspl1"
#define BATCH_MAX    512
#define BLOB_MAX     (64 * 1024 * 1024)
#define LOCK_STEP_MS 5
#define NOBODYS_S    (24 * 3600)

static void name_prefix(char *out, size_t n)
{
    g_snprintf(out, n, "frumious-events-%u-", (unsigned)getuid());
}

/* ---- making and freeing ---------------------------------------------------------------------------------------- */

static size_t ring_bytes(uint64_t capacity)
{
    return sizeof(struct spool_ring) + capacity * sizeof(struct sink_entry);
}

/*
 * Under a name that nobody looks for until it is locked and whole. All of it is reserved: a page that the machine had no
 * memory for would be a signal in the middle of the film.
 */
static bool map_shared(struct spool *sp)
{
    char id[TEL_ID_SIZE], prefix[64];
    tel_new_id(id, g_get_real_time() / US_PER_MS);
    name_prefix(prefix, sizeof prefix);
    g_autofree char *fresh = g_strdup_printf("/" NEW "%s%s", prefix, id);
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
    g_autofree char *from = g_strdup_printf(FOLDER "/" NEW "%s", sp->name + 1);
    g_autofree char *to = g_strdup_printf(FOLDER "%s", sp->name);
    return rename(from, to) == 0;
}

static void fill_header(struct spool_ring *ring, const char *path, uint64_t capacity)
{
    memcpy(ring->magic, MAGIC, sizeof ring->magic);
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
    sp->bytes = ring_bytes(capacity);
    sp->end = sp->reserved = sp->bytes;
    sp->fd = -1;
    if (strlen(absolute) >= sizeof sp->ring->path || !map_shared(sp))
        sp->ring = g_malloc0(sp->bytes);
    fill_header(sp->ring, absolute, capacity);
    if (sp->name)
        (void)publish_name(sp); /* where it fails nobody will find it, as if it were not shared */
    return sp;
}

void spool_free(struct spool *sp)
{
    if (!sp)
        return;
    if (sp->name) {
        g_autofree char *unpublished = g_strdup_printf("/" NEW "%s", sp->name + 1);
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

/* What lies behind the ring is reserved in pieces of this size. */
#define RESERVE_BYTES (64 * 1024)

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
    sp->end = (end + 7) & ~UINT64_C(7);
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

#define STORY_TYPE "(smsmsta(smst)a(smstiii)a(smst)a(sms)a(sms)a(sms)a(iii)a(iii)a(iii))"

static GVariant *nodes_variant(const struct tel_node *nodes, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(smst)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(smst)", nodes[i].name, nodes[i].title, nodes[i].hash);
    return g_variant_builder_end(&b);
}

static GVariant *options_variant(const struct tel_option *options, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(smst)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(smst)", options[i].name, options[i].title, options[i].hash);
    return g_variant_builder_end(&b);
}

static GVariant *decisions_variant(const struct tel_decision *d, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(smstiii)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(smstiii)", d[i].name, d[i].title, d[i].hash, d[i].node, d[i].first_option,
                              d[i].n_options);
    return g_variant_builder_end(&b);
}

static GVariant *endings_variant(const struct tel_ending *endings, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(sms)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(sms)", endings[i].name, endings[i].title);
    return g_variant_builder_end(&b);
}

static GVariant *words_variant(const struct tel_keyword *words, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(sms)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(sms)", words[i].name, words[i].title);
    return g_variant_builder_end(&b);
}

static GVariant *tags_variant(const struct tel_tag *tags, int32_t n)
{
    GVariantBuilder b;
    g_variant_builder_init(&b, G_VARIANT_TYPE("a(iii)"));
    for (int32_t i = 0; i < n; i++)
        g_variant_builder_add(&b, "(iii)", tags[i].of, tags[i].word, tags[i].score);
    return g_variant_builder_end(&b);
}

uint64_t spool_save_story(struct spool *sp, const struct tel_story *story)
{
    if (sp->story_offset && sp->story_hash == story->hash && strcmp(sp->story_name, story->name) == 0)
        return sp->story_offset;
    g_autoptr(GVariant) v = g_variant_ref_sink(g_variant_new(
        "(smsmst@a(smst)@a(smstiii)@a(smst)@a(sms)@a(sms)@a(sms)@a(iii)@a(iii)@a(iii))", story->name, story->version,
        story->title, story->hash, nodes_variant(story->nodes, story->n_nodes),
        decisions_variant(story->decisions, story->n_decisions), options_variant(story->options, story->n_options),
        endings_variant(story->endings, story->n_endings), words_variant(story->traits, story->n_traits),
        words_variant(story->props, story->n_props), tags_variant(story->option_traits, story->n_option_traits),
        tags_variant(story->option_props, story->n_option_props),
        tags_variant(story->node_props, story->n_node_props)));
    sp->story_offset = save_blob(sp, g_variant_get_data(v), g_variant_get_size(v));
    sp->story_hash = story->hash;
    g_free(sp->story_name);
    sp->story_name = g_strdup(story->name);
    return sp->story_offset;
}

uint64_t spool_save_viewing(struct spool *sp, const struct tel_viewing *viewing)
{
    return save_blob(sp, viewing, sizeof *viewing);
}

static const struct tel_keyword *load_words(GVariant *v, int32_t *n)
{
    *n = (int32_t)g_variant_n_children(v);
    struct tel_keyword *words = g_new0(struct tel_keyword, (size_t)*n + 1);
    for (int32_t i = 0; i < *n; i++)
        g_variant_get_child(v, (gsize)i, "(&sm&s)", &words[i].name, &words[i].title);
    return words;
}

static const struct tel_tag *load_tags(GVariant *v, int32_t *n)
{
    *n = (int32_t)g_variant_n_children(v);
    struct tel_tag *tags = g_new0(struct tel_tag, (size_t)*n + 1);
    for (int32_t i = 0; i < *n; i++)
        g_variant_get_child(v, (gsize)i, "(iii)", &tags[i].of, &tags[i].word, &tags[i].score);
    return tags;
}

/* Traits and props; *s takes arrays that free_tags() frees. */
static void load_story_tags(GVariant *v, struct tel_story *s)
{
    const gsize first = 8; /* of the words and tags in STORY_TYPE */
    g_autoptr(GVariant) traits = g_variant_get_child_value(v, first), props = g_variant_get_child_value(v, first + 1);
    g_autoptr(GVariant) scores = g_variant_get_child_value(v, first + 2);
    g_autoptr(GVariant) brought = g_variant_get_child_value(v, first + 3);
    g_autoptr(GVariant) shown = g_variant_get_child_value(v, first + 4);
    s->traits = load_words(traits, &s->n_traits);
    s->props = load_words(props, &s->n_props);
    s->option_traits = load_tags(scores, &s->n_option_traits);
    s->option_props = load_tags(brought, &s->n_option_props);
    s->node_props = load_tags(shown, &s->n_node_props);
}

static void free_tags(struct tel_story *s)
{
    g_free((void *)s->traits);
    g_free((void *)s->props);
    g_free((void *)s->option_traits);
    g_free((void *)s->option_props);
    g_free((void *)s->node_props);
}

/* Strings are borrowed from the variant. tel_story_copy() judges whether it makes sense. */
static struct tel_story *load_story_variant(GVariant *v)
{
    struct tel_story s = {0};
    g_autoptr(GVariant) nodes = NULL, decisions = NULL, options = NULL, endings = NULL;
    g_variant_get(v, "(&sm&sm&st@a(smst)@a(smstiii)@a(smst)@a(sms)*****)", &s.name, &s.version, &s.title, &s.hash,
                  &nodes, &decisions, &options, &endings, NULL, NULL, NULL, NULL, NULL);
    s.n_nodes = (int32_t)g_variant_n_children(nodes);
    s.n_decisions = (int32_t)g_variant_n_children(decisions);
    s.n_options = (int32_t)g_variant_n_children(options);
    s.n_endings = (int32_t)g_variant_n_children(endings);
    g_autofree struct tel_node *n = g_new0(struct tel_node, (size_t)s.n_nodes + 1);
    g_autofree struct tel_decision *d = g_new0(struct tel_decision, (size_t)s.n_decisions + 1);
    g_autofree struct tel_option *o = g_new0(struct tel_option, (size_t)s.n_options + 1);
    g_autofree struct tel_ending *e = g_new0(struct tel_ending, (size_t)s.n_endings + 1);
    for (int32_t i = 0; i < s.n_nodes; i++)
        g_variant_get_child(nodes, (gsize)i, "(&sm&st)", &n[i].name, &n[i].title, &n[i].hash);
    for (int32_t i = 0; i < s.n_decisions; i++)
        g_variant_get_child(decisions, (gsize)i, "(&sm&stiii)", &d[i].name, &d[i].title, &d[i].hash, &d[i].node,
                            &d[i].first_option, &d[i].n_options);
    for (int32_t i = 0; i < s.n_options; i++)
        g_variant_get_child(options, (gsize)i, "(&sm&st)", &o[i].name, &o[i].title, &o[i].hash);
    for (int32_t i = 0; i < s.n_endings; i++)
        g_variant_get_child(endings, (gsize)i, "(&sm&s)", &e[i].name, &e[i].title);
    s.nodes = n, s.decisions = d, s.options = o, s.endings = e;
    load_story_tags(v, &s);
    struct tel_story *copy = tel_story_copy(&s);
    free_tags(&s);
    return copy;
}

static struct tel_story *load_story(int fd, uint64_t at)
{
    size_t size = 0;
    char *data = load_blob(fd, at, &size);
    if (!data)
        return NULL;
    g_autoptr(GVariant) v =
        g_variant_ref_sink(g_variant_new_from_data(G_VARIANT_TYPE(STORY_TYPE), data, size, FALSE, g_free, data));
    return g_variant_is_normal_form(v) ? load_story_variant(v) : NULL;
}

static struct tel_viewing *load_viewing(int fd, uint64_t at)
{
    size_t size = 0;
    struct tel_viewing *v = load_blob(fd, at, &size);
    if (v && size == sizeof *v && memchr(v->id, 0, sizeof v->id) && memchr(v->viewer, 0, sizeof v->viewer) &&
        memchr(v->continues, 0, sizeof v->continues) && memchr(v->engine, 0, sizeof v->engine) &&
        g_uuid_string_is_valid(v->id))
        return v;
    g_free(v);
    return NULL;
}

/* ---- what is on disk ------------------------------------------------------------------------------------------- */

void spool_mark(struct spool *sp, const struct sink *s, uint64_t n)
{
    struct spool_ring *r = sp->ring;
    const uint64_t head = atomic_load(&r->head);
    const struct spool_checkpoint *old = &r->marks[r->marks[1].head == head && head > 0];
    struct spool_checkpoint *mark = old == r->marks ? &r->marks[1] : &r->marks[0];
    mark->story_offset = old->story_offset;
    mark->viewing_offset = old->viewing_offset;
    for (uint64_t i = head; i < head + n; i++) {
        const struct sink_entry *e = &r->entries[i & (r->capacity - 1)];
        if (e->kind == SINK_STORY) {
            mark->story_offset = e->spool_offset;
            mark->viewing_offset = 0;
        } else if (e->kind == SINK_BEGIN) {
            mark->viewing_offset = e->spool_offset;
        }
    }
    sink_save_position(s, mark->position);
    mark->head = head + n;
    atomic_store(&r->head, head + n);
    for (uint64_t i = head; i < head + n; i++)
        memset(&r->entries[i & (r->capacity - 1)], 0, sizeof *r->entries);
    atomic_store(&r->wiped, head + n);
}

void spool_wipe_viewing(struct spool *sp)
{
    static const struct tel_viewing nobody;
    struct spool_ring *r = sp->ring;
    for (int i = 0; i < 2; i++) {
        const uint64_t at = r->marks[i].viewing_offset;
        if (sp->name && at != 0 && pwrite(sp->fd, &nobody, sizeof nobody, (off_t)(at + sizeof at)) < 0)
            return; /* memory that can't be written is not there any more */
        r->marks[i].viewing_offset = 0;
        memset(r->marks[i].position, 0, sizeof r->marks[i].position);
    }
}

/* ---- after a kill ---------------------------------------------------------------------------------------------- */

struct found_spool {
    int fd;
    size_t bytes;
    struct spool_ring *ring;
};

/* The beginning is the same in every version: whose store it is can always be told. */
static bool is_spool(const struct found_spool *f)
{
    return memcmp(f->ring->magic, MAGIC, sizeof f->ring->magic) == 0 && memchr(f->ring->path, 0, sizeof f->ring->path);
}

/* Another version's program is left what it can read and we can't. */
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
           f->bytes >= ring_bytes(r->capacity) && head <= tail && tail - head <= r->capacity &&
           (r->marks[0].head == head || r->marks[1].head == head);
}

static void release_spool(struct found_spool *f)
{
    if (f->ring)
        munmap(f->ring, f->bytes);
    if (f->fd >= 0)
        close(f->fd);
}

/*
 * Before it is locked, so that programs of other stores do not get into each other's way: is it one of this store? What is
 * whole nowhere, or whose store is not there, may be just being made; a day later it is nobody's. *owner: the process
 * that made it, 0 if it is not known.
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
           st.st_mtime < g_get_real_time() / US_PER_SECOND - NOBODYS_S;
}

/* While the owner lives it has the lock. Else another program is just bringing it to the store: we wait for that, for
 * what we write next may go on where it ends. */
static bool lock_dead(int fd, pid_t owner)
{
    for (int waited_ms = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited_ms += LOCK_STEP_MS) {
        if (owner <= 0 || kill(owner, 0) == 0 || errno != ESRCH || waited_ms >= STORE_BUSY_MS)
            return false;
        g_usleep(LOCK_STEP_MS * 1000);
    }
    return true;
}

/* Locked: its owner is dead, and nobody else is at it. False: leave it alone. */
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

/* A copy of the i-th entry with what it points to in this process. False: that could not be kept. */
static bool load_entry(const struct found_spool *f, uint64_t i, struct sink_entry *e)
{
    *e = f->ring->entries[i & (f->ring->capacity - 1)];
    if (e->kind == SINK_STORY)
        return (e->story = load_story(f->fd, e->spool_offset)) != NULL;
    if (e->kind == SINK_BEGIN)
        return (e->viewing = load_viewing(f->fd, e->spool_offset)) != NULL;
    return e->kind == SINK_EVENT && (unsigned)e->record.kind < TEL_KINDS;
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

/* Events that were lost, and not told of before the kill. */
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
    const struct spool_checkpoint *mark = &r->marks[r->marks[1].head == head && head > 0];
    struct sink_entry *entries = g_new0(struct sink_entry, BATCH_MAX);
    struct tel_story *story = load_story(f->fd, mark->story_offset);
    struct tel_viewing *viewing = story ? load_viewing(f->fd, mark->viewing_offset) : NULL;
    sink_resume_from(s, head > 0 ? mark->position : NULL, story, viewing);
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

/* True: it can be removed. */
static bool recover_one(const struct found_spool *f, const char *path, const struct sink_options *o,
                        struct sink_result *result, GError **error)
{
    if (!f->ring || !is_spool(f))
        return true; /* nothing in it can be trusted */
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

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names that begin like ours, the oldest first: viewings are counted in the order in which they happened. */
static GPtrArray *list_spool_names(void)
{
    char prefix[64];
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(FOLDER, 0, NULL);
    name_prefix(prefix, sizeof prefix);
    for (const char *file; folder && (file = g_dir_read_name(folder));)
        if (g_str_has_prefix(file, prefix) || (g_str_has_prefix(file, NEW) && strstr(file, prefix)))
            g_ptr_array_add(names, g_strdup_printf("/%s", file));
    g_ptr_array_sort(names, by_name);
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
        if (g_str_has_prefix(name + 1, NEW) || recover_one(&f, absolute, o, result, &failure))
            shm_unlink(name);
        release_spool(&f);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}
