#include "media/tone_map.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    LUMA_LEVELS = 1024, /* of the source, 10 bits */
    LUMA_STEP = 16,     /* colours are worked out for every so many levels of luma, */
    CHROMA_SHIFT = 5,   /* and of chroma; between them they are interpolated */
    CHROMA_STEP = 1 << CHROMA_SHIFT,
    CHROMA_CELLS = LUMA_LEVELS / CHROMA_STEP,
    CORNERS = 4,           /* of a cell between two nodes of U and two of V */
    CHROMA_LUMA_SHIFT = 3, /* chroma needs luma less exactly */
    CHROMA_LUMAS = LUMA_LEVELS >> CHROMA_LUMA_SHIFT,
    FINE_BITS = 6,                  /* results are kept as 8 bits and so many more */
    WEIGHT_BITS = 2 * CHROMA_SHIFT, /* the weights of four corners add up to 1 << WEIGHT_BITS */
    CURVE_POINTS = 1024,
    MAPS_MAX = 4,
    SLICE_PIXELS = 1920 * 1080 / 2, /* from twice as many on, cores share a picture */
    SLICES_MAX = 4,
};

#define WHITE_NITS   203.0f /* BT.2408 */
#define PQ_NITS      10000.0f
#define HLG_GAMMA    1.2f /* BT.2100, for a peak of 1000 cd/m² */
#define SCREEN_GAMMA 2.2f /* of the screens that the result is for, as mpv takes it */
#define ROMM_GAMMA   1.8f /* of ProPhoto RGB */

struct tone_map {
    struct colour source;
    _Alignas(8) int16_t weight[CHROMA_STEP][CHROMA_STEP][CORNERS]; /* by where V and U lie in their cell */
    /* By V, U, Y. Each node is kept four times, so that one load fetches the corners of a cell: half of the time. */
    int16_t luma[CHROMA_CELLS][CHROMA_CELLS][LUMA_LEVELS][CORNERS];
    int16_t chroma[CHROMA_CELLS][CHROMA_CELLS][CHROMA_LUMAS][2][CORNERS];
};

struct rgb {
    float c[3];
};

/* --- transfer functions (SMPTE ST 2084, BT.2100, BT.2390) --------------------------------------------------------- */

static const float PQ_M1 = 2610.0f / 16384, PQ_M2 = 2523.0f / 32, PQ_C1 = 3424.0f / 4096, PQ_C2 = 2413.0f / 128,
                   PQ_C3 = 2392.0f / 128;

/* From a signal 0..1 to light, 1 is 10,000 cd/m²; and back. */
static float pq_light(float signal)
{
    const float x = powf(fmaxf(signal, 0), 1 / PQ_M2);
    return powf(fmaxf(x - PQ_C1, 0) / (PQ_C2 - PQ_C3 * x), 1 / PQ_M1);
}

static float pq_signal(float light)
{
    const float x = powf(fmaxf(light, 0), PQ_M1);
    return powf((PQ_C1 + PQ_C2 * x) / (1 + PQ_C3 * x), PQ_M2);
}

/* From a signal 0..1 to the light of the scene, 0..1. */
static float hlg_light(float signal)
{
    const float a = 0.17883277f, b = 0.28466892f, c = 0.55991073f;
    return signal <= 0.5f ? signal * signal / 3 : (expf((signal - c) / a) + b) / 12;
}

