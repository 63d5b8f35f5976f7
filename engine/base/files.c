#include "base/files.h"

#include "base/console.h"
#include "base/interrupt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OURS 0600
#define WORK 0644

static bool fail(GError **error, const char *path, int cause)
{
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(cause), "%s: %s", path, g_strerror(cause));
    return false;
}

static const char to_read[] = "name a file";
static const char to_write[] = "remove it, or name another place";

/* Says what it is when it is not a file, and what helps. */
static bool is_regular(mode_t mode, const char *path, const char *remedy, GError **error)
{
    const char *what = S_ISDIR(mode)    ? "a folder"
                       : S_ISFIFO(mode) ? "a pipe"
                       : S_ISSOCK(mode) ? "a socket"
                                        : "a device";
    if (S_ISREG(mode))
        return true;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is %s, not a file; %s", path, what, remedy);
    return false;
}

/* The descriptor that a path like /dev/fd/3 means; -1: it is a file's. */
static int given_descriptor(const char *path)
{
    static const char *const names[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    guint64 fd = 0;
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        if (strcmp(path, names[i]) == 0)
            return i;
    return g_str_has_prefix(path, "/dev/fd/") && g_ascii_string_to_unsigned(path + 8, 10, 0, G_MAXINT, &fd, NULL)
               ? (int)fd
               : -1;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* O_NONBLOCK: opening a pipe must not wait for its other end. A socket cannot be opened at all (ENXIO). */
int files_open(const char *path, GError **error)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENXIO)
        is_regular(S_IFSOCK, path, to_read, error);
    else if (fd < 0)
        fail(error, path, errno);
    if (fd < 0)
        return -1;
    const bool known = fstat(fd, &st) == 0 || fail(error, path, errno);
    if (known && is_regular(st.st_mode, path, to_read, error))
        return fd;
    close(fd);
    return -1;
}

/* Reads until the end or until `max` + 1 bytes are there. -1: failed. A pipe has no places: it is read as it comes. */
static ssize_t read_all(int fd, bool pipe, GByteArray *bytes, size_t max)
{
    guint8 part[64 * 1024];
    while (bytes->len <= max) {
        const size_t most = MIN(sizeof part, max + 1 - bytes->len);
        const ssize_t n = pipe ? read(fd, part, most) : pread(fd, part, most, (off_t)bytes->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n;
        g_byte_array_append(bytes, part, (guint)n);
    }
    return 0;
}

static char *read_text(int fd, bool pipe, const char *name, size_t max, size_t *len, GError **error)
{
    GByteArray *bytes = g_byte_array_new();
    assert(max < G_MAXUINT32);
    bool good = read_all(fd, pipe, bytes, max) == 0 || fail(error, name, errno);
    if (good && bytes->len > max) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOMEM, "%s is larger than %zu bytes", name, max);
        good = false;
    }
    if (len)
        *len = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(bytes, !good);
}

char *files_read_fd(int fd, const char *name, size_t max, size_t *len, GError **error)
{
    return read_text(fd, false, name, max, len, error);
}

char *files_read(const char *path, size_t max, size_t *len, GError **error)
{
    const int given = given_descriptor(path);
    const int fd = given < 0 ? files_open(path, error) : -1;
    if (given >= 0)
        return read_text(given, true, path, max, len, error);
    if (fd < 0)
        return NULL;
    char *text = files_read_fd(fd, path, max, len, error);
    close(fd);
    return text;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

bool files_write(int fd, const void *bytes, size_t n)
{
    const char *text = bytes;
    while (n > 0) {
        const ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        text += done;
        n -= (size_t)done;
    }
    return true;
}

/* The rename is lost with the power unless the folder is flushed, too. Some file systems cannot; then that is that. */
static void flush_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static bool rename_into_place(const char *path, const char *text, size_t n, bool durable, mode_t mode)
{
    g_autofree char *fresh = g_strconcat(path, ".XXXXXX", NULL);
    const int fd = g_mkstemp_full(fresh, O_WRONLY | O_CLOEXEC, OURS);
    if (fd < 0)
        return false;
    const bool written = fchmod(fd, mode) == 0 && files_write(fd, text, n) && (!durable || fsync(fd) == 0);
    int cause = errno;
    close(fd);
    if (written && rename(fresh, path) == 0) {
        if (durable)
            flush_folder(path);
        return true;
    }
    cause = written ? errno : cause;
    g_unlink(fresh);
    errno = cause;
    return false;
}

/* A signal that ends the program waits until the file is in its place, and nothing is left beside it. */
static bool write_beside(const char *path, const char *text, size_t n, bool durable, mode_t mode)
{
    interrupt_hold();
    const bool written = rename_into_place(path, text, n, durable, mode);
    const int cause = errno;
    interrupt_release();
    errno = cause;
    return written;
}

/* What the kernel has open there; the path itself, where that has no name. The caller frees it. */
static char *path_of(int fd, const char *path)
{
    g_autofree char *name = g_strdup_printf("/proc/self/fd/%d", fd);
    struct stat st;
    char *real = fstat(fd, &st) == 0 && st.st_nlink > 0 ? g_file_read_link(name, NULL) : NULL;
    if (real && g_path_is_absolute(real)) /* and not "pipe:[4711]" */
        return real;
    g_free(real);
    return g_strdup(path);
}

static bool fail_on_link(GError **error, const char *path)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ACCES,
                "%s is a link that another user has made, and is not followed; %s", path, to_write);
    return false;
}

