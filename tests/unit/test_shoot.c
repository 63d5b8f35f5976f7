/*
 * What a story gives to those who shoot it: scripts in Fountain are read as Fountain says; scenes come by act and depth; the
 * state on entry is what plays show; the tables and the screenplay are as their golden files; a play is cut as it was seen.
 */
#include "golden.h"
#include "play_model.h"
#include "story_text.h"
#include "tap.h"

#include "explore/entry_values.h"
#include "explore/successors.h"
#include "play/schedule.h"
#include "play/transcript_text.h"
#include "shoot/fountain.h"
#include "shoot/linear_cut.h"
#include "shoot/note_list.h"
#include "shoot/otio.h"
#include "shoot/screenplay.h"
#include "shoot/shooting_lists.h"

#include <stdlib.h>

/* ---- Fountain ------------------------------------------------------------------------------------------------------- */

static void test_fountain(void)
{
    static const struct {
        const char *script, *lines; /* kind, speaker, text */
    } cases[] = {
        {"", ""},
        {"Rain.\n", "0 - Rain."},
        {"NELL\nTea?\n", "1 - NELL|3 NELL Tea?"},
        {"Rain.\nNELL\nTea?", "0 - Rain.|0 - NELL|0 - Tea?"}, /* no empty line: no cue */
        {"NELL\n\nTea?", "0 - NELL|0 - Tea?"},
        {"NELL (V.O.)\n(softly)\nTea?\nOr not.\n\nRain.",
         "1 - NELL (V.O.)|2 NELL (softly)|3 NELL Tea?|3 NELL Or not.|0 - Rain."},
        {"@McAllister\nNo.", "1 - McAllister|3 McAllister No."},
        {"STEEL ^\nScrew you.", "1 - STEEL ^|3 STEEL Screw you."},
        {"ÉLODIE\nOui.", "1 - ÉLODIE|3 ÉLODIE Oui."},
        {"CUT TO:", "4 - CUT TO:"},
        {"> Fade out.", "4 - Fade out."},
        {"!SCANNING THE AISLES\nWhere is it?", "0 - SCANNING THE AISLES|0 - Where is it?"},
        {".THE ROOF\n", "5 - THE ROOF"},
        {"... and on.", "0 - ... and on."},
        {"[[a word to the crew]]", "6 - a word to the crew"},
        {"23\n(stays)", "0 - 23|0 - (stays)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) lines = fountain_parse(cases[i].script);
        g_autoptr(GString) text = g_string_new(NULL);
        for (guint k = 0; k < lines->len; k++) {
            const struct fountain_line *l = lines->pdata[k];
            g_string_append_printf(text, "%s%d %s %s", k ? "|" : "", l->kind, l->speaker ? l->speaker : "-", l->text);
        }
        is_str(text->str, cases[i].lines, "script");
    }
}

/* ---- the state on entry --------------------------------------------------------------------------------------------- */

struct watching {
    const struct story *s;
    const struct entry_values *e;
    int32_t from;
    int seen, missing;
};

static bool is_known(const struct watching *w, int32_t node, const int32_t *values)
{
    for (guint i = 0; i < w->e->ways->len; i++) {
        const struct entry_way *way = w->e->ways->pdata[i];
        if (way->node != node || way->from != w->from)
            continue;
        for (int32_t v = 0; v < w->s->n_vars; v++) {
            const struct entry_range *r = &way->values[v];
            const int64_t bit = (int64_t)values[v] - w->s->vars[v].min;
            if (values[v] < r->least || values[v] > r->most || (r->mask && !(r->mask >> bit & 1)))
                return false;
        }
        return true;
    }
    return false;
}

static const int32_t *play_state; /* of the step that is watched */

static void on_effect(void *user, const struct play_effect *fx)
{
    struct watching *w = user;
    if (fx->kind != PLAY_DID_ENTER)
        return;
    w->seen++;
    w->missing += !is_known(w, fx->enter.node, play_state + PLAY_VALUES);
    if (w->s->nodes[fx->enter.node].clip.kind != STORY_SILENT)
        w->from = fx->enter.node;
}

/* At random: -1, or the option that the viewer wants. A pick that cuts at once needs a moment of its own. */
static int32_t choose(const struct story *s, const int32_t *state, GRand *rand)
{
    const int32_t open = state[PLAY_OPEN], option = g_rand_int_range(rand, -1, 3);
    return open >= 0 && story_pick_cuts(&s->decisions[open]) && !successors_quiet(s, state) ? -1 : option;
}

static void play_once(struct watching *w, GRand *rand)
{
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(w->s));
    play_state = state;
    play_init(w->s, state);
    w->from = -1;
    play_step(w->s, state, &(struct play_input){.kind = PLAY_START, .seed = g_rand_int(rand)}, on_effect, w);
    for (int i = 0; i < 60 && state[PLAY_PHASE] == PLAY_RUNNING; i++) {
        const int64_t length_us = schedule_planned_length(w->s, state[PLAY_NODE]);
        const struct schedule_due due = schedule_next(w->s, state, length_us, choose(w->s, state, rand));
        w->from = w->s->nodes[state[PLAY_NODE]].clip.kind != STORY_SILENT ? state[PLAY_NODE] : w->from;
        if (due.at_us == US_NONE || !play_step(w->s, state, &due.input, on_effect, w))
            break;
    }
}

