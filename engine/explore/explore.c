#include "explore/explore.h"

#include "base/stats.h"
#include "explore/film_count.h"
#include "explore/kept_values.h"
#include "explore/lean_story.h"
#include "explore/pack.h"
#include "explore/search.h"
#include "explore/simulate.h"
#include "explore/state_count.h"
#include "explore/state_graph.h"
#include "explore/state_quotient.h"
#include "explore/witness.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <assert.h>
#include <glib.h>
#include <string.h>
#include <time.h>

/* The limits are checked every so many states. */
#define LIMITS_CHECK_STATES 2048
/* Seeds that are tried for plays of which there may be many. */
#define PLAY_SEEDS 1000
/* A graph of so many is searched within a fraction of a second. */
#define LATE_TRANSITIONS_MAX 1000000
/* Fewer simulated viewings, where the time was over, say nothing. */
#define SAMPLE_LEAST 100
/* Room that the table keeps for all transitions of one state. */
#define TABLE_SPARE 1000000

/* What the answers need behind the search, of each state and of each transition. */
#define ANSWER_STATE_BYTES      40
#define ANSWER_TRANSITION_BYTES 4

/* In place of the transition by which a state was met first: plays begin there. */
#define NO_ORIGIN UINT32_MAX
/* Of every so many states, explore->origins says where to look for the transitions that met them. */
#define ORIGIN_EVERY 64

/* A state in which the film is over. */
struct finished_state {
    uint32_t state;
    int32_t ending;
};

struct explore {
    const struct story *s;    /* as given */
    struct story *lean;       /* a copy for plays in which nobody goes back; else NULL */
    const struct story *seen; /* as explored: `lean` or `s` */
    struct explore_options o;
    struct patience *patience; /* ours; ends with the time, by an interruption, or when `progress` says so */
    struct pack *pack;
    struct liveness *live; /* NULL: states are not merged */
    bool *unread;          /* variable: as in the result */
    struct search *search;
    const struct state_table *table; /* of the search */
    struct state_graph *graph;
    struct state_graph_order order;  /* of its states, once all were met; then of no use where there is a quotient */
    struct state_quotient *quotient; /* of the graph, or NULL */
    struct sequences *sequences;
    struct coverage *coverage;
    GArray *origins;       /* uint32: of every ORIGIN_EVERY-th state, how many transitions there were when it was met */
    GArray *finished;      /* finished_state */
    GArray *stuck;         /* uint32: states */
    GArray *starts;        /* uint32: states where plays begin */
    GArray *open;          /* uint32: states with transitions that were left out */
    GArray *findings;      /* explore_finding */
    GHashTable *kept;      /* GBytes: kept values that plays start with */
    GPtrArray *next_round; /* of these, the ones that wait for the next round; borrowed */
    uint64_t *words;       /* a packed state */
    int32_t *state;
    uint32_t check_limits_at; /* when this state is next */
    enum explore_limit limit;
    struct explore_ending *endings;
    GArray **shortest; /* of each ending: witness_transition, of its shortest play; or NULL */
    struct consequence *consequences;
    struct explore_result result;
};

static bool explore_check(const struct explore *e)
{
    assert(e->seen == (e->lean ? e->lean : e->s));
    assert(e->result.backs <= e->result.backs_matter);
    assert(e->origins->len == (state_table_count(e->table) + ORIGIN_EVERY - 1) / ORIGIN_EVERY);
    assert(state_graph_n_states(e->graph) == search_next(e->search));
    assert(e->next_round->len <= g_hash_table_size(e->kept));
    return true;
}

/* ---- finding -------------------------------------------------------------------------------------------------- */

static void add_finding(struct explore *e, struct explore_finding f)
{
    g_array_append_val(e->findings, f);
}

static void add_never_finding(struct explore *e, enum explore_kind kind, int32_t subject)
{
    add_finding(e, (struct explore_finding){.kind = kind, .subject = subject});
}

static enum explore_kind finding_kind_of(enum coverage_event event)
{
    static const enum explore_kind kinds_of[] = {
        [COVERAGE_STUCK] = EXPLORE_STUCK,       [COVERAGE_LOOP] = EXPLORE_LOOP,
        [COVERAGE_NOTHING] = EXPLORE_NOTHING,   [COVERAGE_CLAMPED] = EXPLORE_CLAMPED,
        [COVERAGE_VIOLATED] = EXPLORE_VIOLATED,
    };
    return kinds_of[event];
}

/* Plays start with these kept values in the next round, unless some play did already. */
static void note_kept(struct explore *e, GBytes *key)
{
    if (!g_hash_table_contains(e->kept, key)) {
        g_hash_table_add(e->kept, g_bytes_ref(key));
        g_ptr_array_add(e->next_round, key);
    }
}

/* Another worker may have reported the same of an earlier state. */
static void on_worker_report(void *user, uint32_t from, const struct search_worker_report *report)
{
    struct explore *e = user;
    for (guint i = 0; i < report->events->len; i++) {
        const struct search_worker_event *v = &g_array_index(report->events, struct search_worker_event, i);
        if (!e->coverage->events[v->event][v->subject])
            add_finding(
                e, (struct explore_finding){finding_kind_of(v->event), v->subject, true, from, v->ordinal, v->n_steps});
    }
    for (guint i = 0; i < report->kept->len; i++)
        note_kept(e, g_ptr_array_index(report->kept, i));
    coverage_add(e->coverage, report->fresh);
}

/* ---- searching ------------------------------------------------------------------------------------------------ */

