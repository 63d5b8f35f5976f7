#include "media/still_colour.h"

#include <glib.h>
#include <libavutil/frame.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>

#include "media/colour.h"

enum { CODE_POINTS = 4 }; /* primaries, transfer, matrix, range (ITU-T H.273) */

/* Where a still's header and its profile begin. */
enum { HEAD = 64 << 10 };

/* Cameras write Adobe RGB without a profile, and name it by a field of EXIF alone: 1, a text of four bytes, "R03" (DCF 2.0). */
static bool is_camera_adobe(const uint8_t *file, size_t size)
{
    return memmem(file, MIN(size, HEAD), "\1\0\2\0\4\0\0\0R03", 12) ||
           memmem(file, MIN(size, HEAD), "\0\1\0\2\0\0\0\4R03", 12);
}

/* What JPEG, PNG and WebP have in front of a profile lies near their beginning. A TIFF may have it anywhere. Ink in a JPEG has
 * Adobe's mark. */
bool still_colour_is_told(const uint8_t *file, size_t size)
{
    static const char *const marks[] = {"ICC_PROFILE", "iCCP", "ICCP", "cICP",
                                        "\xff\xee\0\x0e"
                                        "Adobe"};
    const bool tiff = size > 4 && (memcmp(file, "II*\0", 4) == 0 || memcmp(file, "MM\0*", 4) == 0);
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (memmem(file, MIN(size, HEAD), marks[i], strlen(marks[i])))
            return true;
    return tiff || is_camera_adobe(file, size);
}

/* --- PNG ---------------------------------------------------------------------------------------------------------- */

/* A chunk is its length, name and content, with a check sum behind. */
static const uint8_t *png_code_points(const uint8_t *file, size_t size)
{
    enum { FIRST = 8, AROUND = 12 };
    if (size < FIRST || memcmp(file, "\x89PNG\r\n\x1a\n", FIRST) != 0)
        return NULL;
    for (size_t at = FIRST; size - at >= AROUND + CODE_POINTS;) {
        const size_t length = AV_RB32(file + at);
        if (length == CODE_POINTS && memcmp(file + at + 4, "cICP", 4) == 0)
            return file + at + 8;
        if (length > size - at - AROUND || memcmp(file + at + 4, "IDAT", 4) == 0)
            return NULL;
        at += AROUND + length;
    }
    return NULL;
}

/* --- profiles ----------------------------------------------------------------------------------------------------- */

struct profile {
    const uint8_t *data;
    size_t size;
};

/* The content of a tag, of at least `least` bytes behind its type; NULL: there is none. */
static const uint8_t *find_tag(const struct profile *p, const char *name, const char *type, size_t least)
{
    enum { TAGS = 128, ENTRY = 12, TYPE = 8, TAGS_MAX = 100 };
    if (p->size < TAGS + 4)
        return NULL;
    const uint32_t n = MIN(AV_RB32(p->data + TAGS), TAGS_MAX);
    for (size_t i = 0, at = TAGS + 4; i < n && at + ENTRY <= p->size; i++, at += ENTRY) {
        const size_t from = AV_RB32(p->data + at + 4);
        if (memcmp(p->data + at, name, 4) != 0 || from > p->size || p->size - from < TYPE + least)
            continue;
        return memcmp(p->data + from, type, 4) == 0 ? p->data + from + TYPE : NULL;
    }
    return NULL;
}

/* Red and green of a gamut as profiles have them, adapted to their white (D50): X and Y. */
static const struct {
    int primaries;
    double red[2], green[2];
} gamuts[] = {
    {AVCOL_PRI_BT709, {0.4361, 0.2225}, {0.3851, 0.7169}},
    {AVCOL_PRI_SMPTE432, {0.5151, 0.2412}, {0.2920, 0.6922}},
    {AVCOL_PRI_BT2020, {0.6735, 0.2790}, {0.1657, 0.6753}},
    {COLOUR_PRIMARIES_ADOBE, {0.6097, 0.3111}, {0.2053, 0.6257}},
    {COLOUR_PRIMARIES_PROPHOTO, {0.7977, 0.2880}, {0.1352, 0.7119}},
};

/* How far X and Y may be off: for a gamut to be meant; for a picture to look as it should without it. */
static const double EXACT = 0.01, ROUGH = 0.06;

static bool is_near(const uint8_t *xyz, const double to[2], double by)
{
    for (int i = 0; i < 2; i++)
        if (fabs((int32_t)AV_RB32(xyz + 4 * i) / 65536.0 - to[i]) > by)
            return false;
    return true;
}

