/* Colours: matrices and ranges as files name them or leave them out, high dynamic range as mpv shows it, fields. */
#include "media/colour.h"
#include "media/frame.h"
#include "media/probe.h"
#include "media/tone_map.h"
#include "media_test.h"

/* Eight patches of 32x32, in two rows, at the picture's top left. */
enum { PATCH = 32, PATCHES = 8, ROW = 4 };

static const uint8_t RGB[PATCHES][3] = {{16, 16, 16},  {235, 235, 235}, {200, 40, 40},  {40, 160, 60},
                                        {40, 60, 200}, {200, 180, 50},  {60, 180, 190}, {128, 128, 128}};

/* A picture of that size with the patches; the rest is grey. */
static void write_patches(int w, int h)
{
    g_autofree uint8_t *px = g_malloc((gsize)w * (gsize)h * 3);
    g_autofree char *path = mt_path("patches.rgb");
    memset(px, 128, (gsize)w * (gsize)h * 3);
    for (int y = 0; y < 2 * PATCH; y++)
        for (int x = 0; x < ROW * PATCH; x++)
            memcpy(px + (y * w + x) * 3, RGB[y / PATCH * ROW + x / PATCH], 3);
    g_file_set_contents(path, (const char *)px, (gssize)w * h * 3, NULL);
}

/* The file's first frame; frame_free() it. */
static struct frame *first_frame(struct media *m, const char *name, bool still)
{
    g_autofree char *path = mt_path(name);
    const struct clip_spec spec = {
        .path = path, .at_once = true, .no_sound = true, .for_us = still ? US_PER_SECOND : 0};
    struct clip *c = clip_open(m, &spec);
    mt_await(c, 1);
    struct frame *f = clip_take(c);
    if (!f)
        printf("# %s\n", clip_error(c));
    clip_close(c);
    return f;
}

/* As the screen shows it, B, G, R, X; g_free() it. */
static uint8_t *pixels_of(const struct frame *f)
{
    struct frame_blitter *cache = NULL;
    uint8_t *px = g_malloc0((gsize)f->width * (gsize)f->height * 4);
    frame_blit(&cache, f, px, f->width, f->height, f->width * 4);
    frame_blitter_free(cache);
    return px;
}

/* The largest difference from `rgb` in the middle of patch i. */
static int patch_error(const uint8_t *px, int w, int i, const uint8_t rgb[3])
{
    const uint8_t *at = px + ((i / ROW * PATCH + PATCH / 2) * w + i % ROW * PATCH + PATCH / 2) * 4;
    return MAX(MAX(ABS(at[2] - rgb[0]), ABS(at[1] - rgb[1])), ABS(at[0] - rgb[2]));
}

/* --- matrix and range --------------------------------------------------------------------------------------------- */

#define AS(matrix, range, format) "scale=out_color_matrix=" matrix ":out_range=" range ",format=" format
#define TAGS(matrix, range)       ",setparams=colorspace=" matrix ":range=" range
#define UNTAGGED                  ",setparams=colorspace=unknown:range=unknown"

static const struct {
    const char *name;
    int w, h;
    const char *filter, *codec;
    enum frame_matrix matrix;
    bool full, rgb; /* rgb: what becomes of it is not told by the frame */
} plain[] = {
    {"bt601.mkv", 160, 96, AS("bt601", "tv", "yuv420p") TAGS("smpte170m", "tv"), "ffv1", FRAME_BT601, false, false},
    {"bt470bg.mp4", 160, 96, AS("bt601", "tv", "yuv420p") TAGS("bt470bg", "tv"), "libx264 -qp 2", FRAME_BT601, false,
     false},
    {"bt709.mkv", 160, 96, AS("bt709", "tv", "yuv420p") TAGS("bt709", "tv"), "ffv1", FRAME_BT709, false, false},
    {"bt2020.mkv", 160, 96, AS("bt2020", "tv", "yuv420p10") TAGS("bt2020nc", "tv"), "ffv1", FRAME_BT2020, false, false},
    {"full709.mp4", 160, 96, AS("bt709", "pc", "yuv420p") TAGS("bt709", "pc"), "libx264 -qp 2", FRAME_BT709, true,
     false},
    {"full601.mkv", 160, 96, AS("bt601", "pc", "yuvj420p"), "mjpeg -q:v 1", FRAME_BT601, true, false},
    {"full-deep.mkv", 160, 96, AS("bt709", "pc", "yuv444p10") TAGS("bt709", "pc"), "ffv1", FRAME_BT709, true, false},
    {"small.mkv", 160, 96, AS("bt601", "tv", "yuv420p") UNTAGGED, "ffv1", FRAME_BT601, false, false},
    {"dvd.mkv", 720, 576, AS("bt601", "tv", "yuv420p") UNTAGGED, "ffv1", FRAME_BT601, false, false},
    {"high.mkv", 160, 578, AS("bt709", "tv", "yuv420p") UNTAGGED, "ffv1", FRAME_BT709, false, false},
    {"wide.mkv", 1280, 96, AS("bt709", "tv", "yuv420p") UNTAGGED, "ffv1", FRAME_BT709, false, false},
    {"nearly-wide.mkv", 1278, 96, AS("bt601", "tv", "yuv422p") UNTAGGED, "ffv1", FRAME_BT601, false, false},
    {"rgb.mkv", 160, 96, "format=bgr0", "ffv1", FRAME_BT601, false, true},
    {"rgb.png", 160, 96, "format=rgb24", "png", FRAME_BT709, true, true},
};

