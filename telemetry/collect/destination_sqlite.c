#include "telemetry/collect/destination_sqlite.h"

#include "base/embedded.h"
#include "base/sha256.h"
#include "base/units.h"
#include "telemetry/collect/dating.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"
#include "telemetry/store/supersede.h"
#include "telemetry/write/sink_rows.h"

#include <assert.h>
#include <string.h>

static const char doing[] = "cannot be written";

enum { IS_ERASED, FIND_VIEWING, SAME_VIEWING, SET_SAID, ADD_COLLECTED, FIND_DECISION, IS_RESUME, IS_SUPERSEDED, ASKED };

struct sqlite_destination {
    struct destination base;
    struct store *store;
    const struct wire_catalogue *catalogue;
    bool judges;              /* the store and its transactions are the caller's */
    struct sink_rows *films;  /* one for each version of the catalogue; `story`: it is in the store as a whole */
    struct sink_control seen; /* when ids were looked up */

    /* What is asked for each batch or event, compiled once: who sends a batch again and again shall cost little. */
    struct query asked[ASKED];
    struct query is_there[TEL_KINDS];
};

static struct query begin(const struct sqlite_destination *d, const char *name)
{
    return query_begin(d->store, embedded_part("telemetry/collect/destination_sqlite.sql", name), doing);
}

/* ---- one batch ---------------------------------------------------------------------------------------------------- */

/* What is done with one batch. Every step returns false where it ends: then error is set (the store failed), or the item's refusal. */
struct taking {
    struct sqlite_destination *d;
    struct collect_item *item;
    const struct wire_batch *b;
    const struct tel_story *story;
    struct sink_rows *film;
    uint8_t uuid[16], key[WIRE_KEY_SIZE]; /* key: its hash */
    int64_t viewing;                      /* its number; 0: it is not there yet */
    int64_t has;                          /* the last event that is there */
    int64_t end;                          /* the number of the event before the one that is looked at */
    enum tel_kind before;                 /* and its kind; TEL_KINDS: not known */
    GError **error;
};

static bool refuse(struct taking *t, enum wire_code code, const char *what, int64_t seq)
{
    return wire_refuse(&t->item->refusal, code, "event %" G_GINT64_FORMAT ": %s", seq, what);
}

static bool is_erased(struct taking *t, bool *erased)
{
    struct query *q = &t->d->asked[IS_ERASED];
    query_bind_blob(q, t->uuid, sizeof t->uuid);
    query_bind_blob(q, t->key, sizeof t->key);
    *erased = query_next(q) && query_number(q, 0) != 0;
    return query_reset(q, t->error);
}

/* Looks the viewing up, and whether this sender may add to it. */
static bool find_viewing(struct taking *t)
{
    bool erased, known, right;
    if (!is_erased(t, &erased))
        return false;
    if (erased)
        return refuse(t, WIRE_NO_ERASED, "the viewing was erased here", t->b->from);
    struct query *q = &t->d->asked[FIND_VIEWING];
    query_bind_blob(q, t->uuid, sizeof t->uuid);
    (void)query_next(q);
    size_t size = 0;
    const void *key = query_blob(q, 1, &size);
    t->viewing = query_number_or(q, 0, 0);
    t->has = query_number_or(q, 2, 0);
    known = size == WIRE_KEY_SIZE;
    right = known && memcmp(key, t->key, WIRE_KEY_SIZE) == 0;
    if (!query_reset(q, t->error))
        return false;
    if (known && !right)
        return refuse(t, WIRE_NO_KEY, "the viewing came with another key first", t->b->from);
    return known == (t->viewing != 0) ||
           refuse(t, WIRE_NO_CONFLICT, "the viewing came here by another way", t->b->from);
}

