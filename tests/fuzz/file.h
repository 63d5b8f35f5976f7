/*
 * file: for fuzz targets of readers that open a path.
 *
 * fuzz_file() puts an input into a file without a name, whose path is the same for each run. Readers that want a name
 * or a place of its own get a file in fuzz_folder(), which is private to the process, lies in memory where it can, and
 * goes when the process ends. One thread.
 */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Mutations that the driver makes in all, for a target that is slow; see driver.c. */
extern const unsigned fuzz_runs;

static char *fuzz_folder_;

/* The path of a file that holds the input; until the next call. */
static inline const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("input", MFD_CLOEXEC);
        g_snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    g_assert_true(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    return path;
}

static inline void fuzz_remove_(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        fuzz_remove_(inner);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_remove(path);
}

static inline void fuzz_leave_(void)
{
    fuzz_remove_(fuzz_folder_);
    g_clear_pointer(&fuzz_folder_, g_free);
}

/* The process's own folder; the viewer's home is in it, too. Call it before anything asks GLib for such a folder. It is
 * made in $FUZZ_HOME, if somebody else cleans up there after a crash. */
static inline const char *fuzz_folder(void)
{
    static const char *const homes[] = {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
                                        "XDG_RUNTIME_DIR"};
    if (fuzz_folder_)
        return fuzz_folder_;
    const char *home = g_getenv("FUZZ_HOME");
    fuzz_folder_ = g_build_filename(home ? home : "/dev/shm", "frumious-fuzz-XXXXXX", NULL);
    if (!g_mkdtemp(fuzz_folder_)) {
        g_free(fuzz_folder_);
        fuzz_folder_ = g_dir_make_tmp("frumious-fuzz-XXXXXX", NULL);
    }
    g_assert_nonnull(fuzz_folder_);
    atexit(fuzz_leave_);
    for (size_t i = 0; i < G_N_ELEMENTS(homes); i++)
        g_setenv(homes[i], fuzz_folder_, TRUE);
    return fuzz_folder_;
}

/* Replaces a file, and makes the folders that it lies in. */
static inline void fuzz_put(const char *path, const uint8_t *data, size_t size)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    g_unlink(path);
    g_assert_true(
        g_file_set_contents_full(path, (const char *)data, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* The next `n` bytes of an input; what is missing is 0. */
static inline uint64_t fuzz_take(const uint8_t **at, const uint8_t *end, size_t n)
{
    uint64_t number = 0;
    for (size_t i = 0; i < n; i++)
        number |= *at < end ? (uint64_t) * (*at)++ << (8 * i) : 0;
    return number;
}
