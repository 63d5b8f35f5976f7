/* Imports any bytes as the documents of a published film: they are refused, or become a story that loads, in the layout of `frumious
 * fmt`. */
#include "adopt/moments_import.h"
#include "imported.h"

const unsigned fuzz_runs = 1500;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    struct moments_file f;
    const bool read = moments_file_read(&f, (const char *)data, size, "input", &error);
    g_assert_true(!read == (error != NULL));
    if (read) {
        struct moments_story *made = moments_story_make(f.segments, f.moments, "film.mp4");
        g_assert_true(made->yaml->len > 0 || made->missed->len > 0);
        fuzz_imported(made->yaml);
        moments_story_free(made);
    }
    moments_file_clear(&f);
    return 0;
}
