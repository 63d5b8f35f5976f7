/* A play handed to the writer, read back and shown; losses, refusals, several writers, kills. */
#include "golden.h"
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "player/hud.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/read/show.h"
#include "telemetry/store/store.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *dir;

static char *in_dir(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

static struct writer *open_writer(const char *path, uint32_t capacity)
{
    const struct writer_options o = {.path = path, .capacity = capacity};
    return writer_open(&o, NULL);
}

static struct store *open_report(const char *path)
{
    const struct store_options o = {.path = path, .read_only = true, .follow = true};
    g_autoptr(GError) error = NULL;
    struct store *s = store_open(&o, &error);
    if (!s)
        printf("# %s\n", error->message);
    return s;
}

#define EVERY_SEQ                                                                                                      \
    "(SELECT viewing, seq FROM visit UNION ALL SELECT viewing, seq FROM leave UNION ALL SELECT viewing, seq FROM "     \
    "exposure UNION ALL SELECT viewing, seq FROM outcome UNION ALL SELECT viewing, seq FROM reached UNION ALL "        \
    "SELECT viewing, seq FROM gap UNION ALL SELECT viewing, seq FROM finish)"
#define SOUND "SELECT integrity_check = 'ok' FROM pragma_integrity_check"
/* Viewings whose events are not numbered 1, 2, 3 … n */
#define HOLES                                                                                                          \
    "SELECT count(*) FROM (SELECT viewing FROM " EVERY_SEQ " GROUP BY viewing "                                        \
    "HAVING min(seq) != 1 OR max(seq) != count(*) OR count(DISTINCT seq) != count(*))"

static void check_exposure(const struct read_entry *got, const struct tel_record *offer, const struct tel_record *end)
{
    const struct tel_menu *m = &offer->exposure.menu;
    const struct tel_decision *d = &test_decisions[m->decision];
    is_str(got->name, d->name, "decision");
    is_str(got->title, d->title, "question");
    is_int(got->n_options, m->n, "number of options");
    for (int i = 0; i < m->n && i < got->n_options; i++) {
        is_str(got->options[i].name, test_options[d->first_option + m->options[i]].name, "option, in its order");
        is_int(got->options[i].locked, m->locked >> m->options[i] & 1, "locked");
        if (m->options[i] == end->outcome.option)
            is_int(got->option, i, "the option taken");
    }
    is_int(got->focus, offer->exposure.focus, "focus");
    is_int(got->window_us, offer->exposure.window_us, "window");
    is_int(got->time_mode, offer->exposure.time_mode, "time mode");
    is_int(got->what, end->outcome.what, "what");
    is_int(got->latency_us, end->outcome.latency_us, "latency");
    is_int(got->given, end->outcome.given, "given");
    is_int(got->changes, end->outcome.changes, "changes of mind");
}

static void check_visit(const struct read_entry *got, const struct tel_record *enter, const struct tel_record *leave)
{
    is_str(got->name, test_nodes[enter->visit.node].name, "node");
    is_str(got->title, test_nodes[enter->visit.node].title, "its title");
    is_int(got->planned_us, enter->visit.planned_us, "planned");
    is_int(got->left_us, leave->at_us / 1000 * 1000, "left at");
    is_int(got->playing_us, leave->leave.playing_us, "playing");
    is_int(got->paused_us, leave->leave.paused_us, "paused");
    is_int(got->hidden_us, leave->leave.hidden_us, "hidden");
}

static void check_viewing(const struct read_viewing *v)
{
    is_str(v->summary.id, TEST_ID, "id");
    is_str(v->summary.story, test_story.name, "story");
    is_str(v->summary.title, test_story.title, "title");
    is_str(v->summary.version, test_story.version, "version");
    is_str(v->summary.ending, "Home", "ending");
    is_str(v->engine, "0.1", "engine");
    is_int(v->seed, -7, "seed");
    is_int(v->summary.started_ms, TEST_START, "started");
    is_int(v->summary.ended_ms, TEST_START + 3706000, "ended");
    is_int(v->summary.reason, TEL_REASON_ENDED, "reason");
    is_int(v->summary.nth, 1, "first viewing");
    is_int(v->summary.picks, 2, "picks");
    is_int(v->summary.timeouts, 1, "timeouts");
    is_int(v->summary.watched_us, 3704000000, "watched");
    if (!is_int(v->n_entries, 7, "entries"))
        return;
    static const int starts[] = {0, 1, 4, 5, 7, 10, 11}; /* in test_play; what ends each one: */
    static const int ends[] = {3, 2, 9, 6, 8, 12, 11};
    for (int i = 0; i < 7; i++) {
        const struct tel_record *r = &test_play[starts[i]];
        is_int(v->entries[i].seq, starts[i] + 1, "seq");
        is_int(v->entries[i].at_us, r->at_us / 1000 * 1000, "time");
        if (r->kind == TEL_VISIT)
            check_visit(&v->entries[i], r, &test_play[ends[i]]);
        else if (r->kind == TEL_EXPOSURE)
            check_exposure(&v->entries[i], r, &test_play[ends[i]]);
        else
            is_str(v->entries[i].name, "home", "the ending reached");
    }
}

static void test_round_trip(void)
{
    g_autofree char *path = in_dir("round.sqlite");
    struct writer *w = open_writer(path, 0);
    test_play_all(w, TEST_ID);
    ok(writer_flush(w, TEST_LONG), "flushed");
    struct writer_status status;
    writer_status(w, &status);
    is_int((int64_t)status.accepted, G_N_ELEMENTS(test_play), "accepted");
    is_int((int64_t)status.written, G_N_ELEMENTS(test_play), "written");
    is_int((int64_t)status.queued, 0, "queued");
    is_str(status.error, "", "no error");
    test_play_all(w, TEST_ID_2);
    is_int((int64_t)writer_close(w, TEST_LONG), 0, "nothing lost");

    struct store *s = open_report(path);
    struct read_viewing *v = read_viewing(s, TEST_ID, NULL);
    if (ok(v != NULL, "read back"))
        check_viewing(v);
    read_viewing_free(v);
    store_close(s);
    is_int(ask_file(path, HOLES), 0, "no holes in seq");
    is_int(ask_file(path, "SELECT count(*) FROM node"), 4, "the story was registered once");
    is_int(ask_file(path, "SELECT count(*) FROM menu"), 3, "each menu was stored once");
    is_int(ask_file(path, "SELECT nth FROM viewing WHERE id = 2"), 2, "the second viewing is a replay");
    is_int(ask_file(path, "SELECT picks FROM v_option WHERE option = 'return'"), 2, "picks of an option");
    is_int(ask_file(path, "SELECT first_picks FROM v_option WHERE option = 'return'"), 1, "of first viewings");
    is_int(ask_file(path, "SELECT available + 10 * locked FROM v_option WHERE option = 'ride'"), 20,
           "locked, not available");
    is_int(
        ask_file(path, "SELECT 100 * exposures + 10 * picks + timeouts FROM v_decision WHERE decision = 'which-seat'"),
        422, "a timeout is no pick");
    is_int(ask_file(path, "SELECT viewings FROM v_ending WHERE ending = 'lost'"), 0,
           "an ending nobody reached is listed");
    is_int(ask_file(path, "SELECT visits FROM v_node WHERE node = 'never'"), 0, "a node nobody entered is listed");
    is_int(ask_file(path, "SELECT count(*) FROM v_path WHERE path = 'stop > bus > home'"), 2, "paths");
}

static bool gets_written(const struct writer *w, uint64_t n)
{
    struct writer_status status = {0};
    for (int i = 0; i < 60000 && status.written < n; i++, g_usleep(1000))
        writer_status(w, &status);
    return status.written == n;
}

/* Without a flush, and before the viewing ends. How soon is measured by the bench. */
static void test_by_itself(void)
{
    g_autofree char *path = in_dir("itself.sqlite");
    struct writer *w = open_writer(path, 0);
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, test_play, 1);
    ok(gets_written(w, 1) && ask_file(path, "SELECT count(*) FROM visit") == 1,
       "an event alone comes to the disk by itself");
    test_put_all(w, test_play + 1, 2);
    ok(gets_written(w, 3) && ask_file(path, "SELECT count(*) FROM outcome") == 1, "and so does an outcome");
    writer_close(w, TEST_LONG);
}

