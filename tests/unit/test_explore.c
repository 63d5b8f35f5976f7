/*
 * explore against brute force (tests/explore_oracle.h), on random stories with everything that the step function knows. Every
 * witness is replayed from its text and must show its finding.
 * Arguments: how many stories, the first seed.
 */
#include "tap.h"

#include "explore/explore.h"
#include "explore/lean_story.h"
#include "explore_oracle.h"
#include "play/replay.h"
#include "play/transcript_text.h"
#include "tests/late_story.h"

#include <stdlib.h>

#define STORIES    RANDOM_STORIES(250)
#define FIRST_SEED 7000

/* Seeds that once failed: a trap that only some first transitions lead to; kept values that remain after the moment in which they
 * were set; going back before the film gets stuck. */
static const uint32_t once_wrong[] = {111397, 113875, 104237, 112118};
#define N_ASSERTS 3

/* ---- comparing -------------------------------------------------------------------------------------------------- */

static int compare(const struct oracle *o, const char *what, const bool *flags, int32_t n, uint32_t seed)
{
    int wrong = 0;
    for (int32_t i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%s %d", what, i);
        const bool expected = g_hash_table_contains(o->said, key);
        if (expected == flags[i])
            continue;
        wrong++;
        printf("# seed %u, %s %d: brute force says %s\n", seed, what, i, expected ? "yes" : "no");
    }
    return wrong;
}

/* Of a variable that nothing reads, its range is not looked at. */
static int compare_clamped(const struct oracle *o, const struct coverage *c, const bool *unread, uint32_t seed)
{
    const struct story *s = o->s;
    g_autofree bool *clamped = g_memdup2(c->events[COVERAGE_CLAMPED], (gsize)s->n_effects + 1);
    for (int32_t i = 0; i < s->n_effects; i++) {
        g_autofree char *key = g_strdup_printf("clamped %d", i);
        if (unread[s->effects[i].var])
            clamped[i] = g_hash_table_contains(o->said, key);
    }
    return compare(o, "clamped", clamped, s->n_effects, seed);
}

static int compare_cover(const struct oracle *o, const struct coverage *c, const bool *unread, uint32_t seed)
{
    const struct story *s = o->s;
    return compare(o, "node", c->nodes, s->n_nodes, seed) + compare(o, "opened", c->decisions, s->n_decisions, seed) +
           compare(o, "available", c->available, s->n_options, seed) +
           compare(o, "picked", c->picked, s->n_options, seed) +
           compare(o, "timed out", c->timed_out, s->n_decisions, seed) +
           compare(o, "effect", c->effects, s->n_effects, seed) + compare(o, "ending", c->endings, s->n_endings, seed) +
           compare(o, "stuck", c->events[COVERAGE_STUCK], s->n_nodes, seed) +
           compare(o, "loop", c->events[COVERAGE_LOOP], s->n_nodes, seed) +
           compare(o, "nothing", c->events[COVERAGE_NOTHING], s->n_decisions, seed) +
           compare_clamped(o, c, unread, seed) +
           compare(o, "violated", c->events[COVERAGE_VIOLATED], s->n_asserts, seed);
}

static bool has_kind(const struct explore_result *r, enum explore_kind kind)
{
    for (int32_t i = 0; i < r->n_findings; i++)
        if (r->findings[i].kind == kind)
            return true;
    return false;
}

/*
 * Is there a state from which nothing leads to an ending, other than those where the film is stuck? explore passes over
 * states from which only one thing can happen, so it need not tell of those on the way to being stuck.
 */
static int compare_traps(const struct oracle *o, const struct explore_result *r, uint32_t seed)
{
    bool *can = oracle_ends(o), trapped = false, must = false;
    uint32_t *n_ways = g_new0(uint32_t, o->states->len + 1);
    for (guint i = 0; i < o->edges->len; i++) /* where explore leaves out going back, it leads nowhere new */
        n_ways[g_array_index(o->edges, struct oracle_edge, i).from] +=
            !g_array_index(o->edges, struct oracle_edge, i).back;
    for (uint32_t i = 0; i < o->states->len; i++) {
        trapped |= !can[i] && oracle_state(o, i)[PLAY_PHASE] != PLAY_STUCK;
        must |= !can[i] && oracle_state(o, i)[PLAY_PHASE] != PLAY_STUCK && n_ways[i] > 1;
    }
    g_free(n_ways);
    g_free(can);
    const bool told = has_kind(r, EXPLORE_TRAP) || has_kind(r, EXPLORE_ENDLESS);
    const bool wrong = told ? !trapped : must;
    if (wrong)
        printf("# seed %u: brute force says %s\n", seed, trapped ? "trapped" : "never trapped");
    return wrong;
}

