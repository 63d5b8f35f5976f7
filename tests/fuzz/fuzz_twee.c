/* Imports any bytes as Twee: they are refused, or become a story that loads, in the layout of `frumious fmt`. */
#include "adopt/twee_import.h"
#include "file.h"
#include "story/load.h"
#include "story/yaml_layout.h"

const unsigned fuzz_runs = 1500;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    struct twee *t = twee_parse((const char *)data, size, "input", &error);
    g_assert_true(!t == (error != NULL));
    if (!t)
        return 0;
    struct twee_story *made = twee_story_make(t);
    g_assert_true(made->yaml->len > 0 || made->missed->len > 0);
    if (made->yaml->len > 0) {
        struct diags *d = diags_new();
        struct story *s = story_load(fuzz_file((const uint8_t *)made->yaml->str, made->yaml->len), d);
        g_autofree char *laid = yaml_layout(made->yaml->str, made->yaml->len, NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        diags_print(d, text, true);
        if (!s)
            g_printerr("%s\n%s\n", text->str, made->yaml->str);
        g_assert_nonnull(s);
        g_assert_cmpstr(laid, ==, made->yaml->str);
        story_free(s);
        diags_free(d);
    }
    twee_story_free(made);
    twee_free(t);
    return 0;
}
