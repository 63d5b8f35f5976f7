#include "telemetry/survey/survey_internal.h"

#include <sqlite3.h>
#include <string.h>

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
    if (d->consequence)
        g_free(d->consequence->differs);
    g_free(d->consequence);
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
    struct survey_association *t = data;
    g_free(t->table);
    g_free(t);
}

static void free_trait(void *data)
{
    struct survey_trait *t = data;
    g_free(t->name);
    g_ptr_array_unref(t->associations);
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

void survey_free_film(void *data)
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
    struct survey_menu *m = data;
    g_ptr_array_unref(m->options);
    g_ptr_array_unref(m->brings);
    g_free(m);
}

/* ---- names and ids --------------------------------------------------------------------------------------------- */

char *survey_column_text(sqlite3_stmt *st, int column)
{
    const char *t = (const char *)sqlite3_column_text(st, column);
    return t ? g_utf8_make_valid(t, -1) : NULL;
}

void *survey_by_id(GHashTable *table, int64_t id)
{
    return g_hash_table_lookup(table, &id);
}

guint survey_place_of(GHashTable *table, int64_t id)
{
    return GPOINTER_TO_UINT(survey_by_id(table, id));
}

static void set_by_id(GHashTable *table, int64_t id, void *what)
{
    g_hash_table_insert(table, g_memdup2(&id, sizeof id), what);
}

guint survey_place(struct survey_film *f, char *key, guint next)
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

static struct survey_film *film_by_name(struct survey *r, const char *name, const char *title)
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

static int64_t hash_of(const struct survey_loader *l, sqlite3_stmt *st, int column)
{
    return l->r->options.pool ? 0 : sqlite3_column_int64(st, column);
}

