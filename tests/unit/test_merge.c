/*
 * Merging stores: what comes out is the union of what went in, by name, whatever the ids are; also the second time,
 * after erasing, and after a failure at any step. The counts kept for reports follow.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "base/interrupt.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/merge.h"
#include "telemetry/store/control.h"
#include "telemetry/store/schema.h"
#include "telemetry/write/unrecorded.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 1300 /* viewings: three batches */

static char *dir;

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static struct store *open_store(const char *name)
{
    g_autofree char *path = in_dir(name);
    const struct store_options so = {.path = path};
    GError *error = NULL;
    struct store *s = store_open(&so, &error);
    if (!s) {
        ok(false, "a store: %s", error->message);
        exit(1);
    }
    sqlite3_exec(s->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL); /* the disk is not what is tested */
    return s;
}

/*
 * A store in which viewing 1 is a play of the test's story; `before`: after one of another version, so that ids differ.
 */
static struct store *new_store(const char *name, bool before)
{
    g_autofree char *path = in_dir(name);
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    if (before) {
        struct tel_story other = test_story;
        struct tel_viewing v = test_viewing(TEST_ID_2);
        v.viewer[0] = '0'; /* somebody else: TEST_ID is a first viewing everywhere */
        other.version = "0.9";
        other.hash++;
        writer_story(w, &other);
        writer_begin(w, &v);
        test_put_all(w, test_play, G_N_ELEMENTS(test_play) - 3);
    }
    test_play_all(w, TEST_ID);
    writer_close(w, TEST_LONG);
    return open_store(name);
}

/* Viewings first to last, each with an id of its own and all events of the play. */
static void add_viewings(struct store *s, int first, int last)
{
    static const char *const events[] = {
        "visit SELECT n, seq, at_ms + k, node, planned_us",
        "leave SELECT n, seq, at_ms, visit, playing_us, 1, k",
        "exposure SELECT n, seq, at_ms, menu, focus, window_us, time_mode",
        "outcome SELECT n, seq, at_ms, exposure, what, option, latency_us + k, given, changes",
        "reached SELECT n, seq, at_ms, ending",
        "finish SELECT n, seq, at_ms, ended_ms, reason"};
    const int64_t model = ask(s, "SELECT v.id FROM viewing v JOIN story y ON y.id = v.story WHERE y.version = '1.0'"
                                 " ORDER BY v.id LIMIT 1");
    g_autofree char *ids = g_strdup_printf(
        "CREATE TEMP TABLE ids AS WITH RECURSIVE i(k) AS (SELECT %d UNION ALL SELECT k + 1 FROM i WHERE k < %d)"
        " SELECT k, k + (SELECT max(id) FROM viewing) AS n FROM i",
        first, last);
    run_sql(s, "BEGIN");
    run_sql(s, ids);
    g_autofree char *viewings = g_strdup_printf(
        "INSERT INTO viewing SELECT n, CAST(printf('viewing %%08d', k) AS BLOB), story, started_ms + k * 3600000, mode,"
        " chooser, time_mode, seed, engine, viewer, k %% 3 + 1, language, subtitles, channel, device_ms"
        " FROM ids JOIN viewing v ON v.id = %d",
        (int)model);
    run_sql(s, viewings);
    run_sql(s,
            "INSERT INTO viewing_arm SELECT n, a.id FROM ids JOIN viewing v ON v.id = n JOIN arm a ON a.story = v.story"
            " WHERE a.position = k % 2");
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        g_autofree char *sql = g_strdup_printf("INSERT INTO %s FROM ids JOIN %.*s e ON e.viewing = %d", events[i],
                                               (int)(strchr(events[i], ' ') - events[i]), events[i], (int)model);
        run_sql(s, sql);
    }
    run_sql(s, "DROP TABLE ids; COMMIT");
}

