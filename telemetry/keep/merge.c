#include "telemetry/keep/merge.h"

#include <sqlite3.h>
#include <string.h>

#define BATCH "500" /* viewings in a transaction: a player waits for a few tens of milliseconds at most */

/* What a merge needs and leaves behind nowhere but in `merged`. old: ids of the other store, new: ours. */
static const char *const preparations[] = {
    "CREATE TABLE IF NOT EXISTS main.merged(mark INTEGER PRIMARY KEY) STRICT",
    "CREATE TEMP TABLE IF NOT EXISTS look(id INTEGER PRIMARY KEY, uuid BLOB, mark INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_viewing(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_viewer(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_story(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_node(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_decision(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_option(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_ending(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_menu(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_trait(old INTEGER PRIMARY KEY, new INTEGER)",
    "CREATE TEMP TABLE IF NOT EXISTS m_prop(old INTEGER PRIMARY KEY, new INTEGER)",
};

static const char *const clean_up[] = {
    "DELETE FROM temp.look",   "DELETE FROM temp.m_viewing",  "DELETE FROM temp.m_viewer", "DELETE FROM temp.m_story",
    "DELETE FROM temp.m_node", "DELETE FROM temp.m_decision", "DELETE FROM temp.m_option", "DELETE FROM temp.m_ending",
    "DELETE FROM temp.m_menu", "DELETE FROM temp.m_trait",    "DELETE FROM temp.m_prop",
};

enum merge_count {
    COUNT_NOTHING,
    COUNT_KNOWN,
    COUNT_ERASED,
    COUNT_RESUMED,
    COUNT_VIEWINGS,
    COUNT_EVENTS,
    MERGE_COUNTS
};

