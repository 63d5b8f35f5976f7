/*
 * Viewings that go on: a play that is left or cut off at any of its events, and then resumed, is the same viewing with
 * the same numbers as one that was never interrupted. The oracle is the uninterrupted play. The result is the same
 * again when writing fails on the way, at every step, and when what was already written comes once more, as after a
 * kill.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "faults/fault_vfs.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/keep/erase.h"
#include "telemetry/write/sink.h"
#include "telemetry/store/store.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#define EVENTS ((int)G_N_ELEMENTS(test_play))
#define LATER  (TEST_START + INT64_C(86400000)) /* another day */

static char *dir, *path;

static char *ask_all(const char *sql)
{
    sqlite3 *db = open_file(path);
    char *rows = ask_text(db, sql);
    sqlite3_close(db);
    return rows;
}

static void is_answer(const char *sql, const char *wanted, const char *name)
{
    g_autofree char *got = ask_all(sql), *line = g_strconcat(wanted, "\n", NULL);
    is_str(got, *wanted ? line : "", name);
}

static void new_store(void)
{
    static int n;
    g_free(path);
    path = g_strdup_printf("%s/%d.sqlite", dir, n++);
}

/* ---- interrupting ------------------------------------------------------------------------------------------------ */

/* What happened up to `cut`: where the film stands. */
struct place {
    int32_t node, decision; /* -1: none */
    int64_t entered_us;
    struct tel_record exposure;
};

static struct place place_at(int cut)
{
    struct place p = {-1, -1, 0, {0}};
    for (int i = 0; i < cut; i++) {
        const struct tel_record *r = &test_play[i];
        if (r->kind == TEL_VISIT)
            p.node = r->visit.node, p.entered_us = r->at_us;
        else if (r->kind == TEL_LEAVE)
            p.node = -1;
        else if (r->kind == TEL_EXPOSURE)
            p.decision = r->exposure.menu.decision, p.exposure = *r;
        else if (r->kind == TEL_OUTCOME)
            p.decision = -1;
    }
    return p;
}

static int64_t at_of(int cut)
{
    return cut > 0 ? test_play[cut - 1].at_us : 0;
}

/* The viewer leaves at `cut`: what is open ends as the recorder would end it. */
static GArray *first_part(int cut, bool left)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct tel_record));
    const struct place p = place_at(cut);
    const int64_t at_us = at_of(cut);
    const struct tel_record quit = {
        .kind = TEL_OUTCOME, .at_us = at_us, .outcome = {p.decision, TEL_WHAT_QUIT, TEL_NONE, 0, TEL_GIVEN_NOBODY, 0}};
    const struct tel_record leave = {.kind = TEL_LEAVE, .at_us = at_us, .leave = {p.node, at_us - p.entered_us, 0, 0}};
    const struct tel_record finish = {
        .kind = TEL_FINISH, .at_us = at_us, .finish = {TEST_START + at_us / US_PER_MS, TEL_REASON_LEFT}};
    g_array_append_vals(records, test_play, (guint)cut);
    if (left && p.decision >= 0)
        g_array_append_val(records, quit);
    if (left && p.node >= 0)
        g_array_append_val(records, leave);
    if (left)
        g_array_append_val(records, finish);
    return records;
}

/*
 * The viewer resumes in the same node, where an open decision is asked again. Times begin at 0, as the player's clock
 * does.
 */
static GArray *second_part(int cut)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct tel_record));
    const struct place p = place_at(cut);
    const struct tel_record visit = {.kind = TEL_VISIT, .visit = {p.node, US_NONE}};
    if (p.node >= 0)
        g_array_append_val(records, visit);
    if (p.decision >= 0) {
        struct tel_record again = p.exposure;
        again.at_us = 0;
        g_array_append_val(records, again);
    }
    for (int i = cut; i < EVENTS; i++) {
        struct tel_record r = test_play[i];
        r.at_us -= at_of(cut);
        /* The film ran for so long in the part before. */
        if (r.kind == TEL_LEAVE && p.node >= 0 && place_at(i).entered_us == p.entered_us)
            r.leave.playing_us -= at_of(cut) - p.entered_us;
        g_array_append_val(records, r);
    }
    return records;
}

