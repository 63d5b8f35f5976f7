#include "telemetry/store/store_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
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
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s: %s: %s. Make it writable, or name another file with --store.", path, what, g_strerror(err));
    return false;
}

static bool fail_not_a_file(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN,
                "%s: is a folder or a device, not a file. Name another file with --store.", path);
    return false;
}

static bool fail_to_open(const char *path, int err, GError **error)
{
    if (err == EISDIR || err == ENXIO)
        return fail_not_a_file(path, error);
    return fail_on_path(path, "cannot be opened", err, error);
}

bool store_file_make_folder(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return true;
    return fail_on_path(folder, "the folder cannot be made", errno, error);
}

/* The file is made here and not by SQLite, so that it is private from its first moment; -wal and -shm take its mode. */
bool store_file_inspect(const char *path, bool may_create, enum store_file_state *state, GError **error)
{
    const int fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (may_create ? O_CREAT : 0), 0600);
    if (fd < 0 && errno == ENOENT && !may_create) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: nothing was recorded yet", path);
        return false;
    }
    if (fd < 0)
        return fail_to_open(path, errno, error);
    struct stat st;
    uint8_t header[HEADER_BYTES];
    const bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    const ssize_t n = is_file ? pread(fd, header, sizeof header, 0) : -1;
    const int err = errno;
    close(fd);
    if (!is_file)
        return fail_not_a_file(path, error);
    if (n < 0)
        return fail_on_path(path, "cannot be read", err, error);
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
