#include "telemetry/survey/drop_off_text.h"

#include "base/safe.h"
#include "base/units.h"
#include "telemetry/survey/survey_share.h"

#define NODES_MAX     10
#define SECONDS_MAX   3 /* of each */
#define TITLE_COLUMNS 30

static int by_left(const void *a, const void *b)
{
    const struct survey_node *x = *(struct survey_node *const *)a, *y = *(struct survey_node *const *)b;
    const int64_t n = drop_off_left(x->seconds), m = drop_off_left(y->seconds);
    return n != m ? (n > m ? -1 : 1) : 0;
}

/* The nodes in which somebody left, those with most first. */
static GPtrArray *nodes_left(const struct survey_film *f)
{
    GPtrArray *nodes = g_ptr_array_new();
    for (guint i = 0; i < f->nodes->len; i++)
        if (drop_off_left(((const struct survey_node *)f->nodes->pdata[i])->seconds) > 0)
            g_ptr_array_add(nodes, f->nodes->pdata[i]);
    g_ptr_array_sort(nodes, by_left);
    return nodes;
}

/* A node's worst second is told in any case; the next ones if more than one viewing was left there. */
static void append_node(GString *out, const struct survey_node *n, int64_t floor)
{
    g_autoptr(GPtrArray) worst = drop_off_worst(n->seconds, SECONDS_MAX);
    for (guint i = 0; i < worst->len; i++) {
        const struct drop_off_second *s = worst->pdata[i];
        g_autofree char *clock = units_clock_time(s->second * US_PER_SECOND);
        if (i > 0 && s->left < 2)
            break;
        g_string_append(out, "  ");
        survey_append_padded(out, i == 0 ? (n->title && *n->title ? n->title : n->name) : "", TITLE_COLUMNS);
        safe_printf(out, " %8s", clock);
        survey_share_text(out, (struct survey_ratio){s->left, s->at_risk, 0}, floor);
        g_string_append(out, drop_off_stands_out(s) ? " *\n" : "\n");
    }
}

void drop_off_text(const struct survey_film *f, int64_t floor, GString *out)
{
    g_autoptr(GPtrArray) nodes = nodes_left(f);
    const guint shown = MIN(nodes->len, NODES_MAX);
    if (shown == 0)
        return;
    g_string_append(out, "\nSeconds in which most left, of the visits that were still there\n");
    for (guint i = 0; i < shown; i++)
        append_node(out, nodes->pdata[i], floor);
    g_string_append(out, "  * more than chance allows if they left at every second of the node alike\n");
    if (nodes->len > shown)
        safe_printf(out, "  … and %u nodes in which fewer left; --format csv, json or html has them all\n",
                    nodes->len - shown);
}