static void on_new_state(void *user, uint32_t number, uint32_t parent, int32_t ordinal,
                         const struct memo_transition *transition)
{
    struct explore *e = user;
    const uint32_t origin = (uint32_t)state_graph_n_transitions(e->graph);
    (void)parent, (void)ordinal;
    if (number % ORIGIN_EVERY == 0)
        g_array_append_val(e->origins, origin);
    if (!transition)
        g_array_append_val(e->starts, number);
    else if (transition->phase == PLAY_OVER) {
        const struct finished_state over = {number, transition->ending};
        g_array_append_val(e->finished, over);
    } else if (transition->phase == PLAY_STUCK)
        g_array_append_val(e->stuck, number);
}

/* Each worker numbers its sequences by itself, so labels are made anew, once for each of its transitions. */
static void on_transition(void *user, uint32_t from, uint32_t to, struct memo_transition *transition)
{
    struct explore *e = user;
    (void)from;
    if (transition->number == MEMO_UNNUMBERED) {
        struct state_graph_label label = transition->label;
        label.node_sequence = sequences_number(e->sequences, transition->node_sequence);
        label.step_sequence = sequences_number(e->sequences, transition->step_sequence);
        transition->number = state_graph_label_number(e->graph, &label);
    }
    state_graph_add_labelled(e->graph, to, transition->number);
}

/* Why the patience is over. */
static enum explore_limit end_of_patience(const struct explore *e)
{
    const bool late = e->patience->until_us > 0 && g_get_monotonic_time() >= e->patience->until_us;
    return late ? EXPLORE_LIMIT_TIME : EXPLORE_LIMIT_STOPPED;
}

static void on_expanded(void *user, uint32_t number, bool complete)
{
    struct explore *e = user;
    state_graph_close_state(e->graph);
    if (complete)
        return;
    e->limit = patience_is_over(e->patience) ? end_of_patience(e) : EXPLORE_LIMIT_DRAWS;
    g_array_append_val(e->open, number);
}

/* Adds a play that starts with these kept values; NULL: with the initial ones. */
static void add_start(struct explore *e, GBytes *kept)
{
    play_init(e->seen, e->state);
    if (kept)
        kept_values_set(e->s, g_bytes_get_data(kept, NULL), e->state);
    pack_put(e->pack, e->state, e->words);
    search_start(e->search, e->words);
}

/* The initial values need no round of their own. */
static void note_initial_kept(struct explore *e)
{
    g_hash_table_add(e->kept, kept_values_bytes(e->s, e->state));
}

static size_t bytes_held(const struct explore *e)
{
    return search_bytes(e->search) + state_graph_bytes(e->graph) +
           (size_t)state_table_count(e->table) * 2 * sizeof(uint32_t) / ORIGIN_EVERY;
}

/* What they will need. */
static size_t answer_bytes(const struct explore *e)
{
    return (size_t)state_table_count(e->table) * ANSWER_STATE_BYTES +
           (size_t)state_graph_n_transitions(e->graph) * ANSWER_TRANSITION_BYTES;
}

/* Shows the progress. The limit that is hit meanwhile. */
static enum explore_limit patience_left(const struct explore *e, uint64_t n, uint64_t n_open)
{
    if (!patience_is_over(e->patience) && e->o.progress && !e->o.progress(e->o.user, n, n_open))
        patience_end(e->patience);
    return patience_is_over(e->patience) ? end_of_patience(e) : EXPLORE_LIMIT_NONE;
}

/* The limit that is hit when n states were met, n_open of them are yet to be expanded, and `bytes` are in use. */
static enum explore_limit limit_now(const struct explore *e, uint64_t n, uint64_t n_open, size_t bytes)
{
    if (n > e->o.max_states)
        return EXPLORE_LIMIT_STATES;
    if (e->o.max_memory > 0 && bytes > e->o.max_memory)
        return EXPLORE_LIMIT_MEMORY;
    return patience_left(e, n, n_open);
}

/* Starts plays with the kept values that the last round left behind. */
static void begin_round(struct explore *e)
{
    if (e->o.first_plays)
        return;
    for (guint i = 0; i < e->next_round->len; i++)
        add_start(e, g_ptr_array_index(e->next_round, i));
    g_ptr_array_set_size(e->next_round, 0);
}

static bool may_go_on(struct explore *e)
{
    const uint32_t n = state_table_count(e->table), next = search_next(e->search);
    enum explore_limit limit = search_full(e->search)          ? EXPLORE_LIMIT_STATES
                               : patience_is_over(e->patience) ? end_of_patience(e)
                                                               : EXPLORE_LIMIT_NONE;
    if (limit == EXPLORE_LIMIT_NONE && next >= e->check_limits_at) {
        limit = limit_now(e, n, n - next, bytes_held(e) + answer_bytes(e));
        e->check_limits_at = next + LIMITS_CHECK_STATES;
    }
    e->limit = limit != EXPLORE_LIMIT_NONE ? limit : e->limit;
    return limit == EXPLORE_LIMIT_NONE;
}

/* Round after round, until there is nothing new or a limit is hit. */
static void run_search(struct explore *e)
{
    while (may_go_on(e)) {
        if (search_step(e->search) || search_full(e->search))
            continue;
        begin_round(e);
        if (search_next(e->search) == state_table_count(e->table))
            break;
    }
}

static bool count_may_continue(void *user, uint64_t n_states, uint64_t n_open, size_t bytes)
{
    struct explore *e = user;
    e->result.exact_limit = limit_now(e, n_states, n_open, bytes);
    return e->result.exact_limit == EXPLORE_LIMIT_NONE;
}

