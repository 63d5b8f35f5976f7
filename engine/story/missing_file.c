#include "story/missing_file.h"

#include "base/lookalike.h"
#include "base/stand_in.h"

#include <glib.h>

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
