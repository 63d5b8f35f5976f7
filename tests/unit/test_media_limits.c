/* Small files that ask for much: nothing of them is decoded, or only what the limits allow, and the message names the file,
 * the limit and what to do. Each is opened in a process of its own, whose memory the kernel counts. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "media/media_analysis.h"
#include "media/media_limits.h"
#include "media/probe.h"
#include "media/still_png.h"
#include "media/still_size.h"
#include "media_test.h"

#ifdef __SANITIZE_ADDRESS__
#define MEMORY_MB 1200 /* it keeps what was freed, and shadows what is there */
#else
#define MEMORY_MB 600 /* the largest picture in 16 bits takes 302 MB; what these files ask for begins at 1 GB */
#endif
/* ThreadSanitizer looks at the one test that starts a thread. */
#ifdef __SANITIZE_THREAD__
enum { FILES_TOO = false };
#else
enum { FILES_TOO = true };
#endif

/* ---- bytes ----------------------------------------------------------------------------------------------------------- */

static void put(GByteArray *b, const void *data, gsize n)
{
    g_byte_array_append(b, data, (guint)n);
}

static void put_text(GByteArray *b, const char *text)
{
    put(b, text, strlen(text));
}

static void put_number(GByteArray *b, uint64_t value, int bytes) /* the highest byte first */
{
    for (int i = bytes - 1; i >= 0; i--)
        put(b, &(uint8_t){(uint8_t)(i < 8 ? value >> (8 * i) : 0)}, 1);
}

static void put_array(GByteArray *b, GByteArray *part) /* frees the part */
{
    put(b, part->data, part->len);
    g_byte_array_unref(part);
}

static GByteArray *bytes_of(const void *data, gsize n)
{
    GByteArray *b = g_byte_array_new();
    put(b, data, n);
    return b;
}

static void save(const char *name, GByteArray *b) /* frees it */
{
    g_autofree char *path = mt_path(name);
    ok(g_file_set_contents(path, (const char *)b->data, (gssize)b->len, NULL), "%s: %u bytes", name, b->len);
    g_byte_array_unref(b);
}

/* ---- PNG ------------------------------------------------------------------------------------------------------------- */

/* A zero, and then again and again what was before it, in the fixed code of deflate: 8 * 13 bits are 8 * 258 zeros. */
static void put_zeros(GByteArray *b, int64_t zeros)
{
    const int64_t runs = zeros / 258 + 8;
    uint32_t bits = 0;
    int n = 0;
    put(b, "\x78\x01", 2);
    for (int64_t i = 0; i < runs + 1; i++) {
        /* Block, last one, fixed code (3 bits), the literal 0 (0x30, its highest bit first); 285 and distance 1. */
        bits |= (i == 0 ? 3U | 0x0cU << 3 : 0xa3U) << n;
        n += i == 0 ? 11 : 13;
        for (; n >= 8; n -= 8, bits >>= 8)
            put(b, &(uint8_t){(uint8_t)bits}, 1);
    }
    put(b, "\0\0\0\0\0\0\0\0", 8);
}

static void put_chunk(GByteArray *b, const char *kind, GByteArray *data)
{
    put_number(b, data->len, 4);
    put_text(b, kind);
    put_array(b, data);
    put_number(b, 0, 4); /* FFmpeg does not look at the sum */
}

static GByteArray *make_png(uint32_t w, uint32_t h)
{
    GByteArray *b = bytes_of("\x89PNG\r\n\x1a\n", 8), *head = g_byte_array_new(), *data = g_byte_array_new();
    put_number(head, w, 4);
    put_number(head, h, 4);
    put(head, "\x08\x06\0\0\0", 5);
    put_zeros(data, ((int64_t)w * 4 + 1) * h);
    put_chunk(b, "IHDR", head);
    put_chunk(b, "IDAT", data);
    put_chunk(b, "IEND", g_byte_array_new());
    return b;
}

/* ---- Matroska -------------------------------------------------------------------------------------------------------- */

