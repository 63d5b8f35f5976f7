/*
 * Any bytes are a pack: it is refused, or each file in it lies in the archive, behind the one before, and is found by its
 * name at the same place. What is called story.yaml is loaded from it as a story.
 */
#include "base/beneath.h"
#include "base/packed_folder.h"
#include "file.h"
#include "story/load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int by_place(const void *a, const void *b)
{
    const struct packed_file *const x = *(void *const *)a, *const y = *(void *const *)b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static void check_files(int fd, GHashTable *files, size_t size)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new();
    GHashTableIter i;
    void *name, *place;
    int64_t end = 0;
    g_hash_table_iter_init(&i, files);
    while (g_hash_table_iter_next(&i, &name, &place)) {
        struct packed_file found = {0};
        const struct packed_file *const f = place;
        g_assert_true(packed_folder_find(fd, name, &found));
        g_assert_true(found.begin == f->begin && found.size == f->size);
        g_assert_true(*(char *)name != '/' && g_utf8_validate(name, -1, NULL));
        g_ptr_array_add(places, place);
    }
    g_ptr_array_sort(places, by_place);
    for (guint k = 0; k < places->len; k++) {
        const struct packed_file *const f = places->pdata[k];
        g_assert_true(f->size >= 0 && f->begin > end && f->begin + f->size <= (int64_t)size);
        end = f->begin + f->size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    g_autoptr(GError) error = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    GHashTable *files = packed_folder_read(fd, &error);
    g_assert_true(!files == (error != NULL));
    if (files) {
        check_files(fd, files, size);
        struct diags *diags = diags_new();
        story_free(story_load(path, diags));
        diags_free(diags);
        g_hash_table_unref(files);
    }
    close(fd);
    return 0;
}
