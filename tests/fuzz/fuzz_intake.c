/*
 * Any bytes are the body of a request to a collector, plain or as gzip: it is refused with a reason, or what it holds is written and read again
 * as the same, and names nothing that the story has not.
 */
#include "file.h"
#include "telemetry/collect/intake.h"
#include "unit/wire_test.h"

#define TOKEN "0123456789abcdef"

static struct wire_catalogue *catalogue;
static struct tokens *tokens;

static void prepare(void)
{
    const char line[] = "org.example.night-bus " TOKEN "\n";
    catalogue = wire_test_catalogue();
    tokens = tokens_read(fuzz_file((const uint8_t *)line, strlen(line)), NULL);
    g_assert_nonnull(tokens);
}

static void look_at_batch(struct collect_item *item)
{
    struct wire_refusal refusal;
    const struct tel_story *story = wire_catalogue_at(catalogue, (guint)item->story);
    GString *json = wire_batch_write(item->batch);
    struct wire_batch *again = wire_batch_read(json->str, json->len, &refusal);
    g_assert_nonnull(again);
    GString *same = wire_batch_write(again);
    g_assert_true(g_string_equal(json, same));
    for (guint i = 0; i < item->batch->events->len; i++) {
        const struct wire_event *e = &g_array_index(item->batch->events, struct wire_event, i);
        if (e->kind != TEL_EXPOSURE)
            continue;
        const struct tel_menu menu = wire_menu(story, e);
        for (int o = 0; o < menu.n; o++)
            g_assert_true(menu.options[o] < story->decisions[menu.decision].n_options);
    }
    wire_batch_free(again);
    g_string_free(json, TRUE);
    g_string_free(same, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!catalogue)
        prepare();
    if (size == 0)
        return 0;
    const struct intake in = {.kind = data[0] & 1 ? INTAKE_ERASURES : INTAKE_BATCH,
                              .gzip = data[0] & 2,
                              .token = TOKEN,
                              .body = data + 1,
                              .size = size - 1};
    struct collect_item item;
    struct wire_refusal refusal;
    const bool taken = intake_read(&in, catalogue, tokens, &item, &refusal);
    g_assert_true(taken == (refusal.code == WIRE_TAKEN) && (taken || *refusal.message));
    g_assert_true(g_utf8_validate(refusal.message, -1, NULL));
    if (taken && item.batch)
        look_at_batch(&item);
    g_assert_true(taken || (!item.batch && !item.erasures));
    intake_clear(&item);
    return 0;
}
