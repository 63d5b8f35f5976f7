#include "telemetry/central/intake.h"

#include "base/embedded.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "telemetry/central/erasing.h"
#include "telemetry/central/rows.h"
#include "telemetry/record.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"
#include "telemetry/wire/batch.h"

#include <string.h>

#define SQL         "telemetry/central/central.sql"
#define ASK_AT_ONCE 2000              /* ids in one question: 80 KB; the engine reads 256 */
#define GROUP_SIZE  (4 * 1024 * 1024) /* bytes of one insert: some 20,000 events */
#define DOING       "cannot be read"

struct group {
    struct engine *engine;
    struct rows_reader *reader;
    GString *events, *headers;
    guint n; /* viewings in it */
    int64_t now_ms;
    struct intake_result *result;
};

static struct query begin(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/central/intake.sql", name), DOING);
}

/* ---- films ------------------------------------------------------------------------------------------------------- */

/* Those that the engine knows already are not sent. */
static GHashTable *ask_known(struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "known_stories", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    if (!rows)
        return NULL;
    GHashTable *known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (char **line; (line = engine_next(rows));) {
        const int64_t hash = g_ascii_strtoll(line[0], NULL, 10);
        g_hash_table_add(known, g_memdup2(&hash, sizeof hash));
    }
    engine_rows_free(rows);
    return known;
}

static bool put_film(struct store *s, const struct query *q, GHashTable *known, int64_t now_ms, GString *rows, guint *n,
                     GError **error)
{
    const int64_t hash = query_number(q, 3);
    if (g_hash_table_contains(known, &hash))
        return true;
    g_autofree char *body = film_read(s, query_number(q, 0), error);
    if (!body)
        return false;
    engine_field_number(rows, true, hash);
    engine_field(rows, false, query_text(q, 1));
    engine_field(rows, false, query_text(q, 2));
    engine_field_number(rows, false, now_ms);
    engine_field(rows, false, body);
    g_string_append_c(rows, '\n');
    ++*n;
    return true;
}

bool intake_films(struct engine *e, struct store *s, GHashTable *known, guint *n, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    int64_t now_ms = g_get_real_time() / US_PER_MS;
    struct query q = begin(s, "films");
    bool done = true;
    *n = 0;
    while (done && query_next(&q))
        done = put_film(s, &q, known, now_ms++, rows, n, error);
    return query_end(&q, done ? error : NULL) && done && (rows->len == 0 || engine_insert(e, "story", rows, error));
}

/* How many viewings the store does not tell: erased, not recorded. */
static bool send_absent(struct engine *e, struct store *s, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    struct query q = begin(s, "absent");
    while (query_next(&q)) {
        for (int i = 0; i < 6; i++)
            engine_field_number(rows, i == 0, query_number(&q, i));
        g_string_append_c(rows, '\n');
    }
    return query_end(&q, error) && (rows->len == 0 || engine_insert(e, "absent", rows, error));
}

/* ---- what was erased over there ----------------------------------------------------------------------------------- */

struct tombstone {
    char id[TEL_ID_SIZE], key[2 * WIRE_KEY_SIZE + 1]; /* key: in hex */
};

static bool list_tombstones(struct store *s, GArray *all, GError **error)
{
    struct query q = begin(s, "tombstones");
    while (query_next(&q)) {
        struct tombstone t;
        if (!query_id(&q, 0, t.id))
            continue;
        g_strlcpy(t.key, query_text(&q, 1), sizeof t.key);
        g_array_append_val(all, t);
    }
    return query_end(&q, error);
}

static char *join_key(const char *id, const char *key)
{
    return g_strconcat(id, " ", key, NULL);
}

/* Which of these viewings the engine has as erased: names of join_key(). NULL and error. */
static GHashTable *ask_erased(struct engine *e, const GString *ids, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "erased", "$viewings", ids->str, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    if (!rows)
        return NULL;
    GHashTable *erased = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **line; (line = engine_next(rows));)
        g_hash_table_add(erased, join_key(line[0], line[1]));
    engine_rows_free(rows);
    return erased;
}

static bool has_key(GHashTable *erased, const char *id, const char *key)
{
    g_autofree char *name = join_key(id, key);
    return g_hash_table_contains(erased, name);
}

/* Its own store counts a viewing that was erased there (send_absent()), so the engine does not count it once more. */
static bool send_some_tombstones(struct engine *e, const struct tombstone *all, guint n, int64_t *sent, GError **error)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        engine_list(ids, all[i].id);
    g_autoptr(GHashTable) known = ask_erased(e, ids, error);
    if (!known)
        return false;
    g_autoptr(GArray) unknown = g_array_new(FALSE, FALSE, sizeof(struct erasing));
    for (guint i = 0; i < n; i++) {
        const struct erasing one = {.id = all[i].id, .key = all[i].key};
        if (!has_key(known, one.id, one.key))
            g_array_append_val(unknown, one);
    }
    *sent += unknown->len;
    return erasing_write(e, (const struct erasing *)(const void *)unknown->data, unknown->len, error);
}

