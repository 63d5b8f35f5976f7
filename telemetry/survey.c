#include "telemetry/survey.h"

#include "telemetry/record.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define PATHS_NAMED 10

/* A store's ids, as places in what is being made; indexed by id. */
struct menu {
    struct survey_decision *decision;
    GPtrArray *options; /* struct survey_option *, in the order shown */
    uint64_t locked;
};

struct story {
    struct survey_film *film; /* NULL: not selected */
    int32_t version;
};

struct loader {
    struct survey *r;
    struct store *store;
    int32_t index; /* of the store */
    GHashTable *stories, *nodes, *decisions, *options, *endings, *menus, *traits, *props;
};

/* ---- freeing --------------------------------------------------------------------------------------------------- */

static void free_path(void *data)
{
    struct survey_path *p = data;
    g_strfreev(p->nodes);
    g_free(p);
}

static void free_version(void *data)
{
    struct survey_version *v = data;
    g_free(v->version);
    g_ptr_array_unref(v->paths);
    g_clear_pointer(&v->by_hash, g_hash_table_unref);
    g_free(v);
}

static void free_node(void *data)
{
    struct survey_node *n = data;
    g_free(n->name);
    g_free(n->title);
    g_array_unref(n->versions);
    g_free(n);
}

static void free_option(void *data)
{
    struct survey_option *o = data;
    g_free(o->name);
    g_free(o->title);
    g_free(o->picked_at);
    g_free(o);
}

static void free_decision(void *data)
{
    struct survey_decision *d = data;
    g_free(d->name);
    g_free(d->title);
    g_free(d->node);
    g_array_unref(d->versions);
    g_ptr_array_unref(d->options);
    g_free(d->picked_at);
    g_free(d->censored_at);
    g_free(d);
}

static void free_ending(void *data)
{
    struct survey_ending *e = data;
    g_free(e->name);
    g_free(e->title);
    g_free(e);
}

static void free_tell(void *data)
{
    struct survey_tell *t = data;
    g_free(t->table);
    g_free(t);
}

static void free_trait(void *data)
{
    struct survey_trait *t = data;
    g_free(t->name);
    g_ptr_array_unref(t->tells);
    g_free(t);
}

static void free_prop(void *data)
{
    struct survey_prop *p = data;
    g_free(p->name);
    g_free(p->title);
    g_array_unref(p->rivals);
    g_free(p);
}

static void free_film(void *data)
{
    struct survey_film *f = data;
    g_free(f->name);
    g_free(f->title);
    g_ptr_array_unref(f->versions);
    g_ptr_array_unref(f->nodes);
    g_ptr_array_unref(f->decisions);
    g_ptr_array_unref(f->endings);
    g_ptr_array_unref(f->traits);
    g_ptr_array_unref(f->props);
    g_array_unref(f->groups);
    g_array_unref(f->edges);
    g_hash_table_unref(f->keys);
    g_free(f);
}

static void free_menu(void *data)
{
    struct menu *m = data;
    g_ptr_array_unref(m->options);
    g_free(m);
}

/* ---- names and ids --------------------------------------------------------------------------------------------- */

/* A text of the store, always sound UTF-8, or NULL. */
static char *text(sqlite3_stmt *st, int column)
{
    const char *t = (const char *)sqlite3_column_text(st, column);
    return t ? g_utf8_make_valid(t, -1) : NULL;
}

static void *by_id(GHashTable *table, int64_t id)
{
    return g_hash_table_lookup(table, &id);
}

static void set_id(GHashTable *table, int64_t id, void *what)
{
    g_hash_table_insert(table, g_memdup2(&id, sizeof id), what);
}

/* What the film knows under this key, as a place + 1; 0: nothing yet. Takes the key. */
static guint place(struct survey_film *f, char *key, guint next)
{
    const guint found = GPOINTER_TO_UINT(g_hash_table_lookup(f->keys, key));
    if (found) {
        g_free(key);
        return found;
    }
    g_hash_table_insert(f->keys, key, GUINT_TO_POINTER(next + 1));
    return 0;
}

static void add_version(GArray *versions, int32_t version)
{
    for (guint i = 0; i < versions->len; i++)
        if (g_array_index(versions, int32_t, i) == version)
            return;
    g_array_append_val(versions, version);
}

