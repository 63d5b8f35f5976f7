/* Opening, creating, migrating, refusing and setting aside stores; their modes; the registry against the tables. */
#include "tap.h"
#include "telemetry/store/schema.h"
#include "test_store.h"

#include "telemetry/dictionary.h"
#include "telemetry/record.h"
#include "telemetry/store/query.h"
#include "telemetry/store/store.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <sys/stat.h>

static char *dir;

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static int mode_of(const char *path, const char *suffix)
{
    g_autofree char *file = g_strconcat(path, suffix, NULL);
    struct stat st;
    return g_stat(file, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

static void make_file(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        printf("# %s\n", message);
    sqlite3_free(message);
    sqlite3_close(db);
}

static struct store *open_path(const char *path, GError **error)
{
    const struct store_options o = {.path = path};
    return store_open(&o, error);
}

static void test_create(void)
{
    g_autofree char *path = in_dir("new/folder/t.sqlite");
    g_autofree char *folder = in_dir("new/folder");
    GError *error = NULL;
    const mode_t before = umask(0);
    struct store *s = open_path(path, &error);
    umask(before);
    if (!ok(s != NULL, "a store is made with its folders: %s", error ? error->message : ""))
        return;
    ok(s->created && !s->aside && s->migrated_from == 0, "it says that it is new");
    sqlite3_exec(s->db, "INSERT INTO viewer(uuid) VALUES(zeroblob(16))", NULL, NULL, NULL);
    is_int(mode_of(folder, ""), 0700, "folder is private");
    is_int(mode_of(path, ""), 0600, "file is private");
    is_int(mode_of(path, "-wal"), 0600, "-wal is private");
    is_int(mode_of(path, "-shm"), 0600, "-shm is private");
    is_int(ask(s, "PRAGMA user_version"), STORE_VERSION, "user_version");
    is_int(ask(s, "PRAGMA application_id"), STORE_APPLICATION_ID, "application_id");
    is_int(ask(s, "PRAGMA foreign_keys"), 1, "foreign keys are on");
    is_int(ask(s, "PRAGMA synchronous"), 1, "synchronous is NORMAL");
    is_int(ask(s, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1, "WAL");
    is_int(ask(s, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
                  "AND name NOT LIKE 'sqlite%' AND NOT strict"),
           0, "every table is strict");
    is_int(ask(s, "SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name IN ('v_viewing', "
                  "'v_exposure', 'v_decision', 'v_option', 'v_node', 'v_ending', 'v_path')"),
           7, "the views are there");
    store_close(s);

    g_chmod(path, 0644);
    s = open_path(path, &error);
    ok(s && !s->created && !s->aside, "it opens again");
    is_int(mode_of(path, ""), 0600, "and is private again");
    is_int(ask(s, "SELECT count(*) FROM viewer"), 1, "with what it held");
    store_close(s);
}

/* Every table's columns are in the registry and the other way round. */
static void test_registry(void)
{
    static const struct {
        const char *table, *column;
    } columns[] = {
#define TEL_COLUMN(table, column, unit, what, why)                     {#table, #column},
#define TEL_FIELD(event, ctype, member, column, bind, unit, what, why) {#event, #column},
#include "telemetry/registry.def"
    };
    static const char *const events[] = {
#define TEL_EVENT(name, NAME, what, why) #name,
#include "telemetry/registry.def"
    };
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        if (strcmp(columns[i].table, "event") != 0)
            g_hash_table_add(known, g_strdup_printf("%s.%s", columns[i].table, columns[i].column));
        else
            for (size_t e = 0; e < G_N_ELEMENTS(events); e++)
                g_hash_table_add(known, g_strdup_printf("%s.%s", events[e], columns[i].column));

    g_autofree char *path = in_dir("registry.sqlite");
    struct store *s = open_path(path, NULL);
    sqlite3_stmt *st = NULL;
    ok(schema_make_part(s, "ages", NULL) && schema_make_part(s, "released", NULL) &&
           schema_make_part(s, "collected", NULL),
       "with the tables for ages, for what was told, and of a collector");
    sqlite3_prepare_v2(s->db,
                       "SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_xinfo(t.name) c "
                       "WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite%'",
                       -1, &st, NULL);
    int n = 0, unknown = 0;
    for (; sqlite3_step(st) == SQLITE_ROW; n++)
        if (!g_hash_table_remove(known, sqlite3_column_text(st, 0))) {
            unknown++;
            printf("# not in the registry: %s\n", sqlite3_column_text(st, 0));
        }
    sqlite3_finalize(st);
    store_close(s);
    ok(n > 60 && unknown == 0, "all %d columns are in the registry", n);
    GHashTableIter it;
    void *name;
    g_hash_table_iter_init(&it, known);
    while (g_hash_table_iter_next(&it, &name, NULL))
        printf("# not in the store: %s\n", (char *)name);
    is_int(g_hash_table_size(known), 0, "and nothing in the registry is missing from the store");
}

/* ---- the dictionary in telemetry/README.md ----------------------------------------------------------------------- */

static const struct {
    const char *set, *word, *what;
    int number;
} codes[] = {
#define TEL_CODE(SET, NAME, number, word, what) {#SET, word, what, number},
#include "telemetry/registry.def"
};

static const char *const rules[] = {
#define TEL_RULE(NAME, words) words,
#include "telemetry/registry.def"
};

static void markdown_table(const struct dictionary_entry *table, GString *out)
{
    const bool all = strcmp(table->table, "event") == 0;
    const char *name = all ? "every event" : table->table;
    g_string_append_printf(out, "| **%s** | | | %s | %s |\n", name, table->what, table->why);
    const struct dictionary_entry *e;
    for (size_t i = 0; (e = dictionary_at(i)); i++)
        if (e->column && strcmp(e->table, table->table) == 0)
            g_string_append_printf(out, "| %s | %s | %s | %s | %s |\n", name, e->column, e->unit, e->what, e->why);
}

static void markdown_retention(GString *out)
{
    g_string_append(out, "\n| rows of | are kept |\n|---|---|\n");
    const struct dictionary_entry *e;
    for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++) {
        const char *before = "| ";
        for (size_t i = 0; (e = dictionary_at(i)); i++)
            if (!e->column && e->rule == (int)rule && strcmp(e->table, "event") != 0) {
                g_string_append_printf(out, "%s%s", before, e->table);
                before = ", ";
            }
        g_string_append_printf(out, " | %s |\n", rules[rule]);
    }
}

static void markdown(GString *out)
{
    const struct dictionary_entry *e;
    g_string_append(out, "| table | column | unit | what | why |\n|---|---|---|---|---|\n");
    for (size_t i = 0; (e = dictionary_at(i)) && !e->column; i++)
        markdown_table(e, out);
    markdown_retention(out);
    g_string_append(out, "\n| column | code | word | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autofree char *set = g_ascii_strdown(codes[i].set, -1);
        g_string_append_printf(out, "| %s | %d | %s | %s |\n", set, codes[i].number, codes[i].word, codes[i].what);
    }
}

/* With FRUMIOUS_GOLDEN=write it writes the dictionary into the README; otherwise what stands there must be the same. */
static void test_readme(void)
{
    static const char *const file = "telemetry/README.md", *const begin = "<!-- dictionary -->\n",
                             *const end = "<!-- end of dictionary -->";
    g_autofree char *readme = NULL;
    g_autoptr(GString) wanted = g_string_new(NULL);
    markdown(wanted);
    g_file_get_contents(file, &readme, NULL, NULL);
    char *from = readme ? strstr(readme, begin) : NULL, *to = from ? strstr(from, end) : NULL;
    if (!ok(to != NULL, "%s has a place for the dictionary", file))
        return;
    from += strlen(begin);
    g_autofree char *tail = g_strdup(to);
    *to = '\0';
    if (g_getenv("FRUMIOUS_GOLDEN")) {
        *from = '\0';
        g_autofree char *all = g_strconcat(readme, wanted->str, tail, NULL);
        g_file_set_contents(file, all, -1, NULL);
    } else
        is_str(from, wanted->str, "the dictionary in the README is the registry's");
}

/* Nothing is recorded without a description, a reason, and a rule for how long it is kept. */
static void test_complete(void)
{
    const struct dictionary_entry *e;
    int silent = 0, n = 0;
    for (; (e = dictionary_at((size_t)n)); n++)
        if (!*e->what || !*e->why || !*dictionary_retention(e) || strchr(e->what, '|') || strchr(e->why, '|')) {
            silent++;
            printf("# %s.%s has no reason\n", e->table, e->column ? e->column : "");
        }
    ok(n > 80 && silent == 0, "all %d entries say what, why and how long", n);
    g_autoptr(GString) all = g_string_new(NULL), one = g_string_new(NULL), none = g_string_new(NULL);
    ok(dictionary_explain(NULL, all) && strstr(all->str, "outcome") && strstr(all->str, "control"), "all is explained");
    for (n = 0; (e = dictionary_at((size_t)n)); n++) {
        g_autofree char *name = e->column ? g_strdup_printf("%s.%s", e->table, e->column) : g_strdup(e->table);
        g_string_truncate(one, 0);
        if (!dictionary_explain(name, one) || !strstr(one->str, e->what) || !strstr(one->str, dictionary_retention(e)))
            ok(false, "%s is explained: %s", name, one->str);
    }
    ok(dictionary_explain("outcome.at_ms", one) && dictionary_find("outcome", "viewing"),
       "what all events have as well");
    ok(!dictionary_explain("outcome.none", none) && !dictionary_explain("story.at_ms", none) &&
           !dictionary_explain("", none) && none->len == 0,
       "what is not recorded is not explained");
}

static void test_words(void)
{
    g_autofree char *path = in_dir("words.sqlite");
    struct store *s = open_path(path, NULL);
    sqlite3_stmt *st = NULL;
    g_autoptr(GString) views = g_string_new(NULL);
    sqlite3_prepare_v2(s->db, "SELECT sql FROM sqlite_schema WHERE type = 'view'", -1, &st, NULL);
    while (sqlite3_step(st) == SQLITE_ROW)
        g_string_append(views, (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    store_close(s);
    static const char *const sets[] = {"MODE", "CHOOSER", "WHAT", "GIVEN", "REASON"};
    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
        int missing = 0, code = 0;
        for (; *tel_word(sets[i], code) != '?'; code++) {
            g_autofree char *when = g_strdup_printf("WHEN %d THEN '%s'", code, tel_word(sets[i], code));
            missing += strstr(views->str, when) == NULL;
        }
        ok(code > 1 && missing == 0, "views know the %d words of %s", code, sets[i]);
    }
    ok(!strchr(views->str, '$'), "nothing in the views was left unexpanded");
}

/* A file that must be refused stays as it was, to the byte, and nothing appears beside it. */
static void test_refused(void)
{
    static const struct {
        const char *name, *sql, *bytes;
        enum store_error code;
    } cases[] = {
        {"other.sqlite", "CREATE TABLE t(x); PRAGMA application_id=1234", NULL, STORE_ERROR_FOREIGN},
        {"plain.sqlite", "CREATE TABLE t(x)", NULL, STORE_ERROR_FOREIGN},
        {"letter.txt", NULL,
         "Dear diary, today I watched a film about a clock, and it asked me a question. I did "
         "not answer it, and then it went on as if I had. So it goes.",
         STORE_ERROR_FOREIGN},
        {"short.txt", NULL, "short", STORE_ERROR_FOREIGN},
        {"newer.sqlite", "CREATE TABLE t(x); PRAGMA application_id=1181906275; PRAGMA user_version=99", NULL,
         STORE_ERROR_NEWER},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folder = in_dir("refused");
        g_autofree char *path = g_build_filename(folder, cases[i].name, NULL);
        g_mkdir(folder, 0755);
        if (cases[i].sql)
            make_file(path, cases[i].sql);
        else
            g_file_set_contents(path, cases[i].bytes, -1, NULL);
        g_chmod(path, 0644);
        g_autofree char *before = NULL, *after = NULL;
        gsize n_before = 0, n_after = 0;
        g_file_get_contents(path, &before, &n_before, NULL);
        g_autoptr(GError) error = NULL;
        struct store *s = open_path(path, &error);
        ok(!s && g_error_matches(error, STORE_ERROR, (int)cases[i].code), "%s is refused: %s", cases[i].name,
           error ? error->message : "it opened");
        ok(error && strstr(error->message, path) && strstr(error->message, "ame another file."),
           "%s: the message names the file and a way out", cases[i].name);
        g_file_get_contents(path, &after, &n_after, NULL);
        ok(n_before == n_after && memcmp(before, after, n_after) == 0 && mode_of(path, "") == 0644,
           "%s was not touched", cases[i].name);
        is_int(mode_of(path, "-wal"), -1, "nothing was put beside it");
        g_unlink(path);
        store_close(s);
    }
    is_int(STORE_APPLICATION_ID, 1181906275, "the application_id that these cases are written with");
}

static void test_unusable(void)
{
    g_autofree char *file = in_dir("a-file");
    g_autofree char *below = in_dir("a-file/t.sqlite");
    g_autofree char *folder = in_dir("a-folder");
    g_autofree char *none = in_dir("none.sqlite");
    g_file_set_contents(file, "", 0, NULL);
    g_mkdir(folder, 0700);
    const char *const paths[] = {below, folder};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        struct store *s = open_path(paths[i], &error);
        ok(!s && g_error_matches(error, STORE_ERROR, STORE_ERROR_CANNOT_OPEN), "no store there: %s",
           error ? error->message : "it opened");
        store_close(s);
    }
    g_autoptr(GError) error = NULL;
    const struct store_options o = {.path = none, .read_only = true};
    struct store *s = store_open(&o, &error);
    ok(!s && g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND), "a report makes no store: %s",
       error ? error->message : "it opened");
    is_int(mode_of(none, ""), -1, "none was made");
    store_close(s);
}

/* An empty file is a store in which nothing was recorded yet: it reads as one, and stays as it is. */
static void test_empty(void)
{
    g_autofree char *path = in_dir("empty.sqlite");
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, "", 0, NULL);
    struct store *s = store_open(&(struct store_options){.path = path, .read_only = true}, &error);
    int64_t n = -1;
    ok(s && s->copied && query_read_number(s, "SELECT count(*) FROM viewing", "is asked", &n, NULL) && n == 0,
       "an empty file is read: %" PRId64 " viewings, %s", n, error ? error->message : "no error");
    store_close(s);
    s = store_open(&(struct store_options){.path = path, .read_only = true, .quick = true}, &error);
    ok(!s && g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND), "the player finds no store there");
    g_autofree char *bytes = NULL;
    gsize size = 1;
    ok(g_file_get_contents(path, &bytes, &size, NULL) && size == 0, "it is still empty");
}

