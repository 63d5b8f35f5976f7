#include "explore/memo.h"

#include "explore/films.h"
#include "explore/reads.h"

#include <glib.h>
#include <string.h>

/* A look at one value: which child it leads to is its field in the packed state, at most LOOK_BITS of it at a time. */
#define LOOK_BITS 4
struct look {
    int32_t word, shift;
    uint64_t mask;
    void *child[]; /* look, or with the lowest bit set leaf; NULL: not known yet */
};

/* One way of a case: the packed state with some fields kept, the others set. */
struct turn {
    struct memo_way *way;
    uint64_t keep_set[]; /* keep, set of each word */
};

struct leaf {
    int32_t n; /* ALWAYS_PLAY: no case, all of the state matters */
    bool complete;
    uint64_t compared; /* with these inputs behind its own, as bits */
    uint64_t repeated; /* of them, those that lead where this one does, in all states that come to this leaf */
    uint64_t *asked;   /* of each word, what was looked at on the way here */
    const struct turn *turn[];
};
#define ALWAYS_PLAY    (-1)
#define COMPARED_MAX   64 /* inputs of a place that are */
#define ARENA_BYTES    ((size_t)64 << 10)
#define ARENA_ALIGN(n) (((n) + 7) / 8 * 8)

/* States that agree in all but their values: the same inputs can come. */
struct place {
    struct place *next;
    uint64_t *words;
    int32_t n_inputs;
    struct ways_input *inputs;
    void **tree; /* of each input, as a child of struct look */
};

#define PLACES 4096

struct memo {
    const struct story *s;
    const struct pack *pack;
    struct live *live;
    const struct ways_measure *measure; /* or NULL */
    struct ways_watch watch;
    struct ways *ways;
    struct reads *reads;
    size_t n_words, turn_bytes;
    int32_t n_values;
    bool no_cases;                /* there are checkpoints: all of every state matters */
    uint64_t *place_mask;         /* of each word: what is no value */
    struct place *places[PLACES]; /* by hash */
    GHashTable *about_all;        /* memo_way */
    GHashTable *turns_all;        /* turn: many cases have the same ways */
    GPtrArray *garbage;           /* all that is remembered, side by side in arenas */
    char *arena;                  /* the last of them */
    size_t arena_left, held;
    /* of what is expanded */
    int32_t *state;
    bool unpacked; /* state holds it */
    struct memo_ways answer;
    int32_t n_answers, room;
    uint64_t *words;
    struct memo_way **about;
    /* of an input that is played */
    GPtrArray *turns;
    bool complete;
    struct graph_kind begins, kind; /* of every way of it; of the way that is being told */
    uint64_t *packed_to;
    GArray *passed, *taken; /* int32_t: nodes that it entered so far; the same with the options that were taken */
    struct films *films;    /* of both */
};

/* All zero. */
static void *hold(struct memo *m, size_t bytes)
{
    const size_t size = ARENA_ALIGN(bytes);
    if (size > m->arena_left) {
        m->arena_left = MAX(size, ARENA_BYTES);
        m->arena = g_malloc0(m->arena_left);
        m->held += m->arena_left;
        g_ptr_array_add(m->garbage, m->arena);
    }
    void *p = m->arena;
    m->arena += size;
    m->arena_left -= size;
    return p;
}

/* ---- watching a way ------------------------------------------------------------------------------------------- */

static void on_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct memo *m = user;
    reads_way(m->reads, ways_quiet(m->s, state));
    m->kind = m->begins;
    g_array_set_size(m->passed, 0);
    g_array_set_size(m->taken, 0);
    if (m->watch.begin)
        m->watch.begin(m->watch.user, state, ordinal);
}

static void on_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct memo *m = user;
    reads_step(m->reads, state, in);
    if (m->watch.step)
        m->watch.step(m->watch.user, state, in, at_us);
}

/* How likely this draw is among those that could be. */
static double draw_chance(const struct story *s, const int32_t *state, const struct play_effect *fx)
{
    const struct story_part *parts = &s->parts[s->routes[fx->a].parts.first];
    double all = 0;
    for (int32_t i = 0; i < s->routes[fx->a].parts.n; i++)
        if (ways_part_holds(s, state, &parts[i]))
            all += parts[i].weight;
    return parts[fx->b].weight / all;
}