/* All that a store says, ordered by the viewings' ids and free of its own numbers. */
static char *dump(struct store *s)
{
    static const char *const queries[] = {
        "SELECT hex(v.uuid), y.name, y.version, y.title, y.hash, started_ms, mode, chooser, time_mode, seed, engine,"
        " hex(w.uuid), nth, language, subtitles, channel FROM viewing v JOIN story y ON y.id = v.story LEFT JOIN "
        "viewer w ON w.id = v.viewer ORDER "
        "BY 1",
        "SELECT hex(v.uuid), experiment, a.position, a.name, weight, outcome FROM viewing_arm x JOIN viewing v ON v.id "
        "= viewing"
        " JOIN arm a ON a.id = x.arm AND a.story = v.story ORDER BY 1, 2",
        "SELECT hex(v.uuid), seq, at_ms, n.name, n.title, n.hash, planned_us FROM visit e JOIN viewing v ON v.id = "
        "viewing"
        " JOIN node n ON n.id = node AND n.story = v.story ORDER BY 1, 2",
        "SELECT hex(v.uuid), seq, at_ms, visit, playing_us, paused_us, hidden_us FROM leave JOIN viewing v ON"
        " v.id = viewing ORDER BY 1, 2",
        "SELECT hex(v.uuid), e.seq, at_ms, d.name, d.hash, n.name, m.shape, focus, window_us, e.time_mode,"
        " (SELECT group_concat(x) FROM (SELECT o.name || o.hash || locked AS x FROM menu_option mo JOIN option o ON"
        " o.id = mo.option WHERE mo.menu = m.id ORDER BY mo.position))"
        " FROM exposure e JOIN viewing v ON v.id = viewing JOIN menu m ON m.id = e.menu JOIN decision d ON"
        " d.id = m.decision AND d.story = v.story JOIN node n ON n.id = d.node ORDER BY 1, 2",
        "SELECT hex(v.uuid), e.seq, at_ms, exposure, what, o.name, o.title, o.hash, latency_us, given, changes FROM"
        " outcome e JOIN viewing v ON v.id = viewing LEFT JOIN option o ON o.id = e.option ORDER BY 1, 2",
        "SELECT hex(v.uuid), seq, at_ms, n.name, n.title FROM reached JOIN viewing v ON v.id = viewing JOIN ending n ON"
        " n.id = ending AND n.story = v.story ORDER BY 1, 2",
        "SELECT hex(v.uuid), seq, at_ms, visit, fault, lasted_us FROM stall JOIN viewing v ON v.id = viewing ORDER BY "
        "1, 2",
        "SELECT hex(v.uuid), seq, at_ms, count, why FROM gap JOIN viewing v ON v.id = viewing ORDER BY 1, 2",
        "SELECT hex(v.uuid), seq, at_ms, ended_ms, reason FROM finish JOIN viewing v ON v.id = viewing ORDER BY 1, 2",
        "SELECT y.version, d.name, o.name, t.name, score FROM option_trait JOIN option o ON o.id = option JOIN "
        "decision d"
        " ON d.id = o.decision JOIN trait t ON t.id = trait JOIN story y ON y.id = t.story AND y.id = d.story ORDER BY"
        " 1, 2, 3, 4",
        "SELECT y.version, o.name, p.name, p.title FROM option_prop JOIN option o ON o.id = option JOIN prop p ON p.id "
        "="
        " prop JOIN story y ON y.id = p.story ORDER BY 1, 2, 3",
        "SELECT y.version, n.name, p.name, p.title FROM node_prop JOIN node n ON n.id = node JOIN prop p ON p.id = prop"
        " JOIN story y ON y.id = p.story AND y.id = n.story ORDER BY 1, 2, 3",
        "SELECT hex(v.uuid), seq, at_ms, resumed_ms, ended_ms, reason, playing_us, paused_us, hidden_us, place"
        " FROM resume JOIN viewing v ON v.id = viewing ORDER BY 1, 2",
        "SELECT hex(v.uuid), seq, at_ms, kind, body FROM superseded JOIN viewing v ON v.id = viewing ORDER BY 1, 2",
    };
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(s->db, queries[i], -1, &st, NULL) != SQLITE_OK)
            ok(false, "%s: %s", queries[i], sqlite3_errmsg(s->db));
        while (sqlite3_step(st) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(st); c++)
                g_string_append_printf(all, "%s|", (const char *)sqlite3_column_text(st, c));
            g_string_append_c(all, '\n');
        }
        sqlite3_finalize(st);
    }
    return g_string_free(all, FALSE);
}

