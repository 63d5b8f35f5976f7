#include "report/template.h"

#include "base/safe.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Templates nested more deeply than this must include themselves. */
#define DEPTH_MAX 32

struct filler {
    template_find *find;
    GString *out;
    int depth;
};

enum tag_kind { TAG_TEXT, TAG_RAW, TAG_SECTION, TAG_INVERTED, TAG_CLOSE, TAG_INCLUDE, TAG_COMMENT };

struct tag {
    enum tag_kind kind;
    char name[48];
    const char *end; /* behind the closing braces */
};

/* ---- text -------------------------------------------------------------------------------------------------------- */

static bool at_line_start(const GString *out)
{
    return out->len == 0 || out->str[out->len - 1] == '\n';
}

/* The template's own text, without indentation and empty lines. */
static void put_markup(GString *out, const char *text, const char *end)
{
    for (const char *p = text; p < end; p++)
        if (*p == '\n') {
            while (p + 1 < end && strchr(" \t", p[1]))
                p++;
            if (!at_line_start(out))
                g_string_append_c(out, '\n');
        } else
            g_string_append_c(out, *p);
}

/* ---- tags -------------------------------------------------------------------------------------------------------- */

static enum tag_kind kind_of_mark(char mark)
{
    switch (mark) {
    case '{':
        return TAG_RAW;
    case '#':
        return TAG_SECTION;
    case '^':
        return TAG_INVERTED;
    case '/':
        return TAG_CLOSE;
    case '>':
        return TAG_INCLUDE;
    case '!':
        return TAG_COMMENT;
    default:
        return TAG_TEXT;
    }
}

/* `p` is behind the opening braces. */
static struct tag read_tag(const char *p)
{
    struct tag tag = {.kind = kind_of_mark(*p)};
    const char *const close = tag.kind == TAG_RAW ? "}}}" : "}}";
    const char *begin = p + (tag.kind != TAG_TEXT), *end = strstr(p, close);
    assert(end);
    tag.end = end + strlen(close);
    if (tag.kind == TAG_COMMENT)
        return tag;
    while (begin < end && *begin == ' ')
        begin++;
    while (end > begin && end[-1] == ' ')
        end--;
    assert(end > begin && (size_t)(end - begin) < sizeof tag.name);
    memcpy(tag.name, begin, (size_t)(end - begin));
    return tag;
}

/* NULL: there is none. */
static JsonNode *find_value(JsonNode *scope, const char *name)
{
    if (strcmp(name, ".") == 0)
        return scope;
    return JSON_NODE_HOLDS_OBJECT(scope) ? json_object_get_member(json_node_get_object(scope), name) : NULL;
}

static bool is_empty(JsonNode *value)
{
    if (!value || JSON_NODE_HOLDS_NULL(value))
        return true;
    if (JSON_NODE_HOLDS_ARRAY(value))
        return json_array_get_length(json_node_get_array(value)) == 0;
    if (!JSON_NODE_HOLDS_VALUE(value))
        return false;
    const GType type = json_node_get_value_type(value);
    return (type == G_TYPE_BOOLEAN && !json_node_get_boolean(value)) ||
           (type == G_TYPE_STRING && !*json_node_get_string(value));
}

static void put_value(GString *out, JsonNode *value, bool raw)
{
    if (!value || JSON_NODE_HOLDS_NULL(value))
        return;
    assert(JSON_NODE_HOLDS_VALUE(value));
    if (json_node_get_value_type(value) == G_TYPE_INT64)
        g_string_append_printf(out, "%" G_GINT64_FORMAT, json_node_get_int(value));
    else {
        assert(json_node_get_value_type(value) == G_TYPE_STRING);
        if (raw)
            g_string_append(out, json_node_get_string(value));
        else
            safe_markup(out, json_node_get_string(value));
    }
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

static const char *fill_block(struct filler *f, const char *p, const char *name, JsonNode *scope, bool write);

static const char *fill_section(struct filler *f, const struct tag *tag, JsonNode *scope, bool write)
{
    JsonNode *value = find_value(scope, tag->name);
    const bool wanted = write && is_empty(value) == (tag->kind == TAG_INVERTED);
    const char *end = NULL;
    if (!wanted || tag->kind == TAG_INVERTED || JSON_NODE_HOLDS_VALUE(value))
        return fill_block(f, tag->end, tag->name, scope, wanted);
    if (JSON_NODE_HOLDS_OBJECT(value))
        return fill_block(f, tag->end, tag->name, value, true);
    JsonArray *all = json_node_get_array(value);
    for (guint i = 0; i < json_array_get_length(all); i++)
        end = fill_block(f, tag->end, tag->name, json_array_get_element(all, i), true);
    return end;
}

static void include(struct filler *f, const char *name, JsonNode *scope)
{
    const char *text = f->find(name);
    assert(text && f->depth < DEPTH_MAX);
    f->depth++;
    fill_block(f, text, NULL, scope, true);
    f->depth--;
}

/* Fills in the text up to the end of section `name` (NULL: of the whole text). Returns the text behind it. */
static const char *fill_block(struct filler *f, const char *p, const char *name, JsonNode *scope, bool write)
{
    for (const char *open; (open = strstr(p, "{{"));) {
        const struct tag tag = read_tag(open + 2);
        if (write)
            put_markup(f->out, p, open);
        p = tag.end;
        switch (tag.kind) {
        case TAG_TEXT:
        case TAG_RAW:
            if (write)
                put_value(f->out, find_value(scope, tag.name), tag.kind == TAG_RAW);
            break;
        case TAG_SECTION:
        case TAG_INVERTED:
            p = fill_section(f, &tag, scope, write);
            break;
        case TAG_CLOSE:
            assert(name && strcmp(tag.name, name) == 0);
            return p;
        case TAG_INCLUDE:
            if (write)
                include(f, tag.name, scope);
            break;
        case TAG_COMMENT:
            break;
        }
    }
    assert(!name);
    put_markup(f->out, p, p + strlen(p));
    return p + strlen(p);
}

void template_fill(template_find *find, const char *name, JsonObject *values, GString *out)
{
    struct filler f = {.find = find, .out = out};
    JsonNode *scope = json_node_alloc();
    json_node_init_object(scope, values);
    include(&f, name, scope);
    assert(f.depth == 0);
    json_node_unref(scope);
}
