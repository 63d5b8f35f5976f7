#include "telemetry/count/tally.h"

#include "base/stats.h"
#include "base/units.h"
#include "telemetry/record.h"

#include <assert.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define UNPACKED_MAX (64 * 1024 * 1024)      /* bytes that a sum may unpack to: some ten million cells */
#define A_MAX        INT64_C(0xffffffffffff) /* of a key, below time and kind */
#define TABLE_MIN    1024                    /* cells of the hash table */

/* Bits of b, from the lowest: focus or class, then what, then the option; so small ids make small numbers. */
#define FOCUS_BITS 7
#define CLASS_BITS 12
#define WHAT_BITS  3
#define STAY_BITS  2

static_assert(TALLY_NODE_PLANNED_US == TALLY_NODE_PLAYING_US + 3, "the lengths lie beside each other");
static_assert((TABLE_MIN & (TABLE_MIN - 1)) == 0, "the hash table's size is a power of two");
static_assert(TALLY_UNKNOWN < 1 << WHAT_BITS, "every outcome has room in its bits");
static_assert(TALLY_STAYS <= 1 << STAY_BITS, "every way to end a visit has room in its bits");
static_assert(STATS_CLASSES <= 1 << CLASS_BITS, "every class of latency has room in its bits");

/* Values out of range, as a damaged store may hold them, do not spill into the other fields. */
static uint64_t pack_fields(int64_t option, int what, int low_bits, int low)
{
    const uint64_t known = option >= 0 && option <= UINT32_MAX ? (uint64_t)option : 0;
    const uint64_t top = known << WHAT_BITS | ((uint64_t)what & ((1u << WHAT_BITS) - 1));
    return top << low_bits | (uint64_t)CLAMP(low, 0, (1 << low_bits) - 1);
}

static int low_field(uint64_t b, int low_bits)
{
    return (int)(b & ((1u << low_bits) - 1));
}

static int what_field(uint64_t b, int low_bits)
{
    return (int)(b >> low_bits & ((1u << WHAT_BITS) - 1));
}

static int64_t option_field(uint64_t b, int low_bits)
{
    return (int64_t)(b >> (low_bits + WHAT_BITS));
}

uint64_t tally_outcome(int focus, int what, int64_t option)
{
    return pack_fields(option, what, FOCUS_BITS, focus + 1);
}

int tally_outcome_focus(uint64_t b)
{
    return low_field(b, FOCUS_BITS) - 1;
}

int tally_outcome_what(uint64_t b)
{
    return what_field(b, FOCUS_BITS);
}

int64_t tally_outcome_option(uint64_t b)
{
    return option_field(b, FOCUS_BITS);
}

uint64_t tally_latency(int what, int64_t option, int cls)
{
    return pack_fields(option, what, CLASS_BITS, cls);
}

int tally_latency_what(uint64_t b)
{
    return what_field(b, CLASS_BITS);
}

int64_t tally_latency_option(uint64_t b)
{
    return option_field(b, CLASS_BITS);
}

int tally_latency_class(uint64_t b)
{
    return low_field(b, CLASS_BITS);
}

bool tally_is_left(int64_t reason)
{
    return reason == TEL_REASON_LEFT + 1 || reason == TEL_REASON_RESTARTED + 1 || reason == TEL_REASON_KILLED + 1;
}

uint64_t tally_stay(int64_t playing_us, enum tally_stay how)
{
    const int64_t second = CLAMP(playing_us / US_PER_SECOND, 0, TALLY_STAY_SECONDS);
    return (uint64_t)second << STAY_BITS | (uint64_t)how;
}

int32_t tally_stay_second(uint64_t b)
{
    return (int32_t)MIN(b >> STAY_BITS, TALLY_STAY_SECONDS);
}

int tally_stay_how(uint64_t b)
{
    return low_field(b, STAY_BITS);
}

uint64_t tally_profile(int percent, int sure)
{
    assert(percent >= 0 && percent <= 100 && sure >= 0 && sure <= 2);
    return (uint64_t)percent * 3 + (uint64_t)sure + 1;
}

int tally_profile_percent(uint64_t b)
{
    return (int)((b - 1) / 3);
}

int tally_profile_sure(uint64_t b)
{
    return (int)((b - 1) % 3);
}

