#include "explore/path_cache.h"

#include "base/arena.h"
#include "explore/bit_trie.h"
#include "explore/pack.h"
#include "explore/read_set.h"
#include "play/menu.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* A path ends after so many nodes in which no decision opens. */
#define PATH_NODES_MAX 8

/* In chains of silent nodes from this length on, play_step() looks for loops by a hash of all values. No path can stand for
 * that. */
#define CHAIN_NODES_MAX 32

/* A random route: a fork of the trie. Which parts hold is known by the time a viewer comes to it. */
struct path_fork {
    uint64_t total;         /* of the weights */
    const int32_t *weights; /* of the parts; 0: the part does not hold */
    struct bit_trie next[]; /* by the part that is drawn */
};

/* A leaf of the trie. */
struct cached_path {
    uint64_t taken;               /* how often */
    struct cached_location *from; /* where it begins, and with which outcome */
    int32_t outcome;
    int32_t n_nodes;
    const int32_t *nodes;       /* that it enters */
    int64_t us;                 /* how long it takes */
    int32_t back_to;            /* it ends as the film goes back to this decision; -1: it does not */
    struct cached_location *to; /* NULL: no path can stand for what follows; the viewer goes on by play_step() */
    uint64_t update[];          /* what it does to the packed state: pack_update_apply() */
};

/*
 * States that agree in all but their values: here decisions open with the same options, or the film has not begun, or is
 * over. What happens next is an outcome: an option by its rank among those on offer, and the part of the window in which it
 * is picked: rank * n_times + time. The last outcome is that nobody picks; where no decision is open it is the only one.
 */
struct cached_location {
    const uint64_t *words; /* of such a state, the values masked out */
    enum play_phase phase;
    int32_t node, ending;
    const struct story_decision *decision; /* the open one, or NULL */
    int32_t decision_index;
    bool kept; /* some back() leads to the decision, so the values are kept when it opens */
    uint64_t offered;
    int32_t n_offered;
    int32_t n_times;        /* parts of the window; 1 unless a pick cuts at once and effects fall into the window */
    const int64_t *times;   /* where each of them begins: media time in the node */
    struct bit_trie next[]; /* of each outcome */
};

struct path_cache {
    const struct viewer_setup *setup;
    struct pack *pack;
    struct read_set *reads;
    size_t n_words, bytes_max;
    int32_t n_values;
    uint64_t *location_mask;
    uint64_t *back_mask;   /* the bits of all values that going back restores */
    uint64_t *idle;        /* the packed state where every viewing begins */
    uint64_t *words;       /* the packed state of the viewer who is in the film */
    uint64_t *looked;      /* the bits of it that were looked at on the way to where a path is missing */
    uint64_t *kept;        /* of each decision that is kept: the words right before it opened last */
    uint64_t *generators;  /* the same of the film's generator */
    GHashTable *locations; /* GBytes to cached_location */
    struct cached_location *start;
    GPtrArray *paths;    /* all that lead somewhere */
    struct arena *arena; /* holds paths, locations and all that belongs to them */
    /* of the path that is being made */
    struct viewer recorder;
    int32_t entered; /* nodes in this step */
    bool long_chain;
    int32_t back_to;  /* as in struct cached_path */
    int32_t *scratch; /* a state */
    GArray *nodes;    /* int32: entered */
    GArray *drawn;    /* int32: of each draw the part, the number of parts, and each part's weight */
};

bool path_cache_check(const struct path_cache *c)
{
    assert(c->n_words == (size_t)pack_words(c->pack) && c->n_words > 0);
    assert(c->start->phase == PLAY_IDLE && !c->start->decision);
    assert(g_hash_table_size(c->locations) > 0);
    assert(c->back_to >= -1 && c->back_to < c->setup->s->n_decisions);
    return true;
}

static bool location_check(const struct cached_location *p)
{
    assert(p->n_times > 0 && (p->decision || p->n_times == 1));
    assert(p->n_offered == __builtin_popcountll(p->offered));
    assert(!p->kept || p->decision);
    assert((p->phase == PLAY_RUNNING) == (p->node >= 0) || p->phase == PLAY_OVER || p->phase == PLAY_STUCK);
    return true;
}

/* ---- locations ----------------------------------------------------------------------------------------------------- */

