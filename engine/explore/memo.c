#include "explore/memo.h"

#include "base/arena.h"
#include "base/splitmix64.h"
#include "explore/bit_trie.h"
#include "explore/read_set.h"
#include "explore/sequences.h"
#include "play/checkpoint.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* A transition as what it does to the packed state. */
struct memo_update {
    struct memo_transition *transition;
    uint64_t update[]; /* pack_update_apply() */
};

/* A case of an input: a leaf of the input's trie. */
struct memo_case {
    int32_t n; /* updates; ALWAYS_PLAY: the input depends on the whole state, so this is no case */
    bool complete;
    uint64_t compared; /* later inputs of the location that it was compared with, a bit of each */
    uint64_t repeated; /* of these, the ones that lead where this case does, in every state that comes to it */
    uint64_t *looked;  /* of each word, the bits that were looked at on the way here */
    const struct memo_update *updates[];
};
#define ALWAYS_PLAY  (-1)
#define COMPARED_MAX 64 /* inputs of a location that are compared */
static_assert(COMPARED_MAX <= 8 * sizeof(uint64_t), "compared and repeated are bit sets");

/* States that agree in all but their values. The same inputs can come in all of them. */
struct memo_location {
    struct memo_location *next; /* in its bucket */
    uint64_t *words;            /* of such a state, the values masked out */
    int32_t n_inputs;
    struct successors_input *inputs;
    struct bit_trie *cases; /* of each input */
};

#define LOCATION_BUCKET_BITS 12
#define LOCATION_BUCKETS     (1 << LOCATION_BUCKET_BITS)

struct memo {
    const struct story *s;
    const struct pack *pack;
    struct liveness *live;
    const struct choice_model_shares *measure; /* or NULL */
    struct successors_watch watch;
    struct successors *successors;
    struct read_set *reads;
    size_t n_words, update_bytes, state_bytes;
    int32_t n_values;
    bool roles;    /* the ending that was reached last may matter in other nodes */
    bool no_cases; /* there are checkpoints: every input depends on the whole state */
    uint64_t *location_mask;
    struct memo_location *locations[LOCATION_BUCKETS]; /* by hash */
    GHashTable *all_transitions;                       /* memo_transition */
    GHashTable *all_updates;                           /* GBytes to memo_update: many cases have the same updates */
    struct arena *arena;                               /* holds all that is remembered */
    size_t update_index_bytes;                         /* of the keys of all_updates */
    /* of the answer that is being made */
    int32_t *state, *settled;
    bool unpacked; /* `state` is the state that is expanded */
    struct memo_transitions answer;
    int32_t n_answers, room;
    uint64_t *words;
    struct memo_transition **transitions;
    /* of the input that is played */
    GPtrArray *updates; /* memo_update */
    bool complete;
    struct state_graph_label begins, label; /* what all its transitions begin with; of the one that is going on */
    GArray *nodes, *steps;                  /* int32: sequences of the transition that is going on */
    struct sequences *sequences;
};

size_t memo_bytes(const struct memo *m)
{
    return arena_held(m->arena) + m->update_index_bytes;
}

bool memo_check(const struct memo *m)
{
    assert(m->n_words == (size_t)pack_words(m->pack) && m->n_words > 0);
    assert(m->n_answers >= 0 && m->n_answers <= m->room);
    assert(m->update_bytes == sizeof(struct memo_update) + 2 * m->n_words * sizeof(uint64_t));
    assert(g_hash_table_size(m->all_updates) * m->update_bytes == m->update_index_bytes);
    return true;
}

/* ---- watching a transition ------------------------------------------------------------------------------------------- */

static void observe_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct memo *m = user;
    read_set_begin_transition(m->reads, successors_quiet(m->s, state));
    m->label = m->begins;
    g_array_set_size(m->nodes, 0);
    g_array_set_size(m->steps, 0);
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

/* The chance of this draw among the parts that hold. */
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
        g_array_append_val(m->steps, option);
    }
    if (fx->kind == PLAY_DID_ENTER) {
        g_array_append_val(m->nodes, fx->enter.node);
        g_array_append_val(m->steps, fx->enter.node);
    }
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

/*
 * What no later step can tell apart, but for dead values: without roles the film is over only behind an ending, so the one that
 * was reached last matters only in its own node; and dead values of checkpoints. Returns the state as it is stored.
 */
