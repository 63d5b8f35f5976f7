/*
 * Kills between every two writes. A play without pictures records, saves its place and goes on where it was left, as
 * the player does; it is killed at its first write, at its second, and so on, until it comes to its end unharmed. The
 * next play goes on, and is killed, too, or comes to the end. Then the viewing in the store has to hold what the
 * transcript over all parts tells when it is replayed: the same nodes, decisions and endings, each once. Nothing depends
 * on timing: whatever the threads do, there are writes, and a kill at each.
 * Arguments: a seed; then, for one pair of kills, the write of each and how often to try.
 */
#include "tests/faults/kill_at.h"
#include "tests/story_text.h"
#include "tap.h"
#include "test_store.h"

#include "play/replay.h"
#include "play/schedule.h"
#include "play/transcript_text.h"
#include "play/resume.h"
#include "player/choice.h"
#include "player/recorder.h"
#include "player/save.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define LONG_US (60 * US_PER_SECOND)

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define STRIDE 9
#else
#define STRIDE 1
#endif

static const char text[] =
    "frumious: 1\n"
    "id: org.example.kills\n"
    "title: Kills\n"
    "version: \"1\"\n"
    "start: a\n"
    "languages: [en]\n"
    "state:\n"
    "  films: {type: int, min: 0, max: 9, initial: 0, keep: viewer}\n"
    "  laps: {type: int, min: 0, max: 9, initial: 0}\n"
    "nodes:\n"
    "  a:\n"
    "    clip: {card: A., for: 9s}\n"
    "    enter: laps += 1\n"
    "    decision:\n"
    "      id: which\n"
    "      opens: 1s\n"
    "      for: 2s\n"
    "      default: on\n"
    "      options: {on: {text: On, goto: quiet}, now: {text: Now, do: laps += 1, goto: b}}\n"
    "  quiet:\n"
    "    next: [{when: laps < 3, goto: b}, {goto: c}]\n"
    "  b:\n"
    "    clip: {card: B., for: 6s}\n"
    "    decision:\n"
    "      id: cuts\n"
    "      opens: 1s\n"
    "      for: 3s\n"
    "      cut: now\n"
    "      default: out\n"
    "      options: {again: {text: Again, when: laps < 3, goto: a}, out: {text: Out, goto: side}}\n"
    "  side:\n"
    "    ending: {id: side, title: A side way}\n"
    "    next: c\n"
    "  c:\n"
    "    clip: {card: C., for: 2s}\n"
    "    enter: films += 1\n"
    "    ending: {id: end, title: The end}\n";

static char *dir, *store_path, *record_path, *template_path;
static uint32_t seed;

/* ---- a play, in a child ------------------------------------------------------------------------------------------ */

struct play {
    const struct story *s;
    struct writer *writer;
    struct save *save;
    struct recorder *recorder;
    struct transcript *transcript;
    struct choice choice;
    struct viewing_clock clock;
    int32_t *state, *before;
    int64_t pos_us;
    int claim;
};

static void on_effect(void *user, const struct play_effect *fx)
{
    struct play *p = user;
    if (fx->kind == PLAY_DID_OPEN)
        choice_open(&p->choice, p->s, p->state, p->pos_us, 0);
    /* As with a film whose length is not known before its first picture. */
    const int64_t planned_us = fx->kind == PLAY_DID_ENTER && fx->enter.node % 2 ? US_NONE : US_PER_SECOND;
    const struct viewing_moment m = {p->clock, &p->choice, planned_us, p->pos_us, 1};
    recorder_effect(p->recorder, fx, &m);
    if (fx->kind == PLAY_DID_DECIDE)
        choice_clear(&p->choice);
}

static void save_place(struct play *p)
{
    struct viewing_place place;
    recorder_place(p->recorder, &place);
    save_put(p->save, transcript_print_stop(p->transcript, p->s, p->state, p->pos_us), &place, p->state);
}

static void take(struct play *p, const struct play_input *in, int64_t at_us)
{
    p->pos_us = at_us;
    p->clock.at_us += US_PER_SECOND;
    p->clock.playing_us += US_PER_SECOND;
    memcpy(p->before, p->state, (size_t)play_state_slots(p->s) * sizeof *p->state);
    if (!play_step(p->s, p->state, in, on_effect, p))
        abort();
    transcript_add(p->transcript, p->s, p->before, in, at_us);
    save_place(p);
    recorder_planned(p->recorder, 2 * US_PER_SECOND); /* the first picture is there */
    if (transcript_n_lines(p->transcript) % 2 == (int)(seed % 2))
        writer_flush(p->writer, LONG_US);
}

