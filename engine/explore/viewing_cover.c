#include "explore/viewing_cover.h"

#include "base/units.h"
#include "explore/lean_story.h"
#include "explore/node_edges.h"
#include "play/schedule.h"

#include <stdlib.h>
#include <string.h>

#define STATES_USUAL 100000
#define SEEDS        16    /* tried where routes are random */
#define BEAM         48    /* viewings that are kept while one is put together */
#define IDLE_MAX     40    /* decisions in a row that show nothing new, then it is brought to its end */
#define PASSED_MAX   20000 /* nodes from one decision to the next: a film without decisions may go round for ever */
#define NEVER        INT32_MAX

/* From one open decision to the next, or to the end. Targets are nodes, then options (n_nodes + index). */
struct leg {
    int32_t from, to;
    int32_t choice;                  /* option in the decision, -1: wait */
    int32_t first_target, n_targets; /* in search->targets */
};

struct cover_search {
    const struct story *s;
    struct viewing_cover *plan;
    bool *covered; /* target */
    int32_t n_targets;
    viewing_cover_progress progress;
    void *user;
    int32_t max_states;
    bool stopped;

    /* of one seed */
    uint64_t seed;
    int32_t slots, n_states;
    GArray *states;      /* slots int32 each */
    GHashTable *numbers; /* of states, by hash and content: index + 1 */
    GArray *legs;        /* struct leg, by from */
    GArray *first;       /* state: its first leg; one more at the end */
    GArray *targets;     /* int32_t */
    int32_t *to_end;     /* state: legs to where it is over; NEVER */
};

/* ---- playing one leg -------------------------------------------------------------------------------------------- */

struct leg_player {
    const struct story *s;
    GArray *targets;               /* or NULL */
    struct transcript *transcript; /* or NULL */
    int64_t us;
};

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

