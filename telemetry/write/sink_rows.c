#include "telemetry/write/sink_internal.h"

#include "telemetry/store/store.h"

#include <string.h>

/* ---- statements ------------------------------------------------------------------------------------------------ */

static const char *const fixed_sql[FIXED] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [FIND_STORY] = "SELECT id FROM story WHERE name = ?1 AND version = ?2 AND hash = ?3",
    [ADD_STORY] = "INSERT INTO story(name, version, hash, title) VALUES(?1, ?2, ?3, ?4)",
    [FIND_NODE] = "SELECT id FROM node WHERE story = ?1 AND name = ?2 AND hash = ?3",
    [ADD_NODE] = "INSERT INTO node(story, name, hash, title) VALUES(?1, ?2, ?3, ?4)",
    [FIND_DECISION] = "SELECT id FROM decision WHERE story = ?1 AND name = ?2 AND hash = ?3",
    [ADD_DECISION] = "INSERT INTO decision(story, name, hash, title, node) VALUES(?1, ?2, ?3, ?4, ?5)",
    [FIND_OPTION] = "SELECT id FROM option WHERE decision = ?1 AND name = ?2 AND hash = ?3",
    [ADD_OPTION] = "INSERT INTO option(decision, name, hash, title, position) VALUES(?1, ?2, ?3, ?4, ?5)",
    [FIND_ENDING] = "SELECT id FROM ending WHERE story = ?1 AND name = ?2",
    [ADD_ENDING] = "INSERT INTO ending(story, name, title) VALUES(?1, ?2, ?3)",
    [FIND_MENU] = "SELECT id FROM menu WHERE decision = ?1 AND shape = ?2",
    [ADD_MENU] = "INSERT INTO menu(decision, shape) VALUES(?1, ?2)",
    [ADD_MENU_OPTION] = "INSERT INTO menu_option(menu, position, option, locked) VALUES(?1, ?2, ?3, ?4)",
    [FIND_TRAIT] = "SELECT id FROM trait WHERE story = ?1 AND name = ?2",
    [ADD_TRAIT] = "INSERT INTO trait(story, name) VALUES(?1, ?2)",
    [FIND_PROP] = "SELECT id FROM prop WHERE story = ?1 AND name = ?2",
    [ADD_PROP] = "INSERT INTO prop(story, name, title) VALUES(?1, ?2, ?3)",
    [ADD_OPTION_TRAIT] = "INSERT INTO option_trait VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING",
    [ADD_OPTION_PROP] = "INSERT INTO option_prop VALUES(?1, ?2) ON CONFLICT DO NOTHING",
    [ADD_NODE_PROP] = "INSERT INTO node_prop VALUES(?1, ?2) ON CONFLICT DO NOTHING",
    [FIND_VIEWER] = "SELECT id FROM viewer WHERE uuid = ?1",
    [ADD_VIEWER] = "INSERT INTO viewer(uuid) VALUES(?1)",
    [FIND_VIEWING] = "SELECT id FROM viewing WHERE uuid = ?1",
    [ADD_VIEWING] =
        "INSERT INTO viewing(uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, coalesce(?10, CASE WHEN ?9 IS NOT NULL AND NOT ?11 THEN 1 + "
        "(SELECT count(*) FROM viewing v JOIN story s ON s.id = v.story WHERE v.viewer = ?9 AND s.name = "
        "(SELECT name FROM story WHERE id = ?2)) END))",
    [READ_CONTROL] = "SELECT mark, changed, paused_ms IS NOT NULL FROM control",
};

/* How a member of a record becomes a column. */
enum field_binding {
    BIND_INT,      /* int32_t as it is */
    BIND_US,       /* int64_t, US_NONE is NULL */
    BIND_POSITION, /* int32_t, TEL_NONE is NULL */
    BIND_NODE,     /* the caller's index -> the store's id */
    BIND_ENDING,
    BIND_MENU,
    BIND_OPTION,   /* option of the record's decision */
    BIND_VISIT,    /* the node -> seq of the visit that is open there */
    BIND_EXPOSURE, /* the decision -> seq of its open exposure */
};