static void on_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct memo *m = user;
    reads_effect(m->reads, fx);
    if (fx->kind == PLAY_DID_DRAW) {
        const double drawn = draw_chance(m->s, state, fx);
        m->kind.chance *= drawn;
        m->kind.measured *= drawn;
    }
    if (fx->kind == PLAY_DID_DECIDE && fx->c >= 0) {
        const int32_t option = FILMS_OPTION(m->s->decisions[fx->a].options.first + fx->c);
        g_array_append_val(m->taken, option);
    }
    if (fx->kind == PLAY_DID_ENTER) {
        g_array_append_val(m->passed, fx->a);
        g_array_append_val(m->taken, fx->a);
    }
    m->kind.length += fx->kind == PLAY_DID_DRAW || fx->kind == PLAY_DID_DECIDE;
    if (m->watch.effect)
        m->watch.effect(m->watch.user, state, fx);
}

static void on_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct memo *m = user;
    reads_settled(m->reads, state);
    if (m->watch.settled)
        m->watch.settled(m->watch.user, state, in, quiet);
}

/* Dead values are all taken for the same. */
static void set_dead(struct memo *m, const int32_t *state, struct turn *t)
{
    const bool *live = m->live ? live_at(m->live, state) : NULL;
    for (int32_t i = 0; live && i < m->n_values; i++) {
        const struct pack_field f = pack_value(m->pack, i);
        const uint64_t mask = pack_mask(f);
        if (live[i])
            continue;
        t->keep_set[2 * f.word] &= ~mask;
        t->keep_set[2 * f.word + 1] &= ~mask;
    }
}

static guint hash_way(gconstpointer p)
{
    const struct memo_way *w = p;
    return (guint)(w->kind.max_us / 1000) * 31 + (guint)w->kind.course + (guint)w->kind.choice * 89 +
           (guint)w->kind.length * 7 + (guint)w->node * 1009;
}

static gboolean same_way(gconstpointer a, gconstpointer b)
{
    const struct memo_way *x = a, *y = b;
    return graph_kind_equal(&x->kind, &y->kind) && x->node == y->node && x->ending == y->ending && x->phase == y->phase;
}

static uint32_t number_of(struct memo *m, const GArray *row)
{
    g_autoptr(GBytes) bytes = g_bytes_new(row->data, row->len * sizeof(int32_t));
    return films_number(m->films, bytes);
}

/* Few differ. */
static struct memo_way *way_of(struct memo *m, const int32_t *state, const struct ways_edge *edge)
{
    struct graph_kind kind = m->kind;
    kind.min_us = edge->min_us;
    kind.max_us = edge->max_us;
    kind.back = edge->back;
    kind.merged = edge->merged;
    kind.film = number_of(m, m->passed);
    kind.course = number_of(m, m->taken);
    const struct memo_way way = {.kind = kind,
                                 .node = state[PLAY_NODE],
                                 .ending = state[PLAY_ENDING],
                                 .phase = (enum play_phase)state[PLAY_PHASE],
                                 .film = films_row(m->films, kind.film),
                                 .course = films_row(m->films, kind.course),
                                 .number = MEMO_UNNUMBERED};
    struct memo_way *known = g_hash_table_lookup(m->about_all, &way);
    if (!known) {
        known = hold(m, sizeof *known);
        *known = way;
        g_hash_table_add(m->about_all, known);
    }
    return known;
}

static void on_found(void *user, const int32_t *state, const struct ways_edge *edge)
{
    struct memo *m = user;
    struct turn *t = g_malloc0(m->turn_bytes);
    t->way = way_of(m, state, edge);
    pack_put(m->pack, state, m->packed_to);
    for (size_t w = 0; w < m->n_words; w++)
        t->keep_set[2 * w + 1] = m->packed_to[w];
    for (int32_t i = 0; i < m->n_values; i++) {
        const struct pack_field f = pack_value(m->pack, i);
        if (reads_was_set(m->reads, i))
            continue;
        t->keep_set[2 * f.word] |= pack_mask(f);
        t->keep_set[2 * f.word + 1] &= ~pack_mask(f);
    }
    set_dead(m, state, t);
    g_ptr_array_add(m->turns, t);
}

