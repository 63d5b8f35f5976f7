/* The schedule: which input falls due when. One story, one row per situation. */
#include "tap.h"

#include "play/schedule.h"

#define S_(n) ((n)*US_PER_SECOND)

static const struct story_event events[] = {
    {S_(1), STORY_AT, 0},    {S_(2), STORY_OPEN, 0}, {S_(4), STORY_AT, 1},
    {S_(5), STORY_CLOSE, 0}, {S_(5), STORY_OPEN, 1}, {S_(9), STORY_CLOSE, 1},
};
static const struct story_at ats[] = {{S_(1), {0, 0}}, {S_(4), {0, 0}}};
static const struct story_option options[] = {{.name = "a", .when = -1, .to = {STORY_TO_NODE, 1}},
                                              {.name = "b", .when = 0},
                                              {.name = "c", .decision = 1, .when = -1}};
static const struct story_code code[] = {{OP_CONST, 0}};
static const struct story_expr exprs[] = {{.code = {0, 1}}};
static const struct story_decision decisions[] = {
    {.name = "d", .opens_us = S_(2), .closes_us = S_(5), .options = {0, 2}, .fallback = 0, .timeout = {.as = -1}},
    {.name = "f",
     .opens_us = S_(5),
     .closes_us = S_(9),
     .cut = STORY_CUT_NOW,
     .options = {2, 1},
     .fallback = -1,
     .timeout = {.as = -1}},
};

#define CLIP(k, from, to, length) .clip = {.kind = (k), .from_us = (from), .to_us = (to), .for_us = (length)}
static const struct story_node nodes[] = {
    {.name = "asks",
     CLIP(STORY_FILM, US_NONE, US_NONE, US_NONE),
     .events = {0, 6},
     .next = {STORY_TO_NODE, 1},
     .ending = -1},
    {.name = "card", CLIP(STORY_CARD, US_NONE, US_NONE, S_(3)), .ending = 0},
    {.name = "range", CLIP(STORY_FILM, S_(10), S_(25), US_NONE), .events = {0, 6}, .ending = -1},
    {.name = "head", CLIP(STORY_FILM, US_NONE, S_(7), S_(70)), .ending = -1},
    {.name = "short", CLIP(STORY_FILM, S_(10), S_(11), US_NONE), .events = {0, 6}, .ending = -1},
    {.name = "tail", CLIP(STORY_FILM, S_(10), US_NONE, S_(8)), .ending = -1},
    {.name = "unknown", CLIP(STORY_FILM, S_(10), US_NONE, US_NONE), .ending = -1},
    {.name = "silent", CLIP(STORY_SILENT, US_NONE, US_NONE, US_NONE), .ending = -1},
};
static const struct story_ending endings[] = {{.name = "e", .node = 1}};
static const struct story story = {
    .id = "test.sched",
    .nodes = nodes,
    .n_nodes = G_N_ELEMENTS(nodes),
    .events = events,
    .n_events = G_N_ELEMENTS(events),
    .ats = ats,
    .n_ats = 2,
    .options = options,
    .n_options = 3,
    .decisions = decisions,
    .n_decisions = 2,
    .code = code,
    .n_code = 1,
    .exprs = exprs,
    .n_exprs = 1,
    .endings = endings,
    .n_endings = 1,
};

static void test_lengths(void)
{
    static const struct {
        int32_t node;
        int64_t planned_s, given_s, length_s;
    } rows[] = {{0, 13, 4, 9}, {0, 13, 20, 20}, {1, 3, 5, 5}, {2, 15, 15, 15}, {3, 7, 1, 1},
                {4, 9, 1, 9},  {5, 8, 3, 3},    {6, 6, 3, 3}, {7, 0, 0, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *name = nodes[rows[i].node].name;
        is_int(schedule_planned_length(&story, rows[i].node), S_(rows[i].planned_s), name);
        is_int(schedule_node_length(&story, rows[i].node, S_(rows[i].given_s)), S_(rows[i].length_s), name);
        is_int(schedule_node_length(&story, rows[i].node, US_NONE), US_NONE, "unknown stays unknown");
    }
}

/* One play, looked at before each of its steps. selected: what the viewer has chosen so far. */
static const struct due_case {
    const char *what;
    int64_t length_us;
    int32_t selected;
    int64_t at_us;
    enum play_input_kind kind;
    int32_t option, decision; /* decision: open or next */
} situations[] = {
    {"first the effects", S_(30), -1, S_(1), PLAY_ADVANCE, -1, 0},
    {"then it opens", S_(30), -1, S_(2), PLAY_ADVANCE, -1, 0},
    {"effects while it is open, whatever is selected", S_(30), 0, S_(4), PLAY_ADVANCE, -1, 0},
    {"what is selected is picked when it closes", S_(30), 0, S_(5), PLAY_PICK, 0, 0},
    {"and then it closes", S_(30), 0, S_(5), PLAY_ADVANCE, -1, 1},
    {"the next opens", S_(30), -1, S_(5), PLAY_ADVANCE, -1, 1},
    {"nothing selected: it closes", S_(30), -1, S_(9), PLAY_ADVANCE, -1, 1},
    {"a cut is due at once", S_(30), -1, S_(9), PLAY_LEAVE, -1, -1},
    {"the length is not known yet", US_NONE, -1, US_NONE, PLAY_LEAVE, -1, -1},
    {"the clip is over", S_(3), -1, S_(3), PLAY_LEAVE, -1, -1},
    {"the film is over", S_(3), -1, US_NONE, PLAY_LEAVE, -1, -1},
};

static void test_situations(void)
{
    int32_t *st = g_new(int32_t, play_state_slots(&story));
    const struct play_input start = {.kind = PLAY_START};
    play_init(&story, st);
    is_int(schedule_next(&story, st, S_(1), -1).at_us, US_NONE, "nothing is due before the start");
    is_int(schedule_next_decision(&story, st), -1, "and nothing is asked");
    play_step(&story, st, &start, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(situations); i++) {
        const struct due_case *s = &situations[i];
        const struct schedule_due due = schedule_next(&story, st, s->length_us, s->selected);
        is_int(due.at_us, s->at_us, s->what);
        is_int((int)due.input.kind, (int)s->kind, s->what);
        is_int(due.input.option, s->option, s->what);
        is_int(schedule_next_decision(&story, st), s->decision, s->what);
        if (due.at_us != US_NONE)
            ok(play_step(&story, st, &due.input, NULL, NULL), "%s: it is taken", s->what);
    }
    g_free(st);
}

/* An option that is not available is never picked by the schedule. */
static void test_unavailable(void)
{
    int32_t *st = g_new(int32_t, play_state_slots(&story));
    const struct play_input start = {.kind = PLAY_START}, on = {.kind = PLAY_ADVANCE};
    play_init(&story, st);
    play_step(&story, st, &start, NULL, NULL);
    for (int i = 0; i < 3; i++)
        play_step(&story, st, &on, NULL, NULL);
    for (int32_t option = 1; option < 80; option++)
        if (schedule_next(&story, st, S_(30), option).input.kind != PLAY_ADVANCE)
            ok(false, "option %d is picked", option);
    is_int((int)schedule_next(&story, st, S_(30), 0).input.kind, PLAY_PICK, "only an available option is picked");
    g_free(st);
}

int main(void)
{
    test_lengths();
    test_situations();
    test_unavailable();
    return tap_done();
}
