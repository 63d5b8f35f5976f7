/* Any bytes are the file of a store: list, show, status, export and report read it or say what is wrong with it. */
#include "store_readers.h"

const unsigned fuzz_runs = 200;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *path = g_build_filename(fuzz_folder(), "fuzz.sqlite", NULL);
    readers_remove(path);
    fuzz_put(path, data, size);
    readers_all(path);
    return 0;
}