static struct tel_viewing resumed(const char *id, const char *continues, int64_t at_ms)
{
    struct tel_viewing v = test_viewing(id);
    v.started_ms = v.resumed_ms = at_ms;
    g_strlcpy(v.continues, continues, sizeof v.continues);
    return v;
}

static void write_part(const struct tel_viewing *v, const GArray *records)
{
    const struct writer_options o = {.path = path};
    struct writer *w = writer_open(&o, NULL);
    writer_story(w, &test_story);
    writer_begin(w, v);
    test_put_all(w, (const struct tel_record *)(const void *)records->data, records->len);
    is_int((int)writer_close(w, TEST_LONG), 0, "all of it is written");
}

/* ---- the numbers ------------------------------------------------------------------------------------------------- */

#define NUMBERS                                                                                                        \
    "SELECT id, story, started, nth, reason, planned_us, visits, picks, timeouts, ending, lost FROM v_viewing"
#define WATCHED "SELECT watched_us, paused_us, hidden_us FROM v_viewing"
#define PATHS   "SELECT nodes, path FROM v_path"
#define NODES   "SELECT node, viewings, first_viewings, visits, quits, planned_us, of_viewings FROM v_node ORDER BY node"
#define OPTIONS "SELECT decision, option, picks, timeouts FROM v_option ORDER BY 1, 2"
#define REACHED "SELECT ending, viewings, first_viewings, of_first_viewings FROM v_ending"
#define IN_STORE                                                                                                       \
    "SELECT seq, seq FROM visit UNION ALL SELECT seq, seq FROM leave UNION ALL SELECT seq, seq FROM exposure"          \
    " UNION ALL SELECT seq, seq FROM outcome UNION ALL SELECT seq, seq FROM reached"                                   \
    " UNION ALL SELECT seq - count + 1, seq FROM gap UNION ALL SELECT seq, seq FROM finish"                            \
    " UNION ALL SELECT seq, seq FROM resume UNION ALL SELECT seq, seq FROM superseded"
#define NO_HOLES "WITH s(a, b) AS (" IN_STORE ") SELECT sum(b - a + 1) = max(b), min(a) FROM s"

static const char *const numbers[] = {NUMBERS, PATHS, NODES, OPTIONS, REACHED, WATCHED};

static void test_every_cut(void)
{
    char *wanted[G_N_ELEMENTS(numbers)];
    new_store();
    const struct tel_viewing v = test_viewing(TEST_ID);
    g_autoptr(GArray) all = first_part(EVENTS, false);
    write_part(&v, all);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        wanted[i] = ask_all(numbers[i]);
    for (int left = 0; left < 2; left++)
        for (int cut = 1; cut < EVENTS; cut += TEST_STRIDE) {
            g_autoptr(GArray) before = first_part(cut, left), after = second_part(cut);
            const struct tel_viewing again = resumed(TEST_ID_2, TEST_ID, LATER);
            new_store();
            write_part(&v, before);
            write_part(&again, after);
            /* A cut takes how long the film ran in the node with it. */
            for (size_t i = 0; i + !left < G_N_ELEMENTS(numbers); i++) {
                g_autofree char *got = ask_all(numbers[i]);
                if (strcmp(got, wanted[i]) != 0)
                    is_str(got, wanted[i], numbers[i]);
            }
            g_autofree char *join = ask_all("SELECT count(*), max(reason), max(ended_ms) IS NULL FROM resume");
            is_str(join, left ? "1|1|0\n" : "1|-|1\n", left ? "left and gone on with" : "cut off and gone on with");
            is_answer(NO_HOLES, "1|1", "numbers have no holes");
            is_answer("SELECT sittings, 3706000 - length_ms < 2 FROM v_viewing", "2|1", "times go on");
        }
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        g_free(wanted[i]);
}

/* Left, cut off in the same node, and resumed once more: the node's playing time is that of all parts. */
static void test_three_parts(void)
{
    const struct tel_viewing v = test_viewing(TEST_ID), second = resumed(TEST_ID_2, TEST_ID, LATER),
                             third = resumed(TEST_ID_2, TEST_ID, LATER + 60000);
    g_autoptr(GArray) before = first_part(3, true), after = second_part(3);
    new_store();
    write_part(&v, before);
    g_autoptr(GArray) cut = g_array_copy(after);
    g_array_set_size(cut, 1);
    write_part(&second, cut);
    write_part(&third, after);
    is_answer("SELECT sittings, visits, watched_us FROM v_viewing", "3|3|3704000000",
              "a part that was cut off loses its own time in the node, not the one before");
    is_answer(NO_HOLES, "1|1", "numbers have no holes");
}