/* Time alone, to where a decision is open, or the film is over or stuck, or for too long. */
static void pass_to_decision(struct leg_player *w, int32_t *state)
{
    for (int32_t i = 0; i < PASSED_MAX && state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] < 0; i++) {
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

/* From an open decision to the next. */
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

static const int32_t *state_at(const struct cover_search *q, int32_t i)
{
    return &g_array_index(q->states, int32_t, (guint)(i * q->slots));
}

static guint64 state_hash(const int32_t *state, int32_t slots)
{
    guint64 h = UINT64_C(0xcbf29ce484222325);
    for (int32_t i = 0; i < slots; i++)
        h = (h ^ (guint32)state[i]) * UINT64_C(0x9e3779b97f4a7c15), h ^= h >> 29;
    return h;
}

/* Its number, a new one if need be. States of the same hash hang together by the next free hash. */
static int32_t state_number(struct cover_search *q, const int32_t *state)
{
    for (guint64 h = state_hash(state, q->slots);; h++) {
        const int32_t known = GPOINTER_TO_INT(g_hash_table_lookup(q->numbers, &h)) - 1;
        if (known >= 0 && memcmp(state_at(q, known), state, sizeof(int32_t) * (size_t)q->slots) == 0)
            return known;
        if (known >= 0)
            continue;
        guint64 *key = g_new(guint64, 1);
        *key = h;
        g_array_append_vals(q->states, state, (guint)q->slots);
        g_hash_table_insert(q->numbers, key, GINT_TO_POINTER(++q->n_states));
        return q->n_states - 1;
    }
}

static void add_leg(struct cover_search *q, int32_t from, int32_t *state, int32_t choice)
{
    struct leg leg = {.from = from, .choice = choice, .first_target = (int32_t)q->targets->len};
    struct leg_player w = {.s = q->s, .targets = q->targets};
    memcpy(state, state_at(q, from), sizeof(int32_t) * (size_t)q->slots);
    if (choice >= 0) {
        const int32_t option = q->s->n_nodes + q->s->decisions[state[PLAY_OPEN]].options.first + choice;
        g_array_append_val(q->targets, option);
    }
    follow_choice(&w, state, choice);
    leg.to = state_number(q, state);
    leg.n_targets = (int32_t)q->targets->len - leg.first_target;
    g_array_append_val(q->legs, leg);
}

static void add_legs(struct cover_search *q, int32_t i, int32_t *scratch)
{
    const int32_t *state = state_at(q, i);
    if (state[PLAY_PHASE] != PLAY_RUNNING || state[PLAY_OPEN] < 0)
        return;
    uint64_t mask = play_open_options(state);
    add_leg(q, i, scratch, -1);
    for (; mask; mask &= mask - 1)
        add_leg(q, i, scratch, __builtin_ctzll(mask));
}

/* State 0 is where the first decision is open. */
static void find_legs(struct cover_search *q)
{
    int32_t *scratch = g_new0(int32_t, q->slots);
    struct leg_player w = {.s = q->s};
    begin(&w, scratch, q->seed);
    state_number(q, scratch);
    for (int32_t i = 0; i < q->n_states; i++) {
        g_array_append_val(q->first, q->legs->len);
        const bool full = q->n_states >= q->max_states || q->stopped;
        q->plan->partial |= full && state_at(q, i)[PLAY_PHASE] == PLAY_RUNNING;
        if (!full)
            add_legs(q, i, scratch);
        if (q->progress && i % 1024 == 0 && !q->progress(q->user, (uint64_t)q->n_states))
            q->stopped = true;
    }
    g_array_append_val(q->first, q->legs->len);
    g_free(scratch);
}

static const struct leg *legs_of(const struct cover_search *q, int32_t state, int32_t *n)
{
    const guint from = g_array_index(q->first, guint, state), to = g_array_index(q->first, guint, state + 1);
    *n = (int32_t)(to - from);
    return &g_array_index(q->legs, struct leg, from);
}

/* Breadth first against the legs, from where the film is over; where it never is, from where it is stuck. */
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

/* A viewing so far, in a beam. Earlier ones stay in `tries`, so that the way back can be told. */
struct beam_entry {
    int32_t state, before, leg; /* index in tries, in legs; -1 */
    int32_t gained, idle;
};

struct beam {
    struct cover_search *q;
    GArray *tries; /* struct beam_entry */
    int32_t *best; /* state: the attempt of this round that gained most there, or -1 */
};

/* Was this target met earlier on the attempt's way? Ways are short, and the legs of a way few. */
static bool shown_before(const struct beam *b, int32_t attempt, int32_t target)
{
    for (int32_t i = attempt; i >= 0; i = g_array_index(b->tries, struct beam_entry, i).before) {
        const int32_t leg = g_array_index(b->tries, struct beam_entry, i).leg;
        if (leg < 0)
            continue;
        const struct leg *l = &g_array_index(b->q->legs, struct leg, leg);
        for (int32_t k = 0; k < l->n_targets; k++)
            if (g_array_index(b->q->targets, int32_t, l->first_target + k) == target)
                return true;
    }
    return false;
}

static int32_t count_new_targets(const struct beam *b, int32_t attempt, const struct leg *l)
{
    const int32_t *targets = &g_array_index(b->q->targets, int32_t, l->first_target);
    int32_t n = 0;
    for (int32_t k = 0; k < l->n_targets; k++) {
        bool again = b->q->covered[targets[k]];
        for (int32_t j = 0; j < k && !again; j++)
            again = targets[j] == targets[k];
        n += !again && !shown_before(b, attempt, targets[k]);
    }
    return n;
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

/* All legs of one attempt; of those that lead to the same state the best stays. */
static void extend_entry(struct beam *b, int32_t attempt, GArray *round)
{
    const struct beam_entry a = g_array_index(b->tries, struct beam_entry, attempt);
    int32_t n;
    const struct leg *legs = legs_of(b->q, a.state, &n);
    for (int32_t i = 0; i < n; i++) {
        const int32_t more = count_new_targets(b, attempt, &legs[i]);
        const int32_t leg = (int32_t)(&legs[i] - &g_array_index(b->q->legs, struct leg, 0));
        const struct beam_entry next = {legs[i].to, attempt, leg, a.gained + more, more ? 0 : a.idle + 1};
        int32_t *slot = &b->best[next.state];
        if (*slot < 0) {
            *slot = (int32_t)round->len;
            g_array_append_val(round, next);
        } else if (by_gain(&next, &g_array_index(round, struct beam_entry, *slot)) < 0)
            g_array_index(round, struct beam_entry, *slot) = next;
    }
}

/* Keeps the best; returns the best of all that can come to an end, so far. */
static int32_t keep_best(struct beam *b, GArray *round, int32_t best)
{
    for (guint i = 0; i < round->len; i++)
        b->best[g_array_index(round, struct beam_entry, i).state] = -1;
    if (round->len > 1)
        qsort(round->data, round->len, sizeof(struct beam_entry), by_gain);
    g_array_set_size(round, MIN(round->len, BEAM));
    for (guint i = 0; i < round->len; i++) {
        const struct beam_entry *a = &g_array_index(round, struct beam_entry, i), *old;
        const int32_t index = (int32_t)b->tries->len;
        g_array_append_val(b->tries, *a);
        old = best >= 0 ? &g_array_index(b->tries, struct beam_entry, best) : NULL;
        const bool ends = b->q->to_end[a->state] != NEVER, did = old && b->q->to_end[old->state] != NEVER;
        if (!old || a->gained > old->gained || (a->gained == old->gained && ends && !did))
            best = index;
    }
    return best;
}

/* From state `from`: the choices of the viewing that shows most that is missing, to its end. False: none shows any. */
static bool build_viewing(struct cover_search *q, const GArray *lead, int32_t from, GArray *choices)
{
    struct beam b = {q, g_array_new(FALSE, FALSE, sizeof(struct beam_entry)), g_new(int32_t, q->n_states + 1)};
    GArray *round = g_array_new(FALSE, FALSE, sizeof(struct beam_entry));
    const struct beam_entry root = {from, -1, -1, 0, 0};
    int32_t best = 0;
    for (int32_t i = 0; i < q->n_states; i++)
        b.best[i] = -1;
    g_array_append_val(b.tries, root);
    for (guint begin = 0, end = 1; begin < end; begin = end, end = b.tries->len) {
        g_array_set_size(round, 0);
        for (guint i = begin; i < end; i++)
            if (g_array_index(b.tries, struct beam_entry, i).idle < IDLE_MAX)
                extend_entry(&b, (int32_t)i, round);
        end = b.tries->len;
        best = keep_best(&b, round, best);
    }
    g_array_set_size(choices, 0);
    if (lead)
        g_array_append_vals(choices, lead->data, lead->len);
    const guint at = choices->len;
    const struct beam_entry found = g_array_index(b.tries, struct beam_entry, best);
    for (int32_t i = best; i >= 0 && g_array_index(b.tries, struct beam_entry, i).leg >= 0;
         i = g_array_index(b.tries, struct beam_entry, i).before)
        g_array_insert_val(choices, at,
                           g_array_index(q->legs, struct leg, g_array_index(b.tries, struct beam_entry, i).leg).choice);
    g_array_free(b.tries, TRUE);
    g_array_free(round, TRUE);
    g_free(b.best);
    int32_t state = found.state;
    while (q->to_end[state] != NEVER && q->to_end[state] > 0) {
        int32_t n, i = 0;
        const struct leg *legs = legs_of(q, state, &n);
        while (i < n && q->to_end[legs[i].to] >= q->to_end[state])
            i++;
        g_array_append_val(choices, legs[i].choice);
        state = legs[i].to;
    }
    return found.gained > 0;
}

/* The shortest way to a leg that shows something missing: its choices and the state behind it; -1: there is none. */
static int32_t shortest_to_missing(const struct cover_search *q, GArray *choices)
{
    int32_t *by = g_new(int32_t, q->n_states + 1), found = -1;
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(int32_t));
    const int32_t start = 0;
    for (int32_t i = 0; i < q->n_states; i++)
        by[i] = -1;
    g_array_append_val(queue, start);
    for (guint k = 0; k < queue->len && found < 0; k++) {
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
        g_array_prepend_val(choices, l->choice);
        leg = l->from == 0 ? -1 : by[l->from];
    }
    g_free(by);
    return found < 0 ? -1 : g_array_index(q->legs, struct leg, found).to;
}

/* ---- all viewings ------------------------------------------------------------------------------------------------ */

/* Plays a viewing; *v gets its length and end, `targets` what it shows. */
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
    if (transcript && state[PLAY_PHASE] == PLAY_RUNNING)
        transcript_add_stop(transcript, s, state, US_NONE);
    v->us = w.us;
    v->over = state[PLAY_PHASE] == PLAY_OVER;
    v->ending = state[PLAY_ENDING];
    g_free(state);
}

