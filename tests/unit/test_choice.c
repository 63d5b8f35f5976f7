/* What the viewer does about an open decision: focus, selection, changes of mind, letters, codes. */
#include "player/choice.h"
#include "tests/story_text.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const char text[] = "frumious: 1\n"
                           "id: org.example.choice\n"
                           "title: Choice\n"
                           "version: \"1\"\n"
                           "start: a\n"
                           "state: {brave: bool, rich: bool}\n"
                           "nodes:\n"
                           "  a:\n"
                           "    clip: {card: A, for: 40s}\n"
                           "    enter: brave = false\n"
                           "    ending: {id: e, title: E}\n"
                           "    decisions:\n"
                           "      - id: four\n"
                           "        opens: 1s\n"
                           "        for: 5s\n"
                           "        default: south\n"
                           "        options:\n"
                           "          north: {text: North, labels: [{when: seen(a) and rich, text: Zenith}]}\n"
                           "          south: {text: South}\n"
                           "          east: {text: Écluse, when: brave, locked: Too timid}\n"
                           "          nowhere: {text: Nowhere, when: rich}\n"
                           "          west: {text: West}\n"
                           "      - id: code\n"
                           "        opens: 10s\n"
                           "        for: 5s\n"
                           "        layout: code\n"
                           "        default: wrong\n"
                           "        options:\n"
                           "          right: {text: Right, code: \"2054\", do: rich = true}\n"
                           "          short: {text: Short, code: \"77\"}\n"
                           "          wrong: {text: Wrong, wrong: true}\n";

/* A state in which the n-th decision has just opened. */
static int32_t *opened(const struct story *s, int n)
{
    int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    const struct play_input start = {.kind = PLAY_START}, advance = {.kind = PLAY_ADVANCE};
    play_init(s, state);
    play_step(s, state, &start, NULL, NULL);
    for (int opens = 0; opens <= n;) {
        play_step(s, state, &advance, NULL, NULL);
        opens += state[PLAY_OPEN] >= 0;
    }
    return state;
}

static void test_focus(const struct story *s)
{
    g_autofree int32_t *state = opened(s, 0);
    struct choice c;
    choice_open(&c, s, state, 1000000, 0);
    is_int(c.menu.n, 4, "hidden options are not shown, locked ones with a reason are");
    is_int(c.focus, 1, "the focus starts at the default option");
    ok(choice_move(&c, 1) && c.focus == 2, "the focus comes to a locked option, so that it can be tried");
    ok(!choice_select(&c, c.focus, 2000000, 1) && c.selected == -1, "which decides nothing");
    ok(choice_move(&c, 1) && c.focus == 3, "and goes on");
    ok(!choice_move(&c, 1) && c.focus == 3, "and stays at the end");
    ok(choice_set_focus(&c, 2) && c.focus == 2, "a pointer brings it to any option");
    ok(!choice_set_focus(&c, 4) && !choice_set_focus(&c, -1) && c.focus == 2, "and to nothing else");
    is_int(c.first_focus, 1, "where it began is what is recorded");
}

static void test_select(const struct story *s)
{
    g_autofree int32_t *state = opened(s, 0);
    struct choice c;
    choice_open(&c, s, state, 1000000, 0);
    ok(!choice_select(&c, 2, 2000000, 1), "a locked option can't be taken");
    ok(!choice_select(&c, 4, 2000000, 1) && !choice_select(&c, -1, 2000000, 1), "nor one that is not there");
    is_int(c.selected, -1, "nothing is selected by that");
    ok(choice_select(&c, 0, 2000000, 1), "one that is there can");
    is_int(c.changes, 0, "the first selection is no change of mind");
    choice_select(&c, 0, 2500000, 2);
    is_int(c.selected_us, 2000000, "selecting it again changes nothing");
    choice_select(&c, 3, 3000000, 2);
    is_int(c.selected, 4, "places on the panel are not options of the story");
    is_int(c.changes, 1, "another one is a change of mind");
    is_int(c.device, 2, "and its device counts");
    choice_select(&c, 0, 3500000, 1);
    is_int(c.changes, 2, "back again is another");
}

static void test_letters(const struct story *s)
{
    g_autofree int32_t *state = opened(s, 0);
    struct choice c;
    choice_open(&c, s, state, 0, 0);
    is_int(choice_place_of_letter(&c, s, state, NULL, 'w'), 3, "a first letter finds its option");
    is_int(choice_place_of_letter(&c, s, state, NULL, 'N'), 0, "in either case");
    is_int(choice_place_of_letter(&c, s, state, NULL, 0xe9), 2, "also that of a locked one, so that it can be tried");
    is_int(choice_place_of_letter(&c, s, state, NULL, 'x'), -1, "nor one that does not exist");
    state[PLAY_VALUES + story_find_var(s, "rich")] = 1;
    is_int(choice_place_of_letter(&c, s, state, NULL, 'z'), 0, "a label that holds is what is read");
    is_int(choice_place_of_letter(&c, s, state, NULL, 'n'), -1, "and not what it replaces");
}

