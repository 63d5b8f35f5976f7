#include "media/flash.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/units.h"

#define STEP       0.1f             /* least change of relative luminance */
#define DARK       0.8f             /* no flash if both ends are at least this bright */
#define RED_STEP   (20.0f / 320.0f) /* least change of R - G - B */
#define RED_SHARE  0.8f             /* least share of R in a saturated red */
#define TOO_MANY   7                /* transitions in a second: three flashes and the beginning of a fourth */
#define FIELD_PART 4                /* the limit is a quarter of the field */
#define FIELD_W    (FLASH_FIELD_W / FLASH_CELL) /* the field in cells */
#define FIELD_H    (FLASH_FIELD_H / FLASH_CELL)
#define FIELD      (FIELD_W * FIELD_H)

enum trend { FLAT, RISING, FALLING };

/* How one value of one cell changes over time. */
struct flash_track {
    float low, high; /* since the last transition */
    uint8_t trend, n;
    bool eligible; /* the value at `high` may be the higher end of a transition */
    uint8_t next;
    int32_t at_ms[TOO_MANY]; /* times of the last transitions, a ring */
};

struct flash_map {
    struct flash_track *tracks;
    struct flash_kind kind;
};

struct flash {
    int32_t w, h;
    bool begun;
    float linear[256];
    struct flash_map general, red;
    int32_t last_ms;
    int32_t *sums; /* (w + 1) x (h + 1): flashing cells above and to the left */
};

static_assert(TOO_MANY <= UINT8_MAX, "a cell counts its transitions in a byte");

static bool flash_check(const struct flash *f)
{
    assert(f->w > 0 && f->w <= FLASH_SCREEN_W / FLASH_CELL);
    assert(f->h > 0 && f->h <= FLASH_SCREEN_H / FLASH_CELL);
    for (int i = 0; i < 2; i++) {
        const struct flash_kind *k = i ? &f->red.kind : &f->general.kind;
        assert(k->share >= 0 && k->share <= 100);
        assert(k->found == (k->share > 0));
    }
    return true;
}

