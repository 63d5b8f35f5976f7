#include "telemetry/store/store_vfs.h"

#include "telemetry/store/store_handle.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 48

/* SQLite's own private files. It makes their names, and they hold nothing that was there before. */
#define TEMPORARY (SQLITE_OPEN_TEMP_DB | SQLITE_OPEN_TEMP_JOURNAL | SQLITE_OPEN_TRANSIENT_DB | SQLITE_OPEN_SUBJOURNAL)

struct store_vfs {
    sqlite3_vfs vfs; /* SQLite gets a pointer to this */
    sqlite3_vfs *base;
    enum store_vfs_access access;
    char name[NAME_BYTES];
    char *path, *journal, *wal; /* as SQLite spells them: absolute, links followed */
};

static struct store_vfs *of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static bool is_name(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static int read_only(int flags)
{
    return (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE)) | SQLITE_OPEN_READONLY;
}

/* The flags with which a file may be opened; 0: not at all. */
static int permitted_flags(const struct store_vfs *v, const char *name, int flags)
{
    if (flags & TEMPORARY)
        return flags;
    if ((flags & SQLITE_OPEN_MAIN_DB) && is_name(name, v->path))
        return v->access == STORE_VFS_WRITE ? flags : read_only(flags);
    if ((flags & SQLITE_OPEN_WAL) && is_name(name, v->wal))
        return v->access == STORE_VFS_WRITE || v->access == STORE_VFS_FOLLOW ? flags : read_only(flags);
    if ((flags & SQLITE_OPEN_MAIN_JOURNAL) && is_name(name, v->journal) && v->access == STORE_VFS_WRITE)
        return flags;
    return 0;
}

static int guard_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    const struct store_vfs *v = of(vfs);
    const int permitted = permitted_flags(v, name, flags);
    file->pMethods = NULL;
    return permitted ? v->base->xOpen(v->base, name, file, permitted, out) : SQLITE_CANTOPEN;
}

static int guard_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    const struct store_vfs *v = of(vfs);
    if (v->access == STORE_VFS_WRITE && (is_name(name, v->journal) || is_name(name, v->wal)))
        return v->base->xDelete(v->base, name, sync);
    return SQLITE_IOERR_DELETE;
}

static int guard_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    const struct store_vfs *v = of(vfs);
    if (v->access == STORE_VFS_WRITE || !is_name(name, v->journal))
        return v->base->xAccess(v->base, name, flags, out);
    *out = 0;
    return SQLITE_OK;
}

static int guard_full_pathname(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    return of(vfs)->base->xFullPathname(of(vfs)->base, name, n, out);
}

static int guard_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    return of(vfs)->base->xRandomness(of(vfs)->base, n, out);
}

static int guard_sleep(sqlite3_vfs *vfs, int us)
{
    return of(vfs)->base->xSleep(of(vfs)->base, us);
}

static int guard_current_time(sqlite3_vfs *vfs, double *out)
{
    return of(vfs)->base->xCurrentTime(of(vfs)->base, out);
}

static int guard_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    return of(vfs)->base->xGetLastError ? of(vfs)->base->xGetLastError(of(vfs)->base, n, out) : 0;
}

static void fill_methods(struct store_vfs *v)
{
    v->vfs = (sqlite3_vfs){.iVersion = 1,
                           .szOsFile = v->base->szOsFile,
                           .mxPathname = v->base->mxPathname,
                           .zName = v->name,
                           .pAppData = v,
                           .xOpen = guard_open,
                           .xDelete = guard_delete,
                           .xAccess = guard_access,
                           .xFullPathname = guard_full_pathname,
                           .xRandomness = guard_randomness,
                           .xSleep = guard_sleep,
                           .xCurrentTime = guard_current_time,
                           .xGetLastError = guard_last_error};
}

/* NULL where the base VFS does not know the path. */
static char *full_path(sqlite3_vfs *base, const char *path)
{
    g_autofree char *out = g_malloc0((gsize)base->mxPathname + 1);
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    const int rc = base->xFullPathname(base, absolute, base->mxPathname + 1, out);
    return (rc & 0xff) == SQLITE_OK ? g_steal_pointer(&out) : g_steal_pointer(&absolute);
}

struct store_vfs *store_vfs_new(const char *path, enum store_vfs_access access, const char *base, GError **error)
{
    sqlite3_vfs *found = sqlite3_vfs_find(base ? base : access == STORE_VFS_PRIVATE ? "unix-none" : NULL);
    if (!found) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN, "%s: SQLite has no file system '%s'", path,
                    base ? base : "unix-none");
        return NULL;
    }
    struct store_vfs *v = g_new0(struct store_vfs, 1);
    v->base = found;
    v->access = access;
    v->path = full_path(found, path);
    v->journal = g_strconcat(v->path, "-journal", NULL);
    v->wal = g_strconcat(v->path, "-wal", NULL);
    snprintf(v->name, sizeof v->name, "frumious-%p", (void *)v);
    fill_methods(v);
    const int rc = sqlite3_vfs_register(&v->vfs, 0);
    assert(rc == SQLITE_OK);
    (void)rc;
    return v;
}

void store_vfs_free(struct store_vfs *v)
{
    if (!v)
        return;
    sqlite3_vfs_unregister(&v->vfs);
    g_free(v->path);
    g_free(v->journal);
    g_free(v->wal);
    g_free(v);
}

const char *store_vfs_name(const struct store_vfs *v)
{
    return v->name;
}