static void test_plain(struct media *m)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        const bool still = g_str_has_suffix(plain[i].name, ".png");
        write_patches(plain[i].w, plain[i].h);
        if (!ok(mt_ffmpeg("-f rawvideo -pix_fmt rgb24 -s %dx%d -r 24 -i patches.rgb -vf '%s' -c:v %s %s", plain[i].w,
                          plain[i].h, plain[i].filter, plain[i].codec, plain[i].name),
                "%s is made", plain[i].name))
            continue;
        struct frame *f = first_frame(m, plain[i].name, still);
        if (!ok(f != NULL, "%s is shown", plain[i].name))
            continue;
        g_autofree uint8_t *px = pixels_of(f);
        int worst = 0;
        for (int k = 0; k < PATCHES; k++)
            worst = MAX(worst, patch_error(px, f->width, k, RGB[k]));
        ok(worst <= 5, "%s: colours as they were, but for %d levels", plain[i].name, worst);
        ok(plain[i].rgb || (f->matrix == plain[i].matrix && f->full_range == plain[i].full),
           "%s: matrix %d, full range %d", plain[i].name, f->matrix, f->full_range);
        frame_free(f);
    }
}

/* --- high dynamic range: against mpv ------------------------------------------------------------------------------ */

/* Flat colours in 10 bits, BT.2020, limited range, and what mpv 0.35.1 shows of them:
 * mpv --vo=gpu --hdr-compute-peak=no --dither-depth=no, a film that says nothing of its peak (mpv takes PQ for 10,000). */
static const struct {
    uint16_t y, u, v;
    uint8_t pq[3], hlg[3];
} seen[] = {
    {122, 512, 512, {9, 9, 9}, {15, 15, 15}},          {239, 512, 512, {34, 34, 34}, {50, 50, 50}},
    {356, 512, 512, {78, 78, 78}, {87, 87, 87}},       {472, 512, 512, {143, 143, 143}, {126, 126, 126}},
    {589, 512, 512, {201, 201, 201}, {171, 171, 171}}, {706, 512, 512, {238, 238, 238}, {223, 223, 223}},
    {823, 512, 512, {253, 253, 253}, {250, 250, 250}}, {940, 512, 512, {255, 255, 255}, {255, 255, 255}},
    {757, 504, 517, {249, 245, 241}, {242, 237, 233}}, {372, 520, 541, {125, 72, 95}, {113, 85, 97}},
    {518, 492, 481, {107, 182, 139}, {115, 150, 129}}, {262, 580, 580, {94, 0, 96}, {98, 35, 93}},
    {321, 521, 510, {60, 62, 71}, {74, 76, 81}},       {433, 508, 618, {244, 44, 110}, {188, 85, 112}},
    {494, 518, 570, {227, 118, 156}, {179, 118, 137}}, {593, 510, 553, {245, 180, 195}, {216, 159, 172}},
    {468, 507, 541, {182, 123, 131}, {145, 118, 122}}, {436, 533, 492, {83, 127, 147}, {97, 117, 125}},
    {421, 490, 530, {141, 106, 86}, {122, 106, 96}},   {398, 537, 542, {142, 81, 130}, {122, 93, 115}},
    {580, 515, 507, {188, 198, 200}, {162, 168, 169}},
};

enum { FLAT = 16 };

struct flat {
    uint16_t y[FLAT * FLAT], u[FLAT * FLAT / 4], v[FLAT * FLAT / 4];
};

static void fill_flat(struct flat *f, int y, int u, int v)
{
    for (int i = 0; i < FLAT * FLAT; i++)
        f->y[i] = (uint16_t)y;
    for (int i = 0; i < FLAT * FLAT / 4; i++) {
        f->u[i] = (uint16_t)u;
        f->v[i] = (uint16_t)v;
    }
}

/* Maps a flat picture, and gives its middle pixel as R, G, B. */
static void mapped(const struct tone_map *map, struct flat *in, uint8_t rgb[3])
{
    static uint8_t y[FLAT * FLAT], u[FLAT * FLAT / 4], v[FLAT * FLAT / 4];
    const struct tone_planes from = {{(uint8_t *)in->y, (uint8_t *)in->u, (uint8_t *)in->v}, {FLAT * 2, FLAT, FLAT}};
    const struct tone_planes to = {{y, u, v}, {FLAT, FLAT / 2, FLAT / 2}};
    tone_map_apply(map, &from, &to, FLAT, FLAT);
    const struct frame f = {.format = FRAME_I420,
                            .matrix = FRAME_BT709,
                            .width = FLAT,
                            .height = FLAT,
                            .sar_num = 1,
                            .sar_den = 1,
                            .plane = {y, u, v},
                            .stride = {FLAT, FLAT / 2, FLAT / 2}};
    g_autofree uint8_t *px = pixels_of(&f);
    for (int c = 0; c < 3; c++)
        rgb[c] = px[(FLAT / 2 * FLAT + FLAT / 2) * 4 + 2 - c];
}