struct flash *flash_new(int32_t width, int32_t height, int32_t sar_num, int32_t sar_den)
{
    struct flash *f = g_new0(struct flash, 1);
    const double shape = CLAMP((double)width * sar_num / ((double)height * sar_den), 1.0 / 16, 16.0);
    const double w = MIN(FLASH_SCREEN_W, FLASH_SCREEN_H * shape);
    f->w = MAX((int32_t)lround(w / FLASH_CELL), 1);
    f->h = MAX((int32_t)lround(w / shape / FLASH_CELL), 1);
    for (int i = 0; i < 256; i++) {
        const double c = i / 255.0;
        f->linear[i] = (float)(c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    f->general.tracks = g_new0(struct flash_track, (size_t)f->w * f->h);
    f->red.tracks = g_new0(struct flash_track, (size_t)f->w * f->h);
    f->sums = g_new0(int32_t, (size_t)(f->w + 1) * (f->h + 1));
    assert(flash_check(f));
    return f;
}

void flash_free(struct flash *f)
{
    if (!f)
        return;
    g_free(f->general.tracks);
    g_free(f->red.tracks);
    g_free(f->sums);
    g_free(f);
}

int32_t flash_width(const struct flash *f)
{
    return f->w;
}

int32_t flash_height(const struct flash *f)
{
    return f->h;
}

static void note_transition(struct flash_track *t, int32_t now_ms)
{
    t->at_ms[t->next] = now_ms;
    t->next = (uint8_t)((t->next + 1) % TOO_MANY);
    t->n = (uint8_t)MIN(t->n + 1, TOO_MANY);
}

/* Takes the next value `v` of a cell. `eligible`: this value may be the higher end of a transition. */
static void track_value(struct flash_track *t, float v, float step, float dark, bool eligible, int32_t now_ms)
{
    if (v > t->high) {
        t->high = v;
        t->eligible = eligible;
    }
    t->low = MIN(t->low, v);
    if (t->trend != RISING && eligible && v - t->low >= step && t->low < dark) {
        t->trend = RISING;
        t->eligible = true;
    } else if (t->trend != FALLING && t->eligible && t->high - v >= step && v < dark) {
        t->trend = FALLING;
    } else {
        return;
    }
    note_transition(t, now_ms);
    t->low = t->high = v;
}

/* Were there too many transitions within the last second? */
static bool is_flashing(const struct flash_track *t, int32_t now_ms)
{
    return t->n == TOO_MANY && now_ms - t->at_ms[t->next] < US_PER_SECOND / US_PER_MS;
}

/* The greatest number of flashing cells in a field anywhere. */
static int32_t worst_field(struct flash *f, const struct flash_track *tracks, int32_t now_ms)
{
    const int32_t stride = f->w + 1, fw = MIN(FIELD_W, f->w), fh = MIN(FIELD_H, f->h);
    int32_t worst = 0;
    for (int32_t y = 0; y < f->h; y++) {
        int32_t row = 0;
        for (int32_t x = 0; x < f->w; x++) {
            row += is_flashing(&tracks[y * f->w + x], now_ms);
            f->sums[(y + 1) * stride + x + 1] = f->sums[y * stride + x + 1] + row;
        }
    }
    for (int32_t y = fh; y <= f->h; y++)
        for (int32_t x = fw; x <= f->w; x++)
            worst = MAX(worst, f->sums[y * stride + x] - f->sums[(y - fh) * stride + x] - f->sums[y * stride + x - fw] +
                                   f->sums[(y - fh) * stride + x - fw]);
    return worst;
}

/* When the present flashing began, and when it last changed: the mean over its cells, because single cells may
 * flicker on their own. */
static void flash_times(const struct flash *f, const struct flash_track *tracks, int32_t now_ms, int64_t *from_us,
                        int64_t *to_us)
{
    int64_t from = 0, to = 0, n = 0; /* n > 0, because more than a quarter of a field's cells flash */
    for (int32_t i = 0; i < f->w * f->h; i++) {
        const struct flash_track *t = &tracks[i];
        if (!is_flashing(t, now_ms))
            continue;
        from += t->at_ms[t->next];
        to += t->at_ms[(t->next + TOO_MANY - 1) % TOO_MANY];
        n++;
    }
    *from_us = from * US_PER_MS / MAX(n, 1);
    *to_us = to * US_PER_MS / MAX(n, 1);
}

/* Looks at the fields only if enough cells flash in the whole picture. */
static void judge_fields(struct flash *f, struct flash_map *m, int32_t flashing, int32_t now_ms)
{
    if (flashing * FIELD_PART <= FIELD)
        return;
    const int32_t worst = worst_field(f, m->tracks, now_ms);
    if (worst * FIELD_PART <= FIELD)
        return;
    int64_t from_us, to_us;
    flash_times(f, m->tracks, now_ms, &from_us, &to_us);
    if (!m->kind.found)
        m->kind.at_us = from_us;
    m->kind.found = true;
    m->kind.until_us = to_us;
    m->kind.share = MAX(m->kind.share, worst * 100 / FIELD);
}

void flash_feed(struct flash *f, const uint8_t *bgrx, int pitch, int64_t at_us)
{
    const int32_t now_ms = (int32_t)MIN(at_us / US_PER_MS, INT32_MAX);
    int32_t general = 0, red = 0;
    assert(now_ms >= f->last_ms); /* pictures come in order of time */
    f->last_ms = now_ms;
    for (int32_t y = 0; y < f->h; y++) {
        const uint8_t *p = bgrx + (ptrdiff_t)y * pitch;
        for (int32_t x = 0; x < f->w; x++, p += 4) {
            const float b = f->linear[p[0]], g = f->linear[p[1]], r = f->linear[p[2]];
            struct flash_track *light = &f->general.tracks[y * f->w + x], *rosy = &f->red.tracks[y * f->w + x];
            const float luminance = 0.2126f * r + 0.7152f * g + 0.0722f * b, excess = MAX(r - g - b, 0.0f);
            if (!f->begun) {
                light->low = light->high = luminance;
                rosy->low = rosy->high = excess;
                light->eligible = true;
                rosy->eligible = r >= RED_SHARE * (r + g + b);
                continue;
            }
            track_value(light, luminance, STEP, DARK, true, now_ms);
            track_value(rosy, excess, RED_STEP, 2, r >= RED_SHARE * (r + g + b), now_ms);
            general += is_flashing(light, now_ms);
            red += is_flashing(rosy, now_ms);
        }
    }
    f->begun = true;
    judge_fields(f, &f->general, general, now_ms);
    judge_fields(f, &f->red, red, now_ms);
    assert(flash_check(f));
}

struct flash_report flash_report(const struct flash *f)
{
    return (struct flash_report){f->general.kind, f->red.kind};
}
