#include "telemetry/count/count_cells.h"

#include "telemetry/record.h"

#include <assert.h>

static void add(const struct count_target *t, guint place, int64_t n)
{
    count_row_add(t->row, place, n);
}

static void add_ratio(const struct count_target *t, guint place, bool hit, int64_t n)
{
    add(t, place, hit ? n : 0);
    add(t, place + 1, n);
}

static guint version_place(const struct count_target *t)
{
    return t->layout->version[t->version];
}

static guint version_detail(const struct count_target *t)
{
    return t->layout->version_detail[t->version];
}

/* ---- the film as a whole ----------------------------------------------------------------------------------------- */

static void add_viewings(const struct count_target *t, const struct tally_cell *c)
{
    const int64_t reason = tally_a(c);
    if (reason == TALLY_RUNNING) {
        add(t, version_place(t) + COUNT_RUNNING, c->n);
        return;
    }
    add(t, version_place(t) + COUNT_VIEWINGS, c->n);
    add(t, version_place(t) + COUNT_LEFT, tally_is_left(reason) ? c->n : 0);
    if (reason < COUNT_N_REASONS)
        add(t, version_detail(t) + COUNT_REASONS + (guint)reason, c->n);
}

static void add_mark(const struct count_target *t, const struct tally_cell *c)
{
    static const guint places[TALLY_MARKS] = {[TALLY_MARK_TWO_MINUTES] = COUNT_TWO_MINUTES,
                                              [TALLY_MARK_ENDING] = COUNT_REACHED_ENDING,
                                              [TALLY_MARK_REDATED] = COUNT_REDATED};
    if (tally_a(c) < TALLY_MARKS)
        add(t, version_place(t) + places[tally_a(c)], c->n);
}

static void add_completion(const struct count_target *t, const struct tally_cell *c)
{
    const guint percent = (guint)MIN(tally_a(c), COUNT_N_PERCENTS - 1);
    add(t, version_place(t) + COUNT_LENGTH_KNOWN, c->n);
    add(t, version_place(t) + COUNT_SEVENTY_PERCENT, percent >= 70 ? c->n : 0);
    add(t, version_detail(t) + COUNT_COMPLETION + percent, c->n);
}

static void add_expected(const struct count_target *t, const struct tally_cell *c)
{
    add(t, version_place(t) + COUNT_EXPECTED_KNOWN, c->n);
    add(t, version_place(t) + COUNT_EXPECTED_SEVENTY, tally_a(c) >= 70 ? c->n : 0);
}

static void add_lost(const struct count_target *t, const struct tally_cell *c)
{
    if (tally_a(c) == 0)
        add(t, version_place(t) + COUNT_LOST_EVENTS, c->n);
    else
        add(t, version_detail(t) + COUNT_LOST_VIEWINGS, c->n);
}

static void add_ending(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_ending *e = catalogue_ending(t->ids, t->layout->film, tally_a(c));
    if (e)
        add(t, t->layout->ending[e->at], c->n);
}

