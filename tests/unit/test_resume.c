/*
 * Resuming. Random plays of random stories are saved at random moments, and go on in the state in which they were
 * saved, also after being resumed and saved again. If the story has changed, they go on at a place that it still has.
 * Argument: a seed.
 */
#include "play_model.h"
#include "tap.h"

#include "play/resume.h"
#include "play/replay.h"
#include "play/transcript_text.h"

#include <stdlib.h>

struct play {
    const struct story *s;
    GRand *rand;
    struct transcript *t;
    int32_t *st, *rest; /* rest: as it was before the decision that is open now was opened */
    size_t bytes;
    int64_t now_us;
};

struct tally {
    int resumed, asked_again, cut, over, elsewhere, anew, positions;
};

static void play_open(struct play *p, const struct story *s, GRand *rand)
{
    *p = (struct play){.s = s, .rand = rand, .bytes = (size_t)play_state_slots(s) * sizeof(int32_t)};
    p->st = g_malloc0(p->bytes);
    p->rest = g_malloc0(p->bytes);
    play_init(s, p->st);
}

static void play_close(struct play *p)
{
    transcript_free(p->t);
    g_free(p->st);
    g_free(p->rest);
}

static bool take(struct play *p, const struct play_input *in, int64_t at_us)
{
    if (p->st[PLAY_OPEN] < 0)
        memcpy(p->rest, p->st, p->bytes);
    transcript_add(p->t, p->s, p->st, in, at_us);
    const bool taken = play_step(p->s, p->st, in, NULL, NULL);
    const bool runs = p->st[PLAY_PHASE] == PLAY_RUNNING;
    p->now_us = in->kind == PLAY_ADVANCE || in->kind == PLAY_PICK ? at_us
                : in->kind == PLAY_LEAVE && runs                  ? schedule_last_event_us(p->s, p->st) /* again() */
                                                                  : 0;
    return taken;
}

/* What the film does in one tick. False: it is over, is stuck, or broke a rule. */
static bool play_on(struct play *p)
{
    const int64_t length_us = p->st[PLAY_PHASE] == PLAY_RUNNING ? schedule_planned_length(p->s, p->st[PLAY_NODE]) : 0;
    const struct schedule_due due = schedule_next(p->s, p->st, length_us, g_rand_int_range(p->rand, -2, 3));
    if (due.at_us == US_NONE || !take(p, &due.input, due.at_us))
        return false;
    for (;;) { /* nothing that is due at the same time is left for later */
        if (p->st[PLAY_PHASE] != PLAY_RUNNING || p->st[PLAY_CUT])
            return p->st[PLAY_PHASE] == PLAY_RUNNING;
        const struct schedule_due next = schedule_next(p->s, p->st, US_NONE, -1);
        if (next.at_us == US_NONE || next.at_us > p->now_us)
            return true;
        take(p, &next.input, next.at_us);
    }
}

static void maybe_go_back(struct play *p)
{
    const struct play_input back = {.kind = PLAY_BACK, .decision = g_rand_int_range(p->rand, 0, p->s->n_decisions)};
    if (g_rand_int_range(p->rand, 0, 12) || !play_can_go_back(p->s, p->st, back.decision))
        return;
    take(p, &back, p->now_us);
}

static bool play_some(struct play *p, int steps)
{
    bool runs = p->st[PLAY_PHASE] == PLAY_RUNNING;
    for (int i = 0; i < steps && runs; i++) {
        runs = play_on(p);
        if (runs)
            maybe_go_back(p);
    }
    return runs;
}

static bool begin(struct play *p)
{
    int32_t kept[8];
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
        kept[i] = g_rand_int_range(p->rand, -5, 5);
    const struct play_input start = {.kind = PLAY_START, .seed = g_rand_int(p->rand), .kept = kept};
    p->t = transcript_new(p->s, start.seed, kept);
    return take(p, &start, 0);
}

/* What a resumed play must be, whatever it was resumed from. */
static bool is_sound(const struct story *s, const struct resume *r)
{
    return r->state[PLAY_PHASE] == PLAY_RUNNING && r->state[PLAY_OPEN] < 0 && !r->state[PLAY_CUT] &&
           play_check(s, r->state) && r->transcript && r->message && r->pos_us >= 0;
}

/* The state to go on from, in p->rest. */
static bool expected(struct play *p, struct tally *tally)
{
    const struct play_input leave = {.kind = PLAY_LEAVE};
    if (p->st[PLAY_OPEN] < 0)
        memcpy(p->rest, p->st, p->bytes);
    else
        tally->asked_again++;
    if (!p->rest[PLAY_CUT])
        return p->rest[PLAY_PHASE] == PLAY_RUNNING;
    tally->cut++;
    play_step(p->s, p->rest, &leave, NULL, NULL);
    return p->rest[PLAY_PHASE] == PLAY_RUNNING;
}

