/* A press answers what was seen: the guard alone, in a table, and then with a film, a panel and every kind of press. */
#include "media/media.h"
#include "media/mixer.h"
#include "player/controls.h"
#include "player/press_guard.h"
#include "tests/story_text.h"
#include "tests/tap.h"
#include "tests/unit/media_test.h"

#include <stdlib.h>

#define MS INT64_C(1000)

/* ---- the guard alone -------------------------------------------------------------------------------------------- */

enum { END, SEEN, CLOSE, PRESS };

struct happens {
    int what;
    int ms;
    bool counts; /* a press: it may answer */
};

static const struct {
    const char *what;
    struct happens events[10];
} guards[] = {
    {"nothing was seen: nothing is answered", {{PRESS, 0, false}, {PRESS, 5000, false}}},
    {"a question that was seen long ago", {{SEEN, 0, false}, {PRESS, 3000, true}}},
    {"nobody answers within 200 ms", {{SEEN, 0, false}, {PRESS, 1, false}, {PRESS, 199, false}, {PRESS, 200, true}}},
    {"only the first picture counts", {{SEEN, 0, false}, {SEEN, 150, false}, {SEEN, 190, false}, {PRESS, 210, true}}},
    {"on a clock that is below zero", {{SEEN, -900, false}, {PRESS, -750, false}, {PRESS, -600, true}}},
    {"the second half of a double press, and a deliberate pick after it",
     {{SEEN, 0, false},
      {PRESS, 1000, true},
      {CLOSE, 0, false},
      {SEEN, 1100, false},
      {PRESS, 1200, false},
      {PRESS, 1499, false},
      {PRESS, 1500, true}}},
    {"presses that are ignored make the wait no longer",
     {{PRESS, 0, false},
      {SEEN, 10, false},
      {PRESS, 250, false},
      {PRESS, 450, false},
      {PRESS, 490, false},
      {PRESS, 510, true}}},
    {"a press between two questions", {{PRESS, 0, false}, {SEEN, 100, false}, {PRESS, 350, false}, {PRESS, 500, true}}},
    {"a question that comes later than half a second is guarded for 200 ms alone",
     {{PRESS, 0, false}, {SEEN, 800, false}, {PRESS, 990, false}, {PRESS, 1000, true}}},
    {"changing one's mind is free",
     {{SEEN, 0, false}, {PRESS, 1000, true}, {PRESS, 1010, true}, {PRESS, 1020, true}, {PRESS, 1030, true}}},
    {"a closed question has to be seen again",
     {{SEEN, 0, false}, {CLOSE, 0, false}, {PRESS, 9000, false}, {SEEN, 20000, false}, {PRESS, 20200, true}}},
    {"a press that comes out of order",
     {{PRESS, 1000, false}, {PRESS, 900, false}, {SEEN, 1100, false}, {PRESS, 1450, false}, {PRESS, 1500, true}}},
};

static void test_guard(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
        struct press_guard g = {0};
        int wrong = -1;
        for (int k = 0; k < 10 && guards[i].events[k].what != END; k++) {
            const struct happens *h = &guards[i].events[k];
            if (h->what == SEEN)
                press_guard_seen(&g, h->ms * MS);
            else if (h->what == CLOSE)
                press_guard_close(&g);
            else if (press_guard_press(&g, h->ms * MS) != h->counts)
                wrong = h->ms;
        }
        ok(wrong == -1 && press_guard_check(&g), "%s", guards[i].what);
        if (wrong != -1)
            printf("# the press at %d ms\n", wrong);
    }
}

/* ---- with a film ------------------------------------------------------------------------------------------------ */

