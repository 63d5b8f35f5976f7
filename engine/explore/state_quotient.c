#include "explore/state_quotient.h"

#include "base/splitmix64.h"
#include "explore/strong_components.h"

#include <assert.h>
#include <string.h>

#define FIRST_SLOTS 1024
static_assert((FIRST_SLOTS & (FIRST_SLOTS - 1)) == 0, "slots are found by a mask");

/* A hash table of classes, by what they lead to. */
struct quotient_search {
    const struct state_quotient_input *in;
    struct state_quotient *q;
    struct state_graph_view from;
    uint32_t n;       /* states */
    GArray *examples; /* uint32 */
    GArray *hashes;   /* uint64, of each class */
    uint32_t *slots;  /* a class + 1, or 0 */
    size_t size;      /* of them, a power of two */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * SPLITMIX64_STEP;
    return hash ^ hash >> 29;
}

static bool is_end(const struct quotient_search *c, uint32_t state)
{
    return state_graph_view_out_degree(&c->from, state) == 0;
}

static uint64_t hash_of(const struct quotient_search *c, uint32_t state)
{
    uint64_t hash = is_end(c, state) ? mix(1, (uint64_t)(uint32_t)c->in->kind(c->in->user, state)) : 2;
    for (uint32_t t = c->from.first[state]; t < c->from.first[state + 1]; t++) {
        const struct state_graph_packed *out = &c->from.transitions[t];
        hash = mix(hash, (uint64_t)c->q->class_of[out->to] << 32 | out->label);
    }
    return hash;
}

static bool belongs(const struct quotient_search *c, uint32_t state, uint32_t class)
{
    const struct state_graph_view to = state_graph_view(c->q->graph);
    const uint32_t n = state_graph_view_out_degree(&c->from, state);
    if (n != state_graph_view_out_degree(&to, class))
        return false;
    const struct state_graph_packed *a = &c->from.transitions[c->from.first[state]],
                                    *b = &to.transitions[to.first[class]];
    for (uint32_t i = 0; i < n; i++)
        if (c->q->class_of[a[i].to] != b[i].to || a[i].label != b[i].label)
            return false;
    return n > 0 ||
           c->in->kind(c->in->user, state) == c->in->kind(c->in->user, g_array_index(c->examples, uint32_t, class));
}

static void put_class(struct quotient_search *c, uint32_t class)
{
    size_t at = g_array_index(c->hashes, uint64_t, class) & (c->size - 1);
    while (c->slots[at] != 0)
        at = (at + 1) & (c->size - 1);
    c->slots[at] = class + 1;
}

static void grow(struct quotient_search *c)
{
    c->size *= 2;
    g_free(c->slots);
    c->slots = g_new0(uint32_t, c->size);
    for (guint i = 0; i < c->hashes->len; i++)
        put_class(c, i);
}

/* Classes of the states that it leads to are known, or it lies on a circle with them, and they will have these numbers. */
static uint32_t new_class(struct quotient_search *c, uint32_t state, uint64_t hash)
{
    const uint32_t class = c->examples->len;
    for (uint32_t t = c->from.first[state]; t < c->from.first[state + 1]; t++)
        state_graph_add_labelled(c->q->graph, c->q->class_of[c->from.transitions[t].to], c->from.transitions[t].label);
    state_graph_close_as_it_is(c->q->graph);
    g_array_append_val(c->examples, state);
    g_array_append_val(c->hashes, hash);
    if (2 * (size_t)c->hashes->len > c->size)
        grow(c);
    else
        put_class(c, class);
    return class;
}

static uint32_t find_class(struct quotient_search *c, uint32_t state)
{
    const uint64_t hash = hash_of(c, state);
    for (size_t at = hash & (c->size - 1); c->slots[at] != 0; at = (at + 1) & (c->size - 1)) {
        const uint32_t class = c->slots[at] - 1;
        if (g_array_index(c->hashes, uint64_t, class) == hash && belongs(c, state, class))
            return class;
    }
    return new_class(c, state, hash);
}