/* ---- places --------------------------------------------------------------------------------------------------- */

static uint64_t hash_place(const struct memo *m, const uint64_t *words)
{
    uint64_t h = 0;
    for (size_t i = 0; i < m->n_words; i++)
        h = (h ^ (words[i] & m->place_mask[i])) * UINT64_C(0x9e3779b97f4a7c15);
    return h >> 52;
}

static bool is_place(const struct memo *m, const struct place *p, const uint64_t *words)
{
    uint64_t differ = 0;
    for (size_t i = 0; i < m->n_words; i++)
        differ |= (words[i] & m->place_mask[i]) ^ p->words[i];
    return differ == 0;
}

static struct place *add_place(struct memo *m, const uint64_t *words, uint64_t hash)
{
    struct place *p = hold(m, sizeof *p);
    int32_t n;
    pack_get(m->pack, words, m->state);
    const struct ways_input *inputs = ways_inputs(m->ways, m->state, &n);
    p->words = hold(m, m->n_words * sizeof *p->words);
    for (size_t i = 0; i < m->n_words; i++)
        p->words[i] = words[i] & m->place_mask[i];
    p->n_inputs = n;
    p->inputs = hold(m, ((size_t)n + 1) * sizeof *inputs);
    memcpy(p->inputs, inputs, (size_t)n * sizeof *inputs);
    p->tree = hold(m, ((size_t)n + 1) * sizeof *p->tree);
    p->next = m->places[hash];
    m->places[hash] = p;
    return p;
}

static struct place *find_place(struct memo *m, const uint64_t *words)
{
    const uint64_t hash = hash_place(m, words);
    struct place *p = m->places[hash];
    while (p && !is_place(m, p, words))
        p = p->next;
    return p ? p : add_place(m, words, hash);
}

/* ---- cases ---------------------------------------------------------------------------------------------------- */

static void *leaf_child(struct leaf *leaf)
{
    return (char *)leaf + 1;
}

static struct leaf *child_leaf(void *child)
{
    return (uintptr_t)child & 1 ? (struct leaf *)(void *)((char *)child - 1) : NULL;
}

static void **look_at(const struct look *look, const uint64_t *words)
{
    return (void **)&look->child[words[look->word] >> look->shift & look->mask];
}

/* The place for what is known behind one more look, which is made if it is not there. */
static void **add_look(struct memo *m, void **at, const uint64_t *words, struct pack_field f)
{
    if (!*at) {
        const size_t n = (size_t)1 << f.bits;
        struct look *look = hold(m, sizeof *look + n * sizeof(void *));
        look->word = f.word;
        look->shift = f.shift;
        look->mask = n - 1;
        *at = look;
    }
    const struct look *look = *at;
    g_assert(!child_leaf(*at) && look->word == f.word && look->shift == f.shift);
    return look_at(look, words);
}

static const struct turn *share(struct memo *m, const struct turn *t)
{
    GBytes *key = g_bytes_new(t, m->turn_bytes);
    struct turn *known = g_hash_table_lookup(m->turns_all, key);
    if (known) {
        g_bytes_unref(key);
        return known;
    }
    known = hold(m, m->turn_bytes);
    memcpy(known, t, m->turn_bytes);
    g_hash_table_insert(m->turns_all, key, known);
    m->held += m->turn_bytes;
    return known;
}

/* Remembers the turns under what the input has read. */
static void remember(struct memo *m, void **at, const uint64_t *words)
{
    int32_t n;
    const int32_t *slots = reads_slots(m->reads, &n);
    uint64_t *asked = hold(m, m->n_words * sizeof *asked);
    for (int32_t i = 0; slots && i < n; i++) {
        struct pack_field f = pack_value(m->pack, slots[i]);
        asked[f.word] |= pack_mask(f);
        for (int32_t left = f.bits; left > 0; left -= LOOK_BITS, f.shift += LOOK_BITS) {
            f.bits = MIN(left, LOOK_BITS);
            at = add_look(m, at, words, f);
        }
    }
    const size_t n_turns = slots ? m->turns->len : 0;
    struct leaf *leaf = hold(m, sizeof *leaf + n_turns * sizeof(struct turn *));
    leaf->n = slots ? (int32_t)n_turns : ALWAYS_PLAY;
    leaf->complete = m->complete;
    leaf->asked = asked;
    for (size_t i = 0; i < n_turns; i++)
        leaf->turn[i] = share(m, g_ptr_array_index(m->turns, i));
    *at = leaf_child(leaf);
}

