#include "telemetry/survey/survey.h"

#include "base/safe.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- freeing ----------------------------------------------------------------------------------------------------- */

static void free_version(void *data)
{
    struct survey_version *v = data;
    g_ptr_array_unref(v->paths);
    g_free(v);
}

static void free_decision(void *data)
{
    struct survey_decision *d = data;
    g_ptr_array_unref(d->options);
    g_array_unref(d->menus);
    g_free(d);
}

static void free_trait(void *data)
{
    struct survey_trait *t = data;
    g_ptr_array_unref(t->associations);
    g_free(t);
}

static void free_prop(void *data)
{
    struct survey_prop *p = data;
    g_array_unref(p->rivals);
    g_free(p);
}

static void free_film(void *data)
{
    struct survey_film *f = data;
    GPtrArray *const things[] = {f->versions, f->nodes, f->decisions, f->endings, f->traits, f->props};
    for (size_t i = 0; i < G_N_ELEMENTS(things); i++)
        g_ptr_array_unref(things[i]);
    g_array_unref(f->groups);
    g_array_unref(f->edges);
    g_ptr_array_unref(f->drop_off);
    g_clear_pointer(&f->mixtures, g_ptr_array_unref);
    g_free(f);
}

/* ---- a film's numbers, from its row ------------------------------------------------------------------------------ */

static struct survey_ratio ratio_at(const int64_t *x)
{
    return (struct survey_ratio){.k = x[0], .n = x[1]};
}

static void add_version(struct survey_film *f, const struct catalogue_film *film, guint i)
{
    const struct catalogue_version *names = film->versions->pdata[i];
    const int64_t *x = f->x + f->layout->version[i], *detail = f->x + f->layout->version_detail[i];
    const struct survey_version v = {
        .version = names->version,
        .hash = names->hash,
        .viewings = x[COUNT_VIEWINGS],
        .running = x[COUNT_RUNNING],
        .erased = names->erased,
        .aged = names->aged,
        .unrecorded = names->unrecorded,
        .reasons = detail + COUNT_REASONS,
        .two_minutes = x[COUNT_TWO_MINUTES],
        .reached = x[COUNT_REACHED_ENDING],
        .lost_events = x[COUNT_LOST_EVENTS],
        .lost_viewings = detail[COUNT_LOST_VIEWINGS],
        .length_known = x[COUNT_LENGTH_KNOWN],
        .seventy_percent = x[COUNT_SEVENTY_PERCENT],
        .expected_known = x[COUNT_EXPECTED_KNOWN],
        .expected_seventy = x[COUNT_EXPECTED_SEVENTY],
        .completion = detail + COUNT_COMPLETION,
        .playing_us = detail[COUNT_VERSION_PLAYING_US],
        .paused_us = detail[COUNT_VERSION_PAUSED_US],
        .hidden_us = detail[COUNT_VERSION_HIDDEN_US],
        .planned_us = detail[COUNT_VERSION_PLANNED_US],
        .paths = g_ptr_array_new_with_free_func(g_free),
        .whole_paths = x[COUNT_WHOLE_PATHS],
    };
    f->redated += x[COUNT_REDATED];
    g_ptr_array_add(f->versions, g_memdup2(&v, sizeof v));
}

/* Viewings of these versions that somebody chose to erase. */
static int64_t erased_of(const struct catalogue_film *film, const GArray *versions)
{
    int64_t n = 0;
    for (guint i = 0; i < versions->len; i++)
        n += ((const struct catalogue_version *)film->versions->pdata[g_array_index(versions, int32_t, i)])->erased;
    return n;
}

static void add_node(struct survey_film *f, const struct catalogue_film *film, guint i)
{
    const struct catalogue_node *names = film->nodes->pdata[i];
    const int64_t *x = f->x + f->layout->node[i];
    const struct survey_node n = {
        .name = names->name,
        .title = names->title,
        .hash = names->hash,
        .versions = names->versions,
        .viewings = x[COUNT_NODE_VIEWINGS],
        .visits = x[COUNT_VISITS],
        .playing_us = x[COUNT_PLAYING_US],
        .paused_us = x[COUNT_PAUSED_US],
        .hidden_us = x[COUNT_HIDDEN_US],
        .planned_us = x[COUNT_PLANNED_US],
        .planned_visits = x[COUNT_PLANNED_VISITS],
        .last = f->x + f->layout->node_detail[i] + COUNT_LAST,
        .quits = x[COUNT_QUITS],
        .of = x[COUNT_NODE_POSSIBLE],
        .erased = erased_of(film, names->versions),
        .seconds = f->drop_off->pdata[i],
    };
    g_ptr_array_add(f->nodes, g_memdup2(&n, sizeof n));
}