/* A link that leads to nothing yet: only one of ours, or root's. Nothing has this name: the path itself. */
static char *target_to_be(const char *path, GError **error)
{
    char text[PATH_MAX];
    struct stat st;
    const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return g_strdup(path); /* whoever makes the file says what is wrong with the folder */
    const bool found = fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
    const ssize_t n = found ? readlinkat(fd, "", text, sizeof text - 1) : -1;
    close(fd);
    if (found && st.st_uid != geteuid() && st.st_uid != 0) {
        fail_on_link(error, path);
        return NULL;
    }
    if (n < 0)
        return g_strdup(path);
    text[n] = '\0';
    g_autofree char *folder = g_path_get_dirname(path);
    return g_path_is_absolute(text) ? g_strdup(text) : g_build_filename(folder, text, NULL);
}

/*
 * Where a file comes to lie that is written through links, whose target may not be there yet. The caller frees it. The
 * kernel follows them, not we: in a folder like /tmp it does not follow another user's (fs.protected_symlinks), who could
 * name any file of ours there. NULL with *error: so it is, or a file that is there can't be read: nobody knows what it holds, so it
 * stays as it is.
 */
static char *target_of(const char *path, GError **error)
{
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return target_to_be(path, error);
    if (fd < 0) {
        const int cause = errno;
        if (cause == EACCES && g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            fail_on_link(error, path);
        else
            fail(error, path, cause);
        return NULL;
    }
    char *real = path_of(fd, path);
    if (faccessat(AT_FDCWD, real, R_OK, AT_EACCESS) != 0 && errno == EACCES) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ACCES, "%s is there and can't be read, so it stays as it is; %s",
                    path, to_write);
        g_clear_pointer(&real, g_free);
    }
    close(fd);
    return real;
}

bool files_make_folder_of(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return true;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "can't create %s: %s", folder,
                g_strerror(errno));
    return false;
}

/* Is it a file, or nothing yet? */
static bool is_place(const char *target, const char *path, GError **error)
{
    struct stat st;
    return stat(target, &st) != 0 || is_regular(st.st_mode, path, to_write, error);
}

bool files_may_replace(const char *path, GError **error)
{
    if (given_descriptor(path) >= 0)
        return true;
    g_autofree char *target = target_of(path, error);
    return target && is_place(target, path, error);
}

/* O_NONBLOCK: opening a pipe must not wait for a reader. Without one, it cannot be opened at all (ENXIO). */
int files_create(const char *path, GError **error)
{
    const int given = given_descriptor(path);
    if (given < 0 && !files_may_replace(path, error))
        return -1;
    const int fd = given >= 0 ? fcntl(given, F_DUPFD_CLOEXEC, 0)
                              : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, OURS);
    struct stat st;
    if (fd < 0) {
        fail(error, path, errno);
        return -1;
    }
    bool good = fstat(fd, &st) == 0 || fail(error, path, errno);
    if (good && given < 0)
        good = is_regular(st.st_mode, path, to_write, error) &&
               ((fchmod(fd, OURS) == 0 && ftruncate(fd, 0) == 0) || fail(error, path, errno));
    if (good)
        return fd;
    close(fd);
    return -1;
}

bool files_replace(const char *path, const char *text, gssize len, bool durable, GError **error)
{
    const size_t n = len < 0 ? strlen(text) : (size_t)len;
    const int given = given_descriptor(path);
    if (given >= 0)
        return (console_flush() && files_write(given, text, n)) || fail(error, path, errno);
    g_autofree char *target = target_of(path, error);
    bool good = target && is_place(target, path, error);
    if (good && !write_beside(target, text, n, durable, OURS))
        good = fail(error, path, errno);
    return good;
}

bool files_replace_work(const char *path, const char *text, gssize len, GError **error)
{
    g_autofree char *target = target_of(path, error);
    struct stat st;
    if (!target || !is_place(target, path, error))
        return false;
    const mode_t mode = stat(target, &st) == 0 ? st.st_mode & 0777 : WORK;
    return write_beside(target, text, len < 0 ? strlen(text) : (size_t)len, true, mode) || fail(error, path, errno);
}
