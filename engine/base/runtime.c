#include "base/runtime.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NAME        "frumious"
#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6
#define FOLDER      (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Looks at the folder that is open, not at what its path leads to by now. */
static int open_ours(int at, const char *name)
{
    struct stat st;
    const int fd = openat(at, name, FOLDER);
    if (fd < 0 || (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) == 0700))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* Whatever the umask says. */
static int make_ours(int at, const char *name)
{
    int fd = open_ours(at, name);
    if (fd >= 0 || errno != ENOENT || mkdirat(at, name, 0700) != 0)
        return fd;
    (void)fchmodat(at, name, 0700, 0);
    return open_ours(at, name);
}

static bool lies_in_memory(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 &&
           ((unsigned long)fs.f_type == TMPFS_MAGIC || (unsigned long)fs.f_type == RAMFS_MAGIC);
}

/* $XDG_RUNTIME_DIR, open; -1: there is none that we may trust. */
static int open_session(const char **path)
{
    *path = g_getenv("XDG_RUNTIME_DIR");
    const int fd = *path && g_path_is_absolute(*path) ? open_ours(AT_FDCWD, *path) : -1;
    if (fd < 0 || lies_in_memory(fd))
        return fd;
    close(fd);
    return -1;
}

static char *shared_name(void)
{
    return g_strdup_printf(NAME "-%u", (unsigned)geteuid());
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *runtime_shared_names(const char *prefix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(RUNTIME_SHARED, 0, NULL);
    const int at = open(RUNTIME_SHARED, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *name;
    struct stat st;
    for (int i = 0; folder && i < RUNTIME_NAMES_MAX && (name = g_dir_read_name(folder)); i++)
        if (g_str_has_prefix(name, prefix) && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_uid == geteuid())
            g_ptr_array_add(names, g_strdup(name));
    if (at >= 0)
        close(at);
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* Names in the folder that everybody may write to which can be our folder's, in their order. */
static GPtrArray *list_shared(void)
{
    g_autofree char *plain = shared_name();
    GPtrArray *names = runtime_shared_names(plain);
    for (guint i = 0; i < names->len;) {
        const char end = ((const char *)names->pdata[i])[strlen(plain)];
        if (end == '\0' || end == '-') /* not another user's, whose number goes on */
            i++;
        else
            g_ptr_array_remove_index(names, i);
    }
    return names;
}

/* Another user has taken the plain name: one that was made before, or a new one that nobody can guess. */
static int open_hidden(int at, char **name)
{
    g_autoptr(GPtrArray) names = list_shared();
    for (guint i = 0; i < names->len; i++) {
        const int fd = open_ours(at, names->pdata[i]);
        *name = fd >= 0 ? g_strdup(names->pdata[i]) : NULL;
        if (fd >= 0)
            return fd;
    }
    g_autofree char *plain = shared_name(), *id = g_uuid_string_random();
    *name = g_strconcat(plain, "-", id, NULL);
    return make_ours(at, *name);
}

static int open_shared(char **path)
{
    const int at = open(RUNTIME_SHARED, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return -1;
    char *name = shared_name();
    int fd = make_ours(at, name);
    if (fd < 0) {
        g_free(name);
        fd = open_hidden(at, &name);
    }
    close(at);
    if (fd >= 0)
        *path = g_build_filename(RUNTIME_SHARED, name, NULL);
    g_free(name);
    return fd;
}

int runtime_open(char **path)
{
    const char *session;
    g_autofree char *found = NULL;
    const int at = open_session(&session);
    int fd = at >= 0 ? make_ours(at, NAME) : -1;
    if (at >= 0)
        close(at);
    if (fd >= 0)
        found = g_build_filename(session, NAME, NULL);
    else
        fd = open_shared(&found);
    if (path)
        *path = g_steal_pointer(&found);
    return fd;
}

int runtime_open_folder(const char *path)
{
    return open_ours(AT_FDCWD, path);
}

static void add_if_ours(GPtrArray *paths, char *path)
{
    const int fd = runtime_open_folder(path);
    if (fd >= 0)
        close(fd);
    if (fd >= 0)
        g_ptr_array_add(paths, path);
    else
        g_free(path);
}

GPtrArray *runtime_folders(void)
{
    const char *session;
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) shared = list_shared();
    const int at = open_session(&session);
    if (at >= 0) {
        close(at);
        add_if_ours(paths, g_build_filename(session, NAME, NULL));
    }
    for (guint i = 0; i < shared->len; i++)
        add_if_ours(paths, g_build_filename(RUNTIME_SHARED, shared->pdata[i], NULL));
    return paths;
}

gboolean runtime_is_ours(const struct stat *st, size_t max)
{
    return S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 0777) == 0600 && st->st_nlink == 1 &&
           st->st_size >= 0 && (uint64_t)st->st_size <= max;
}