struct event_field {
    enum tel_kind kind;
    enum field_binding bind;
    size_t offset; /* in struct tel_record */
    const char *column;
};

#define KIND_OF(event) KIND_##event
enum {
#define TEL_EVENT(name, NAME, what, why) KIND_OF(name) = TEL_##NAME,
#include "telemetry/registry.def"
};

static const struct event_field event_fields[] = {
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why)                                                 \
    {(enum tel_kind)KIND_OF(event), BIND_##bind,                                                                       \
     offsetof(struct tel_record, event) + offsetof(struct tel_##event, member), #column},
#include "telemetry/registry.def"
};

static const char *const event_tables[TEL_KINDS] = {
#define TEL_EVENT(name, NAME, what, why) #name,
#include "telemetry/registry.def"
};

struct sql_value {
    enum { NUMBER, TEXT, UUID, NOTHING } type;
    int64_t number;
    const char *text;
};

#define VALUES(...)                                                                                                    \
    (const struct sql_value[]){__VA_ARGS__}, sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)

static struct sql_value number(int64_t n)
{
    return (struct sql_value){.type = NUMBER, .number = n};
}

static struct sql_value text(const char *t)
{
    return (struct sql_value){.type = t ? TEXT : NOTHING, .text = t};
}

static struct sql_value uuid(const char *id)
{
    return (struct sql_value){.type = UUID, .text = id};
}

static struct sql_value maybe(bool known, int64_t n)
{
    return (struct sql_value){.type = known ? NUMBER : NOTHING, .number = n};
}

static void bind_value(sqlite3_stmt *st, int at, const struct sql_value *v)
{
    uint8_t bytes[16];
    switch (v->type) {
    case NUMBER:
        sqlite3_bind_int64(st, at, v->number);
        break;
    case TEXT:
        sqlite3_bind_text(st, at, v->text, -1, SQLITE_STATIC);
        break;
    case UUID:
        tel_id_bytes(v->text, bytes);
        sqlite3_bind_blob(st, at, bytes, sizeof bytes, SQLITE_TRANSIENT);
        break;
    case NOTHING:
        sqlite3_bind_null(st, at);
        break;
    }
}

static enum sink_status step_statement(sqlite3_stmt *st)
{
    const int rc = sqlite3_step(st);
    if (rc == SQLITE_DONE || rc == SQLITE_ROW)
        return SINK_DONE;
    return (rc & 0xff) == SQLITE_CONSTRAINT || (rc & 0xff) == SQLITE_MISMATCH ? SINK_REFUSED : SINK_FAILED;
}

static enum sink_status run_statement(struct sink *s, enum sink_statement sql, const struct sql_value *values, size_t n)
{
    sqlite3_stmt *st = s->sql[sql];
    for (size_t i = 0; i < n; i++)
        bind_value(st, (int)i + 1, &values[i]);
    const enum sink_status status = step_statement(st);
    sqlite3_reset(st);
    return status;
}

enum sink_status sink_exec(struct sink *s, enum sink_statement sql)
{
    return run_statement(s, sql, NULL, 0);
}

/* The id of a row that is found by its first values, or added; *added may be NULL. */
static enum sink_status find_or_add(struct sink *s, enum sink_statement find, const struct sql_value *values, size_t n,
                                    int64_t *id, bool *added)
{
    sqlite3_stmt *st = s->sql[find];
    const size_t keys = (size_t)sqlite3_bind_parameter_count(st);
    for (size_t i = 0; i < keys; i++)
        bind_value(st, (int)i + 1, &values[i]);
    const int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *id = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    if (added)
        *added = rc == SQLITE_DONE;
    if (rc != SQLITE_DONE)
        return rc == SQLITE_ROW ? SINK_DONE : SINK_FAILED;
    const enum sink_status status = run_statement(s, find + 1, values, n);
    *id = sqlite3_last_insert_rowid(s->store->db);
    return status;
}

