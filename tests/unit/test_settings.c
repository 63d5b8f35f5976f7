/* The settings' file: numbers that are none, words that nobody knows, files that are broken; and saved again. */
#include "tap.h"

#include "base/paths.h"
#include "player/settings.h"

#include <glib/gstdio.h>

static char *path;

static struct settings *load(const char *text)
{
    GError *error = NULL;
    if (!g_file_set_contents(path, text, -1, &error))
        ok(false, "%s is written: %s", path, error->message);
    g_clear_error(&error);
    return settings_load();
}

static const struct {
    const char *written;
    double volume;
} volumes[] = {
    {"0.25", 0.25}, {"0", 0},    {"1e-3", 0.001},   {"7", 1},       {"-7", 0},   {"1e999", 1},
    {"-1e999", 0},  {"inf", 1},  {"-inf", 0},       {"nan", 1},     {"-nan", 1}, {"nan(7)", 1},
    {"", 1},        {"loud", 1}, {"0.5 and so", 1}, {"0.5;0.6", 1},
};

/* Whatever is written there, the program starts, and what it saves it reads again. */
static void test_volumes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(volumes); i++) {
        g_autofree char *text = g_strdup_printf("[play]\nvolume=%s\n", volumes[i].written);
        struct settings *s = load(text);
        g_autoptr(GError) error = NULL;
        ok(s->volume == volumes[i].volume, "volume=%s is %g (%g)", volumes[i].written, s->volume, volumes[i].volume);
        const bool saved = settings_save(s, &error);
        struct settings *again = settings_load();
        ok(saved && again->volume == s->volume, "and is saved: %s", error ? error->message : "yes");
        settings_free(again);
        settings_free(s);
    }
}

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-settings-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    path = paths_settings();
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    test_volumes();
    g_unlink(path);
    g_rmdir(folder);
    g_rmdir(home);
    g_free(path);
    return tap_done();
}