/* Counts what a viewing adds to `covered`. */
static int32_t add_viewing(const struct story *s, struct viewing_cover_item *v, bool *covered)
{
    g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    run_viewing(s, v, targets, NULL);
    v->new_nodes = v->new_options = 0;
    for (guint i = 0; i < targets->len; i++) {
        const int32_t target = g_array_index(targets, int32_t, i);
        if (covered[target])
            continue;
        covered[target] = true;
        *(target < s->n_nodes ? &v->new_nodes : &v->new_options) += 1;
    }
    return v->new_nodes + v->new_options;
}

static bool add_choices(struct cover_search *q, const GArray *choices)
{
    struct viewing_cover_item v = {.seed = q->seed, .choices = g_array_new(FALSE, FALSE, sizeof(int32_t))};
    g_array_append_vals(v.choices, choices->data, choices->len);
    if (add_viewing(q->s, &v, q->covered) == 0) {
        g_array_free(v.choices, TRUE);
        return false;
    }
    g_array_append_val(q->plan->viewings, v);
    return true;
}

static void search_seed(struct cover_search *q, uint64_t seed)
{
    g_autoptr(GArray) choices = g_array_new(FALSE, FALSE, sizeof(int32_t));
    g_autoptr(GArray) lead = g_array_new(FALSE, FALSE, sizeof(int32_t));
    q->seed = seed;
    q->n_states = 0;
    q->states = g_array_new(FALSE, FALSE, sizeof(int32_t));
    q->numbers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    q->legs = g_array_new(FALSE, FALSE, sizeof(struct leg));
    q->first = g_array_new(FALSE, FALSE, sizeof(guint));
    q->targets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    find_legs(q);
    measure_distances(q);
    for (bool more = true; more;) {
        more = build_viewing(q, NULL, 0, choices) && add_choices(q, choices);
        const int32_t behind = more ? -1 : shortest_to_missing(q, lead);
        if (behind >= 0) {
            build_viewing(q, lead, behind, choices);
            more = add_choices(q, choices);
        }
    }
    if (q->plan->viewings->len == 0)
        add_choices(q, choices); /* a film that asks nothing */
    g_array_free(q->states, TRUE);
    g_array_free(q->legs, TRUE);
    g_array_free(q->first, TRUE);
    g_array_free(q->targets, TRUE);
    g_hash_table_unref(q->numbers);
    g_free(q->to_end);
}