/* The sums over all answers: those of the first ones, and what the others add. */
static struct stats_clusters all_answers(const int64_t *x)
{
    const int64_t *more = x + COUNT_AGAIN;
    return (struct stats_clusters){.k = x[COUNT_PICKS] + more[TALLY_AGAIN_PICKS],
                                   .n = x[COUNT_AVAILABLE] + more[TALLY_AGAIN_OFFERS],
                                   .kk = x[COUNT_PICKS] + more[TALLY_AGAIN_PICKS_SQUARED],
                                   .kn = x[COUNT_PICKS] + more[TALLY_AGAIN_PICKS_OFFERS],
                                   .nn = x[COUNT_AVAILABLE] + more[TALLY_AGAIN_OFFERS_SQUARED],
                                   .clusters = x[COUNT_AVAILABLE] + more[TALLY_AGAIN_VIEWINGS]};
}

static void add_option(const struct survey_film *f, struct survey_decision *d, const struct catalogue_option *names)
{
    const int64_t *x = f->x + count_layout_option(f->layout, names->decision->at, names->at);
    const int64_t *detail = f->x + count_layout_option_detail(f->layout, names->decision->at, names->at);
    const struct survey_option o = {
        .name = names->name,
        .title = names->title,
        .position = names->position,
        .forgets = names->forgets,
        .all = all_answers(x),
        .available = x[COUNT_AVAILABLE],
        .locked = detail[COUNT_LOCKED],
        .picks = x[COUNT_PICKS],
        .timeouts = detail[COUNT_OPTION_TIMEOUTS],
        .first = ratio_at(x + COUNT_SHOWN_FIRST),
        .later = ratio_at(x + COUNT_SHOWN_LATER),
        .focused = ratio_at(x + COUNT_FOCUSED),
        .unfocused = ratio_at(x + COUNT_UNFOCUSED),
        .picked_at = x + COUNT_OPTION_PICKED_AT,
    };
    g_ptr_array_add(d->options, g_memdup2(&o, sizeof o));
}

static int by_exposures(const void *a, const void *b)
{
    const struct survey_menu *p = a, *q = b;
    if (p->exposures != q->exposures)
        return p->exposures > q->exposures ? -1 : 1;
    return p->options < q->options ? -1 : p->options > q->options;
}

static GArray *menus_of(const struct survey_film *f, guint decision)
{
    const GArray *met = f->layout->menus[decision];
    GArray *menus = g_array_new(FALSE, FALSE, sizeof(struct survey_menu));
    for (guint i = 0; i < met->len; i++) {
        const struct count_menu *m = &g_array_index(met, struct count_menu, i);
        const struct survey_menu menu = {m->options, f->x[m->place], f->x + m->place + 1};
        if (menu.exposures > 0)
            g_array_append_val(menus, menu);
    }
    g_array_sort(menus, by_exposures);
    return menus;
}

static void add_decision(struct survey_film *f, const struct catalogue_film *film, guint i)
{
    const struct catalogue_decision *names = film->decisions->pdata[i];
    const int64_t *x = f->x + f->layout->decision[i], *detail = f->x + f->layout->decision_detail[i];
    struct survey_decision d = {
        .name = names->name,
        .title = names->title,
        .node = names->node,
        .hash = names->hash,
        .versions = names->versions,
        .options = g_ptr_array_new_with_free_func(g_free),
        .menus = menus_of(f, i),
        .exposures = x[COUNT_EXPOSURES],
        .asked_again = x[COUNT_ASKED_AGAIN],
        .unanswered = x[COUNT_UNANSWERED],
        .erased = erased_of(film, names->versions),
        .what = detail + COUNT_WHATS,
        .outcomes = x[COUNT_OUTCOMES],
        .changed = x[COUNT_CHANGED_MIND],
        .given = detail + COUNT_DEVICES,
        .positions = detail + COUNT_POSITIONS,
        .picked_at = x + COUNT_PICKED_AT,
        .censored_at = x + COUNT_CENSORED_AT,
    };
    for (guint o = 0; o < names->options->len; o++)
        add_option(f, &d, catalogue_option_at(names, o));
    g_ptr_array_add(f->decisions, g_memdup2(&d, sizeof d));
}

