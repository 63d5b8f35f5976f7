/*
 * Packs: a sound one is a folder whose files are windows of it; one that lies in any way that zip allows is refused, and the
 * message names the lie.
 */
#include "tap.h"

#include "base/beneath.h"
#include "base/packed_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *top;

/* ---- archives made here, byte by byte ----------------------------------------------------------------------------- */

enum part { NONE, LOCAL, CENTRAL, END };

struct patch {
    enum part part;
    int file; /* 0 to 2 */
    int at;   /* in the header */
    int n;    /* bytes */
    uint64_t value;
};

struct lie {
    const char *what;
    const char *names[3];    /* NULL: those of a sound one */
    const char *extra;       /* of the second file, in the directory and before the file */
    int gap, before, behind; /* bytes that belong to nothing: in front of the directory, of everything, at the end */
    struct patch patch[4];
    const char *wanted; /* in the message */
};

static const char *const sound_names[3] = {"a.mp4", "clips/b.mp4", "story.yaml"};
static const char *const contents[3] = {"film", "another film", "frumious: 1\n"};

struct archive {
    GByteArray *bytes;
    gsize local[3], central[3], end;
};

static void put(GByteArray *b, uint64_t value, int n)
{
    for (int i = 0; i < n; i++, value >>= 8)
        g_byte_array_append(b, &(guint8){(guint8)value}, 1);
}

static void put_text(GByteArray *b, const char *text)
{
    g_byte_array_append(b, (const guint8 *)text, (guint)strlen(text));
}

/* What header and directory have in common: flags, method, time, checksum, sizes, lengths of name and extra field. */
static void put_common(GByteArray *b, const char *name, const char *content, const char *extra)
{
    put(b, 0, 4);
    put(b, 0x00210000, 4);
    put(b, 0x12345678, 4);
    put(b, strlen(content), 4);
    put(b, strlen(content), 4);
    put(b, strlen(name), 2);
    put(b, strlen(extra), 2);
}

static void put_local(struct archive *a, int i, const char *name, const char *extra)
{
    a->local[i] = a->bytes->len;
    put_text(a->bytes, "PK\3\4");
    put(a->bytes, 10, 2);
    put_common(a->bytes, name, contents[i], extra);
    put_text(a->bytes, name);
    put_text(a->bytes, extra);
    put_text(a->bytes, contents[i]);
}

static void put_central(struct archive *a, int i, const char *name, const char *extra)
{
    a->central[i] = a->bytes->len;
    put_text(a->bytes, "PK\1\2");
    put(a->bytes, 0x031e, 2);
    put(a->bytes, 10, 2);
    put_common(a->bytes, name, contents[i], extra);
    put(a->bytes, 0, 6);
    put(a->bytes, 0100644u << 16, 4);
    put(a->bytes, a->local[i], 4);
    put_text(a->bytes, name);
    put_text(a->bytes, extra);
}

static void put_end(struct archive *a, int n, gsize begin)
{
    a->end = a->bytes->len;
    put_text(a->bytes, "PK\5\6");
    put(a->bytes, 0, 4);
    put(a->bytes, (uint64_t)n, 2);
    put(a->bytes, (uint64_t)n, 2);
    put(a->bytes, a->end - begin, 4);
    put(a->bytes, begin, 4);
    put(a->bytes, 0, 2);
}

static void put_nothing(struct archive *a, int n)
{
    for (int i = 0; i < n; i++)
        put(a->bytes, 'x', 1);
}

static void apply(const struct archive *a, const struct patch *p)
{
    const gsize at = p->part == LOCAL ? a->local[p->file] : p->part == CENTRAL ? a->central[p->file] : a->end;
    for (int i = 0; i < p->n; i++)
        a->bytes->data[at + (gsize)(p->at + i)] = (guint8)(p->value >> 8 * i);
}

static struct archive make(const struct lie *l)
{
    struct archive a = {g_byte_array_new(), {0}, {0}, 0};
    const char *const *names = l->names[0] ? l->names : sound_names;
    put_nothing(&a, l->before);
    for (int i = 0; i < 3; i++)
        put_local(&a, i, names[i], i == 1 && l->extra ? l->extra : "");
    put_nothing(&a, l->gap);
    const gsize begin = a.bytes->len;
    for (int i = 0; i < 3; i++)
        put_central(&a, i, names[i], i == 1 && l->extra ? l->extra : "");
    put_end(&a, 3, begin);
    for (int i = 0; i < 4; i++)
        if (l->patch[i].part != NONE)
            apply(&a, &l->patch[i]);
    put_nothing(&a, l->behind);
    return a;
}