static void test_find(void)
{
    g_autofree char *path = in_dir("round.sqlite");
    struct store *s = open_report(path);
    static const struct {
        const char *id, *found; /* NULL: not found */
    } cases[] = {
        {"last", TEST_ID_2},
        {TEST_ID, TEST_ID},
        {"0190AAAABBBB7CCC8DDDEEEEFFFF0002", TEST_ID_2},
        {"0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001ff", NULL},
        {"0190aaaa", NULL}, /* both begin so */
        {"0190aaab", NULL},
        {"", NULL},
        {"first", NULL},
        {"-", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        struct read_viewing *v = read_viewing(s, cases[i].id, &error);
        ok(g_strcmp0(v ? v->summary.id : NULL, cases[i].found) == 0, "viewing \"%s\": %s", cases[i].id,
           v ? v->summary.id : error->message);
        ok(v || g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND), "or not found");
        read_viewing_free(v);
    }
    store_close(s);
}

/* A viewing with all sorts of trouble: losses, an open decision, no end, a machine that chose. */
static void play_trouble(struct writer *w)
{
    static const struct tel_record records[] = {
        {.kind = TEL_VISIT, .at_us = 0, .visit = {0, 31400000}},
        {.kind = TEL_EXPOSURE, .at_us = 5000000, .exposure = {{0, 2, {0, 1}, 0}, 1, 9000000, 1}},
        {.kind = TEL_OUTCOME, .at_us = 6000000, .outcome = {0, TEL_WHAT_REWOUND, TEL_NONE, 1000000, 0, 0}},
        {.kind = TEL_EXPOSURE, .at_us = 7000000, .exposure = {{0, 2, {0, 1}, 0}, 1, 9000000, 1}},
        {.kind = TEL_OUTCOME, .at_us = 8000000, .outcome = {0, TEL_WHAT_SKIPPED, TEL_NONE, 1000000, 0, 0}},
        {.kind = TEL_LEAVE, .at_us = 9000000, .leave = {3, 0, 0, 0}}, /* not there: refused */
        {.kind = TEL_EXPOSURE, .at_us = 9000000, .exposure = {{0, 2, {0, 1}, 0}, 1, 9000000, 1}},
        {.kind = TEL_OUTCOME, .at_us = 10000000, .outcome = {0, TEL_WHAT_TIMEOUT, TEL_NONE, 9000000, 0, 0}},
        {.kind = TEL_EXPOSURE, .at_us = 11000000, .exposure = {{0, 2, {0, 1}, 0}, 1, 9000000, 1}},
        {.kind = TEL_OUTCOME, .at_us = 12000000, .outcome = {0, TEL_WHAT_QUIT, TEL_NONE, 1000000, 0, 1}},
        {.kind = TEL_EXPOSURE, .at_us = 13000000, .exposure = {{1, 2, {0, 1}, 0}, 1, 9000000, 5}},
    };
    struct tel_viewing v = test_viewing("0290aaaa-bbbb-7ccc-8ddd-eeeeffff0003");
    v.viewer[0] = '\0';
    v.mode = TEL_MODE_HEADLESS;
    v.chooser = TEL_CHOOSER_RANDOM;
    v.time_mode = 0;
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, records, G_N_ELEMENTS(records));
}