/* ---- the place was saved before the kill -------------------------------------------------------------------------- */

/* The number of the event up to which a saved place counts: a decision that is open there will be asked again. */
static int64_t place_seq(int place)
{
    int64_t seq = place;
    if (place_at(place).decision >= 0)
        while (test_play[seq - 1].kind != TEL_EXPOSURE)
            seq--;
    return place_at(place).decision >= 0 ? seq - 1 : seq;
}

static struct tel_viewing resumed_at(int place, int64_t part_ms, int64_t at_ms)
{
    struct tel_viewing v = resumed(TEST_ID_2, TEST_ID, at_ms);
    v.place_known = true;
    v.place_ms = part_ms;
    v.place_seq = part_ms ? place : place_seq(place);
    return v;
}

static const char *const counted[] = {NUMBERS,
                                      PATHS,
                                      NODES,
                                      OPTIONS,
                                      REACHED,
                                      "SELECT count(*) FROM exposure",
                                      "SELECT count(*) FROM outcome WHERE what < 2",
                                      "SELECT count(*) FROM gap"};

static char **count_uninterrupted(void)
{
    char **wanted = g_new0(char *, G_N_ELEMENTS(counted) + 1);
    const struct tel_viewing v = test_viewing(TEST_ID);
    g_autoptr(GArray) all = first_part(EVENTS, false);
    new_store();
    write_part(&v, all);
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++)
        wanted[i] = ask_all(counted[i]);
    return wanted;
}

/* How many answers are not those of the play that was never interrupted; 1 more if numbers have holes. */
static int count_wrong(char **wanted, const char *what)
{
    int wrong = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        g_autofree char *got = ask_all(counted[i]);
        if (strcmp(got, wanted[i]) != 0)
            printf("# %s: %s\n# got    %s# wanted %s", what, counted[i], got, wanted[i]);
        wrong += strcmp(got, wanted[i]) != 0;
    }
    g_autofree char *holes = ask_all(NO_HOLES);
    if (strcmp(holes, "1|1\n") != 0)
        printf("# %s: numbers have holes: %s", what, holes);
    return wrong + (strcmp(holes, "1|1\n") != 0);
}

/*
 * Every kill, with every place that can have been saved before it: the viewing is that of the play which goes on at the
 * place. What the store has beyond it happens again.
 */
static void test_every_place(void)
{
    g_auto(GStrv) wanted = count_uninterrupted();
    int wrong = 0, superseded = 0;
    for (int cut = 1; cut < EVENTS; cut += TEST_STRIDE)
        for (int place = MAX(0, cut - 4); place <= cut; place++) {
            const bool left = (cut + place) % 3 == 0;
            g_autoptr(GArray) before = first_part(cut, left), after = second_part(place);
            const struct tel_viewing v = test_viewing(TEST_ID), again = resumed_at(place, 0, LATER);
            g_autofree char *what =
                g_strdup_printf("%s after %d, place saved at %d", left ? "left" : "killed", cut, place);
            new_store();
            write_part(&v, before);
            write_part(&again, after);
            wrong += count_wrong(wanted, what);
            superseded += place < cut;
        }
    ok(superseded >= 40 / TEST_STRIDE && wrong == 0, "%d kills behind the place: each viewing is that of one play",
       superseded);
}

