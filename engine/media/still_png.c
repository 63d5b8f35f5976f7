#include "media/still_png.h"

#include <gio/gio.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#include "base/beneath.h"
#include "media/media_limits.h"

/* Deflate unpacks a byte to 1032 at most: what is smaller than SMALL takes a third of a second. */
enum { SMALL = 64 << 10, SLACK = 1 << 20, PIECE = 64 << 10, HEAD = 33, CHUNK = 12 /* without its data */ };

struct png {
    const struct beneath_file *file;
    const atomic_bool *stop;
    GConverter *unpacker;
    int64_t unpacked, most;
    int64_t piece_at;
    gsize piece_size;
    uint8_t piece[PIECE];
};

/* How many bytes of the file stand at *bytes, `n` or more unless it ends before. */
static gsize look(struct png *p, int64_t at, gsize n, const uint8_t **bytes)
{
    const int64_t ahead = at - p->piece_at;
    if (ahead < 0 || ahead + (int64_t)n > (int64_t)p->piece_size) {
        const ssize_t got = atomic_load(p->stop) ? 0 : beneath_read(p->file, p->piece, sizeof p->piece, at);
        p->piece_at = at;
        p->piece_size = got > 0 ? (gsize)got : 0;
    }
    *bytes = p->piece + (at - p->piece_at);
    return p->piece_size - (gsize)(at - p->piece_at);
}

/* False: that was all, as far as the decoder goes. */
static bool unpack(struct png *p, const uint8_t *bytes, gsize n)
{
    uint8_t rows[PIECE];
    GConverterResult result = G_CONVERTER_CONVERTED;
    while (n > 0 && p->unpacked <= p->most && result == G_CONVERTER_CONVERTED) {
        gsize taken = 0, made = 0;
        result = g_converter_convert(p->unpacker, bytes, n, rows, sizeof rows, 0, &taken, &made, NULL);
        bytes += taken;
        n -= taken;
        p->unpacked += (int64_t)made;
    }
    return p->unpacked <= p->most && result == G_CONVERTER_CONVERTED;
}

static bool unpack_chunk(struct png *p, int64_t at, int64_t length)
{
    const uint8_t *bytes;
    while (length > 0) {
        const gsize n = MIN(look(p, at, 1, &bytes), (gsize)length);
        if (n == 0 || !unpack(p, bytes, n))
            return false;
        at += (int64_t)n;
        length -= (int64_t)n;
    }
    return true;
}

static bool fits(const uint8_t *header)
{
    const int64_t width = AV_RB32(header), height = AV_RB32(header + 4);
    return width > 0 && height > 0 && width <= MEDIA_MAX_PIXELS / height;
}

/* A row has a byte in front that tells its filter. Interlaced, the picture is seven smaller ones: twice is enough for all. */
static int64_t most_unpacked(const uint8_t *header)
{
    static const uint8_t channels[8] = {1, 4, 3, 1, 2, 4, 4, 4};
    const int64_t width = AV_RB32(header), height = AV_RB32(header + 4);
    const int bits = MIN(header[8], 16) * channels[header[9] & 7];
    return 2 * height * ((width * bits + 7) / 8 + 1) + SLACK;
}

static void unpack_all(struct png *p)
{
    const uint8_t *chunk;
    for (int64_t at = 8; look(p, at, CHUNK, &chunk) >= CHUNK;) {
        const int64_t length = AV_RB32(chunk);
        if (memcmp(chunk + 4, "IEND", 4) == 0)
            break;
        if (memcmp(chunk + 4, "IDAT", 4) == 0 && !unpack_chunk(p, at + 8, length))
            break;
        at += CHUNK + length;
    }
}

bool still_png_runs_on(const struct beneath_file *file, const atomic_bool *stop)
{
    uint8_t head[HEAD];
    if (file->stat.st_size < SMALL || beneath_read(file, head, sizeof head, 0) != HEAD ||
        memcmp(head, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16) != 0 || !fits(head + 16))
        return false;
    struct png *p = g_new0(struct png, 1);
    p->file = file;
    p->stop = stop;
    p->most = most_unpacked(head + 16);
    p->unpacker = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
    unpack_all(p);
    const bool more = p->unpacked > p->most;
    g_object_unref(p->unpacker);
    g_free(p);
    return more;
}