static int compare_times(const struct oracle *o, const struct explore_result *r, uint32_t seed)
{
    const uint32_t n = o->states->len;
    int64_t *min = g_new(int64_t, n), *max = g_new(int64_t, n);
    int wrong = 0;
    oracle_times(o, min, max);
    for (int32_t e = 0; e < o->s->n_endings; e++) {
        int64_t soon = INT64_MAX, late = -1;
        for (uint32_t i = 0; i < n; i++) {
            const int32_t *st = oracle_state(o, i);
            if (st[PLAY_PHASE] != PLAY_OVER || st[PLAY_ENDING] != e || max[i] < 0)
                continue;
            soon = MIN(soon, min[i]);
            late = MAX(late, max[i]);
        }
        const struct explore_ending *got = &r->endings[e];
        const bool same =
            got->finishes == (late >= 0) && (late < 0 || (got->min_us == soon && got->endless == (late == INT64_MAX) &&
                                                          (got->endless || got->max_us == late)));
        wrong += !same;
        if (!same)
            printf("# seed %u, ending %d: brute force says %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                   ", explore %d %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " %d\n",
                   seed, e, soon, late, got->finishes, got->min_us, got->max_us, got->endless);
    }
    g_free(max);
    g_free(min);
    return wrong;
}

/* ---- witnesses -------------------------------------------------------------------------------------------------- */

struct shown {
    const struct story *s;
    const struct explore_finding *f;
    bool yes;
};

static void show_effect(void *user, const struct play_effect *fx)
{
    struct shown *x = user;
    const int32_t i = x->f->subject;
    if (x->f->kind == EXPLORE_STUCK)
        x->yes |= fx->kind == PLAY_DID_STICK && fx->stick.why == PLAY_NO_WAY && fx->stick.node == i;
    if (x->f->kind == EXPLORE_LOOP)
        x->yes |= fx->kind == PLAY_DID_STICK && fx->stick.why == PLAY_SILENT_LOOP && fx->stick.node == i;
    if (x->f->kind == EXPLORE_NOTHING)
        x->yes |= fx->kind == PLAY_DID_OPEN && fx->open.decision == i && fx->open.available == 0;
    if (x->f->kind == EXPLORE_CLAMPED)
        x->yes |= fx->kind == PLAY_DID_SET && fx->set.effect == i && fx->set.clamped;
}

static void show_state(void *user, const int32_t *st, const struct play_input *in, int64_t at_us)
{
    struct shown *x = user;
    (void)in, (void)at_us;
    if (x->f->kind == EXPLORE_VIOLATED && st[PLAY_PHASE] != PLAY_IDLE)
        x->yes |= !play_eval(x->s, st, x->s->asserts[x->f->subject].expr);
}

/* Does nothing lead from here to an ending, by brute force? -1: that would take too long. */
static int trapped_here(const struct story *s, const int32_t *st)
{
    struct oracle *o = oracle_new(s, false, st);
    bool *can = oracle_ends(o);
    const int trapped = o->too_much ? -1 : !can[0];
    g_free(can);
    oracle_free(o);
    return trapped;
}

static int bad_witness(const struct story *s, const struct explore *e, int32_t i, uint32_t seed, int *drawn)
{
    const struct explore_finding *f = &explore_result(e)->findings[i];
    struct shown shown = {s, f, false};
    const struct replay_watch watch = {show_effect, show_state, &shown};
    g_autoptr(GError) error = NULL;
    bool draws;
    struct transcript *told = explore_witness(e, i, &draws);
    if (!told)
        return f->has_witness;
    g_autofree char *text = transcript_print(told);
    struct transcript *t = transcript_parse(text, -1, &error);
    int32_t *st = g_new(int32_t, (gsize)play_state_slots(s));
    const bool good = t && transcript_replay(s, t, st, &watch, &error);
    *drawn += draws;
    if (good)
        show_state(&shown, st, NULL, 0);
    if (good && f->kind == EXPLORE_TRAP)
        shown.yes = trapped_here(s, st) != 0;
    if (!good || !shown.yes)
        printf("# seed %u, %s %d: %s\n%s", seed, explore_kind_info(f->kind)->name, f->subject,
               error ? error->message : "not shown", text);
    g_free(st);
    transcript_free(t);
    transcript_free(told);
    return !good || !shown.yes;
}

