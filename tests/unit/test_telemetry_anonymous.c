/*
 * What leaves the machine reveals nobody. Random audiences are attacked by subtraction, within tables, between them and
 * along a film's graph, by an attacker who knows more than is published. The same attacker learns small numbers from
 * tables in which small cells are merely left out; otherwise the test would prove nothing.
 */
#include "tap.h"

#include "telemetry/keep/erase.h"
#include "telemetry/keep/merge.h"
#include "telemetry/read/anonymous.h"
#include "telemetry/store/query.h"
#include "test_telemetry.h"

#include <sqlite3.h>
#include <stdlib.h>

#define ROWS_MAX    60
#define ANSWERS_MAX 5
#define VALUES_MAX  4
#define ROUNDS      1500

struct audience {
    size_t rows, answers;
    int32_t k;
    int32_t truth[ROWS_MAX * ANSWERS_MAX], told[ROWS_MAX * ANSWERS_MAX];
    size_t needs
        [ANSWERS_MAX]; /* the question is asked only of those who gave question needs the answer 0; itself: of all */
};

/* Skewed, so that small cells are common; a question that was not asked has the answer VALUES_MAX. */
static void draw(GRand *rand, struct audience *a)
{
    a->rows = (size_t)g_rand_int_range(rand, 0, ROWS_MAX + 1);
    a->answers = (size_t)g_rand_int_range(rand, 1, ANSWERS_MAX + 1);
    a->k = g_rand_int_range(rand, 2, 8);
    for (size_t q = 0; q < a->answers; q++)
        a->needs[q] = g_rand_boolean(rand) ? q : (size_t)g_rand_int_range(rand, 0, (gint32)q + 1);
    for (size_t r = 0; r < a->rows; r++)
        for (size_t q = 0; q < a->answers; q++) {
            const bool asked = a->needs[q] == q || a->truth[r * a->answers + a->needs[q]] == 0;
            const double u = g_rand_double(rand);
            a->truth[r * a->answers + q] = asked ? (int32_t)(u * u * u * VALUES_MAX) : VALUES_MAX;
        }
    memcpy(a->told, a->truth, sizeof a->told);
}

static int32_t at(const struct audience *a, size_t row, size_t q)
{
    return a->told[row * a->answers + q];
}

/* The only change is to withheld. */
static bool only_withheld(const struct audience *a)
{
    for (size_t i = 0; i < a->rows * a->answers; i++)
        if (a->told[i] != a->truth[i] && a->told[i] != ANONYMOUS_WITHHELD)
            return false;
    return true;
}

/*
 * The fewest rows that share everything that is left: the promise itself, counted by comparing each row with every
 * other.
 */
static int32_t smallest_class(const struct audience *a)
{
    int32_t smallest = ROWS_MAX + 1;
    for (size_t r = 0; r < a->rows; r++) {
        int32_t same = 0;
        for (size_t o = 0; o < a->rows; o++)
            same += memcmp(&a->told[r * a->answers], &a->told[o * a->answers], a->answers * sizeof(int32_t)) == 0;
        smallest = MIN(smallest, same);
    }
    return smallest;
}

/*
 * Subtraction: for any two cells of any tables (withheld is a cell, too) the attacker knows how many rows are in the
 * first, in both, and so in one without the other. Returns how many of these numbers are small: 1 … k - 1.
 */
static int small_differences(const struct audience *a)
{
    int small = 0;
    for (size_t p = 0; p < a->answers; p++)
        for (size_t q = 0; q < a->answers; q++)
            for (int32_t v = ANONYMOUS_WITHHELD; v <= VALUES_MAX; v++)
                for (int32_t w = ANONYMOUS_WITHHELD; w <= VALUES_MAX; w++) {
                    int32_t first = 0, both = 0;
                    for (size_t r = 0; r < a->rows; r++) {
                        first += at(a, r, p) == v;
                        both += at(a, r, p) == v && at(a, r, q) == w;
                    }
                    small += (first > 0 && first < a->k) + (both > 0 && both < a->k) +
                             (first - both > 0 && first - both < a->k);
                }
    return small;
}

/*
 * Bounds: how many rows at most gave an answer, for somebody who knows the film's graph: those of which it is told, and
 * all whose answer is withheld, unless what else is told of them rules it out. Returns how many truly small answers the
 * attacker can prove to be small.
 */
