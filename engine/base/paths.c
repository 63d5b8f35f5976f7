#include "base/paths.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define FILM "stories/at-the-third-stroke/story.yaml"

static char *film_in(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, FILM, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&path) : NULL;
}

/* A sandbox may have no /proc; the kernel also told the program by which name it was started. */
char *paths_program(void)
{
    char *self = g_file_read_link("/proc/self/exe", NULL);
    const char *started = (const char *)getauxval(AT_EXECFN);
    return self ? self : started ? realpath(started, NULL) : NULL;
}

/* The tree that the program was built in comes first: a developer who runs a fresh build wants to see the film beside
 * it, not one installed earlier. The film installed with the program comes next, wherever the installation is now. */
char *paths_film(void)
{
    g_autofree char *self = paths_program();
    g_autofree char *dir = g_path_get_dirname(self ? self : "/");
    g_autofree char *beside = g_build_filename(dir, "../share/frumious", NULL);
    char *found = film_in(dir);
    while (!found && strcmp(dir, "/") != 0) {
        char *up = g_path_get_dirname(dir);
        g_free(dir);
        dir = up;
        found = film_in(dir);
    }
    if (!found)
        found = film_in(beside);
    return found ? found : film_in(FRUMIOUS_DATADIR);
}

static char *profile;

void paths_use_profile(const char *name)
{
    char *old = profile;
    profile = g_strdup(name); /* name may be old itself */
    g_free(old);
}

const char *paths_profile(void)
{
    return profile;
}

char *paths_profiles(void)
{
    return g_build_filename(g_get_user_config_dir(), "frumious", "profiles", NULL);
}

char *paths_last_profile(void)
{
    return g_build_filename(g_get_user_config_dir(), "frumious", "profile", NULL);
}

/* The program's folder in an XDG folder, or in it the profile's. */
static char *own_folder(const char *xdg)
{
    return profile ? g_build_filename(xdg, "frumious", "profiles", profile, NULL)
                   : g_build_filename(xdg, "frumious", NULL);
}

char *paths_settings(void)
{
    g_autofree char *folder = own_folder(g_get_user_config_dir());
    return g_build_filename(folder, "settings.ini", NULL);
}

char *paths_keys(void)
{
    return g_build_filename(g_get_user_config_dir(), "frumious", "keys.conf", NULL);
}

char *paths_shelf(void)
{
    return g_build_filename(g_get_user_data_dir(), "frumious", "films", NULL);
}

char *paths_posters(void)
{
    return g_build_filename(g_get_user_cache_dir(), "frumious", "posters", NULL);
}

char *paths_save(const char *story_id, const char *file)
{
    /* The id comes from a stranger's story. Escaped, it is a single harmless file name. */
    g_autofree char *name = g_uri_escape_string(story_id, NULL, TRUE);
    if (name[0] == '.')
        name[0] = '_';
    g_autofree char *folder = own_folder(g_get_user_data_dir());
    return g_build_filename(folder, "saves", name, file, NULL);
}
