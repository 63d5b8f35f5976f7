#include "telemetry/audience/audience_truth.h"

#include "telemetry/count/trait_profile.h"

#include <assert.h>
#include <math.h>

static_assert(AUDIENCE_OPTIONS_MAX == 4, "an order of options is a number of two bits for each place");

static double normal_below(double z)
{
    return erfc(-z / G_SQRT2) / 2;
}

/*
 * The share of exposures that end with a pick. Decision times are log-normal. A viewer picks if the decision time t is
 * within the window W and the viewer has not left by then. The moments of leaving are spread evenly over the window, so
 * the share t / W of those who leave is gone at t. The sum over all viewers needs the partial mean of t below W.
 */
static double picked_share(int decision)
{
    const double w = (double)AUDIENCE_WINDOW_US, mu = log(audience_model_median_us(decision));
    const double spread = hypot(SPREAD_VIEWER, SPREAD_CHOICE);
    const double in_time = normal_below((log(w) - mu) / spread);
    const double mean = exp(mu + spread * spread / 2) * normal_below((log(w) - mu - spread * spread) / spread);
    return in_time - LEAVE_WHILE_OPEN * mean / w;
}

/* The share of picks that an option gets where the options stand in this order. */
static double share_in_order(struct audience_viewer k, int decision, int option, const int *order, int focus,
                             bool locked)
{
    const int n = audience_model_n_options(decision);
    double mine = 0, all = 0;
    for (int i = 0; i < n; i++) {
        const double w = audience_model_weight(k, decision, order[i]) * (i == 0 ? FIRST_FAVOUR : 1) *
                         (i == focus ? FOCUS_FAVOUR : 1);
        const double open = locked && order[i] == n - 1 ? 0 : w;
        mine += order[i] == option ? open : 0;
        all += open;
    }
    assert(all > 0 && mine <= all);
    return mine / all;
}

/* Unpacks an order of n options from a number; false where an option stands in it twice. */
static bool unpack_order(int code, int n, int *order)
{
    unsigned seen = 0;
    for (int i = 0; i < n; i++) {
        order[i] = code >> 2 * i & 3;
        seen |= 1u << order[i];
    }
    return seen == (1u << n) - 1 && code >> 2 * n == 0;
}

/* The share of picks, over all orders of the options and places of the focus, each as likely as any other. */
static double order_share(struct audience_viewer k, int decision, int option, bool locked)
{
    const int n = audience_model_n_options(decision);
    int order[AUDIENCE_OPTIONS_MAX] = {0, 1, 2, 3}, orders = 0;
    double share = 0;
    if (!audience_model_is_shuffled(decision))
        return share_in_order(k, decision, option, order, 0, locked);
    for (int code = 0; code < 1 << 2 * AUDIENCE_OPTIONS_MAX; code++)
        for (int focus = 0; focus < n && unpack_order(code, n, order); focus++, orders++)
            share += share_in_order(k, decision, option, order, focus, locked);
    assert(orders > 0);
    return share / orders;
}

/* The share of exposures in which the option is picked: of all, or (`open`) of those in which it is not locked. */
static double option_share(struct audience_viewer k, int decision, int option, bool open)
{
    const double free = order_share(k, decision, option, false), locked = order_share(k, decision, option, true);
    const bool itself = option == audience_model_n_options(decision) - 1;
    const double how_often = audience_model_may_lock(decision) && !(itself && open) ? LOCKED_SHARE : 0;
    return picked_share(decision) * (free * (1 - how_often) + locked * how_often);
}

/* The share of exposures in which the time ran out and the viewer had not left. */
static double timeout_share(int decision)
{
    const double spread = hypot(SPREAD_VIEWER, SPREAD_CHOICE);
    return (1 - normal_below(log((double)AUDIENCE_WINDOW_US / audience_model_median_us(decision)) / spread)) *
           (1 - LEAVE_WHILE_OPEN);
}

