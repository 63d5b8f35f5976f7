#include "explore/memo.h"

#include "base/arena.h"
#include "explore/sequences.h"
#include "explore/read_set.h"

#include <glib.h>
#include <string.h>

/* A look at one value: which child it leads to is its field in the packed state, at most LOOK_BITS of it at a time. */
#define LOOK_BITS 4
struct memo_look {
    int32_t word, shift;
    uint64_t mask;
    void *child[]; /* look, or with the lowest bit set leaf; NULL: not known yet */
};

/* One way of a case: the packed state with some fields kept, the others set. */
struct memo_update {
    struct memo_transition *transition;
    uint64_t keep_set[]; /* keep, set of each word */
};

struct memo_leaf {
    int32_t n; /* ALWAYS_PLAY: no case, all of the state matters */
    bool complete;
    uint64_t compared; /* with these inputs behind its own, as bits */
    uint64_t repeated; /* of them, those that lead where this one does, in all states that come to this leaf */
    uint64_t *asked;   /* of each word, what was looked at on the way here */
    const struct memo_update *update[];
};
#define ALWAYS_PLAY  (-1)
#define COMPARED_MAX 64 /* inputs of a place that are */

/* States that agree in all but their values: the same inputs can come. */
struct memo_location {
    struct memo_location *next;
    uint64_t *words;
    int32_t n_inputs;
    struct successors_input *inputs;
    void **tree; /* of each input, as a child of struct memo_look */
};

#define LOCATION_BUCKETS 4096

struct memo {
    const struct story *s;
    const struct pack *pack;
    struct liveness *live;
    const struct choice_model_shares *measure; /* or NULL */
    struct successors_watch watch;
    struct successors *ways;
    struct read_set *reads;
    size_t n_words, update_bytes;
    int32_t n_values;
    bool no_cases;                                     /* there are checkpoints: all of every state matters */
    uint64_t *location_mask;                           /* of each word: what is no value */
    struct memo_location *locations[LOCATION_BUCKETS]; /* by hash */
    GHashTable *all_transitions;                       /* memo_transition */
    GHashTable *all_updates;                           /* turn: many cases have the same ways */
    struct arena *arena;                               /* all that is remembered, side by side */
    size_t update_index_bytes;                         /* of the keys of all_updates */
    /* of what is expanded */
    int32_t *state;
    bool unpacked; /* state holds it */
    struct memo_transitions answer;
    int32_t n_answers, room;
    uint64_t *words;
    struct memo_transition **transitions;
    /* of an input that is played */
    GPtrArray *updates;
    bool complete;
    struct state_graph_label begins, label; /* of every way of it; of the way that is being told */
    uint64_t *packed_to;
    GArray *entered, *taken;     /* int32_t: nodes that it entered so far; the same with the options that were taken */
    struct sequences *sequences; /* of both */
};

static size_t held_bytes(const struct memo *m)
{
    return arena_held(m->arena) + m->update_index_bytes;
}

/* ---- watching a way ------------------------------------------------------------------------------------------- */

static void observe_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct memo *m = user;
    read_set_begin_transition(m->reads, successors_quiet(m->s, state));
    m->label = m->begins;
    g_array_set_size(m->entered, 0);
    g_array_set_size(m->taken, 0);
    if (m->watch.begin)
        m->watch.begin(m->watch.user, state, ordinal);
}

static void observe_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct memo *m = user;
    read_set_step(m->reads, state, in);
    if (m->watch.step)
        m->watch.step(m->watch.user, state, in, at_us);
}

/* How likely this draw is among those that could be. */
static double draw_chance(const struct story *s, const int32_t *state, const struct play_effect *fx)
{
    const struct story_part *parts = &s->parts[s->routes[fx->draw.route].parts.first];
    double all = 0;
    for (int32_t i = 0; i < s->routes[fx->draw.route].parts.n; i++)
        if (play_part_holds(s, state, &parts[i]))
            all += parts[i].weight;
    return parts[fx->draw.part].weight / all;
}

