#include "explore/graph.h"
#include "explore/arrival.h"

#include <glib.h>

struct graph {
    GArray *ways;        /* graph_way */
    GArray *first;       /* uint32: of each closed state; one more: of the open one */
    GArray *kinds;       /* graph_kind: few differ */
    GHashTable *by_kind; /* graph_kind -> number */
};

static guint kind_hash(gconstpointer p)
{
    const struct graph_kind *t = p;
    const uint64_t option = (uint64_t)(uint32_t)t->decision * 64 + (uint32_t)t->choice;
    const uint64_t h =
        ((uint64_t)t->min_us * 31 + (uint64_t)t->max_us + t->course + option * 1009) * UINT64_C(0x9e3779b97f4a7c15);
    return (guint)(h >> 32);
}

bool graph_kind_equal(const struct graph_kind *a, const struct graph_kind *b)
{
    return a->min_us == b->min_us && a->max_us == b->max_us && a->chance == b->chance && a->measured == b->measured &&
           a->film == b->film && a->length == b->length && a->decision == b->decision && a->choice == b->choice &&
           a->course == b->course && a->back == b->back && a->merged == b->merged;
}

static gboolean kind_equal(gconstpointer a, gconstpointer b)
{
    return graph_kind_equal(a, b);
}

struct graph *graph_new(void)
{
    struct graph *g = g_new0(struct graph, 1);
    const uint32_t zero = 0;
    g->ways = g_array_new(FALSE, FALSE, sizeof(struct graph_way));
    g->first = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g->kinds = g_array_new(FALSE, FALSE, sizeof(struct graph_kind));
    g->by_kind = g_hash_table_new_full(kind_hash, kind_equal, g_free, NULL);
    g_array_append_val(g->first, zero);
    return g;
}

void graph_free(struct graph *g)
{
    if (!g)
        return;
    g_hash_table_unref(g->by_kind);
    g_array_unref(g->kinds);
    g_array_unref(g->first);
    g_array_unref(g->ways);
    g_free(g);
}

