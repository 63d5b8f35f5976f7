#include "story/folder.h"

#include "base/packed_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    char *dir;          /* as given */
    char *real;         /* with all links resolved; NULL if that failed */
    int fd;             /* of the folder, -1: it is not there, or a pack */
    GHashTable *packed; /* of a pack: the names of its files; NULL: it is none, or not sound */
    char *problem;      /* what is wrong with the pack */
    GHashTable *good;   /* folders below it that neither are links nor lie in linked folders */
};

static void read_pack(struct folder *p, const char *path)
{
    g_autoptr(GError) error = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    p->packed = packed_folder_read(fd, &error);
    p->problem = error ? g_strdup(error->message) : NULL;
    if (fd >= 0)
        close(fd);
}

struct folder *folder_new(const char *dir)
{
    struct folder *p = g_new0(struct folder, 1);
    p->dir = g_strdup(dir);
    p->real = realpath(dir, NULL);
    p->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    p->good = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (p->fd < 0 && packed_folder_is(dir))
        read_pack(p, dir);
    return p;
}

void folder_free(struct folder *p)
{
    if (!p)
        return;
    if (p->fd >= 0)
        close(p->fd);
    g_hash_table_destroy(p->good);
    g_clear_pointer(&p->packed, g_hash_table_unref);
    g_free(p->problem);
    free(p->real);
    g_free(p->dir);
    g_free(p);
}

const char *folder_problem(const struct folder *p)
{
    return p->problem;
}

/* The verdict that the text alone allows. */
static enum folder_verdict verdict_of_text(const char *path)
{
    if (path[0] == '/')
        return FOLDER_ABSOLUTE;
    const char *colon = strchr(path, ':');
    if (colon && strncmp(colon, "://", 3) == 0)
        return FOLDER_URL;
    if (g_ascii_isalpha(path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/'))
        return FOLDER_ABSOLUTE;
    for (const char *c = path; *c; c++)
        if (*c == '\\' || (unsigned char)*c < 0x20 || *c == 0x7F)
            return FOLDER_ODD;
    /* FFmpeg would take names such as `concat:a|b` and `data:…` for something other than a file. */
    if (colon && !memchr(path, '/', (size_t)(colon - path)))
        return FOLDER_URL;
    for (const char *c = path; c; c = strchr(c, '/') ? strchr(c, '/') + 1 : NULL)
        if (strncmp(c, "..", 2) == 0 && (c[2] == '/' || c[2] == '\0'))
            return FOLDER_LEAVES;
    return path[0] ? FOLDER_OK : FOLDER_ODD;
}

static enum folder_verdict verdict_of_kind(mode_t mode)
{
    return S_ISREG(mode) ? FOLDER_OK : FOLDER_SPECIAL;
}

/* For a path with links on the way: where do they lead? */
static enum folder_verdict verdict_of_links(struct folder *p, const char *path)
{
    g_autofree char *full = g_build_filename(p->dir, path, NULL);
    char *real = realpath(full, NULL);
    struct stat st;
    if (!real)
        return errno == ENOENT ? FOLDER_MISSING : FOLDER_LINK_LEAVES;
    const size_t n = p->real ? strlen(p->real) : 0;
    enum folder_verdict verdict = FOLDER_LINK_LEAVES;
    if (p->real && strncmp(real, p->real, n) == 0 && (real[n] == '/' || strcmp(p->real, "/") == 0))
        verdict = stat(real, &st) == 0 ? verdict_of_kind(st.st_mode) : FOLDER_MISSING;
    free(real);
    return verdict;
}

/* Is the part of `path` before byte `end` a folder, with no link on the way? If not, *verdict is that of the path. */
static bool is_real_folder(struct folder *p, const char *path, size_t end, enum folder_verdict *verdict)
{
    struct stat st;
    if (end == 0)
        return true;
    g_autofree char *folder = g_strndup(path, end);
    if (g_hash_table_contains(p->good, folder))
        return true;
    const char *slash = strrchr(folder, '/');
    if (slash && !is_real_folder(p, folder, (size_t)(slash - folder), verdict))
        return false;
    if (fstatat(p->fd, folder, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        *verdict = FOLDER_MISSING;
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        *verdict = S_ISLNK(st.st_mode) ? verdict_of_links(p, path) : FOLDER_MISSING;
        return false;
    }
    assert(folder[0] != '/');
    g_hash_table_add(p->good, g_steal_pointer(&folder));
    return true;
}

static bool is_packed(const struct folder *p, const char *path)
{
    g_autofree char *name = packed_folder_name(path);
    return g_hash_table_contains(p->packed, name);
}

enum folder_verdict folder_check_path(struct folder *p, const char *path)
{
    struct stat st;
    enum folder_verdict verdict = verdict_of_text(path);
    if (verdict != FOLDER_OK)
        return verdict;
    if (p->packed)
        return is_packed(p, path) ? FOLDER_OK : FOLDER_MISSING;
    const char *slash = strrchr(path, '/');
    if (slash && !is_real_folder(p, path, (size_t)(slash - path), &verdict))
        return verdict;
    if (fstatat(p->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return FOLDER_MISSING;
    return S_ISLNK(st.st_mode) ? verdict_of_links(p, path) : verdict_of_kind(st.st_mode);
}