uint64_t tally_association(int64_t trait, int64_t option, int level)
{
    assert(level >= 0 && level <= 2);
    if (trait < 0 || trait >= INT64_C(1) << 30 || option < 0 || option > UINT32_MAX)
        return 0; /* no trait has the number 0: nothing is counted under it */
    return (uint64_t)trait << 34 | (uint64_t)(uint32_t)option << 2 | (uint64_t)level;
}

int64_t tally_association_trait(uint64_t b)
{
    return (int64_t)(b >> 34);
}

int64_t tally_association_option(uint64_t b)
{
    return (int64_t)(b >> 2 & 0xffffffffu);
}

int tally_association_level(uint64_t b)
{
    return (int)(b & 3);
}

enum tally_kind tally_kind(const struct tally_cell *c)
{
    return (enum tally_kind)(c->key >> 56);
}

int tally_time(const struct tally_cell *c)
{
    return (int)(c->key >> 48 & 0xff);
}

int64_t tally_a(const struct tally_cell *c)
{
    return (int64_t)(c->key & 0xffffffffffffu);
}

struct tally *tally_new(void)
{
    struct tally *t = g_new0(struct tally, 1);
    t->cells = g_array_new(FALSE, FALSE, sizeof(struct tally_cell));
    return t;
}

void tally_free(struct tally *t)
{
    if (!t)
        return;
    g_array_unref(t->cells);
    g_free(t->added);
    g_free(t);
}

/* ---- adding up ------------------------------------------------------------------------------------------------- */

