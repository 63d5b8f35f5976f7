/* How far a viewer may seek, how much film comes for sure and what comes then: a table of places in a story. */
#include "play/schedule.h"
#include "player/hud.h"
#include "player/way_ahead.h"
#include "tests/story_text.h"
#include "tests/tap.h"

#include <glib.h>

static const char yaml[] =
    "frumious: 1\nid: test.way\ntitle: Way\nstart: a\nnodes:\n"
    "  a:\n    clip: {card: A, for: 20s}\n    decisions:\n"
    "      - {id: first, opens: 5s, for: 2s, default: x, options: {x: {text: X}, y: {text: Y}}}\n"
    "      - {id: second, opens: 14s, for: 2s, default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: "
    "film}}}\n"
    "  b: {clip: {card: B, for: 3s}, next: c}\n"
    "  c: {clip: {card: C, for: 4s}, next: d}\n"
    "  d: {clip: {card: D, for: 9s}, decision: {id: third, opens: 6s, for: 1s, default: x, options: {x: {text: X, "
    "goto: "
    "e}, y: {text: Y, goto: round}}}}\n"
    "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n"
    "  film: {clip: {card: F, for: 5s}, next: unknown}\n"
    "  unknown: {clip: none.mkv, next: e}\n"
    "  round: {clip: {card: R, for: 1s}, next: round}\n";

/* In ms; -1: its length is not known. */
static const struct {
    const char *node;
    int events; /* of its timetable that have happened */
    int pos, length;
    int from, to, sure;
    enum way_then then;
    const char *what;
} rows[] = {
    {"a", 0, 1000, 20000, 0, 3500, 4000, WAY_CHOICE, "before a decision: up to a moment before it opens"},
    {"a", 0, 4000, 20000, 0, 4000, 1000, WAY_CHOICE, "close to it: no further, but back"},
    {"a", 1, 6000, 20000, 6000, 6000, 0, WAY_CHOICE, "while it is open: nowhere"},
    {"a", 2, 9000, 20000, 7000, 12500, 5000, WAY_CHOICE, "between two: not behind the one that was made"},
    {"a", 4, 17000, 20000, 16000, 19500, 3000 + 3000 + 4000 + 6000, WAY_CHOICE, "behind both"},
    {"b", 0, 1000, 3000, 0, 2500, 2000 + 4000 + 6000, WAY_CHOICE, "over two nodes up to the next decision"},
    {"b", 0, 1000, -1, 0, 1000, 0, WAY_UNKNOWN, "nothing is known of a clip that was not opened"},
    {"e", 0, 500, 2000, 0, 1500, 1500, WAY_END, "an ending"},
    {"film", 0, 0, 5000, 0, 4500, 5000, WAY_UNKNOWN, "only a file knows how long the next piece is"},
    {"unknown", 0, 2000, 8000, 0, 7500, 6000 + 2000, WAY_END, "a clip that plays tells how long it is"},
};

/* The state in that node, behind so many events; what is asked there takes its default. */
static void go_there(const struct story *s, int32_t *state, int32_t node, int events)
{
    play_init(s, state);
    play_step(s, state, &(struct play_input){.kind = PLAY_START, .seed = 1}, NULL, NULL);
    state[PLAY_NODE] = node;
    state[PLAY_CURSOR] = 0;
    for (int i = 0; i < events; i++)
        play_step(s, state, &(struct play_input){.kind = PLAY_ADVANCE}, NULL, NULL);
}

/* What the bar says of it. */
static void test_words(void)
{
    static const struct {
        struct way_ahead way;
        const char *words;
    } said[] = {{{.sure_us = 62 * US_PER_SECOND, .then = WAY_CHOICE}, "Decision in 1:02"},
                {{.sure_us = 0, .then = WAY_END}, "The film ends in 0:00"},
                {{.sure_us = 7 * US_PER_SECOND, .then = WAY_UNKNOWN}, "At least 0:07 more"},
                {{.sure_us = 499 * US_PER_MS, .then = WAY_UNKNOWN}, "The film goes on"},
                {{.sure_us = 0, .then = WAY_UNKNOWN}, "The film goes on"}};
    struct hud *h = hud_new("en");
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
        const struct hud_bar bar = {.at_us = US_PER_SECOND, .way = said[i].way};
        struct view v = {0};
        hud_view(h, &(struct hud_state){.bar = &bar}, 0, &v);
        is_str(v.bar ? v.bar->comes : NULL, said[i].words, "what the bar says of it");
    }
    hud_free(h);
}

int main(void)
{
    test_words();
    struct story *s = story_from_text(yaml);
    const gsize slots = (gsize)play_state_slots(s);
    g_autofree int32_t *state = g_new0(int32_t, slots), *scratch = g_new0(int32_t, slots);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const int64_t length_us = rows[i].length < 0 ? US_NONE : rows[i].length * US_PER_MS;
        go_there(s, state, story_find_node(s, rows[i].node), rows[i].events);
        const struct way_ahead a = way_ahead(s, state, rows[i].pos * US_PER_MS, length_us, scratch);
        ok(a.from_us == rows[i].from * US_PER_MS && a.to_us == rows[i].to * US_PER_MS &&
               a.sure_us == rows[i].sure * US_PER_MS && a.then == rows[i].then,
           "%s: %s (%d to %d ms, %d ms for sure, then %d)", rows[i].node, rows[i].what, (int)(a.from_us / US_PER_MS),
           (int)(a.to_us / US_PER_MS), (int)(a.sure_us / US_PER_MS), (int)a.then);
    }
    go_there(s, state, story_find_node(s, "round"), 0);
    const struct way_ahead a = way_ahead(s, state, 0, US_PER_SECOND, scratch);
    ok(a.then == WAY_UNKNOWN && a.sure_us > US_PER_SECOND, "a circle without a decision is followed for a while only");
    story_free(s);
    return tap_done();
}