/*
 * How viewers of one kind go through the film: how likely each decision is to be asked, and how much of the trait has
 * been picked when they stop. It is worked out level by level; all that matters of the past is the node, the number of
 * picks, and how many of these were bold.
 */
struct expected_course {
    double *asked;         /* by decision: the share of viewers that it is asked */
    double lean, profiles; /* viewers with a profile: the sum of their leans, rounded to per cents; their share */
    double *at, *next;     /* the share of viewers, by node of the level, picks, bold picks */
    int32_t size;          /* the most picks there can be, + 1 */
};

static double *course_cell(double *at, const struct expected_course *c, int node, int picks, int bold)
{
    assert(bold <= picks && picks < c->size);
    return &at[((ptrdiff_t)node * c->size + picks) * c->size + bold];
}

static void stop_viewing(struct expected_course *c, double share, int picks, int bold)
{
    if (picks < TRAIT_PROFILE_PICKS_MIN)
        return;
    c->profiles += share;
    c->lean += share * floor(100.0 * bold / picks + 0.5) / 100;
}

static void spread_decision(struct expected_course *c, const struct audience_model *m, struct audience_viewer k,
                            int32_t decision, int picks, int bold)
{
    const double share = *course_cell(c->at, c, decision & 1, picks, bold), asked = share * (1 - LEAVE_BEFORE);
    const bool last = decision / 2 + 1 == m->o.levels;
    double gone = share;
    c->asked[decision] += asked;
    for (int o = -1; o < audience_model_n_options(decision);
         o++) { /* -1: time ran out, and the film goes on as with 0 */
        const double here = asked * (o < 0 ? timeout_share(decision) : option_share(k, decision, o, false));
        const int after = picks + (o >= 0), after_bold = bold + (o >= 0 && audience_model_is_bold(o));
        gone -= here;
        if (last)
            stop_viewing(c, here, after, after_bold);
        else
            *course_cell(c->next, c, MAX(o, 0) % 2, after, after_bold) += here;
    }
    stop_viewing(c, gone, picks, bold);
}

static void course_init(struct expected_course *c, const struct audience_model *m, struct audience_viewer k)
{
    *c = (struct expected_course){.asked = g_new0(double, (size_t)m->n_decisions), .size = m->o.levels + 1};
    const size_t cells = 2 * (size_t)c->size * (size_t)c->size;
    c->at = g_new0(double, cells);
    *course_cell(c->at, c, 0, 0, 0) = 1;
    for (int32_t level = 0; level < m->o.levels; level++) {
        c->next = g_new0(double, cells);
        for (int node = 0; node < 2; node++)
            for (int picks = 0; picks <= level; picks++)
                for (int bold = 0; bold <= picks; bold++)
                    spread_decision(c, m, k, level * 2 + node, picks, bold);
        g_free(c->at);
        c->at = c->next;
    }
    g_clear_pointer(&c->at, g_free);
}

/* All first viewings, or all replays, of a version: viewers who are not bold, and as many who are. */
struct truth {
    const struct audience_model *m;
    struct audience_viewer kinds[2];
    struct expected_course courses[2];
};

static void truth_init(struct truth *t, const struct audience_model *m, int version, bool replay)
{
    t->m = m;
    for (int i = 0; i < 2; i++) {
        t->kinds[i] = (struct audience_viewer){version, replay, i};
        course_init(&t->courses[i], m, t->kinds[i]);
    }
}

static void truth_clear(struct truth *t)
{
    for (int i = 0; i < 2; i++)
        g_free(t->courses[i].asked);
}

/* The share of picks, of the exposures in which the option could be taken. */
static double true_share(const struct truth *t, int decision, int option)
{
    double picked = 0, asked = 0;
    for (int i = 0; i < 2; i++) {
        picked += t->courses[i].asked[decision] * option_share(t->kinds[i], decision, option, true);
        asked += t->courses[i].asked[decision];
    }
    assert(picked <= asked); /* both are 0 where no viewer comes: the second node of the first level */
    return picked / asked;
}

