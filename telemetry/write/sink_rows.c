#include "telemetry/write/sink_rows.h"

#include "base/embedded.h"
#include "telemetry/store/store_handle.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

/* ---- statements ------------------------------------------------------------------------------------------------ */

/* Parts of sink_rows.sql. */
static const char *const sql_names[SINK_ROWS_FIXED] = {
    [SINK_ROWS_BEGIN] = "begin",
    [SINK_ROWS_COMMIT] = "commit",
    [SINK_ROWS_FIND_STORY] = "find_story",
    [SINK_ROWS_ADD_STORY] = "add_story",
    [SINK_ROWS_FIND_NODE] = "find_node",
    [SINK_ROWS_ADD_NODE] = "add_node",
    [SINK_ROWS_FIND_DECISION] = "find_decision",
    [SINK_ROWS_ADD_DECISION] = "add_decision",
    [SINK_ROWS_FIND_OPTION] = "find_option",
    [SINK_ROWS_ADD_OPTION] = "add_option",
    [SINK_ROWS_FIND_ENDING] = "find_ending",
    [SINK_ROWS_ADD_ENDING] = "add_ending",
    [SINK_ROWS_FIND_MENU] = "find_menu",
    [SINK_ROWS_ADD_MENU] = "add_menu",
    [SINK_ROWS_FIND_TRAIT] = "find_trait",
    [SINK_ROWS_ADD_TRAIT] = "add_trait",
    [SINK_ROWS_FIND_PROP] = "find_prop",
    [SINK_ROWS_ADD_PROP] = "add_prop",
    [SINK_ROWS_FIND_ARM] = "find_arm",
    [SINK_ROWS_ADD_ARM] = "add_arm",
    [SINK_ROWS_FIND_VIEWER] = "find_viewer",
    [SINK_ROWS_ADD_VIEWER] = "add_viewer",
    [SINK_ROWS_FIND_VIEWING] = "find_viewing",
    [SINK_ROWS_ADD_VIEWING] = "add_viewing",
    [SINK_ROWS_ADD_MENU_OPTION] = "add_menu_option",
    [SINK_ROWS_ADD_OPTION_TRAIT] = "add_option_trait",
    [SINK_ROWS_ADD_OPTION_PROP] = "add_option_prop",
    [SINK_ROWS_ADD_NODE_PROP] = "add_node_prop",
    [SINK_ROWS_ADD_FORGET] = "add_forget",
    [SINK_ROWS_ADD_FILM_LEFT] = "add_film_left",
    [SINK_ROWS_ADD_VIEWING_ARM] = "add_viewing_arm",
    [SINK_ROWS_SHOW_LIFE] = "show_life",
    [SINK_ROWS_END_LIFE] = "end_life",
    [SINK_ROWS_READ_CONTROL] = "read_control",
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

/* A value of a statement. */
struct sql_value {
    enum { VALUE_NULL, VALUE_NUMBER, VALUE_TEXT, VALUE_UUID } type;
    int64_t number;
    const char *text;
};

#define VALUES(...)                                                                                                    \
    (const struct sql_value[]){__VA_ARGS__}, sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)

static struct sql_value number(int64_t n)
{
    return (struct sql_value){.type = VALUE_NUMBER, .number = n};
}

static struct sql_value number_if(bool known, int64_t n)
{
    return (struct sql_value){.type = known ? VALUE_NUMBER : VALUE_NULL, .number = n};
}

static struct sql_value text(const char *t)
{
    return (struct sql_value){.type = t ? VALUE_TEXT : VALUE_NULL, .text = t};
}

static struct sql_value uuid(const char *id)
{
    return (struct sql_value){.type = VALUE_UUID, .text = id};
}

