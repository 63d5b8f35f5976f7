#include "player/viewer_file.h"

#include "base/files.h"
#include "base/paths.h"

#include <errno.h>
#include <gio/gio.h>

#define FILE_BYTES_MAX (16 * 1024 * 1024)

GKeyFile *viewer_file_read(const struct story *s, const char *name)
{
    GKeyFile *file = g_key_file_new();
    g_autofree char *path = paths_save(s->id, name);
    size_t len = 0;
    g_autofree char *text = files_read(path, FILE_BYTES_MAX, &len, NULL);
    if (text)
        g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, NULL);
    return file;
}

bool viewer_file_write(const struct story *s, const char *name, GKeyFile *file, GError **error)
{
    g_autofree char *path = paths_save(s->id, name);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't create %s: %s", folder, g_strerror(errno));
        return false;
    }
    g_autofree char *text = g_key_file_to_data(file, NULL, NULL);
    return files_replace(path, text, -1, false, error);
}