static struct survey_film *film_named(struct survey *r, const char *name, const char *title)
{
    for (guint i = 0; i < r->films->len; i++) {
        struct survey_film *f = r->films->pdata[i];
        if (strcmp(f->name, name) == 0)
            return f;
    }
    struct survey_film *f = g_new0(struct survey_film, 1);
    f->name = g_strdup(name);
    f->title = g_strdup(title);
    f->versions = g_ptr_array_new_with_free_func(free_version);
    f->nodes = g_ptr_array_new_with_free_func(free_node);
    f->decisions = g_ptr_array_new_with_free_func(free_decision);
    f->endings = g_ptr_array_new_with_free_func(free_ending);
    f->traits = g_ptr_array_new_with_free_func(free_trait);
    f->props = g_ptr_array_new_with_free_func(free_prop);
    f->groups = g_array_new(FALSE, FALSE, sizeof(struct survey_group));
    f->edges = g_array_new(FALSE, FALSE, sizeof(struct survey_edge));
    f->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_add(r->films, f);
    return f;
}

static int64_t hash_of(const struct loader *l, sqlite3_stmt *st, int column)
{
    return l->r->options.pool ? 0 : sqlite3_column_int64(st, column);
}

/* Columns: id, name, version, title, hash. */
static void load_story(struct loader *l, sqlite3_stmt *st)
{
    const struct survey_options *o = &l->r->options;
    g_autofree char *name = text(st, 1), *version = text(st, 2), *title = text(st, 3);
    struct story *s = g_new0(struct story, 1);
    set_id(l->stories, sqlite3_column_int64(st, 0), s);
    if ((o->story && strcmp(o->story, name) != 0) || (o->version && strcmp(o->version, version) != 0))
        return;
    struct survey_film *f = s->film = film_named(l->r, name, title);
    const int64_t hash = hash_of(l, st, 4);
    const char *label = o->pool ? "all" : version;
    const guint known =
        place(f, g_strdup_printf("story/%s/%" G_GINT64_MODIFIER "x", label, (uint64_t)hash), f->versions->len);
    if (!known) {
        struct survey_version *v = g_new0(struct survey_version, 1);
        v->version = g_strdup(label);
        v->hash = hash;
        v->paths = g_ptr_array_new_with_free_func(free_path);
        v->by_hash = g_hash_table_new(g_int64_hash, g_int64_equal);
        g_ptr_array_add(f->versions, v);
    }
    s->version = (int32_t)(known ? known : f->versions->len) - 1;
}

/* Columns: id, story, name, title, hash. */
static void load_node(struct loader *l, sqlite3_stmt *st)
{
    const struct story *s = by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = text(st, 2);
    const int64_t hash = hash_of(l, st, 4);
    const guint known =
        place(s->film, g_strdup_printf("node/%s/%" G_GINT64_MODIFIER "x", name, (uint64_t)hash), s->film->nodes->len);
    if (!known) {
        struct survey_node *n = g_new0(struct survey_node, 1);
        n->name = g_steal_pointer(&name);
        n->title = text(st, 3);
        n->hash = hash;
        n->versions = g_array_new(FALSE, FALSE, sizeof(int32_t));
        g_ptr_array_add(s->film->nodes, n);
    }
    const guint at = known ? known : s->film->nodes->len;
    struct survey_node *n = s->film->nodes->pdata[at - 1];
    add_version(n->versions, s->version);
    set_id(l->nodes, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(at));
}

/* Columns: id, story, name, title, hash, node's name. */
static void load_decision(struct loader *l, sqlite3_stmt *st)
{
    const struct story *s = by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = text(st, 2);
    const int64_t hash = hash_of(l, st, 4);
    const guint known = place(s->film, g_strdup_printf("decision/%s/%" G_GINT64_MODIFIER "x", name, (uint64_t)hash),
                              s->film->decisions->len);
    if (!known) {
        struct survey_decision *d = g_new0(struct survey_decision, 1);
        d->name = g_steal_pointer(&name);
        d->title = text(st, 3);
        d->node = text(st, 5);
        d->hash = hash;
        d->versions = g_array_new(FALSE, FALSE, sizeof(int32_t));
        d->options = g_ptr_array_new_with_free_func(free_option);
        g_ptr_array_add(s->film->decisions, d);
    }
    struct survey_decision *d = s->film->decisions->pdata[(known ? known : s->film->decisions->len) - 1];
    add_version(d->versions, s->version);
    set_id(l->decisions, sqlite3_column_int64(st, 0), d);
}