/* Three parts; the third one goes on at a place of the first, or of the second, whose numbers count from its own begin. */
static void test_place_of_part(void)
{
    g_auto(GStrv) wanted = count_uninterrupted();
    int wrong = 0;
    for (int first = 2; first < 9; first += 3)
        for (int in_second = 0; in_second < 2; in_second++) {
            const struct tel_viewing v = test_viewing(TEST_ID), second = resumed_at(first, 0, LATER);
            struct tel_viewing third =
                in_second ? resumed_at(0, LATER, LATER + 60000) : resumed_at(first, 0, LATER + 60000);
            g_autoptr(GArray) before = first_part(first, false), rest = second_part(first), after = NULL;
            g_autofree char *what = g_strdup_printf("a place of part %d, saved at %d", in_second + 1, first);
            new_store();
            write_part(&v, before);
            g_autoptr(GArray) some = g_array_copy(rest);
            const guint n = MIN(rest->len - 2, 4);
            g_array_set_size(some, n);
            write_part(&second, some);
            /* The second part repeats what was open, and its place is that of the whole play less what it repeats. */
            const guint repeated = rest->len - (guint)(EVENTS - first);
            const int place = in_second ? first + (int)MAX(n - repeated, 0) - 1 : first;
            if (in_second)
                third.place_seq = place_at(place).decision >= 0 ? (int64_t)repeated + place_seq(place) - first
                                                                : (int64_t)repeated + place - first;
            after = second_part(place);
            write_part(&third, after);
            wrong += count_wrong(wanted, what);
        }
    is_int(wrong, 0, "the same with places of a part that was itself gone on with");
}

/* The place is on the medium, and a loss of power has taken events before it. */
static void test_store_is_behind(void)
{
    const struct tel_viewing v = test_viewing(TEST_ID), again = resumed_at(7, 0, LATER);
    g_autoptr(GArray) before = first_part(5, false), after = second_part(7);
    new_store();
    write_part(&v, before);
    write_part(&again, after);
    is_answer("SELECT seq, count, why FROM gap", "7|2|2", "a gap tells how many events the store had not got");
    is_answer(NO_HOLES, "1|1", "numbers have no holes");
    is_answer("SELECT reason, ending, lost FROM v_viewing", "ended|home|2", "and the viewing goes on to its end");

    struct tel_viewing lost = resumed_at(0, LATER - 5, LATER);
    lost.place_seq = 3;
    new_store();
    write_part(&v, before);
    write_part(&lost, after);
    is_answer("SELECT count, why FROM gap", "3|2", "a whole part can be lost");
    is_answer(NO_HOLES, "1|1", "without a hole");
}

static void test_finished(void)
{
    const struct tel_viewing v = test_viewing(TEST_ID), again = resumed_at(11, 0, LATER);
    g_autoptr(GArray) all = first_part(EVENTS, false), after = second_part(11);
    new_store();
    write_part(&v, all);
    g_autofree char *before = ask_all("SELECT id, reason, visits, picks, sittings FROM v_viewing");
    write_part(&again, after);
    is_answer("SELECT id, reason, visits, picks, sittings FROM v_viewing WHERE id = '" TEST_ID "'", g_strchomp(before),
              "a viewing that came to its end does not go on");
    is_answer("SELECT count(*) FROM viewing", "2", "what is watched then is another one");
    is_answer("SELECT count, why FROM gap", "1|4", "whose beginning is not here");
}

/* ---- events stay what they are ------------------------------------------------------------------------------------ */

#define WAS                                                                                                            \
    "SELECT seq, 'visit', at_ms, json_object('node', (SELECT name FROM node WHERE id = e.node), 'planned_us',"         \
    " planned_us) FROM visit e"                                                                                        \
    " UNION ALL SELECT seq, 'leave', at_ms, json_object('visit', visit, 'playing_us', playing_us, 'paused_us',"        \
    " paused_us, 'hidden_us', hidden_us) FROM leave"                                                                   \
    " UNION ALL SELECT seq, 'exposure', at_ms, json_object('decision', (SELECT name FROM decision WHERE id ="          \
    " (SELECT decision FROM menu WHERE id = e.menu)), 'menu', (SELECT json_group_array(name) FROM (SELECT o.name"      \
    " FROM menu_option m JOIN option o ON o.id = m.option WHERE m.menu = e.menu ORDER BY m.position)), 'locked',"      \
    " (SELECT json_group_array(name) FROM (SELECT o.name FROM menu_option m JOIN option o ON o.id = m.option WHERE"    \
    " m.menu = e.menu AND m.locked ORDER BY m.position)), 'focus', focus, 'window_us', window_us, 'time_mode',"        \
    " time_mode) FROM exposure e"                                                                                      \
    " UNION ALL SELECT seq, 'outcome', at_ms, json_object('exposure', exposure, 'what', what, 'option', (SELECT name"  \
    " FROM option WHERE id = e.option), 'latency_us', latency_us, 'given', given, 'changes', changes) FROM outcome e"  \
    " UNION ALL SELECT seq, 'reached', at_ms, json_object('ending', (SELECT name FROM ending WHERE id = e.ending))"    \
    " FROM reached e"                                                                                                  \
    " UNION ALL SELECT seq, 'resume', at_ms, json_object('resumed_ms', resumed_ms, 'ended_ms', ended_ms, 'reason',"    \
    " reason, 'playing_us', playing_us, 'paused_us', paused_us, 'hidden_us', hidden_us, 'place', place) FROM resume"   \
    " UNION ALL SELECT seq, 'finish', at_ms, json_object('ended_ms', ended_ms, 'reason', reason) FROM finish"          \
    " UNION ALL SELECT seq, 'gap', at_ms, count || ' ' || why FROM gap"                                                \
    " UNION ALL SELECT seq, kind, at_ms, body FROM superseded ORDER BY 1"