static void test_show(void)
{
    g_autofree char *path = in_dir("show.sqlite");
    struct writer *w = open_writer(path, 0);
    writer_flush(w, TEST_LONG);
    g_autoptr(GString) text = g_string_new(NULL);
    struct store *s = NULL;
    for (int i = 0; i < 1000 && !s; i++, g_usleep(1000)) /* made by the writer's thread */
        s = g_file_test(path, G_FILE_TEST_EXISTS) ? open_report(path) : NULL;
    ok(show_list(s, 0, text, NULL), "a list of nothing");
    test_play_all(w, TEST_ID);
    play_trouble(w);
    struct writer_status status;
    writer_flush(w, TEST_LONG);
    writer_status(w, &status);
    is_int((int64_t)status.lost, 1, "a record that makes no sense is counted as lost");
    ok(show_list(s, 0, text, NULL) && show_viewing(s, TEST_ID, NULL, text, NULL) && g_string_append_c(text, '\n') &&
           show_viewing(s, "02", NULL, text, NULL),
       "shown while the store is written");
    const gsize n = text->len;
    ok(!show_viewing(s, "03", NULL, text, NULL) && text->len == n, "what is not there changes nothing");
    is_golden(text->str, "tests/golden/telemetry-show.txt");
    g_string_truncate(text, 0);
    ok(show_viewing(s, TEST_ID, "de", text, NULL) && show_viewing(s, "02", "de", text, NULL), "in German");
    is_golden(text->str, "tests/golden/telemetry-show-de.txt");
    store_close(s);
    writer_close(w, TEST_LONG);
    is_int(ask_file(path, HOLES), 0, "a refused record leaves no hole");
    is_int(ask_file(path, "SELECT seq FROM gap"), 6, "a gap stands in its place");
    is_int(ask_file(path, "SELECT exposures FROM v_decision WHERE decision = 'which-ticket'"), 1,
           "a machine's choices are not counted among people's");
}