/* Light relative to white is rolled off to 0..1: a straight line in terms of PQ, from the knee on a spline. */
static float roll_off(float light, float peak)
{
    const float top = pq_signal(peak * WHITE_NITS / PQ_NITS), max = pq_signal(WHITE_NITS / PQ_NITS) / top;
    const float x = pq_signal(fminf(light, peak) * WHITE_NITS / PQ_NITS) / top, knee = 1.5f * max - 0.5f;
    if (x < knee)
        return light;
    const float t = (x - knee) / (1 - knee), t2 = t * t, t3 = t2 * t;
    const float y = (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (3 * t2 - 2 * t3) * max;
    return pq_light(y * top) * PQ_NITS / WHITE_NITS;
}

/* --- one colour --------------------------------------------------------------------------------------------------- */

/* What is the same for all colours of a map. */
struct tone_curves {
    const struct colour *source;
    float peak;                     /* relative to white */
    float decode[CURVE_POINTS + 1]; /* by signal: light relative to white; HLG: of the scene */
    float rolled[CURVE_POINTS + 1]; /* by the fourth root of light / peak: how much of it stays */
};

static float look_up(const float *curve, float x)
{
    const float at = fminf(fmaxf(x, 0), 1) * CURVE_POINTS;
    const int i = MIN((int)at, CURVE_POINTS - 1);
    return curve[i] + (curve[i + 1] - curve[i]) * (at - (float)i);
}

static float decode_signal(const struct colour *s, float signal)
{
    switch (s->transfer) {
    case COLOUR_PQ:
        return pq_light(signal) * PQ_NITS / WHITE_NITS;
    case COLOUR_HLG:
        return hlg_light(signal);
    case COLOUR_STANDARD:
        break;
    }
    return powf(signal, s->gamut == COLOUR_PROPHOTO ? ROMM_GAMMA : SCREEN_GAMMA);
}

static void fill_curves(struct tone_curves *k, const struct colour *s)
{
    const float nits = s->transfer == COLOUR_PQ && s->peak_nits > 0 ? (float)s->peak_nits : TONE_PEAK_NITS;
    k->source = s;
    k->peak = s->transfer == COLOUR_STANDARD ? 1 : fmaxf(nits / WHITE_NITS, 1.01f);
    for (int i = 0; i <= CURVE_POINTS; i++) {
        const float x = (float)i / CURVE_POINTS, light = fmaxf(x * x * x * x, 1e-9f) * k->peak;
        k->decode[i] = decode_signal(s, x);
        k->rolled[i] = s->transfer == COLOUR_STANDARD ? 1 : roll_off(light, k->peak) / light;
    }
}

static float rolled(const struct tone_curves *k, float light)
{
    const float in = fminf(light, k->peak);
    return in * look_up(k->rolled, sqrtf(sqrtf(in / k->peak)));
}

/* How much of Y red and blue are. */
static void luma_weights(enum frame_matrix matrix, float *kr, float *kb)
{
    static const float weight[][2] = {
        [FRAME_BT601] = {0.299f, 0.114f}, [FRAME_BT709] = {0.2126f, 0.0722f}, [FRAME_BT2020] = {0.2627f, 0.0593f}};
    *kr = weight[matrix][0];
    *kb = weight[matrix][1];
}

static struct rgb signal_of(const struct colour *s, int y, int u, int v)
{
    const float luma = s->full_range ? (float)y / 1023 : (float)(y - 64) / 876;
    const float scale = s->full_range ? 1023 : 896;
    const float cb = (float)(u - 512) / scale, cr = (float)(v - 512) / scale;
    float kr, kb;
    luma_weights(s->matrix, &kr, &kb);
    const float r = luma + 2 * (1 - kr) * cr, b = luma + 2 * (1 - kb) * cb;
    return (struct rgb){{r, (luma - kr * r - kb * b) / (1 - kr - kb), b}};
}

static float luminance(const struct rgb *c, const float weight[3])
{
    return c->c[0] * weight[0] + c->c[1] * weight[1] + c->c[2] * weight[2];
}

/* Of red, green and blue, in each gamut. */
static const float LUMINANCE[][3] = {[COLOUR_BT709] = {0.2126f, 0.7152f, 0.0722f},
                                     [COLOUR_BT2020] = {0.2627f, 0.6780f, 0.0593f},
                                     [COLOUR_P3] = {0.2290f, 0.6917f, 0.0793f},
                                     [COLOUR_ADOBE] = {0.2973f, 0.6274f, 0.0753f},
                                     [COLOUR_PROPHOTO] = {0.2880f, 0.7119f, 0.0001f}};

/* Light relative to white. What HLG's scene looks like on a screen depends on how bright the whole pixel is. */
static struct rgb light_of(const struct tone_curves *k, const struct rgb *signal)
{
    struct rgb light;
    for (int i = 0; i < 3; i++)
        light.c[i] = look_up(k->decode, signal->c[i]);
    if (k->source->transfer != COLOUR_HLG)
        return light;
    const float y = fmaxf(luminance(&light, LUMINANCE[k->source->gamut]), 1e-9f);
    const float gain = k->peak * powf(y, HLG_GAMMA - 1);
    for (int i = 0; i < 3; i++)
        light.c[i] *= gain;
    return light;
}

/* The brightest component is rolled off and takes the others along, which keeps the hue; the brighter, the more each one is
 * rolled off by itself, so that highlights turn white as they do on film. */
static struct rgb roll_off_colour(const struct tone_curves *k, const struct rgb *light)
{
    const float most = fmaxf(fmaxf(light->c[0], light->c[1]), fmaxf(light->c[2], 1e-9f)), to = rolled(k, most);
    const float own = 0.9f * powf(fmaxf(to - 0.18f, 1e-6f) / fmaxf(to, 1), 0.2f);
    struct rgb out;
    for (int i = 0; i < 3; i++)
        out.c[i] = light->c[i] * to / most * (1 - own) + rolled(k, light->c[i]) * own;
    return out;
}

static struct rgb to_bt709(enum colour_gamut from, const struct rgb *light)
{
    /* BT.2087, and the same for the primaries of P3 with the white of D65, for those of Adobe RGB, and for ProPhoto RGB, whose
     * white of D50 is adapted (Bradford) */
    static const float matrix[][3][3] = {
        [COLOUR_BT709] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
        [COLOUR_BT2020] = {{1.6605f, -0.5876f, -0.0728f}, {-0.1246f, 1.1329f, -0.0083f}, {-0.0182f, -0.1006f, 1.1187f}},
        [COLOUR_P3] = {{1.2249f, -0.2247f, 0}, {-0.0420f, 1.0419f, 0}, {-0.0197f, -0.0786f, 1.0979f}},
        [COLOUR_ADOBE] = {{1.3984f, -0.3984f, 0}, {0, 1, 0}, {0, -0.0429f, 1.0429f}},
        [COLOUR_PROPHOTO] = {
            {2.0341f, -0.7273f, -0.3067f}, {-0.2288f, 1.2317f, -0.0029f}, {-0.0086f, -0.1533f, 1.1619f}}};
    struct rgb out;
    for (int i = 0; i < 3; i++)
        out.c[i] = luminance(light, matrix[from][i]);
    return out;
}

/* Into 0..1: towards grey as far as it takes, then darker. */
static void fit_gamut(struct rgb *c)
{
    const float least = fminf(fminf(c->c[0], c->c[1]), c->c[2]), grey = luminance(c, LUMINANCE[COLOUR_BT709]);
    const float part = least < 0 && grey > least ? least / (least - grey) : 0;
    float most = 1;
    for (int i = 0; i < 3; i++) {
        c->c[i] += (grey - c->c[i]) * part;
        most = fmaxf(most, c->c[i]);
    }
    for (int i = 0; i < 3; i++)
        c->c[i] = fmaxf(c->c[i] / most, 0);
}

/* Y, U, V of the result, in BT.709 and limited range, 8 bits. */
static struct rgb map_colour(const struct tone_curves *k, int y, int u, int v)
{
    const struct rgb signal = signal_of(k->source, y, u, v);
    const struct rgb light = light_of(k, &signal), mapped = roll_off_colour(k, &light);
    struct rgb out = to_bt709(k->source->gamut, &mapped);
    float kr, kb;
    fit_gamut(&out);
    luma_weights(FRAME_BT709, &kr, &kb);
    for (int i = 0; i < 3; i++)
        out.c[i] = powf(out.c[i], 1 / SCREEN_GAMMA);
    const float luma = kr * out.c[0] + (1 - kr - kb) * out.c[1] + kb * out.c[2];
    return (struct rgb){{16 + 219 * luma, 128 + 224 * (out.c[2] - luma) / (2 * (1 - kb)),
                         128 + 224 * (out.c[0] - luma) / (2 * (1 - kr))}};
}

/* --- the map ------------------------------------------------------------------------------------------------------ */

static int16_t fine(float level)
{
    return (int16_t)lrintf(level * (1 << FINE_BITS));
}

/* All levels of luma at one node of chroma. */
struct column {
    int16_t luma[LUMA_LEVELS], chroma[CHROMA_LUMAS][2];
};

static void fill_column(struct column *to, const struct tone_curves *k, int v, int u)
{
    struct rgb here = map_colour(k, 0, u * CHROMA_STEP, v * CHROMA_STEP);
    for (int y = 0; y < LUMA_LEVELS; y += LUMA_STEP) {
        const struct rgb next = map_colour(k, y + LUMA_STEP, u * CHROMA_STEP, v * CHROMA_STEP);
        for (int i = 0; i < LUMA_STEP; i++) {
            const float part = (float)i / LUMA_STEP;
            int16_t *const chroma = to->chroma[(y + i) >> CHROMA_LUMA_SHIFT];
            to->luma[y + i] = fine(here.c[0] + (next.c[0] - here.c[0]) * part);
            for (int c = 0; c < 2 && i % (1 << CHROMA_LUMA_SHIFT) == 0; c++)
                chroma[c] = fine(here.c[c + 1] + (next.c[c + 1] - here.c[c + 1]) * part);
        }
        here = next;
    }
}

/* The cell between two nodes of U in each of two rows. */
static void fill_cell(struct tone_map *m, int v, int u, const struct column *row, const struct column *next_row)
{
    const struct column *const corner[CORNERS] = {row + u, row + u + 1, next_row + u, next_row + u + 1};
    for (int i = 0; i < CORNERS; i++) {
        for (int y = 0; y < LUMA_LEVELS; y++)
            m->luma[v][u][y][i] = corner[i]->luma[y];
        for (int y = 0; y < CHROMA_LUMAS; y++)
            for (int c = 0; c < 2; c++)
                m->chroma[v][u][y][c][i] = corner[i]->chroma[y][c];
    }
}

static void fill_weights(struct tone_map *m)
{
    for (int v = 0; v < CHROMA_STEP; v++)
        for (int u = 0; u < CHROMA_STEP; u++)
            for (int i = 0; i < CORNERS; i++)
                m->weight[v][u][i] = (int16_t)((i % 2 ? u : CHROMA_STEP - u) * (i / 2 ? v : CHROMA_STEP - v));
}

static struct tone_map *make_map(const struct colour *s)
{
    struct tone_curves *k = g_new0(struct tone_curves, 1);
    struct tone_map *m = g_atomic_rc_box_new(struct tone_map);
    struct column *row[2] = {g_new(struct column, CHROMA_CELLS + 1), g_new(struct column, CHROMA_CELLS + 1)};
    m->source = *s;
    fill_curves(k, s);
    fill_weights(m);
    for (int v = 0; v <= CHROMA_CELLS; v++) {
        for (int u = 0; u <= CHROMA_CELLS; u++)
            fill_column(row[v % 2] + u, k, v, u);
        for (int u = 0; v > 0 && u < CHROMA_CELLS; u++)
            fill_cell(m, v - 1, u, row[(v - 1) % 2], row[v % 2]);
    }
    g_free(row[0]);
    g_free(row[1]);
    g_free(k);
    return m;
}

bool tone_map_fits(const struct tone_map *m, const struct colour *c)
{
    return colour_equal(&m->source, c);
}

void tone_map_unref(struct tone_map *m)
{
    if (m)
        g_atomic_rc_box_release(m);
}

/* --- sharing ------------------------------------------------------------------------------------------------------ */

struct tone_maps {
    pthread_mutex_t lock; /* of pthread, because ThreadSanitizer knows it */
    GPtrArray *maps;      /* the one that was made last is last */
};

struct tone_maps *tone_maps_new(void)
{
    struct tone_maps *all = g_new0(struct tone_maps, 1);
    pthread_mutex_init(&all->lock, NULL);
    all->maps = g_ptr_array_new_with_free_func((GDestroyNotify)tone_map_unref);
    return all;
}

void tone_maps_free(struct tone_maps *all)
{
    if (!all)
        return;
    g_ptr_array_unref(all->maps);
    pthread_mutex_destroy(&all->lock);
    g_free(all);
}

/* Under the lock: whoever needs the same map at the same time waits for it. */
static struct tone_map *find_or_make(struct tone_maps *all, const struct colour *s)
{
    for (guint i = 0; i < all->maps->len; i++)
        if (tone_map_fits(all->maps->pdata[i], s))
            return all->maps->pdata[i];
    if (all->maps->len == MAPS_MAX)
        g_ptr_array_remove_index(all->maps, 0);
    g_ptr_array_add(all->maps, make_map(s));
    return all->maps->pdata[all->maps->len - 1];
}

struct tone_map *tone_map_get(struct tone_maps *all, const struct colour *s)
{
    if (!all)
        return make_map(s);
    pthread_mutex_lock(&all->lock);
    struct tone_map *m = g_atomic_rc_box_acquire(find_or_make(all, s));
    pthread_mutex_unlock(&all->lock);
    return m;
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

/* What is rounded away of 8 bits, in a pattern of four pixels, so that slow gradients show no steps. */
enum { DROPPED_BITS = FINE_BITS + WEIGHT_BITS, DITHER = (1 << DROPPED_BITS) / 8 };

/* All that a pair of U and V leads to. */
struct cell {
    const int16_t *weight;
    const int16_t (*luma)[CORNERS];
    const int16_t (*chroma)[2][CORNERS];
};

static inline struct cell cell_of(const struct tone_map *m, unsigned u, unsigned v)
{
    const unsigned cu = (u >> CHROMA_SHIFT) % CHROMA_CELLS, cv = (v >> CHROMA_SHIFT) % CHROMA_CELLS;
    return (struct cell){m->weight[v % CHROMA_STEP][u % CHROMA_STEP], m->luma[cv][cu], m->chroma[cv][cu]};
}

static inline const int16_t *luma_at(const struct cell *c, unsigned y)
{
    return c->luma[y % LUMA_LEVELS];
}

static inline const int16_t (*chroma_at(const struct cell *c, unsigned y))[CORNERS]
{
    return c->chroma[y % LUMA_LEVELS >> CHROMA_LUMA_SHIFT];
}

static inline uint32_t weigh(const struct cell *c, const int16_t *at, int dither)
{
    const int16_t *const w = c->weight;
    return (uint32_t)(at[0] * w[0] + at[1] * w[1] + at[2] * w[2] + at[3] * w[3] + dither) >> DROPPED_BITS;
}

/* Two rows of luma and one of chroma. */
struct band {
    const uint16_t *y[2], *u, *v;
    uint8_t *to_y[2], *to_u, *to_v;
};

/* Four pixels that share their chroma. */
struct block {
    unsigned y[4]; /* two above, two below */
    unsigned u, v;
};

static inline unsigned mean_luma(const struct block *in)
{
    return (in->y[0] + in->y[1] + in->y[2] + in->y[3] + 2) / 4;
}

/* A byte each, from the lowest on: Y of the four, U, V. */
static inline uint64_t map_block_plainly(const struct tone_map *m, const struct block *in)
{
    const struct cell c = cell_of(m, in->u, in->v);
    const int16_t(*const chroma)[CORNERS] = chroma_at(&c, mean_luma(in));
    const uint32_t above = weigh(&c, luma_at(&c, in->y[0]), 1 * DITHER) | weigh(&c, luma_at(&c, in->y[1]), 5 * DITHER)
                                                                              << 8;
    const uint32_t below = weigh(&c, luma_at(&c, in->y[2]), 7 * DITHER) | weigh(&c, luma_at(&c, in->y[3]), 3 * DITHER)
                                                                              << 8;
    const uint32_t colour = weigh(&c, chroma[0], 4 * DITHER) | weigh(&c, chroma[1], 4 * DITHER) << 8;
    return above | below << 16 | (uint64_t)colour << 32;
}

/* Exactly the same with vectors, which every x86-64 has. */
#ifdef __SSE2__
static inline __m128i load_two(const int16_t *a, const int16_t *b)
{
    const __m128i low = _mm_loadl_epi64((const __m128i *)(const void *)a);
    return _mm_castpd_si128(_mm_loadh_pd(_mm_castsi128_pd(low), (const double *)(const void *)b));
}

/* Of a, the first two together and the last two; then the same of b. */
static inline __m128i sum_pairs(__m128i a, __m128i b)
{
    const __m128 x = _mm_castsi128_ps(a), y = _mm_castsi128_ps(b);
    const __m128 first = _mm_shuffle_ps(x, y, _MM_SHUFFLE(2, 0, 2, 0));
    const __m128 second = _mm_shuffle_ps(x, y, _MM_SHUFFLE(3, 1, 3, 1));
    return _mm_add_epi32(_mm_castps_si128(first), _mm_castps_si128(second));
}

static inline uint64_t map_block(const struct tone_map *m, const struct block *in)
{
    const struct cell c = cell_of(m, in->u, in->v);
    const int16_t(*const chroma)[CORNERS] = chroma_at(&c, mean_luma(in));
    const __m128i w = load_two(c.weight, c.weight);
    const __m128i above = _mm_madd_epi16(w, load_two(luma_at(&c, in->y[0]), luma_at(&c, in->y[1])));
    const __m128i below = _mm_madd_epi16(w, load_two(luma_at(&c, in->y[2]), luma_at(&c, in->y[3])));
    const __m128i colour = _mm_madd_epi16(w, load_two(chroma[0], chroma[1]));
    const __m128i dither = _mm_setr_epi32(1 * DITHER, 5 * DITHER, 7 * DITHER, 3 * DITHER);
    const __m128i y = _mm_add_epi32(sum_pairs(above, below), dither);
    const __m128i uv = _mm_add_epi32(sum_pairs(colour, colour), _mm_set1_epi32(4 * DITHER));
    const __m128i words = _mm_packs_epi32(_mm_srli_epi32(y, DROPPED_BITS), _mm_srli_epi32(uv, DROPPED_BITS));
    return (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
}
#else
static inline uint64_t map_block(const struct tone_map *m, const struct block *in)
{
    return map_block_plainly(m, in);
}
#endif

static inline void put_two(uint8_t *to, uint64_t bytes)
{
    to[0] = (uint8_t)bytes;
    to[1] = (uint8_t)(bytes >> 8);
}

static void map_band(const struct tone_map *m, const struct band *b, int width)
{
    const int last = width - 1;
    for (int x = 0; x < last; x += 2) {
        const struct block in = {{b->y[0][x], b->y[0][x + 1], b->y[1][x], b->y[1][x + 1]}, b->u[x / 2], b->v[x / 2]};
        const uint64_t out = map_block(m, &in);
        put_two(b->to_y[1] + x, out >> 16);
        put_two(b->to_y[0] + x, out); /* the second, because both rows are the same one at the edge of an odd height */
        b->to_u[x / 2] = (uint8_t)(out >> 32);
        b->to_v[x / 2] = (uint8_t)(out >> 40);
    }
    if (width % 2) {
        const struct block in = {
            {b->y[0][last], b->y[0][last], b->y[1][last], b->y[1][last]}, b->u[last / 2], b->v[last / 2]};
        const uint64_t out = map_block_plainly(m, &in);
        b->to_y[1][last] = (uint8_t)(out >> 16);
        b->to_y[0][last] = (uint8_t)out;
        b->to_u[last / 2] = (uint8_t)(out >> 32);
        b->to_v[last / 2] = (uint8_t)(out >> 40);
    }
}

static const uint16_t *row_of(const struct tone_planes *p, int plane, int y)
{
    return (const uint16_t *)(const void *)(p->plane[plane] + (ptrdiff_t)y * p->stride[plane]);
}

static uint8_t *bytes_of(const struct tone_planes *p, int plane, int y)
{
    return p->plane[plane] + (ptrdiff_t)y * p->stride[plane];
}

/* The rows from `first` up to `end` of a picture; both are even unless `end` is the last. */
struct slice {
    const struct tone_map *map;
    const struct tone_planes *from, *to;
    int width, height, first, end;
};

static void *map_slice(void *slice)
{
    const struct slice *s = slice;
    for (int y = s->first; y < s->end; y += 2) {
        const int below = MIN(y + 1, s->height - 1);
        const struct band b = {
            {row_of(s->from, 0, y), row_of(s->from, 0, below)}, row_of(s->from, 1, y / 2), row_of(s->from, 2, y / 2),
            {bytes_of(s->to, 0, y), bytes_of(s->to, 0, below)}, bytes_of(s->to, 1, y / 2), bytes_of(s->to, 2, y / 2)};
        map_band(s->map, &b, s->width);
    }
    return NULL;
}

static int slices_of(int width, int height)
{
    const int64_t worth = (int64_t)width * height / SLICE_PIXELS;
    return (int)CLAMP(worth, 1, MIN(SLICES_MAX, (int64_t)g_get_num_processors()));
}

/* The threads live as long as the work on one picture: one takes a hundredth of what its slice does, and none waits for the
 * next picture. They have the priority of the clip's thread. */
void tone_map_apply(const struct tone_map *m, const struct tone_planes *from, const struct tone_planes *to, int width,
                    int height)
{
    assert(width > 0 && height > 0);
    const int n = slices_of(width, height), rows = (height / n + 1) / 2 * 2;
    struct slice slice[SLICES_MAX];
    pthread_t thread[SLICES_MAX];
    bool runs[SLICES_MAX] = {false};
    for (int i = n - 1; i >= 0; i--) {
        const int end = i == n - 1 ? height : MIN((i + 1) * rows, height);
        slice[i] = (struct slice){m, from, to, width, height, i * rows, end};
        runs[i] = i > 0 && pthread_create(&thread[i], NULL, map_slice, &slice[i]) == 0;
        if (!runs[i])
            map_slice(&slice[i]);
    }
    for (int i = 1; i < n; i++)
        if (runs[i])
            pthread_join(thread[i], NULL);
}

void tone_map_apply_full(const struct tone_map *m, const struct tone_planes *from, const struct tone_planes *to,
                         int width, int height)
{
    static const int dither[2][2] = {{1 * DITHER, 5 * DITHER}, {7 * DITHER, 3 * DITHER}};
    assert(width > 0 && height > 0);
    for (int y = 0; y < height; y++) {
        const uint16_t *const luma = row_of(from, 0, y), *const u = row_of(from, 1, y), *const v = row_of(from, 2, y);
        uint8_t *const to_y = bytes_of(to, 0, y), *const to_u = bytes_of(to, 1, y), *const to_v = bytes_of(to, 2, y);
        for (int x = 0; x < width; x++) {
            const struct cell c = cell_of(m, u[x], v[x]);
            const int16_t(*const chroma)[CORNERS] = chroma_at(&c, luma[x]);
            to_y[x] = (uint8_t)weigh(&c, luma_at(&c, luma[x]), dither[y % 2][x % 2]);
            to_u[x] = (uint8_t)weigh(&c, chroma[0], 4 * DITHER);
            to_v[x] = (uint8_t)weigh(&c, chroma[1], 4 * DITHER);
        }
    }
}
