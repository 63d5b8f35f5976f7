/*
 * Any bytes are the kept counts of a store: they are refused, or they are a sound tally whose own bytes give the same
 * counts again. They are compressed here, because a fuzzer does not guess how.
 */
#include "file.h"
#include "packed.h"
#include "telemetry/count/tally.h"

static void check_same(const struct tally *a, const struct tally *b)
{
    g_assert_cmpuint(a->cells->len, ==, b->cells->len);
    for (guint i = 0; i < a->cells->len; i++) {
        const struct tally_cell *x = &g_array_index(a->cells, struct tally_cell, i),
                                *y = &g_array_index(b->cells, struct tally_cell, i);
        g_assert_true(x->key == y->key && x->b == y->b && x->n == y->n);
    }
}

static void check_tally(struct tally *t)
{
    struct tally *again = tally_new(), *twice = tally_new();
    struct tally_total total = {0};
    g_assert_true(tally_check(t));
    GByteArray *bytes = tally_encode(t);
    g_assert_true(tally_decode(again, bytes->data, bytes->len));
    check_same(t, again);
    tally_merge(twice, t);
    tally_merge(twice, again);
    g_assert_true(tally_check(twice) && twice->cells->len == t->cells->len);
    if (tally_add_total(twice, &total))
        g_assert_true(total.counts <= TALLY_COUNTS_MOST && total.lengths_us <= TALLY_LENGTHS_MOST);
    g_byte_array_unref(bytes);
    tally_free(again);
    tally_free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[PACKED_MAX];
    struct tally *t = tally_new();
    g_assert_false(tally_decode(t, data, MIN(size, 2)) && t->cells->len > 0);
    if (size <= PACKED_FROM_MAX && tally_decode(t, bytes, packed(data, size, bytes)))
        check_tally(t);
    tally_free(t);
    return 0;
}