/* ---- stories and viewings -------------------------------------------------------------------------------------- */

void sink_clear_ids(struct sink *s)
{
    g_clear_pointer(&s->nodes, g_free);
    g_clear_pointer(&s->decisions, g_free);
    g_clear_pointer(&s->options, g_free);
    g_clear_pointer(&s->endings, g_free);
    g_hash_table_remove_all(s->menus);
    s->story = s->viewing = 0;
}

/* Its row, which is added where it is missing. */
enum sink_status sink_find_story(struct sink *s, int64_t *story)
{
    const struct tel_story *t = s->pending.story;
    enum sink_status status = SINK_DONE;
    if (s->story == 0)
        status = find_or_add(s, FIND_STORY,
                             VALUES(text(t->name), text(t->version), number((int64_t)t->hash), text(t->title)),
                             &s->story, NULL);
    *story = s->story;
    return status;
}

static enum sink_status register_decision(struct sink *s, int64_t story, int32_t index)
{
    const struct tel_story *t = s->pending.story;
    const struct tel_decision *d = &t->decisions[index];
    enum sink_status status = find_or_add(
        s, FIND_DECISION,
        VALUES(number(story), text(d->name), number((int64_t)d->hash), text(d->title), number(s->nodes[d->node])),
        &s->decisions[index], NULL);
    for (int32_t i = 0; status == SINK_DONE && i < d->n_options; i++) {
        const struct tel_option *o = &t->options[d->first_option + i];
        status = find_or_add(
            s, FIND_OPTION,
            VALUES(number(s->decisions[index]), text(o->name), number((int64_t)o->hash), text(o->title), number(i)),
            &s->options[d->first_option + i], NULL);
    }
    return status;
}

/* Titles of traits are NULL and not stored: their statement takes fewer values. */
static enum sink_status register_keywords(struct sink *s, enum sink_statement find, int64_t story,
                                          const struct tel_word *words, int32_t n, int64_t *ids)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < n; i++) {
        const struct sql_value values[] = {number(story), text(words[i].name), text(words[i].title)};
        status = find_or_add(s, find, values, find == FIND_TRAIT ? 2 : 3, &ids[i], NULL);
    }
    return status;
}

static enum sink_status register_tags(struct sink *s, enum sink_statement add, const struct tel_tag *tags, int32_t n,
                                      const int64_t *of, const int64_t *words)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < n; i++) {
        const struct sql_value values[] = {number(of[tags[i].of]), number(words[tags[i].word]), number(tags[i].score)};
        status = run_statement(s, add, values, add == ADD_OPTION_TRAIT ? 3 : 2);
    }
    return status;
}

/* An older program may have registered the film without them: they are looked at each time. */
static enum sink_status register_traits_and_props(struct sink *s, int64_t story)
{
    const struct tel_story *t = s->pending.story;
    int64_t *traits = g_new0(int64_t, (gsize)t->n_traits + 1), *props = g_new0(int64_t, (gsize)t->n_props + 1);
    enum sink_status status = register_keywords(s, FIND_TRAIT, story, t->traits, t->n_traits, traits);
    if (status == SINK_DONE)
        status = register_keywords(s, FIND_PROP, story, t->props, t->n_props, props);
    if (status == SINK_DONE)
        status = register_tags(s, ADD_OPTION_TRAIT, t->option_traits, t->n_option_traits, s->options, traits);
    if (status == SINK_DONE)
        status = register_tags(s, ADD_OPTION_PROP, t->option_props, t->n_option_props, s->options, props);
    if (status == SINK_DONE)
        status = register_tags(s, ADD_NODE_PROP, t->node_props, t->n_node_props, s->nodes, props);
    g_free(traits);
    g_free(props);
    return status;
}

