#include "base/embedded.h"
#include "tap.h"

#include <glib.h>
#include <string.h>

/* A file that has no parts is what it is on disk, to the last byte. */
static void test_whole_file(void)
{
    const struct embedded *e = embedded_file("page/script.js");
    g_autofree char *text = NULL;
    gsize size = 0;
    ok(g_file_get_contents("build/page/script.js", &text, &size, NULL) && size == e->size &&
           memcmp(text, e->text, size) == 0,
       "the page's script is the file that the build made");
    ok(e->text[e->size] == '\0', "a NUL follows it");
}

/* So is a picture, which has NULs and no lines. */
static void test_picture(void)
{
    const struct embedded *e = embedded_file("assets/icons/128x128.png");
    g_autofree char *bytes = NULL;
    gsize size = 0;
    ok(g_file_get_contents(e->file, &bytes, &size, NULL) && size == e->size && memcmp(bytes, e->text, size) == 0,
       "the window's icon is the installed one");
}

/* Names are unique: a part is found by its file and its name. */
static void test_names(void)
{
    bool unique = true;
    for (const struct embedded *a = embedded_parts; a->file; a++) {
        const bool found = embedded_part(a->file, a->part) == a->text;
        if (!found)
            printf("# %s: two parts are called \"%s\"\n", a->file, a->part);
        unique = unique && found && (g_str_has_suffix(a->file, ".png") || strlen(a->text) == a->size);
    }
    ok(unique, "every part is found by its name, and is text or a picture");
}

int main(void)
{
    test_whole_file();
    test_picture();
    test_names();
    return tap_done();
}