/* Whatever a play at random shows is among what the search tells. */
static void test_random(uint32_t seed)
{
    int seen = 0, missing = 0, partial = 0;
    GRand *rand = g_rand_new_with_seed(seed);
    for (uint32_t i = 0; i < RANDOM_STORIES(120); i++) {
        struct model *m = model_random(seed + i);
        struct watching w = {.s = m->s, .e = entry_values_new(m->s, NULL)};
        for (int k = 0; k < 20 && w.e->complete; k++)
            play_once(&w, rand);
        partial += !w.e->complete;
        if (w.missing && missing == 0)
            printf("# story seed %u\n", seed + i);
        seen += w.seen;
        missing += w.missing;
        entry_values_free((struct entry_values *)w.e);
        model_free(m);
    }
    g_rand_free(rand);
    ok(seen > 1000 && missing == 0, "%d entries at random, %d of them unknown; %d films too large", seen, missing,
       partial);
}

/* ---- what is written ------------------------------------------------------------------------------------------------ */

#define FILM                                                                                                           \
    "frumious: 1\n"                                                                                                    \
    "id: org.example.shoot\n"                                                                                          \
    "title: The Shoot\n"                                                                                               \
    "version: \"2\"\n"                                                                                                 \
    "start: river\n"                                                                                                   \
    "note: A film to be shot.\n"                                                                                       \
    "acts: {one: The way in, two: The way out}\n"                                                                      \
    "props: {coat: A wet coat}\n"                                                                                      \
    "state: {wet: bool, oil: {type: int, min: 0, max: 3, initial: 2}}\n"                                               \
    "nodes:\n"                                                                                                         \
    "  out:\n"                                                                                                         \
    "    act: two\n"                                                                                                   \
    "    clip: {card: Out, for: 3s}\n"                                                                                 \
    "    ending: {id: out, title: Out}\n"                                                                              \
    "    next: credits\n"                                                                                              \
    "  credits: {role: credits, clip: {card: Made by us, for: 3s}, next: again}\n"                                     \
    "  again:\n"                                                                                                       \
    "    role: post-play\n"                                                                                            \
    "    clip: {card: Again?, for: 9s}\n"                                                                              \
    "    decision:\n"                                                                                                  \
    "      id: again\n"                                                                                                \
    "      opens: 1s\n"                                                                                                \
    "      for: 6s\n"                                                                                                  \
    "      default: no\n"                                                                                              \
    "      options:\n"                                                                                                 \
    "        no: {text: No, then: leave}\n"                                                                            \
    "        anew: {text: Anew, then: again}\n"                                                                        \
    "  river:\n"                                                                                                       \
    "    act: one\n"                                                                                                   \
    "    title: The river\n"                                                                                           \
    "    todo: Find a river.\n"                                                                                        \
    "    script: |\n"                                                                                                  \
    "      Fog.\n\n"                                                                                                   \
    "      NELL (O.S.)\n"                                                                                              \
    "      (calls)\n"                                                                                                  \
    "      Is it deep?\n"                                                                                              \
    "      Say!\n\n"                                                                                                   \
    "      MR. HUGHES\n"                                                                                               \
    "      No.\n"                                                                                                      \
    "    clip: {file: river.mkv, from: 2s, to: 22s, sound: {file: voices.opus, language: en}}\n"                       \
    "    decision:\n"                                                                                                  \
    "      id: cross\n"                                                                                                \
    "      prompt: How?\n"                                                                                             \
    "      opens: 4s\n"                                                                                                \
    "      for: 6s\n"                                                                                                  \
    "      default: bridge\n"                                                                                          \
    "      options:\n"                                                                                                 \
    "        swim: {text: Swim, do: [wet = true, oil -= 1], goto: hut, note: She can't swim.}\n"                       \
    "        bridge: {text: By the bridge, when: oil > 1, locked: No light., goto: quick}\n"                           \
    "  quick: {enter: oil += 1, next: hut}\n"                                                                          \
    "  hut:\n"                                                                                                         \
    "    act: one\n"                                                                                                   \
    "    props: coat\n"                                                                                                \
    "    script: |\n"                                                                                                  \
    "      Nell at the stove.\n\n"                                                                                     \
    "      NELL\n"                                                                                                     \
    "      Warm.\n"                                                                                                    \
    "    clip: {image: hut.png, for: 5s}\n"                                                                            \
    "    next: [{when: wet, goto: out}, {goto: out}]\n"

