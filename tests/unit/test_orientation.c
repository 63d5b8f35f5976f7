/* Pictures that are stored turned or mirrored stand upright: the arithmetic, the pixels of both ways to the screen, and
 * films and stills whose files say it in every way that there is. */
#include "media/frame.h"
#include "media/orientation.h"
#include "media/probe.h"
#include "media_test.h"
#include "present/view.h"
#include "present/window.h"

/* The four corners of the picture that everybody should see, in levels: top left, top right, bottom left, bottom
 * right. */
static const int upright[4] = {40, 90, 140, 200};

/* What EXIF says of each value: at which sides of the upright picture the first stored row and column lie. */
static const char *const first_row_and_column[] = {NULL,           "top left",     "top right",
                                                   "bottom right", "bottom left",  "left top",
                                                   "right top",    "right bottom", "left bottom"};

static bool says(int exif, const char *side)
{
    return strstr(first_row_and_column[exif], side) != NULL;
}

/* The corners as they are stored when the picture has orientation `exif`. */
static void stored_corners(int exif, int stored[4])
{
    const bool rows_are_rows = exif <= 4;
    for (int i = 0; i < 4; i++) {
        const bool last_row = i / 2, last_column = i % 2;
        const bool bottom = says(exif, "bottom") != (rows_are_rows ? last_row : last_column);
        const bool right = says(exif, "right") != (rows_are_rows ? last_column : last_row);
        stored[i] = upright[bottom * 2 + right];
    }
}

/* --- arithmetic -------------------------------------------------------------------------------------------------- */

