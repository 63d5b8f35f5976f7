#include "explore/viewing_cover.h"

#include "base/units.h"
#include "explore/lean_story.h"
#include "explore/pack.h"
#include "explore/state_table.h"
#include "play/checkpoint.h"
#include "play/schedule.h"
#include "story/node_edges.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS      16    /* tried if routes are random */
#define BEAM       48    /* viewings that are kept while one is built */
#define IDLE_MAX   40    /* after so many decisions that show nothing new, a viewing is brought to its end */
#define PASSED_MAX 20000 /* inputs from one decision to the next; a film without decisions may go on forever */
#define NEVER      INT32_MAX
#define ASK_ROUNDS 256  /* in loops of short rounds, the caller is asked once in so many whether to stop */
#define SET_BITS   64   /* of a word of a set of targets */
#define GO_ON_MAX  1000 /* decisions that are waited out behind where the search stopped */

/* From one open decision to the next, or to the end. What there is to show are targets: the nodes, then the options (n_nodes +
 * index). */
struct leg {
    int32_t from, to;                /* states */
    int32_t choice;                  /* option in the decision; -1: wait */
    int32_t first_target, n_targets; /* in search->targets: what it shows */
};

struct cover_search {
    const struct story *s;
    struct viewing_cover *cover;
    bool *covered;   /* target: some viewing shows it */
    uint32_t *shows; /* target: how many viewings show it */
    GPtrArray *sets; /* of each viewing: the targets that it shows, as bits */
    int32_t n_targets;
    viewing_cover_progress progress;
    void *user;
    int32_t max_states;
    bool stopped;
    struct pack *pack;
    int32_t
        n_generators; /* words behind a packed state: the generator, and that of each checkpoint; 0: nothing draws */
    int32_t n_words;
    uint64_t *words; /* a packed state */
    int32_t *state;

    /* of one seed */
    uint64_t seed;
    int32_t n_states;
    struct state_table *states;
    GArray *legs;    /* struct leg, by from */
    GArray *first;   /* guint: the first leg of each state; one more at the end */
    GArray *targets; /* int32: of all legs */
    int32_t *to_end; /* state: the least number of legs to the film's end; or NEVER */
};

/* ---- playing one leg -------------------------------------------------------------------------------------------- */

struct leg_player {
    const struct story *s;
    struct cover_search *q;        /* who may stop it; or NULL */
    GArray *targets;               /* or NULL */
    struct transcript *transcript; /* or NULL */
    int64_t us;
};

/* Does the caller want to stop? Then everything comes to its end with what there is. */
static bool is_stopped(struct cover_search *q)
{
    q->stopped = q->stopped || (q->progress && !q->progress(q->user, (uint64_t)q->n_states));
    return q->stopped;
}

static size_t set_words(const struct cover_search *q)
{
    return (size_t)q->n_targets / SET_BITS + 1;
}

static bool set_has(const uint64_t *set, int32_t target)
{
    return set[target / SET_BITS] >> target % SET_BITS & 1;
}

static void set_put(uint64_t *set, int32_t target)
{
    set[target / SET_BITS] |= UINT64_C(1) << target % SET_BITS;
}

static bool is_stopped_at(struct cover_search *q, uint64_t round)
{
    return round % ASK_ROUNDS == 0 ? is_stopped(q) : q->stopped;
}

static void collect_entered(void *user, const struct play_effect *fx)
{
    struct leg_player *w = user;
    if (fx->kind == PLAY_DID_ENTER && w->targets)
        g_array_append_val(w->targets, fx->enter.node);
}

static void input(struct leg_player *w, int32_t *state, const struct play_input *in, int64_t at_us)
{
    if (w->transcript)
        transcript_add(w->transcript, w->s, state, in, at_us);
    play_step(w->s, state, in, collect_entered, w);
}