/* A batch, in this order. Ids ascend as they did in the other store: that is the order of the film. */
static const struct merge_step {
    enum merge_count counts; /* what its changed rows are */
    const char *sql;
} merge_steps[] = {
    {COUNT_KNOWN, "INSERT INTO m_viewing SELECT f.id, t.id FROM look f JOIN main.viewing t USING(uuid)"},
    {COUNT_NOTHING, "DELETE FROM m_viewing WHERE (EXISTS(SELECT 1 FROM main.finish WHERE viewing = new)"
                    "  AND (SELECT count(*) FROM src.resume WHERE viewing = old) <="
                    "   (SELECT count(*) FROM main.resume WHERE viewing = new))"
                    " OR NOT EXISTS(SELECT 1 FROM src.finish WHERE viewing = old)"},
    {COUNT_RESUMED, "UPDATE m_viewing SET new = new"},
    /* What a resume took the place of since (sitting.h). */
    {COUNT_NOTHING, "DELETE FROM main.finish WHERE viewing IN (SELECT new FROM m_viewing)"},
    {COUNT_NOTHING, "DELETE FROM main.leave WHERE (viewing, seq) IN (SELECT l.viewing, l.seq FROM m_viewing m"
                    " CROSS JOIN src.resume r ON r.viewing = m.old JOIN main.leave l ON l.viewing = m.new"
                    "  AND l.seq BETWEEN r.from_seq AND r.to_seq)"},
    {COUNT_NOTHING, "DELETE FROM main.resume WHERE viewing IN (SELECT new FROM m_viewing)"},
    {COUNT_ERASED, "DELETE FROM look WHERE EXISTS(SELECT 1 FROM main.merged m WHERE m.mark = look.mark)"
                   " AND NOT EXISTS(SELECT 1 FROM main.viewing t WHERE t.uuid = look.uuid)"},
    {COUNT_NOTHING, "INSERT OR IGNORE INTO main.merged SELECT mark FROM look"},
    {COUNT_NOTHING, "DELETE FROM look WHERE EXISTS(SELECT 1 FROM main.viewing t WHERE t.uuid = look.uuid)"},

    {COUNT_NOTHING,
     "INSERT INTO main.viewer(uuid) SELECT uuid FROM src.viewer WHERE id IN (SELECT viewer FROM src.viewing"
     " WHERE id IN (SELECT id FROM look)) ORDER BY id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_viewer SELECT f.id, t.id FROM src.viewer f JOIN main.viewer t USING(uuid)"},
    {COUNT_NOTHING,
     "INSERT INTO main.story(name, version, title, hash) SELECT name, version, title, hash FROM src.story"
     " WHERE id IN (SELECT story FROM src.viewing WHERE id IN (SELECT id FROM look UNION SELECT old FROM"
     " m_viewing)) ORDER BY id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING,
     "INSERT INTO m_story SELECT f.id, t.id FROM src.story f JOIN main.story t USING(name, version, hash)"},
    {COUNT_NOTHING,
     "INSERT INTO main.node(story, name, title, hash) SELECT s.new, f.name, f.title, f.hash FROM src.node f"
     " JOIN m_story s ON s.old = f.story WHERE true ORDER BY f.id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_node SELECT f.id, t.id FROM src.node f JOIN m_story s ON s.old = f.story"
                    " JOIN main.node t ON t.story = s.new AND t.name = f.name AND t.hash = f.hash"},
    {COUNT_NOTHING,
     "INSERT INTO main.decision(story, node, name, title, hash) SELECT s.new, n.new, f.name, f.title, f.hash"
     " FROM src.decision f JOIN m_story s ON s.old = f.story JOIN m_node n ON n.old = f.node WHERE true"
     " ORDER BY f.id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_decision SELECT f.id, t.id FROM src.decision f JOIN m_story s ON s.old = f.story"
                    " JOIN main.decision t ON t.story = s.new AND t.name = f.name AND t.hash = f.hash"},
    {COUNT_NOTHING,
     "INSERT INTO main.option(decision, position, name, title, hash) SELECT d.new, f.position, f.name, f.title,"
     " f.hash FROM src.option f JOIN m_decision d ON d.old = f.decision WHERE true ORDER BY f.id"
     " ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_option SELECT f.id, t.id FROM src.option f JOIN m_decision d ON d.old = f.decision"
                    " JOIN main.option t ON t.decision = d.new AND t.name = f.name AND t.hash = f.hash"},
    {COUNT_NOTHING, "INSERT INTO main.ending(story, name, title) SELECT s.new, f.name, f.title FROM src.ending f"
                    " JOIN m_story s ON s.old = f.story WHERE true ORDER BY f.id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_ending SELECT f.id, t.id FROM src.ending f JOIN m_story s ON s.old = f.story"
                    " JOIN main.ending t ON t.story = s.new AND t.name = f.name"},
    {COUNT_NOTHING, "INSERT INTO main.menu(decision, shape) SELECT d.new, f.shape FROM src.menu f JOIN m_decision d"
                    " ON d.old = f.decision WHERE true ORDER BY f.id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_menu SELECT f.id, t.id FROM src.menu f JOIN m_decision d ON d.old = f.decision"
                    " JOIN main.menu t ON t.decision = d.new AND t.shape = f.shape"},
    {COUNT_NOTHING,
     "INSERT OR IGNORE INTO main.menu_option SELECT m.new, f.position, o.new, f.locked FROM src.menu_option f"
     " JOIN m_menu m ON m.old = f.menu JOIN m_option o ON o.old = f.option"},
    {COUNT_NOTHING, "INSERT INTO main.trait(story, name) SELECT s.new, f.name FROM src.trait f JOIN m_story s"
                    " ON s.old = f.story WHERE true ORDER BY f.id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_trait SELECT f.id, t.id FROM src.trait f JOIN m_story s ON s.old = f.story"
                    " JOIN main.trait t ON t.story = s.new AND t.name = f.name"},
    {COUNT_NOTHING,
     "INSERT INTO main.prop(story, name, title) SELECT s.new, f.name, f.title FROM src.prop f JOIN m_story s"
     " ON s.old = f.story WHERE true ORDER BY f.id ON CONFLICT DO NOTHING"},
    {COUNT_NOTHING, "INSERT INTO m_prop SELECT f.id, t.id FROM src.prop f JOIN m_story s ON s.old = f.story"
                    " JOIN main.prop t ON t.story = s.new AND t.name = f.name"},
    {COUNT_NOTHING, "INSERT OR IGNORE INTO main.option_trait SELECT o.new, t.new, f.score FROM src.option_trait f"
                    " JOIN m_option o ON o.old = f.option JOIN m_trait t ON t.old = f.trait"},
    {COUNT_NOTHING, "INSERT OR IGNORE INTO main.option_prop SELECT o.new, p.new FROM src.option_prop f"
                    " JOIN m_option o ON o.old = f.option JOIN m_prop p ON p.old = f.prop"},
    {COUNT_NOTHING, "INSERT OR IGNORE INTO main.node_prop SELECT n.new, p.new FROM src.node_prop f"
                    " JOIN m_node n ON n.old = f.node JOIN m_prop p ON p.old = f.prop"},

    {COUNT_VIEWINGS,
     "INSERT INTO main.viewing(uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth)"
     " SELECT f.uuid, s.new, f.started_ms, f.mode, f.chooser, f.time_mode, f.seed, f.engine, w.new, f.nth"
     " FROM look CROSS JOIN src.viewing f USING(id) JOIN m_story s ON s.old = f.story"
     " LEFT JOIN m_viewer w ON w.old = f.viewer ORDER BY look.id"},
    {COUNT_NOTHING, "INSERT INTO m_viewing SELECT f.id, t.id FROM look f JOIN main.viewing t USING(uuid)"},
    {COUNT_EVENTS, "INSERT OR IGNORE INTO main.visit SELECT v.new, e.seq, e.at_ms, n.new, e.planned_us FROM m_viewing v"
                   " CROSS JOIN src.visit e ON e.viewing = v.old JOIN m_node n ON n.old = e.node"},
    {COUNT_EVENTS, "INSERT OR IGNORE INTO main.leave SELECT v.new, e.seq, e.at_ms, e.visit, e.playing_us, e.paused_us,"
                   " e.hidden_us FROM m_viewing v CROSS JOIN src.leave e ON e.viewing = v.old"},
    {COUNT_EVENTS,
     "INSERT OR IGNORE INTO main.exposure SELECT v.new, e.seq, e.at_ms, m.new, e.focus, e.window_us, e.time_mode"
     " FROM m_viewing v CROSS JOIN src.exposure e ON e.viewing = v.old JOIN m_menu m ON m.old = e.menu"},
    {COUNT_EVENTS,
     "INSERT OR IGNORE INTO main.outcome SELECT v.new, e.seq, e.at_ms, e.exposure, e.what, o.new, e.latency_us,"
     " e.given, e.changes FROM m_viewing v CROSS JOIN src.outcome e ON e.viewing = v.old"
     " LEFT JOIN m_option o ON o.old = e.option"},
    {COUNT_EVENTS, "INSERT OR IGNORE INTO main.reached SELECT v.new, e.seq, e.at_ms, n.new FROM m_viewing v"
                   " CROSS JOIN src.reached e ON e.viewing = v.old JOIN m_ending n ON n.old = e.ending"},
    {COUNT_EVENTS,
     "INSERT OR IGNORE INTO main.stall SELECT v.new, e.seq, e.at_ms, e.visit, e.fault, e.lasted_us FROM m_viewing v"
     " CROSS JOIN src.stall e ON e.viewing = v.old"},
    {COUNT_EVENTS, "INSERT OR IGNORE INTO main.gap SELECT v.new, e.seq, e.at_ms, e.count, e.why FROM m_viewing v"
                   " CROSS JOIN src.gap e ON e.viewing = v.old"},
    {COUNT_EVENTS, "INSERT OR IGNORE INTO main.resume SELECT v.new, e.seq, e.at_ms, e.resumed_ms, e.ended_ms, e.reason,"
                   " e.playing_us, e.paused_us, e.hidden_us, e.from_seq, e.to_seq FROM m_viewing v"
                   " CROSS JOIN src.resume e ON e.viewing = v.old"},
    /* The last, because it tells the kept sums that the viewing is whole. */
    {COUNT_EVENTS,
     "INSERT OR IGNORE INTO main.finish SELECT v.new, e.seq, e.at_ms, e.ended_ms, e.reason FROM m_viewing v"
     " CROSS JOIN src.finish e ON e.viewing = v.old"},
};

