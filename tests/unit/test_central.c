/* What of the distributed engine can be tested without one: addresses, what goes into statements and rows, ids, cells. The rest is
 * `make test-central`. */

#include "tests/tap.h"

#include "telemetry/central/cells.h"
#include "telemetry/central/engine.h"
#include "telemetry/central/retaining.h"
#include "telemetry/central/rolling.h"
#include "telemetry/central/rows.h"
#include "telemetry/central/scratch.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void test_addresses(void)
{
    static const struct {
        const char *address, *database, *cluster; /* database: NULL where it makes no sense */
    } table[] = {
        {"clickhouse:http://h:8123/film", "film", "frumious"},
        {"clickhouse:https://a:1,b:2/film?cluster=big&quorum=3", "film", "big"},
        {"clickhouse:http://h/film_2?quorum=1", "film_2", "frumious"},
        {"clickhouse:http://h:8123", NULL, NULL},
        {"clickhouse:http:///film", NULL, NULL},
        {"clickhouse:ftp://h/film", NULL, NULL},
        {"clickhouse:http://user:word@h/film", NULL, NULL},
        {"clickhouse:http://h/fi;lm", NULL, NULL},
        {"clickhouse:http://h/film?cluster=a'b", NULL, NULL},
        {"clickhouse:http://h/film?quorum=0", NULL, NULL},
        {"clickhouse:http://h/film?else=1", NULL, NULL},
        {"film", NULL, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        struct engine *e = engine_open(table[i].address, &error);
        const bool right = table[i].database ? e && strcmp(engine_database(e), table[i].database) == 0 &&
                                                   strcmp(engine_cluster(e), table[i].cluster) == 0
                                             : !e && g_error_matches(error, ENGINE_ERROR, ENGINE_ERROR_ADDRESS);
        ok(right, "%s", table[i].address);
        engine_close(e);
    }
}

static void test_texts(void)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(GString) sql = g_string_new(NULL);
    engine_field(rows, true, "a\tb\n'c'\\");
    engine_field_number(rows, false, -7);
    is_str(rows->str, "a\\tb\\n\\'c\\'\\\\\t-7", "a field stays one field on one line");
    static const int64_t numbers[] = {0, 9, 10, -1, 1767225600000, G_MAXINT64, G_MININT64};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autoptr(GString) written = g_string_new(NULL);
        g_autofree char *printed = g_strdup_printf("%" G_GINT64_FORMAT, numbers[i]);
        engine_put_number(written, numbers[i]);
        is_str(written->str, printed, "a number is as printf writes it");
    }
    engine_quote(sql, "x') OR ('1'='1");
    is_str(sql->str, "'x\\') OR (\\'1\\'=\\'1'", "a quoted text stays one text");
}

static void test_months(void)
{
    is_int(rows_month("019b7866-2a00-7db1-8a17-f8be7de834ff", false, 0), 202601, "the month in an id");
    is_int(rows_month("00000000-0000-7db1-8a17-f8be7de834ff", false, 0), 0, "a clock that was never set");
    is_int(rows_month("ffffffff-ffff-7db1-8a17-f8be7de834ff", false, 0), 0, "a clock beyond all calendars");
    is_int(rows_month("019b7866-2a00-4db1-8a17-f8be7de834ff", false, 0), 0, "an id without a clock");
}

/* A month goes when its last day is older than the limit, and not an hour before. */
static void test_due(void)
{
    static const struct {
        guint month;
        int days, hour, day; /* of March 2026 */
        bool due;
    } table[] = {{202602, 1, 0, 1, false},  {202602, 1, 23, 1, false}, {202602, 1, 0, 2, true},
                 {202601, 28, 0, 1, true},  {202601, 29, 0, 1, false}, {202512, 59, 0, 1, true},
                 {202603, 1, 0, 31, false}, {202713, 1, 0, 1, false},  {0, 1, 0, 1, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GDateTime) now = g_date_time_new_utc(2026, 3, table[i].day, table[i].hour, 0, 0);
        ok(retaining_is_due(table[i].month, table[i].days, now) == table[i].due, "month %u after %d days",
           table[i].month, table[i].days);
    }
}

