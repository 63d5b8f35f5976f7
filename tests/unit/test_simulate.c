/*
 * Simulated viewings. They are the same for a seed on any number of threads, and the same along cached paths as by play_step(), on
 * random stories and on the films. Their sums agree. A viewer without chance does what an independent loop over play_step() and
 * schedule_next() does. Shares are as probable as they should be, and nothing happens that explore says cannot.
 * Arguments: a seed; how many random stories.
 */
#include "explore/explore.h"
#include "explore/simulate.h"
#include "explore_oracle.h"
#include "play/schedule.h"
#include "tests/story_text.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>

/* A race shows in few viewings, and ThreadSanitizer makes them twenty times as slow. Statistics need many. */
#ifdef __SANITIZE_THREAD__
#define RUNS    400
#define STORIES 10 /* random ones */
#else
#define RUNS    4000
#define STORIES ENOUGH
#endif
#define ENOUGH   120 /* so many random stories have an example of everything */
#define RUNS_ODD 40  /* for stories whose viewings may loop until they are given up */

static const char *const films[] = {"stories/at-the-third-stroke/story.yaml", "stories/lighthouse/story.yaml"};

/* Loops, a random route, a decision that cuts at once across an effect, one that may go unanswered, a dead end. */
static const char odd[] =
    "frumious: 1\nid: t.odd\ntitle: Odd\nstart: a\nstate: {n: {type: int, min: 0, max: 3}, late: bool}\nroutes:\n"
    "  lottery: [{random: [{weight: 1, goto: b}, {weight: 3, goto: s}]}]\nnodes:\n"
    "  a:\n    clip: {card: A, for: 9s}\n    at: [{time: 3s, do: late = true}]\n    decision: {id: d, opens: 1s, for: "
    "4s, cut: "
    "now, default: x, options: {x: {text: X, goto: lottery}, y: {text: Y, when: n < 2, do: n += 1, goto: c}, z: {text: "
    "Z, "
    "goto: z}}}\n"
    "  b: {clip: {card: B, for: 2s}, next: [{when: late, goto: a}, {goto: z}]}\n"
    "  c: {clip: {card: C, for: 7s}, decision: {id: e, opens: 1s, for: 4s, timeout: {goto: back(d)}, options: {x: "
    "{text: X, "
    "goto: a}, y: {text: Y, goto: z}}}}\n"
    "  s: {next: c}\n  z: {clip: {card: Z, for: 2s}, ending: {id: z, title: Z}}\n";

static struct simulate_result *run(const struct story *s, const char *model, uint64_t seed, int32_t threads)
{
    const struct simulate_options o = {
        .runs = RUNS, .seed = seed, .model = simulate_model_find(model), .threads = threads};
    return simulate_run(s, &o);
}

static bool equal(const struct story *s, const struct simulate_result *a, const struct simulate_result *b)
{
    const size_t n = sizeof(uint64_t);
    return a->runs == b->runs && a->stopped == b->stopped && a->no_ending == b->no_ending &&
           a->decisions == b->decisions && a->min_us == b->min_us && a->max_us == b->max_us && a->stuck == b->stuck &&
           a->endless == b->endless && a->finished == b->finished &&
           memcmp(a->nodes, b->nodes, n * (size_t)s->n_nodes) == 0 &&
           memcmp(a->visits, b->visits, n * (size_t)s->n_nodes) == 0 &&
           memcmp(a->picked, b->picked, n * (size_t)s->n_options) == 0 &&
           memcmp(a->offered, b->offered, n * (size_t)s->n_options) == 0 &&
           memcmp(a->opened, b->opened, n * (size_t)s->n_decisions) == 0 &&
           memcmp(a->waited, b->waited, n * (size_t)s->n_decisions) == 0 &&
           memcmp(a->endings, b->endings, n * (size_t)s->n_endings) == 0 &&
           memcmp(a->edge_counts, b->edge_counts, n * a->edges->len) == 0 &&
           memcmp(a->seconds, b->seconds, n * (SIMULATE_SECONDS + 1)) == 0;
}

