/*
 * Messages: typical mistakes, each in the same small story. One mistake gives one message; what it says, where, and what to
 * do is read in tests/golden/messages.txt.
 */
#include "golden.h"
#include "mistakes.h"
#include "story/diag.h"
#include "story/load.h"
#include "tap.h"

#include <glib/gstdio.h>

/* Files in another encoding than UTF-8. */
static const struct {
    const char *what, *encoding;
} encodings[] = {{"UTF-16", "UTF-16"}, {"UTF-16 without a mark", "UTF-16BE"}, {"Latin-1", "ISO-8859-1"}};

/* Appends what loading the file says. How many problems that is. */
static size_t load(const char *what, const char *text, gsize len, GString *out)
{
    struct diags *diags = diags_new();
    g_file_set_contents("story.yaml", text, (gssize)len, NULL);
    story_free(story_load("story.yaml", diags));
    const size_t n = diags_len(diags);
    g_string_append_printf(out, "== %s\n", what);
    diags_print(diags, out, false);
    g_string_append_c(out, '\n');
    diags_free(diags);
    return n;
}

static void check_encodings(GString *out)
{
    g_autofree char *text = g_strdup(sound);
    const char *from = strstr(text, "Night"); /* becomes "N\u00E4cht", which has no letter more */
    for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++) {
        gsize len = 0;
        g_autofree char *latin = g_strdup_printf("%.*sN\u00E4cht%s", (int)(from - text), text, from + 5);
        g_autofree char *bytes = g_convert(latin, -1, encodings[i].encoding, "UTF-8", NULL, &len, NULL);
        is_int((int64_t)load(encodings[i].what, bytes, len, out), 1, encodings[i].what);
    }
}

int main(void)
{
    g_autofree char *home = g_get_current_dir(), *folder = g_dir_make_tmp("frumious-messages-XXXXXX", NULL);
    g_autofree char *golden = g_build_filename(home, "tests/golden/messages.txt", NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    if (!ok(g_chdir(folder) == 0 && g_file_set_contents("film.mkv", "not looked into", -1, NULL), "a folder"))
        return tap_done();
    is_int((int64_t)load("no mistake", sound, strlen(sound), out), 0, "the story itself is sound");
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *text = mistake_story(&mistakes[i]);
        is_int((int64_t)load(mistakes[i].what, text, strlen(text), out), 1, mistakes[i].what);
    }
    check_encodings(out);
    is_golden(out->str, golden);
    g_unlink("story.yaml");
    g_unlink("film.mkv");
    ok(g_chdir(home) == 0 && g_rmdir(folder) == 0, "the folder is gone");
    return tap_done();
}