/* The viewing as the writer's rooms know it. */
static struct tel_viewing viewing_of(const struct taking *t)
{
    const struct wire_batch *b = t->b;
    struct tel_viewing v = {.nth = b->nth,
                            .started_ms = b->started_ms,
                            .mode = b->mode,
                            .chooser = b->chooser,
                            .time_mode = b->time_mode,
                            .seed = b->seed,
                            .subtitles = b->subtitles == TEL_NONE ? 0 : b->subtitles + 1};
    g_strlcpy(v.id, b->viewing, sizeof v.id);
    if (b->linked)
        tel_id_text(b->viewer, v.viewer); /* the first 16 bytes say as much as a link does */
    g_strlcpy(v.engine, b->engine, sizeof v.engine);
    g_strlcpy(v.language, b->language ? b->language : "", sizeof v.language);
    g_strlcpy(v.channel, b->channel ? b->channel : "", sizeof v.channel);
    wire_arms(t->story, b, &v);
    return v;
}

static bool check_header(struct taking *t, const struct tel_viewing *v)
{
    const struct wire_batch *b = t->b;
    struct query *q = &t->d->asked[SAME_VIEWING];
    query_bind(q, t->viewing);
    query_bind(q, t->film->story);
    query_bind(q, b->started_ms);
    query_bind(q, b->mode);
    query_bind(q, b->chooser);
    query_bind(q, b->time_mode);
    query_bind(q, b->seed);
    query_bind_text(q, b->engine);
    if (b->linked)
        query_bind_blob(q, b->viewer, 16);
    else
        query_bind_text(q, NULL);
    query_bind_or_null(q, b->nth > 0, b->nth);
    query_bind_text(q, b->language);
    query_bind_or_null(q, b->subtitles != TEL_NONE, b->subtitles);
    query_bind_text(q, b->channel);
    query_bind(q, v->n_arms);
    const bool same = query_next(q) && query_number(q, 0) != 0;
    return query_reset(q, t->error) &&
           (same || refuse(t, WIRE_NO_CONFLICT, "the viewing is another one here", b->from));
}

/* False: the store failed, and says how, or it refused. */
static bool judge(struct taking *t, enum sink_status status, enum wire_code code, int64_t seq)
{
    if (status == SINK_FAILED)
        return store_fail(t->d->store, doing, t->error);
    return status == SINK_DONE || wire_refuse(&t->item->refusal, code, DESTINATION_NO_REFERENCE, seq);
}

/* The place among the viewer's viewings is what the device says, also where it says nothing; and its date, where it is not believed. */
static bool set_said(struct taking *t, bool believed)
{
    struct query *q = &t->d->asked[SET_SAID];
    query_bind(q, t->viewing);
    query_bind_or_null(q, t->b->nth > 0, t->b->nth);
    query_bind_or_null(q, !believed, t->b->started_ms);
    (void)query_next(q);
    return query_reset(q, t->error);
}

static bool add_viewing(struct taking *t, struct tel_viewing *v)
{
    const struct viewing_position at = {.story = (struct tel_story *)(uintptr_t)t->story, .viewing = v};
    bool added;
    v->started_ms = dating_start(t->b->started_ms, t->b->sent_ms, t->item->received_ms);
    if (!judge(t, sink_rows_register_viewing(t->film, &at, &added), WIRE_NO_INVALID, t->b->from))
        return false;
    t->viewing = t->film->viewing;
    return set_said(t, v->started_ms == t->b->started_ms);
}

static bool take_viewing(struct taking *t)
{
    struct tel_viewing v = viewing_of(t);
    t->film->viewing = t->viewing;
    return t->viewing ? check_header(t, &v) : add_viewing(t, &v);
}

/* ---- its events: those that are there already ---------------------------------------------------------------------- */

static const struct wire_value *value(const struct wire_event *e, const char *column)
{
    const int i = wire_field_find(e->kind, column);
    assert(i >= 0);
    return &e->values[i];
}