static void *run_apart(void *user)
{
    return run(user, "uniform", 7, 2);
}

static void test_threads(const struct story *s)
{
    struct simulate_result *one = run(s, "uniform", 7, 1);
    GThread *apart = g_thread_new("apart", run_apart, (void *)s);
    struct simulate_result *many = run(s, "uniform", 7, 5), *other = run(s, "uniform", 8, 5),
                           *beside = g_thread_join(apart);
    ok(equal(s, one, many), "five threads count what one counts");
    ok(equal(s, one, beside), "and so do two beside them");
    ok(!equal(s, one, other), "another seed does not");
    simulate_result_free(one);
    simulate_result_free(many);
    simulate_result_free(other);
    simulate_result_free(beside);
}

/* ---- along cached paths as by play_step() ------------------------------------------------------------------------------- */

struct tally {
    uint64_t decisions, from_cache; /* of runs with as much memory as they like */
    uint64_t endless;
    int32_t wrong, stopped_short; /* short of memory */
};

/* Viewings that do not end take long, so they are compared on few stories. */
static bool all_end(const struct story *s, const struct simulate_model *m, uint64_t seed, uint64_t runs)
{
    const struct simulate_options o = {.runs = runs, .seed = seed, .model = m, .threads = 1};
    struct simulate_result *r = simulate_run(s, &o);
    const bool ended = r->endless == 0;
    simulate_result_free(r);
    return ended;
}

/* By play_step(), with the path cache, and with a cache of a few paths. */
static void compare(const struct story *s, const struct simulate_model *m, uint64_t seed, uint64_t runs,
                    struct tally *t)
{
    static const int64_t bytes[] = {-1, 0, 4000};
    struct simulate_result *r[G_N_ELEMENTS(bytes)];
    if (seed % 8 > 0 && !all_end(s, m, seed, MIN(runs, 2)))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++) {
        const struct simulate_options o = {
            .runs = runs, .seed = seed, .model = m, .threads = 1 + (int32_t)(seed % 2), .cache_bytes = bytes[i]};
        r[i] = simulate_run(s, &o);
        if (equal(s, r[0], r[i]))
            continue;
        printf("# story %" G_GUINT64_FORMAT ", %s, %" G_GINT64_FORMAT " bytes\n", seed, m->name, bytes[i]);
        t->wrong++;
    }
    t->wrong += r[0]->from_cache > 0;
    t->decisions += r[1]->decisions;
    t->from_cache += r[1]->from_cache;
    t->endless += r[1]->endless;
    t->stopped_short += r[2]->from_cache < r[1]->from_cache;
    for (size_t i = 0; i < G_N_ELEMENTS(bytes); i++)
        simulate_result_free(r[i]);
}

static void test_random_stories(uint64_t first, int32_t n)
{
    struct tally with = {0}, without = {0};
    for (uint64_t seed = first; seed < first + (uint64_t)n; seed++)
        for (const struct simulate_model *m = simulate_models(); m->name; m++) {
            const uint64_t runs = m->first || m->waits_percent == 100 ? 1 : seed % 8 > 0 ? 1 + seed % 20 : 2;
            struct model *model = model_random((uint32_t)seed);
            compare(model->s, m, seed, runs, &with);
            without_backs(model);
            compare(model->s, m, seed, runs, &without);
            model_free(model);
        }
    is_int(with.wrong, 0, "random stories: the same along cached paths as by play_step()");
    is_int(without.wrong, 0, "and without back()");
    if (n < ENOUGH)
        return;
    ok(without.from_cache > without.decisions / 2, "%.1f %% of decisions were remembered",
       100.0 * (double)without.from_cache / (double)without.decisions);
    ok(with.from_cache > with.decisions / 2, "and %.1f %% where decisions are led back to",
       100.0 * (double)with.from_cache / (double)with.decisions);
    ok(without.endless > 0, "some would not end");
    ok(without.stopped_short > 0, "some were short of memory");
}

