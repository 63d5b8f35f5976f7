#include "base/folder_packer.h"

#include "base/beneath.h"
#include "base/packed_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#define FIRST_OF_1980 0x21 /* DOS's date; zip knows no earlier one */
#define PROGRESS_STEP 0.01

/* ---- one file, as libzip reads it --------------------------------------------------------------------------------- */

struct reader {
    const char *path;
    struct beneath_file file;
    int64_t at;
    zip_error_t error;
};

static zip_int64_t fail_reading(struct reader *r)
{
    zip_error_set(&r->error, ZIP_ER_READ, errno);
    return -1;
}

static zip_int64_t open_file(struct reader *r)
{
    r->at = 0;
    return beneath_open(r->path, &r->file) ? 0 : fail_reading(r);
}

static zip_int64_t read_file(struct reader *r, void *to, zip_uint64_t n)
{
    const ssize_t got = beneath_read(&r->file, to, (size_t)n, r->at);
    if (got < 0)
        return fail_reading(r);
    r->at += got;
    return got;
}

static zip_int64_t tell_size(struct reader *r, zip_stat_t *st)
{
    struct beneath_file file;
    if (!beneath_look(r->path, &file))
        return fail_reading(r);
    zip_stat_init(st);
    st->size = (zip_uint64_t)file.stat.st_size;
    st->valid = ZIP_STAT_SIZE;
    return sizeof *st;
}

static zip_int64_t serve(void *user, void *data, zip_uint64_t n, zip_source_cmd_t command)
{
    struct reader *r = user;
    switch ((int)command) {
    case ZIP_SOURCE_OPEN:
        return open_file(r);
    case ZIP_SOURCE_READ:
        return read_file(r, data, n);
    case ZIP_SOURCE_CLOSE:
        beneath_close(&r->file);
        return 0;
    case ZIP_SOURCE_STAT:
        return tell_size(r, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&r->error, data, n);
    case ZIP_SOURCE_FREE:
        beneath_close(&r->file);
        zip_error_fini(&r->error);
        g_free(r);
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                              ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
    default:
        zip_error_set(&r->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

struct packing {
    const char *to; /* what messages call it: the file is written beside it */
    zip_t *zip;
    folder_packer_progress progress;
    void *user;
    bool stopped;
};

static bool add_file(zip_t *zip, const char *name, const char *path)
{
    struct reader *r = g_new0(struct reader, 1);
    r->path = path;
    r->file.fd = -1;
    zip_error_init(&r->error);
    zip_source_t *source = zip_source_function(zip, serve, r);
    const zip_int64_t i = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (i < 0) {
        if (source)
            zip_source_free(source);
        else
            g_free(r);
        return false;
    }
    const zip_uint64_t index = (zip_uint64_t)i;
    return zip_set_file_compression(zip, index, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(zip, index, 0, FIRST_OF_1980, 0) == 0 &&
           zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_UNIX, (zip_uint32_t)(S_IFREG | 0644) << 16) == 0;
}

static void on_progress(zip_t *zip, double part, void *user)
{
    struct packing *p = user;
    (void)zip;
    p->stopped = p->stopped || (p->progress && !p->progress(p->user, part));
}

static int is_stopped(zip_t *zip, void *user)
{
    (void)zip;
    return ((struct packing *)user)->stopped;
}

static int by_bytes(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_files(zip_t *zip, GHashTable *files)
{
    guint n = 0;
    g_autofree char **names = (char **)g_hash_table_get_keys_as_array(files, &n);
    qsort(names, n, sizeof *names, by_bytes);
    for (guint i = 0; i < n; i++)
        if (!add_file(zip, names[i], g_hash_table_lookup(files, names[i])))
            return false;
    return true;
}

static bool fail(GError **error, const char *path, const char *why)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s can't be written: %s", path, why);
    return false;
}

static bool write_zip(const char *path, GHashTable *files, struct packing *p, GError **error)
{
    int code = 0;
    zip_error_t why;
    p->zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (!p->zip) {
        zip_error_init_with_code(&why, code);
        fail(error, p->to, zip_error_strerror(&why));
        zip_error_fini(&why);
        return false;
    }
    zip_register_progress_callback_with_state(p->zip, PROGRESS_STEP, on_progress, NULL, p);
    zip_register_cancel_callback_with_state(p->zip, is_stopped, NULL, p);
    if (add_files(p->zip, files) && zip_close(p->zip) == 0)
        return true;
    if (p->stopped)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
    else
        fail(error, p->to, zip_strerror(p->zip));
    zip_discard(p->zip);
    return false;
}

/* Is everything in it, as the player will see it? Then it is flushed. */
static bool prove(const char *path, GHashTable *files, int64_t *bytes, GError **error)
{
    struct stat st;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    GHashTable *packed = packed_folder_read(fd, error);
    const mode_t mask = umask(0);
    umask(mask);
    const bool whole = packed && g_hash_table_size(packed) == g_hash_table_size(files);
    bool good = whole && fchmod(fd, 0666 & ~mask) == 0 && fsync(fd) == 0 && fstat(fd, &st) == 0;
    if (good)
        *bytes = st.st_size;
    else if (packed)
        fail(error, path, whole ? g_strerror(errno) : "files are missing in it");
    else
        g_prefix_error(error, "the pack can't be made: ");
    g_clear_pointer(&packed, g_hash_table_unref);
    if (fd >= 0)
        close(fd);
    return good;
}

bool folder_packer_write(const char *to, GHashTable *files, folder_packer_progress progress, void *user, int64_t *bytes,
                         GError **error)
{
    struct packing p = {.to = to, .progress = progress, .user = user};
    g_autofree char *fresh = g_strconcat(to, ".XXXXXX", NULL);
    const int fd = g_mkstemp_full(fresh, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(error, to, g_strerror(errno));
    close(fd);
    assert(g_hash_table_size(files) > 0);
    bool good = write_zip(fresh, files, &p, error) && prove(fresh, files, bytes, error);
    if (good && rename(fresh, to) != 0)
        good = fail(error, to, g_strerror(errno));
    if (!good)
        g_unlink(fresh);
    return good;
}
