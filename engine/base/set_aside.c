#include "base/set_aside.h"

#include "base/console.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE ".damaged-"

static char *name_aside(const char *path, const char *stamp, int n)
{
    return n == 1 ? g_strdup_printf("%s" ASIDE "%s", path, stamp) : g_strdup_printf("%s" ASIDE "%s-%d", path, stamp, n);
}

/* A second name costs nothing, whatever the size. Not every file system has them, and a link may lead to another one: then it is
 * copied. An older one is never written over. */
static bool keep(const char *path, const char *aside, GError **error)
{
    if (linkat(AT_FDCWD, path, AT_FDCWD, aside, AT_SYMLINK_FOLLOW) == 0)
        return true;
    if (errno == EEXIST) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s is there", aside);
        return false;
    }
    g_autoptr(GFile) from = g_file_new_for_path(path);
    g_autoptr(GFile) to = g_file_new_for_path(aside);
    return g_file_copy(from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, error);
}

bool set_aside(const char *path, const char *why, GError **error)
{
    struct stat st;
    if (stat(path, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size == 0))
        return true;
    if (!files_may_replace(path, error))
        return false;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    for (int n = 1;; n++) {
        g_autoptr(GError) failure = NULL;
        g_autofree char *aside = name_aside(path, stamp, n), *name = g_path_get_basename(aside);
        if (keep(path, aside, &failure)) {
            console_say("%s; what was there is kept beside it as %s", why, name);
            return true;
        }
        if (g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_EXISTS))
            continue;
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s; it can't be set aside, so it stays as it is: %s",
                    why, failure->message);
        return false;
    }
}

bool set_aside_remove(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    g_autofree char *start = g_strconcat(name, ASIDE, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *file; dir && (file = g_dir_read_name(dir));) {
        g_autofree char *aside = g_build_filename(folder, file, NULL);
        if (!g_str_has_prefix(file, start) || g_unlink(aside) == 0 || errno == ENOENT)
            continue;
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(errno), "can't remove %s: %s", aside,
                    g_strerror(errno));
        return false;
    }
    return true;
}