/* Lets time pass up to where a decision is open, the film is over or stuck, or PASSED_MAX is reached. */
static void pass_to_decision(struct leg_player *w, int32_t *state)
{
    for (int32_t i = 1; i <= PASSED_MAX && state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] < 0; i++) {
        if (w->q && is_stopped_at(w->q, (uint64_t)i))
            return;
        const struct schedule_due due = schedule_next(w->s, state, schedule_planned_length(w->s, state[PLAY_NODE]), -1);
        if (due.input.kind == PLAY_LEAVE)
            w->us += due.at_us;
        input(w, state, &due.input, due.at_us);
    }
}

static void begin(struct leg_player *w, int32_t *state, uint64_t seed)
{
    const struct play_input start = {.kind = PLAY_START, .seed = seed};
    play_init(w->s, state);
    input(w, state, &start, 0);
    pass_to_decision(w, state);
}

/* Plays from an open decision to the next one. */
static void follow_choice(struct leg_player *w, int32_t *state, int32_t choice)
{
    const int32_t decision = state[PLAY_OPEN];
    const struct story_decision *d = &w->s->decisions[decision];
    if (choice >= 0 && d->cut == STORY_CUT_NOW) {
        const struct play_input pick = {.kind = PLAY_PICK, .option = choice};
        input(w, state, &pick, d->opens_us);
    }
    while (state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] == decision) {
        const struct schedule_due due = schedule_next(w->s, state, US_NONE, choice);
        input(w, state, &due.input, due.at_us);
    }
    pass_to_decision(w, state);
}

/* ---- all legs of one seed ---------------------------------------------------------------------------------------- */

static void put_generators(const struct cover_search *q, const int32_t *state, uint64_t *words)
{
    for (int32_t i = 0; i < q->n_generators; i++) {
        const int64_t slot = i == 0 ? PLAY_RNG_LO : checkpoint_offset(q->s, i - 1) + CHECKPOINT_RNG_LO;
        words[i] = (uint64_t)(uint32_t)state[slot + 1] << 32 | (uint32_t)state[slot];
    }
}

static void get_generators(const struct cover_search *q, const uint64_t *words, int32_t *state)
{
    for (int32_t i = 0; i < q->n_generators; i++) {
        const int64_t slot = i == 0 ? PLAY_RNG_LO : checkpoint_offset(q->s, i - 1) + CHECKPOINT_RNG_LO;
        state[slot] = (int32_t)(uint32_t)words[i];
        state[slot + 1] = (int32_t)(uint32_t)(words[i] >> 32);
    }
}

static_assert(PLAY_RNG_HI == PLAY_RNG_LO + 1 && (int)CHECKPOINT_RNG_HI == (int)CHECKPOINT_RNG_LO + 1,
              "both halves of a generator stand together");

/* The state with this number; it stays until the next call. */
static int32_t *state_at(const struct cover_search *q, int32_t i)
{
    const uint64_t *words = state_table_get(q->states, (uint32_t)i);
    pack_get(q->pack, words, q->state);
    get_generators(q, words + pack_words(q->pack), q->state);
    return q->state;
}

/* The number of a state; a new one if need be. */
static int32_t state_number(struct cover_search *q, const int32_t *state)
{
    bool is_new;
    pack_put(q->pack, state, q->words);
    put_generators(q, state, q->words + pack_words(q->pack));
    const uint64_t hash = state_table_hash(q->words, (size_t)q->n_words);
    const uint32_t number = state_table_add(q->states, q->words, hash, &is_new);
    q->n_states = (int32_t)state_table_count(q->states);
    return (int32_t)number;
}

static void add_leg(struct cover_search *q, int32_t from, int32_t choice)
{
    struct leg leg = {.from = from, .choice = choice, .first_target = (int32_t)q->targets->len};
    struct leg_player w = {.s = q->s, .q = q, .targets = q->targets};
    int32_t *state = state_at(q, from);
    if (choice >= 0) {
        const int32_t option = q->s->n_nodes + q->s->decisions[state[PLAY_OPEN]].options.first + choice;
        g_array_append_val(q->targets, option);
    }
    follow_choice(&w, state, choice);
    leg.to = state_number(q, state);
    leg.n_targets = (int32_t)q->targets->len - leg.first_target;
    g_array_append_val(q->legs, leg);
}

