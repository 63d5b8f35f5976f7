/*
 * Random walks through real stories: all of tests/stories/valid and the films of this project. Every state passes its
 * check, play_foresee() finds the state that the film then comes to, and each play is replayed from the text of its
 * transcript to the same end. Run it from the root of the project. Argument: a seed.
 */
#include "tests/effects.h"
#include "tests/story_text.h"
#include "tap.h"

#include "play/replay.h"
#include "play/transcript_text.h"

#include <stdlib.h>

#define PLAYS      60
#define INPUTS_MAX 400

struct walk {
    const struct story *s;
    GRand *rand;
    int32_t *st, *scratch, slots;
    struct transcript *t;
    GArray *told;
    int64_t now_us;
    int bad_states, unforeseen;
};

static void collect(void *user, const struct play_effect *fx)
{
    g_array_append_vals(user, fx, 1);
}

struct sought {
    const int32_t *state;
    int32_t slots;
    bool found;
};

static void compare(void *user, const int32_t *state, int32_t decision, int32_t option)
{
    struct sought *sought = user;
    (void)decision, (void)option;
    sought->found |= memcmp(state, sought->state, (size_t)sought->slots * sizeof *state) == 0;
}

/* Was the state behind this LEAVE among those that were foreseen from `before`? */
static bool was_foreseen(const struct walk *w, const int32_t *before)
{
    struct sought sought = {w->st, w->slots, false};
    play_foresee(w->s, before, w->scratch, 100000, compare, &sought);
    return sought.found;
}

static void take(struct walk *w, struct play_input in, int64_t at_us)
{
    int32_t *before = g_memdup2(w->st, (size_t)w->slots * sizeof *w->st);
    transcript_add(w->t, w->s, w->st, &in, at_us);
    if (!play_step(w->s, w->st, &in, collect, w->told))
        ok(false, "%s: input of kind %d is taken", w->s->id, (int)in.kind);
    w->now_us = at_us;
    w->bad_states += !play_check(w->s, w->st);
    if (in.kind == PLAY_LEAVE)
        w->unforeseen += !was_foreseen(w, before);
    g_free(before);
}

static bool pick_something(struct walk *w, int64_t due_us)
{
    const int32_t open = w->st[PLAY_OPEN];
    if (open < 0 || due_us - w->now_us < 2 || g_rand_int_range(w->rand, 0, 4) == 0)
        return false;
    const int32_t option = g_rand_int_range(w->rand, 0, w->s->decisions[open].options.n);
    if (!play_can_pick(w->st, option))
        return false;
    take(w, (struct play_input){.kind = PLAY_PICK, .option = option}, w->now_us + (due_us - w->now_us) / 2);
    return true;
}

static void walk_once(struct walk *w)
{
    const struct play_input start = {.kind = PLAY_START, .seed = g_rand_int(w->rand)};
    w->t = transcript_new(w->s, start.seed, NULL);
    g_array_set_size(w->told, 0);
    play_init(w->s, w->st);
    take(w, start, 0);
    for (int i = 0; i < INPUTS_MAX && w->st[PLAY_PHASE] == PLAY_RUNNING; i++) {
        const int64_t length_us = schedule_planned_length(w->s, w->st[PLAY_NODE]);
        const struct schedule_due due = schedule_next(w->s, w->st, length_us, -1);
        if (!pick_something(w, due.at_us))
            take(w, due.input, due.at_us);
    }
}

/* Walks that were cut short at INPUTS_MAX end somewhere; only those that ended by themselves can be compared. */
static bool replays(struct walk *w)
{
    char *text = transcript_print(w->t);
    struct transcript *t = transcript_parse(text, -1, NULL);
    GArray *told = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    int32_t *st = g_new(int32_t, w->slots);
    const struct replay_watch watch = {.sink = collect, .user = told};
    GError *error = NULL;
    const bool ended = w->st[PLAY_PHASE] != PLAY_RUNNING;
    bool good = t && (!ended || transcript_replay(w->s, t, st, &watch, &error));
    if (good && ended)
        good = memcmp(st, w->st, (size_t)w->slots * sizeof *st) == 0 && same_effects(told, w->told);
    if (!good)
        printf("# %s: %s\n%s\n", w->s->id, error ? error->message : "different", text);
    g_clear_error(&error);
    g_free(st);
    g_array_unref(told);
    transcript_free(t);
    g_free(text);
    return good;
}

static void test_story(const char *path, uint32_t seed)
{
    struct story *s = story_from_file(path);
    if (!ok(s != NULL, "%s loads", path))
        return;
    struct walk w = {.s = s, .rand = g_rand_new_with_seed(seed), .slots = play_state_slots(s)};
    int bad_replays = 0, ended = 0;
    w.st = g_new(int32_t, w.slots);
    w.scratch = g_new(int32_t, (size_t)w.slots * PLAY_FORESEE_STATES);
    w.told = g_array_new(FALSE, FALSE, sizeof(struct play_effect));
    for (int i = 0; i < PLAYS; i++) {
        walk_once(&w);
        ended += w.st[PLAY_PHASE] != PLAY_RUNNING;
        bad_replays += !replays(&w);
        transcript_free(w.t);
    }
    is_int(w.bad_states, 0, "every state passes its check");
    is_int(w.unforeseen, 0, "every way was foreseen");
    is_int(bad_replays, 0, "every play is replayed");
    printf("# %s: %d slots, %d of %d plays came to an end\n", s->id, w.slots, ended, PLAYS);
    g_array_unref(w.told);
    g_free(w.scratch);
    g_free(w.st);
    g_rand_free(w.rand);
    story_free(s);
}

/* *.yaml of the folder, and story.yaml of the folders in it. */
static int test_folder(const char *folder, uint32_t seed)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    int n = 0;
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *file = g_build_filename(folder, name, NULL), *inner = g_build_filename(file, "story.yaml", NULL);
        const bool is_story = g_str_has_suffix(name, ".yaml"), has_story = g_file_test(inner, G_FILE_TEST_EXISTS);
        if (is_story || has_story)
            test_story(is_story ? file : inner, seed);
        n += is_story || has_story;
        g_free(inner);
        g_free(file);
    }
    if (dir)
        g_dir_close(dir);
    return n;
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    printf("# seed %u\n", seed);
    ok(test_folder("tests/stories/valid", seed) >= 10, "the stories of tests/stories/valid were walked");
    ok(test_folder("stories", seed) >= 1, "the films of the project were walked");
    return tap_done();
}