static void same_dump(struct store *a, struct store *b, const char *what)
{
    g_autofree char *x = dump(a), *y = dump(b);
    ok(strcmp(x, y) == 0, "%s (%d bytes, wanted %d)", what, (int)strlen(x), (int)strlen(y));
}

static int64_t rows_of_all(struct store *s)
{
    return ask(s,
               "SELECT (SELECT count(*) FROM story) + (SELECT count(*) FROM node) + (SELECT count(*) FROM decision) +"
               " (SELECT count(*) FROM option) + (SELECT count(*) FROM ending) + (SELECT count(*) FROM menu) +"
               " (SELECT count(*) FROM menu_option) + (SELECT count(*) FROM viewer) + (SELECT count(*) FROM viewing)"
               " + (SELECT count(*) FROM visit) + (SELECT count(*) FROM outcome) + (SELECT count(*) FROM finish)");
}

static struct merge_result merge(struct store *into, const char *from)
{
    g_autofree char *path = in_dir(from);
    GError *error = NULL;
    struct merge_result r;
    ok(merge_store(into, path, NULL, &r, &error), "%s is merged%s%s", from, error ? ": " : "",
       error ? error->message : "");
    g_clear_error(&error);
    return r;
}

static void add_up(const struct aggregate_cohort *c, struct tally *t, void *data)
{
    GByteArray *bytes = tally_encode(t);
    char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, bytes->data, bytes->len);
    char *line = g_strdup_printf("%d %d %d %d %d %s", (int)c->story, c->day, c->mode, c->chooser, c->nth, sum);
    g_ptr_array_add(data, line);
    g_free(sum);
    g_byte_array_unref(bytes);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sums(struct store *s, bool recount)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    const struct aggregate_reader r = {.recount = recount, .take = add_up, .data = lines};
    aggregate_read(s, &r, NULL);
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

static void are_recount(struct store *s, const char *what)
{
    ok(aggregate_update(s, NULL), "sums are brought up to date");
    g_autofree char *kept = sums(s, false), *counted = sums(s, true);
    is_str(kept, counted, what);
    is_int(ask(s, "SELECT count(*) FROM pragma_foreign_key_check"), 0, "every row names what is there");
}