static const int32_t *settle_state(struct memo *m, const int32_t *state)
{
    const struct story *s = m->s;
    if (!m->live)
        return state;
    memcpy(m->settled, state, m->state_bytes);
    if (!m->roles)
        m->settled[PLAY_ENDING] = s->nodes[state[PLAY_NODE]].ending;
    for (int32_t i = 0; i < state[PLAY_CHECKPOINTS]; i++) {
        const bool *live = liveness_at_checkpoint(m->live, state, i);
        int32_t *checkpoint = m->settled + checkpoint_offset(s, i);
        if (!m->roles)
            checkpoint[CHECKPOINT_ENDING] = s->nodes[s->decisions[checkpoint[CHECKPOINT_DECISION]].node].ending;
        for (int32_t v = 0; v < m->n_values; v++)
            if (!live[v])
                checkpoint[CHECKPOINT_VALUES + v] = v < s->n_vars ? s->vars[v].min : 0;
    }
    return m->settled;
}

/* States that differ in dead values alone become one. */
static void clear_dead_values(struct memo *m, const int32_t *state, uint64_t *update)
{
    const bool *live = m->live ? liveness_at(m->live, state) : NULL;
    for (int32_t i = 0; live && i < m->n_values; i++)
        if (!live[i])
            pack_update_clear(m->pack, update, i);
}

static guint hash_transition(gconstpointer p)
{
    const struct memo_transition *w = p;
    return (guint)(w->label.max_us / 1000) * 31 + (guint)w->label.step_sequence + (guint)w->label.choice * 89 +
           (guint)w->node * 1009;
}

static gboolean same_transition(gconstpointer a, gconstpointer b)
{
    const struct memo_transition *x = a, *y = b;
    return state_graph_label_equal(&x->label, &y->label) && x->node == y->node && x->ending == y->ending &&
           x->phase == y->phase;
}

static uint32_t sequence_number(struct memo *m, const GArray *sequence)
{
    g_autoptr(GBytes) bytes = g_bytes_new(sequence->data, sequence->len * sizeof(int32_t));
    return sequences_number(m->sequences, bytes);
}

static struct memo_transition *intern_transition(struct memo *m, const int32_t *state, const struct transition *edge)
{
    struct state_graph_label label = m->label;
    label.min_us = edge->min_us;
    label.max_us = edge->max_us;
    label.back = edge->back;
    label.merged = edge->merged;
    label.node_sequence = sequence_number(m, m->nodes);
    label.step_sequence = sequence_number(m, m->steps);
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
    struct memo_update *u = g_malloc0(m->update_bytes);
    state = settle_state(m, state);
    u->transition = intern_transition(m, state, edge);
    pack_update_begin(m->pack, state, u->update);
    for (int32_t i = 0; i < m->n_values; i++)
        if (!read_set_was_set(m->reads, i))
            pack_update_keep(m->pack, u->update, i);
    clear_dead_values(m, state, u->update);
    g_ptr_array_add(m->updates, u);
}

/* ---- locations ------------------------------------------------------------------------------------------------ */

