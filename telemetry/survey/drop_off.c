#include "telemetry/survey/drop_off.h"

#include <assert.h>
#include <math.h>

static struct drop_off_second *second_at(const GArray *seconds, guint i)
{
    return &g_array_index(seconds, struct drop_off_second, i);
}

/* ---- the curve --------------------------------------------------------------------------------------------------- */

static void add_stay(GArray *seconds, const struct count_stay *stay, int64_t n)
{
    struct drop_off_second *last = seconds->len > 0 ? second_at(seconds, seconds->len - 1) : NULL;
    if (!last || last->second != stay->second) {
        const struct drop_off_second next = {.second = stay->second, .p = NAN, .q = NAN};
        g_array_append_val(seconds, next);
        last = second_at(seconds, seconds->len - 1);
    }
    int64_t *const counts[TALLY_STAYS] = {&last->left, &last->jumped, &last->other};
    assert(last->second <= stay->second);
    *counts[stay->how] += n;
}

static void set_curve(GArray *seconds)
{
    g_autofree struct stats_moment *moments = g_new(struct stats_moment, seconds->len + 1);
    g_autofree struct stats_survival *curve = g_new(struct stats_survival, seconds->len + 1);
    for (guint i = 0; i < seconds->len; i++) {
        const struct drop_off_second *s = second_at(seconds, i);
        moments[i] = (struct stats_moment){s->second, s->left, s->jumped + s->other};
    }
    stats_survive(moments, seconds->len, STATS_Z95, curve);
    for (guint i = 0; i < seconds->len; i++) {
        struct drop_off_second *s = second_at(seconds, i);
        s->at_risk = curve[i].at_risk;
        s->share = curve[i].share;
        s->interval = curve[i].interval;
    }
}

/* ---- which seconds stand out ------------------------------------------------------------------------------------- */

int64_t drop_off_visits(const GArray *seconds)
{
    return seconds->len > 0 ? second_at(seconds, 0)->at_risk : 0;
}

int64_t drop_off_left(const GArray *seconds)
{
    int64_t n = 0;
    for (guint i = 0; i < seconds->len; i++)
        n += second_at(seconds, i)->left;
    return n;
}

/* For how many seconds visitors could have left. */
static double seconds_at_risk(const GArray *seconds)
{
    double sum = 0;
    for (guint i = 0; i < seconds->len; i++) {
        const struct drop_off_second *s = second_at(seconds, i);
        sum += (double)(s->left + s->jumped + s->other) * (s->second + 1.0);
    }
    return sum;
}

/* How likely `left` or more are where `expected` are expected on average (Poisson). */
static double chance_of(int64_t left, double expected)
{
    return 1 - stats_chi_square_above(2 * expected, 2 * (int)MIN(left, INT16_MAX));
}

/* Sets p of a node's seconds, and appends one test for each second that the node has; none where nobody left. */
static void test_node(GArray *seconds, int64_t floor, GArray *tests)
{
    const guint first = tests->len;
    const struct stats_discovery none = {.p = 1};
    const int64_t left = drop_off_left(seconds);
    if (left == 0 || drop_off_visits(seconds) < MAX(floor, 1))
        return;
    const double rate = (double)left / seconds_at_risk(seconds);
    for (int32_t i = 0; i <= second_at(seconds, seconds->len - 1)->second; i++)
        g_array_append_val(tests, none);
    for (guint i = 0; i < seconds->len; i++) {
        struct drop_off_second *s = second_at(seconds, i);
        if (s->left == 0)
            continue;
        s->p = chance_of(s->left, rate * (double)s->at_risk);
        g_array_index(tests, struct stats_discovery, first + (guint)s->second).p = s->p;
    }
}

static void test_all(const GPtrArray *nodes, int64_t floor)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct stats_discovery));
    g_autofree guint *first = g_new(guint, nodes->len + 1);
    for (guint i = 0; i < nodes->len; i++) {
        first[i] = tests->len;
        test_node(nodes->pdata[i], floor, tests);
    }
    stats_false_discovery((struct stats_discovery *)(void *)tests->data, tests->len);
    for (guint i = 0; i < nodes->len; i++) {
        const GArray *seconds = nodes->pdata[i];
        for (guint k = 0; k < seconds->len; k++) {
            struct drop_off_second *s = second_at(seconds, k);
            if (!isnan(s->p))
                s->q = g_array_index(tests, struct stats_discovery, first[i] + (guint)s->second).q;
        }
    }
}

static void free_seconds(void *data)
{
    g_array_unref(data);
}

GPtrArray *drop_off_new(const struct count_layout *l, const int64_t *x, int64_t floor)
{
    GPtrArray *nodes = g_ptr_array_new_with_free_func(free_seconds);
    for (guint i = 0; i < l->film->nodes->len; i++)
        g_ptr_array_add(nodes, g_array_new(FALSE, FALSE, sizeof(struct drop_off_second)));
    for (guint i = 0; i < l->stays->len; i++) {
        const struct count_stay *stay = &g_array_index(l->stays, struct count_stay, i);
        if (x[stay->place] > 0)
            add_stay(nodes->pdata[stay->node], stay, x[stay->place]);
    }
    for (guint i = 0; i < nodes->len; i++)
        set_curve(nodes->pdata[i]);
    test_all(nodes, floor);
    return nodes;
}

bool drop_off_stands_out(const struct drop_off_second *s)
{
    return s->q <= STATS_DISCOVERIES;
}

/* ---- telling it -------------------------------------------------------------------------------------------------- */

static int by_left(const void *a, const void *b)
{
    const struct drop_off_second *x = *(struct drop_off_second *const *)a, *y = *(struct drop_off_second *const *)b;
    return x->left != y->left ? (x->left > y->left ? -1 : 1) : x->second - y->second;
}

GPtrArray *drop_off_worst(const GArray *seconds, guint most)
{
    GPtrArray *worst = g_ptr_array_new();
    for (guint i = 0; i < seconds->len; i++)
        if (second_at(seconds, i)->left > 0)
            g_ptr_array_add(worst, second_at(seconds, i));
    g_ptr_array_sort(worst, by_left);
    g_ptr_array_set_size(worst, (int)MIN(worst->len, most));
    return worst;
}