/* Counts the states when none are merged. */
static void count_exactly(struct explore *e)
{
    struct explore_result *r = &e->result;
    const clock_t begin = clock();
    const size_t words = (size_t)pack_words(e->pack), n = e->starts->len;
    uint64_t *starts = g_new(uint64_t, words * n + 1);
    for (guint i = 0; i < n; i++)
        memcpy(starts + i * words, state_table_get(e->table, g_array_index(e->starts, uint32_t, i)),
               words * sizeof *starts);
    const struct state_count_input in = {.s = e->seen,
                                         .pack = e->pack,
                                         .backs = r->backs,
                                         .threads = e->o.threads,
                                         .starts = starts,
                                         .n_starts = n,
                                         .patience = e->patience};
    const struct state_count_result counted = state_count_run(&in, count_may_continue, e);
    if (!counted.complete && r->exact_limit == EXPLORE_LIMIT_NONE)
        r->exact_limit = patience_is_over(e->patience) ? end_of_patience(e) : EXPLORE_LIMIT_DRAWS;
    for (int32_t i = 0; i < e->s->n_vars; i++)
        if (e->unread[i] && e->s->vars[i].keep_viewer && r->exact_limit == EXPLORE_LIMIT_NONE)
            r->exact_limit = EXPLORE_LIMIT_UNREAD;
    r->n_exact = MIN(counted.n_states, e->o.max_states);
    r->exact_bytes = counted.bytes;
    r->exact_cpu_us = (int64_t)(clock() - begin) * (US_PER_SECOND / CLOCKS_PER_SEC);
    g_free(starts);
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

/*
 * Most questions are about the film alone, and states from which the same can happen have the same answers. So they are asked of
 * classes of states where there is a quotient, else of the states themselves.
 */
struct answer_graph {
    const struct state_graph *graph;
    const struct state_graph_order *order;
    uint32_t n;     /* vertices: classes or states */
    int32_t *over;  /* vertex: as for odds_new(); ours */
    GArray *starts; /* uint32: vertices where plays begin; ours */
};

static uint32_t vertex_of(const struct explore *e, uint32_t state)
{
    return e->quotient ? e->quotient->class_of[state] : state;
}

/* As for odds_new(). */
static int32_t end_of_film(const void *user, uint32_t state)
{
    const struct explore *e = user;
    pack_get(e->pack, state_table_get(e->table, state), e->state);
    return e->state[PLAY_PHASE] == PLAY_OVER    ? e->state[PLAY_ENDING]
           : e->state[PLAY_PHASE] == PLAY_STUCK ? ODDS_NO_ENDING
                                                : ODDS_RUNNING;
}

static int32_t *ends_of_vertices(const struct explore *e, uint32_t n)
{
    int32_t *over = g_new(int32_t, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++)
        over[i] = ODDS_RUNNING;
    for (guint i = 0; i < e->finished->len; i++) {
        const struct finished_state *o = &g_array_index(e->finished, struct finished_state, i);
        over[vertex_of(e, o->state)] = o->ending;
    }
    for (guint i = 0; i < e->stuck->len; i++)
        over[vertex_of(e, g_array_index(e->stuck, uint32_t, i))] = ODDS_NO_ENDING;
    return over;
}

static struct answer_graph answer_graph_new(const struct explore *e)
{
    const struct state_quotient *q = e->quotient;
    struct answer_graph g = {q ? q->graph : e->graph, q ? &q->order : &e->order,
                             q ? state_graph_n_states(q->graph) : state_table_count(e->table),
                             .starts = g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    g.over = ends_of_vertices(e, g.n);
    for (guint i = 0; i < e->starts->len; i++) {
        const uint32_t vertex = vertex_of(e, g_array_index(e->starts, uint32_t, i));
        g_array_append_val(g.starts, vertex);
    }
    return g;
}

static void answer_graph_clear(struct answer_graph *g)
{
    g_free(g->over);
    g_array_unref(g->starts);
}

static void set_flags(bool *flags, const GArray *numbers)
{
    for (guint i = 0; i < numbers->len; i++)
        flags[g_array_index(numbers, uint32_t, i)] = true;
}

/* From which states may an ending be reached? States that were not expanded count as if they led to one. */
static bool *can_end(const struct explore *e, const struct answer_graph *g, uint32_t n)
{
    if (e->quotient) {
        bool *all = g_new0(bool, (gsize)n + 1), *classes = g_new0(bool, (gsize)g->n + 1),
             *ends = g_new0(bool, (gsize)g->n + 1);
        for (uint32_t i = 0; i < g->n; i++)
            ends[i] = g->over[i] >= 0;
        state_graph_reaching(g->graph, g->n, g->order, ends, classes);
        for (uint32_t i = 0; i < n; i++)
            all[i] = classes[e->quotient->class_of[i]];
        g_free(ends);
        g_free(classes);
        return all;
    }
    bool *goal = g_new0(bool, (gsize)n + 1), *reaches = g_new0(bool, (gsize)n + 1);
    for (guint i = 0; i < e->finished->len; i++)
        goal[g_array_index(e->finished, struct finished_state, i).state] = true;
    for (uint32_t i = state_graph_n_states(e->graph); i < n; i++)
        goal[i] = true;
    set_flags(goal, e->open);
    state_graph_reaching(e->graph, n, &e->order, goal, reaches);
    g_free(goal);
    return reaches;
}

/* This transition leads from a state from which an ending can be reached to one from which none can. */
static void add_trap(struct explore *e, uint32_t from, uint32_t ordinal, bool *told)
{
    pack_get(e->pack, state_table_get(e->table, state_graph_transition(e->graph, from, ordinal).to), e->state);
    const int32_t node = e->state[PLAY_NODE];
    if (told[node])
        return;
    told[node] = true;
    add_finding(e, (struct explore_finding){EXPLORE_TRAP, node, true, from, (int32_t)ordinal, -1});
}

/* Finds, for each node, the first transition into it that loses the last ending. `reaches`: can_end(). */
static void add_traps(struct explore *e, const bool *reaches)
{
    bool *stuck = g_new0(bool, (gsize)state_table_count(e->table) + 1);
    bool *told = g_new0(bool, (gsize)e->s->n_nodes + 1), endless = false, lost = false;
    set_flags(stuck, e->stuck);
    for (guint i = 0; i < e->starts->len; i++) {
        const uint32_t start = g_array_index(e->starts, uint32_t, i);
        endless |= !reaches[start] && !stuck[start];
    }
    for (uint32_t i = 0; i < state_table_count(e->table); i++)
        lost |= !reaches[i] && !stuck[i];
    if (endless)
        add_never_finding(e, EXPLORE_ENDLESS, e->s->start);
    for (uint32_t from = 0; lost && from < state_graph_n_states(e->graph); from++) {
        const uint32_t n_transitions = reaches[from] ? state_graph_out_degree(e->graph, from) : 0;
        for (uint32_t i = 0; i < n_transitions; i++) {
            const uint32_t to = state_graph_transition(e->graph, from, i).to;
            if (!reaches[to] && !stuck[to])
                add_trap(e, from, i, told);
        }
    }
    g_free(told);
    g_free(stuck);
}

/* If the time is over before it is known from where an ending can be reached, nothing is found. */
static void find_traps(struct explore *e, const struct answer_graph *g)
{
    bool *reaches = can_end(e, g, state_table_count(e->table));
    if (!patience_is_over(state_graph_patience(e->graph)))
        add_traps(e, reaches);
    g_free(reaches);
}

static void find_unmet_options(struct explore *e, const struct story_decision *d)
{
    for (int32_t i = d->options.first; i < d->options.first + d->options.n; i++)
        if (!e->coverage->available[i])
            add_never_finding(e, EXPLORE_OPTION, i);
}

static void find_unmet_parts(struct explore *e)
{
    for (int32_t r = 0; r < e->s->n_routes; r++) {
        const struct story_span parts = e->s->routes[r].parts;
        for (int32_t i = parts.first; e->coverage->routes[r] && i < parts.first + parts.n; i++)
            if (!e->coverage->parts[i])
                add_never_finding(e, EXPLORE_PART, i);
    }
}

static void find_unmet_effects(struct explore *e, struct story_span run)
{
    for (int32_t i = run.first; i < run.first + run.n; i++)
        if (!e->coverage->effects[i])
            add_never_finding(e, EXPLORE_EFFECT, i);
}

/* Finds effects whose moment comes, but never while their condition holds. */
static void find_effects_never_run(struct explore *e)
{
    const struct story *s = e->s;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        const struct story_span events = s->nodes[i].events;
        if (e->coverage->nodes[i])
            find_unmet_effects(e, s->nodes[i].enter);
        for (int32_t k = events.first; e->coverage->nodes[i] && k < events.first + events.n; k++)
            if (s->events[k].kind == STORY_AT)
                find_unmet_effects(e, s->ats[s->events[k].index].run);
    }
    for (int32_t i = 0; i < s->n_options; i++) {
        if (!e->coverage->taken[i])
            continue;
        find_unmet_effects(e, s->options[i].run);
        find_unmet_effects(e, s->options[i].after);
    }
    for (int32_t i = 0; i < s->n_decisions; i++)
        if (e->coverage->timed_out[i])
            find_unmet_effects(e, s->decisions[i].timeout.run);
}

static void find_unmet(struct explore *e)
{
    const struct story *s = e->s;
    const struct coverage *c = e->coverage;
    for (int32_t i = 0; i < s->n_goals; i++)
        if (!c->nodes[s->goals[i].node])
            add_never_finding(e, EXPLORE_GOAL, i);
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (!c->nodes[i])
            add_never_finding(e, EXPLORE_NODE, i);
    for (int32_t i = 0; i < s->n_endings; i++)
        if (!c->endings[i])
            add_never_finding(e, EXPLORE_ENDING, i);
    for (int32_t i = 0; i < s->n_decisions; i++) {
        if (c->decisions[i])
            find_unmet_options(e, &s->decisions[i]);
        else if (c->nodes[s->decisions[i].node])
            add_never_finding(e, EXPLORE_DECISION, i);
    }
    find_unmet_parts(e);
    find_effects_never_run(e);
}

/* Turns around the part of a path that begins at `first`. */
static void reverse_path(GArray *path, guint first)
{
    struct witness_transition *t = &g_array_index(path, struct witness_transition, 0);
    for (guint i = first, k = path->len; i + 1 < k; i++, k--) {
        const struct witness_transition swap = t[i];
        t[i] = t[k - 1];
        t[k - 1] = swap;
    }
}

/* The transitions of the play that comes to this vertex soonest. They are those of any state of a class. */
static GArray *trace_shortest_play(const struct explore *e, const struct answer_graph *g, uint32_t vertex,
                                   const uint32_t *by)
{
    GArray *path = g_array_new(FALSE, FALSE, sizeof(struct witness_transition));
    while (by[vertex] != NO_ORIGIN) {
        uint32_t i;
        vertex = state_graph_source(g->graph, by[vertex], &i);
        const struct witness_transition step = {vertex, (int32_t)i, -1};
        g_array_append_val(path, step);
    }
    reverse_path(path, 0);
    guint k = 0;
    while (g_array_index(g->starts, uint32_t, k) != vertex)
        k++;
    uint32_t state = g_array_index(e->starts, uint32_t, k);
    for (guint i = 0; i < path->len; i++) {
        struct witness_transition *step = &g_array_index(path, struct witness_transition, i);
        step->state = state;
        state = state_graph_transition(e->graph, state, (uint32_t)step->ordinal).to;
    }
    return path;
}

/* The times of the plays that come to a vertex where the film is over. */
static void time_ending(struct explore_ending *ending, int64_t shortest, int64_t longest)
{
    ending->min_us = ending->finishes ? MIN(ending->min_us, shortest) : shortest;
    ending->finishes = true;
    if (longest == STATE_GRAPH_ENDLESS)
        ending->endless = true;
    else
        ending->max_us = MAX(ending->max_us, longest);
}

static void time_endings(struct explore *e, const struct answer_graph *g)
{
    int64_t *shortest = g_new(int64_t, (gsize)g->n + 1), *longest = g_new(int64_t, (gsize)g->n + 1);
    uint32_t *by = g_new(uint32_t, (gsize)g->n + 1), *best = g_new0(uint32_t, (gsize)e->s->n_endings + 1);
    memset(by, 0xff, ((gsize)g->n + 1) * sizeof *by);
    state_graph_shortest(g->graph, g->order, g->n, &g_array_index(g->starts, uint32_t, 0), g->starts->len, shortest,
                         by);
    state_graph_longest(g->graph, g->order, g->n, shortest, longest);
    for (uint32_t i = 0; i < g->n; i++) {
        if (g->over[i] < 0 || shortest[i] == STATE_GRAPH_NEVER)
            continue; /* reached only by the viewer's going back */
        struct explore_ending *ending = &e->endings[g->over[i]];
        if (!ending->finishes || shortest[i] < ending->min_us)
            best[g->over[i]] = i;
        time_ending(ending, shortest[i], longest[i]);
    }
    for (int32_t i = 0; i < e->s->n_endings; i++) {
        if (e->endings[i].endless)
            e->endings[i].max_us = 0;
        if (e->endings[i].finishes)
            e->shortest[i] = trace_shortest_play(e, g, best[i], by);
    }
    g_free(best);
    g_free(by);
    g_free(longest);
    g_free(shortest);
}

/* They were not finished. */
static void clear_times(struct explore *e)
{
    if (e->limit == EXPLORE_LIMIT_NONE)
        e->limit = end_of_patience(e);
    for (int32_t i = 0; i < e->s->n_endings; i++) {
        e->endings[i] = (struct explore_ending){.reached = e->endings[i].reached};
        g_clear_pointer(&e->shortest[i], g_array_unref);
    }
}

/* ---- odds ----------------------------------------------------------------------------------------------------- */

static const uint64_t *words_of(const void *user, uint32_t state)
{
    return state_table_get(((const struct explore *)user)->table, state);
}

/* It took too long, or the caller stopped it. */
static void clear_odds(struct explore *e)
{
    e->result.odds = (struct explore_odds){.limit = e->result.odds.limit};
    for (int32_t i = 0; i < e->s->n_endings; i++)
        e->endings[i].likely = 0;
}

static bool odds_may_continue(void *user)
{
    struct explore *e = user;
    if (e->result.odds.limit == EXPLORE_LIMIT_NONE)
        e->result.odds.limit = patience_left(e, state_table_count(e->table), 0);
    return e->result.odds.limit == EXPLORE_LIMIT_NONE;
}

/* The chance of each ending: how often a viewing comes to the states where the film stops with it. */
static void add_chances(struct explore *e, const double *visits, const struct answer_graph *g)
{
    struct explore_odds *r = &e->result.odds;
    const int32_t *over = g->over;
    double stops = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        if (over[i] == ODDS_RUNNING)
            continue;
        stops += visits[i];
        *(over[i] == ODDS_NO_ENDING ? &r->no_ending : &e->endings[over[i]].likely) += visits[i];
    }
    r->endless = r->exact ? MAX(0, 1 - stops) : 0;
    r->endless = r->endless > ODDS_PRECISION ? r->endless : 0; /* else it is rounding */
}

