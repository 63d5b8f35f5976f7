#include "story/yaml_tree.h"

#include "story/limits.h"
#include "story/yml.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

struct builder {
    struct source_text *src;
    struct yaml_node *root, *open; /* open: the collection that is being filled */
    unsigned depth;
};

void yaml_tree_free(struct yaml_node *n)
{
    if (!n)
        return;
    for (guint i = 0; n->children && i < n->children->len; i++)
        yaml_tree_free(n->children->pdata[i]);
    if (n->children)
        g_ptr_array_unref(n->children);
    g_free(n->text);
    g_free(n);
}

static gsize byte_of(struct builder *b, yaml_mark_t mark)
{
    return source_text_byte(b->src, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The mark at the end of a block lies on the line of whatever comes next. */
static gsize end_of(struct builder *b, gsize from, yaml_mark_t mark)
{
    gsize to = byte_of(b, mark);
    while (to > from && is_blank(b->src->bytes[to - 1]))
        to--;
    return MAX(from, to);
}

static struct yaml_node *add_node(struct builder *b, const yaml_event_t *e, enum yaml_shape shape)
{
    struct yaml_node *n = g_new0(struct yaml_node, 1);
    n->shape = shape;
    n->from = byte_of(b, e->start_mark);
    n->to = end_of(b, n->from, e->end_mark);
    n->parent = b->open;
    if (b->open) {
        n->index = b->open->children->len;
        g_ptr_array_add(b->open->children, n);
    } else {
        assert(!b->root);
        b->root = n;
    }
    return n;
}

static bool begin_collection(struct builder *b, const yaml_event_t *e, enum yaml_shape shape, bool flow)
{
    struct yaml_node *n = add_node(b, e, shape);
    n->flow = flow;
    n->children = g_ptr_array_new();
    b->open = n;
    return ++b->depth <= STORY_DEPTH_MAX;
}

static void end_collection(struct builder *b, const yaml_event_t *e)
{
    struct yaml_node *n = b->open;
    const guint len = n->children->len;
    const struct yaml_node *last = len ? n->children->pdata[len - 1] : NULL;
    if (n->flow)
        n->to = end_of(b, n->from, e->end_mark);
    else if (last)
        n->to = MAX(n->to, last->to);
    b->open = n->parent;
    b->depth--;
}

/* False: enough. */
static bool take_event(struct builder *b, const yaml_event_t *e)
{
    struct yaml_node *n;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        n = add_node(b, e, YAML_SHAPE_SCALAR);
        n->text = g_strdup((const char *)e->data.scalar.value);
        n->quote = yml_quote_of((int)e->data.scalar.style);
        return true;
    case YAML_ALIAS_EVENT:
        add_node(b, e, YAML_SHAPE_ALIAS);
        return true;
    case YAML_MAPPING_START_EVENT:
        return begin_collection(b, e, YAML_SHAPE_MAP, e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
    case YAML_SEQUENCE_START_EVENT:
        return begin_collection(b, e, YAML_SHAPE_LIST, e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        end_collection(b, e);
        return true;
    default:
        return e->type != YAML_DOCUMENT_END_EVENT;
    }
}

struct yaml_node *yaml_tree_new(struct source_text *src)
{
    yaml_parser_t parser;
    yaml_event_t event;
    struct builder b = {.src = src};
    bool going = true, sound = true;
    if (!yaml_parser_initialize(&parser))
        g_error("libyaml: out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)src->text, src->len);
    while (going && sound) {
        sound = yaml_parser_parse(&parser, &event);
        if (sound) {
            going = take_event(&b, &event) && event.type != YAML_STREAM_END_EVENT;
            yaml_event_delete(&event);
        }
    }
    yaml_parser_delete(&parser);
    if (sound && b.depth == 0)
        return b.root;
    yaml_tree_free(b.root);
    return NULL;
}

struct yaml_node *yaml_tree_at(struct yaml_node *n, gsize byte)
{
    if (!n || byte < n->from || byte > n->to)
        return NULL;
    struct yaml_node *found = NULL;
    for (guint i = 0; n->children && i < n->children->len; i++) {
        const struct yaml_node *c = n->children->pdata[i];
        if (byte >= c->from && byte <= c->to && (!found || byte == c->from))
            found = n->children->pdata[i]; /* of two that touch, the one that begins there */
    }
    return found ? yaml_tree_at(found, byte) : n;
}

struct yaml_node *yaml_tree_value(const struct yaml_node *map, const char *key)
{
    if (!map || map->shape != YAML_SHAPE_MAP)
        return NULL;
    for (guint i = 0; i + 1 < map->children->len; i += 2)
        if (g_strcmp0(((struct yaml_node *)map->children->pdata[i])->text, key) == 0)
            return map->children->pdata[i + 1];
    return NULL;
}

static bool in_map(const struct yaml_node *n)
{
    return n->parent && n->parent->shape == YAML_SHAPE_MAP;
}

struct yaml_node *yaml_tree_value_of(const struct yaml_node *key)
{
    return in_map(key) && key->index % 2 == 0 ? key->parent->children->pdata[key->index + 1] : NULL;
}

struct yaml_node *yaml_tree_key_of(const struct yaml_node *value)
{
    return in_map(value) && value->index % 2 == 1 ? value->parent->children->pdata[value->index - 1] : NULL;
}
