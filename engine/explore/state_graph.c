#include "explore/state_graph.h"

#include "base/splitmix64.h"
#include "explore/time_heap.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* Pairs of labels that are remembered with what they become together. */
#define PAIRS_KNOWN 4096

/* Of circles within circles, so many are looked through in the order of the film, before transitions are reversed. */
#define REACH_ROUNDS 50

/* A transition with the label `a` may be followed by one with `b` that leads to the same state. */
struct label_pair {
    uint32_t a, b; /* both 0: none is known here */
    uint32_t both; /* the label of what they become; NOT_THE_SAME */
};
#define NOT_THE_SAME UINT32_MAX

struct state_graph {
    GArray *transitions;       /* state_graph_packed */
    GArray *first;             /* uint32: the first transition of each closed state, then that of the open one */
    GArray *labels;            /* state_graph_label by number */
    GHashTable *label_numbers; /* state_graph_label to number */
    struct label_pair pairs[PAIRS_KNOWN];
    struct patience *patience; /* or NULL */
};

static guint label_hash(gconstpointer p)
{
    const struct state_graph_label *l = p;
    const uint64_t option = (uint64_t)(uint32_t)l->decision * 64 + (uint32_t)l->choice;
    const uint64_t h =
        ((uint64_t)l->min_us * 31 + (uint64_t)l->max_us + l->step_sequence + option * 1009) * SPLITMIX64_STEP;
    return (guint)(h >> 32);
}

bool state_graph_label_equal(const struct state_graph_label *a, const struct state_graph_label *b)
{
    return a->min_us == b->min_us && a->max_us == b->max_us && a->chance == b->chance && a->measured == b->measured &&
           a->node_sequence == b->node_sequence && a->decision == b->decision && a->choice == b->choice &&
           a->step_sequence == b->step_sequence && a->back == b->back && a->merged == b->merged;
}

static gboolean label_equal(gconstpointer a, gconstpointer b)
{
    return state_graph_label_equal(a, b);
}

bool state_graph_check(const struct state_graph *g)
{
    assert(g->first->len > 0 && g_array_index(g->first, uint32_t, 0) == 0);
    assert(g_array_index(g->first, uint32_t, g->first->len - 1) <= g->transitions->len);
    assert(g->labels->len == g_hash_table_size(g->label_numbers));
    assert(g->labels->len < STATE_GRAPH_BACK); /* the highest bit of a packed label is free */
    return true;
}

struct state_graph *state_graph_new(void)
{
    struct state_graph *g = g_new0(struct state_graph, 1);
    const uint32_t zero = 0;
    g->transitions = g_array_new(FALSE, FALSE, sizeof(struct state_graph_packed));
    g->first = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g->labels = g_array_new(FALSE, FALSE, sizeof(struct state_graph_label));
    g->label_numbers = g_hash_table_new_full(label_hash, label_equal, g_free, NULL);
    g_array_append_val(g->first, zero);
    return g;
}

struct state_graph *state_graph_new_with_labels(const struct state_graph *other)
{
    struct state_graph *g = state_graph_new();
    for (guint i = 0; i < other->labels->len; i++)
        state_graph_label_number(g, &g_array_index(other->labels, struct state_graph_label, i));
    assert(g->labels->len == other->labels->len); /* no two are equal */
    g->patience = other->patience;
    return g;
}

void state_graph_free(struct state_graph *g)
{
    if (!g)
        return;
    g_hash_table_unref(g->label_numbers);
    g_array_unref(g->labels);
    g_array_unref(g->first);
    g_array_unref(g->transitions);
    g_free(g);
}

