#include "media/still_size.h"

#include <assert.h>
#include <ctype.h>
#include <glib.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#include "base/beneath.h"

enum {
    HEAD = 512,
    SEGMENTS = 4096, /* of a JPEG, before its picture; a large colour profile takes some hundred */
    ENTRIES = 256,   /* of the first directory of a TIFF */
};

struct header {
    const struct beneath_file *file;
    uint8_t data[HEAD]; /* zeros behind its end */
    int64_t *width, *height;
};

/* Zeros where the file has no bytes. */
static bool read_at(const struct beneath_file *file, int64_t at, uint8_t *out, size_t n)
{
    memset(out, 0, n);
    return at >= 0 && beneath_read(file, out, n, at) > 0;
}

static bool is_png(const struct header *h)
{
    static const uint8_t mark[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (memcmp(h->data, mark, sizeof mark) != 0 || memcmp(h->data + 12, "IHDR", 4) != 0)
        return false;
    *h->width = AV_RB32(h->data + 16);
    *h->height = AV_RB32(h->data + 20);
    return true;
}

/* SOF0 to SOF15, without DHT, JPG and DAC. */
static bool begins_frame(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool is_jpeg(const struct header *h)
{
    int64_t at = 2;
    uint8_t s[10];
    if (h->data[0] != 0xff || h->data[1] != 0xd8)
        return false;
    for (int i = 0; i < SEGMENTS && read_at(h->file, at, s, sizeof s); i++) {
        if (s[0] != 0xff)
            return false;
        if (begins_frame(s[1])) {
            *h->height = AV_RB16(s + 5);
            *h->width = AV_RB16(s + 7);
            return true;
        }
        at += s[1] == 0xff ? 1 : 2 + AV_RB16(s + 2); /* 0xff: padding */
    }
    return false;
}

/* In what a scan holds, 0xff is followed by 0: so each mark is one, but for those of thumbnails in the header. */
static int count_scans(const uint8_t *data, size_t n)
{
    int scans = 0;
    for (const uint8_t *p = data; n > 1 && (p = memchr(p, 0xff, n - 1 - (size_t)(p - data))); p++)
        scans += p[1] == 0xda;
    return scans;
}

int still_scans(const struct beneath_file *file, int most)
{
    enum { CHUNK = 1 << 16 };
    uint8_t data[CHUNK];
    int64_t at = 0;
    int scans = 0;
    ssize_t n;
    if (beneath_read(file, data, 2, 0) != 2 || data[0] != 0xff || data[1] != 0xd8)
        return 0;
    for (; scans < most && (n = beneath_read(file, data, sizeof data, at)) > 1;
         at += n - 1) /* a mark may lie across two chunks */
        scans += count_scans(data, (size_t)n);
    return MIN(scans, most);
}

static bool is_webp(const struct header *h)
{
    const uint8_t *d = h->data;
    if (memcmp(d, "RIFF", 4) != 0 || memcmp(d + 8, "WEBP", 4) != 0)
        return false;
    if (memcmp(d + 12, "VP8X", 4) == 0) {
        *h->width = (int64_t)AV_RL24(d + 24) + 1;
        *h->height = (int64_t)AV_RL24(d + 27) + 1;
    } else if (memcmp(d + 12, "VP8L", 4) == 0) {
        *h->width = (AV_RL32(d + 21) & 0x3fff) + 1;
        *h->height = (AV_RL32(d + 21) >> 14 & 0x3fff) + 1;
    } else {
        *h->width = AV_RL16(d + 26) & 0x3fff;
        *h->height = AV_RL16(d + 28) & 0x3fff;
    }
    return true;
}

static bool is_bmp(const struct header *h)
{
    if (memcmp(h->data, "BM", 2) != 0)
        return false;
    const bool old = AV_RL32(h->data + 14) == 12;
    const int64_t height = old ? AV_RL16(h->data + 20) : (int32_t)AV_RL32(h->data + 22);
    *h->width = old ? AV_RL16(h->data + 18) : AV_RL32(h->data + 18);
    *h->height = height < 0 ? -height : height; /* negative: the first row is the uppermost */
    return true;
}

/* A value of a directory's entry, which is a short or a long. */
static int64_t tiff_value(const uint8_t *entry, bool big)
{
    enum { SHORT = 3 };
    const int type = big ? AV_RB16(entry + 2) : AV_RL16(entry + 2);
    if (type == SHORT)
        return big ? AV_RB16(entry + 8) : AV_RL16(entry + 8);
    return big ? AV_RB32(entry + 8) : AV_RL32(entry + 8);
}

static bool is_tiff(const struct header *h)
{
    enum { WIDTH = 256, HEIGHT = 257, ENTRY = 12 };
    uint8_t dir[2 + ENTRIES * ENTRY];
    const bool big = memcmp(h->data, "MM\0*", 4) == 0;
    if (!big && memcmp(h->data, "II*\0", 4) != 0)
        return false;
    if (!read_at(h->file, big ? AV_RB32(h->data + 4) : AV_RL32(h->data + 4), dir, sizeof dir))
        return false;
    const int n = big ? AV_RB16(dir) : AV_RL16(dir);
    for (int i = 0; i < n && i < ENTRIES; i++) {
        const uint8_t *e = dir + 2 + i * ENTRY;
        const int tag = big ? AV_RB16(e) : AV_RL16(e);
        if (tag == WIDTH)
            *h->width = tiff_value(e, big);
        else if (tag == HEIGHT)
            *h->height = tiff_value(e, big);
    }
    return true;
}

/* Passes spaces and comments, then reads a number; -1: there is none. */
static int64_t pnm_number(const struct header *h, size_t *at)
{
    int64_t n = -1;
    while (*at < HEAD && (isspace(h->data[*at]) || h->data[*at] == '#')) {
        const bool comment = h->data[*at] == '#';
        while (comment && *at + 1 < HEAD && h->data[*at] != '\n')
            ++*at;
        ++*at;
    }
    for (; *at < HEAD && isdigit(h->data[*at]) && n < INT32_MAX; ++*at)
        n = (n < 0 ? 0 : n * 10) + (h->data[*at] - '0');
    return n;
}

static bool is_pnm(const struct header *h)
{
    size_t at = 2;
    if (h->data[0] != 'P' || h->data[1] < '1' || h->data[1] > '6')
        return false;
    *h->width = pnm_number(h, &at);
    *h->height = pnm_number(h, &at);
    return true;
}

int still_scans_in(const uint8_t *data, size_t n, int most)
{
    const int scans = n >= 2 && data[0] == 0xff && data[1] == 0xd8 ? count_scans(data, n) : 0;
    return MIN(scans, most);
}

bool still_size(const struct beneath_file *file, int64_t *width, int64_t *height)
{
    static bool (*const formats[])(const struct header *) = {is_png, is_jpeg, is_webp, is_bmp, is_tiff, is_pnm};
    struct header h = {.file = file, .width = width, .height = height};
    *width = *height = 0;
    if (!read_at(file, 0, h.data, sizeof h.data))
        return false;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i](&h))
            return *width > 0 && *height > 0;
    return false;
}
