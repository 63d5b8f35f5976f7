#include "story/yml_place.h"

#include "story/limits.h"
#include "story/yml.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

/* A collection that is open. */
struct frame {
    bool is_map, wants_key;
    char *key; /* the last one, whose value comes next */
    GPtrArray *keys;
};

struct search {
    GArray *frames; /* struct frame */
    struct yml_place *found;
};

static void step_free(void *data)
{
    struct yml_step *s = data;
    g_free(s->key);
    g_ptr_array_unref(s->keys);
    g_free(s);
}

void yml_place_free(struct yml_place *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->steps);
    g_free(p->text);
    g_free(p);
}

static struct frame *top(struct search *s)
{
    return s->frames->len ? &g_array_index(s->frames, struct frame, s->frames->len - 1) : NULL;
}

/* Hands what is open to the caller: of each collection the key, or item, of the one above that it is. */
static struct yml_place *place_of(struct search *s)
{
    struct yml_place *p = g_new0(struct yml_place, 1);
    p->steps = g_ptr_array_new_with_free_func(step_free);
    for (guint i = 0; i < s->frames->len; i++) {
        struct yml_step *step = g_new0(struct yml_step, 1);
        const struct frame *above = i > 0 ? &g_array_index(s->frames, struct frame, i - 1) : NULL;
        step->key = above ? g_strdup(above->key) : NULL;
        step->keys = g_ptr_array_ref(g_array_index(s->frames, struct frame, i).keys);
        g_ptr_array_add(p->steps, step);
    }
    return p;
}

/* A scalar, an alias or the end of a collection: a key or a value is complete. */
static void complete(struct search *s, const char *text)
{
    struct frame *f = top(s);
    if (!f || !f->is_map)
        return;
    if (f->wants_key) {
        g_free(f->key);
        f->key = g_strdup(text);
        g_ptr_array_add(f->keys, g_strdup(text));
    }
    f->wants_key = !f->wants_key;
}

static void on_scalar(struct search *s, const yaml_event_t *e)
{
    const char *text = (const char *)e->data.scalar.value;
    const struct frame *f = top(s);
    if (!strstr(text, YML_PLACE_MARK)) {
        complete(s, text);
        return;
    }
    s->found = place_of(s);
    s->found->is_key = f && f->is_map && f->wants_key;
    s->found->is_item = f && !f->is_map;
    s->found->quote = yml_quote_of(e->data.scalar.style);
    s->found->text = g_strdup(text);
    if (f && f->is_map && !f->wants_key) { /* it is a value: the step into it has no collection yet */
        struct yml_step *step = g_new0(struct yml_step, 1);
        step->key = g_strdup(f->key);
        step->keys = g_ptr_array_new();
        g_ptr_array_add(s->found->steps, step);
    }
}

static void on_begin(struct search *s, bool is_map)
{
    const struct frame f = {is_map, is_map, NULL, g_ptr_array_new_with_free_func(g_free)};
    g_array_append_val(s->frames, f);
}

static void on_end(struct search *s)
{
    struct frame *f = top(s);
    assert(f);
    g_free(f->key);
    g_ptr_array_unref(f->keys);
    g_array_set_size(s->frames, s->frames->len - 1);
    complete(s, "");
}

/* False: the search is over. */
static bool take_event(struct search *s, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        on_scalar(s, e);
        return !s->found;
    case YAML_ALIAS_EVENT:
        complete(s, "");
        return true;
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        on_begin(s, e->type == YAML_MAPPING_START_EVENT);
        return s->frames->len <= STORY_DEPTH_MAX;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        on_end(s);
        return true;
    default:
        return e->type != YAML_STREAM_END_EVENT;
    }
}

struct yml_place *yml_place_find(const char *text, gsize len)
{
    yaml_parser_t parser;
    yaml_event_t event;
    struct search s = {g_array_new(FALSE, FALSE, sizeof(struct frame)), NULL};
    if (!yaml_parser_initialize(&parser))
        g_error("libyaml: out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    for (bool going = true; going && yaml_parser_parse(&parser, &event);) {
        going = take_event(&s, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    for (guint i = 0; i < s.frames->len; i++) {
        struct frame *f = &g_array_index(s.frames, struct frame, i);
        g_free(f->key);
        g_ptr_array_unref(f->keys);
    }
    g_array_free(s.frames, TRUE);
    return s.found;
}