/* A pick that cuts at once leads along another path behind each effect in the window than before it. */
static void find_times(struct path_cache *c, struct cached_location *p, const int32_t *state)
{
    const struct story *s = c->setup->s;
    const struct story_span events = s->nodes[p->node].events;
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t last_us = p->decision->opens_us;
    g_array_append_val(times, last_us);
    for (int32_t i = state[PLAY_CURSOR]; story_pick_cuts(p->decision) && i < events.n; i++) {
        const struct story_event *e = &s->events[events.first + i];
        if (e->kind == STORY_CLOSE)
            break;
        if (e->at_us <= last_us)
            continue;
        last_us = e->at_us;
        g_array_append_val(times, last_us);
    }
    p->n_times = (int32_t)times->len;
    p->times = arena_dup(c->arena, times->data, times->len * sizeof last_us);
}

static struct cached_location *location_new(struct path_cache *c, const int32_t *state, const uint64_t *words)
{
    const int32_t open = state[PLAY_OPEN];
    const uint64_t offered = play_open_options(state);
    struct cached_location p = {.phase = (enum play_phase)state[PLAY_PHASE],
                                .node = state[PLAY_NODE],
                                .ending = state[PLAY_ENDING],
                                .n_offered = __builtin_popcountll(offered),
                                .decision = open >= 0 ? &c->setup->s->decisions[open] : NULL,
                                .decision_index = open,
                                .offered = offered,
                                .n_times = 1};
    if (open >= 0) {
        p.kept = p.decision->back_target;
        find_times(c, &p, state);
    }
    p.words = arena_dup(c->arena, words, c->n_words * sizeof *words);
    const size_t n_next = (size_t)p.n_offered * (size_t)p.n_times + 1;
    struct cached_location *stored = arena_alloc(c->arena, sizeof p + n_next * sizeof *p.next);
    memcpy(stored, &p, sizeof p);
    assert(location_check(stored));
    return stored;
}

static struct cached_location *find_location(struct path_cache *c, const int32_t *state)
{
    uint64_t *words = g_new(uint64_t, c->n_words);
    pack_put(c->pack, state, words);
    for (size_t i = 0; i < c->n_words; i++)
        words[i] &= c->location_mask[i];
    GBytes *key = g_bytes_new_take(words, c->n_words * sizeof *words);
    struct cached_location *p = g_hash_table_lookup(c->locations, key);
    if (p) {
        g_bytes_unref(key);
        return p;
    }
    p = location_new(c, state, words);
    g_hash_table_insert(c->locations, key, p);
    return p;
}

/* The rank of the option that is picked, or -1. */
static int32_t rank_of(const struct cached_location *p, int32_t outcome)
{
    const int32_t rank = outcome / p->n_times;
    return rank < p->n_offered ? rank : -1;
}

/* ---- going back ------------------------------------------------------------------------------------------------- */

/* A decision that some back() leads to has opened. */
static inline void keep_checkpoint(struct path_cache *c, const struct cached_location *p, uint64_t generator)
{
    assert(p->kept);
    memcpy(c->kept + (size_t)p->decision_index * c->n_words, c->words, c->n_words * sizeof *c->words);
    c->generators[p->decision_index] = generator;
}

static inline void restore_checkpoint(struct path_cache *c, int32_t decision, uint64_t *generator)
{
    const uint64_t *kept = c->kept + (size_t)decision * c->n_words;
    for (size_t i = 0; i < c->n_words; i++)
        c->words[i] = (c->words[i] & ~c->back_mask[i]) | (kept[i] & c->back_mask[i]);
    *generator = c->generators[decision];
}

/* The whole state, with its checkpoints. */
static void unpack_state(const struct path_cache *c, int32_t *state, uint64_t generator)
{
    const struct story *s = c->setup->s;
    pack_get(c->pack, c->words, state);
    play_set_generator(state, generator);
    for (int32_t i = 0; i < state[PLAY_CHECKPOINTS]; i++) {
        const int32_t d = play_checkpoint(s, state, i);
        pack_get(c->pack, c->kept + (size_t)d * c->n_words, c->scratch);
        play_set_checkpoint(s, state, i, c->scratch + PLAY_VALUES, c->generators[d]);
    }
}

/* ---- making a path --------------------------------------------------------------------------------------------- */

/* Notes the part drawn, and which parts hold where the route is drawn from. */
static void record_draw(struct path_cache *c, const struct play_effect *fx)
{
    const struct story *s = c->setup->s;
    const struct story_span parts = s->routes[fx->draw.route].parts;
    g_array_append_val(c->drawn, fx->draw.part);
    g_array_append_val(c->drawn, parts.n);
    for (int32_t i = 0; i < parts.n; i++) {
        const struct story_part *part = &s->parts[parts.first + i];
        const int32_t weight = play_part_holds(s, c->recorder.state, part) ? part->weight : 0;
        g_array_append_val(c->drawn, weight);
    }
}

