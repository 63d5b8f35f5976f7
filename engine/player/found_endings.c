#include "player/found_endings.h"

#include "base/files.h"
#include "base/paths.h"

#include <assert.h>
#include <errno.h>
#include <gio/gio.h>

#define FILE_BYTES_MAX (1024 * 1024)
#define GROUP          "endings"

/* Names of endings that this version of the story does not have stay in it. */
static GKeyFile *read_file(const struct story *s)
{
    GKeyFile *file = g_key_file_new();
    g_autofree char *path = paths_save(s->id, "endings.ini");
    size_t len = 0;
    g_autofree char *text = files_read(path, FILE_BYTES_MAX, &len, NULL);
    if (text)
        g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, NULL);
    return file;
}

bool *found_endings_load(const struct story *s)
{
    bool *found = g_new0(bool, (gsize)s->n_endings + 1);
    g_autoptr(GKeyFile) file = read_file(s);
    for (int32_t i = 0; i < s->n_endings; i++)
        found[i] = g_key_file_has_key(file, GROUP, s->endings[i].name, NULL);
    return found;
}

bool found_endings_add(const struct story *s, int32_t ending, GError **error)
{
    g_autoptr(GKeyFile) file = read_file(s);
    g_autofree char *path = paths_save(s->id, "endings.ini");
    g_autofree char *folder = g_path_get_dirname(path);
    assert(ending >= 0 && ending < s->n_endings);
    if (g_key_file_has_key(file, GROUP, s->endings[ending].name, NULL))
        return true;
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't create %s: %s", folder, g_strerror(errno));
        return false;
    }
    g_key_file_set_boolean(file, GROUP, s->endings[ending].name, true);
    g_autofree char *text = g_key_file_to_data(file, NULL, NULL);
    return files_replace(path, text, -1, false, error);
}
