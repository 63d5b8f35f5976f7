/* Fields of inscriptions: how texts are cut into them, and what the facts of a viewing put in their place. */
#include "player/choice.h"
#include "player/viewing_facts.h"
#include "play/play.h"
#include "story/text_field.h"
#include "tests/story_text.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <string.h>

/* The pieces of a text as "kind:what|kind:what". */
static char *cut(const char *text)
{
    static const char kinds[] = {
        [FIELD_TEXT] = 't',  [FIELD_VALUE] = 'v',    [FIELD_CHOSEN] = 'c',  [FIELD_WAITED] = 'w',
        [FIELD_SHARE] = 's', [FIELD_TIMEOUTS] = 'n', [FIELD_WATCHED] = 'm', [FIELD_BROKEN] = '!'};
    GString *out = g_string_new(NULL);
    struct text_field f;
    while (text_field_next(&text, &f))
        g_string_append_printf(out, "%s%c:%.*s", out->len ? "|" : "", kinds[f.kind], (int)f.len, f.at);
    return g_string_free(out, FALSE);
}

static void test_cut(void)
{
    static const struct {
        const char *text, *pieces;
    } table[] = {
        {"", ""},
        {"plain", "t:plain"},
        {"a {b} c", "t:a |v:b|t: c"},
        {"{chosen(a-b)}", "c:a-b"},
        {"{waited(x)}{timeouts()}{watched()}", "w:x|n:|m:"},
        {"{share(a)} {share()}", "s:a|t: |!:share()"},
        {"{{x} }}", "t:{|t:x} }}"},
        {"{{{x}", "t:{|v:x"},
        {"{}", "!:"},
        {"{", "!:{"},
        {"{a", "!:{a"},
        {"{a{b}", "!:{a|v:b"},
        {"{a b}", "!:a b"},
        {"{chosen()}", "!:chosen()"},
        {"{chosen(a}", "!:chosen(a"},
        {"{chosen(a b)}", "!:chosen(a b)"},
        {"{timeouts(a)}", "!:timeouts(a)"},
        {"{Timeouts()}", "!:Timeouts()"},
        {"{chosen}", "v:chosen"},
        {"\xc3\xa4{\xc3\xa4}", "t:\xc3\xa4|!:\xc3\xa4"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *got = cut(table[i].text);
        is_str(got, table[i].pieces, table[i].text);
    }
}

static const char yaml[] =
    "frumious: 1\n"
    "id: test.facts\n"
    "title: Facts\n"
    "languages: [en, de]\n"
    "start: a\n"
    "state:\n"
    "  n: {type: int, min: -2, max: 7, initial: -2}\n"
    "  e: {type: enum, values: [calm, cross], initial: cross}\n"
    "nodes:\n"
    "  a:\n"
    "    clip: {card: A, for: 20s}\n"
    "    decisions:\n"
    "      - {id: q, opens: 1s, for: 3s, default: x, options: {x: One, y: {text: Two, do: n = 7}}}\n"
    "      - {id: r, opens: 5s, for: 3s, timeout: {goto: a}, options: {x: One}}\n"
    "    ending: {id: z, title: Z}\n";

struct watcher {
    struct viewing_facts *facts;
    struct choice choice;
    int64_t pos_us;
    int32_t before[256];
};

static void on_effect(void *user, const struct play_effect *fx)
{
    const struct watcher *w = user;
    const struct viewing_moment m = {.choice = &w->choice, .planned_us = US_NONE, .pos_us = w->pos_us};
    viewing_facts_note(w->facts, fx, &m, w->before);
}

static void step(const struct story *s, int32_t *state, enum play_input_kind kind, struct watcher *w)
{
    const struct play_input in = {.kind = kind, .option = 1};
    memcpy(w->before, state, MIN((size_t)play_state_slots(s), G_N_ELEMENTS(w->before)) * sizeof *state);
    play_step(s, state, &in, on_effect, w);
}

#define EVERYTHING "{n} {e} {chosen(q)} {waited(q)} {chosen(r)} {waited(r)} {timeouts()} {watched()}"

static void says(const struct watcher *w, const int32_t *state, int64_t watched_us, const char *want, const char *what)
{
    g_autofree char *got = viewing_facts_fill(w->facts, EVERYTHING, state, watched_us, NULL);
    is_str(got, want, what);
}

static void test_account(void)
{
    struct story *s = story_from_text(yaml);
    ok(s != NULL, "the story loads");
    if (!s)
        return;
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    struct watcher w = {.facts = viewing_facts_new(s, NULL)};
    play_init(s, state);
    step(s, state, PLAY_START, &w);
    says(&w, state, 0, "-2 cross \xe2\x80\x94 \xe2\x80\x94 \xe2\x80\x94 \xe2\x80\x94 0 0:00",
         "before anything happened");

    w.choice = (struct choice){.opened_us = 1000000, .selected_us = 3214999};
    w.pos_us = 4000000;
    step(s, state, PLAY_ADVANCE, &w);
    step(s, state, PLAY_PICK, &w);
    step(s, state, PLAY_ADVANCE, &w);
    says(&w, state, 59999999, "7 cross Two 2.214 \xe2\x80\x94 \xe2\x80\x94 0 0:59", "a pick, and when it was made");
    g_autofree char *german = viewing_facts_fill(w.facts, "{waited(q)}", state, 0, "de");
    is_str(german, "2,214", "with the sign that the language writes");

    w.choice = (struct choice){.opened_us = 5000000, .selected_us = 0};
    w.pos_us = 8000000;
    step(s, state, PLAY_ADVANCE, &w);
    step(s, state, PLAY_ADVANCE, &w);
    says(&w, state, 3600000000, "7 cross Two 2.214 \xe2\x80\x94 3.000 1 60:00", "a timeout without an option");
    viewing_facts_free(w.facts);
    story_free(s);
}

/* {chosen()} with the words that the viewer read, although the pick itself changes which label holds. */
static void test_labels(void)
{
    static const char text[] =
        "frumious: 1\nid: test.labels\ntitle: T\nstart: a\nlanguages: [en]\n"
        "state: {n: {type: int, min: 0, max: 3}}\nnodes:\n  a:\n    clip: {card: A, for: 20s}\n"
        "    ending: {id: z, title: Z}\n    decision:\n"
        "      {id: q, opens: 1s, for: 3s, default: x, options: {x: One, y: {text: Go in, do: n = 1,\n"
        "       labels: [{when: \"n == 1 or picked(q, y)\", text: Again}, {when: n == 0, text: Knock}]}}}\n";
    struct story *s = story_from_text(text);
    if (!ok(s != NULL, "the story loads"))
        return;
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    struct watcher w = {.facts = viewing_facts_new(s, NULL)};
    play_init(s, state);
    step(s, state, PLAY_START, &w);
    step(s, state, PLAY_ADVANCE, &w);
    step(s, state, PLAY_PICK, &w);
    g_autofree char *early = viewing_facts_fill(w.facts, "{chosen(q)}", state, 0, NULL);
    is_str(early, "Knock", "as it was read, as soon as it is picked");
    step(s, state, PLAY_ADVANCE, &w);
    g_autofree char *got = viewing_facts_fill(w.facts, "{chosen(q)}", state, 0, NULL);
    is_str(got, "Knock", "and as it was read, after its effects");
    viewing_facts_free(w.facts);
    story_free(s);
}

/* {share()}: what was chosen in earlier viewings on this machine. */
static void test_share(void)
{
    struct story *s = story_from_text(yaml);
    g_autofree struct past_choice *past_choices = g_new0(struct past_choice, (gsize)s->n_options + 1);
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(s));
    static const struct {
        int64_t picks, of;
        const char *want;
    } table[] = {{0, 0, "\xe2\x80\x94"},
                 {0, 3, "0 % (0/3)"},
                 {2, 3, "67 % (2/3)"},
                 {1, 200, "1 % (1/200)"},
                 {5, 5, "100 % (5/5)"}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct watcher w = {.facts = viewing_facts_new(s, past_choices)};
        past_choices[1] = (struct past_choice){table[i].picks, table[i].of};
        play_init(s, state);
        step(s, state, PLAY_START, &w);
        g_autofree char *before = viewing_facts_fill(w.facts, "{share(q)}", state, 0, NULL);
        is_str(before, "\xe2\x80\x94", "nothing is told before the choice");
        step(s, state, PLAY_ADVANCE, &w);
        step(s, state, PLAY_PICK, &w);
        step(s, state, PLAY_ADVANCE, &w);
        g_autofree char *after = viewing_facts_fill(w.facts, "{share(q)}", state, 0, NULL);
        is_str(after, table[i].want, "the share of who chose the same");
        viewing_facts_free(w.facts);
    }
    story_free(s);
}

int main(void)
{
    test_cut();
    test_account();
    test_labels();
    test_share();
    return tap_done();
}