/* Each question is answered by the first option: by its place, its letter, or a click on it. */
static const char yaml[] =
    "frumious: 1\nid: test.guard\ntitle: Guard\nstart: a\nnodes:\n"
    "  a:\n    clip: {card: A, for: 30s}\n    decision:\n"
    "      {id: d, opens: 0.1s, for: 20s, cut: now, default: x, options: {x: {text: Ash, goto: b}, y: {text: Yew}}}\n"
    "    next: z\n"
    "  b:\n    clip: {card: B, for: 30s}\n    decision:\n"
    "      {id: e, prompt: \u05de\u05d4, opens: 0.1s, for: 20s, cut: now, default: x, options: {x: {text: Asp, goto: "
    "c}, y: {text: Yam}}}\n"
    "    next: z\n"
    "  c:\n    clip: {card: C, for: 30s}\n    decision:\n"
    "      {id: f, opens: 0.1s, for: 20s, layout: code, cut: now, default: w,\n"
    "       options: {r: {text: R, code: \"A\", goto: z}, w: {text: W, wrong: true, goto: z}}}\n"
    "    next: z\n"
    "  z: {clip: {card: Z, for: 1s}, ending: {id: z, title: Z}}\n";

/* A question that is seen before it takes answers. */
static const char early_yaml[] =
    "frumious: 1\nid: test.early\ntitle: Early\nstart: a\nnodes:\n"
    "  a:\n    clip: {card: A, for: 30s}\n    decision:\n"
    "      {id: d, early: 2s, opens: 4s, for: 20s, cut: now, default: y, options: {x: {text: Ash, goto: z}, y: Yew}}\n"
    "    next: z\n"
    "  z: {clip: {card: Z, for: 1s}, ending: {id: z, title: Z}}\n";

struct rig {
    struct media *media;
    struct story *story;
    struct mixer *mixer;
    struct settings *settings;
    struct window *window;
    struct input *input;
    struct controls *controls;
    struct scene *scene;
    struct film *film;
    int64_t seen_us; /* the clock of presses and pictures, which the test sets */
};

static void watch(void *user, const struct play_effect *fx)
{
    struct rig *r = user;
    if (fx->kind == PLAY_DID_DECIDE || fx->kind == PLAY_DID_REWIND)
        controls_question_closed(r->controls);
}

static void open_rig(struct rig *r, struct media *m, struct story *s)
{
    *r = (struct rig){.media = m, .story = s, .mixer = mixer_new(), .settings = settings_load()};
    r->settings->subtitles = false; /* where the rig before has left them on */
    const struct window_options wo = {.offscreen = true, .width = 640, .height = 360};
    r->window = window_open(&wo, NULL);
    r->input = input_open(r->window);
    const struct controls_options co = {
        .settings = r->settings, .input = r->input, .window = r->window, .time_factor = 1};
    r->controls = controls_new(&co);
    const struct scene_options so = {.story = s, .media = m};
    r->scene = scene_new(&so);
    const struct film_options fo = {
        .story = s, .media = m, .mixer = r->mixer, .seed = 1, .watch = watch, .watch_user = r};
    r->film = film_new(&fo);
    controls_begin(r->controls, r->mixer);
    film_start(r->film);
}

static void close_rig(struct rig *r)
{
    film_free(r->film);
    scene_free(r->scene);
    controls_free(r->controls); /* saves the settings */
    settings_free(r->settings);
    input_close(r->input);
    window_close(r->window);
    mixer_free(r->mixer);
}

/* Presents what is to be seen, at `now_us`. */
static void show(struct rig *r, int64_t now_us)
{
    struct view v = {0};
    scene_view(r->scene, r->film, &(struct scene_areas){.now = {.w = 640, .h = 360}}, &v);
    window_draw(r->window, &v);
    window_flip(r->window);
    controls_shown(r->controls, scene_asks(r->scene), now_us);
}

static bool is_open(const struct rig *r, const char *decision)
{
    const int32_t open = film_choice(r->film)->menu.decision;
    return open >= 0 && g_str_equal(r->story->decisions[open].name, decision);
}

/* The same when it can be seen but is not open, some time before that. */
static bool is_waiting(const struct rig *r, const char *decision)
{
    (void)decision;
    return scene_waits(r->scene) && film_pos_us(r->film) > 3 * US_PER_SECOND;
}