/* Leaves out, last first, what the others show as well; then counts anew, in order. */
static void drop_redundant(struct cover_search *q)
{
    GArray *viewings = q->plan->viewings;
    const size_t size = sizeof(bool) * (size_t)q->n_targets;
    bool *others = g_new0(bool, q->n_targets + 1);
    for (guint i = viewings->len; i-- > 0;) {
        memset(others, 0, size);
        for (guint k = 0; k < viewings->len; k++)
            if (k != i)
                add_viewing(q->s, &g_array_index(viewings, struct viewing_cover_item, k), others);
        if (memcmp(others, q->covered, size) != 0)
            continue;
        g_array_free(g_array_index(viewings, struct viewing_cover_item, i).choices, TRUE);
        g_array_remove_index(viewings, i);
    }
    memset(others, 0, size);
    for (guint k = 0; k < viewings->len; k++)
        add_viewing(q->s, &g_array_index(viewings, struct viewing_cover_item, k), others);
    g_free(others);
}

static bool is_random(const struct story *s)
{
    for (int32_t i = 0; i < s->n_routes; i++)
        if (s->routes[i].random)
            return true;
    return false;
}

/* A viewing passes at most one of the nodes from which nothing leads on. */
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

struct viewing_cover *viewing_cover_new(const struct story *s, int32_t max_states, viewing_cover_progress progress,
                                        void *user)
{
    struct viewing_cover *p = g_new0(struct viewing_cover, 1);
    struct story *lean = lean_story_new(s);
    struct cover_search q = {.s = lean,
                             .plan = p,
                             .n_targets = s->n_nodes + s->n_options,
                             .progress = progress,
                             .user = user,
                             .max_states = max_states > 0 ? max_states : STATES_USUAL,
                             .slots = play_state_slots(lean)};
    const uint64_t seeds = is_random(s) ? SEEDS : 1;
    q.covered = g_new0(bool, q.n_targets + 1);
    p->viewings = g_array_new(FALSE, FALSE, sizeof(struct viewing_cover_item));
    for (uint64_t seed = 1; seed <= seeds && !q.stopped; seed++)
        search_seed(&q, seed);
    drop_redundant(&q);
    p->partial |= q.stopped;
    p->lower_bound = lower_bound(&q);
    p->nodes = g_memdup2(q.covered, sizeof(bool) * (size_t)(s->n_nodes + 1));
    p->options = g_memdup2(q.covered + s->n_nodes, sizeof(bool) * (size_t)(s->n_options + 1));
    for (int32_t i = 0; i < q.n_targets; i++)
        *(i < s->n_nodes ? &p->n_nodes : &p->n_options) += q.covered[i];
    g_free(q.covered);
    lean_story_free(lean);
    return p;
}

void viewing_cover_free(struct viewing_cover *p)
{
    if (!p)
        return;
    for (guint i = 0; i < p->viewings->len; i++)
        g_array_free(g_array_index(p->viewings, struct viewing_cover_item, i).choices, TRUE);
    g_array_free(p->viewings, TRUE);
    g_free(p->nodes);
    g_free(p->options);
    g_free(p);
}

struct transcript *viewing_cover_transcript(const struct story *s, const struct viewing_cover_item *v)
{
    struct transcript *t = transcript_new(s, v->seed, NULL);
    struct viewing_cover_item copy = *v;
    run_viewing(s, &copy, NULL, t);
    return t;
}
