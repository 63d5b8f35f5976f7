#include "explore/simulate_result.h"

#include "base/units.h"

#include <assert.h>

struct simulate_result *simulate_result_new(const struct story *s, guint n_edges)
{
    struct simulate_result *r = g_new0(struct simulate_result, 1);
    r->nodes = g_new0(uint64_t, s->n_nodes + 1);
    r->visits = g_new0(uint64_t, s->n_nodes + 1);
    r->offered = g_new0(uint64_t, s->n_options + 1);
    r->picked = g_new0(uint64_t, s->n_options + 1);
    r->opened = g_new0(uint64_t, s->n_decisions + 1);
    r->waited = g_new0(uint64_t, s->n_decisions + 1);
    r->endings = g_new0(uint64_t, s->n_endings + 1);
    r->edge_counts = g_new0(uint64_t, (gsize)n_edges + 1);
    r->seconds = g_new0(uint64_t, SIMULATE_SECONDS + 1);
    r->min_us = r->max_us = US_NONE;
    r->n_edges = n_edges;
    return r;
}

void simulate_result_free(struct simulate_result *r)
{
    if (!r)
        return;
    uint64_t *const arrays[] = {r->nodes,  r->visits,  r->offered,     r->picked, r->opened,
                                r->waited, r->endings, r->edge_counts, r->seconds};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
    if (r->edges)
        g_array_unref(r->edges);
    g_free(r);
}

static void add_counts(uint64_t *to, const uint64_t *from, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        to[i] += from[i];
}

void simulate_result_add(const struct story *s, struct simulate_result *to, const struct simulate_result *from)
{
    assert(to->n_edges == from->n_edges);
    assert(simulate_result_check(s, from));
    add_counts(to->nodes, from->nodes, s->n_nodes);
    add_counts(to->visits, from->visits, s->n_nodes);
    add_counts(to->offered, from->offered, s->n_options);
    add_counts(to->picked, from->picked, s->n_options);
    add_counts(to->opened, from->opened, s->n_decisions);
    add_counts(to->waited, from->waited, s->n_decisions);
    add_counts(to->endings, from->endings, s->n_endings);
    add_counts(to->edge_counts, from->edge_counts, (int32_t)from->n_edges);
    add_counts(to->seconds, from->seconds, SIMULATE_SECONDS + 1);
    to->runs += from->runs;
    to->decisions += from->decisions;
    to->from_cache += from->from_cache;
    to->no_ending += from->no_ending;
    to->stuck += from->stuck;
    to->endless += from->endless;
    to->finished += from->finished;
    to->max_us = MAX(to->max_us, from->max_us);
    if (from->min_us != US_NONE)
        to->min_us = to->min_us == US_NONE ? from->min_us : MIN(to->min_us, from->min_us);
}

static uint64_t sum(const uint64_t *counts, int32_t n)
{
    uint64_t all = 0;
    for (int32_t i = 0; i < n; i++)
        all += counts[i];
    return all;
}

bool simulate_result_check(const struct story *s, const struct simulate_result *r)
{
    assert(r->finished == sum(r->endings, s->n_endings) + r->no_ending);
    assert(r->runs == r->finished + r->stuck + r->endless);
    assert(r->finished == sum(r->seconds, SIMULATE_SECONDS + 1));
    assert((r->finished == 0) == (r->min_us == US_NONE) && r->min_us <= r->max_us);
    assert(r->decisions == sum(r->opened, s->n_decisions));
    assert(r->decisions == sum(r->picked, s->n_options) + sum(r->waited, s->n_decisions));
    assert(r->from_cache <= r->decisions);
    return true;
}

int64_t simulate_result_length_us(const struct simulate_result *r, int32_t percent)
{
    uint64_t seen = 0;
    assert(percent <= 100);
    if (r->finished == 0)
        return US_NONE;
    if (percent <= 0)
        return r->min_us;
    for (int64_t i = 0; i <= SIMULATE_SECONDS; i++) {
        seen += r->seconds[i];
        if (seen * 100 >= r->finished * (uint64_t)percent)
            return CLAMP(i * US_PER_SECOND + US_PER_SECOND / 2, r->min_us, r->max_us);
    }
    return r->max_us;
}