static void test_against_mpv(void)
{
    static struct flat flat;
    for (enum colour_transfer t = COLOUR_PQ; t <= COLOUR_HLG; t++) {
        const struct colour c = {
            .transfer = t, .gamut = COLOUR_BT2020, .matrix = FRAME_BT2020, .peak_nits = t == COLOUR_PQ ? 10000 : 0};
        struct tone_map *map = tone_map_get(NULL, &c);
        for (size_t i = 0; i < G_N_ELEMENTS(seen); i++) {
            const uint8_t *want = t == COLOUR_PQ ? seen[i].pq : seen[i].hlg;
            const int limit = seen[i].u == 512 && seen[i].v == 512 ? 3 : 9;
            uint8_t got[3];
            fill_flat(&flat, seen[i].y, seen[i].u, seen[i].v);
            mapped(map, &flat, got);
            const int off = MAX(MAX(ABS(got[0] - want[0]), ABS(got[1] - want[1])), ABS(got[2] - want[2]));
            ok(off <= limit, "%s %d %d %d: %d %d %d, in mpv %d %d %d", t == COLOUR_PQ ? "PQ" : "HLG", seen[i].y,
               seen[i].u, seen[i].v, got[0], got[1], got[2], want[0], want[1], want[2]);
        }
        tone_map_unref(map);
    }
}

/* --- high dynamic range: a picture that several cores share --------------------------------------------------------- */

enum { WIDE = 2881, TALL = 1451, HALF_WIDE = (WIDE + 1) / 2, HALF_TALL = (TALL + 1) / 2, STRIP = 64 };

static void apply_rows(const struct tone_map *map, const struct tone_planes *from, const struct tone_planes *to, int y,
                       int rows)
{
    struct tone_planes in = *from, out = *to;
    for (int i = 0; i < 3; i++) {
        const ptrdiff_t row = i ? y / 2 : y;
        in.plane[i] += row * from->stride[i];
        out.plane[i] += row * to->stride[i];
    }
    tone_map_apply(map, &in, &out, WIDE, rows);
}

/* Odd sides, so that the last row and column of every slice count. */
static void test_slices(void)
{
    const gsize luma = (gsize)WIDE * TALL, chroma = (gsize)HALF_WIDE * HALF_TALL, all = luma + 2 * chroma;
    const struct colour c = {.transfer = COLOUR_HLG, .gamut = COLOUR_BT2020, .matrix = FRAME_BT2020};
    g_autofree uint16_t *px = g_new(uint16_t, all);
    g_autofree uint8_t *whole = g_malloc0(all), *strips = g_malloc0(all);
    uint8_t *in = (uint8_t *)px;
    uint32_t noise = 1;
    for (gsize i = 0; i < all; i++)
        px[i] = (uint16_t)((noise = noise * 1664525 + 1013904223) >> 22);
    const struct tone_planes from = {{in, in + 2 * luma, in + 2 * (luma + chroma)},
                                     {2 * WIDE, 2 * HALF_WIDE, 2 * HALF_WIDE}};
    const struct tone_planes at_once = {{whole, whole + luma, whole + luma + chroma}, {WIDE, HALF_WIDE, HALF_WIDE}};
    const struct tone_planes in_strips = {{strips, strips + luma, strips + luma + chroma},
                                          {WIDE, HALF_WIDE, HALF_WIDE}};
    struct tone_map *map = tone_map_get(NULL, &c);
    tone_map_apply(map, &from, &at_once, WIDE, TALL);
    for (int y = 0; y < TALL; y += STRIP)
        apply_rows(map, &from, &in_strips, y, MIN(STRIP, TALL - y));
    tone_map_unref(map);
    gsize same = 0;
    while (same < all && whole[same] == strips[same])
        same++;
    ok(same == all, "a picture mapped at once is that of its strips: %d of %d bytes", (int)same, (int)all);
}

/* A film's pictures are mapped four pixels at a time, with vectors where the machine has them; a still's one by one, without.
 * Where four pixels are equal, or only their luma is looked at, the results are the same to the bit. */
enum { BLOCKS = 512 }; /* in each direction; odd sides */
static const int SIDE = 2 * BLOCKS - 1;

struct both_ways {
    uint16_t y[2 * BLOCKS - 1][2 * BLOCKS - 1], u[BLOCKS][BLOCKS], v[BLOCKS][BLOCKS];
    uint16_t wide_u[2 * BLOCKS - 1][2 * BLOCKS - 1], wide_v[2 * BLOCKS - 1][2 * BLOCKS - 1];
    uint8_t film[3][2 * BLOCKS - 1][2 * BLOCKS - 1], still[3][2 * BLOCKS - 1][2 * BLOCKS - 1];
};

/* Of a block, whose four pixels are equal in every second one. */
static void fill_block(struct both_ways *b, int row, int column, uint32_t *noise)
{
    const bool flat = (row + column) % 2 == 0;
    b->u[row][column] = (uint16_t)((*noise = *noise * 1664525 + 1013904223) >> 16);
    b->v[row][column] = (uint16_t)((*noise = *noise * 1664525 + 1013904223) >> 16);
    for (int i = 0; i < 4; i++) {
        const int y = 2 * row + i / 2, x = 2 * column + i % 2;
        if (!flat || i == 0)
            *noise = *noise * 1664525 + 1013904223;
        if (y >= SIDE || x >= SIDE)
            continue;
        b->y[y][x] = (uint16_t)(*noise >> 22); /* 10 bits */
        b->wide_u[y][x] = b->u[row][column];
        b->wide_v[y][x] = b->v[row][column];
    }
}