static int learnt(const struct audience *a)
{
    int known = 0;
    for (size_t q = 0; q < a->answers; q++)
        for (int32_t v = 0; v <= VALUES_MAX; v++) {
            int32_t really = 0, at_most = 0;
            for (size_t r = 0; r < a->rows; r++) {
                const int32_t needed = at(a, r, a->needs[q]);
                const bool not_asked = a->needs[q] != q && needed > 0, asked = a->needs[q] == q || needed == 0;
                const bool possible = v == VALUES_MAX ? !asked : !not_asked;
                really += a->truth[r * a->answers + q] == v;
                at_most += at(a, r, q) == v || (at(a, r, q) == ANONYMOUS_WITHHELD && possible);
            }
            known += really > 0 && really < a->k && at_most < a->k;
        }
    return known;
}

/* The naive way: leave out small cells, table by table. */
static void leave_out(struct audience *a)
{
    for (size_t q = 0; q < a->answers; q++)
        for (int32_t v = 0; v <= VALUES_MAX; v++) {
            int32_t n = 0;
            for (size_t r = 0; r < a->rows; r++)
                n += a->truth[r * a->answers + q] == v;
            for (size_t r = 0; n < a->k && r < a->rows; r++)
                if (a->truth[r * a->answers + q] == v)
                    a->told[r * a->answers + q] = ANONYMOUS_WITHHELD;
        }
}

static void test_attack(guint32 seed)
{
    GRand *rand = g_rand_new_with_seed(seed);
    int changed = 0, identifying = 0, small = 0, known = 0, naive = 0, told = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct audience a;
        draw(rand, &a);
        leave_out(&a);
        naive += small_differences(&a) > 0 || learnt(&a) > 0;
        memcpy(a.told, a.truth, sizeof a.told);
        anonymous_withhold(a.told, a.rows, a.answers, a.k);
        changed += !only_withheld(&a);
        if (a.rows < (size_t)a.k) { /* not even how many there are is published */
            for (size_t i = 0; i < a.rows * a.answers; i++)
                changed += a.told[i] != ANONYMOUS_WITHHELD;
            continue;
        }
        identifying += smallest_class(&a) < a.k;
        small += small_differences(&a);
        known += learnt(&a);
        for (size_t i = 0; i < a.rows * a.answers; i++)
            told += a.told[i] != ANONYMOUS_WITHHELD;
    }
    is_int(changed, 0, "answers are told as they are, or withheld");
    is_int(identifying, 0, "whatever is left is shared by k");
    is_int(small, 0, "no number and no difference of two is small");
    is_int(known, 0, "no small answer is known to be small");
    ok(naive > ROUNDS / 4, "the attack works: it breaks %d of %d audiences whose small cells are left out", naive,
       ROUNDS);
    ok(told > ROUNDS * 10, "and there is still something to read: %d answers", told);
    g_rand_free(rand);
}

static void test_spared(void)
{
    int32_t values[20][2];
    for (int32_t i = 0; i < 20; i++) {
        values[i][0] = i < 19; /* 19 : 1 */
        values[i][1] = i % 2;  /* 10 : 10 */
    }
    int32_t plain[20][2];
    for (int32_t i = 0; i < 20; i++)
        plain[i][0] = plain[i][1] = i % 2;
    anonymous_withhold(&values[0][0], 20, 2, 5);
    anonymous_withhold(&plain[0][0], 20, 2, 5);
    int withheld[2] = {0}, kept = 0;
    for (int i = 0; i < 20; i++) {
        withheld[0] += values[i][0] == ANONYMOUS_WITHHELD;
        withheld[1] += values[i][1] == ANONYMOUS_WITHHELD;
        kept += plain[i][0] == i % 2 && plain[i][1] == i % 2;
    }
    is_int(withheld[0], 20, "one among twenty takes the only other answer with it");
    is_int(withheld[1], 0, "what all may know is told");
    is_int(kept, 20, "nothing is withheld without need");
}

/* ---- from a store ------------------------------------------------------------------------------------------------ */

static bool collect(const char *text, void *data)
{
    g_string_append(data, text);
    return true;
}