static void test_refused(void)
{
    static const struct {
        const char *what;
        struct tel_record record;
    } cases[] = {
        {"node out of range", {.kind = TEL_VISIT, .visit = {4, 0}}},
        {"negative node", {.kind = TEL_VISIT, .visit = {-1, 0}}},
        {"leave without visit", {.kind = TEL_LEAVE, .leave = {0, 0, 0, 0}}},
        {"outcome without exposure", {.kind = TEL_OUTCOME, .outcome = {0, 0, 0, 0, 0, 0}}},
        {"decision out of range", {.kind = TEL_EXPOSURE, .exposure = {{2, 0, {0}, 0}, 0, 0, 1}}},
        {"option out of range", {.kind = TEL_EXPOSURE, .exposure = {{1, 1, {2}, 0}, 0, 0, 1}}},
        {"option twice", {.kind = TEL_EXPOSURE, .exposure = {{1, 2, {1, 1}, 0}, 0, 0, 1}}},
        {"more options than there can be", {.kind = TEL_EXPOSURE, .exposure = {{1, 255, {0}, 0}, 0, 0, 1}}},
        {"ending out of range", {.kind = TEL_REACHED, .reached = {2}}},
        {"unknown kind", {.kind = TEL_KINDS}},
    };
    g_autofree char *path = in_dir("refused.sqlite");
    struct writer *w = open_writer(path, 0);
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct writer_status status;
        writer_put(w, &cases[i].record);
        writer_flush(w, TEST_LONG);
        writer_status(w, &status);
        is_int((int64_t)status.lost, (int64_t)i + 1, cases[i].what);
    }
    test_put_all(w, test_play, 3);
    writer_put(w, &test_play[2]); /* a second outcome of the same exposure */
    is_int((int64_t)writer_close(w, TEST_LONG), G_N_ELEMENTS(cases) + 1, "all of them, and a second outcome");
    is_int(ask_file(path, "SELECT count(*) FROM outcome"), 1, "the first outcome stands");
    is_int(ask_file(path, HOLES), 0, "no holes");
    is_int(ask_file(path, "SELECT sum(count) FROM gap WHERE why = 1"), G_N_ELEMENTS(cases) + 1, "each has its gap");
}

/* Callers' mistakes before any record: there is nothing to write to, and nothing breaks. */
static void test_misuse(void)
{
    static const struct tel_decision bad_decision[] = {{"d", NULL, 1, 9, 0, 0}};
    static const struct tel_story bad_story = {.name = "s",
                                               .version = "1",
                                               .title = "S",
                                               .nodes = test_nodes,
                                               .decisions = bad_decision,
                                               .n_nodes = 4,
                                               .n_decisions = 1};
    g_autofree char *path = in_dir("misuse.sqlite");
    struct writer *w = open_writer(path, 0);
    struct tel_viewing v = test_viewing(TEST_ID);
    ok(!writer_put(w, &test_play[0]), "no story, no viewing");
    writer_begin(w, &v);
    ok(!writer_put(w, &test_play[0]), "no story");
    writer_story(w, &bad_story);
    writer_begin(w, &v);
    ok(!writer_put(w, &test_play[0]), "a story that makes no sense");
    writer_story(w, &test_story);
    g_strlcpy(v.id, "not an id", sizeof v.id);
    writer_begin(w, &v);
    ok(!writer_put(w, &test_play[0]), "an id that is none");
    is_int((int64_t)writer_close(w, TEST_LONG), 4, "each was counted");
}