/* ---- repeats -------------------------------------------------------------------------------------------------- */

static bool leads_the_same(const struct memo *m, const struct turn *a, const struct turn *b)
{
    return memcmp(a->keep_set, b->keep_set, 2 * m->n_words * sizeof(uint64_t)) == 0;
}

/* In every state that comes to the leaf `a`, another input of the same place comes to `b` and leads nowhere else: it asks
 * for nothing more. So it is when time runs out and the film takes what a pick would have taken. */
static bool repeats(const struct memo *m, const struct leaf *a, const struct leaf *b)
{
    bool same = a->n == b->n && b->complete;
    for (size_t i = 0; same && i < m->n_words; i++)
        same = (b->asked[i] & ~a->asked[i]) == 0;
    for (int32_t i = 0; same && i < a->n; i++)
        same = leads_the_same(m, a->turn[i], b->turn[i]);
    return same;
}

static void compare(const struct memo *m, struct leaf *a, const struct leaf *b, int32_t input)
{
    a->compared |= UINT64_C(1) << input;
    if (repeats(m, a, b))
        a->repeated |= UINT64_C(1) << input;
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static void make_room(struct memo *m)
{
    m->room = MAX(64, 2 * m->room);
    m->words = g_renew(uint64_t, m->words, (gsize)m->room * m->n_words);
    m->about = g_renew(struct memo_way *, m->about, (gsize)m->room);
}

static inline void add_turn(struct memo *m, const uint64_t *from, const struct turn *t)
{
    if (m->n_answers == m->room)
        make_room(m);
    uint64_t *to = m->words + (size_t)m->n_answers * m->n_words;
    for (size_t i = 0; i < m->n_words; i++)
        to[i] = (from[i] & t->keep_set[2 * i]) | t->keep_set[2 * i + 1];
    m->about[m->n_answers++] = t->way;
}

static inline void add_turns(struct memo *m, const uint64_t *from, const struct leaf *leaf)
{
    m->answer.complete &= leaf->complete;
    for (int32_t i = 0; i < leaf->n; i++)
        add_turn(m, from, leaf->turn[i]);
}

/* By play_step(), all of it. `at`: where to remember it, or NULL. */
static void play(struct memo *m, const struct ways_input *input, const uint64_t *words, void **at)
{
    int32_t ordinal = m->n_answers;
    if (!m->unpacked)
        pack_get(m->pack, words, m->state);
    m->unpacked = true;
    g_ptr_array_set_size(m->turns, 0); /* frees those of the last one */
    reads_begin(m->reads);
    const bool running = m->state[PLAY_PHASE] == PLAY_RUNNING;
    m->begins = (struct graph_kind){.chance = ways_chance(m->s, m->state, input), .decision = -1, .choice = -1};
    m->begins.measured = ways_measured(m->s, m->state, input, m->measure);
    if (running)
        m->begins.decision = m->state[PLAY_OPEN];
    if (input->in.kind == PLAY_PICK)
        m->begins.choice = input->in.option;
    m->complete = ways_try(m->ways, m->state, input, &ordinal, on_found, m);
    m->answer.complete &= m->complete;
    for (guint i = 0; i < m->turns->len; i++)
        add_turn(m, words, g_ptr_array_index(m->turns, i));
    if (at)
        remember(m, at, words);
}

/* By what is remembered, down to where it ends; NULL where nothing was. */
static struct leaf *answer_input(struct memo *m, const struct ways_input *input, const uint64_t *words, void **at)
{
    struct leaf *leaf = NULL;
    while (*at && !(leaf = child_leaf(*at)))
        at = look_at(*at, words);
    if (!leaf || leaf->n == ALWAYS_PLAY) {
        play(m, input, words, leaf || m->held >= MEMO_BYTES_MAX ? NULL : at);
        return NULL;
    }
    add_turns(m, words, leaf);
    return leaf;
}

static void answer_without(struct memo *m, const uint64_t *words)
{
    int32_t n;
    pack_get(m->pack, words, m->state);
    m->unpacked = true;
    const struct ways_input *inputs = ways_inputs(m->ways, m->state, &n);
    for (int32_t i = 0; i < n; i++)
        play(m, &inputs[i], words, NULL);
}

static void begin_answer(struct memo *m)
{
    m->n_answers = 0;
    m->unpacked = false;
    m->answer.complete = true;
}

static struct memo_ways end_answer(struct memo *m)
{
    m->answer.n = m->n_answers;
    m->answer.words = m->words;
    m->answer.about = m->about;
    return m->answer;
}

struct memo_ways memo_expand(struct memo *m, const uint64_t *words)
{
    begin_answer(m);
    const struct place *p = m->no_cases ? NULL : find_place(m, words);
    for (int32_t i = 0; p && i < p->n_inputs; i++)
        answer_input(m, &p->inputs[i], words, &p->tree[i]);
    if (!p)
        answer_without(m, words);
    return end_answer(m);
}

static void reach(struct memo *m, const struct place *p, const uint64_t *words)
{
    struct leaf *leaves[COMPARED_MAX];
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
                compare(m, leaves[k], leaves[i], i);
        repeated |= leaves[i]->repeated;
    }
    for (int32_t i = n; i < p->n_inputs; i++)
        answer_input(m, &p->inputs[i], words, &p->tree[i]);
}