static void record_effect(void *user, const struct play_effect *fx)
{
    struct path_cache *c = user;
    if (fx->kind == PLAY_DID_ENTER) {
        g_array_append_val(c->nodes, fx->enter.node);
        c->long_chain |= ++c->entered >= CHAIN_NODES_MAX;
    } else if (fx->kind == PLAY_DID_DRAW)
        record_draw(c, fx);
    else if (fx->kind == PLAY_DID_REWIND) {
        g_array_append_val(c->nodes, fx->rewind.node);
        c->back_to = fx->rewind.keeps ? -1 : fx->rewind.decision;
    }
    if (!c->long_chain)
        read_set_effect(c->reads, fx);
}

static void record_step(void *user, const struct play_input *in)
{
    struct path_cache *c = user;
    c->entered = 0;
    read_set_step(c->reads, c->recorder.state, in);
    const bool taken = play_step(c->setup->s, c->recorder.state, in, record_effect, c);
    assert(taken);
    if (!c->long_chain)
        read_set_settled(c->reads, c->recorder.state);
}

/* Plays up to where the next decision is open, the film goes back, or the path gets too long. Returns the media time in the
 * node of a pick that may come at any moment, else 0. */
static int64_t play_outcome(struct path_cache *c, const struct cached_location *p, int32_t outcome, uint64_t generator)
{
    struct viewer *v = &c->recorder;
    int64_t at_us = US_NONE;
    if (p->phase == PLAY_IDLE)
        record_step(c, &(struct play_input){.kind = PLAY_START, .seed = generator});
    if (p->decision) {
        const int32_t rank = rank_of(p, outcome);
        if (rank >= 0 && story_pick_cuts(p->decision))
            at_us = p->times[outcome % p->n_times];
        viewer_decide(v, menu_option_of_rank(p->offered, rank), at_us);
    }
    for (int i = 0; i < PATH_NODES_MAX && !c->long_chain && c->back_to < 0 && v->state[PLAY_PHASE] == PLAY_RUNNING; i++)
        if (viewer_advance(v))
            break;
    return at_us == US_NONE ? 0 : at_us;
}

static inline struct bit_trie *draw_part(struct path_fork *fork, uint64_t *generator)
{
    uint64_t left = play_random_below(generator, fork->total);
    int32_t i = 0;
    for (; left >= (uint64_t)fork->weights[i]; i++)
        left -= (uint64_t)fork->weights[i];
    return &fork->next[i];
}

/* `drawn`: as record_draw() left it. */
static struct bit_trie *add_fork(struct path_cache *c, struct bit_trie *at, const int32_t *drawn)
{
    const int32_t part = drawn[0], n = drawn[1];
    assert(bit_trie_is_empty(*at) && part < n);
    struct path_fork *fork = arena_alloc(c->arena, sizeof *fork + (size_t)n * sizeof *fork->next);
    fork->weights = arena_dup(c->arena, drawn + 2, (size_t)n * sizeof *drawn);
    for (int32_t i = 0; i < n; i++)
        fork->total += (uint64_t)fork->weights[i];
    assert(fork->weights[part] > 0);
    *at = bit_trie_point_to(fork, BIT_TRIE_FORK);
    return &fork->next[part];
}

/* From the empty slot behind `n_forks` draws on: a branch for every value that was read and a fork for every draw, in the order
 * in which they came. The values read depend on what the values before them were (of `a and b` only `a` is read where that is
 * false), so some of them may have been looked at already on the way to this slot. */
static struct bit_trie *add_branches(struct path_cache *c, struct bit_trie *at, int32_t n_forks)
{
    int32_t n_read, n_draws;
    const int32_t *values = read_set_values(c->reads, &n_read), *draws = read_set_draws(c->reads, &n_draws);
    const int32_t *drawn = (const int32_t *)(void *)c->drawn->data;
    assert(values); /* no checkpoint is part of these states */
    for (int32_t i = 0, draw = 0; i <= n_read; i++) {
        for (; draw < n_draws && draws[draw] == i; draw++) {
            if (draw >= n_forks)
                at = add_fork(c, at, drawn);
            drawn += 2 + drawn[1];
        }
        if (i < n_read)
            at = bit_trie_add(c->arena, at, pack_value(c->pack, values[i]), c->words, c->looked);
    }
    return at;
}

static void set_update(const struct path_cache *c, struct cached_path *path)
{
    pack_update_begin(c->pack, c->recorder.state, path->update);
    for (int32_t i = 0; i < c->n_values; i++)
        if (!read_set_was_set(c->reads, i))
            pack_update_keep(c->pack, path->update, i);
}