uint32_t state_graph_label_number(struct state_graph *g, const struct state_graph_label *label)
{
    gpointer number;
    if (g_hash_table_lookup_extended(g->label_numbers, label, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_hash_table_insert(g->label_numbers, g_memdup2(label, sizeof *label), GUINT_TO_POINTER(g->labels->len));
    g_array_append_val(g->labels, *label);
    assert(state_graph_check(g));
    return g->labels->len - 1;
}

void state_graph_add_labelled(struct state_graph *g, uint32_t to, uint32_t number)
{
    assert(number < g->labels->len);
    const bool back = g_array_index(g->labels, struct state_graph_label, number).back;
    const struct state_graph_packed out = {to, number | (back ? STATE_GRAPH_BACK : 0)};
    g_array_append_val(g->transitions, out);
}

/* Time runs out and takes what could be picked at that very moment. */
static bool is_repeat(const struct state_graph_label *a, const struct state_graph_label *b)
{
    return b->choice < 0 && !a->back && !b->back && a->min_us == b->min_us && a->max_us == b->max_us &&
           a->step_sequence == b->step_sequence && a->node_sequence == b->node_sequence && a->decision == b->decision &&
           a->merged == b->merged;
}

/* The label of what the two become together, or NOT_THE_SAME. */
static uint32_t label_of_both(struct state_graph *g, uint32_t a, uint32_t b)
{
    struct label_pair *known = &g->pairs[(a * 31 + b) % PAIRS_KNOWN];
    if (known->a == a && known->b == b && a != b)
        return known->both;
    struct state_graph_label both = g_array_index(g->labels, struct state_graph_label, a);
    const struct state_graph_label *repeat = &g_array_index(g->labels, struct state_graph_label, b);
    const bool same = is_repeat(&both, repeat);
    both.chance += repeat->chance;
    both.measured += repeat->measured;
    *known = (struct label_pair){a, b, same ? state_graph_label_number(g, &both) : NOT_THE_SAME};
    return known->both;
}

/* Removes the last transition of the open state if an earlier one leads to the same state with the same film. */
static bool drop_repeat(struct state_graph *g, uint32_t first)
{
    struct state_graph_packed *t = &g_array_index(g->transitions, struct state_graph_packed, 0);
    const guint last = g->transitions->len - 1;
    for (guint i = first; i < last && !(t[last].label & STATE_GRAPH_BACK); i++) {
        if (t[i].to != t[last].to || t[i].label & STATE_GRAPH_BACK)
            continue;
        const uint32_t both = label_of_both(g, t[i].label, t[last].label);
        if (both == NOT_THE_SAME)
            continue;
        t[i].label = both;
        g_array_set_size(g->transitions, last);
        return true;
    }
    return false;
}

void state_graph_close_state(struct state_graph *g)
{
    const uint32_t first = g_array_index(g->first, uint32_t, g->first->len - 1);
    while (g->transitions->len > first + 1 && drop_repeat(g, first)) {
    }
    state_graph_close_as_it_is(g);
}

void state_graph_close_as_it_is(struct state_graph *g)
{
    g_array_append_val(g->first, g->transitions->len);
    assert(state_graph_check(g));
}

uint32_t state_graph_n_states(const struct state_graph *g)
{
    return g->first->len - 1;
}

uint32_t state_graph_n_labels(const struct state_graph *g)
{
    return g->labels->len;
}

uint64_t state_graph_n_transitions(const struct state_graph *g)
{
    return g->transitions->len;
}

size_t state_graph_bytes(const struct state_graph *g)
{
    /* Arrays grow by doubling. */
    return 2 * (g->transitions->len * sizeof(struct state_graph_packed) + g->first->len * sizeof(uint32_t));
}

static const struct state_graph_packed *transitions_of(const struct state_graph *g, uint32_t state, uint32_t *n)
{
    if (state >= state_graph_n_states(g)) {
        *n = 0;
        return NULL;
    }
    const uint32_t *first = &g_array_index(g->first, uint32_t, state);
    *n = first[1] - first[0];
    return &g_array_index(g->transitions, struct state_graph_packed, first[0]);
}

static const struct state_graph_label *label_of_packed(const struct state_graph *g,
                                                       const struct state_graph_packed *out)
{
    return &g_array_index(g->labels, struct state_graph_label, out->label & ~STATE_GRAPH_BACK);
}

uint32_t state_graph_out_degree(const struct state_graph *g, uint32_t state)
{
    uint32_t n;
    transitions_of(g, state, &n);
    return n;
}

struct state_graph_transition state_graph_transition(const struct state_graph *g, uint32_t state, uint32_t i)
{
    assert(i < state_graph_out_degree(g, state));
    const struct state_graph_packed *out =
        &g_array_index(g->transitions, struct state_graph_packed, g_array_index(g->first, uint32_t, state) + i);
    return (struct state_graph_transition){
        out->to, &g_array_index(g->labels, struct state_graph_label, out->label & ~STATE_GRAPH_BACK)};
}

struct state_graph_view state_graph_view(const struct state_graph *g)
{
    return (struct state_graph_view){(const uint32_t *)(const void *)g->first->data,
                                     (const struct state_graph_packed *)(const void *)g->transitions->data,
                                     (const struct state_graph_label *)(const void *)g->labels->data};
}

void state_graph_set_patience(struct state_graph *g, struct patience *patience)
{
    g->patience = patience;
}

struct patience *state_graph_patience(const struct state_graph *g)
{
    return g->patience;
}

/* ---- an order ------------------------------------------------------------------------------------------------- */

/* Lists the states that are met, and counts for each how many transitions lead to it from those. */
static uint32_t list_met(const struct state_graph *g, uint32_t n, const uint32_t *starts, uint32_t n_starts,
                         uint32_t *list, uint32_t *n_incoming)
{
    bool *met = g_new0(bool, (gsize)n + 1);
    uint32_t head = 0, tail = 0;
    for (uint32_t i = 0; i < n_starts; i++) {
        if (!met[starts[i]])
            list[tail++] = starts[i];
        met[starts[i]] = true;
    }
    while (head < tail && !patience_ends_at(g->patience, head)) {
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, list[head++], &n_transitions);
        for (uint32_t i = 0; i < n_transitions; i++) {
            if (out[i].label & STATE_GRAPH_BACK)
                continue;
            n_incoming[out[i].to]++;
            if (!met[out[i].to])
                list[tail++] = out[i].to;
            met[out[i].to] = true;
        }
    }
    g_free(met);
    return tail;
}

/* Puts the states into an order in which every transition into one comes before it. Returns how many there are; those on circles and
 * behind them are not, and their counts stay above 0. */
static uint32_t sort_met(const struct state_graph *g, uint32_t *list, uint32_t n_met, uint32_t *n_incoming)
{
    uint32_t head = 0, tail = 0;
    for (uint32_t i = 0; i < n_met; i++)
        if (n_incoming[list[i]] == 0)
            list[tail++] = list[i];
    while (head < tail && !patience_ends_at(g->patience, head)) {
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, list[head++], &n_transitions);
        for (uint32_t i = 0; i < n_transitions; i++)
            if (!(out[i].label & STATE_GRAPH_BACK) && --n_incoming[out[i].to] == 0)
                list[tail++] = out[i].to;
    }
    return tail;
}

