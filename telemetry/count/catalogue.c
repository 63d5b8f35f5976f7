#include "telemetry/count/catalogue.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <string.h>

static_assert(CATALOGUE_OPTIONS_MAX == 64, "a menu's locked options are the bits of a uint64_t");

struct catalogue_ids {
    /* By id in the store: the structs that the tables are named after. */
    GHashTable *stories, *nodes, *decisions, *options, *endings, *menus, *traits, *props;
    GHashTable *option_props; /* id of an option -> GArray * of const struct catalogue_prop * */
};

/* ---- freeing --------------------------------------------------------------------------------------------------- */

static void free_version(void *data)
{
    struct catalogue_version *v = data;
    g_free(v->version);
    g_free(v);
}

static void free_node(void *data)
{
    struct catalogue_node *n = data;
    g_free(n->name);
    g_free(n->title);
    g_array_unref(n->versions);
    g_free(n);
}

static void free_option(void *data)
{
    struct catalogue_option *o = data;
    g_free(o->name);
    g_free(o->title);
    g_free(o);
}

static void free_decision(void *data)
{
    struct catalogue_decision *d = data;
    g_free(d->name);
    g_free(d->title);
    g_free(d->node);
    g_array_unref(d->versions);
    g_ptr_array_unref(d->options);
    g_free(d);
}

static void free_ending(void *data)
{
    struct catalogue_ending *e = data;
    g_free(e->name);
    g_free(e->title);
    g_free(e);
}

static void free_trait(void *data)
{
    struct catalogue_trait *t = data;
    g_free(t->name);
    g_free(t);
}

static void free_prop(void *data)
{
    struct catalogue_prop *p = data;
    g_free(p->name);
    g_free(p->title);
    g_free(p);
}

static void free_film(void *data)
{
    struct catalogue_film *f = data;
    GPtrArray *const things[] = {f->versions, f->nodes, f->decisions, f->endings, f->traits, f->props};
    for (size_t i = 0; i < G_N_ELEMENTS(things); i++)
        g_ptr_array_unref(things[i]);
    g_hash_table_unref(f->keys);
    g_free(f->name);
    g_free(f->title);
    g_free(f);
}

static void free_menu(void *data)
{
    struct catalogue_menu *m = data;
    g_ptr_array_unref(m->options);
    g_ptr_array_unref(m->props);
    g_free(m);
}

static void free_array(void *data)
{
    g_array_unref(data);
}

static void free_ids(void *data)
{
    struct catalogue_ids *ids = data;
    GHashTable *const tables[] = {ids->stories, ids->nodes,  ids->decisions, ids->options,     ids->endings,
                                  ids->menus,   ids->traits, ids->props,     ids->option_props};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
    g_free(ids);
}

static GHashTable *id_table(GDestroyNotify free_value)
{
    return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_value);
}

static struct catalogue_ids *ids_new(void)
{
    struct catalogue_ids *ids = g_new0(struct catalogue_ids, 1);
    GHashTable **const tables[] = {&ids->nodes,   &ids->decisions, &ids->options,
                                   &ids->endings, &ids->traits,    &ids->props};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        *tables[i] = id_table(NULL);
    ids->stories = id_table(g_free);
    ids->menus = id_table(free_menu);
    ids->option_props = id_table(free_array);
    return ids;
}

struct catalogue *catalogue_new(const struct catalogue_options *o)
{
    struct catalogue *c = g_new0(struct catalogue, 1);
    c->options = *o;
    c->films = g_ptr_array_new_with_free_func(free_film);
    c->stores = g_ptr_array_new_with_free_func(free_ids);
    return c;
}

void catalogue_free(struct catalogue *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->stores);
    g_ptr_array_unref(c->films);
    g_free(c);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Far beyond any audience; sums of so many do not overflow. */
#define ERASED_MAX (INT64_C(1) << 40)

struct reading {
    struct catalogue *catalogue;
    struct catalogue_ids *ids;
};

/* A text of the store, always valid UTF-8, or NULL. */
static char *column_text(const struct query *q, int column)
{
    const char *t = query_text(q, column);
    return t ? g_utf8_make_valid(t, -1) : NULL;
}