static void add_path(const struct count_target *t, const struct tally_cell *c)
{
    const guint id = count_paths_id(t->paths, t->version, c->b);
    count_row_reserve(t->path_row, t->paths->all->len);
    if (tally_kind(c) == TALLY_EXAMPLE) {
        count_paths_set_example(t->paths, id, t->store, c->n);
        return;
    }
    count_row_add(t->path_row, id, c->n);
    add(t, version_place(t) + COUNT_WHOLE_PATHS, c->n);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static void add_node(const struct count_target *t, const struct tally_cell *c)
{
    static const enum count_of_node items[TALLY_NODE_ITEMS] = {
        [TALLY_NODE_VIEWINGS] = COUNT_NODE_VIEWINGS, [TALLY_NODE_VISITS] = COUNT_VISITS,
        [TALLY_NODE_PLAYING_US] = COUNT_PLAYING_US,  [TALLY_NODE_PAUSED_US] = COUNT_PAUSED_US,
        [TALLY_NODE_HIDDEN_US] = COUNT_HIDDEN_US,    [TALLY_NODE_PLANNED_US] = COUNT_PLANNED_US,
        [TALLY_NODE_PLANNED] = COUNT_PLANNED_VISITS,
    };
    static const enum count_version_detail sums[TALLY_NODE_ITEMS] = {
        [TALLY_NODE_PLAYING_US] = COUNT_VERSION_PLAYING_US,
        [TALLY_NODE_PAUSED_US] = COUNT_VERSION_PAUSED_US,
        [TALLY_NODE_HIDDEN_US] = COUNT_VERSION_HIDDEN_US,
        [TALLY_NODE_PLANNED_US] = COUNT_VERSION_PLANNED_US,
    };
    const struct catalogue_node *n = catalogue_node(t->ids, t->layout->film, tally_a(c));
    if (!n || c->b >= TALLY_NODE_ITEMS)
        return;
    add(t, t->layout->node[n->at] + items[c->b], c->n);
    if (sums[c->b] != 0)
        add(t, version_detail(t) + sums[c->b], c->n);
}

static void add_last(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_node *n = catalogue_node(t->ids, t->layout->film, tally_a(c));
    if (!n || c->b >= COUNT_N_REASONS)
        return;
    add(t, t->layout->node[n->at] + COUNT_QUITS, tally_is_left((int64_t)c->b) ? c->n : 0);
    add(t, t->layout->node_detail[n->at] + COUNT_LAST + (guint)c->b, c->n);
}

static void add_stay(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_node *n = catalogue_node(t->ids, t->layout->film, tally_a(c));
    const int how = tally_stay_how(c->b);
    if (!n || how >= TALLY_STAYS)
        return;
    const guint place = count_layout_stay(t->layout, n->at, tally_stay_second(c->b), (enum tally_stay)how);
    count_row_reserve(t->row, t->layout->n);
    add(t, place, c->n);
}

/* From node to node, or from a node into an ending. */
static void add_edge(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_film *f = t->layout->film;
    const bool into_ending = tally_kind(c) == TALLY_END;
    const struct catalogue_node *from = catalogue_node(t->ids, f, tally_a(c));
    const struct catalogue_node *to = into_ending ? NULL : catalogue_node(t->ids, f, (int64_t)c->b);
    const struct catalogue_ending *end = into_ending ? catalogue_ending(t->ids, f, (int64_t)c->b) : NULL;
    if (!to && !end)
        return;
    const guint place =
        count_layout_edge(t->layout, from ? (int32_t)from->at : -1, (int32_t)(to ? to->at : end->at), into_ending);
    count_row_reserve(t->row, t->layout->n);
    add(t, place, c->n);
}

/* ---- decisions --------------------------------------------------------------------------------------------------- */

/* Counts one option of a menu in n exposures that ended alike. `at`: its place in the menu. */
static void add_shown_option(const struct count_target *t, const struct catalogue_menu *m, guint at, bool picked,
                             bool timed_out, int focus, int64_t n)
{
    const struct catalogue_option *o = m->options->pdata[at];
    const guint option = count_layout_option(t->layout, m->decision->at, o->at);
    const guint detail = count_layout_option_detail(t->layout, m->decision->at, o->at);
    add(t, option + COUNT_PICKS, picked ? n : 0);
    add(t, detail + COUNT_OPTION_TIMEOUTS, timed_out ? n : 0);
    if (m->locked >> at & 1) {
        add(t, detail + COUNT_LOCKED, n);
        return;
    }
    add(t, option + COUNT_AVAILABLE, n);
    add_ratio(t, t->layout->decision_detail[m->decision->at] + COUNT_POSITIONS + 2 * at, picked, n);
    add_ratio(t, option + (at == 0 ? COUNT_SHOWN_FIRST : COUNT_SHOWN_LATER), picked, n);
    if (focus >= 0)
        add_ratio(t, option + ((int)at == focus ? COUNT_FOCUSED : COUNT_UNFOCUSED), picked, n);
}

static bool option_brings(const struct catalogue_menu *m, guint option, const struct catalogue_prop *prop)
{
    const GArray *props = m->props->pdata[option];
    for (guint i = 0; props && i < props->len; i++)
        if (g_array_index(props, const struct catalogue_prop *, i) == prop)
            return true;
    return false;
}

/* The props that the open options of a menu bring, each once. */
static GPtrArray *props_on_offer(const struct catalogue_menu *m)
{
    GPtrArray *all = g_ptr_array_new();
    for (guint o = 0; o < m->options->len; o++) {
        const GArray *props = m->locked >> o & 1 ? NULL : m->props->pdata[o];
        for (guint i = 0; props && i < props->len; i++) {
            const struct catalogue_prop *p = g_array_index(props, const struct catalogue_prop *, i);
            if (!g_ptr_array_find(all, p, NULL))
                g_ptr_array_add(all, (gpointer)(uintptr_t)p);
        }
    }
    return all;
}

/* Whether an open option brings `one` and not the `other`. */
static bool is_offered_without(const struct catalogue_menu *m, const struct catalogue_prop *one,
                               const struct catalogue_prop *other)
{
    for (guint o = 0; o < m->options->len; o++)
        if (!(m->locked >> o & 1) && option_brings(m, o, one) && !option_brings(m, o, other))
            return true;
    return false;
}

/* Counts a prop on offer against each of the others. */
static void add_rivals(const struct count_target *t, const struct catalogue_menu *m, guint picked,
                       const GPtrArray *props, const struct catalogue_prop *one, int64_t n)
{
    const bool mine = option_brings(m, picked, one);
    for (guint k = 0; k < props->len; k++) {
        const struct catalogue_prop *other = props->pdata[k];
        if (one == other || mine == option_brings(m, picked, other) || !is_offered_without(m, one, other) ||
            !is_offered_without(m, other, one))
            continue;
        const guint place = count_layout_rival(t->layout, one->at, other->at);
        count_row_reserve(t->row, t->layout->n);
        add_ratio(t, place, mine, n);
    }
}

/* picked: the place in the menu of the option that was picked, -1 for none. */
static void add_props(const struct count_target *t, const struct catalogue_menu *m, int picked, int64_t n)
{
    g_autoptr(GPtrArray) props = props_on_offer(m);
    for (guint i = 0; i < props->len; i++) {
        const struct catalogue_prop *p = props->pdata[i];
        add_ratio(t, t->layout->prop[p->at] + COUNT_PROP_PICKS, picked >= 0 && option_brings(m, (guint)picked, p), n);
        if (picked >= 0)
            add_rivals(t, m, (guint)picked, props, p, n);
    }
}

/* Counts the menu itself: the options that were open together. `picked` as above. */
static void add_menu(const struct count_target *t, const struct catalogue_menu *m, int picked, int64_t n)
{
    const struct catalogue_option *chosen = picked >= 0 ? m->options->pdata[picked] : NULL;
    uint64_t open = 0;
    if (m->decision->options->len > COUNT_MENU_OPTIONS_MAX)
        return;
    for (guint i = 0; i < m->options->len; i++)
        if (!(m->locked >> i & 1))
            open |= UINT64_C(1) << ((const struct catalogue_option *)m->options->pdata[i])->at;
    const guint place = count_layout_menu(t->layout, m->decision->at, open);
    count_row_reserve(t->row, t->layout->n);
    add(t, place, n);
    if (chosen && open >> chosen->at & 1)
        add(t, place + 1 + chosen->at, n);
}

static void add_outcome(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_menu *m = catalogue_menu(t->ids, t->layout->film, tally_a(c));
    if (!m)
        return;
    const int what = tally_outcome_what(c->b) % COUNT_N_WHATS;
    const struct catalogue_option *chosen = catalogue_option(t->ids, t->layout->film, tally_outcome_option(c->b));
    const guint decision = t->layout->decision[m->decision->at];
    int picked = -1;
    if (what == TALLY_OPEN) {
        add(t, decision + COUNT_UNANSWERED, c->n);
        return;
    }
    add(t, decision + COUNT_EXPOSURES, c->n);
    add(t, decision + COUNT_TIMEOUTS, what == TEL_WHAT_TIMEOUT ? c->n : 0);
    add(t, decision + COUNT_OTHER_OUTCOMES, what != TEL_WHAT_TIMEOUT && what != TEL_WHAT_PICK ? c->n : 0);
    add(t, t->layout->decision_detail[m->decision->at] + COUNT_WHATS + (guint)what, c->n);
    for (guint i = 0; i < m->options->len; i++) {
        const bool mine = m->options->pdata[i] == chosen;
        picked = mine && what == TEL_WHAT_PICK ? (int)i : picked;
        add_shown_option(t, m, i, mine && what == TEL_WHAT_PICK, mine && what == TEL_WHAT_TIMEOUT,
                         tally_outcome_focus(c->b), c->n);
    }
    add_props(t, m, picked, c->n);
    add_menu(t, m, picked, c->n);
}

static void add_latency(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_decision *d = catalogue_decision(t->ids, t->layout->film, tally_a(c));
    const struct catalogue_option *o = catalogue_option(t->ids, t->layout->film, tally_latency_option(c->b));
    const guint cls = (guint)MIN(tally_latency_class(c->b), STATS_CLASSES - 1);
    if (!d)
        return;
    if (tally_latency_what(c->b) != TEL_WHAT_PICK)
        add(t, t->layout->decision[d->at] + COUNT_CENSORED_AT + cls, c->n);
    else if (o && o->decision == d)
        add(t, count_layout_option(t->layout, d->at, o->at) + COUNT_OPTION_PICKED_AT + cls, c->n);
    else
        add(t, t->layout->decision[d->at] + COUNT_PICKED_AT + cls, c->n);
}

static void add_changes(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_decision *d = catalogue_decision(t->ids, t->layout->film, tally_a(c));
    if (!d)
        return;
    add(t, t->layout->decision[d->at] + COUNT_OUTCOMES, c->n);
    add(t, t->layout->decision[d->at] + COUNT_CHANGED_MIND, c->b > 0 ? c->n : 0);
}

static void add_given(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_decision *d = catalogue_decision(t->ids, t->layout->film, tally_a(c));
    if (d && c->b < COUNT_N_DEVICES)
        add(t, t->layout->decision_detail[d->at] + COUNT_DEVICES + (guint)c->b, c->n);
}

/* ---- traits and props -------------------------------------------------------------------------------------------- */

static void add_profile(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_trait *trait = catalogue_trait(t->ids, t->layout->film, tally_a(c));
    if (!trait)
        return;
    const guint place = t->layout->trait[trait->at];
    if (c->b == 0) {
        add(t, place + COUNT_TRAIT_VIEWINGS, c->n);
        return;
    }
    add(t, place + COUNT_LEANS + (guint)CLAMP(tally_profile_percent(c->b), 0, COUNT_N_LEANS - 1), c->n);
    add(t, place + COUNT_SURE + (guint)tally_profile_sure(c->b), c->n);
}

static void add_association(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_film *f = t->layout->film;
    const struct catalogue_trait *trait = catalogue_trait(t->ids, f, tally_association_trait(c->b));
    const struct catalogue_decision *d = catalogue_decision(t->ids, f, tally_a(c));
    const struct catalogue_option *o = catalogue_option(t->ids, f, tally_association_option(c->b));
    if (!trait || !o || o->decision != d)
        return;
    const guint level = (guint)MIN(tally_association_level(c->b), COUNT_N_LEVELS - 1);
    const guint place = count_layout_association(t->layout, trait->at, d->at);
    count_row_reserve(t->row, t->layout->n);
    add(t, place + o->at * COUNT_N_LEVELS + level, c->n);
}

static void add_prop(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_prop *p = catalogue_prop(t->ids, t->layout->film, tally_a(c));
    if (p)
        add(t, t->layout->prop[p->at] + COUNT_PROP_SEEN_AGAIN + (c->b == TALLY_PROP_TAKEN ? 1 : 0), c->n);
}

static void add_again(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_option *o = catalogue_option(t->ids, t->layout->film, tally_a(c));
    if (o && c->b < TALLY_AGAIN_ITEMS)
        add(t, count_layout_option(t->layout, o->decision->at, o->at) + COUNT_AGAIN + (guint)c->b, c->n);
}

static void add_asked_again(const struct count_target *t, const struct tally_cell *c)
{
    const struct catalogue_decision *d = catalogue_decision(t->ids, t->layout->film, tally_a(c));
    if (d)
        add(t, t->layout->decision[d->at] + COUNT_ASKED_AGAIN, c->n);
}

static void (*const adders[])(const struct count_target *t, const struct tally_cell *c) = {
    [TALLY_VIEWINGS] = add_viewings,
    [TALLY_MARK] = add_mark,
    [TALLY_COMPLETION] = add_completion,
    [TALLY_LOST] = add_lost,
    [TALLY_NODE] = add_node,
    [TALLY_LAST] = add_last,
    [TALLY_EDGE] = add_edge,
    [TALLY_END] = add_edge,
    [TALLY_ENDING] = add_ending,
    [TALLY_OUTCOME] = add_outcome,
    [TALLY_LATENCY] = add_latency,
    [TALLY_CHANGES] = add_changes,
    [TALLY_GIVEN] = add_given,
    [TALLY_PATH] = add_path,
    [TALLY_EXAMPLE] = add_path,
    [TALLY_PROFILE] = add_profile,
    [TALLY_ASSOCIATION] = add_association,
    [TALLY_PROP] = add_prop,
    [TALLY_AGAIN] = add_again,
    [TALLY_ASKED_AGAIN] = add_asked_again,
    [TALLY_EXPECTED] = add_expected,
    [TALLY_STAY] = add_stay,
};

void count_cells_add(const struct count_target *t, const struct tally_cell *c)
{
    const enum tally_kind kind = tally_kind(c);
    assert((guint)t->version < t->layout->film->versions->len && t->row->n == t->layout->n);
    if (kind < G_N_ELEMENTS(adders) && adders[kind])
        adders[kind](t, c);
}
