#include "telemetry/sink.h"

#include "telemetry/aggregate.h"
#include "telemetry/sitting.h"
#include "telemetry/store.h"

#include <sqlite3.h>
#include <string.h>

/* ---- statements ------------------------------------------------------------------------------------------------ */

/* A find and the add after it take the same values; the find uses the first of them. */
enum sql {
    BEGIN,
    COMMIT,
    FIND_STORY,
    ADD_STORY,
    FIND_NODE,
    ADD_NODE,
    FIND_DECISION,
    ADD_DECISION,
    FIND_OPTION,
    ADD_OPTION,
    FIND_ENDING,
    ADD_ENDING,
    FIND_MENU,
    ADD_MENU,
    ADD_MENU_OPTION,
    FIND_TRAIT,
    ADD_TRAIT,
    FIND_PROP,
    ADD_PROP,
    ADD_OPTION_TRAIT,
    ADD_OPTION_PROP,
    ADD_NODE_PROP,
    FIND_VIEWER,
    ADD_VIEWER,
    FIND_VIEWING,
    ADD_VIEWING,
    READ_CONTROL,
    FIXED,
    ADD_EVENT = FIXED, /* + enum tel_kind */
    STATEMENTS = ADD_EVENT + TEL_KINDS,
};

static const char *const fixed[FIXED] = {
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
enum bind {
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

struct field {
    enum tel_kind kind;
    enum bind bind;
    size_t offset; /* in struct tel_record */
    const char *column;
};

#define KIND_OF(event) KIND_##event
enum {
#define TEL_EVENT(name, NAME, what, why) KIND_OF(name) = TEL_##NAME,
#include "telemetry/registry.def"
};

static const struct field fields[] = {
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why)                                                 \
    {(enum tel_kind)KIND_OF(event), BIND_##bind,                                                                       \
     offsetof(struct tel_record, event) + offsetof(struct tel_##event, member), #column},
#include "telemetry/registry.def"
};

static const char *const tables[TEL_KINDS] = {
#define TEL_EVENT(name, NAME, what, why) #name,
#include "telemetry/registry.def"
};

/* ---- the sink -------------------------------------------------------------------------------------------------- */

/* Where the film stands. What an outcome or a leave refers to is found here. */
struct scene {
    struct tel_story *story;
    struct tel_viewing *viewing;
    bool in_visit, in_exposure;
    struct sink_entry visit, exposure;  /* the latest */
    int64_t seq;                        /* of the latest event */
    bool goes_on;                       /* it is viewing->continues, which the store has, and not viewing->id */
    struct sitting sitting;             /* where it joins on; seq 0: it began with its own first event */
    int64_t mark;                       /* of the store that has the viewing; 0: none has */
    bool silent;                        /* the viewing began during a pause or was erased: no more of it is written */
    int64_t missed, missed_at_us;       /* events of the pause that lasts, up to seq */
    bool visit_missed, exposure_missed; /* the latest one belongs to a pause: what ends it has nothing to refer to */
};

struct sink {
    char *path, *vfs;
    int busy_ms;
    bool (*go_on_waiting)(void *data);
    void *data;

    size_t first_field[TEL_KINDS]; /* in fields, where a kind's stand together */

    struct store *store; /* NULL: not open */
    sqlite3_stmt *sql[STATEMENTS];
    int64_t bound[TEL_KINDS]; /* the viewing that is bound to a kind's statement */

    struct scene kept; /* as the last successful batch left it */
    struct scene now;  /* within a batch */
    bool recovering;   /* what comes may have been written by somebody who was killed */
    bool replay;       /* the batch before failed: parts of it may be there already */
    bool stale;        /* ids below are not those of kept.story and kept.viewing in this store */

    int64_t mark, changed; /* the store's control row, as the batch before saw it */
    bool paused, told;     /* recording is; and it was said */

    int64_t story, viewing;                         /* ids in the store; 0: none */
    int64_t *nodes, *decisions, *options, *endings; /* by the caller's indices */
    GHashTable *menus;                              /* struct tel_menu -> id */
};

/* The end of one statement. REFUSED: our own data is at fault, trying again would not help. */
enum end { DONE, REFUSED, FAILED };

struct value {
    enum { NUMBER, TEXT, UUID, NOTHING } type;
    int64_t number;
    const char *text;
};

#define VALUES(...)                                                                                                    \
    (const struct value[]){__VA_ARGS__}, sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)

static struct value number(int64_t n)
{
    return (struct value){.type = NUMBER, .number = n};
}

static struct value text(const char *t)
{
    return (struct value){.type = t ? TEXT : NOTHING, .text = t};
}

static struct value uuid(const char *id)
{
    return (struct value){.type = UUID, .text = id};
}

static struct value maybe(bool known, int64_t n)
{
    return (struct value){.type = known ? NUMBER : NOTHING, .number = n};
}

static void bind_value(sqlite3_stmt *st, int at, const struct value *v)
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

static enum end step(sqlite3_stmt *st)
{
    const int rc = sqlite3_step(st);
    if (rc == SQLITE_DONE || rc == SQLITE_ROW)
        return DONE;
    return (rc & 0xff) == SQLITE_CONSTRAINT || (rc & 0xff) == SQLITE_MISMATCH ? REFUSED : FAILED;
}

static enum end run(struct sink *s, enum sql sql, const struct value *values, size_t n)
{
    sqlite3_stmt *st = s->sql[sql];
    for (size_t i = 0; i < n; i++)
        bind_value(st, (int)i + 1, &values[i]);
    const enum end end = step(st);
    sqlite3_reset(st);
    return end;
}

/* The id of a row that is found by its first values, or added; *added may be NULL. */
static enum end intern(struct sink *s, enum sql find, const struct value *values, size_t n, int64_t *id, bool *added)
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
        return rc == SQLITE_ROW ? DONE : FAILED;
    const enum end end = run(s, find + 1, values, n);
    *id = sqlite3_last_insert_rowid(s->store->db);
    return end;
}

/* ---- stories and viewings -------------------------------------------------------------------------------------- */

static void forget_ids(struct sink *s)
{
    g_clear_pointer(&s->nodes, g_free);
    g_clear_pointer(&s->decisions, g_free);
    g_clear_pointer(&s->options, g_free);
    g_clear_pointer(&s->endings, g_free);
    g_hash_table_remove_all(s->menus);
    s->story = s->viewing = 0;
}

/* Its row, which is added where it is missing. */
static enum end find_story(struct sink *s, int64_t *story)
{
    const struct tel_story *t = s->now.story;
    enum end end = DONE;
    if (s->story == 0)
        end = intern(s, FIND_STORY, VALUES(text(t->name), text(t->version), number((int64_t)t->hash), text(t->title)),
                     &s->story, NULL);
    *story = s->story;
    return end;
}

static enum end register_decision(struct sink *s, int64_t story, int32_t index)
{
    const struct tel_story *t = s->now.story;
    const struct tel_decision *d = &t->decisions[index];
    enum end end = intern(
        s, FIND_DECISION,
        VALUES(number(story), text(d->name), number((int64_t)d->hash), text(d->title), number(s->nodes[d->node])),
        &s->decisions[index], NULL);
    for (int32_t i = 0; end == DONE && i < d->n_options; i++) {
        const struct tel_option *o = &t->options[d->first_option + i];
        end = intern(
            s, FIND_OPTION,
            VALUES(number(s->decisions[index]), text(o->name), number((int64_t)o->hash), text(o->title), number(i)),
            &s->options[d->first_option + i], NULL);
    }
    return end;
}

/* Titles of traits are NULL and not stored: their statement takes fewer values. */
static enum end register_words(struct sink *s, enum sql find, int64_t story, const struct tel_word *words, int32_t n,
                               int64_t *ids)
{
    enum end end = DONE;
    for (int32_t i = 0; end == DONE && i < n; i++) {
        const struct value values[] = {number(story), text(words[i].name), text(words[i].title)};
        end = intern(s, find, values, find == FIND_TRAIT ? 2 : 3, &ids[i], NULL);
    }
    return end;
}

static enum end register_tags(struct sink *s, enum sql add, const struct tel_tag *tags, int32_t n, const int64_t *of,
                              const int64_t *words)
{
    enum end end = DONE;
    for (int32_t i = 0; end == DONE && i < n; i++) {
        const struct value values[] = {number(of[tags[i].of]), number(words[tags[i].word]), number(tags[i].score)};
        end = run(s, add, values, add == ADD_OPTION_TRAIT ? 3 : 2);
    }
    return end;
}

/* An older program may have registered the film without them: they are looked at each time. */
static enum end register_taste(struct sink *s, int64_t story)
{
    const struct tel_story *t = s->now.story;
    g_autofree int64_t *traits = g_new0(int64_t, (gsize)t->n_traits + 1);
    g_autofree int64_t *props = g_new0(int64_t, (gsize)t->n_props + 1);
    enum end end = register_words(s, FIND_TRAIT, story, t->traits, t->n_traits, traits);
    if (end == DONE)
        end = register_words(s, FIND_PROP, story, t->props, t->n_props, props);
    if (end == DONE)
        end = register_tags(s, ADD_OPTION_TRAIT, t->option_traits, t->n_option_traits, s->options, traits);
    if (end == DONE)
        end = register_tags(s, ADD_OPTION_PROP, t->option_props, t->n_option_props, s->options, props);
    return end == DONE ? register_tags(s, ADD_NODE_PROP, t->node_props, t->n_node_props, s->nodes, props) : end;
}

static enum end register_story(struct sink *s)
{
    const struct tel_story *t = s->now.story;
    int64_t id = 0;
    forget_ids(s);
    s->nodes = g_new0(int64_t, t->n_nodes);
    s->decisions = g_new0(int64_t, t->n_decisions);
    s->options = g_new0(int64_t, t->n_options);
    s->endings = g_new0(int64_t, t->n_endings);
    enum end end = find_story(s, &id);
    for (int32_t i = 0; end == DONE && i < t->n_nodes; i++)
        end = intern(
            s, FIND_NODE,
            VALUES(number(id), text(t->nodes[i].name), number((int64_t)t->nodes[i].hash), text(t->nodes[i].title)),
            &s->nodes[i], NULL);
    for (int32_t i = 0; end == DONE && i < t->n_decisions; i++)
        end = register_decision(s, id, i);
    for (int32_t i = 0; end == DONE && i < t->n_endings; i++)
        end = intern(s, FIND_ENDING, VALUES(number(id), text(t->endings[i].name), text(t->endings[i].title)),
                     &s->endings[i], NULL);
    return end == DONE ? register_taste(s, id) : end;
}

static const char *viewing_id(const struct scene *now)
{
    return now->goes_on ? now->viewing->continues : now->viewing->id;
}

static enum end register_viewing(struct sink *s, bool *added)
{
    const struct tel_viewing *v = s->now.viewing;
    int64_t story = 0, viewer = 0;
    *added = false;
    enum end end = find_story(s, &story);
    if (end == DONE && v->viewer[0])
        end = intern(s, FIND_VIEWER, VALUES(uuid(v->viewer)), &viewer, NULL);
    if (end == DONE)
        end = intern(s, FIND_VIEWING,
                     VALUES(uuid(viewing_id(&s->now)), number(story), number(v->started_ms), number(v->mode),
                            number(v->chooser), number(v->time_mode), number(v->seed), text(v->engine),
                            maybe(viewer != 0, viewer), maybe(v->nth > 0, v->nth), number(v->resumed_ms != 0)),
                     &s->viewing, added);
    return end;
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
    if (!s->now.story || m->decision < 0 || m->decision >= s->now.story->n_decisions || m->n > TEL_OPTIONS_MAX)
        return false;
    uint64_t seen = 0;
    for (int i = 0; i < m->n; i++) {
        if (m->options[i] >= s->now.story->decisions[m->decision].n_options || seen >> m->options[i] & 1)
            return false;
        seen |= UINT64_C(1) << m->options[i];
    }
    return true;
}

static enum end add_menu(struct sink *s, const struct tel_menu *m, const char *shape, int64_t *id)
{
    bool added = false;
    const int32_t first = s->now.story->decisions[m->decision].first_option;
    enum end end = intern(s, FIND_MENU, VALUES(number(s->decisions[m->decision]), text(shape)), id, &added);
    for (int i = 0; end == DONE && added && i < m->n; i++)
        end = run(s, ADD_MENU_OPTION,
                  VALUES(number(*id), number(i), number(s->options[first + m->options[i]]),
                         number((int64_t)(m->locked >> m->options[i] & 1))));
    return end;
}

static enum end intern_menu(struct sink *s, const struct tel_menu *m, int64_t *id)
{
    if (!menu_is_sound(s, m))
        return REFUSED;
    const int64_t *known = g_hash_table_lookup(s->menus, m);
    if (known) {
        *id = *known;
        return DONE;
    }
    g_autofree char *shape = menu_shape(m);
    const enum end end = add_menu(s, m, shape, id);
    if (end == DONE)
        g_hash_table_insert(s->menus, g_memdup2(m, sizeof *m), g_memdup2(id, sizeof *id));
    return end;
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

static enum end look_up(const int64_t *ids, int32_t n, int32_t index, int64_t *id)
{
    if (!ids || index < 0 || index >= n)
        return REFUSED;
    *id = ids[index];
    return DONE;
}

static enum end option_of(const struct sink *s, const struct tel_outcome *o, int64_t *id)
{
    const struct tel_decision *d = &s->now.story->decisions[o->decision]; /* in range: its exposure is open */
    return look_up(s->options + d->first_option, d->n_options, o->option, id);
}

/* What a field that names something becomes: an id of the store's, or the number of an event. */
static enum end find_id(struct sink *s, const struct field *f, const struct tel_record *r, int32_t i, int64_t *id)
{
    const struct tel_story *t = s->now.story;
    switch (f->bind) {
    case BIND_NODE:
        return look_up(s->nodes, t->n_nodes, i, id);
    case BIND_ENDING:
        return look_up(s->endings, t->n_endings, i, id);
    case BIND_MENU:
        return intern_menu(s, &r->exposure.menu, id);
    case BIND_OPTION:
        return option_of(s, &r->outcome, id);
    case BIND_VISIT:
        *id = s->now.visit.seq;
        return s->now.in_visit && s->now.visit.record.visit.node == i ? DONE : REFUSED;
    case BIND_EXPOSURE:
        *id = s->now.exposure.seq;
        return s->now.in_exposure && s->now.exposure.record.exposure.menu.decision == i ? DONE : REFUSED;
    default:
        return REFUSED;
    }
}

/* Straight to SQLite: this runs for every column of every event. */
static enum end bind_field(struct sink *s, sqlite3_stmt *st, int at, const struct field *f, const struct tel_record *r)
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
        return DONE;
    }
    if (is_number && f->bind != BIND_US)
        n = i;
    const enum end end = is_number ? DONE : find_id(s, f, r, i, &n);
    sqlite3_bind_int64(st, at, n);
    return end;
}

