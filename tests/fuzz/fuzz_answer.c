/*
 * Any bytes are what a collector, or whatever stands at its address, answers to a batch or to erasures: it is no answer and is taken for one
 * of a proxy, or one that is said in the same way when it is written and read again.
 */
#include "file.h"
#include "telemetry/wire/erasure.h"

#include <string.h>

#define ERASURES 2

static void look_at_batch(int status, const char *json, size_t size)
{
    int64_t acknowledged = -1, again = -1;
    struct wire_refusal r = {0}, same = {0};
    const bool answered = wire_answer_read(status, json, size, &acknowledged, &r);
    g_assert_true(g_utf8_validate(r.message, -1, NULL));
    g_assert_true(answered || r.code == WIRE_NO_BUSY || r.code == WIRE_NO_NOT_FOUND);
    g_assert_true((r.code == WIRE_TAKEN) == (acknowledged > 0) && (r.code != WIRE_TAKEN || status == 200));
    if (!answered)
        return;
    GString *text = r.code == WIRE_TAKEN ? wire_acknowledgement_write("", acknowledged) : wire_refusal_write(&r);
    g_assert_true(wire_answer_read(status, text->str, text->len, &again, &same));
    g_assert_true(again == acknowledged && same.code == r.code);
    g_assert_true(r.code != WIRE_NO_HOLE || same.expected == r.expected);
    g_string_free(text, TRUE);
}

static void look_at_erasures(const char *json, size_t size)
{
    static const char *const ids[ERASURES] = {"0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001",
                                              "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0002"};
    struct wire_erasure all[ERASURES] = {0}, same[ERASURES] = {0};
    for (int i = 0; i < ERASURES; i++) {
        g_strlcpy(all[i].viewing, ids[i], sizeof all[i].viewing);
        g_strlcpy(same[i].viewing, ids[i], sizeof same[i].viewing);
    }
    if (!wire_erased_read(json, size, all, ERASURES))
        return;
    GString *text = wire_erased_write(all, ERASURES);
    g_assert_true(wire_erased_read(text->str, text->len, same, ERASURES));
    for (int i = 0; i < ERASURES; i++) {
        g_assert_true(strcmp(all[i].viewing, ids[i]) == 0 && all[i].refused < WIRE_CODES);
        g_assert_true(all[i].confirmed_ms > 0 || all[i].refused != WIRE_TAKEN);
        g_assert_true(all[i].confirmed_ms == same[i].confirmed_ms && all[i].refused == same[i].refused);
    }
    g_string_free(text, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 204, 301, 400, 403, 404, 408, 409, 410, 413, 422, 429, 500, 503};
    if (size == 0)
        return 0;
    const size_t which = data[0] % (G_N_ELEMENTS(statuses) + 1);
    if (which == G_N_ELEMENTS(statuses))
        look_at_erasures((const char *)data + 1, size - 1);
    else
        look_at_batch(statuses[which], (const char *)data + 1, size - 1);
    return 0;
}