static void add_ending(struct survey_film *f, const struct catalogue_film *film, guint i)
{
    const struct catalogue_ending *names = film->endings->pdata[i];
    const struct survey_ending e = {names->name, names->title, names->version, f->x[f->layout->ending[i]]};
    g_ptr_array_add(f->endings, g_memdup2(&e, sizeof e));
}

/* ---- edges, traits, props that this part of the audience met ----------------------------------------------------- */

static int by_times(const void *a, const void *b)
{
    const struct survey_edge *p = a, *q = b;
    if (p->times != q->times)
        return p->times > q->times ? -1 : 1;
    if (p->from != q->from)
        return p->from - q->from;
    return p->to != q->to ? p->to - q->to : p->ending - q->ending;
}

static void add_edges(struct survey_film *f)
{
    for (guint i = 0; i < f->layout->edges->len; i++) {
        const struct count_edge *e = &g_array_index(f->layout->edges, struct count_edge, i);
        const struct survey_edge edge = {e->from, e->to, e->ending, f->x[e->place], e->place};
        if (edge.times > 0)
            g_array_append_val(f->edges, edge);
    }
    g_array_sort(f->edges, by_times);
}

static int by_strength(const void *a, const void *b)
{
    const struct survey_association *p = *(struct survey_association *const *)a,
                                    *q = *(struct survey_association *const *)b;
    if (p->bits != q->bits)
        return p->bits > q->bits ? -1 : 1;
    if (p->p_value != q->p_value)
        return p->p_value < q->p_value ? -1 : 1;
    return p->decision_at < q->decision_at ? -1 : p->decision_at > q->decision_at;
}

static void add_association(const struct survey_film *f, struct survey_trait *t, const struct count_association *met)
{
    assert(met->decision < f->decisions->len);
    struct survey_association a = {.decision = f->decisions->pdata[met->decision],
                                   .decision_at = met->decision,
                                   .table = f->x + met->place,
                                   .place = met->place};
    const guint rows = a.decision->options->len;
    for (guint i = 0; i < rows * COUNT_N_LEVELS; i++)
        a.n += a.table[i];
    if (a.n == 0)
        return;
    const struct stats_association s = stats_association(a.table, (int)rows, COUNT_N_LEVELS);
    a.bits = s.bits;
    a.p_value = s.p_value;
    g_ptr_array_add(t->associations, g_memdup2(&a, sizeof a));
}

/* The mean of the leans, which are counted by whole per cents. */
static void set_mean(struct survey_trait *t)
{
    const struct stats_mean m = stats_mean(t->leans, COUNT_N_LEANS, STATS_Z95);
    t->mean = m.value;
    t->interval = m.interval;
}

static void add_trait(struct survey_film *f, const struct catalogue_film *film, guint i)
{
    const struct catalogue_trait *names = film->traits->pdata[i];
    const int64_t *x = f->x + f->layout->trait[i];
    const GArray *met = f->layout->associations[i];
    struct survey_trait t = {.name = names->name,
                             .version = names->version,
                             .leans = x + COUNT_LEANS,
                             .sure = x + COUNT_SURE,
                             .none = x[COUNT_TRAIT_VIEWINGS] - x[COUNT_PROFILES],
                             .associations = g_ptr_array_new_with_free_func(g_free)};
    set_mean(&t);
    for (guint k = 0; k < met->len; k++)
        add_association(f, &t, &g_array_index(met, struct count_association, k));
    g_ptr_array_sort(t.associations, by_strength);
    g_ptr_array_add(f->traits, g_memdup2(&t, sizeof t));
}

/* Corrects for all that was asked about the film's traits (Benjamini and Hochberg). */
static void correct_associations(struct survey_film *f, int64_t floor)
{
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    for (guint i = 0; i < f->traits->len; i++)
        g_ptr_array_extend(asked, ((const struct survey_trait *)f->traits->pdata[i])->associations, NULL, NULL);
    g_autofree struct stats_discovery *tests = g_new0(struct stats_discovery, asked->len + 1);
    for (guint i = 0; i < asked->len; i++) {
        const struct survey_association *a = asked->pdata[i];
        tests[i].p = survey_is_enough(a->n, floor) ? a->p_value : NAN;
    }
    stats_false_discovery(tests, asked->len);
    for (guint i = 0; i < asked->len; i++)
        ((struct survey_association *)asked->pdata[i])->q = tests[i].q;
}