static void put_id(GByteArray *b, uint32_t id, uint64_t length)
{
    put_number(b, id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
    put_number(b, length | UINT64_C(1) << 56, 8);
}

static void put_element(GByteArray *b, uint32_t id, GByteArray *data)
{
    put_id(b, id, data->len);
    put_array(b, data);
}

static void put_uint(GByteArray *b, uint32_t id, uint32_t value)
{
    put_id(b, id, 4);
    put_number(b, value, 4);
}

static void put_string(GByteArray *b, uint32_t id, const char *text)
{
    put_id(b, id, strlen(text));
    put_text(b, text);
}

enum { EBML = 0x1a45dfa3, SEGMENT = 0x18538067, TRACKS = 0x1654ae6b, CLUSTER = 0x1f43b675, ATTACHED = 0x1941a469 };

/* A film of PNGs that says it is 64x48. `before`: further elements, freed. */
static GByteArray *make_mkv(GByteArray *picture, GByteArray *before)
{
    GByteArray *b = g_byte_array_new(), *head = g_byte_array_new(), *segment = g_byte_array_new(),
               *tracks = g_byte_array_new(), *track = g_byte_array_new(), *video = g_byte_array_new(),
               *cluster = g_byte_array_new();
    put_string(head, 0x4282, "matroska");
    put_element(b, EBML, head);
    put_uint(track, 0xd7, 1);
    put_uint(track, 0x83, 1);
    put_string(track, 0x86, "V_MS/VFW/FOURCC");
    put_id(track, 0x63a2, 40);
    put(track, "\x28\0\0\0\x40\0\0\0\x30\0\0\0\1\0\x18\0MPNG\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 40);
    put_uint(video, 0xb0, 64);
    put_uint(video, 0xba, 48);
    put_element(track, 0xe0, video);
    put_element(tracks, 0xae, track);
    put_element(segment, TRACKS, tracks);
    put_array(segment, before);
    put_uint(cluster, 0xe7, 0);
    for (int i = 0; i < 2; i++) {
        put_id(cluster, 0xa3, picture->len + 4);
        put(cluster, (uint8_t[]){0x81, 0, (uint8_t)(i * 40), 0x80}, 4);
        put(cluster, picture->data, picture->len);
    }
    put_element(segment, CLUSTER, cluster);
    put_element(b, SEGMENT, segment);
    g_byte_array_unref(picture);
    return b;
}

static GByteArray *make_covers(int n)
{
    GByteArray *b = g_byte_array_new(), *all = g_byte_array_new(), *cover = make_png(8000, 4600);
    for (int i = 0; i < n; i++) {
        GByteArray *one = g_byte_array_new();
        put_string(one, 0x466e, "cover.png");
        put_string(one, 0x4660, "image/png");
        put_uint(one, 0x46ae, (uint32_t)i + 1);
        put_id(one, 0x465c, cover->len);
        put(one, cover->data, cover->len);
        put_element(all, 0x61a7, one);
    }
    put_element(b, ATTACHED, all);
    g_byte_array_unref(cover);
    return b;
}

/* ---- MP4 ------------------------------------------------------------------------------------------------------------- */

static GByteArray *box(const char *kind, GByteArray *data)
{
    GByteArray *b = g_byte_array_new();
    put_number(b, data->len + 8, 4);
    put_text(b, kind);
    put_array(b, data);
    return b;
}

static void put_box(GByteArray *b, const char *kind, GByteArray *data)
{
    put_array(b, box(kind, data));
}

/* A box of 32-bit numbers. */
static void put_numbers(GByteArray *b, const char *kind, int n, const uint32_t *numbers)
{
    GByteArray *data = g_byte_array_new();
    for (int i = 0; i < n; i++)
        put_number(data, numbers[i], 4);
    put_box(b, kind, data);
}
#define PUT_NUMBERS(b, kind, ...)                                                                                      \
    put_numbers(b, kind, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

/* A track of pictures that says it has so many, all alike, and shows all of them again in each edit. */
static GByteArray *make_track(uint32_t number, uint32_t samples, uint32_t edits)
{
    GByteArray *track = g_byte_array_new(), *list = g_byte_array_new(), *media = g_byte_array_new(),
               *info = g_byte_array_new(), *table = g_byte_array_new(), *entry = g_byte_array_new(),
               *description = g_byte_array_new();
    PUT_NUMBERS(track, "tkhd", 3, 0, 0, number, 0, 1000, 0, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30,
                64 << 16, 48 << 16);
    put_number(list, 0, 4);
    put_number(list, edits, 4);
    for (uint32_t i = 0; i < edits; i++) { /* how long, from where, how fast */
        put_number(list, samples * 40, 4);
        put_number(list, 0, 4);
        put_number(list, 1 << 16, 4);
    }
    put_box(track, "edts", box("elst", list));
    PUT_NUMBERS(media, "mdhd", 0, 0, 0, 1000, 1000, 0);
    PUT_NUMBERS(media, "hdlr", 0, 0, 0x76696465, 0, 0, 0, 0);
    put_number(entry, 1, 8); /* the data are in this file */
    put_number(entry, 0, 16);
    put_number(entry, 64 << 16 | 48, 4);
    put_number(entry, 0, 46);
    put_number(description, 1, 8);
    put_box(description, "jpeg", entry);
    put_box(table, "stsd", description);
    PUT_NUMBERS(table, "stts", 0, 1, samples, 40);
    PUT_NUMBERS(table, "stsc", 0, 1, 1, samples, 1);
    PUT_NUMBERS(table, "stsz", 0, samples ? 1 : 0, samples);
    PUT_NUMBERS(table, "stco", 0, 1, 48);
    PUT_NUMBERS(info, "vmhd", 0, 0, 0);
    put_box(info, "stbl", table);
    put_box(media, "minf", info);
    put_box(track, "mdia", media);
    return box("trak", track);
}

static GByteArray *make_movie(int tracks, uint32_t samples, uint32_t edits)
{
    GByteArray *b = g_byte_array_new();
    PUT_NUMBERS(b, "mvhd", 0, 0, 0, 1000, 1000, 1 << 16, 1 << 24, 0, 0, 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30, 0,
                0, 0, 0, 0, 0, 2);
    for (int i = 0; i < tracks; i++)
        put_array(b, make_track((uint32_t)i + 1, samples, edits));
    return b;
}

static GByteArray *finish_mp4(GByteArray *b)
{
    GByteArray *file = box("ftyp", bytes_of("isom\0\0\2\0isom", 12));
    put_array(file, b);
    put_box(file, "mdat", bytes_of((char[4096]){0}, 4096));
    return file;
}

static GByteArray *make_tables(void)
{
    return finish_mp4(box("moov", make_movie(60, 2000000, 0)));
}

static GByteArray *make_edits(void)
{
    return finish_mp4(box("moov", make_movie(1, 4, 1000000)));
}

static GByteArray *make_more_edits(void)
{
    return finish_mp4(box("moov", make_movie(1, 4, MEDIA_MAX_EDITS + 1)));
}

/* Few edits, but of many pictures, in several tracks. */
static GByteArray *make_long_edits(void)
{
    return finish_mp4(box("moov", make_movie(8, 1000000, 900)));
}

/* The same in fragments: a few bytes for each track. */
static GByteArray *make_fragments(void)
{
    enum { N = 40 };
    GByteArray *movie = make_movie(N, 0, 0), *extends = g_byte_array_new(), *fragment = g_byte_array_new();
    PUT_NUMBERS(fragment, "mfhd", 0, 1);
    for (uint32_t i = 1; i <= N; i++) {
        GByteArray *part = g_byte_array_new();
        PUT_NUMBERS(extends, "trex", 0, i, 1, 40, 1, 0);
        PUT_NUMBERS(part, "tfhd", 0x20000, i);
        PUT_NUMBERS(part, "trun", 0, 2000000);
        put_box(fragment, "traf", part);
    }
    put_box(movie, "mvex", extends);
    GByteArray *b = box("moov", movie);
    put_array(b, box("moof", fragment));
    return finish_mp4(b);
}

/* A header that says that it unpacks to 400 MB. */
static GByteArray *make_packed(void)
{
    GByteArray *packed = g_byte_array_new(), *data = g_byte_array_new();
    put_box(packed, "dcom", bytes_of("zlib", 4));
    put_number(data, 400U << 20, 4);
    put_zeros(data, INT64_C(400) << 20);
    put_box(packed, "cmvd", data);
    return finish_mp4(box("moov", box("cmov", packed)));
}

/* ---- others ---------------------------------------------------------------------------------------------------------- */

static GByteArray *make_still(void)
{
    return make_png(16000, 16000);
}

/* A JPEG of the largest size that is allowed, gone over a thousand times. */
static GByteArray *make_scans(void)
{
    GByteArray *b = bytes_of("\xff\xd8\xff\xc2\0\x0b\x08\x12\0\x20\0\1\1\x11\0", 15);
    for (int i = 0; i < 1000; i++)
        put(b, "\xff\xda\0\x08\1\1\0\0\x3f\0\0\xff\0", 13);
    put(b, "\xff\xd9", 2);
    return b;
}

static GByteArray *make_lying_film(void)
{
    return make_mkv(make_png(16000, 16000), g_byte_array_new());
}

/* Whole, with its sum: only then a text counts. */
static void put_packed_zeros(GByteArray *b, gsize zeros)
{
    enum { ROOM = 1 << 18 };
    g_autoptr(GZlibCompressor) packer = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
    g_autofree char *from = g_malloc0(zeros), *to = g_malloc(ROOM);
    gsize taken = 0, n = 0;
    ok(g_converter_convert(G_CONVERTER(packer), from, zeros, to, ROOM, G_CONVERTER_INPUT_AT_END, &taken, &n, NULL) ==
               G_CONVERTER_FINISHED &&
           taken == zeros,
       "%d bytes unpack to %d", (int)n, (int)zeros);
    put(b, to, n);
}

/* A PNG that has a chunk in front of its first one of that kind; frees both. */
static GByteArray *with_chunk(GByteArray *png, const char *kind, GByteArray *chunk)
{
    const uint8_t *there = memmem(png->data, png->len, kind, 4);
    GByteArray *b = g_byte_array_new();
    if (!ok(there != NULL, "a PNG with %s", kind))
        return png;
    const gsize n = (gsize)(there - png->data) - 4;
    put(b, png->data, n);
    put_array(b, chunk);
    put(b, png->data + n, png->len - n);
    g_byte_array_unref(png);
    return b;
}

/* A colour profile that unpacks to 200 MB. */
static GByteArray *make_profile(void)
{
    GByteArray *b = g_byte_array_new(), *profile = bytes_of("p\0\0", 3);
    put_packed_zeros(profile, 200 << 20);
    put_chunk(b, "iCCP", profile);
    return with_chunk(make_png(64, 48), "IDAT", b);
}

/* The data of a PNG of 512x512, which may be in several chunks, and of which `zeros` are no row of it. `interlaced`: of the
 * picture that is drawn in seven passes there are as many more rows as it can have. */
static GByteArray *make_packed_png(gsize zeros, gsize chunk, bool interlaced)
{
    enum { SIDE = 512, ROOM = 4 << 20 };
    GByteArray *b = bytes_of("\x89PNG\r\n\x1a\n", 8), *head = g_byte_array_new();
    const gsize rows = (SIDE * 4 + 1) * SIDE + (interlaced ? SIDE * 7 / 8 + 7 : 0), n = rows + zeros;
    g_autoptr(GZlibCompressor) packer = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
    g_autofree uint8_t *from = g_malloc0(n), *to = g_malloc(ROOM);
    gsize taken = 0, packed = 0;
    uint32_t noise = 1;
    for (gsize i = 0; i < rows; i++) {
        noise = noise * 1664525 + 1013904223;
        from[i] = i % (SIDE * 4 + 1) % 4 == 1 ? (uint8_t)(noise >> 24) : 0; /* more than 64 KiB, packed */
    }
    ok(g_converter_convert(G_CONVERTER(packer), from, n, to, ROOM, G_CONVERTER_INPUT_AT_END, &taken, &packed, NULL) ==
               G_CONVERTER_FINISHED &&
           taken == n && packed > 64 << 10,
       "%d bytes unpack to %d", (int)packed, (int)n);
    put_number(head, SIDE, 4);
    put_number(head, SIDE, 4);
    put(head, interlaced ? "\x08\x06\0\0\1" : "\x08\x06\0\0\0", 5);
    put_chunk(b, "IHDR", head);
    for (gsize at = 0; at < packed; at += chunk)
        put_chunk(b, "IDAT", bytes_of(to + at, MIN(chunk, packed - at)));
    put_chunk(b, "IEND", g_byte_array_new());
    return b;
}

/* Twice the picture and 1 MiB are let pass: the picture is half of that, or a little more. */
enum { PACKED_PICTURE = (512 * 4 + 1) * 512, PACKED_MOST = PACKED_PICTURE + (1 << 20) };

static GByteArray *make_run_on(void)
{
    return make_packed_png(64 << 20, 1 << 30, false);
}

static GByteArray *make_run_on_in_chunks(void)
{
    return make_packed_png(PACKED_MOST + (1 << 16), 1000, false);
}

static GByteArray *make_nearly_run_on(void)
{
    return make_packed_png(PACKED_MOST - (1 << 16), 1000, false);
}

static GByteArray *make_interlaced(void)
{
    return make_packed_png(0, 8192, true);
}

/* The first picture of an APNG. */
static GByteArray *make_run_on_animation(void)
{
    GByteArray *control = bytes_of("\0\0\0\1\0\0\0\0", 8), *b = g_byte_array_new();
    put_chunk(b, "acTL", control);
    put_chunk(b, "fcTL", bytes_of("\0\0\0\0\0\0\2\0\0\0\2\0\0\0\0\0\0\0\0\0\0\1\0\x19\0\0", 26));
    return with_chunk(make_run_on(), "IDAT", b);
}

/* Its picture goes on until the end of the file, which is all zeros and takes no room on a disk. */
static GByteArray *make_hollow(void)
{
    GByteArray *b = make_png(64, 48);
    const uint8_t *there = memmem(b->data, b->len, "IDAT", 4);
    const gsize n = (gsize)(there - b->data);
    g_byte_array_set_size(b, (guint)n - 4);
    put_number(b, 126 << 20, 4);
    put_text(b, "IDAT");
    return b;
}

/* Two hundred texts, each of 8 MB. */
static GByteArray *make_texts(void)
{
    GByteArray *b = g_byte_array_new(), *packed = g_byte_array_new();
    put_packed_zeros(packed, 8 << 20);
    for (uint8_t i = 0; i < 200; i++) {
        GByteArray *text = bytes_of((uint8_t[]){'a', (uint8_t)(i + 1), 0, 0}, 4);
        put(text, packed->data, packed->len);
        put_chunk(b, "zTXt", text);
    }
    g_byte_array_unref(packed);
    return b;
}

static GByteArray *with_texts(GByteArray *png, const char *kind)
{
    return with_chunk(png, kind, make_texts());
}

static GByteArray *make_still_texts(void)
{
    return with_texts(make_png(64, 48), "IDAT");
}

static GByteArray *make_film_texts(void)
{
    return make_mkv(make_still_texts(), g_byte_array_new());
}

/* Before its first picture, the texts are in the header that the demuxer hands to the decoder. */
static GByteArray *make_animated_texts(void)
{
    char *data = NULL;
    gsize n = 0;
    g_autofree char *path = mt_path("plain.apng");
    ok(mt_ffmpeg("-f lavfi -i testsrc2=s=64x48:d=0.2 -f apng plain.apng") && g_file_get_contents(path, &data, &n, NULL),
       "plain.apng");
    GByteArray *b = bytes_of(data, n);
    g_free(data);
    return with_texts(b, "acTL");
}

static GByteArray *make_many_covers(void)
{
    return make_mkv(make_png(64, 48), make_covers(12));
}

/* An attachment of 300 MB, all zeros, which takes no room on a disk. */
static GByteArray *make_attachment(void)
{
    enum { SIZE = 300 << 20 };
    GByteArray *b = make_mkv(make_png(64, 48), g_byte_array_new()), *head = g_byte_array_new();
    const uint64_t from = 8 + b->data[11]; /* behind EBML's header, where the segment begins: 4 + 8 + its length */
    put(head, b->data, from + 4);
    g_byte_array_unref(b);
    put_number(head, (UINT64_C(1) << 56) | (SIZE + 200), 8);
    put_id(head, ATTACHED, SIZE + 100);
    put_id(head, 0x61a7, SIZE + 80);
    put_string(head, 0x466e, "a.ttf");
    put_string(head, 0x4660, "font/ttf");
    put_uint(head, 0x46ae, 1);
    put_id(head, 0x465c, SIZE);
    return head;
}

/* VP9 says that its pictures are 65536x65536; the file says 64x48. */
static GByteArray *make_vp9(void)
{
    static const uint8_t frame[16] = {0x82, 0x49, 0x83, 0x42, 0x2f, 0xff, 0xff, 0xff, 0xf8};
    GByteArray *b = bytes_of("DKIF\0\0\x20\0VP90\x40\0\x30\0\x19\0\0\0\1\0\0\0\x0a\0\0\0\0\0\0\0", 32);
    for (uint8_t i = 0; i < 10; i++) {
        put(b, (uint8_t[12]){sizeof frame, 0, 0, 0, i}, 12);
        put(b, frame, sizeof frame);
    }
    return b;
}

/* ---- opening them ---------------------------------------------------------------------------------------------------- */

static void decode(const char *path)
{
    const atomic_bool never = false;
    atomic_llong done_us = 0;
    struct media_analysis found;
    const struct media_analysis_spec spec = {
        .path = path, .still = g_str_has_suffix(path, "png"), .from_us = US_NONE, .to_us = US_NONE, .for_us = 100000};
    const struct media_analysis_watch watch = {&never, &done_us};
    if (!media_analysis_run(&spec, &watch, &found, NULL))
        printf("# %s can't be decoded\n", path);
}

/* What opening says, or "opened" if what it holds is decoded, too, to be freed; and how much memory that has taken. */
static char *open_elsewhere(const char *path, long *mb)
{
    int ends[2];
    struct rusage use = {0};
    char text[1024] = "";
    if (!ok(pipe(ends) == 0, "a pipe"))
        return NULL;
    const pid_t child = fork();
    if (child == 0) {
        g_autoptr(GError) error = NULL;
        struct probe found;
        const bool good = probe_file(path, NULL, &found, &error);
        const char *said = good ? "opened" : error->message;
        if (good)
            decode(path);
        const bool told = write(ends[1], said, strlen(said)) > 0;
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    int status = 1;
    const ssize_t n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    wait4(child, &status, 0, &use);
    *mb = use.ru_maxrss / 1024;
    return n > 0 && status == 0 ? g_strdup(text) : g_strdup_printf("ended with %d", status);
}

static const struct {
    const char *name;
    GByteArray *(*make)(void);
    const char *says, *remedy;
    int mib; /* to which the file is made longer; 0: it is as it was made */
} files[] = {
    {"still.png", make_still, "its picture of 16000x16000 is larger than 37 million pixels", "scale it down", 0},
    {"sparse.png", make_still, "is a picture's file of more than 128 MiB", "save it anew", 129},
    {"hollow.png", make_hollow, "opened", "", 127},
    {"run-on.png", make_run_on, "its packed data go on behind its picture", "save it anew", 0},
    {"run-on-chunks.png", make_run_on_in_chunks, "its packed data go on behind its picture", "save it anew", 0},
    {"run-on.apng", make_run_on_animation, "its packed data go on behind its picture", "save it anew", 0},
    {"nearly-run-on.png", make_nearly_run_on, "opened", "", 0},
    {"interlaced.png", make_interlaced, "opened", "", 0},
    {"profile.png", make_profile, "no picture can be decoded", "", 0},
    {"scans.jpg", make_scans, "drawn in 500 scans or more", "save it anew", 0},
    {"lies.mkv", make_lying_film, "holds a picture larger than 37 million pixels", "scale it down", 0},
    {"vp9.ivf", make_vp9, "holds a picture larger than 37 million pixels", "scale it down", 0},
    {"covers.mkv", make_many_covers, "opened", "", 0},
    {"texts.png", make_still_texts, "opened", "", 0},
    {"texts.mkv", make_film_texts, "opened", "", 0},
    {"texts.apng", make_animated_texts, "opened", "", 0},
    {"attachment.mkv", make_attachment, "more than 256 MiB must be read", "copy its streams", 310},
    {"tables.mp4", make_tables, "its tables name more than 10 million packets", "copy its streams", 0},
    {"edits.mp4", make_edits, "its edit list has more than 1000 entries", "copy its streams", 0},
    {"more-edits.mp4", make_more_edits, "its edit list has more than 1000 entries", "copy its streams", 0},
    {"long-edits.mp4", make_long_edits, "its tables name more than 10 million packets", "copy its streams", 0},
    {"fragments.mp4", make_fragments, "its tables name more than 10 million packets", "copy its streams", 0},
    {"packed.mov", make_packed, "its header is compressed", "copy its streams", 0},
};

static void check_file(const char *name, const char *says, const char *remedy)
{
    g_autofree char *path = mt_path(name);
    long mb = 0;
    g_autofree char *said = open_elsewhere(path, &mb);
    ok(said && strstr(said, says) && strstr(said, remedy), "%s: %s", name, said);
    ok(strcmp(says, "opened") == 0 || strstr(said, path), "the file is named");
    ok(mb < MEMORY_MB, "%ld MB of memory, less than %d", mb, MEMORY_MB);
}

static void test_files(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        save(files[i].name, files[i].make());
        g_autofree char *path = mt_path(files[i].name);
        ok(files[i].mib == 0 || truncate(path, (off_t)files[i].mib << 20) == 0, "%s is there", files[i].name);
        check_file(files[i].name, files[i].says, files[i].remedy);
    }
}

/* What is refused when it is opened is refused in the same words when it is played, and when it is analysed. */
static void test_played(struct media *m)
{
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = mt_path(files[i].name);
        g_autoptr(GError) error = NULL;
        atomic_bool never = false;
        atomic_llong done_us = 0;
        struct media_analysis found;
        const struct media_analysis_spec spec = {.path = path, .from_us = US_NONE, .to_us = US_NONE};
        const struct media_analysis_watch watch = {&never, &done_us};
        if (strcmp(files[i].says, "opened") == 0 || strcmp(files[i].remedy, "copy its streams") == 0)
            continue; /* opening is the same code for all, and takes a while there */
        struct mt_play p = mt_play(m, &(struct clip_spec){.path = path, .for_us = 100000});
        ok(p.state == CLIP_FAILED && strstr(p.error, files[i].says) && strstr(p.error, files[i].remedy), "played: %s",
           p.error);
        mt_play_free(&p);
        if (strstr(files[i].says, "can be decoded")) /* which the analysis leaves to its caller */
            continue;
        ok(!media_analysis_run(&spec, &watch, &found, &error) && strstr(error->message, files[i].says), "analysed: %s",
           error ? error->message : "done");
    }
}

/* A real film that is too large, in containers that tell its size, and in such that only show their streams as they are
 * read. */
static void test_films(void)
{
    static const char *const names[] = {"large.mp4", "large.mkv", "large.ts", "large.flv"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        ok(mt_ffmpeg("%s %s",
                     i == 0 ? "-f lavfi -i color=s=9216x5184 -frames:v 1 -c:v libx264 -preset ultrafast"
                            : "-i large.mp4 -c copy",
                     names[i]),
           "%s", names[i]);
        check_file(names[i], "its picture of 9216x5184 is larger than 37 million pixels", "scale it down");
    }
}

/* ---- a still's own header -------------------------------------------------------------------------------------------- */

static void check_size(const char *name, int64_t width, int64_t height)
{
    g_autofree char *path = mt_path(name);
    int64_t w = 0, h = 0;
    struct beneath_file file;
    const bool known = beneath_open(path, &file) && still_size(&file, &w, &h);
    ok(known == (width > 0) && (!known || (w == width && h == height)), "%s: %d x %d", name, (int)w, (int)h);
    beneath_close(&file);
}

static void test_scans(void)
{
    static const struct {
        const char *name, *data;
        gsize n;
        int scans;
    } row[] = {
        {"three.jpg", "\xff\xd8\xff\xda\xff\0\xff\xff\xda\0\xff\xda", 12, 3},
        {"none.jpg", "\xff\xd8\xff", 3, 0},
        {"no.jpg", "\xff\xda\xff\xda", 4, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        save(row[i].name, bytes_of(row[i].data, row[i].n));
        g_autofree char *path = mt_path(row[i].name);
        struct beneath_file file;
        ok(beneath_open(path, &file), "%s", row[i].name);
        is_int(still_scans(&file, 100), row[i].scans, row[i].name);
        ok(still_scans(&file, 2) <= 2, "and no more are counted than asked for");
        beneath_close(&file);
    }
}

static void test_sizes(void)
{
    static const char *const made[] = {
        "a.png", "a.jpg", "-c:v libwebp -lossless 0 lossy.webp", "-c:v libwebp -lossless 1 a.webp", "a.tiff", "a.bmp",
        "a.ppm", "a.pgm"};
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
        const char *name = strrchr(made[i], ' ') ? strrchr(made[i], ' ') + 1 : made[i];
        ok(mt_ffmpeg("-f lavfi -i testsrc=s=123x45 -frames:v 1 %s", made[i]), "%s", made[i]);
        check_size(name, 123, 45);
    }
    static const struct {
        const char *name, *data;
        gsize n;
        int64_t w, h;
    } row[] = {
        {"big.tif", "MM\0*\0\0\0\x08\0\2\1\0\0\4\0\0\0\1\0\1\x11\x70\1\1\0\3\0\0\0\1\1\2\0\0", 34, 70000, 258},
        {"canvas.webp", "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff", 30, 1 << 24, 1 << 24},
        {"bottom.bmp", "BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x10\0\0\0\xf0\xff\xff\xff", 26, 16, 16},
        {"note.ppm", "P6 # 1 2\n 70000\n#\n9 255 ", 24, 70000, 9},
        {"short.png", "\x89PNG\r\n\x1a\n", 8, 0, 0},
        {"short.jpg", "\xff\xd8\xff\xe0\0\x10", 6, 0, 0},
        {"loop.jpg", "\xff\xd8\xff\xff\xff\xff\xff\xff\xff\xff", 10, 0, 0},
        {"none.tif", "II*\0\xff\xff\xff\xff", 8, 0, 0},
        {"other.txt", "P9 12 12", 8, 0, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        save(row[i].name, bytes_of(row[i].data, row[i].n));
        check_size(row[i].name, row[i].w, row[i].h);
    }
}

/* Both kinds of compressed texts, also where this FFmpeg reads only one of them; and those that are not compressed stay. */
static void test_hidden_texts(void)
{
    static const struct {
        const char *kind;
        bool hidden;
    } row[] = {{"zTXt", true}, {"iTXt", true}, {"tEXt", false}};
    AVCodecContext *dec = avcodec_alloc_context3(NULL);
    dec->codec_id = AV_CODEC_ID_PNG;
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        GByteArray *chunk = g_byte_array_new();
        put_chunk(chunk, row[i].kind, bytes_of("a\0\0b", 4));
        GByteArray *png = with_chunk(make_png(64, 48), "IDAT", chunk);
        AVPacket *pkt = av_packet_alloc();
        ok(av_new_packet(pkt, (int)png->len) == 0, "a packet");
        memcpy(pkt->data, png->data, png->len);
        ok(memmem(pkt->data, png->len, row[i].kind, 4) && !media_limits_packet(dec, pkt), "%s may be decoded",
           row[i].kind);
        ok(!memmem(pkt->data, (size_t)pkt->size, row[i].kind, 4) == row[i].hidden, "%s is %s", row[i].kind,
           row[i].hidden ? "hidden" : "there");
        av_packet_free(&pkt);
        g_byte_array_unref(png);
    }
    avcodec_free_context(&dec);
}

/* What the data of the chunks unpack to, as far as they do: still_png counts larger pieces, of which it does not count one
 * that is damaged. */
static gsize unpacked(const GByteArray *png)
{
    enum { ROOM = 1 << 10 };
    g_autoptr(GByteArray) data = g_byte_array_new();
    g_autoptr(GZlibDecompressor) unpacker = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
    g_autofree uint8_t *rows = g_malloc(ROOM);
    for (gsize at = 8; at + 12 <= png->len && memcmp(png->data + at + 4, "IEND", 4) != 0;) {
        const gsize length = (gsize)png->data[at] << 24 | (gsize)png->data[at + 1] << 16 |
                             (gsize)png->data[at + 2] << 8 | png->data[at + 3];
        if (memcmp(png->data + at + 4, "IDAT", 4) == 0)
            put(data, png->data + at + 8, MIN(length, png->len - at - 8));
        at += 12 + length;
    }
    GConverterResult result = G_CONVERTER_CONVERTED;
    gsize all = 0;
    for (gsize taken = 0, done = 0; done < data->len && result == G_CONVERTER_CONVERTED; done += taken) {
        gsize n = 0;
        taken = 0;
        result = g_converter_convert(G_CONVERTER(unpacker), data->data + done, data->len - done, rows, ROOM, 0, &taken,
                                     &n, NULL);
        all += n;
    }
    return all;
}

/* Damaged behind its header in some places, or cut off. */
static void test_damaged_png(void)
{
    enum { PIECE = 64 << 10 };
    GRand *rand = g_rand_new_with_seed(20261130);
    GByteArray *whole[] = {
        make_packed_png(PACKED_MOST / 2, 5000, false), make_packed_png(PACKED_MOST + PIECE + 1, 5000, false),
        make_packed_png(PACKED_MOST, 1 << 20, false), make_packed_png(2 * PACKED_MOST, 1 << 20, false)};
    int more = 0, less = 0, wrong = 0;
    for (int i = 0; i < 60; i++) {
        GByteArray *png = bytes_of(whole[i % 4]->data, whole[i % 4]->len);
        for (int j = 0; j < i % 3; j++)
            png->data[g_rand_int_range(rand, 33, (int)png->len)] ^= (uint8_t)(1 << j);
        if (i % 5 == 4)
            g_byte_array_set_size(png, (guint)g_rand_int_range(rand, 66000, (int)png->len));
        const gsize all = unpacked(png), most = 2 * PACKED_PICTURE + (1 << 20);
        struct beneath_file file;
        atomic_bool stop = false;
        save("damaged.png", png);
        g_autofree char *path = mt_path("damaged.png");
        if (!ok(beneath_open(path, &file), "damaged.png"))
            continue;
        const bool runs_on = still_png_runs_on(&file, &stop);
        wrong += all > most + PIECE ? !runs_on : runs_on && all <= most;
        stop = true;
        wrong += still_png_runs_on(&file, &stop);
        beneath_close(&file);
        more += all > most + PIECE;
        less += all <= most;
    }
    g_rand_free(rand);
    for (size_t i = 0; i < G_N_ELEMENTS(whole); i++)
        g_byte_array_unref(whole[i]);
    ok(wrong == 0 && more > 10 && less > 10, "damaged PNGs: %d wrong, %d run on, %d do not", wrong, more, less);
}

/* ---- the processor's time -------------------------------------------------------------------------------------------- */

/* How much later the clock of a thread's processor time is each time that it is read; and how often it was. */
static _Thread_local int64_t clock_steps_s;
static _Thread_local int clock_reads;

/* This program's own takes the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
    const long failed = syscall(SYS_clock_gettime, clock, t);
    if (clock == CLOCK_THREAD_CPUTIME_ID)
        t->tv_sec += clock_steps_s * ++clock_reads;
    return (int)failed;
}

/* Opening is given up when it has taken 20 s of its thread's processor time, which is tested with a clock that runs fast. */
static void test_processor_time(void)
{
    static const char *const names[] = {"time.mkv", "time.mp4", "time.flv"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct probe found;
        g_autoptr(GError) error = NULL;
        ok(mt_ffmpeg("-f lavfi -i testsrc2=s=64x48:d=1 -c:v libx264 -preset ultrafast %s", names[i]), "%s", names[i]);
        g_autofree char *path = mt_path(names[i]);
        clock_reads = 0;
        const bool opened = probe_file(path, NULL, &found, NULL);
        ok(opened && clock_reads > 3, "%s, with %d looks at the clock", opened ? "opened" : "not opened", clock_reads);
        clock_steps_s = 11;
        clock_reads = 0;
        const char *said = probe_file(path, NULL, &found, &error) ? "opened" : error->message;
        ok(strstr(said, "more than 20 s of a processor") && strstr(said, path) && strstr(said, "copy its streams"),
           "with a fast clock: %s", said);
        is_int(clock_reads, 3, "at the first look behind 20 s, the second one");
        clock_steps_s = 0;
    }
}

/* ---- over all threads ------------------------------------------------------------------------------------------------ */

static _Atomic int inside;

static void *enter(void *user)
{
    const atomic_bool *stop = user;
    const bool entered = media_limits_enter(MEDIA_MAX_AT_ONCE, stop);
    inside += entered;
    return entered ? user : NULL;
}

/* Who sleeps until there is room, and what is given back then. */
static _Thread_local int64_t gives_back;
static _Thread_local int sleeps;

/* This program's own takes the place of the C library's. */
int nanosleep(const struct timespec *for_long, struct timespec *left)
{
    const int64_t pixels = gives_back;
    gives_back = 0;
    sleeps++;
    if (pixels > 0)
        media_limits_leave(pixels);
    return (int)syscall(SYS_nanosleep, for_long, left);
}

/* A file that is opened has no place while others take all of it. */
static void test_opening_waits(void)
{
    struct probe found;
    ok(mt_ffmpeg("-f lavfi -i testsrc2=s=64x48:d=1 -c:v libx264 -preset ultrafast waits.ts"), "waits.ts");
    g_autofree char *path = mt_path("waits.ts");
    sleeps = 0;
    ok(probe_file(path, NULL, &found, NULL) && sleeps == 0, "where there is room, opening waits for nobody");
    ok(media_limits_enter(MEDIA_MAX_AT_ONCE, NULL), "all is taken");
    gives_back = MEDIA_MAX_AT_ONCE;
    ok(probe_file(path, NULL, &found, NULL) && sleeps == 1, "opening waits until it is given back");
    ok(gives_back == 0, "which it was");
    media_limits_leave(gives_back);
}

static void test_at_once(void)
{
    atomic_bool stop = false, never = false;
    ok(media_limits_enter(2 * MEDIA_MAX_AT_ONCE, NULL), "what is too large for the limit is let in alone");
    GThread *waits = g_thread_new("waits", enter, &never), *stops = g_thread_new("stops", enter, &stop);
    atomic_store(&stop, true);
    ok(!g_thread_join(stops) && inside == 0, "who waits hears that it is to stop");
    media_limits_leave(2 * MEDIA_MAX_AT_ONCE);
    ok(g_thread_join(waits) && inside == 1, "who waits is let in when the other has left");
    media_limits_leave(MEDIA_MAX_AT_ONCE);
    ok(media_limits_enter(1, NULL) && media_limits_enter(MEDIA_MAX_AT_ONCE - 1, NULL), "what fits is let in at once");
    media_limits_leave(MEDIA_MAX_AT_ONCE);
}

int main(void)
{
    struct media *m = media_new(); /* FFmpeg is quiet */
    if (FILES_TOO) {
        test_files();
        test_played(m);
        test_films();
        test_sizes();
        test_hidden_texts();
        test_damaged_png();
        test_scans();
        test_processor_time();
        test_opening_waits();
    }
    test_at_once();
    media_free(m);
    mt_cleanup();
    return tap_done();
}