static void count_films(struct explore *e, const struct state_graph_order *order, const struct answer_graph *g)
{
    struct explore_odds *r = &e->result.odds;
    bool *stops = g_new(bool, (gsize)g->n + 1);
    for (uint32_t i = 0; i < g->n; i++)
        stops[i] = g->over[i] != ODDS_RUNNING;
    const struct film_count_input in = {.graph = g->graph,
                                        .sequences = e->sequences,
                                        .over = stops,
                                        .start = g_array_index(g->starts, uint32_t, 0),
                                        .order = order,
                                        .may_continue = odds_may_continue,
                                        .user = e};
    const struct film_count films = film_count_run(&in);
    r->viewings = films.n;
    r->viewings_complete = films.all;
    r->viewings_endless = films.endless;
    r->viewings_at_most = films.at_most;
    r->viewings_at_least = films.at_least || !r->exact;
    g_free(stops);
}

static void solve_odds(struct explore *e)
{
    struct explore_odds *r = &e->result.odds;
    struct answer_graph g = answer_graph_new(e);
    const uint32_t start = g_array_index(g.starts, uint32_t, 0);
    const struct state_graph_order *order = e->starts->len == 1 ? g.order : NULL;
    struct odds *odds = odds_new(g.graph, start, order, g.over, false);
    struct odds *measured = e->o.measure ? odds_new(g.graph, start, order, g.over, true) : NULL;
    odds_set_progress(odds, odds_may_continue, e);
    const struct consequence_input in = {.s = e->seen,
                                         .graph = g.graph,
                                         .sizes = e->quotient ? e->quotient->size : NULL,
                                         .states = e->graph,
                                         .sequences = e->sequences,
                                         .pack = e->pack,
                                         .live = e->live,
                                         .words = words_of,
                                         .user = e,
                                         .over = g.over,
                                         .starts = (const uint32_t *)(const void *)g.starts->data,
                                         .n_starts = g.starts->len,
                                         .order = g.order,
                                         .may_continue = odds_may_continue,
                                         .caller = e,
                                         .odds = odds,
                                         .measured = measured};
    r->exact = odds_exact(odds);
    count_films(e, order, &g);
    if (odds_may_continue(e))
        add_chances(e, odds_visits_of(odds), &g);
    if (r->limit == EXPLORE_LIMIT_NONE && !odds_gave_up(odds))
        e->consequences = consequence_new(&in);
    if (r->limit == EXPLORE_LIMIT_NONE && patience_is_over(e->patience))
        r->limit = end_of_patience(e);
    r->known = r->limit == EXPLORE_LIMIT_NONE && !odds_gave_up(odds);
    if (r->known)
        e->result.consequences = e->consequences;
    else
        clear_odds(e);
    odds_free(measured);
    odds_free(odds);
    answer_graph_clear(&g);
}