static void test_off(void)
{
    g_autofree char *path = in_dir("off/off.sqlite");
    const struct writer_options o = {.path = path, .off = true};
    struct writer *w = writer_open(&o, NULL);
    test_play_all(w, TEST_ID);
    struct writer_status status;
    writer_status(w, &status);
    ok(status.off && status.accepted == 0 && status.lost == 0 && writer_flush(w, 0), "off: nothing is kept");
    is_int((int64_t)writer_close(w, 0), 0, "nothing is lost either");
    g_autofree char *folder = in_dir("off");
    ok(!g_file_test(folder, G_FILE_TEST_EXISTS), "no file, no folder");
}

/* Another program holds the store until `db` is closed. */
static sqlite3 *hold(const char *path)
{
    const struct store_options o = {.path = path};
    store_close(store_open(&o, NULL));
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    ok(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK, "the store is held");
    return db;
}

/* 8 places: story, viewing, 5 records, and one that is kept for the gap. */
static void test_full_queue(void)
{
    g_autofree char *path = in_dir("full.sqlite");
    sqlite3 *db = hold(path);
    struct writer *w = open_writer(path, 8);
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    static const struct tel_record visit = {.kind = TEL_VISIT, .at_us = 1000000, .visit = {1, 0}};
    int taken = 0;
    for (int i = 0; i < 12; i++)
        taken += writer_put(w, &visit);
    is_int(taken, 5, "what fits is taken");
    ok(!writer_flush(w, 1000), "nothing is written while the store is held");
    struct writer_status status;
    writer_status(w, &status);
    is_int((int64_t)status.queued, 5, "and kept in memory");
    is_int((int64_t)status.lost, 7, "what does not fit is counted");
    sqlite3_close(db);
    ok(writer_flush(w, TEST_LONG), "written when the store is free");
    ok(writer_put(w, &visit), "and there is room again");
    ok(writer_flush(w, TEST_LONG), "also on disk");
    is_int(ask_file(path, "SELECT count FROM gap WHERE seq = 6 AND why = 0"), 7,
           "the gap tells the loss, in its place");
    is_int(ask_file(path, "SELECT max(seq) FROM visit"), 7, "what came after follows the gap");
    is_int(ask_file(path, HOLES), 0, "no holes");
    is_int(ask_file(path, "SELECT lost FROM v_viewing"), 7, "the view says so too");

    db = hold(path);
    for (int i = 0; i < 12; i++)
        writer_put(w, &visit);
    g_usleep(1000);
    sqlite3_close(db);
    is_int((int64_t)writer_close(w, TEST_LONG), 12, "7 places now, 5 more lost");
    is_int(ask_file(path, "SELECT sum(count) FROM gap"), 12, "a loss at the end is told at the end");
    is_int(ask_file(path, HOLES), 0, "no holes");
}

/* What cannot be written by the deadline is counted. */
static void test_close_deadline(void)
{
    g_autofree char *path = in_dir("deadline.sqlite");
    sqlite3 *db = hold(path);
    struct writer *w = open_writer(path, 0);
    test_play_all(w, TEST_ID);
    is_int((int64_t)writer_close(w, 20000), G_N_ELEMENTS(test_play), "all are counted that did not reach the disk");
    sqlite3_close(db);
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), 0, "none did");
}

/* A folder in the store's place: the writer does not wait an hour for it to become a store. */
static void test_hopeless(void)
{
    struct writer *w = open_writer(dir, 0);
    test_play_all(w, TEST_ID);
    ok(!writer_flush(w, 3600 * US_PER_SECOND), "flushing gives up at once");
    is_int((int64_t)writer_close(w, 3600 * US_PER_SECOND), G_N_ELEMENTS(test_play), "and so does closing");
}

#define THE_VIEWING "(SELECT viewing FROM gap)"

static void damage(const char *path)
{
    sqlite3 *db = NULL; /* every page but the first, and nothing left in the log */
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    FILE *f = fopen(path, "r+");
    fseek(f, 4096, SEEK_SET);
    for (int i = 0; i < 4096 * 40; i++)
        fputc(0xa5, f);
    fclose(f);
    sqlite3_exec(db, "PRAGMA user_version=1", NULL, NULL, NULL); /* makes other connections read anew */
    sqlite3_close(db);
}

