/* What is said of a film that is over: answers from before a resume, the decision on which most hung, what was never seen, and
 * the trait that the answers lean to. */
#include "player/look_back.h"
#include "player/next_films.h"
#include "player/opened_films.h"
#include "player/unseen.h"
#include "player/viewing_facts.h"
#include "play/replay.h"
#include "play/transcript_text.h"
#include "tests/story_text.h"
#include "tests/tap.h"

#include <string.h>

/* `boat` decides what comes; `rope` and `lamp` decide how it ends; `word` decides nothing. */
static const char yaml[] =
    "frumious: 1\nid: test.back\ntitle: Back\nstart: a\ntraits: [bold, tender]\nnodes:\n"
    "  a:\n    clip: {card: A, for: 9s}\n    next: b\n    decision:\n"
    "      {id: word, opens: 1s, for: 1s, default: no, options: {yes: {text: Yes, traits: {bold: 2}}, "
    "no: {text: No, traits: {tender: 1}}}}\n"
    "  b:\n    clip: {card: B, for: 9s}\n    decision:\n"
    "      {id: boat, opens: 1s, for: 2s, cut: now, default: stay, options: {go: {text: Go, goto: c, traits: {bold: "
    "1}}, "
    "stay: {text: Stay, goto: d}}}\n"
    "  c:\n    clip: {card: C, for: 9s}\n    decision:\n"
    "      {id: rope, opens: 1s, for: 2s, cut: now, default: wait, options: {throw: {text: Throw, goto: home}, wait: "
    "{text: "
    "Wait, goto: home}}}\n"
    "  d:\n    clip: {card: D, for: 9s}\n    decision:\n"
    "      {id: lamp, opens: 1s, for: 2s, cut: now, default: dark, options: {light: {text: Light, goto: home}, dark: "
    "{text: "
    "Dark, goto: lost}}}\n"
    "  home: {clip: {card: H, for: 1s}, ending: {id: home, title: Home}}\n"
    "  lost: {clip: {card: L, for: 1s}, ending: {id: lost, title: Lost}}\n";

#define HEAD "frumious-transcript 1\nstory test.back\nseed 1\n"

static struct transcript *transcript_of(const char *lines)
{
    g_autofree char *text = g_strconcat(HEAD, lines, NULL);
    g_autoptr(GError) error = NULL;
    struct transcript *t = transcript_parse(text, -1, &error);
    if (!t)
        printf("# %s\n", error->message);
    return t;
}

/* ---- what was answered before ------------------------------------------------------------------------------------ */

static char *path_text(const struct story *s, const struct viewing_facts *f)
{
    const GArray *path = viewing_facts_path(f);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < path->len; i++) {
        const int32_t d = g_array_index(path, int32_t, i);
        bool picked;
        const int32_t option = viewing_facts_option(f, d, &picked);
        g_string_append_printf(out, "%s%s=%s%s", i ? " " : "", s->decisions[d].name,
                               option < 0 ? "-" : s->options[s->decisions[d].options.first + option].name,
                               picked ? "" : "!");
    }
    return g_string_free(out, FALSE);
}

