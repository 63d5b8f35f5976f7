#include "telemetry/central/destination_clickhouse.h"

#include "base/embedded.h"
#include "base/hex.h"
#include "base/units.h"
#include "telemetry/central/erasing.h"
#include "telemetry/central/first_batch.h"
#include "telemetry/central/intake.h"
#include "telemetry/central/migrate.h"
#include "telemetry/central/scratch.h"
#include "telemetry/collect/destination_sqlite.h"
#include "telemetry/store/query.h"
#include "telemetry/store/store.h"

#include <assert.h>
#include <string.h>

#define SQL   "telemetry/central/central.sql"
#define DOING "cannot be filled"

#define CACHE_KIB "65536" /* of a scratch's store: a group of thousands of events stays in memory */

struct clickhouse_destination {
    struct destination base;
    struct engine *engine;
    const struct wire_catalogue *catalogue;
    /* Between two groups it holds films and nothing else. NULL: it is to be made, with the films that the engine knows then. */
    struct scratch *scratch;
    struct destination *judge; /* of the scratch's store */
};

/* One group, from what the engine has of it to what is new. */
struct commit_group {
    struct clickhouse_destination *d;
    struct collect_item *const *items;
    guint n;
    GPtrArray *first, *others;      /* of items: those that first_batch.h takes, and those for the judge */
    GHashTable *listed;             /* id (borrowed) -> struct listed */
    GString *ids;                   /* of all, a line each */
    GString *list;                  /* of those that the engine has met, in quotes */
    struct engine_rows *tombstones; /* what the engine has of these; NULL: it has met none */
    struct engine_rows *known;
    GPtrArray *headers; /* struct rows_header *, of those that are not erased */
    guint films;        /* versions that the engine was told of */
};

static struct query begin(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/central/destination_clickhouse.sql", name), DOING);
}

static void hash_key(const uint8_t key[WIRE_KEY_SIZE], char text[2 * WIRE_KEY_SIZE + 1])
{
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, key, WIRE_KEY_SIZE);
    g_strlcpy(text, sum, 2 * WIRE_KEY_SIZE + 1);
}

/* ---- what the engine has ----------------------------------------------------------------------------------------- */

/* A viewing of the group. */
struct listed {
    int64_t after; /* the event before the first one that is to be written */
    guint n;       /* items that are about it */
    bool met;      /* the engine knows it, or has erased it */
};

static void list_viewing(struct commit_group *g, const char *id, int64_t after)
{
    struct listed *known = g_hash_table_lookup(g->listed, id);
    if (!known) {
        known = g_new(struct listed, 1);
        *known = (struct listed){.after = after};
        g_hash_table_insert(g->listed, (char *)(uintptr_t)id, known);
        g_string_append(g->ids, id);
        g_string_append_c(g->ids, '\n');
    }
    known->after = MIN(known->after, after);
    known->n++;
}

static void list_viewings(struct commit_group *g)
{
    for (guint i = 0; i < g->n; i++) {
        const struct collect_item *item = g->items[i];
        if (item->batch)
            list_viewing(g, item->batch->viewing, item->batch->from - 1);
        for (guint k = 0; k < item->n; k++)
            list_viewing(g, item->erasures[k].viewing, INT64_MAX);
    }
}

/* Columns of the query for what is known of viewings. */
enum { KNOWN_ID, KNOWN_STORY, KNOWN_UPTO, KNOWN_KEY, KNOWN_HEADER, KNOWN_MONTH, KNOWN_CONSENT };

static struct engine_rows *ask(const struct commit_group *g, const char *part, GError **error)
{
    g_autofree char *sql = engine_statement(g->d->engine, SQL, part, "$viewings", g->list->str, NULL);
    return engine_ask(g->d->engine, sql, error);
}

static bool list_met(struct commit_group *g, GError **error)
{
    g_autofree char *sql = engine_statement(g->d->engine, SQL, "met", NULL);
    struct engine_rows *met = engine_ask_of(g->d->engine, sql, g->ids, error);
    if (!met)
        return false;
    for (char **line; (line = engine_next(met));) {
        struct listed *one = g_hash_table_lookup(g->listed, line[0]);
        if (one && !one->met)
            engine_list(g->list, line[0]);
        if (one)
            one->met = true;
    }
    engine_rows_free(met);
    return true;
}