/* Every event that was there before a viewing went on is there afterwards, under its number, as it was. */
static void test_immutable(void)
{
    int changed = 0, went_on = 0;
    for (int cut = 1; cut < EVENTS; cut += TEST_STRIDE)
        for (int place = MAX(0, cut - 3); place <= cut; place++)
            for (int left = 0; left < 2; left++) {
                const struct tel_viewing v = test_viewing(TEST_ID), second = resumed_at(place, 0, LATER),
                                         third = resumed_at(place, 0, LATER + 60000);
                g_autoptr(GArray) before = first_part(cut, left), after = second_part(place);
                g_autoptr(GArray) some = g_array_copy(after);
                g_array_set_size(some, MIN(after->len - 1, 3)); /* it does not come to its end */
                new_store();
                write_part(&v, before);
                g_autofree char *one = ask_all(WAS);
                write_part(&second, some);
                g_autofree char *two = ask_all(WAS);
                write_part(&third, after);
                g_autofree char *three = ask_all(WAS);
                changed += !g_str_has_prefix(two, one) || !g_str_has_prefix(three, two);
                went_on += strlen(three) > strlen(two) && strlen(two) > strlen(one);
                if (!g_str_has_prefix(two, one) || !g_str_has_prefix(three, two))
                    printf("# %d, %d, %d: an event has changed\n%s\n%s\n%s", cut, place, left, one, two, three);
            }
    ok(went_on > 50 / TEST_STRIDE && changed == 0, "%d viewings go on twice, and no event that was written changes",
       went_on);
}

/* ---- which viewing goes on with which ---------------------------------------------------------------------------- */

static void forget_all(void)
{
    const struct store_options so = {.path = path};
    const struct read_filter all = {0};
    struct store *s = store_open(&so, NULL);
    int64_t n = 0;
    ok(erase_viewings(s, &all, &n, NULL) && n == 1, "the viewer erases what there was");
    store_close(s);
}

static void test_elsewhere(void)
{
    static const struct {
        const char *name, *continues;
        int32_t chooser;
        bool erased;
    } cases[] = {
        {"erased meanwhile", TEST_ID, TEL_CHOOSER_PERSON, true},
        {"never recorded", "", TEL_CHOOSER_PERSON, false},
        {"an id that is none", "rubbish", TEL_CHOOSER_PERSON, false},
        {"chosen by a machine", TEST_ID, TEL_CHOOSER_RANDOM, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) before = first_part(3, true), after = second_part(3);
        const struct tel_viewing v = test_viewing(TEST_ID);
        struct tel_viewing again = resumed(TEST_ID_2, cases[i].continues, LATER);
        again.chooser = cases[i].chooser;
        new_store();
        write_part(&v, before);
        if (cases[i].erased)
            forget_all();
        write_part(&again, after);
        printf("# %s\n", cases[i].name);
        is_answer("SELECT id, nth, sittings FROM v_viewing ORDER BY viewing DESC LIMIT 1", TEST_ID_2 "|-|1",
                  "it is another viewing, and not known which of the viewer's");
        is_answer("SELECT seq, count, why FROM gap", "1|1|4", "a gap tells that its beginning is not here");
        is_answer("SELECT reason FROM v_viewing WHERE id = '" TEST_ID "'", cases[i].erased ? "" : "left",
                  "the one before stays as it was");
        is_answer("SELECT count(*) FROM v_viewing WHERE id = '" TEST_ID "'", cases[i].erased ? "0" : "1",
                  "what was erased does not come back");
    }
}