/* Plays until the decision is in this state, and shows it at `now_us`, no picture of it before. */
static bool play_until(struct rig *r, bool (*reached)(const struct rig *r, const char *decision), const char *decision,
                       int64_t now_us)
{
    static float out[480 * 2];
    for (int i = 0; i < 60000; i++) {
        struct mixer_now now;
        mixer_now(r->mixer, &now);
        film_tick(r->film, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        scene_follow(r->scene, r->film, now.film_smp);
        if (reached(r, decision)) {
            show(r, now_us);
            return true;
        }
        const bool ready = film_is_ready(r->film, 480) || film_phase(r->film) == FILM_OPENING;
        if (!ready)
            g_usleep(300);
        mixer_render(r->mixer, out, ready ? 480 : 0);
    }
    return false;
}

static bool open_question(struct rig *r, const char *decision, int64_t now_us)
{
    return play_until(r, is_open, decision, now_us);
}

/* A press of some kind that would take the first option. */
struct kind {
    const char *what;
    enum input_action action;
    enum input_device device;
    int value;
};

static const struct kind kinds[] = {
    {"Enter", INPUT_CHOOSE, INPUT_KEYS, 0},      {"a digit", INPUT_DIGIT, INPUT_KEYS, 1},
    {"a letter", INPUT_LETTER, INPUT_KEYS, 'a'}, {"the mouse", INPUT_CLICK, INPUT_MOUSE, 2},
    {"a finger", INPUT_CLICK, INPUT_TOUCH, 2},   {"a pad's button", INPUT_CHOOSE, INPUT_PAD, 0},
};

/* Where the first option, or the first key of the pad, is on the window. */
static void aim(const struct rig *r, struct input_event *ev)
{
    for (int y = 0; y < 360; y += 3)
        for (int x = 0; x < 640; x += 3) {
            const struct window_hit hit = window_hit_at(r->window, x, y);
            if ((hit.kind == WINDOW_HIT_OPTION && hit.index == 0) || (hit.kind == WINDOW_HIT_CODE && hit.code == 'A')) {
                ev->x = x;
                ev->y = y;
                return;
            }
        }
    ok(false, "the option is drawn somewhere");
}

/* Presses at `at_us`. True: the decision that was open is taken. */
static bool press(struct rig *r, const struct kind *k, int64_t at_us)
{
    struct input_event ev = {.action = k->action, .device = k->device, .value = k->value, .at_us = at_us};
    const int32_t before = film_choice(r->film)->menu.decision;
    if (k->action == INPUT_CLICK)
        aim(r, &ev);
    controls_input(r->controls, r->film, r->scene, &ev);
    return before >= 0 && film_choice(r->film)->menu.decision != before;
}

/* A double press of this kind: the first half answers one question, the second is too early for the next one. */
static void test_kind(struct media *m, struct story *s, const struct kind *k)
{
    struct rig r;
    int32_t option;
    bool timed_out;
    int64_t at_us;
    open_rig(&r, m, s);
    ok(open_question(&r, "d", 10000 * MS) && !press(&r, k, 10150 * MS), "%s: not before the question was seen",
       k->what);
    ok(press(&r, k, 12000 * MS), "%s: the question is answered", k->what);
    ok(open_question(&r, "e", 12100 * MS) && !press(&r, k, 12200 * MS), "%s: the second half of a double press",
       k->what);
    ok(!press(&r, k, 12499 * MS), "%s: even a slow one", k->what);
    ok(press(&r, k, 12500 * MS), "%s: a quick pick after that counts", k->what);
    film_taken(r.film, &option, &timed_out, &at_us);
    ok(option == 0 && !timed_out, "%s: as a pick", k->what);
    ok(open_question(&r, "f", 12600 * MS) && !press(&r, k, 12700 * MS), "%s: nothing is typed into a code, either",
       k->what);
    is_str(film_choice(r.film)->typed, "", "and nothing stands there");
    const struct kind letter = {"a letter", INPUT_LETTER, INPUT_KEYS, 'a'};
    const bool other =
        k->action == INPUT_DIGIT || (k->action == INPUT_CHOOSE && k->device == INPUT_KEYS); /* types no letter */
    ok(press(&r, other ? &letter : k, 13000 * MS), "%s: then the code is typed", k->what);
    close_rig(&r);
}

static void test_other_meanings(struct media *m, struct story *s)
{
    struct rig r;
    open_rig(&r, m, s);
    ok(open_question(&r, "d", 10000 * MS), "a question is open");
    struct input_event ev = {.action = INPUT_LETTER, .value = 'j', .film_action = INPUT_SUBTITLES, .at_us = 10010 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && r.settings->subtitles,
       "a key that no option wants keeps its meaning at once");
    ev = (struct input_event){.action = INPUT_DIGIT, .value = 9, .film_action = INPUT_SUBTITLES, .at_us = 10020 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && !r.settings->subtitles, "a digit that no option has, too");
    ev = (struct input_event){.action = INPUT_DIGIT, .value = 2, .film_action = INPUT_SUBTITLES, .at_us = 10030 * MS};
    controls_input(r.controls, r.film, r.scene, &ev);
    ok(film_choice(r.film)->menu.decision >= 0 && !r.settings->subtitles,
       "but that of an option does nothing else instead");
    ev = (struct input_event){.action = INPUT_FOCUS, .value = 1, .at_us = 10040 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && film_choice(r.film)->focus == 1, "the light moves at once");
    ev = (struct input_event){.action = INPUT_FOCUS_COLUMN, .value = -1, .at_us = 10050 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && film_choice(r.film)->focus == 0, "to the left, back");
    controls_pause(r.controls);
    ok(!press(&r, &kinds[3], 11000 * MS), "a click on an option of a film that is paused decides nothing");
    controls_resume(r.controls);
    ok(press(&r, &kinds[3], 12000 * MS), "once the film goes on, it does");
    ok(open_question(&r, "e", 14000 * MS), "a question that reads from right to left");
    ev = (struct input_event){.action = INPUT_FOCUS_COLUMN, .value = -1, .at_us = 14500 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && film_choice(r.film)->focus == 1,
       "the second option is at the left");
    ev = (struct input_event){.action = INPUT_FOCUS, .value = -1, .at_us = 14600 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && film_choice(r.film)->focus == 0,
       "the one before is the one before");
    close_rig(&r);
}

/* Whoever loses the pad that they held has all the time to find it, or another key. */
static void test_pad_gone(struct media *m, struct story *s)
{
    static const struct {
        const char *what;
        struct input_event ev;
        bool goes_on;
    } rows[] = {
        {"the pointer moves", {.action = INPUT_MOVE, .device = INPUT_MOUSE}, false},
        {"the window is drawn again", {.action = INPUT_REDRAW, .device = INPUT_SYSTEM}, false},
        {"Enter", {.action = INPUT_CHOOSE, .device = INPUT_KEYS}, true},
        {"the first option's number", {.action = INPUT_DIGIT, .device = INPUT_KEYS, .value = 1}, true},
        {"the key that pauses", {.action = INPUT_PAUSE, .device = INPUT_KEYS}, true},
        {"a click", {.action = INPUT_CLICK, .device = INPUT_MOUSE, .value = 1}, true},
        {"another pad's button", {.action = INPUT_CHOOSE, .device = INPUT_PAD}, true},
        {"the desktop's keys", {.action = INPUT_PAUSE, .device = INPUT_SYSTEM}, true},
        {"a pad that is plugged in", {.action = INPUT_PAD_CAME, .device = INPUT_SYSTEM}, true},
    };
    const struct input_event gone = {.action = INPUT_PAD_GONE, .device = INPUT_SYSTEM};
    struct rig r;
    open_rig(&r, m, s);
    ok(!controls_input(r.controls, r.film, r.scene, &gone) && !controls_paused(r.controls),
       "a pad that goes while nothing is asked stops nothing");
    ok(open_question(&r, "d", 10000 * MS), "a question is open");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct view v = {0};
        struct input_event ev = rows[i].ev;
        ev.at_us = 12000 * MS;
        controls_input(r.controls, r.film, r.scene, &gone);
        controls_set_now(r.controls, g_get_monotonic_time() + 60 * US_PER_SECOND);
        hud_view(controls_hud(r.controls), &(struct hud_state){.paused = true, .notice_stays = true},
                 controls_now_us(r.controls), &v);
        ok(controls_paused(r.controls) && v.notice && strstr(v.notice, "game pad"),
           "%s: without the pad the film waits, and says so for as long as it does", rows[i].what);
        controls_input(r.controls, r.film, r.scene, &ev);
        ok(controls_paused(r.controls) != rows[i].goes_on, "%s: the film %s", rows[i].what,
           rows[i].goes_on ? "goes on" : "waits");
        ok(is_open(&r, "d") && film_choice(r.film)->selected < 0, "%s: and nothing is decided", rows[i].what);
        controls_resume(r.controls);
    }
    controls_pause(r.controls);
    controls_input(r.controls, r.film, r.scene, &gone);
    controls_input(r.controls, r.film, r.scene,
                   &(struct input_event){.action = INPUT_PAD_CAME, .device = INPUT_SYSTEM});
    ok(controls_paused(r.controls), "a film that the viewer paused goes on when they say so");
    controls_resume(r.controls);
    ok(press(&r, &kinds[0], 13000 * MS), "the question is still there to be answered");
    close_rig(&r);
}