/* Another store, as from a backup, takes its place. */
static void replace(const char *path)
{
    g_autofree char *other = g_strconcat(path, ".other", NULL);
    struct writer *w = open_writer(other, 0);
    test_play_all(w, TEST_ID_2);
    writer_close(w, TEST_LONG);
    for (int i = 0; i < 2; i++) {
        g_autofree char *log = g_strconcat(path, i ? "-shm" : "-wal", NULL);
        g_unlink(log);
    }
    ok(g_rename(other, path) == 0, "replaced");
}

static bool overlay_tells(const struct writer_status *status, const char *words)
{
    struct hud *hud = hud_new(NULL);
    const struct hud_state state = {0};
    struct view view = {0};
    bool found = false;
    hud_toggle_stats(hud);
    hud_stats_telemetry(hud, status);
    hud_view(hud, &state, 0, &view);
    for (int i = 0; i < view.stat_count; i++)
        found |= strstr(view.stats[i], words) != NULL;
    hud_free(hud);
    return found;
}

/* What is open is written again under its number, and gaps stand for the numbers between. */
static void test_lost_between(void)
{
    g_autofree char *path = in_dir("between.sqlite");
    struct writer *w = open_writer(path, 0);
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, test_play, 8);
    ok(writer_flush(w, TEST_LONG), "eight events are on disk: a visit is open, and the second question of it");
    g_unlink(path);
    test_put_all(w, test_play + 8, G_N_ELEMENTS(test_play) - 8);
    is_int((int64_t)writer_close(w, TEST_LONG), 6, "six are lost");
    is_int(ask_file(path, "SELECT sum(count) = 6 AND min(seq) = 4 AND max(seq) = 7 AND count(*) = 2 FROM gap"), 1,
           "four before the visit, two between it and the question");
    is_int(ask_file(path, "SELECT sum(count) + (SELECT count(*) FROM visit) + (SELECT count(*) FROM leave)"
                          " + (SELECT count(*) FROM exposure) + (SELECT count(*) FROM outcome)"
                          " + (SELECT count(*) FROM reached) + 1 = (SELECT seq FROM finish) FROM gap"),
           1, "no number is without its row");
}

/* The file goes away, is damaged, or another takes its place, under a running play. */
static void test_lost_store(void)
{
    enum { DELETED, DAMAGED, REPLACED, WAYS };
    for (int way = 0; way < WAYS; way++) {
        static const char *const names[] = {"deleted.sqlite", "damaged.sqlite", "replaced.sqlite"};
        const bool damaged = way == DAMAGED;
        g_autofree char *path = in_dir(names[way]);
        struct writer *w = open_writer(path, 0);
        const struct tel_viewing v = test_viewing(TEST_ID);
        writer_story(w, &test_story);
        writer_begin(w, &v);
        test_put_all(w, test_play, 6);
        ok(writer_flush(w, TEST_LONG), "six events are on disk");
        if (damaged)
            damage(path);
        else if (way == REPLACED)
            replace(path);
        else
            g_unlink(path);
        test_put_all(w, test_play + 6, G_N_ELEMENTS(test_play) - 6);
        ok(writer_flush(w, TEST_LONG), "the rest is written all the same");
        struct writer_status status;
        writer_status(w, &status);
        is_int(strstr(status.notice, "damaged") != NULL, damaged, "it is said");
        is_int(overlay_tells(&status, "It is kept as"), damaged, "on the overlay, too");
        printf("# %s %s\n", status.notice, status.error);
        is_int((int64_t)status.lost, 4, "and counted: what is open was written again, the rest stayed behind");
        is_int((int64_t)writer_close(w, TEST_LONG), 4, "no more");
        is_int(ask_file(path, SOUND), 1, "the new store is sound");
        is_int(ask_file(path, "SELECT count FROM gap WHERE why = 2"), 4, "the gap says how many");
        is_int(ask_file(path, "SELECT count(*) FROM outcome WHERE viewing = " THE_VIEWING), 2,
               "the open decision got its outcome");
        is_int(ask_file(path, "SELECT count(*) FROM finish WHERE viewing = " THE_VIEWING), 1,
               "the viewing has its end");
        is_int(ask_file(path, "SELECT count(*) FROM viewing"), way == REPLACED ? 2 : 1, "what else there is stays");
    }
}

