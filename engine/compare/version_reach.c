#include "compare/version_reach.h"

#include <assert.h>

static struct explore *search(const struct story *s, const struct explore_options *options)
{
    struct explore_options o = *options;
    o.search_only = true;
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    return e;
}

static void compare(struct version_reach *r, enum version_reach_kind kind, const int32_t *to_before, int32_t n,
                    const bool *before, const bool *after)
{
    for (int32_t i = 0; i < n; i++) {
        const struct version_reach_change change = {kind, i, after[i]};
        const bool absence_is_proved = r->limit[change.now ? 0 : 1] == EXPLORE_LIMIT_NONE;
        if (to_before[i] >= 0 && before[to_before[i]] != after[i] && absence_is_proved)
            g_array_append_val(r->changes, change);
    }
}

struct version_reach *version_reach_new(const struct version_pairs *p, const struct explore_options *options)
{
    struct version_reach *r = g_new0(struct version_reach, 1);
    struct explore *e[2] = {search(p->before, options), search(p->after, options)};
    const struct coverage *before = explore_result(e[0])->coverage, *after = explore_result(e[1])->coverage;
    r->changes = g_array_new(FALSE, FALSE, sizeof(struct version_reach_change));
    for (int i = 0; i < 2; i++)
        r->limit[i] = explore_result(e[i])->limit;
    compare(r, VERSION_REACH_NODE, p->to_before.nodes, p->after->n_nodes, before->nodes, after->nodes);
    compare(r, VERSION_REACH_OPTION, p->to_before.options, p->after->n_options, before->available, after->available);
    compare(r, VERSION_REACH_ENDING, p->to_before.endings, p->after->n_endings, before->endings, after->endings);
    for (int32_t i = 0; i < p->after->n_nodes; i++)
        r->n_unreached += r->limit[1] == EXPLORE_LIMIT_NONE && !after->nodes[i];
    explore_free(e[0]);
    explore_free(e[1]);
    return r;
}

void version_reach_free(struct version_reach *r)
{
    if (!r)
        return;
    g_array_unref(r->changes);
    g_free(r);
}