/* The writer tells under which id the viewing is stored. */
static void test_id(void)
{
    char id[TEL_ID_SIZE] = "";
    new_store();
    const struct tel_viewing v = test_viewing(TEST_ID), again = resumed(TEST_ID_2, TEST_ID, LATER);
    for (int known = 0; known < 2; known++) {
        const struct writer_options o = {.path = path};
        struct writer *w = writer_open(&o, NULL);
        ok(!writer_viewing_id(w, id), "no viewing, no id");
        writer_story(w, &test_story);
        writer_begin(w, known ? &again : &v);
        writer_flush(w, TEST_LONG);
        ok(writer_viewing_id(w, id), "the store has it");
        is_str(id, TEST_ID, known ? "under the id that it goes on with" : "under its own id");
        writer_close(w, TEST_LONG);
    }
}

/* A report that has counted the viewing as left counts it again. */
static void test_kept_sums(void)
{
    g_autoptr(GArray) before = first_part(3, true), after = second_part(3);
    const struct tel_viewing v = test_viewing(TEST_ID), again = resumed(TEST_ID_2, TEST_ID, LATER);
    new_store();
    write_part(&v, before);
    const struct store_options so = {.path = path};
    struct store *s = store_open(&so, NULL);
    ok(s && aggregate_update(s, NULL), "a report sums up what was left");
    store_close(s);
    is_answer("SELECT count(*), (SELECT count(*) FROM tally_todo) FROM tally", "1|0", "and keeps the sum");
    write_part(&again, after);
    is_answer("SELECT count(*), (SELECT count(*) FROM tally_todo) FROM tally", "0|1",
              "which goes when the viewing goes on");
}

/* ---- again ------------------------------------------------------------------------------------------------------- */

static GArray *entries_of(const struct tel_viewing *v, const GArray *records)
{
    GArray *entries = g_array_new(FALSE, TRUE, sizeof(struct sink_entry));
    const struct sink_entry story = {.kind = SINK_STORY, .story = tel_story_copy(&test_story)},
                            begin = {.kind = SINK_BEGIN, .viewing = g_memdup2(v, sizeof *v)};
    g_array_append_val(entries, story);
    g_array_append_val(entries, begin);
    for (guint i = 0; i < records->len; i++) {
        const struct sink_entry e = {
            .kind = SINK_EVENT, .seq = i + 1, .record = g_array_index(records, struct tel_record, i)};
        g_array_append_val(entries, e);
    }
    return entries;
}

#define EVERYTHING                                                                                                     \
    "SELECT 'v', seq, at_ms, node FROM visit UNION ALL SELECT 'l', seq, at_ms, playing_us FROM leave"                  \
    " UNION ALL SELECT 'r', seq, place, playing_us FROM resume UNION ALL SELECT kind, seq, at_ms, body FROM "          \
    "superseded"                                                                                                       \
    " UNION ALL SELECT 'f', seq, at_ms, reason FROM finish"                                                            \
    " UNION ALL SELECT 'e', seq, at_ms, menu FROM exposure UNION ALL SELECT 'o', seq, at_ms, what FROM outcome"        \
    " UNION ALL SELECT 'g', seq, at_ms, why FROM gap UNION ALL SELECT 'n', count(*), 0, 0 FROM viewing ORDER BY 2, 1"

/* The first `n` entries were written before the kill; recovery begins again at entry `from`. */
static void replay(const struct tel_viewing *v, const GArray *records, guint n)
{
    struct sink_result result = {0};
    const struct sink_options o = {.path = path};
    for (int again = 0; again < 2; again++) {
        GArray *entries = entries_of(v, records);
        struct sink *s = sink_new(&o);
        const guint many = again ? entries->len : n;
        if (again)
            sink_resume_from(s, NULL, NULL, NULL);
        if (!sink_write(s, (const struct sink_entry *)(const void *)entries->data, many, &result, NULL))
            printf("# not written\n");
        for (guint i = many; i < entries->len; i++)
            sink_entry_clear(&g_array_index(entries, struct sink_entry, i));
        sink_free(s);
        g_array_unref(entries);
    }
    g_free(result.notice);
}

