#include "story/missing_file.h"

#include "base/lookalike.h"
#include "base/stand_in.h"
#include "story/suggest.h"

#include <glib.h>
#include <string.h>

/* Comparing spellings is slow, and a story can name a thousand files that are missing. */
#define NEAR_ENTRIES 1000

/* "; there is `film.mkv`", with the name in the same folder that is spelt almost like it; or NULL. */
static char *near_name(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autofree char *best = NULL;
    struct suggest s = suggest_begin(name);
    int left = NEAR_ENTRIES;
    for (const char *entry; dir && left > 0 && (entry = g_dir_read_name(dir)); left--) {
        if (strcmp(entry, name) == 0)
            return NULL; /* it is there, but can't be read */
        struct suggest one = {.word = name, .distance = s.distance + (best != NULL)};
        suggest_offer(&one, entry);
        if (!one.best || (best && one.distance == s.distance && strcmp(best, entry) < 0))
            continue; /* of equally near names the first in the alphabet: a folder has no order */
        s.distance = one.distance;
        g_free(best);
        best = g_strdup(entry);
    }
    return best ? g_strdup_printf("; there is `%s`", best) : NULL;
}

void missing_file_explain(struct missing_file *m, const char *dir, const char *path)
{
    g_autofree char *full = g_build_filename(g_path_is_absolute(path) ? "" : dir, path, NULL);
    g_autofree char *there = lookalike_path(g_path_is_absolute(path) ? "/" : dir, path);
    const struct stand_in is = there ? (struct stand_in){0} : stand_in_at(full);
    *m = (struct missing_file){0};
    if (there) {
        const char *hidden = lookalike_hidden(path, there);
        m->instead = g_strdup_printf("; there is `%s`%s%s", there, hidden ? ", " : "", hidden ? hidden : "");
        m->advice = g_strdup(hidden ? "rename the file, or copy its name into the story"
                                    : "write the name as it is there, or rename the file; capital letters count");
    } else if (!is.what && (m->instead = near_name(full))) {
        m->advice = g_strdup("write that name if it is meant");
    } else if (is.what) {
        m->instead = g_strdup_printf("; in its place is %s", is.what);
        m->advice = g_strdup(is.remedy);
    }
}

void missing_file_clear(struct missing_file *m)
{
    g_free(m->instead);
    g_free(m->advice);
    *m = (struct missing_file){0};
}