/* A has the viewings 1 to 800; B has 500 to MANY, and some of another version: the union has 1 to MANY. */
static void test_union(void)
{
    struct store *a = new_store("a.sqlite", false), *b = new_store("b.sqlite", true);
    struct store *all = new_store("all.sqlite", true), *n = open_store("n.sqlite");
    add_viewings(a, 1, 800);
    add_viewings(b, 500, MANY);
    add_viewings(all, 1, MANY);
    run_sql(
        a,
        "INSERT INTO stall SELECT id, 901, 1, 1, 1, 250000 FROM viewing WHERE uuid = CAST('viewing 00000007' AS BLOB)");
    run_sql(
        all,
        "INSERT INTO stall SELECT id, 901, 1, 1, 1, 250000 FROM viewing WHERE uuid = CAST('viewing 00000007' AS BLOB)");
    run_sql(a, "INSERT INTO gap SELECT id, 900, 1, 3, 1 FROM viewing WHERE uuid = CAST('viewing 00000007' AS BLOB)");
    run_sql(all, "INSERT INTO gap SELECT id, 900, 1, 3, 1 FROM viewing WHERE uuid = CAST('viewing 00000007' AS BLOB)");

    struct merge_result r = merge(n, "a.sqlite");
    is_int(r.viewings, 801, "all viewings of the first");
    is_int(r.events, 801 * 14 + 2, "and their events");
    are_recount(n, "the sums are the recount");
    r = merge(n, "b.sqlite");
    is_int(r.viewings, MANY - 800 + 1, "what is new of the second");
    is_int(r.known, 301 + 1, "the rest was there");
    same_dump(n, all, "the union, by name");
    are_recount(n, "the sums are the recount of the union");

    const int64_t rows = rows_of_all(n);
    is_int(rows, rows_of_all(all), "no row too many");
    r = merge(n, "a.sqlite");
    is_int(r.viewings + r.events + r.erased, 0, "twice the same: nothing is new");
    r = merge(n, "b.sqlite");
    is_int(r.viewings + r.events + r.erased + r.resumed_viewings, 0, "also of the second");
    is_int(rows_of_all(n), rows, "not a row");

    struct store *other = open_store("other-order.sqlite");
    merge(other, "b.sqlite");
    merge(other, "a.sqlite");
    same_dump(other, n, "the order does not matter");
    store_close(other);

    run_sql(n, "PRAGMA foreign_keys=ON; DELETE FROM viewing WHERE id % 5 = 0");
    const int64_t left = ask(n, "SELECT count(*) FROM viewing"), gone = MANY + 2 - left;
    r = merge(n, "a.sqlite");
    const struct merge_result second = merge(n, "b.sqlite");
    is_int(r.viewings + second.viewings, 0, "what was erased does not come back");
    ok(gone > 200 && r.erased + second.erased >= gone, "and that is said");
    is_int(ask(n, "SELECT count(*) FROM viewing"), left, "nor does anything else");
    are_recount(n, "the sums are the recount after erasing");

    run_sql(a, "PRAGMA foreign_keys=ON; DELETE FROM viewing");
    r = merge(n, "a.sqlite");
    is_int(r.viewings + r.known, 0, "an empty store brings nothing");
    is_int(ask(n, "SELECT count(*) FROM viewing"), left, "and takes nothing");
    store_close(a);
    store_close(b);
    store_close(all);
    store_close(n);
}

/* A viewing that was copied while it played. */
static void test_went_on(void)
{
    struct store *half = new_store("half.sqlite", false), *n = open_store("later.sqlite");
    run_sql(half, "CREATE TABLE kept AS SELECT * FROM finish; DELETE FROM finish;"
                  "CREATE TABLE kept_reached AS SELECT * FROM reached; DELETE FROM reached");
    merge(n, "half.sqlite");
    are_recount(n, "half a viewing");
    run_sql(half, "INSERT INTO finish SELECT * FROM kept; INSERT INTO reached SELECT * FROM kept_reached;"
                  "DROP TABLE kept; DROP TABLE kept_reached");
    struct merge_result r = merge(n, "half.sqlite");
    ok(r.resumed_viewings == 1 && r.events == 2 && r.viewings == 0 && r.known == 1, "gets what came later");
    same_dump(n, half, "and is whole");
    are_recount(n, "the sums follow");
    store_close(half);
    store_close(n);
}

/* A viewing that was copied when it had been left, and was resumed since. */
static void test_gone_on_with(void)
{
    static const struct tel_record left[] = {
        {.kind = TEL_LEAVE, .at_us = 24000000, .leave = {0, 24000000, 0, 0}},
        {.kind = TEL_FINISH, .at_us = 24000000, .finish = {TEST_START + 24000, TEL_REASON_LEFT}}};
    static const struct tel_record again = {.kind = TEL_VISIT, .visit = {0, US_NONE}};
    g_autofree char *path = in_dir("parts.sqlite");
    const struct writer_options o = {.path = path};
    struct store *n = open_store("of-parts.sqlite");
    for (int part = 0; part < 2; part++) {
        struct writer *w = writer_open(&o, NULL);
        struct tel_viewing v = test_viewing(part ? TEST_ID_2 : TEST_ID);
        v.resumed_ms = part ? TEST_START + 60000 : 0;
        g_strlcpy(v.continues, part ? TEST_ID : "", sizeof v.continues);
        writer_story(w, &test_story);
        writer_begin(w, &v);
        if (part)
            writer_put(w, &again);
        test_put_all(w, part ? test_play + 3 : test_play, part ? G_N_ELEMENTS(test_play) - 3 : 3);
        if (!part)
            test_put_all(w, left, 2);
        writer_close(w, TEST_LONG);
        const struct merge_result r = merge(n, "parts.sqlite");
        ok(r.viewings == !part && r.resumed_viewings == part,
           part ? "the rest is brought" : "the first part is brought");
        struct store *s = open_store("parts.sqlite");
        same_dump(n, s, part ? "and takes the place of its end" : "as it is");
        are_recount(n, "the sums follow");
        store_close(s);
    }
    const struct merge_result r = merge(n, "parts.sqlite");
    ok(r.viewings + r.resumed_viewings + r.events == 0 && ask(n, "SELECT count(*) FROM resume") == 1,
       "again is nothing new");
    store_close(n);
}

