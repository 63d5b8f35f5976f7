#include "player/viewer_file.h"

#include "base/files.h"
#include "base/paths.h"

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
    gsize len;
    g_autofree char *path = paths_save(s->id, name), *text = g_key_file_to_data(file, &len, NULL);
    if (len > FILE_BYTES_MAX) { /* it could not be read again */
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "%s would be larger than %d MiB, so it stays as it was",
                    path, FILE_BYTES_MAX / (1024 * 1024));
        return false;
    }
    return files_make_folder_of(path, error) && files_replace(path, text, (gssize)len, false, error);
}