/* The viewer's choice depends on what led there alone, so that a play that goes on decides as before. */
static int32_t choose(const struct play *p)
{
    if (p->choice.menu.decision < 0)
        return -1;
    const uint32_t draw = (seed + 7 * (uint32_t)transcript_n_lines(p->transcript)) * 2654435761u >> 16;
    const int32_t place = (int32_t)(draw % (uint32_t)(p->choice.menu.n + 1)) - 1;
    return place >= 0 && menu_can_pick(&p->choice.menu, place) ? p->choice.menu.options[place] : -1;
}

static void begin(struct play *p)
{
    struct resume r = {0};
    struct viewing_place place = {0};
    const struct play_input start = {.kind = PLAY_START, .seed = seed};
    const bool claimed = save_claim(p->s, &p->claim) == SAVE_OURS;
    g_autofree char *saved = save_load_transcript(p->s, NULL);
    resume_make(&r, p->s, saved);
    if (claimed && r.state)
        save_viewing(saved, &place);
    if (r.state && place.entering)
        resume_enter(&r, p->s);
    const struct recorder_options ro = {.chooser = VIEWING_PERSON,
                                        .time_factor = 1,
                                        .resumed = r.state != NULL,
                                        .continues = place.id[0] ? &place : NULL};
    p->recorder = recorder_new(p->s, p->writer, &ro);
    p->save = save_open(p->s);
    p->transcript = r.state ? g_steal_pointer(&r.transcript) : transcript_new(p->s, seed, NULL);
    if (r.state) {
        const struct play_effect here = {.kind = PLAY_DID_ENTER, .enter.node = r.state[PLAY_NODE]};
        memcpy(p->state, r.state, (size_t)play_state_slots(p->s) * sizeof *p->state);
        for (guint i = 0; i < r.passed->len; i++)
            on_effect(p, &g_array_index(r.passed, struct play_effect, i));
        if (r.passed->len == 0)
            on_effect(p, &here);
        save_place(p);
    } else {
        take(p, &start, 0);
    }
    resume_clear(&r);
}

static void end(struct play *p)
{
    const struct viewing_moment m = {p->clock, &p->choice, US_NONE, p->pos_us, 1};
    recorder_finish(p->recorder, VIEWING_ENDED, &m);
    save_place(p);
    save_close(p->save, NULL);
    writer_close(p->writer, LONG_US);
    transcript_save(p->transcript, record_path, NULL);
}

static void run_play(const struct story *s, long at)
{
    struct play p = {.s = s,
                     .state = g_new0(int32_t, (gsize)play_state_slots(s)),
                     .before = g_new0(int32_t, (gsize)play_state_slots(s))};
    const struct writer_options wo = {.path = store_path};
    play_init(s, p.state);
    choice_clear(&p.choice);
    kill_at(at);
    p.writer = writer_open(&wo, NULL);
    writer_flush(p.writer, LONG_US); /* what a play before left is brought in */
    begin(&p);
    while (p.state[PLAY_PHASE] == PLAY_RUNNING) {
        const struct play_input leave = {.kind = PLAY_LEAVE};
        const int64_t length_us = schedule_planned_length(s, p.state[PLAY_NODE]);
        const struct schedule_due due = schedule_next(s, p.state, p.state[PLAY_CUT] ? US_NONE : length_us, choose(&p));
        if (p.state[PLAY_CUT])
            take(&p, &leave, p.pos_us);
        else if (due.at_us == US_NONE)
            abort();
        else
            take(&p, &due.input, due.at_us);
    }
    end(&p);
}

/* Whether the child was killed at its write number `at`; else it came to the end of the film. */
static bool play_until(const struct story *s, long at)
{
    int status = 0;
    g_usleep(1500); /* parts are told apart by the millisecond in which they begin; a program cannot start so fast */
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        run_play(s, at);
        _exit(0);
    }
    waitpid(child, &status, 0);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!killed && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        ok(false, "a play died of something else: %d, to be killed at write %ld", status, at);
    return killed;
}

/* ---- what came of it --------------------------------------------------------------------------------------------- */

static void tell(void *data, const struct play_effect *fx)
{
    void **user = data;
    const struct story *s = user[0];
    GString *told = user[1];
    if (fx->kind == PLAY_DID_ENTER)
        g_string_append_printf(told, "visit %s\n", s->nodes[fx->enter.node].name);
    else if (fx->kind == PLAY_DID_END)
        g_string_append_printf(told, "reached %s\n", s->endings[fx->end.ending].name);
    else if (fx->kind == PLAY_DID_DECIDE)
        g_string_append_printf(
            told, "%s %s %s\n", fx->decide.outcome == PLAY_PICKED ? "pick" : "timeout",
            s->decisions[fx->decide.decision].name,
            fx->decide.option >= 0
                ? s->options[s->decisions[fx->decide.decision].options.first + fx->decide.option].name
                : "-");
}

