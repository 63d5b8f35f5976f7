#include "telemetry/store/store_reading.h"

#include "telemetry/store/store_file.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_reading_mark mark_of(const char *path, const char *suffix)
{
    g_autofree char *file = g_strconcat(path, suffix, NULL);
    struct stat st;
    if (stat(file, &st) != 0)
        return (struct store_reading_mark){0};
    return (struct store_reading_mark){st.st_size, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                                       (int64_t)st.st_ino};
}

static bool is_same_mark(const struct store_reading_mark *a, const struct store_reading_mark *b)
{
    return a->bytes == b->bytes && a->changed_ns == b->changed_ns && a->inode == b->inode;
}

/* A folder of this user's that can be written: SQLite's -wal and -shm can stand in it. */
static bool is_own_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    struct stat st;
    return stat(folder, &st) == 0 && st.st_uid == geteuid() && faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == 0;
}

static bool is_readable(const char *path, const char *suffix)
{
    g_autofree char *file = g_strconcat(path, suffix, NULL);
    struct stat st;
    return lstat(file, &st) == 0 && S_ISREG(st.st_mode) && faccessat(AT_FDCWD, file, R_OK, AT_EACCESS) == 0;
}

static void append_note(struct store_reading *r, char *note)
{
    char *both = r->note ? g_strconcat(r->note, " ", note, NULL) : g_strdup(note);
    g_free(r->note);
    g_free(note);
    r->note = both;
}

static void plan_private(const char *path, struct store_reading *r)
{
    r->access = STORE_VFS_PRIVATE;
    r->immutable = r->log.bytes == 0 || !is_readable(path, "-wal");
    if (r->immutable && r->log.bytes > 0)
        append_note(r, g_strdup_printf("%s-wal cannot be read: what was recorded last is missing here.", path));
}

char *store_reading_stands_still(const char *path)
{
    return g_strdup_printf("%s is read as it is now: what is written into it later does not show.", path);
}

void store_reading_plan(const char *path, bool follow, struct store_reading *r)
{
    g_autofree char *real = store_file_resolve(path);
    *r = (struct store_reading){.database = mark_of(real, ""), .log = mark_of(real, "-wal")};
    const bool own = store_file_is_own(real) && is_own_folder(real);
    if (own && (follow || r->log.inode != 0))
        r->access = follow ? STORE_VFS_FOLLOW : STORE_VFS_SHARE;
    else {
        plan_private(real, r);
        if (follow)
            append_note(r, store_reading_stands_still(path));
    }
    if (store_file_has_hot_journal(real))
        append_note(r, g_strdup_printf("%s-journal: a program was stopped while it wrote. What it had half written is "
                                       "not undone here, and may show.",
                                       path));
}

void store_reading_clear(struct store_reading *r)
{
    g_clear_pointer(&r->note, g_free);
}

bool store_reading_was_disturbed(const char *path, const struct store_reading *r)
{
    g_autofree char *real = store_file_resolve(path);
    if (r->access != STORE_VFS_PRIVATE)
        return false;
    const struct store_reading_mark database = mark_of(real, ""), log = mark_of(real, "-wal");
    return !is_same_mark(&database, &r->database) || !is_same_mark(&log, &r->log);
}