/* An answer to `cells` of these lines. */
static struct engine_rows *answer(const char *const *lines)
{
    struct engine_rows *r = g_new0(struct engine_rows, 1);
    r->lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    for (; *lines; lines++)
        g_ptr_array_add(r->lines, g_strsplit(*lines, " ", -1));
    return r;
}

/* A month has sums once it is over, by UTC, and an answer is only used with exactly the sums that were asked for. */
static void test_rolling(void)
{
    static const struct {
        int year, month, day, hour;
        const char *zone;
        guint open;
    } moments[] = {{2026, 3, 1, 0, "+00", 202603},
                   {2026, 2, 28, 23, "+00", 202602},
                   {2026, 3, 1, 0, "+13", 202602},
                   {2026, 12, 31, 23, "-05", 202701}};
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++) {
        g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(moments[i].zone);
        g_autoptr(GDateTime) now =
            g_date_time_new(zone, moments[i].year, moments[i].month, moments[i].day, moments[i].hour, 0, 0);
        is_int(rolling_open_month(now), moments[i].open, "the month that is not over yet");
    }
    static const struct {
        const char *lines[5];
        bool in;
        const char *what;
    } answers[] = {
        {{"7 20000 0 0 1 0 0 5", "7 20000 0 0 1 1 0 -9", "7 20000 0 0 1 72057594037927936 0 5", "7 20001 0 0 1 0 0 2"},
         true,
         "all of the sums"},
        {{"7 20000 0 0 1 0 0 7", "7 20000 0 0 1 1 0 -8"}, false, "sums of other viewings"},
        {{"7 20000 0 0 1 0 0 5", "7 20000 0 0 1 1 0 -9"}, false, "sums of a part of them"},
        {{"7 20000 0 0 1 72057594037927936 0 5"}, false, "none of them"},
    };
    struct rolling r;
    rolling_init(&r);
    struct engine_rows *none = answer(answers[3].lines);
    ok(rolling_is_in(&r, none), "where no month has sums, none are missed");
    engine_rows_free(none);
    r.viewings = 7;
    r.print = (uint64_t)-9;
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        struct engine_rows *rows = answer(answers[i].lines);
        ok(rolling_is_in(&r, rows) == answers[i].in, "%s", answers[i].what);
        engine_rows_free(rows);
    }
    rolling_clear(&r);
}

/* Every kind of cell comes back as it was, whatever the film's things are numbered from. */
static void test_cells(void)
{
    static const struct film_base film = {10, 200, 3000, 40000, 500, 60, 7, 8};
    struct tally *before = tally_new(), *placed = tally_new(), *after = tally_new();
    for (int kind = TALLY_VIEWINGS; kind < TALLY_KINDS; kind++)
        tally_add(before, (enum tally_kind)kind, 1, 70000, 0, kind);
    tally_add(before, TALLY_EDGE, 1, 0, 201, 3);
    tally_add(before, TALLY_END, 1, 205, 501, 4);
    tally_add(before, TALLY_OUTCOME, 1, 9, tally_outcome(-1, 0, 40007), 5);
    tally_add(before, TALLY_OUTCOME, 2, 9, tally_outcome(3, 1, 0), 6);
    tally_add(before, TALLY_LATENCY, 1, 3002, tally_latency(0, 40003, 77), 7);
    tally_add(before, TALLY_ASSOCIATION, 1, 3001, tally_association(61, 40002, 2), 8);
    tally_settle(before);
    for (guint i = 0; i < before->cells->len; i++) {
        const struct tally_cell *c = &g_array_index(before->cells, struct tally_cell, i);
        cells_add_placed(placed, c, &film, tally_kind(c) == TALLY_OUTCOME ? tally_a(c) : 0);
    }
    tally_settle(placed);
    for (guint i = 0; i < placed->cells->len; i++) {
        const struct tally_cell *c = &g_array_index(placed->cells, struct tally_cell, i);
        cells_add_numbered(after, c, &film, tally_kind(c) == TALLY_OUTCOME ? tally_a(c) : 0);
    }
    g_autoptr(GByteArray) x = tally_encode(before), y = tally_encode(after), z = tally_encode(placed);
    ok(x->len == y->len && memcmp(x->data, y->data, x->len) == 0, "cells come back from their places as they were");
    ok(x->len != z->len || memcmp(x->data, z->data, x->len) != 0, "and had others there");
    ok(cells_menu(1, "0,1") == cells_menu(1, "0,1") && cells_menu(1, "0,1") != cells_menu(1, "0,1L") &&
           cells_menu(1, "0,1") != cells_menu(2, "0,1") && cells_menu(1, "0") > 0 &&
           cells_menu(1, "0") < INT64_C(1) << 48,
       "a menu's id is made of its decision and shape");
    tally_free(before);
    tally_free(placed);
    tally_free(after);
}