/* The states on circles and behind them, depth first. */
struct circle_search {
    const struct state_graph *g;
    uint32_t *left;  /* state: 0, or it is to be met */
    uint32_t *place; /* of the one that is listed next, from the end */
    GArray *path;    /* circle_frame */
};

struct circle_frame {
    uint32_t state, next; /* its transition that is followed next */
};

static void enter_circle(struct circle_search *c, uint32_t state)
{
    const struct circle_frame f = {state, 0};
    c->left[state] = 0;
    g_array_append_val(c->path, f);
}

/* Lists all that is to be met from here, each state behind those that it leads to. False: it was stopped. */
static bool list_circles_from(struct circle_search *c, uint32_t root)
{
    if (c->left[root] == 0)
        return true;
    enter_circle(c, root);
    for (uint64_t round = 0; c->path->len > 0; round++) {
        struct circle_frame *f = &g_array_index(c->path, struct circle_frame, c->path->len - 1);
        uint32_t n;
        const struct state_graph_packed *out = transitions_of(c->g, f->state, &n);
        if (patience_ends_at(c->g->patience, round))
            return false;
        if (f->next == n) {
            *c->place-- = f->state;
            g_array_set_size(c->path, c->path->len - 1);
            continue;
        }
        const struct state_graph_packed *step = &out[f->next++];
        if (!(step->label & STATE_GRAPH_BACK) && c->left[step->to] > 0)
            enter_circle(c, step->to);
    }
    return true;
}

/* Fills the order behind its first n_forward states, from the places where the film comes to its circles. If it is stopped, they are
 * left out. */
