#include "telemetry/wire/members.h"

#include "base/hex.h"
#include "telemetry/wire/batch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum { DEPTH_MAX = 5 }; /* of brackets within each other: {events: [{menu: []}]} */

enum node_kind { NODE_NULL, NODE_OTHER, NODE_NUMBER, NODE_TEXT, NODE_OBJECT, NODE_ARRAY };

/* A value. What is in an object or an array follows it. */
struct wire_value_node {
    enum node_kind kind;
    guint n;          /* members or elements */
    guint size;       /* nodes that it consists of, itself included */
    const char *name; /* of a member, else NULL */
    union {
        int64_t number;
        const char *text;
    };
};

struct wire_document {
    GArray *nodes; /* struct wire_value_node: the root first */
    char *texts;
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct reading {
    GArray *nodes;
    char *text;       /* where the next one goes; the document has quotes around each, so it needs more room than all */
    const char *name; /* of the value that comes */
    guint open[DEPTH_MAX], depth;
    bool too_deep;
};

static struct wire_value_node *node_at(const struct reading *r, guint i)
{
    return &g_array_index(r->nodes, struct wire_value_node, i);
}

static struct wire_value_node *add(struct reading *r, enum node_kind kind)
{
    const struct wire_value_node node = {.kind = kind, .size = 1, .name = r->name};
    g_array_append_val(r->nodes, node);
    r->name = NULL;
    if (r->depth > 0)
        node_at(r, r->open[r->depth - 1])->n++;
    return node_at(r, r->nodes->len - 1);
}

static const char *keep(struct reading *r, const unsigned char *text, size_t n)
{
    char *kept = r->text;
    memcpy(kept, text, n);
    kept[n] = '\0';
    r->text += n + 1;
    return kept;
}

static int on_null(void *data)
{
    add(data, NODE_NULL);
    return 1;
}

static int on_boolean(void *data, int value)
{
    (void)value; /* there are none in the format */
    add(data, NODE_OTHER);
    return 1;
}

/* One that is no whole number of 64 bits is something else. */
static int on_number(void *data, const char *text, size_t n)
{
    struct wire_value_node *node = add(data, NODE_OTHER);
    char copy[24], *end;
    if (n >= sizeof copy)
        return 1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    errno = 0;
    node->number = g_ascii_strtoll(copy, &end, 10);
    if (*end == '\0' && errno == 0)
        node->kind = NODE_NUMBER;
    return 1;
}

static int on_text(void *data, const unsigned char *text, size_t n)
{
    struct reading *r = data;
    struct wire_value_node *node = add(r, memchr(text, '\0', n) ? NODE_OTHER : NODE_TEXT);
    node->text = keep(r, text, n);
    return 1;
}

/* One with a NUL in it is not the one that it seems to be up to there: it is none that anybody asks for. */
static int on_name(void *data, const unsigned char *text, size_t n)
{
    struct reading *r = data;
    r->name = keep(r, text, memchr(text, '\0', n) ? 0 : n);
    return 1;
}

static int open_node(struct reading *r, enum node_kind kind)
{
    add(r, kind);
    r->too_deep = r->depth == DEPTH_MAX;
    if (r->too_deep)
        return 0;
    r->open[r->depth++] = r->nodes->len - 1;
    return 1;
}

static int on_object(void *data)
{
    return open_node(data, NODE_OBJECT);
}

static int on_array(void *data)
{
    return open_node(data, NODE_ARRAY);
}

static int on_end(void *data)
{
    struct reading *r = data;
    const guint opened = r->open[--r->depth];
    node_at(r, opened)->size = r->nodes->len - opened;
    return 1;
}

static bool refuse_document(struct wire_refusal *refusal, const char *why)
{
    return wire_refuse(refusal, WIRE_NO_MALFORMED, "it is no JSON object: %s", why);
}

/* What the parser says, on one line. */
static bool refuse_syntax(yajl_handle parser, struct wire_refusal *refusal)
{
    unsigned char *said = yajl_get_error(parser, 0, NULL, 0);
    refuse_document(refusal, g_strchomp((char *)said));
    yajl_free_error(parser, said);
    return false;
}

static bool parse(struct reading *r, const char *json, gsize n, struct wire_refusal *refusal)
{
    static const yajl_callbacks callbacks = {.yajl_null = on_null,
                                             .yajl_boolean = on_boolean,
                                             .yajl_number = on_number,
                                             .yajl_string = on_text,
                                             .yajl_start_map = on_object,
                                             .yajl_map_key = on_name,
                                             .yajl_end_map = on_end,
                                             .yajl_start_array = on_array,
                                             .yajl_end_array = on_end};
    yajl_handle parser = yajl_alloc(&callbacks, NULL, r);
    bool read = yajl_parse(parser, (const unsigned char *)json, n) == yajl_status_ok &&
                yajl_complete_parse(parser) == yajl_status_ok;
    if (!read && r->too_deep)
        refuse_document(refusal, "it is nested too deeply");
    else if (!read)
        refuse_syntax(parser, refusal);
    else if (node_at(r, 0)->kind != NODE_OBJECT)
        read = refuse_document(refusal, "it is another value");
    yajl_free(parser);
    return read;
}

struct wire_document *wire_document_read(const char *json, gsize n, struct wire_refusal *refusal)
{
    struct wire_document *d = g_new(struct wire_document, 1);
    d->nodes = g_array_sized_new(FALSE, FALSE, sizeof(struct wire_value_node), (guint)(n / 16 + 16));
    d->texts = g_malloc(n + 1);
    struct reading r = {.nodes = d->nodes, .text = d->texts};
    if (parse(&r, json, n, refusal))
        return d;
    wire_document_free(d);
    return NULL;
}

void wire_document_free(struct wire_document *d)
{
    if (!d)
        return;
    g_array_unref(d->nodes);
    g_free(d->texts);
    g_free(d);
}

/* ---- members ----------------------------------------------------------------------------------------------------- */

static struct wire_members members_of(const struct wire_value_node *node, const char *place, int index, bool *failed,
                                      struct wire_refusal *refusal)
{
    const struct wire_value_node *object = node && node->kind == NODE_OBJECT ? node : NULL;
    return (struct wire_members){object, object ? object + 1 : NULL, place, index, 0, failed, refusal};
}

struct wire_members wire_document_members(const struct wire_document *d, bool *failed, struct wire_refusal *refusal)
{
    return members_of(d ? &g_array_index(d->nodes, struct wire_value_node, 0) : NULL, "", WIRE_NO_INDEX, failed,
                      refusal);
}

void wire_mistake(struct wire_members *m, const char *name, const char *wanted)
{
    char index[16] = "";
    if (m->index != WIRE_NO_INDEX)
        g_snprintf(index, sizeof index, "[%d]", m->index);
    if (!*m->failed)
        wire_refuse(m->refusal, WIRE_NO_INVALID, "%s%s%s%s: %s is wanted", m->place, index, *m->place ? "." : "", name,
                    wanted);
    *m->failed = true;
}

/* From `from` to before `end`; NULL: it is not among them. */
static const struct wire_value_node *find(const struct wire_value_node *from, const struct wire_value_node *end,
                                          const char *name)
{
    for (; from < end; from += from->size)
        if (strcmp(from->name, name) == 0)
            return from;
    return NULL;
}

static const struct wire_value_node *member(struct wire_members *m, const char *name)
{
    if (!m->object)
        return NULL;
    const struct wire_value_node *node = find(m->next, m->object + m->object->size, name);
    if (!node)
        node = find(m->object + 1, m->next, name);
    if (node)
        m->next = node + node->size;
    return node;
}

/* The member, if it is there and is no mistake; *known: it may be missing or null. */
static const struct wire_value_node *take(struct wire_members *m, const char *name, bool *known, const char *wanted)
{
    const struct wire_value_node *node = member(m, name);
    m->taken += node != NULL;
    if (known)
        *known = node && node->kind != NODE_NULL;
    if (node && node->kind != NODE_NULL)
        return node;
    if (!known)
        wire_mistake(m, name, wanted);
    return NULL;
}

struct wire_members wire_object(struct wire_members *m, const char *name)
{
    const struct wire_value_node *node = take(m, name, NULL, "an object");
    if (node && node->kind != NODE_OBJECT)
        wire_mistake(m, name, "an object");
    return members_of(node, name, WIRE_NO_INDEX, m->failed, m->refusal);
}

struct wire_array wire_array(struct wire_members *m, const char *name)
{
    const struct wire_value_node *node = take(m, name, NULL, "a list");
    if (node && node->kind == NODE_ARRAY)
        return (struct wire_array){node + 1, node->n};
    wire_mistake(m, name, "a list");
    return (struct wire_array){NULL, 0};
}

static const struct wire_value_node *next_element(struct wire_array *a)
{
    const struct wire_value_node *node = a->first;
    assert(a->n > 0);
    a->first += node->size;
    a->n--;
    return node;
}

struct wire_members wire_element(struct wire_array *a, const char *place, guint index, const struct wire_members *of)
{
    return members_of(next_element(a), place, (int)index, of->failed, of->refusal);
}

int64_t wire_number(struct wire_members *m, const char *name, bool *known)
{
    const struct wire_value_node *node = take(m, name, known, "a whole number");
    if (!node || node->kind == NODE_NUMBER)
        return node ? node->number : 0;
    wire_mistake(m, name, "a whole number");
    return 0;
}

const char *wire_text(struct wire_members *m, const char *name, bool *known)
{
    const struct wire_value_node *node = take(m, name, known, "a text");
    if (!node || node->kind == NODE_TEXT)
        return node ? node->text : "";
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
    struct wire_array array = wire_array(m, name);
    GString *list = g_string_new(NULL);
    if (array.n > most)
        wire_mistake(m, name, "a shorter list");
    for (guint left = MIN(array.n, most); left > 0; left--) {
        const struct wire_value_node *node = next_element(&array);
        const bool text = node->kind == NODE_TEXT && *node->text && !strstr(node->text, WIRE_SEPARATOR);
        if (!text)
            wire_mistake(m, name, "a list of texts");
        if (text && list->len > 0)
            g_string_append(list, WIRE_SEPARATOR);
        if (text)
            g_string_append(list, node->text);
    }
    return g_string_free(list, FALSE);
}

void wire_members_end(struct wire_members *m)
{
    if (m->object && m->taken != m->object->n)
        wire_mistake(m, "*", "no other member than those of the format");
}
