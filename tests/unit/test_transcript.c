/*
 * Transcripts. Random plays of random stories are recorded, printed, parsed and replayed to the same effects and the
 * same end. Errors name the line that is no line of a transcript, or that does not fit the story. Argument: a seed.
 */
#include "effects.h"
#include "play_model.h"
#include "tap.h"

#include "play/replay.h"
#include "play/transcript_text.h"
#include "story/name_index.h"

#include <glib/gstdio.h>
#include <stdlib.h>

/* ---- recording and replaying -------------------------------------------------------------------------------- */

static void collect(void *user, const struct play_effect *fx)
{
    g_array_append_vals(user, fx, 1);
}

struct recording {
    const struct story *s;
    struct transcript *t;
    GRand *rand;
    GArray *told, *drawn;
    int32_t *st, slots, kept[8];
    uint64_t seed;
    bool forced; /* random routes are drawn by us, and written down */
    int64_t now_us;
};

static int64_t last_event_us(const struct recording *r)
{
    if (r->st[PLAY_PHASE] != PLAY_RUNNING)
        return 0;
    const int32_t done = r->st[PLAY_CURSOR];
    return done ? r->s->events[r->s->nodes[r->st[PLAY_NODE]].events.first + done - 1].at_us : 0;
}

static void record(struct recording *r, struct play_input in, int64_t at_us)
{
    const int32_t draws[] = {g_rand_int_range(r->rand, 0, 4), g_rand_int_range(r->rand, 0, 4), 0, 1, 2, 3, 0, 1};
    const guint before = r->told->len;
    if (r->forced) {
        in.draws = draws;
        in.n_draws = G_N_ELEMENTS(draws);
    }
    transcript_add(r->t, r->s, r->st, &in, at_us);
    if (!play_step(r->s, r->st, &in, collect, r->told))
        ok(false, "input of kind %d is taken", (int)in.kind);
    for (guint i = before, n = 0; r->forced && i < r->told->len; i++) {
        const struct play_effect *fx = &g_array_index(r->told, struct play_effect, i);
        if (fx->kind == PLAY_DID_DRAW && n++ < G_N_ELEMENTS(draws))
            transcript_add_draw(r->t, r->s, fx->draw.route, fx->draw.part);
    }
    /* Every way into a node may be a way back into the middle of it. */
    r->now_us = in.kind == PLAY_ADVANCE || in.kind == PLAY_PICK ? at_us : last_event_us(r);
}

/* Something a writer does. */
static bool meddle(struct recording *r, int64_t at_us)
{
    if (r->s->n_vars > 0 && g_rand_boolean(r->rand)) {
        const int32_t variable = g_rand_int_range(r->rand, 0, r->s->n_vars);
        const struct story_var *v = &r->s->vars[variable];
        const int32_t value = g_rand_int_range(r->rand, v->min, v->max + 1);
        record(r, (struct play_input){.kind = PLAY_CHANGE, .variable = variable, .value = value}, at_us);
        return true;
    }
    record(r, (struct play_input){.kind = PLAY_JUMP, .node = g_rand_int_range(r->rand, 0, r->s->n_nodes)}, at_us);
    return true;
}

/* Something the viewer does before `due_us`. */
static bool interfere(struct recording *r, int64_t due_us)
{
    const int64_t early_us = r->now_us + (due_us - r->now_us) / 3, at_us = early_us + g_rand_int_range(r->rand, 0, 7);
    const int32_t option = g_rand_int_range(r->rand, 0, 4);
    const uint64_t mask = (uint32_t)r->st[PLAY_MASK_LO];
    if (at_us >= due_us)
        return false;
    if (r->st[PLAY_OPEN] >= 0 && mask >> option & 1 && g_rand_int_range(r->rand, 0, 2) == 0) {
        record(r, (struct play_input){.kind = PLAY_PICK, .option = option}, at_us);
        return true;
    }
    if (g_rand_int_range(r->rand, 0, 16) == 0)
        return meddle(r, at_us);
    const int32_t decision = g_rand_int_range(r->rand, 0, r->s->n_decisions);
    if (g_rand_int_range(r->rand, 0, 12) || !play_can_go_back(r->s, r->st, decision))
        return false;
    record(r, (struct play_input){.kind = PLAY_BACK, .decision = decision}, at_us);
    return true;
}