static void bind_value(sqlite3_stmt *st, int at, const struct sql_value *v)
{
    uint8_t bytes[16];
    assert(at <= sqlite3_bind_parameter_count(st));
    switch (v->type) {
    case VALUE_NULL:
        sqlite3_bind_null(st, at);
        break;
    case VALUE_NUMBER:
        sqlite3_bind_int64(st, at, v->number);
        break;
    case VALUE_TEXT:
        sqlite3_bind_text(st, at, v->text, -1, SQLITE_STATIC);
        break;
    case VALUE_UUID:
        tel_id_bytes(v->text, bytes);
        sqlite3_bind_blob(st, at, bytes, sizeof bytes, SQLITE_TRANSIENT);
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

static enum sink_status run_statement(struct sink_rows *r, enum sink_rows_sql sql, const struct sql_value *values,
                                      size_t n)
{
    sqlite3_stmt *st = r->sql[sql];
    for (size_t i = 0; i < n; i++)
        bind_value(st, (int)i + 1, &values[i]);
    const enum sink_status status = step_statement(st);
    sqlite3_reset(st);
    return status;
}

enum sink_status sink_rows_run(struct sink_rows *r, enum sink_rows_sql sql)
{
    assert(sqlite3_bind_parameter_count(r->sql[sql]) == 0);
    return run_statement(r, sql, NULL, 0);
}

/* The id of a row that is found by its first values, or added; *added may be NULL. */
static enum sink_status find_or_add(struct sink_rows *r, enum sink_rows_sql find, const struct sql_value *values,
                                    size_t n, int64_t *id, bool *added)
{
    sqlite3_stmt *st = r->sql[find];
    const size_t keys = (size_t)sqlite3_bind_parameter_count(st);
    assert(find >= SINK_ROWS_FIND_STORY && find < SINK_ROWS_ADD_VIEWING && keys <= n);
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
    const enum sink_status status = run_statement(r, find + 1, values, n);
    *id = sqlite3_last_insert_rowid(r->store->db);
    return status;
}

enum sink_status sink_rows_read_control(struct sink_rows *r, struct sink_control *control)
{
    sqlite3_stmt *st = r->sql[SINK_ROWS_READ_CONTROL];
    const int rc = sqlite3_step(st);
    *control =
        (struct sink_control){sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1), sqlite3_column_int(st, 2) != 0};
    sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SINK_DONE : SINK_FAILED;
}

/* ---- stories and viewings -------------------------------------------------------------------------------------- */

void sink_rows_forget_menus(struct sink_rows *r)
{
    g_hash_table_remove_all(r->menus);
}

void sink_rows_forget_ids(struct sink_rows *r)
{
    g_clear_pointer(&r->nodes, g_free);
    g_clear_pointer(&r->decisions, g_free);
    g_clear_pointer(&r->options, g_free);
    g_clear_pointer(&r->endings, g_free);
    g_clear_pointer(&r->arms, g_free);
    sink_rows_forget_menus(r);
    r->story = r->viewing = 0;
}

enum sink_status sink_rows_find_story(struct sink_rows *r, const struct tel_story *story)
{
    if (r->story != 0)
        return SINK_DONE;
    return find_or_add(
        r, SINK_ROWS_FIND_STORY,
        VALUES(text(story->name), text(story->version), number((int64_t)story->hash), text(story->title)), &r->story,
        NULL);
}

static enum sink_status register_nodes(struct sink_rows *r, const struct tel_story *story)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < story->n_nodes; i++) {
        const struct tel_node *node = &story->nodes[i];
        status = find_or_add(r, SINK_ROWS_FIND_NODE,
                             VALUES(number(r->story), text(node->name), number((int64_t)node->hash), text(node->title)),
                             &r->nodes[i], NULL);
    }
    return status;
}

static enum sink_status register_decision(struct sink_rows *r, const struct tel_story *story, int32_t index)
{
    const struct tel_decision *d = &story->decisions[index];
    enum sink_status status = find_or_add(
        r, SINK_ROWS_FIND_DECISION,
        VALUES(number(r->story), text(d->name), number((int64_t)d->hash), text(d->title), number(r->nodes[d->node])),
        &r->decisions[index], NULL);
    for (int32_t i = 0; status == SINK_DONE && i < d->n_options; i++) {
        const struct tel_option *o = &story->options[d->first_option + i];
        status = find_or_add(
            r, SINK_ROWS_FIND_OPTION,
            VALUES(number(r->decisions[index]), text(o->name), number((int64_t)o->hash), text(o->title), number(i)),
            &r->options[d->first_option + i], NULL);
    }
    return status;
}

static enum sink_status register_decisions(struct sink_rows *r, const struct tel_story *story)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < story->n_decisions; i++)
        status = register_decision(r, story, i);
    return status;
}