/* The same viewing with two contents: one side, or both, were tampered with. */
static void test_two_contents(void)
{
    static const struct {
        const char *what, *change;
        int conflicts;
    } rows[] = {
        {"the same", "SELECT 1", 0},
        {"another pick", "UPDATE outcome SET option = (SELECT max(id) FROM option) WHERE option IS NOT NULL", 1},
        {"another answer", "UPDATE outcome SET latency_us = latency_us + 1", 1},
        {"another way", "UPDATE visit SET node = (SELECT max(id) FROM node)", 1},
        {"another beginning", "UPDATE viewing SET started_ms = started_ms + 1", 1},
        {"another end", "UPDATE finish SET reason = 1 - min(reason, 1)", 1},
        {"an event less", "DELETE FROM outcome", 1},
        {"not ended there", "DELETE FROM finish", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *a = g_strdup_printf("two-%zu.sqlite", i), *b = g_strdup_printf("into-two-%zu.sqlite", i);
        struct store *from = new_store(a, false), *n = open_store(b);
        merge(n, a);
        g_autofree char *before = ask_text(n->db, "SELECT * FROM outcome JOIN visit USING(viewing)");
        run_sql(from, rows[i].change);
        const struct merge_result r = merge(n, a);
        is_int(r.conflicts, rows[i].conflicts, rows[i].what);
        ok((r.conflict[0] != 0) == (rows[i].conflicts > 0) && r.known == 1 && r.events == 0, "is named");
        g_autofree char *after = ask_text(n->db, "SELECT * FROM outcome JOIN visit USING(viewing)");
        is_str(after, before, "what was here stays");
        store_close(from);
        store_close(n);
    }
}

/* Writes nonsense over the middle of the file, which is at rest. */
static void break_file(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &bytes, &n, NULL) || n < (gsize)40 * 4096)
        ok(false, "%s is large enough", path);
    for (gsize page = n / 4096 / 3; page < n / 4096 * 2 / 3; page++)
        memset(bytes + page * 4096, 0x55, 4096);
    g_file_set_contents_full(path, bytes, (gssize)n, 0, 0600, NULL);
}

/* Says in the header that almost all of each page is not used. */
static void reserve_pages(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &bytes, &n, NULL) || n < 100)
        ok(false, "%s has a header", path);
    bytes[20] = (char)0xff;
    g_file_set_contents_full(path, bytes, (gssize)n, 0, 0600, NULL);
}

/* The source is broken: it is named, and not the store that was written into. */
static void test_blame(void)
{
    g_autofree char *broken = in_dir("broken.sqlite"), *sound = in_dir("sound.sqlite");
    for (int which = 0; which < 2; which++) {
        struct store *from = new_store(which ? "sound.sqlite" : "broken.sqlite", true);
        add_viewings(from, 1, MANY);
        store_close(from);
    }
    break_file(broken);
    g_autoptr(GError) error = NULL;
    struct merge_result r;
    struct store *n = open_store("unharmed.sqlite");
    const bool done = merge_store(n, broken, NULL, &r, &error);
    ok(!done && g_str_has_prefix(error->message, broken), "the source is broken: %s", error ? error->message : "-");
    ok(r.note && strstr(r.note, broken), "it was found damaged before, and tried all the same: %s", r.note);
    is_int(ask(n, "SELECT quick_check = 'ok' FROM pragma_quick_check"), 1, "the store is sound");
    g_free(r.note);
    ok(merge_store(n, sound, NULL, &r, NULL) && r.viewings > 0, "and takes what else there is");
    g_clear_error(&error);
    reserve_pages(sound);
    const bool empty = merge_store(n, sound, NULL, &r, &error);
    ok(!empty && g_str_has_prefix(error->message, sound) && !strstr(error->message, "vfs="),
       "a source whose pages hold nothing: %s", error ? error->message : "-");
    g_free(r.note);
    store_close(n);
}

