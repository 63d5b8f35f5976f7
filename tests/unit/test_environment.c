#include "base/environment.h"
#include "tap.h"

static const struct {
    const char *what, *name, *value, *want;
} rows[] = {
    {"an absolute path stays", "XDG_DATA_HOME", "/data", "/data"},
    {"a relative path is ignored", "XDG_CONFIG_HOME", "config", NULL},
    {"a dot is relative", "XDG_CACHE_HOME", "./cache", NULL},
    {"a tilde is relative, as only shells know it", "XDG_STATE_HOME", "~/state", NULL},
    {"the runtime folder, too", "XDG_RUNTIME_DIR", "run", NULL},
    {"of a list, what is absolute stays", "XDG_DATA_DIRS", "share:/usr/share::../x:/opt/share",
     "/usr/share:/opt/share"},
    {"a list of nothing else is ignored", "XDG_CONFIG_DIRS", ":etc", NULL},
    {"control characters are ignored", "LC_ALL", "en\033[31m", NULL},
    {"and directions", "TERM", "xterm\xe2\x80\xae", NULL},
    {"and C1", "SDL_VIDEODRIVER", "\xc2\x9b", NULL},
    {"bytes that are no UTF-8 stay", "TMPDIR", "/tmp/\xff", "/tmp/\xff"},
    {"HOME stays, whatever it is", "HOME", "/home/a\nb", "/home/a\nb"},
    {"other variables stay", "LANG", "de_DE.UTF-8", "de_DE.UTF-8"},
};

int main(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_setenv(rows[i].name, rows[i].value, TRUE);
    environment_clean();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        is_str(g_getenv(rows[i].name), rows[i].want, rows[i].what);
    return tap_done();
}