/* Statements keep what was bound to them: within a viewing its id is. */
static sqlite3_stmt *statement_of(struct sink *s, enum tel_kind kind)
{
    sqlite3_stmt *st = s->sql[ADD_EVENT + (enum sql)kind];
    if (s->bound[kind] != s->viewing)
        sqlite3_bind_int64(st, 1, s->viewing);
    s->bound[kind] = s->viewing;
    return st;
}

static enum end insert_event(struct sink *s, const struct sink_entry *e)
{
    const struct tel_record *r = &e->record;
    if (!s->viewing || !s->now.story || (unsigned)r->kind >= TEL_KINDS)
        return REFUSED;
    sqlite3_stmt *st = statement_of(s, r->kind);
    const struct field *f = fields + s->first_field[r->kind];
    sqlite3_bind_int64(st, 2, e->seq);
    sqlite3_bind_int64(st, 3, r->at_us / US_PER_MS);
    for (int at = 4; f < fields + G_N_ELEMENTS(fields) && f->kind == r->kind; f++, at++) {
        const enum end end = bind_field(s, st, at, f, r);
        if (end != DONE)
            return end;
    }
    const enum end end = step(st);
    sqlite3_reset(st);
    /* Nothing was inserted: it is there already. Right after a failure, wrong otherwise. */
    return end == DONE && sqlite3_changes(s->store->db) == 0 && !s->replay && !s->recovering ? REFUSED : end;
}