static const char late_name[] =
    "INSERT INTO node(story, name, hash) SELECT story, 'late', 7 FROM viewing ORDER BY id DESC LIMIT 1;"
    "UPDATE visit SET node = last_insert_rowid() WHERE viewing = (SELECT max(id) FROM viewing)";

struct between {
    struct store *from, *into;
    int batches, in_order;
    int64_t looked_at, all;
};

/* After the first batch, another program writes into both stores. */
static void write_between(void *data, int64_t looked_at, int64_t all)
{
    struct between *b = data;
    b->in_order += looked_at >= b->looked_at && looked_at <= all && all == b->all;
    b->looked_at = looked_at;
    if (b->batches++ == 0)
        ok(sqlite3_exec(b->from->db, late_name, NULL, NULL, NULL) == SQLITE_OK &&
               sqlite3_exec(b->into->db, "UPDATE node SET name = 'another', hash = 1 WHERE id = 1", NULL, NULL, NULL) ==
                   SQLITE_OK,
           "between two batches, both stores change");
}

/* Names are read once for all batches, unless they may have changed since. */
static void test_changed_between(void)
{
    g_autofree char *path = in_dir("changing.sqlite"), *other = in_dir("changed.sqlite");
    struct between b = {.from = new_store("changing.sqlite", true)};
    add_viewings(b.from, 1, MANY);
    b.all = ask(b.from, "SELECT count(*) FROM viewing");
    struct store *into = open_store("changed.sqlite");
    b.into = store_open(&(struct store_options){.path = other}, NULL);
    struct merge_result r;
    ok(merge_store(into, path, &(struct merge_listener){write_between, NULL, &b}, &r, NULL), "merged meanwhile");
    ok(b.batches == b.in_order && b.batches > 2 && b.looked_at == b.all, "the listener is told how far it is");
    is_int(ask(into, "SELECT count(*) FROM visit JOIN node ON node.id = visit.node WHERE name = 'late'"),
           ask(b.from, "SELECT count(*) FROM visit WHERE viewing = (SELECT max(id) FROM viewing)"),
           "a name that came later is here");
    is_int(ask(into, "SELECT count(*) FROM visit"), ask(b.from, "SELECT count(*) FROM visit"), "no visit is missing");
    ok(ask(into,
           "SELECT count(DISTINCT viewing) FROM visit JOIN node ON node.id = visit.node WHERE name = 'another'") <= 500,
       "and none stands under the name that was changed since");
    store_close(b.into);
    store_close(b.from);
    store_close(into);
}

/* Viewings that are not recorded are counted, once for each store that counted them, and not during a pause. */
static void test_unrecorded(void)
{
    g_autofree char *path = in_dir("counted.sqlite"), *into_path = in_dir("sum.sqlite");
    const struct store_options o = {.path = path}, into_options = {.path = into_path};
    bool done = true;
    for (int i = 0; i < 3; i++)
        done = unrecorded_count(&o, 7, NULL) && unrecorded_count(&into_options, 7, NULL) && done;
    struct store *s = open_store("counted.sqlite"), *into = open_store("sum.sqlite");
    done = done && control_set_paused(s, true, NULL) && unrecorded_count(&o, 7, NULL);
    ok(done && ask(s, "SELECT viewings FROM unrecorded WHERE film = 7") == 3, "three, and none during the pause");
    is_int(ask(s, "SELECT count(*) FROM viewing") + ask(s, "SELECT count(*) FROM story"), 0, "nothing else is kept");
    for (int i = 0; i < 2; i++) {
        struct merge_result r;
        ok(merge_store(into, path, NULL, &r, NULL), "merged");
        g_free(r.note);
    }
    is_int(ask(into, "SELECT sum(viewings) FROM unrecorded WHERE film = 7"), 6, "six, also after merging twice");
    int64_t n;
    ok(erase_viewings(into, &(struct read_filter){0}, &n, NULL), "nothing to erase");
    is_int(ask(into, "SELECT count(*) FROM unrecorded"), 2, "without a viewing to erase, the counts stay");
    store_close(s);
    store_close(into);
}