static void test_vectors(void)
{
    const struct colour c = {.transfer = COLOUR_PQ, .gamut = COLOUR_BT2020, .matrix = FRAME_BT2020};
    struct both_ways *b = g_new0(struct both_ways, 1);
    uint32_t noise = 7;
    for (int row = 0; row < BLOCKS; row++)
        for (int column = 0; column < BLOCKS; column++)
            fill_block(b, row, column, &noise);
    const struct tone_planes from = {{(uint8_t *)b->y, (uint8_t *)b->u, (uint8_t *)b->v},
                                     {2 * SIDE, 2 * BLOCKS, 2 * BLOCKS}};
    const struct tone_planes wide = {{(uint8_t *)b->y, (uint8_t *)b->wide_u, (uint8_t *)b->wide_v},
                                     {2 * SIDE, 2 * SIDE, 2 * SIDE}};
    const struct tone_planes film = {{b->film[0][0], b->film[1][0], b->film[2][0]}, {SIDE, SIDE, SIDE}};
    const struct tone_planes still = {{b->still[0][0], b->still[1][0], b->still[2][0]}, {SIDE, SIDE, SIDE}};
    struct tone_map *map = tone_map_get(NULL, &c);
    tone_map_apply(map, &from, &film, SIDE, SIDE);
    tone_map_apply_full(map, &wide, &still, SIDE, SIDE);
    tone_map_unref(map);
    int luma = 0, chroma = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            luma += b->film[0][y][x] != b->still[0][y][x];
            for (int i = 1; i < 3; i++)
                chroma += (x / 2 + y / 2) % 2 == 0 && b->film[i][y / 2][x / 2] != b->still[i][y][x];
        }
    ok(luma == 0 && chroma == 0, "four pixels at a time are what they are one by one: %d luma, %d chroma differ", luma,
       chroma);
    g_free(b);
}

/* A lower peak leaves more of the screen to everything below it, and never turns the order of brightness round. */
static void test_peaks(void)
{
    static const int peaks[] = {0, 400, 1000, 4000, 10000};
    static struct flat flat;
    struct tone_maps *all = tone_maps_new();
    int at_white[G_N_ELEMENTS(peaks)], reversed = 0;
    for (size_t p = 0; p < G_N_ELEMENTS(peaks); p++) {
        const struct colour c = {COLOUR_PQ, COLOUR_BT2020, FRAME_BT2020, false, peaks[p]};
        struct tone_map *map = tone_map_get(all, &c), *again = tone_map_get(all, &c);
        uint8_t rgb[3];
        ok(map == again, "%d: one map for all clips", peaks[p]);
        for (int y = 64, last = 0; y <= 940; y += 4, last = rgb[1]) {
            fill_flat(&flat, y, 512, 512);
            mapped(map, &flat, rgb);
            reversed += rgb[1] + 1 < last;
        }
        fill_flat(&flat, 573, 512, 512); /* 203 cd/m² */
        mapped(map, &flat, rgb);
        at_white[p] = rgb[1];
        tone_map_unref(map);
        tone_map_unref(again);
    }
    tone_maps_free(all);
    ok(reversed == 0, "brighter stays brighter: %d times not", reversed);
    ok(at_white[0] == at_white[2], "a peak that is not told counts as %d", TONE_PEAK_NITS);
    ok(at_white[1] > at_white[2] && at_white[2] > at_white[3] && at_white[3] > at_white[4],
       "paper white is %d, %d, %d, %d", at_white[1], at_white[2], at_white[3], at_white[4]);
}

/* --- high dynamic range: files ------------------------------------------------------------------------------------ */

#define HDR(trc) "setparams=color_trc=" trc ":color_primaries=bt2020:colorspace=bt2020nc:range=tv"

static const struct {
    const char *name, *format, *options;
    int w, h;
    enum colour_transfer transfer;
    int peak;
} hdr[] = {
    {"pq.mkv", "yuv420p10", "-vf " HDR("smpte2084") " -c:v ffv1", 128, 64, COLOUR_PQ, 0},
    {"pq-8.mkv", "yuv420p10", "-vf format=yuv420p," HDR("smpte2084") " -c:v ffv1", 128, 64, COLOUR_PQ, 0}, /* XAVC */
    {"hlg.mkv", "yuv420p10", "-vf " HDR("arib-std-b67") " -c:v ffv1", 128, 64, COLOUR_HLG, 0},
    {"hlg-odd.mkv", "yuv420p10", "-vf crop=127:63:0:0:exact=1," HDR("arib-std-b67") " -c:v ffv1", 127, 63, COLOUR_HLG,
     0},
    {"hlg-422.mov", "yuv420p10", "-vf format=yuv422p10," HDR("arib-std-b67") " -c:v prores_ks -qscale:v 1", 128, 64,
     COLOUR_HLG, 0},
    {"pq-444.mkv", "yuv420p10", "-vf format=yuv444p12," HDR("smpte2084") " -c:v ffv1", 128, 64, COLOUR_PQ, 0},
    {"pq-600.mp4", "yuv420p10",
     "-vf " HDR("smpte2084") " -c:v libx265 -x265-params log-level=none:qp=4:hdr10=1:max-cll=560,200 -tag:v hvc1", 128,
     64, COLOUR_PQ, 600},
};

/* Eight patches of 32x32 in 10 bits: four greys, four colours. */
static const uint16_t YUV10[PATCHES][3] = {{239, 512, 512}, {472, 512, 512}, {589, 512, 512}, {706, 512, 512},
                                           {372, 520, 541}, {468, 507, 541}, {436, 533, 492}, {580, 515, 507}};

