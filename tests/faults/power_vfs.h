/*
 * power_vfs: a SQLite VFS whose power may fail. It knows which parts of each file have been flushed.
 *
 * Everything goes to the system's VFS at once, so that running programs see a sound file. For each sector that was
 * written since the last flush, the flushed content is remembered. power_fail() makes a copy of a store as a disk could
 * hold it after a loss of power at this moment: each unflushed sector has its old content or its new, and each length
 * likewise, as a random generator says. After power_lies(true), flushes are promised and not done.
 *
 * Call power_register() once. One connection at a time, from one thread.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#define POWER_VFS    "frumious-power"
#define POWER_SECTOR 512

/* By path, as long as the program runs. */
struct power_content {
    GHashTable *old; /* sector -> its flushed bytes */
    int64_t flushed; /* length */
};

struct power_file {
    sqlite3_file base;
    sqlite3_file *real;
    struct power_content *content; /* NULL: its loss does not matter (shared memory, temporary files) */
};

static sqlite3_vfs *power_system_;
static GHashTable *power_contents_;
static bool power_lies_;
static int power_flushes_, power_lost_flushes_;

static inline struct power_file *power_of(sqlite3_file *f)
{
    return (struct power_file *)f;
}

#define POWER_REAL(f)         (power_of(f)->real->pMethods)
#define POWER_CALL(f, m, ...) POWER_REAL(f)->m(power_of(f)->real, ##__VA_ARGS__)

static int64_t power_size(sqlite3_file *f)
{
    sqlite3_int64 n = 0;
    POWER_CALL(f, xFileSize, &n);
    return n;
}

/* Before bytes [from, to) change. */
static void power_remember(sqlite3_file *f, int64_t from, int64_t to)
{
    struct power_content *c = power_of(f)->content;
    const int64_t size = power_size(f);
    for (int64_t s = from / POWER_SECTOR; c && s * POWER_SECTOR < MIN(to, size); s++) {
        if (g_hash_table_contains(c->old, GINT_TO_POINTER((int)s)))
            continue;
        char *bytes = g_malloc0(POWER_SECTOR);
        POWER_CALL(f, xRead, bytes, POWER_SECTOR, s * POWER_SECTOR);
        g_hash_table_insert(c->old, GINT_TO_POINTER((int)s), bytes);
    }
}

static int power_close(sqlite3_file *f)
{
    return power_of(f)->real->pMethods ? POWER_CALL(f, xClose) : SQLITE_OK;
}

static int power_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return POWER_CALL(f, xRead, p, n, at);
}

static int power_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    power_remember(f, at, at + n);
    return POWER_CALL(f, xWrite, p, n, at);
}

static int power_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    power_remember(f, n, INT64_MAX);
    return POWER_CALL(f, xTruncate, n);
}

static int power_sync(sqlite3_file *f, int flags)
{
    struct power_content *c = power_of(f)->content;
    (void)flags;
    power_flushes_++;
    power_lost_flushes_ += power_lies_;
    if (c && !power_lies_) {
        g_hash_table_remove_all(c->old);
        c->flushed = power_size(f);
    }
    return SQLITE_OK;
}

static int power_file_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return POWER_CALL(f, xFileSize, n);
}

static int power_lock(sqlite3_file *f, int level)
{
    return POWER_CALL(f, xLock, level);
}

static int power_unlock(sqlite3_file *f, int level)
{
    return POWER_CALL(f, xUnlock, level);
}

static int power_reserved(sqlite3_file *f, int *out)
{
    return POWER_CALL(f, xCheckReservedLock, out);
}

static int power_control(sqlite3_file *f, int op, void *arg)
{
    return POWER_CALL(f, xFileControl, op, arg);
}

static int power_sector(sqlite3_file *f)
{
    (void)f;
    return POWER_SECTOR;
}

/* Neither atomic writes nor safe appends are promised. */
static int power_device(sqlite3_file *f)
{
    (void)f;
    return 0;
}

static int power_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
    return POWER_CALL(f, xShmMap, page, size, extend, p);
}

static int power_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return POWER_CALL(f, xShmLock, offset, n, flags);
}

static void power_shm_barrier(sqlite3_file *f)
{
    POWER_CALL(f, xShmBarrier);
}

static int power_shm_unmap(sqlite3_file *f, int delete_it)
{
    return POWER_CALL(f, xShmUnmap, delete_it);
}