uint32_t graph_kind_number(struct graph *g, const struct graph_kind *kind)
{
    gpointer number;
    if (g_hash_table_lookup_extended(g->by_kind, kind, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_hash_table_insert(g->by_kind, g_memdup2(kind, sizeof *kind), GUINT_TO_POINTER(g->kinds->len));
    g_array_append_val(g->kinds, *kind);
    return g->kinds->len - 1;
}

void graph_way_numbered(struct graph *g, uint32_t to, uint32_t number)
{
    const bool back = g_array_index(g->kinds, struct graph_kind, number).back;
    const struct graph_way way = {to, number | (back ? GRAPH_BACK : 0)};
    g_array_append_val(g->ways, way);
}

void graph_way_of(struct graph *g, uint32_t to, const struct graph_kind *kind)
{
    graph_way_numbered(g, to, graph_kind_number(g, kind));
}

void graph_way(struct graph *g, uint32_t to, int64_t min_us, int64_t max_us, bool back)
{
    graph_way_of(g, to, &(struct graph_kind){min_us, max_us, 1, 1, 0, 0, -1, -1, -1, back, false});
}

void graph_close(struct graph *g)
{
    g_array_append_val(g->first, g->ways->len);
}

uint32_t graph_states(const struct graph *g)
{
    return g->first->len - 1;
}

uint64_t graph_ways(const struct graph *g)
{
    return g->ways->len;
}

size_t graph_bytes(const struct graph *g)
{
    /* An array that grows doubles. */
    return 2 * (g->ways->len * sizeof(struct graph_way) + g->first->len * sizeof(uint32_t));
}

static const struct graph_way *ways_of(const struct graph *g, uint32_t state, uint32_t *n)
{
    if (state >= graph_states(g)) {
        *n = 0;
        return NULL;
    }
    const uint32_t *first = &g_array_index(g->first, uint32_t, state);
    *n = first[1] - first[0];
    return &g_array_index(g->ways, struct graph_way, first[0]);
}

static struct graph_kind time_of(const struct graph *g, const struct graph_way *way)
{
    return g_array_index(g->kinds, struct graph_kind, way->kind & ~GRAPH_BACK);
}

uint32_t graph_n_steps(const struct graph *g, uint32_t state)
{
    uint32_t n;
    ways_of(g, state, &n);
    return n;
}

struct graph_step graph_step(const struct graph *g, uint32_t state, uint32_t i)
{
    const struct graph_way *way =
        &g_array_index(g->ways, struct graph_way, g_array_index(g->first, uint32_t, state) + i);
    return (struct graph_step){way->to, &g_array_index(g->kinds, struct graph_kind, way->kind & ~GRAPH_BACK)};
}

struct graph_view graph_view(const struct graph *g)
{
    return (struct graph_view){(const uint32_t *)(const void *)g->first->data,
                               (const struct graph_way *)(const void *)g->ways->data,
                               (const struct graph_kind *)(const void *)g->kinds->data};
}

/* ---- what can be reached -------------------------------------------------------------------------------------- */

/* Ways the other way round: into state i lead from[first[i] .. first[i + 1]). */
struct reverse {
    uint32_t *first, *from;
};

static struct reverse reverse_of(const struct graph *g, uint32_t n)
{
    struct reverse r = {g_new0(uint32_t, (gsize)n + 2), g_new(uint32_t, (gsize)g->ways->len + 1)};
    for (guint i = 0; i < g->ways->len; i++)
        r.first[g_array_index(g->ways, struct graph_way, i).to + 2]++;
    for (uint32_t i = 2; i < n + 2; i++)
        r.first[i] += r.first[i - 1];
    for (uint32_t s = 0; s < graph_states(g); s++) {
        uint32_t n_ways;
        const struct graph_way *way = ways_of(g, s, &n_ways);
        for (uint32_t i = 0; i < n_ways; i++)
            r.from[r.first[way[i].to + 1]++] = way[i].kind & GRAPH_BACK ? UINT32_MAX : s;
    }
    return r;
}

void graph_reaching(const struct graph *g, uint32_t n, const bool *goal, bool *reaches)
{
    struct reverse r = reverse_of(g, n);
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

void graph_shortest(const struct graph *g, uint32_t n, const uint32_t *starts, uint32_t n_starts, int64_t *us,
                    uint32_t *by)
{
    GArray *heap = g_array_new(FALSE, FALSE, sizeof(struct arrival));
    for (uint32_t i = 0; i < n; i++)
        us[i] = GRAPH_NEVER;
    for (uint32_t i = 0; i < n_starts; i++) {
        us[starts[i]] = 0;
        arrival_push(heap, (struct arrival){.state = starts[i]});
    }
    while (heap->len > 0) {
        const struct arrival a = arrival_pop(heap);
        uint32_t n_ways;
        const struct graph_way *way = ways_of(g, a.state, &n_ways);
        for (uint32_t i = 0; a.us == us[a.state] && i < n_ways; i++) {
            const int64_t there = a.us + time_of(g, &way[i]).min_us;
            if ((way[i].kind & GRAPH_BACK) != 0 || there >= us[way[i].to])
                continue;
            us[way[i].to] = there;
            by[way[i].to] = g_array_index(g->first, uint32_t, a.state) + i;
            arrival_push(heap, (struct arrival){.us = there, .state = way[i].to});
        }
    }
    g_array_unref(heap);
}

uint32_t graph_way_owner(const struct graph *g, uint32_t number, uint32_t *i)
{
    const uint32_t *first = &g_array_index(g->first, uint32_t, 0);
    uint32_t low = 0, high = graph_states(g); /* the owner is in [low, high) */
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (first[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    *i = number - first[low];
    return low;
}

/* For each state, by how many ways it is reached from states that are reached at all. */
static uint32_t *count_arrivals(const struct graph *g, uint32_t n, const int64_t *shortest)
{
    uint32_t *arrivals = g_new0(uint32_t, (gsize)n + 1);
    for (uint32_t s = 0; s < graph_states(g); s++) {
        uint32_t n_ways;
        const struct graph_way *way = ways_of(g, s, &n_ways);
        for (uint32_t i = 0; shortest[s] != GRAPH_NEVER && i < n_ways; i++)
            arrivals[way[i].to] += (way[i].kind & GRAPH_BACK) == 0;
    }
    return arrivals;
}

/* A state is looked at when all ways that lead to it were; those in a circle or behind one never are. */
void graph_longest(const struct graph *g, uint32_t n, const int64_t *shortest, int64_t *us)
{
    uint32_t *arrivals = count_arrivals(g, n, shortest);
    uint32_t *queue = g_new(uint32_t, (gsize)n + 1), head = 0, tail = 0;
    int64_t *so_far = g_new0(int64_t, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        us[i] = shortest[i] == GRAPH_NEVER ? GRAPH_NEVER : GRAPH_ENDLESS;
        if (shortest[i] != GRAPH_NEVER && arrivals[i] == 0)
            queue[tail++] = i;
    }
    while (head < tail) {
        const uint32_t from = queue[head++];
        uint32_t n_ways;
        const struct graph_way *way = ways_of(g, from, &n_ways);
        us[from] = so_far[from];
        for (uint32_t i = 0; i < n_ways; i++) {
            if (way[i].kind & GRAPH_BACK)
                continue;
            so_far[way[i].to] = MAX(so_far[way[i].to], us[from] + time_of(g, &way[i]).max_us);
            if (--arrivals[way[i].to] == 0)
                queue[tail++] = way[i].to;
        }
    }
    g_free(so_far);
    g_free(queue);
    g_free(arrivals);
}