static bool run_sql(struct store *s, const char *sql, GError **error)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || store_fail(s, "cannot be merged into", error);
}

static bool run_all(struct store *s, const char *const *sql, size_t n, GError **error)
{
    for (size_t i = 0; i < n; i++)
        if (!run_sql(s, sql[i], error))
            return false;
    return true;
}

/* merge_mark(uuid): 64 bits that tell a viewing to who knows both its id and the store's secret. */
static void merge_mark(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const int64_t *secret = sqlite3_user_data(context);
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)secret, sizeof *secret);
    guint8 digest[32];
    gsize size = sizeof digest;
    int64_t value;
    g_assert(argc == 1);
    g_hmac_update(hmac, sqlite3_value_blob(argv[0]), sqlite3_value_bytes(argv[0]));
    g_hmac_get_digest(hmac, digest, &size);
    memcpy(&value, digest, sizeof value);
    sqlite3_result_int64(context, value);
}

/* The first column of one row; false where there is none. */
static bool query_number(struct store *s, const char *sql, int64_t parameter, int64_t *answer, GError **error)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        if (sqlite3_bind_parameter_count(st) > 0)
            sqlite3_bind_int64(st, 1, parameter);
        rc = sqlite3_step(st);
        *answer = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    }
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || store_fail(s, "cannot be read", error);
}

