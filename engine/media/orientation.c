#include "media/orientation.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* --- matrices ---------------------------------------------------------------------------------------------------- */

static bool orientation_check(struct orientation o)
{
    assert(o.quarters < 4);
    return true;
}

struct orientation orientation_of_exif(unsigned value)
{
    static const struct orientation table[] = {{0, false}, {0, false}, {0, true}, {2, false}, {2, true},
                                               {3, true},  {1, false}, {1, true}, {3, false}};
    return table[value < sizeof table / sizeof *table ? value : 0];
}

/* Where the stored axes point in the picture that is shown: x to (a, b), y to (c, d), y downwards. Mirroring comes
 * first and leaves y alone, so the direction of y is the turn. */
struct orientation orientation_of_matrix(const int32_t matrix[9], bool *exact)
{
    const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    const double area = a * d - b * c;
    struct orientation o = {.mirrored = area < 0};
    if (fabs(d) >= fabs(c))
        o.quarters = d < 0 ? 2 : 0;
    else
        o.quarters = c < 0 ? 1 : 3;
    if (exact)
        *exact = area != 0 && ((b == 0 && c == 0) || (a == 0 && d == 0));
    assert(orientation_check(o));
    return area != 0 ? o : (struct orientation){0};
}

/* --- EXIF -------------------------------------------------------------------------------------------------------- */

/* A part of the file. */
struct bytes {
    const uint8_t *p;
    size_t n;
};

static struct bytes part(struct bytes b, size_t from, size_t n)
{
    if (from > b.n)
        return (struct bytes){0};
    return (struct bytes){b.p + from, n < b.n - from ? n : b.n - from};
}

static bool begins(struct bytes b, const char *with, size_t n)
{
    return b.n >= n && memcmp(b.p, with, n) == 0;
}

static uint32_t read_number(struct bytes b, size_t at, size_t n, bool little)
{
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t k = at + (little ? n - 1 - i : i);
        value = value << 8 | (k < b.n ? b.p[k] : 0);
    }
    return value;
}

enum { EXIF_ORIENTATION = 0x0112, TIFF_SHORT = 3, TIFF_ENTRY = 12 };

/* TIFF, which is also the form of EXIF data: the tag stands in the first directory. */
static unsigned tag_of_tiff(struct bytes b)
{
    const bool little = begins(b, "II*\0", 4);
    if (!little && !begins(b, "MM\0*", 4))
        return 0;
    const struct bytes list = part(b, read_number(b, 4, 4, little), b.n);
    const uint32_t count = read_number(list, 0, 2, little);
    for (uint32_t i = 0; i < count && list.n >= 2 + (i + 1) * (size_t)TIFF_ENTRY; i++) {
        const struct bytes e = part(list, 2 + i * (size_t)TIFF_ENTRY, TIFF_ENTRY);
        if (read_number(e, 0, 2, little) == EXIF_ORIENTATION)
            return read_number(e, 2, 2, little) == TIFF_SHORT ? read_number(e, 8, 2, little) : 0;
    }
    return 0;
}

static unsigned tag_of_exif(struct bytes b)
{
    static const char name[6] = "Exif\0";
    return tag_of_tiff(begins(b, name, sizeof name) ? part(b, sizeof name, b.n) : b);
}

/* Segments of two bytes of marker and two of length, up to the scan. */
static unsigned tag_of_jpeg(struct bytes b)
{
    enum { APP1 = 0xe1, START_OF_SCAN = 0xda, FILL = 0xff };
    for (size_t at = 2; at + 4 <= b.n && b.p[at] == FILL;) {
        const size_t length = read_number(b, at + 2, 2, false);
        if (b.p[at + 1] == FILL) {
            at++;
            continue;
        }
        if (b.p[at + 1] == START_OF_SCAN || length < 2)
            return 0;
        const struct bytes segment = part(b, at + 4, length - 2);
        if (b.p[at + 1] == APP1 && begins(segment, "Exif\0\0", 6))
            return tag_of_exif(segment);
        at += 2 + length;
    }
    return 0;
}