/* What a killed first part left comes when a second one has begun already, because another program held it. */
static void test_late(void)
{
    const struct tel_viewing v = test_viewing(TEST_ID), again = resumed_at(3, 0, LATER);
    g_autoptr(GArray) before = first_part(4, false), whole = first_part(9, false), after = second_part(3);
    new_store();
    write_part(&v, before);
    write_part(&again, after);
    g_autofree char *wanted = ask_all(EVERYTHING);
    struct sink_result result = {0};
    const struct sink_options o = {.path = path};
    g_autoptr(GArray) entries = entries_of(&v, whole);
    struct sink *s = sink_new(&o);
    sink_resume_from(s, NULL, NULL, NULL);
    ok(sink_write(s, (const struct sink_entry *)(const void *)entries->data, entries->len, &result, NULL) &&
           result.discarded == whole->len,
       "what comes too late is not written");
    sink_free(s);
    g_free(result.notice);
    is_answer(EVERYTHING, g_strchomp(wanted), "and changes nothing");
}

static void test_replay(void)
{
    int wrong = 0;
    for (int left = 0; left < 3; left++) {
        g_autoptr(GArray) before = first_part(left == 2 ? 8 : 3, left == 1), after = second_part(3);
        const struct tel_viewing v = test_viewing(TEST_ID),
                                 again = left == 2 ? resumed_at(3, 0, LATER) : resumed(TEST_ID_2, TEST_ID, LATER);
        new_store();
        write_part(&v, before);
        write_part(&again, after);
        g_autofree char *wanted = ask_all(EVERYTHING);
        for (guint n = 2; n <= after->len + 2; n += TEST_STRIDE) {
            new_store();
            write_part(&v, before);
            replay(&again, after, n);
            g_autofree char *got = ask_all(EVERYTHING);
            wrong += strcmp(got, wanted) != 0;
            if (strcmp(got, wanted) != 0)
                is_str(got, wanted, "again");
        }
    }
    is_int(wrong, 0, "what comes once more after a kill changes nothing, wherever the kill was");
}

static void test_faults(void)
{
    g_autoptr(GArray) before = first_part(8, true), after = second_part(3);
    const struct tel_viewing v = test_viewing(TEST_ID), again = resumed_at(3, 0, LATER);
    new_store();
    write_part(&v, before);
    write_part(&again, after);
    g_autofree char *wanted = ask_all(EVERYTHING);
    int landed = 0, wrong = 0;
    bool hit = true;
    for (int step = 1; hit; step += TEST_STRIDE) {
        new_store();
        write_part(&v, before);
        const struct sink_options o = {.path = path, .vfs = FAULT_VFS};
        struct sink *s = sink_new(&o);
        struct sink_result result = {0};
        GArray *entries = entries_of(&again, after);
        const struct sink_entry *e = (const struct sink_entry *)(const void *)entries->data;
        sink_open(s, &result, NULL);
        fault_arm(FAULT_WRITE, SQLITE_IOERR_WRITE, step, false);
        const bool first = sink_write(s, e, entries->len, &result, NULL);
        hit = fault_landed() > 0;
        fault_disarm();
        landed += hit;
        wrong += first == hit;
        if (!first)
            wrong += !sink_write(s, e, entries->len, &result, NULL);
        sink_free(s);
        g_free(result.notice);
        g_array_unref(entries);
        g_autofree char *got = ask_all(EVERYTHING);
        wrong += strcmp(got, wanted) != 0;
    }
    ok(landed > 3 / TEST_STRIDE && wrong == 0, "writing fails at each of %d steps: as if it had not", landed);
}

int main(void)
{
    dir = g_dir_make_tmp("sitting-XXXXXX", NULL);
    fault_register();
    test_every_cut();
    test_three_parts();
    test_every_place();
    test_place_of_part();
    test_store_is_behind();
    test_immutable();
    test_finished();
    test_elsewhere();
    test_id();
    test_kept_sums();
    test_replay();
    test_late();
    test_faults();
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(path);
    g_free(dir);
    return tap_done();
}
