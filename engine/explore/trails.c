#include "explore/trails.h"

#include "explore/pack.h"
#include "explore/reads.h"

#include <glib.h>
#include <string.h>

/* Nodes that a trail passes in which nobody is asked. */
#define NODES_MAX 8
/* A chain of silent nodes of this length is looked at for loops by play_step(). */
#define CHAIN_MAX 32
/* A look is at one value, at most so many bits of it. */
#define LOOK_BITS 4

/* What comes next on a trail, told apart by the lowest bits of the pointer to it; 0: nobody was there. */
enum next { NEXT_LOOK, NEXT_END, NEXT_FORK };
#define NEXT_MASK 3

struct look {
    int32_t word, shift;
    uint64_t mask;
    uintptr_t next[]; /* by the value */
};

/* A random route: which parts hold is known here. */
struct fork {
    uint64_t total;
    const int32_t *weights; /* of the parts; 0 where one does not hold */
    uintptr_t next[];       /* by the part that is drawn */
};

struct place;
struct trail {
    uint64_t taken;
    struct place *to; /* NULL: go on by play_step() */
    int64_t us;
    int32_t n_nodes; /* entered */
    int32_t outcome;
    int32_t back_to; /* the decision before which it ends, going back; or -1 */
    const int32_t *nodes;
    struct place *from;
    uint64_t keep_set[]; /* keep, set of each word */
};

struct place {
    const uint64_t *words; /* of a state there, without the values */
    enum play_phase phase;
    int32_t node, ending;
    int32_t n_offered;
    const struct story_decision *decision; /* the open one, or NULL */
    int32_t decision_index;
    bool kept; /* some back() leads to that decision */
    uint64_t offered;
    int32_t n_times;      /* between the effects in the window where a pick comes at any moment; else 1 */
    const int64_t *times; /* where each of them begins */
    uintptr_t next[]; /* by rank * n_times + which time; behind all of them: nobody picks. Without a decision: one */
};

struct trails {
    const struct viewer_plan *plan;
    struct pack *pack;
    struct reads *reads;
    size_t n_words, bytes_max, held;
    int32_t n_values;
    uint64_t *place_mask; /* of each word: what is no value */
    uint64_t *idle;       /* packed */
    uint64_t *words;      /* of the viewer who walks */
    uint64_t *looked;     /* at which bits of them, so far */
    uint64_t *kept;       /* of each decision that is kept, the words before it opened last */
    uint64_t *generators; /* and then */
    uint64_t *back_mask;  /* of each word: what going back brings back of those */
    GHashTable *places;   /* GBytes to place */
    struct place *start;
    GPtrArray *trails;
    GPtrArray *garbage; /* arenas */
    char *arena;
    size_t arena_left;
    /* of the viewer who makes a trail */
    struct viewer maker;
    int32_t entered; /* in this step */
    bool chain;
    int32_t back_to;  /* as in struct trail */
    int32_t *scratch; /* a state */
    GArray *nodes;    /* int32: entered */
    GArray *drawn;    /* int32: part, and then the weight of each part of the route */
};

/* ---- memory ----------------------------------------------------------------------------------------------------- */

#define ARENA_BYTES ((size_t)64 << 10)

/* All zero. */
static void *hold(struct trails *t, size_t bytes)
{
    const size_t size = (bytes + 7) / 8 * 8;
    if (size > t->arena_left) {
        t->arena_left = MAX(size, ARENA_BYTES);
        t->arena = g_malloc0(t->arena_left);
        g_ptr_array_add(t->garbage, t->arena);
    }
    void *p = t->arena;
    t->arena += size;
    t->arena_left -= size;
    t->held += size;
    return p;
}

static void *hold_copy(struct trails *t, const void *of, size_t bytes)
{
    void *p = hold(t, bytes + 1);
    if (bytes > 0)
        memcpy(p, of, bytes);
    return p;
}

static inline void *next_at(uintptr_t next)
{
    return (void *)(next & ~(uintptr_t)NEXT_MASK);
}