static bool sample_may_continue(void *user, uint64_t done, uint64_t runs)
{
    struct explore *e = user;
    (void)done, (void)runs;
    if (explore_ran_late(e) || (e->o.interrupted && e->o.interrupted()))
        return false;
    return !e->o.progress || e->o.progress(e->o.user, state_table_count(e->table), 0);
}

static void tick_simulated(bool *met, const uint64_t *counts, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        met[i] = met[i] || counts[i] > 0;
}

/* Where the search was cut short, simulated viewers may have come further than it did. */
static void add_simulated(struct explore *e, const struct simulate_result *sim)
{
    tick_simulated(e->coverage->nodes, sim->nodes, e->s->n_nodes);
    tick_simulated(e->coverage->decisions, sim->opened, e->s->n_decisions);
    tick_simulated(e->coverage->available, sim->offered, e->s->n_options);
    tick_simulated(e->coverage->picked, sim->picked, e->s->n_options);
    tick_simulated(e->coverage->endings, sim->endings, e->s->n_endings);
    for (int32_t i = 0; i < e->s->n_endings; i++)
        e->endings[i].reached = e->coverage->endings[i];
}

/* Where the odds cannot be solved, viewers are simulated. */
static void estimate_odds(struct explore *e)
{
    const struct simulate_options how = {
        .runs = EXPLORE_SAMPLE, .seed = 1, .threads = e->o.threads, .progress = sample_may_continue, .user = e};
    struct simulate_result *sim = simulate_run(e->s, &how);
    struct explore_odds *r = &e->result.odds;
    const double n = MAX(1, (double)sim->runs);
    r->sampled = sim->runs >= SAMPLE_LEAST ? sim->runs : 0;
    for (int32_t i = 0; r->sampled > 0 && i < e->s->n_endings; i++) {
        const int64_t runs = (int64_t)sim->runs, seen = (int64_t)sim->endings[i];
        e->endings[i].likely = (double)sim->endings[i] / n;
        e->endings[i].likely_low = stats_wilson(seen, runs, STATS_Z95).low;
        /* those that were given up might have come to it */
        e->endings[i].likely_high = stats_wilson(seen + (int64_t)sim->endless, runs, STATS_Z95).high;
    }
    r->no_ending = r->sampled > 0 ? (double)(sim->no_ending + sim->stuck) / n : 0;
    r->endless = r->sampled > 0 ? (double)sim->endless / n : 0;
    if (e->limit != EXPLORE_LIMIT_NONE)
        add_simulated(e, sim);
    simulate_result_free(sim);
}

