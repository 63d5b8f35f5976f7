#include "base/packed_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long the parts of a zip archive are, without names and extra fields. */
enum { LOCAL = 30, CENTRAL = 46, END = 22, END64 = 56, LOCATOR = 20, EXTRA_HEAD = 4, LOCAL_EXTRA64 = EXTRA_HEAD + 16 };

#define IN_EXTRA 0xFFFFFFFF /* the number itself is in the extra field of zip64 */
#define UTF8     0x0800     /* the one flag that a file may have: its name is in UTF-8 */
#define FOLDER   0x10       /* DOS's attribute */

/* What the directory says about a file. */
struct entry {
    const uint8_t *header; /* in the directory */
    const char *name;      /* without a NUL */
    size_t name_len;
    int64_t at; /* of its local header */
    bool big;   /* its size is in extra fields */
    struct packed_file file;
};

/* The directory, and how far it was read. */
struct directory {
    int fd;
    int64_t begin, size;
    uint64_t n;
    uint8_t *bytes;
    int64_t read;       /* bytes of it */
    int64_t expected;   /* where the next file's header must be */
    struct entry entry; /* the last one that was read */
    const char *last;   /* the name before it */
    size_t last_len;
};

static uint64_t number(const uint8_t *p, size_t n)
{
    uint64_t value = 0;
    while (n-- > 0)
        value = value << 8 | p[n];
    return value;
}

static bool read_at(int fd, uint8_t *to, size_t n, int64_t at)
{
    size_t done = 0;
    for (ssize_t got; done < n && (got = pread(fd, to + done, n - done, at + (int64_t)done)) > 0;)
        done += (size_t)got;
    return done == n;
}