/* What the engine has of the group's viewings. */
static bool ask_known(struct commit_group *g, GError **error)
{
    if (!list_met(g, error))
        return false;
    if (g->list->len == 0)
        return true;
    g_autoptr(GHashTable) erased = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g->tombstones = ask(g, "erased", error);
    g->known = g->tombstones ? ask(g, "collected", error) : NULL;
    if (!g->known)
        return false;
    for (char **line; (line = engine_next(g->tombstones));)
        g_hash_table_add(erased, g_strconcat(line[0], line[1], NULL));
    for (char **line; (line = engine_next(g->known));) {
        g_autofree char *name = g_strconcat(line[KNOWN_ID], line[KNOWN_KEY], NULL);
        struct rows_header h = scratch_header(line);
        if (g_hash_table_contains(erased, name))
            rows_header_clear(&h);
        else
            g_ptr_array_add(g->headers, g_memdup2(&h, sizeof h));
    }
    engine_rewind(g->tombstones);
    engine_rewind(g->known);
    return true;
}

static bool add_tombstones(struct commit_group *g, GError **error)
{
    bool done = true;
    for (char **line; done && (line = engine_next(g->tombstones));) {
        uint8_t uuid[16], key[WIRE_KEY_SIZE];
        if (!hex_parse(line[1], WIRE_KEY_SIZE, key))
            continue; /* of a file's */
        tel_id_bytes(line[0], uuid);
        struct query q = begin(g->d->scratch->store, "add_tombstone");
        query_bind_blob(&q, uuid, sizeof uuid);
        query_bind_blob(&q, key, sizeof key);
        done = query_run(&q, error);
    }
    return done;
}

/* The bytes of a consent's text. */
static bool read_consent(struct store *s, const char *consent, uint8_t text[WIRE_KEY_SIZE], GError **error)
{
    struct query q = begin(s, "consent_text");
    query_bind_text(&q, consent);
    const char *hex = query_next(&q) ? query_text(&q, 0) : NULL;
    if (!hex || !hex_parse(hex, WIRE_KEY_SIZE, text))
        memset(text, 0, WIRE_KEY_SIZE);
    return query_end(&q, error);
}

static bool add_collected(struct commit_group *g, char *const *line, GError **error)
{
    uint8_t uuid[16], key[WIRE_KEY_SIZE], consent[WIRE_KEY_SIZE];
    struct store *s = g->d->scratch->store;
    if (!hex_parse(line[KNOWN_KEY], WIRE_KEY_SIZE, key))
        return true; /* it came from a file: the judge finds that nobody collected it */
    tel_id_bytes(line[KNOWN_ID], uuid);
    if (!read_consent(s, line[KNOWN_CONSENT], consent, error))
        return false;
    struct query q = begin(s, "add_collected");
    query_bind_blob(&q, uuid, sizeof uuid);
    query_bind_blob(&q, key, sizeof key);
    query_bind(&q, g_ascii_strtoll(line[KNOWN_UPTO], NULL, 10));
    query_bind_text(&q, line[KNOWN_CONSENT]);
    query_bind_blob(&q, consent, sizeof consent);
    return query_run(&q, error);
}

static bool add_known(struct commit_group *g, GError **error)
{
    if (!g->known)
        return true;
    bool done = scratch_add_viewings(g->d->scratch, g->d->engine, g->headers, 0, g->headers->len, error);
    for (char **line; done && (line = engine_next(g->known));)
        done = add_collected(g, line, error);
    return done && add_tombstones(g, error);
}

/* ---- what is new ------------------------------------------------------------------------------------------------- */

static bool send_erasures(struct commit_group *g, bool *any, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct erasing));
    g_autoptr(GStringChunk) keys = g_string_chunk_new(4096);
    for (guint i = 0; i < g->n; i++)
        for (guint k = 0; k < g->items[i]->n; k++) {
            const struct wire_erasure *e = &g->items[i]->erasures[k];
            char key[2 * WIRE_KEY_SIZE + 1];
            hash_key(e->key, key);
            const struct erasing one = {.id = e->viewing, .key = g_string_chunk_insert(keys, key)};
            if (e->refused == WIRE_TAKEN)
                g_array_append_val(all, one);
        }
    *any = all->len > 0;
    return erasing_complete(g->d->engine, (struct erasing *)(void *)all->data, all->len, error) &&
           erasing_write(g->d->engine, (const struct erasing *)(const void *)all->data, all->len, error);
}

