#include "telemetry/store/store_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A database's first bytes, as SQLite's file format lays them out. */
#define HEADER_BYTES   100
#define HEADER_VERSION 60
#define HEADER_APP_ID  68

#define ASIDE ".damaged-"

static const char *const suffixes[] = {"", "-wal", "-shm"};

char *store_default_path(void)
{
    return g_build_filename(g_get_user_data_dir(), "frumious", "telemetry.sqlite", NULL);
}

static bool is_default_path(const char *path)
{
    g_autofree char *standard = store_default_path();
    return strcmp(path, standard) == 0;
}

const char *store_file_option(const char *path)
{
    g_autofree char *standard = store_default_path();
    return g_str_has_prefix(standard, path) ? " with --store" : "";
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/*
 * Our application_id stands in the file from its first transaction on, which is made before WAL is switched on. What
 * does not begin like a database at all is foreign, unless it lies where only we put files, or is all zeros.
 */
static enum store_file_state judge_header(const char *path, const uint8_t *header, ssize_t n)
{
    static const uint8_t zeros[HEADER_BYTES];
    assert(n >= 0 && n <= HEADER_BYTES);
    if (n == 0)
        return STORE_FILE_EMPTY;
    if (n == HEADER_BYTES && memcmp(header, "SQLite format 3", 16) == 0) {
        if (big_endian(header + HEADER_APP_ID) != STORE_APPLICATION_ID)
            return STORE_FILE_FOREIGN;
        return big_endian(header + HEADER_VERSION) > STORE_VERSION ? STORE_FILE_NEWER : STORE_FILE_OURS;
    }
    if (is_default_path(path) || memcmp(header, zeros, (size_t)n) == 0)
        return STORE_FILE_DAMAGED;
    return STORE_FILE_FOREIGN;
}

static bool fail_on_path(const char *path, const char *what, int err, GError **error)
{
    const char *limit = store_advice_on_limit(err);
    g_autofree char *usual =
        g_strdup_printf(" Make it readable and writable for you, or name another file%s.", store_file_option(path));
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN, "%s: %s: %s.%s", path, what, g_strerror(err),
                limit ? limit : usual);
    return false;
}

static bool fail_not_a_file(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s: is a folder or a device, not a file. Name another file%s.", path, store_file_option(path));
    return false;
}

bool store_file_make_folder(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return true;
    return fail_on_path(folder, "the folder cannot be made", errno, error);
}

/* ---- whose it is ------------------------------------------------------------------------------------------------- */

char *store_file_resolve(const char *path)
{
    char *real = realpath(path, NULL);
    char *out = g_strdup(real ? real : path);
    free(real);
    return out;
}

/* A file that is not there is nobody else's. */
static bool is_own_companion(const char *path, const char *suffix)
{
    g_autofree char *file = g_strconcat(path, suffix, NULL);
    struct stat st;
    if (lstat(file, &st) != 0)
        return errno == ENOENT;
    return S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1;
}

/* The first file that is somebody else's, as a suffix; NULL: there is none. */
static const char *strange_suffix(const char *path)
{
    static const char *const beside[] = {"-wal", "-shm", "-journal"};
    struct stat st;
    if (stat(path, &st) == 0 && st.st_uid != geteuid())
        return "";
    for (size_t i = 0; i < G_N_ELEMENTS(beside); i++)
        if (!is_own_companion(path, beside[i]))
            return beside[i];
    return NULL;
}

bool store_file_is_own(const char *path)
{
    return !strange_suffix(path);
}

bool store_file_refuse_stranger(const char *path, GError **error)
{
    g_autofree char *real = store_file_resolve(path);
    const char *suffix = strange_suffix(real);
    if (!suffix)
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_STRANGE,
                *suffix
                    ? "%s%s: is not a plain file of yours, so nothing is written into the store. Delete it, or copy "
                      "the store alone into a folder of your own."
                    : "%s%s: belongs to another user, so nothing is written into it. Copy it into a folder of your "
                      "own; --trust-store writes into it all the same.",
                path, suffix);
    return false;
}

/* A rollback journal begins with it, and ends with it if it names another journal, as SQLite's pager writes them. */
static const uint8_t journal_magic[] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