static int by_cell_key(const void *a, const void *b)
{
    const struct tally_cell *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Both are at most TALLY_MOST. */
static int64_t join_counts(const struct tally_cell *x, const struct tally_cell *y)
{
    return tally_kind(x) == TALLY_EXAMPLE ? MIN(x->n, y->n) : MIN(x->n + y->n, TALLY_MOST);
}

/* NULL where there is none. */
static const struct tally_cell *first_cell(const GArray *cells)
{
    return (const struct tally_cell *)(const void *)cells->data;
}

/* Merges two ascending runs into one. */
static GArray *merge_runs(const struct tally_cell *x, guint nx, const struct tally_cell *y, guint ny)
{
    const guint n_most = nx + ny;
    GArray *out = g_array_sized_new(FALSE, FALSE, sizeof *x, n_most);
    struct tally_cell *cells = (struct tally_cell *)(void *)out->data;
    guint n = 0;
    while (nx > 0 && ny > 0) {
        const int order = by_cell_key(x, y);
        cells[n] = order <= 0 ? *x : *y;
        if (order == 0)
            cells[n].n = join_counts(x, y);
        n++;
        if (order <= 0)
            x++, nx--;
        if (order >= 0)
            y++, ny--;
    }
    if (nx > 0)
        memcpy(cells + n, x, nx * sizeof *x);
    if (ny > 0)
        memcpy(cells + n, y, ny * sizeof *y);
    g_array_set_size(out, n + nx + ny);
    assert(out->len <= n_most);
    return out;
}

/* The slot that has this cell's key, or a free one for it. There always is one: half of the table is free. */
static struct tally_cell *slot_of(struct tally *t, const struct tally_cell *c)
{
    assert(t->table_size > t->n_added && (t->table_size & (t->table_size - 1)) == 0);
    const uint64_t h = (c->key ^ (c->b * UINT64_C(0x9e3779b97f4a7c15))) * UINT64_C(0xd6e8feb86659fd93);
    guint at = (guint)(h >> 32) & (t->table_size - 1);
    while (t->added[at].n != 0 && (t->added[at].key != c->key || t->added[at].b != c->b))
        at = (at + 1) & (t->table_size - 1);
    return &t->added[at];
}

static void grow_table(struct tally *t)
{
    struct tally_cell *old = t->added;
    const guint n = t->table_size;
    t->table_size = MAX(TABLE_MIN, 2 * n);
    t->added = g_new0(struct tally_cell, t->table_size);
    for (guint i = 0; i < n; i++)
        if (old[i].n != 0)
            *slot_of(t, &old[i]) = old[i];
    g_free(old);
}

void tally_add(struct tally *t, enum tally_kind kind, int time, int64_t a, uint64_t b, int64_t n)
{
    assert(kind >= TALLY_VIEWINGS && kind < TALLY_KINDS && time >= 0 && time < 256);
    if (n <= 0 || a < 0 || a > A_MAX)
        return;
    if (2 * t->n_added >= t->table_size)
        grow_table(t);
    const struct tally_cell c = {(uint64_t)kind << 56 | (uint64_t)time << 48 | (uint64_t)a, b, MIN(n, TALLY_MOST)};
    struct tally_cell *slot = slot_of(t, &c);
    if (slot->n != 0) {
        slot->n = join_counts(slot, &c);
        return;
    }
    *slot = c;
    t->n_added++;
}

void tally_settle(struct tally *t)
{
    guint n = 0;
    if (t->n_added == 0)
        return;
    for (guint i = 0; i < t->table_size; i++)
        if (t->added[i].n != 0)
            t->added[n++] = t->added[i];
    assert(n == t->n_added);
    qsort(t->added, n, sizeof *t->added, by_cell_key);
    GArray *all = merge_runs(first_cell(t->cells), t->cells->len, t->added, n);
    g_array_unref(t->cells);
    t->cells = all;
    g_clear_pointer(&t->added, g_free);
    t->n_added = t->table_size = 0;
    assert(tally_check(t));
}

static bool is_length(const struct tally_cell *c)
{
    return tally_kind(c) == TALLY_NODE && c->b >= TALLY_NODE_PLAYING_US && c->b <= TALLY_NODE_PLANNED_US;
}

bool tally_add_total(const struct tally *t, struct tally_total *total)
{
    bool within = true;
    assert(t->n_added == 0);
    for (guint i = 0; within && i < t->cells->len; i++) {
        const struct tally_cell *c = &g_array_index(t->cells, struct tally_cell, i);
        if (tally_kind(c) == TALLY_EXAMPLE)
            continue;
        int64_t *sum = is_length(c) ? &total->lengths_us : &total->counts;
        *sum += c->n;
        within = *sum <= (is_length(c) ? TALLY_LENGTHS_MOST : TALLY_COUNTS_MOST);
    }
    return within;
}

void tally_merge(struct tally *t, struct tally *from)
{
    tally_settle(t);
    tally_settle(from);
    if (from->cells->len == 0)
        return;
    GArray *all = merge_runs(first_cell(t->cells), t->cells->len, first_cell(from->cells), from->cells->len);
    g_array_unref(t->cells);
    t->cells = all;
}

/* ---- as bytes -------------------------------------------------------------------------------------------------- */

static void put_varint(GByteArray *out, uint64_t v)
{
    uint8_t bytes[10];
    guint n = 0;
    for (; v >= 0x80; v >>= 7)
        bytes[n++] = (uint8_t)(v | 0x80);
    bytes[n++] = (uint8_t)v;
    g_byte_array_append(out, bytes, n);
}

static bool get_varint(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (int shift = 0; *p < end && shift < 64; shift += 7) {
        const uint8_t byte = *(*p)++;
        *v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* Runs all of `in` through a converter. NULL if the input is invalid or the output exceeds `most` bytes. */
static GByteArray *convert_bytes(GConverter *converter, const uint8_t *in, size_t n, size_t most)
{
    GByteArray *out = g_byte_array_new();
    GConverterResult r = G_CONVERTER_CONVERTED;
    while (r != G_CONVERTER_FINISHED && out->len <= most) {
        uint8_t piece[16 * 1024];
        gsize taken = 0, made = 0;
        r = g_converter_convert(converter, in, n, piece, sizeof piece, G_CONVERTER_INPUT_AT_END, &taken, &made, NULL);
        if (r == G_CONVERTER_ERROR)
            break;
        g_byte_array_append(out, piece, (guint)made);
        in += taken;
        n -= taken;
    }
    if (r == G_CONVERTER_FINISHED && n == 0)
        return out;
    g_byte_array_unref(out);
    return NULL;
}

static GByteArray *deflate_bytes(const GByteArray *cells)
{
    g_autoptr(GZlibCompressor) c = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW, -1);
    return convert_bytes(G_CONVERTER(c), cells->data, cells->len, SIZE_MAX);
}

static GByteArray *inflate_bytes(const uint8_t *bytes, size_t n)
{
    g_autoptr(GZlibDecompressor) d = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW);
    return convert_bytes(G_CONVERTER(d), bytes, n, UNPACKED_MAX);
}

/*
 * The number of keys, then four runs: how much each key is more than the one before; for each key the number of its
 * cells, less 1; each cell's b, less the b before it under the same key; each cell's n. All of it is deflated, which
 * works better on four runs of similar numbers than on cells.
 */
GByteArray *tally_encode(struct tally *t)
{
    tally_settle(t);
    enum { KEYS, SIZES, BS, NS, RUNS };
    GByteArray *runs[RUNS];
    for (int i = 0; i < RUNS; i++)
        runs[i] = g_byte_array_new();
    uint64_t n_keys = 0, key = 0;
    const struct tally_cell *cells = first_cell(t->cells);
    for (guint i = 0, size = 0; i < t->cells->len; i += size) {
        uint64_t b = 0;
        put_varint(runs[KEYS], cells[i].key - key);
        key = cells[i].key;
        for (size = 0; i + size < t->cells->len && cells[i + size].key == key; size++) {
            put_varint(runs[BS], cells[i + size].b - b);
            put_varint(runs[NS], (uint64_t)cells[i + size].n);
            b = cells[i + size].b;
        }
        put_varint(runs[SIZES], size - 1);
        n_keys++;
    }
    g_autoptr(GByteArray) all = g_byte_array_new();
    put_varint(all, n_keys);
    for (int i = 0; i < RUNS; i++) {
        g_byte_array_append(all, runs[i]->data, runs[i]->len);
        g_byte_array_unref(runs[i]);
    }
    const uint8_t encoding = TALLY_ENCODING;
    GByteArray *out = deflate_bytes(all);
    g_byte_array_prepend(out, &encoding, 1);
    return out;
}

/* Makes the cells and sets only their keys. A cell takes at least two bytes, which bounds the number of cells. */
static bool get_keys(const uint8_t **p, const uint8_t *end, GArray *cells)
{
    const uint64_t most = (uint64_t)(end - *p);
    uint64_t n_keys, grown, size;
    if (!get_varint(p, end, &n_keys) || n_keys > most)
        return false;
    g_autoptr(GArray) keys = g_array_sized_new(FALSE, FALSE, sizeof(uint64_t), (guint)n_keys);
    for (uint64_t i = 0, key = 0; i < n_keys; i++) {
        if (!get_varint(p, end, &grown))
            return false;
        key += grown;
        g_array_append_val(keys, key);
    }
    for (uint64_t i = 0; i < n_keys; i++) {
        if (!get_varint(p, end, &size) || size > most || cells->len + size >= most / 2)
            return false;
        const struct tally_cell c = {.key = g_array_index(keys, uint64_t, i)};
        for (uint64_t k = 0; k <= size; k++)
            g_array_append_val(cells, c);
    }
    return true;
}

static bool get_cells(const uint8_t *p, const uint8_t *end, GArray *array)
{
    uint64_t grown, n;
    if (!get_keys(&p, end, array))
        return false;
    struct tally_cell *cells = (struct tally_cell *)(void *)array->data;
    for (guint i = 0; i < array->len; i++) {
        if (!get_varint(&p, end, &grown))
            return false;
        cells[i].b = grown + (i > 0 && cells[i].key == cells[i - 1].key ? cells[i - 1].b : 0);
        if (i > 0 && by_cell_key(&cells[i - 1], &cells[i]) >= 0)
            return false;
    }
    for (guint i = 0; i < array->len; i++) {
        if (!get_varint(&p, end, &n) || n == 0 || n > (uint64_t)TALLY_MOST)
            return false;
        cells[i].n = (int64_t)n;
    }
    return p == end;
}

bool tally_decode(struct tally *t, const uint8_t *bytes, size_t n)
{
    g_autoptr(GByteArray) plain = n > 0 && bytes[0] == TALLY_ENCODING ? inflate_bytes(bytes + 1, n - 1) : NULL;
    if (!plain)
        return false;
    g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(struct tally_cell));
    if (plain->len == 0 || !get_cells(plain->data, plain->data + plain->len, cells))
        return false;
    struct tally from = {.cells = cells};
    tally_merge(t, &from);
    return true;
}

bool tally_check(const struct tally *t)
{
    guint taken = 0;
    assert(2 * t->n_added <= t->table_size && (t->table_size & (t->table_size - 1)) == 0);
    for (guint i = 0; i < t->table_size; i++)
        taken += t->added[i].n != 0;
    assert(taken == t->n_added);
    for (guint i = 1; i < t->cells->len; i++)
        assert(by_cell_key(&g_array_index(t->cells, struct tally_cell, i - 1),
                           &g_array_index(t->cells, struct tally_cell, i)) < 0);
    return true;
}