static bool send_tombstones(struct engine *e, struct store *s, int64_t *sent, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct tombstone));
    bool done = list_tombstones(s, all, error);
    for (guint at = 0; done && at < all->len; at += ASK_AT_ONCE)
        done = send_some_tombstones(e, &g_array_index(all, struct tombstone, at), MIN(ASK_AT_ONCE, all->len - at), sent,
                                    error);
    return done;
}

/* ---- viewings ---------------------------------------------------------------------------------------------------- */

static void clear_group(struct group *g)
{
    g_string_truncate(g->events, 0);
    g_string_truncate(g->headers, 0);
    g->n = 0;
}

static bool send_group(struct group *g, GError **error)
{
    if (g->n == 0)
        return true;
    if (!(g->events->len == 0 || engine_insert(g->engine, "event", g->events, error)) ||
        !engine_insert(g->engine, "viewing", g->headers, error))
        return false;
    g->result->viewings += g->n;
    for (const char *c = g->events->str; (c = strchr(c, '\n')); c++)
        g->result->events++;
    clear_group(g);
    return true;
}

struct known_viewing {
    int64_t number;
    char id[TEL_ID_SIZE];
    char key[2 * WIRE_KEY_SIZE + 1]; /* in hex; "": it came to its store otherwise than through a collector */
    char *consent;                   /* as rows_put_header() wants it; NULL: likewise */
};

static void clear_known(void *viewing)
{
    g_free(((struct known_viewing *)viewing)->consent);
}

/* Under its key, or as it came from a file before. */
static bool is_erased(GHashTable *erased, const struct known_viewing *v)
{
    return has_key(erased, v->id, v->key) || has_key(erased, v->id, "");
}

static bool put_viewing(struct group *g, const struct known_viewing *v, GError **error)
{
    struct rows_header h;
    const bool read = rows_read(g->reader, v->number, 0, v->key, g->now_ms, &h, g->events, error);
    if (read) {
        rows_put_header(g->headers, &h, v->consent ? v->consent : "", g->now_ms);
        g->n++;
    }
    rows_header_clear(&h);
    return read && (g->events->len < GROUP_SIZE || send_group(g, error));
}

static bool list_viewings(struct store *s, GArray *viewings, GError **error)
{
    struct query q = begin(s, "viewings");
    while (query_next(&q)) {
        struct known_viewing v = {.number = query_number(&q, 0)};
        size_t size;
        const uint8_t *uuid = query_blob(&q, 1, &size);
        tel_id_text(uuid, v.id);
        g_strlcpy(v.key, query_text(&q, 2), sizeof v.key);
        v.consent = query_copy_text(&q, 3);
        g_array_append_val(viewings, v);
    }
    return query_end(&q, error);
}

static bool put_some(struct group *g, const struct known_viewing *viewings, guint n, GError **error)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        engine_list(ids, viewings[i].id);
    g_autoptr(GHashTable) erased = ask_erased(g->engine, ids, error);
    bool done = erased != NULL;
    for (guint i = 0; done && i < n && !interrupt_requested(); i++) {
        const bool gone = is_erased(erased, &viewings[i]);
        g->result->erased += gone;
        done = gone || put_viewing(g, &viewings[i], error);
    }
    return done;
}

static bool send_viewings(struct group *g, const GArray *viewings, GError **error)
{
    for (guint at = 0; at < viewings->len; at += ASK_AT_ONCE)
        if (!put_some(g, &g_array_index(viewings, struct known_viewing, at), MIN(ASK_AT_ONCE, viewings->len - at),
                      error))
            return false;
    return send_group(g, error);
}

bool intake_store(struct engine *e, struct store *s, struct intake_result *r, GError **error)
{
    struct group g = {e, rows_reader_new(s), g_string_new(NULL), g_string_new(NULL), 0, g_get_real_time() / US_PER_MS,
                      r};
    g_autoptr(GArray) viewings = g_array_new(FALSE, FALSE, sizeof(struct known_viewing));
    g_array_set_clear_func(viewings, clear_known);
    *r = (struct intake_result){0};
    g_autoptr(GHashTable) known = ask_known(e, error);
    guint films;
    const bool done = known && schema_make_part(s, "collected", error) && intake_films(e, s, known, &films, error) &&
                      send_tombstones(e, s, &r->erased_here, error) && send_absent(e, s, error) &&
                      list_viewings(s, viewings, error) && send_viewings(&g, viewings, error);
    rows_reader_free(g.reader);
    g_string_free(g.events, TRUE);
    g_string_free(g.headers, TRUE);
    return done;
}