static void play(struct writer *w, int n, int32_t month, int32_t option, const char *viewer)
{
    char id[TEL_ID_SIZE];
    struct tel_viewing v = test_viewing(TEST_ID);
    v.started_ms = TEST_START + INT64_C(86400000) * (31 * month) + n; /* the 1st of January, the 1st of February … */
    tel_new_id(id, v.started_ms);
    g_strlcpy(v.id, id, sizeof v.id);
    g_strlcpy(v.viewer, viewer, sizeof v.viewer);
    struct tel_record outcome = test_play[2];
    outcome.outcome.option = option;
    writer_begin(w, &v);
    test_put_all(w, test_play, 2);
    writer_put(w, &outcome);
}

/* What is told, or why nothing is. k: 0 is none that was asked for. */
static char *export_with(const char *path, int64_t now_ms, enum export_format format, int32_t k, bool read_only)
{
    const struct store_options so = {.path = path, .read_only = read_only};
    const struct anonymous_options o = {.k = k, .now_ms = now_ms};
    struct store *s = store_open(&so, NULL);
    GString *text = g_string_new(NULL);
    GError *error = NULL;
    if (!s || !anonymous_export(s, &o, format, collect, text, &error))
        g_string_printf(text, "refused: %s", error ? error->message : "?");
    g_clear_error(&error);
    store_close(s);
    return g_string_free(text, FALSE);
}

static char *export_text(const char *path, int64_t now_ms, enum export_format format)
{
    return export_with(path, now_ms, format, 5, false);
}

static void test_store(const char *dir)
{
    const int64_t march = TEST_START + INT64_C(86400000) * 60;
    g_autofree char *path = g_build_filename(dir, "t.sqlite", NULL);
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    writer_story(w, &test_story);
    for (int i = 0; i < 20; i++)
        play(w, i, 0, i < 12 ? 0 : i < 18 ? 1 : 2, ""); /* 12, 6, 2 in January */
    for (int i = 0; i < 5; i++)
        play(w, 200 + i, 0, 1, TEST_VIEWER); /* one person five times: the first is one, the others are none */
    for (int i = 0; i < 3; i++)
        play(w, i, 1, 0, ""); /* 3 in February */
    writer_flush(w, TEST_LONG);
    static const char header[] = "record,story,version,decision,answer,viewings\n";
#define LINE(record, what, answer, n) record ",org.example.night-bus,1.0," what "," answer "," n "\n"
    g_autofree char *none = export_text(path, TEST_START + 1, EXPORT_CSV);
    is_str(none, header, "before a month is over there is nothing");
    g_autofree char *january = export_text(path, march, EXPORT_CSV);
    g_autofree char *wanted = g_strconcat(
        header, LINE("viewings", "", "", "21"), LINE("period", "", "2026-01", "21"),
        LINE("decision", "which-ticket", "single", "12"), LINE("decision", "which-ticket", "(withheld)", "9"),
        LINE("decision", "which-seat", "(not asked)", "21"), LINE("ending", "", "(none)", "21"), NULL);
    is_str(january, wanted, "7 of 9 stand in for the 2 who could be subtracted; February waits for more");
    for (int i = 0; i < 5; i++)
        play(w, 100 + i, 3, 0, ""); /* April */
    for (int i = 0; i < 6; i++)
        play(w, 300 + i, 0, 2, ""); /* January again: too late */
    writer_flush(w, TEST_LONG);
    g_autofree char *during = export_text(path, march + INT64_C(86400000) * 40, EXPORT_CSV);
    is_str(during, january, "the month that lasts is left out, and what was told of a period stays");
    g_autofree char *later = export_text(path, march + INT64_C(86400000) * 70, EXPORT_CSV);
    ok(strstr(later, LINE("period", "", "2026-02 to 2026-04", "8")) &&
           strstr(later, LINE("period", "", "2026-01", "21")) && strstr(later, LINE("viewings", "", "", "29")),
       "small months wait, and are told together");
    g_autofree char *json = export_text(path, march, EXPORT_JSONL);
    ok(g_str_has_prefix(json, "{\"record\":\"viewings\",\"story\":\"org.example.night-bus\",\"version\":\"1.0\","
                              "\"decision\":\"\",\"answer\":\"\",\"viewings\":29}\n"),
       "the same as JSON Lines: %.120s", json);
    g_autofree char *other = export_with(path, march, EXPORT_CSV, 2, false);
    ok(g_str_has_prefix(other, "refused: ") && strstr(other, "--k 5"), "another k is refused: %.200s", other);
    g_autofree char *read_only = export_with(path, march, EXPORT_CSV, 0, true);
    is_str(read_only, later, "a store that is only read tells what it told");
    writer_close(w, TEST_LONG);
}