static int commits_left;

static int fail_commit(void *data)
{
    (void)data;
    return commits_left-- == 0;
}

/* The first commit fails, then the second, … until none does. What came before stays, and is whole. */
static void test_failures(void)
{
    struct store *from = new_store("from.sqlite", true);
    g_autofree char *path = in_dir("from.sqlite");
    add_viewings(from, 1, MANY);
    bool ended = false, whole = true;
    int failures = 0;
    for (int step = 0; !ended && step < 40; step++) {
        g_autofree char *name = g_strdup_printf("into-%d.sqlite", step);
        struct store *into = open_store(name);
        struct merge_result r;
        commits_left = step;
        sqlite3_commit_hook(into->db, fail_commit, NULL);
        ended = merge_store(into, path, NULL, &r, NULL);
        sqlite3_commit_hook(into->db, NULL, NULL);
        failures += !ended;
        whole = whole && r.viewings == ask(into, "SELECT count(*) FROM viewing") &&
                ask(into, "SELECT count(*) FROM finish") >= r.viewings - 1 &&
                ask(into, "SELECT count(*) FROM pragma_foreign_key_check") == 0;
        g_autofree char *again = in_dir("from.sqlite");
        whole = whole && merge_store(into, again, NULL, &r, NULL) && rows_of_all(into) == rows_of_all(from);
        if (ended)
            same_dump(into, from, "the merge that nothing stopped");
        store_close(into);
    }
    ok(ended && failures >= 4, "%d commits fail one by one", failures);
    ok(whole, "after each, what is there is whole, and the next merge brings the rest");
    store_close(from);
}

/* ---- a signal at any moment -------------------------------------------------------------------------------------- */

struct signalled {
    int at, calls; /* the signal comes with this call; 0: none does */
};

static void signal_at(void *data)
{
    struct signalled *s = data;
    if (++s->calls == s->at)
        raise(SIGINT);
}

static void ignore_batch(void *data, int64_t looked_at, int64_t all)
{
    (void)data;
    (void)looked_at;
    (void)all;
}

enum { HEARD = 1, DONE, FAILED, LATE };