static bool has_mark(const uint8_t *p, const char *mark)
{
    return memcmp(p, mark, 4) == 0;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void read_end(struct directory *d, const uint8_t *end)
{
    d->n = number(end + 10, 2);
    d->size = (int64_t)number(end + 12, 4);
    d->begin = (int64_t)number(end + 16, 4);
}

/* A number of the old end must be that of the new one, or say that it is there. */
static bool agrees(int64_t old, int64_t now, int64_t sentinel)
{
    return old == now || (old == sentinel && now >= sentinel);
}

static const char *read_end64(struct directory *d, int64_t end64_at, const uint8_t *locator)
{
    uint8_t end64[END64];
    const struct directory old = *d;
    if (number(locator + 4, 4) != 0 || number(locator + 16, 4) != 1 || (int64_t)number(locator + 8, 8) != end64_at ||
        end64_at < 0 || !read_at(d->fd, end64, END64, end64_at) || !has_mark(end64, "PK\6\6") ||
        number(end64 + 4, 8) != END64 - 12 || number(end64 + 16, 8) != 0 ||
        number(end64 + 24, 8) != number(end64 + 32, 8))
        return "its end is not as it should be (zip64)";
    d->n = number(end64 + 32, 8);
    d->size = (int64_t)number(end64 + 40, 8);
    d->begin = (int64_t)number(end64 + 48, 8);
    if (d->n > PACKED_FOLDER_FILES_MAX)
        return NULL;
    return agrees((int64_t)old.n, (int64_t)d->n, 0xFFFF) && agrees(old.size, d->size, IN_EXTRA) &&
                   agrees(old.begin, d->begin, IN_EXTRA)
               ? NULL
               : "its two ends contradict each other (zip64)";
}

/* NULL, or what is wrong. */
static const char *find_directory(struct directory *d)
{
    struct stat st;
    uint8_t bytes[LOCATOR + END];
    const uint8_t *const end = bytes + LOCATOR;
    if (fstat(d->fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < (int64_t)sizeof bytes ||
        !read_at(d->fd, bytes, sizeof bytes, st.st_size - (int64_t)sizeof bytes) || !has_mark(end, "PK\5\6") ||
        number(end + 20, 2) != 0)
        return "it has no directory at its end: it is cut off, or something was added to it";
    if (number(end + 4, 4) != 0 || number(end + 8, 2) != number(end + 10, 2))
        return "it is one part of several";
    int64_t ends_at = st.st_size - END;
    read_end(d, end);
    if (has_mark(bytes, "PK\6\7")) {
        ends_at -= LOCATOR + END64;
        const char *why = read_end64(d, ends_at, bytes);
        if (why)
            return why;
    }
    if (d->n > PACKED_FOLDER_FILES_MAX)
        return "it has more than 100,000 files (PACKED_FOLDER_FILES_MAX)";
    if (d->size < 0 || d->size > PACKED_FOLDER_BYTES_MAX)
        return "its directory is larger than 16 MiB (PACKED_FOLDER_BYTES_MAX)";
    return d->begin >= 0 && d->begin == ends_at - d->size ? NULL : "its directory is not where its end says";
}

/* ---- a file ------------------------------------------------------------------------------------------------------ */

/* Parts between slashes, none of which means this folder or the one above. */
static bool is_plain_name(const char *name, size_t n)
{
    if (n == 0 || n > PACKED_FOLDER_NAME_BYTES || !g_utf8_validate(name, (gssize)n, NULL))
        return false;
    for (size_t from = 0, to; from <= n; from = to + 1) {
        for (to = from; to < n && name[to] != '/'; to++)
            if ((unsigned char)name[to] < 0x20 || name[to] == 0x7F || name[to] == '\\')
                return false;
        const size_t len = to - from;
        if (len == 0 || (name[from] == '.' && (len == 1 || (len == 2 && name[from + 1] == '.'))))
            return false;
    }
    return true;
}

/* The extra field of zip64, the only one there may be: it has those numbers that the header has no room for. */
static bool read_extra(struct entry *e, const uint8_t *extra, size_t n)
{
    const uint8_t *const h = e->header;
    const bool moved = number(h + 42, 4) == IN_EXTRA;
    const size_t wanted = (e->big ? 16u : 0u) + (moved ? 8u : 0u);
    if (n != (wanted ? EXTRA_HEAD + wanted : 0))
        return false;
    if (!wanted)
        return true;
    if (number(extra, 2) != 1 || number(extra + 2, 2) != wanted)
        return false;
    const uint8_t *at = extra + EXTRA_HEAD;
    if (e->big) {
        e->file.size = (int64_t)number(at, 8);
        if (number(at, 8) != number(at + 8, 8) || e->file.size < (int64_t)IN_EXTRA)
            return false;
        at += 16;
    }
    if (moved)
        e->at = (int64_t)number(at, 8);
    return !moved || e->at >= (int64_t)IN_EXTRA;
}

/* Without its name. */
static const char *judge_header(const uint8_t *h)
{
    const uint64_t flags = number(h + 8, 2), kind = number(h + 38, 4) >> 16 & S_IFMT;
    if (flags & 1 || flags & 0x2040)
        return "is encrypted";
    if (number(h + 10, 2) != 0)
        return "is compressed";
    if (flags & ~(uint64_t)UTF8)
        return "has its size behind it, not before it";
    if (number(h + 20, 4) != number(h + 24, 4))
        return "has two sizes";
    if (number(h + 32, 2) != 0)
        return "has a comment";
    if (number(h + 34, 2) != 0)
        return "is in another part of the archive";
    return (kind && kind != S_IFREG) || number(h + 38, 4) & FOLDER ? "is a link, a folder or a device" : NULL;
}

static int compare_names(const char *a, size_t n_a, const char *b, size_t n_b)
{
    const int order = memcmp(a, b, MIN(n_a, n_b));
    return order ? order : (n_a > n_b) - (n_a < n_b);
}

static const char *judge_place(struct directory *d)
{
    struct entry *const e = &d->entry;
    const int order = d->last ? compare_names(d->last, d->last_len, e->name, e->name_len) : -1;
    if (order >= 0)
        return order ? "is not in the order of names" : "is there twice";
    if (e->at != d->expected)
        return "overlaps another file, or lies apart";
    e->file.begin = e->at + LOCAL + (int64_t)e->name_len + (e->big ? LOCAL_EXTRA64 : 0);
    if (e->file.size < 0 || e->file.begin > d->begin || e->file.size > d->begin - e->file.begin)
        return "is said to be longer than there is room for it";
    d->expected = e->file.begin + e->file.size;
    return NULL;
}

/* Reads the next entry. NULL, or what is wrong; the entry has a name then, unless that is what is wrong. */
static const char *next_entry(struct directory *d)
{
    struct entry *const e = &d->entry;
    const uint8_t *const h = d->bytes + d->read;
    const int64_t left = d->size - d->read;
    d->last = e->name;
    d->last_len = e->name_len;
    *e = (struct entry){.header = h};
    if (left < CENTRAL || !has_mark(h, "PK\1\2") || left - CENTRAL < (int64_t)(number(h + 28, 2) + number(h + 30, 2)))
        return "its directory breaks off";
    const size_t name_len = number(h + 28, 2), extra_len = number(h + 30, 2);
    if (!is_plain_name((const char *)h + CENTRAL, name_len))
        return "a name in it is absolute, leads out of the folder, or is no name of a file";
    e->name = (const char *)h + CENTRAL;
    e->name_len = name_len;
    e->file.size = (int64_t)number(h + 24, 4);
    e->at = (int64_t)number(h + 42, 4);
    e->big = e->file.size == IN_EXTRA;
    d->read += CENTRAL + (int64_t)(name_len + extra_len);
    const char *why = judge_header(h);
    if (!why && !read_extra(e, h + CENTRAL + name_len, extra_len))
        why = "has extra fields that it must not have";
    return why ? why : judge_place(d);
}

/* What stands before the file's bytes must be what the directory says: flags, method, time, checksum, sizes, name. */
static const char *judge_local(const struct directory *d)
{
    enum { SAME = 22 };
    const struct entry *const e = &d->entry;
    const size_t extra = e->big ? LOCAL_EXTRA64 : 0, n = LOCAL + e->name_len + extra;
    g_autofree uint8_t *h = g_malloc(n);
    uint8_t sizes[LOCAL_EXTRA64] = {1, 0, 16, 0};
    for (int i = 0; i < 16; i++)
        sizes[EXTRA_HEAD + i] = (uint8_t)(e->file.size >> i % 8 * 8);
    const bool same = read_at(d->fd, h, n, e->at) && has_mark(h, "PK\3\4") && memcmp(h + 6, e->header + 8, SAME) == 0 &&
                      number(h + 28, 2) == extra && memcmp(h + LOCAL, e->name, e->name_len) == 0 &&
                      memcmp(h + LOCAL + e->name_len, sizes, extra) == 0;
    return same ? NULL : "is described in two ways that differ";
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static const char *read_directory(struct directory *d)
{
    const char *why = find_directory(d);
    if (why)
        return why;
    d->bytes = g_malloc((gsize)d->size + 1);
    return read_at(d->fd, d->bytes, (size_t)d->size, d->begin) ? NULL : "it can't be read";
}

/* Behind the last entry. */
static const char *judge_whole(const struct directory *d)
{
    return d->read != d->size        ? "its directory has more in it than files"
           : d->expected != d->begin ? "it has bytes that belong to no file"
                                     : NULL;
}

bool packed_folder_find(int fd, const char *name, struct packed_file *file)
{
    struct directory d = {.fd = fd};
    g_autofree char *wanted = packed_folder_name(name);
    const size_t n = strlen(wanted);
    bool found = false;
    const char *why = read_directory(&d);
    for (uint64_t i = 0; !why && i < d.n; i++) {
        why = next_entry(&d);
        if (why || compare_names(d.entry.name, d.entry.name_len, wanted, n) != 0)
            continue;
        why = judge_local(&d);
        *file = d.entry.file;
        found = true;
    }
    if (!why)
        why = judge_whole(&d);
    g_free(d.bytes);
    errno = why ? EBADMSG : ENOENT;
    return found && !why;
}

static void add_file(GHashTable *files, const struct entry *e)
{
    g_hash_table_insert(files, g_strndup(e->name, e->name_len), g_memdup2(&e->file, sizeof e->file));
}

static void set_problem(const struct entry *e, const char *why, GError **error)
{
    if (e->name)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "`%.*s` in it %s", (int)e->name_len, e->name, why);
    else
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
}

GHashTable *packed_folder_read(int fd, GError **error)
{
    struct directory d = {.fd = fd};
    GHashTable *files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *why = read_directory(&d);
    for (uint64_t i = 0; !why && i < d.n; i++) {
        why = next_entry(&d);
        if (!why)
            why = judge_local(&d);
        if (!why)
            add_file(files, &d.entry);
    }
    if (!why && (why = judge_whole(&d)))
        d.entry.name = NULL;
    if (why) {
        set_problem(&d.entry, why, error);
        g_clear_pointer(&files, g_hash_table_unref);
    }
    assert(!files || g_hash_table_size(files) == d.n);
    g_free(d.bytes);
    return files;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

char *packed_folder_name(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    GString *name = g_string_new(NULL);
    for (int i = 0; parts[i]; i++)
        if (*parts[i] && strcmp(parts[i], ".") != 0)
            g_string_append_printf(name, "%s%s", name->len ? "/" : "", parts[i]);
    return g_string_free(name, FALSE);
}

bool packed_folder_is(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    uint8_t head[4] = {0};
    if (fd < 0)
        return false;
    const bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    const bool is =
        file && ((read_at(fd, head, 4, 0) && has_mark(head, "PK\3\4")) || g_str_has_suffix(path, PACKED_FOLDER_SUFFIX));
    close(fd);
    return is;
}