/* Whether the magic stands at the beginning of the journal, or at its end. */
static bool journal_has_magic(const char *path, bool at_end)
{
    g_autofree char *file = g_strconcat(path, "-journal", NULL);
    uint8_t bytes[sizeof journal_magic];
    struct stat st;
    const int fd = g_open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0);
    if (fd < 0)
        return false;
    const bool found =
        fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof bytes &&
        pread(fd, bytes, sizeof bytes, at_end ? st.st_size - (off_t)sizeof bytes : 0) == (ssize_t)sizeof bytes &&
        memcmp(bytes, journal_magic, sizeof bytes) == 0;
    close(fd);
    return found;
}

bool store_file_has_hot_journal(const char *path)
{
    return journal_has_magic(path, false);
}

bool store_file_refuse_super_journal(const char *path, GError **error)
{
    g_autofree char *real = store_file_resolve(path);
    struct stat st;
    g_autofree char *journal = g_strconcat(real, "-journal", NULL);
    if (g_stat(journal, &st) != 0 || st.st_size <= (off_t)sizeof journal_magic || !journal_has_magic(real, true))
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_STRANGE,
                "%s: names another file that is to be deleted, as no journal of this program does. Nothing was deleted "
                "or written. Move it away.",
                journal);
    return false;
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

/* The file is made here and not by SQLite, so that it is private from its first moment; -wal and -shm take its mode. */
static bool make_file(const char *path, GError **error)
{
    const int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_CREAT | O_EXCL, 0600);
    if (fd < 0 && errno != EEXIST)
        return fail_on_path(path, "cannot be opened", errno, error);
    if (fd >= 0)
        close(fd);
    return true;
}

/* *n: how many bytes there are, up to HEADER_BYTES; -1: they cannot be read. SQLite's own opening follows no link. */
static void read_header(const char *path, uint8_t header[HEADER_BYTES], ssize_t *n)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_file *file = g_malloc0((gsize)vfs->szOsFile);
    g_autofree char *real = store_file_resolve(path), *absolute = g_canonicalize_filename(real, NULL);
    sqlite3_int64 size = 0;
    *n = -1;
    errno = 0;
    if (vfs->xOpen(vfs, absolute, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL) == SQLITE_OK &&
        file->pMethods->xFileSize(file, &size) == SQLITE_OK) {
        const int bytes = (int)MIN(size, HEADER_BYTES);
        if (bytes == 0 || file->pMethods->xRead(file, header, bytes, 0) == SQLITE_OK)
            *n = bytes;
    }
    const int problem = errno;
    if (file->pMethods)
        file->pMethods->xClose(file);
    g_free(file);
    errno = problem ? problem : EIO;
}

static bool fail_not_found(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: there is no such file; nothing was recorded there yet",
                path);
    return false;
}

bool store_file_inspect(const char *path, bool may_create, enum store_file_state *state, GError **error)
{
    struct stat st;
    uint8_t header[HEADER_BYTES];
    ssize_t n = 0;
    if (stat(path, &st) != 0 && errno == ENOENT) {
        if (!may_create)
            return fail_not_found(path, error);
        if (!make_file(path, error))
            return false;
    }
    if (stat(path, &st) != 0)
        return fail_on_path(path, "cannot be opened", errno, error);
    if (!S_ISREG(st.st_mode))
        return fail_not_a_file(path, error);
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0)
        return fail_on_path(path, "cannot be opened", errno, error);
    read_header(path, header, &n);
    if (n < 0)
        return fail_on_path(path, "cannot be read", errno, error);
    *state = judge_header(path, header, n);
    return true;
}

void store_file_make_private(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        struct stat st;
        if (g_stat(file, &st) == 0 && (st.st_mode & 077) != 0)
            (void)g_chmod(file, 0600);
    }
}

char *store_file_set_aside(const char *path, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    g_autofree char *aside = g_strdup_printf("%s" ASIDE "%s", path, stamp);
    for (int i = 2; g_file_test(aside, G_FILE_TEST_EXISTS); i++) {
        g_free(aside);
        aside = g_strdup_printf("%s" ASIDE "%s-%d", path, stamp, i);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *from = g_strconcat(path, suffixes[i], NULL);
        g_autofree char *to = g_strconcat(aside, suffixes[i], NULL);
        if (g_rename(from, to) != 0 && i == 0) {
            fail_on_path(path, "is damaged and cannot be set aside", errno, error);
            return NULL;
        }
    }
    return g_steal_pointer(&aside);
}

GPtrArray *store_file_list_aside(const char *path)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    g_autofree char *start = g_strconcat(name, ASIDE, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *file; dir && (file = g_dir_read_name(dir));)
        if (g_str_has_prefix(file, start))
            g_ptr_array_add(files, g_build_filename(folder, file, NULL));
    return files;
}