/* What the transcript tells, in words; NULL: it does not fit, or is not whole. */
static char *told_by_transcript(const struct story *s)
{
    struct transcript *t = transcript_load(record_path, NULL);
    GString *told = g_string_new(NULL);
    void *user[] = {(void *)s, told};
    const struct replay_watch watch = {.sink = tell, .user = user};
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    const bool whole = t && transcript_replay(s, t, state, &watch, NULL) && state[PLAY_PHASE] == PLAY_OVER;
    transcript_free(t);
    return g_string_free(told, !whole);
}

#define FINISHED "(SELECT viewing FROM finish WHERE reason = 0)"
#define KEPT                                                                                                           \
    "SELECT words FROM (SELECT v.viewing, v.seq, 'visit ' || n.name AS words FROM visit v JOIN node n ON n.id = "      \
    "v.node"                                                                                                           \
    " UNION ALL SELECT r.viewing, r.seq, 'reached ' || e.name FROM reached r JOIN ending e ON e.id = r.ending"         \
    " UNION ALL SELECT o.viewing, o.seq, CASE o.what WHEN 0 THEN 'pick ' ELSE 'timeout ' END || d.name || ' ' ||"      \
    " coalesce(p.name, '-') FROM outcome o JOIN exposure x ON x.viewing = o.viewing AND x.seq = o.exposure"            \
    " JOIN menu m ON m.id = x.menu JOIN decision d ON d.id = m.decision LEFT JOIN option p ON p.id = o.option"         \
    " WHERE o.what < 2) WHERE viewing = %d ORDER BY seq"
#define RANGES                                                                                                         \
    "SELECT viewing, seq AS a, seq AS b FROM visit UNION ALL SELECT viewing, seq, seq FROM leave UNION ALL"            \
    " SELECT viewing, seq, seq FROM exposure UNION ALL SELECT viewing, seq, seq FROM outcome UNION ALL"                \
    " SELECT viewing, seq, seq FROM reached UNION ALL SELECT viewing, seq, seq FROM gap UNION ALL"                     \
    " SELECT viewing, seq, seq FROM finish UNION ALL SELECT viewing, seq, seq FROM resume UNION ALL"                   \
    " SELECT viewing, seq, seq FROM superseded"

static const struct {
    const char *what, *sql, *wanted;
} rules[] = {
    {"nothing but whole films has an end", "SELECT count(*) FROM finish WHERE reason != 0", "0\n"},
    {"numbers have no holes",
     "SELECT count(*) FROM (SELECT sum(b - a + 1) AS n, max(b) AS last, min(a) AS first FROM (" RANGES
     ") GROUP BY viewing) WHERE n != last OR first != 1",
     "0\n"},
    {"nothing is lost", "SELECT count(*) FROM gap", "0\n"},
    {"each decision that was asked has its outcome",
     "SELECT count(*) FROM exposure x WHERE viewing IN " FINISHED
     " AND NOT EXISTS(SELECT 1 FROM outcome o WHERE o.viewing = x.viewing AND o.exposure = x.seq)",
     "0\n"},
    {"each visit has its end",
     "SELECT count(*) FROM visit v WHERE viewing IN " FINISHED
     " AND NOT EXISTS(SELECT 1 FROM leave l WHERE l.viewing = v.viewing AND l.visit = v.seq)",
     "0\n"},
    {"the store is whole", "PRAGMA integrity_check", "ok\n"},
};

/*
 * A kill behind the end of the film, but before its transcript was written, leaves a viewing that is whole, and the next
 * play begins another one. Its viewer decides as before, so each of them has to be what the last transcript tells.
 */
static int judge_viewings(sqlite3 *db, const char *told, const char *how)
{
    int wrong = 0, n = 0;
    g_autofree char *ended = ask_text(db, "SELECT viewing FROM finish WHERE reason = 0");
    g_auto(GStrv) ids = g_strsplit(g_strchomp(ended), "\n", -1);
    for (; ids[n] && ids[n][0]; n++) {
        g_autofree char *sql = g_strdup_printf(KEPT, atoi(ids[n])), *kept = ask_text(db, sql);
        if (g_strcmp0(told, kept) != 0)
            printf("# %s:\n# told %s# kept %s", how, told ? told : "-\n", kept);
        wrong += g_strcmp0(told, kept) != 0;
    }
    return wrong + (n == 0);
}

static int judge(const struct story *s, const char *how)
{
    sqlite3 *db = open_file(store_path);
    g_autofree char *told = told_by_transcript(s);
    int wrong = judge_viewings(db, told, how);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autofree char *got = ask_text(db, rules[i].sql);
        const bool differs = strcmp(got, rules[i].wanted) != 0;
        if (differs)
            printf("# %s: not so: %s (%s)\n", how, rules[i].what, g_strchomp(got));
        wrong += differs;
    }
    sqlite3_close(db);
    return wrong;
}