/* Columns: id, decision, position, name, title. Within a decision that did not change, names are enough. */
static void load_option(struct loader *l, sqlite3_stmt *st)
{
    struct survey_decision *d = by_id(l->decisions, sqlite3_column_int64(st, 1));
    if (!d)
        return;
    g_autofree char *name = text(st, 3);
    struct survey_option *o = NULL;
    for (guint i = 0; i < d->options->len && !o; i++)
        if (strcmp(survey_option_of(d, i)->name, name) == 0)
            o = survey_option_of(d, i);
    if (!o) {
        o = g_new0(struct survey_option, 1);
        o->name = g_steal_pointer(&name);
        o->title = text(st, 4);
        o->position = sqlite3_column_int(st, 2);
        g_ptr_array_add(d->options, o);
    }
    set_id(l->options, sqlite3_column_int64(st, 0), o);
}

/* Columns: id, story, name, title. */
static void load_ending(struct loader *l, sqlite3_stmt *st)
{
    const struct story *s = by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = text(st, 2);
    const guint known = place(s->film, g_strdup_printf("ending/%s/%d", name, s->version), s->film->endings->len);
    if (!known) {
        struct survey_ending *e = g_new0(struct survey_ending, 1);
        e->name = g_steal_pointer(&name);
        e->title = text(st, 3);
        e->version = s->version;
        g_ptr_array_add(s->film->endings, e);
    }
    set_id(l->endings, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(known ? known : s->film->endings->len));
}

/* Columns: id, story, name. */
static void load_trait(struct loader *l, sqlite3_stmt *st)
{
    const struct story *s = by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = text(st, 2);
    const guint known = place(s->film, g_strdup_printf("trait/%s/%d", name, s->version), s->film->traits->len);
    if (!known) {
        struct survey_trait *t = g_new0(struct survey_trait, 1);
        t->name = g_steal_pointer(&name);
        t->version = s->version;
        t->tells = g_ptr_array_new_with_free_func(free_tell);
        g_ptr_array_add(s->film->traits, t);
    }
    set_id(l->traits, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(known ? known : s->film->traits->len));
}

/* Columns: id, story, name, title. */
static void load_prop(struct loader *l, sqlite3_stmt *st)
{
    const struct story *s = by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = text(st, 2);
    const guint known = place(s->film, g_strdup_printf("prop/%s/%d", name, s->version), s->film->props->len);
    if (!known) {
        struct survey_prop *p = g_new0(struct survey_prop, 1);
        p->name = g_steal_pointer(&name);
        p->title = text(st, 3);
        p->version = s->version;
        p->rivals = g_array_new(FALSE, TRUE, sizeof(struct survey_rival));
        g_ptr_array_add(s->film->props, p);
    }
    set_id(l->props, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(known ? known : s->film->props->len));
}

/* Columns: menu, decision, option, locked; in the order shown. */
static void load_menu(struct loader *l, sqlite3_stmt *st)
{
    const int64_t id = sqlite3_column_int64(st, 0);
    struct survey_decision *d = by_id(l->decisions, sqlite3_column_int64(st, 1));
    struct survey_option *o = by_id(l->options, sqlite3_column_int64(st, 2));
    struct menu *m = by_id(l->menus, id);
    if (!d || !o)
        return;
    if (!m) {
        m = g_new0(struct menu, 1);
        m->decision = d;
        m->options = g_ptr_array_new();
        set_id(l->menus, id, m);
    }
    if (m->options->len < SURVEY_POSITIONS) {
        if (sqlite3_column_int(st, 3))
            m->locked |= UINT64_C(1) << m->options->len;
        g_ptr_array_add(m->options, o);
    }
}

static const struct {
    const char *sql;
    void (*load)(struct loader *l, sqlite3_stmt *st);
} dictionaries[] = {
    {"SELECT id, name, version, title, hash FROM story ORDER BY id", load_story},
    {"SELECT id, story, name, title, hash FROM node ORDER BY id", load_node},
    {"SELECT d.id, d.story, d.name, d.title, d.hash, n.name FROM decision d JOIN node n ON n.id = d.node ORDER BY d.id",
     load_decision},
    {"SELECT id, decision, position, name, title FROM option ORDER BY decision, position, id", load_option},
    {"SELECT id, story, name, title FROM ending ORDER BY id", load_ending},
    {"SELECT id, story, name FROM trait ORDER BY id", load_trait},
    {"SELECT id, story, name, title FROM prop ORDER BY id", load_prop},
    {"SELECT m.id, m.decision, o.option, o.locked FROM menu m JOIN menu_option o ON o.menu = m.id"
     " ORDER BY m.id, o.position",
     load_menu},
};

