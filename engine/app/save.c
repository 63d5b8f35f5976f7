#include "app/save.h"
#include "app/paths.h"

#include <errno.h>
#include <gio/gio.h>

static int32_t kept_count(const struct story *s)
{
    int32_t n = 0;
    for (int32_t v = 0; v < s->n_vars; v++)
        n += s->vars[v].keep_viewer;
    return n;
}

int32_t *save_load_kept(const struct story *s)
{
    const int32_t n = kept_count(s);
    if (n == 0)
        return NULL;
    g_autofree char *path = paths_save(s->id, "kept.ini");
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);

    int32_t *kept = g_new(int32_t, (size_t)n), *at = kept;
    for (int32_t v = 0; v < s->n_vars; v++) {
        if (!s->vars[v].keep_viewer)
            continue;
        g_autoptr(GError) error = NULL;
        const int32_t value = g_key_file_get_integer(file, "kept", s->vars[v].name, &error);
        *at++ = error ? s->vars[v].initial : value;
    }
    return kept;
}

static char *prepared(const struct story *s, const char *name, GError **error)
{
    char *path = paths_save(s->id, name);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        return path;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't create %s: %s", folder, g_strerror(errno));
    g_free(path);
    return NULL;
}

bool save_store_kept(const struct story *s, const int32_t *state, GError **error)
{
    if (kept_count(s) == 0)
        return true;
    g_autofree char *path = prepared(s, "kept.ini", error);
    if (!path)
        return false;
    g_autoptr(GKeyFile) file = g_key_file_new();
    /* Values of variables that this version of the story lacks stay: an older one may be played again. */
    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    for (int32_t v = 0; v < s->n_vars; v++)
        if (s->vars[v].keep_viewer)
            g_key_file_set_integer(file, "kept", s->vars[v].name, state[PLAY_VALUES + v]);
    return g_key_file_save_to_file(file, path, error);
}

bool save_store_transcript(const struct story *s, const char *text, GError **error)
{
    g_autofree char *path = prepared(s, "last.transcript", error);
    return path && g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}
