/* Which films the shelf has: those that were opened, the latest first, each once, as long as they are there. */
#include "base/paths.h"
#include "player/language_names.h"
#include "player/shelf.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <string.h>

static char *make_film(const char *home, const char *name)
{
    char *path = g_build_filename(home, name, NULL);
    g_file_set_contents(path, "frumious: 1\n", -1, NULL);
    return path;
}

static bool begins(const char *first, const char *second)
{
    g_auto(GStrv) paths = shelf_paths();
    return paths[0] && strcmp(paths[0], first) == 0 && (!second || (paths[1] && strcmp(paths[1], second) == 0));
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *home = g_dir_make_tmp("frumious-shelf-XXXXXX", NULL);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    g_autofree char *a = make_film(home, "a.yaml"), *b = make_film(home, "b.yaml"), *file = paths_shelf();
    ok(shelf_remember(a, &error) && shelf_remember(b, &error), "two films are opened: %s",
       error ? error->message : "fine");
    ok(begins(b, a), "the latest comes first");
    ok(shelf_remember(a, &error) && begins(a, b), "one that is opened again does, too");
    g_auto(GStrv) before = shelf_paths();
    g_remove(a);
    g_auto(GStrv) after = shelf_paths();
    ok(begins(b, NULL) && g_strv_length(after) + 1 == g_strv_length(before), "one that is gone is not there");
    g_remove(file);
    g_mkdir(file, 0700);
    ok(!shelf_remember(b, &error) && error, "what can't be saved is said: %s", error ? error->message : "");
    is_str(language_name("de-AT"), "Deutsch", "a language by its own name");
    is_str(language_name("xx"), "xx", "or by its tag");
    g_rmdir(file);
    return tap_done();
}