/*
 * Two files in a row are lost: nothing is counted twice, and a decision whose outcome stayed behind does not appear
 * without it.
 */
static void test_lost_again(void)
{
    g_autofree char *path = in_dir("again.sqlite");
    struct writer *w = open_writer(path, 0);
    const struct tel_viewing v = test_viewing(TEST_ID);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, test_play, 7);
    ok(writer_flush(w, TEST_LONG) && g_unlink(path) == 0, "deleted behind an outcome");
    test_put_all(w, test_play + 7, 1);
    ok(writer_flush(w, TEST_LONG), "the next exposure is in a new store");
    is_int(ask_file(path, "SELECT count(*) FROM exposure"), 1, "alone");
    is_int(g_unlink(path), 0, "deleted again, before its outcome");
    test_put_all(w, test_play + 8, G_N_ELEMENTS(test_play) - 8);
    ok(writer_flush(w, TEST_LONG), "the rest is written all the same");
    is_int((int64_t)writer_close(w, TEST_LONG), 6, "all but the visit and the exposure that were open stayed behind");
    is_int(ask_file(path, SOUND), 1, "the new store is sound");
    is_int(ask_file(path, "SELECT sum(count) FROM gap"), 6, "its gap says so");
    is_int(ask_file(path, "SELECT count(*) FROM v_exposure WHERE outcome = 'pick'"), 1,
           "the open decision got its outcome");
    is_int(ask_file(path, "SELECT count(*) FROM v_exposure"), 1, "and is the only one");
}

/* ---- several programs ------------------------------------------------------------------------------------------ */

#define PLAYERS 3
#define PLAYS   40

/* Plays half of its plays, then waits until the reader has read what there is so far, or is gone. */
static void player(const char *path, const int go_on[2])
{
    struct writer *w = open_writer(path, 0);
    uint64_t refused = 0;
    char byte;
    close(go_on[1]);
    for (int i = 0; i < PLAYS; i++) {
        char id[TEL_ID_SIZE];
        tel_new_id(id, TEST_START);
        test_play_all(w, id);
        if (i % 4 == 0)
            writer_flush(w, TEST_LONG);
        if (i == PLAYS / 2 && read(go_on[0], &byte, 1) < 0)
            _exit(1);
    }
    refused = writer_close(w, TEST_LONG);
    _exit(refused == 0 ? 0 : 1);
}

/* What a reader sees: whole batches, so only viewings without holes. */
static bool read_all(const char *path, int64_t *events)
{
    struct store *s = open_report(path);
    g_autoptr(GString) list = g_string_new(NULL);
    const bool done = s && show_list(s, 0, list, NULL) && show_viewing(s, "last", NULL, list, NULL);
    store_close(s);
    *events = done ? ask_file(path, "SELECT count(*) FROM " EVERY_SEQ) : -1;
    return *events >= 0 && ask_file(path, HOLES) == 0;
}

/* What a report does first: it counts, in the store that is being played into. */
static bool sum_up(const char *path)
{
    const struct store_options o = {.path = path};
    struct store *s = store_open(&o, NULL);
    const bool done = s && !s->aside && aggregate_catch_up(s, NULL);
    store_close(s);
    return done;
}

/* Reads and counts until everything is there. The players go on once it has done so with a part of it. */
static void reader(const char *path, const int go_on[2])
{
    const int64_t all = (int64_t)PLAYERS * PLAYS * (int64_t)G_N_ELEMENTS(test_play);
    bool told = false;
    while (!g_file_test(path, G_FILE_TEST_EXISTS) || ask_file(path, "SELECT count(*) FROM outcome") <= 0)
        g_usleep(1000);
    for (int64_t events = 0, before = 0; events < all; before = events) {
        if (!read_all(path, &events) || events < before || !sum_up(path))
            _exit(1);
        if (!told && write(go_on[1], "123", PLAYERS) != PLAYERS)
            _exit(1);
        told |= events < all;
    }
    _exit(told ? 0 : 1);
}

