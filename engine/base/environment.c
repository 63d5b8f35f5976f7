#include "base/environment.h"

#include "base/safe.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/* Those that come with systems have some kilobytes. */
#define FONTS_BYTES_MAX (16 << 20)

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

/* Of "NAME=VALUE". Whether it was taken out: what comes after it then stands in its place. */
static bool ignore_if_controls(const char *variable)
{
    const size_t n = strcspn(variable, "=");
    g_autofree char *name = g_strndup(variable, n);
    return n > 0 && strcmp(name, "HOME") != 0 && has_controls(variable) && unsetenv(name) == 0;
}

/* One walk, as looking each name up is one of its own: an environment may have a hundred thousand variables. */
static void ignore_controls(void)
{
    for (char **variable = environ; variable && *variable;)
        if (!ignore_if_controls(*variable))
            variable++;
}

/* What GLib and others make of it would lie in whatever folder we were started in; without it, they ask for the user's own. */
static void ignore_relative_home(void)
{
    const char *const home = g_getenv("HOME");
    if (home && !g_path_is_absolute(home))
        g_unsetenv("HOME");
}

/* Fontconfig reads it to its end, before anything is shown or drawn: a pipe or a device may have none. */
static void ignore_endless_fonts(void)
{
    const char *const path = g_getenv("FONTCONFIG_FILE");
    struct stat st;
    if (path && g_path_is_absolute(path) && strcmp(path, "/dev/null") != 0 && stat(path, &st) == 0 &&
        (!S_ISREG(st.st_mode) || st.st_size > FONTS_BYTES_MAX))
        g_unsetenv("FONTCONFIG_FILE");
}

void environment_clean(void)
{
    static const char *const folders[] = {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME",
                                          "XDG_DATA_DIRS", "XDG_CONFIG_DIRS", "XDG_RUNTIME_DIR"};
    ignore_controls();
    ignore_relative_home();
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        ignore_relative(folders[i]);
    ignore_endless_fonts();
}

void environment_clean_umask(void)
{
    const mode_t mask = umask(0);
    umask(mask & ~(mode_t)S_IRWXU);
}

void environment_clean_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