static void test_matrices(void)
{
    enum { ONE = 1 << 16 };
    static const struct {
        const char *name;
        int32_t a, b, c, d;
        int quarters;
        bool mirrored, exact;
    } row[] = {
        {"upright", ONE, 0, 0, ONE, 0, false, true},
        {"a quarter turn clockwise, as phones write it", 0, ONE, -ONE, 0, 1, false, true},
        {"half a turn", -ONE, 0, 0, -ONE, 2, false, true},
        {"a quarter turn counter-clockwise", 0, -ONE, ONE, 0, 3, false, true},
        {"mirrored left to right, as front cameras write it", -ONE, 0, 0, ONE, 0, true, true},
        {"mirrored top to bottom", ONE, 0, 0, -ONE, 2, true, true},
        {"transposed", 0, ONE, ONE, 0, 3, true, true},
        {"transposed over the other diagonal", 0, -ONE, -ONE, 0, 1, true, true},
        {"twice the size", 2 * ONE, 0, 0, 2 * ONE, 0, false, true},
        {"five degrees", 65287, 5712, -5712, 65287, 0, false, false},
        {"eighty-five degrees", 5712, 65287, -65287, 5712, 1, false, false},
        {"nothing", 0, 0, 0, 0, 0, false, false},
        {"flat", ONE, ONE, ONE, ONE, 0, false, false},
        {"as small as can be", INT32_MIN, 0, 0, INT32_MIN, 2, false, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        const int32_t matrix[9] = {row[i].a, row[i].b, 0, row[i].c, row[i].d, 0, 0, 0, 1 << 30};
        bool exact = false;
        const struct orientation o = orientation_of_matrix(matrix, &exact);
        ok(o.quarters == row[i].quarters && o.mirrored == row[i].mirrored, "%s: %d quarters, mirrored %d", row[i].name,
           o.quarters, o.mirrored);
        ok(exact == row[i].exact, "%s: exact %d", row[i].name, exact);
    }
}

/* --- pixels ------------------------------------------------------------------------------------------------------ */

enum { LONG = 64, SHORT = 32 };

struct test_planes {
    uint8_t y[LONG * SHORT], uv[LONG * SHORT], bgra[LONG * SHORT * 4];
};

static struct frame turned_frame(struct test_planes *p, enum frame_format format, int exif)
{
    const bool side = exif > 4;
    const int w = side ? SHORT : LONG, h = side ? LONG : SHORT; /* as stored; what is shown is always LONG wide */
    int corner[4];
    stored_corners(exif, corner);
    memset(p->uv, 128, sizeof p->uv);
    for (int i = 0; i < w * h; i++) {
        p->y[i] = (uint8_t)corner[(i / w >= h / 2) * 2 + (i % w >= w / 2)];
        memset(p->bgra + (size_t)i * 4, p->y[i], 4);
    }
    struct frame f = {.format = format,
                      .matrix = FRAME_BT601,
                      .full_range = true,
                      .turn = orientation_of_exif((unsigned)exif),
                      .width = LONG,
                      .height = SHORT,
                      .sar_num = 1,
                      .sar_den = 1};
    f.plane[0] = format == FRAME_BGRA ? p->bgra : p->y;
    f.stride[0] = format == FRAME_BGRA ? w * 4 : w;
    for (int i = 1; i < (format == FRAME_I420 ? 3 : format == FRAME_NV12 ? 2 : 1); i++) {
        f.plane[i] = p->uv + (i - 1) * LONG * SHORT / 2;
        f.stride[i] = format == FRAME_I420 ? w / 2 : w;
    }
    return f;
}

/* The levels in the middles of the four quarters of a picture in memory. */
static bool corners_are_right(const uint8_t *px, int w, int h, int pitch, int tolerance, int seen[4])
{
    bool right = true;
    for (int i = 0; i < 4; i++) {
        const int x = w * (i % 2 ? 3 : 1) / 4, y = h * (i / 2 ? 3 : 1) / 4;
        seen[i] = px[(size_t)y * (size_t)pitch + (size_t)x * 4 + 1];
        right = right && abs(seen[i] - upright[i]) <= tolerance;
    }
    return right;
}

static void check_corners(const uint8_t *px, int w, int h, int pitch, int tolerance, const char *name)
{
    int seen[4];
    const bool right = corners_are_right(px, w, h, pitch, tolerance, seen);
    ok(right, "%s: the corners are %d %d %d %d", name, seen[0], seen[1], seen[2], seen[3]);
}

static void test_blits(void)
{
    static const char *const formats[] = {[FRAME_I420] = "I420", [FRAME_NV12] = "NV12", [FRAME_BGRA] = "BGRA"};
    static const int sizes[][2] = {{LONG, SHORT}, {LONG * 2, SHORT * 2}, {41, 27}, {30, 60}};
    struct test_planes planes;
    struct frame_blitter *cache = NULL;
    for (int format = 0; format <= FRAME_BGRA; format++)
        for (int exif = 1; exif <= 8; exif++)
            for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
                const struct frame f = turned_frame(&planes, (enum frame_format)format, exif);
                const int w = sizes[i][0], h = sizes[i][1], pitch = w * 4 + 16;
                g_autofree uint8_t *px = g_malloc0((gsize)pitch * (gsize)h);
                g_autofree char *name = g_strdup_printf("%s, EXIF %d, %dx%d", formats[format], exif, w, h);
                ok(frame_blit(&cache, &f, px, w, h, pitch), "%s: drawn", name);
                check_corners(px, w, h, pitch, 2, name);
            }
    frame_blitter_free(cache);
}

/* The window draws a turned frame where it belongs, with bars where its upright shape asks for them. */
static void test_window_shape(enum window_renderer renderer, const char *name)
{
    const struct window_options options = {
        .offscreen = renderer == WINDOW_AUTO, .width = 640, .height = 640, .renderer = renderer};
    struct window *w = window_open(&options, NULL);
    if (!w) {
        printf("# no display: %s is left out\n", name);
        return;
    }
    struct test_planes planes;
    for (int exif = 1; exif <= 8; exif++) {
        const struct frame f = turned_frame(&planes, FRAME_I420, exif);
        const struct view v = {.frame = &f, .frame_serial = (uint64_t)exif};
        const struct rect r = window_picture(w, &f);
        int pw = 0, ph = 0, pitch = 0;
        window_draw(w, &v);
        const uint8_t *px = window_read(w, &pw, &ph, &pitch);
        g_autofree char *text = g_strdup_printf("%s, EXIF %d", name, exif);
        ok(px && r.w == pw && r.h == pw / 2 && r.y == (ph - r.h) / 2, "%s: twice as wide as high, in the middle", text);
        if (px)
            check_corners(px + (size_t)r.y * (size_t)pitch + (size_t)r.x * 4, r.w, r.h, pitch, 3, text);
        window_flip(w);
    }
    window_close(w);
}

/* --- files ------------------------------------------------------------------------------------------------------- */

struct file {
    char *bytes;
    gsize n;
};