static void add_legs(struct cover_search *q, int32_t i)
{
    const int32_t *state = state_at(q, i);
    if (state[PLAY_PHASE] != PLAY_RUNNING || state[PLAY_OPEN] < 0)
        return;
    uint64_t mask = play_open_options(state);
    add_leg(q, i, -1);
    for (; mask && !is_stopped(q); mask &= mask - 1)
        add_leg(q, i, __builtin_ctzll(mask));
}

/* State 0 is where the first decision is open. */
static void find_legs(struct cover_search *q)
{
    struct leg_player w = {.s = q->s, .q = q};
    begin(&w, q->state, q->seed);
    state_number(q, q->state);
    for (int32_t i = 0; i < q->n_states; i++) {
        g_array_append_val(q->first, q->legs->len);
        const bool full = q->n_states >= q->max_states || is_stopped(q);
        q->cover->partial |= full && state_at(q, i)[PLAY_PHASE] == PLAY_RUNNING;
        if (!full)
            add_legs(q, i);
    }
    g_array_append_val(q->first, q->legs->len);
}

static const struct leg *legs_of(const struct cover_search *q, int32_t state, int32_t *n)
{
    const guint from = g_array_index(q->first, guint, state), to = g_array_index(q->first, guint, state + 1);
    *n = (int32_t)(to - from);
    return &g_array_index(q->legs, struct leg, from);
}

/* Breadth first against the legs, from the states where the film is over. */
static void measure_distances(struct cover_search *q)
{
    int32_t *head = g_new(int32_t, q->n_states + 1), *next = g_new(int32_t, q->legs->len + 1);
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(int32_t));
    q->to_end = g_new(int32_t, q->n_states + 1);
    for (int32_t i = 0; i < q->n_states; i++) {
        head[i] = -1;
        q->to_end[i] = state_at(q, i)[PLAY_PHASE] == PLAY_OVER ? 0 : NEVER;
        if (q->to_end[i] == 0)
            g_array_append_val(queue, i);
    }
    for (int32_t i = 0; i < (int32_t)q->legs->len; i++) {
        const int32_t to = g_array_index(q->legs, struct leg, i).to;
        next[i] = head[to];
        head[to] = i;
    }
    for (guint k = 0; k < queue->len; k++) {
        const int32_t at = g_array_index(queue, int32_t, k);
        for (int32_t i = head[at]; i >= 0; i = next[i]) {
            const int32_t from = g_array_index(q->legs, struct leg, i).from;
            if (q->to_end[from] != NEVER)
                continue;
            q->to_end[from] = q->to_end[at] + 1;
            g_array_append_val(queue, from);
        }
    }
    g_free(head);
    g_free(next);
}

/* ---- one viewing ------------------------------------------------------------------------------------------------- */

/* A viewing so far. Earlier entries stay in `entries`, so that its legs can be traced back. */
struct beam_entry {
    int32_t state;
    int32_t before, leg; /* the entry before it, and the leg from there; -1 */
    int32_t gained, idle;
};

struct beam {
    struct cover_search *q;
    GArray *entries;    /* beam_entry */
    int32_t *best;      /* state: the entry of this round that gained most there, or -1 */
    int32_t begin;      /* the first entry of the last round, of which there are BEAM at most */
    size_t set_words;   /* of a set of targets */
    uint64_t *shown;    /* of each entry of the last round: the targets that its viewing shows, or another did before */
    uint64_t *of_round; /* the same of the round that is being made */
    uint32_t *stamps;   /* target: the stamp of the leg that counted it last */
    uint32_t stamp;
};

static const struct leg *leg_at(const struct cover_search *q, int32_t i)
{
    return &g_array_index(q->legs, struct leg, i);
}