static enum sink_status register_endings(struct sink_rows *r, const struct tel_story *story)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < story->n_endings; i++)
        status = find_or_add(r, SINK_ROWS_FIND_ENDING,
                             VALUES(number(r->story), text(story->endings[i].name), text(story->endings[i].title)),
                             &r->endings[i], NULL);
    return status;
}

static enum sink_status register_arms(struct sink_rows *r, const struct tel_story *story)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < story->n_arms; i++) {
        const struct tel_arm *arm = &story->arms[i];
        status = find_or_add(r, SINK_ROWS_FIND_ARM,
                             VALUES(number(r->story), text(arm->experiment), text(arm->name), number(i),
                                    number(arm->weight), text(arm->outcome)),
                             &r->arms[i], NULL);
    }
    return status;
}

/* Titles of traits are NULL and not stored: their statement takes fewer values. */
static enum sink_status register_keywords(struct sink_rows *r, enum sink_rows_sql find, const struct tel_keyword *words,
                                          int32_t n, int64_t *ids)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < n; i++) {
        const struct sql_value values[] = {number(r->story), text(words[i].name), text(words[i].title)};
        status = find_or_add(r, find, values, find == SINK_ROWS_FIND_TRAIT ? 2 : 3, &ids[i], NULL);
    }
    return status;
}

static enum sink_status register_tags(struct sink_rows *r, enum sink_rows_sql add, const struct tel_tag *tags,
                                      int32_t n, const int64_t *of, const int64_t *words)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < n; i++) {
        const struct sql_value values[] = {number(of[tags[i].subject]), number(words[tags[i].keyword]),
                                           number(tags[i].score)};
        status = run_statement(r, add, values, add == SINK_ROWS_ADD_OPTION_TRAIT ? 3 : 2);
    }
    return status;
}

/* An older program may have registered the film without them, so they are looked at each time. */
static enum sink_status register_traits_and_props(struct sink_rows *r, const struct tel_story *t)
{
    int64_t *traits = g_new0(int64_t, (gsize)t->n_traits + 1), *props = g_new0(int64_t, (gsize)t->n_props + 1);
    enum sink_status status = register_keywords(r, SINK_ROWS_FIND_TRAIT, t->traits, t->n_traits, traits);
    if (status == SINK_DONE)
        status = register_keywords(r, SINK_ROWS_FIND_PROP, t->props, t->n_props, props);
    if (status == SINK_DONE)
        status = register_tags(r, SINK_ROWS_ADD_OPTION_TRAIT, t->option_traits, t->n_option_traits, r->options, traits);
    if (status == SINK_DONE)
        status = register_tags(r, SINK_ROWS_ADD_OPTION_PROP, t->option_props, t->n_option_props, r->options, props);
    if (status == SINK_DONE)
        status = register_tags(r, SINK_ROWS_ADD_NODE_PROP, t->node_props, t->n_node_props, r->nodes, props);
    g_free(traits);
    g_free(props);
    return status;
}

static enum sink_status register_what_is_left(struct sink_rows *r, const struct tel_story *t)
{
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && i < t->n_forgetful; i++)
        status = run_statement(r, SINK_ROWS_ADD_FORGET, VALUES(number(r->options[t->forgetful[i]])));
    for (int32_t i = 0; status == SINK_DONE && i < t->n_film_left; i++) {
        const struct tel_film_left *l = &t->film_left[i];
        status = run_statement(r, SINK_ROWS_ADD_FILM_LEFT,
                               VALUES(number(r->nodes[l->node]), number(l->shortest_us),
                                      number_if(l->expected_us != US_NONE, l->expected_us)));
    }
    return status;
}

enum sink_status sink_rows_register_story(struct sink_rows *r, const struct tel_story *story)
{
    sink_rows_forget_ids(r);
    r->nodes = g_new0(int64_t, story->n_nodes);
    r->decisions = g_new0(int64_t, story->n_decisions);
    r->options = g_new0(int64_t, story->n_options);
    r->endings = g_new0(int64_t, story->n_endings);
    r->arms = g_new0(int64_t, story->n_arms);
    enum sink_status status = sink_rows_find_story(r, story);
    if (status == SINK_DONE)
        status = register_nodes(r, story);
    if (status == SINK_DONE)
        status = register_decisions(r, story);
    if (status == SINK_DONE)
        status = register_endings(r, story);
    if (status == SINK_DONE)
        status = register_arms(r, story);
    if (status == SINK_DONE)
        status = register_traits_and_props(r, story);
    return status == SINK_DONE ? register_what_is_left(r, story) : status;
}