static void move_scene(struct scene *now, const struct sink_entry *e)
{
    if (e->record.kind == TEL_VISIT) {
        now->visit = *e;
        now->in_visit = true;
        now->visit_missed = false;
    } else if (e->record.kind == TEL_EXPOSURE) {
        now->exposure = *e;
        now->in_exposure = true;
        now->exposure_missed = false;
    }
}

static enum end insert_gap(struct sink *s, int64_t seq, int64_t at_us, struct tel_gap gap)
{
    const struct sink_entry e = {
        .kind = SINK_EVENT, .seq = seq, .record = {.kind = TEL_GAP, .at_us = at_us, .gap = gap}};
    return insert_event(s, &e);
}

/* An event of a pause. The first leaves a gap, so that a viewing which stops here is not taken for one that was left. */
static enum end miss_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct scene *now = &s->now;
    result->silent += e->record.kind != TEL_GAP;
    now->seq = e->seq;
    now->missed_at_us = e->record.at_us;
    if (e->record.kind == TEL_VISIT) {
        now->in_visit = false;
        now->visit_missed = true;
    } else if (e->record.kind == TEL_EXPOSURE) {
        now->in_exposure = false;
        now->exposure_missed = true;
    }
    return now->missed++ ? DONE : insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_PAUSED});
}