static void observe_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct memo *m = user;
    read_set_effect(m->reads, fx);
    if (fx->kind == PLAY_DID_DRAW) {
        const double drawn = draw_chance(m->s, state, fx);
        m->label.chance *= drawn;
        m->label.measured *= drawn;
    }
    if (fx->kind == PLAY_DID_DECIDE && fx->decide.option >= 0) {
        const int32_t option = SEQUENCES_OPTION(m->s->decisions[fx->decide.decision].options.first + fx->decide.option);
        g_array_append_val(m->taken, option);
    }
    if (fx->kind == PLAY_DID_ENTER) {
        g_array_append_val(m->entered, fx->enter.node);
        g_array_append_val(m->taken, fx->enter.node);
    }
    m->label.length += fx->kind == PLAY_DID_DRAW || fx->kind == PLAY_DID_DECIDE;
    if (m->watch.effect)
        m->watch.effect(m->watch.user, state, fx);
}

static void observe_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct memo *m = user;
    read_set_settled(m->reads, state);
    if (m->watch.settled)
        m->watch.settled(m->watch.user, state, in, quiet);
}

/* Dead values are all taken for the same. */
static void clear_dead_values(struct memo *m, const int32_t *state, struct memo_update *t)
{
    const bool *live = m->live ? liveness_at(m->live, state) : NULL;
    for (int32_t i = 0; live && i < m->n_values; i++) {
        const struct pack_field f = pack_value(m->pack, i);
        const uint64_t mask = pack_mask(f);
        if (live[i])
            continue;
        t->keep_set[2 * f.word] &= ~mask;
        t->keep_set[2 * f.word + 1] &= ~mask;
    }
}

static guint hash_transition(gconstpointer p)
{
    const struct memo_transition *w = p;
    return (guint)(w->label.max_us / 1000) * 31 + (guint)w->label.step_sequence + (guint)w->label.choice * 89 +
           (guint)w->label.length * 7 + (guint)w->node * 1009;
}

static gboolean same_transition(gconstpointer a, gconstpointer b)
{
    const struct memo_transition *x = a, *y = b;
    return state_graph_label_equal(&x->label, &y->label) && x->node == y->node && x->ending == y->ending &&
           x->phase == y->phase;
}

static uint32_t sequence_number(struct memo *m, const GArray *row)
{
    g_autoptr(GBytes) bytes = g_bytes_new(row->data, row->len * sizeof(int32_t));
    return sequences_number(m->sequences, bytes);
}

/* Few differ. */
static struct memo_transition *intern_transition(struct memo *m, const int32_t *state, const struct transition *edge)
{
    struct state_graph_label label = m->label;
    label.min_us = edge->min_us;
    label.max_us = edge->max_us;
    label.back = edge->back;
    label.merged = edge->merged;
    label.node_sequence = sequence_number(m, m->entered);
    label.step_sequence = sequence_number(m, m->taken);
    const struct memo_transition transition = {.label = label,
                                               .node = state[PLAY_NODE],
                                               .ending = state[PLAY_ENDING],
                                               .phase = (enum play_phase)state[PLAY_PHASE],
                                               .node_sequence = sequences_bytes_of(m->sequences, label.node_sequence),
                                               .step_sequence = sequences_bytes_of(m->sequences, label.step_sequence),
                                               .number = MEMO_UNNUMBERED};
    struct memo_transition *known = g_hash_table_lookup(m->all_transitions, &transition);
    if (!known) {
        known = arena_alloc(m->arena, sizeof *known);
        *known = transition;
        g_hash_table_add(m->all_transitions, known);
    }
    return known;
}

static void record_transition(void *user, const int32_t *state, const struct transition *edge)
{
    struct memo *m = user;
    struct memo_update *t = g_malloc0(m->update_bytes);
    t->transition = intern_transition(m, state, edge);
    pack_put(m->pack, state, m->packed_to);
    for (size_t w = 0; w < m->n_words; w++)
        t->keep_set[2 * w + 1] = m->packed_to[w];
    for (int32_t i = 0; i < m->n_values; i++) {
        const struct pack_field f = pack_value(m->pack, i);
        if (read_set_was_set(m->reads, i))
            continue;
        t->keep_set[2 * f.word] |= pack_mask(f);
        t->keep_set[2 * f.word + 1] &= ~pack_mask(f);
    }
    clear_dead_values(m, state, t);
    g_ptr_array_add(m->updates, t);
}

/* ---- places --------------------------------------------------------------------------------------------------- */

static uint64_t hash_location(const struct memo *m, const uint64_t *words)
{
    uint64_t h = 0;
    for (size_t i = 0; i < m->n_words; i++)
        h = (h ^ (words[i] & m->location_mask[i])) * UINT64_C(0x9e3779b97f4a7c15);
    return h >> 52;
}

