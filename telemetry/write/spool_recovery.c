#include "telemetry/write/spool_recovery.h"

#include "base/runtime.h"
#include "base/safe.h"
#include "telemetry/store/store.h"
#include "telemetry/write/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH_MAX    512
#define BATCH_BYTES  ((size_t)16 << 20)  /* of stories and viewings that wait for being written */
#define TOTAL_BYTES  ((size_t)512 << 20) /* of stories and viewings that are read at one start */
#define LOCK_STEP_MS 5
#define ABANDONED_S  (24 * 3600) /* after this, what is not whole is not in the making any more */

/* What one start does, whatever the number of spools. */
struct recovery {
    const char *path; /* of the store, absolute */
    const struct sink_options *o;
    struct sink_result *result;
    int64_t patient_until_us; /* monotonic: no longer does it wait for locks, all of them together */
    size_t bytes_left;        /* of TOTAL_BYTES */
    int64_t excess;           /* bytes by which all spools together exceed SPOOL_KEPT_BYTES */
    guint dropped;            /* spools */
    GString *told;            /* of the first of them */
};

/* A name in one of the folders. */
struct spool_name {
    char *folder, *name;
    const char *id; /* in name; sorts by time */
};

/*
 * A spool that is open. It is never mapped: whoever made it may still make it shorter. What its head says was read
 * once, and is used as it was then.
 */
struct found_spool {
    int fd;
    size_t bytes;
    struct spool_ring *head; /* without entries; NULL: the file is not long enough to be one */
    uint64_t from, to;       /* the entries that are not on disk */
    int64_t last_s;          /* when something was put into it last, Unix time */
};

/* ---- what it says of itself -------------------------------------------------------------------------------------- */

/* The beginning is the same in every version, so that it always shows whose store it is. */
static bool is_spool(const struct spool_ring *r)
{
    return r && memcmp(r->magic, SPOOL_MAGIC, sizeof r->magic) == 0 && memchr(r->path, 0, sizeof r->path);
}

/* Of another version we can read no more than that. It is left to a program that can. */
static bool is_our_version(const struct spool_ring *r)
{
    return r->entry_bytes == sizeof(struct sink_entry) && r->version == STORE_VERSION &&
           r->viewing_bytes == sizeof(struct tel_viewing);
}

static bool ring_is_sound(const struct found_spool *f)
{
    const struct spool_ring *r = f->head;
    return r->capacity > 0 && r->capacity <= SPOOL_MAX && (r->capacity & (r->capacity - 1)) == 0 &&
           f->bytes >= spool_ring_bytes(r->capacity) && f->from <= f->to && f->to - f->from <= r->capacity &&
           (r->checkpoints[0].head == f->from || r->checkpoints[1].head == f->from) && r->seq >= 0 &&
           r->seq < INT64_MAX / 4 && r->missed < INT64_MAX / 4;
}

static void read_head(struct found_spool *f)
{
    f->head = g_new0(struct spool_ring, 1);
    if (f->bytes < sizeof *f->head || pread(f->fd, f->head, sizeof *f->head, 0) != (ssize_t)sizeof *f->head)
        g_clear_pointer(&f->head, g_free);
    f->from = f->head ? atomic_load(&f->head->head) : 0;
    f->to = f->head ? atomic_load(&f->head->tail) : 0;
}