static int64_t column_hash(const struct reading *r, const struct query *q, int column)
{
    return r->catalogue->options.pool ? 0 : query_number(q, column);
}

static void *by_id(GHashTable *table, int64_t id)
{
    return g_hash_table_lookup(table, &id);
}

static void set_id(GHashTable *table, int64_t id, void *thing)
{
    g_hash_table_insert(table, g_memdup2(&id, sizeof id), thing);
}

/* The film's thing with this key, or NULL. */
static void *known_as(const struct catalogue_film *f, const char *key)
{
    return g_hash_table_lookup(f->keys, key);
}

/* Adds a new thing under its key. Takes ownership of both. */
static void remember(struct catalogue_film *f, GPtrArray *things, char **key, void *thing)
{
    assert(!known_as(f, *key));
    g_hash_table_insert(f->keys, g_steal_pointer(key), thing);
    g_ptr_array_add(things, thing);
}

static void add_version(GArray *versions, int32_t version)
{
    for (guint i = 0; i < versions->len; i++)
        if (g_array_index(versions, int32_t, i) == version)
            return;
    g_array_append_val(versions, version);
}

static GArray *versions_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(int32_t));
}

static struct catalogue_film *film_by_name(struct catalogue *c, const char *name, const char *title)
{
    for (guint i = 0; i < c->films->len; i++) {
        struct catalogue_film *f = c->films->pdata[i];
        if (strcmp(f->name, name) == 0)
            return f;
    }
    struct catalogue_film *f = g_new0(struct catalogue_film, 1);
    f->at = c->films->len;
    f->name = g_strdup(name);
    f->title = g_strdup(title);
    f->versions = g_ptr_array_new_with_free_func(free_version);
    f->nodes = g_ptr_array_new_with_free_func(free_node);
    f->decisions = g_ptr_array_new_with_free_func(free_decision);
    f->endings = g_ptr_array_new_with_free_func(free_ending);
    f->traits = g_ptr_array_new_with_free_func(free_trait);
    f->props = g_ptr_array_new_with_free_func(free_prop);
    f->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_add(c->films, f);
    return f;
}

/* ---- the dictionaries ------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct catalogue_options *o, const char *story, const char *version)
{
    return story && version && (!o->story || strcmp(o->story, story) == 0) &&
           (!o->version || strcmp(o->version, version) == 0);
}

static int32_t version_at(struct catalogue_film *f, const char *version, int64_t hash)
{
    for (guint i = 0; i < f->versions->len; i++) {
        const struct catalogue_version *v = f->versions->pdata[i];
        if (v->hash == hash && strcmp(v->version, version) == 0)
            return (int32_t)i;
    }
    struct catalogue_version *v = g_new0(struct catalogue_version, 1);
    v->version = g_strdup(version);
    v->hash = hash;
    g_ptr_array_add(f->versions, v);
    return (int32_t)f->versions->len - 1;
}

/* Columns: id, name, version, title, hash, viewings erased by choice, by age, viewings not recorded. */
static void read_story(struct reading *r, const struct query *q)
{
    const struct catalogue_options *o = &r->catalogue->options;
    g_autofree char *name = column_text(q, 1), *version = column_text(q, 2), *title = column_text(q, 3);
    struct catalogue_story *s = g_new0(struct catalogue_story, 1);
    set_id(r->ids->stories, query_number(q, 0), s);
    if (!is_wanted(o, name, version))
        return;
    s->film = film_by_name(r->catalogue, name, title);
    s->version = version_at(s->film, o->pool ? "all" : version, column_hash(r, q, 4));
    struct catalogue_version *v = s->film->versions->pdata[s->version];
    v->erased = MIN(v->erased + query_number_in(q, 5, 0, ERASED_MAX, 0), ERASED_MAX);
    v->aged = MIN(v->aged + query_number_in(q, 6, 0, ERASED_MAX, 0), ERASED_MAX);
    v->unrecorded = MIN(v->unrecorded + query_number_in(q, 7, 0, ERASED_MAX, 0), ERASED_MAX);
}

/* The story in this column, if it is selected; else NULL. */
static const struct catalogue_story *column_story(const struct reading *r, const struct query *q, int column)
{
    const struct catalogue_story *s = by_id(r->ids->stories, query_number(q, column));
    return s && s->film ? s : NULL;
}