/* A page in the middle overwritten, the tail cut off, the first page wiped. */
static void damage(const char *path, int how)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    g_file_get_contents(path, &bytes, &n, NULL);
    if (how == 0)
        memset(bytes + 4096 * 3, 0xa5, 4096);
    else if (how == 1)
        n = 4096 * 2 + 100;
    else
        memset(bytes, 0, 4096);
    g_file_set_contents(path, bytes, (gssize)n, NULL);
}

static void test_damaged(void)
{
    for (int how = 0; how < 3; how++) {
        g_autofree char *name = g_strdup_printf("damaged-%d.sqlite", how);
        g_autofree char *path = in_dir(name);
        store_close(open_path(path, NULL));
        damage(path, how);
        g_autofree char *before = NULL, *after = NULL;
        gsize n_before = 0, n_after = 0;
        g_file_get_contents(path, &before, &n_before, NULL);

        const struct store_options keep = {.path = path, .keep_damaged = true};
        g_autoptr(GError) kept = NULL;
        struct store *s = store_open(&keep, &kept);
        ok(!s && g_error_matches(kept, STORE_ERROR, STORE_ERROR_DAMAGED), "damage %d is seen: %s", how,
           kept ? kept->message : "it opened");
        store_close(s);

        GError *error = NULL;
        s = open_path(path, &error);
        if (!ok(s && s->aside && s->created, "damage %d: set aside, begun anew: %s", how, error ? error->message : ""))
            continue;
        g_file_get_contents(s->aside, &after, &n_after, NULL);
        ok(n_before == n_after && memcmp(before, after, n_after) == 0, "what was damaged is kept: %s", s->aside);
        is_int(ask(s, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1, "the new one is sound");
        store_close(s);
    }
}

/* In the default place, a file that does not even begin like a database is taken for our own, damaged. */
static void test_default_path(void)
{
    g_autofree char *path = store_default_path();
    g_autofree char *wanted = in_dir("xdg/frumious/telemetry.sqlite");
    is_str(path, wanted, "default path follows XDG_DATA_HOME");
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0700);
    g_file_set_contents(path, "this was a store once, before the disk went bad", -1, NULL);
    GError *error = NULL;
    struct store *s = open_path(NULL, &error);
    ok(s && s->aside, "rubbish at the default path is set aside: %s", error ? error->message : "");
    store_close(s);
}

/* A store that lies elsewhere, on another disk, say. */
static void test_link(void)
{
    g_autofree char *path = in_dir("real.sqlite"), *link = in_dir("link.sqlite");
    struct store *s = open_path(path, NULL);
    store_close(s);
    ok(s && symlink("real.sqlite", link) == 0, "a link to a store");
    g_autoptr(GError) error = NULL;
    s = open_path(link, &error);
    ok(s && g_file_test(link, G_FILE_TEST_IS_SYMLINK), "is opened as the store that it leads to: %s",
       error ? error->message : "yes");
    store_close(s);
}

int main(void)
{
    dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    g_autofree char *data = in_dir("xdg");
    g_setenv("XDG_DATA_HOME", data, TRUE);
    test_create();
    test_registry();
    test_readme();
    test_complete();
    test_words();
    test_refused();
    test_unusable();
    test_empty();
    test_damaged();
    test_default_path();
    test_link();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}