static void release_spool(struct found_spool *f)
{
    g_clear_pointer(&f->head, g_free);
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

/* ---- whose it is ------------------------------------------------------------------------------------------------- */

static bool is_older(const struct found_spool *f, int64_t seconds)
{
    return f->last_s < g_get_real_time() / US_PER_SECOND - seconds;
}

/* It has waited long enough for its store, or there are too many: nobody can wait for good in the machine's memory. */
static bool has_expired(const struct found_spool *f, const struct recovery *rec)
{
    return is_older(f, SPOOL_KEPT_DAYS * INT64_C(24) * 3600) || rec->excess > 0;
}

/*
 * Whether it is one of this store's. That is asked before it is locked, so that programs of other stores do not get
 * into each other's way. One of another store waits for that, until it expires. One that is not whole may be in the
 * making.
 */
static bool may_be_adopted(const struct found_spool *f, const struct recovery *rec)
{
    if (!is_spool(f->head))
        return is_older(f, ABANDONED_S);
    return strcmp(f->head->path, rec->path) == 0 || has_expired(f, rec);
}

/* Is there a process of that number, and is it ours? Only such a one can have made the spool. */
static bool owner_lives(const struct spool_ring *r)
{
    struct stat st;
    g_autofree char *process = g_strdup_printf("/proc/%u", r->owner);
    return r->owner > 0 && r->owner <= G_MAXINT32 && stat(process, &st) == 0 && st.st_uid == geteuid();
}

/*
 * A living owner holds the lock. Otherwise another program is bringing it to the store right now, and we wait for that:
 * what we write next may go on where it ends. But whoever holds a lock for no good reason does not keep us for long.
 */
static bool lock_dead(const struct found_spool *f, const struct recovery *rec)
{
    while (flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
        if (!is_spool(f->head) || owner_lives(f->head) || g_get_monotonic_time() >= rec->patient_until_us ||
            (rec->o->keep_waiting && !rec->o->keep_waiting(rec->o->data)))
            return false;
        g_usleep(LOCK_STEP_MS * 1000);
    }
    return true;
}

/* Is it still a file of ours alone that has this name, now that it is open? */
static bool look_at(struct found_spool *f, struct stat *st)
{
    if (fstat(f->fd, st) != 0 || !runtime_is_ours(st, SPOOL_BYTES_MAX))
        return false;
    f->bytes = (size_t)st->st_size;
    f->last_s = st->st_mtime;
    return true;
}

/* Opens it and reads what it says of itself. O_NONBLOCK: what stands in the place of a file may be a pipe. */
static bool open_spool(struct found_spool *f, int folder, const char *name)
{
    struct stat st;
    *f = (struct found_spool){.fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (f->fd >= 0 && look_at(f, &st)) {
        read_head(f);
        return true;
    }
    release_spool(f);
    return false;
}

/* Opens and locks it: it is ours, its owner is dead, and nobody else is at work on it. False: it is to be left alone. */
static bool adopt_spool(struct found_spool *f, int folder, const char *name, const struct recovery *rec)
{
    struct stat st;
    if (!open_spool(f, folder, name))
        return false;
    const bool good = may_be_adopted(f, rec) && lock_dead(f, rec) && look_at(f, &st);
    g_clear_pointer(&f->head, g_free);
    if (good)
        read_head(f); /* as its owner, or another program, left it */
    else
        release_spool(f);
    return good;
}

/* ---- bringing it in ---------------------------------------------------------------------------------------------- */

static bool load_story(const struct found_spool *f, struct recovery *rec, struct sink_entry *e, size_t *size)
{
    e->story = rec->bytes_left > 0 ? spool_load_story(f->fd, f->bytes, e->spool_offset, size) : NULL;
    rec->bytes_left -= MIN(rec->bytes_left, *size);
    return e->story != NULL;
}

static bool load_viewing(const struct found_spool *f, struct recovery *rec, struct sink_entry *e, size_t *size)
{
    e->viewing = rec->bytes_left > 0 ? spool_load_viewing(f->fd, f->bytes, e->spool_offset, size) : NULL;
    rec->bytes_left -= MIN(rec->bytes_left, *size);
    return e->viewing != NULL;
}

/* Times that can be added to those of an earlier part. */
static bool leave_is_sound(const struct tel_leave *l)
{
    return l->playing_us < INT64_MAX / 4 && l->paused_us < INT64_MAX / 4 && l->hidden_us < INT64_MAX / 4;
}

static bool event_is_sound(const struct sink_entry *e)
{
    const struct tel_record *r = &e->record;
    return e->kind == SINK_EVENT && (unsigned)r->kind < TEL_KINDS && e->seq > 0 && e->seq < INT64_MAX / 4 &&
           r->at_us >= 0 && r->at_us < INT64_MAX / 4 && (r->kind != TEL_LEAVE || leave_is_sound(&r->leave)) &&
           (r->kind != TEL_EXPOSURE || r->exposure.menu.n <= TEL_OPTIONS_MAX);
}

/* A copy of the entry number i, and of what it points to, in this process. False: what is there makes no sense. */
static bool load_entry(const struct found_spool *f, struct recovery *rec, uint64_t i, struct sink_entry *e,
                       size_t *size)
{
    const size_t at = offsetof(struct spool_ring, entries) + spool_place(f->head, i) * sizeof *e;
    *size = 0;
    if (pread(f->fd, e, sizeof *e, (off_t)at) != (ssize_t)sizeof *e)
        return false;
    if (e->kind == SINK_STORY)
        return load_story(f, rec, e, size);
    if (e->kind == SINK_BEGIN)
        return load_viewing(f, rec, e, size);
    return event_is_sound(e);
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

static void go_on_at_checkpoint(const struct found_spool *f, struct sink *s)
{
    const struct spool_checkpoint *at = spool_checkpoint_at(f->head, f->from);
    size_t size;
    struct tel_story *story = spool_load_story(f->fd, f->bytes, at->story_offset, &size);
    struct tel_viewing *viewing = story ? spool_load_viewing(f->fd, f->bytes, at->viewing_offset, &size) : NULL;
    sink_resume_from(s, f->from > 0 ? at->position : NULL, story, viewing);
}

/* As many entries from *i on as make one batch; those that make no sense are left out. */
static size_t load_batch(const struct found_spool *f, struct recovery *rec, struct sink_entry *entries, uint64_t *i)
{
    size_t n = 0, size = 0;
    for (size_t bytes = 0; *i < f->to && n < BATCH_MAX && bytes < BATCH_BYTES; (*i)++) {
        n += load_entry(f, rec, *i, &entries[n], &size);
        bytes += size;
    }
    return n;
}

static bool write_remaining(const struct found_spool *f, struct recovery *rec, struct sink *s, GError **error)
{
    struct sink_entry *entries = g_new0(struct sink_entry, BATCH_MAX);
    bool done = true;
    go_on_at_checkpoint(f, s);
    for (uint64_t i = f->from; i < f->to && done;) {
        const size_t n = load_batch(f, rec, entries, &i);
        done = n == 0 || write_entries(s, entries, n, rec->result, error);
    }
    g_free(entries);
    return done && write_missed_gap(s, f->head, rec->result, error);
}

/* ---- those whose store does not come ------------------------------------------------------------------------------- */

/* How many events wait in it; -1: only another version of the program knows. */
static int64_t count_events(const struct found_spool *f)
{
    int64_t n = 0;
    if (!is_our_version(f->head))
        return -1;
    if (!ring_is_sound(f))
        return 0;
    for (uint64_t i = f->from; i < f->to; i++) {
        enum sink_kind kind = SINK_STORY;
        const size_t at = offsetof(struct spool_ring, entries) + spool_place(f->head, i) * sizeof(struct sink_entry);
        n +=
            pread(f->fd, &kind, sizeof kind, (off_t)(at + offsetof(struct sink_entry, kind))) == (ssize_t)sizeof kind &&
            kind == SINK_EVENT;
    }
    return n;
}

/* "5 records of a killed play"; NULL: there are none. The caller frees it. */
static char *describe_events(const struct found_spool *f)
{
    const int64_t n = count_events(f);
    if (n == 0)
        return NULL;
    return n < 0 ? g_strdup("records, of another version of this program,")
                 : g_strdup_printf("%" PRId64 " record%s", n, units_s(n));
}

static void tell_dropped(struct recovery *rec, const struct found_spool *f, const char *what)
{
    if (rec->dropped++ == 0)
        safe_printf(rec->told,
                    "%s of a play that was killed %s dropped: nothing was played into their store, %s, for %s", what,
                    g_str_has_prefix(what, "1 ") ? "is" : "are", f->head->path,
                    rec->excess > 0 ? "a while, and others need the memory" : G_STRINGIFY(SPOOL_KEPT_DAYS) " days");
}

/* It is another store's, or another version's. True: it can be removed. What is in it is not lost in silence. */
static bool drop_expired(const struct found_spool *f, struct recovery *rec)
{
    g_autofree char *what = describe_events(f);
    if (!has_expired(f, rec))
        return false;
    if (what)
        tell_dropped(rec, f, what);
    return true;
}

static void tell_all_dropped(struct recovery *rec)
{
    struct sink_result *result = rec->result;
    if (rec->dropped > 1)
        safe_printf(rec->told, "; so are those of %u other play%s", rec->dropped - 1, units_s(rec->dropped - 1));
    if (rec->dropped == 0)
        return;
    g_autofree char *before = result->notice;
    result->notice = before ? g_strdup_printf("%s; %s", before, rec->told->str) : g_strdup(rec->told->str);
}

/* True: it can be removed, because everything is in the store, or nothing in it can be read. */
static bool recover_one(const struct found_spool *f, struct recovery *rec, GError **error)
{
    if (!is_spool(f->head))
        return true;
    if (strcmp(f->head->path, rec->path) != 0 || !is_our_version(f->head))
        return drop_expired(f, rec);
    if (!ring_is_sound(f) || (f->from == f->to && f->head->missed == 0))
        return true;
    struct sink *s = sink_new(rec->o);
    const bool done = write_remaining(f, rec, s, error);
    sink_free(s);
    return done;
}

/* ---- finding them ------------------------------------------------------------------------------------------------ */

static void free_name(void *data)
{
    struct spool_name *n = data;
    g_free(n->folder);
    g_free(n->name);
    g_free(n);
}

/* The oldest first: a viewer's viewings are numbered in the order in which they happened. */
static int compare_names(const void *a, const void *b)
{
    const struct spool_name *x = *(const struct spool_name *const *)a, *y = *(const struct spool_name *const *)b;
    return strcmp(x->id, y->id);
}

static void add_name(GPtrArray *names, const char *path, const char *file, const char *begins)
{
    if (!g_str_has_prefix(file, begins))
        return;
    struct spool_name *n = g_new0(struct spool_name, 1);
    n->folder = g_strdup(path);
    n->name = g_strdup(file);
    n->id = n->name + strlen(begins);
    g_ptr_array_add(names, n);
}

static void list_folder(GPtrArray *names, const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    for (const char *file; folder && (file = g_dir_read_name(folder));) {
        add_name(names, path, file, SPOOL_PREFIX);
        add_name(names, path, file, SPOOL_NEW SPOOL_PREFIX);
    }
}

/* Those that earlier versions made in the folder that everybody may write to. */
static void list_earlier(GPtrArray *names)
{
    g_autofree char *prefix = g_strdup_printf("frumious-events-%u-", (unsigned)geteuid());
    g_autofree char *fresh = g_strconcat(SPOOL_NEW, prefix, NULL);
    const char *const begins[] = {prefix, fresh};
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        g_autoptr(GPtrArray) files = runtime_shared_names(begins[i]);
        for (guint k = 0; k < files->len; k++)
            add_name(names, RUNTIME_SHARED, files->pdata[k], begins[i]);
    }
}

static GPtrArray *list_spools(void)
{
    g_autoptr(GPtrArray) folders = runtime_folders();
    GPtrArray *names = g_ptr_array_new_with_free_func(free_name);
    for (guint i = 0; i < folders->len; i++)
        list_folder(names, folders->pdata[i]);
    list_earlier(names);
    g_ptr_array_sort(names, compare_names);
    return names;
}

static int open_folder_of(const struct spool_name *n)
{
    const bool shared = strcmp(n->folder, RUNTIME_SHARED) == 0;
    return shared ? open(n->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : runtime_open_folder(n->folder);
}

static void remove_spool(const struct found_spool *f, int folder, const char *name, struct recovery *rec)
{
    if (unlinkat(folder, name, 0) == 0)
        rec->excess -= (int64_t)f->bytes;
}

/* True: go on with the next one. */
static bool recover_name(const struct spool_name *n, struct recovery *rec, GError **error)
{
    struct found_spool f;
    const int folder = open_folder_of(n);
    GError *failure = NULL;
    if (folder >= 0 && adopt_spool(&f, folder, n->name, rec)) {
        if (g_str_has_prefix(n->name, SPOOL_NEW) || recover_one(&f, rec, &failure))
            remove_spool(&f, folder, n->name, rec);
        release_spool(&f);
    }
    if (folder >= 0)
        close(folder);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* Of all that are ours, living ones too. */
static int64_t bytes_of_all(const GPtrArray *names)
{
    int64_t bytes = 0;
    for (guint i = 0; i < names->len; i++) {
        const struct spool_name *n = names->pdata[i];
        const int folder = open_folder_of(n);
        struct stat st;
        if (folder >= 0 && fstatat(folder, n->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            runtime_is_ours(&st, SPOOL_BYTES_MAX))
            bytes += st.st_size;
        if (folder >= 0)
            close(folder);
    }
    return bytes;
}

bool spool_recover(const char *path, const struct sink_options *o, struct sink_result *result, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autoptr(GPtrArray) names = list_spools();
    struct recovery rec = {
        .path = absolute,
        .o = o,
        .result = result,
        .patient_until_us = g_get_monotonic_time() + STORE_BUSY_MS * US_PER_MS,
        .bytes_left = TOTAL_BYTES,
        .excess = bytes_of_all(names) - SPOOL_KEPT_BYTES,
        .told = g_string_new(NULL),
    };
    bool good = true;
    for (guint i = 0; i < names->len && good; i++)
        good = recover_name(names->pdata[i], &rec, error);
    tell_all_dropped(&rec);
    g_string_free(rec.told, TRUE);
    assert(rec.bytes_left <= TOTAL_BYTES);
    return good;
}

/* ---- telling of them ------------------------------------------------------------------------------------------------- */

/* A locked one belongs to a play that goes on, or is brought in right now. */
static void tell_waiting(const struct found_spool *f, const char *path, GString *out)
{
    const bool dead = is_spool(f->head) && flock(f->fd, LOCK_SH | LOCK_NB) == 0;
    g_autofree char *what = dead ? describe_events(f) : NULL;
    g_autoptr(GDateTime) last = g_date_time_new_from_unix_utc(f->last_s);
    g_autofree char *day = last ? g_date_time_format(last, "%Y-%m-%d") : NULL;
    if (!what)
        return;
    safe_printf(out, "%-12s %s of a play that was killed on %s (UTC)", "waiting", what, day ? day : "?");
    if (strcmp(f->head->path, path) == 0)
        safe_printf(out, "; the next play brings them in\n");
    else
        safe_printf(out, ", for the store %s%s\n", f->head->path,
                    g_file_test(f->head->path, G_FILE_TEST_EXISTS) ? "" : ", which is not there");
}

void spool_tell_waiting(const char *path, GString *out)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autoptr(GPtrArray) names = list_spools();
    for (guint i = 0; i < names->len; i++) {
        const struct spool_name *n = names->pdata[i];
        const int folder = open_folder_of(n);
        struct found_spool f;
        if (folder >= 0 && open_spool(&f, folder, n->name)) {
            tell_waiting(&f, absolute, out);
            release_spool(&f);
        }
        if (folder >= 0)
            close(folder);
    }
}