static const int32_t *targets_of(const struct cover_search *q, const struct leg *l)
{
    return &g_array_index(q->targets, int32_t, l->first_target);
}

static uint64_t *shown_by(const struct beam *b, int32_t entry)
{
    assert(entry >= b->begin && entry < b->begin + BEAM);
    return b->shown + (size_t)(entry - b->begin) * b->set_words;
}

/* How many targets the leg shows that no viewing and no leg before it did. */
static int32_t count_new_targets(struct beam *b, int32_t entry, const struct leg *l)
{
    const int32_t *targets = targets_of(b->q, l);
    const uint64_t *shown = shown_by(b, entry);
    int32_t n = 0;
    b->stamp++;
    for (int32_t k = 0; k < l->n_targets; k++) {
        const int32_t t = targets[k];
        n += b->stamps[t] != b->stamp && !set_has(shown, t);
        b->stamps[t] = b->stamp;
    }
    return n;
}

/* What the i-th entry of the new round shows: what the one before it does, and its leg. */
static void note_shown(struct beam *b, guint i, const struct beam_entry *e)
{
    uint64_t *set = b->of_round + i * b->set_words;
    const struct leg *l = leg_at(b->q, e->leg);
    memcpy(set, shown_by(b, e->before), b->set_words * sizeof *set);
    for (int32_t k = 0; k < l->n_targets; k++)
        set_put(set, targets_of(b->q, l)[k]);
}

static int by_gain(const void *pa, const void *pb)
{
    const struct beam_entry *a = pa, *b = pb;
    if (a->gained != b->gained)
        return a->gained > b->gained ? -1 : 1;
    if (a->idle != b->idle)
        return a->idle < b->idle ? -1 : 1;
    return a->state != b->state ? (a->state < b->state ? -1 : 1) : (a->leg > b->leg) - (a->leg < b->leg);
}

/* Extends an entry by every leg. Of those that lead to the same state, the best one stays. */
static void extend_entry(struct beam *b, int32_t entry, GArray *round)
{
    const struct beam_entry a = g_array_index(b->entries, struct beam_entry, entry);
    int32_t n;
    const struct leg *legs = legs_of(b->q, a.state, &n);
    for (int32_t i = 0; i < n; i++) {
        const int32_t more = count_new_targets(b, entry, &legs[i]);
        const int32_t leg = (int32_t)(&legs[i] - &g_array_index(b->q->legs, struct leg, 0));
        const struct beam_entry next = {legs[i].to, entry, leg, a.gained + more, more ? 0 : a.idle + 1};
        int32_t *slot = &b->best[next.state];
        if (*slot < 0) {
            *slot = (int32_t)round->len;
            g_array_append_val(round, next);
        } else if (by_gain(&next, &g_array_index(round, struct beam_entry, *slot)) < 0)
            g_array_index(round, struct beam_entry, *slot) = next;
    }
}

/* Keeps the best entries of the round. Returns the best one of all so far; of equals, one that can come to an end. */
static int32_t keep_best(struct beam *b, GArray *round, int32_t best)
{
    for (guint i = 0; i < round->len; i++)
        b->best[g_array_index(round, struct beam_entry, i).state] = -1;
    if (round->len > 1)
        qsort(round->data, round->len, sizeof(struct beam_entry), by_gain);
    g_array_set_size(round, MIN(round->len, BEAM));
    for (guint i = 0; i < round->len; i++) {
        const struct beam_entry *a = &g_array_index(round, struct beam_entry, i), *old;
        const int32_t index = (int32_t)b->entries->len;
        note_shown(b, i, a);
        g_array_append_val(b->entries, *a);
        old = best >= 0 ? &g_array_index(b->entries, struct beam_entry, best) : NULL;
        const bool ends = b->q->to_end[a->state] != NEVER, did = old && b->q->to_end[old->state] != NEVER;
        if (!old || a->gained > old->gained || (a->gained == old->gained && ends && !did))
            best = index;
    }
    return best;
}