static bool each_row(struct store *s, const char *sql, void (*row)(struct loader *l, sqlite3_stmt *st),
                     struct loader *l, GError **error)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(st)) == SQLITE_ROW)
            row(l, st);
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
}

/* ---- cells into numbers ---------------------------------------------------------------------------------------- */

struct taking {
    struct loader *l;
    struct survey_film *film;
    struct survey_version *version;
};

static struct survey_node *node_of(const struct taking *t, int64_t id)
{
    const guint at = GPOINTER_TO_UINT(by_id(t->l->nodes, id));
    return at ? t->film->nodes->pdata[at - 1] : NULL;
}

static void take_viewings(struct taking *t, const struct tally_cell *c)
{
    t->version->viewings += c->n;
    if (tally_a(c) < SURVEY_REASONS)
        t->version->reasons[tally_a(c)] += c->n;
}

static void take_mark(struct taking *t, const struct tally_cell *c)
{
    *(tally_a(c) == TALLY_MARK_ENDING ? &t->version->reached : &t->version->two_minutes) += c->n;
}

static void take_completion(struct taking *t, const struct tally_cell *c)
{
    t->version->completion[MIN(tally_a(c), SURVEY_PERCENTS - 1)] += c->n;
}

static void take_lost(struct taking *t, const struct tally_cell *c)
{
    *(tally_a(c) == 0 ? &t->version->lost_events : &t->version->lost_viewings) += c->n;
}

static void take_node(struct taking *t, const struct tally_cell *c)
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

static void take_last(struct taking *t, const struct tally_cell *c)
{
    struct survey_node *n = node_of(t, tally_a(c));
    if (n && c->b < SURVEY_REASONS)
        n->last[c->b] += c->n;
}

/* Edges are few; their places stand in the film's keys like everything else. */
static void add_edge(struct survey_film *f, struct survey_edge e, int64_t times)
{
    const guint known = place(f, g_strdup_printf("edge/%d/%d/%d", e.from, e.to, e.ending), f->edges->len);
    if (!known)
        g_array_append_val(f->edges, e);
    g_array_index(f->edges, struct survey_edge, (known ? known : f->edges->len) - 1).times += times;
}

static void take_edge(struct taking *t, const struct tally_cell *c)
{
    const bool ending = tally_kind(c) == TALLY_END;
    const guint from = GPOINTER_TO_UINT(by_id(t->l->nodes, tally_a(c)));
    const guint to = GPOINTER_TO_UINT(by_id(ending ? t->l->endings : t->l->nodes, (int64_t)c->b));
    if (to)
        add_edge(t->film, (struct survey_edge){(int32_t)from - 1, (int32_t)to - 1, ending, 0}, c->n);
}

static void take_ending(struct taking *t, const struct tally_cell *c)
{
    const guint at = GPOINTER_TO_UINT(by_id(t->l->endings, tally_a(c)));
    if (at)
        ((struct survey_ending *)t->film->endings->pdata[at - 1])->viewings += c->n;
}

static void add_ratio(struct survey_ratio *r, bool hit, int64_t n)
{
    r->k += hit ? n : 0;
    r->n += n;
}

static void take_outcome(struct taking *t, const struct tally_cell *c)
{
    struct menu *m = by_id(t->l->menus, tally_a(c));
    if (!m)
        return;
    const int what = tally_outcome_what(c->b) % SURVEY_WHATS, focus = tally_outcome_focus(c->b);
    const struct survey_option *chosen = by_id(t->l->options, tally_outcome_option(c->b));
    m->decision->exposures += c->n;
    m->decision->what[what] += c->n;
    for (guint i = 0; i < m->options->len; i++) {
        struct survey_option *o = m->options->pdata[i];
        const bool picked = what == TEL_WHAT_PICK && o == chosen;
        o->picks += picked ? c->n : 0;
        o->timeouts += what == TEL_WHAT_TIMEOUT && o == chosen ? c->n : 0;
        if (m->locked >> i & 1) {
            o->locked += c->n;
            continue;
        }
        o->available += c->n;
        add_ratio(&m->decision->positions[i], picked, c->n);
        add_ratio(i == 0 ? &o->first : &o->later, picked, c->n);
        if (focus >= 0)
            add_ratio((int)i == focus ? &o->lit : &o->unlit, picked, c->n);
    }
}

