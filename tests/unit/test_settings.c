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

/* What stands in the place of the file can't be read: the program starts, says so, and leaves it alone. */
static void test_unread(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *kept = g_strconcat(path, ".kept", NULL);
    if (!g_file_set_contents(kept, "[play]\nvolume=0.5\n", -1, NULL) || (g_unlink(path), g_mkdir(path, 0700)) != 0)
        ok(false, "a folder cannot be made");
    struct settings *s = settings_load();
    ok(s->volume == 1, "a folder in the file's place: what is usual");
    ok(g_rmdir(path) == 0 && g_rename(kept, path) == 0, "the file comes back meanwhile");
    ok(!settings_save(s, &error) && strstr(error->message, "stays as it is"), "nothing is written over it: %s",
       error ? error->message : "it is");
    settings_free(s);
    s = settings_load();
    ok(s->volume == 0.5 && settings_save(s, NULL), "read again, it is what it was, and can be written");
    settings_free(s);
}

/* What is written of subtitles and fonts, and how it is understood. */
static const struct {
    const char *written;
    int32_t size;
    enum subs_place place;
    enum subs_background background;
    const char *face;
    bool over;
} looks[] = {
    {"", 0, SUBS_BOTTOM, SUBS_OUTLINE, NULL, false},
    {"size=150\nplace=top\nbackground=box\nface=DejaVu Serif\nalways=true\n", 150, SUBS_TOP, SUBS_BOX, "DejaVu Serif",
     true},
    {"size=1\nplace=higher\nbackground=none\nface=\n", SETTINGS_TEXT_MIN, SUBS_HIGHER, SUBS_NO_BACKGROUND, NULL, false},
    {"size=9999\nplace=left\nbackground=red\nalways=perhaps\n", SETTINGS_TEXT_MAX, SUBS_BOTTOM, SUBS_OUTLINE, NULL,
     false},
};

static void test_looks(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_autofree char *text = g_strdup_printf("[play]\nface=Noto Serif\n[subtitles]\n%s", looks[i].written);
        struct settings *s = load(text);
        for (int again = 0; again < 2; again++) {
            ok(s->subtitle_size == looks[i].size && s->subtitle_place == looks[i].place &&
                   s->subtitle_background == looks[i].background && s->subtitle_over == looks[i].over &&
                   g_strcmp0(s->subtitle_face, looks[i].face) == 0 && g_strcmp0(s->face, "Noto Serif") == 0,
               "%s: subtitles, row %d", again ? "saved" : "read", (int)i);
            ok(settings_save(s, NULL), "it is saved");
            settings_free(s);
            s = settings_load();
        }
        settings_free(s);
    }
}

/* Before there were more kinds of sound, descriptions were a switch: it is read, and saved in the new way. */
static void test_descriptions(void)
{
    static const struct {
        const char *text;
        enum stream_purpose purpose;
    } rows[] = {
        {"[play]\ndescriptions=true\n", STREAM_DESCRIBED},
        {"[play]\ndescriptions=false\n", STREAM_FILM},
        {"[play]\ndescriptions=true\ndescriptions=false\n",
         STREAM_FILM}, /* the last one counts, also once it is saved */
        {"[play]\ndescriptions=false\ndescriptions=true\n", STREAM_DESCRIBED},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct settings *s = load(rows[i].text);
        ok(s->sound.purpose == rows[i].purpose, "descriptions by the switch, row %zu", i);
        ok(settings_save(s, NULL), "it is saved");
        settings_free(s);
        s = settings_load();
        ok(s->sound.purpose == rows[i].purpose, "and is the same when it is read again");
        s->sound.purpose = STREAM_FILM;
        ok(settings_save(s, NULL), "it is changed");
        settings_free(s);
        s = settings_load();
        ok(s->sound.purpose == STREAM_FILM, "and the switch does not come back");
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
    test_unread();
    test_looks();
    test_descriptions();
    g_unlink(path);
    g_rmdir(folder);
    g_rmdir(home);
    g_free(path);
    return tap_done();
}
