#include "telemetry/survey/survey_internal.h"

#include "telemetry/record.h"

static struct survey_node *node_of(const struct survey_addition *t, int64_t id)
{
    const guint at = survey_place_of(t->l->nodes, id);
    return at ? t->film->nodes->pdata[at - 1] : NULL;
}

static void add_viewings(struct survey_addition *t, const struct tally_cell *c)
{
    t->version->viewings += c->n;
    if (tally_a(c) < SURVEY_REASONS)
        t->version->reasons[tally_a(c)] += c->n;
}

static void add_mark(struct survey_addition *t, const struct tally_cell *c)
{
    *(tally_a(c) == TALLY_MARK_ENDING ? &t->version->reached : &t->version->two_minutes) += c->n;
}

static void add_completion(struct survey_addition *t, const struct tally_cell *c)
{
    t->version->completion[MIN(tally_a(c), SURVEY_PERCENTS - 1)] += c->n;
}

static void add_lost(struct survey_addition *t, const struct tally_cell *c)
{
    *(tally_a(c) == 0 ? &t->version->lost_events : &t->version->lost_viewings) += c->n;
}

static void add_node(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_node *n = node_of(t, tally_a(c));
    if (!n || c->b >= TALLY_NODE_ITEMS)
        return;
    int64_t *const items[TALLY_NODE_ITEMS] = {&n->viewings,  &n->visits,     &n->playing_us,    &n->paused_us,
                                              &n->hidden_us, &n->planned_us, &n->planned_visits};
    int64_t *const sums[TALLY_NODE_ITEMS] = {
        NULL, NULL, &t->version->playing_us, &t->version->paused_us, &t->version->hidden_us, &t->version->planned_us,
        NULL};
    *items[c->b] += c->n;
    if (sums[c->b])
        *sums[c->b] += c->n;
}

static void add_last(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_node *n = node_of(t, tally_a(c));
    if (n && c->b < SURVEY_REASONS)
        n->last[c->b] += c->n;
}

/* Edges are few; their places stand in the film's keys like everything else. */
static void add_edge(struct survey_film *f, struct survey_edge e, int64_t times)
{
    const guint known = survey_place(f, g_strdup_printf("edge/%d/%d/%d", e.from, e.to, e.ending), f->edges->len);
    if (!known)
        g_array_append_val(f->edges, e);
    g_array_index(f->edges, struct survey_edge, (known ? known : f->edges->len) - 1).times += times;
}

static void add_edge_cell(struct survey_addition *t, const struct tally_cell *c)
{
    const bool ending = tally_kind(c) == TALLY_END;
    const guint from = survey_place_of(t->l->nodes, tally_a(c));
    const guint to = survey_place_of(ending ? t->l->endings : t->l->nodes, (int64_t)c->b);
    if (to)
        add_edge(t->film, (struct survey_edge){(int32_t)from - 1, (int32_t)to - 1, ending, 0}, c->n);
}

static void add_ending(struct survey_addition *t, const struct tally_cell *c)
{
    const guint at = survey_place_of(t->l->endings, tally_a(c));
    if (at)
        ((struct survey_ending *)t->film->endings->pdata[at - 1])->viewings += c->n;
}

void survey_add_ratio(struct survey_ratio *r, bool hit, int64_t n)
{
    r->k += hit ? n : 0;
    r->n += n;
}

static void add_outcome(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_menu *m = survey_by_id(t->l->menus, tally_a(c));
    if (!m)
        return;
    const int what = tally_outcome_what(c->b) % SURVEY_WHATS, focus = tally_outcome_focus(c->b);
    const struct survey_option *chosen = survey_by_id(t->l->options, tally_outcome_option(c->b));
    int at = -1;
    m->decision->exposures += c->n;
    m->decision->what[what] += c->n;
    for (guint i = 0; i < m->options->len; i++) {
        struct survey_option *o = m->options->pdata[i];
        const bool picked = what == TEL_WHAT_PICK && o == chosen;
        at = picked ? (int)i : at;
        o->picks += picked ? c->n : 0;
        o->timeouts += what == TEL_WHAT_TIMEOUT && o == chosen ? c->n : 0;
        if (m->locked >> i & 1) {
            o->locked += c->n;
            continue;
        }
        o->available += c->n;
        survey_add_ratio(&m->decision->positions[i], picked, c->n);
        survey_add_ratio(i == 0 ? &o->first : &o->later, picked, c->n);
        if (focus >= 0)
            survey_add_ratio((int)i == focus ? &o->focused : &o->unfocused, picked, c->n);
    }
    survey_add_props(t, m, at, c->n);
}

static void add_class(int64_t **counts, int cls, int64_t n)
{
    if (!*counts)
        *counts = g_new0(int64_t, STATS_CLASSES);
    (*counts)[MIN(cls, STATS_CLASSES - 1)] += n;
}

static void add_latency(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_decision *d = survey_by_id(t->l->decisions, tally_a(c));
    struct survey_option *o = survey_by_id(t->l->options, tally_latency_option(c->b));
    const bool picked = tally_latency_what(c->b) == TEL_WHAT_PICK;
    if (!d)
        return;
    add_class(picked ? &d->picked_at : &d->censored_at, tally_latency_class(c->b), c->n);
    if (picked && o)
        add_class(&o->picked_at, tally_latency_class(c->b), c->n);
}