enum sink_status sink_register_story(struct sink *s)
{
    const struct tel_story *t = s->pending.story;
    int64_t id = 0;
    sink_clear_ids(s);
    s->nodes = g_new0(int64_t, t->n_nodes);
    s->decisions = g_new0(int64_t, t->n_decisions);
    s->options = g_new0(int64_t, t->n_options);
    s->endings = g_new0(int64_t, t->n_endings);
    enum sink_status status = sink_find_story(s, &id);
    for (int32_t i = 0; status == SINK_DONE && i < t->n_nodes; i++)
        status = find_or_add(
            s, FIND_NODE,
            VALUES(number(id), text(t->nodes[i].name), number((int64_t)t->nodes[i].hash), text(t->nodes[i].title)),
            &s->nodes[i], NULL);
    for (int32_t i = 0; status == SINK_DONE && i < t->n_decisions; i++)
        status = register_decision(s, id, i);
    for (int32_t i = 0; status == SINK_DONE && i < t->n_endings; i++)
        status = find_or_add(s, FIND_ENDING, VALUES(number(id), text(t->endings[i].name), text(t->endings[i].title)),
                             &s->endings[i], NULL);
    return status == SINK_DONE ? register_traits_and_props(s, id) : status;
}

const char *viewing_position_id(const struct viewing_position *pending)
{
    return pending->continues ? pending->viewing->continues : pending->viewing->id;
}

enum sink_status sink_register_viewing(struct sink *s, bool *added)
{
    const struct tel_viewing *v = s->pending.viewing;
    int64_t story = 0, viewer = 0;
    *added = false;
    enum sink_status status = sink_find_story(s, &story);
    if (status == SINK_DONE && v->viewer[0])
        status = find_or_add(s, FIND_VIEWER, VALUES(uuid(v->viewer)), &viewer, NULL);
    if (status == SINK_DONE)
        status = find_or_add(s, FIND_VIEWING,
                             VALUES(uuid(viewing_position_id(&s->pending)), number(story), number(v->started_ms),
                                    number(v->mode), number(v->chooser), number(v->time_mode), number(v->seed),
                                    text(v->engine), maybe(viewer != 0, viewer), maybe(v->nth > 0, v->nth),
                                    number(v->resumed_ms != 0)),
                             &s->viewing, added);
    return status;
}

enum sink_status sink_has_viewing(struct sink *s, bool *has)
{
    sqlite3_stmt *st = s->sql[FIND_VIEWING];
    const struct sql_value id = uuid(viewing_position_id(&s->pending));
    bind_value(st, 1, &id);
    const int rc = sqlite3_step(st);
    sqlite3_reset(st);
    *has = rc == SQLITE_ROW;
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SINK_DONE : SINK_FAILED;
}

/* ---- menus ----------------------------------------------------------------------------------------------------- */

static char *menu_shape(const struct tel_menu *m)
{
    GString *shape = g_string_sized_new(32);
    for (int i = 0; i < m->n; i++)
        g_string_append_printf(shape, "%s%d%s", i ? "," : "", m->options[i], m->locked >> m->options[i] & 1 ? "L" : "");
    return g_string_free(shape, FALSE);
}

static guint menu_hash(gconstpointer menu)
{
    const struct tel_menu *m = menu;
    guint h = (guint)m->decision * 31 + (guint)(m->locked ^ m->locked >> 32);
    for (int i = 0; i < m->n; i++)
        h = h * 31 + m->options[i];
    return h;
}

/* What lies behind the options shown is not looked at. */
static gboolean menu_equal(gconstpointer one, gconstpointer other)
{
    const struct tel_menu *a = one, *b = other;
    return a->decision == b->decision && a->locked == b->locked && a->n == b->n &&
           memcmp(a->options, b->options, a->n) == 0;
}