/* In a process of its own, since a signal that was heard ends the program soon. *calls: how many there were. */
static int merge_with_signal(const char *name, const char *path, int at, int *calls)
{
    int ends[2], status = 0;
    *calls = 0;
    if (pipe(ends) != 0)
        return FAILED;
    const pid_t child = fork();
    if (child == 0) {
        struct signalled s = {.at = at};
        struct merge_result r = {0};
        g_autoptr(GError) error = NULL;
        interrupt_listen();
        struct store *into = open_store(name);
        const bool done =
            merge_store(into, path, &(struct merge_listener){ignore_batch, signal_at, &s}, &r, &error) && !error;
        const bool told = write(ends[1], &s.calls, sizeof s.calls) == sizeof s.calls;
        /* The count of the viewings is for the listener, and may be given up before the next statement is. */
        _exit(!done || !told ? FAILED : !r.stopped ? DONE : s.calls > at + 2 ? LATE : HEARD);
    }
    close(ends[1]);
    const bool told = read(ends[0], calls, sizeof *calls) == sizeof *calls;
    close(ends[0]);
    waitpid(child, &status, 0);
    return told && WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* A collector's store that was told to erase thousands: what is done with them is no part of a batch. */
static void make_collected(const char *name)
{
    struct store *s = new_store(name, true);
    add_viewings(s, 1, MANY / 2);
    if (!schema_make_part(s, "collected", NULL))
        ok(false, "a collector's store is made");
    run_sql(s, "WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 5000)"
               " INSERT INTO tombstone SELECT CAST(printf('erased %09d', k) AS BLOB), zeroblob(32), 1 FROM i");
    run_sql(s, "WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 5000)"
               " INSERT INTO erased SELECT k, 1, 1, 1 FROM i");
    store_close(s);
}

static void copy_store(const char *name, const char *to)
{
    g_autofree char *from = in_dir(name), *path = in_dir(to), *bytes = NULL;
    gsize n;
    if (!g_file_get_contents(from, &bytes, &n, NULL) || !g_file_set_contents(path, bytes, (gssize)n, NULL))
        ok(false, "a store is copied");
}

/* Whichever statement runs, in a batch or not: it ends at once, what is there is whole, and the next merge brings the rest. */
static void test_signals(void)
{
    g_autofree char *path = in_dir("erasing.sqlite");
    int calls, whole = 0, heard = 0, times = 0;
    make_collected("erasing.sqlite");
    make_collected("told.sqlite");
    copy_store("told.sqlite", "told-0.sqlite");
    is_int(merge_with_signal("told-0.sqlite", path, 0, &calls), DONE, "without a signal it is merged");
    ok(calls > 50, "and somebody hears of it %d times", calls);
    const int all = calls;
    for (int at = 1; at <= all; at += at < 8 || at > all - 20 ? 1 : MAX(all / 12, 1)) {
        g_autofree char *name = g_strdup_printf("told-%d.sqlite", at);
        copy_store("told.sqlite", name);
        times++;
        const int how = merge_with_signal(name, path, at, &calls);
        heard += ok(how == HEARD, "a signal with step %d of %d is heard: %s", at, all,
                    how == HEARD  ? "yes"
                    : how == LATE ? "late"
                    : how == DONE ? "no"
                                  : "it failed");
        struct store *into = open_store(name), *from = open_store("erasing.sqlite");
        struct merge_result r;
        whole +=
            ask(into, "SELECT count(*) FROM pragma_foreign_key_check") == 0 &&
            ask(into, "SELECT count(*) FROM viewing WHERE NOT EXISTS (SELECT 1 FROM finish WHERE viewing = id)") ==
                ask(from, "SELECT count(*) FROM viewing WHERE NOT EXISTS (SELECT 1 FROM finish WHERE viewing = id)") &&
            merge_store(into, path, NULL, &r, NULL) && rows_of_all(into) == rows_of_all(from);
        store_close(into);
        store_close(from);
    }
    ok(whole == times && heard == times, "what is there is whole each time (%d of %d), and the rest can be brought in",
       whole, times);
}

static void test_refused(void)
{
    struct store *s = new_store("one.sqlite", false);
    g_autofree char *own = in_dir("one.sqlite"), *none = in_dir("none.sqlite"), *foreign = in_dir("foreign");
    g_file_set_contents(foreign, "not a store", -1, NULL);
    const char *const paths[] = {own, none, foreign};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        GError *error = NULL;
        struct merge_result r;
        const bool done = merge_store(s, paths[i], NULL, &r, &error);
        ok(!done && error && r.viewings == 0, "refused: %s", error ? error->message : paths[i]);
        g_clear_error(&error);
    }
    ok(!g_file_test(none, G_FILE_TEST_EXISTS), "nothing is made where nothing was");
    is_int(ask(s, "SELECT count(*) FROM viewing"), 1, "and all is as before");
    store_close(s);
}

int main(void)
{
    dir = g_dir_make_tmp("merge-XXXXXX", NULL);
    test_union();
    test_went_on();
    test_gone_on_with();
    test_two_contents();
    test_blame();
    test_changed_between();
    test_unrecorded();
    test_failures();
    test_signals();
    test_refused();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}