static inline enum next next_kind(uintptr_t next)
{
    return (enum next)(next & NEXT_MASK);
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* Where a pick that cuts at once is another trail: from the opening, and from each effect in the window on. */
static void find_times(struct trails *t, struct place *p, const int32_t *state)
{
    const struct story *s = t->plan->s;
    const struct story_span events = s->nodes[p->node].events;
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t last_us = p->decision->opens_us;
    g_array_append_val(times, last_us);
    for (int32_t i = state[PLAY_CURSOR]; p->decision->cut == STORY_CUT_NOW && i < events.n; i++) {
        const struct story_event *e = &s->events[events.first + i];
        if (e->kind == STORY_CLOSE)
            break;
        if (e->at_us <= last_us)
            continue;
        last_us = e->at_us;
        g_array_append_val(times, last_us);
    }
    p->n_times = (int32_t)times->len;
    p->times = hold_copy(t, times->data, times->len * sizeof last_us);
}

static struct place *place_new(struct trails *t, const int32_t *state, const uint64_t *words)
{
    const int32_t open = state[PLAY_OPEN];
    const uint64_t offered = viewer_offered(state);
    struct place p = {.phase = (enum play_phase)state[PLAY_PHASE],
                      .node = state[PLAY_NODE],
                      .ending = state[PLAY_ENDING],
                      .n_offered = __builtin_popcountll(offered),
                      .decision = open >= 0 ? &t->plan->s->decisions[open] : NULL,
                      .decision_index = open,
                      .offered = offered,
                      .n_times = 1};
    if (open >= 0) {
        p.kept = p.decision->back_target;
        find_times(t, &p, state);
    }
    p.words = hold_copy(t, words, t->n_words * sizeof *words);
    const size_t n_next = (size_t)p.n_offered * (size_t)p.n_times + 1;
    struct place *held = hold(t, sizeof p + n_next * sizeof(uintptr_t));
    memcpy(held, &p, sizeof p);
    return held;
}

static struct place *find_place(struct trails *t, const int32_t *state)
{
    uint64_t *words = g_new(uint64_t, t->n_words);
    pack_put(t->pack, state, words);
    for (size_t i = 0; i < t->n_words; i++)
        words[i] &= t->place_mask[i];
    GBytes *key = g_bytes_new_take(words, t->n_words * sizeof *words);
    struct place *p = g_hash_table_lookup(t->places, key);
    if (p) {
        g_bytes_unref(key);
        return p;
    }
    p = place_new(t, state, words);
    g_hash_table_insert(t->places, key, p);
    return p;
}

/* Of the option that is taken; -1: none. */
static int32_t rank_of(const struct place *p, int32_t outcome)
{
    const int32_t rank = outcome / p->n_times;
    return rank < p->n_offered ? rank : -1;
}

/* ---- going back ------------------------------------------------------------------------------------------------- */

/* A decision that may be led back to has opened. */
static inline void keep(struct trails *t, const struct place *p, uint64_t generator)
{
    memcpy(t->kept + (size_t)p->decision_index * t->n_words, t->words, t->n_words * sizeof *t->words);
    t->generators[p->decision_index] = generator;
}

static inline void go_back(struct trails *t, int32_t decision, uint64_t *generator)
{
    const uint64_t *kept = t->kept + (size_t)decision * t->n_words;
    for (size_t i = 0; i < t->n_words; i++)
        t->words[i] = (t->words[i] & ~t->back_mask[i]) | (kept[i] & t->back_mask[i]);
    *generator = t->generators[decision];
}

/* All of the state, with what is kept. */
static void unpack(const struct trails *t, int32_t *state, uint64_t generator)
{
    const struct story *s = t->plan->s;
    pack_get(t->pack, t->words, state);
    play_set_generator(state, generator);
    for (int32_t i = 0; i < state[PLAY_CHECKPOINTS]; i++) {
        const int32_t d = play_checkpoint(s, state, i);
        pack_get(t->pack, t->kept + (size_t)d * t->n_words, t->scratch);
        play_set_checkpoint(s, state, i, t->scratch + PLAY_VALUES, t->generators[d]);
    }
}

/* ---- making a trail --------------------------------------------------------------------------------------------- */

/* Which parts of the route hold, where it is drawn from. */
static void on_draw(struct trails *t, const struct play_effect *fx)
{
    const struct story *s = t->plan->s;
    const struct story_span parts = s->routes[fx->a].parts;
    g_array_append_val(t->drawn, fx->b);
    g_array_append_val(t->drawn, parts.n);
    for (int32_t i = 0; i < parts.n; i++) {
        const struct story_part *part = &s->parts[parts.first + i];
        const int32_t weight = ways_part_holds(s, t->maker.state, part) ? part->weight : 0;
        g_array_append_val(t->drawn, weight);
    }
}

static void on_effect(void *user, const struct play_effect *fx)
{
    struct trails *t = user;
    if (fx->kind == PLAY_DID_ENTER) {
        g_array_append_val(t->nodes, fx->a);
        t->chain |= ++t->entered >= CHAIN_MAX;
    } else if (fx->kind == PLAY_DID_DRAW)
        on_draw(t, fx);
    else if (fx->kind == PLAY_DID_REWIND) {
        g_array_append_val(t->nodes, fx->b);
        t->back_to = fx->a;
    }
    if (!t->chain)
        reads_effect(t->reads, fx);
}

static void on_step(void *user, const struct play_input *in)
{
    struct trails *t = user;
    t->entered = 0;
    reads_step(t->reads, t->maker.state, in);
    play_step(t->plan->s, t->maker.state, in, on_effect, t);
    if (!t->chain)
        reads_settled(t->reads, t->maker.state);
}

/* To where the next decision is open, or the film goes back. The result: media time in the node of a pick that may come at
 * any moment, else 0. */
static int64_t play_outcome(struct trails *t, const struct place *p, int32_t outcome, uint64_t generator)
{
    struct viewer *v = &t->maker;
    int64_t at_us = US_NONE;
    if (p->phase == PLAY_IDLE)
        on_step(t, &(struct play_input){.kind = PLAY_START, .seed = generator});
    if (p->decision) {
        const int32_t rank = rank_of(p, outcome);
        if (rank >= 0 && p->decision->cut == STORY_CUT_NOW)
            at_us = p->times[outcome % p->n_times];
        viewer_decide(v, viewer_option(p->offered, rank), at_us);
    }
    for (int i = 0; i < NODES_MAX && !t->chain && t->back_to < 0 && v->state[PLAY_PHASE] == PLAY_RUNNING; i++)
        if (viewer_run_on(v))
            break;
    return at_us == US_NONE ? 0 : at_us;
}

static inline uintptr_t *draw_part(struct fork *fork, uint64_t *generator)
{
    uint64_t left = play_random_below(generator, fork->total);
    int32_t i = 0;
    for (; left >= (uint64_t)fork->weights[i]; i++)
        left -= (uint64_t)fork->weights[i];
    return &fork->next[i];
}

static inline uintptr_t *look_at(struct look *look, const uint64_t *words)
{
    return &look->next[words[look->word] >> look->shift & look->mask];
}

static uintptr_t *add_looks(struct trails *t, uintptr_t *at, struct pack_field f)
{
    for (int32_t left = f.bits; left > 0; left -= LOOK_BITS, f.shift += LOOK_BITS) {
        const uint64_t mask = (UINT64_C(1) << MIN(left, LOOK_BITS)) - 1;
        if (t->looked[f.word] >> f.shift & mask)
            continue;
        struct look *look = hold(t, sizeof *look + (size_t)(mask + 1) * sizeof(uintptr_t));
        *look = (struct look){f.word, f.shift, mask};
        *at = (uintptr_t)look | NEXT_LOOK;
        at = look_at(look, t->words);
    }
    return at;
}

/* `drawn`: as on_draw() left it. */
static uintptr_t *add_fork(struct trails *t, uintptr_t *at, const int32_t *drawn)
{
    const int32_t n = drawn[1];
    struct fork *fork = hold(t, sizeof *fork + (size_t)n * sizeof(uintptr_t));
    fork->weights = hold_copy(t, drawn + 2, (size_t)n * sizeof *drawn);
    for (int32_t i = 0; i < n; i++)
        fork->total += (uint64_t)fork->weights[i];
    *at = (uintptr_t)fork | NEXT_FORK;
    return &fork->next[drawn[0]];
}

/* From where the known ways end, `n_forks` draws on, to where the trail ends: what was read and drawn, in that order. What
 * is read of `a and b` where both hold is not what is read where one does not, so there may be looks at something else
 * before; then the same is looked at once. */
static uintptr_t *add_way(struct trails *t, uintptr_t *at, int32_t n_forks)
{
    int32_t n_slots, n_draws;
    const int32_t *slots = reads_slots(t->reads, &n_slots), *draws = reads_draws(t->reads, &n_draws);
    const int32_t *drawn = (const int32_t *)(void *)t->drawn->data;
    g_assert(slots);
    for (int32_t i = 0, draw = 0; i <= n_slots; i++) {
        for (; draw < n_draws && draws[draw] == i; draw++) {
            if (draw >= n_forks)
                at = add_fork(t, at, drawn);
            drawn += 2 + drawn[1];
        }
        if (i < n_slots)
            at = add_looks(t, at, pack_value(t->pack, slots[i]));
    }
    return at;
}

/* What of the packed state stays, and what is set. */
static void set_words(const struct trails *t, struct trail *trail)
{
    uint64_t *words = g_new(uint64_t, t->n_words);
    pack_put(t->pack, t->maker.state, words);
    for (size_t i = 0; i < t->n_words; i++)
        trail->keep_set[2 * i + 1] = words[i];
    for (int32_t i = 0; i < t->n_values; i++) {
        const struct pack_field f = pack_value(t->pack, i);
        if (reads_was_set(t->reads, i))
            continue;
        trail->keep_set[2 * f.word] |= pack_mask(f);
        trail->keep_set[2 * f.word + 1] &= ~pack_mask(f);
    }
    g_free(words);
}

/* Where what is known ends for this state; notes what is looked at on the way there, and counts its forks. */
static uintptr_t *find_missing(struct trails *t, struct place *p, int32_t outcome, uint64_t generator, int32_t *n_forks)
{
    uintptr_t *at = &p->next[outcome];
    *n_forks = 0;
    memset(t->looked, 0, t->n_words * sizeof *t->looked);
    while (*at) {
        if (next_kind(*at) == NEXT_LOOK) {
            struct look *look = next_at(*at);
            t->looked[look->word] |= look->mask << look->shift;
            at = look_at(look, t->words);
        } else {
            at = draw_part(next_at(*at), &generator);
            ++*n_forks;
        }
    }
    return at;
}

static bool add_trail(struct trails *t, struct place *p, int32_t outcome, uint64_t generator)
{
    struct viewer *v = &t->maker;
    if (t->held >= t->bytes_max)
        return false;
    unpack(t, v->state, generator);
    g_array_set_size(t->nodes, 0);
    g_array_set_size(t->drawn, 0);
    t->chain = false;
    t->back_to = -1;
    v->at_us = 0;
    reads_begin(t->reads);
    reads_way(t->reads, true);
    const int64_t at_us = play_outcome(t, p, outcome, generator);
    int32_t n_forks;
    uintptr_t *at = find_missing(t, p, outcome, generator, &n_forks);
    struct trail *trail = hold(t, sizeof *trail + 2 * t->n_words * sizeof(uint64_t));
    if (!t->chain) {
        set_words(t, trail); /* before reads_slots(), which ends the way */
        at = add_way(t, at, n_forks);
        trail->to = find_place(t, v->state);
        trail->from = p;
        trail->outcome = outcome;
        trail->back_to = t->back_to;
        trail->us = v->at_us - at_us;
        trail->n_nodes = (int32_t)t->nodes->len;
        trail->nodes = hold_copy(t, t->nodes->data, t->nodes->len * sizeof(int32_t));
        g_ptr_array_add(t->trails, trail);
    }
    *at = (uintptr_t)trail | NEXT_END;
    return true;
}

/* ---- walking ---------------------------------------------------------------------------------------------------- */

static inline uintptr_t *follow(const struct trails *t, struct place *p, int32_t outcome, uint64_t *generator)
{
    uintptr_t *at = &p->next[outcome];
    while (*at && next_kind(*at) != NEXT_END)
        at = next_kind(*at) == NEXT_LOOK ? look_at(next_at(*at), t->words) : draw_part(next_at(*at), generator);
    return at;
}

/* The trail of this outcome, or NULL: it goes on by play_step(). */
static inline struct trail *find_trail(struct trails *t, struct place *p, int32_t outcome, uint64_t *generator)
{
    const uint64_t began = *generator;
    uintptr_t *at = follow(t, p, outcome, generator);
    if (!*at) {
        *generator = began;
        if (!add_trail(t, p, outcome, began))
            return NULL;
        at = follow(t, p, outcome, generator);
    }
    struct trail *trail = next_at(*at);
    return trail->to ? trail : NULL;
}

static inline int32_t outcome_of(const struct place *p, struct viewer_choice c)
{
    if (c.rank < 0)
        return p->n_offered * p->n_times;
    int32_t time = p->n_times - 1;
    while (time > 0 && p->times[time] > c.at_us)
        time--;
    return c.rank * p->n_times + time;
}

static inline void take(struct trails *t, struct trail *trail, struct viewer *v, uint64_t *generator)
{
    trail->taken++;
    for (size_t i = 0; i < t->n_words; i++)
        t->words[i] = (t->words[i] & trail->keep_set[2 * i]) | trail->keep_set[2 * i + 1];
    v->at_us += trail->us;
    v->entered += trail->n_nodes;
    for (int32_t i = 0; i < trail->n_nodes; i++) {
        const int32_t node = trail->nodes[i];
        if (v->met[node] != v->run + 1) {
            v->met[node] = v->run + 1;
            v->r->nodes[node]++;
        }
    }
    if (trail->back_to >= 0)
        go_back(t, trail->back_to, generator);
    else if (trail->to->kept)
        keep(t, trail->to, *generator);
}

static void leave_trails(const struct trails *t, struct viewer *v, const struct place *p, uint64_t generator)
{
    if (p->phase == PLAY_IDLE)
        viewer_start(v, generator);
    else {
        unpack(t, v->state, generator);
        v->node = p->node;
    }
    viewer_go_on(v);
}

void trails_walk(struct trails *t, struct viewer *v, uint64_t seed)
{
    struct place *p = t->start;
    memcpy(t->words, t->idle, t->n_words * sizeof *t->words);
    while (p->phase == PLAY_IDLE || p->phase == PLAY_RUNNING) {
        const uint64_t rng = v->rng, began = seed;
        struct viewer_choice c = {-1, US_NONE};
        if (p->decision)
            c = viewer_choose(t->plan->model, p->decision, (uint32_t)p->n_offered, &v->rng);
        struct trail *trail = find_trail(t, p, outcome_of(p, c), &seed);
        if (!trail || v->entered + trail->n_nodes >= SIMULATE_NODES_MAX) {
            v->rng = rng;
            leave_trails(t, v, p, began);
            return;
        }
        take(t, trail, v, &seed);
        if (c.at_us != US_NONE)
            v->at_us += c.at_us;
        p = trail->to;
    }
    viewer_count_end(v, p->phase, p->ending);
}

void trails_count(const struct trails *t, struct simulate_result *r)
{
    for (guint k = 0; k < t->trails->len; k++) {
        const struct trail *trail = g_ptr_array_index(t->trails, k);
        const struct place *p = trail->from;
        int32_t from = p->node;
        for (int32_t i = 0; i < trail->n_nodes; i++) {
            const int32_t node = trail->nodes[i];
            r->visits[node] += trail->taken;
            if (from >= 0)
                viewer_count_way(t->plan, r, from, node, trail->taken);
            from = node;
        }
        if (!p->decision)
            continue;
        viewer_count_choice(t->plan, r, p->decision_index, p->offered,
                            viewer_option(p->offered, rank_of(p, trail->outcome)), trail->taken);
        r->on_trails += trail->taken;
    }
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* Of the values, those that going back does not leave as they are (play/play.h). */
static void find_back_mask(struct trails *t)
{
    const struct story *s = t->plan->s;
    t->back_mask = g_new0(uint64_t, t->n_words);
    for (int32_t i = 0; i < t->n_values; i++) {
        const struct pack_field f = pack_value(t->pack, i);
        if (i >= s->n_vars || (!s->vars[i].keep_viewer && !s->vars[i].keep_rewind))
            t->back_mask[f.word] |= pack_mask(f);
    }
}

static void find_place_mask(struct trails *t)
{
    t->place_mask = g_new(uint64_t, t->n_words);
    memset(t->place_mask, 0xff, t->n_words * sizeof *t->place_mask);
    for (int32_t i = 0; i < t->n_values; i++) {
        const struct pack_field f = pack_value(t->pack, i);
        t->place_mask[f.word] &= ~pack_mask(f);
    }
}

static void free_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

struct trails *trails_new(const struct viewer_plan *plan, size_t bytes_max)
{
    const struct story *s = plan->s;
    const int32_t n_values = s->n_vars + s->n_memories, n_slots = play_state_slots(s);
    struct trails *t = g_new0(struct trails, 1);
    t->plan = plan;
    t->bytes_max = bytes_max;
    t->n_values = n_values;
    t->pack = pack_new_apart(s);
    t->reads = reads_new(s, true);
    t->n_words = (size_t)pack_words(t->pack);
    t->idle = g_new0(uint64_t, t->n_words);
    t->words = g_new0(uint64_t, t->n_words);
    t->looked = g_new0(uint64_t, t->n_words);
    t->kept = g_new0(uint64_t, ((size_t)s->n_decisions + 1) * t->n_words);
    t->generators = g_new0(uint64_t, (size_t)s->n_decisions + 1);
    t->scratch = g_new0(int32_t, n_slots);
    t->places = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    t->trails = g_ptr_array_new();
    t->garbage = g_ptr_array_new_with_free_func(g_free);
    t->nodes = g_array_new(TRUE, FALSE, sizeof(int32_t));
    t->drawn = g_array_new(TRUE, FALSE, sizeof(int32_t));
    t->maker = (struct viewer){.plan = plan, .state = g_new0(int32_t, n_slots), .step = on_step, .user = t};
    find_place_mask(t);
    find_back_mask(t);
    play_init(s, t->maker.state);
    pack_put(t->pack, t->maker.state, t->idle);
    t->start = find_place(t, t->maker.state);
    return t;
}

void trails_free(struct trails *t)
{
    if (!t)
        return;
    g_free(t->maker.state);
    g_array_unref(t->drawn);
    g_array_unref(t->nodes);
    g_ptr_array_unref(t->garbage);
    g_ptr_array_unref(t->trails);
    g_hash_table_unref(t->places);
    g_free(t->place_mask);
    g_free(t->back_mask);
    g_free(t->scratch);
    g_free(t->generators);
    g_free(t->kept);
    g_free(t->looked);
    g_free(t->words);
    g_free(t->idle);
    reads_free(t->reads);
    pack_free(t->pack);
    g_free(t);
}