static void test_facts(const struct story *s)
{
    static const struct {
        const char *lines, *path, *waited;
    } rows[] = {
        {"stop a 00:00.500\n", "", "\u2014"},
        {"pick a 00:01.250 word yes\nstop b 00:00.100\n", "word=yes", "0.250"},
        {"timeout a - word\nstop b 00:00.100\n", "word=no!", "1.000"},
        {"pick a 00:01.250 word yes\npick b 00:01.700 boat go\nstop c 00:00.000\n", "word=yes boat=go", "0.250"},
        {"pick a 00:01.250 word yes\npick b 00:01.700 boat go\nback c 00:00.500 word\npick a 00:01.500 word no\nstop b "
         "00:00.100\n",
         "boat=go word=no", "0.500"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct transcript *t = transcript_of(rows[i].lines);
        struct viewing_facts *f = viewing_facts_new(s, NULL);
        viewing_facts_learn(f, t);
        g_autofree char *path = path_text(s, f), *waited = viewing_facts_fill(f, "{waited(word)}", NULL, 0, NULL);
        is_str(path, rows[i].path, "the answers that a saved place tells, in their order");
        is_str(waited, rows[i].waited, "and how long the first one took");
        viewing_facts_free(f);
        transcript_free(t);
    }
}

/* ---- the decision on which most hung ------------------------------------------------------------------------------ */

static void test_turning(const struct story *s)
{
    static const struct {
        const char *lines, *decision;
        int others, apart;
    } rows[] = {
        /* all ways from c lead home, and so does letting the lamp be: staying ashore and lighting nothing is lost */
        {"pick a 00:01.250 word yes\npick b 00:01.700 boat go\npick c 00:01.700 rope throw\n", "boat", 1, 1},
        {"pick a 00:01.250 word yes\npick b 00:01.700 boat stay\npick d 00:01.700 lamp light\n", "lamp", 1, 1},
        {"pick a 00:01.250 word yes\npick b 00:01.700 boat stay\npick d 00:01.700 lamp dark\n", "boat", 1, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct transcript *t = transcript_of(rows[i].lines);
        struct viewing_facts *f = viewing_facts_new(s, NULL);
        int32_t taken[8];
        bool picked;
        viewing_facts_learn(f, t);
        for (int32_t d = 0; d < s->n_decisions; d++) {
            const int32_t option = viewing_facts_option(f, d, &picked);
            taken[d] = picked ? option : -1;
        }
        const struct turning_point p = turning_point_find(s, t, taken);
        is_str(p.decision < 0 ? NULL : s->decisions[p.decision].name, rows[i].decision, "most hung on it");
        ok(p.others == rows[i].others && p.apart == rows[i].apart, "with %d of %d other answers to another ending",
           (int)p.apart, (int)p.others);
        viewing_facts_free(f);
        transcript_free(t);
    }
}

/* ---- what was never seen ------------------------------------------------------------------------------------------ */

static void find(void *map, const struct play_effect *fx)
{
    story_map_effect(map, fx);
}

static void watch(const struct story *s, struct story_map *map, const char *lines, int32_t *state)
{
    struct transcript *t = transcript_of(lines);
    const struct replay_watch w = {.sink = find, .user = map};
    transcript_replay(s, t, state, &w, NULL);
    transcript_free(t);
}

static void test_unseen(const struct story *s)
{
    static const char *const plays[][2] = {
        {"timeout a - word\npick b 00:01.700 boat go\npick c 00:01.700 rope throw\n", "rope"},
        {"timeout a - word\npick b 00:01.700 boat go\npick c 00:01.700 rope wait\n", "boat"},
        {"timeout a - word\npick b 00:01.700 boat stay\npick d 00:01.700 lamp dark\n", "lamp"},
        {"timeout a - word\npick b 00:01.700 boat stay\npick d 00:01.700 lamp light\n", "word"},
        {"pick a 00:01.250 word yes\npick b 00:01.700 boat stay\npick d 00:01.700 lamp light\n", NULL},
    };
    struct story_map *map = story_map_new(s, false);
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    for (size_t i = 0; i < G_N_ELEMENTS(plays); i++) {
        watch(s, map, plays[i][0], state);
        const int32_t d = unseen_in_viewing(s, state, map);
        is_str(d < 0 ? NULL : s->decisions[d].name, plays[i][1],
               "the latest decision with an answer that was never given");
    }
    is_int(unseen_on_map(s, map), -1, "no other viewing was kept");
    story_map_free(map);
}

/* The door opens with a key that lies elsewhere, the wall never does. */
static const char locked_yaml[] =
    "frumious: 1\nid: test.back\ntitle: Locked\nstart: a\nstate: {key: {type: bool}, wings: {type: bool}}\nnodes:\n"
    "  a:\n    clip: {card: A, for: 9s}\n    decision:\n"
    "      {id: shelf, opens: 1s, for: 1s, cut: now, default: leave, options: {take: {text: Take, do: key = true, "
    "goto: b}, "
    "leave: {text: Leave, goto: b}}}\n"
    "  b:\n    clip: {card: B, for: 9s}\n    decision:\n"
    "      {id: hall, opens: 1s, for: 1s, cut: now, default: walk, options: {walk: {text: Walk, goto: e}, "
    "door: {text: Door, when: key, locked: No key, goto: e}, wall: {text: Fly, when: wings, goto: e}}}\n"
    "  e: {clip: {card: E, for: 1s}, ending: {id: e, title: E}}\n";

/* What was seen on the way there, and a way back to each decision, as the player keeps them. */
static void watch_and_keep(const struct story *s, struct story_map *map, const char *lines)
{
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    watch(s, map, lines, state);
    const int32_t wanted = story_map_wanted(map);
    g_autofree char *text = g_strconcat(HEAD, lines, NULL);
    if (wanted >= 0 && state[PLAY_OPEN] == wanted)
        story_map_keep(map, wanted, text);
}

static void test_unseen_elsewhere(void)
{
    static const struct {
        const char *lines, *decision, *what;
    } rows[] = {
        {"stop a 00:01.100\n", "shelf", "nothing was answered yet"},
        {"pick a 00:01.250 shelf leave\nstop b 00:01.100\n", "shelf",
         "the nearest answer is where it can be given at once"},
        {"pick a 00:01.250 shelf leave\npick b 00:01.250 hall walk\n", "shelf", "the key was never taken"},
        {"pick a 00:01.250 shelf take\npick b 00:01.250 hall walk\n", "shelf",
         "the door is locked on the way that is kept to it; the way to it begins at the shelf"},
        {"pick a 00:01.250 shelf take\npick b 00:01.250 hall door\n", NULL, "nothing ever leads over the wall"},
    };
    struct story *s = story_from_text(locked_yaml);
    if (!ok(s != NULL, "a story with a door that is locked"))
        return;
    struct story_map *map = story_map_new(s, false);
    is_int(unseen_on_map(s, map), -1, "an empty map leads nowhere");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        watch_and_keep(s, map, rows[i].lines);
        const int32_t d = unseen_on_map(s, map);
        is_str(d < 0 ? NULL : s->decisions[d].name, rows[i].decision, rows[i].what);
    }
    story_map_free(map);
    story_free(s);
}

/* ---- what comes next ---------------------------------------------------------------------------------------------- */

static void test_traits(const struct story *s)
{
    static const struct {
        const char *lines, *trait;
    } rows[] = {{"stop a 00:00.500\n", NULL},
                {"timeout a - word\nstop b 00:00.100\n", NULL},
                {"pick a 00:01.250 word yes\nstop b 00:00.100\n", "bold"},
                {"pick a 00:01.250 word no\npick b 00:01.700 boat go\nstop c 00:00.100\n", "tender"},
                {"pick a 00:01.250 word yes\npick b 00:01.700 boat stay\nstop d 00:00.100\n", "bold"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct transcript *t = transcript_of(rows[i].lines);
        struct viewing_facts *f = viewing_facts_new(s, NULL);
        viewing_facts_learn(f, t);
        const int32_t trait = next_films_trait(s, f);
        is_str(trait < 0 ? NULL : s->traits[trait], rows[i].trait, "the trait that these answers lean to");
        viewing_facts_free(f);
        transcript_free(t);
    }
}

static void open_film(const char *home, const char *name, const char *with)
{
    g_autofree char *file = g_strconcat(name, ".yaml", NULL), *path = g_build_filename(home, file, NULL);
    g_autofree char *text = g_strdup_printf(
        "frumious: 1\nid: test.%s\ntitle: The %s\nstart: a\nnodes:\n  a:\n    clip: {card: A, for: 9s}\n    decision:\n"
        "      {id: d, opens: 1s, for: 1s, cut: now, default: x, options: {x: {text: X, goto: e%s}, y: {text: Y, goto: "
        "e}}}\n"
        "  e: {clip: {card: E, for: 1s}, ending: {id: e, title: E}}\n",
        name, name, with);
    struct story *s = story_from_text_at(path, text);
    ok(s && opened_films_remember(path, NULL), "%s was opened", name);
    story_free(s);
}

static void test_films(const struct story *s, const char *home)
{
    struct transcript *t = transcript_of("pick a 00:01.250 word yes\nstop b 00:00.100\n");
    struct viewing_facts *f = viewing_facts_new(s, NULL);
    viewing_facts_learn(f, t);
    open_film(home, "storm", ", traits: {bold: 1}");
    open_film(home, "calm", "");
    g_autofree char *calm = g_build_filename(home, "calm.yaml", NULL),
                    *copy = g_build_filename(home, "copy.yaml", NULL);
    g_autofree char *text = NULL;
    g_file_get_contents(calm, &text, NULL, NULL);
    ok(g_file_set_contents(copy, text, -1, NULL) && opened_films_remember(copy, NULL), "a copy of one was opened");
    GPtrArray *films = next_films_find(s, f, "en");
    const struct next_film *first = films->len > 0 ? films->pdata[0] : NULL;
    const struct next_film *last = films->len > 1 ? films->pdata[films->len - 1] : NULL;
    ok(first && strcmp(first->title, "The storm") == 0 && strstr(first->why, "bold"), "a film of the same kind: %s",
       first ? first->why : "none");
    ok(last && strcmp(last->title, "The calm") == 0 && !strstr(last->why, "bold"), "behind these, one that is new: %s",
       last ? last->why : "none");
    int calms = 0;
    for (guint i = 0; i < films->len; i++)
        calms += strcmp(((const struct next_film *)films->pdata[i])->title, "The calm") == 0;
    is_int(calms, 1, "a film that lies in two places is named once");
    g_ptr_array_unref(films);
    viewing_facts_free(f);
    transcript_free(t);
}

int main(void)
{
    g_autofree char *home = g_dir_make_tmp("frumious-back-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    struct story *s = story_from_text(yaml);
    test_facts(s);
    test_turning(s);
    test_unseen(s);
    test_unseen_elsewhere();
    test_traits(s);
    test_films(s, home);
    story_free(s);
    return tap_done();
}