/* A play is left, or gone back from, only when nothing more is due at this time. */
static void settle(struct recording *r)
{
    while (r->st[PLAY_PHASE] == PLAY_RUNNING && !r->st[PLAY_CUT]) {
        const struct schedule_due due = schedule_next(r->s, r->st, US_NONE, -1);
        if (due.at_us == US_NONE || due.at_us > r->now_us)
            return;
        record(r, due.input, due.at_us);
    }
}

/* A silent loop with chance in it may run to its limit: such plays are left to the oracle. */
static void play_at_random(struct recording *r)
{
    record(r, (struct play_input){.kind = PLAY_START, .seed = r->seed, .kept = r->kept}, 0);
    for (int i = 0; i < 120 && r->told->len < 3000; i++) {
        const bool running = r->st[PLAY_PHASE] == PLAY_RUNNING;
        const int64_t length_us = running ? schedule_planned_length(r->s, r->st[PLAY_NODE]) : 0;
        const int32_t selected = g_rand_int_range(r->rand, -3, 3);
        const struct schedule_due due = schedule_next(r->s, r->st, length_us, selected);
        if (due.at_us == US_NONE) {
            const int32_t decision = g_rand_int_range(r->rand, 0, r->s->n_decisions);
            if (!play_can_go_back(r->s, r->st, decision))
                return;
            record(r, (struct play_input){.kind = PLAY_BACK, .decision = decision}, 0);
        } else if (!interfere(r, due.at_us)) {
            record(r, due.input, due.at_us);
        }
    }
}

struct tally {
    int lines[TRANSCRIPT_JUMP + 1], laps, at_end, replays;
};

static void count(const struct transcript *t, struct tally *tally)
{
    for (int32_t i = 0; i < transcript_n_lines(t); i++) {
        const struct transcript_line *l = transcript_get(t, i);
        tally->lines[l->kind]++;
        tally->laps += l->lap > 0;
        tally->at_end += l->at_us == TRANSCRIPT_AT_END;
    }
    tally->replays++;
}

static bool replays_the_same(const struct recording *r, const struct transcript *t)
{
    GArray *told = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    int32_t *st = g_new(int32_t, r->slots);
    const struct replay_watch watch = {.sink = collect, .user = told};
    GError *error = NULL;
    const bool replayed = transcript_replay(r->s, t, st, &watch, &error);
    bool good = replayed && same_effects(told, r->told) && memcmp(st, r->st, (size_t)r->slots * sizeof *st) == 0;
    if (!good)
        printf("# %s; %u effects, wanted %u; phase %d node %d cursor %d, wanted %d %d %d\n",
               error ? error->message : "-", told->len, r->told->len, st[PLAY_PHASE], st[PLAY_NODE], st[PLAY_CURSOR],
               r->st[PLAY_PHASE], r->st[PLAY_NODE], r->st[PLAY_CURSOR]);
    g_clear_error(&error);
    g_free(st);
    g_array_unref(told);
    return good;
}

static bool survives_text(const struct recording *r)
{
    GError *error = NULL;
    char *text = transcript_print(r->t), *again = NULL;
    struct transcript *t = transcript_parse(text, -1, &error);
    if (t)
        again = transcript_print(t);
    bool good = g_strcmp0(text, again) == 0 && transcript_seed(t) == r->seed && replays_the_same(r, t);
    if (!good)
        printf("# %s\n%s\n", error ? error->message : "different", text);
    g_clear_error(&error);
    g_free(again);
    g_free(text);
    transcript_free(t);
    return good;
}

/* Text that was tampered with is refused, or read and then either fits the story or is reported. Nothing crashes. */
static void tamper(const struct recording *r)
{
    char *text = transcript_print(r->t);
    const size_t len = strlen(text);
    int32_t *st = g_new(int32_t, r->slots);
    for (int i = 0; i < 6; i++) {
        text[g_rand_int_range(r->rand, 0, (gint32)len)] = "\n -:.\"#\\x019dnop\t\r"[g_rand_int_range(r->rand, 0, 18)];
        struct transcript *t = transcript_parse(text, (gssize)len, NULL);
        if (t)
            transcript_replay(r->s, t, st, NULL, NULL);
        transcript_free(t);
    }
    g_free(st);
    g_free(text);
}