/* Of one viewing that was taken: its events from the first one that was sent, and its header. */
static bool put_taken(struct query *taken, struct rows_reader *reader, const char *id, int64_t after, GString *events,
                      GString *headers, GError **error)
{
    uint8_t uuid[16];
    const int64_t now_ms = g_get_real_time() / US_PER_MS;
    tel_id_bytes(id, uuid);
    query_bind_blob(taken, uuid, sizeof uuid);
    const bool there = query_next(taken);
    const int64_t viewing = there ? query_number(taken, 0) : 0;
    g_autofree char *key = there ? query_copy_text(taken, 1) : NULL;
    g_autofree char *consent = there ? query_copy_text(taken, 2) : NULL;
    if (!query_reset(taken, error))
        return false;
    assert(there); /* the judge has taken it */
    struct rows_header h;
    const bool done = rows_read(reader, viewing, after, key, now_ms, &h, events, error);
    if (done)
        rows_put_header(headers, &h, consent, now_ms);
    rows_header_clear(&h);
    return done;
}

/* Of all that the judge has taken; films that are new go to the engine. */
static bool put_all_taken(struct commit_group *g, GString *events, GString *headers, GError **error)
{
    g_autoptr(GHashTable) put = g_hash_table_new(g_str_hash, g_str_equal);
    struct store *store = g->d->scratch->store;
    struct rows_reader *reader = rows_reader_new(store);
    struct query taken = begin(store, "taken");
    bool done = true;
    for (guint i = 0; done && i < g->others->len; i++) {
        const struct collect_item *item = g->others->pdata[i];
        if (!item->batch || item->refusal.code != WIRE_TAKEN || !g_hash_table_add(put, item->batch->viewing))
            continue;
        const struct listed *one = g_hash_table_lookup(g->listed, item->batch->viewing);
        done = put_taken(&taken, reader, item->batch->viewing, one->after, events, headers, error);
    }
    rows_reader_free(reader);
    return query_end(&taken, done ? error : NULL) && done &&
           (headers->len == 0 || intake_films(g->d->engine, store, g->d->scratch->films, &g->films, error));
}

static bool send_rows(struct engine *e, const GString *events, const GString *headers, GError **error)
{
    return (events->len == 0 || engine_insert(e, "event", events, error)) &&
           (headers->len == 0 || engine_insert(e, "viewing", headers, error));
}

/* ---- the destination --------------------------------------------------------------------------------------------- */

static void drop_scratch(struct clickhouse_destination *d)
{
    if (d->judge)
        d->judge->free(d->judge);
    scratch_free(d->scratch);
    d->judge = NULL;
    d->scratch = NULL;
}

static bool make_scratch(struct clickhouse_destination *d, GError **error)
{
    d->scratch = scratch_new(error);
    d->judge = d->scratch && scratch_add_films(d->scratch, d->engine, error) &&
                       query_execute(d->scratch->store, "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-" CACHE_KIB,
                                     DOING, error)
                   ? destination_sqlite_judge(d->scratch->store, d->catalogue, error)
                   : NULL;
    if (!d->judge)
        drop_scratch(d);
    return d->judge != NULL;
}

/* A film that another collector has met is not there yet. */
static bool has_films(const struct commit_group *g)
{
    for (guint i = 0; i < g->headers->len; i++)
        if (!scratch_film(g->d->scratch, ((const struct rows_header *)g->headers->pdata[i])->story))
            return false;
    return true;
}

static void put_first(struct commit_group *g, GString *events, GString *headers)
{
    const int64_t now_ms = g_get_real_time() / US_PER_MS;
    for (guint i = 0; i < g->first->len; i++) {
        struct collect_item *item = g->first->pdata[i];
        first_batch_take(wire_catalogue_at(g->d->catalogue, (guint)item->story), item, now_ms, events, headers);
    }
}

/* From what the engine has to what it has to have, in a transaction that is undone in the end. */
static bool judge_others(struct commit_group *g, bool *erased, GString *events, GString *headers, GError **error)
{
    struct destination *judge = g->d->judge;
    struct collect_item *const *items = (struct collect_item *const *)g->others->pdata;
    return add_known(g, error) && judge->commit(judge, items, g->others->len, error) &&
           send_erasures(g, erased, error) && put_all_taken(g, events, headers, error);
}

