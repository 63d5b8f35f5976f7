#include "telemetry/count/count_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_BITS 4 /* of a part, for each kind */
#define VALUES_MAX UINT16_MAX

static_assert(COUNT_PART_VALUES_MAX < 1 << VALUE_BITS, "a value's place, and one for all others");
static_assert(COUNT_PART_KINDS_MAX * VALUE_BITS <= 64, "a part is a number");

/* ---- what each viewing has ----------------------------------------------------------------------------------------- */

struct value_count {
    const char *value; /* the hash table's */
    int64_t viewings;  /* by people */
    guint met;         /* its number while reading */
};

/* One kind while it is read: values are numbered as they are met. */
struct kind_reading {
    GHashTable *met; /* char * -> number + 1 */
    GArray *values;  /* struct value_count, by number */
    GArray *codes;   /* uint16_t: of each viewing of all stores, one after the other */
    GArray *ids;     /* int64_t: of the store that is read; NULL: another kind told them */
    GArray *persons; /* uint8_t: likewise, of all stores */
};

static guint number_of(struct kind_reading *k, const char *value)
{
    const guint known = GPOINTER_TO_UINT(g_hash_table_lookup(k->met, value));
    if (known)
        return known - 1;
    if (k->values->len == VALUES_MAX)
        return VALUES_MAX - 1;
    char *own = g_strdup(value);
    const struct value_count new = {own, 0, k->values->len};
    g_array_append_val(k->values, new);
    g_hash_table_insert(k->met, own, GUINT_TO_POINTER(k->values->len));
    return k->values->len - 1;
}

static void take_viewing(int64_t viewing, bool person, const char *value, void *data)
{
    struct kind_reading *k = data;
    const uint16_t code = (uint16_t)number_of(k, value);
    const uint8_t is_person = person;
    g_array_index(k->values, struct value_count, code).viewings += person;
    g_array_append_val(k->codes, code);
    if (!k->ids)
        return;
    g_array_append_val(k->ids, viewing);
    g_array_append_val(k->persons, is_person);
}

static int by_viewings(const void *a, const void *b)
{
    const struct value_count *p = a, *q = b;
    return p->viewings != q->viewings ? (p->viewings > q->viewings ? -1 : 1) : strcmp(p->value, q->value);
}

/* The values that people's viewings have, and for each number the place of its value among them. */
static struct count_part_kind *kind_new(const struct kind_reading *k, const struct segment *segment, uint8_t *places)
{
    struct count_part_kind *kind = g_new0(struct count_part_kind, 1);
    kind->name = segment_name(segment);
    kind->values = g_ptr_array_new_with_free_func(g_free);
    g_array_sort(k->values, by_viewings);
    for (guint i = 0; i < k->values->len; i++) {
        const struct value_count *v = &g_array_index(k->values, struct value_count, i);
        places[v->met] = (uint8_t)MIN(i, COUNT_PART_VALUES_MAX);
        if (v->viewings > 0 && i <= COUNT_PART_VALUES_MAX)
            g_ptr_array_add(kind->values,
                            i < COUNT_PART_VALUES_MAX ? g_utf8_make_valid(v->value, -1) : g_strdup(COUNT_PART_OTHERS));
    }
    return kind;
}

static void kind_free(void *data)
{
    struct count_part_kind *kind = data;
    g_free(kind->name);
    g_ptr_array_unref(kind->values);
    g_free(kind);
}

/* ---- parts --------------------------------------------------------------------------------------------------------- */

struct parts_reading {
    struct count_parts *parts;
    struct store *const *stores;
    GArray *persons; /* uint8_t: of each viewing of all stores, one after the other */
    GPtrArray *keys; /* GArray * of uint8_t: of each kind, the place of each viewing's value */
};

static bool read_kind(struct parts_reading *r, const struct segment *segment, GError **error)
{
    const bool first = r->persons->len == 0;
    struct kind_reading k = {.met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                             .values = g_array_new(FALSE, FALSE, sizeof(struct value_count)),
                             .codes = g_array_new(FALSE, FALSE, sizeof(uint16_t)),
                             .persons = r->persons};
    bool done = true;
    for (guint i = 0; done && i < r->parts->n_stores; i++) {
        k.ids = first ? r->parts->viewings[i] : NULL;
        done = segment_each(r->stores[i], segment, take_viewing, &k, error);
    }
    assert(!done || k.codes->len == r->persons->len);
    g_autofree uint8_t *places = g_new0(uint8_t, k.values->len + 1);
    struct count_part_kind *kind = done ? kind_new(&k, segment, places) : NULL;
    if (kind && kind->values->len > 1) {
        GArray *key = g_array_sized_new(FALSE, FALSE, sizeof(uint8_t), k.codes->len);
        for (guint i = 0; i < k.codes->len; i++)
            g_array_append_val(key, places[g_array_index(k.codes, uint16_t, i)]);
        g_ptr_array_add(r->keys, key);
        g_ptr_array_add(r->parts->kinds, kind);
    } else if (kind)
        kind_free(kind);
    g_hash_table_unref(k.met);
    g_array_unref(k.values);
    g_array_unref(k.codes);
    return done;
}

/* What a viewing has of every kind, as one number. */
static uint64_t key_at(const struct parts_reading *r, guint viewing)
{
    uint64_t key = 0;
    for (guint k = 0; k < r->keys->len; k++)
        key |= (uint64_t)g_array_index((const GArray *)r->keys->pdata[k], uint8_t, viewing) << (k * VALUE_BITS);
    return key;
}

