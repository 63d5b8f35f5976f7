#include "base/fresh_file.h"

#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* As other programs make what a user works on; the umask takes from it. */
#define SHARED     0666
#define OPEN_FILES "/proc/self/fd"

static bool fail(GError **error, const char *path, int cause)
{
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(cause), "%s: %s%s", path, g_strerror(cause),
                cause == EEXIST ? "; remove it, or name another place" : "");
    return false;
}

bool fresh_file_begin(struct fresh_file *f, const char *path, GError **error)
{
    struct stat st;
    g_autofree char *folder = g_path_get_dirname(path);
    *f = (struct fresh_file){.fd = -1};
    if (lstat(path, &st) == 0)
        return fail(error, path, EEXIST);
    if (access(OPEN_FILES, X_OK) == 0) /* without it, what has no name can't get one */
        f->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, SHARED);
    else
        errno = EOPNOTSUPP;
    if (f->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        f->beside = g_strconcat(path, ".XXXXXX", NULL);
        f->fd = g_mkstemp_full(f->beside, O_RDWR | O_CLOEXEC, SHARED);
    }
    if (f->fd >= 0) {
        f->path = g_strdup(path);
        return true;
    }
    const int cause = errno;
    g_clear_pointer(&f->beside, g_free);
    return fail(error, path, cause);
}

/* As sticks and cards are laid out, and some folders of other machines, no file has two names. The name is taken first, by an empty
 * file, which nobody but us can have made; so the rename replaces nothing else. */
static bool move_to_name(const struct fresh_file *f)
{
    const int claim = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, SHARED);
    if (claim < 0)
        return false;
    close(claim);
    if (rename(f->beside, f->path) == 0)
        return true;
    const int cause = errno;
    g_unlink(f->path);
    errno = cause;
    return false;
}

/* Unlike a rename, a link never replaces what is there. */
static bool give_name(const struct fresh_file *f)
{
    char open_file[sizeof OPEN_FILES + 12];
    g_snprintf(open_file, sizeof open_file, OPEN_FILES "/%d", f->fd);
    if (!f->beside)
        return linkat(AT_FDCWD, open_file, AT_FDCWD, f->path, AT_SYMLINK_FOLLOW) == 0;
    return link(f->beside, f->path) == 0 || (errno != EEXIST && move_to_name(f));
}

bool fresh_file_keep(struct fresh_file *f, GError **error)
{
    interrupt_hold();
    bool good = fsync(f->fd) == 0 && give_name(f);
    if (!good)
        fail(error, f->path, errno);
    fresh_file_drop(f);
    interrupt_release();
    return good;
}

void fresh_file_drop(struct fresh_file *f)
{
    if (f->beside)
        g_unlink(f->beside);
    if (f->fd >= 0)
        close(f->fd);
    g_free(f->beside);
    g_free(f->path);
    *f = (struct fresh_file){.fd = -1};
}