static void test_code(const struct story *s)
{
    g_autofree int32_t *state = opened(s, 1);
    static const struct {
        const char *typed; /* '<' takes one back */
        int32_t option;
    } rows[] = {{"2054", 0},   {"77", 1},     {"2053", 2},   {"20", -1},  {"25<054", 0},
                {"<<2054", 0}, {"2 0-54", 0}, {"99999", -1}, {"20\r", 2}, {"\r", -1}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct choice c;
        int32_t option = -1;
        choice_open(&c, s, state, 0, 0);
        for (const char *p = rows[i].typed; *p; p++)
            option = choice_type(&c, s, *p == '<' ? 0 : (uint32_t)*p);
        is_int(option, rows[i].option, rows[i].typed);
        ok(strlen(c.typed) <= 4, "no more is typed than the longest code has (%s)", c.typed);
    }
}

static void test_random_focus(struct story *s)
{
    g_autofree int32_t *state = opened(s, 0);
    struct story_decision *d = (struct story_decision *)s->decisions; /* the test's own story */
    d->focus = STORY_FOCUS_RANDOM;
    int hits[4] = {0};
    for (uint32_t i = 0; i < 3000; i++) {
        struct choice c;
        choice_open(&c, s, state, 0, i * 1431655U);
        hits[c.focus]++;
    }
    ok(hits[2] == 0, "a random focus is never on a locked option");
    ok(hits[0] > 900 && hits[1] > 900 && hits[3] > 900, "and everywhere else equally: %d %d %d", hits[0], hits[1],
       hits[3]);
}

/* Which option a letter means where some are locked. */
static void test_locked_letters(void)
{
    static const char yaml[] =
        "frumious: 1\nid: t.locked\ntitle: T\nstart: a\nstate:\n  rich: {type: bool}\nnodes:\n  a:\n"
        "    clip: {card: A, for: 9s}\n    ending: {id: e, title: E}\n"
        "    decision:\n      id: d\n      opens: 1s\n      for: 5s\n      default: left\n      options:\n"
        "        lower: {text: Lower, when: rich, locked: No}\n        left: {text: Left}\n"
        "        mill: {text: Mill, when: rich, locked: No}\n        moor: {text: Moor, when: rich, locked: No}\n"
        "        up: {text: Up, when: rich, locked: No, key: X}\n        right: {text: Right}\n"
        "        rest: {text: Rest}\n        roof: {text: Roof, when: rich, locked: No}\n";
    static const struct {
        uint32_t letter;
        int32_t place;
        const char *what;
    } rows[] = {{'l', 1, "an option that can be picked comes before a locked one with the same letter"},
                {'m', -1, "of two locked ones, a letter means neither"},
                {'u', 4, "the only locked one is tried by its letter"},
                {'x', 4, "and by its own key"},
                {'r', -1, "a letter of two options that can be picked means no locked one either"}};
    struct story *s = story_from_text(yaml);
    if (!ok(s != NULL, "a story with locked options loads"))
        return;
    g_autofree int32_t *state = opened(s, 0);
    struct choice c;
    choice_open(&c, s, state, 0, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        is_int(choice_place_of_letter(&c, s, state, NULL, rows[i].letter), rows[i].place, rows[i].what);
    story_free(s);
}

/* Options with keys of their own, and more of them than the panel shows. */
static void test_keys(void)
{
    g_autoptr(GString) many = g_string_new("frumious: 1\nid: t.keys\ntitle: T\nstart: a\nnodes:\n  a:\n"
                                           "    clip: {card: A, for: 9s}\n    ending: {id: e, title: E}\n"
                                           "    decision:\n      id: d\n      opens: 1s\n      for: 5s\n"
                                           "      default: o19\n      options:\n");
    for (int i = 0; i < 20; i++)
        g_string_append_printf(many, "        o%d: {text: %c%d%s}\n", i, 'A' + i, i,
                               i == 2    ? ", key: U"
                               : i == 4  ? ", key: \"7\""
                               : i == 18 ? ", key: Z"
                                         : "");
    struct story *s = story_from_text(many->str);
    if (!ok(s != NULL, "twenty options load"))
        return;
    g_autofree int32_t *state = opened(s, 0);
    struct choice c;
    choice_open(&c, s, state, 0, 0);
    is_int(choice_place_of_letter(&c, s, state, NULL, 'u'), 2, "an option's own key comes before first letters");
    is_int(choice_place_of_key(&c, s, '7'), 4, "a digit may be such a key");
    is_int(choice_place_of_key(&c, s, '8'), -1, "another is nobody's");
    is_int(choice_place_of_letter(&c, s, state, NULL, 'z'), -1, "an option that nobody sees has no key");
    is_int(choice_place_of_letter(&c, s, state, NULL, 't'), -1, "nor a first letter");
    is_int(c.focus, 0, "the focus does not begin on it");
    for (int i = 0; i < 30; i++)
        choice_move(&c, 1);
    is_int(c.focus, 15, "and does not come to it");
    story_free(s);
}

int main(void)
{
    struct story *s = story_from_text(text);
    if (!ok(s != NULL, "the story loads"))
        return tap_done();
    test_focus(s);
    test_select(s);
    test_letters(s);
    test_code(s);
    test_random_focus(s);
    test_locked_letters();
    test_keys();
    story_free(s);
    return tap_done();
}