static bool same_value(const struct query *q, int column, const struct wire_field *f, const struct wire_value *v)
{
    if (!v->known || query_is_null(q, column))
        return !v->known && query_is_null(q, column);
    return f->type == WIRE_NUMBER || f->type == WIRE_CODE ? query_number(q, column) == v->number
                                                          : g_strcmp0(query_text(q, column), v->text) == 0;
}

static bool is_there(struct taking *t, const struct wire_event *e, bool *same)
{
    size_t n;
    const struct wire_field *fields = wire_fields(e->kind, &n);
    struct query *q = &t->d->is_there[e->kind];
    query_bind(q, t->viewing);
    query_bind(q, e->seq);
    if (e->kind == TEL_LEAVE || e->kind == TEL_OUTCOME)
        query_bind(q, value(e, e->kind == TEL_LEAVE ? "visit" : "exposure")->number);
    *same = query_next(q) && query_number(q, 0) == e->at_ms;
    for (size_t i = 0; *same && i < n; i++)
        *same = same_value(q, (int)i + 1, &fields[i], &e->values[i]);
    return query_reset(q, t->error);
}

static bool is_superseded(struct taking *t, const struct wire_event *e, bool *same)
{
    size_t n;
    const struct wire_field *fields = wire_fields(e->kind, &n);
    struct query *q = &t->d->asked[IS_SUPERSEDED];
    bool done = true;
    *same = true;
    for (size_t i = 0; done && *same && i < n; i++) {
        query_bind(q, t->viewing);
        query_bind(q, e->seq);
        query_bind_text(q, wire_kind_name(e->kind));
        query_bind_text(q, fields[i].name);
        *same = query_next(q) && query_number(q, 0) == e->at_ms && same_value(q, 1, &fields[i], &e->values[i]);
        done = query_reset(q, t->error);
    }
    return done;
}

static bool compare_event(struct taking *t, const struct wire_event *e)
{
    bool same;
    if (!is_there(t, e, &same) || (!same && !is_superseded(t, e, &same)))
        return false;
    return same || refuse(t, WIRE_NO_CONFLICT, "what is here under this number is something else", e->seq);
}

/* ---- and those that are new ---------------------------------------------------------------------------------------- */

static int64_t number_or(const struct wire_event *e, const char *column, int64_t none)
{
    const struct wire_value *v = value(e, column);
    return v->known ? v->number : none;
}

#define TAKE_INT(ctype, t, e, column)      ((ctype)value(e, column)->number)
#define TAKE_US(ctype, t, e, column)       ((ctype)number_or(e, column, US_NONE))
#define TAKE_POSITION(ctype, t, e, column) ((ctype)number_or(e, column, TEL_NONE))
#define TAKE_OPTION                        TAKE_POSITION
#define TAKE_NODE                          TAKE_INT
#define TAKE_ENDING                        TAKE_INT
#define TAKE_VISIT(ctype, t, e, column)    0 /* refer_back() says which */
#define TAKE_EXPOSURE                      TAKE_VISIT
#define TAKE_MENU(ctype, t, e, column)     wire_menu((t)->story, e)

static struct tel_record record_of(const struct taking *t, const struct wire_event *e)
{
    struct tel_record r = {.kind = e->kind, .at_us = e->at_ms * US_PER_MS};
    switch (e->kind) {
#define TEL_EVENT(name, NAME, what, why) case TEL_##NAME:
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why)                                                 \
    r.event.member = TAKE_##bind(ctype, t, e, #column);
#define TEL_END(event) break;
#include "telemetry/registry.def"
    case TEL_KINDS:
        break;
    }
    return r;
}