static bool is_location(const struct memo *m, const struct memo_location *p, const uint64_t *words)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < m->n_words; i++)
        differ |= (words[i] & m->location_mask[i]) ^ p->words[i];
    return differ == 0;
}

static struct memo_location *add_location(struct memo *m, const uint64_t *words, uint64_t hash)
{
    struct memo_location *p = arena_alloc(m->arena, sizeof *p);
    int32_t n;
    pack_get(m->pack, words, m->state);
    const struct successors_input *inputs = successors_inputs(m->ways, m->state, &n);
    p->words = arena_alloc(m->arena, m->n_words * sizeof *p->words);
    for (size_t i = 0; i < m->n_words; i++)
        p->words[i] = words[i] & m->location_mask[i];
    p->n_inputs = n;
    p->inputs = arena_alloc(m->arena, ((size_t)n + 1) * sizeof *inputs);
    memcpy(p->inputs, inputs, (size_t)n * sizeof *inputs);
    p->tree = arena_alloc(m->arena, ((size_t)n + 1) * sizeof *p->tree);
    p->next = m->locations[hash];
    m->locations[hash] = p;
    return p;
}

static struct memo_location *find_location(struct memo *m, const uint64_t *words)
{
    const uint64_t hash = hash_location(m, words);
    struct memo_location *p = m->locations[hash];
    while (p && !is_location(m, p, words))
        p = p->next;
    return p ? p : add_location(m, words, hash);
}

/* ---- cases ---------------------------------------------------------------------------------------------------- */

static void *leaf_child(struct memo_leaf *leaf)
{
    return (char *)leaf + 1;
}

static struct memo_leaf *child_leaf(void *child)
{
    return (uintptr_t)child & 1 ? (struct memo_leaf *)(void *)((char *)child - 1) : NULL;
}

static void **look_at(const struct memo_look *look, const uint64_t *words)
{
    return (void **)&look->child[words[look->word] >> look->shift & look->mask];
}

/* The place for what is known behind one more look, which is made if it is not there. */
static void **add_look(struct memo *m, void **at, const uint64_t *words, struct pack_field f)
{
    if (!*at) {
        const size_t n = (size_t)1 << f.bits;
        struct memo_look *look = arena_alloc(m->arena, sizeof *look + n * sizeof(void *));
        look->word = f.word;
        look->shift = f.shift;
        look->mask = n - 1;
        *at = look;
    }
    const struct memo_look *look = *at;
    g_assert(!child_leaf(*at) && look->word == f.word && look->shift == f.shift);
    return look_at(look, words);
}

static const struct memo_update *intern_update(struct memo *m, const struct memo_update *t)
{
    GBytes *key = g_bytes_new(t, m->update_bytes);
    struct memo_update *known = g_hash_table_lookup(m->all_updates, key);
    if (known) {
        g_bytes_unref(key);
        return known;
    }
    known = arena_alloc(m->arena, m->update_bytes);
    memcpy(known, t, m->update_bytes);
    g_hash_table_insert(m->all_updates, key, known);
    m->update_index_bytes += m->update_bytes;
    return known;
}

/* Remembers the turns under what the input has read. */
static void store_case(struct memo *m, void **at, const uint64_t *words)
{
    int32_t n;
    const int32_t *slots = read_set_values(m->reads, &n);
    uint64_t *asked = arena_alloc(m->arena, m->n_words * sizeof *asked);
    for (int32_t i = 0; slots && i < n; i++) {
        struct pack_field f = pack_value(m->pack, slots[i]);
        asked[f.word] |= pack_mask(f);
        for (int32_t left = f.bits; left > 0; left -= LOOK_BITS, f.shift += LOOK_BITS) {
            f.bits = MIN(left, LOOK_BITS);
            at = add_look(m, at, words, f);
        }
    }
    const size_t n_turns = slots ? m->updates->len : 0;
    struct memo_leaf *leaf = arena_alloc(m->arena, sizeof *leaf + n_turns * sizeof(struct memo_update *));
    leaf->n = slots ? (int32_t)n_turns : ALWAYS_PLAY;
    leaf->complete = m->complete;
    leaf->asked = asked;
    for (size_t i = 0; i < n_turns; i++)
        leaf->update[i] = intern_update(m, g_ptr_array_index(m->updates, i));
    *at = leaf_child(leaf);
}

/* ---- repeats -------------------------------------------------------------------------------------------------- */

