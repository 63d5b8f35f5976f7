/* What a decision offers: which options are on the panel, which can be picked, with which words, and the ways back. */
#include "play/menu.h"
#include "tests/story_text.h"
#include "tap.h"

#include <glib.h>

static const char text[] =
    "frumious: 1\nid: test.menu\ntitle: Menu\nstart: a\nstate: {brave: bool}\nnodes:\n"
    "  a:\n    clip: {card: A, for: 40s}\n    ending: {id: e, title: E}\n    decisions:\n"
    "      - {id: doors, opens: 1s, for: 5s, default: out, options: {\n"
    "          out: {text: Out, do: brave = true},\n"
    "          up: {text: Up, when: brave, locked: Too timid},\n"
    "          secret: {text: Secret, when: brave},\n"
    "          down: {text: Down, sub: Dark, labels: [{when: brave, text: Down again}]}}}\n"
    "      - {id: safe, opens: 10s, for: 5s, layout: code, default: no, options: {\n"
    "          yes: {text: Yes, code: \"20B4\"}, short: {text: Short, code: \"77\"}, no: {text: No, wrong: true}}}\n";

static void step(const struct story *s, int32_t *state, enum play_input_kind kind, int32_t option)
{
    const struct play_input in = {.kind = kind, .option = option};
    ok(play_step(s, state, &in, NULL, NULL), "the film takes the input");
}

static void test_panel(const struct story *s, const int32_t *state)
{
    struct menu m;
    menu_make(&m, s, state, 0);
    is_int(m.n, 3, "a locked option with a reason is on the panel, one without is not");
    is_int(m.options[2], 3, "places are not options");
    ok(menu_can_pick(&m, 0) && !menu_can_pick(&m, 1) && menu_can_pick(&m, 2), "the locked one cannot be picked");
    ok(!menu_can_pick(&m, -1) && !menu_can_pick(&m, 3), "nothing can be picked outside the panel");
    is_int(menu_place(&m, 3), 2, "an option has its place");
    is_int(menu_place(&m, 2), -1, "a hidden one has none");
    is_int(menu_option_of_rank(m.open, 1), 3, "the second open option");
    is_int(menu_option_of_rank(m.open, 2), -1, "there is no third");
}

static void test_words(const struct story *s, const int32_t *state, const char *want)
{
    const struct menu_words words = menu_words(s, state, s->decisions[0].options.first + 3);
    is_str(story_text(s, words.text, NULL), want, "its own text, or that of the label that holds");
    is_str(story_text(s, words.sub, NULL), "Dark", "a label without a second line keeps the option's");
}

static void test_play(const struct story *s, int32_t *state)
{
    struct menu open, now;
    step(s, state, PLAY_START, -1);
    is_int(menu_last_back(s, state), -1, "nothing to go back to");
    step(s, state, PLAY_ADVANCE, -1);
    is_int(menu_last_back(s, state), -1, "nor while the first decision is open");
    test_panel(s, state);
    test_words(s, state, "Down");
    state[PLAY_VALUES + story_find_var(s, "brave")] = 1;
    menu_make(&open, s, state, 0);
    is_int(open.n, 3, "the menu of an open decision stays as it opened");
    step(s, state, PLAY_PICK, 0);
    menu_make(&now, s, state, 0);
    is_int(now.n, 4, "once it is closed, the menu is what it would offer now");
    test_words(s, state, "Down again");
    is_int(menu_last_back(s, state), 0, "and it can be gone back to");
}

int main(void)
{
    struct story *s = story_from_text(text);
    if (ok(s != NULL, "the story loads")) {
        g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
        play_init(s, state);
        test_play(s, state);
        is_int(menu_code_length(s, 0), 0, "no codes");
        is_int(menu_code_length(s, 1), 4, "the longest code");
        ok(menu_code_has_letters(s, 1) && !menu_code_has_letters(s, 0), "one of them has a letter");
    }
    story_free(s);
    return tap_done();
}