/* Numbers the parts that people's viewings are in. False: there are too many. */
static bool number_parts(struct parts_reading *r)
{
    struct count_parts *p = r->parts;
    g_autoptr(GHashTable) met = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autofree uint64_t *keys = g_new(uint64_t, COUNT_PARTS_MAX + 1);
    g_array_set_size(p->parts, 0);
    for (guint i = 0, at = 0; i < p->n_stores; i++)
        for (guint v = 0; v < p->viewings[i]->len; v++, at++) {
            const uint64_t key = key_at(r, at);
            const bool person = g_array_index(r->persons, uint8_t, at);
            guint known = GPOINTER_TO_UINT(g_hash_table_lookup(met, &key));
            if (person && !known) {
                if (p->parts->len == COUNT_PARTS_MAX)
                    return false;
                keys[p->parts->len] = key;
                g_array_append_val(p->parts, key);
                known = p->parts->len;
                g_hash_table_insert(met, &keys[known - 1], GUINT_TO_POINTER(known));
            }
            p->part[i][v] = (uint8_t)(person ? known - 1 : 0);
        }
    return true;
}

static int by_key(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Numbers the parts anew by their values, so that the same audience has the same parts in whatever order its viewings lie. */
static void order_parts(struct parts_reading *r)
{
    struct count_parts *p = r->parts;
    uint8_t place[COUNT_PARTS_MAX] = {0};
    g_autoptr(GArray) before = g_array_copy(p->parts);
    g_array_sort(p->parts, by_key);
    for (guint i = 0; i < before->len; i++) {
        const uint64_t *found =
            bsearch(&g_array_index(before, uint64_t, i), p->parts->data, p->parts->len, sizeof(uint64_t), by_key);
        place[i] = (uint8_t)(found - (const uint64_t *)(const void *)p->parts->data);
    }
    for (guint i = 0, at = 0; i < p->n_stores; i++)
        for (guint v = 0; v < p->viewings[i]->len; v++, at++)
            if (g_array_index(r->persons, uint8_t, at))
                p->part[i][v] = place[p->part[i][v]];
}

/* Leaves out the last kinds until there are few enough parts. */
static void settle_parts(struct parts_reading *r)
{
    struct count_parts *p = r->parts;
    for (guint i = 0; i < p->n_stores; i++)
        p->part[i] = g_new0(uint8_t, p->viewings[i]->len + 1);
    while (!number_parts(r)) {
        const struct count_part_kind *last = p->kinds->pdata[p->kinds->len - 1];
        g_ptr_array_add(p->left_out, g_strdup(last->name));
        g_ptr_array_set_size(p->kinds, (gint)p->kinds->len - 1);
        g_ptr_array_set_size(r->keys, (gint)r->keys->len - 1);
    }
    order_parts(r);
    if (p->parts->len == 0) { /* nobody is there */
        const uint64_t none = 0;
        g_array_append_val(p->parts, none);
    }
}

static void free_key(void *key)
{
    g_array_unref(key);
}

struct count_parts *count_parts_new(struct store *const *stores, guint n, const struct segment *kinds, guint n_kinds,
                                    GError **error)
{
    struct count_parts *p = g_new0(struct count_parts, 1);
    *p = (struct count_parts){.kinds = g_ptr_array_new_with_free_func(kind_free),
                              .left_out = g_ptr_array_new_with_free_func(g_free),
                              .parts = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
                              .viewings = g_new0(GArray *, n + 1),
                              .part = g_new0(uint8_t *, n + 1),
                              .n_stores = n};
    for (guint i = 0; i < n; i++)
        p->viewings[i] = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct parts_reading r = {p, stores, g_array_new(FALSE, FALSE, sizeof(uint8_t)),
                              g_ptr_array_new_with_free_func(free_key)};
    bool done = true;
    for (guint k = 0; done && k < MIN(n_kinds, COUNT_PART_KINDS_MAX); k++)
        done = read_kind(&r, &kinds[k], error);
    for (guint k = n_kinds; k > COUNT_PART_KINDS_MAX; k--)
        g_ptr_array_add(p->left_out, segment_name(&kinds[k - 1]));
    if (done)
        settle_parts(&r);
    g_array_unref(r.persons);
    g_ptr_array_unref(r.keys);
    if (!done)
        g_clear_pointer(&p, count_parts_free);
    return p;
}

void count_parts_free(struct count_parts *p)
{
    if (!p)
        return;
    for (guint i = 0; i < p->n_stores; i++) {
        g_array_unref(p->viewings[i]);
        g_free(p->part[i]);
    }
    g_free(p->viewings);
    g_free(p->part);
    g_array_unref(p->parts);
    g_ptr_array_unref(p->kinds);
    g_ptr_array_unref(p->left_out);
    g_free(p);
}

static int by_id(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

uint8_t count_parts_of(const struct count_parts *p, guint store, int64_t viewing)
{
    const GArray *ids = p->viewings[store];
    const int64_t *found = bsearch(&viewing, ids->data, ids->len, sizeof viewing, by_id);
    return found ? p->part[store][found - (const int64_t *)(const void *)ids->data] : 0;
}

guint count_parts_value(const struct count_parts *p, guint part, guint kind)
{
    assert(part < p->parts->len && kind < p->kinds->len);
    return (guint)(g_array_index(p->parts, uint64_t, part) >> (kind * VALUE_BITS)) & ((1u << VALUE_BITS) - 1);
}