/* How long a play takes. */
struct watch {
    const struct story *s;
    int64_t pos_us, us;
};

static void watch_effect(void *user, const struct play_effect *fx)
{
    struct watch *w = user;
    if (fx->kind == PLAY_DID_ENTER)
        w->pos_us = 0;
    if (fx->kind == PLAY_DID_REWIND)
        w->pos_us = w->s->decisions[fx->rewind.decision].opens_us;
}

static void watch_input(void *user, const int32_t *st, const struct play_input *in, int64_t at_us)
{
    struct watch *w = user;
    (void)st, (void)in;
    w->us += at_us - w->pos_us;
    w->pos_us = at_us;
}

/* Does the shortest play to an ending come to it, and after min_us? */
static int bad_soonest(const struct story *s, const struct explore *e, int32_t i, uint32_t seed)
{
    const struct explore_ending *ending = &explore_result(e)->endings[i];
    struct watch w = {.s = s};
    const struct replay_watch watch = {watch_effect, watch_input, &w};
    g_autoptr(GError) error = NULL;
    bool draws;
    struct transcript *told = explore_shortest_play(e, i, &draws);
    if (!told)
        return ending->finishes;
    g_autofree char *text = transcript_print(told);
    struct transcript *t = transcript_parse(text, -1, &error);
    int32_t *st = g_new(int32_t, (gsize)play_state_slots(s));
    bool good = t && transcript_replay(s, t, st, &watch, &error);
    good = good && st[PLAY_PHASE] == PLAY_OVER && st[PLAY_ENDING] == i;
    good = good && w.us == ending->min_us;
    if (!good)
        printf("# seed %u, ending %d: %s, after %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT "\n%s", seed, i,
               error ? error->message : "is not the end", w.us, ending->min_us, text);
    g_free(st);
    transcript_free(t);
    transcript_free(told);
    return !good;
}

/* ---- stories ---------------------------------------------------------------------------------------------------- */

struct tally {
    int compared, skipped, wrong, traps, times, bad_witnesses, bad_soonest, witnesses, soonest, drawn,
        kinds[EXPLORE_EFFECT + 1];
    int merged, counted, unread, wrong_merged;
};

/* Counts states without packing, remembering or merging: by a hash table of whole states and successors_expand(). */
struct naive {
    const struct story *s;
    size_t bytes;
    GHashTable *seen;
    GPtrArray *states;
};

static void naive_add(struct naive *n, const int32_t *st)
{
    GBytes *key = g_bytes_new(st, n->bytes);
    if (g_hash_table_contains(n->seen, key)) {
        g_bytes_unref(key);
        return;
    }
    g_hash_table_add(n->seen, key);
    g_ptr_array_add(n->states, key);
}

static void naive_found(void *user, const int32_t *st, const struct transition *edge)
{
    (void)edge;
    naive_add(user, st);
}

/* Only for stories without checkpoints and kept values, where plays start in one way. Returns -1 for others. */
static int64_t count_naively(const struct story *s)
{
    for (int32_t i = 0; i < s->n_vars; i++)
        if (s->vars[i].keep_viewer)
            return -1;
    if (play_state_slots(s) > PLAY_VALUES + s->n_vars + s->n_memories)
        return -1;
    struct naive n = {s, (size_t)play_state_slots(s) * sizeof(int32_t), NULL, NULL};
    n.seen = g_hash_table_new(g_bytes_hash, g_bytes_equal);
    n.states = g_ptr_array_new_with_free_func(free_bytes);
    struct successors *w = successors_new(s, NULL, false);
    int32_t *st = g_malloc(n.bytes);
    play_init(s, st);
    naive_add(&n, st);
    for (guint i = 0; i < n.states->len; i++) {
        memcpy(st, g_bytes_get_data(g_ptr_array_index(n.states, i), NULL), n.bytes);
        successors_expand(w, st, naive_found, &n);
    }
    const int64_t count = n.states->len;
    g_free(st);
    successors_free(w);
    g_hash_table_unref(n.seen);
    g_ptr_array_unref(n.states);
    return count;
}

