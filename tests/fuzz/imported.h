/* imported: what a story must be that was made of other documents: it loads, and is in the layout of `frumious fmt`. */
#pragma once

#include "file.h"
#include "story/load.h"
#include "story/yaml_layout.h"

/* `yaml` may be empty: nothing was made. */
static inline void fuzz_imported(const GString *yaml)
{
    if (yaml->len == 0)
        return;
    struct diags *d = diags_new();
    struct story *s = story_load(fuzz_file((const uint8_t *)yaml->str, yaml->len), d);
    g_autofree char *laid = yaml_layout(yaml->str, yaml->len, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    diags_print(d, text, true);
    if (!s)
        g_printerr("%s\n%s\n", text->str, yaml->str);
    g_assert_nonnull(s);
    g_assert_cmpstr(laid, ==, yaml->str);
    story_free(s);
    diags_free(d);
}
