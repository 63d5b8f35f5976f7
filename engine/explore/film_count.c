#include "explore/film_count.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* Where a film may have led to: a state (`step` 0), or the middle of a transition, of which so many steps were taken. */
struct film_place {
    uint32_t number; /* of the state, or of the transition among all */
    int32_t step;
};

struct film_counter {
    const struct film_count_input *in;
    struct state_graph_view view;
    uint32_t n;
    bool *stops;        /* state: from here the film can stop */
    uint64_t work;      /* steps of sets */
    GHashTable *layer;  /* GBytes (sorted film_place) to double *: how many films lead to this set */
    GHashTable *behind; /* the same with one more step */
    double found;
};

/* ---- where every path is another film ------------------------------------------------------------------------- */

/* Do two transitions of a state begin alike, so that the film does not tell which of them was taken? */
static bool begin_alike(const struct film_counter *c, const struct state_graph_label *a,
                        const struct state_graph_label *b)
{
    int32_t n, m;
    const int32_t *x = sequences_steps(c->in->sequences, a->step_sequence, &n);
    const int32_t *y = sequences_steps(c->in->sequences, b->step_sequence, &m);
    const int32_t both = MIN(n, m);
    return both == 0 || memcmp(x, y, (size_t)both * sizeof *x) == 0;
}

static bool counts(const struct film_counter *c, const struct state_graph_transition *t)
{
    return !t->label->back && c->stops[t->to];
}

/* Is the k-th transition of the state the same film as an earlier one to the same state? */
static bool is_again(const struct film_counter *c, uint32_t state, uint32_t k)
{
    const struct state_graph_transition t = state_graph_view_transition(&c->view, state, k);
    for (uint32_t i = 0; i < k; i++) {
        const struct state_graph_transition e = state_graph_view_transition(&c->view, state, i);
        if (e.to == t.to && !e.label->back && e.label->step_sequence == t.label->step_sequence)
            return true;
    }
    return false;
}

static bool is_clear(const struct film_counter *c, uint32_t state)
{
    const uint32_t n = state_graph_view_out_degree(&c->view, state);
    for (uint32_t k = 1; k < n; k++) {
        const struct state_graph_transition t = state_graph_view_transition(&c->view, state, k);
        if (!counts(c, &t) || is_again(c, state, k))
            continue;
        for (uint32_t i = 0; i < k; i++) {
            const struct state_graph_transition e = state_graph_view_transition(&c->view, state, i);
            if (counts(c, &e) && begin_alike(c, e.label, t.label))
                return false;
        }
    }
    return true;
}

static bool all_clear(const struct film_counter *c)
{
    for (uint32_t i = 0; i < c->in->order->n; i++)
        if (!is_clear(c, c->in->order->states[i]))
            return false;
    return true;
}

/* How many paths lead on from the start until the film stops. */
static double count_paths(const struct film_counter *c)
{
    double *paths = g_new0(double, (gsize)c->n + 1);
    for (uint32_t i = c->in->order->n; i-- > 0;) {
        const uint32_t state = c->in->order->states[i];
        paths[state] = c->in->over[state] ? 1 : 0;
        for (uint32_t k = 0; !c->in->over[state] && k < state_graph_view_out_degree(&c->view, state); k++) {
            const struct state_graph_transition t = state_graph_view_transition(&c->view, state, k);
            if (counts(c, &t) && !is_again(c, state, k))
                paths[state] += paths[t.to];
        }
    }
    const double n = paths[c->in->start];
    g_free(paths);
    return n;
}

/* ---- elsewhere ------------------------------------------------------------------------------------------------ */

static gint by_place(gconstpointer a, gconstpointer b)
{
    const struct film_place *x = a, *y = b;
    return x->step != y->step ? x->step - y->step : (x->number > y->number) - (x->number < y->number);
}

/* Adds the place behind so many steps of a transition. Steps that take no film are passed. */
static void add_place(struct film_counter *c, GArray *set, uint32_t transition, int32_t step);

static void add_state(struct film_counter *c, GArray *set, uint32_t state)
{
    const struct film_place place = {state, 0};
    for (guint i = 0; i < set->len; i++)
        if (by_place(&g_array_index(set, struct film_place, i), &place) == 0)
            return;
    g_array_append_val(set, place);
    c->work++;
    for (uint32_t k = 0; !c->in->over[state] && k < state_graph_view_out_degree(&c->view, state); k++) {
        int32_t n;
        const struct state_graph_transition t = state_graph_view_transition(&c->view, state, k);
        sequences_steps(c->in->sequences, t.label->step_sequence, &n);
        if (n == 0 && counts(c, &t))
            add_place(c, set, c->view.first[state] + k, 0);
    }
}

