#include "telemetry/wire/wire_schema.h"

#include "base/json.h"
#include "telemetry/dictionary.h"
#include "telemetry/wire/batch.h"

#include <assert.h>
#include <string.h>

#define UUID   "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
#define BYTES  "^[0-9a-f]{64}$"
#define HASH   "^[0-9a-f]{16}$"
#define NUMBER "^[0-9]{1,20}$"

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

static void type(JsonBuilder *b, const char *name, bool may_be_empty)
{
    json_builder_set_member_name(b, "type");
    if (!may_be_empty) {
        json_builder_add_string_value(b, name);
        return;
    }
    json_builder_begin_array(b);
    json_builder_add_string_value(b, name);
    json_builder_add_string_value(b, "null");
    json_builder_end_array(b);
}

static void put_pattern(JsonBuilder *b, const char *name, const char *pattern, bool may_be_empty)
{
    json_put_object(b, name);
    type(b, "string", may_be_empty);
    json_put_text(b, "pattern", pattern);
    json_builder_end_object(b);
}

static void put_text(JsonBuilder *b, const char *name, int least, int most, bool may_be_empty)
{
    json_put_object(b, name);
    type(b, "string", may_be_empty);
    json_put_int(b, "minLength", least);
    json_put_int(b, "maxLength", most);
    json_builder_end_object(b);
}

static void put_number(JsonBuilder *b, const char *name, int64_t least, int64_t most, bool may_be_empty)
{
    json_put_object(b, name);
    type(b, "integer", may_be_empty);
    json_put_int(b, "minimum", least);
    json_put_int(b, "maximum", most);
    json_builder_end_object(b);
}

static void put_list(JsonBuilder *b, const char *name, int most)
{
    json_put_object(b, name);
    type(b, "array", false);
    json_put_int(b, "maxItems", most);
    put_text(b, "items", 1, WIRE_TEXT_MAX, false);
    json_builder_end_object(b);
}

