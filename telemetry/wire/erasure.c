#include "telemetry/wire/erasure.h"

#include "base/hex.h"
#include "base/json.h"
#include "telemetry/wire/members.h"

#include <assert.h>
#include <string.h>

static GString *finish(JsonBuilder *b)
{
    GString *out = g_string_new(NULL);
    json_builder_end_object(b);
    json_put_document(b, false, out);
    return out;
}

GString *wire_erasures_write(const struct wire_erasure *all, guint n)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_int(b, "format", WIRE_FORMAT);
    json_put_array(b, "erasures");
    for (guint i = 0; i < n; i++) {
        char key[2 * WIRE_KEY_SIZE + 1];
        hex_print(all[i].key, WIRE_KEY_SIZE, key);
        json_builder_begin_object(b);
        json_put_text(b, "viewing", all[i].viewing);
        json_put_text(b, "key", key);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    return finish(b);
}

static void read_erasure(struct wire_members *m, GArray *all)
{
    struct wire_erasure e = {0};
    const char *id = wire_text(m, "viewing", NULL);
    if (!g_uuid_string_is_valid(id))
        wire_mistake(m, "viewing", "a UUID");
    g_strlcpy(e.viewing, id, sizeof e.viewing);
    wire_bytes(m, "key", NULL, e.key, sizeof e.key);
    wire_members_end(m);
    g_array_append_val(all, e);
}

static bool read_erasures(const struct wire_document *d, GArray *all, struct wire_refusal *refusal)
{
    bool failed = false;
    struct wire_members m = wire_document_members(d, &failed, refusal);
    if (wire_number(&m, "format", NULL) != WIRE_FORMAT && !failed)
        return wire_refuse(refusal, WIRE_NO_FORMAT, "this format is not known here");
    struct wire_array array = wire_array(&m, "erasures");
    if (array.n == 0 || array.n > WIRE_ERASURES_MAX)
        wire_mistake(&m, "erasures", "a list, and not a longer one than a collector takes");
    for (guint i = 0; array.n > 0 && !failed; i++) {
        struct wire_members one = wire_element(&array, "erasures", i, &m);
        read_erasure(&one, all);
    }
    wire_members_end(&m);
    return !failed;
}

GArray *wire_erasures_read(const char *json, gsize n, struct wire_refusal *refusal)
{
    *refusal = (struct wire_refusal){0};
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct wire_erasure));
    struct wire_document *d = wire_document_read(json, n, refusal);
    const bool good = d && read_erasures(d, all, refusal);
    wire_document_free(d);
    return good ? g_steal_pointer(&all) : NULL;
}

GString *wire_erased_write(const struct wire_erasure *all, guint n)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_array(b, "erasures");
    for (guint i = 0; i < n; i++) {
        json_builder_begin_object(b);
        json_put_text(b, "viewing", all[i].viewing);
        if (all[i].refused == WIRE_TAKEN)
            json_put_int(b, "confirmed_ms", all[i].confirmed_ms);
        else
            json_put_text(b, "error", wire_code_word(all[i].refused));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    return finish(b);
}

static bool read_erased(struct wire_members *m, struct wire_erasure *e)
{
    bool known, refused;
    const char *id = wire_text(m, "viewing", NULL);
    const int64_t ms = wire_number(m, "confirmed_ms", &known);
    const char *word = wire_text(m, "error", &refused);
    if (*m->failed || strcmp(id, e->viewing) != 0 || known == refused || (known && ms <= 0))
        return false;
    e->confirmed_ms = known ? ms : 0;
    e->refused = known ? WIRE_TAKEN : WIRE_NO_KEY;
    return known || strcmp(word, wire_code_word(WIRE_NO_KEY)) == 0;
}

bool wire_erased_read(const char *json, gsize n, struct wire_erasure *all, guint count)
{
    struct wire_refusal refusal = {0};
    bool failed = false;
    struct wire_document *d = wire_document_read(json, n, &refusal);
    if (!d)
        return false;
    struct wire_members m = wire_document_members(d, &failed, &refusal);
    struct wire_array array = wire_array(&m, "erasures");
    bool right = !failed && array.n == count;
    for (guint i = 0; right && i < count; i++) {
        struct wire_members one = wire_element(&array, "erasures", i, &m);
        right = read_erased(&one, &all[i]);
    }
    wire_document_free(d);
    return right;
}

GString *wire_acknowledgement_write(const char *viewing, int64_t acknowledged)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "viewing", viewing);
    json_put_int(b, "acknowledged", acknowledged);
    return finish(b);
}

GString *wire_refusal_write(const struct wire_refusal *r)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    assert(r->code != WIRE_TAKEN);
    json_builder_begin_object(b);
    json_put_text(b, "error", wire_code_word(r->code));
    json_put_text(b, "message", r->message);
    if (r->code == WIRE_NO_HOLE)
        json_put_int(b, "expected", r->expected);
    json_put_bool(b, "retry", wire_code_retry(r->code));
    return finish(b);
}

static bool read_answer(int status, const struct wire_document *d, int64_t *acknowledged, struct wire_refusal *refusal)
{
    struct wire_refusal broken = {0};
    bool failed = false, refused, known;
    struct wire_members m = wire_document_members(d, &failed, &broken);
    const int64_t number = wire_number(&m, "acknowledged", &known);
    const char *word = wire_text(&m, "error", &refused);
    const char *message = wire_text(&m, "message", &(bool){false});
    const int64_t expected = wire_number(&m, "expected", &(bool){false});
    const enum wire_code code = refused ? wire_code_find(word) : WIRE_TAKEN;
    const bool taken = status == 200 && known && !refused && number > 0;
    *refusal = (struct wire_refusal){0};
    if (!d || failed || (!taken && (code == WIRE_TAKEN || code == WIRE_CODES || wire_code_http(code) != status))) {
        const bool passes = status >= 500 || status == 408 || status == 429;
        return wire_refuse(refusal, passes ? WIRE_NO_BUSY : WIRE_NO_NOT_FOUND,
                           "HTTP status %d without an answer of a collector", status);
    }
    if (taken)
        *acknowledged = number;
    else
        wire_refuse(refusal, code, "%s", message);
    refusal->expected = taken ? 0 : expected;
    return true;
}

bool wire_answer_read(int status, const char *json, gsize n, int64_t *acknowledged, struct wire_refusal *refusal)
{
    struct wire_refusal broken = {0};
    struct wire_document *d = wire_document_read(json, n, &broken);
    const bool right = read_answer(status, d, acknowledged, refusal);
    wire_document_free(d);
    return right;
}