/* Columns: id, name, version, title, hash. */
static void load_story(struct survey_loader *l, sqlite3_stmt *st)
{
    const struct survey_options *o = &l->r->options;
    g_autofree char *name = survey_column_text(st, 1), *version = survey_column_text(st, 2),
                    *title = survey_column_text(st, 3);
    struct survey_story *s = g_new0(struct survey_story, 1);
    set_by_id(l->stories, sqlite3_column_int64(st, 0), s);
    if ((o->story && strcmp(o->story, name) != 0) || (o->version && strcmp(o->version, version) != 0))
        return;
    struct survey_film *f = s->film = film_by_name(l->r, name, title);
    const int64_t hash = hash_of(l, st, 4);
    const char *label = o->pool ? "all" : version;
    const guint known =
        survey_place(f, g_strdup_printf("story/%s/%" G_GINT64_MODIFIER "x", label, (uint64_t)hash), f->versions->len);
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
static void load_node(struct survey_loader *l, sqlite3_stmt *st)
{
    const struct survey_story *s = survey_by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = survey_column_text(st, 2);
    const int64_t hash = hash_of(l, st, 4);
    const guint known = survey_place(s->film, g_strdup_printf("node/%s/%" G_GINT64_MODIFIER "x", name, (uint64_t)hash),
                                     s->film->nodes->len);
    if (!known) {
        struct survey_node *n = g_new0(struct survey_node, 1);
        n->name = g_steal_pointer(&name);
        n->title = survey_column_text(st, 3);
        n->hash = hash;
        n->versions = g_array_new(FALSE, FALSE, sizeof(int32_t));
        g_ptr_array_add(s->film->nodes, n);
    }
    const guint at = known ? known : s->film->nodes->len;
    struct survey_node *n = s->film->nodes->pdata[at - 1];
    add_version(n->versions, s->version);
    set_by_id(l->nodes, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(at));
}

/* Columns: id, story, name, title, hash, node's name. */
static void load_decision(struct survey_loader *l, sqlite3_stmt *st)
{
    const struct survey_story *s = survey_by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = survey_column_text(st, 2);
    const int64_t hash = hash_of(l, st, 4);
    const guint known = survey_place(
        s->film, g_strdup_printf("decision/%s/%" G_GINT64_MODIFIER "x", name, (uint64_t)hash), s->film->decisions->len);
    if (!known) {
        struct survey_decision *d = g_new0(struct survey_decision, 1);
        d->name = g_steal_pointer(&name);
        d->title = survey_column_text(st, 3);
        d->node = survey_column_text(st, 5);
        d->hash = hash;
        d->versions = g_array_new(FALSE, FALSE, sizeof(int32_t));
        d->options = g_ptr_array_new_with_free_func(free_option);
        g_ptr_array_add(s->film->decisions, d);
    }
    struct survey_decision *d = s->film->decisions->pdata[(known ? known : s->film->decisions->len) - 1];
    add_version(d->versions, s->version);
    set_by_id(l->decisions, sqlite3_column_int64(st, 0), d);
}

/* Columns: id, decision, position, name, title. Within a decision that did not change, names are enough. */
static void load_option(struct survey_loader *l, sqlite3_stmt *st)
{
    struct survey_decision *d = survey_by_id(l->decisions, sqlite3_column_int64(st, 1));
    if (!d)
        return;
    g_autofree char *name = survey_column_text(st, 3);
    struct survey_option *o = NULL;
    for (guint i = 0; i < d->options->len && !o; i++)
        if (strcmp(survey_option_of(d, i)->name, name) == 0)
            o = survey_option_of(d, i);
    if (!o) {
        o = g_new0(struct survey_option, 1);
        o->name = g_steal_pointer(&name);
        o->title = survey_column_text(st, 4);
        o->position = sqlite3_column_int(st, 2);
        g_ptr_array_add(d->options, o);
    }
    set_by_id(l->options, sqlite3_column_int64(st, 0), o);
}

/* Columns: id, story, name, title. */
static void load_ending(struct survey_loader *l, sqlite3_stmt *st)
{
    const struct survey_story *s = survey_by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = survey_column_text(st, 2);
    const guint known = survey_place(s->film, g_strdup_printf("ending/%s/%d", name, s->version), s->film->endings->len);
    if (!known) {
        struct survey_ending *e = g_new0(struct survey_ending, 1);
        e->name = g_steal_pointer(&name);
        e->title = survey_column_text(st, 3);
        e->version = s->version;
        g_ptr_array_add(s->film->endings, e);
    }
    set_by_id(l->endings, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(known ? known : s->film->endings->len));
}

/* Columns: id, story, name. */
static void load_trait(struct survey_loader *l, sqlite3_stmt *st)
{
    const struct survey_story *s = survey_by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = survey_column_text(st, 2);
    const guint known = survey_place(s->film, g_strdup_printf("trait/%s/%d", name, s->version), s->film->traits->len);
    if (!known) {
        struct survey_trait *t = g_new0(struct survey_trait, 1);
        t->name = g_steal_pointer(&name);
        t->version = s->version;
        t->associations = g_ptr_array_new_with_free_func(free_tell);
        g_ptr_array_add(s->film->traits, t);
    }
    set_by_id(l->traits, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(known ? known : s->film->traits->len));
}

/* Columns: id, story, name, title. */
static void load_prop(struct survey_loader *l, sqlite3_stmt *st)
{
    const struct survey_story *s = survey_by_id(l->stories, sqlite3_column_int64(st, 1));
    if (!s || !s->film)
        return;
    g_autofree char *name = survey_column_text(st, 2);
    const guint known = survey_place(s->film, g_strdup_printf("prop/%s/%d", name, s->version), s->film->props->len);
    if (!known) {
        struct survey_prop *p = g_new0(struct survey_prop, 1);
        p->name = g_steal_pointer(&name);
        p->title = survey_column_text(st, 3);
        p->version = s->version;
        p->rivals = g_array_new(FALSE, TRUE, sizeof(struct survey_rival));
        g_ptr_array_add(s->film->props, p);
    }
    set_by_id(l->props, sqlite3_column_int64(st, 0), GUINT_TO_POINTER(known ? known : s->film->props->len));
}

/* Columns: option, prop. */
static void load_option_prop(struct survey_loader *l, sqlite3_stmt *st)
{
    const int64_t option = sqlite3_column_int64(st, 0);
    const guint at = survey_place_of(l->props, sqlite3_column_int64(st, 1));
    GArray *props = survey_by_id(l->brings, option);
    if (at == 0)
        return;
    if (!props) {
        props = g_array_new(FALSE, FALSE, sizeof(guint));
        set_by_id(l->brings, option, props);
    }
    const guint place_of = at - 1;
    g_array_append_val(props, place_of);
}

/* Columns: menu, decision, option, locked; in the order shown. */
static void load_menu(struct survey_loader *l, sqlite3_stmt *st)
{
    const int64_t id = sqlite3_column_int64(st, 0);
    struct survey_decision *d = survey_by_id(l->decisions, sqlite3_column_int64(st, 1));
    struct survey_option *o = survey_by_id(l->options, sqlite3_column_int64(st, 2));
    struct survey_menu *m = survey_by_id(l->menus, id);
    if (!d || !o)
        return;
    if (!m) {
        m = g_new0(struct survey_menu, 1);
        m->decision = d;
        m->options = g_ptr_array_new();
        m->brings = g_ptr_array_new();
        set_by_id(l->menus, id, m);
    }
    if (m->options->len < SURVEY_POSITIONS) {
        if (sqlite3_column_int(st, 3))
            m->locked |= UINT64_C(1) << m->options->len;
        g_ptr_array_add(m->options, o);
        g_ptr_array_add(m->brings, survey_by_id(l->brings, sqlite3_column_int64(st, 2)));
    }
}

static const struct {
    const char *sql;
    void (*load)(struct survey_loader *l, sqlite3_stmt *st);
} dictionaries[] = {
    {"SELECT id, name, version, title, hash FROM story ORDER BY id", load_story},
    {"SELECT id, story, name, title, hash FROM node ORDER BY id", load_node},
    {"SELECT d.id, d.story, d.name, d.title, d.hash, n.name FROM decision d JOIN node n ON n.id = d.node ORDER BY d.id",
     load_decision},
    {"SELECT id, decision, position, name, title FROM option ORDER BY decision, position, id", load_option},
    {"SELECT id, story, name, title FROM ending ORDER BY id", load_ending},
    {"SELECT id, story, name FROM trait ORDER BY id", load_trait},
    {"SELECT id, story, name, title FROM prop ORDER BY id", load_prop},
    {"SELECT option, prop FROM option_prop", load_option_prop},
    {"SELECT m.id, m.decision, o.option, o.locked FROM menu m JOIN menu_option o ON o.menu = m.id"
     " ORDER BY m.id, o.position",
     load_menu},
};

static bool each_dictionary_row(struct store *s, const char *sql,
                                void (*row)(struct survey_loader *l, sqlite3_stmt *st), struct survey_loader *l,
                                GError **error)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(st)) == SQLITE_ROW)
            row(l, st);
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || store_fail(s, "cannot be read", error);
}
static void free_places(void *places)
{
    g_array_unref(places);
}

static GHashTable *id_table(GDestroyNotify free_value)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_value);
}

bool survey_load_names(struct survey_loader *l, GError **error)
{
    GHashTable **const places[] = {&l->nodes, &l->decisions, &l->options, &l->endings, &l->traits, &l->props};
    l->stories = id_table(g_free);
    l->menus = id_table(free_menu);
    l->brings = id_table(free_places);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        *places[i] = id_table(NULL);
    bool done = true;
    for (size_t i = 0; done && i < G_N_ELEMENTS(dictionaries); i++)
        done = each_dictionary_row(l->store, dictionaries[i].sql, dictionaries[i].load, l, error);
    return done;
}

void survey_loader_clear(struct survey_loader *l)
{
    GHashTable *const tables[] = {l->stories, l->nodes,  l->decisions, l->options, l->endings,
                                  l->menus,   l->traits, l->props,     l->brings};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
}