static bool leads_the_same(const struct memo *m, const struct memo_update *a, const struct memo_update *b)
{
    return memcmp(a->keep_set, b->keep_set, 2 * m->n_words * sizeof(uint64_t)) == 0;
}

/* In every state that comes to the leaf `a`, another input of the same place comes to `b` and leads nowhere else: it asks
 * for nothing more. So it is when time runs out and the film takes what a pick would have taken. */
static bool repeats(const struct memo *m, const struct memo_leaf *a, const struct memo_leaf *b)
{
    bool same = a->n == b->n && b->complete;
    for (size_t i = 0; same && i < m->n_words; i++)
        same = (b->asked[i] & ~a->asked[i]) == 0;
    for (int32_t i = 0; same && i < a->n; i++)
        same = leads_the_same(m, a->update[i], b->update[i]);
    return same;
}

static void compare_leaves(const struct memo *m, struct memo_leaf *a, const struct memo_leaf *b, int32_t input)
{
    a->compared |= UINT64_C(1) << input;
    if (repeats(m, a, b))
        a->repeated |= UINT64_C(1) << input;
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static void reserve_answers(struct memo *m)
{
    m->room = MAX(64, 2 * m->room);
    m->words = g_renew(uint64_t, m->words, (gsize)m->room * m->n_words);
    m->transitions = g_renew(struct memo_transition *, m->transitions, (gsize)m->room);
}

static inline void add_update(struct memo *m, const uint64_t *from, const struct memo_update *t)
{
    if (m->n_answers == m->room)
        reserve_answers(m);
    uint64_t *to = m->words + (size_t)m->n_answers * m->n_words;
    for (size_t i = 0; i < m->n_words; i++)
        to[i] = (from[i] & t->keep_set[2 * i]) | t->keep_set[2 * i + 1];
    m->transitions[m->n_answers++] = t->transition;
}

static inline void add_updates(struct memo *m, const uint64_t *from, const struct memo_leaf *leaf)
{
    m->answer.complete &= leaf->complete;
    for (int32_t i = 0; i < leaf->n; i++)
        add_update(m, from, leaf->update[i]);
}

/* By play_step(), all of it. `at`: where to remember it, or NULL. */
static void run_input(struct memo *m, const struct successors_input *input, const uint64_t *words, void **at)
{
    int32_t ordinal = m->n_answers;
    if (!m->unpacked)
        pack_get(m->pack, words, m->state);
    m->unpacked = true;
    g_ptr_array_set_size(m->updates, 0); /* frees those of the last one */
    read_set_begin(m->reads);
    const bool running = m->state[PLAY_PHASE] == PLAY_RUNNING;
    m->begins =
        (struct state_graph_label){.chance = choice_model_uniform(m->s, m->state, input), .decision = -1, .choice = -1};
    m->begins.measured = choice_model_measured(m->s, m->state, input, m->measure);
    if (running)
        m->begins.decision = m->state[PLAY_OPEN];
    if (input->in.kind == PLAY_PICK)
        m->begins.choice = input->in.option;
    m->complete = successors_of_input(m->ways, m->state, input, &ordinal, record_transition, m);
    m->answer.complete &= m->complete;
    for (guint i = 0; i < m->updates->len; i++)
        add_update(m, words, g_ptr_array_index(m->updates, i));
    if (at)
        store_case(m, at, words);
}

/* By what is remembered, down to where it ends; NULL where nothing was. */
static struct memo_leaf *answer_input(struct memo *m, const struct successors_input *input, const uint64_t *words,
                                      void **at)
{
    struct memo_leaf *leaf = NULL;
    while (*at && !(leaf = child_leaf(*at)))
        at = look_at(*at, words);
    if (!leaf || leaf->n == ALWAYS_PLAY) {
        run_input(m, input, words, leaf || held_bytes(m) >= MEMO_BYTES_MAX ? NULL : at);
        return NULL;
    }
    add_updates(m, words, leaf);
    return leaf;
}

static void answer_without(struct memo *m, const uint64_t *words)
{
    int32_t n;
    pack_get(m->pack, words, m->state);
    m->unpacked = true;
    const struct successors_input *inputs = successors_inputs(m->ways, m->state, &n);
    for (int32_t i = 0; i < n; i++)
        run_input(m, &inputs[i], words, NULL);
}

static void begin_answer(struct memo *m)
{
    m->n_answers = 0;
    m->unpacked = false;
    m->answer.complete = true;
}

static struct memo_transitions end_answer(struct memo *m)
{
    m->answer.n = m->n_answers;
    m->answer.words = m->words;
    m->answer.transitions = m->transitions;
    return m->answer;
}

struct memo_transitions memo_expand(struct memo *m, const uint64_t *words)
{
    begin_answer(m);
    const struct memo_location *p = m->no_cases ? NULL : find_location(m, words);
    for (int32_t i = 0; p && i < p->n_inputs; i++)
        answer_input(m, &p->inputs[i], words, &p->tree[i]);
    if (!p)
        answer_without(m, words);
    return end_answer(m);
}

static void reach_from(struct memo *m, const struct memo_location *p, const uint64_t *words)
{
    struct memo_leaf *leaves[COMPARED_MAX];
    uint64_t repeated = 0;
    const int32_t n = MIN(p->n_inputs, COMPARED_MAX);
    for (int32_t i = 0; i < n; i++) {
        leaves[i] = NULL;
        if (repeated >> i & 1)
            continue;
        leaves[i] = answer_input(m, &p->inputs[i], words, &p->tree[i]);
        if (!leaves[i])
            continue;
        for (int32_t k = 0; k < i; k++)
            if (leaves[k] && !(leaves[k]->compared >> i & 1))
                compare_leaves(m, leaves[k], leaves[i], i);
        repeated |= leaves[i]->repeated;
    }
    for (int32_t i = n; i < p->n_inputs; i++)
        answer_input(m, &p->inputs[i], words, &p->tree[i]);
}

struct memo_transitions memo_reach(struct memo *m, const uint64_t *states, size_t n)
{
    begin_answer(m);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *words = states + i * m->n_words;
        m->unpacked = false;
        if (m->no_cases)
            answer_without(m, words);
        else
            reach_from(m, find_location(m, words), words);
    }
    return end_answer(m);
}

