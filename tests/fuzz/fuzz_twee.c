/* Imports any bytes as Twee: they are refused, or become a story that loads, in the layout of `frumious fmt`. */
#include "adopt/twee_import.h"
#include "imported.h"

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
    fuzz_imported(made->yaml);
    twee_story_free(made);
    twee_free(t);
    return 0;
}