static bool one_play(const struct model *m, GRand *rand, struct tally *tally)
{
    struct recording r = {.s = m->s, .rand = rand, .slots = play_state_slots(m->s)};
    r.seed = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
    r.forced = g_rand_int_range(rand, 0, 3) == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(r.kept); i++)
        r.kept[i] = g_rand_int_range(rand, -5, 5);
    r.st = g_new(int32_t, r.slots);
    r.told = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    r.t = transcript_new(m->s, r.seed, r.kept);
    play_init(m->s, r.st);
    play_at_random(&r);
    bool good = true;
    if (r.told->len < 3000) {
        settle(&r);
        transcript_add_stop(r.t, m->s, r.st, r.now_us + g_rand_int_range(rand, 0, 9));
        count(r.t, tally);
        good = replays_the_same(&r, r.t) && survives_text(&r);
        tamper(&r);
    }
    transcript_free(r.t);
    g_array_unref(r.told);
    g_free(r.st);
    return good;
}

static void test_random(uint32_t seed, int n_stories)
{
    struct tally tally = {0};
    int bad = 0;
    for (int i = 0; i < n_stories && bad < 3; i++) {
        struct model *m = model_random(seed + (uint32_t)i);
        GRand *rand = g_rand_new_with_seed(seed ^ (uint32_t)(i * 7919 + 5));
        for (int k = 0; k < 3; k++)
            if (!one_play(m, rand, &tally)) {
                printf("# story seed %u\n", seed + (uint32_t)i);
                bad++;
                break;
            }
        g_rand_free(rand);
        model_free(m);
    }
    is_int(bad, 0, "recorded, printed, parsed, replayed: the same effects and end");
    for (int i = 0; i <= TRANSCRIPT_DRAW; i++)
        ok(tally.lines[i] > 50, "lines of kind %d were met (%d)", i, tally.lines[i]);
    ok(tally.replays > 500 && tally.laps > 0 && tally.at_end > 5, "%d plays, %d laps, %d after the end", tally.replays,
       tally.laps, tally.at_end);
}

/* ---- text --------------------------------------------------------------------------------------------------- */

#define HEAD "frumious-transcript 1\n"