static const sqlite3_io_methods power_methods_ = {
    .iVersion = 2,
    .xClose = power_close,
    .xRead = power_read,
    .xWrite = power_write,
    .xTruncate = power_truncate,
    .xSync = power_sync,
    .xFileSize = power_file_size,
    .xLock = power_lock,
    .xUnlock = power_unlock,
    .xCheckReservedLock = power_reserved,
    .xFileControl = power_control,
    .xSectorSize = power_sector,
    .xDeviceCharacteristics = power_device,
    .xShmMap = power_shm_map,
    .xShmLock = power_shm_lock,
    .xShmBarrier = power_shm_barrier,
    .xShmUnmap = power_shm_unmap,
};

static void power_content_free(void *content)
{
    g_hash_table_unref(((struct power_content *)content)->old);
    g_free(content);
}

static struct power_content *power_content(const char *name)
{
    struct power_content *c = g_hash_table_lookup(power_contents_, name);
    if (c)
        return c;
    c = g_new0(struct power_content, 1);
    c->old = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_hash_table_insert(power_contents_, g_strdup(name), c);
    return c;
}

static int power_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    (void)vfs;
    struct power_file *ours = power_of(f);
    ours->base.pMethods = NULL;
    ours->real = (sqlite3_file *)(void *)(ours + 1);
    ours->content = name ? power_content(name) : NULL;
    const int rc = power_system_->xOpen(power_system_, name, ours->real, flags, out_flags);
    if (rc == SQLITE_OK)
        ours->base.pMethods = &power_methods_;
    return rc;
}

static inline void power_register(void)
{
    static sqlite3_vfs vfs;
    power_contents_ = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, power_content_free);
    power_system_ = sqlite3_vfs_find(NULL);
    vfs = *power_system_;
    vfs.zName = POWER_VFS;
    vfs.szOsFile = (int)sizeof(struct power_file) + power_system_->szOsFile;
    vfs.xOpen = power_open;
    vfs.pNext = NULL;
    sqlite3_vfs_register(&vfs, 0);
}

static inline void power_unregister(void)
{
    g_hash_table_unref(power_contents_);
}

static inline void power_lies(bool lies)
{
    power_lies_ = lies;
}

/* One file as the disk has it. Returns how many of its sectors are old. */
static int power_fail_file(const char *from, const char *to, GRand *rand)
{
    struct power_content *c = power_content(from);
    gsize len = 0;
    g_autofree char *bytes = NULL;
    GHashTableIter iter;
    gpointer sector, old;
    int lost = 0;
    if (!g_file_get_contents(from, &bytes, &len, NULL))
        return 0;
    const gsize whole = MAX(len, (gsize)c->flushed);
    bytes = g_realloc(bytes, whole + POWER_SECTOR);
    memset(bytes + len, 0, whole + POWER_SECTOR - len);
    g_hash_table_iter_init(&iter, c->old);
    while (g_hash_table_iter_next(&iter, &sector, &old)) {
        const gsize at = (gsize)GPOINTER_TO_INT(sector) * POWER_SECTOR;
        if (at + POWER_SECTOR > whole || g_rand_boolean(rand))
            continue;
        memcpy(bytes + at, old, POWER_SECTOR);
        lost++;
    }
    /* What lies behind the flushed length is there, or is not, or its length is there without its content. */
    const int grown = g_rand_int_range(rand, 0, 3);
    if (len > (gsize)c->flushed && grown < 2)
        lost += (int)((len - (gsize)c->flushed) / POWER_SECTOR);
    if (len > (gsize)c->flushed && grown == 0)
        len = (gsize)c->flushed;
    for (gsize at = (gsize)c->flushed; grown == 1 && at < len; at += POWER_SECTOR)
        if (g_rand_boolean(rand))
            memset(bytes + at, 0, MIN(POWER_SECTOR, len - at));
    g_file_set_contents(to, bytes, (gssize)len, NULL);
    return lost;
}

/* The store and its log; the shared memory is gone. Returns how many sectors were lost. */
static inline int power_fail(const char *from, const char *to, GRand *rand)
{
    g_autofree char *log = g_strconcat(from, "-wal", NULL), *to_log = g_strconcat(to, "-wal", NULL);
    return power_fail_file(from, to, rand) + power_fail_file(log, to_log, rand);
}