static struct sql_value text_if_any(const char *t)
{
    return text(t[0] != '\0' ? t : NULL);
}

/* A number that is no arm's is left out. */
static enum sink_status register_viewing_arms(struct sink_rows *r, const struct viewing_position *at)
{
    const struct tel_viewing *v = at->viewing;
    enum sink_status status = SINK_DONE;
    for (int32_t i = 0; status == SINK_DONE && r->arms && i < MIN(v->n_arms, TEL_VIEWING_ARMS); i++)
        if (v->arms[i] >= 0 && v->arms[i] < at->story->n_arms)
            status =
                run_statement(r, SINK_ROWS_ADD_VIEWING_ARM, VALUES(number(r->viewing), number(r->arms[v->arms[i]])));
    return status;
}

enum sink_status sink_rows_register_viewing(struct sink_rows *r, const struct viewing_position *at, bool *added)
{
    const struct tel_viewing *v = at->viewing;
    int64_t viewer = 0;
    *added = false;
    enum sink_status status = sink_rows_find_story(r, at->story);
    if (status == SINK_DONE && v->viewer[0])
        status = find_or_add(r, SINK_ROWS_FIND_VIEWER, VALUES(uuid(v->viewer)), &viewer, NULL);
    if (status == SINK_DONE)
        status = find_or_add(r, SINK_ROWS_FIND_VIEWING,
                             VALUES(uuid(viewing_position_id(at)), number(r->story), number(v->started_ms),
                                    number(v->mode), number(v->chooser), number(v->time_mode), number(v->seed),
                                    text(v->engine), number_if(viewer != 0, viewer), number_if(v->nth > 0, v->nth),
                                    number(v->resumed_ms != 0), text_if_any(v->language),
                                    number_if(v->subtitles > 0, v->subtitles > 1), text_if_any(v->channel)),
                             &r->viewing, added);
    return status == SINK_DONE && *added ? register_viewing_arms(r, at) : status;
}

enum sink_status sink_rows_has_viewing(struct sink_rows *r, const struct viewing_position *at, bool *has)
{
    sqlite3_stmt *st = r->sql[SINK_ROWS_FIND_VIEWING];
    const struct sql_value id = uuid(viewing_position_id(at));
    bind_value(st, 1, &id);
    const int rc = sqlite3_step(st);
    sqlite3_reset(st);
    *has = rc == SQLITE_ROW;
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SINK_DONE : SINK_FAILED;
}

