#include "base/json.h"

#include "base/safe.h"

#include <math.h>
#include <string.h>

void json_put_int(JsonBuilder *b, const char *key, int64_t value)
{
    json_builder_set_member_name(b, key);
    json_builder_add_int_value(b, value);
}

void json_put_bool(JsonBuilder *b, const char *key, bool value)
{
    json_builder_set_member_name(b, key);
    json_builder_add_boolean_value(b, value);
}

void json_put_real(JsonBuilder *b, const char *key, double value)
{
    json_builder_set_member_name(b, key);
    json_builder_add_double_value(b, value);
}

void json_put_rounded(JsonBuilder *b, const char *key, double value, bool known)
{
    json_builder_set_member_name(b, key);
    json_add_rounded(b, value, known);
}

void json_add_rounded(JsonBuilder *b, double value, bool known)
{
    if (known)
        json_builder_add_double_value(b, round(value * 1e6) / 1e6);
    else
        json_builder_add_null_value(b);
}

void json_put_text(JsonBuilder *b, const char *key, const char *text)
{
    json_builder_set_member_name(b, key);
    json_add_text(b, text);
}

void json_add_text(JsonBuilder *b, const char *text)
{
    if (!text) {
        json_builder_add_null_value(b);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    json_builder_add_string_value(b, valid);
}

void json_put_object(JsonBuilder *b, const char *key)
{
    json_builder_set_member_name(b, key);
    json_builder_begin_object(b);
}

void json_put_array(JsonBuilder *b, const char *key)
{
    json_builder_set_member_name(b, key);
    json_builder_begin_array(b);
}

void json_put_document(JsonBuilder *b, bool pretty, GString *out)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(b);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, pretty);
    g_autofree char *text = json_generator_to_data(generator, NULL);
    const gsize from = out->len;
    g_string_append(out, text);
    safe_json(out, from);
    g_string_append_c(out, '\n');
}

static JsonNode *member_of(JsonObject *o, const char *member, JsonNodeType type)
{
    JsonNode *n = o ? json_object_get_member(o, member) : NULL;
    return n && JSON_NODE_TYPE(n) == type ? n : NULL;
}

JsonObject *json_get_object(JsonObject *o, const char *member)
{
    JsonNode *n = member_of(o, member, JSON_NODE_OBJECT);
    return n ? json_node_get_object(n) : NULL;
}

JsonArray *json_get_array(JsonObject *o, const char *member)
{
    JsonNode *n = member_of(o, member, JSON_NODE_ARRAY);
    return n ? json_node_get_array(n) : NULL;
}

const char *json_get_text(JsonObject *o, const char *member)
{
    JsonNode *n = member_of(o, member, JSON_NODE_VALUE);
    return n && json_node_get_value_type(n) == G_TYPE_STRING ? json_node_get_string(n) : NULL;
}

int64_t json_get_int(JsonObject *o, const char *member, int64_t otherwise)
{
    JsonNode *n = member_of(o, member, JSON_NODE_VALUE);
    return n && json_node_get_value_type(n) == G_TYPE_INT64 ? json_node_get_int(n) : otherwise;
}

JsonObject *json_object_of(JsonArray *a, guint i)
{
    JsonNode *n = a && i < json_array_get_length(a) ? json_array_get_element(a, i) : NULL;
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

/* NULL: json-glib may read it. */
static const char *not_plain(const char *text, gsize len, int depth_max)
{
    int depth = 0, values = 0;
    bool quoted = false, over = false;
    if (!g_utf8_validate(text, (gssize)len, NULL))
        return "it is no text in UTF-8";
    for (gsize i = 0; i < len; i++) {
        const char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
            continue;
        }
        if (g_ascii_isspace(c))
            continue;
        if (over)
            return "something follows its end";
        if (depth == 0 && c != '{' && c != '[')
            return "it begins with neither { nor [";
        if (!g_ascii_isalnum(c) && !strchr("{}[]\",:+-.", c))
            return "it holds characters that JSON has in texts only";
        quoted = c == '"';
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        over = depth == 0;
        values += c == '{' || c == '[' || c == ',';
        if (depth > depth_max)
            return "it is nested too deeply";
        if (values > JSON_VALUES_MAX)
            return "it holds more than " G_STRINGIFY(JSON_VALUES_MAX) " values";
    }
    return NULL;
}

JsonParser *json_read(const char *text, gsize len, int depth_max, GError **error)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* some editors begin a file with it */
    g_autoptr(JsonParser) parser = json_parser_new();
    if (len >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
        text += strlen(mark);
        len -= strlen(mark);
    }
    const char *why = len == 0 ? "it is empty" : not_plain(text, len, depth_max);
    if (!why && !json_parser_load_from_data(parser, text, (gssize)len, error))
        return NULL;
    if (!why && !json_parser_get_root(parser))
        why = "it is empty";
    if (!why)
        return g_steal_pointer(&parser);
    g_set_error_literal(error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE, why);
    return NULL;
}