static const struct bad_text {
    const char *text, *message; /* message: its beginning */
} bad_texts[] = {
    {"", "line 1: the file is empty"},
    {"\n# only a remark\n", "line 2: this is no transcript"},
    {"frumious: 1\n", "line 1: this is no transcript"},
    {"frumious-transcript 2\n", "line 1: transcript format 2 is not supported"},
    {HEAD "picked a - d o\n", "line 2: unknown word \"picked\""},
    {HEAD "pick a - d\n", "line 2: words are missing after \"pick\""},
    {HEAD "pick a - d o x\n", "line 2: unexpected word \"x\""},
    {HEAD "change a - d o lap 2 3\n", "line 2: too many words"},
    {HEAD "change a - d\n", "line 2: words are missing after \"change\""},
    {HEAD "jump a - d x\n", "line 2: unexpected word \"x\""},
    {HEAD "timeout a - d lap 2\n", "line 2: unexpected word \"lap\""},
    {HEAD "back a - d lap 0\n", "line 2: counting begins with 1"},
    {HEAD "back a - d lap 99999999\n", "line 2: \"99999999\" is no number here"},
    {HEAD "pick a 12 d o\n", "line 2: \"12\" is no time"},
    {HEAD "pick a 8s d o\n", "line 2: \"8s\" is no time"},
    {HEAD "pick a 00:61 d o\n", "line 2: \"00:61\" is no time"},
    {HEAD "pick a 1:00:00:00 d o\n", "line 2: \"1:00:00:00\" is no time"},
    {HEAD "pick a 00:01. d o\n", "line 2: \"00:01.\" is no time"},
    {HEAD "pick a 00:01.1234567 d o\n", "line 2: \"00:01.1234567\" is no time"},
    {HEAD "pick a 25:00:00 d o\n", "line 2: \"25:00:00\" is no time"},
    {HEAD "pick a end d o\n", "line 2: \"end\" is no time"},
    {HEAD "pick a -1:00 d o\n", "line 2: \"-1:00\" is no time"},
    {HEAD "pick \"a - d o\n", "line 2: a quoted word has no closing quote"},
    {HEAD "pick \"a\\n\" - d o\n", "line 2: unknown escape"},
    {HEAD "pick \"a\\x00\" - d o\n", "line 2: unknown escape"},
    {HEAD "pick \"a\\x41\" - d o\n", "line 2: unknown escape"},
    {HEAD "pick \"a\\u0041\" - d o\n", "line 2: unknown escape"},
    {HEAD "pick \"a\\u001b\" - d o\n", "line 2: unknown escape"},
    {HEAD "pick \"a\\u20\" - d o\n", "line 2: unknown escape"},
    {HEAD "pick \"a\"- d o\n", "line 2: a quoted word must be followed by a blank"},
    {HEAD "pick a\"b - d o\n", "line 2: a quote inside a word"},
    {HEAD "draw r 0\n", "line 2: counting begins with 1"},
    {HEAD "draw r -1\n", "line 2: \"-1\" is no number"},
    {HEAD "seed -1\n", "line 2: \"-1\" is no number"},
    {HEAD "seed 18446744073709551616\n", "line 2: \"18446744073709551616\" is no number"},
    {HEAD "seed\n", "line 2: \"seed\" takes 1 words"},
    {HEAD "from\n", "line 2: \"from\" takes 1 words"},
    {HEAD "set x\n", "line 2: \"set\" takes 2 words"},
    {HEAD "stop a -\nfrom a\n", "line 3: \"from\" must stand before"},
    {HEAD "reload a -\n", "line 2: \"reload\" takes 3 words"},
    {HEAD "reload a b c\n", "line 2: \"b\" is no time"},
    {HEAD "stop a -\nreload a - b\n", "line 3: nothing can follow"},
    {HEAD "hash xyz\n", "line 2: \"xyz\" is no number"},
    {HEAD "stop a -\nseed 1\n", "line 3: \"seed\" must stand before"},
    {HEAD "stop a -\nstop a -\n", "line 3: nothing can follow"},
    {HEAD "\xff\n", "line 2: not UTF-8"},
};

static void test_bad_texts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
        GError *error = NULL;
        struct transcript *t = transcript_parse(bad_texts[i].text, -1, &error);
        if (!ok(!t && error && g_str_has_prefix(error->message, bad_texts[i].message), "%s", bad_texts[i].message))
            printf("# got: %s\n", error ? error->message : "a transcript");
        g_clear_error(&error);
        transcript_free(t);
    }
    GError *error = NULL;
    ok(!transcript_parse(HEAD "stop a\0b -\n", 33, &error) && error, "a NUL is refused");
    g_clear_error(&error);
    ok(!transcript_parse(NULL, 0, &error) && error, "no bytes at all are refused");
    g_clear_error(&error);
    ok(!transcript_parse(HEAD, (gssize)TRANSCRIPT_BYTES_MAX + 1, &error) &&
           g_error_matches(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_LIMIT),
       "what is too large is not even looked at");
    g_clear_error(&error);
}

static void test_long_texts(void)
{
    GString *y = g_string_new(HEAD);
    for (int i = 0; i <= TRANSCRIPT_LINES_MAX; i++)
        g_string_append(y, "draw - 1\n");
    GError *error = NULL;
    ok(!transcript_parse(y->str, -1, &error) && strstr(error->message, "more than 200000 lines"), "too many lines");
    g_clear_error(&error);
    g_string_assign(y, HEAD "pick ");
    for (int i = 0; i <= TRANSCRIPT_LINE_BYTES_MAX; i++)
        g_string_append_c(y, 'a');
    ok(!transcript_parse(y->str, -1, &error) && strstr(error->message, "longer than"), "too long a line");
    g_clear_error(&error);
    g_string_free(y, TRUE);
}

