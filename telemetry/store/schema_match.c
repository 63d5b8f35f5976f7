#include "telemetry/store/schema_match.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

/* What a file may hold at most: ours holds some fifty. */
#define OBJECTS_MAX 2000

static const char doing[] = "cannot be read";

struct expected_object {
    char *type, *sql; /* sql without white space */
    bool optional;    /* made by its user when it is first needed, or never */
    bool counts;      /* part of the kept counts */
    guint number;     /* in the order in which they are made */
};

static void free_expected(void *data)
{
    struct expected_object *e = data;
    g_free(e->type);
    g_free(e->sql);
    g_free(e);
}

/* A step that was released may have been laid out anew since; white space means nothing. */
static char *without_space(const char *sql)
{
    char *out = g_malloc(strlen(sql) + 1), *to = out;
    for (; *sql; sql++)
        if (!g_ascii_isspace(*sql))
            *to++ = *sql;
    *to = '\0';
    return out;
}

static bool is_of_sqlite(const char *name)
{
    return g_str_has_prefix(name, "sqlite_");
}

/* Adds what the database holds and `all` does not have yet. */
static void add_objects(sqlite3 *db, GHashTable *all, bool optional, bool counts)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL", -1, &st, NULL);
    while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 1);
        if (is_of_sqlite(name) || g_hash_table_contains(all, name))
            continue;
        struct expected_object *e = g_new0(struct expected_object, 1);
        e->type = g_strdup((const char *)sqlite3_column_text(st, 0));
        e->sql = without_space((const char *)sqlite3_column_text(st, 2));
        e->optional = optional;
        e->counts = counts;
        e->number = g_hash_table_size(all);
        g_hash_table_insert(all, g_strdup(name), e);
    }
    sqlite3_finalize(st);
}

static bool run_part(sqlite3 *db, const char *part)
{
    const int rc = sqlite3_exec(db, embedded_part("telemetry/store/schema.sql", part), NULL, NULL, NULL);
    assert(rc == SQLITE_OK || rc == SQLITE_NOMEM);
    return rc == SQLITE_OK;
}

/* Adds what a store of this version holds. False: there is no memory for all of it. */
static bool make_expected(sqlite3 *db, int64_t version, GHashTable *all)
{
    bool good = true;
    for (int64_t i = 1; good && i <= version; i++) {
        g_autofree char *part = g_strdup_printf("version_%d", (int)i);
        good = run_part(db, part);
    }
    add_objects(db, all, false, false);
    for (size_t i = 0; good && version > 0 && schema_optional_parts[i]; i++) {
        const bool counts = strcmp(schema_optional_parts[i], "counts") == 0;
        good = (counts && version < STORE_VERSION) || run_part(db, schema_optional_parts[i]);
        add_objects(db, all, true, counts);
    }
    return good;
}

/* Makes a store of this version in memory, and lists its tables, indexes and triggers by name. NULL: there is no memory. */
static GHashTable *list_expected(int64_t version)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_expected);
    sqlite3 *db = NULL;
    const bool made = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, NULL) == SQLITE_OK &&
                      make_expected(db, version, all);
    sqlite3_close(db);
    if (!made)
        g_clear_pointer(&all, g_hash_table_unref);
    return all;
}

/* Made once for the process, as they depend on nothing else; many stores may be opened, in several threads. */
static GHashTable *expected_of(int64_t version)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static GHashTable *made[STORE_VERSION + 1];
    pthread_mutex_lock(&lock);
    if (!made[version])
        made[version] = list_expected(version);
    GHashTable *all = made[version];
    pthread_mutex_unlock(&lock);
    return all;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

struct schema_comparison {
    struct store *store;
    enum schema_match_use use;
    GHashTable *expected;
    bool *seen; /* by number */
    bool strange_counts;
};

/* Programs that kept counts in another way gave their tables and triggers these names, too. */
static bool is_of_counts(const char *name)
{
    return strcmp(name, "tally") == 0 || g_str_has_prefix(name, "tally_");
}

static bool refuse_changed(const struct schema_comparison *c, const char *type, const char *name, GError **error)
{
    g_set_error(
        error, STORE_ERROR, STORE_ERROR_STRANGE,
        "%s: the %s '%s' is not as this program makes it. The file is damaged or was tampered with, and was left "
        "alone.",
        c->store->path, type, name);
    return false;
}