/* Columns: id, story, name, title, hash. */
static void read_node(struct reading *r, const struct query *q)
{
    const struct catalogue_story *s = column_story(r, q, 1);
    if (!s)
        return;
    g_autofree char *name = query_copy_name(q, 2);
    const int64_t hash = column_hash(r, q, 4);
    g_autofree char *key = g_strdup_printf("node/%s/%" G_GINT64_MODIFIER "x", name, (uint64_t)hash);
    struct catalogue_node *n = known_as(s->film, key);
    if (!n) {
        n = g_new0(struct catalogue_node, 1);
        *n = (struct catalogue_node){.film = s->film,
                                     .at = s->film->nodes->len,
                                     .name = g_steal_pointer(&name),
                                     .title = column_text(q, 3),
                                     .hash = hash,
                                     .versions = versions_new()};
        remember(s->film, s->film->nodes, &key, n);
    }
    add_version(n->versions, s->version);
    set_id(r->ids->nodes, query_number(q, 0), n);
}

/* Columns: id, story, name, title, hash, name of the node. */
static void read_decision(struct reading *r, const struct query *q)
{
    const struct catalogue_story *s = column_story(r, q, 1);
    if (!s)
        return;
    g_autofree char *name = query_copy_name(q, 2);
    const int64_t hash = column_hash(r, q, 4);
    g_autofree char *key = g_strdup_printf("decision/%s/%" G_GINT64_MODIFIER "x", name, (uint64_t)hash);
    struct catalogue_decision *d = known_as(s->film, key);
    if (!d) {
        d = g_new0(struct catalogue_decision, 1);
        *d = (struct catalogue_decision){.film = s->film,
                                         .at = s->film->decisions->len,
                                         .name = g_steal_pointer(&name),
                                         .title = column_text(q, 3),
                                         .node = query_copy_name(q, 5),
                                         .hash = hash,
                                         .versions = versions_new(),
                                         .options = g_ptr_array_new_with_free_func(free_option)};
        remember(s->film, s->film->decisions, &key, d);
    }
    add_version(d->versions, s->version);
    set_id(r->ids->decisions, query_number(q, 0), d);
}

static struct catalogue_option *option_by_name(struct catalogue_decision *d, const char *name)
{
    for (guint i = 0; i < d->options->len; i++) {
        struct catalogue_option *o = d->options->pdata[i];
        if (strcmp(o->name, name) == 0)
            return o;
    }
    return NULL;
}

/* Columns: id, decision, position, name, title, whether it erases. Within an unchanged decision, the name identifies an option. */
static void read_option(struct reading *r, const struct query *q)
{
    struct catalogue_decision *d = by_id(r->ids->decisions, query_number(q, 1));
    if (!d)
        return;
    g_autofree char *name = query_copy_name(q, 3);
    struct catalogue_option *o = option_by_name(d, name);
    if (!o) {
        o = g_new0(struct catalogue_option, 1);
        *o = (struct catalogue_option){.decision = d,
                                       .at = d->options->len,
                                       .name = g_steal_pointer(&name),
                                       .title = column_text(q, 4),
                                       .position = (int32_t)query_number(q, 2)};
        g_ptr_array_add(d->options, o);
    }
    o->forgets = o->forgets || query_number(q, 5) != 0;
    set_id(r->ids->options, query_number(q, 0), o);
}

/* Columns: id, story, name, title. */
static void read_ending(struct reading *r, const struct query *q)
{
    const struct catalogue_story *s = column_story(r, q, 1);
    if (!s)
        return;
    g_autofree char *name = query_copy_name(q, 2);
    g_autofree char *key = g_strdup_printf("ending/%s/%d", name, s->version);
    struct catalogue_ending *e = known_as(s->film, key);
    if (!e) {
        e = g_new0(struct catalogue_ending, 1);
        *e = (struct catalogue_ending){.film = s->film,
                                       .at = s->film->endings->len,
                                       .name = g_steal_pointer(&name),
                                       .title = column_text(q, 3),
                                       .version = s->version};
        remember(s->film, s->film->endings, &key, e);
    }
    set_id(r->ids->endings, query_number(q, 0), e);
}