struct memo_ways memo_reach(struct memo *m, const uint64_t *states, size_t n)
{
    begin_answer(m);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *words = states + i * m->n_words;
        m->unpacked = false;
        if (m->no_cases)
            answer_without(m, words);
        else
            reach(m, find_place(m, words), words);
    }
    return end_answer(m);
}

size_t memo_bytes(const struct memo *m)
{
    return m->held;
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

static void find_place_mask(struct memo *m)
{
    m->place_mask = g_new(uint64_t, m->n_words);
    memset(m->place_mask, 0xff, m->n_words * sizeof *m->place_mask);
    for (int32_t i = 0; i < m->n_values; i++) {
        const struct pack_field f = pack_value(m->pack, i);
        m->place_mask[f.word] &= ~pack_mask(f);
    }
}

static void free_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

struct memo *memo_new(const struct story *s, const struct pack *pack, const struct ways_watch *watch, bool backs,
                      struct live *live, const struct ways_measure *measure)
{
    const struct ways_watch own = {on_begin, on_step, on_effect, on_settled, NULL};
    struct memo *m = g_new0(struct memo, 1);
    struct ways_watch mine = own;
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
    m->turn_bytes = sizeof(struct turn) + 2 * m->n_words * sizeof(uint64_t);
    m->ways = ways_new(s, &mine, backs);
    m->reads = reads_new(s, false);
    m->garbage = g_ptr_array_new_with_free_func(g_free);
    m->turns_all = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    m->about_all = g_hash_table_new(hash_way, same_way);
    m->turns = g_ptr_array_new_with_free_func(g_free);
    m->passed = g_array_new(FALSE, FALSE, sizeof(int32_t));
    m->taken = g_array_new(FALSE, FALSE, sizeof(int32_t));
    m->films = films_new();
    m->state = g_new0(int32_t, (gsize)play_state_slots(s));
    m->packed_to = g_new0(uint64_t, m->n_words);
    find_place_mask(m);
    return m;
}

void memo_free(struct memo *m)
{
    if (!m)
        return;
    films_free(m->films);
    g_array_unref(m->taken);
    g_array_unref(m->passed);
    g_ptr_array_unref(m->turns);
    g_hash_table_unref(m->turns_all);
    g_hash_table_unref(m->about_all);
    g_ptr_array_unref(m->garbage);
    reads_free(m->reads);
    ways_free(m->ways);
    g_free(m->place_mask);
    g_free(m->packed_to);
    g_free(m->state);
    g_free(m->words);
    g_free(m->about);
    g_free(m);
}
