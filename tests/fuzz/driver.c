/*
 * driver: runs a fuzz target without a fuzzer, as a test program that speaks TAP.
 *
 * A target is tests/fuzz/fuzz_NAME.c with the function that libFuzzer also calls. The driver gives it every file of
 * tests/fuzz/corpus/NAME/ and its subfolders, and of the folders named on the command line, then mutations of them from
 * a printed seed. The build is sanitized: what goes wrong ends the process. `make fuzz` links the target with libFuzzer
 * instead of this file, and searches in earnest.
 *
 * FUZZ_SEED and FUZZ_RUNS (mutations in all, default 4000, or what a slow target says itself: tests/fuzz/file.h)
 * override the defaults; FUZZ_KEEP=FILE keeps the last input there, to find the one that crashed.
 */
#include "tap.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of all files together; the target's own number, where it has one. */
#define RUNS_DEFAULT 4000
extern const unsigned fuzz_runs __attribute__((weak));
/* Of one file, however few there are. */
#define RUNS_PER_FILE_MAX 400

/* Larger files are left out of mutation: a smoke test has seconds, not hours. */
#define MUTATED_BYTES_MAX (64 * 1024)

static uint64_t env_number(const char *name, uint64_t fallback)
{
    const char *text = g_getenv(name);
    return text ? g_ascii_strtoull(text, NULL, 0) : fallback;
}

/* The target gets a copy of the exact size, so that AddressSanitizer sees a read past the end. */
static void feed(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size); /* of no byte, too, it is no null pointer */
    g_assert_nonnull(copy);
    memcpy(copy, data, size);
    const char *keep = g_getenv("FUZZ_KEEP");
    if (keep)
        g_file_set_contents(keep, (const char *)data, (gssize)size, NULL);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void flip_bit(GByteArray *b, GRand *rand)
{
    const guint32 i = g_rand_int(rand) % b->len;
    b->data[i] = (uint8_t)(b->data[i] ^ (1u << (g_rand_int(rand) % 8)));
}

static void put_byte(GByteArray *b, GRand *rand)
{
    /* What parsers treat specially; 0 is among them. */
    static const char special[] = "\0\n\t :,-#'\"\\{}[]|&*!?%@`<>=0\xff\x80";
    b->data[g_rand_int(rand) % b->len] = (uint8_t)special[g_rand_int(rand) % (sizeof special - 1)];
}

static void cut_out(GByteArray *b, GRand *rand)
{
    const guint32 at = g_rand_int(rand) % b->len;
    g_byte_array_remove_range(b, at, 1 + g_rand_int(rand) % MIN(b->len - at, 64));
}

static void repeat(GByteArray *b, GRand *rand)
{
    const guint32 at = g_rand_int(rand) % b->len;
    uint8_t piece[64];
    const guint32 n = 1 + g_rand_int(rand) % MIN(b->len - at, (guint32)sizeof piece);
    memcpy(piece, b->data + at, n);
    g_byte_array_append(b, piece, n);
    const guint32 to = g_rand_int(rand) % (b->len - n + 1);
    memmove(b->data + to + n, b->data + to, b->len - n - to);
    memcpy(b->data + to, piece, n);
}

static void truncate_here(GByteArray *b, GRand *rand)
{
    g_byte_array_set_size(b, g_rand_int(rand) % b->len);
}

static void (*const mutations[])(GByteArray *, GRand *) = {flip_bit, put_byte, put_byte,
                                                           cut_out,  repeat,   truncate_here};

static void mutate(const char *data, size_t size, GRand *rand, uint64_t runs)
{
    for (uint64_t i = 0; i < runs; i++) {
        GByteArray *b = g_byte_array_new();
        g_byte_array_append(b, (const uint8_t *)data, (guint)size);
        for (guint32 n = 1 + g_rand_int(rand) % 4; n > 0 && b->len > 0; n--)
            mutations[g_rand_int(rand) % G_N_ELEMENTS(mutations)](b, rand);
        feed(b->data, b->len);
        g_byte_array_unref(b);
    }
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of all files in the folder and below it, each folder in the order of names. */
static void list_files(const char *folder, GPtrArray *files)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    if (!dir)
        return;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir));)
        g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_dir_close(dir);
    g_ptr_array_sort(paths, by_name);
    for (guint i = 0; i < paths->len; i++)
        if (g_file_test(paths->pdata[i], G_FILE_TEST_IS_DIR))
            list_files(paths->pdata[i], files);
        else
            g_ptr_array_add(files, g_strdup(paths->pdata[i]));
}

static void run_file(const char *path, GRand *rand, uint64_t runs)
{
    g_autofree char *data = NULL;
    size_t size;
    if (!g_file_get_contents(path, &data, &size, NULL))
        return;
    feed((const uint8_t *)data, size);
    if (size <= MUTATED_BYTES_MAX)
        mutate(data, size, rand, runs);
    ok(true, "%s and %" G_GUINT64_FORMAT " mutations of it", path, size <= MUTATED_BYTES_MAX ? runs : 0);
}

int main(int argc, char **argv)
{
    const uint64_t seed = env_number("FUZZ_SEED", 20);
    const uint64_t runs = env_number("FUZZ_RUNS", &fuzz_runs ? fuzz_runs : RUNS_DEFAULT);
    g_autofree char *name = g_path_get_basename(argv[0]);
    g_autofree char *corpus = g_build_filename("tests/fuzz/corpus", name + strlen("fuzz_"), NULL);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    printf("# seed %" G_GUINT64_FORMAT "\n", seed);
    GRand *rand = g_rand_new_with_seed((guint32)seed);
    list_files(corpus, files);
    for (int i = 1; i < argc; i++)
        list_files(argv[i], files);
    feed((const uint8_t *)"", 0);
    ok(true, "nothing at all");
    for (guint i = 0; i < files->len; i++)
        run_file(files->pdata[i], rand, MIN(runs / files->len, RUNS_PER_FILE_MAX));
    g_rand_free(rand);
    if (files->len == 0)
        ok(false, "%s has files", corpus);
    return tap_done();
}