/* The first event after a pause: the first one missed was told, the others are now. */
static enum end end_pause(struct sink *s)
{
    struct scene *now = &s->now;
    const int64_t untold = now->missed - 1;
    now->missed = 0;
    return untold > 0 ? insert_gap(s, now->seq, now->missed_at_us, (struct tel_gap){untold, TEL_WHY_PAUSED}) : DONE;
}

static bool ends_missed(const struct scene *now, const struct tel_record *r)
{
    return (r->kind == TEL_LEAVE && now->visit_missed) || (r->kind == TEL_OUTCOME && now->exposure_missed);
}

/* ---- viewings that go on ------------------------------------------------------------------------------------------ */

static enum end join_viewing(struct sink *s)
{
    struct scene *now = &s->now;
    bool known = false;
    if (sitting_join(s->store->db, s->viewing, now->viewing->resumed_ms, &now->sitting, &known) != SQLITE_OK)
        return FAILED;
    const struct sink_entry e = {
        .kind = SINK_EVENT,
        .seq = now->sitting.seq,
        .record = {.kind = TEL_RESUME, .at_us = now->sitting.at_us, .resume = now->sitting.resume}};
    now->seq = e.seq;
    return known ? DONE : insert_event(s, &e);
}

/* A film that goes on from where it was left: the viewing does, too, or a gap tells that its beginning is not here. */
static enum end begin_viewing(struct sink *s)
{
    struct scene *now = &s->now;
    bool added = false;
    int64_t story = 0;
    enum end end = find_story(s, &story);
    if (end == DONE && now->viewing->resumed_ms != 0) {
        end = sitting_find(s->store->db, now->viewing, story, &s->viewing) == SQLITE_OK ? DONE : FAILED;
        now->goes_on = s->viewing != 0;
    }
    if (end == DONE && now->goes_on)
        return join_viewing(s);
    if (end == DONE)
        end = register_viewing(s, &added);
    if (end != DONE || now->viewing->resumed_ms == 0)
        return end;
    now->seq = now->sitting.seq = 1;
    return insert_gap(s, 1, 0, (struct tel_gap){1, TEL_WHY_ELSEWHERE});
}