/* Of a pack in memory. */
static int open_pack(const GByteArray *bytes)
{
    const int fd = memfd_create("pack", MFD_CLOEXEC);
    if (fd < 0 || pwrite(fd, bytes->data, bytes->len, 0) != (ssize_t)bytes->len)
        ok(false, "a file can't be written");
    return fd;
}

static char *write_pack(const GByteArray *bytes)
{
    char *path = g_build_filename(top, "film.frumious", NULL);
    if (!g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL))
        ok(false, "a file can't be written");
    return path;
}

/* ---- refused ------------------------------------------------------------------------------------------------------ */

#define BOTH(at, n, value)                                                                                             \
    {                                                                                                                  \
        {LOCAL, 1, (at)-2, (n), (value)},                                                                              \
        {                                                                                                              \
            CENTRAL, 1, (at), (n), (value)                                                                             \
        }                                                                                                              \
    }

#define TEN(text) text text text text text text text text text text
#define LONG_NAME TEN(TEN("aaaaaaaaaa")) "aaaaaaaaaaaaaaaaaaaaaaaaa" /* 1025 */

static const struct lie lies[] = {
    {.what = "a bomb: compressed", .patch = BOTH(10, 2, 8), .wanted = "`clips/b.mp4` in it is compressed"},
    {.what = "encrypted", .patch = BOTH(8, 2, 1), .wanted = "is encrypted"},
    {.what = "encrypted, with its headers", .patch = BOTH(8, 2, 0x2000), .wanted = "is encrypted"},
    {.what = "sizes that follow", .patch = BOTH(8, 2, 8), .wanted = "has its size behind it"},
    {.what = "two sizes", .patch = BOTH(20, 4, 5), .wanted = "has two sizes"},
    {.what = "longer than it is, everywhere",
     .patch = {{LOCAL, 1, 18, 4, 90}, {CENTRAL, 1, 20, 4, 90}, {LOCAL, 1, 22, 4, 90}, {CENTRAL, 1, 24, 4, 90}},
     .wanted = "longer than there is room"},
    {.what = "far longer than the archive",
     .patch = {{CENTRAL, 1, 20, 4, 0xFFFFFFF0}, {CENTRAL, 1, 24, 4, 0xFFFFFFF0}},
     .wanted = "longer than there is room"},
    {.what = "shorter than it is, everywhere",
     .patch = {{LOCAL, 1, 18, 4, 2}, {CENTRAL, 1, 20, 4, 2}, {LOCAL, 1, 22, 4, 2}, {CENTRAL, 1, 24, 4, 2}},
     .wanted = "`story.yaml` in it overlaps another file, or lies apart"},
    {.what = "two entries, one file", .patch = {{CENTRAL, 1, 42, 4, 0}}, .wanted = "overlaps another file"},
    {.what = "inside another file", .patch = {{CENTRAL, 2, 42, 4, 40}}, .wanted = "overlaps another file"},
    {.what = "behind the end", .patch = {{CENTRAL, 2, 42, 4, 0x7FFFFFFF}}, .wanted = "overlaps another file"},
    {.what = "bytes that belong to nothing", .gap = 7, .wanted = "bytes that belong to no file"},
    {.what = "a program in front of it", .before = 64, .wanted = "overlaps another file, or lies apart"},
    {.what = "something behind it", .behind = 1, .wanted = "no directory at its end"},
    {.what = "a comment that is not there", .patch = {{END, 0, 20, 2, 5}}, .wanted = "no directory at its end"},
    {.what = "a comment at the end", .patch = {{END, 0, 20, 2, 5}}, .behind = 5, .wanted = "no directory at its end"},
    {.what = "the name twice", .names = {"a.mp4", "a.mp4", "b.mp4"}, .wanted = "`a.mp4` in it is there twice"},
    {.what = "out of order", .names = {"b.mp4", "a.mp4", "c.mp4"}, .wanted = "not in the order"},
    {.what = "absolute", .names = {"/etc/passwd", "a.mp4", "b.mp4"}, .wanted = "is absolute, leads out"},
    {.what = "up", .names = {"../a.mp4", "a.mp4", "b.mp4"}, .wanted = "is absolute, leads out"},
    {.what = "up, later", .names = {"a/../../b", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "up, at the end", .names = {"a/..", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "the folder itself", .names = {"./a", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "an empty part", .names = {"a//b", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "no name", .names = {"", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "a folder by its name", .names = {"a/", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "backslashes", .names = {"..\\a", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "a line end in a name", .names = {"a\nb", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "an escape in a name", .names = {"a\033[2J", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "the end of a C1 escape in a name", .names = {"a\x7f", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "a name that is too long", .names = {LONG_NAME, "b", "c"}, .wanted = "is absolute, leads out"},
    {.what = "not UTF-8", .names = {"a\xff", "c", "d"}, .wanted = "is absolute, leads out"},
    {.what = "a NUL in a name",
     .patch = {{LOCAL, 0, 31, 1, 0}, {CENTRAL, 0, 47, 1, 0}},
     .wanted = "is absolute, leads out"},
    {.what = "a link", .patch = {{CENTRAL, 1, 38, 4, 0120777u << 16}}, .wanted = "is a link, a folder or a device"},
    {.what = "a device", .patch = {{CENTRAL, 1, 38, 4, 0020666u << 16}}, .wanted = "is a link, a folder or a device"},
    {.what = "a folder", .patch = {{CENTRAL, 1, 38, 4, 0x10}}, .wanted = "is a link, a folder or a device"},
    {.what = "another name in front of the file", .patch = {{LOCAL, 1, 30, 1, 'd'}}, .wanted = "in two ways"},
    {.what = "another size there", .patch = {{LOCAL, 1, 22, 4, 2}}, .wanted = "in two ways"},
    {.what = "another checksum there", .patch = {{LOCAL, 1, 14, 4, 2}}, .wanted = "in two ways"},
    {.what = "another method there", .patch = {{LOCAL, 1, 8, 2, 8}}, .wanted = "in two ways"},
    {.what = "other flags there", .patch = {{LOCAL, 1, 6, 2, 1}}, .wanted = "in two ways"},
    {.what = "a longer header there", .patch = {{LOCAL, 1, 28, 2, 3}}, .wanted = "in two ways"},
    {.what = "no header there", .patch = {{LOCAL, 1, 0, 1, 'Q'}}, .wanted = "in two ways"},
    {.what = "a comment on a file", .patch = {{CENTRAL, 1, 32, 2, 1}}, .wanted = "has a comment"},
    {.what = "on another disk", .patch = {{CENTRAL, 1, 34, 2, 1}}, .wanted = "another part of the archive"},
    {.what = "one of several", .patch = {{END, 0, 4, 2, 1}}, .wanted = "one part of several"},
    {.what = "two numbers of files", .patch = {{END, 0, 8, 2, 2}}, .wanted = "one part of several"},
    {.what = "an extra field", .extra = "\x55\x54\1\1x", .wanted = "extra fields"},
    {.what = "zip64 that is not needed", .extra = "\1\2\1\1x", .wanted = "extra fields"},
    {.what = "zip64 that is not there", .patch = BOTH(20, 4, 0xFFFFFFFF), .wanted = "has two sizes"},
    {.what = "zip64 sizes that are not there",
     .patch = {{CENTRAL, 1, 20, 4, 0xFFFFFFFF}, {CENTRAL, 1, 24, 4, 0xFFFFFFFF}},
     .wanted = "extra fields"},
    {.what = "a zip64 place that is not there", .patch = {{CENTRAL, 1, 42, 4, 0xFFFFFFFF}}, .wanted = "extra fields"},
    {.what = "fewer files than there are",
     .patch = {{END, 0, 8, 2, 2}, {END, 0, 10, 2, 2}},
     .wanted = "more in it than files"},
    {.what = "more files than there are",
     .patch = {{END, 0, 8, 2, 4}, {END, 0, 10, 2, 4}},
     .wanted = "directory breaks off"},
    {.what = "a directory elsewhere", .patch = {{END, 0, 16, 4, 0}}, .wanted = "not where its end says"},
    {.what = "a directory beyond the end", .patch = {{END, 0, 16, 4, 0x7FFFFFFF}}, .wanted = "not where its end says"},
    {.what = "a huge directory", .patch = {{END, 0, 12, 4, 0x7FFFFFFF}}, .wanted = "larger than 16 MiB"},
    {.what = "a huge name", .patch = {{CENTRAL, 2, 28, 2, 0xFFFF}}, .wanted = "breaks off"},
};

static void test_lies(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        const struct archive a = make(&lies[i]);
        g_autoptr(GError) error = NULL;
        const int fd = open_pack(a.bytes);
        GHashTable *files = packed_folder_read(fd, &error);
        if (!ok(!files && error && strstr(error->message, lies[i].wanted), "refused: %s", lies[i].what))
            printf("#      got: %s\n#   wanted: %s\n", error ? error->message : "nothing", lies[i].wanted);
        struct packed_file f;
        ok(!packed_folder_find(fd, "clips/b.mp4", &f) && errno == EBADMSG, "and the file in it is not opened");
        g_clear_pointer(&files, g_hash_table_unref);
        close(fd);
        g_byte_array_unref(a.bytes);
    }
}

/* Any byte may be another one. What is read then is what was there, or nothing. */
static void test_bytes(void)
{
    const struct archive a = make(&(struct lie){.what = "sound"});
    int read = 0, wrong = 0;
    for (guint at = 0; at < a.bytes->len; at++)
        for (int flip = 1; flip < 256; flip = flip * 2 + 1) {
            a.bytes->data[at] ^= (guint8)flip;
            const int fd = open_pack(a.bytes);
            GHashTable *files = packed_folder_read(fd, NULL);
            for (int i = 0; files && i < 3; i++) {
                const struct packed_file *f = g_hash_table_lookup(files, sound_names[i]);
                wrong += !f || f->begin != (int64_t)(a.local[i] + 30 + strlen(sound_names[i])) ||
                         f->size != (int64_t)strlen(contents[i]);
            }
            read += files != NULL;
            g_clear_pointer(&files, g_hash_table_unref);
            close(fd);
            a.bytes->data[at] ^= (guint8)flip;
        }
    is_int(wrong, 0, "whatever byte is another one, no file lies anywhere else");
    ok(read > 8 * 28, "and what is no header may be anything");
    g_byte_array_unref(a.bytes);
}

static void test_lengths(void)
{
    const struct archive a = make(&(struct lie){.what = "sound"});
    int read = 0;
    for (const guint whole = a.bytes->len; a.bytes->len > 0; g_byte_array_set_size(a.bytes, a.bytes->len - 1)) {
        const int fd = open_pack(a.bytes);
        GHashTable *files = packed_folder_read(fd, NULL);
        read += files != NULL && a.bytes->len < whole;
        g_clear_pointer(&files, g_hash_table_unref);
        close(fd);
    }
    is_int(read, 0, "cut off anywhere, it is refused");
    g_byte_array_unref(a.bytes);
}

/* ---- read --------------------------------------------------------------------------------------------------------- */

static void test_sound(void)
{
    static const struct {
        const char *path, *wanted; /* NULL: it is not there */
    } rows[] = {{"a.mp4", "film"},
                {"clips/b.mp4", "another film"},
                {"story.yaml", "frumious: 1\n"},
                {"./clips//./b.mp4", "another film"},
                {"clips", NULL},
                {"clips/", NULL},
                {"b.mp4", NULL},
                {"A.mp4", NULL},
                {"clips/../a.mp4", NULL},
                {"", NULL}};
    const struct archive a = make(&(struct lie){.what = "sound"});
    g_autofree char *path = write_pack(a.bytes);
    ok(packed_folder_is(path), "a pack is known");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *marked = beneath_path(path, rows[i].path);
        struct beneath_file f, look;
        char text[32] = "";
        const bool opened = beneath_open(marked, &f);
        if (!opened) {
            ok(!rows[i].wanted && errno == ENOENT, "`%s` is not there", rows[i].path);
            continue;
        }
        const ssize_t n = beneath_read(&f, text, sizeof text, 0);
        is_str(text, rows[i].wanted, rows[i].path);
        ok(n == f.stat.st_size && S_ISREG(f.stat.st_mode) && beneath_read(&f, text, 1, n) == 0 &&
               beneath_read(&f, text, 9, n - 1) == 1,
           "and it ends where it ends");
        ok(beneath_look(marked, &look) && look.fd < 0 && beneath_is_same(&f, &look) && beneath_is_file(marked),
           "whoever only looks sees the same file");
        beneath_close(&f);
    }
    g_autofree char *one = beneath_path(path, "a.mp4"), *other = beneath_path(path, "story.yaml");
    struct beneath_file x, y;
    ok(beneath_look(one, &x) && beneath_look(other, &y) && !beneath_is_same(&x, &y), "two files in it are two");
    g_byte_array_unref(a.bytes);
}

static void put_mark(GByteArray *b, const char *mark, uint64_t version)
{
    put_text(b, mark);
    put(b, version, 2);
}

/* A film of 5 GB, which is a hole, and one behind it: both need the larger numbers of zip64. `said`: the size that the last part of
 * the archive says of the directory. */
static int make_large(int64_t size, int more_files, char **path)
{
    GByteArray *head = g_byte_array_new(), *tail = g_byte_array_new();
    const int64_t next = 30 + 5 + 20 + size;
    put_mark(head, "PK\3\4", 45);
    put(head, 0, 12);
    put(head, UINT64_MAX, 8);
    put(head, 5, 2);
    put(head, 20, 2);
    put_text(head, "a.mp4");
    put(head, 1 | 16 << 16, 4);
    put(head, (uint64_t)size, 8);
    put(head, (uint64_t)size, 8);
    put_mark(tail, "PK\3\4", 10);
    put(tail, 0, 12);
    put(tail, 4, 4);
    put(tail, 4, 4);
    put(tail, 5, 4);
    put_text(tail, "b.mp4film");
    const guint begin = tail->len;
    for (int i = 0; i < 2; i++) {
        put_mark(tail, "PK\1\2", 45);
        put(tail, 45, 2);
        put(tail, 0, 12);
        put(tail, i ? 4 | UINT64_C(4) << 32 : UINT64_MAX, 8);
        put(tail, 5, 2);
        put(tail, i ? 12 : 20, 2);
        put(tail, 0, 10);
        put(tail, i ? UINT32_MAX : 0, 4);
        put_text(tail, i ? "b.mp4" : "a.mp4");
        put(tail, i ? 1 | 8 << 16 : 1 | 16 << 16, 4);
        put(tail, (uint64_t)(i ? next : size), 8);
        if (!i)
            put(tail, (uint64_t)size, 8);
    }
    const guint end = tail->len;
    put_text(tail, "PK\6\6");
    put(tail, 44, 8);
    put(tail, 45 | 45 << 16, 4);
    put(tail, 0, 8);
    put(tail, (uint64_t)(2 + more_files), 8);
    put(tail, (uint64_t)(2 + more_files), 8);
    put(tail, end - begin, 8);
    put(tail, (uint64_t)next + begin, 8);
    put_text(tail, "PK\6\7");
    put(tail, 0, 4);
    put(tail, (uint64_t)next + end, 8);
    put(tail, 1, 4);
    put_text(tail, "PK\5\6");
    put(tail, 0, 4);
    put(tail, more_files ? UINT32_MAX : 2 | 2 << 16, 4);
    put(tail, end - begin, 4);
    put(tail, UINT32_MAX, 4);
    put(tail, 0, 2);
    *path = g_build_filename(top, "large.frumious", NULL);
    const int fd = open(*path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool good = fd >= 0 && pwrite(fd, head->data, head->len, 0) == (ssize_t)head->len &&
                      pwrite(fd, tail->data, tail->len, next) == (ssize_t)tail->len;
    g_byte_array_unref(head);
    g_byte_array_unref(tail);
    if (good || fd < 0)
        return fd;
    close(fd);
    return -1;
}

static void turn_byte(int fd, int64_t end, int64_t at)
{
    uint8_t byte = 0;
    const int64_t place = at < 0 ? end + at : at;
    if (at == 0)
        return;
    const bool read = pread(fd, &byte, 1, place) == 1;
    byte ^= 1;
    if (!read || pwrite(fd, &byte, 1, place) != 1)
        ok(false, "a byte cannot be changed");
}

/* A byte of the large pack is another one, or two: in its two ends, its locator, its directory, or before the file that is a hole. */
static void test_large_lies(const char *path)
{
    static const struct {
        const char *what;
        int64_t at, also; /* from the beginning; negative: from the end; 0: none */
        const char *wanted;
    } rows[] = {
        {"the size before the file", 30 + 5 + 4, 0, "in two ways"},
        {"the other one", 30 + 5 + 12, 0, "in two ways"},
        {"the kind of its extra field", 30 + 5, 0, "in two ways"},
        {"one size in the directory", -181 + 4, 0, "extra fields"},
        {"a size that needs no zip64", -181 + 8, -181 + 16, "extra fields"},
        {"a place that needs no zip64", -110 + 8, 0, "extra fields"},
        {"one number of files at the old end", -22 + 8, 0, "one part of several"},
        {"the number of files at the old end", -22 + 8, -22 + 10, "its two ends contradict each other"},
        {"the size of the directory at the old end", -22 + 12, 0, "its two ends contradict each other"},
        {"its place at the old end", -22 + 16, 0, "its two ends contradict each other"},
        {"the disk of the new end", -42 + 4, 0, "its end is not as it should be"},
        {"its place", -42 + 8, 0, "its end is not as it should be"},
        {"the number of disks", -42 + 16, 0, "its end is not as it should be"},
        {"the length of the new end", -98 + 4, 0, "its end is not as it should be"},
        {"its disks", -98 + 16, 0, "its end is not as it should be"},
        {"one number of files of the new end", -98 + 24, 0, "its end is not as it should be"},
        {"the size of the directory there", -98 + 40, 0, "its two ends contradict each other"},
        {"its place there", -98 + 48, 0, "not where its end says"},
    };
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    const int64_t end = lseek(fd, 0, SEEK_END);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        turn_byte(fd, end, rows[i].at);
        turn_byte(fd, end, rows[i].also);
        GHashTable *files = packed_folder_read(fd, &error);
        ok(!files && strstr(error->message, rows[i].wanted), "zip64, another byte: %s: %s", rows[i].what,
           error ? error->message : "it is read");
        g_clear_pointer(&files, g_hash_table_unref);
        turn_byte(fd, end, rows[i].at);
        turn_byte(fd, end, rows[i].also);
    }
    close(fd);
}

static void test_large(void)
{
    const int64_t size = INT64_C(5) << 30;
    g_autofree char *path = NULL, *small = NULL, *many = NULL;
    struct packed_file f = {0};
    g_autoptr(GError) error = NULL;
    const int fd = make_large(size, 0, &path);
    if (fd < 0) {
        skip("a pack of 5 GB", "this file system has no room for a file with a hole");
        return;
    }
    GHashTable *files = packed_folder_read(fd, &error);
    ok(files && g_hash_table_size(files) == 2, "a pack of 5 GB is read%s%s", error ? ": " : "",
       error ? error->message : "");
    ok(packed_folder_find(fd, "a.mp4", &f) && f.begin == 55 && f.size == size, "the large film is where it is");
    g_autofree char *marked = beneath_path(path, "b.mp4");
    struct beneath_file b;
    char text[8] = "";
    ok(beneath_open(marked, &b) && beneath_read(&b, text, sizeof text, 0) == 4, "and so is the one behind it");
    is_str(text, "film", "with its bytes");
    beneath_close(&b);
    g_clear_pointer(&files, g_hash_table_unref);
    close(fd);
    test_large_lies(path);
    const int little = make_large(4, 0, &small), lots = make_large(size, 200000, &many);
    ok(!packed_folder_find(little, "a.mp4", &f) && errno == EBADMSG, "zip64's numbers for a small file are refused");
    ok(!packed_folder_read(lots, &error) && strstr(error->message, "more than 100,000"), "and too many files");
    close(little);
    close(lots);
    g_unlink(path);
}

static void test_no_pack(void)
{
    static const struct {
        const char *name, *text;
        bool is;
    } rows[] = {{"story.yaml", "frumious: 1\n", false},
                {"film.frumious", "frumious: 1\n", true},
                {"film.zip", "PK\3\4", true},
                {"short", "PK", false},
                {"empty", "", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_build_filename(top, rows[i].name, NULL);
        g_file_set_contents(path, rows[i].text, -1, NULL);
        ok(packed_folder_is(path) == rows[i].is, "%s: %s", rows[i].name, rows[i].is ? "means to be a pack" : "is none");
        g_unlink(path);
    }
    ok(!packed_folder_is(top), "a folder is none");
}

int main(void)
{
    top = g_dir_make_tmp("frumious-XXXXXX", NULL);
    test_no_pack();
    test_sound();
    test_lies();
    test_bytes();
    test_lengths();
    test_large();
    g_autofree char *path = g_build_filename(top, "film.frumious", NULL);
    g_unlink(path);
    g_rmdir(top);
    g_free(top);
    return tap_done();
}