/* Columns: id, story, name. */
static void read_trait(struct reading *r, const struct query *q)
{
    const struct catalogue_story *s = column_story(r, q, 1);
    if (!s)
        return;
    g_autofree char *name = query_copy_name(q, 2);
    g_autofree char *key = g_strdup_printf("trait/%s/%d", name, s->version);
    struct catalogue_trait *t = known_as(s->film, key);
    if (!t) {
        t = g_new0(struct catalogue_trait, 1);
        *t = (struct catalogue_trait){
            .film = s->film, .at = s->film->traits->len, .name = g_steal_pointer(&name), .version = s->version};
        remember(s->film, s->film->traits, &key, t);
    }
    set_id(r->ids->traits, query_number(q, 0), t);
}

/* Columns: id, story, name, title. */
static void read_prop(struct reading *r, const struct query *q)
{
    const struct catalogue_story *s = column_story(r, q, 1);
    if (!s)
        return;
    g_autofree char *name = query_copy_name(q, 2);
    g_autofree char *key = g_strdup_printf("prop/%s/%d", name, s->version);
    struct catalogue_prop *p = known_as(s->film, key);
    if (!p) {
        p = g_new0(struct catalogue_prop, 1);
        *p = (struct catalogue_prop){.film = s->film,
                                     .at = s->film->props->len,
                                     .name = g_steal_pointer(&name),
                                     .title = column_text(q, 3),
                                     .version = s->version};
        remember(s->film, s->film->props, &key, p);
    }
    set_id(r->ids->props, query_number(q, 0), p);
}

/* Columns: option, prop. */
static void read_option_prop(struct reading *r, const struct query *q)
{
    const int64_t id = query_number(q, 0);
    const struct catalogue_option *o = by_id(r->ids->options, id);
    const struct catalogue_prop *p = by_id(r->ids->props, query_number(q, 1));
    GArray *props = by_id(r->ids->option_props, id);
    if (!o || !p || o->decision->film != p->film)
        return;
    if (!props) {
        props = g_array_new(FALSE, FALSE, sizeof(const struct catalogue_prop *));
        set_id(r->ids->option_props, id, props);
    }
    g_array_append_val(props, p);
}

static struct catalogue_menu *menu_new(const struct catalogue_decision *d)
{
    struct catalogue_menu *m = g_new0(struct catalogue_menu, 1);
    m->decision = d;
    m->options = g_ptr_array_new();
    m->props = g_ptr_array_new();
    return m;
}

/* Columns: menu, decision, option, locked; in the order shown. */
static void read_menu(struct reading *r, const struct query *q)
{
    const int64_t id = query_number(q, 0), option = query_number(q, 2);
    const struct catalogue_decision *d = by_id(r->ids->decisions, query_number(q, 1));
    struct catalogue_option *o = by_id(r->ids->options, option);
    struct catalogue_menu *m = by_id(r->ids->menus, id);
    if (!d || !o || o->decision != d)
        return;
    if (!m)
        set_id(r->ids->menus, id, m = menu_new(d));
    if (m->options->len >= CATALOGUE_OPTIONS_MAX)
        return;
    if (query_number(q, 3))
        m->locked |= UINT64_C(1) << m->options->len;
    g_ptr_array_add(m->options, o);
    g_ptr_array_add(m->props, by_id(r->ids->option_props, option));
}

/* In this order, each dictionary refers only to those before it. */
static const struct {
    const char *query; /* a part of catalogue.sql */
    void (*read)(struct reading *r, const struct query *q);
} dictionaries[] = {
    {"stories", read_story},  {"nodes", read_node},   {"decisions", read_decision}, {"options", read_option},
    {"endings", read_ending}, {"traits", read_trait}, {"props", read_prop},         {"option_props", read_option_prop},
    {"menus", read_menu},
};

static bool read_dictionary(struct reading *r, struct store *s, size_t i, GError **error)
{
    const char *sql = embedded_part("telemetry/count/catalogue.sql", dictionaries[i].query);
    struct query q = query_begin(s, sql, "cannot be read");
    while (query_next(&q))
        dictionaries[i].read(r, &q);
    return query_end(&q, error);
}