static void put_code(JsonBuilder *b, const char *name, const char *set, bool may_be_empty)
{
    json_put_object(b, name);
    json_put_array(b, "enum");
    for (int64_t code = 0; *tel_word(set, code) != '?'; code++)
        json_add_text(b, tel_word(set, code));
    if (may_be_empty)
        json_builder_add_null_value(b);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_time_mode(JsonBuilder *b)
{
    static const int modes[] = {0, 1, 2, 3, 5, 10};
    json_put_object(b, "time_mode");
    json_put_array(b, "enum");
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        json_builder_add_int_value(b, modes[i]);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* An object: `names` (ended by NULL) are its members, all wanted; then the caller puts what each is, and ends it. */
static void begin_object(JsonBuilder *b, const char *what, const char *const *names)
{
    if (what)
        json_put_text(b, "description", what);
    type(b, "object", false);
    json_put_bool(b, "additionalProperties", false);
    json_put_array(b, "required");
    for (int i = 0; names[i]; i++)
        json_add_text(b, names[i]);
    json_builder_end_array(b);
    json_put_object(b, "properties");
}

static void end_object(JsonBuilder *b)
{
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void put_field(JsonBuilder *b, const struct wire_field *f)
{
    if (f->type == WIRE_CODE)
        put_code(b, f->name, f->set, f->may_be_empty);
    else if (f->type == WIRE_NAMES)
        put_list(b, f->name, TEL_OPTIONS_MAX);
    else if (f->type == WIRE_NAME)
        put_text(b, f->name, 1, WIRE_TEXT_MAX, f->may_be_empty);
    else if (strcmp(f->name, "time_mode") == 0)
        put_time_mode(b);
    else
        put_number(b, f->name, f->low, f->high, f->may_be_empty);
}

static void add_kind(JsonBuilder *b, enum tel_kind kind)
{
    size_t n;
    const struct wire_field *fields = wire_fields(kind, &n);
    const char *names[3 + WIRE_FIELDS_MAX + 1] = {"seq", "at_ms", "event"};
    for (size_t i = 0; i < n; i++)
        names[3 + i] = fields[i].name;
    json_builder_begin_object(b);
    begin_object(b, dictionary_find(wire_kind_name(kind), NULL)->what, names);
    put_number(b, "seq", 1, WIRE_SEQ_MAX, false);
    put_number(b, "at_ms", 0, WIRE_US_MAX, false);
    json_put_object(b, "event");
    json_put_text(b, "const", wire_kind_name(kind));
    json_builder_end_object(b);
    for (size_t i = 0; i < n; i++)
        put_field(b, &fields[i]);
    end_object(b);
}

static void put_events(JsonBuilder *b)
{
    json_put_object(b, "events");
    type(b, "array", false);
    json_put_int(b, "minItems", 1);
    json_put_int(b, "maxItems", WIRE_EVENTS_MAX);
    json_put_object(b, "items");
    json_put_array(b, "oneOf");
    for (enum tel_kind kind = 0; kind < TEL_KINDS; kind++)
        add_kind(b, kind);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_builder_end_object(b);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void put_story(JsonBuilder *b)
{
    static const char *const names[] = {"id", "version", "hash", NULL};
    json_put_object(b, "story");
    begin_object(b, "Which version of which story the viewing is of", names);
    put_text(b, "id", 1, WIRE_TEXT_MAX, false);
    put_text(b, "version", 0, WIRE_TEXT_MAX, false);
    put_pattern(b, "hash", HASH, false);
    end_object(b);
}

static void put_consent(JsonBuilder *b)
{
    static const char *const names[] = {"text", "language", "answered_ms", NULL};
    json_put_object(b, "consent");
    begin_object(b, "What the viewer was asked (SHA-256 of that text), in which language, and when they said yes",
                 names);
    put_pattern(b, "text", BYTES, false);
    put_text(b, "language", 1, TEL_WORD_SIZE - 1, false);
    put_number(b, "answered_ms", 1, WIRE_MS_MAX, false);
    end_object(b);
}

static void put_viewing(JsonBuilder *b)
{
    static const char *const names[] = {"id",  "started_ms", "mode",      "chooser", "time_mode", "seed", "engine",
                                        "nth", "language",   "subtitles", "channel", "arms",      NULL};
    json_put_object(b, "viewing");
    begin_object(b, "The viewing, as in every batch of it", names);
    put_pattern(b, "id", UUID, false);
    put_number(b, "started_ms", 0, WIRE_MS_MAX, false);
    put_code(b, "mode", "MODE", false);
    put_code(b, "chooser", "CHOOSER", false);
    put_time_mode(b);
    put_pattern(b, "seed", NUMBER, false);
    put_text(b, "engine", 1, (int)sizeof((struct tel_viewing *)0)->engine - 1, false);
    put_number(b, "nth", 1, G_MAXINT32, true);
    put_text(b, "language", 1, TEL_WORD_SIZE - 1, true);
    put_number(b, "subtitles", 0, 1, true);
    put_text(b, "channel", 1, TEL_WORD_SIZE - 1, true);
    put_list(b, "arms", TEL_VIEWING_ARMS);
    end_object(b);
}

char *wire_schema(void)
{
    static const char *const names[] = {"format", "batch", "story", "consent", "viewing", "viewer",
                                        "key",    "from",  "to",    "sent_ms", "events",  NULL};
    g_autoptr(JsonBuilder) b = json_builder_new();
    GString *out = g_string_new(NULL);
    json_builder_begin_object(b);
    json_put_text(b, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_put_text(b, "title", "A batch of events on its way to a collector");
    begin_object(b, NULL, names);
    json_put_object(b, "format");
    json_put_int(b, "const", WIRE_FORMAT);
    json_builder_end_object(b);
    put_pattern(b, "batch", UUID, false);
    put_story(b);
    put_consent(b);
    put_viewing(b);
    put_pattern(b, "viewer", BYTES, true);
    put_pattern(b, "key", BYTES, false);
    put_number(b, "from", 1, WIRE_SEQ_MAX, false);
    put_number(b, "to", 1, WIRE_SEQ_MAX, false);
    put_number(b, "sent_ms", 0, WIRE_MS_MAX, false);
    put_events(b);
    end_object(b);
    json_put_document(b, true, out);
    return g_string_free(out, FALSE);
}
