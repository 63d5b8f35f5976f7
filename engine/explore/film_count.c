#include "explore/film_count.h"

#include "explore/strong_components.h"
#include "explore/time_heap.h"

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
    const struct state_graph_order *order; /* of the start */
    bool *stops;                           /* state: from here the film can stop */
    uint64_t work;                         /* steps of sets */
    GHashTable *layer;                     /* GBytes (sorted film_place) to double *: how many films lead to this set */
    GHashTable *behind;                    /* the same with one more step */
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
    for (uint32_t i = 0; i < c->order->n; i++)
        if (!is_clear(c, c->order->states[i]))
            return false;
    return true;
}

/* How many paths lead on from the start until the film stops. */
static double count_paths(const struct film_counter *c)
{
    double *paths = g_new0(double, (gsize)c->n + 1);
    for (uint32_t i = c->order->n; i-- > 0;) {
        const uint32_t state = c->order->states[i];
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

/* How many steps of film a transition shows. */
static int32_t steps_of(const struct film_counter *c, uint32_t transition)
{
    int32_t n;
    sequences_steps(c->in->sequences, label_of(c, transition)->step_sequence, &n);
    return n;
}

/* Where a transition leads, if films come by it that stop. */
static uint32_t end_of_transition(const void *user, uint32_t transition)
{
    const struct film_counter *c = user;
    const struct state_graph_packed *t = &c->view.transitions[transition];
    return t->label & STATE_GRAPH_BACK || !c->stops[t->to] ? DIRECTED_NO_EDGE : t->to;
}

/* The least steps of a film that comes to each state, or INT64_MAX. To be freed. */
static int64_t *find_least_steps(const struct film_counter *c)
{
    int64_t *least = g_new(int64_t, (gsize)c->n + 1);
    GArray *heap = g_array_new(FALSE, FALSE, sizeof(struct time_heap_entry));
    for (uint32_t i = 0; i < c->n; i++)
        least[i] = INT64_MAX;
    least[c->in->start] = 0;
    time_heap_push(heap, (struct time_heap_entry){.state = c->in->start});
    for (uint64_t round = 0; heap->len > 0 && !patience_ends_at(patience_of(c), round); round++) {
        const struct time_heap_entry e = time_heap_pop(heap);
        const uint32_t end = e.us == least[e.state] ? c->view.first[e.state + 1] : 0;
        for (uint32_t t = c->view.first[e.state]; t < end; t++) {
            const uint32_t to = end_of_transition(c, t);
            const int64_t steps = e.us + steps_of(c, t);
            if (to == DIRECTED_NO_EDGE || steps >= least[to])
                continue;
            least[to] = steps;
            time_heap_push(heap, (struct time_heap_entry){.us = steps, .state = to});
        }
    }
    g_array_unref(heap);
    return least;
}

/* Whether a film that stops can go round before. If it shows something on its way, there are such films of any length. */
enum circles { NO_CIRCLES, UNSEEN_CIRCLES, SEEN_CIRCLES };

static enum circles find_circles(const struct film_counter *c)
{
    enum circles found = NO_CIRCLES;
    if (!c->order->cycles)
        return NO_CIRCLES;
    const struct directed_graph g = {c->n, c->n, c->view.first, end_of_transition, c};
    uint32_t *group = strong_components(&g, patience_of(c));
    for (uint32_t i = c->order->n_forward; i < c->order->n; i++) {
        const uint32_t state = c->order->states[i];
        for (uint32_t t = c->view.first[state]; c->stops[state] && t < c->view.first[state + 1]; t++) {
            const uint32_t to = end_of_transition(c, t);
            if (to != DIRECTED_NO_EDGE && group[to] == group[state])
                found = MAX(found, steps_of(c, t) > 0 ? SEEN_CIRCLES : UNSEEN_CIRCLES);
        }
    }
    g_free(group);
    return found;
}

/* Does a film of so few steps stop? */
static bool stops_within(const struct film_counter *c, const int64_t *least, int64_t steps)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->in->over[i] && least[i] <= steps)
            return true;
    return false;
}

/* Follows sets of states, one step of film after the other. */
static struct film_count count_by_sets(struct film_counter *c, bool endless)
{
    struct film_count r = {.endless = endless};
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(struct film_step));
    GArray *first = g_array_new(FALSE, FALSE, sizeof(struct film_place));
    const int32_t most = endless ? FILM_COUNT_SHORT_STEPS : FILM_COUNT_STEPS_MAX;
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

/* A film can be of any length: the short ones are counted, if there are any. */
static struct film_count count_short(struct film_counter *c)
{
    int64_t *least = find_least_steps(c);
    const bool any = stops_within(c, least, FILM_COUNT_SHORT_STEPS);
    g_free(least);
    return any ? count_by_sets(c, true) : (struct film_count){.endless = true};
}

/* Paths are finite. Where they can't be told apart at once, sets are tried. */
static struct film_count count_forward(struct film_counter *c)
{
    const struct film_count paths = {.n = count_paths(c), .all = true};
    if (all_clear(c))
        return paths;
    const struct film_count films = count_by_sets(c, false);
    return films.at_least ? (struct film_count){.n = paths.n, .all = true, .at_most = true} : films;
}

struct film_count film_count_run(const struct film_count_input *in)
{
    struct film_counter c = {.in = in, .view = state_graph_view(in->graph), .n = state_graph_n_states(in->graph)};
    struct state_graph_order own = {0};
    struct film_count r = {0};
    if (!in->order)
        own = state_graph_order_new(in->graph, c.n, &in->start, 1);
    c.order = in->order ? in->order : &own;
    c.stops = g_new0(bool, (gsize)c.n + 1);
    state_graph_reaching(in->graph, c.n, c.order, in->over, c.stops);
    switch (find_circles(&c)) {
    case NO_CIRCLES:
        r = count_forward(&c);
        break;
    case UNSEEN_CIRCLES:
        r = count_by_sets(&c, false);
        break;
    case SEEN_CIRCLES:
        r = count_short(&c);
        break;
    }
    assert(!(r.at_least && r.at_most));
    state_graph_order_free(&own);
    g_free(c.stops);
    return r;
}