static void clear_all(void)
{
    g_autofree char *command =
        g_strdup_printf("rm -rf '%s/data' '%s/runtime' '%s'-* && mkdir -m 700 '%s/runtime'", dir, dir, store_path, dir);
    g_autofree char *empty = NULL;
    gsize n = 0;
    if (system(command) != 0 || !g_file_get_contents(template_path, &empty, &n, NULL) ||
        !g_file_set_contents(store_path, empty, (gssize)n, NULL))
        ok(false, "the folders cannot be cleared");
}

/* A store with its tables, so that the kills fall into what matters here. */
static void make_template(void)
{
    const struct writer_options wo = {.path = template_path};
    const pid_t child = fork();
    if (child == 0) {
        writer_close(writer_open(&wo, NULL), LONG_US);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void test_every_write(const struct story *s)
{
    int kills = 0, twice = 0, wrong = 0;
    bool killed = true;
    for (long at = 1 + (long)(seed % STRIDE); killed; at += STRIDE) {
        clear_all();
        killed = play_until(s, at);
        kills += killed;
        const long next = at % 3 == 0 ? 1 + at * 7 % 211 : 0;
        twice += killed && next && play_until(s, next);
        g_autofree char *how = g_strdup_printf("killed at write %ld, then at %ld", at, next);
        if (killed && !g_file_test(record_path, G_FILE_TEST_EXISTS) && play_until(s, 0))
            ok(false, "%s: the last play does not come to the end", how);
        wrong += judge(s, how);
        g_unlink(record_path);
    }
    ok(kills > 100 / STRIDE && twice > 10 / STRIDE, "%d plays killed, one at each write; %d of them twice", kills,
       twice);
    is_int(wrong, 0, "every viewing holds what its transcript tells, once");
}

/* One pair of kills, again and again: for whoever looks for a cause. */
static void test_pair(const struct story *s, long at, long next, int times)
{
    int wrong = 0;
    for (int i = 0; i < times; i++) {
        clear_all();
        if (play_until(s, at) && play_until(s, next) && play_until(s, 0))
            ok(false, "the last play does not come to the end");
        const int now = judge(s, "again");
        if (now && !wrong) {
            sqlite3 *db = open_file(store_path);
            g_autofree char *rows =
                ask_text(db, "SELECT * FROM (SELECT viewing, seq, 'gap', count, why FROM gap UNION ALL "
                             "SELECT viewing, seq, 'resume', place, seq FROM resume UNION ALL SELECT viewing, seq, "
                             "'was ' || kind, 0, 0 "
                             "FROM superseded UNION ALL SELECT viewing, "
                             "seq, 'visit', node, 0 FROM visit UNION ALL "
                             "SELECT viewing, seq, 'leave', visit, 0 FROM leave UNION ALL SELECT viewing, seq, "
                             "'exposure', 0, 0 FROM exposure UNION ALL "
                             "SELECT viewing, seq, 'outcome', exposure, what FROM outcome UNION ALL SELECT viewing, "
                             "seq, 'finish', reason, 0 FROM finish) ORDER BY 1, 2");
            printf("# %s\n", g_strdelimit(rows, "\n", ';'));
            sqlite3_close(db);
        }
        wrong += now;
        g_unlink(record_path);
    }
    is_int(wrong, 0, "the same each time");
}

int main(int argc, char **argv)
{
    seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2;
    printf("# seed %u\n", seed);
    char pattern[] = "/dev/shm/kills-XXXXXX"; /* flushing costs nothing there */
    dir = g_strdup(mkdtemp(pattern));
    if (!dir) {
        skip("kills between every two writes", "there is no /dev/shm here");
        return tap_done();
    }
    store_path = g_build_filename(dir, "t.sqlite", NULL);
    record_path = g_build_filename(dir, "record", NULL);
    template_path = g_build_filename(dir, "empty.sqlite", NULL);
    g_autofree char *data = g_build_filename(dir, "data", NULL), *runtime = g_build_filename(dir, "runtime", NULL);
    g_setenv("XDG_DATA_HOME", data, true);
    g_setenv("XDG_RUNTIME_DIR", runtime, true);
    struct story *s = story_from_text(text);
    if (s) {
        make_template();
        if (argc > 4)
            test_pair(s, atol(argv[2]), atol(argv[3]), atoi(argv[4]));
        else
            test_every_write(s);
    }
    ok(s != NULL, "the story is loaded");
    story_free(s);
    g_autofree char *remove = g_strdup_printf("rm -rf '%s'", dir);
    ok(system(remove) == 0, "cleaned up");
    g_free(dir);
    g_free(store_path);
    g_free(record_path);
    g_free(template_path);
    return tap_done();
}