static gint by_kind(gconstpointer a, gconstpointer b)
{
    const struct explore_finding *x = a, *y = b;
    const int mistakes = explore_kind_info(y->kind)->mistake - explore_kind_info(x->kind)->mistake;
    return mistakes ? mistakes : (gint)x->kind - (gint)y->kind;
}

/* Joins states from which the same can happen. */
static void find_quotient(struct explore *e)
{
    if (e->limit != EXPLORE_LIMIT_NONE || e->result.backs || e->order.n != state_table_count(e->table))
        return;
    const struct state_quotient_input in = {.graph = e->graph,
                                            .order = &e->order,
                                            .starts = (const uint32_t *)(const void *)e->starts->data,
                                            .n_starts = e->starts->len,
                                            .kind = end_of_film,
                                            .user = e};
    e->quotient = state_quotient_new(&in);
    if (!e->quotient)
        return;
    state_graph_order_free(&e->order);
    e->order = (struct state_graph_order){0};
}

/* What needs the whole graph. When the time is over before, it is answered only where that takes a fraction of a second; when it is
 * over meanwhile, the result is partial. */
static void answer_by_graph(struct explore *e)
{
    const bool late = patience_is_over(e->patience);
    if (late && state_graph_n_transitions(e->graph) > LATE_TRANSITIONS_MAX)
        return;
    state_graph_set_patience(e->graph, late ? NULL : e->patience);
    e->order = state_graph_order_new(e->graph, state_table_count(e->table),
                                     (const uint32_t *)(const void *)e->starts->data, e->starts->len);
    if (!e->o.search_only) {
        find_quotient(e);
        struct answer_graph g = answer_graph_new(e);
        find_traps(e, &g);
        time_endings(e, &g);
        answer_graph_clear(&g);
        if (patience_is_over(state_graph_patience(e->graph)))
            clear_times(e);
    }
    state_graph_set_patience(e->graph, e->patience);
}