static void add_prop(struct survey_film *f, const struct catalogue_film *film, guint i)
{
    const struct catalogue_prop *names = film->props->pdata[i];
    const int64_t *x = f->x + f->layout->prop[i];
    const GArray *met = f->layout->rivals[i];
    const struct survey_prop p = {.name = names->name,
                                  .title = names->title,
                                  .version = names->version,
                                  .picks = ratio_at(x + COUNT_PROP_PICKS),
                                  .again = ratio_at(x + COUNT_PROP_SEEN_AGAIN),
                                  .rivals = g_array_new(FALSE, FALSE, sizeof(struct survey_rival))};
    for (guint k = 0; k < met->len; k++) {
        const struct count_rival *r = &g_array_index(met, struct count_rival, k);
        const struct survey_rival rival = {(int32_t)r->prop, ratio_at(f->x + r->place), r->place};
        if (rival.picks.n > 0)
            g_array_append_val(p.rivals, rival);
    }
    g_ptr_array_add(f->props, g_memdup2(&p, sizeof p));
}

/* ---- groups, paths ----------------------------------------------------------------------------------------------- */

static bool same_group(const struct survey_group *g, const struct count_key *k)
{
    return g->version == k->version && g->machine == k->machine && g->nth == k->nth && g->time == k->time;
}

static struct survey_group *group_of(GArray *groups, const struct count_key *k, const struct survey_options *o)
{
    for (guint i = 0; i < groups->len; i++)
        if (same_group(&g_array_index(groups, struct survey_group, i), k))
            return &g_array_index(groups, struct survey_group, i);
    const struct survey_group g = {
        .version = k->version,
        .machine = k->machine,
        .selected = !k->machine && (o->viewings == COUNT_ALL || o->viewings == k->nth) &&
                    (o->time == COUNT_ALL || o->time == k->time),
        .nth = k->nth,
        .time = k->time,
    };
    g_array_append_val(groups, g);
    return &g_array_index(groups, struct survey_group, groups->len - 1);
}

static int by_group(const void *a, const void *b)
{
    const struct survey_group *x = a, *y = b;
    const int order[] = {x->version - y->version, x->machine - y->machine, x->nth - y->nth, x->time - y->time};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (order[i] != 0)
            return order[i];
    return 0;
}

static void add_groups(struct survey_film *f, const GArray *counted, const struct survey_options *o)
{
    for (guint i = 0; i < counted->len; i++) {
        const struct count_cell *c = &g_array_index(counted, struct count_cell, i);
        group_of(f->groups, &c->key, o)->viewings += c->n;
    }
    g_array_sort(f->groups, by_group);
}

/* The commonest paths of a version, with their nodes. */
static bool add_paths(struct survey_film *f, struct count_cube *cube, guint film, guint version,
                      const struct count_slice *slice, guint most, GError **error)
{
    struct survey_version *v = f->versions->pdata[version];
    const struct count_paths *paths = &cube->films[film].paths;
    assert(version < f->versions->len && most > 0);
    g_autoptr(GArray) ids = count_paths_ranked(paths, (int32_t)version, slice->paths);
    v->distinct_paths = ids->len;
    for (guint i = 0; i < MIN(ids->len, most); i++) {
        const guint id = g_array_index(ids, guint, i);
        if (!count_cube_name_path(cube, film, id, error))
            return false;
        const struct count_path *p = count_paths_at(paths, id);
        const struct survey_path path = {p->hash, slice->paths[id], p->place, p->nodes, p->words};
        g_ptr_array_add(v->paths, g_memdup2(&path, sizeof path));
    }
    return true;
}

/* ---- a survey ---------------------------------------------------------------------------------------------------- */

static struct survey_film *film_new(const struct count_film *counted, const struct count_slice *slice, int64_t floor)
{
    assert(slice->x && counted->layout->n_shown > 0 && counted->layout->film == counted->film);
    const struct survey_film f = {
        .name = counted->film->name,
        .title = counted->film->title,
        .versions = g_ptr_array_new_with_free_func(free_version),
        .nodes = g_ptr_array_new_with_free_func(g_free),
        .decisions = g_ptr_array_new_with_free_func(free_decision),
        .endings = g_ptr_array_new_with_free_func(g_free),
        .traits = g_ptr_array_new_with_free_func(free_trait),
        .props = g_ptr_array_new_with_free_func(free_prop),
        .groups = g_array_new(FALSE, FALSE, sizeof(struct survey_group)),
        .edges = g_array_new(FALSE, FALSE, sizeof(struct survey_edge)),
        .drop_off = drop_off_new(counted->layout, slice->x, floor),
        .undated = counted->undated,
        .layout = counted->layout,
        .x = slice->x,
    };
    return g_memdup2(&f, sizeof f);
}

