#include "app/paths.h"

#include <glib.h>
#include <stdbool.h>

#define FILM "stories/at-the-third-stroke/story.yaml"

static char *if_there(char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return path;
    g_free(path);
    return NULL;
}

char *paths_film(void)
{
    /* The tree first: who runs a fresh build wants to see the film beside it, not one installed earlier. */
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    for (char *dir = self ? g_path_get_dirname(self) : NULL; dir;) {
        char *found = if_there(g_build_filename(dir, FILM, NULL));
        char *up = g_path_get_dirname(dir);
        const bool top = g_str_equal(up, dir);
        g_free(dir);
        dir = top ? NULL : up;
        if (found || top) {
            g_free(up);
            if (found)
                return found;
            break;
        }
    }
    return if_there(g_build_filename(FRUMIOUS_DATADIR, FILM, NULL));
}

char *paths_settings(void)
{
    return g_build_filename(g_get_user_config_dir(), "frumious", "settings.ini", NULL);
}

char *paths_save(const char *story_id, const char *file)
{
    /* An id comes from a stranger's story: escaped, it is one harmless file name. */
    g_autofree char *name = g_uri_escape_string(story_id, NULL, TRUE);
    if (name[0] == '.')
        name[0] = '_';
    return g_build_filename(g_get_user_data_dir(), "frumious", "saves", name, file, NULL);
}