static void test_path_cache(const struct story *s, uint64_t seed)
{
    struct tally t = {0};
    for (const struct simulate_model *m = simulate_models(); m->name; m++)
        compare(s, m, seed, RUNS, &t);
    is_int(t.wrong, 0, "the same along cached paths as by play_step()");
}

/* ---- sums --------------------------------------------------------------------------------------------------------- */

static void test_sums(const struct story *s, const char *model, uint64_t seed, uint64_t runs)
{
    const struct simulate_options options = {
        .runs = runs, .seed = seed, .model = simulate_model_find(model), .threads = 2};
    struct simulate_result *r = simulate_run(s, &options);
    uint64_t ends = r->no_ending + r->stuck + r->endless, opened = 0, visits = 0, edge_counts = 0, seconds = 0;
    bool agree = true;
    for (int32_t i = 0; i < s->n_endings; i++)
        ends += r->endings[i];
    for (int32_t i = 0; i < s->n_decisions; i++) {
        const struct story_span o = s->decisions[i].options;
        uint64_t taken = r->waited[i];
        for (int32_t k = o.first; k < o.first + o.n; k++) {
            taken += r->picked[k];
            agree &= r->picked[k] <= r->offered[k] && r->offered[k] <= r->opened[i];
        }
        agree &= taken == r->opened[i];
        opened += r->opened[i];
    }
    for (int32_t i = 0; i < s->n_nodes; i++) {
        agree &= r->nodes[i] <= r->visits[i] && r->nodes[i] <= r->runs;
        visits += r->visits[i];
    }
    for (guint i = 0; i < r->edges->len; i++)
        edge_counts += r->edge_counts[i];
    for (int i = 0; i <= SIMULATE_SECONDS; i++)
        seconds += r->seconds[i];
    is_int((int64_t)r->runs, (int64_t)runs, model);
    is_int((int64_t)ends, (int64_t)runs, "each viewing ends in one way");
    is_int((int64_t)opened, (int64_t)r->decisions, "decisions");
    is_int((int64_t)edge_counts, (int64_t)(visits - runs), "each visit but the first has a way that led there");
    is_int((int64_t)seconds, (int64_t)r->finished, "each finished viewing has a length");
    ok(agree, "picked, waited and offered agree");
    simulate_result_free(r);
}

/* The viewer who always takes the first option, or none: one viewing, played by other code. */
static void play_alone(const struct story *s, bool waits, int32_t *ending, int64_t *us)
{
    int32_t *state = g_new0(int32_t, play_state_slots(s));
    const struct play_input start = {.kind = PLAY_START, .seed = 1};
    play_init(s, state);
    play_step(s, state, &start, NULL, NULL);
    *us = 0;
    for (int i = 0; i < 100000 && state[PLAY_PHASE] == PLAY_RUNNING; i++) {
        const int32_t open = state[PLAY_OPEN];
        const uint64_t mask = play_open_options(state);
        const int32_t option = open >= 0 && !waits && mask ? __builtin_ctzll(mask) : -1;
        const struct schedule_due due = schedule_next(s, state, schedule_planned_length(s, state[PLAY_NODE]), option);
        if (due.input.kind == PLAY_LEAVE)
            *us += due.at_us;
        play_step(s, state, &due.input, NULL, NULL);
    }
    *ending = state[PLAY_ENDING];
    g_free(state);
}

static void test_alone(const struct story *s, const char *model)
{
    struct simulate_result *r = run(s, model, 3, 2);
    int32_t ending;
    int64_t us;
    play_alone(s, strcmp(model, "default") == 0, &ending, &us);
    ok(ending >= 0 && r->endings[ending] == RUNS, "%s: always the same ending", model);
    is_int(r->min_us, us, "its length");
    is_int(r->max_us, us, "each time");
    is_int(simulate_result_length_us(r, 50), us, "in the middle, too");
    simulate_result_free(r);
}