static void list_circles(const struct state_graph *g, struct state_graph_order *o, const uint32_t *starts,
                         uint32_t n_starts, uint32_t *left)
{
    struct circle_search c = {g, left, o->states + o->n - 1, g_array_new(FALSE, FALSE, sizeof(struct circle_frame))};
    bool good = true;
    for (uint32_t i = 0; good && i < n_starts; i++)
        good = list_circles_from(&c, starts[i]);
    for (uint32_t k = 0; good && k < o->n_forward; k++) {
        uint32_t n;
        const struct state_graph_packed *out = transitions_of(g, o->states[k], &n);
        for (uint32_t i = 0; good && i < n; i++)
            good = out[i].label & STATE_GRAPH_BACK || list_circles_from(&c, out[i].to);
    }
    assert(!good || c.place + 1 == o->states + o->n_forward);
    o->n = good ? o->n : o->n_forward;
    g_array_unref(c.path);
}

struct state_graph_order state_graph_order_new(const struct state_graph *g, uint32_t n, const uint32_t *starts,
                                               uint32_t n_starts)
{
    struct state_graph_order o = {.states = g_new(uint32_t, (gsize)n + 1)};
    uint32_t *n_incoming = g_new0(uint32_t, (gsize)n + 1);
    o.n = list_met(g, n, starts, n_starts, o.states, n_incoming);
    o.n_forward = sort_met(g, o.states, o.n, n_incoming);
    o.cycles = o.n_forward < o.n;
    if (o.cycles)
        list_circles(g, &o, starts, n_starts, n_incoming);
    g_free(n_incoming);
    return o;
}

void state_graph_order_free(struct state_graph_order *o)
{
    g_free(o->states);
}

/* ---- what can be reached -------------------------------------------------------------------------------------- */

/* The transitions reversed: those into state i come from the states from[first[i]] .. from[first[i + 1] - 1]. */
struct reverse_graph {
    uint32_t *first, *from;
};

static struct reverse_graph reverse_transitions(const struct state_graph *g, uint32_t n)
{
    struct reverse_graph r = {g_new0(uint32_t, (gsize)n + 2), g_new(uint32_t, (gsize)g->transitions->len + 1)};
    for (guint i = 0; i < g->transitions->len; i++)
        r.first[g_array_index(g->transitions, struct state_graph_packed, i).to + 2]++;
    for (uint32_t i = 2; i < n + 2; i++)
        r.first[i] += r.first[i - 1];
    for (uint32_t s = 0; s < state_graph_n_states(g) && !patience_ends_at(g->patience, s); s++) {
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, s, &n_transitions);
        for (uint32_t i = 0; i < n_transitions; i++)
            r.from[r.first[out[i].to + 1]++] = out[i].label & STATE_GRAPH_BACK ? UINT32_MAX : s;
    }
    return r;
}

/* Where there is an order, from its end; no transition needs to be reversed. Returns whether anything was found. */
static bool reach_in_order(const struct state_graph *g, const uint32_t *states, uint32_t n, bool *reaches)
{
    bool found = false;
    for (uint32_t k = n; k-- > 0 && !patience_ends_at(g->patience, k);) {
        uint32_t n_transitions;
        const uint32_t s = states[k];
        const struct state_graph_packed *out = transitions_of(g, s, &n_transitions);
        for (uint32_t i = 0; i < n_transitions && !reaches[s]; i++)
            found |= reaches[s] = !(out[i].label & STATE_GRAPH_BACK) && reaches[out[i].to];
    }
    return found;
}

void state_graph_reaching(const struct state_graph *g, uint32_t n, const struct state_graph_order *order,
                          const bool *goal, bool *reaches)
{
    if (order && order->n == n) {
        bool more = order->cycles;
        memcpy(reaches, goal, n * sizeof *reaches);
        for (int round = 0; more && round < REACH_ROUNDS; round++)
            more = reach_in_order(g, order->states + order->n_forward, n - order->n_forward, reaches);
        reach_in_order(g, order->states, order->n_forward, reaches);
        if (!more)
            return;
    }
    struct reverse_graph r = reverse_transitions(g, n);
    uint32_t *queue = g_new(uint32_t, (gsize)n + 1), head = 0, tail = 0;
    for (uint32_t i = 0; i < n; i++)
        if ((reaches[i] = goal[i]))
            queue[tail++] = i;
    while (head < tail && !patience_ends_at(g->patience, head)) {
        const uint32_t to = queue[head++];
        for (uint32_t i = r.first[to]; i < r.first[to + 1]; i++) {
            const uint32_t from = r.from[i];
            if (from == UINT32_MAX || reaches[from])
                continue;
            reaches[from] = true;
            queue[tail++] = from;
        }
    }
    g_free(queue);
    g_free(r.from);
    g_free(r.first);
}