/* A chunk is its length, name and content, in PNG with a check sum behind, in RIFF filled up to an even length. */
static unsigned tag_of_chunks(struct bytes b, size_t first, bool png)
{
    for (size_t at = first; at < b.n && b.n - at >= 8;) {
        const size_t length = read_number(b, png ? at : at + 4, 4, !png);
        if (begins(part(b, png ? at + 4 : at, 4), png ? "eXIf" : "EXIF", 4))
            return tag_of_exif(part(b, at + 8, length));
        if (length > b.n)
            return 0;
        at += 8 + (png ? length + 4 : length + (length & 1));
    }
    return 0;
}

struct orientation orientation_of_still(const uint8_t *file, size_t size)
{
    const struct bytes b = {file, size};
    unsigned tag = 0;
    if (begins(b, "\xff\xd8", 2))
        tag = tag_of_jpeg(b);
    else if (begins(b, "\x89PNG\r\n\x1a\n", 8))
        tag = tag_of_chunks(b, 8, true);
    else if (begins(b, "RIFF", 4) && begins(part(b, 8, 4), "WEBP", 4))
        tag = tag_of_chunks(b, 12, false);
    else
        tag = tag_of_tiff(b);
    return orientation_of_exif(tag);
}

/* --- HEIF -------------------------------------------------------------------------------------------------------- */

enum { BOX_HEAD = 8, FULL_BOX = 4 };

/* The content of the first box of that name among those that lie in `b`. A box is its length, name and content. */
static struct bytes find_box(struct bytes b, const char *name)
{
    for (size_t at = 0; at + BOX_HEAD <= b.n;) {
        const size_t length = read_number(b, at, 4, false);
        if (length < BOX_HEAD)
            break;
        if (begins(part(b, at + 4, 4), name, 4))
            return part(b, at + BOX_HEAD, length - BOX_HEAD);
        at += length;
    }
    return (struct bytes){0};
}

/* The n-th box, from 1 on, with its head. */
static struct bytes nth_box(struct bytes b, unsigned n)
{
    for (size_t at = 0; n > 0 && at + BOX_HEAD <= b.n; n--) {
        const size_t length = read_number(b, at, 4, false);
        if (length < BOX_HEAD)
            break;
        if (n == 1)
            return part(b, at, length);
        at += length;
    }
    return (struct bytes){0};
}

/* What is turned or mirrored already is turned or mirrored once more. */
static struct orientation transformed(struct orientation o, struct bytes property)
{
    const unsigned value = read_number(property, BOX_HEAD, 1, false);
    const bool mirror = begins(part(property, 4, 4), "imir", 4);
    if (begins(part(property, 4, 4), "irot", 4)) /* counter-clockwise */
        return (struct orientation){(uint8_t)((o.quarters + 4 - (value & 3)) % 4), o.mirrored};
    if (mirror && value & 1) /* left to right, else top to bottom */
        return (struct orientation){(uint8_t)((4 - o.quarters) % 4), !o.mirrored};
    if (mirror)
        return (struct orientation){(uint8_t)((6 - o.quarters) % 4), !o.mirrored};
    return o;
}

/* `ipma` lists pictures, each with the numbers of its properties, whose highest bit says that they are essential. */
struct orientation orientation_of_heif(const uint8_t *file, size_t size)
{
    const struct bytes top = find_box((struct bytes){file, size}, "meta"), meta = part(top, FULL_BOX, top.n);
    const struct bytes pitm = find_box(meta, "pitm"), iprp = find_box(meta, "iprp");
    const struct bytes ipco = find_box(iprp, "ipco"), ipma = find_box(iprp, "ipma");
    const size_t id_bytes = read_number(ipma, 0, 1, false) ? 4 : 2, bytes = read_number(ipma, 3, 1, false) & 1 ? 2 : 1;
    const uint32_t primary = read_number(pitm, FULL_BOX, read_number(pitm, 0, 1, false) ? 4 : 2, false);
    struct orientation o = {0};
    for (size_t at = 8; at + id_bytes + 1 <= ipma.n;) {
        const bool wanted = read_number(ipma, at, id_bytes, false) == primary;
        const uint32_t n = read_number(ipma, at + id_bytes, 1, false);
        at += id_bytes + 1;
        for (uint32_t i = 0; i < n && wanted; i++)
            o = transformed(
                o, nth_box(ipco, read_number(ipma, at + i * bytes, bytes, false) & (bytes == 2 ? 0x7fff : 0x7f)));
        at += n * bytes;
    }
    assert(orientation_check(o));
    return o;
}