static bool menu_is_sound(const struct sink *s, const struct tel_menu *m)
{
    if (!s->pending.story || m->decision < 0 || m->decision >= s->pending.story->n_decisions || m->n > TEL_OPTIONS_MAX)
        return false;
    uint64_t seen = 0;
    for (int i = 0; i < m->n; i++) {
        if (m->options[i] >= s->pending.story->decisions[m->decision].n_options || seen >> m->options[i] & 1)
            return false;
        seen |= UINT64_C(1) << m->options[i];
    }
    return true;
}

static enum sink_status add_menu(struct sink *s, const struct tel_menu *m, const char *shape, int64_t *id)
{
    bool added = false;
    const int32_t first = s->pending.story->decisions[m->decision].first_option;
    enum sink_status status =
        find_or_add(s, FIND_MENU, VALUES(number(s->decisions[m->decision]), text(shape)), id, &added);
    for (int i = 0; status == SINK_DONE && added && i < m->n; i++)
        status = run_statement(s, ADD_MENU_OPTION,
                               VALUES(number(*id), number(i), number(s->options[first + m->options[i]]),
                                      number((int64_t)(m->locked >> m->options[i] & 1))));
    return status;
}

static enum sink_status find_or_add_menu(struct sink *s, const struct tel_menu *m, int64_t *id)
{
    if (!menu_is_sound(s, m))
        return SINK_REFUSED;
    const int64_t *known = g_hash_table_lookup(s->menus, m);
    if (known) {
        *id = *known;
        return SINK_DONE;
    }
    g_autofree char *shape = menu_shape(m);
    const enum sink_status status = add_menu(s, m, shape, id);
    if (status == SINK_DONE)
        g_hash_table_insert(s->menus, g_memdup2(m, sizeof *m), g_memdup2(id, sizeof *id));
    return status;
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

enum sink_status sink_look_up(const int64_t *ids, int32_t n, int32_t index, int64_t *id)
{
    if (!ids || index < 0 || index >= n)
        return SINK_REFUSED;
    *id = ids[index];
    return SINK_DONE;
}

static enum sink_status look_up_option(const struct sink *s, const struct tel_outcome *o, int64_t *id)
{
    const struct tel_decision *d = &s->pending.story->decisions[o->decision]; /* in range: its exposure is open */
    return sink_look_up(s->options + d->first_option, d->n_options, o->option, id);
}

/* What a field that names something becomes: an id of the store's, or the number of an event. */
static enum sink_status resolve_id(struct sink *s, const struct event_field *f, const struct tel_record *r, int32_t i,
                                   int64_t *id)
{
    const struct tel_story *t = s->pending.story;
    switch (f->bind) {
    case BIND_NODE:
        return sink_look_up(s->nodes, t->n_nodes, i, id);
    case BIND_ENDING:
        return sink_look_up(s->endings, t->n_endings, i, id);
    case BIND_MENU:
        return find_or_add_menu(s, &r->exposure.menu, id);
    case BIND_OPTION:
        return look_up_option(s, &r->outcome, id);
    case BIND_VISIT:
        *id = s->pending.visit.seq;
        return s->pending.in_visit && s->pending.visit.record.visit.node == i ? SINK_DONE : SINK_REFUSED;
    case BIND_EXPOSURE:
        *id = s->pending.exposure.seq;
        return s->pending.in_exposure && s->pending.exposure.record.exposure.menu.decision == i ? SINK_DONE
                                                                                                : SINK_REFUSED;
    default:
        return SINK_REFUSED;
    }
}

/* Straight to SQLite: this runs for every column of every event. */
static enum sink_status bind_field(struct sink *s, sqlite3_stmt *st, int at, const struct event_field *f,
                                   const struct tel_record *r)
{
    const void *member = (const char *)r + f->offset;
    int32_t i = 0;
    int64_t n = 0;
    if (f->bind == BIND_US)
        memcpy(&n, member, sizeof n);
    else
        memcpy(&i, member, sizeof i); /* menu: its decision, not looked at */
    const bool is_number = f->bind == BIND_INT || f->bind == BIND_US || f->bind == BIND_POSITION;
    const bool nothing =
        f->bind == BIND_US ? n == US_NONE : i == TEL_NONE && (f->bind == BIND_POSITION || f->bind == BIND_OPTION);
    if (nothing) {
        sqlite3_bind_null(st, at);
        return SINK_DONE;
    }
    if (is_number && f->bind != BIND_US)
        n = i;
    const enum sink_status status = is_number ? SINK_DONE : resolve_id(s, f, r, i, &n);
    sqlite3_bind_int64(st, at, n);
    return status;
}

/* Statements keep what was bound to them: within a viewing its id is. */
static sqlite3_stmt *event_statement(struct sink *s, enum tel_kind kind)
{
    sqlite3_stmt *st = s->sql[ADD_EVENT + (enum sink_statement)kind];
    if (s->bound[kind] != s->viewing)
        sqlite3_bind_int64(st, 1, s->viewing);
    s->bound[kind] = s->viewing;
    return st;
}

enum sink_status sink_insert_event(struct sink *s, const struct sink_entry *e)
{
    const struct tel_record *r = &e->record;
    if (!s->viewing || !s->pending.story || (unsigned)r->kind >= TEL_KINDS)
        return SINK_REFUSED;
    sqlite3_stmt *st = event_statement(s, r->kind);
    const struct event_field *f = event_fields + s->first_field[r->kind];
    sqlite3_bind_int64(st, 2, e->seq);
    sqlite3_bind_int64(st, 3, r->at_us / US_PER_MS);
    for (int at = 4; f < event_fields + G_N_ELEMENTS(event_fields) && f->kind == r->kind; f++, at++) {
        const enum sink_status status = bind_field(s, st, at, f, r);
        if (status != SINK_DONE)
            return status;
    }
    const enum sink_status status = step_statement(st);
    sqlite3_reset(st);
    /* Nothing was inserted: it is there already. Right after a failure, wrong otherwise. */
    return status == SINK_DONE && sqlite3_changes(s->store->db) == 0 && !s->replay && !s->recovering ? SINK_REFUSED
                                                                                                     : status;
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

void sink_finalize(struct sink *s)
{
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(s->sql[i]);
        s->sql[i] = NULL;
    }
    memset(s->bound, 0, sizeof s->bound);
}

static char *event_sql(enum tel_kind kind)
{
    GString *columns = g_string_new("viewing, seq, at_ms");
    GString *marks = g_string_new("?, ?, ?");
    for (size_t i = 0; i < G_N_ELEMENTS(event_fields); i++)
        if (event_fields[i].kind == kind) {
            g_string_append_printf(columns, ", %s", event_fields[i].column);
            g_string_append(marks, ", ?");
        }
    char *sql = g_strdup_printf("INSERT INTO %s(%s) VALUES(%s) ON CONFLICT DO NOTHING", event_tables[kind],
                                columns->str, marks->str);
    g_string_free(columns, TRUE);
    g_string_free(marks, TRUE);
    return sql;
}

bool sink_prepare(struct sink *s, GError **error)
{
    for (int i = 0; i < STATEMENTS; i++) {
        g_autofree char *made = i < FIXED ? NULL : event_sql((enum tel_kind)(i - ADD_EVENT));
        if (sqlite3_prepare_v3(s->store->db, made ? made : fixed_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->sql[i],
                               NULL) != SQLITE_OK)
            return store_fail(s->store, "cannot be written", error);
    }
    return true;
}

void sink_init_rows(struct sink *s)
{
    for (size_t i = G_N_ELEMENTS(event_fields); i-- > 0;)
        s->first_field[event_fields[i].kind] = i;
    s->menus = g_hash_table_new_full(menu_hash, menu_equal, g_free, g_free);
}

void sink_free_rows(struct sink *s)
{
    sink_finalize(s);
    sink_clear_ids(s);
    g_hash_table_unref(s->menus);
}