static struct file read_file(const char *name)
{
    struct file f = {0};
    g_autofree char *path = mt_path(name);
    g_file_get_contents(path, &f.bytes, &f.n, NULL);
    return f;
}

/* Writes the file with `insert` at `at`. */
static void write_file(const char *name, const struct file *f, gsize at, const GByteArray *insert)
{
    g_autofree char *path = mt_path(name);
    GByteArray *all = g_byte_array_new();
    g_byte_array_append(all, (const guint8 *)f->bytes, (guint)at);
    if (insert)
        g_byte_array_append(all, insert->data, insert->len);
    g_byte_array_append(all, (const guint8 *)f->bytes + at, (guint)(f->n - at));
    g_file_set_contents(path, (const char *)all->data, all->len, NULL);
    g_byte_array_unref(all);
}

static gsize find_bytes(const struct file *f, const char *what, gsize n)
{
    const char *at = memmem(f->bytes, f->n, what, n);
    return at ? (gsize)(at - f->bytes) : 0;
}

/* Shows the first frame and compares its corners. */
static void check_file(struct media *m, const char *name, bool still)
{
    g_autofree char *path = mt_path(name);
    struct clip_spec spec = {.path = path, .at_once = true, .no_sound = true, .for_us = still ? US_PER_SECOND : 0};
    struct clip *c = clip_open(m, &spec);
    struct probe p = {0};
    mt_await(c, 1);
    struct frame *f = clip_take(c);
    const bool shape = f && f->width == LONG * 2 && f->height == SHORT * 2;
    ok(shape, "%s: %dx%d as shown", name, f ? f->width : 0, f ? f->height : 0);
    if (shape) {
        struct frame_blitter *cache = NULL;
        g_autofree uint8_t *px = g_malloc0(LONG * SHORT * 4);
        frame_blit(&cache, f, px, LONG, SHORT, LONG * 4);
        frame_blitter_free(cache);
        check_corners(px, LONG, SHORT, LONG * 4, 8, name);
        ok(f->sar_num == f->sar_den, "%s: its pixels are %d:%d", name, f->sar_num, f->sar_den);
    }
    ok(probe_file(path, NULL, &p, NULL) && p.width == LONG * 2 && p.height == SHORT * 2, "%s: `check` says %dx%d", name,
       p.width, p.height);
    frame_free(f);
    clip_close(c);
}

/* The picture as it is stored for `exif`, as a PGM file. */
static void write_stored(int exif)
{
    struct test_planes p;
    const struct frame f = turned_frame(&p, FRAME_I420, exif);
    int32_t w, h;
    frame_stored_size(&f, &w, &h);
    g_autofree char *head = g_strdup_printf("P5 %d %d 255\n", w, h);
    struct file file = {head, strlen(head)};
    GByteArray *pixels = g_byte_array_new();
    g_byte_array_append(pixels, p.y, LONG * SHORT);
    write_file("stored.pgm", &file, file.n, pixels);
    g_byte_array_unref(pixels);
}

static void put16(GByteArray *b, unsigned v, bool little)
{
    const guint8 bytes[] = {(guint8)(little ? v : v >> 8), (guint8)(little ? v >> 8 : v)};
    g_byte_array_append(b, bytes, 2);
}

static void put32(GByteArray *b, unsigned v, bool little)
{
    put16(b, little ? v & 0xffff : v >> 16, little);
    put16(b, little ? v >> 16 : v & 0xffff, little);
}

/* EXIF data: another tag, then the orientation. */
static GByteArray *make_exif(int exif, bool little, bool named)
{
    GByteArray *b = g_byte_array_new();
    if (named)
        g_byte_array_append(b, (const guint8 *)"Exif\0", 6);
    g_byte_array_append(b, (const guint8 *)(little ? "II*\0" : "MM\0*"), 4);
    put32(b, 8, little);
    put16(b, 2, little);
    const unsigned tags[2][2] = {{0x0100, 7}, {0x0112, (unsigned)exif}};
    for (int i = 0; i < 2; i++) {
        put16(b, tags[i][0], little);
        put16(b, 3, little);
        put32(b, 1, little);
        put16(b, tags[i][1], little);
        put16(b, 0, little);
    }
    put32(b, 0, little);
    return b;
}