/* The next round begins: what was made is the last one. */
static void beam_turn(struct beam *b, guint begin)
{
    uint64_t *made = b->of_round;
    b->of_round = b->shown;
    b->shown = made;
    b->begin = (int32_t)begin;
}

static void beam_begin(struct beam *b, struct cover_search *q, int32_t from)
{
    const struct beam_entry root = {from, -1, -1, 0, 0};
    *b = (struct beam){.q = q, .set_words = set_words(q)};
    b->entries = g_array_new(FALSE, FALSE, sizeof(struct beam_entry));
    b->best = g_new(int32_t, q->n_states + 1);
    b->shown = g_new0(uint64_t, BEAM * b->set_words);
    b->of_round = g_new0(uint64_t, BEAM * b->set_words);
    b->stamps = g_new0(uint32_t, (gsize)q->n_targets + 1);
    for (int32_t i = 0; i < q->n_states; i++)
        b->best[i] = -1;
    for (int32_t i = 0; i < q->n_targets; i++)
        if (q->covered[i])
            set_put(b->shown, i);
    g_array_append_val(b->entries, root);
}

static void beam_end(struct beam *b)
{
    g_array_free(b->entries, TRUE);
    g_free(b->best);
    g_free(b->shown);
    g_free(b->of_round);
    g_free(b->stamps);
}

/* Round after round; the index of the best entry. */
static int32_t run_beam(struct beam *b)
{
    g_autoptr(GArray) round = g_array_new(FALSE, FALSE, sizeof(struct beam_entry));
    int32_t best = 0;
    for (guint begin = 0, end = 1; begin < end && !is_stopped(b->q); begin = end, end = b->entries->len) {
        g_array_set_size(round, 0);
        for (guint i = begin; i < end; i++)
            if (g_array_index(b->entries, struct beam_entry, i).idle < IDLE_MAX)
                extend_entry(b, (int32_t)i, round);
        end = b->entries->len;
        best = keep_best(b, round, best);
        beam_turn(b, end);
    }
    return best;
}

static void reverse_from(GArray *numbers, guint first)
{
    for (guint i = first, k = numbers->len; i + 1 < k; i++, k--) {
        const int32_t swap = g_array_index(numbers, int32_t, i);
        g_array_index(numbers, int32_t, i) = g_array_index(numbers, int32_t, k - 1);
        g_array_index(numbers, int32_t, k - 1) = swap;
    }
}

/* Appends the choices that led to an entry. */
static void trace_entry(const struct beam *b, int32_t entry, GArray *choices)
{
    const guint first = choices->len;
    const struct beam_entry *e = &g_array_index(b->entries, struct beam_entry, entry);
    for (; e->leg >= 0; e = &g_array_index(b->entries, struct beam_entry, e->before))
        g_array_append_val(choices, leg_at(b->q, e->leg)->choice);
    reverse_from(choices, first);
}

/* Adds the choices of the shortest path to the film's end, if there is one. */
static void go_to_end(const struct cover_search *q, int32_t state, GArray *choices)
{
    while (q->to_end[state] != NEVER && q->to_end[state] > 0) {
        int32_t n, i = 0;
        const struct leg *legs = legs_of(q, state, &n);
        while (i < n && q->to_end[legs[i].to] >= q->to_end[state])
            i++;
        assert(i < n); /* some leg leads closer to the end */
        g_array_append_val(choices, legs[i].choice);
        state = legs[i].to;
    }
}

/* Builds the viewing that shows most of what is missing: after the choices of `lead` (or NULL), which lead to state `from`, on to
 * its end. False if it shows nothing new. */