/* ---- attacks with several exports -------------------------------------------------------------------------------- */

/* The count of a line that begins so; 0 for none. */
static int64_t told_of(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    return at ? g_ascii_strtoll(at + strlen(line), NULL, 10) : 0;
}

/* How many counts of two tables differ by fewer than k, and not by nothing. */
static int small_changes(const char *before, const char *after, int64_t k)
{
    g_autoptr(GString) both = g_string_new(before);
    g_string_append(both, after);
    g_auto(GStrv) lines = g_strsplit(both->str, "\n", -1);
    int small = 0;
    for (int i = 0; lines[i]; i++) {
        char *comma = strrchr(lines[i], ',');
        if (!comma)
            continue;
        comma[1] = 0;
        const int64_t change = llabs(told_of(after, lines[i]) - told_of(before, lines[i]));
        small += change > 0 && change < k;
    }
    return small;
}

static char *copy_of(const char *path, const char *name)
{
    g_autofree char *folder = g_path_get_dirname(path), *text = NULL;
    char *copy = g_build_filename(folder, name, NULL);
    gsize n;
    g_assert_true(g_file_get_contents(path, &text, &n, NULL) && g_file_set_contents(copy, text, (gssize)n, NULL));
    return copy;
}

static void erase_one_of(const char *path, const char *which)
{
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    char id[TEL_ID_SIZE] = "";
    struct query q = query_begin(s, which, "cannot be read");
    size_t size = 0;
    g_assert_true(query_next(&q));
    const uint8_t *uuid = query_blob(&q, 0, &size);
    g_assert_cmpuint(size, ==, 16);
    for (int i = 0, at = 0; i < 16; i++)
        at += sprintf(id + at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    g_assert_true(query_end(&q, NULL));
    const struct read_filter one = {.viewing = id};
    int64_t n = 0;
    g_assert_true(erase_viewings(s, &one, &n, NULL) && n == 1);
    store_close(s);
}

static const char rare[] =
    "SELECT v.uuid FROM viewing v JOIN outcome u ON u.viewing = v.id JOIN option o ON o.id = u.option "
    "WHERE o.position = 1 ORDER BY v.id LIMIT 1";

static char *make_audience(const char *dir)
{
    char *path = g_build_filename(dir, "attacked.sqlite", NULL);
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    writer_story(w, &test_story);
    for (int i = 0; i < 60; i++)
        play(w, i, 0, i < 41 ? 0 : i < 53 ? 1 : 2, ""); /* 41, 12, 7 */
    for (int i = 0; i < 30; i++)
        play(w, 100 + i, 1, i % 2, "");
    writer_close(w, TEST_LONG);
    return path;
}

/* Each export of a store of its own, as if none had been before; what they tell together. */
static int told_by_fresh_copies(const char *path, int64_t now_ms, const int32_t *ks, int n)
{
    g_autofree char *first = NULL;
    int small = 0;
    for (int i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("fresh-%d.sqlite", i), *copy = copy_of(path, name);
        g_autofree char *text = export_with(copy, now_ms, EXPORT_CSV, ks[i], false);
        small += first ? small_changes(first, text, ks[0]) : 0;
        if (!first)
            first = g_steal_pointer(&text);
    }
    return small;
}

static void test_several_k(const char *path, int64_t now_ms)
{
    static const int32_t ks[] = {10, 2, 5, 8, 13, 20};
    g_autofree char *store = copy_of(path, "ks.sqlite");
    const int small = told_by_fresh_copies(path, now_ms, ks, G_N_ELEMENTS(ks));
    ok(small > 0, "the attack works: six exports with different k, each of a fresh copy, give %d small cells away",
       small);
    g_autofree char *first = export_with(store, now_ms, EXPORT_CSV, ks[0], false);
    int told = 0, refused = 0;
    for (size_t i = 1; i < G_N_ELEMENTS(ks); i++) {
        g_autofree char *text = export_with(store, now_ms, EXPORT_CSV, ks[i], false);
        const bool no = g_str_has_prefix(text, "refused: ");
        refused += no && strstr(text, "--k 10");
        told += !no;
    }
    g_autofree char *again = export_with(store, now_ms, EXPORT_CSV, 0, false);
    ok(told == 0 && refused == 5, "of one store, the other five are refused, with the reason");
    is_str(again, first, "and what was told is told again");
    g_autofree char *read_only = export_with(path, now_ms, EXPORT_CSV, 2, true);
    ok(g_str_has_prefix(read_only, "refused: ") && strstr(read_only, "cannot keep which --k"),
       "a store that cannot be written tells by one k only: %.120s", read_only);
}

static void test_erased_between(const char *path, int64_t february, int64_t march)
{
    g_autofree char *store = copy_of(path, "erased.sqlite"), *fresh = copy_of(path, "fresh.sqlite");
    g_autofree char *unspoilt = export_with(path, february, EXPORT_CSV, 10, true);
    erase_one_of(fresh, rare);
    g_autofree char *naive = export_with(fresh, february, EXPORT_CSV, 10, false);
    const int given_away = small_changes(unspoilt, naive, 10);
    ok(given_away > 0, "the attack works: exports before and after one erasure differ in %d small counts", given_away);
    g_autofree char *before = export_with(store, february, EXPORT_CSV, 10, false);
    erase_one_of(store, rare);
    g_autofree char *after = export_with(store, february, EXPORT_CSV, 10, false);
    is_str(after, before, "of one store they do not differ");
    erase_one_of(store, rare);
    g_autofree char *next = export_with(store, march, EXPORT_CSV, 10, false);
    ok(strlen(next) > strlen(before) && small_changes(before, next, 10) == 0,
       "and the next period adds k viewings or more to every count that it changes");
}

/* Half an audience is exported, then put together with the other half in a new store, which is exported, too: what the second one
 * tells beyond the first would be the other half's own small counts. */
static void test_merged(const char *path, int64_t now_ms)
{
    g_autofree char *part = copy_of(path, "part.sqlite"), *fresh = copy_of(path, "untold.sqlite");
    g_autofree char *folder = g_path_get_dirname(path), *more = g_build_filename(folder, "more.sqlite", NULL);
    const struct writer_options o = {.path = more};
    struct writer *w = writer_open(&o, NULL);
    writer_story(w, &test_story);
    for (int i = 0; i < 7; i++)
        play(w, 400 + i, 0, i % 2, "");
    writer_close(w, TEST_LONG);
    g_autofree char *before = export_with(part, now_ms, EXPORT_CSV, 10, false);
    for (int told = 0; told < 2; told++) {
        g_autofree char *name = g_strdup_printf("whole-%d.sqlite", told), *whole = g_build_filename(folder, name, NULL);
        const struct store_options so = {.path = whole};
        struct store *s = store_open(&so, NULL);
        struct merge_result r;
        g_assert_true(s && merge_store(s, more, NULL, &r, NULL) && merge_store(s, told ? part : fresh, NULL, &r, NULL));
        store_close(s);
        g_autofree char *after = export_with(whole, now_ms, EXPORT_CSV, 0, false);
        if (told)
            is_str(after, before,
                   "what a merged store brings along as told is told again, and no other viewing with it");
        else
            ok(small_changes(before, after, 10) > 0, "the attack works where that is lost: %d small changes",
               small_changes(before, after, 10));
    }
}

static void test_everything_erased(const char *path, int64_t now_ms)
{
    g_autofree char *store = copy_of(path, "all.sqlite"), *text = export_with(store, now_ms, EXPORT_CSV, 10, false);
    const struct store_options so = {.path = store};
    struct store *s = store_open(&so, NULL);
    const struct read_filter all = {0};
    int64_t n = 0, left = -1;
    g_assert_true(erase_viewings(s, &all, &n, NULL));
    g_assert_true(query_read_number(s, "SELECT count(*) FROM released", "cannot be read", &left, NULL));
    store_close(s);
    ok(strstr(text, "single") && left == 0, "with everything, what was told goes, too");
}

static void test_exports(const char *dir)
{
    const int64_t day = INT64_C(86400000), february = TEST_START + day * 35, march = TEST_START + day * 64;
    g_autofree char *path = make_audience(dir);
    test_several_k(path, march);
    test_erased_between(path, february, march);
    test_everything_erased(path, march);
    test_merged(path, march);
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 10) : 20261123;
    printf("# seed %u\n", seed);
    char *dir = g_dir_make_tmp("telemetry-XXXXXX", NULL);
    test_attack(seed);
    test_spared();
    test_store(dir);
    test_exports(dir);
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    return tap_done();
}