static void add_class(int64_t **counts, int cls, int64_t n)
{
    if (!*counts)
        *counts = g_new0(int64_t, STATS_CLASSES);
    (*counts)[MIN(cls, STATS_CLASSES - 1)] += n;
}

static void take_latency(struct taking *t, const struct tally_cell *c)
{
    struct survey_decision *d = by_id(t->l->decisions, tally_a(c));
    struct survey_option *o = by_id(t->l->options, tally_latency_option(c->b));
    const bool picked = tally_latency_what(c->b) == TEL_WHAT_PICK;
    if (!d)
        return;
    add_class(picked ? &d->picked_at : &d->censored_at, tally_latency_class(c->b), c->n);
    if (picked && o)
        add_class(&o->picked_at, tally_latency_class(c->b), c->n);
}

static void take_changes(struct taking *t, const struct tally_cell *c)
{
    struct survey_decision *d = by_id(t->l->decisions, tally_a(c));
    if (!d)
        return;
    d->outcomes += c->n;
    d->changed += c->b > 0 ? c->n : 0;
}

static void take_given(struct taking *t, const struct tally_cell *c)
{
    struct survey_decision *d = by_id(t->l->decisions, tally_a(c));
    if (d && c->b < SURVEY_DEVICES)
        d->given[c->b] += c->n;
}

/* A path's count comes before its example: kinds ascend. */
static void take_path(struct taking *t, const struct tally_cell *c)
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

static void (*const takers[])(struct taking *t, const struct tally_cell *c) = {
    [TALLY_VIEWINGS] = take_viewings, [TALLY_MARK] = take_mark,       [TALLY_COMPLETION] = take_completion,
    [TALLY_LOST] = take_lost,         [TALLY_NODE] = take_node,       [TALLY_LAST] = take_last,
    [TALLY_EDGE] = take_edge,         [TALLY_END] = take_edge,        [TALLY_ENDING] = take_ending,
    [TALLY_OUTCOME] = take_outcome,   [TALLY_LATENCY] = take_latency, [TALLY_CHANGES] = take_changes,
    [TALLY_GIVEN] = take_given,       [TALLY_PATH] = take_path,       [TALLY_EXAMPLE] = take_path,
};

static void count_group(const struct taking *t, struct survey_group g, int64_t n)
{
    const guint known =
        place(t->film, g_strdup_printf("group/%d/%d/%d/%d", g.version, g.machine, g.nth, g.time), t->film->groups->len);
    if (!known)
        g_array_append_val(t->film->groups, g);
    g_array_index(t->film->groups, struct survey_group, (known ? known : t->film->groups->len) - 1).viewings += n;
}

static bool wants(const struct aggregate_cohort *c, void *data)
{
    const struct loader *l = data;
    const struct story *s = by_id(l->stories, c->story);
    return s && s->film && c->day >= l->r->options.since_day;
}

/*
 * A time mode is an exposure's own: a viewer may change it on the way. Where none is asked for, all count; else what is
 * said of a viewing goes by the mode it began with, and what is said of an exposure by the exposure's.
 */
static void take(const struct aggregate_cohort *c, struct tally *tally, void *data)
{
    struct loader *l = data;
    const struct survey_options *o = &l->r->options;
    const struct story *s = by_id(l->stories, c->story);
    struct taking t = {l, s->film, s->film->versions->pdata[s->version]};
    const bool machine = c->mode != TEL_MODE_WINDOW || c->chooser != TEL_CHOOSER_PERSON;
    const bool selected = !machine && (o->viewings == SURVEY_ALL || o->viewings == c->nth);
    for (guint i = 0; i < tally->cells->len; i++) {
        const struct tally_cell *cell = &g_array_index(tally->cells, struct tally_cell, i);
        const enum tally_kind kind = tally_kind(cell);
        const bool in_time = o->time == SURVEY_ALL || o->time == tally_time(cell);
        if (kind == TALLY_VIEWINGS) {
            const struct survey_group g = {s->version, machine, selected && in_time, c->nth, tally_time(cell), 0};
            count_group(&t, g, cell->n);
        } else if (!selected)
            break;
        if (selected && in_time && kind < G_N_ELEMENTS(takers) && takers[kind])
            takers[kind](&t, cell);
    }
}