static void write_deep_patches(void)
{
    enum { W = ROW * PATCH, H = 2 * PATCH };
    static uint16_t px[W * H * 3 / 2];
    g_autofree char *path = mt_path("patches.yuv");
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            const uint16_t *c = YUV10[y / PATCH * ROW + x / PATCH];
            px[y * W + x] = c[0];
            px[W * H + y / 2 * (W / 2) + x / 2] = c[1];
            px[W * H * 5 / 4 + y / 2 * (W / 2) + x / 2] = c[2];
        }
    g_file_set_contents(path, (const char *)px, sizeof px, NULL);
}

static void check_hdr(struct media *m, size_t i)
{
    static struct flat flat;
    const struct colour c = {hdr[i].transfer, COLOUR_BT2020, FRAME_BT2020, false, hdr[i].peak};
    struct frame *f = first_frame(m, hdr[i].name, false);
    if (!ok(f && f->format == FRAME_I420 && f->matrix == FRAME_BT709 && !f->full_range,
            "%s: shown as BT.709 in standard range", hdr[i].name))
        return;
    ok(f->width == hdr[i].w && f->height == hdr[i].h, "%s: %dx%d", hdr[i].name, f->width, f->height);
    struct tone_map *map = tone_map_get(NULL, &c);
    g_autofree uint8_t *px = pixels_of(f);
    int worst = 0;
    for (int k = 0; k < PATCHES; k++) {
        uint8_t want[3];
        fill_flat(&flat, YUV10[k][0], YUV10[k][1], YUV10[k][2]);
        mapped(map, &flat, want);
        worst = MAX(worst, patch_error(px, f->width, k, want));
    }
    ok(worst <= 4, "%s: every colour as the map has it, but for %d levels", hdr[i].name, worst);
    tone_map_unref(map);
    frame_free(f);
    struct probe p;
    g_autofree char *path = mt_path(hdr[i].name);
    ok(probe_file(path, NULL, &p, NULL) && p.colour.transfer == hdr[i].transfer && p.colour.gamut == COLOUR_BT2020 &&
           colour_needs_map(&p.colour) && p.colour_problem == COLOUR_FINE,
       "%s: `check` sees it", hdr[i].name);
}

static void test_hdr(struct media *m)
{
    write_deep_patches();
    for (size_t i = 0; i < G_N_ELEMENTS(hdr); i++) {
        if (strstr(hdr[i].options, "libx265") && !mt_has_encoder("libx265"))
            printf("# no x265: %s is left out\n", hdr[i].name);
        else if (ok(mt_ffmpeg("-f rawvideo -pix_fmt %s -s 128x64 -r 24 -i patches.yuv %s %s", hdr[i].format,
                              hdr[i].options, hdr[i].name),
                    "%s is made", hdr[i].name))
            check_hdr(m, i);
    }
}

/* --- high dynamic range and wide colours: stills ------------------------------------------------------------------- */

/* Puts `data` into a file at `at`. */
static void insert_bytes(const char *name, gsize at, const void *data, gsize n)
{
    g_autofree char *path = mt_path(name), *bytes = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &bytes, &length, NULL) || length < at)
        return;
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)bytes, (guint)at);
    g_byte_array_append(out, data, (guint)n);
    g_byte_array_append(out, (const guint8 *)bytes + at, (guint)(length - at));
    g_file_set_contents(path, (const char *)out->data, out->len, NULL);
}

/* Stills of the deep patches; `part`: how opaque they are, over black. */
static const struct {
    const char *name, *options;
    float part;
    bool points; /* it says what it is by a chunk that is put into it */
    int limit;
} hdr_stills[] = {
    {"pq.png", "-vf scale=in_color_matrix=bt2020:in_range=tv,format=rgb48be -c:v png", 1, true, 5},
    {"pq-clear.png", "-vf scale=in_color_matrix=bt2020:in_range=tv,format=rgba64be,colorchannelmixer=aa=0.5 -c:v png",
     0.5f, true, 5},
    {"pq.avif", "-vf " HDR("smpte2084") " -c:v libaom-av1 -still-picture 1 -crf 1 -cpu-used 8", 1, false, 8},
};

static void check_hdr_still(struct media *m, size_t i)
{
    static struct flat flat;
    const struct colour c = {COLOUR_PQ, COLOUR_BT2020, FRAME_BT2020, false, 0};
    struct frame *f = first_frame(m, hdr_stills[i].name, true);
    struct tone_map *map = tone_map_get(NULL, &c);
    g_autofree uint8_t *px = f ? pixels_of(f) : NULL;
    int worst = 0;
    for (int k = 0; k < PATCHES && px; k++) {
        uint8_t want[3];
        fill_flat(&flat, YUV10[k][0], YUV10[k][1], YUV10[k][2]);
        mapped(map, &flat, want);
        for (int j = 0; j < 3; j++)
            want[j] = (uint8_t)lrintf((float)want[j] * hdr_stills[i].part);
        worst = MAX(worst, patch_error(px, f->width, k, want));
    }
    ok(px && worst <= hdr_stills[i].limit, "%s: every colour as in a film, but for %d levels", hdr_stills[i].name,
       worst);
    tone_map_unref(map);
    frame_free(f);
    struct probe p;
    g_autofree char *path = mt_path(hdr_stills[i].name);
    ok(probe_file(path, NULL, &p, NULL) && p.is_still && p.colour.transfer == COLOUR_PQ &&
           p.colour.gamut == COLOUR_BT2020,
       "%s: `check` sees a still in PQ", hdr_stills[i].name);
}