static void test_good_text(void)
{
    static const char text[] =
        "\r\n# a remark\n  frumious-transcript\t1 # another\r\nstory \"an \\\"id\\\" # \\\\ "
        "\\x0a\\x7f\\u009b\\u202e\"\n"
        "set \"a b\" =\nfrom \"-\"\nkeep x -3\npick \"-\" 01:02.5 d \"\"\r\nback n "
        "23:59:59.999999 d lap 3\nback n end d\n"
        "timeout \xc3\xa9 - d#x\nreload n 00:01 \"changed: \x61\"\ndraw - 2\ndraw \"-\" 1\nstop n 1:00:00";
    static const char printed[] =
        HEAD "story \"an \\\"id\\\" # \\\\ \\x0a\\x7f\\u009b\\u202e\"\nversion \"\"\nseed 0\nfrom \"-\"\n"
             "set \"a b\" =\nkeep x -3\n"
             "pick \"-\" 01:02.500 d \"\"\nback n 23:59:59.999999 d lap 3\nback n end d\n"
             "timeout \xc3\xa9 - d\nreload n 00:01.000 \"changed: a\"\ndraw - 2\ndraw \"-\" 1\nstop n 01:00:00.000\n";
    GError *error = NULL;
    struct transcript *t = transcript_parse(text, sizeof text - 1, &error);
    char *out = t ? transcript_print(t) : NULL;
    is_str(out, printed, "all that can be written");
    if (error)
        printf("# %s\n", error->message);
    is_str(t ? transcript_story_id(t) : NULL, "an \"id\" # \\ \n\177\xc2\x9b\xe2\x80\xae", "escapes are read");
    is_int(t ? transcript_get(t, 0)->number : 0, 8, "lines know their number");
    g_free(out);
    transcript_free(t);
}

static void test_files(void)
{
    char *dir = g_dir_make_tmp("frumious-transcript-XXXXXX", NULL), *path = g_build_filename(dir, "t", NULL);
    GError *error = NULL;
    struct transcript *t = transcript_parse(HEAD "seed 7\n", -1, NULL), *again;
    ok(transcript_save(t, path, &error), "saved");
    again = transcript_load(path, &error);
    ok(again && transcript_seed(again) == 7, "and loaded");
    transcript_free(again);
    g_remove(path);
    ok(!transcript_load(path, &error) && strstr(error->message, path), "a missing file is named");
    g_clear_error(&error);
    ok(!transcript_load(dir, &error) && error, "a folder is no transcript");
    g_clear_error(&error);
    ok(!transcript_load("/dev/zero", &error) && strstr(error->message, "a device"), "nor is a device");
    g_clear_error(&error);
    transcript_free(t);
    g_rmdir(dir);
    g_free(path);
    g_free(dir);
}

/* ---- what does not fit -------------------------------------------------------------------------------------- */

#define S_(n) ((n)*US_PER_SECOND)

/* a asks d (x or y, z never), leads to b; b loops to itself and to a; x leads to the ending. */
static const struct story_event mini_events[] = {{S_(2), STORY_OPEN, 0}, {S_(5), STORY_CLOSE, 0}};
static const struct story_code mini_code[] = {{OP_CONST, 0}};
static const struct story_expr mini_exprs[] = {{.code = {0, 1}}};
static const struct story_option mini_options[] = {
    {.name = "x", .when = -1, .to = {STORY_TO_NODE, 2}}, {.name = "y", .when = -1}, {.name = "z", .when = 0}};
static const struct story_decision mini_decisions[] = {{.name = "d",
                                                        .opens_us = S_(2),
                                                        .closes_us = S_(5),
                                                        .options = {0, 3},
                                                        .fallback = -1,
                                                        .checkpoint = true,
                                                        .timeout = {.as = -1}}};
static const struct story_part mini_parts[] = {{-1, 1, {STORY_TO_NODE, 1}, {0, 0, 0}},
                                               {-1, 1, {STORY_TO_NODE, 0}, {0, 0, 0}}};
