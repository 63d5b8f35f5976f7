#include "base/environment.h"

#include "base/safe.h"

#include <glib.h>
#include <string.h>

/* A path, or several between colons. What is left of it is put back; if nothing is, the default holds. */
static void ignore_relative(const char *variable)
{
    const char *const value = g_getenv(variable);
    if (!value)
        return;
    g_auto(GStrv) paths = g_strsplit(value, ":", -1);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (int i = 0; paths[i]; i++)
        if (g_path_is_absolute(paths[i]))
            g_string_append_printf(kept, "%s%s", kept->len > 0 ? ":" : "", paths[i]);
    if (kept->len == 0)
        g_unsetenv(variable);
    else if (strcmp(kept->str, value) != 0)
        g_setenv(variable, kept->str, TRUE);
}

/* Bytes that are not UTF-8 are none: names of folders may have them. */
static bool has_controls(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return !safe_is_exact(valid);
}

static void ignore_controls(void)
{
    g_auto(GStrv) names = g_listenv();
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], "HOME") != 0 && (has_controls(names[i]) || has_controls(g_getenv(names[i]))))
            g_unsetenv(names[i]);
}

void environment_clean(void)
{
    static const char *const folders[] = {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME",
                                          "XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "XDG_RUNTIME_DIR"};
    ignore_controls();
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        ignore_relative(folders[i]);
}