/* ---- times ---------------------------------------------------------------------------------------------------- */

static void shortest_in_order(const struct state_graph *g, const struct state_graph_order *order, int64_t *us,
                              uint32_t *by)
{
    for (uint32_t k = 0; k < order->n_forward && !patience_ends_at(g->patience, k); k++) {
        uint32_t n_transitions;
        const uint32_t from = order->states[k];
        const struct state_graph_packed *out = transitions_of(g, from, &n_transitions);
        for (uint32_t i = 0; i < n_transitions; i++) {
            const int64_t there = us[from] + label_of_packed(g, &out[i])->min_us;
            if ((out[i].label & STATE_GRAPH_BACK) != 0 || there >= us[out[i].to])
                continue;
            us[out[i].to] = there;
            by[out[i].to] = g_array_index(g->first, uint32_t, from) + i;
        }
    }
}

void state_graph_shortest(const struct state_graph *g, const struct state_graph_order *order, uint32_t n,
                          const uint32_t *starts, uint32_t n_starts, int64_t *us, uint32_t *by)
{
    for (uint32_t i = 0; i < n; i++)
        us[i] = STATE_GRAPH_NEVER;
    for (uint32_t i = 0; i < n_starts; i++)
        us[starts[i]] = 0;
    shortest_in_order(g, order, us, by);
    GArray *heap = g_array_new(FALSE, FALSE, sizeof(struct time_heap_entry));
    for (uint32_t k = order->n_forward; k < order->n; k++)
        if (us[order->states[k]] != STATE_GRAPH_NEVER)
            time_heap_push(heap, (struct time_heap_entry){.us = us[order->states[k]], .state = order->states[k]});
    for (uint64_t round = 0; heap->len > 0 && !patience_ends_at(g->patience, round); round++) {
        const struct time_heap_entry e = time_heap_pop(heap);
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, e.state, &n_transitions);
        for (uint32_t i = 0; e.us == us[e.state] && i < n_transitions; i++) {
            const int64_t there = e.us + label_of_packed(g, &out[i])->min_us;
            if ((out[i].label & STATE_GRAPH_BACK) != 0 || there >= us[out[i].to])
                continue;
            us[out[i].to] = there;
            by[out[i].to] = g_array_index(g->first, uint32_t, e.state) + i;
            time_heap_push(heap, (struct time_heap_entry){.us = there, .state = out[i].to});
        }
    }
    g_array_unref(heap);
}

uint32_t state_graph_source(const struct state_graph *g, uint32_t number, uint32_t *i)
{
    const uint32_t *first = &g_array_index(g->first, uint32_t, 0);
    uint32_t low = 0, high = state_graph_n_states(g); /* the state is in [low, high) */
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (first[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    assert(number >= first[low] && number < first[low + 1]);
    *i = number - first[low];
    return low;
}

/* What is known so far of a longest time, until its state is looked at: negative, while times are not. */
static int64_t as_unfinished(int64_t us)
{
    return -1 - us;
}

void state_graph_longest(const struct state_graph *g, const struct state_graph_order *order, uint32_t n,
                         const int64_t *shortest, int64_t *us)
{
    for (uint32_t i = 0; i < n; i++)
        us[i] = shortest[i] == STATE_GRAPH_NEVER ? STATE_GRAPH_NEVER : as_unfinished(0);
    for (uint32_t k = 0; k < order->n_forward && !patience_ends_at(g->patience, k); k++) {
        uint32_t n_transitions;
        const uint32_t from = order->states[k];
        const struct state_graph_packed *out = transitions_of(g, from, &n_transitions);
        us[from] = as_unfinished(us[from]);
        assert(us[from] >= shortest[from]);
        for (uint32_t i = 0; i < n_transitions; i++)
            if (!(out[i].label & STATE_GRAPH_BACK))
                us[out[i].to] = MIN(us[out[i].to], as_unfinished(us[from] + label_of_packed(g, &out[i])->max_us));
    }
    for (uint32_t i = 0; i < n; i++) /* the rest lies on circles or behind them */
        us[i] = us[i] < 0 ? STATE_GRAPH_ENDLESS : us[i];
}
