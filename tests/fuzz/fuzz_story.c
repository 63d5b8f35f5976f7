/* Loads any bytes as a story: either it has errors or it is sound, nothing leaks, and the same bytes give the same result again. */
#include "file.h"
#include "story/load.h"
#include "story_model.h"

const unsigned fuzz_runs = 2500;

static uint64_t load(const char *path)
{
    struct diags *d = diags_new();
    struct story *s = story_load(path, d);
    g_autoptr(GString) text = g_string_new(NULL);
    diags_print(d, text, true);
    g_assert_true((s != NULL) == (diags_count(d, DIAG_ERROR) == 0));
    g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
    if (s)
        g_assert_cmpstr(model_check(s), ==, NULL);
    const uint64_t h = s ? s->hash : g_str_hash(text->str);
    story_free(s);
    diags_free(d);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    g_assert_true(load(path) == load(path));
    return 0;
}