/* An outcome's decision is that of its exposure, and its option one of that decision. */
static bool find_decision(struct taking *t, const struct wire_event *e, struct tel_outcome *o)
{
    struct query *q = &t->d->asked[FIND_DECISION];
    query_bind(q, t->viewing);
    query_bind(q, value(e, "exposure")->number);
    const int64_t id = query_next(q) ? query_number(q, 0) : 0;
    if (!query_reset(q, t->error))
        return false;
    for (o->decision = 0; o->decision < t->story->n_decisions; o->decision++)
        if (t->film->decisions[o->decision] == id)
            break;
    if (o->decision == t->story->n_decisions)
        return refuse(t, WIRE_NO_REFERENCE, "its exposure is not there", e->seq);
    const struct wire_value *option = value(e, "option");
    o->option = option->known ? wire_catalogue_option(t->story, o->decision, option->text) : TEL_NONE;
    return !option->known || o->option >= 0 || refuse(t, WIRE_NO_NAME, "its decision has no such option", e->seq);
}

/* Inserts it, whatever event it refers to. */
static bool insert_event(struct taking *t, const struct wire_event *e)
{
    struct sink_entry entry = {.kind = SINK_EVENT, .seq = e->seq, .record = record_of(t, e)};
    struct viewing_position at = {
        .story = (struct tel_story *)(uintptr_t)t->story, .in_visit = true, .in_exposure = true};
    if (e->kind == TEL_OUTCOME && !find_decision(t, e, &entry.record.outcome))
        return false;
    if (e->kind == TEL_LEAVE || e->kind == TEL_STALL)
        at.visit.seq = value(e, "visit")->number;
    if (e->kind == TEL_OUTCOME) {
        at.exposure.seq = value(e, "exposure")->number;
        at.exposure.record.exposure.menu.decision = entry.record.outcome.decision;
    }
    return judge(t, sink_rows_insert_event(t->film, &at, &entry), WIRE_NO_REFERENCE, e->seq);
}

static bool is_behind_resume(struct taking *t, const struct wire_event *e, bool *behind)
{
    *behind = t->before == TEL_RESUME && t->end == e->seq - 1;
    if (t->before != TEL_KINDS)
        return true;
    struct query *q = &t->d->asked[IS_RESUME];
    query_bind(q, t->viewing);
    query_bind(q, e->seq - 1);
    *behind = query_next(q) && query_number(q, 0) != 0;
    return query_reset(q, t->error);
}

/* A visit that goes on is no new one (telemetry/store/supersede.h). */
static bool add_visit(struct taking *t, const struct wire_event *e)
{
    bool behind;
    int64_t before = 0, began_ms;
    const struct wire_value *planned = value(e, "planned_us");
    const struct supersede_visit visit = {e->seq, e->at_ms, t->film->nodes[value(e, "node")->number], planned->known,
                                          planned->number};
    if (!is_behind_resume(t, e, &behind) ||
        (behind && !supersede_visit(t->d->store, t->viewing, &visit, &before, &began_ms, t->error)))
        return false;
    return before != 0 || insert_event(t, e);
}

static bool add_resume(struct taking *t, const struct wire_event *e)
{
    if (number_or(e, "place", e->seq) >= e->seq)
        return refuse(t, WIRE_NO_INVALID, "its place is not before it", e->seq);
    return supersede_beyond(t->d->store, t->viewing, value(e, "place")->number, t->error) &&
           supersede_finish(t->d->store, t->viewing, t->error) && insert_event(t, e);
}

static bool add_event(struct taking *t, const struct wire_event *e)
{
    if (e->kind == TEL_VISIT)
        return add_visit(t, e);
    return e->kind == TEL_RESUME ? add_resume(t, e) : insert_event(t, e);
}

static bool take_events(struct taking *t)
{
    for (guint i = 0; i < t->b->events->len; i++) {
        const struct wire_event *e = &g_array_index(t->b->events, struct wire_event, i);
        if (e->seq > t->has && t->end < t->has)
            return refuse(t, WIRE_NO_CONFLICT, "it stands for events that are here", e->seq);
        if (!(e->seq > t->has ? add_event(t, e) : compare_event(t, e)))
            return false;
        t->end = e->seq;
        t->before = e->kind;
    }
    return true;
}