static void collect_result(struct explore *e)
{
    struct explore_result *r = &e->result;
    r->n_states = state_table_count(e->table);
    r->n_open = r->n_states - state_graph_n_states(e->graph) + e->open->len;
    assert(r->n_states >= state_graph_n_states(e->graph));
    r->n_transitions = state_graph_n_transitions(e->graph);
    r->n_starts = e->starts->len;
    r->state_bits = pack_bits(e->pack);
    for (int32_t i = 0; i < e->s->n_endings; i++)
        e->endings[i].reached = e->coverage->endings[i];
    answer_by_graph(e);
    r->limit = e->limit;
    if (r->limit == EXPLORE_LIMIT_NONE)
        find_unmet(e);
    for (int32_t i = 0; r->limit == EXPLORE_LIMIT_NONE && i < e->s->n_nodes; i++)
        r->unreached_us += e->coverage->nodes[i] ? 0 : schedule_planned_length(e->s, i);
    const bool odds = !e->o.no_odds && !e->o.search_only;
    if (r->limit == EXPLORE_LIMIT_NONE && odds)
        solve_odds(e);
    if (odds && !r->odds.known && r->limit != EXPLORE_LIMIT_STOPPED && r->odds.limit != EXPLORE_LIMIT_STOPPED)
        estimate_odds(e);
    g_array_sort(e->findings, by_kind);
    r->findings = (const struct explore_finding *)(const void *)e->findings->data;
    r->n_findings = (int32_t)e->findings->len;
    for (int32_t i = 0; i < r->n_findings; i++) {
        const struct explore_kind_info *info = explore_kind_info(r->findings[i].kind);
        assert(!info->needs_proof || r->limit == EXPLORE_LIMIT_NONE);
        r->n_mistakes += info->mistake;
    }
    r->by_default = default_play_run(e->seen);
}

void explore_run(struct explore *e)
{
    add_start(e, NULL);
    note_initial_kept(e);
    run_search(e);
    assert(explore_check(e));
    e->result.bytes = bytes_held(e);
    search_seal(e->search);
    collect_result(e);
    if (e->o.exact && e->limit == EXPLORE_LIMIT_NONE)
        count_exactly(e);
}

bool explore_ran_late(const struct explore *e)
{
    return patience_is_over(e->patience) &&
           g_get_monotonic_time() >= atomic_load(&e->patience->over_us) + EXPLORE_LATE_US;
}

const struct explore_result *explore_result(const struct explore *e)
{
    return &e->result;
}

/* ---- witnesses ------------------------------------------------------------------------------------------------ */

static struct witness_source witness_source(const struct explore *e)
{
    return (struct witness_source){.s = e->s,
                                   .explored = e->seen,
                                   .pack = e->pack,
                                   .table = e->table,
                                   .backs = e->result.backs,
                                   .n_seeds = EXPLORE_SEEDS,
                                   .patience = e->patience};
}

/* The number of the transition by which the state was met first; NO_ORIGIN: plays begin there. */
static uint32_t origin_of(const struct explore *e, uint32_t state)
{
    const struct state_graph_view view = state_graph_view(e->graph);
    uint32_t by = g_array_index(e->origins, uint32_t, state / ORIGIN_EVERY);
    for (guint i = 0; i < e->starts->len; i++)
        if (g_array_index(e->starts, uint32_t, i) == state)
            return NO_ORIGIN;
    while (view.transitions[by].to != state)
        by++;
    return by;
}

/* Appends how this state was met first, the last transition first. */
static void trace_back(const struct explore *e, uint32_t state, GArray *path)
{
    for (uint32_t by; (by = origin_of(e, state)) != NO_ORIGIN;) {
        uint32_t ordinal;
        state = state_graph_source(e->graph, by, &ordinal);
        const struct witness_transition step = {state, (int32_t)ordinal, -1};
        g_array_append_val(path, step);
    }
}

struct transcript *explore_witness(const struct explore *e, int32_t i, bool *draws)
{
    assert(i >= 0 && i < e->result.n_findings);
    const struct explore_finding *f = &e->result.findings[i];
    *draws = false;
    if (!f->has_witness || explore_ran_late(e))
        return NULL;
    GArray *path = g_array_new(FALSE, FALSE, sizeof(struct witness_transition));
    const struct witness_transition step = {f->from, f->ordinal, f->n_steps};
    g_array_append_val(path, step);
    trace_back(e, step.state, path);
    reverse_path(path, 0);
    const struct witness_source of = witness_source(e);
    struct transcript *t = witness_make(&of, &g_array_index(path, struct witness_transition, 0), path->len, draws);
    g_array_unref(path);
    return t;
}

struct transcript *explore_shortest_play(const struct explore *e, int32_t ending, bool *draws)
{
    *draws = false;
    if (!e->shortest[ending] || explore_ran_late(e))
        return NULL;
    struct witness_source of = witness_source(e);
    of.soonest = true;
    const GArray *path = e->shortest[ending];
    return witness_make(&of, &g_array_index(path, struct witness_transition, 0), path->len, draws);
}