/* Who asks for a viewing that is not there is told so. */
static void test_no_viewing(struct scratch *s)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) events = g_string_new(NULL);
    struct rows_header h;
    struct rows_reader *r = rows_reader_new(s->store);
    ok(!rows_read(r, 7, 0, "", 1, &h, events, &error) && error && strstr(error->message, "viewing 7"), "%s",
       error ? error->message : "no error");
    ok(events->len == 0, "and no row is made");
    rows_header_clear(&h);
    rows_reader_free(r);
}

/* Folders in which viewings lay for a moment: what a killed program left goes, what another one uses stays. */
static void test_abandoned(void)
{
    /* GLib reads the variable once. */
    const char *top = g_getenv("TMPDIR");
    g_autofree char *tmp = g_build_filename(top ? top : "/tmp", "central-XXXXXX", NULL);
    ok(g_mkdtemp(tmp) && g_setenv("TMPDIR", tmp, TRUE) && strcmp(g_get_tmp_dir(), tmp) == 0,
       "a place for temporary folders");
    char *paths[3];
    static const char *const names[] = {"frumious-central-killed", "frumious-central-in_use", "else"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        paths[i] = g_build_filename(tmp, names[i], NULL);
        g_autofree char *file = g_build_filename(paths[i], "telemetry.sqlite", NULL);
        g_mkdir(paths[i], 0700);
        g_file_set_contents(file, "viewings", -1, NULL);
    }
    const int used = open(paths[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok(used >= 0 && flock(used, LOCK_EX) == 0, "another program uses one");
    g_autoptr(GError) error = NULL;
    struct scratch *s = scratch_new(&error);
    ok(s != NULL, "a store for a moment %s", error ? error->message : "");
    ok(!g_file_test(paths[0], G_FILE_TEST_EXISTS), "what a killed program left is gone");
    ok(g_file_test(paths[1], G_FILE_TEST_EXISTS), "what another program uses stays");
    ok(g_file_test(paths[2], G_FILE_TEST_EXISTS), "and so does what is not ours");
    if (s)
        test_no_viewing(s);
    g_autofree char *own = s ? g_strdup(s->folder) : NULL;
    scratch_free(s);
    ok(own && !g_file_test(own, G_FILE_TEST_EXISTS), "its own goes with it");
    close(used);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = g_build_filename(paths[i], "telemetry.sqlite", NULL);
        g_unlink(file);
        g_rmdir(paths[i]);
        g_free(paths[i]);
    }
    g_rmdir(tmp);
}

int main(void)
{
    test_abandoned();
    test_addresses();
    test_texts();
    test_months();
    test_due();
    test_rolling();
    test_cells();
    return tap_done();
}