static void test_bounds(const struct story *s, const char *model)
{
    const struct explore_options options = {.no_back = true};
    struct explore *e = explore_new(s, &options);
    explore_run(e);
    const struct explore_result *all = explore_result(e);
    struct simulate_result *r = run(s, model, 11, 2);
    bool nodes = true, picked = true;
    for (int32_t i = 0; i < s->n_nodes; i++)
        nodes &= r->nodes[i] == 0 || all->coverage->nodes[i];
    for (int32_t i = 0; i < s->n_options; i++)
        picked &= r->picked[i] == 0 || all->coverage->picked[i];
    ok(nodes && picked, "%s: nothing but what explore says can happen", model);
    for (int32_t i = 0; i < s->n_endings; i++)
        ok(r->endings[i] == 0 ||
               (all->endings[i].finishes && r->max_us <= INT64_MAX && all->endings[i].min_us <= r->max_us),
           "%s ends in time", s->endings[i].name);
    simulate_result_free(r);
    explore_free(e);
}

/* Two coins and a lottery: within six standard deviations, which chance misses once in 500 million. */
static void test_shares(uint64_t seed)
{
    static const char yaml[] =
        "frumious: 1\nid: t.coin\ntitle: Coin\nstart: a\nnodes:\n"
        "  a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 4s, default: x, options: {x: {text: X, "
        "goto: m}, "
        "y: {text: Y, goto: n}, w: {text: W, goto: n}}}}\n"
        "  m: {clip: {card: M, for: 2s}, next: [{random: [{weight: 1, goto: p}, {weight: 3, goto: q}]}]}\n"
        "  n: {clip: {card: N, for: 2s}, ending: {id: n, title: N}}\n"
        "  p: {clip: {card: P, for: 2s}, ending: {id: p, title: P}}\n"
        "  q: {clip: {card: Q, for: 2s}, ending: {id: q, title: Q}}\n";
    static const double want[] = {2.0 / 3, 1.0 / 12, 1.0 / 4};
    struct story *s = story_from_text(yaml);
    if (!ok(s != NULL, "the story loads"))
        return;
    struct simulate_result *r = run(s, "uniform", seed, 2);
    for (int i = 0; i < 3; i++) {
        const double share = (double)r->endings[i] / RUNS;
        ok(fabs(share - want[i]) < 6 * sqrt(want[i] * (1 - want[i]) / RUNS), "%s: %.4f, should be %.4f",
           s->endings[i].name, share, want[i]);
    }
    simulate_result_free(r);
    r = run(s, "dreamy", seed, 2);
    ok(fabs((double)r->waited[0] / RUNS - 0.5) < 6 * 0.5 / sqrt(RUNS), "dreamy waits every second time");
    simulate_result_free(r);
    story_free(s);
}

static bool stop_at_once(void *user, uint64_t done, uint64_t runs)
{
    (void)user, (void)done, (void)runs;
    return false;
}

static void test_stop(const struct story *s)
{
    const struct simulate_options o = {.runs = UINT64_C(1) << 40, .seed = 1, .threads = 2, .progress = stop_at_once};
    struct simulate_result *r = simulate_run(s, &o);
    ok(r->stopped && r->runs < o.runs, "it can be stopped");
    simulate_result_free(r);
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? g_ascii_strtoull(argv[1], NULL, 10) : 2;
    printf("# seed %" G_GUINT64_FORMAT "\n", seed);
    for (size_t i = 0; i < G_N_ELEMENTS(films); i++) {
        struct story *s = story_from_file(films[i]);
        ok(s != NULL, "%s loads", films[i]);
        for (const struct simulate_model *m = simulate_models(); s && m->name; m++) {
            test_sums(s, m->name, seed, RUNS);
            test_bounds(s, m->name);
        }
        if (s) {
            test_alone(s, "default");
            test_path_cache(s, seed);
        }
        story_free(s);
    }
    struct story *s = story_from_text(odd);
    if (ok(s != NULL, "the odd story loads")) {
        test_threads(s);
        test_stop(s);
        for (const struct simulate_model *m = simulate_models(); m->name; m++)
            test_sums(s, m->name, seed, RUNS_ODD);
        test_bounds(s, "uniform");
        story_free(s);
    }
    test_shares(seed);
    test_random_stories(seed, argc > 2 ? atoi(argv[2]) : STORIES);
    return tap_done();
}