static guint32 crc_of(const guint8 *p, gsize n)
{
    guint32 crc = 0xffffffffu;
    for (gsize i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* The EXIF data as the segment or chunk that the kind of file has for it. */
static GByteArray *make_chunk(const char *kind, int exif)
{
    const bool jpeg = g_str_equal(kind, "jpg"), png = g_str_equal(kind, "png");
    GByteArray *data = make_exif(exif, exif % 2 == 0, jpeg), *b = g_byte_array_new();
    if (jpeg) {
        g_byte_array_append(b, (const guint8 *)"\xff\xe1", 2);
        put16(b, data->len + 2, false);
    } else if (png) {
        put32(b, data->len, false);
        g_byte_array_append(b, (const guint8 *)"eXIf", 4);
    } else {
        g_byte_array_append(b, (const guint8 *)"EXIF", 4);
        put32(b, data->len, true);
    }
    g_byte_array_append(b, data->data, data->len);
    if (png)
        put32(b, crc_of(b->data + 4, b->len - 4), false);
    g_byte_array_unref(data);
    return b;
}

/* FFmpeg begins a TIFF's directory with a tag that nobody needs. The orientation comes instead of it, behind those with
 * a smaller number, because FFmpeg wants them in order. */
static void turn_tiff(struct file *f, int exif)
{
    enum { ENTRY = 12 };
    static const char subfile[] = "\xfe\0\4\0\1\0\0\0";
    const gsize at = find_bytes(f, subfile, sizeof subfile);
    const guint8 entry[ENTRY] = {0x12, 1, 3, 0, 1, 0, 0, 0, (guint8)exif};
    char *to = f->bytes + at;
    ok(at > 0, "the TIFF has a place for the tag");
    for (; at > 0 && to[ENTRY + 1] == 1 && (guint8)to[ENTRY] < entry[0]; to += ENTRY)
        memmove(to, to + ENTRY, ENTRY);
    memcpy(to, entry, sizeof entry);
}

static void test_still(struct media *m, const char *kind, int exif)
{
    const bool tiff = g_str_equal(kind, "tiff"), webp = g_str_equal(kind, "webp");
    g_autofree char *name = g_strdup_printf("exif%d.%s", exif, kind);
    write_stored(exif);
    if (!mt_ffmpeg("-i stored.pgm -vf scale=iw*2:ih*2:flags=neighbor %s made.%s", webp ? "-lossless 1" : "-q:v 1",
                   kind))
        return;
    g_autofree char *made = g_strdup_printf("made.%s", kind);
    struct file f = read_file(made);
    GByteArray *chunk = tiff ? NULL : make_chunk(kind, exif);
    if (tiff)
        turn_tiff(&f, exif);
    if (webp) {
        const guint32 size = GUINT32_TO_LE((guint32)(f.n - 8 + chunk->len));
        memcpy(f.bytes + 4, &size, 4);
    }
    write_file(name, &f, tiff ? 0 : webp ? f.n : g_str_equal(kind, "png") ? 33 : 2, chunk);
    check_file(m, name, true);
    if (chunk)
        g_byte_array_unref(chunk);
    g_free(f.bytes);
}

/* a, b, c, d of the matrix for each value of EXIF: the stored x points to (a, b), and y to (c, d). */
static const int matrices[9][4] = {{1, 0, 0, 1}, {1, 0, 0, 1},  {-1, 0, 0, 1},  {-1, 0, 0, -1}, {1, 0, 0, -1},
                                   {0, 1, 1, 0}, {0, 1, -1, 0}, {0, -1, -1, 0}, {0, -1, 1, 0}};

/* Overwrites the matrix of the film's track. */
static void turn_mov(struct file *f, int exif)
{
    enum { MATRIX_AT = 44 }; /* from the name of the box: ISO/IEC 14496-12, 8.3.2, version 0 */
    const gsize at = find_bytes(f, "tkhd", 4);
    gint32 matrix[9] = {[8] = (gint32)GUINT32_TO_BE(1u << 30)};
    for (int i = 0; i < 4; i++)
        matrix[i / 2 * 3 + i % 2] = (gint32)GUINT32_TO_BE((guint32)matrices[exif][i] << 16);
    ok(at > 0, "the film has a track header");
    memcpy(f->bytes + at + MATRIX_AT, matrix, sizeof matrix);
}

/* Puts a pose where FFmpeg has written about colours: the yaw mirrors, the roll turns counter-clockwise. */
static void turn_mkv(struct file *f, int exif)
{
    const struct orientation o = orientation_of_exif((unsigned)exif);
    const gsize at = find_bytes(f, "\x55\xb0", 2);
    const guint8 size = at ? (guint8)f->bytes[at + 2] & 0x7f : 0;
    guint8 pose[17] = {0x76, 0x70, 0x80 | 14, 0x76, 0x73, 0x84, 0, 0, 0, 0, 0x76, 0x75, 0x84};
    const float yaw = o.mirrored ? 180 : 0, roll = -90.0f * o.quarters;
    guint32 bits[2];
    memcpy(&bits[0], &yaw, 4);
    memcpy(&bits[1], &roll, 4);
    for (int i = 0; i < 2; i++) {
        bits[i] = GUINT32_TO_BE(bits[i]);
        memcpy(pose + 6 + 7 * i, &bits[i], 4);
    }
    ok(at > 0 && size + 3 >= (int)sizeof pose + 2, "the film has a place for the pose: %d bytes", size);
    memcpy(f->bytes + at, pose, sizeof pose);
    f->bytes[at + sizeof pose] = (char)0xec; /* a void fills the rest */
    f->bytes[at + sizeof pose + 1] = (char)(0x80 | (size + 3 - sizeof pose - 2));
}

static void test_film(struct media *m, const char *kind, int exif)
{
    g_autofree char *name = g_strdup_printf("film%d.%s", exif, kind), *made = g_strdup_printf("made.%s", kind);
    write_stored(exif);
    if (!mt_ffmpeg("-loop 1 -i stored.pgm -t 0.2 -vf scale=iw*2:ih*2:flags=neighbor -c:v %s -crf 4 -pix_fmt yuv420p "
                   "-color_primaries bt709 -color_trc bt709 -colorspace bt709 %s",
                   g_str_equal(kind, "webm") ? "libvpx" : "libx264", made))
        return;
    struct file f = read_file(made);
    if (g_str_equal(kind, "mp4") || g_str_equal(kind, "mov"))
        turn_mov(&f, exif);
    else
        turn_mkv(&f, exif);
    write_file(name, &f, 0, NULL);
    check_file(m, name, false);
    g_free(f.bytes);
}

/* --- AVIF and HEIC ------------------------------------------------------------------------------------------------ */

/* A box with that content, which is freed, goes to the end of `b`. */
static void put_box(GByteArray *b, const char *name, GByteArray *content)
{
    put32(b, content->len + 8, false);
    g_byte_array_append(b, (const guint8 *)name, 4);
    g_byte_array_append(b, content->data, content->len);
    g_byte_array_unref(content);
}

static GByteArray *bytes_of(const char *bytes, guint n)
{
    return g_byte_array_append(g_byte_array_new(), (const guint8 *)bytes, n);
}

/* Properties 2 and 3, each a name and a digit, in that order. The primary picture has both, another has only the second. */
static GByteArray *make_heif(const char *second, const char *third, bool wide)
{
    static const char narrow_list[] = "\0\0\0\0\0\0\0\2\0\1\1\x83\0\2\3\1\x82\x83",
                      wide_list[] = "\0\0\0\1\0\0\0\2\0\1\1\x80\3\0\2\3\0\1\x80\2\x80\3";
    const char *property[] = {second, third};
    GByteArray *ipco = g_byte_array_new(), *iprp = g_byte_array_new(), *meta = bytes_of("\0\0\0\0", 4);
    put_box(ipco, "ispe", bytes_of("\0\0\0\0\0\0\0\1\0\0\0\1", 12));
    for (int i = 0; i < 2; i++) {
        const char value = (char)(property[i][4] - '0');
        put_box(ipco, property[i], bytes_of(&value, 1));
    }
    put_box(iprp, "ipco", ipco);
    put_box(iprp, "ipma",
            wide ? bytes_of(wide_list, sizeof wide_list - 1) : bytes_of(narrow_list, sizeof narrow_list - 1));
    put_box(meta, "pitm", bytes_of("\0\0\0\0\0\2", 6));
    put_box(meta, "iprp", iprp);
    GByteArray *file = g_byte_array_new();
    put_box(file, "ftyp", bytes_of("heic\0\0\0\0", 8));
    put_box(file, "meta", meta);
    return file;
}

static void test_heif(void)
{
    static const struct {
        const char *second, *third;
        int quarters;
        bool mirrored;
    } row[] = {
        {"irot0", "free0", 0, false}, {"irot1", "free0", 3, false}, {"irot2", "free0", 2, false},
        {"irot3", "free0", 1, false}, {"free0", "imir0", 2, true},  {"free0", "imir1", 0, true},
        {"irot3", "imir1", 3, true},  {"imir1", "irot3", 1, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        g_autoptr(GByteArray) b = make_heif(row[i].second, row[i].third, i % 2);
        const struct orientation o = orientation_of_heif(b->data, b->len);
        ok(o.quarters == row[i].quarters && o.mirrored == row[i].mirrored, "%s, then %s: %d quarters, mirrored %d",
           row[i].second, row[i].third, o.quarters, o.mirrored);
        for (guint n = 0; n < b->len; n++) { /* in memory of its own, so that ASan sees what is read behind it */
            g_autofree uint8_t *copy = g_memdup2(b->data, n);
            (void)orientation_of_heif(copy, n);
        }
    }
}

/* The property that lists the bits of each channel becomes one that turns. */
static void test_avif(struct media *m)
{
    if (!mt_has_encoder("libaom-av1")) {
        printf("# no libaom: AVIF is left out\n");
        return;
    }
    write_stored(8); /* 90 degrees counter-clockwise */
    if (!ok(mt_ffmpeg("-i stored.pgm -vf scale=iw*2:ih*2:flags=neighbor -c:v libaom-av1 -still-picture 1 -crf 4 "
                      "-cpu-used 8 -pix_fmt yuv420p made.avif"),
            "an AVIF is made"))
        return;
    struct file f = read_file("made.avif");
    const gsize at = find_bytes(&f, "pixi", 4);
    ok(at > 0, "it has a property to be replaced");
    memcpy(f.bytes + at, "irot\1", 5);
    write_file("turned.avif", &f, 0, NULL);
    check_file(m, "turned.avif", true);
    g_free(f.bytes);
}

/* --- bytes that make no sense ------------------------------------------------------------------------------------ */

static void test_damaged_stills(void)
{
    static const char *const kinds[] = {"jpg", "png", "webp", "tiff"};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *name = g_strdup_printf("exif6.%s", kinds[i]);
        struct file f = read_file(name);
        ok(f.n > 0 && orientation_of_still((const uint8_t *)f.bytes, f.n).quarters == 1, "%s is turned", name);
        int upright_ones = 0;
        srand(1);
        for (int k = 0; k < 2000 && f.n > 0; k++) {
            const gsize n = k % 2 ? f.n : (gsize)rand() % MIN(f.n, 400u);
            g_autofree uint8_t *copy = g_memdup2(f.bytes, n);
            for (int bit = 0; k % 2 && bit < 3; bit++)
                copy[(gsize)rand() % MIN(n, 120u)] ^= (uint8_t)(1u << rand() % 8);
            upright_ones += orientation_of_still(copy, n).quarters == 0;
        }
        ok(upright_ones > 100, "%s: damage was done: %d of 2000 copies lost their turn", name, upright_ones);
        g_free(f.bytes);
    }
}

int main(void)
{
    static const char *const stills[] = {"jpg", "png", "webp", "tiff"};
    struct media *m = media_new();
    test_matrices();
    test_blits();
    test_window_shape(WINDOW_AUTO, "off-screen");
    if (g_getenv("DISPLAY")) {
        test_window_shape(WINDOW_SURFACE, "surface");
        test_window_shape(WINDOW_GPU, "gpu");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(stills); i++)
        for (int exif = 1; exif <= 8; exif++)
            if (i == 0 || exif == 5 || exif == 6) /* all eight once; EXIF data are the same everywhere */
                test_still(m, stills[i], exif);
    for (int exif = 1; exif <= 8; exif++)
        test_film(m, exif % 2 ? "mp4" : "mov", exif);
    test_film(m, "mkv", 6);
    test_film(m, "mkv", 8);
    test_film(m, "webm", 2);
    test_film(m, "mkv", 7);
    test_heif();
    test_avif(m);
    test_damaged_stills();
    media_free(m);
    mt_cleanup();
    return tap_done();
}