/* The first visit after a break. Where it is the node that was left it is that visit, and nothing is added. */
static enum end join_visit(struct sink *s, const struct sink_entry *e, bool *joined)
{
    struct scene *now = &s->now;
    int64_t node = 0, at_us = 0;
    *joined = false;
    if (look_up(s->nodes, now->story->n_nodes, e->record.visit.node, &node) != DONE)
        return REFUSED;
    if (sitting_visit(s->store->db, s->viewing, e->seq, node, &now->sitting, &at_us) != SQLITE_OK)
        return FAILED;
    *joined = now->sitting.visit != 0;
    if (*joined) {
        move_scene(now, e);
        now->visit.seq = now->sitting.visit;
        now->visit.record.at_us = at_us;
    }
    return DONE;
}

/* Numbers and times of a later part count on from the earlier one; what ends the visit that both share tells of both. */
static void count_on(const struct scene *now, struct sink_entry *e)
{
    e->seq += now->sitting.seq;
    e->record.at_us += now->sitting.at_us;
    if (e->record.kind == TEL_LEAVE && now->in_visit && now->sitting.visit == now->visit.seq)
        sitting_leave(&now->sitting, &e->record.leave);
}

static enum end add_event(struct sink *s, const struct sink_entry *e)
{
    bool joined = false;
    enum end end = DONE;
    if (s->now.sitting.joins && e->record.kind == TEL_VISIT && s->viewing)
        end = join_visit(s, e, &joined);
    s->now.sitting.joins = false;
    if (end == DONE && !joined && (end = insert_event(s, e)) == DONE)
        move_scene(&s->now, e);
    return end;
}

