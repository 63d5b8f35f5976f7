#include "telemetry/central/destination_clickhouse.h"

#include "base/embedded.h"
#include "base/hex.h"
#include "base/units.h"
#include "telemetry/central/erasing.h"
#include "telemetry/central/intake.h"
#include "telemetry/central/migrate.h"
#include "telemetry/central/scratch.h"
#include "telemetry/collect/destination_sqlite.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"
#include "telemetry/store/store.h"

#include <string.h>

#define SQL   "telemetry/central/central.sql"
#define DOING "cannot be filled"

struct clickhouse_destination {
    struct destination base;
    struct engine *engine;
    const struct wire_catalogue *catalogue;
};

/* One group, from what the engine has of it to what is new. */
struct commit_group {
    struct engine *engine;
    struct scratch *scratch;
    struct collect_item *const *items;
    guint n;
    GHashTable *after; /* id (borrowed) -> the event (int64_t) before the first one that is to be written */
    GString *list;     /* of all ids, in quotes */
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

static void list_viewing(struct commit_group *g, const char *id, int64_t after)
{
    const int64_t *known = g_hash_table_lookup(g->after, id);
    const int64_t least = known ? MIN(*known, after) : after;
    if (!known)
        engine_list(g->list, id);
    g_hash_table_insert(g->after, (char *)(uintptr_t)id, g_memdup2(&least, sizeof least));
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

static bool add_tombstones(struct commit_group *g, GError **error)
{
    g_autofree char *sql = engine_statement(g->engine, SQL, "erased", "$viewings", g->list->str, NULL);
    struct engine_rows *rows = engine_ask(g->engine, sql, error);
    bool done = rows != NULL;
    for (char **line; done && (line = engine_next(rows));) {
        uint8_t uuid[16], key[WIRE_KEY_SIZE];
        if (!hex_parse(line[1], WIRE_KEY_SIZE, key))
            continue; /* of a file's */
        tel_id_bytes(line[0], uuid);
        struct query q = begin(g->scratch->store, "add_tombstone");
        query_bind_blob(&q, uuid, sizeof uuid);
        query_bind_blob(&q, key, sizeof key);
        done = query_run(&q, error);
    }
    engine_rows_free(rows);
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
    if (!hex_parse(line[1], WIRE_KEY_SIZE, key))
        return true; /* it came from a file: the judge finds that nobody collected it */
    tel_id_bytes(line[0], uuid);
    if (!read_consent(g->scratch->store, line[3], consent, error))
        return false;
    struct query q = begin(g->scratch->store, "add_collected");
    query_bind_blob(&q, uuid, sizeof uuid);
    query_bind_blob(&q, key, sizeof key);
    query_bind(&q, g_ascii_strtoll(line[2], NULL, 10));
    query_bind_text(&q, line[3]);
    query_bind_blob(&q, consent, sizeof consent);
    return query_run(&q, error);
}

static bool add_known(struct commit_group *g, GError **error)
{
    g_autofree char *keys = engine_statement(g->engine, SQL, "collected", "$viewings", g->list->str, NULL);
    g_autofree char *sql = engine_statement(g->engine, SQL, "these_viewings", "$viewings", g->list->str, NULL);
    g_autoptr(GPtrArray) headers = scratch_ask_viewings(g->engine, sql, error);
    struct engine_rows *rows = headers ? engine_ask(g->engine, keys, error) : NULL;
    bool done = rows && scratch_add_viewings(g->scratch, g->engine, headers, 0, headers->len, error) &&
                schema_make_part(g->scratch->store, "collected", error);
    for (char **line; done && (line = engine_next(rows));)
        done = add_collected(g, line, error);
    engine_rows_free(rows);
    return done && add_tombstones(g, error);
}

/* ---- what is new ------------------------------------------------------------------------------------------------- */

static bool judge(struct commit_group *g, const struct wire_catalogue *catalogue, GError **error)
{
    const struct store_options o = {.path = g->scratch->path};
    scratch_end_writing(g->scratch);
    struct destination *sqlite = destination_sqlite_open(&o, catalogue, error);
    const bool done = sqlite && sqlite->commit(sqlite, g->items, g->n, error);
    if (sqlite)
        sqlite->free(sqlite);
    return done && (g->scratch->store = store_open(&o, error));
}

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
    return erasing_complete(g->engine, (struct erasing *)(void *)all->data, all->len, error) &&
           erasing_write(g->engine, (const struct erasing *)(const void *)all->data, all->len, error);
}

/* Of one viewing that was taken: its events from the first one that was sent, and its header. */
static bool put_taken(struct commit_group *g, struct rows_reader *reader, const char *id, int64_t after,
                      GString *events, GString *headers, GError **error)
{
    uint8_t uuid[16];
    const int64_t now_ms = g_get_real_time() / US_PER_MS;
    tel_id_bytes(id, uuid);
    struct query q = begin(g->scratch->store, "taken");
    query_bind_blob(&q, uuid, sizeof uuid);
    const bool there = query_next(&q);
    const int64_t viewing = there ? query_number(&q, 0) : 0;
    g_autofree char *key = there ? query_copy_text(&q, 1) : NULL;
    g_autofree char *consent = there ? query_copy_text(&q, 2) : NULL;
    if (!query_end(&q, error))
        return false;
    if (!there)
        return true; /* an erasure of the same group took it away again */
    struct rows_header h;
    const bool done = rows_read(reader, viewing, after, key, now_ms, &h, events, error);
    if (done)
        rows_put_header(headers, &h, consent, now_ms);
    rows_header_clear(&h);
    return done;
}

static bool send_taken(struct commit_group *g, GError **error)
{
    g_autoptr(GString) events = g_string_new(NULL), headers = g_string_new(NULL);
    g_autoptr(GHashTable) put = g_hash_table_new(g_str_hash, g_str_equal);
    struct rows_reader *reader = rows_reader_new(g->scratch->store);
    bool done = true;
    for (guint i = 0; done && i < g->n; i++) {
        const struct collect_item *item = g->items[i];
        if (!item->batch || item->refusal.code != WIRE_TAKEN || !g_hash_table_add(put, item->batch->viewing))
            continue;
        const int64_t *after = g_hash_table_lookup(g->after, item->batch->viewing);
        done = put_taken(g, reader, item->batch->viewing, *after, events, headers, error);
    }
    rows_reader_free(reader);
    return done && (headers->len == 0 || (intake_films(g->engine, g->scratch->store, g->scratch->films, error) &&
                                          (events->len == 0 || engine_insert(g->engine, "event", events, error)) &&
                                          engine_insert(g->engine, "viewing", headers, error)));
}

/* ---- the destination --------------------------------------------------------------------------------------------- */

static bool commit_in(struct clickhouse_destination *d, struct commit_group *g, GError **error)
{
    bool erased = false;
    int64_t left;
    list_viewings(g);
    if (!scratch_add_films(g->scratch, d->engine, error) || !add_known(g, error) || !judge(g, d->catalogue, error) ||
        !send_erasures(g, &erased, error) || !send_taken(g, error))
        return false;
    if (erased)
        erasing_sweep(d->engine, true, &left, NULL); /* what fails now, `frumious central sweep` does */
    return true;
}

static bool commit(struct destination *base, struct collect_item *const *items, guint n, GError **error)
{
    struct clickhouse_destination *d = (struct clickhouse_destination *)base;
    struct commit_group g = {.engine = d->engine,
                             .scratch = scratch_new(error),
                             .items = items,
                             .n = n,
                             .after = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free),
                             .list = g_string_new(NULL)};
    const bool done = g.scratch && commit_in(d, &g, error);
    scratch_free(g.scratch);
    g_hash_table_unref(g.after);
    g_string_free(g.list, TRUE);
    return done;
}

/* Whether the latest commit was done tells the committer; another question costs a wait. */
static bool is_healthy(struct destination *base, GError **error)
{
    (void)base, (void)error;
    return true;
}

static void free_destination(struct destination *base)
{
    struct clickhouse_destination *d = (struct clickhouse_destination *)base;
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
    d->base = (struct destination){commit, is_healthy, free_destination};
    d->engine = e;
    d->catalogue = catalogue;
    return &d->base;
}
