#include "base/hex.h"
#include "base/json.h"
#include "telemetry/wire/batch.h"

#include <assert.h>
#include <inttypes.h>

static void put_hex(JsonBuilder *b, const char *name, const uint8_t bytes[WIRE_KEY_SIZE])
{
    char text[2 * WIRE_KEY_SIZE + 1];
    hex_print(bytes, WIRE_KEY_SIZE, text);
    json_put_text(b, name, text);
}

static void put_list(JsonBuilder *b, const char *name, const char *list)
{
    g_auto(GStrv) names = g_strsplit(list, WIRE_SEPARATOR, -1);
    json_put_array(b, name);
    for (int i = 0; names[i]; i++)
        json_add_text(b, names[i]);
    json_builder_end_array(b);
}

static void put_null(JsonBuilder *b, const char *name)
{
    json_builder_set_member_name(b, name);
    json_builder_add_null_value(b);
}

static void put_value(JsonBuilder *b, const struct wire_field *f, const struct wire_value *v)
{
    if (!v->known)
        put_null(b, f->name);
    else if (f->type == WIRE_NUMBER)
        json_put_int(b, f->name, v->number);
    else if (f->type == WIRE_CODE)
        json_put_text(b, f->name, tel_word(f->set, v->number));
    else if (f->type == WIRE_NAMES)
        put_list(b, f->name, v->text);
    else
        json_put_text(b, f->name, v->text);
}

static void put_event(JsonBuilder *b, const struct wire_event *e)
{
    size_t n;
    const struct wire_field *fields = wire_fields(e->kind, &n);
    json_builder_begin_object(b);
    json_put_int(b, "seq", e->seq);
    json_put_int(b, "at_ms", e->at_ms);
    json_put_text(b, "event", wire_kind_name(e->kind));
    for (size_t i = 0; i < n; i++)
        put_value(b, &fields[i], &e->values[i]);
    json_builder_end_object(b);
}

static void put_story(JsonBuilder *b, const struct wire_batch *batch)
{
    g_autofree char *hash = g_strdup_printf("%016" PRIx64, batch->story_hash);
    json_put_object(b, "story");
    json_put_text(b, "id", batch->story);
    json_put_text(b, "version", batch->version);
    json_put_text(b, "hash", hash);
    json_builder_end_object(b);
}

static void put_consent(JsonBuilder *b, const struct wire_batch *batch)
{
    json_put_object(b, "consent");
    put_hex(b, "text", batch->consent);
    json_put_text(b, "language", batch->consent_language);
    json_put_int(b, "answered_ms", batch->answered_ms);
    json_builder_end_object(b);
}

static void put_number_if(JsonBuilder *b, const char *name, bool known, int64_t number)
{
    if (known)
        json_put_int(b, name, number);
    else
        put_null(b, name);
}

static void put_viewing(JsonBuilder *b, const struct wire_batch *batch)
{
    g_autofree char *seed = g_strdup_printf("%" PRIu64, (uint64_t)batch->seed);
    json_put_object(b, "viewing");
    json_put_text(b, "id", batch->viewing);
    json_put_int(b, "started_ms", batch->started_ms);
    json_put_text(b, "mode", tel_word("MODE", batch->mode));
    json_put_text(b, "chooser", tel_word("CHOOSER", batch->chooser));
    json_put_int(b, "time_mode", batch->time_mode);
    json_put_text(b, "seed", seed);
    json_put_text(b, "engine", batch->engine);
    put_number_if(b, "nth", batch->nth > 0, batch->nth);
    json_put_text(b, "language", batch->language);
    put_number_if(b, "subtitles", batch->subtitles != TEL_NONE, batch->subtitles);
    json_put_text(b, "channel", batch->channel);
    put_list(b, "arms", batch->arms);
    json_builder_end_object(b);
}

GString *wire_batch_write(const struct wire_batch *batch)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    GString *out = g_string_new(NULL);
    assert(batch->events && batch->strings);
    json_builder_begin_object(b);
    json_put_int(b, "format", WIRE_FORMAT);
    json_put_text(b, "batch", batch->id);
    put_story(b, batch);
    put_consent(b, batch);
    put_viewing(b, batch);
    if (batch->linked)
        put_hex(b, "viewer", batch->viewer);
    else
        put_null(b, "viewer");
    put_hex(b, "key", batch->key);
    json_put_int(b, "from", batch->from);
    json_put_int(b, "to", batch->to);
    json_put_int(b, "sent_ms", batch->sent_ms);
    json_put_array(b, "events");
    for (guint i = 0; i < batch->events->len; i++)
        put_event(b, &g_array_index(batch->events, struct wire_event, i));
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, false, out);
    return out;
}
