#include "base/beneath.h"

#include "base/packed_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/openat2.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK       "/./"
#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) /* O_NONBLOCK: opening a pipe must not wait */
#define DIR_FLAGS  (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define TRIES      16 /* openat2() gives up when a folder on the way is renamed at that moment */

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static char *without_marks(const char *path)
{
    GString *plain = g_string_new(path);
    for (const char *mark; (mark = strstr(plain->str, MARK));)
        g_string_erase(plain, mark - plain->str, (gssize)strlen(MARK) - 1);
    return g_string_free(plain, FALSE);
}

/* The first mark counts: what a story says stands behind it, and may contain more. */
char *beneath_path(const char *folder, const char *path)
{
    g_autofree char *plain = without_marks(folder);
    char *marked = g_strconcat(plain, MARK, path, NULL);
    assert(strstr(marked, MARK));
    return marked;
}

char *beneath_name(const char *path)
{
    return without_marks(path);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static int open_held_back(int root, const char *path)
{
    const struct open_how how = {.flags = FILE_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd = -1;
    for (int i = 0; i < TRIES; i++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return (int)fd;
}

/* Where all links lead, relative to the folder; the caller frees it. NULL and errno: nowhere, or out of the folder. */
static char *resolve_links(const char *folder, const char *path)
{
    g_autofree char *full = g_build_filename(folder, path, NULL);
    char *root = realpath(folder, NULL), *real = root ? realpath(full, NULL) : NULL, *rest = NULL;
    const size_t n = root && strcmp(root, "/") != 0 ? strlen(root) : 0;
    if (real && strncmp(real, root, n) == 0 && real[n] == '/')
        rest = g_strdup(real + n + 1);
    else if (real)
        errno = EXDEV;
    free(root);
    free(real);
    return rest;
}

/* Follows no link. Takes over `root`. */
static int open_step_by_step(int root, char *path)
{
    int at = root;
    for (char *part = path, *slash; at >= 0; part = slash + 1) {
        slash = strchr(part, '/');
        if (slash)
            *slash = '\0';
        const int next = openat(at, part, (slash ? DIR_FLAGS : FILE_FLAGS) | O_NOFOLLOW);
        const int error = errno;
        close(at);
        errno = error;
        at = next;
        if (!slash)
            break;
    }
    return at;
}

static int open_resolved(const char *folder, const char *path)
{
    g_autofree char *rest = resolve_links(folder, path);
    return rest ? open_step_by_step(open(folder, DIR_FLAGS), rest) : -1;
}

/* The kernel refused the way, or does not know the call (a sandbox may say that it is not permitted). */
static bool may_try_otherwise(int error)
{
    return error == EXDEV || error == ENOSYS || error == EPERM || error == EAGAIN;
}

static int open_in_folder(const char *folder, const char *path)
{
    const int root = open(folder, DIR_FLAGS);
    if (root < 0)
        return -1;
    int fd = open_held_back(root, path);
    const int error = errno;
    close(root);
    errno = error;
    if (fd < 0 && may_try_otherwise(error))
        fd = open_resolved(folder, path);
    return fd;
}

/* Takes over the descriptor, which may be -1. */
static bool take(struct beneath_file *f, int fd)
{
    *f = (struct beneath_file){.fd = fd};
    if (fd >= 0 && fstat(fd, &f->stat) == 0)
        return true;
    beneath_close(f);
    return false;
}

static bool open_in_pack(const char *pack, const char *path, struct beneath_file *f)
{
    struct packed_file window;
    if (!take(f, open(pack, FILE_FLAGS)))
        return false;
    const bool is_pack = S_ISREG(f->stat.st_mode);
    if (!is_pack)
        errno = ENOTDIR; /* it is a folder, and what is none stands in the path */
    if (!is_pack || !packed_folder_find(f->fd, path, &window)) {
        beneath_close(f);
        return false;
    }
    f->begin = window.begin;
    f->stat.st_size = window.size;
    return true;
}

bool beneath_open(const char *path, struct beneath_file *f)
{
    const char *mark = strstr(path, MARK);
    if (!mark)
        return take(f, open(path, FILE_FLAGS));
    g_autofree char *folder = mark == path ? g_strdup("/") : g_strndup(path, (gsize)(mark - path));
    path = mark + strlen(MARK);
    return take(f, open_in_folder(folder, path)) || (errno == ENOTDIR && open_in_pack(folder, path, f));
}

void beneath_close(struct beneath_file *f)
{
    const int error = errno;
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    errno = error;
}

/* ---- looking, reading -------------------------------------------------------------------------------------------- */

bool beneath_look(const char *path, struct beneath_file *f)
{
    *f = (struct beneath_file){.fd = -1};
    if (stat(path, &f->stat) == 0)
        return true;
    if (errno != ENOTDIR || !beneath_open(path, f))
        return false;
    beneath_close(f);
    return true;
}

bool beneath_is_file(const char *path)
{
    struct beneath_file f;
    return beneath_look(path, &f) && S_ISREG(f.stat.st_mode);
}

ssize_t beneath_read(const struct beneath_file *f, void *to, size_t n, int64_t at)
{
    assert(f->fd >= 0 && at >= 0 && f->begin >= 0);
    if (f->begin > 0 && at >= f->stat.st_size)
        return 0;
    const size_t most = f->begin > 0 ? (size_t)MIN((int64_t)MIN(n, SSIZE_MAX), f->stat.st_size - at) : n;
    return pread(f->fd, to, most, f->begin + at);
}

bool beneath_is_same(const struct beneath_file *a, const struct beneath_file *b)
{
    return a->stat.st_dev == b->stat.st_dev && a->stat.st_ino == b->stat.st_ino && a->begin == b->begin &&
           a->stat.st_size == b->stat.st_size && a->stat.st_mtim.tv_sec == b->stat.st_mtim.tv_sec &&
           a->stat.st_mtim.tv_nsec == b->stat.st_mtim.tv_nsec;
}

const char *beneath_problem(int error)
{
    return error == EXDEV     ? "leads out of the story's folder"
           : error == EBADMSG ? "the pack around it is not sound; make it anew by `frumious pack`"
                              : g_strerror(error);
}