struct explore_states explore_states(const struct explore *e)
{
    return (struct explore_states){.graph = e->graph,
                                   .order = e->order.states ? &e->order : NULL,
                                   .sequences = e->sequences,
                                   .table = e->table,
                                   .pack = e->pack,
                                   .start = g_array_index(e->starts, uint32_t, 0)};
}

void explore_trace(const struct explore *e, uint32_t transition, GArray *path)
{
    const guint first = path->len;
    uint32_t ordinal;
    const uint32_t state = state_graph_source(e->graph, transition, &ordinal);
    const struct witness_transition step = {state, (int32_t)ordinal, -1};
    g_array_append_val(path, step);
    trace_back(e, state, path);
    reverse_path(path, first);
}

struct transcript *explore_play(const struct explore *e, const GArray *path, int32_t go_on, bool *draws)
{
    struct witness_source of = witness_source(e);
    of.soonest = true;
    of.n_seeds = PLAY_SEEDS;
    of.go_on = go_on;
    return witness_make(&of, &g_array_index(path, struct witness_transition, 0), path->len, draws);
}

/* ---- life ----------------------------------------------------------------------------------------------------- */

/* Going back restores everything but kept values, and only a back() asks whether there is a checkpoint. So without either it leads
 * to states that were met already. Kept values that nothing reads are no part of a state. */
static bool backs_matter(const struct story *s, const struct liveness *live)
{
    bool can = false, matters = false;
    for (int32_t i = 0; i < s->n_decisions; i++) {
        can |= s->decisions[i].checkpoint;
        matters |= s->decisions[i].back_target;
    }
    for (int32_t i = 0; i < s->n_vars; i++)
        matters |= (s->vars[i].keep_viewer || s->vars[i].keep_rewind) && (!live || liveness_is_read(live, i));
    return can && matters;
}

static void choose_story(struct explore *e)
{
    e->live = e->o.no_merge ? NULL : liveness_new(e->s, e->patience);
    e->result.backs_matter = backs_matter(e->s, e->live);
    e->result.backs = e->result.backs_matter && !e->o.no_back;
    e->lean = e->result.backs ? NULL : lean_story_new(e->s);
    e->seen = e->lean ? e->lean : e->s;
    if (e->lean && e->live) {
        liveness_free(e->live);
        e->live = liveness_new(e->lean, e->patience);
    }
}

struct explore *explore_new(const struct story *s, const struct explore_options *options)
{
    struct explore *e = g_new0(struct explore, 1);
    e->s = s;
    e->o = *options;
    if (e->o.max_states == 0)
        e->o.max_states = STATE_TABLE_MAX;
    e->patience = g_new0(struct patience, 1);
    e->patience->until_us = options->max_us > 0 ? g_get_monotonic_time() + options->max_us : 0;
    e->patience->interrupted = options->interrupted;
    choose_story(e);
    e->pack = pack_new(e->seen);
    e->graph = state_graph_new();
    e->sequences = sequences_new();
    e->coverage = coverage_new(e->seen, NULL, NULL);
    e->result.unread = e->unread = g_new0(bool, (gsize)s->n_vars + 1);
    for (int32_t i = 0; e->live && i < s->n_vars; i++)
        e->unread[i] = !liveness_is_read(e->live, i);
    const struct search_hooks hooks = {
        .met = on_new_state, .transition = on_transition, .seen = on_worker_report, .expanded = on_expanded, .user = e};
    const struct search_options how = {.s = e->seen,
                                       .pack = e->pack,
                                       .backs = e->result.backs,
                                       .live = e->live,
                                       .patience = e->patience,
                                       .measure = e->o.measure,
                                       .threads = e->o.threads,
                                       .max_states = MIN(e->o.max_states, STATE_TABLE_MAX - TABLE_SPARE)};
    e->search = search_new(&how, &hooks);
    e->table = search_table(e->search);
    e->origins = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    e->finished = g_array_new(FALSE, FALSE, sizeof(struct finished_state));
    e->stuck = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    e->starts = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    e->open = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    e->findings = g_array_new(FALSE, FALSE, sizeof(struct explore_finding));
    e->kept = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    e->next_round = g_ptr_array_new();
    e->words = g_new0(uint64_t, (gsize)pack_words(e->pack));
    e->state = g_new0(int32_t, (gsize)play_state_slots(e->seen));
    e->endings = g_new0(struct explore_ending, (gsize)s->n_endings + 1);
    e->shortest = g_new0(GArray *, (gsize)s->n_endings + 1);
    e->result.coverage = e->coverage;
    e->result.endings = e->endings;
    assert(explore_check(e));
    return e;
}

void explore_free(struct explore *e)
{
    if (!e)
        return;
    GArray *const arrays[] = {e->origins, e->finished, e->stuck, e->starts, e->open, e->findings};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    for (int32_t i = 0; i < e->s->n_endings; i++)
        if (e->shortest[i])
            g_array_unref(e->shortest[i]);
    g_free(e->shortest);
    g_ptr_array_unref(e->next_round);
    g_hash_table_unref(e->kept);
    consequence_free(e->consequences, e->s);
    search_free(e->search);
    liveness_free(e->live);
    g_free(e->unread);
    coverage_free(e->coverage);
    state_graph_order_free(&e->order);
    state_quotient_free(e->quotient);
    state_graph_free(e->graph);
    sequences_free(e->sequences);
    pack_free(e->pack);
    g_free(e->endings);
    lean_story_free(e->lean);
    g_free(e->patience);
    g_free(e->state);
    g_free(e->words);
    g_free(e);
}