static int differ(const char *what, int64_t merged, int64_t all, uint32_t seed)
{
    if (merged != all)
        printf("# seed %u: %s is %" G_GINT64_FORMAT " with merging, %" G_GINT64_FORMAT " without\n", seed, what, merged,
               all);
    return merged != all;
}

static int compare_flags(const char *what, const bool *merged, const bool *all, int32_t n, uint32_t seed)
{
    int wrong = 0;
    for (int32_t i = 0; i < n; i++)
        wrong += differ(what, merged[i], all[i], seed);
    return wrong;
}

static int compare_merged_cover(const struct story *s, const struct coverage *m, const struct coverage *a,
                                uint32_t seed)
{
    return compare_flags("a part", m->parts, a->parts, s->n_parts, seed) +
           compare_flags("a route", m->routes, a->routes, s->n_routes, seed) +
           compare_flags("an option taken", m->taken, a->taken, s->n_options, seed) +
           compare_flags("an effect", m->effects, a->effects, s->n_effects, seed);
}

/* Merging changes no answer: the same findings, the same times, the same coverage. */
static int compare_merged(const struct story *s, const struct explore *e, bool no_back, uint32_t seed, struct tally *t)
{
    const struct explore_options options = {.no_back = no_back, .no_odds = true, .no_merge = true, .exact = true};
    struct explore *whole = explore_new(s, &options);
    explore_run(whole);
    const struct explore_result *m = explore_result(e), *a = explore_result(whole);
    struct story *lean = lean_story_new(s); /* as it is explored where nobody goes back */
    const int64_t naive = no_back ? count_naively(lean) : -1;
    int32_t i = 0;
    int wrong = 0;
    for (int32_t k = 0; k < a->n_findings; k++) {
        const struct explore_finding *f = &a->findings[k];
        if (f->kind == EXPLORE_CLAMPED && m->unread[s->effects[f->subject].var])
            continue; /* its range is not looked at */
        wrong += i == m->n_findings || differ("a kind", m->findings[i].kind, f->kind, seed) ||
                 differ("a subject", m->findings[i].subject, f->subject, seed);
        i += i < m->n_findings;
    }
    wrong += differ("findings", m->n_findings, i, seed);
    for (i = 0; i < s->n_endings; i++) {
        wrong += differ("an ending", m->endings[i].finishes, a->endings[i].finishes, seed);
        wrong += differ("the shortest time", m->endings[i].min_us, a->endings[i].min_us, seed);
        wrong += differ("the longest time", m->endings[i].max_us, a->endings[i].max_us, seed);
        wrong += differ("endless", m->endings[i].endless, a->endings[i].endless, seed);
    }
    wrong += compare_merged_cover(s, m->coverage, a->coverage, seed);
    if (naive >= 0)
        wrong += differ("the number of states by hand", naive, (int64_t)a->n_states, seed);
    wrong += differ("the number of states, only counted", (int64_t)a->n_exact, (int64_t)a->n_states, seed);
    for (i = 0; i < s->n_vars; i++)
        t->unread += m->unread[i];
    wrong += m->n_states > a->n_states;
    t->counted += naive >= 0;
    t->merged += m->n_states < a->n_states;
    lean_story_free(lean);
    explore_free(whole);
    return wrong;
}

/* False: it is too large. */
static bool compare_story(const struct story *s, uint32_t seed, bool no_back, void *tally)
{
    struct tally *t = tally;
    const struct explore_options options = {.no_back = no_back, .no_odds = true, .max_states = 10 * STATES_MAX};
    struct oracle *o = oracle_new(s, !no_back, NULL);
    if (o->too_much) {
        t->skipped++;
        oracle_free(o);
        return false;
    }
    struct explore *e = explore_new(s, &options);
    explore_run(e);
    const struct explore_result *r = explore_result(e);
    t->compared++;
    t->wrong += r->limit != EXPLORE_LIMIT_NONE || r->n_states > o->states->len;
    t->wrong += compare_cover(o, r->coverage, r->unread, seed);
    t->wrong_merged += compare_merged(s, e, no_back, seed, t);
    t->traps += compare_traps(o, r, seed);
    t->times += compare_times(o, r, seed);
    for (int32_t i = 0; i < r->n_findings; i++) {
        t->kinds[r->findings[i].kind]++;
        t->witnesses += r->findings[i].has_witness;
        t->bad_witnesses += bad_witness(s, e, i, seed, &t->drawn);
    }
    for (int32_t i = 0; seed % 3 == 0 && i < s->n_endings; i++) { /* of every third story, because they take long */
        t->soonest += r->endings[i].finishes;
        t->bad_soonest += bad_soonest(s, e, i, seed);
    }
    explore_free(e);
    oracle_free(o);
    return true;
}