static const struct state_graph_label *label_of(const struct film_counter *c, uint32_t transition)
{
    return &c->view.labels[c->view.transitions[transition].label & ~STATE_GRAPH_BACK];
}

static void add_place(struct film_counter *c, GArray *set, uint32_t transition,
                      int32_t step) /* NOLINT(misc-no-recursion) */
{
    int32_t n;
    sequences_steps(c->in->sequences, label_of(c, transition)->step_sequence, &n);
    const struct film_place place = {transition, step};
    if (step == n)
        add_state(c, set, c->view.transitions[transition].to);
    else
        g_array_append_val(set, place);
}

/* One way on from a set: a step, and the place behind it. */
struct film_step {
    int32_t symbol;
    uint32_t transition;
    int32_t step;
};

static void list_step(const struct film_counter *c, GArray *steps, uint32_t transition, int32_t step)
{
    int32_t n;
    const int32_t *symbols = sequences_steps(c->in->sequences, label_of(c, transition)->step_sequence, &n);
    if (step == n)
        return; /* it takes no film, and was passed */
    const struct film_step s = {symbols[step], transition, step + 1};
    g_array_append_val(steps, s);
}

static gint by_symbol(gconstpointer a, gconstpointer b)
{
    const struct film_step *x = a, *y = b;
    return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

/* All ways on from the places of a set, sorted. Returns whether the film may stop here. */
static bool list_steps(struct film_counter *c, const struct film_place *set, gsize n, GArray *steps)
{
    bool stops = false;
    for (gsize i = 0; i < n; i++) {
        if (set[i].step > 0) {
            list_step(c, steps, set[i].number, set[i].step);
            continue;
        }
        const uint32_t state = set[i].number;
        stops |= c->in->over[state];
        for (uint32_t k = 0; !c->in->over[state] && k < state_graph_view_out_degree(&c->view, state); k++) {
            const struct state_graph_transition t = state_graph_view_transition(&c->view, state, k);
            if (counts(c, &t))
                list_step(c, steps, c->view.first[state] + k, 0);
        }
    }
    g_array_sort(steps, by_symbol);
    c->work += n + steps->len;
    return stops;
}

/* So many films lead to this set with one more step. Takes the set. */
static void add_films(struct film_counter *c, GArray *set, double n)
{
    g_array_sort(set, by_place);
    guint kept = 0;
    for (guint i = 0; i < set->len; i++)
        if (i == 0 ||
            by_place(&g_array_index(set, struct film_place, i), &g_array_index(set, struct film_place, i - 1)))
            g_array_index(set, struct film_place, kept++) = g_array_index(set, struct film_place, i);
    GBytes *key = g_bytes_new(set->data, kept * sizeof(struct film_place));
    double *films = g_hash_table_lookup(c->behind, key);
    if (!films)
        g_hash_table_insert(c->behind, g_bytes_ref(key), films = g_new0(double, 1));
    *films += n;
    g_bytes_unref(key);
    g_array_unref(set);
}

static void follow_set(struct film_counter *c, GBytes *key, double films, GArray *steps)
{
    gsize bytes;
    const struct film_place *set = g_bytes_get_data(key, &bytes);
    g_array_set_size(steps, 0);
    if (list_steps(c, set, bytes / sizeof *set, steps))
        c->found += films;
    for (guint i = 0; i < steps->len;) {
        GArray *next = g_array_new(FALSE, FALSE, sizeof(struct film_place));
        const int32_t symbol = g_array_index(steps, struct film_step, i).symbol;
        for (; i < steps->len && g_array_index(steps, struct film_step, i).symbol == symbol; i++) {
            const struct film_step *s = &g_array_index(steps, struct film_step, i);
            add_place(c, next, s->transition, s->step);
        }
        add_films(c, next, films);
    }
}

static GHashTable *new_layer(void)
{
    return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
}

/* The graph's; when it is over, the count is of no use. */
static struct patience *patience_of(const struct film_counter *c)
{
    return state_graph_patience(c->in->graph);
}

/* All films take one more step. */
static void follow_layer(struct film_counter *c, GArray *steps)
{
    GHashTableIter it;
    gpointer key, films;
    g_hash_table_iter_init(&it, c->layer);
    while (g_hash_table_iter_next(&it, &key, &films) && c->work <= FILM_COUNT_WORK_MAX &&
           !patience_is_over(patience_of(c)))
        follow_set(c, key, *(double *)films, steps);
    g_hash_table_unref(c->layer);
    c->layer = c->behind;
    c->behind = new_layer();
}

static bool may_continue(const struct film_counter *c)
{
    return c->work <= FILM_COUNT_WORK_MAX && (!c->in->may_continue || c->in->may_continue(c->in->user));
}

/* Lists the states by which films come that stop, and counts for each the transitions that lead to it from those. */
static uint32_t list_stopping(const struct film_counter *c, uint32_t *list, uint32_t *n_incoming)
{
    uint32_t tail = 0;
    list[tail++] = c->in->start;
    for (uint32_t head = 0; head < tail && !patience_ends_at(patience_of(c), head); head++)
        for (uint32_t k = 0; k < state_graph_view_out_degree(&c->view, list[head]); k++) {
            const struct state_graph_transition t = state_graph_view_transition(&c->view, list[head], k);
            if (counts(c, &t) && n_incoming[t.to]++ == 0 && t.to != c->in->start)
                list[tail++] = t.to;
        }
    return tail;
}

/* Can a film that stops go round before? Then there are such films of any length. */
static bool goes_round(const struct film_counter *c)
{
    uint32_t *list = g_new(uint32_t, (gsize)c->n + 1), *n_incoming = g_new0(uint32_t, (gsize)c->n + 1);
    uint32_t tail = 0;
    const uint32_t n = list_stopping(c, list, n_incoming);
    if (n_incoming[c->in->start] == 0)
        list[tail++] = c->in->start;
    for (uint32_t head = 0; head < tail && !patience_ends_at(patience_of(c), head); head++)
        for (uint32_t k = 0; k < state_graph_view_out_degree(&c->view, list[head]); k++) {
            const struct state_graph_transition t = state_graph_view_transition(&c->view, list[head], k);
            if (counts(c, &t) && --n_incoming[t.to] == 0)
                list[tail++] = t.to;
        }
    g_free(n_incoming);
    g_free(list);
    return tail < n;
}

/* Follows sets of states, one step of film after the other. */
static struct film_count count_by_sets(struct film_counter *c, bool cycles)
{
    struct film_count r = {0};
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(struct film_step));
    GArray *first = g_array_new(FALSE, FALSE, sizeof(struct film_place));
    const int32_t most = cycles ? FILM_COUNT_SHORT_STEPS : FILM_COUNT_STEPS_MAX;
    double short_ones = 0;
    c->layer = new_layer();
    c->behind = new_layer();
    if (c->stops[c->in->start]) {
        add_state(c, first, c->in->start);
        add_films(c, g_array_ref(first), 1);
        follow_layer(c, steps); /* of the empty layer: the first set moves up */
    }
    for (int32_t i = 0; i <= most && g_hash_table_size(c->layer) > 0 && may_continue(c); i++) {
        follow_layer(c, steps);
        short_ones = i <= FILM_COUNT_SHORT_STEPS ? c->found : short_ones;
    }
    r.at_least = c->work > FILM_COUNT_WORK_MAX;
    r.all = !r.at_least && g_hash_table_size(c->layer) == 0;
    r.n = r.all || r.at_least ? c->found : short_ones;
    g_hash_table_unref(c->layer);
    g_hash_table_unref(c->behind);
    g_array_unref(first);
    g_array_unref(steps);
    return r;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

struct film_count film_count_run(const struct film_count_input *in)
{
    struct film_counter c = {.in = in, .view = state_graph_view(in->graph), .n = state_graph_n_states(in->graph)};
    const bool forward = in->order && !in->order->cycles;
    struct film_count r = {.all = true};
    c.stops = g_new0(bool, (gsize)c.n + 1);
    state_graph_reaching(in->graph, c.n, in->order, in->over, c.stops);
    if (forward && all_clear(&c))
        r.n = count_paths(&c);
    else {
        r = count_by_sets(&c, !forward && c.stops[in->start] && goes_round(&c));
        if (r.at_least && forward)
            r = (struct film_count){.n = count_paths(&c), .all = true, .at_most = true};
    }
    assert(!(r.at_least && r.at_most));
    g_free(c.stops);
    return r;
}