static void test_players(void)
{
    g_autofree char *path = in_dir("players.sqlite");
    pid_t pids[PLAYERS + 1];
    int go_on[2];
    if (pipe(go_on) != 0)
        abort();
    for (int i = 0; i < PLAYERS; i++)
        if ((pids[i] = fork()) == 0)
            player(path, go_on);
    if ((pids[PLAYERS] = fork()) == 0)
        reader(path, go_on);
    close(go_on[0]);
    close(go_on[1]);
    int failed = 0;
    for (int i = 0; i <= PLAYERS; i++) {
        int status = 0;
        waitpid(pids[i], &status, 0);
        failed += status != 0;
    }
    is_int(failed, 0, "several players and a report on one new store at once, none loses anything or fails");
    is_int(ask_file(path, "SELECT sum(viewings) FROM v_ending"), PLAYERS * PLAYS, "each viewing has its ending");
    is_int(ask_file(path, "SELECT count(*) FROM pragma_foreign_key_check"), 0, "whatever is referred to is there");
    is_int(ask_file(path, "SELECT count(*) FROM viewing"), PLAYERS * PLAYS, "every viewing is there");
    is_int(ask_file(path, "SELECT count(*) FROM " EVERY_SEQ), PLAYERS * PLAYS * (int64_t)G_N_ELEMENTS(test_play),
           "every event");
    is_int(ask_file(path, HOLES), 0, "no holes");
    is_int(ask_file(path, "SELECT count(*) FROM option"), 5, "the story was registered once by all");
    is_int(ask_file(path, "SELECT count(DISTINCT nth) FROM viewing"), PLAYERS * PLAYS,
           "replays are counted across them");
    is_int(ask_file(path, SOUND), 1, "sound");
}

/* Plays forever, and sends a byte down the pipe for every outcome that is on disk. */
static void victim(const char *path, int pipe_out)
{
    struct writer *w = open_writer(path, 0);
    for (;;) {
        char id[TEL_ID_SIZE];
        tel_new_id(id, TEST_START);
        const struct tel_viewing v = test_viewing(id);
        writer_story(w, &test_story);
        writer_begin(w, &v);
        for (size_t i = 0; i < G_N_ELEMENTS(test_play); i++) {
            writer_put(w, &test_play[i]);
            if (test_play[i].kind == TEL_OUTCOME && (!writer_flush(w, TEST_LONG) || write(pipe_out, "", 1) != 1))
                _exit(1);
        }
    }
}

static void test_kills(GRand *random)
{
    g_autofree char *path = in_dir("kills.sqlite");
    int64_t told = 0, broken = 0, before = 0, lost = 0;
    for (int kill_no = 0; kill_no < 12; kill_no++) {
        int ends[2];
        if (pipe(ends) != 0)
            abort();
        const pid_t pid = fork();
        if (pid == 0)
            victim(path, ends[1]);
        close(ends[1]);
        char byte;
        for (int n = g_rand_int_range(random, 0, 40); n > 0 && read(ends[0], &byte, 1) == 1; n--)
            told++;
        kill(pid, SIGKILL);
        while (read(ends[0], &byte, 1) == 1) /* told before it died */
            told++;
        waitpid(pid, NULL, 0);
        close(ends[0]);
        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        const struct store_options o = {.path = path}; /* it may have died while making the store */
        struct store *s = store_open(&o, NULL);
        broken += !s || s->aside;
        store_close(s);
        broken += ask_file(path, SOUND) != 1;
        const int64_t there = ask_file(path, "SELECT count(*) FROM outcome");
        lost += there < told ? told - there : 0;
        broken += there < before;
        before = there;
    }
    ok(told > 0, "12 kills, %" PRId64 " outcomes told", told);
    is_int(lost, 0, "none of them was lost");
    is_int(broken, 0, "no store was broken");
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 10) : 20260101;
    GRand *random = g_rand_new_with_seed(seed);
    printf("# seed %u\n", seed);
    fflush(stdout); /* children must not print it too */
    g_setenv("TZ", "UTC", TRUE);
    dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    test_players(); /* forks: before this process has threads */
    test_kills(random);
    test_round_trip();
    test_by_itself();
    test_find();
    test_show();
    test_refused();
    test_misuse();
    test_off();
    test_full_queue();
    test_close_deadline();
    test_hopeless();
    test_lost_store();
    test_lost_between();
    test_lost_again();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_rand_free(random);
    g_free(dir);
    return tap_done();
}