static enum end apply_event(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    struct sink_entry moved;
    if (s->now.silent) {
        result->silent += e->record.kind != TEL_GAP;
        return DONE;
    }
    if (s->now.sitting.seq != 0) {
        moved = *e;
        count_on(&s->now, &moved);
        e = &moved;
    }
    if (s->paused)
        return miss_event(s, e, result) == FAILED ? FAILED : DONE;
    if (end_pause(s) == FAILED)
        return FAILED;
    enum end end = add_event(s, e);
    s->now.seq = e->seq;
    if (end == DONE) {
        result->written += e->record.kind != TEL_GAP;
    } else if (end == REFUSED && ends_missed(&s->now, &e->record)) {
        result->silent++;
        end = insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_PAUSED});
    } else if (end == REFUSED) {
        result->refused++;
        end = insert_gap(s, e->seq, e->record.at_us, (struct tel_gap){1, TEL_WHY_REFUSED});
    }
    return end == FAILED ? FAILED : DONE; /* without a viewing not even a gap has a place */
}

static enum end apply(struct sink *s, const struct sink_entry *e, struct sink_result *result)
{
    enum end end = DONE;
    switch (e->kind) {
    case SINK_STORY:
        s->now = (struct scene){.story = e->story};
        end = s->paused ? DONE : register_story(s);
        if (end == REFUSED)
            s->now.story = NULL;
        return end == FAILED ? FAILED : DONE;
    case SINK_BEGIN:
        s->now = (struct scene){.story = s->now.story, .viewing = e->viewing};
        s->viewing = 0;
        s->now.silent = s->paused;
        s->now.mark = s->mark;
        if (s->paused)
            return DONE;
        end = s->now.story ? begin_viewing(s) : REFUSED;
        if (end == REFUSED)
            s->viewing = 0;
        return end == FAILED ? FAILED : DONE;
    case SINK_EVENT:
        return apply_event(s, e, result);
    }
    return DONE;
}

/*
 * Brings the scene into a store that does not know it. What was written elsewhere before stayed behind, but for the
 * visit and the exposure that are open: they are written again, so that what ends them has something to refer to.
 * The gap takes a number that neither of these has.
 */
static enum end rebuild(struct sink *s, struct sink_result *result)
{
    const struct scene *now = &s->now;
    int64_t kept = now->in_visit + now->in_exposure, seq = now->seq;
    if (seq == 0)
        return DONE;
    while ((now->in_visit && seq == now->visit.seq) || (now->in_exposure && seq == now->exposure.seq))
        seq--;
    enum end end = DONE;
    if (now->in_visit)
        end = insert_event(s, &now->visit);
    if (end != FAILED && now->in_exposure)
        end = insert_event(s, &now->exposure);
    if (end != FAILED && now->seq > kept) {
        result->left = (uint64_t)(now->seq - kept);
        end = insert_gap(s, seq, 0, (struct tel_gap){now->seq - kept, TEL_WHY_STORE_LOST});
    }
    return end;
}

/* A viewing that this very store had and has no more was erased, and stays so. Nor does a pause bring one back. */
static enum end find_viewing(struct sink *s)
{
    sqlite3_stmt *st = s->sql[FIND_VIEWING];
    const struct value id = uuid(viewing_id(&s->now));
    bind_value(st, 1, &id);
    const int rc = sqlite3_step(st);
    sqlite3_reset(st);
    if (rc == SQLITE_DONE && (s->paused || s->now.mark == s->mark))
        s->now.silent = true;
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? DONE : FAILED;
}

static enum end restore(struct sink *s, struct sink_result *result)
{
    bool added = false;
    enum end end = DONE;
    forget_ids(s);
    if (s->now.story && s->now.viewing && !s->now.silent)
        end = find_viewing(s);
    const bool wanted = s->now.viewing && !s->now.silent;
    if (end == DONE && s->now.story && (wanted || !s->paused))
        end = register_story(s);
    if (end == DONE && s->now.story && wanted)
        end = register_viewing(s, &added);
    if (end == DONE && added)
        end = rebuild(s, result);
    s->now.mark = s->mark;
    return end;
}

