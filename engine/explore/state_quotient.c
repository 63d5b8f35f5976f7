#include "explore/state_quotient.h"

#include "base/splitmix64.h"
#include "explore/refinement.h"

#include <assert.h>
#include <string.h>

#define FIRST_SLOTS 1024
static_assert((FIRST_SLOTS & (FIRST_SLOTS - 1)) == 0, "slots are found by a mask");

/* Of more transitions on circles and behind them, only those classes are joined that are found from the end of the film. */
#define REFINED_MAX 4000000

#define NO_CLASS UINT32_MAX
/* Of a state on a circle, before it has its class: */
#define NOT_MET UINT32_MAX
#define MET     (UINT32_MAX - 1)
#define HEAD    (UINT32_MAX - 2) /* a transition returns to it */

/* A hash table of classes, by what they lead to. */
struct quotient_search {
    const struct state_quotient_input *in;
    struct state_quotient *q;
    struct state_graph_view from;
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

static bool same_end(const struct quotient_search *c, uint32_t state, uint32_t class)
{
    return c->in->kind(c->in->user, state) == c->in->kind(c->in->user, g_array_index(c->examples, uint32_t, class));
}

/* Are the transitions of the state those of the class? */
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
    return n > 0 || same_end(c, state, class);
}

/* The same while the class has no transitions of its own yet. */
static bool belongs_to_example(const struct quotient_search *c, uint32_t state, uint32_t class)
{
    const uint32_t example = g_array_index(c->examples, uint32_t, class), *class_of = c->q->class_of;
    const uint32_t n = state_graph_view_out_degree(&c->from, state);
    if (n != state_graph_view_out_degree(&c->from, example))
        return false;
    const struct state_graph_packed *a = &c->from.transitions[c->from.first[state]],
                                    *b = &c->from.transitions[c->from.first[example]];
    for (uint32_t i = 0; i < n; i++)
        if (class_of[a[i].to] != class_of[b[i].to] || a[i].label != b[i].label)
            return false;
    return n > 0 || same_end(c, state, class);
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

static uint32_t add_class(struct quotient_search *c, uint32_t state, uint64_t hash)
{
    const uint32_t class = c->examples->len;
    g_array_append_val(c->examples, state);
    g_array_append_val(c->hashes, hash);
    if (2 * (size_t)c->hashes->len > c->size)
        grow(c);
    else
        put_class(c, class);
    return class;
}

/* The class with this hash to which the state belongs, or NO_CLASS. */
static inline uint32_t look_up(const struct quotient_search *c, uint32_t state, uint64_t hash,
                               bool (*fits)(const struct quotient_search *c, uint32_t state, uint32_t class))
{
    for (size_t at = hash & (c->size - 1); c->slots[at] != 0; at = (at + 1) & (c->size - 1)) {
        const uint32_t class = c->slots[at] - 1;
        if (g_array_index(c->hashes, uint64_t, class) == hash && fits(c, state, class))
            return class;
    }
    return NO_CLASS;
}

/* The next class of the graph leads where this state does. */
static void draw_class(struct quotient_search *c, uint32_t state)
{
    for (uint32_t t = c->from.first[state]; t < c->from.first[state + 1]; t++)
        state_graph_add_labelled(c->q->graph, c->q->class_of[c->from.transitions[t].to], c->from.transitions[t].label);
    state_graph_close_as_it_is(c->q->graph);
}

/* Each state comes before those that it leads to, and the classes of what is behind them all are known. */
static void find_classes(struct quotient_search *c, const uint32_t *states, uint32_t n)
{
    struct patience *patience = state_graph_patience(c->in->graph);
    for (uint32_t i = n; i-- > 0 && !patience_ends_at(patience, i);) {
        const uint64_t hash = hash_of(c, states[i]);
        const uint32_t known = look_up(c, states[i], hash, belongs);
        if (known == NO_CLASS)
            draw_class(c, states[i]);
        c->q->class_of[states[i]] = known != NO_CLASS ? known : add_class(c, states[i], hash);
    }
}

/* ---- circles -------------------------------------------------------------------------------------------------- */

/* Gives a class of its own to each state to which a transition returns in this order, and NO_CLASS to the others. */
static void number_heads(struct quotient_search *c, const uint32_t *states, uint32_t n)
{
    uint32_t *class_of = c->q->class_of;
    for (uint32_t i = 0; i < n; i++)
        class_of[states[i]] = NOT_MET;
    for (uint32_t i = n; i-- > 0;) {
        for (uint32_t t = c->from.first[states[i]]; t < c->from.first[states[i] + 1]; t++) {
            uint32_t *to = &class_of[c->from.transitions[t].to];
            *to = *to == NOT_MET ? HEAD : *to;
        }
        class_of[states[i]] = class_of[states[i]] == NOT_MET ? MET : class_of[states[i]];
    }
    for (uint32_t i = 0; i < n; i++)
        class_of[states[i]] = class_of[states[i]] == HEAD ? add_class(c, states[i], mix(0, states[i])) : NO_CLASS;
}

/* Numbers the ways in which classes begin: those with one number have the same labels, or stop in the same way. */
static uint32_t *group_by_labels(const struct quotient_search *c)
{
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    g_autoptr(GByteArray) key = g_byte_array_new();
    uint32_t *group = g_new(uint32_t, (gsize)c->examples->len + 1);
    for (guint i = 0; i < c->examples->len; i++) {
        const uint32_t state = g_array_index(c->examples, uint32_t, i);
        const int32_t kind = is_end(c, state) ? c->in->kind(c->in->user, state) : 0;
        g_byte_array_set_size(key, 0);
        g_byte_array_append(key, (const guint8 *)&kind, sizeof kind);
        for (uint32_t t = c->from.first[state]; t < c->from.first[state + 1]; t++)
            g_byte_array_append(key, (const guint8 *)&c->from.transitions[t].label, sizeof(uint32_t));
        GBytes *labels = g_bytes_new(key->data, key->len);
        gpointer number;
        if (!g_hash_table_lookup_extended(known, labels, NULL, &number)) {
            number = GUINT_TO_POINTER(g_hash_table_size(known));
            g_hash_table_insert(known, g_bytes_ref(labels), number);
        }
        group[i] = GPOINTER_TO_UINT(number);
        g_bytes_unref(labels);
    }
    return group;
}

/* The classes so far are joined as far as that is possible. */
static uint32_t *join_classes(const struct quotient_search *c, uint32_t *n_joined)
{
    const uint32_t n = c->examples->len;
    uint32_t *first = g_new0(uint32_t, (gsize)n + 1), *group = group_by_labels(c);
    GArray *to = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t state = g_array_index(c->examples, uint32_t, i);
        for (uint32_t t = c->from.first[state]; t < c->from.first[state + 1]; t++)
            g_array_append_val(to, c->q->class_of[c->from.transitions[t].to]);
        first[i + 1] = to->len;
    }
    const struct refinement_input in = {n, first, (const uint32_t *)(const void *)to->data, group};
    uint32_t *joined = refinement_coarsest(&in, n_joined);
    g_array_unref(to);
    g_free(group);
    g_free(first);
    return joined;
}