/* ---- the order of things ---------------------------------------------------------------------------------------- */

static int by_times(const void *a, const void *b)
{
    const struct survey_edge *x = a, *y = b;
    if (x->times != y->times)
        return x->times > y->times ? -1 : 1;
    return x->from != y->from ? x->from - y->from : x->to - y->to;
}

static int by_viewings(const void *a, const void *b)
{
    const struct survey_path *x = *(struct survey_path *const *)a, *y = *(struct survey_path *const *)b;
    if (x->viewings != y->viewings)
        return x->viewings > y->viewings ? -1 : 1;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
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

static bool name_path(struct store *s, struct survey_path *p, GError **error)
{
    static const char sql[] = "SELECT coalesce(n.title, n.name) FROM visit i JOIN node n ON n.id = i.node"
                              " WHERE i.viewing = ?1 ORDER BY i.seq";
    sqlite3_stmt *st = NULL;
    GPtrArray *nodes = g_ptr_array_new();
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, p->example);
        while ((rc = sqlite3_step(st)) == SQLITE_ROW)
            g_ptr_array_add(nodes, text(st, 0));
    }
    sqlite3_finalize(st);
    g_ptr_array_add(nodes, NULL);
    p->nodes = (char **)g_ptr_array_free(nodes, FALSE);
    return rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
}

/* Keeps the commonest, with their nodes' titles from the example's visits. */
static bool name_paths(struct store *const *stores, struct survey_version *v, GError **error)
{
    g_clear_pointer(&v->by_hash, g_hash_table_unref);
    v->distinct_paths = v->paths->len;
    g_ptr_array_sort(v->paths, by_viewings);
    if (v->paths->len > PATHS_NAMED)
        g_ptr_array_remove_range(v->paths, PATHS_NAMED, v->paths->len - PATHS_NAMED);
    for (guint i = 0; i < v->paths->len; i++) {
        struct survey_path *p = v->paths->pdata[i];
        if (!name_path(stores[p->store], p, error))
            return false;
    }
    return true;
}

static bool put_in_order(struct survey_film *f, struct store *const *stores, GError **error)
{
    for (guint i = 0; i < f->nodes->len; i++) {
        struct survey_node *n = f->nodes->pdata[i];
        for (guint j = 0; j < n->versions->len; j++)
            n->of += ((struct survey_version *)f->versions->pdata[g_array_index(n->versions, int32_t, j)])->viewings;
    }
    if (f->edges->len > 0)
        qsort(f->edges->data, f->edges->len, sizeof(struct survey_edge), by_times);
    if (f->groups->len > 0)
        qsort(f->groups->data, f->groups->len, sizeof(struct survey_group), by_group);
    for (guint i = 0; i < f->versions->len; i++)
        if (!name_paths(stores, f->versions->pdata[i], error))
            return false;
    return true;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static GHashTable *id_table(GDestroyNotify free_value)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_value);
}

static bool load(struct loader *l, GError **error)
{
    const struct aggregate_reader reader = {l->r->options.recount, wants, take, l};
    bool done = true;
    for (size_t i = 0; done && i < G_N_ELEMENTS(dictionaries); i++)
        done = each_row(l->store, dictionaries[i].sql, dictionaries[i].load, l, error);
    return done && aggregate_read(l->store, &reader, error);
}

static bool load_store(struct survey *r, struct store *s, int32_t index, GError **error)
{
    struct loader l = {.r = r,
                       .store = s,
                       .index = index,
                       .stories = id_table(g_free),
                       .nodes = id_table(NULL),
                       .decisions = id_table(NULL),
                       .options = id_table(NULL),
                       .endings = id_table(NULL),
                       .traits = id_table(NULL),
                       .props = id_table(NULL),
                       .menus = id_table(free_menu)};
    const bool done = load(&l, error);
    GHashTable *const tables[] = {l.stories, l.nodes, l.decisions, l.options, l.endings, l.menus, l.traits, l.props};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
    return done;
}

static bool begin(struct store *s, GError **error)
{
    return sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK || store_fail(s, "cannot be read", error);
}