static void test_hdr_stills(struct media *m)
{
    /* BT.2020, PQ, RGB, full range (ITU-T H.273); the check sum is of name and content */
    static const char points[] = "\0\0\0\4cICP\x09\x10\0\1\x4d\x23\x23\xfe";
    enum { BEHIND_HEADER = 33 };
    for (size_t i = 0; i < G_N_ELEMENTS(hdr_stills); i++) {
        if (strstr(hdr_stills[i].options, "libaom") && !mt_has_encoder("libaom-av1")) {
            printf("# no libaom: %s is left out\n", hdr_stills[i].name);
            continue;
        }
        if (!ok(mt_ffmpeg("-f rawvideo -pix_fmt yuv420p10 -s 128x64 -i patches.yuv %s -frames:v 1 %s",
                          hdr_stills[i].options, hdr_stills[i].name),
                "%s is made", hdr_stills[i].name))
            continue;
        if (hdr_stills[i].points)
            insert_bytes(hdr_stills[i].name, BEHIND_HEADER, points, sizeof points - 1);
        check_hdr_still(m, i);
    }
}

static void put_word(GByteArray *b, guint32 v)
{
    v = GUINT32_TO_BE(v);
    g_byte_array_append(b, (const guint8 *)&v, 4);
}

/* A profile with what is looked at: the primaries red and green, and one exponent. */
static GByteArray *make_profile(const double red[3], const double green[3], double gamma)
{
    enum { HEAD = 128, TAGS = 3, TAG = 20, CURVE = 14, FIRST = HEAD + 4 + 12 * TAGS };
    static const char *const names[TAGS] = {"rXYZ", "gXYZ", "rTRC"};
    const double *xyz[] = {red, green};
    GByteArray *b = g_byte_array_new();
    g_byte_array_set_size(b, HEAD);
    memset(b->data, 0, HEAD);
    memcpy(b->data + 12, "mntrRGB XYZ ", 12);
    memcpy(b->data + 36, "acsp", 4);
    b->data[3] = FIRST + 2 * TAG + CURVE;
    put_word(b, TAGS);
    for (guint i = 0; i < TAGS; i++) {
        g_byte_array_append(b, (const guint8 *)names[i], 4);
        put_word(b, FIRST + i * TAG);
        put_word(b, i < 2 ? TAG : CURVE);
    }
    for (int i = 0; i < 2; i++) {
        g_byte_array_append(b, (const guint8 *)"XYZ \0\0\0", 8);
        for (int k = 0; k < 3; k++)
            put_word(b, (guint32)(gint32)lrint(xyz[i][k] * 65536));
    }
    const guint16 exponent = GUINT16_TO_BE((guint16)lrint(gamma * 256));
    g_byte_array_append(b, (const guint8 *)"curv\0\0\0\0\0\0\0\1", 12);
    g_byte_array_append(b, (const guint8 *)&exponent, 2);
    return b;
}

/* As a JPEG has it: a segment with its name, its number and how many there are. */
static void insert_profile(const char *name, const double red[3], const double green[3], double gamma)
{
    static const char mark[] = "ICC_PROFILE\0\1\1";
    g_autoptr(GByteArray) profile = make_profile(red, green, gamma), segment = g_byte_array_new();
    if (strcmp(name, "ink.jpg") == 0)
        memcpy(profile->data + 16, "CMYK", 4);
    const guint16 length = GUINT16_TO_BE((guint16)(2 + sizeof mark - 1 + profile->len));
    g_byte_array_append(segment, (const guint8 *)"\xff\xe2", 2);
    g_byte_array_append(segment, (const guint8 *)&length, 2);
    g_byte_array_append(segment, (const guint8 *)mark, sizeof mark - 1);
    g_byte_array_append(segment, profile->data, profile->len);
    insert_bytes(name, 2, segment->data, segment->len);
}

/* As a camera has it: one field of EXIF, in either order of bytes, which says that its profile is no other than Adobe's. */
static void insert_exif(const char *name, bool big)
{
    static const char little_end[] = "\xff\xe1\0\x22"
                                     "Exif\0\0II*\0\x08\0\0\0\1\0\1\0\2\0\4\0\0\0R03\0\0\0\0";
    static const char big_end[] = "\xff\xe1\0\x22"
                                  "Exif\0\0MM\0*\0\0\0\x08\0\1\0\1\0\2\0\0\0\4R03\0\0\0\0";
    insert_bytes(name, 2, big ? big_end : little_end, sizeof big_end - 1);
}

#define GREY                                                                                                           \
    {                                                                                                                  \
        128, 128, 128                                                                                                  \
    }