static double true_lean(const struct truth *t)
{
    return (t->courses[0].lean + t->courses[1].lean) / (t->courses[0].profiles + t->courses[1].profiles);
}

/* The share of tea, of the picks of tea or coffee. */
static double true_tea(const struct truth *t)
{
    double picks[2] = {0};
    for (int32_t d = 0; d < t->m->n_decisions; d += 3)
        for (int o = 0; o < 2; o++)
            for (int i = 0; i < 2; i++)
                picks[o] += t->courses[i].asked[d] * option_share(t->kinds[i], d, o, false);
    return picks[0] / (picks[0] + picks[1]);
}

static void append_number(GString *json, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(json, "\"%s\": %s", key,
                           isfinite(value) ? g_ascii_formatd(text, sizeof text, "%.9g", value) : "null");
}

static void append_both(GString *json, double first, double replay)
{
    append_number(json, "first", first);
    g_string_append(json, ", ");
    append_number(json, "replay", replay);
    g_string_append_c(json, '}');
}

static void append_decision(GString *json, const struct truth *first, const struct truth *replay, int32_t d)
{
    const double spread = hypot(SPREAD_VIEWER, SPREAD_CHOICE);
    const struct audience_model *m = first->m;
    const int version = first->kinds[0].version;
    g_string_append_printf(json, "{\"version\": \"%s\", \"decision\": \"%s\", ", m->story[version].version,
                           m->decisions[version][d].name);
    append_number(json, "median_ms", audience_model_median_us(d) / 1e3);
    g_string_append(json, ", ");
    append_number(json, "p90_ms", audience_model_median_us(d) / 1e3 * exp(1.2815515655446004 * spread));
    g_string_append(json, ", \"options\": [");
    for (int i = 0; i < audience_model_n_options(d); i++) {
        g_string_append_printf(json, "%s{\"id\": \"o%d\", ", i ? ", " : "", i);
        append_both(json, true_share(first, d, i), true_share(replay, d, i));
    }
    g_string_append(json, "]}");
}

void audience_truth(const struct audience_options *o, GString *json)
{
    struct audience_model m;
    audience_model_init(&m, o);
    struct truth truths[AUDIENCE_VERSIONS][2];
    for (int v = 0; v < AUDIENCE_VERSIONS; v++)
        for (int replay = 0; replay < 2; replay++)
            truth_init(&truths[v][replay], &m, v, replay);
    g_string_append(json, "{\"decisions\": [\n");
    for (int v = 0; v < AUDIENCE_VERSIONS; v++)
        for (int32_t d = 0; d < m.n_decisions; d++) {
            g_string_append(json, v || d ? ",\n" : "");
            append_decision(json, &truths[v][0], &truths[v][1], d);
        }
    g_string_append(json, "],\n\"taste\": [");
    for (int v = 0; v < AUDIENCE_VERSIONS; v++) {
        g_string_append_printf(json, "%s{\"version\": \"%s\", \"trait\": \"bold\", ", v ? ", " : "",
                               m.story[v].version);
        append_both(json, true_lean(&truths[v][0]), true_lean(&truths[v][1]));
    }
    g_string_append(json, "],\n\"tea_rather_than_coffee\": [");
    for (int v = 0; v < AUDIENCE_VERSIONS; v++) {
        g_string_append_printf(json, "%s{\"version\": \"%s\", ", v ? ", " : "", m.story[v].version);
        append_both(json, true_tea(&truths[v][0]), true_tea(&truths[v][1]));
    }
    g_string_append(json, "]}\n");
    for (int v = 0; v < AUDIENCE_VERSIONS; v++)
        for (int replay = 0; replay < 2; replay++)
            truth_clear(&truths[v][replay]);
    audience_model_clear(&m);
}
