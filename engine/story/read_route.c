#include "story/read_route.h"

#include "story/limits.h"
#include "story/target_text.h"

#include <assert.h>
#include <string.h>

struct part_draft {
    struct story_part part;
    const struct yml_node *random; /* the key, or NULL */
    const struct yml_node *to;     /* the key, or NULL */
    const struct yml_node *weight; /* the key, or NULL */
};

/* Appends the parts together at the end: parts of routes written in place were appended meanwhile. */
static int32_t add_route(struct builder *b, const char *name, bool random, struct story_mark mark, const GArray *parts)
{
    assert(g_array_get_element_size((GArray *)parts) == sizeof(struct story_part));
    const struct story_route route = {
        .name = name, .parts = {(int32_t)b->parts->len, (int32_t)parts->len}, .random = random, .mark = mark};
    if (parts->len > 0)
        g_array_append_vals(b->parts, parts->data, parts->len);
    g_array_append_val(b->routes, route);
    return (int32_t)b->routes->len - 1;
}

/* A route written in place. Its depth is limited by that of the YAML. */
static struct story_target read_inline(struct builder *b, const struct yml_node *v)
{
    const int32_t route = read_route(b, v, NULL, builder_mark(b, v));
    return route < 0 ? (struct story_target){TARGET_PENDING_BROKEN, -1} : (struct story_target){STORY_TO_ROUTE, route};
}

/* It holds once the decision was asked: a route of one part says so. */
static struct story_target read_again(struct builder *b, const struct yml_node *v, const char *decision)
{
    g_autofree char *asked = g_strconcat("asked", v->text + strlen("again"), NULL);
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct story_part));
    const struct story_part part = {.when = read_condition_as(b, v, asked),
                                    .to = {TARGET_PENDING_AGAIN, builder_add_pending_name(b, v, decision)},
                                    .mark = builder_mark(b, v)};
    g_array_append_val(parts, part);
    return (struct story_target){STORY_TO_ROUTE, add_route(b, NULL, false, part.mark, parts)};
}

struct story_target read_target(struct builder *b, const struct yml_node *v)
{
    const struct story_target broken = {TARGET_PENDING_BROKEN, -1};
    if (v->kind == YML_LIST)
        return read_inline(b, v);
    if (v->kind != YML_SCALAR) {
        if (v->kind != YML_BROKEN)
            builder_error(b, v, "E106", "a route is a list: `- {when: …, goto: …}`",
                          "a list or the name of a node or route was expected here");
        return broken;
    }
    if (!read_text(b, v, STORY_TEXT_BYTES_MAX))
        return broken;
    size_t len;
    bool again;
    const char *decision = target_text_decision(v->text, &len, &again);
    if (!decision)
        return (struct story_target){TARGET_PENDING_PLACE, builder_add_pending_name(b, v, v->text)};
    g_autofree char *name = g_strndup(decision, len);
    return again ? read_again(b, v, name)
                 : (struct story_target){TARGET_PENDING_BACK, builder_add_pending_name(b, v, name)};
}

static void part_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct part_draft *)into)->part.when = read_condition(b, key->value);
}

static void part_goto(struct builder *b, const struct yml_node *key, void *into)
{
    struct part_draft *in = into;
    in->part.to = read_target(b, key->value);
    in->to = key;
}

static void part_weight(struct builder *b, const struct yml_node *key, void *into)
{
    struct part_draft *in = into;
    in->weight = key;
    read_int(b, key->value, 1, STORY_WEIGHT_MAX, &in->part.weight);
}

static void part_random(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    ((struct part_draft *)into)->random = key;
}

static const struct read_row part_rows[] = {
    {"when", part_when, false}, {"goto", part_goto, false}, {"random", part_random, false},
    {"note", read_note, false}, {NULL, NULL, false},
};
static const struct read_row random_rows[] = {
    {"when", part_when, false}, {"goto", part_goto, true}, {"weight", part_weight, false},
    {"note", read_note, false}, {NULL, NULL, false},
};

static struct part_draft part_draft_at(const struct builder *b, const struct yml_node *v)
{
    const struct story_part part = {.when = -1, .to = {TARGET_PENDING_BROKEN, -1}, .mark = builder_mark(b, v)};
    return (struct part_draft){.part = part};
}

/* `random:` with its parts becomes a route of its own. */
static struct story_target read_random(struct builder *b, const struct yml_node *key)
{
    const struct yml_node *v = key->value;
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct story_part));
    if (v->kind != YML_LIST || v->len == 0) {
        builder_error(b, key, v->kind == YML_LIST ? "E116" : "E106", "`random: [{weight: 2, goto: a}, {goto: b}]`",
                      "`random` needs a list of parts");
        return (struct story_target){TARGET_PENDING_BROKEN, -1};
    }
    for (const struct yml_node *item = v->first; item; item = item->next) {
        struct part_draft in = part_draft_at(b, item);
        in.part.weight = 1;
        read_map(b, item, random_rows, &in, "a part of a random route", item);
        g_array_append_val(parts, in.part);
    }
    return (struct story_target){STORY_TO_ROUTE, add_route(b, NULL, true, builder_mark(b, key), parts)};
}

static struct story_part read_part(struct builder *b, const struct yml_node *item)
{
    struct part_draft in = part_draft_at(b, item);
    if (item->kind != YML_MAP) {
        if (item->kind != YML_BROKEN)
            builder_error(b, item, "E106",
                          item->kind == YML_SCALAR && g_str_has_prefix(item->text, "goto:")
                              ? "write a blank behind the colon: `goto: …`"
                              : "write `{when: …, goto: …}`, or `{goto: …}`",
                          "a part of a route is a mapping");
        return in.part;
    }
    read_map(b, item, part_rows, &in, "a part of a route", item);
    if (in.random && in.to)
        builder_error(b, in.random, "E115", "remove one of them", "a part has `goto` or `random`, not both");
    else if (in.random)
        in.part.to = read_random(b, in.random);
    else if (!in.to && !read_find(item, "goto"))
        builder_error(b, item, "E105", "`- {when: coat == red, goto: station}`", "a part of a route needs `goto`");
    return in.part;
}

int32_t read_route(struct builder *b, const struct yml_node *v, const char *name, struct story_mark mark)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct story_part));
    if (v->kind == YML_BROKEN)
        return -1;
    if (v->kind != YML_LIST || v->len == 0) {
        builder_error(b, v, v->kind == YML_LIST ? "E116" : "E106", "`- {when: …, goto: …}`, one or more of them",
                      "a route is a list of parts");
        return -1;
    }
    for (const struct yml_node *item = v->first; item; item = item->next) {
        const struct story_part part = read_part(b, item);
        g_array_append_val(parts, part);
    }
    return add_route(b, name, false, mark, parts);
}

int32_t read_empty_route(struct builder *b, const char *name, struct story_mark mark)
{
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(struct story_part));
    return add_route(b, name, false, mark, none);
}

int32_t read_arms_route(struct builder *b, const char *name, struct story_mark mark, const GArray *parts)
{
    const int32_t route = add_route(b, name, true, mark, parts);
    g_array_index(b->routes, struct story_route, route).arms = true;
    return route;
}