static void test_written(void)
{
    struct story *s = story_from_text(FILM);
    struct scenes *scenes = scenes_new(s);
    struct entry_values *values = entry_values_new(s, NULL);
    struct screenplay *p = screenplay_new(scenes, values), *plain = screenplay_new(scenes, NULL);
    g_autoptr(GString) fountain = g_string_new(NULL), html = g_string_new(NULL), shots = g_string_new(NULL);
    g_autoptr(GString) lines = g_string_new(NULL), notes = g_string_new(NULL), short_one = g_string_new(NULL);
    screenplay_fountain(p, fountain);
    screenplay_fountain(plain, short_one);
    screenplay_html(p, html);
    shooting_list_shots(scenes, shots);
    shooting_list_lines(scenes, lines);
    is_golden(fountain->str, "tests/golden/shoot/script.fountain");
    is_golden(html->str, "tests/golden/shoot/script.html");
    is_golden(shots->str, "tests/golden/shoot/shots.csv");
    is_golden(lines->str, "tests/golden/shoot/lines.csv");
    ok(values->complete && !strstr(short_one->str, "On entry") && strstr(short_one->str, "Swim"),
       "without a search the script tells no state");
    note_list(s, notes);
    ok(strstr(notes->str, ":6:1: note: A film to be shot.\n") &&
           strstr(notes->str, ": todo: (river) Find a river.\n") &&
           strstr(notes->str, ": note: (river) She can't swim.\n"),
       "each note with its place: %s", notes->str);
    screenplay_free(plain);
    screenplay_free(p);
    entry_values_free(values);
    scenes_free(scenes);
    story_free(s);
}

static void test_order(void)
{
    static const struct {
        const char *what, *acts,
            *order; /* acts: of a to e, `-` for none; a leads to b, b to c, c to d; nothing leads to e */
    } cases[] = {
        {"by depth without acts", "-----", "abcde"},
        {"what has no act comes first before all acts, else last", "-1-2-", "abdce"},
        {"act by act", "2-1--", "cabde"},
        {"within the film's beginning as well", "--1-1", "abced"},
        {"all in one", "11111", "abcde"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) text =
            g_string_new("frumious: 1\nid: org.example.order\ntitle: T\nstart: a\nacts: {n1: One, n2: Two}\nnodes:\n");
        g_autoptr(GString) order = g_string_new(NULL);
        for (int k = 4; k >= 0; k--) {
            g_string_append_printf(text, "  %c: {clip: {card: C, for: 1s}", 'a' + k);
            if (cases[i].acts[k] != '-')
                g_string_append_printf(text, ", act: n%c", cases[i].acts[k]);
            if (k < 3)
                g_string_append_printf(text, ", next: %c}\n", 'b' + k);
            else
                g_string_append_printf(text, ", ending: {id: %c, title: T}}\n", 'a' + k);
        }
        if (!strpbrk(cases[i].acts, "12"))
            g_string_replace(text, "acts: {n1: One, n2: Two}\n", "", 0);
        struct story *s = story_from_text(text->str);
        struct scenes *scenes = s ? scenes_new(s) : NULL;
        for (int32_t k = 0; scenes && k < scenes->n; k++)
            g_string_append(order, s->nodes[scenes->nodes[k]].name);
        is_str(order->str, cases[i].order, cases[i].what);
        scenes_free(scenes);
        story_free(s);
    }
}