/* Presses while a question waits pick nothing, then or later, and do nothing else to the film. */
static void test_early(struct media *m, struct story *s)
{
    struct rig r;
    int32_t option;
    bool timed_out;
    int64_t at_us;
    open_rig(&r, m, s);
    ok(play_until(&r, is_waiting, "d", 10000 * MS), "a question can be seen, and waits");
    is_int(controls_mode(r.film, r.scene), INPUT_PANEL, "keys mean what they will mean");
    const int64_t place_us = film_place_us(r.film);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        ok(!press(&r, &kinds[i], 11000 * MS + (int64_t)i) && film_choice(r.film)->menu.decision < 0 &&
               film_choice(r.film)->selected < 0 && film_place_us(r.film) == place_us && !controls_paused(r.controls),
           "%s: it takes no answer yet", kinds[i].what);
    struct input_event ev = {.action = INPUT_LETTER, .value = 'j', .film_action = INPUT_SUBTITLES, .at_us = 11100 * MS};
    ok(controls_input(r.controls, r.film, r.scene, &ev) && r.settings->subtitles, "a letter keeps its usual meaning");
    ok(open_question(&r, "d", 12000 * MS) && film_choice(r.film)->selected < 0, "it opens, and nothing is chosen");
    ok(press(&r, &kinds[0], 13000 * MS), "then a press counts");
    film_taken(r.film, &option, &timed_out, &at_us);
    ok(option == 1 && !timed_out, "of the default, which has the focus: %d", option);
    close_rig(&r);
}

int main(void)
{
    g_setenv("SDL_VIDEODRIVER", "dummy", TRUE);
    test_guard();
    struct media *m = media_new();
    g_autofree char *path = mt_path("story.yaml"), *home = mt_path("home");
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    struct story *s = story_from_text_at(path, yaml);
    if (ok(s != NULL, "the story loads")) {
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
            test_kind(m, s, &kinds[i]);
        test_other_meanings(m, s);
        test_pad_gone(m, s);
    }
    story_free(s);
    s = story_from_text_at(path, early_yaml);
    if (ok(s != NULL, "the story loads"))
        test_early(m, s);
    story_free(s);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