static bool commit_others(struct commit_group *g, bool *erased, GString *events, GString *headers, GError **error)
{
    struct clickhouse_destination *d = g->d;
    if (g->others->len == 0)
        return true;
    if (!query_execute(d->scratch->store, "BEGIN IMMEDIATE", DOING, error))
        return false;
    const bool done = judge_others(g, erased, events, headers, error);
    destination_sqlite_forget(d->judge);
    scratch_forget_viewings(d->scratch);
    if (!query_execute(d->scratch->store, "ROLLBACK", DOING, NULL) || !done || g->films > 0)
        drop_scratch(d); /* a film that the engine knows by now comes back with the others */
    return done;
}

/* Nobody has met its viewing, nothing else of the group is about it, and the engine knows its film. */
static bool is_first(const struct commit_group *g, const struct collect_item *item)
{
    const struct listed *one = item->batch ? g_hash_table_lookup(g->listed, item->batch->viewing) : NULL;
    return one && one->n == 1 && !one->met && first_batch_is(item->batch) &&
           scratch_film(g->d->scratch, (int64_t)item->batch->story_hash);
}

static void part_items(struct commit_group *g)
{
    for (guint i = 0; i < g->n; i++)
        g_ptr_array_add(is_first(g, g->items[i]) ? g->first : g->others, g->items[i]);
}

static bool commit_in(struct commit_group *g, GError **error)
{
    struct clickhouse_destination *d = g->d;
    g_autoptr(GString) events = g_string_new(NULL), headers = g_string_new(NULL);
    bool erased = false;
    int64_t left;
    list_viewings(g);
    if (!ask_known(g, error))
        return false;
    if (d->scratch && !has_films(g))
        drop_scratch(d);
    if (!d->scratch && !make_scratch(d, error))
        return false;
    part_items(g);
    put_first(g, events, headers);
    const bool done = commit_others(g, &erased, events, headers, error) && send_rows(d->engine, events, headers, error);
    if (done && erased)
        erasing_sweep(d->engine, true, &left, NULL); /* what fails now, `frumious central sweep` does */
    return done;
}

static bool commit(struct destination *base, struct collect_item *const *items, guint n, GError **error)
{
    struct commit_group g = {.d = (struct clickhouse_destination *)base,
                             .items = items,
                             .n = n,
                             .first = g_ptr_array_new(),
                             .others = g_ptr_array_new(),
                             .listed = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free),
                             .ids = g_string_new(NULL),
                             .list = g_string_new(NULL),
                             .headers = g_ptr_array_new_with_free_func(rows_header_free)};
    const bool done = commit_in(&g, error);
    engine_rows_free(g.tombstones);
    engine_rows_free(g.known);
    g_ptr_array_unref(g.headers);
    g_ptr_array_unref(g.first);
    g_ptr_array_unref(g.others);
    g_hash_table_unref(g.listed);
    g_string_free(g.ids, TRUE);
    g_string_free(g.list, TRUE);
    return done;
}

/* Whether the latest commit was done tells the committer; another question costs a wait. */
static bool is_healthy(struct destination *base, GError **error)
{
    (void)base, (void)error;
    return true;
}

static bool knows_erasure(struct destination *base, const struct wire_erasure *e, bool *knows, GError **error)
{
    struct clickhouse_destination *d = (struct clickhouse_destination *)base;
    char key[2 * WIRE_KEY_SIZE + 1];
    g_autoptr(GString) list = g_string_new(NULL);
    engine_list(list, e->viewing);
    hash_key(e->key, key);
    g_autofree char *sql = engine_statement(d->engine, SQL, "erased", "$viewings", list->str, NULL);
    struct engine_rows *rows = engine_ask(d->engine, sql, error);
    *knows = false;
    for (char **line; rows && (line = engine_next(rows));)
        *knows = *knows || strcmp(line[1], key) == 0;
    engine_rows_free(rows);
    return rows != NULL;
}

static void free_destination(struct destination *base)
{
    struct clickhouse_destination *d = (struct clickhouse_destination *)base;
    drop_scratch(d);
    engine_close(d->engine);
    g_free(d);
}

struct destination *destination_clickhouse_open(const char *address, const struct wire_catalogue *catalogue,
                                                GError **error)
{
    int step;
    struct engine *e = engine_open(address, error);
    if (!e)
        return NULL;
    engine_serve(e);
    if (!migrate_read_step(e, &step, error)) {
        engine_close(e);
        return NULL;
    }
    struct clickhouse_destination *d = g_new0(struct clickhouse_destination, 1);
    d->base = (struct destination){commit, is_healthy, knows_erasure, free_destination};
    d->engine = e;
    d->catalogue = catalogue;
    return &d->base;
}