/* The viewings to look at next, after the one with the id *last. *n of them. */
static bool load_batch(struct store *s, int64_t *last, int64_t *n, GError **error)
{
    static const char fill[] = "INSERT INTO temp.look SELECT id, uuid, merge_mark(uuid) FROM src.viewing WHERE id > ?1"
                               " ORDER BY id LIMIT " BATCH " RETURNING id";
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, fill, -1, &st, NULL);
    *n = 0;
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, *last);
        while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
            *last = MAX(*last, sqlite3_column_int64(st, 0));
            ++*n;
        }
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || store_fail(s, "cannot be merged into", error);
}

static bool merge_batch(struct store *s, int64_t *last, int64_t *n, int64_t counts[MERGE_COUNTS], GError **error)
{
    if (!run_all(s, clean_up, G_N_ELEMENTS(clean_up), error) || !load_batch(s, last, n, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(merge_steps); i++) {
        if (!run_sql(s, merge_steps[i].sql, error))
            return false;
        counts[merge_steps[i].counts] += sqlite3_changes(s->db);
    }
    return true;
}

static bool merge_batches(struct store *s, struct merge_result *r, GError **error)
{
    int64_t last = INT64_MIN, n = 1;
    while (n > 0) {
        int64_t counts[MERGE_COUNTS] = {0};
        if (!run_sql(s, "BEGIN IMMEDIATE", error))
            return false;
        if (!merge_batch(s, &last, &n, counts, error) || !run_sql(s, "COMMIT", error)) {
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
        r->viewings += counts[COUNT_VIEWINGS];
        r->events += counts[COUNT_EVENTS];
        r->resumed_viewings += counts[COUNT_RESUMED];
        r->known += counts[COUNT_KNOWN];
        r->erased += counts[COUNT_ERASED];
    }
    return true;
}

static bool attach(struct store *s, const char *path, GError **error)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL); /* "file:…" would be read as a URI */
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, "ATTACH ?1 AS src", -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(st, 1, full, -1, SQLITE_STATIC);
        rc = sqlite3_step(st);
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE || store_fail(s, "cannot be merged into", error);
}

/* Opened once in the ordinary way: it must be there, be a store, and be another one. */
static bool is_another_store(const struct store *into, const char *path, GError **error)
{
    const struct store_options o = {.path = path, .read_only = true};
    struct store *from = store_open(&o, error);
    if (!from)
        return false;
    const bool same = from->device == into->device && from->inode == into->inode;
    store_close(from);
    if (same)
        g_set_error(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN, "%s is the store to merge into", path);
    return !same;
}

bool merge_store(struct store *into, const char *from, struct merge_result *result, GError **error)
{
    int64_t secret = 0;
    *result = (struct merge_result){0};
    if (!is_another_store(into, from, error) || !query_number(into, "SELECT mark FROM control", 0, &secret, error) ||
        !attach(into, from, error))
        return false;
    bool done = sqlite3_create_function(into->db, "merge_mark", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, &secret,
                                        merge_mark, NULL, NULL) == SQLITE_OK ||
                store_fail(into, "cannot be merged into", error);
    done = done && run_all(into, preparations, G_N_ELEMENTS(preparations), error) && merge_batches(into, result, error);
    static const char *const tables[] = {"look",     "m_viewing", "m_viewer", "m_story", "m_node", "m_decision",
                                         "m_option", "m_ending",  "m_menu",   "m_trait", "m_prop"};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *sql = g_strdup_printf("DROP TABLE IF EXISTS temp.%s", tables[i]);
        sqlite3_exec(into->db, sql, NULL, NULL, NULL);
    }
    sqlite3_create_function(into->db, "merge_mark", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL);
    sqlite3_exec(into->db, "DETACH src", NULL, NULL, NULL);
    return done;
}