/* Makes asserts of the conditions of some options. */
static void add_asserts(struct model *m, struct story_assert *asserts)
{
    int32_t n = 0;
    for (int32_t i = 0; i < m->s->n_options && n < N_ASSERTS; i++)
        if (m->s->options[i].when >= 0)
            asserts[n++] = (struct story_assert){m->s->options[i].when, {0, 0, 0}};
    m->s->asserts = asserts;
    m->s->n_asserts = n;
}

static void compare_seed(uint32_t seed, bool no_back, struct tally *t)
{
    struct story_assert asserts[N_ASSERTS];
    struct model *m = model_random(seed);
    if (m->s->n_options % 3 == 0) /* an assert keeps what it reads live */
        add_asserts(m, asserts);
    if (no_back)
        without_backs(m);
    compare_story(m->s, seed, no_back, t);
    model_free(m);
}

static void compare_stories(uint32_t first, int32_t n, bool no_back)
{
    const char *which = no_back ? "without going back" : "with going back";
    struct tally t = {0};
    for (int32_t i = 0; i < n; i++)
        compare_seed(first + (uint32_t)i, no_back, &t);
    for (size_t i = 0; i < G_N_ELEMENTS(once_wrong); i++)
        compare_seed(once_wrong[i], no_back, &t);
    is_int(t.wrong, 0, "what can happen is what brute force finds");
    is_int(t.wrong_merged, 0, "merging changes no answer, and what is counted is what there is");
    ok(t.merged > n / 20 && (!no_back || t.counted > n / 20), "%d stories had states to merge, %d were counted by hand",
       t.merged, t.counted);
    ok(t.unread > n / 20, "%d variables are never read", t.unread);
    is_int(t.traps, 0, "so are states that lead to no ending");
    is_int(t.times, 0, "so are the shortest and longest times to each ending");
    is_int(t.bad_witnesses, 0, "every witness replays to what it shows");
    is_int(t.bad_soonest, 0, "the soonest play to each ending takes the shortest time");
    ok(t.soonest > n / 40, "%d endings have one", t.soonest);
    ok(t.compared > n / 2, "%s: %d stories of %d were small enough to compare", which, t.compared, n);
    printf("# seeds from %u: %d witnesses, %d of them with draws; findings of each kind:", first, t.witnesses, t.drawn);
    for (size_t k = 0; k < G_N_ELEMENTS(t.kinds); k++)
        printf(" %s %d", explore_kind_info((enum explore_kind)k)->name, t.kinds[k]);
    printf("\n");
    for (int32_t k = EXPLORE_STUCK; k <= EXPLORE_CLAMPED; k++)
        ok(t.kinds[k] > 0, "some story has a finding of the kind %s", explore_kind_info((enum explore_kind)k)->name);
}

/* Stories whose flags are read late, with counters that nobody reads, endings that go on, and back(). */
static void compare_late_stories(uint32_t first, int32_t n, bool no_back)
{
    struct tally t = {0};
    const struct late_kinds kinds = late_stories_compare(first, n, 3, no_back, compare_story, &t);
    const int wrong = t.wrong + t.wrong_merged + t.traps + t.times + t.bad_witnesses + t.bad_soonest;
    is_int(wrong, 0, "stories whose flags are read late: what can happen, times and witnesses");
    ok(n < 10 || (late_kinds_all(&kinds) && t.merged > 0),
       "%d of %d compared: %d counters nobody reads, %d endings go on, %d back(); %d had states to merge", t.compared,
       n, kinds.counters, kinds.go_on, kinds.backs, t.merged);
}

int main(int argc, char **argv)
{
    const int32_t n = argc > 1 ? atoi(argv[1]) : STORIES;
    const uint32_t first = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : FIRST_SEED;
    compare_stories(first, n, true);
    compare_stories(first, n, false);
    compare_late_stories(first, n / 5, true);
    compare_late_stories(first, n / 5, false);
    return tap_done();
}