/* What a phone's profile means, for colours that a screen has: worked out by hand from the primaries. */
static void test_profiles(struct media *m)
{
    static const struct {
        const char *name;
        double red[3], green[3];
        enum colour_gamut gamut;
        uint8_t blue[3], grey[3]; /* patches 4 and 7 */
        double gamma;
        bool foreign;
    } row[] = {
        {"srgb.jpg", {0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, COLOUR_BT709, {40, 60, 200}, GREY, 2.2, false},
        {"p3.jpg", {0.5151, 0.2412, -0.0011}, {0.2920, 0.6922, 0.0419}, COLOUR_P3, {33, 61, 208}, GREY, 2.2, false},
        {"adobe.jpg",
         {0.6097, 0.3111, 0.0195},
         {0.2053, 0.6257, 0.0609},
         COLOUR_ADOBE,
         {27, 60, 204},
         GREY,
         2.2,
         false},
        {"camera.jpg", {0}, {0}, COLOUR_ADOBE, {27, 60, 204}, GREY, 0, false},
        {"big-camera.jpg", {0}, {0}, COLOUR_ADOBE, {27, 60, 204}, GREY, 0, false},
        {"prophoto.jpg",
         {0.7977, 0.2880, 0},
         {0.1352, 0.7119, 0},
         COLOUR_PROPHOTO,
         {0, 79, 140},
         {145, 145, 145},
         1.8,
         false},
        {"wider.jpg", {0.7161, 0.2582, 0}, {0.1010, 0.7250, 0.0512}, COLOUR_BT709, {40, 60, 200}, GREY, 2.2, true},
        {"ink.jpg", {0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, COLOUR_BT709, {40, 60, 200}, GREY, 2.2, true},
        {"old.jpg", {0.4361, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, COLOUR_BT709, {40, 60, 200}, GREY, 1.8, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++) {
        write_patches(160, 96);
        if (!ok(mt_ffmpeg("-f rawvideo -pix_fmt rgb24 -s 160x96 -i patches.rgb -q:v 1 -pix_fmt yuvj420p %s",
                          row[i].name),
                "%s is made", row[i].name))
            continue;
        if (row[i].red[0] > 0)
            insert_profile(row[i].name, row[i].red, row[i].green, row[i].gamma);
        else
            insert_exif(row[i].name, strstr(row[i].name, "big") != NULL);
        struct frame *f = first_frame(m, row[i].name, true);
        g_autofree uint8_t *px = f ? pixels_of(f) : NULL;
        const int off = px ? patch_error(px, f->width, 4, row[i].blue) : 255;
        const int grey = px ? patch_error(px, f->width, 7, row[i].grey) : 255;
        ok(off <= 5 && grey <= 5, "%s: blue is off by %d levels, grey by %d", row[i].name, off, grey);
        frame_free(f);
        struct probe p;
        g_autofree char *path = mt_path(row[i].name);
        ok(probe_file(path, NULL, &p, NULL) && p.is_still && p.colour.gamut == row[i].gamut, "%s: `check` sees it",
           row[i].name);
        ok((p.colour_problem == COLOUR_ODD_PROFILE) == row[i].foreign, "and says so where its profile is not followed");
    }
}

/* A profile may be of any bytes. */
static void test_damaged_profiles(struct media *m)
{
    g_autofree char *path = mt_path("p3.jpg"), *bytes = NULL, *copy = mt_path("damaged.jpg");
    gsize n = 0;
    int shown = 0;
    g_file_get_contents(path, &bytes, &n, NULL);
    srand(1);
    for (int k = 0; k < 40 && n > 200; k++) {
        g_autofree char *spoilt = g_memdup2(bytes, n);
        for (int i = 0; i < 8; i++)
            spoilt[18 + rand() % 180] = (char)rand();
        g_file_set_contents(copy, spoilt, (gssize)n, NULL);
        struct frame *f = first_frame(m, "damaged.jpg", true);
        shown += f != NULL;
        frame_free(f);
    }
    ok(shown == 40, "whatever the profile says, the picture is shown: %d times of 40", shown);
}

/* The film's pixel shape becomes the record of Dolby Vision, with profile 5 and no other picture inside. */
static void test_dolby_vision(void)
{
    static const char record[] = {'d', 'v', 'c', 'C', 1, 0, 5 << 1, 6 << 3 | 5, 0, 0, 0, 0};
    g_autofree char *path = mt_path("dolby.mp4");
    g_autofree char *bytes = NULL;
    gsize n = 0;
    struct probe p = {0};
    mt_ffmpeg("-f lavfi -i color=s=64x48:d=0.2 -vf setsar=1 -c:v libx264 dolby.mp4");
    g_file_get_contents(path, &bytes, &n, NULL);
    char *at = bytes ? memmem(bytes, n, "pasp", 4) : NULL;
    if (!ok(at != NULL, "a film with a record to be replaced"))
        return;
    memcpy(at, record, sizeof record);
    g_file_set_contents(path, bytes, (gssize)n, NULL);
    ok(probe_file(path, NULL, &p, NULL) && p.colour_problem == COLOUR_DOLBY_VISION, "Dolby Vision alone is told");
    at[8] = 1 << 4; /* HDR10 is inside */
    g_file_set_contents(path, bytes, (gssize)n, NULL);
    ok(probe_file(path, NULL, &p, NULL) && p.colour_problem == COLOUR_FINE, "with HDR10 inside it is fine");
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

/* As a camera's lens and a studio's filter leave it: without detail that only one field could hold. */
#define MOVING "-f lavfi -i testsrc2=s=320x240:r=50:d=0.4,gblur=sigma=0.1:sigmaV=0.7 "

/* Luma of all frames, row after row; g_byte_array_unref() it. */
static GByteArray *luma_of(struct media *m, const char *name)
{
    g_autofree char *path = mt_path(name);
    GByteArray *out = g_byte_array_new();
    struct clip *c = clip_open(m, &(struct clip_spec){.path = path, .at_once = true, .no_sound = true});
    clip_play(c);
    while (clip_state(c) != CLIP_FAILED && (clip_state(c) != CLIP_ENDED || clip_peek(c))) {
        struct frame *f = clip_take(c);
        for (int y = 0; f && y < f->height; y++)
            g_byte_array_append(out, f->plane[0] + y * f->stride[0], (guint)f->width);
        if (!f)
            g_usleep(200);
        frame_free(f);
    }
    clip_close(c);
    return out;
}

static GByteArray *reference_luma(const char *input, const char *filter)
{
    g_autofree char *path = mt_path("luma.gray");
    char *bytes = NULL;
    gsize n = 0;
    if (mt_ffmpeg("%s -vf '%s,scale,format=yuv422p,extractplanes=y' -fps_mode passthrough -f rawvideo "
                  "-pix_fmt gray luma.gray",
                  input, filter))
        g_file_get_contents(path, &bytes, &n, NULL);
    return g_byte_array_new_take((guint8 *)bytes, n);
}

/* In dB; 99 if they are the same, 0 if they are not even of one size. */
static double psnr(const GByteArray *a, const GByteArray *b)
{
    double sum = 0;
    if (a->len != b->len || a->len == 0)
        return 0;
    for (guint i = 0; i < a->len; i++)
        sum += (a->data[i] - b->data[i]) * (a->data[i] - b->data[i]);
    return sum == 0 ? 99 : 10 * log10(255.0 * 255.0 * a->len / sum);
}

static const struct {
    const char *name, *options;
    bool bottom;
} fields[] = {
    {"tff.mpg", "-c:v mpeg2video -q:v 2 -flags +ildct+ilme", false},
    {"bff.mkv", "-c:v mpeg2video -q:v 2 -flags +ildct+ilme", true},
    {"tff.mkv", "-c:v libx264 -qp 8 -x264-params tff=1", false},
    {"packed.mov", "-c:v rawvideo -pix_fmt uyvy422", false},
    {"deep.mov", "-c:v prores_ks -pix_fmt yuv422p10 -qscale:v 2 -flags +ildct+ilme", false},
};

static void test_fields(struct media *m)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *name = fields[i].name, *field = fields[i].bottom ? "bottom" : "top";
        g_autofree char *input = g_strdup_printf("-i %s", name), *path = mt_path(name);
        if (!ok(mt_ffmpeg(MOVING "-vf tinterlace=interleave_%s,setfield=%s %s -r 25 %s", field,
                          fields[i].bottom ? "bff" : "tff", fields[i].options, name),
                "%s is made", name))
            continue;
        g_autoptr(GByteArray) got = luma_of(m, name), truth = reference_luma(MOVING, "tinterlace=drop_even");
        g_autoptr(GByteArray) woven = reference_luma(input, "null"), bwdif = reference_luma(input, "bwdif=send_frame");
        const double ours = psnr(got, truth), raw = psnr(woven, truth), good = psnr(bwdif, truth);
        struct probe p = {0};
        ok(ours > raw + 2.5 && ours > good - 5,
           "%s: %.1f dB from the first field's moment; as stored %.1f, with bwdif %.1f", name, ours, raw, good);
        ok(probe_file(path, NULL, &p, NULL) && p.interlaced, "%s: `check` sees the fields", name);
    }
}

/* A film that says nothing of fields is not touched, and one that stands still loses next to nothing. */
static void test_no_fields(struct media *m)
{
    struct probe p = {0};
    g_autofree char *path = mt_path("progressive.mkv");
    mt_ffmpeg(MOVING "-vf tinterlace=interleave_top,setfield=prog -c:v ffv1 -pix_fmt yuv420p -r 25 progressive.mkv");
    mt_ffmpeg("-f lavfi -i mandelbrot=s=320x240:maxiter=200 -frames:v 1 -pix_fmt yuv420p stands.png");
    mt_ffmpeg("-loop 1 -r 25 -t 0.2 -i stands.png -vf format=yuv420p,setfield=tff -c:v mpeg2video -q:v 2 "
              "-flags +ildct+ilme stands.mpg");
    g_autoptr(GByteArray) got = luma_of(m, "progressive.mkv");
    g_autoptr(GByteArray) woven = reference_luma("-i progressive.mkv", "null");
    ok(psnr(got, woven) == 99, "without fields nothing changes: %.1f dB", psnr(got, woven));
    ok(probe_file(path, NULL, &p, NULL) && !p.interlaced, "`check` says nothing of it");
    g_autoptr(GByteArray) still = luma_of(m, "stands.mpg"), stored = reference_luma("-i stands.mpg", "null");
    ok(psnr(still, stored) > 30, "what stands still stays: %.1f dB", psnr(still, stored));
}

/* Ranges of a film with fields are as exact as of any other. */
static void test_range_of_fields(struct media *m)
{
    g_autofree char *path = mt_path("numbers.mkv");
    mt_raw_film("numbers.yuv", 48, 0);
    ok(mt_ffmpeg(MT_RAW
                 "-r 25 -i numbers.yuv -vf setfield=tff -c:v mpeg2video -q:v 2 -bf 2 -flags +ildct+ilme numbers.mkv"),
       "a film with fields and numbers");
    const struct clip_spec spec = {.path = path, .from_us = 10 * 40000, .to_us = 30 * 40000};
    struct mt_play p = mt_play(m, &spec);
    int wrong = 0;
    for (guint i = 0; i < p.number->len; i++)
        wrong += g_array_index(p.number, int64_t, i) != 10 + (int64_t)i;
    ok(p.number->len == 20 && wrong == 0, "20 frames of the range: %u, %d wrong", p.number->len, wrong);
    mt_play_free(&p);
}

int main(void)
{
    struct media *m = media_new();
    test_plain(m);
    test_against_mpv();
    test_slices();
    test_vectors();
    test_peaks();
    test_hdr(m);
    test_hdr_stills(m);
    test_profiles(m);
    test_damaged_profiles(m);
    test_dolby_vision();
    test_fields(m);
    test_no_fields(m);
    test_range_of_fields(m);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