static const struct story_route mini_routes[] = {{.name = "lot", .parts = {0, 2}, .random = true}};
static const char *const mini_names[] = {"red", "blue"};
static const struct story_var mini_vars[] = {
    {.name = "n", .type = STORY_INT, .max = 5, .keep_viewer = true},
    {.name = "c", .type = STORY_ENUM, .max = 1, .values = {0, 2}, .keep_viewer = true},
    {.name = "p", .type = STORY_BOOL, .max = 1, .keep_viewer = true},
};
#define CARD .clip = {.kind = STORY_CARD, .from_us = US_NONE, .to_us = US_NONE, .for_us = S_(8)}
static const struct story_node mini_nodes[] = {
    {.name = "a", CARD, .events = {0, 2}, .next = {STORY_TO_NODE, 1}, .ending = -1},
    {.name = "b", CARD, .next = {STORY_TO_ROUTE, 0}, .ending = -1},
    {.name = "c", CARD, .ending = 0},
};
static const struct story_ending mini_endings[] = {{.name = "e", .node = 2}};
static struct story mini = {
    .id = "mini",
    .version = "1",
    .vars = mini_vars,
    .n_vars = 3,
    .names = mini_names,
    .n_names = 2,
    .events = mini_events,
    .n_events = 2,
    .code = mini_code,
    .n_code = 1,
    .exprs = mini_exprs,
    .n_exprs = 1,
    .options = mini_options,
    .n_options = 3,
    .decisions = mini_decisions,
    .n_decisions = 1,
    .parts = mini_parts,
    .n_parts = 2,
    .routes = mini_routes,
    .n_routes = 1,
    .nodes = mini_nodes,
    .n_nodes = 3,
    .endings = mini_endings,
    .n_endings = 1,
};

static const struct fit {
    const char *text, *message; /* NULL: it fits */
    const char *end;            /* "phase node cursor" */
} fits[] = {
    {"", NULL, "1 0 1"},
    {"pick a - d x\n", NULL, "2 2 0"},
    {"pick other 00:03.000 d x\n", NULL, "2 2 0"},
    {"pick a 00:01.000 d x\n", NULL, "2 2 0"},
    {"pick a 59:00.000 d x\n", NULL, "2 2 0"},
    {"timeout a - d\ndraw lot 2\n", NULL, "1 0 1"},
    {"timeout a - d\ndraw - 2\npick a - d x\n", NULL, "2 2 0"},
    {"timeout a - d\ndraw lot 1\ndraw lot 1\ndraw lot 2\nstop b 00:04.000 lap 3\n", "line 5: no random route", "1 1 0"},
    {"timeout a - d\ndraw lot 1\ndraw lot 1\nstop b 00:04.000 lap 3\n", NULL, "1 1 0"},
    {"pick a - d x\nback c 00:01.000 d\n", NULL, "1 0 1"},
    {"pick a - d x\nback c end d\nstop a 00:01.000\n", NULL, "1 0 0"},
    {"stop a 00:03.000\n", NULL, "1 0 1"},
    {"pick a - d z\n", "line 2: option \"z\" is not possible here (possible: x, y)", "1 0 1"},
    {"pick a - d q\n", "line 2: option \"q\" is not possible here (possible: x, y)", "1 0 1"},
    {"pick a - other x\n", "line 2: the film has no decision \"other\"", "1 0 1"},
    {"timeout a - other\n", "line 2: the film has no decision \"other\"", "1 0 1"},
    {"pick a - d x\npick a - d x\n", "line 3: this picks \"x\" at \"d\", but the film is over after \"c\"", "2 2 0"},
    {"back a 00:01.000 d\n", "line 2: going back to \"d\" is not possible here (possible: none)", "1 0 0"},
    {"back a 00:03.000 f\n", "line 2: going back to \"f\" is not possible here (possible: d)", "1 0 1"},
    {"back b 00:01.000 d\n", "line 2: this goes back from \"b\" to \"d\", but the film asks \"d\" in \"a\"", "1 0 1"},
    {"change a 00:01.000 n 1\njump a 00:01.000 c\n", NULL, "2 2 0"},
    {"jump a - a lap 1\njump a 00:01.000 a\n", NULL, "1 0 1"},
    {"change a - gone 1\n", "line 2: there is no variable \"gone\"", "1 0 0"},
    {"change a - n many\n", "line 2: \"many\" is no number for \"n\"", "1 0 0"},
    {"jump a - gone\n", "line 2: there is no node \"gone\"", "1 0 0"},
    {"jump b 00:01.000 a\n", "line 2: this jumps from \"b\" to \"a\", but the film asks \"d\" in \"a\"", "1 0 1"},
    {"stop b 00:01.000\n", "line 2: this leaves the film in \"b\", but the film asks \"d\" in \"a\"", "1 0 1"},
    {"timeout a - d\ndraw other 2\n", "line 3: part 2 can't be drawn", "1 0 0"},
    {"timeout a - d\ndraw lot 7\n", "line 3: part 7 can't be drawn", "1 1 0"},
    {"draw lot 1\npick a - d x\n", "line 2: no random route comes here", "1 0 1"},
    {"keep n 9\nkeep c blue\nkeep p true\nkeep gone 1\npick a - d x\n", NULL, "2 2 0"},
    {"keep n many\n", "line 2: \"many\" is no number for \"n\"", "0 -1 0"},
    {"keep c green\n", "line 2: \"green\" is no value of \"c\"", "0 -1 0"},
    {"keep p yes\n", "line 2: \"yes\" is no value of \"p\"", "0 -1 0"},
    {"story other\n", "the transcript is of the story \"other\", not of \"mini\"", "0 -1 0"},
    {"story mini\n", NULL, "1 0 1"},
    {"from a\nset n 0\nset c red\nset p false\n", NULL, "1 0 1"},
    {"reload b 00:09.000 c\npick a - d x\nreload gone - \"\"\n", NULL, "2 2 0"},
    {"from b\n", "the transcript begins at node \"b\", and can't begin at \"a\"", "0 -1 0"},
    {"set n 1\n", "line 2: the play began with \"n\" at \"1\", and must begin so again", "0 -1 0"},
    {"set c green\n", "line 2: \"green\" is no value of \"c\"", "0 -1 0"},
    {"set gone 1\n", "line 2: there is no variable \"gone\" to begin with", "0 -1 0"},
};