bool catalogue_read(struct catalogue *c, struct store *s, GError **error)
{
    struct reading r = {c, ids_new()};
    g_ptr_array_add(c->stores, r.ids);
    bool done = true;
    for (size_t i = 0; done && i < G_N_ELEMENTS(dictionaries); i++)
        done = read_dictionary(&r, s, i, error);
    assert(!done || catalogue_check(c));
    return done;
}

/* ---- looking up ------------------------------------------------------------------------------------------------- */

const struct catalogue_ids *catalogue_ids(const struct catalogue *c, guint store)
{
    assert(store < c->stores->len);
    return c->stores->pdata[store];
}

const struct catalogue_story *catalogue_story(const struct catalogue_ids *ids, int64_t id)
{
    return by_id(ids->stories, id);
}

const struct catalogue_node *catalogue_node(const struct catalogue_ids *ids, const struct catalogue_film *f, int64_t id)
{
    const struct catalogue_node *n = by_id(ids->nodes, id);
    return n && n->film == f ? n : NULL;
}

const struct catalogue_decision *catalogue_decision(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                                    int64_t id)
{
    const struct catalogue_decision *d = by_id(ids->decisions, id);
    return d && d->film == f ? d : NULL;
}

const struct catalogue_option *catalogue_option(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                                int64_t id)
{
    const struct catalogue_option *o = by_id(ids->options, id);
    return o && o->decision->film == f ? o : NULL;
}

const struct catalogue_ending *catalogue_ending(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                                int64_t id)
{
    const struct catalogue_ending *e = by_id(ids->endings, id);
    return e && e->film == f ? e : NULL;
}

const struct catalogue_menu *catalogue_menu(const struct catalogue_ids *ids, const struct catalogue_film *f, int64_t id)
{
    const struct catalogue_menu *m = by_id(ids->menus, id);
    return m && m->decision->film == f ? m : NULL;
}

const struct catalogue_trait *catalogue_trait(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                              int64_t id)
{
    const struct catalogue_trait *t = by_id(ids->traits, id);
    return t && t->film == f ? t : NULL;
}

const struct catalogue_prop *catalogue_prop(const struct catalogue_ids *ids, const struct catalogue_film *f, int64_t id)
{
    const struct catalogue_prop *p = by_id(ids->props, id);
    return p && p->film == f ? p : NULL;
}

const struct catalogue_option *catalogue_option_at(const struct catalogue_decision *d, guint i)
{
    assert(i < d->options->len);
    return d->options->pdata[i];
}

/* ---- the invariants --------------------------------------------------------------------------------------------- */

static void check_versions(const struct catalogue_film *f, const GArray *versions)
{
    assert(versions->len > 0 && versions->len <= f->versions->len);
    for (guint i = 0; i < versions->len; i++) {
        const int32_t v = g_array_index(versions, int32_t, i);
        assert(v >= 0 && (guint)v < f->versions->len);
    }
}

static void check_decision(const struct catalogue_film *f, guint i)
{
    const struct catalogue_decision *d = f->decisions->pdata[i];
    assert(d->film == f && d->at == i);
    check_versions(f, d->versions);
    for (guint k = 0; k < d->options->len; k++)
        assert(catalogue_option_at(d, k)->decision == d && catalogue_option_at(d, k)->at == k);
}

static void check_film(const struct catalogue_film *f)
{
    for (guint i = 0; i < f->nodes->len; i++) {
        const struct catalogue_node *n = f->nodes->pdata[i];
        assert(n->film == f && n->at == i);
        check_versions(f, n->versions);
    }
    for (guint i = 0; i < f->decisions->len; i++)
        check_decision(f, i);
    for (guint i = 0; i < f->endings->len; i++)
        assert((guint)((const struct catalogue_ending *)f->endings->pdata[i])->version < f->versions->len);
}

bool catalogue_check(const struct catalogue *c)
{
    for (guint i = 0; i < c->films->len; i++) {
        const struct catalogue_film *f = c->films->pdata[i];
        assert(f->at == i && f->versions->len > 0);
        check_film(f);
    }
    return true;
}
