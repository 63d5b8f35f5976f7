#include "explore/state_graph.h"

#include "base/splitmix64.h"
#include "explore/time_heap.h"

#include <assert.h>
#include <glib.h>

struct state_graph {
    GArray *transitions;       /* state_graph_packed */
    GArray *first;             /* uint32: the first transition of each closed state, then that of the open one */
    GArray *labels;            /* state_graph_label by number */
    GHashTable *label_numbers; /* state_graph_label to number */
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

void state_graph_close_state(struct state_graph *g)
{
    g_array_append_val(g->first, g->transitions->len);
    assert(state_graph_check(g));
}

uint32_t state_graph_n_states(const struct state_graph *g)
{
    return g->first->len - 1;
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

static struct state_graph_label label_of_packed(const struct state_graph *g, const struct state_graph_packed *out)
{
    return g_array_index(g->labels, struct state_graph_label, out->label & ~STATE_GRAPH_BACK);
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
    for (uint32_t s = 0; s < state_graph_n_states(g); s++) {
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, s, &n_transitions);
        for (uint32_t i = 0; i < n_transitions; i++)
            r.from[r.first[out[i].to + 1]++] = out[i].label & STATE_GRAPH_BACK ? UINT32_MAX : s;
    }
    return r;
}

void state_graph_reaching(const struct state_graph *g, uint32_t n, const bool *goal, bool *reaches)
{
    struct reverse_graph r = reverse_transitions(g, n);
    uint32_t *queue = g_new(uint32_t, (gsize)n + 1), head = 0, tail = 0;
    for (uint32_t i = 0; i < n; i++)
        if ((reaches[i] = goal[i]))
            queue[tail++] = i;
    while (head < tail) {
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

void state_graph_shortest(const struct state_graph *g, uint32_t n, const uint32_t *starts, uint32_t n_starts,
                          int64_t *us, uint32_t *by)
{
    GArray *heap = g_array_new(FALSE, FALSE, sizeof(struct time_heap_entry));
    for (uint32_t i = 0; i < n; i++)
        us[i] = STATE_GRAPH_NEVER;
    for (uint32_t i = 0; i < n_starts; i++) {
        us[starts[i]] = 0;
        time_heap_push(heap, (struct time_heap_entry){.state = starts[i]});
    }
    while (heap->len > 0) {
        const struct time_heap_entry e = time_heap_pop(heap);
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, e.state, &n_transitions);
        for (uint32_t i = 0; e.us == us[e.state] && i < n_transitions; i++) {
            const int64_t there = e.us + label_of_packed(g, &out[i]).min_us;
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

/* For each state, how many transitions lead to it from states that are reached at all. */
static uint32_t *count_incoming(const struct state_graph *g, uint32_t n, const int64_t *shortest)
{
    uint32_t *n_incoming = g_new0(uint32_t, (gsize)n + 1);
    for (uint32_t s = 0; s < state_graph_n_states(g); s++) {
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, s, &n_transitions);
        for (uint32_t i = 0; shortest[s] != STATE_GRAPH_NEVER && i < n_transitions; i++)
            n_incoming[out[i].to] += (out[i].label & STATE_GRAPH_BACK) == 0;
    }
    return n_incoming;
}

/* In topological order: a state is looked at when every transition into it was. States in a cycle or behind one never are. */
void state_graph_longest(const struct state_graph *g, uint32_t n, const int64_t *shortest, int64_t *us)
{
    uint32_t *n_incoming = count_incoming(g, n, shortest);
    uint32_t *queue = g_new(uint32_t, (gsize)n + 1), head = 0, tail = 0;
    int64_t *so_far = g_new0(int64_t, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        us[i] = shortest[i] == STATE_GRAPH_NEVER ? STATE_GRAPH_NEVER : STATE_GRAPH_ENDLESS;
        if (shortest[i] != STATE_GRAPH_NEVER && n_incoming[i] == 0)
            queue[tail++] = i;
    }
    while (head < tail) {
        const uint32_t from = queue[head++];
        uint32_t n_transitions;
        const struct state_graph_packed *out = transitions_of(g, from, &n_transitions);
        us[from] = so_far[from];
        assert(us[from] >= shortest[from]);
        for (uint32_t i = 0; i < n_transitions; i++) {
            if (out[i].label & STATE_GRAPH_BACK)
                continue;
            so_far[out[i].to] = MAX(so_far[out[i].to], us[from] + label_of_packed(g, &out[i]).max_us);
            if (--n_incoming[out[i].to] == 0)
                queue[tail++] = out[i].to;
        }
    }
    g_free(so_far);
    g_free(queue);
    g_free(n_incoming);
}