static enum end read_control(struct sink *s)
{
    sqlite3_stmt *st = s->sql[READ_CONTROL];
    const int rc = sqlite3_step(st);
    const int64_t changed = sqlite3_column_int64(st, 1);
    s->stale |= rc == SQLITE_ROW && changed != s->changed;
    s->mark = sqlite3_column_int64(st, 0);
    s->paused = sqlite3_column_int(st, 2) != 0;
    s->changed = changed;
    sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? DONE : FAILED;
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static void disconnect(struct sink *s)
{
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(s->sql[i]);
        s->sql[i] = NULL;
    }
    memset(s->bound, 0, sizeof s->bound);
}

static void drop_store(struct sink *s)
{
    disconnect(s);
    store_close(s->store);
    s->store = NULL;
}

static char *event_sql(enum tel_kind kind)
{
    GString *columns = g_string_new("viewing, seq, at_ms");
    GString *marks = g_string_new("?, ?, ?");
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (fields[i].kind == kind) {
            g_string_append_printf(columns, ", %s", fields[i].column);
            g_string_append(marks, ", ?");
        }
    char *sql =
        g_strdup_printf("INSERT INTO %s(%s) VALUES(%s) ON CONFLICT DO NOTHING", tables[kind], columns->str, marks->str);
    g_string_free(columns, TRUE);
    g_string_free(marks, TRUE);
    return sql;
}

static bool prepare(struct sink *s, GError **error)
{
    for (int i = 0; i < STATEMENTS; i++) {
        g_autofree char *made = i < FIXED ? NULL : event_sql((enum tel_kind)(i - ADD_EVENT));
        if (sqlite3_prepare_v3(s->store->db, made ? made : fixed[i], -1, SQLITE_PREPARE_PERSISTENT, &s->sql[i], NULL) !=
            SQLITE_OK)
            return store_fail(s->store, "cannot be written", error);
    }
    return true;
}

#define BUSY_STEP_MS 5

static int on_busy(void *data, int tries)
{
    struct sink *s = data;
    if (tries * BUSY_STEP_MS > s->store->busy_ms || (s->go_on_waiting && !s->go_on_waiting(s->data)))
        return 0;
    g_usleep(BUSY_STEP_MS * 1000);
    return 1;
}

static void say_aside(struct sink_result *result, const char *path, const char *aside)
{
    if (!aside || !*aside)
        return;
    g_free(result->notice);
    result->notice = g_strdup_printf("%s was damaged. It is kept as %s, and a new store was begun.", path, aside);
}

static void say_paused(struct sink *s, struct sink_result *result)
{
    if (s->paused && !s->told && !result->notice)
        result->notice = g_strdup_printf("Recording is paused: nothing is written into %s. "
                                         "`frumious telemetry resume` goes on with it.",
                                         s->store->path);
    s->told = s->paused;
}

bool sink_open(struct sink *s, struct sink_result *result, GError **error)
{
    const struct store_options o = {.path = s->path, .vfs = s->vfs, .busy_ms = s->busy_ms};
    if (s->store)
        return true;
    s->store = store_open(&o, error);
    if (!s->store)
        return false;
    say_aside(result, s->store->path, s->store->aside);
    s->stale = true;
    sqlite3_busy_handler(s->store->db, on_busy, s);
    if (prepare(s, error))
        return true;
    drop_store(s);
    return false;
}

