#include "telemetry/wire/members.h"

#include "base/hex.h"
#include "base/json.h"
#include "telemetry/wire/batch.h"

#include <assert.h>
#include <string.h>

enum { DEPTH_MAX = 5 }; /* of brackets within each other: {events: [{menu: []}]} */

JsonNode *wire_document(const char *json, gsize n, struct wire_refusal *refusal)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonParser) parser = json_read(json, n, DEPTH_MAX, &error);
    JsonNode *root = parser ? json_parser_get_root(parser) : NULL;
    if (root && JSON_NODE_HOLDS_OBJECT(root))
        return json_parser_steal_root(parser);
    wire_refuse(refusal, WIRE_NO_MALFORMED, "it is no JSON object%s%s", error ? ": " : "", error ? error->message : "");
    return NULL;
}

struct wire_members wire_members_of(JsonObject *object, const char *place, bool *failed, struct wire_refusal *refusal)
{
    struct wire_members m = {.object = object, .failed = failed, .refusal = refusal};
    g_strlcpy(m.place, place, sizeof m.place);
    return m;
}

void wire_mistake(struct wire_members *m, const char *name, const char *wanted)
{
    if (!*m->failed)
        wire_refuse(m->refusal, WIRE_NO_INVALID, "%s%s: %s is wanted", m->place, name, wanted);
    *m->failed = true;
}

/* The member, if it is there and is no mistake; *known: it may be missing or null. */
static JsonNode *take(struct wire_members *m, const char *name, bool *known, const char *wanted)
{
    JsonNode *node = m->object ? json_object_get_member(m->object, name) : NULL;
    m->taken += node != NULL;
    if (known)
        *known = node && !JSON_NODE_HOLDS_NULL(node);
    if (node && !JSON_NODE_HOLDS_NULL(node))
        return node;
    if (!known)
        wire_mistake(m, name, wanted);
    return NULL;
}

struct wire_members wire_object(struct wire_members *m, const char *name)
{
    JsonNode *node = take(m, name, NULL, "an object");
    g_autofree char *place = g_strconcat(m->place, name, ".", NULL);
    if (node && !JSON_NODE_HOLDS_OBJECT(node))
        wire_mistake(m, name, "an object");
    return wire_members_of(node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL, place, m->failed,
                           m->refusal);
}

JsonArray *wire_array(struct wire_members *m, const char *name)
{
    JsonNode *node = take(m, name, NULL, "a list");
    if (node && JSON_NODE_HOLDS_ARRAY(node))
        return json_node_get_array(node);
    wire_mistake(m, name, "a list");
    return NULL;
}

int64_t wire_number(struct wire_members *m, const char *name, bool *known)
{
    JsonNode *node = take(m, name, known, "a whole number");
    if (!node)
        return 0;
    if (json_node_get_value_type(node) == G_TYPE_INT64)
        return json_node_get_int(node);
    wire_mistake(m, name, "a whole number");
    return 0;
}

const char *wire_text(struct wire_members *m, const char *name, bool *known)
{
    JsonNode *node = take(m, name, known, "a text");
    if (!node)
        return "";
    if (json_node_get_value_type(node) == G_TYPE_STRING)
        return json_node_get_string(node);
    wire_mistake(m, name, "a text");
    return "";
}

void wire_bytes(struct wire_members *m, const char *name, bool *known, uint8_t *bytes, gsize n)
{
    const char *text = wire_text(m, name, known);
    if ((!known || *known) && !*m->failed && !hex_parse(text, n, bytes))
        wire_mistake(m, name, "bytes in hexadecimal digits");
}

char *wire_list(struct wire_members *m, const char *name, guint most)
{
    JsonArray *array = wire_array(m, name);
    g_autoptr(GString) list = g_string_new(NULL);
    const guint n = array ? json_array_get_length(array) : 0;
    if (n > most)
        wire_mistake(m, name, "a shorter list");
    for (guint i = 0; i < MIN(n, most); i++) {
        JsonNode *node = json_array_get_element(array, i);
        const bool text = json_node_get_value_type(node) == G_TYPE_STRING && *json_node_get_string(node) &&
                          !strstr(json_node_get_string(node), WIRE_SEPARATOR);
        if (!text)
            wire_mistake(m, name, "a list of texts");
        if (text && i > 0)
            g_string_append(list, WIRE_SEPARATOR);
        if (text)
            g_string_append(list, json_node_get_string(node));
    }
    return g_strdup(list->str);
}

void wire_members_end(struct wire_members *m)
{
    if (m->object && m->taken != json_object_get_size(m->object))
        wire_mistake(m, "*", "no other member than those of the format");
}