/* These states lie on circles together. No other one has such a hash, or it is compared in vain. */
static void keep_apart(struct quotient_search *c, const uint32_t *states, uint32_t n)
{
    const uint32_t first = c->examples->len;
    for (uint32_t i = 0; i < n; i++)
        c->q->class_of[states[i]] = first + i;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t class = new_class(c, states[i], mix(0, states[i]));
        assert(class == first + i);
        (void)class;
    }
}

static bool leads_to_itself(const struct quotient_search *c, uint32_t state)
{
    for (uint32_t t = c->from.first[state]; t < c->from.first[state + 1]; t++)
        if (c->from.transitions[t].to == state)
            return true;
    return false;
}

/* States come before those that they lead to. `group`: of those on circles together; NULL: there are none. */
static void find_classes(struct quotient_search *c, const uint32_t *states, const uint32_t *group)
{
    struct patience *patience = state_graph_patience(c->in->graph);
    for (uint32_t end = c->n, i = end; end > 0 && !patience_ends_at(patience, end); end = i) {
        for (i = end - 1; group && i > 0 && group[states[i - 1]] == group[states[i]]; i--) {
        }
        if (end - i > 1 || (group && leads_to_itself(c, states[i])))
            keep_apart(c, states + i, end - i);
        else
            c->q->class_of[states[i]] = find_class(c, states[i]);
    }
}

static uint32_t end_of_transition(const void *user, uint32_t transition)
{
    const struct quotient_search *c = user;
    return c->from.transitions[transition].to;
}

static void find_classes_beside_circles(struct quotient_search *c)
{
    const struct directed_graph g = {c->n, c->n, c->from.first, end_of_transition, c};
    struct patience *patience = state_graph_patience(c->in->graph);
    uint32_t *group = strong_components(&g, patience);
    uint32_t *states = patience_is_over(patience) ? NULL : strong_components_sorted(group, c->n);
    if (states)
        find_classes(c, states, group);
    g_free(states);
    g_free(group);
}

/* Once all classes are known. */
static void finish_quotient(struct quotient_search *c)
{
    struct state_quotient *q = c->q;
    uint32_t *starts = g_new(uint32_t, (gsize)c->in->n_starts + 1);
    q->size = g_new0(uint32_t, (gsize)c->examples->len + 1);
    for (uint32_t i = 0; i < c->n; i++)
        q->size[q->class_of[i]]++;
    for (guint i = 0; i < c->in->n_starts; i++)
        starts[i] = q->class_of[c->in->starts[i]];
    q->order = state_graph_order_new(q->graph, c->examples->len, starts, c->in->n_starts);
    g_free(starts);
}

struct state_quotient *state_quotient_new(const struct state_quotient_input *in)
{
    struct state_quotient *q = g_new0(struct state_quotient, 1);
    struct quotient_search c = {.in = in,
                                .q = q,
                                .from = state_graph_view(in->graph),
                                .n = state_graph_n_states(in->graph),
                                .size = FIRST_SLOTS};
    assert(!in->order || (!in->order->cycles && in->order->n == c.n));
    q->graph = state_graph_new_with_labels(in->graph);
    q->class_of = g_new(uint32_t, (gsize)c.n + 1);
    c.slots = g_new0(uint32_t, c.size);
    c.examples = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    c.hashes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    if (in->order)
        find_classes(&c, in->order->states, NULL);
    else
        find_classes_beside_circles(&c);
    const bool known = !patience_is_over(state_graph_patience(in->graph));
    if (known)
        finish_quotient(&c);
    q->example = (uint32_t *)(void *)g_array_free(c.examples, FALSE);
    g_array_unref(c.hashes);
    g_free(c.slots);
    if (known)
        return q;
    state_quotient_free(q);
    return NULL;
}

void state_quotient_free(struct state_quotient *q)
{
    if (!q)
        return;
    state_graph_free(q->graph);
    state_graph_order_free(&q->order);
    g_free(q->class_of);
    g_free(q->example);
    g_free(q->size);
    g_free(q);
}
