#include "adopt/moments_read.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

/* Deeper than any published one; the search calls itself for each level. */
#define DEPTH_MAX 256

/* Numbers below are exact. */
#define WHOLE_MAX 1e15

/* The first object that has this member, whatever it is wrapped in. */
static JsonObject *find(JsonNode *n, const char *member)
{
    JsonObject *o = moments_as_object(n), *found = NULL;
    JsonArray *a = moments_as_array(n);
    if (o && json_get_object(o, member))
        return o;
    g_autoptr(GList) members = o ? json_object_get_values(o) : a ? json_array_get_elements(a) : NULL;
    for (GList *l = members; l && !found; l = l->next)
        found = find(l->data, member);
    return found;
}

/* Web players keep a document as a script, `SegmentMap = {…};`: what stands around the braces is left out. */
static void skip_script(const char **text, gsize *len)
{
    const char *brace = memchr(*text, '{', *len), *end = *text + *len;
    const char *equals = brace ? memchr(*text, '=', (gsize)(brace - *text)) : NULL;
    if (!equals)
        return;
    for (const char *p = equals + 1; p < brace; p++)
        if (!g_ascii_isspace(*p))
            return;
    while (end > brace && (g_ascii_isspace(end[-1]) || end[-1] == ';'))
        end--;
    *text = brace;
    *len = (gsize)(end - brace);
}

bool moments_file_read(struct moments_file *f, const char *text, gsize len, const char *name, GError **error)
{
    skip_script(&text, &len);
    *f = (struct moments_file){.parser = json_read(text, len, DEPTH_MAX, error)};
    if (!f->parser) {
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    JsonNode *root = json_parser_get_root(f->parser);
    f->segments = find(root, "segments");
    f->moments = find(root, "momentsBySegment");
    if (f->segments || f->moments)
        return true;
    g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
                "%s: it holds neither `segments` nor `momentsBySegment`, so it is none of the two documents", name);
    return false;
}

void moments_file_clear(struct moments_file *f)
{
    g_clear_object(&f->parser);
    *f = (struct moments_file){0};
}

JsonObject *moments_as_object(JsonNode *n)
{
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

JsonArray *moments_as_array(JsonNode *n)
{
    return n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
}

const char *moments_as_text(JsonNode *n)
{
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_STRING ? json_node_get_string(n)
                                                                                         : NULL;
}

bool moments_as_int(JsonNode *n, int64_t *out)
{
    const GType type = n && JSON_NODE_HOLDS_VALUE(n) ? json_node_get_value_type(n) : G_TYPE_INVALID;
    const double number = type == G_TYPE_DOUBLE ? json_node_get_double(n) : 0.5;
    const bool whole = type == G_TYPE_DOUBLE && fabs(number) < WHOLE_MAX && number == rint(number);
    if (type == G_TYPE_INT64)
        *out = json_node_get_int(n);
    else if (whole)
        *out = llrint(number);
    return type == G_TYPE_INT64 || whole;
}

bool moments_as_bool(JsonNode *n, bool *out)
{
    const bool is = n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_BOOLEAN;
    if (is)
        *out = json_node_get_boolean(n);
    return is;
}

static JsonNode *member(JsonObject *o, const char *key)
{
    return o ? json_object_get_member(o, key) : NULL;
}

int64_t moments_int(JsonObject *o, const char *key, int64_t otherwise)
{
    int64_t n;
    return moments_as_int(member(o, key), &n) ? n : otherwise;
}

bool moments_bool(JsonObject *o, const char *key, bool otherwise)
{
    bool b;
    return moments_as_bool(member(o, key), &b) ? b : otherwise;
}