/* The empty slot where this state has no path. Notes which bits are looked at on the way there, and counts the forks. */
static struct bit_trie *find_empty(struct path_cache *c, struct cached_location *p, int32_t outcome, uint64_t generator,
                                   int32_t *n_forks)
{
    struct bit_trie *at = &p->next[outcome];
    *n_forks = 0;
    memset(c->looked, 0, c->n_words * sizeof *c->looked);
    while (!bit_trie_is_empty(*at)) {
        if (bit_trie_kind(*at) == BIT_TRIE_BRANCH) {
            const struct bit_trie_branch *b = bit_trie_target(*at);
            c->looked[b->word] |= b->mask << b->shift;
            at = bit_trie_next(*at, c->words);
        } else {
            assert(bit_trie_kind(*at) == BIT_TRIE_FORK);
            at = draw_part(bit_trie_target(*at), &generator);
            ++*n_forks;
        }
    }
    return at;
}

/* False if there is no more room. */
static bool add_path(struct path_cache *c, struct cached_location *p, int32_t outcome, uint64_t generator)
{
    struct viewer *v = &c->recorder;
    if (arena_used(c->arena) >= c->bytes_max)
        return false;
    unpack_state(c, v->state, generator);
    g_array_set_size(c->nodes, 0);
    g_array_set_size(c->drawn, 0);
    c->long_chain = false;
    c->back_to = -1;
    v->at_us = 0;
    read_set_begin(c->reads);
    read_set_begin_transition(c->reads, true);
    const int64_t at_us = play_outcome(c, p, outcome, generator);
    int32_t n_forks;
    struct bit_trie *at = find_empty(c, p, outcome, generator, &n_forks);
    struct cached_path *path = arena_alloc(c->arena, sizeof *path + 2 * c->n_words * sizeof *path->update);
    if (!c->long_chain) {
        set_update(c, path); /* before read_set_values(), which ends the transition */
        at = add_branches(c, at, n_forks);
        path->to = find_location(c, v->state);
        path->from = p;
        path->outcome = outcome;
        path->back_to = c->back_to;
        path->us = v->at_us - at_us;
        path->n_nodes = (int32_t)c->nodes->len;
        path->nodes = arena_dup(c->arena, c->nodes->data, c->nodes->len * sizeof(int32_t));
        g_ptr_array_add(c->paths, path);
    }
    *at = bit_trie_point_to(path, BIT_TRIE_LEAF);
    assert(path_cache_check(c));
    return true;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static inline struct bit_trie *follow_known(const struct path_cache *c, struct cached_location *p, int32_t outcome,
                                            uint64_t *generator)
{
    struct bit_trie *at = &p->next[outcome];
    while (!bit_trie_is_empty(*at) && bit_trie_kind(*at) != BIT_TRIE_LEAF)
        at = bit_trie_kind(*at) == BIT_TRIE_BRANCH ? bit_trie_next(*at, c->words)
                                                   : draw_part(bit_trie_target(*at), generator);
    return at;
}

/* The path of this outcome, which is made if it is missing. NULL: the viewer goes on by play_step(). */
static inline struct cached_path *find_path(struct path_cache *c, struct cached_location *p, int32_t outcome,
                                            uint64_t *generator)
{
    const uint64_t began = *generator;
    struct bit_trie *at = follow_known(c, p, outcome, generator);
    if (bit_trie_is_empty(*at)) {
        *generator = began;
        if (!add_path(c, p, outcome, began))
            return NULL;
        at = follow_known(c, p, outcome, generator);
    }
    struct cached_path *path = bit_trie_target(*at);
    return path->to ? path : NULL;
}

static inline int32_t outcome_of(const struct cached_location *p, struct viewer_choice choice)
{
    if (choice.rank < 0)
        return p->n_offered * p->n_times;
    int32_t time = p->n_times - 1;
    while (time > 0 && p->times[time] > choice.at_us)
        time--;
    return choice.rank * p->n_times + time;
}

static inline void apply_path(struct path_cache *c, struct cached_path *path, struct viewer *v, uint64_t *generator)
{
    path->taken++;
    pack_update_apply(path->update, c->words, c->words, c->n_words);
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
        restore_checkpoint(c, path->back_to, generator);
    else if (path->to->kept)
        keep_checkpoint(c, path->to, *generator);
}

static void leave_cache(const struct path_cache *c, struct viewer *v, const struct cached_location *p,
                        uint64_t generator)
{
    if (p->phase == PLAY_IDLE)
        viewer_start(v, generator);
    else {
        unpack_state(c, v->state, generator);
        v->node = p->node;
    }
    viewer_continue(v);
}

void path_cache_run(struct path_cache *c, struct viewer *v, uint64_t seed)
{
    struct cached_location *p = c->start;
    memcpy(c->words, c->idle, c->n_words * sizeof *c->words);
    while (p->phase == PLAY_IDLE || p->phase == PLAY_RUNNING) {
        const uint64_t rng = v->rng, began = seed;
        struct viewer_choice choice = {.rank = -1, .at_us = US_NONE};
        if (p->decision)
            choice = viewer_choose(c->setup->model, p->decision, (uint32_t)p->n_offered, &v->rng);
        struct cached_path *path = find_path(c, p, outcome_of(p, choice), &seed);
        if (!path || v->entered + path->n_nodes >= SIMULATE_NODES_MAX) {
            v->rng = rng;
            leave_cache(c, v, p, began);
            return;
        }
        apply_path(c, path, v, &seed);
        if (choice.at_us != US_NONE)
            v->at_us += choice.at_us;
        p = path->to;
    }
    viewer_count_end(v, p->phase, p->ending);
}

void path_cache_add_counts(const struct path_cache *c, struct simulate_result *r)
{
    for (guint k = 0; k < c->paths->len; k++) {
        const struct cached_path *path = g_ptr_array_index(c->paths, k);
        const struct cached_location *p = path->from;
        int32_t from = p->node;
        for (int32_t i = 0; i < path->n_nodes; i++) {
            const int32_t node = path->nodes[i];
            r->visits[node] += path->taken;
            if (from >= 0)
                viewer_count_edge(c->setup, r, from, node, path->taken);
            from = node;
        }
        if (!p->decision)
            continue;
        viewer_count_choice(c->setup, r, p->decision_index, p->offered,
                            menu_option_of_rank(p->offered, rank_of(p, path->outcome)), path->taken);
        r->from_cache += path->taken;
    }
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

/* play/play.h says which values going back restores. */
static void find_back_mask(struct path_cache *c)
{
    const struct story *s = c->setup->s;
    c->back_mask = g_new0(uint64_t, c->n_words);
    for (int32_t i = 0; i < c->n_values; i++) {
        const struct pack_field f = pack_value(c->pack, i);
        if (i >= s->n_vars || (!s->vars[i].keep_viewer && !s->vars[i].keep_rewind))
            c->back_mask[f.word] |= pack_mask(f);
    }
}

struct path_cache *path_cache_new(const struct viewer_setup *setup, size_t bytes_max)
{
    const struct story *s = setup->s;
    const int32_t n_values = s->n_vars + s->n_memories, n_slots = play_state_slots(s);
    struct path_cache *c = g_new0(struct path_cache, 1);
    c->setup = setup;
    c->bytes_max = bytes_max;
    c->n_values = n_values;
    c->pack = pack_new_without_checkpoint_values(s);
    c->reads = read_set_new(s, true);
    c->n_words = (size_t)pack_words(c->pack);
    c->idle = g_new0(uint64_t, c->n_words);
    c->words = g_new0(uint64_t, c->n_words);
    c->looked = g_new0(uint64_t, c->n_words);
    c->kept = g_new0(uint64_t, ((size_t)s->n_decisions + 1) * c->n_words);
    c->generators = g_new0(uint64_t, (size_t)s->n_decisions + 1);
    c->scratch = g_new0(int32_t, n_slots);
    c->locations = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    c->paths = g_ptr_array_new();
    c->arena = arena_new();
    c->nodes = g_array_new(TRUE, FALSE, sizeof(int32_t));
    c->drawn = g_array_new(TRUE, FALSE, sizeof(int32_t));
    c->recorder = (struct viewer){.setup = setup, .state = g_new0(int32_t, n_slots), .step = record_step, .user = c};
    c->location_mask = g_new(uint64_t, c->n_words);
    pack_location_mask(c->pack, c->location_mask);
    find_back_mask(c);
    play_init(s, c->recorder.state);
    pack_put(c->pack, c->recorder.state, c->idle);
    c->start = find_location(c, c->recorder.state);
    c->back_to = -1;
    assert(path_cache_check(c));
    return c;
}

void path_cache_free(struct path_cache *c)
{
    if (!c)
        return;
    g_free(c->recorder.state);
    g_array_unref(c->drawn);
    g_array_unref(c->nodes);
    arena_free(c->arena);
    g_ptr_array_unref(c->paths);
    g_hash_table_unref(c->locations);
    g_free(c->location_mask);
    g_free(c->back_mask);
    g_free(c->scratch);
    g_free(c->generators);
    g_free(c->kept);
    g_free(c->looked);
    g_free(c->words);
    g_free(c->idle);
    read_set_free(c->reads);
    pack_free(c->pack);
    g_free(c);
}