size_t memo_bytes(const struct memo *m)
{
    return held_bytes(m);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

static void find_location_mask(struct memo *m)
{
    m->location_mask = g_new(uint64_t, m->n_words);
    memset(m->location_mask, 0xff, m->n_words * sizeof *m->location_mask);
    for (int32_t i = 0; i < m->n_values; i++) {
        const struct pack_field f = pack_value(m->pack, i);
        m->location_mask[f.word] &= ~pack_mask(f);
    }
}

static void free_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

struct memo *memo_new(const struct story *s, const struct pack *pack, const struct successors_watch *watch, bool backs,
                      struct liveness *live, const struct choice_model_shares *measure)
{
    const struct successors_watch own = {observe_begin, observe_step, observe_effect, observe_settled, NULL};
    struct memo *m = g_new0(struct memo, 1);
    struct successors_watch mine = own;
    mine.user = m;
    m->s = s;
    m->pack = pack;
    m->live = live;
    m->measure = measure;
    if (watch)
        m->watch = *watch;
    m->n_values = s->n_vars + s->n_memories;
    m->no_cases = play_state_slots(s) > PLAY_VALUES + m->n_values;
    m->n_words = (size_t)pack_words(pack);
    m->update_bytes = sizeof(struct memo_update) + 2 * m->n_words * sizeof(uint64_t);
    m->ways = successors_new(s, &mine, backs);
    m->reads = read_set_new(s, false);
    m->arena = arena_new();
    m->all_updates = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    m->all_transitions = g_hash_table_new(hash_transition, same_transition);
    m->updates = g_ptr_array_new_with_free_func(g_free);
    m->entered = g_array_new(FALSE, FALSE, sizeof(int32_t));
    m->taken = g_array_new(FALSE, FALSE, sizeof(int32_t));
    m->sequences = sequences_new();
    m->state = g_new0(int32_t, (gsize)play_state_slots(s));
    m->packed_to = g_new0(uint64_t, m->n_words);
    find_location_mask(m);
    return m;
}

void memo_free(struct memo *m)
{
    if (!m)
        return;
    sequences_free(m->sequences);
    g_array_unref(m->taken);
    g_array_unref(m->entered);
    g_ptr_array_unref(m->updates);
    g_hash_table_unref(m->all_updates);
    g_hash_table_unref(m->all_transitions);
    arena_free(m->arena);
    read_set_free(m->reads);
    successors_free(m->ways);
    g_free(m->location_mask);
    g_free(m->packed_to);
    g_free(m->state);
    g_free(m->words);
    g_free(m->transitions);
    g_free(m);
}