static void add_changes(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_decision *d = survey_by_id(t->l->decisions, tally_a(c));
    if (!d)
        return;
    d->outcomes += c->n;
    d->changed += c->b > 0 ? c->n : 0;
}

static void add_given(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_decision *d = survey_by_id(t->l->decisions, tally_a(c));
    if (d && c->b < SURVEY_DEVICES)
        d->given[c->b] += c->n;
}

/* A path's count comes before its example: kinds ascend. */
static void add_path(struct survey_addition *t, const struct tally_cell *c)
{
    struct survey_version *v = t->version;
    struct survey_path *p = g_hash_table_lookup(v->by_hash, &c->b);
    if (!p) {
        p = g_new0(struct survey_path, 1);
        p->hash = c->b;
        g_ptr_array_add(v->paths, p);
        g_hash_table_insert(v->by_hash, &p->hash, p);
    }
    if (tally_kind(c) == TALLY_PATH) {
        p->viewings += c->n;
        v->whole_paths += c->n;
    } else {
        p->example = c->n;
        p->store = t->l->index;
    }
}

static void (*const cell_adders[])(struct survey_addition *t, const struct tally_cell *c) = {
    [TALLY_VIEWINGS] = add_viewings,
    [TALLY_MARK] = add_mark,
    [TALLY_COMPLETION] = add_completion,
    [TALLY_LOST] = add_lost,
    [TALLY_NODE] = add_node,
    [TALLY_LAST] = add_last,
    [TALLY_EDGE] = add_edge_cell,
    [TALLY_END] = add_edge_cell,
    [TALLY_ENDING] = add_ending,
    [TALLY_OUTCOME] = add_outcome,
    [TALLY_LATENCY] = add_latency,
    [TALLY_CHANGES] = add_changes,
    [TALLY_GIVEN] = add_given,
    [TALLY_PATH] = add_path,
    [TALLY_EXAMPLE] = add_path,
    [TALLY_PROFILE] = survey_add_profile,
    [TALLY_ASSOCIATION] = survey_add_association,
    [TALLY_PROP] = survey_add_prop,
};

static void count_group(const struct survey_addition *t, struct survey_group g, int64_t n)
{
    const guint known = survey_place(t->film, g_strdup_printf("group/%d/%d/%d/%d", g.version, g.machine, g.nth, g.time),
                                     t->film->groups->len);
    if (!known)
        g_array_append_val(t->film->groups, g);
    g_array_index(t->film->groups, struct survey_group, (known ? known : t->film->groups->len) - 1).viewings += n;
}

bool survey_wants_cohort(const struct aggregate_cohort *c, void *data)
{
    const struct survey_loader *l = data;
    const struct survey_story *s = survey_by_id(l->stories, c->story);
    return s && s->film && c->day >= l->r->options.since_day;
}

/*
 * A time mode is an exposure's own: a viewer may change it on the way. Where none is asked for, all count; else what is
 * said of a viewing goes by the mode it began with, and what is said of an exposure by the exposure's.
 */
static void add_cells(struct survey_addition *t, const struct aggregate_cohort *c, const struct tally *tally,
                      int32_t time)
{
    const struct survey_options *o = &t->l->r->options;
    const bool machine = aggregate_is_machine(c);
    const bool selected = !machine && (o->viewings == SURVEY_ALL || o->viewings == c->nth);
    struct survey_part part = {t->version_at, machine, c->nth, time, c->day, 0};
    for (guint i = 0; i < tally->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(tally->cells, struct tally_cell, i);
        const enum tally_kind kind = tally_kind(cell);
        const bool in_time = time == SURVEY_ALL || time == tally_time(cell);
        if (kind == TALLY_VIEWINGS) {
            const struct survey_group g = {t->version_at, machine, selected && in_time, c->nth, tally_time(cell), 0};
            if (in_time || !o->part)
                count_group(t, g, cell->n);
            part.viewings += in_time ? cell->n : 0;
        } else if (!selected)
            break;
        if (selected && in_time && kind < G_N_ELEMENTS(cell_adders) && cell_adders[kind])
            cell_adders[kind](t, cell);
    }
    if (o->part)
        o->part(t->film, &part, o->part_data);
}

/* The time modes in a tally, as bits; a mode is below 256. */
static void find_times(const struct tally *tally, guint64 times[4])
{
    for (guint i = 0; i < tally->cells->len; i++) {
        const int time = tally_time(&g_array_index(tally->cells, struct tally_cell, i));
        times[time / 64 % 4] |= G_GUINT64_CONSTANT(1) << time % 64;
    }
}

void survey_add_cohort(const struct aggregate_cohort *c, struct tally *tally, void *data)
{
    struct survey_loader *l = data;
    const struct survey_options *o = &l->r->options;
    const struct survey_story *s = survey_by_id(l->stories, c->story);
    struct survey_addition t = {l, s->film, s->film->versions->pdata[s->version], s->version};
    guint64 times[4] = {0};
    if (!o->part) {
        add_cells(&t, c, tally, o->time);
        return;
    }
    find_times(tally, times);
    for (int32_t time = 0; time < 256; time++)
        if (times[time / 64] >> time % 64 & 1 && (o->time == SURVEY_ALL || o->time == time))
            add_cells(&t, c, tally, time);
}
