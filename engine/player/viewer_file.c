#include "player/viewer_file.h"

#include "base/ini.h"
#include "base/paths.h"

#define FILE_BYTES_MAX (16 * 1024 * 1024)

GKeyFile *viewer_file_read(const struct story *s, const char *name)
{
    g_autofree char *path = paths_save(s->id, name);
    return ini_read(path, FILE_BYTES_MAX, G_KEY_FILE_NONE, NULL);
}

bool viewer_file_write(const struct story *s, const char *name, GKeyFile *file, GError **error)
{
    g_autofree char *path = paths_save(s->id, name);
    return ini_write(path, FILE_BYTES_MAX, file, false, error);
}
