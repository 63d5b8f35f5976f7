/*
 * fault_vfs: a SQLite VFS that hands everything on to the system's, and fails where it is told to.
 *
 * Call fault_register() once, then fault_arm() before each trial. Operations of one class are counted from 1; the fault
 * strikes at the n-th, once, or from there on until fault_disarm(). fault_landed() says how often it struck: a test
 * that does not look has tested nothing. Counters are atomic, so that the fault can strike in the writer's thread.
 */
#pragma once

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULT_VFS "frumious-faults"

enum fault_class {
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_DELETE,
    FAULT_LOCK,
    FAULT_SHM,
    FAULT_CLASSES
};

struct fault_plan {
    _Atomic int fault_class; /* -1: none */
    _Atomic int rc;          /* what SQLite is told */
    _Atomic int at;          /* the n-th operation */
    _Atomic bool sticky;     /* and all after it */
    _Atomic bool torn;       /* a failing write writes its first half */
    _Atomic int count, landed;
};

/* While it is set, every write waits: a disk that has stopped. */
static _Atomic bool fault_gate_;
static _Atomic int fault_waiting_;

static struct fault_plan fault_plan_ = {.fault_class = -1};
static sqlite3_vfs *fault_system_;

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* lies behind this struct */
};

static inline sqlite3_file *fault_real(sqlite3_file *f)
{
    return ((struct fault_file *)f)->real;
}

static inline bool fault_hits(enum fault_class c)
{
    if (atomic_load(&fault_plan_.fault_class) != (int)c)
        return false;
    const int n = atomic_fetch_add(&fault_plan_.count, 1) + 1;
    const int at = atomic_load(&fault_plan_.at);
    if (n != at && !(n > at && atomic_load(&fault_plan_.sticky)))
        return false;
    atomic_fetch_add(&fault_plan_.landed, 1);
    return true;
}

static inline void fault_disarm(void)
{
    atomic_store(&fault_plan_.fault_class, -1);
}

static inline void fault_arm(enum fault_class c, int rc, int at, bool sticky)
{
    fault_disarm();
    atomic_store(&fault_plan_.rc, rc);
    atomic_store(&fault_plan_.at, at);
    atomic_store(&fault_plan_.sticky, sticky);
    atomic_store(&fault_plan_.count, 0);
    atomic_store(&fault_plan_.landed, 0);
    atomic_store(&fault_plan_.fault_class, (int)c);
}

static inline int fault_landed(void)
{
    return atomic_load(&fault_plan_.landed);
}

static inline int fault_rc(void)
{
    return atomic_load(&fault_plan_.rc);
}

#define FAULT_OR(c, call) (fault_hits(c) ? fault_rc() : (call))
#define FAULT_REAL(f)     (fault_real(f)->pMethods)

static int fault_close(sqlite3_file *f)
{
    return fault_real(f)->pMethods ? FAULT_REAL(f)->xClose(fault_real(f)) : SQLITE_OK;
}

static int fault_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return FAULT_OR(FAULT_READ, FAULT_REAL(f)->xRead(fault_real(f), p, n, at));
}

static int fault_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    for (atomic_fetch_add(&fault_waiting_, 1); atomic_load(&fault_gate_);)
        usleep(1000);
    atomic_fetch_sub(&fault_waiting_, 1);
    if (!fault_hits(FAULT_WRITE))
        return FAULT_REAL(f)->xWrite(fault_real(f), p, n, at);
    if (atomic_load(&fault_plan_.torn))
        (void)FAULT_REAL(f)->xWrite(fault_real(f), p, n / 2, at);
    return fault_rc();
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return FAULT_OR(FAULT_TRUNCATE, FAULT_REAL(f)->xTruncate(fault_real(f), n));
}

static int fault_sync(sqlite3_file *f, int flags)
{
    (void)f;
    (void)flags;
    return FAULT_OR(FAULT_SYNC, SQLITE_OK); /* flushing would only make the tests slow */
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return FAULT_REAL(f)->xFileSize(fault_real(f), n);
}

static int fault_lock(sqlite3_file *f, int level)
{
    return FAULT_OR(FAULT_LOCK, FAULT_REAL(f)->xLock(fault_real(f), level));
}

static int fault_unlock(sqlite3_file *f, int level)
{
    return FAULT_REAL(f)->xUnlock(fault_real(f), level);
}

static int fault_reserved(sqlite3_file *f, int *out)
{
    return FAULT_REAL(f)->xCheckReservedLock(fault_real(f), out);
}

static int fault_control(sqlite3_file *f, int op, void *arg)
{
    return FAULT_REAL(f)->xFileControl(fault_real(f), op, arg);
}

static int fault_sector(sqlite3_file *f)
{
    return FAULT_REAL(f)->xSectorSize(fault_real(f));
}

static int fault_device(sqlite3_file *f)
{
    return FAULT_REAL(f)->xDeviceCharacteristics(fault_real(f));
}

static int fault_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
    return FAULT_OR(FAULT_SHM, FAULT_REAL(f)->xShmMap(fault_real(f), page, size, extend, p));
}

static int fault_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return FAULT_REAL(f)->xShmLock(fault_real(f), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
    FAULT_REAL(f)->xShmBarrier(fault_real(f));
}

static int fault_shm_unmap(sqlite3_file *f, int delete_it)
{
    return FAULT_REAL(f)->xShmUnmap(fault_real(f), delete_it);
}

static const sqlite3_io_methods fault_methods_ = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    (void)vfs;
    struct fault_file *ours = (struct fault_file *)f;
    ours->base.pMethods = NULL;
    ours->real = (sqlite3_file *)(void *)(ours + 1);
    if (fault_hits(FAULT_OPEN))
        return fault_rc();
    const int rc = fault_system_->xOpen(fault_system_, name, ours->real, flags, out_flags);
    if (rc == SQLITE_OK)
        ours->base.pMethods = &fault_methods_;
    return rc;
}

/* Without flushing the folder, which would only make the tests slow, too. */
static int fault_delete(sqlite3_vfs *vfs, const char *name, int flush_folder)
{
    (void)vfs;
    (void)flush_folder;
    return FAULT_OR(FAULT_DELETE, fault_system_->xDelete(fault_system_, name, 0));
}

static inline void fault_register(void)
{
    static sqlite3_vfs vfs;
    fault_system_ = sqlite3_vfs_find(NULL);
    vfs = *fault_system_;
    vfs.zName = FAULT_VFS;
    vfs.szOsFile = (int)sizeof(struct fault_file) + fault_system_->szOsFile;
    vfs.xOpen = fault_open;
    vfs.xDelete = fault_delete;
    vfs.pNext = NULL;
    sqlite3_vfs_register(&vfs, 0);
}