/* Looks for the smaller store's viewings in the greater; each is one look-up. */
static bool have_common(struct store *a, struct store *b, bool *common, GError **error)
{
    sqlite3_stmt *each = NULL, *find = NULL;
    int rc = SQLITE_ERROR;
    *common = false;
    if (sqlite3_prepare_v2(a->db, "SELECT uuid FROM viewing", -1, &each, NULL) != SQLITE_OK)
        store_fail(a, "cannot be read", error);
    else if (sqlite3_prepare_v2(b->db, "SELECT 1 FROM viewing WHERE uuid = ?1", -1, &find, NULL) != SQLITE_OK)
        store_fail(b, "cannot be read", error);
    else {
        while ((rc = sqlite3_step(each)) == SQLITE_ROW && !*common) {
            sqlite3_bind_blob(find, 1, sqlite3_column_blob(each, 0), sqlite3_column_bytes(each, 0), SQLITE_STATIC);
            *common = sqlite3_step(find) == SQLITE_ROW;
            sqlite3_reset(find);
        }
        if (rc != SQLITE_DONE && rc != SQLITE_ROW)
            store_fail(a, "cannot be read", error);
    }
    sqlite3_finalize(each);
    sqlite3_finalize(find);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

static bool are_apart(struct store *const *stores, int n, GError **error)
{
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            bool common;
            if (!have_common(stores[i], stores[j], &common, error))
                return false;
            if (common) {
                g_set_error(error, STORE_ERROR, STORE_ERROR_SQL,
                            "%s and %s hold the same viewing, which must not count twice. Join them first: "
                            "frumious merge NEW %s %s",
                            stores[i]->path, stores[j]->path, stores[i]->path, stores[j]->path);
                return false;
            }
        }
    return true;
}

struct survey *survey_new(struct store *const *stores, int n_stores, const struct survey_options *o, GError **error)
{
    struct survey *r = g_new0(struct survey, 1);
    r->options = *o;
    r->films = g_ptr_array_new_with_free_func(free_film);
    int begun = 0;
    bool done = true;
    for (; done && begun < n_stores; begun += done)
        done = begin(stores[begun], error);
    done = done && are_apart(stores, n_stores, error);
    for (int i = 0; done && i < n_stores; i++)
        done = load_store(r, stores[i], i, error);
    for (guint i = 0; done && i < r->films->len; i++)
        done = put_in_order(r->films->pdata[i], stores, error);
    for (int i = 0; i < begun; i++)
        sqlite3_exec(stores[i]->db, "ROLLBACK", NULL, NULL, NULL);
    if (done)
        return r;
    survey_free(r);
    return NULL;
}

void survey_free(struct survey *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->films);
    g_free(r);
}

/* ---- what writers ask ------------------------------------------------------------------------------------------- */

int64_t survey_selected(const struct survey_film *film)
{
    int64_t n = 0;
    for (guint i = 0; i < film->versions->len; i++)
        n += ((const struct survey_version *)film->versions->pdata[i])->viewings;
    return n;
}

struct survey_option *survey_option_of(const struct survey_decision *d, guint i)
{
    return d->options->pdata[i];
}

/* Classes in which something happened, as moments in seconds' thousandths. */
static struct stats_moment *moments_of(const int64_t *events, const int64_t *censored, size_t *n)
{
    struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    *n = 0;
    for (int c = 0; c < STATS_CLASSES; c++) {
        const struct stats_moment m = {stats_class_ms(c), events ? events[c] : 0, censored ? censored[c] : 0};
        if (m.events + m.censored > 0)
            moments[(*n)++] = m;
    }
    return moments;
}

struct stats_survival *survey_curve(const struct survey_decision *d, size_t *n)
{
    g_autofree struct stats_moment *moments = moments_of(d->picked_at, d->censored_at, n);
    struct stats_survival *curve = g_new(struct stats_survival, *n + 1);
    stats_survive(moments, *n, STATS_Z95, curve);
    return curve;
}

double survey_pick_ms(const struct survey_option *o, double q)
{
    size_t n;
    g_autofree struct stats_moment *moments = moments_of(o->picked_at, NULL, &n);
    return stats_quantile(moments, n, q);
}

char *survey_versions(const struct survey_film *film, const GArray *versions)
{
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < versions->len; i++) {
        const struct survey_version *v = film->versions->pdata[g_array_index(versions, int32_t, i)];
        g_string_append_printf(all, "%s%s", i ? ", " : "", v->version);
    }
    return g_string_free(all, FALSE);
}