/* After a failed batch: back to what was kept; a damaged file makes room, a doubtful connection is opened anew. */
static void recover(struct sink *s, bool damaged, struct sink_result *result)
{
    const int rc = sqlite3_errcode(s->store->db) & 0xff;
    if (!sqlite3_get_autocommit(s->store->db))
        sqlite3_exec(s->store->db, "ROLLBACK", NULL, NULL, NULL);
    s->now = s->kept;
    s->stale = s->replay = true;
    g_hash_table_remove_all(s->menus);
    if (damaged) {
        g_autofree char *path = g_strdup(s->store->path);
        disconnect(s);
        g_autofree char *aside = store_put_aside(g_steal_pointer(&s->store), NULL);
        say_aside(result, path, aside);
    } else if (rc != SQLITE_BUSY && rc != SQLITE_FULL) {
        drop_store(s);
    }
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

static enum end write_all(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result)
{
    enum end end = run(s, BEGIN, NULL, 0);
    if (end == DONE)
        end = read_control(s);
    if (end == DONE && s->stale)
        end = restore(s, result);
    for (size_t i = 0; end != FAILED && i < n; i++)
        end = apply(s, &entries[i], result);
    return end == FAILED ? FAILED : run(s, COMMIT, NULL, 0);
}

/* What the batch brought and what it replaced is ours now; all but the latest of each can go. */
static void keep_scene(struct sink *s, const struct sink_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (entries[i].kind == SINK_STORY && entries[i].story != s->now.story)
            tel_story_free(entries[i].story);
        if (entries[i].kind == SINK_BEGIN && entries[i].viewing != s->now.viewing)
            g_free(entries[i].viewing);
    }
    if (s->kept.story != s->now.story)
        tel_story_free(s->kept.story);
    if (s->kept.viewing != s->now.viewing)
        g_free(s->kept.viewing);
    s->kept = s->now;
    s->stale = s->paused; /* what began meanwhile is not in the store */
    s->replay = false;
}

bool sink_write(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result, GError **error)
{
    if (s->store && !store_is_there(s->store))
        drop_store(s);
    if (!sink_open(s, result, error))
        return false;
    if (write_all(s, entries, n, result) == DONE) {
        keep_scene(s, entries, n);
        say_paused(s, result);
        return true;
    }
    result->written = result->refused = result->left = result->silent = 0;
    GError *failure = NULL;
    store_fail(s->store, "cannot be written", &failure);
    recover(s, g_error_matches(failure, STORE_ERROR, STORE_ERROR_DAMAGED), result);
    g_propagate_error(error, failure);
    return false;
}

bool sink_keep_up(struct sink *s)
{
    bool more = false;
    return s->store && !s->paused && aggregate_keep_up(s->store, &more, NULL) && more;
}

struct sink *sink_new(const struct sink_options *o)
{
    struct sink *s = g_new0(struct sink, 1);
    s->path = g_strdup(o->path);
    s->vfs = g_strdup(o->vfs);
    s->busy_ms = o->busy_ms;
    s->go_on_waiting = o->go_on_waiting;
    s->data = o->data;
    for (size_t i = G_N_ELEMENTS(fields); i-- > 0;)
        s->first_field[fields[i].kind] = i;
    s->menus = g_hash_table_new_full(menu_hash, menu_equal, g_free, g_free);
    return s;
}

G_STATIC_ASSERT(sizeof(struct scene) <= SINK_SCENE_BYTES);

const char *sink_viewing(const struct sink *s)
{
    return s->kept.viewing ? viewing_id(&s->kept) : NULL;
}

bool sink_is_silent(const struct sink *s)
{
    return s->kept.silent;
}

void sink_forget(struct sink *s)
{
    s->kept.silent = true;
    s->kept.in_visit = s->kept.in_exposure = false;
    memset(&s->kept.visit, 0, sizeof s->kept.visit);
    memset(&s->kept.exposure, 0, sizeof s->kept.exposure);
    s->now = s->kept;
}

void sink_scene(const struct sink *s, uint8_t scene[SINK_SCENE_BYTES])
{
    memcpy(scene, &s->kept, sizeof s->kept);
}

void sink_go_on(struct sink *s, const uint8_t *scene, struct tel_story *story, struct tel_viewing *viewing)
{
    if (scene)
        memcpy(&s->kept, scene, sizeof s->kept);
    s->kept.story = story;
    s->kept.viewing = viewing;
    s->now = s->kept;
    s->stale = s->recovering = true;
}

void sink_entry_clear(struct sink_entry *entry)
{
    if (entry->kind == SINK_STORY)
        tel_story_free(entry->story);
    else if (entry->kind == SINK_BEGIN)
        g_free(entry->viewing);
}

void sink_free(struct sink *s)
{
    if (!s)
        return;
    drop_store(s);
    forget_ids(s);
    g_hash_table_unref(s->menus);
    tel_story_free(s->kept.story);
    g_free(s->kept.viewing);
    g_free(s->path);
    g_free(s->vfs);
    g_free(s);
}