static bool build_viewing(struct cover_search *q, const GArray *lead, int32_t from, GArray *choices)
{
    struct beam b;
    beam_begin(&b, q, from);
    const int32_t best = run_beam(&b);
    const struct beam_entry found = g_array_index(b.entries, struct beam_entry, best);
    g_array_set_size(choices, 0);
    if (lead)
        g_array_append_vals(choices, lead->data, lead->len);
    trace_entry(&b, best, choices);
    go_to_end(q, found.state, choices);
    beam_end(&b);
    return found.gained > 0;
}

/* The shortest path from the start to a leg that shows something missing: sets its choices, and returns the state behind it; -1 if
 * there is none. */
static int32_t shortest_to_missing(struct cover_search *q, GArray *choices)
{
    int32_t *by = g_new(int32_t, q->n_states + 1), found = -1;
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(int32_t));
    const int32_t start = 0;
    for (int32_t i = 0; i < q->n_states; i++)
        by[i] = -1;
    g_array_append_val(queue, start);
    for (guint k = 0; k < queue->len && found < 0 && !is_stopped_at(q, k); k++) {
        int32_t n;
        const struct leg *legs = legs_of(q, g_array_index(queue, int32_t, k), &n);
        for (int32_t i = 0; i < n && found < 0; i++) {
            const int32_t leg = (int32_t)(&legs[i] - &g_array_index(q->legs, struct leg, 0));
            for (int32_t t = 0; t < legs[i].n_targets && found < 0; t++)
                if (!q->covered[g_array_index(q->targets, int32_t, legs[i].first_target + t)])
                    found = leg;
            if (by[legs[i].to] < 0 && legs[i].to != 0) {
                by[legs[i].to] = leg;
                g_array_append_val(queue, legs[i].to);
            }
        }
    }
    g_array_set_size(choices, 0);
    for (int32_t leg = found; leg >= 0;) {
        const struct leg *l = &g_array_index(q->legs, struct leg, leg);
        g_array_append_val(choices, l->choice);
        leg = l->from == 0 ? -1 : by[l->from];
    }
    reverse_from(choices, 0);
    g_free(by);
    return found < 0 ? -1 : g_array_index(q->legs, struct leg, found).to;
}

/* ---- all viewings ------------------------------------------------------------------------------------------------ */

/* Plays a viewing. Sets its length and end in *v; adds what it shows to `targets`, which may be NULL, as may the transcript. */
static void run_viewing(const struct story *s, struct viewing_cover_item *v, GArray *targets,
                        struct transcript *transcript)
{
    int32_t *state = g_new0(int32_t, play_state_slots(s));
    struct leg_player w = {.s = s, .targets = targets, .transcript = transcript};
    begin(&w, state, v->seed);
    for (guint i = 0; i < v->choices->len && state[PLAY_OPEN] >= 0; i++) {
        const int32_t choice = g_array_index(v->choices, int32_t, i);
        const int32_t option = s->n_nodes + s->decisions[state[PLAY_OPEN]].options.first + choice;
        if (choice >= 0 && targets)
            g_array_append_val(targets, option);
        follow_choice(&w, state, choice);
    }
    for (int32_t i = 0; v->goes_on && i < GO_ON_MAX && state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] >= 0; i++)
        follow_choice(&w, state, -1);
    if (transcript && state[PLAY_PHASE] == PLAY_RUNNING)
        transcript_add_stop(transcript, s, state, US_NONE);
    v->us = w.us;
    v->over = state[PLAY_PHASE] == PLAY_OVER;
    v->ending = state[PLAY_ENDING];
    g_free(state);
}

/* What a viewing shows, as a set that the caller frees. Sets its length and end in *v. */
static uint64_t *targets_shown(struct cover_search *q, struct viewing_cover_item *v)
{
    g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    uint64_t *set = g_new0(uint64_t, set_words(q));
    run_viewing(q->s, v, targets, NULL);
    for (guint i = 0; i < targets->len; i++)
        set_put(set, g_array_index(targets, int32_t, i));
    return set;
}