static void add_things(struct survey_film *f, const struct catalogue_film *film)
{
    const struct {
        const GPtrArray *things;
        void (*add)(struct survey_film *f, const struct catalogue_film *film, guint i);
    } kinds[] = {{film->versions, add_version}, {film->nodes, add_node},   {film->decisions, add_decision},
                 {film->endings, add_ending},   {film->traits, add_trait}, {film->props, add_prop}};
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (guint i = 0; i < kinds[k].things->len; i++)
            kinds[k].add(f, film, i);
    add_edges(f);
}

static bool add_film(struct survey *r, struct count_cube *cube, guint i, GError **error)
{
    const struct survey_options *o = &r->options;
    const struct count_film *counted = &cube->films[i];
    const struct count_slice *slice = count_cube_slice(cube, i, o->stratum - 1, o->viewings, o->time);
    struct survey_film *f = film_new(counted, slice, o->floor);
    g_ptr_array_add(r->films, f);
    add_things(f, counted->film);
    correct_associations(f, o->floor);
    add_groups(f, counted->groups, o);
    if (cube->options.apart >= COUNT_APART_VERSIONS)
        f->mixtures = mixtures_new(counted, slice);
    bool done = true;
    for (guint v = 0; done && v < f->versions->len; v++)
        done = add_paths(f, cube, i, v, slice, o->paths ? o->paths : SURVEY_PATHS_DEFAULT, error);
    return done;
}

struct survey *survey_slice(struct count_cube *cube, const struct survey_options *o, GError **error)
{
    assert(cube->options.pool == o->pool && cube->options.since_day == o->since_day);
    struct survey *r = g_new0(struct survey, 1);
    r->options = *o;
    r->films = g_ptr_array_new_with_free_func(free_film);
    bool done = true;
    for (guint i = 0; done && i < cube->catalogue->films->len; i++)
        done = add_film(r, cube, i, error);
    if (!done)
        g_clear_pointer(&r, survey_free);
    assert(!r || survey_check(r));
    return r;
}

char *survey_only(const struct survey_options *o)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < o->n_only; i++) {
        g_autofree char *name = segment_name(&o->only[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", name);
    }
    return g_string_free(text, FALSE);
}

struct count_cube_options survey_cube_options(const struct survey_options *o)
{
    return (struct count_cube_options){.story = o->story,
                                       .version = o->version,
                                       .since_day = o->since_day,
                                       .viewings = o->viewings,
                                       .time = o->time,
                                       .pool = o->pool,
                                       .recount = o->recount,
                                       .zone = o->zone,
                                       .only = o->only,
                                       .n_only = o->n_only,
                                       .apart = COUNT_APART_VERSIONS}; /* for mixture.h */
}

struct survey *survey_new(struct store *const *stores, guint n_stores, const struct survey_options *o, GError **error)
{
    const struct count_cube_options co = survey_cube_options(o);
    struct count_cube *cube = count_cube_new(stores, n_stores, &co, error);
    struct survey *r = cube ? survey_slice(cube, o, error) : NULL;
    if (cube)
        count_cube_end_reading(cube);
    if (r)
        r->cube = cube;
    else
        count_cube_free(cube);
    return r;
}

void survey_free(struct survey *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->films);
    count_cube_free(r->cube);
    g_free(r);
}

/* ---- helpers for the writers ------------------------------------------------------------------------------------- */

struct stats_interval survey_bounds(struct survey_ratio r)
{
    return r.erased > 0 ? stats_bounds(r.k, r.n, r.erased) : (struct stats_interval){NAN, NAN};
}

bool survey_is_enough(int64_t n, int64_t floor)
{
    return n >= MAX(floor, 1);
}

const char *survey_zone(const struct survey_options *o)
{
    return o->zone ? g_time_zone_get_identifier(o->zone) : "UTC";
}

