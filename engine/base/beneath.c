#include "base/beneath.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/openat2.h>
#include <stdbool.h>
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

int beneath_open(const char *path)
{
    const char *mark = strstr(path, MARK);
    if (!mark)
        return open(path, FILE_FLAGS);
    g_autofree char *folder = mark == path ? g_strdup("/") : g_strndup(path, (gsize)(mark - path));
    const int root = open(folder, DIR_FLAGS);
    if (root < 0)
        return -1;
    int fd = open_held_back(root, mark + strlen(MARK));
    const int error = errno;
    close(root);
    errno = error;
    if (fd < 0 && may_try_otherwise(error))
        fd = open_resolved(folder, mark + strlen(MARK));
    return fd;
}

const char *beneath_problem(int error)
{
    return error == EXDEV ? "leads out of the story's folder" : g_strerror(error);
}