/* Within `by`; AVCOL_PRI_UNSPECIFIED: not known, or the profile does not tell (those of printers have tables instead). */
static int primaries_of(const struct profile *p, double by)
{
    const uint8_t *red = find_tag(p, "rXYZ", "XYZ ", 12), *green = find_tag(p, "gXYZ", "XYZ ", 12);
    for (size_t i = 0; red && green && i < G_N_ELEMENTS(gamuts); i++)
        if (is_near(red, gamuts[i].red, by) && is_near(green, gamuts[i].green, by))
            return gamuts[i].primaries;
    return AVCOL_PRI_UNSPECIFIED;
}

static double fixed(const uint8_t *at)
{
    return (int32_t)AV_RB32(at) / 65536.0;
}

/* The value in the middle of a table; a table of one is an exponent, an empty one a straight line. */
static double middle_of_table(const struct profile *p, const char *name)
{
    enum { COUNT = 4 };
    const uint8_t *points = find_tag(p, name, "curv", COUNT);
    const size_t n = points ? AV_RB32(points) : 0, at = n > 0 ? COUNT + 2 * ((n - 1) / 2) : 0;
    if (n == 0)
        return points ? 0.5 : -1;
    points = find_tag(p, name, "curv", at + 2);
    return !points ? -1 : n == 1 ? pow(0.5, AV_RB16(points + at) / 256.0) : AV_RB16(points + at) / 65535.0;
}

/* What becomes of half the signal on this curve (ICC.1, 10.6 and 10.18): 0.214 for sRGB. -1: the profile does not tell. */
static double half_light(const struct profile *p, const char *name)
{
    enum { EXPONENT = 4, SCALE = 8, OFFSET = 12, FORMULAS = 5 };
    const uint8_t *formula = find_tag(p, name, "para", SCALE);
    if (!formula)
        return middle_of_table(p, name);
    const int kind = AV_RB16(formula);
    const double exponent = fixed(formula + EXPONENT);
    formula = kind > 0 && kind < FORMULAS ? find_tag(p, name, "para", OFFSET + 4) : NULL;
    const double x = kind == 0 ? 0.5 : formula ? 0.5 * fixed(formula + SCALE) + fixed(formula + OFFSET) : -1;
    return x < 0 ? -1 : pow(x, exponent);
}

/* Is this curve, where there is one, one for screens? Gamma 2.2 and sRGB are; 1.8, linear light, and ink on paper are not. */
static bool is_for_screens(const struct profile *p, const char *name)
{
    const double half = half_light(p, name);
    return half < 0 || fabs(half - 0.215) < 0.025;
}

static struct profile profile_of(const AVFrame *f)
{
    const AVFrameSideData *d = av_frame_get_side_data(f, AV_FRAME_DATA_ICC_PROFILE);
    return d ? (struct profile){d->data, d->size} : (struct profile){0};
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static void set_code_points(AVFrame *f, const uint8_t points[CODE_POINTS])
{
    f->color_primaries = points[0];
    f->color_trc = points[1];
}

/* Code points of the container come before those of a profile, these before its primaries, and these before EXIF. */
void still_colour_complete(const uint8_t *file, size_t size, AVFrame *f)
{
    const struct profile p = profile_of(f);
    const uint8_t *points = png_code_points(file, size);
    if (!points)
        points = find_tag(&p, "cicp", "cicp", CODE_POINTS);
    if (points)
        set_code_points(f, points);
    else if (primaries_of(&p, EXACT) != AVCOL_PRI_UNSPECIFIED)
        f->color_primaries = (enum AVColorPrimaries)primaries_of(&p, EXACT);
    else if (!p.data && is_camera_adobe(file, size))
        f->color_primaries = (enum AVColorPrimaries)COLOUR_PRIMARIES_ADOBE;
}

/* Colours of ink: the profile says so, or there is a fourth colour, which FFmpeg takes for transparency in a JPEG, and for
 * nothing in a TIFF. */
static bool is_ink(const struct profile *p, const uint8_t *file, size_t size, const AVFrame *f)
{
    enum { SPACE = 16 };
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(f->format);
    const bool jpeg = size > 2 && file[0] == 0xff && file[1] == 0xd8;
    return (p->size > SPACE + 4 && memcmp(p->data + SPACE, "CMYK", 4) == 0) ||
           (jpeg && format && (format->flags & AV_PIX_FMT_FLAG_ALPHA)) || f->format == AV_PIX_FMT_RGB0;
}

bool still_colour_is_foreign(const uint8_t *file, size_t size, const AVFrame *f)
{
    const struct profile p = profile_of(f);
    const bool wide = f->color_primaries == AVCOL_PRI_UNSPECIFIED && find_tag(&p, "rXYZ", "XYZ ", 12) &&
                      primaries_of(&p, ROUGH) == AVCOL_PRI_UNSPECIFIED;
    const struct colour c = colour_of_frame(f, 0);
    const bool followed = c.transfer != COLOUR_STANDARD || c.gamut == COLOUR_PROPHOTO;
    return wide || is_ink(&p, file, size, f) ||
           !(followed || (is_for_screens(&p, "rTRC") && is_for_screens(&p, "kTRC")));
}
