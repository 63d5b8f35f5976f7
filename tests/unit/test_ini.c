/* Values of a key file that somebody damaged: a table. GLib's warnings end a test, so each row also says that there was none. */
#include "tap.h"

#include "base/ini.h"

#include <string.h>

static const struct {
    const char *raw, *text, *list; /* NULL: missing; a list is joined by | */
} rows[] = {
    {"plain", "plain", "plain"},
    {"", "", ""},
    {"a\\sb\\\\", "a b\\", "a b\\"},
    {"one;two;", "one;two;", "one|two"},
    {"\\a", "\\a", NULL}, /* GLib leaves it as it is in a text */
    {"\\", NULL, NULL},
    {"\\a\\", NULL, NULL}, /* GLib warns of itself */
    {"\\a\\\\\\", NULL, NULL},
    {"one\\a;two\\", NULL, NULL},
};

int main(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        g_autofree char *all = g_strdup_printf("[g]\nk=%s\n", rows[i].raw);
        ok(g_key_file_load_from_data(file, all, strlen(all), G_KEY_FILE_NONE, NULL), "row %zu: it is a key file", i);
        g_autofree char *text = ini_text(file, "g", "k");
        g_auto(GStrv) list = ini_list(file, "g", "k");
        g_autofree char *joined = list ? g_strjoinv("|", list) : NULL;
        is_str(text, rows[i].text, "its text");
        is_str(joined, rows[i].list, "and its list");
    }
    g_autoptr(GKeyFile) empty = g_key_file_new();
    ok(!ini_text(empty, "g", "k") && !ini_list(empty, "g", "k"), "what is not there is missing");
    return tap_done();
}
