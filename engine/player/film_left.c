#include "player/film_left.h"

#include "play/schedule.h"
#include "story/node_edges.h"

#include <assert.h>
#include <math.h>

#define WORK_MAX     20000000 /* looks at a way on, for all rounds together: a fifth of a second */
#define ROUNDS_MAX   20000    /* of the average, which comes nearer in each where the film goes in circles */
#define PRECISION_US 1000.0

struct ways {
    const struct story *s;
    GArray *edges;    /* struct node_edge */
    int32_t *index;   /* node_edges_index() */
    double *odds;     /* of each edge */
    int64_t *plan_us; /* the planned length of each node */
    int64_t work;
};

static const struct node_edge *edge_at(const struct ways *w, int32_t i)
{
    return &g_array_index(w->edges, struct node_edge, i);
}

static bool same_exit(const struct node_edge *a, const struct node_edge *b)
{
    return a->kind == b->kind && a->decision == b->decision && a->option == b->option;
}

static bool is_counted(const struct node_edge *e)
{
    return !e->back && e->kind != NODE_EDGE_TIMEOUT;
}

/* How many edges from `at` on belong to the same exit, of which *counted are not back(). Edges of an exit lie together. */
static int32_t exit_length(const struct ways *w, int32_t at, int32_t end, int32_t *counted)
{
    int32_t n = 0;
    for (*counted = 0; at + n < end && same_exit(edge_at(w, at), edge_at(w, at + n)); n++)
        *counted += is_counted(edge_at(w, at + n));
    return n;
}

static void set_odds(struct ways *w, int32_t node)
{
    const int32_t end = w->index[node + 1];
    int32_t exits = 0, counted;
    for (int32_t i = w->index[node]; i < end; i += exit_length(w, i, end, &counted)) {
        (void)exit_length(w, i, end, &counted);
        exits += counted > 0;
    }
    for (int32_t i = w->index[node], n; i < end; i += n) {
        n = exit_length(w, i, end, &counted);
        for (int32_t k = i; k < i + n; k++)
            w->odds[k] = is_counted(edge_at(w, k)) ? 1.0 / exits / counted : 0;
    }
}

static void ways_init(struct ways *w, const struct story *s)
{
    *w = (struct ways){.s = s, .edges = node_edges_of(s)};
    w->index = node_edges_index(s, w->edges);
    w->odds = g_new0(double, w->edges->len + 1);
    w->plan_us = g_new(int64_t, s->n_nodes + 1);
    for (int32_t i = 0; i < s->n_nodes; i++) {
        w->plan_us[i] = schedule_planned_length(s, i);
        set_odds(w, i);
    }
}

static void ways_clear(struct ways *w)
{
    g_array_unref(w->edges);
    g_free(w->index);
    g_free(w->odds);
    g_free(w->plan_us);
}

static bool is_end(const struct ways *w, int32_t node)
{
    return w->s->nodes[node].ending >= 0 || w->index[node] == w->index[node + 1];
}

/* The least that a way on costs from here, as far as is known. */
static int64_t shortest_on(const struct ways *w, const struct film_left *left, int32_t node)
{
    int64_t best = US_NONE;
    for (int32_t i = w->index[node]; i < w->index[node + 1]; i++) {
        const int32_t to = edge_at(w, i)->to;
        if (left[to].shortest_us == US_NONE)
            continue;
        const int64_t us = left[to].shortest_us + w->plan_us[to];
        best = best == US_NONE ? us : MIN(best, us);
    }
    return best;
}

/* One round, from the last node to the first, as films are written from the first to the last. True: something changed. */
static bool shorten(struct ways *w, struct film_left *left)
{
    bool changed = false;
    for (int32_t i = w->s->n_nodes; i-- > 0;) {
        const int64_t us = is_end(w, i) ? 0 : shortest_on(w, left, i);
        changed |= us != left[i].shortest_us;
        left[i].shortest_us = us;
    }
    w->work += w->edges->len;
    return changed;
}

/* Whether no way on leads to where there is no end. */
static bool has_average(const struct ways *w, const struct film_left *left, int32_t node)
{
    double all = 0;
    for (int32_t i = w->index[node]; i < w->index[node + 1]; i++)
        if (w->odds[i] > 0) {
            all += w->odds[i];
            if (left[edge_at(w, i)->to].shortest_us == US_NONE)
                return false;
        }
    return is_end(w, node) || all > 0;
}

/* One round; the largest change of an average, in us. */
static double settle(struct ways *w, double *average)
{
    double largest = 0;
    for (int32_t node = w->s->n_nodes; node-- > 0;) {
        double us = 0;
        for (int32_t i = w->index[node]; i < w->index[node + 1] && !is_end(w, node); i++)
            if (w->odds[i] > 0)
                us += w->odds[i] * (average[edge_at(w, i)->to] + (double)w->plan_us[edge_at(w, i)->to]);
        largest = fmax(largest, isnan(us) ? 0 : fabs(us - average[node]));
        average[node] = isnan(average[node]) ? NAN : us;
    }
    w->work += w->edges->len;
    return largest;
}

static void set_averages(struct ways *w, struct film_left *left)
{
    double *average = g_new0(double, w->s->n_nodes + 1);
    double change = INFINITY;
    for (int32_t i = 0; i < w->s->n_nodes; i++)
        average[i] = left[i].shortest_us == US_NONE || !has_average(w, left, i) ? NAN : 0;
    for (int round = 0; round < ROUNDS_MAX && change > PRECISION_US && w->work < WORK_MAX; round++)
        change = settle(w, average);
    for (int32_t i = 0; i < w->s->n_nodes; i++)
        left[i].expected_us =
            change > PRECISION_US || isnan(average[i]) ? US_NONE : MAX(llround(average[i]), left[i].shortest_us);
    g_free(average);
}

struct film_left *film_left_of(const struct story *s)
{
    struct film_left *left = g_new(struct film_left, s->n_nodes + 1);
    struct ways w;
    ways_init(&w, s);
    for (int32_t i = 0; i < s->n_nodes; i++)
        left[i] = (struct film_left){US_NONE, US_NONE};
    bool changed = true;
    while (changed && w.work < WORK_MAX)
        changed = shorten(&w, left);
    if (!changed)
        set_averages(&w, left);
    for (int32_t i = 0; i < s->n_nodes && changed; i++) /* it took too long */
        left[i].shortest_us = US_NONE;
    ways_clear(&w);
    return left;
}