static bool note_batch(struct taking *t)
{
    const struct wire_batch *b = t->b;
    struct query *q = &t->d->asked[ADD_COLLECTED];
    query_bind_blob(q, t->uuid, sizeof t->uuid);
    query_bind_blob(q, t->key, sizeof t->key);
    query_bind(q, MAX(t->has, b->to));
    query_bind(q, t->item->received_ms);
    query_bind(q, t->item->received_ms - b->sent_ms);
    query_bind_blob(q, b->consent, sizeof b->consent);
    query_bind_text(q, b->consent_language);
    query_bind(q, b->answered_ms);
    (void)query_next(q);
    return query_reset(q, t->error);
}

static bool has_no_hole(struct taking *t)
{
    if (t->b->from <= t->has + 1)
        return true;
    refuse(t, WIRE_NO_HOLE, "events before it are not here", t->b->from);
    t->item->refusal.expected = t->has + 1;
    return false;
}

static bool register_film(struct taking *t)
{
    return t->film->story != 0 || judge(t, sink_rows_register_story(t->film, t->story), WIRE_NO_STORY, t->b->from);
}

/* Ids that a transaction gave and that was not committed are nobody's. */
static void forget_films(struct sqlite_destination *d)
{
    for (guint i = 0; i < wire_catalogue_size(d->catalogue); i++)
        sink_rows_forget_ids(&d->films[i]);
}

static bool take_batch(struct sqlite_destination *d, struct collect_item *item, GError **error)
{
    struct taking t = {.d = d,
                       .item = item,
                       .b = item->batch,
                       .story = wire_catalogue_at(d->catalogue, (guint)item->story),
                       .film = &d->films[item->story],
                       .end = item->batch->from - 1,
                       .before = TEL_KINDS,
                       .error = error};
    tel_id_bytes(t.b->viewing, t.uuid);
    sha256(t.b->key, WIRE_KEY_SIZE, t.key);
    item->refusal = (struct wire_refusal){0};
    if (!find_viewing(&t) || !has_no_hole(&t) || !register_film(&t) || !take_viewing(&t) || !take_events(&t) ||
        !note_batch(&t))
        return false;
    item->acknowledged = MAX(t.has, t.b->to);
    return true;
}

/* ---- erasures ------------------------------------------------------------------------------------------------------ */

struct erasing {
    struct sqlite_destination *d;
    struct collect_item *const *items;
    guint n;
};

static bool add_tombstone(struct sqlite_destination *d, const uint8_t uuid[16], const uint8_t key[WIRE_KEY_SIZE],
                          int64_t now_ms, int64_t *erased_ms, GError **error)
{
    struct query add = begin(d, "add_tombstone");
    query_bind_blob(&add, uuid, 16);
    query_bind_blob(&add, key, WIRE_KEY_SIZE);
    query_bind(&add, now_ms);
    if (!query_run(&add, error))
        return false;
    struct query q = begin(d, "find_tombstone");
    query_bind_blob(&q, uuid, 16);
    query_bind_blob(&q, key, WIRE_KEY_SIZE);
    *erased_ms = query_next(&q) ? query_number(&q, 0) : 0;
    return query_end(&q, error);
}

/* *viewing: the number of what is to go; 0: nothing of it is here. */
static bool look_at_erasure(struct sqlite_destination *d, struct wire_erasure *e, int64_t now_ms, int64_t *viewing,
                            GError **error)
{
    uint8_t uuid[16], key[WIRE_KEY_SIZE];
    size_t size = 0;
    tel_id_bytes(e->viewing, uuid);
    sha256(e->key, WIRE_KEY_SIZE, key);
    struct query q = begin(d, "find_viewing");
    query_bind_blob(&q, uuid, sizeof uuid);
    (void)query_next(&q);
    const void *known = query_blob(&q, 1, &size);
    *viewing = query_number_or(&q, 0, 0);
    const bool other = *viewing != 0 && (size != WIRE_KEY_SIZE || memcmp(known, key, WIRE_KEY_SIZE) != 0);
    if (!query_end(&q, error))
        return false;
    e->refused = other ? WIRE_NO_KEY : WIRE_TAKEN;
    if (other)
        *viewing = 0;
    return other || add_tombstone(d, uuid, key, now_ms, &e->confirmed_ms, error);
}