static bool refuse_additional(const struct schema_comparison *c, const char *type, const char *name, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_STRANGE,
                "%s: the %s '%s' was not made by this program, and would take part in whatever is written, so nothing "
                "is. Drop it with sqlite3; --trust-store writes all the same.",
                c->store->path, type, name);
    return false;
}

static bool judge_known(struct schema_comparison *c, const struct expected_object *e, const char *type,
                        const char *name, const char *sql, GError **error)
{
    g_autofree char *plain = without_space(sql);
    c->seen[e->number] = true;
    if (strcmp(e->type, type) == 0 && strcmp(e->sql, plain) == 0)
        return true;
    if (e->counts && strcmp(e->type, type) == 0)
        c->strange_counts = true;
    else if (e->optional && (c->use == SCHEMA_MATCH_TRUST || (c->use == SCHEMA_MATCH_READ && e->counts)))
        c->strange_counts |= e->counts;
    else
        return refuse_changed(c, type, name, error);
    return true;
}

static bool judge_unknown(struct schema_comparison *c, const char *type, const char *name, GError **error)
{
    if (strcmp(type, "view") == 0 || is_of_sqlite(name))
        return true;
    if (is_of_counts(name) && strcmp(type, "index") != 0) {
        c->strange_counts = true;
        return true;
    }
    return c->use != SCHEMA_MATCH_WRITE || refuse_additional(c, type, name, error);
}

static bool judge_row(struct schema_comparison *c, const struct query *q, GError **error)
{
    const char *type = query_text(q, 0), *name = query_text(q, 1), *sql = query_text(q, 2);
    const struct expected_object *e = name ? g_hash_table_lookup(c->expected, name) : NULL;
    if (!type || !name)
        return refuse_changed(c, "entry", name ? name : "", error);
    if (e)
        return judge_known(c, e, type, name, sql ? sql : "", error);
    return judge_unknown(c, type, name, error);
}

/* Afterwards: everything of ours was there, and of the kept counts all or nothing. */
static bool judge_missing(struct schema_comparison *c, GError **error)
{
    GHashTableIter it;
    gpointer name, value;
    guint seen = 0, counts = 0;
    g_hash_table_iter_init(&it, c->expected);
    while (g_hash_table_iter_next(&it, &name, &value)) {
        const struct expected_object *e = value;
        if (!e->optional && !c->seen[e->number])
            return refuse_changed(c, "missing", name, error);
        counts += e->counts;
        seen += e->counts && c->seen[e->number];
    }
    c->strange_counts |= seen > 0 && seen < counts;
    return true;
}

bool schema_match(struct store *s, const char *database, int64_t version, enum schema_match_use use,
                  bool *strange_counts, GError **error)
{
    assert(version >= 0 && version <= STORE_VERSION);
    g_autofree char *sql = g_strdup_printf("SELECT type, name, sql FROM %s.sqlite_schema", database);
    struct schema_comparison c = {.store = s, .use = use, .expected = expected_of(version)};
    if (!c.expected) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_SQL, "%s: %s: there is no memory", s->path, doing);
        return false;
    }
    c.seen = g_new0(bool, MAX(g_hash_table_size(c.expected), 1));
    struct query q = query_begin(s, sql, doing);
    bool good = true;
    for (int n = 0; good && query_next(&q); n++)
        good = n < OBJECTS_MAX ? judge_row(&c, &q, error) : refuse_additional(&c, "table", "…", error);
    good = query_end(&q, good ? error : NULL) && good && judge_missing(&c, error);
    *strange_counts = c.strange_counts;
    g_free(c.seen);
    return good;
}

/* The names are read first: dropping one while they are read would change what is read. */
bool schema_match_drop_counts(struct store *s, GError **error)
{
    g_autoptr(GPtrArray) drops = g_ptr_array_new_with_free_func((GDestroyNotify)sqlite3_free);
    struct query q = query_begin(s,
                                 "SELECT type, name FROM main.sqlite_schema WHERE type IN ('table', 'trigger')"
                                 " AND (name = 'tally' OR name LIKE 'tally\\_%' ESCAPE '\\') ORDER BY type DESC",
                                 doing);
    while (query_next(&q))
        g_ptr_array_add(drops, sqlite3_mprintf("DROP %s IF EXISTS main.\"%w\"", query_text(&q, 0), query_text(&q, 1)));
    bool done = query_end(&q, error);
    for (guint i = 0; done && i < drops->len; i++)
        done = query_execute(s, drops->pdata[i], "cannot be written", error);
    return done;
}
