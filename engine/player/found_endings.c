#include "player/found_endings.h"

#include "player/viewer_file.h"

#include <assert.h>

#define FILE_NAME "endings.ini"
#define GROUP     "endings"

static const char *key_of(const struct story *s, int32_t ending)
{
    return story_first_name(s, s->endings[ending].was, s->endings[ending].name);
}

bool *found_endings_load(const struct story *s)
{
    bool *found = g_new0(bool, (gsize)s->n_endings + 1);
    g_autoptr(GKeyFile) file = viewer_file_read(s, FILE_NAME);
    for (int32_t i = 0; i < s->n_endings; i++)
        found[i] = g_key_file_has_key(file, GROUP, key_of(s, i), NULL);
    return found;
}

bool found_endings_add(const struct story *s, int32_t ending, GError **error)
{
    g_autoptr(GKeyFile) file = viewer_file_read(s, FILE_NAME);
    assert(ending >= 0 && ending < s->n_endings);
    if (g_key_file_has_key(file, GROUP, key_of(s, ending), NULL))
        return true;
    g_key_file_set_boolean(file, GROUP, key_of(s, ending), true);
    return viewer_file_write(s, FILE_NAME, file, error);
}