/* Saves, drops and resumes the play. False: something is not as it was. */
static bool once(struct play *p, struct tally *tally)
{
    struct resume r;
    g_autofree char *before = transcript_print(p->t);
    g_autofree char *text = transcript_print_stop(p->t, p->s, p->st, p->now_us + 1);
    g_autofree char *after = transcript_print(p->t);
    const bool goes_on = expected(p, tally);
    resume_make(&r, p->s, text);
    bool good = strcmp(before, after) == 0 && goes_on == (r.state != NULL);
    if (good && goes_on) {
        good = is_sound(p->s, &r) && memcmp(r.state, p->rest, p->bytes) == 0 && !strstr(r.message, "changed") &&
               r.seed == transcript_seed(p->t);
        memcpy(p->st, r.state, p->bytes);
        transcript_free(p->t);
        p->t = g_steal_pointer(&r.transcript);
        p->now_us = 0;
        tally->resumed++;
        tally->positions += r.pos_us > 0;
    }
    if (!good)
        printf("# %s\n%s\n", r.message ? r.message : "-", text);
    resume_clear(&r);
    return good;
}

/* What is due at the time of what has happened last, short of a decision that would open. */
static void settle(const struct story *s, struct resume *r)
{
    const struct story_span events = s->nodes[r->state[PLAY_NODE]].events;
    for (;;) {
        const int32_t cursor = r->state[PLAY_CURSOR];
        const struct schedule_due due = schedule_next(s, r->state, US_NONE, -1);
        const int64_t last_us = cursor > 0 ? s->events[events.first + cursor - 1].at_us : 0;
        if (cursor >= events.n || s->events[events.first + cursor].kind == STORY_OPEN || due.at_us > last_us)
            return;
        transcript_add(r->transcript, s, r->state, &due.input, due.at_us);
        play_step(s, r->state, &due.input, NULL, NULL);
    }
}

/* A play of one story in the files of another. */
static bool in_another_story(const struct play *p, const struct story *other, struct tally *tally)
{
    struct resume r, again;
    g_autofree char *text = transcript_print_stop(p->t, p->s, p->st, p->now_us);
    bool good = true;
    resume_make(&r, other, text);
    if (r.state) {
        const bool sound = is_sound(other, &r);
        settle(other, &r);
        g_autofree char *saved = transcript_print_stop(r.transcript, other, r.state, 0);
        resume_make(&again, other, saved);
        good = sound && again.state &&
               memcmp(again.state, r.state, (size_t)play_state_slots(other) * sizeof(int32_t)) == 0;
        if (!good)
            printf("# saved again: %s\n%s\n", again.message ? again.message : "-", saved);
        resume_clear(&again);
    }
    tally->elsewhere += r.state != NULL;
    tally->anew += r.state == NULL;
    if (!good)
        printf("# in another story: %s\n%s\n", r.message ? r.message : "-", text);
    resume_clear(&r);
    return good;
}

static bool one_play(const struct model *m, const struct model *other, GRand *rand, struct tally *tally)
{
    struct play p;
    bool good = true;
    play_open(&p, m->s, rand);
    bool runs = begin(&p);
    for (int i = 0; i < 5 && runs && good; i++) {
        runs = play_some(&p, g_rand_int_range(rand, 1, 12));
        good = in_another_story(&p, other->s, tally);
        good = (p.st[PLAY_PHASE] == PLAY_STUCK || once(&p, tally)) && good;
        runs = runs && p.st[PLAY_PHASE] == PLAY_RUNNING;
    }
    tally->over += p.st[PLAY_PHASE] == PLAY_OVER;
    play_close(&p);
    return good;
}

static void test_random(uint32_t seed, int n_stories)
{
    struct tally t = {0};
    int bad = 0;
    for (int i = 0; i < n_stories && bad < 3; i++) {
        struct model *m = model_random(seed + (uint32_t)i), *other = model_random(seed + (uint32_t)i + 100000);
        GRand *rand = g_rand_new_with_seed(seed ^ (uint32_t)(i * 7919 + 5));
        for (int k = 0; k < 3; k++)
            if (!one_play(m, other, rand, &t)) {
                printf("# story seed %u\n", seed + (uint32_t)i);
                bad++;
                break;
            }
        g_rand_free(rand);
        model_free(m);
        model_free(other);
    }
    is_int(bad, 0, "every play goes on where it was");
    ok(t.resumed > 500 && t.asked_again > 20 && t.cut > 5 && t.over > 20 && t.positions > 100,
       "%d resumed, %d asked again, %d had been cut, %d over, %d inside a node", t.resumed, t.asked_again, t.cut,
       t.over, t.positions);
    ok(t.elsewhere > 50 && t.anew > 50, "in another story: %d went on somewhere, %d began anew", t.elsewhere, t.anew);
}

static void test_no_transcript(void)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "frumious-transcript 1",
                                        "frumious-transcript 1\nstop n0 00:00.000 lap 9\n",
                                        "frumious-transcript 1\nstory somebody.else\n",
                                        "\x01\x02\xff"};
    struct model *m = model_random(1);
    struct resume r;
    resume_make(&r, m->s, NULL);
    ok(!r.state && !r.message, "nothing was saved: nothing is said");
    resume_clear(&r);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        resume_make(&r, m->s, texts[i]);
        ok(!r.state == !r.transcript && (r.state || r.message), "text %d: %s", (int)i, r.message ? r.message : "-");
        resume_clear(&r);
    }
    model_free(m);
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20260;
    printf("# seed %u\n", seed);
    test_random(seed, RANDOM_STORIES(400));
    test_no_transcript();
    return tap_done();
}
