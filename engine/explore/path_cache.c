#include "explore/path_cache.h"

#include "base/arena.h"
#include "explore/pack.h"
#include "explore/read_set.h"
#include "play/menu.h"

#include <glib.h>
#include <string.h>

/* Nodes that a trail passes in which nobody is asked. */
#define PATH_NODES_MAX 8
/* A chain of silent nodes of this length is looked at for loops by play_step(). */
#define CHAIN_NODES_MAX 32
/* A look is at one value, at most so many bits of it. */
#define LOOK_BITS 4

/* What comes next on a trail, told apart by the lowest bits of the pointer to it; 0: nobody was there. */
enum next { NEXT_LOOK, NEXT_END, NEXT_FORK };
#define NEXT_MASK 3

struct cached_look {
    int32_t word, shift;
    uint64_t mask;
    uintptr_t next[]; /* by the value */
};

/* A random route: which parts hold is known here. */
struct cached_fork {
    uint64_t total;
    const int32_t *weights; /* of the parts; 0 where one does not hold */
    uintptr_t next[];       /* by the part that is drawn */
};

struct cached_location;
struct cached_path {
    uint64_t taken;
    struct cached_location *to; /* NULL: go on by play_step() */
    int64_t us;
    int32_t n_nodes; /* entered */
    int32_t outcome;
    int32_t back_to; /* the decision before which it ends, going back; or -1 */
    const int32_t *nodes;
    struct cached_location *from;
    uint64_t keep_set[]; /* keep, set of each word */
};

