#include "player/opened_films.h"

#include "base/files.h"
#include "base/paths.h"
#include "base/set_aside.h"

#include <string.h>

#define FILE_BYTES_MAX (1024 * 1024)

static bool holds(GPtrArray *paths, const char *path)
{
    return g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL);
}

/* A path that is not there any more, or is there twice, is left out. */
static void add_path(GPtrArray *paths, const char *path, guint most)
{
    if (path && *path && paths->len < most && !holds(paths, path) && g_file_test(path, G_FILE_TEST_EXISTS))
        g_ptr_array_add(paths, g_strdup(path));
}

static void add_opened(GPtrArray *paths)
{
    g_autofree char *file = paths_shelf(), *text = files_read(file, FILE_BYTES_MAX, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (int i = 0; lines[i]; i++)
        add_path(paths, lines[i], OPENED_FILMS_MAX);
}

char **opened_films_paths(void)
{
    GPtrArray *paths = g_ptr_array_new();
    g_autofree char *film = paths_film();
    add_opened(paths);
    add_path(paths, film, OPENED_FILMS_MAX + 1);
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(paths, FALSE);
}

/* A list of which not all can be read is kept beside the new one. */
static bool make_room(const char *file, GError **error)
{
    size_t len = 0;
    g_autoptr(GError) why = NULL;
    g_autofree char *text = files_read(file, FILE_BYTES_MAX, &len, &why);
    if (text && memchr(text, '\0', len))
        g_set_error(&why, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is damaged: it has zeros in it", file);
    return !why || set_aside(file, why->message, error);
}

bool opened_films_remember(const char *path, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *whole = g_canonicalize_filename(path, NULL), *file = paths_shelf();
    if (strchr(whole, '\n'))
        return true; /* it would be two lines */
    add_path(paths, whole, OPENED_FILMS_MAX);
    add_opened(paths);
    g_ptr_array_add(paths, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)paths->pdata);
    return files_make_folder_of(file, error) && make_room(file, error) && files_replace(file, text, -1, false, error);
}
