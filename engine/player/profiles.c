#include "player/profiles.h"

#include "base/files.h"
#include "base/paths.h"
#include "base/set_aside.h"

#include <stdlib.h>
#include <string.h>

#define LAST_BYTES_MAX 1024

bool profiles_is_name(const char *name)
{
    const size_t n = strlen(name);
    if (n == 0 || n > PROFILES_NAME_MAX || !g_utf8_validate(name, -1, NULL) || name[0] == '.' || name[0] == ' ' ||
        name[n - 1] == ' ')
        return false;
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        if (*at == '/' || !g_unichar_isprint(g_utf8_get_char(at)))
            return false;
    return true;
}

bool profiles_use(const char *name, GError **error)
{
    if (strcmp(name, PROFILES_EVERYONE) == 0) {
        paths_use_profile(NULL);
        return true;
    }
    if (!profiles_is_name(name)) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
            "a viewer's name has up to %d letters, digits, blanks and signs, but no '/', and begins with neither a dot "
            "nor a blank",
            PROFILES_NAME_MAX);
        return false;
    }
    g_autofree char *before = g_strdup(paths_profile());
    paths_use_profile(name);
    g_autofree char *settings = paths_settings();
    if (files_make_folder_of(settings, error))
        return true;
    paths_use_profile(before);
    return false;
}

void profiles_use_last(void)
{
    g_autofree char *file = paths_last_profile(), *name = files_read(file, LAST_BYTES_MAX, NULL, NULL);
    g_autofree char *folder = paths_profiles();
    if (!name || !profiles_is_name(g_strchomp(name)))
        return;
    g_autofree char *own = g_build_filename(folder, name, NULL);
    if (g_file_test(own, G_FILE_TEST_IS_DIR)) /* one that was removed does not come back by itself */
        paths_use_profile(name);
}

bool profiles_remember(GError **error)
{
    g_autofree char *file = paths_last_profile();
    const char *name = paths_profile() ? paths_profile() : PROFILES_EVERYONE;
    g_autoptr(GError) why = NULL;
    size_t len = 0;
    g_autofree char *before = files_read(file, LAST_BYTES_MAX, &len, &why);
    if (before && (strlen(before) != len || (len > 0 && !profiles_is_name(g_strchomp(before)))))
        g_set_error(&why, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s holds no viewer's name", file);
    return files_make_folder_of(file, error) && (!why || set_aside(file, why->message, error)) &&
           files_replace(file, name, -1, false, error);
}

static int by_name(const void *a, const void *b)
{
    return g_utf8_collate(*(char *const *)a, *(char *const *)b);
}

char **profiles_list(void)
{
    GPtrArray *names = g_ptr_array_new();
    g_autofree char *folder = paths_profiles();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && names->len < PROFILES_LISTED && (name = g_dir_read_name(dir));) {
        g_autofree char *own = g_build_filename(folder, name, NULL);
        if (profiles_is_name(name) && g_file_test(own, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(names, g_strdup(name));
    }
    if (names->len > 1)
        qsort(names->pdata, names->len, sizeof names->pdata[0], by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char *profiles_new_name(const char *pattern)
{
    g_autofree char *folder = paths_profiles();
    for (int n = 2;; n++) {
        char *name = g_strdup_printf(pattern, n);
        g_autofree char *own = g_build_filename(folder, name, NULL);
        if (!g_file_test(own, G_FILE_TEST_EXISTS))
            return name;
        g_free(name);
    }
}
