#include "explore/viewing_cover_report.h"

#include "base/safe.h"
#include "base/units.h"

static void append_missing(const struct story *s, const struct viewing_cover *p, GString *out)
{
    if (p->n_nodes == s->n_nodes && p->n_options == s->n_options)
        return;
    safe_printf(out, "\nNot shown (%s):\n",
                p->partial ? "there is more than was explored" : "no viewer meets it without going back");
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (!p->nodes[i])
            safe_printf(out, "  node %s\n", s->nodes[i].name);
    for (int32_t i = 0; i < s->n_options; i++)
        if (!p->options[i])
            safe_printf(out, "  option %s of %s\n", s->options[i].name, s->decisions[s->options[i].decision].name);
}

void viewing_cover_report(const struct story *s, const struct viewing_cover *p, GString *out)
{
    int64_t sum_us = 0;
    for (guint i = 0; i < p->viewings->len; i++) {
        const struct viewing_cover_item *v = &g_array_index(p->viewings, struct viewing_cover_item, i);
        g_autofree char *length = units_clock_time(v->us);
        sum_us += v->us;
        safe_printf(out, "%3u  %8s  %3d new node%s, %3d new option%s  %s\n", i + 1, length, v->new_nodes,
                    units_s(v->new_nodes), v->new_options, units_s(v->new_options),
                    !v->over         ? "(does not come to an end)"
                    : v->ending >= 0 ? story_text(s, s->endings[v->ending].title, NULL)
                                     : "(over without an ending)");
    }
    g_autofree char *total = units_clock_time(sum_us);
    safe_printf(out, "\n%u viewing%s, %s in all, show %d of %d node%s and %d of %d option%s; at least %d %s needed%s\n",
                p->viewings->len, units_s(p->viewings->len), total, p->n_nodes, s->n_nodes, units_s(s->n_nodes),
                p->n_options, s->n_options, units_s(s->n_options), p->lower_bound, p->lower_bound == 1 ? "is" : "are",
                p->partial ? " (partial)" : "");
    if (p->partial)
        g_string_append(out, "not everything was explored: fewer viewings may be enough, and may show more\n");
    append_missing(s, p, out);
}