static uint64_t hash_location(const struct memo *m, const uint64_t *words)
{
    uint64_t h = 0;
    for (size_t i = 0; i < m->n_words; i++)
        h = (h ^ (words[i] & m->location_mask[i])) * SPLITMIX64_STEP;
    return h >> (64 - LOCATION_BUCKET_BITS);
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
    const struct successors_input *inputs = successors_inputs(m->successors, m->state, &n);
    p->words = arena_alloc(m->arena, m->n_words * sizeof *p->words);
    for (size_t i = 0; i < m->n_words; i++)
        p->words[i] = words[i] & m->location_mask[i];
    p->n_inputs = n;
    p->inputs = arena_dup(m->arena, inputs, (size_t)n * sizeof *inputs);
    p->cases = arena_alloc(m->arena, ((size_t)n + 1) * sizeof *p->cases);
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

static const struct memo_update *intern_update(struct memo *m, const struct memo_update *u)
{
    GBytes *key = g_bytes_new(u, m->update_bytes);
    struct memo_update *known = g_hash_table_lookup(m->all_updates, key);
    if (known) {
        g_bytes_unref(key);
        return known;
    }
    known = arena_dup(m->arena, u, m->update_bytes);
    g_hash_table_insert(m->all_updates, key, known);
    m->update_index_bytes += m->update_bytes;
    return known;
}

/* Stores what the input did as a case: behind the branches for all values that it read. */
static void store_case(struct memo *m, struct bit_trie *at, const uint64_t *words)
{
    int32_t n;
    const int32_t *values = read_set_values(m->reads, &n);
    uint64_t *looked = arena_alloc(m->arena, m->n_words * sizeof *looked);
    for (int32_t i = 0; values && i < n; i++) {
        const struct pack_field f = pack_value(m->pack, values[i]);
        looked[f.word] |= pack_mask(f);
        at = bit_trie_add(m->arena, at, f, words, NULL);
    }
    assert(bit_trie_is_empty(*at)); /* else the state would have been answered by the case that is there */
    const size_t n_updates = values ? m->updates->len : 0;
    struct memo_case *c = arena_alloc(m->arena, sizeof *c + n_updates * sizeof *c->updates);
    c->n = values ? (int32_t)n_updates : ALWAYS_PLAY;
    c->complete = m->complete;
    c->looked = looked;
    for (size_t i = 0; i < n_updates; i++)
        c->updates[i] = intern_update(m, g_ptr_array_index(m->updates, i));
    *at = bit_trie_point_to(c, BIT_TRIE_LEAF);
    assert(memo_check(m));
}

/* ---- repeats -------------------------------------------------------------------------------------------------- */

static bool same_update(const struct memo *m, const struct memo_update *a, const struct memo_update *b)
{
    return memcmp(a->update, b->update, 2 * m->n_words * sizeof(uint64_t)) == 0;
}

/* Does another input of the location, in every state of case `a`, come to case `b` and lead to the same states? It does if it
 * looks at nothing that `a` did not look at. A timeout that takes the option of a pick is the usual example. */
static bool is_repeated(const struct memo *m, const struct memo_case *a, const struct memo_case *b)
{
    bool same = a->n == b->n && b->complete;
    for (size_t i = 0; same && i < m->n_words; i++)
        same = (b->looked[i] & ~a->looked[i]) == 0;
    for (int32_t i = 0; same && i < a->n; i++)
        same = same_update(m, a->updates[i], b->updates[i]);
    return same;
}

static void compare_cases(const struct memo *m, struct memo_case *a, const struct memo_case *b, int32_t input)
{
    assert(input < COMPARED_MAX);
    a->compared |= UINT64_C(1) << input;
    if (is_repeated(m, a, b))
        a->repeated |= UINT64_C(1) << input;
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static void reserve_answers(struct memo *m)
{
    m->room = MAX(64, 2 * m->room);
    m->words = g_renew(uint64_t, m->words, (gsize)m->room * m->n_words);
    m->transitions = g_renew(struct memo_transition *, m->transitions, (gsize)m->room);
}

static inline void add_answer(struct memo *m, const uint64_t *from, const struct memo_update *u)
{
    if (m->n_answers == m->room)
        reserve_answers(m);
    pack_update_apply(u->update, from, m->words + (size_t)m->n_answers * m->n_words, m->n_words);
    m->transitions[m->n_answers++] = u->transition;
}

static inline void add_answers(struct memo *m, const uint64_t *from, const struct memo_case *c)
{
    m->answer.complete &= c->complete;
    for (int32_t i = 0; i < c->n; i++)
        add_answer(m, from, c->updates[i]);
}

/* What the label of every transition of this input begins with. */
static struct state_graph_label initial_label(const struct memo *m, const struct play_input *in)
{
    return (struct state_graph_label){
        .chance = choice_model_uniform(m->s, m->state, in),
        .measured = choice_model_measured(m->s, m->state, in, m->measure),
        .decision = m->state[PLAY_PHASE] == PLAY_RUNNING ? m->state[PLAY_OPEN] : -1,
        .choice = in->kind == PLAY_PICK ? in->option : -1,
    };
}

/* Answers by play_step(). `at`: where to store the case; NULL: nowhere. */
static void run_input(struct memo *m, const struct successors_input *input, const uint64_t *words, struct bit_trie *at)
{
    int32_t ordinal = m->n_answers;
    if (!m->unpacked)
        pack_get(m->pack, words, m->state);
    m->unpacked = true;
    g_ptr_array_set_size(m->updates, 0); /* frees those of the input before */
    read_set_begin(m->reads);
    m->begins = initial_label(m, &input->in);
    m->complete = successors_of_input(m->successors, m->state, input, &ordinal, record_transition, m);
    m->answer.complete &= m->complete;
    for (guint i = 0; i < m->updates->len; i++)
        add_answer(m, words, g_ptr_array_index(m->updates, i));
    assert(ordinal == m->n_answers); /* so the i-th answer has the ordinal i */
    if (at)
        store_case(m, at, words);
}

/* Answers by the case that the state comes to, and returns it; NULL if play_step() had to run. */
static struct memo_case *answer_input(struct memo *m, const struct successors_input *input, const uint64_t *words,
                                      struct bit_trie *at)
{
    while (!bit_trie_is_empty(*at) && bit_trie_kind(*at) == BIT_TRIE_BRANCH)
        at = bit_trie_next(*at, words);
    struct memo_case *c = bit_trie_target(*at);
    if (!c || c->n == ALWAYS_PLAY) {
        run_input(m, input, words, c || memo_bytes(m) >= MEMO_BYTES_MAX ? NULL : at);
        return NULL;
    }
    add_answers(m, words, c);
    return c;
}

/* Answers all inputs by play_step(). */
static void answer_by_playing(struct memo *m, const uint64_t *words)
{
    int32_t n;
    pack_get(m->pack, words, m->state);
    m->unpacked = true;
    const struct successors_input *inputs = successors_inputs(m->successors, m->state, &n);
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
        answer_input(m, &p->inputs[i], words, &p->cases[i]);
    if (!p)
        answer_by_playing(m, words);
    return end_answer(m);
}

/* Inputs that repeat an earlier one are left out. */
static void reach_from(struct memo *m, const struct memo_location *p, const uint64_t *words)
{
    struct memo_case *cases[COMPARED_MAX];
    uint64_t repeated = 0;
    const int32_t n = MIN(p->n_inputs, COMPARED_MAX);
    for (int32_t i = 0; i < n; i++) {
        cases[i] = NULL;
        if (repeated >> i & 1)
            continue;
        cases[i] = answer_input(m, &p->inputs[i], words, &p->cases[i]);
        if (!cases[i])
            continue;
        for (int32_t k = 0; k < i; k++)
            if (cases[k] && !(cases[k]->compared >> i & 1))
                compare_cases(m, cases[k], cases[i], i);
        repeated |= cases[i]->repeated;
    }
    for (int32_t i = n; i < p->n_inputs; i++)
        answer_input(m, &p->inputs[i], words, &p->cases[i]);
}

struct memo_transitions memo_reach(struct memo *m, const uint64_t *states, size_t n)
{
    begin_answer(m);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *words = states + i * m->n_words;
        m->unpacked = false;
        if (m->no_cases)
            answer_by_playing(m, words);
        else
            reach_from(m, find_location(m, words), words);
    }
    return end_answer(m);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

struct memo *memo_new(const struct story *s, const struct pack *pack, const struct successors_watch *watch, bool backs,
                      struct liveness *live, const struct choice_model_shares *measure)
{
    struct memo *m = g_new0(struct memo, 1);
    const struct successors_watch own = {
        .begin = observe_begin, .step = observe_step, .effect = observe_effect, .settled = observe_settled, .user = m};
    m->s = s;
    m->pack = pack;
    m->live = live;
    m->roles = story_has_roles(s);
    m->measure = measure;
    if (watch)
        m->watch = *watch;
    m->n_values = s->n_vars + s->n_memories;
    m->state_bytes = (size_t)play_state_slots(s) * sizeof(int32_t);
    m->no_cases = play_state_slots(s) > PLAY_VALUES + m->n_values;
    m->n_words = (size_t)pack_words(pack);
    m->update_bytes = sizeof(struct memo_update) + 2 * m->n_words * sizeof(uint64_t);
    m->successors = successors_new(s, &own, backs);
    m->reads = read_set_new(s, false);
    m->arena = arena_new();
    m->all_updates = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    m->all_transitions = g_hash_table_new(hash_transition, same_transition);
    m->updates = g_ptr_array_new_with_free_func(g_free);
    m->nodes = g_array_new(FALSE, FALSE, sizeof(int32_t));
    m->steps = g_array_new(FALSE, FALSE, sizeof(int32_t));
    m->sequences = sequences_new();
    m->state = g_new0(int32_t, (gsize)play_state_slots(s));
    m->settled = g_new0(int32_t, (gsize)play_state_slots(s));
    m->location_mask = g_new(uint64_t, m->n_words);
    pack_location_mask(pack, m->location_mask);
    assert(memo_check(m));
    return m;
}

void memo_set_patience(struct memo *m, struct patience *patience)
{
    successors_set_patience(m->successors, patience);
}

void memo_free(struct memo *m)
{
    if (!m)
        return;
    sequences_free(m->sequences);
    g_array_unref(m->steps);
    g_array_unref(m->nodes);
    g_ptr_array_unref(m->updates);
    g_hash_table_unref(m->all_updates);
    g_hash_table_unref(m->all_transitions);
    arena_free(m->arena);
    read_set_free(m->reads);
    successors_free(m->successors);
    g_free(m->location_mask);
    g_free(m->settled);
    g_free(m->state);
    g_free(m->words);
    g_free(m->transitions);
    g_free(m);
}