enum sink_status sink_rows_show_life(struct sink_rows *r, const struct viewing_position *at, int64_t now_ms)
{
    return run_statement(r, SINK_ROWS_SHOW_LIFE, VALUES(uuid(viewing_position_id(at)), number(now_ms)));
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

/* Only the options shown are compared, not what lies behind them in the array. */
static gboolean menu_equal(gconstpointer one, gconstpointer other)
{
    const struct tel_menu *a = one, *b = other;
    return a->decision == b->decision && a->locked == b->locked && a->n == b->n &&
           memcmp(a->options, b->options, a->n) == 0;
}

static bool menu_is_sound(const struct tel_story *story, const struct tel_menu *m)
{
    if (m->decision < 0 || m->decision >= story->n_decisions || m->n > TEL_OPTIONS_MAX)
        return false;
    uint64_t seen = 0;
    for (int i = 0; i < m->n; i++) {
        if (m->options[i] >= story->decisions[m->decision].n_options || seen >> m->options[i] & 1)
            return false;
        seen |= UINT64_C(1) << m->options[i];
    }
    return true;
}

static enum sink_status add_menu(struct sink_rows *r, const struct tel_story *story, const struct tel_menu *m,
                                 int64_t *id)
{
    bool added = false;
    g_autofree char *shape = menu_shape(m);
    const int32_t first = story->decisions[m->decision].first_option;
    enum sink_status status =
        find_or_add(r, SINK_ROWS_FIND_MENU, VALUES(number(r->decisions[m->decision]), text(shape)), id, &added);
    for (int i = 0; status == SINK_DONE && added && i < m->n; i++)
        status = run_statement(r, SINK_ROWS_ADD_MENU_OPTION,
                               VALUES(number(*id), number(i), number(r->options[first + m->options[i]]),
                                      number((int64_t)(m->locked >> m->options[i] & 1))));
    return status;
}

static enum sink_status find_or_add_menu(struct sink_rows *r, const struct tel_story *story, const struct tel_menu *m,
                                         int64_t *id)
{
    if (!menu_is_sound(story, m))
        return SINK_REFUSED;
    const int64_t *known = g_hash_table_lookup(r->menus, m);
    if (known) {
        *id = *known;
        return SINK_DONE;
    }
    const enum sink_status status = add_menu(r, story, m, id);
    if (status == SINK_DONE)
        g_hash_table_insert(r->menus, g_memdup2(m, sizeof *m), g_memdup2(id, sizeof *id));
    return status;
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

/* The id of one of n things that the caller knows by their index. */
static enum sink_status look_up(const int64_t *ids, int32_t n, int32_t index, int64_t *id)
{
    if (!ids || index < 0 || index >= n)
        return SINK_REFUSED;
    *id = ids[index];
    return SINK_DONE;
}

enum sink_status sink_rows_look_up_node(const struct sink_rows *r, const struct tel_story *story, int32_t node,
                                        int64_t *id)
{
    return look_up(r->nodes, story->n_nodes, node, id);
}

/*
 * The outcome's decision is in range: BIND_EXPOSURE has found its exposure open, and that was checked when it opened.
 */
static enum sink_status look_up_option(const struct sink_rows *r, const struct tel_story *story,
                                       const struct tel_outcome *o, int64_t *id)
{
    assert(o->decision >= 0 && o->decision < story->n_decisions);
    const struct tel_decision *d = &story->decisions[o->decision];
    return look_up(r->options + d->first_option, d->n_options, o->option, id);
}

static enum sink_status refer(bool open, const struct sink_entry *e, int64_t *seq)
{
    *seq = e->seq;
    return open ? SINK_DONE : SINK_REFUSED;
}

/* What a field that names something becomes: an id in the store, or the number of an earlier event. */
static enum sink_status resolve_id(struct sink_rows *r, const struct viewing_position *at, const struct event_field *f,
                                   const struct tel_record *record, int32_t index, int64_t *id)
{
    const struct tel_story *story = at->story;
    switch (f->bind) {
    case BIND_NODE:
        return sink_rows_look_up_node(r, story, index, id);
    case BIND_ENDING:
        return look_up(r->endings, story->n_endings, index, id);
    case BIND_MENU:
        return find_or_add_menu(r, story, &record->exposure.menu, id);
    case BIND_OPTION:
        return look_up_option(r, story, &record->outcome, id);
    case BIND_VISIT:
        return refer(at->in_visit && at->visit.record.visit.node == index, &at->visit, id);
    case BIND_EXPOSURE:
        return refer(at->in_exposure && at->exposure.record.exposure.menu.decision == index, &at->exposure, id);
    case BIND_INT:
    case BIND_US:
    case BIND_POSITION:
        break;
    }
    assert(false && "a number names nothing");
    return SINK_REFUSED;
}

/* Straight to SQLite: this runs for every column of every event. */
static enum sink_status bind_field(struct sink_rows *r, const struct viewing_position *at, sqlite3_stmt *st, int column,
                                   const struct event_field *f, const struct tel_record *record)
{
    const void *member = (const char *)record + f->offset;
    int32_t i = 0;
    int64_t n = 0;
    if (f->bind == BIND_US)
        memcpy(&n, member, sizeof n);
    else
        memcpy(&i, member, sizeof i); /* of a menu this is the decision, which is not looked at here */
    const bool is_number = f->bind == BIND_INT || f->bind == BIND_US || f->bind == BIND_POSITION;
    const bool is_null =
        f->bind == BIND_US ? n == US_NONE : i == TEL_NONE && (f->bind == BIND_POSITION || f->bind == BIND_OPTION);
    if (is_null) {
        sqlite3_bind_null(st, column);
        return SINK_DONE;
    }
    if (is_number && f->bind != BIND_US)
        n = i;
    const enum sink_status status = is_number ? SINK_DONE : resolve_id(r, at, f, record, i, &n);
    sqlite3_bind_int64(st, column, n);
    return status;
}

/* Statements keep what was bound to them: within a viewing its id stays bound. */
static sqlite3_stmt *event_statement(struct sink_rows *r, enum tel_kind kind)
{
    sqlite3_stmt *st = r->sql[SINK_ROWS_ADD_EVENT + (enum sink_rows_sql)kind];
    if (r->bound[kind] != r->viewing)
        sqlite3_bind_int64(st, 1, r->viewing);
    r->bound[kind] = r->viewing;
    return st;
}

enum sink_status sink_rows_insert_event(struct sink_rows *r, const struct viewing_position *at,
                                        const struct sink_entry *e)
{
    const struct tel_record *record = &e->record;
    if (!r->viewing || !at->story || (unsigned)record->kind >= TEL_KINDS)
        return SINK_REFUSED;
    sqlite3_stmt *st = event_statement(r, record->kind);
    const struct event_field *f = event_fields + r->first_field[record->kind];
    sqlite3_bind_int64(st, 2, e->seq);
    sqlite3_bind_int64(st, 3, record->at_us / US_PER_MS);
    for (int column = 4; f < event_fields + G_N_ELEMENTS(event_fields) && f->kind == record->kind; f++, column++) {
        const enum sink_status status = bind_field(r, at, st, column, f, record);
        if (status != SINK_DONE)
            return status;
    }
    const enum sink_status status = step_statement(st);
    sqlite3_reset(st);
    /* Nothing was inserted: the row is there already, which is right after a failure and wrong otherwise. */
    const bool repeated = status == SINK_DONE && sqlite3_changes(r->store->db) == 0;
    if (repeated && !r->may_repeat)
        return SINK_REFUSED;
    const bool over = status == SINK_DONE && record->kind == TEL_FINISH;
    return over ? run_statement(r, SINK_ROWS_END_LIFE, VALUES(number(r->viewing))) : status;
}

bool sink_rows_check(const struct sink_rows *r)
{
    assert(r->menus);
    assert(r->store ? r->sql[SINK_ROWS_BEGIN] != NULL : r->sql[SINK_ROWS_BEGIN] == NULL);
    return true;
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static char *event_sql(enum tel_kind kind)
{
    g_autoptr(GString) columns = g_string_new("viewing, seq, at_ms");
    g_autoptr(GString) marks = g_string_new("?, ?, ?");
    for (size_t i = 0; i < G_N_ELEMENTS(event_fields); i++)
        if (event_fields[i].kind == kind) {
            g_string_append_printf(columns, ", %s", event_fields[i].column);
            g_string_append(marks, ", ?");
        }
    return g_strdup_printf("INSERT INTO %s(%s) VALUES(%s) ON CONFLICT DO NOTHING", event_tables[kind], columns->str,
                           marks->str);
}

bool sink_rows_prepare(struct sink_rows *r, struct store *store, GError **error)
{
    assert(!r->store && store_check(store));
    r->store = store;
    for (int i = 0; i < SINK_ROWS_STATEMENTS; i++) {
        g_autofree char *made = i < SINK_ROWS_FIXED ? NULL : event_sql((enum tel_kind)(i - SINK_ROWS_ADD_EVENT));
        const char *sql = made ? made : embedded_part("telemetry/write/sink_rows.sql", sql_names[i]);
        if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &r->sql[i], NULL) != SQLITE_OK)
            return store_fail(store, "cannot be written", error);
    }
    return true;
}

void sink_rows_finalize(struct sink_rows *r)
{
    for (int i = 0; i < SINK_ROWS_STATEMENTS; i++) {
        sqlite3_finalize(r->sql[i]);
        r->sql[i] = NULL;
    }
    memset(r->bound, 0, sizeof r->bound);
    r->store = NULL;
}

void sink_rows_init(struct sink_rows *r)
{
    *r = (struct sink_rows){.menus = g_hash_table_new_full(menu_hash, menu_equal, g_free, g_free)};
    for (size_t i = G_N_ELEMENTS(event_fields); i-- > 0;)
        r->first_field[event_fields[i].kind] = i;
}

void sink_rows_clear(struct sink_rows *r)
{
    sink_rows_finalize(r);
    sink_rows_forget_ids(r);
    g_hash_table_unref(r->menus);
}
