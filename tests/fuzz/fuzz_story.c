/* Loads any bytes as a story: either it has errors or it is sound, nothing leaks, and the same bytes give the same result again. */
#include "story/load.h"
#include "story_model.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    const int fd = memfd_create("story", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    g_assert_true(load(path) == load(path));
    close(fd);
    return 0;
}