/* Counts in *v what the set has that is not yet covered, and covers it. */
static void count_new(struct cover_search *q, struct viewing_cover_item *v, const uint64_t *set)
{
    v->new_nodes = v->new_options = 0;
    for (int32_t i = 0; i < q->n_targets; i++) {
        if (!set_has(set, i) || q->covered[i])
            continue;
        q->covered[i] = true;
        *(i < q->s->n_nodes ? &v->new_nodes : &v->new_options) += 1;
    }
}

static bool add_choices(struct cover_search *q, const GArray *choices)
{
    struct viewing_cover_item v = {
        .seed = q->seed, .choices = g_array_new(FALSE, FALSE, sizeof(int32_t)), .goes_on = q->cover->partial};
    if (choices->len > 0)
        g_array_append_vals(v.choices, choices->data, choices->len);
    uint64_t *set = targets_shown(q, &v);
    count_new(q, &v, set);
    if (v.new_nodes + v.new_options == 0) {
        g_array_free(v.choices, TRUE);
        g_free(set);
        return false;
    }
    for (int32_t i = 0; i < q->n_targets; i++)
        q->shows[i] += set_has(set, i);
    g_array_append_val(q->cover->viewings, v);
    g_ptr_array_add(q->sets, set);
    return true;
}

static void search_seed(struct cover_search *q, uint64_t seed)
{
    g_autoptr(GArray) choices = g_array_new(FALSE, FALSE, sizeof(int32_t));
    g_autoptr(GArray) lead = g_array_new(FALSE, FALSE, sizeof(int32_t));
    q->seed = seed;
    q->n_states = 0;
    q->states = state_table_new(q->n_words);
    q->legs = g_array_new(FALSE, FALSE, sizeof(struct leg));
    q->first = g_array_new(FALSE, FALSE, sizeof(guint));
    q->targets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    find_legs(q);
    measure_distances(q);
    for (bool more = true; more && !is_stopped(q);) {
        more = build_viewing(q, NULL, 0, choices) && add_choices(q, choices);
        const int32_t behind = more ? -1 : shortest_to_missing(q, lead);
        if (behind >= 0) {
            build_viewing(q, lead, behind, choices);
            more = add_choices(q, choices);
        }
    }
    if (q->cover->viewings->len == 0)
        add_choices(q, choices); /* a film without decisions, or it was stopped */
    state_table_free(q->states);
    g_array_free(q->legs, TRUE);
    g_array_free(q->first, TRUE);
    g_array_free(q->targets, TRUE);
    g_free(q->to_end);
}

/* Is each target of the set shown by another viewing as well? */
static bool is_redundant(const struct cover_search *q, const uint64_t *set)
{
    for (int32_t i = 0; i < q->n_targets; i++)
        if (set_has(set, i) && q->shows[i] < 2)
            return false;
    return true;
}

/* Drops viewings that show nothing but what the others show, the last one first. Then counts again what is new in each. */
static void drop_redundant(struct cover_search *q)
{
    GArray *viewings = q->cover->viewings;
    assert(viewings->len == q->sets->len);
    for (guint i = viewings->len; i-- > 0;) {
        const uint64_t *set = g_ptr_array_index(q->sets, i);
        if (viewings->len == 1 || !is_redundant(q, set))
            continue;
        for (int32_t t = 0; t < q->n_targets; t++)
            q->shows[t] -= set_has(set, t);
        g_array_free(g_array_index(viewings, struct viewing_cover_item, i).choices, TRUE);
        g_array_remove_index(viewings, i);
        g_ptr_array_remove_index(q->sets, i);
    }
    memset(q->covered, 0, sizeof(bool) * (size_t)q->n_targets);
    for (guint i = 0; i < viewings->len; i++)
        count_new(q, &g_array_index(viewings, struct viewing_cover_item, i), g_ptr_array_index(q->sets, i));
}

static bool is_random(const struct story *s)
{
    for (int32_t i = 0; i < s->n_routes; i++)
        if (s->routes[i].random)
            return true;
    return false;
}

