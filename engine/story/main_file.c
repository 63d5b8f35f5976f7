#include "story/main_file.h"

#include "base/lookalike.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAMES_MAX 4 /* of YAML files in a folder that are listed */

static bool is_yaml(const char *name)
{
    return name[0] != '.' && (g_str_has_suffix(name, ".yaml") || g_str_has_suffix(name, ".yml"));
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What to do about a folder without a story.yaml. */
static char *advise(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) out = g_string_new("name the story's file");
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (is_yaml(name))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < MIN(names->len, NAMES_MAX); i++)
        g_string_append_printf(out, "%s`%s`", i == 0 ? "; in this folder there is " : ", ", (char *)names->pdata[i]);
    if (names->len > NAMES_MAX)
        g_string_append_printf(out, " and %u more", names->len - NAMES_MAX);
    return g_strdup(out->str);
}

/* Where the link leads, or NULL: it is none, leads nowhere or into a store of git. */
static char *follow_link(const char *path)
{
    GStatBuf st;
    if (g_lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
        return NULL;
    char *real = realpath(path, NULL);
    char *copy = real && !strstr(real, "/.git/") && g_file_test(real, G_FILE_TEST_IS_REGULAR) ? g_strdup(real) : NULL;
    free(real);
    return copy;
}

char *main_file_find(const char *path, char **advice)
{
    *advice = NULL;
    g_autofree char *file = g_strdup(path);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_autofree char *inside = g_build_filename(path, MAIN_FILE_NAME, NULL);
        if (!g_file_test(inside, G_FILE_TEST_EXISTS)) {
            *advice = advise(path);
            return g_steal_pointer(&file);
        }
        g_free(file);
        file = g_steal_pointer(&inside);
    }
    char *real = follow_link(file);
    return real ? real : g_steal_pointer(&file);
}