/* In the transaction that erases them. */
static GArray *choose_erased(struct store *s, void *data, GError **error)
{
    const struct erasing *erasing = data;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    assert(s == erasing->d->store);
    for (guint i = 0; i < erasing->n; i++) {
        struct collect_item *item = erasing->items[i];
        for (guint k = 0; !item->batch && k < item->n; k++) {
            int64_t viewing;
            if (!look_at_erasure(erasing->d, &item->erasures[k], item->received_ms, &viewing, error))
                return NULL;
            if (viewing != 0 && g_hash_table_add(seen, g_memdup2(&viewing, sizeof viewing)))
                g_array_append_val(ids, viewing);
        }
    }
    return g_steal_pointer(&ids);
}

static bool has_erasures(struct collect_item *const *items, guint n)
{
    for (guint i = 0; i < n; i++)
        if (!items[i]->batch)
            return true;
    return false;
}

static bool erase_all(struct sqlite_destination *d, struct collect_item *const *items, guint n, GError **error)
{
    struct erasing erasing = {d, items, n};
    int64_t erased;
    return !has_erasures(items, n) || erase_chosen(d->store, choose_erased, &erasing, &erased, error);
}

/* ---- a group ------------------------------------------------------------------------------------------------------- */

/* Somebody else may have taken rows away since ids were looked up. */
static bool read_control(struct sqlite_destination *d, GError **error)
{
    struct sink_control now;
    if (sink_rows_read_control(&d->films[0], &now) != SINK_DONE)
        return store_fail(d->store, doing, error);
    if (now.changed != d->seen.changed)
        forget_films(d);
    d->seen = now;
    return true;
}

/* What a refused batch has added is gone again; `registered`: the film was there before it. */
static void forget_menus(struct sink_rows *film, bool registered)
{
    if (registered)
        sink_rows_forget_menus(film);
    else
        sink_rows_forget_ids(film);
}

static bool take_one(struct sqlite_destination *d, struct collect_item *item, GError **error)
{
    GError *failed = NULL;
    struct sink_rows *film = &d->films[item->story];
    const bool registered = film->story != 0;
    if (!query_execute(d->store, "SAVEPOINT one", doing, error))
        return false;
    if (take_batch(d, item, &failed))
        return query_execute(d->store, "RELEASE one", doing, error);
    if (failed) {
        g_propagate_error(error, failed);
        return false;
    }
    assert(item->refusal.code != WIRE_TAKEN);
    forget_menus(film, registered);
    return query_execute(d->store, "ROLLBACK TO one; RELEASE one", doing, error);
}

static bool take_all(struct sqlite_destination *d, struct collect_item *const *items, guint n, GError **error)
{
    bool done = read_control(d, error);
    for (guint i = 0; done && i < n; i++)
        done = !items[i]->batch || take_one(d, items[i], error);
    return done;
}

static bool commit(struct destination *base, struct collect_item *const *items, guint n, GError **error)
{
    struct sqlite_destination *d = (struct sqlite_destination *)base;
    if (!erase_all(d, items, n, error) || !query_execute(d->store, "BEGIN IMMEDIATE", doing, error))
        return false;
    if (query_commit(d->store, take_all(d, items, n, error), doing, error))
        return true;
    forget_films(d);
    return false;
}

static bool judge_all(struct destination *base, struct collect_item *const *items, guint n, GError **error)
{
    struct sqlite_destination *d = (struct sqlite_destination *)base;
    struct erasing erasing = {d, items, n};
    g_autoptr(GArray) gone =
        has_erasures(items, n) ? choose_erased(d->store, &erasing, error) : g_array_new(FALSE, FALSE, 1);
    return gone && take_all(d, items, n, error);
}