/* Puts n classes in place of those that there are. `joined`: the new one of each. */
static void replace_classes(struct quotient_search *c, const uint32_t *states, uint32_t n_states,
                            const uint32_t *joined, uint32_t n)
{
    GArray *examples = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), n);
    g_array_set_size(examples, n);
    for (guint i = c->examples->len; i-- > 0;)
        g_array_index(examples, uint32_t, joined[i]) = g_array_index(c->examples, uint32_t, i);
    for (uint32_t i = 0; i < n_states; i++)
        c->q->class_of[states[i]] = joined[c->q->class_of[states[i]]];
    g_array_set_size(c->examples, 0);
    g_array_set_size(c->hashes, 0);
    memset(c->slots, 0, c->size * sizeof *c->slots);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t state = g_array_index(examples, uint32_t, i);
        draw_class(c, state);
        add_class(c, state, hash_of(c, state));
    }
    g_array_unref(examples);
}

/* The states on circles and behind them. First those to which a transition returns are kept apart: what they are is not known before
 * what is behind them. Then all classes that were found are joined. */
static void find_circle_classes(struct quotient_search *c, const uint32_t *states, uint32_t n)
{
    struct patience *patience = state_graph_patience(c->in->graph);
    uint64_t transitions = 0;
    number_heads(c, states, n);
    for (uint32_t i = n; i-- > 0 && !patience_ends_at(patience, i);) {
        if (c->q->class_of[states[i]] != NO_CLASS)
            continue;
        const uint64_t hash = hash_of(c, states[i]);
        const uint32_t known = look_up(c, states[i], hash, belongs_to_example);
        c->q->class_of[states[i]] = known != NO_CLASS ? known : add_class(c, states[i], hash);
    }
    for (guint i = 0; i < c->examples->len; i++)
        transitions += state_graph_view_out_degree(&c->from, g_array_index(c->examples, uint32_t, i));
    if (patience_is_over(patience))
        return;
    uint32_t n_classes = c->examples->len, *joined = NULL;
    if (transitions <= REFINED_MAX)
        joined = join_classes(c, &n_classes);
    else {
        joined = g_new(uint32_t, (gsize)n_classes);
        for (uint32_t i = 0; i < n_classes; i++)
            joined[i] = i;
    }
    replace_classes(c, states, n, joined, n_classes);
    g_free(joined);
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

/* Once all classes are known. */
static void finish_quotient(struct quotient_search *c)
{
    struct state_quotient *q = c->q;
    const struct state_graph_order *order = c->in->order;
    uint32_t *starts = g_new(uint32_t, (gsize)c->in->n_starts + 1);
    q->size = g_new0(uint32_t, (gsize)c->examples->len + 1);
    for (uint32_t i = 0; i < order->n; i++)
        q->size[q->class_of[i]]++;
    for (guint i = 0; i < c->in->n_starts; i++)
        starts[i] = q->class_of[c->in->starts[i]];
    q->order = state_graph_order_new(q->graph, c->examples->len, starts, c->in->n_starts);
    g_free(starts);
}

struct state_quotient *state_quotient_new(const struct state_quotient_input *in)
{
    struct state_quotient *q = g_new0(struct state_quotient, 1);
    struct quotient_search c = {.in = in, .q = q, .from = state_graph_view(in->graph), .size = FIRST_SLOTS};
    const struct state_graph_order *order = in->order;
    assert(order->n == state_graph_n_states(in->graph));
    q->graph = state_graph_new_with_labels(in->graph);
    q->class_of = g_new(uint32_t, (gsize)order->n + 1);
    c.slots = g_new0(uint32_t, c.size);
    c.examples = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    c.hashes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    if (order->cycles)
        find_circle_classes(&c, order->states + order->n_forward, order->n - order->n_forward);
    find_classes(&c, order->states, order->n_forward);
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