int64_t survey_selected(const struct survey_film *film)
{
    int64_t n = 0;
    for (guint i = 0; i < film->versions->len; i++)
        n += ((const struct survey_version *)film->versions->pdata[i])->viewings +
             ((const struct survey_version *)film->versions->pdata[i])->running;
    return n;
}

bool survey_is_associated(const struct survey_association *association)
{
    return association->q <= STATS_DISCOVERIES;
}

int64_t survey_profiles(const struct survey_trait *t)
{
    int64_t n = 0;
    for (int i = 0; i < COUNT_N_LEVELS; i++)
        n += t->sure[i];
    return n;
}

bool survey_has_one_menu(const struct survey_decision *d)
{
    return d->menus->len <= 1;
}

const struct survey_menu *survey_menu_of(const struct survey_decision *d, guint i)
{
    assert(i < d->menus->len);
    return &g_array_index(d->menus, struct survey_menu, i);
}

bool survey_menu_has(const struct survey_menu *m, guint option)
{
    return option < COUNT_MENU_OPTIONS_MAX && m->options >> option & 1;
}

const struct survey_option *survey_option_of(const struct survey_decision *d, guint i)
{
    assert(i < d->options->len);
    return d->options->pdata[i];
}

struct stats_survival *survey_curve(const struct survey_decision *d, size_t *n)
{
    g_autofree struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    *n = stats_moments(d->picked_at, d->censored_at, moments);
    struct stats_survival *curve = g_new(struct stats_survival, *n + 1);
    stats_survive(moments, *n, STATS_Z95, curve);
    return curve;
}

double survey_pick_ms(const struct survey_option *o, double q)
{
    g_autofree struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    const size_t n = stats_moments(o->picked_at, NULL, moments);
    return stats_quantile(moments, n, q);
}

char *survey_versions(const struct survey_film *film, const GArray *versions)
{
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < versions->len; i++) {
        const int32_t at = g_array_index(versions, int32_t, i);
        assert(at >= 0 && (guint)at < film->versions->len);
        const struct survey_version *v = film->versions->pdata[at];
        g_string_append_printf(all, "%s%s", i ? ", " : "", v->version);
    }
    return g_string_free(all, FALSE);
}

const struct survey_consequence *survey_consequence_of(const struct survey_consequences *c, guint film, guint decision)
{
    assert(!c || c->film != film || c->by_decision);
    return c && c->film == film ? c->by_decision[decision] : NULL;
}

void survey_append_padded(GString *out, const char *text, int width)
{
    g_autoptr(GString) safe = g_string_new(NULL);
    int total = 0, used = 0;
    assert(width >= 0);
    safe_append(safe, text);
    for (const char *p = safe->str; *p; p = g_utf8_next_char(p))
        total += safe_columns(g_utf8_get_char(p));
    for (const char *p = safe->str; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (width > 0 && total > width && used + safe_columns(c) > width - 1) {
            g_string_append(out, "…");
            used++;
            break;
        }
        g_string_append_unichar(out, c);
        used += safe_columns(c);
    }
    for (; used < width; used++)
        g_string_append_c(out, ' ');
}

/* ---- the invariants ---------------------------------------------------------------------------------------------- */

static void check_decision(const struct survey_decision *d)
{
    int64_t outcomes = 0;
    for (int i = 0; i < COUNT_N_WHATS; i++)
        outcomes += d->what[i];
    assert(outcomes == d->exposures);
    for (guint i = 0; i < d->menus->len; i++)
        assert(survey_menu_of(d, i)->exposures <= d->exposures);
    assert(d->changed >= 0 && d->changed <= d->outcomes);
}

static void check_film(const struct survey_film *f)
{
    for (guint i = 0; i < f->versions->len; i++) {
        const struct survey_version *v = f->versions->pdata[i];
        assert(v->seventy_percent <= v->length_known); /* both follow from the same cells */
        assert((int64_t)v->paths->len <= v->distinct_paths);
    }
    for (guint i = 0; i < f->decisions->len; i++)
        check_decision(f->decisions->pdata[i]);
    for (guint i = 0; i < f->edges->len; i++) {
        const struct survey_edge *e = &g_array_index(f->edges, struct survey_edge, i);
        assert(e->times > 0 && (guint)e->to < (e->ending ? f->endings : f->nodes)->len);
    }
}

bool survey_check(const struct survey *r)
{
    for (guint i = 0; i < r->films->len; i++)
        check_film(r->films->pdata[i]);
    return true;
}