void destination_sqlite_forget(struct destination *judge)
{
    struct sqlite_destination *d = (struct sqlite_destination *)judge;
    assert(d->judges);
    forget_films(d);
}

static bool is_healthy(struct destination *base, GError **error)
{
    const struct sqlite_destination *d = (const struct sqlite_destination *)base;
    if (store_is_in_place(d->store))
        return true;
    g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN, "%s was moved or deleted; restart the collector",
                d->store->path);
    return false;
}

static bool knows_erasure(struct destination *base, const struct wire_erasure *e, bool *knows, GError **error)
{
    const struct sqlite_destination *d = (const struct sqlite_destination *)base;
    uint8_t uuid[16], key[WIRE_KEY_SIZE];
    tel_id_bytes(e->viewing, uuid);
    sha256(e->key, WIRE_KEY_SIZE, key);
    struct query q = begin(d, "is_erased");
    query_bind_blob(&q, uuid, sizeof uuid);
    query_bind_blob(&q, key, sizeof key);
    *knows = query_next(&q) && query_number(&q, 0) != 0;
    return query_end(&q, error);
}

static void free_destination(struct destination *base)
{
    struct sqlite_destination *d = (struct sqlite_destination *)base;
    for (guint i = 0; i < wire_catalogue_size(d->catalogue); i++)
        sink_rows_clear(&d->films[i]);
    for (int kind = 0; kind < TEL_KINDS; kind++)
        (void)query_end(&d->is_there[kind], NULL);
    for (int i = 0; i < ASKED; i++)
        (void)query_end(&d->asked[i], NULL);
    if (!d->judges)
        retention_close(d->store);
    g_free(d->films);
    g_free(d);
}

/* A device forgets what was acknowledged, so that a commit has to be on the medium. */
static bool prepare(struct sqlite_destination *d, GError **error)
{
    static const char *const names[] = {"is_erased",     "find_viewing",  "same_viewing", "set_said",
                                        "add_collected", "find_decision", "is_resume",    "superseded"};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == ASKED);
    bool done = (d->judges || query_execute(d->store, "PRAGMA synchronous=FULL", doing, error)) &&
                schema_make_part(d->store, "collected", error);
    for (enum tel_kind kind = 0; kind < TEL_KINDS; kind++)
        d->is_there[kind] = begin(d, wire_kind_name(kind));
    for (int i = 0; i < ASKED; i++)
        d->asked[i] = begin(d, names[i]);
    for (guint i = 0; i < wire_catalogue_size(d->catalogue); i++) {
        sink_rows_init(&d->films[i]);
        done = done && sink_rows_prepare(&d->films[i], d->store, error);
    }
    return done;
}

static struct destination *destination_new(struct store *store, bool judges, const struct wire_catalogue *catalogue,
                                           GError **error)
{
    assert(wire_catalogue_size(catalogue) > 0);
    struct sqlite_destination *d = g_new0(struct sqlite_destination, 1);
    d->base = (struct destination){judges ? judge_all : commit, is_healthy, knows_erasure, free_destination};
    d->store = store;
    d->judges = judges;
    d->catalogue = catalogue;
    d->films = g_new0(struct sink_rows, wire_catalogue_size(catalogue));
    if (prepare(d, error))
        return &d->base;
    free_destination(&d->base);
    return NULL;
}

struct destination *destination_sqlite_open(const struct store_options *o, const struct wire_catalogue *catalogue,
                                            GError **error)
{
    struct store *store = retention_open(o, NULL, error);
    return store ? destination_new(store, false, catalogue, error) : NULL;
}

struct destination *destination_sqlite_judge(struct store *store, const struct wire_catalogue *catalogue,
                                             GError **error)
{
    return destination_new(store, true, catalogue, error);
}