/* ---- for picture editors -------------------------------------------------------------------------------------------- */

/* "river 0-22 [4-10 1:1] | …": node, seconds, decisions with when, outcome and option. */
static char *describe_cut(const struct linear_cut *c)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < c->segments->len; i++) {
        const struct cut_segment *g = &g_array_index(c->segments, struct cut_segment, i);
        g_string_append_printf(out, "%s%s %g-%g", i ? " | " : "", c->story->nodes[g->node].name,
                               (double)g->from_us / 1e6, (double)g->to_us / 1e6);
        for (int32_t k = 0; k < g->markers.n; k++) {
            const struct cut_marker *m = &g_array_index(c->markers, struct cut_marker, g->markers.first + k);
            g_string_append_printf(out, " [%g-%g %d:%d]", (double)m->at_us / 1e6, (double)m->until_us / 1e6, m->outcome,
                                   m->option);
        }
    }
    return g_string_free(out, FALSE);
}

/* The credits, and what is asked after them until the transcript is over. */
#define BEHIND " | credits 0-3 | again 0-1 [1-1 0:-1]"

static void test_cuts(void)
{
    static const struct {
        const char *lines, *cut;
    } cases[] = {
        {"", "river 0-4 [4-4 0:-1]"},
        {"pick river 00:05.000 cross bridge\n", "river 0-20 [4-5 1:1] | hut 0-5 | out 0-3" BEHIND},
        {"timeout river 00:10.000 cross\n", "river 0-20 [4-10 2:1] | hut 0-5 | out 0-3" BEHIND},
        {"pick river 00:05.000 cross swim\nstop hut 00:02.500\n", "river 0-20 [4-5 1:0] | hut 0-2.5"},
        {"stop river 00:06.000\n", "river 0-6 [4-6 0:-1]"},
        {"pick river 00:05.000 cross swim\nback hut 00:01.000 cross\npick river 00:06.000 cross bridge\n",
         "river 0-20 [4-5 1:0] | hut 0-1 | river 4-20 [4-6 1:1] | hut 0-5 | out 0-3" BEHIND},
        {"pick river 00:05.000 cross fly\n", NULL},
    };
    struct story *s = story_from_text(FILM);
    struct footage *f = footage_new(s);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text =
            g_strconcat("frumious-transcript 1\nstory org.example.shoot\nversion 2\nseed 1\n", cases[i].lines, NULL);
        struct transcript *t = transcript_parse(text, -1, &error);
        struct linear_cut *c = linear_cut_of_play(s, t, f, NULL, &error);
        g_autofree char *said = c ? describe_cut(c) : NULL;
        if (cases[i].cut)
            is_str(said ? said : error->message, cases[i].cut, "a play is cut");
        else
            ok(!c && g_error_matches(error, TRANSCRIPT_ERROR, TRANSCRIPT_ERROR_MISMATCH),
               "a play that does not fit: %s", error ? error->message : said);
        linear_cut_free(c);
        transcript_free(t);
    }
    footage_free(f);
    story_free(s);
}

/* The files are missing: rates are the usual one, and the ranges are those of the story. */
static void test_timeline(void)
{
    struct story *s = story_from_text(FILM);
    struct scenes *scenes = scenes_new(s);
    struct footage *f = footage_new(s);
    struct linear_cut *c = linear_cut_of_story(scenes, f, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    otio_write(c, f, NULL, out);
    g_string_replace(out, s->dir, "/film", 0);
    is_golden(out->str, "tests/golden/shoot/clips.otio");
    linear_cut_free(c);
    footage_free(f);
    scenes_free(scenes);
    story_free(s);
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20262;
    printf("# seed %u\n", seed);
    test_fountain();
    test_random(seed);
    test_written();
    test_order();
    test_cuts();
    test_timeline();
    return tap_done();
}