struct cached_location {
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

struct path_cache {
    const struct viewer_setup *plan;
    struct pack *pack;
    struct read_set *reads;
    size_t n_words, bytes_max, held;
    int32_t n_values;
    uint64_t *location_mask; /* of each word: what is no value */
    uint64_t *idle;          /* packed */
    uint64_t *words;         /* of the viewer who walks */
    uint64_t *looked;        /* at which bits of them, so far */
    uint64_t *kept;          /* of each decision that is kept, the words before it opened last */
    uint64_t *generators;    /* and then */
    uint64_t *back_mask;     /* of each word: what going back brings back of those */
    GHashTable *locations;   /* GBytes to place */
    struct cached_location *start;
    GPtrArray *paths;
    struct arena *arena; /* paths, places and all that belongs to them */
    /* of the viewer who makes a trail */
    struct viewer recorder;
    int32_t entered; /* in this step */
    bool long_chain;
    int32_t back_to;  /* as in struct cached_path */
    int32_t *scratch; /* a state */
    GArray *nodes;    /* int32: entered */
    GArray *drawn;    /* int32: part, and then the weight of each part of the route */
};

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* Zeroed. Counted piece by piece, so that the limit does not depend on the size of the arena's blocks. */
static void *keep_zeroed(struct path_cache *t, size_t bytes)
{
    t->held += (bytes + 7) / 8 * 8;
    return arena_alloc(t->arena, bytes);
}

static void *keep_copy(struct path_cache *t, const void *of, size_t bytes)
{
    void *p = keep_zeroed(t, bytes + 1);
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
static void find_times(struct path_cache *t, struct cached_location *p, const int32_t *state)
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
    p->times = keep_copy(t, times->data, times->len * sizeof last_us);
}

static struct cached_location *location_new(struct path_cache *t, const int32_t *state, const uint64_t *words)
{
    const int32_t open = state[PLAY_OPEN];
    const uint64_t offered = play_open_options(state);
    struct cached_location p = {.phase = (enum play_phase)state[PLAY_PHASE],
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
    p.words = keep_copy(t, words, t->n_words * sizeof *words);
    const size_t n_next = (size_t)p.n_offered * (size_t)p.n_times + 1;
    struct cached_location *held = keep_zeroed(t, sizeof p + n_next * sizeof(uintptr_t));
    memcpy(held, &p, sizeof p);
    return held;
}

static struct cached_location *find_location(struct path_cache *t, const int32_t *state)
{
    uint64_t *words = g_new(uint64_t, t->n_words);
    pack_put(t->pack, state, words);
    for (size_t i = 0; i < t->n_words; i++)
        words[i] &= t->location_mask[i];
    GBytes *key = g_bytes_new_take(words, t->n_words * sizeof *words);
    struct cached_location *p = g_hash_table_lookup(t->locations, key);
    if (p) {
        g_bytes_unref(key);
        return p;
    }
    p = location_new(t, state, words);
    g_hash_table_insert(t->locations, key, p);
    return p;
}

/* Of the option that is taken; -1: none. */
static int32_t rank_of(const struct cached_location *p, int32_t outcome)
{
    const int32_t rank = outcome / p->n_times;
    return rank < p->n_offered ? rank : -1;
}

/* ---- going back ------------------------------------------------------------------------------------------------- */

/* A decision that may be led back to has opened. */
static inline void keep_checkpoint(struct path_cache *t, const struct cached_location *p, uint64_t generator)
{
    memcpy(t->kept + (size_t)p->decision_index * t->n_words, t->words, t->n_words * sizeof *t->words);
    t->generators[p->decision_index] = generator;
}

static inline void restore_checkpoint(struct path_cache *t, int32_t decision, uint64_t *generator)
{
    const uint64_t *kept = t->kept + (size_t)decision * t->n_words;
    for (size_t i = 0; i < t->n_words; i++)
        t->words[i] = (t->words[i] & ~t->back_mask[i]) | (kept[i] & t->back_mask[i]);
    *generator = t->generators[decision];
}

/* All of the state, with what is kept. */
static void unpack_state(const struct path_cache *t, int32_t *state, uint64_t generator)
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
static void record_draw(struct path_cache *t, const struct play_effect *fx)
{
    const struct story *s = t->plan->s;
    const struct story_span parts = s->routes[fx->draw.route].parts;
    g_array_append_val(t->drawn, fx->draw.part);
    g_array_append_val(t->drawn, parts.n);
    for (int32_t i = 0; i < parts.n; i++) {
        const struct story_part *part = &s->parts[parts.first + i];
        const int32_t weight = play_part_holds(s, t->recorder.state, part) ? part->weight : 0;
        g_array_append_val(t->drawn, weight);
    }
}

static void record_effect(void *user, const struct play_effect *fx)
{
    struct path_cache *t = user;
    if (fx->kind == PLAY_DID_ENTER) {
        g_array_append_val(t->nodes, fx->enter.node);
        t->long_chain |= ++t->entered >= CHAIN_NODES_MAX;
    } else if (fx->kind == PLAY_DID_DRAW)
        record_draw(t, fx);
    else if (fx->kind == PLAY_DID_REWIND) {
        g_array_append_val(t->nodes, fx->rewind.node);
        t->back_to = fx->rewind.decision;
    }
    if (!t->long_chain)
        read_set_effect(t->reads, fx);
}

static void record_step(void *user, const struct play_input *in)
{
    struct path_cache *t = user;
    t->entered = 0;
    read_set_step(t->reads, t->recorder.state, in);
    play_step(t->plan->s, t->recorder.state, in, record_effect, t);
    if (!t->long_chain)
        read_set_settled(t->reads, t->recorder.state);
}

/* To where the next decision is open, or the film goes back. The result: media time in the node of a pick that may come at
 * any moment, else 0. */
static int64_t play_outcome(struct path_cache *t, const struct cached_location *p, int32_t outcome, uint64_t generator)
{
    struct viewer *v = &t->recorder;
    int64_t at_us = US_NONE;
    if (p->phase == PLAY_IDLE)
        record_step(t, &(struct play_input){.kind = PLAY_START, .seed = generator});
    if (p->decision) {
        const int32_t rank = rank_of(p, outcome);
        if (rank >= 0 && p->decision->cut == STORY_CUT_NOW)
            at_us = p->times[outcome % p->n_times];
        viewer_decide(v, menu_option_of_rank(p->offered, rank), at_us);
    }
    for (int i = 0; i < PATH_NODES_MAX && !t->long_chain && t->back_to < 0 && v->state[PLAY_PHASE] == PLAY_RUNNING; i++)
        if (viewer_advance(v))
            break;
    return at_us == US_NONE ? 0 : at_us;
}

static inline uintptr_t *draw_part(struct cached_fork *fork, uint64_t *generator)
{
    uint64_t left = play_random_below(generator, fork->total);
    int32_t i = 0;
    for (; left >= (uint64_t)fork->weights[i]; i++)
        left -= (uint64_t)fork->weights[i];
    return &fork->next[i];
}

static inline uintptr_t *look_at(struct cached_look *look, const uint64_t *words)
{
    return &look->next[words[look->word] >> look->shift & look->mask];
}

static uintptr_t *add_looks(struct path_cache *t, uintptr_t *at, struct pack_field f)
{
    for (int32_t left = f.bits; left > 0; left -= LOOK_BITS, f.shift += LOOK_BITS) {
        const uint64_t mask = (UINT64_C(1) << MIN(left, LOOK_BITS)) - 1;
        if (t->looked[f.word] >> f.shift & mask)
            continue;
        struct cached_look *look = keep_zeroed(t, sizeof *look + (size_t)(mask + 1) * sizeof(uintptr_t));
        *look = (struct cached_look){f.word, f.shift, mask};
        *at = (uintptr_t)look | NEXT_LOOK;
        at = look_at(look, t->words);
    }
    return at;
}

/* `drawn`: as record_draw() left it. */
static uintptr_t *add_fork(struct path_cache *t, uintptr_t *at, const int32_t *drawn)
{
    const int32_t n = drawn[1];
    struct cached_fork *fork = keep_zeroed(t, sizeof *fork + (size_t)n * sizeof(uintptr_t));
    fork->weights = keep_copy(t, drawn + 2, (size_t)n * sizeof *drawn);
    for (int32_t i = 0; i < n; i++)
        fork->total += (uint64_t)fork->weights[i];
    *at = (uintptr_t)fork | NEXT_FORK;
    return &fork->next[drawn[0]];
}

/* From where the known ways end, `n_forks` draws on, to where the trail ends: what was read and drawn, in that order. What
 * is read of `a and b` where both hold is not what is read where one does not, so there may be looks at something else
 * before; then the same is looked at once. */
static uintptr_t *add_branches(struct path_cache *t, uintptr_t *at, int32_t n_forks)
{
    int32_t n_slots, n_draws;
    const int32_t *slots = read_set_values(t->reads, &n_slots), *draws = read_set_draws(t->reads, &n_draws);
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
static void set_words(const struct path_cache *t, struct cached_path *path)
{
    uint64_t *words = g_new(uint64_t, t->n_words);
    pack_put(t->pack, t->recorder.state, words);
    for (size_t i = 0; i < t->n_words; i++)
        path->keep_set[2 * i + 1] = words[i];
    for (int32_t i = 0; i < t->n_values; i++) {
        const struct pack_field f = pack_value(t->pack, i);
        if (read_set_was_set(t->reads, i))
            continue;
        path->keep_set[2 * f.word] |= pack_mask(f);
        path->keep_set[2 * f.word + 1] &= ~pack_mask(f);
    }
    g_free(words);
}

/* Where what is known ends for this state; notes what is looked at on the way there, and counts its forks. */
static uintptr_t *find_unknown(struct path_cache *t, struct cached_location *p, int32_t outcome, uint64_t generator,
                               int32_t *n_forks)
{
    uintptr_t *at = &p->next[outcome];
    *n_forks = 0;
    memset(t->looked, 0, t->n_words * sizeof *t->looked);
    while (*at) {
        if (next_kind(*at) == NEXT_LOOK) {
            struct cached_look *look = next_at(*at);
            t->looked[look->word] |= look->mask << look->shift;
            at = look_at(look, t->words);
        } else {
            at = draw_part(next_at(*at), &generator);
            ++*n_forks;
        }
    }
    return at;
}

static bool add_path(struct path_cache *t, struct cached_location *p, int32_t outcome, uint64_t generator)
{
    struct viewer *v = &t->recorder;
    if (t->held >= t->bytes_max)
        return false;
    unpack_state(t, v->state, generator);
    g_array_set_size(t->nodes, 0);
    g_array_set_size(t->drawn, 0);
    t->long_chain = false;
    t->back_to = -1;
    v->at_us = 0;
    read_set_begin(t->reads);
    read_set_begin_transition(t->reads, true);
    const int64_t at_us = play_outcome(t, p, outcome, generator);
    int32_t n_forks;
    uintptr_t *at = find_unknown(t, p, outcome, generator, &n_forks);
    struct cached_path *path = keep_zeroed(t, sizeof *path + 2 * t->n_words * sizeof(uint64_t));
    if (!t->long_chain) {
        set_words(t, path); /* before read_set_values(), which ends the way */
        at = add_branches(t, at, n_forks);
        path->to = find_location(t, v->state);
        path->from = p;
        path->outcome = outcome;
        path->back_to = t->back_to;
        path->us = v->at_us - at_us;
        path->n_nodes = (int32_t)t->nodes->len;
        path->nodes = keep_copy(t, t->nodes->data, t->nodes->len * sizeof(int32_t));
        g_ptr_array_add(t->paths, path);
    }
    *at = (uintptr_t)path | NEXT_END;
    return true;
}

/* ---- walking ---------------------------------------------------------------------------------------------------- */

static inline uintptr_t *follow_known(const struct path_cache *t, struct cached_location *p, int32_t outcome,
                                      uint64_t *generator)
{
    uintptr_t *at = &p->next[outcome];
    while (*at && next_kind(*at) != NEXT_END)
        at = next_kind(*at) == NEXT_LOOK ? look_at(next_at(*at), t->words) : draw_part(next_at(*at), generator);
    return at;
}

/* The trail of this outcome, or NULL: it goes on by play_step(). */
static inline struct cached_path *find_path(struct path_cache *t, struct cached_location *p, int32_t outcome,
                                            uint64_t *generator)
{
    const uint64_t began = *generator;
    uintptr_t *at = follow_known(t, p, outcome, generator);
    if (!*at) {
        *generator = began;
        if (!add_path(t, p, outcome, began))
            return NULL;
        at = follow_known(t, p, outcome, generator);
    }
    struct cached_path *path = next_at(*at);
    return path->to ? path : NULL;
}

static inline int32_t outcome_of(const struct cached_location *p, struct viewer_choice c)
{
    if (c.rank < 0)
        return p->n_offered * p->n_times;
    int32_t time = p->n_times - 1;
    while (time > 0 && p->times[time] > c.at_us)
        time--;
    return c.rank * p->n_times + time;
}

static inline void apply_path(struct path_cache *t, struct cached_path *path, struct viewer *v, uint64_t *generator)
{
    path->taken++;
    for (size_t i = 0; i < t->n_words; i++)
        t->words[i] = (t->words[i] & path->keep_set[2 * i]) | path->keep_set[2 * i + 1];
    v->at_us += path->us;
    v->entered += path->n_nodes;
    for (int32_t i = 0; i < path->n_nodes; i++) {
        const int32_t node = path->nodes[i];
        if (v->met[node] != v->run + 1) {
            v->met[node] = v->run + 1;
            v->r->nodes[node]++;
        }
    }
    if (path->back_to >= 0)
        restore_checkpoint(t, path->back_to, generator);
    else if (path->to->kept)
        keep_checkpoint(t, path->to, *generator);
}

static void leave_cache(const struct path_cache *t, struct viewer *v, const struct cached_location *p,
                        uint64_t generator)
{
    if (p->phase == PLAY_IDLE)
        viewer_start(v, generator);
    else {
        unpack_state(t, v->state, generator);
        v->node = p->node;
    }
    viewer_continue(v);
}

void path_cache_run(struct path_cache *t, struct viewer *v, uint64_t seed)
{
    struct cached_location *p = t->start;
    memcpy(t->words, t->idle, t->n_words * sizeof *t->words);
    while (p->phase == PLAY_IDLE || p->phase == PLAY_RUNNING) {
        const uint64_t rng = v->rng, began = seed;
        struct viewer_choice c = {-1, US_NONE};
        if (p->decision)
            c = viewer_choose(t->plan->model, p->decision, (uint32_t)p->n_offered, &v->rng);
        struct cached_path *path = find_path(t, p, outcome_of(p, c), &seed);
        if (!path || v->entered + path->n_nodes >= SIMULATE_NODES_MAX) {
            v->rng = rng;
            leave_cache(t, v, p, began);
            return;
        }
        apply_path(t, path, v, &seed);
        if (c.at_us != US_NONE)
            v->at_us += c.at_us;
        p = path->to;
    }
    viewer_count_end(v, p->phase, p->ending);
}

void path_cache_add_counts(const struct path_cache *t, struct simulate_result *r)
{
    for (guint k = 0; k < t->paths->len; k++) {
        const struct cached_path *path = g_ptr_array_index(t->paths, k);
        const struct cached_location *p = path->from;
        int32_t from = p->node;
        for (int32_t i = 0; i < path->n_nodes; i++) {
            const int32_t node = path->nodes[i];
            r->visits[node] += path->taken;
            if (from >= 0)
                viewer_count_edge(t->plan, r, from, node, path->taken);
            from = node;
        }
        if (!p->decision)
            continue;
        viewer_count_choice(t->plan, r, p->decision_index, p->offered,
                            menu_option_of_rank(p->offered, rank_of(p, path->outcome)), path->taken);
        r->from_cache += path->taken;
    }
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* Of the values, those that going back does not leave as they are (play/play.h). */
static void find_back_mask(struct path_cache *t)
{
    const struct story *s = t->plan->s;
    t->back_mask = g_new0(uint64_t, t->n_words);
    for (int32_t i = 0; i < t->n_values; i++) {
        const struct pack_field f = pack_value(t->pack, i);
        if (i >= s->n_vars || (!s->vars[i].keep_viewer && !s->vars[i].keep_rewind))
            t->back_mask[f.word] |= pack_mask(f);
    }
}

static void find_location_mask(struct path_cache *t)
{
    t->location_mask = g_new(uint64_t, t->n_words);
    memset(t->location_mask, 0xff, t->n_words * sizeof *t->location_mask);
    for (int32_t i = 0; i < t->n_values; i++) {
        const struct pack_field f = pack_value(t->pack, i);
        t->location_mask[f.word] &= ~pack_mask(f);
    }
}

static void free_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

struct path_cache *path_cache_new(const struct viewer_setup *plan, size_t bytes_max)
{
    const struct story *s = plan->s;
    const int32_t n_values = s->n_vars + s->n_memories, n_slots = play_state_slots(s);
    struct path_cache *t = g_new0(struct path_cache, 1);
    t->plan = plan;
    t->bytes_max = bytes_max;
    t->n_values = n_values;
    t->pack = pack_new_without_checkpoint_values(s);
    t->reads = read_set_new(s, true);
    t->n_words = (size_t)pack_words(t->pack);
    t->idle = g_new0(uint64_t, t->n_words);
    t->words = g_new0(uint64_t, t->n_words);
    t->looked = g_new0(uint64_t, t->n_words);
    t->kept = g_new0(uint64_t, ((size_t)s->n_decisions + 1) * t->n_words);
    t->generators = g_new0(uint64_t, (size_t)s->n_decisions + 1);
    t->scratch = g_new0(int32_t, n_slots);
    t->locations = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    t->paths = g_ptr_array_new();
    t->arena = arena_new();
    t->nodes = g_array_new(TRUE, FALSE, sizeof(int32_t));
    t->drawn = g_array_new(TRUE, FALSE, sizeof(int32_t));
    t->recorder = (struct viewer){.plan = plan, .state = g_new0(int32_t, n_slots), .step_film = record_step, .user = t};
    find_location_mask(t);
    find_back_mask(t);
    play_init(s, t->recorder.state);
    pack_put(t->pack, t->recorder.state, t->idle);
    t->start = find_location(t, t->recorder.state);
    return t;
}

void path_cache_free(struct path_cache *t)
{
    if (!t)
        return;
    g_free(t->recorder.state);
    g_array_unref(t->drawn);
    g_array_unref(t->nodes);
    arena_free(t->arena);
    g_ptr_array_unref(t->paths);
    g_hash_table_unref(t->locations);
    g_free(t->location_mask);
    g_free(t->back_mask);
    g_free(t->scratch);
    g_free(t->generators);
    g_free(t->kept);
    g_free(t->looked);
    g_free(t->words);
    g_free(t->idle);
    read_set_free(t->reads);
    pack_free(t->pack);
    g_free(t);
}