static void test_fits(void)
{
    int32_t *st = g_new(int32_t, play_state_slots(&mini));
    for (size_t i = 0; i < G_N_ELEMENTS(fits); i++) {
        GError *error = NULL;
        char *text = g_strconcat(HEAD, fits[i].text, NULL);
        struct transcript *t = transcript_parse(text, -1, &error);
        if (ok(t != NULL, "row %d is a transcript", (int)i)) {
            const bool fit = transcript_replay(&mini, t, st, NULL, &error);
            char *end = g_strdup_printf("%d %d %d", st[PLAY_PHASE], st[PLAY_NODE], st[PLAY_CURSOR]);
            ok(fit == !fits[i].message && fit == !error, "row %d fits or not", (int)i);
            if (fits[i].message &&
                !ok(error && g_str_has_prefix(error->message, fits[i].message), "%s", fits[i].message))
                printf("# %s\n", error ? error->message : "fits");
            is_str(end, fits[i].end, "and ends where it should");
            g_free(end);
        }
        g_clear_error(&error);
        transcript_free(t);
        g_free(text);
    }
    is_int(st[PLAY_VALUES], 0, "without kept values there are the initial ones");
    g_free(st);
}

/* A film that goes round without a decision never comes to the line. */
static void test_endless(void)
{
    const struct story_part always_b[] = {{-1, 1, {STORY_TO_NODE, 1}, {0, 0, 0}}};
    const struct story_route loop[] = {{.name = "lot", .parts = {0, 1}}};
    struct story s = mini;
    s.parts = always_b;
    s.n_parts = 1;
    s.routes = loop;
    int32_t *st = g_new(int32_t, play_state_slots(&s));
    static const char *const texts[] = {HEAD "pick a - d y\npick a - d y\n", HEAD "pick a - d y\n"};
    static const char *const messages[] = {"line 3: this picks \"y\" at \"d\", but the film is in \"b\"",
                                           "entry 2: after the last line the film goes on for ever"};
    for (int i = 0; i < 2; i++) {
        struct transcript *t = transcript_parse(texts[i], -1, NULL);
        GError *error = NULL;
        ok(!transcript_replay(&s, t, st, NULL, &error), "an endless film is given up");
        is_str(error ? error->message : NULL, messages[i], "and said to be so");
        g_clear_error(&error);
        transcript_free(t);
    }
    g_free(st);
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    printf("# seed %u\n", seed);
    mini.owned = name_index_new(&mini, NULL);
    test_random(seed, argc > 2 ? atoi(argv[2]) : 500);
    test_bad_texts();
    test_long_texts();
    test_good_text();
    test_files();
    test_fits();
    test_endless();
    story_owned_free(mini.owned);
    return tap_done();
}