/* A viewing ends in at most one of the nodes from which nothing leads on, so all that are covered need a viewing each. */
static int32_t lower_bound(const struct cover_search *q)
{
    GArray *edges = node_edges_of(q->s);
    int32_t *index = node_edges_index(q->s, edges), n = 0;
    for (int32_t i = 0; i < q->s->n_nodes; i++)
        n += q->covered[i] && index[i] == index[i + 1];
    g_free(index);
    g_array_unref(edges);
    return MAX(n, 1);
}

static bool viewing_cover_check(const struct viewing_cover *c, const struct story *s)
{
    assert(c->viewings->len > 0);
    assert(c->n_nodes <= s->n_nodes && c->n_options <= s->n_options);
    assert(c->lower_bound >= 1 && (guint)c->lower_bound <= c->viewings->len);
    return true;
}

static int32_t count_checkpoints(const struct story *s)
{
    return (int32_t)((play_state_slots(s) - checkpoint_offset(s, 0)) / checkpoint_slots(s));
}

static void cover_begin(struct cover_search *q, bool random)
{
    q->pack = pack_new(q->s);
    q->n_generators = random ? 1 + count_checkpoints(q->s) : 0;
    q->n_words = pack_words(q->pack) + q->n_generators;
    q->words = g_new0(uint64_t, q->n_words);
    q->state = g_new0(int32_t, play_state_slots(q->s));
    q->covered = g_new0(bool, q->n_targets + 1);
    q->shows = g_new0(uint32_t, q->n_targets + 1);
    q->sets = g_ptr_array_new_with_free_func(g_free);
}

static void cover_end(struct cover_search *q)
{
    g_ptr_array_unref(q->sets);
    g_free(q->shows);
    g_free(q->covered);
    g_free(q->state);
    g_free(q->words);
    pack_free(q->pack);
}

struct viewing_cover *viewing_cover_new(const struct story *s, int32_t max_states, viewing_cover_progress progress,
                                        void *user)
{
    struct viewing_cover *c = g_new0(struct viewing_cover, 1);
    struct story *lean = lean_story_new(s);
    struct cover_search q = {.s = lean,
                             .cover = c,
                             .n_targets = s->n_nodes + s->n_options,
                             .progress = progress,
                             .user = user,
                             .max_states = max_states > 0 ? max_states : VIEWING_COVER_STATES};
    const uint64_t seeds = is_random(s) ? SEEDS : 1;
    cover_begin(&q, is_random(s));
    c->viewings = g_array_new(FALSE, FALSE, sizeof(struct viewing_cover_item));
    for (uint64_t seed = 1; seed <= seeds && !q.stopped; seed++)
        search_seed(&q, seed);
    drop_redundant(&q);
    c->partial |= q.stopped;
    c->lower_bound = lower_bound(&q);
    c->nodes = g_memdup2(q.covered, sizeof(bool) * (size_t)(s->n_nodes + 1));
    c->options = g_memdup2(q.covered + s->n_nodes, sizeof(bool) * (size_t)(s->n_options + 1));
    for (int32_t i = 0; i < q.n_targets; i++)
        *(i < s->n_nodes ? &c->n_nodes : &c->n_options) += q.covered[i];
    cover_end(&q);
    lean_story_free(lean);
    assert(viewing_cover_check(c, s));
    return c;
}

void viewing_cover_free(struct viewing_cover *c)
{
    if (!c)
        return;
    for (guint i = 0; i < c->viewings->len; i++)
        g_array_free(g_array_index(c->viewings, struct viewing_cover_item, i).choices, TRUE);
    g_array_free(c->viewings, TRUE);
    g_free(c->nodes);
    g_free(c->options);
    g_free(c);
}

struct transcript *viewing_cover_transcript(const struct story *s, const struct viewing_cover_item *v)
{
    struct transcript *t = transcript_new(s, v->seed, NULL);
    struct viewing_cover_item copy = *v;
    run_viewing(s, &copy, NULL, t);
    return t;
}
