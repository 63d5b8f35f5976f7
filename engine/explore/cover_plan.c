#include "explore/cover_plan.h"

#include "base/units.h"
#include "explore/strong_components.h"

#include <assert.h>
#include <string.h>

#define NO_WAY UINT32_MAX

/* Transitions times targets, up to which a walk is planned anew whenever it has shown something: for each viewing, at most as many
 * transitions are looked at. */
#define PLAN_ANEW_MAX UINT64_C(50000000)

/* A millisecond of film costs 1. Coming to the film's end rather than getting stuck is worth more than all of its time, and each
 * target is worth more than that. */
#define WORTH_END    (INT64_C(1) << 31)
#define WORTH_TARGET (INT64_C(1) << 33)
#define WORTH_MAX    (INT64_MAX / 4)

/* By which transition a target is met first. */
struct first_showing {
    uint32_t transition;
    int32_t target;
};

struct cover_plan {
    const struct story *s;
    const struct explore *e;
    struct explore_states g;
    struct state_graph_view view;
    uint32_t n, n_listed; /* states; those of them whose transitions are known */
    int32_t n_targets;
    /* of each label: its targets, each once */
    guint *label_first;
    GArray *label_targets; /* int32 */
    int32_t *gain;         /* label: how many of them are not covered */
    GArray *showings;      /* first_showing, the first one first */
    guint next_showing;    /* those before it are covered */
    /* of groups: states on circles together; without circles, each state is its own */
    uint32_t *group; /* state; NULL: there are no circles */
    const uint32_t
        *states;      /* in an order in which each group comes before those that it leads to; NULL: it is not known */
    uint32_t *sorted; /* the same, if it is ours */
    int64_t *worth;   /* group: of the best way from there */
    uint32_t *way;    /* group: the transition by which that leaves the group, or NO_WAY */
    /* of one walk */
    uint32_t *stamps; /* target */
    uint32_t stamp;
    uint32_t *by; /* state: how it was met in a search within its group; NULL before the first */
    bool *seen;   /* target: covered, or shown on this walk; NULL: the graph is too large to plan anew on the way */
    uint64_t work;
};

static uint32_t label_of(const struct cover_plan *p, uint32_t transition)
{
    return p->view.transitions[transition].label & ~STATE_GRAPH_BACK;
}

static uint32_t group_of(const struct cover_plan *p, uint32_t state)
{
    return p->group ? p->group[state] : state;
}

/* Its transitions are those before *end; none, if it was not explored. */
static uint32_t first_transition(const struct cover_plan *p, uint32_t state, uint32_t *end)
{
    *end = state < p->n_listed ? p->view.first[state + 1] : 0;
    return state < p->n_listed ? p->view.first[state] : 0;
}

static bool is_over(const struct cover_plan *p, uint32_t state)
{
    g_autofree int32_t *slots = g_new(int32_t, (gsize)play_state_slots(p->s));
    pack_get(p->g.pack, state_table_get(p->g.table, state), slots);
    return slots[PLAY_PHASE] == PLAY_OVER;
}

static bool must_stop(const struct cover_plan *p, uint64_t round)
{
    return round % PATIENCE_ROUNDS == 0 && explore_ran_late(p->e);
}

/* ---- what there is to show ------------------------------------------------------------------------------------------ */

static void add_label_target(struct cover_plan *p, int32_t target)
{
    if (p->stamps[target] != p->stamp)
        g_array_append_val(p->label_targets, target);
    p->stamps[target] = p->stamp;
}

static void list_label_targets(struct cover_plan *p)
{
    const uint32_t n = state_graph_n_labels(p->g.graph);
    p->label_first = g_new(guint, (gsize)n + 1);
    p->label_targets = g_array_new(FALSE, FALSE, sizeof(int32_t));
    p->gain = g_new0(int32_t, (gsize)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct state_graph_label *l = &p->view.labels[i];
        int32_t n_nodes;
        const int32_t *nodes = sequences_steps(p->g.sequences, l->node_sequence, &n_nodes);
        p->label_first[i] = p->label_targets->len;
        p->stamp++;
        for (int32_t k = 0; k < n_nodes; k++)
            add_label_target(p, nodes[k]);
        if (l->choice >= 0)
            add_label_target(p, p->s->n_nodes + p->s->decisions[l->decision].options.first + l->choice);
    }
    p->label_first[n] = p->label_targets->len;
}

/* The targets of a label, and how many. */
static const int32_t *targets_of(const struct cover_plan *p, uint32_t label, guint *n)
{
    *n = p->label_first[label + 1] - p->label_first[label];
    return &g_array_index(p->label_targets, int32_t, p->label_first[label]);
}

/* States are numbered breadth first, so the first transition that shows something lies on a shortest way to it. */
static void find_first_showings(struct cover_plan *p)
{
    bool *known = g_new0(bool, (gsize)p->n_targets + 1),
         *label_known = g_new0(bool, state_graph_n_labels(p->g.graph) + 1);
    const uint32_t n = (uint32_t)state_graph_n_transitions(p->g.graph);
    p->showings = g_array_new(FALSE, FALSE, sizeof(struct first_showing));
    for (uint32_t t = 0; t < n; t++) {
        guint n_targets;
        if (label_known[label_of(p, t)])
            continue;
        label_known[label_of(p, t)] = true;
        const int32_t *targets = targets_of(p, label_of(p, t), &n_targets);
        for (guint i = 0; i < n_targets; i++) {
            const struct first_showing f = {t, targets[i]};
            if (!known[f.target])
                g_array_append_val(p->showings, f);
            known[f.target] = true;
        }
    }
    g_free(label_known);
    g_free(known);
}

/* ---- groups --------------------------------------------------------------------------------------------------------- */

static uint32_t where_to(const void *user, uint32_t transition)
{
    const struct cover_plan *p = user;
    return p->view.transitions[transition].to;
}

static void find_groups(struct cover_plan *p)
{
    const struct state_graph_order *order = p->g.order;
    if (!order)
        return;
    if (!order->cycles && order->n == p->n) {
        p->states = order->states;
        return;
    }
    const struct directed_graph g = {p->n, p->n_listed, p->view.first, where_to, p};
    p->group = strong_components(&g, state_graph_patience(p->g.graph));
    p->states = p->sorted = strong_components_sorted(p->group, p->n);
}

/* ---- the best way ---------------------------------------------------------------------------------------------------- */

static void count_gains(struct cover_plan *p, const bool *covered)
{
    const uint32_t n = state_graph_n_labels(p->g.graph);
    p->work += p->label_targets->len;
    for (uint32_t i = 0; i < n; i++) {
        guint n_targets;
        const int32_t *targets = targets_of(p, i, &n_targets);
        p->gain[i] = 0;
        for (guint k = 0; k < n_targets; k++)
            p->gain[i] += !covered[targets[k]];
    }
}

/* How many targets the label shows that are not covered, and that had no stamp before. */
static int32_t stamp_targets(struct cover_plan *p, uint32_t label, const bool *covered)
{
    guint n_targets;
    const int32_t *targets = targets_of(p, label, &n_targets);
    int32_t n = 0;
    for (guint i = 0; i < n_targets; i++) {
        n += !covered[targets[i]] && p->stamps[targets[i]] != p->stamp;
        p->stamps[targets[i]] = p->stamp;
    }
    return n;
}

/* Of the way along this label, and on from this group. */
static int64_t worth_along(const struct cover_plan *p, uint32_t label, uint32_t to)
{
    return p->worth[to] + WORTH_TARGET * p->gain[label] - p->view.labels[label].min_us / US_PER_MS;
}

/* The best way from a group, of which these are the states. */
static void weigh_group(struct cover_plan *p, const uint32_t *states, uint32_t n, const bool *covered)
{
    const uint32_t group = group_of(p, states[0]);
    int64_t best = INT64_MIN, inside = 0;
    uint32_t way = NO_WAY;
    p->stamp++;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t end;
        for (uint32_t t = first_transition(p, states[i], &end); t < end; t++, p->work++) {
            const uint32_t to = group_of(p, p->view.transitions[t].to), label = label_of(p, t);
            const int64_t worth = to == group ? INT64_MIN : worth_along(p, label, to);
            if (to == group && p->gain[label] > 0)
                inside += stamp_targets(p, label, covered);
            way = worth > best ? t : way;
            best = MAX(best, worth);
        }
        p->work++;
    }
    if (way == NO_WAY)
        best = is_over(p, states[0]) ? WORTH_END : 0;
    p->worth[group] = MIN(best + WORTH_TARGET * inside, WORTH_MAX);
    p->way[group] = way;
}

static void weigh_groups(struct cover_plan *p, const bool *covered)
{
    for (uint32_t end = p->n, i = end; end > 0 && !must_stop(p, end); end = i) {
        for (i = end - 1; i > 0 && group_of(p, p->states[i - 1]) == group_of(p, p->states[i]); i--) {
        }
        weigh_group(p, p->states + i, end - i, covered);
    }
}

/* ---- walking --------------------------------------------------------------------------------------------------------- */

static void append_transition(const struct cover_plan *p, uint32_t transition, GArray *path)
{
    uint32_t ordinal;
    const uint32_t state = state_graph_source(p->g.graph, transition, &ordinal);
    const struct witness_transition step = {state, (int32_t)ordinal, -1};
    g_array_append_val(path, step);
}

/* Does it show something that is neither covered nor on this walk? */
static bool shows_new(const struct cover_plan *p, uint32_t label, const bool *covered)
{
    guint n_targets;
    const int32_t *targets = targets_of(p, label, &n_targets);
    for (guint i = 0; p->gain[label] > 0 && i < n_targets; i++)
        if (!covered[targets[i]] && p->stamps[targets[i]] != p->stamp)
            return true;
    return false;
}

/* Breadth first within the group of `from`: the first transition in it that shows something new or, with `state`, leads to that one.
 * NO_WAY: there is none. */
static uint32_t search_group(struct cover_plan *p, uint32_t from, uint32_t state, const bool *covered, GArray *queue)
{
    uint32_t found = NO_WAY;
    g_array_set_size(queue, 0);
    g_array_append_val(queue, from);
    for (guint k = 0; k < queue->len && found == NO_WAY && !must_stop(p, k); k++) {
        const uint32_t at = g_array_index(queue, uint32_t, k);
        uint32_t end;
        for (uint32_t t = first_transition(p, at, &end); t < end && found == NO_WAY; t++, p->work++) {
            const uint32_t to = p->view.transitions[t].to;
            if (group_of(p, to) != group_of(p, from))
                continue;
            if (state == NO_WAY ? shows_new(p, label_of(p, t), covered) : to == state)
                found = t;
            if (to != from && p->by[to] == NO_WAY) {
                p->by[to] = t;
                g_array_append_val(queue, to);
            }
        }
    }
    return found;
}

/* Goes the way that search_group() finds. Returns the state behind it; NO_WAY: there is none. */
static uint32_t walk_in_group(struct cover_plan *p, uint32_t from, uint32_t state, const bool *covered, GArray *path)
{
    g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    const uint32_t found = search_group(p, from, state, covered, queue);
    const guint first = path->len;
    for (uint32_t t = found; t != NO_WAY;) {
        append_transition(p, t, path);
        stamp_targets(p, label_of(p, t), covered);
        const uint32_t source = g_array_index(path, struct witness_transition, path->len - 1).state;
        t = source == from ? NO_WAY : p->by[source];
    }
    for (guint i = first, k = path->len; i + 1 < k; i++, k--) {
        const struct witness_transition swap = g_array_index(path, struct witness_transition, i);
        g_array_index(path, struct witness_transition, i) = g_array_index(path, struct witness_transition, k - 1);
        g_array_index(path, struct witness_transition, k - 1) = swap;
    }
    for (guint i = 0; i < queue->len; i++)
        p->by[g_array_index(queue, uint32_t, i)] = NO_WAY;
    return found == NO_WAY ? NO_WAY : p->view.transitions[found].to;
}

/* Shows all that is new in the group of this state, and goes to where the best way leaves it. Returns the state there. */
static uint32_t walk_group(struct cover_plan *p, uint32_t state, const bool *covered, GArray *path)
{
    const uint32_t way = p->way[group_of(p, state)];
    uint32_t ordinal;
    if (!p->group)
        return state;
    for (uint32_t next = state; next != NO_WAY && p->work < COVER_PLAN_WORK_MAX;) {
        next = walk_in_group(p, state, NO_WAY, covered, path);
        state = next != NO_WAY ? next : state;
    }
    const uint32_t exit = way != NO_WAY ? state_graph_source(p->g.graph, way, &ordinal) : state;
    if (exit != state)
        walk_in_group(p, state, exit, covered, path);
    return exit;
}

/* The best way counts what it shows twice as two, so it would go round and round for the same. On a small graph it is weighed anew,
 * now that these transitions have shown something. */
static void plan_anew(struct cover_plan *p, const GArray *path, guint from)
{
    bool news = false;
    for (guint i = from; p->seen && i < path->len; i++) {
        const struct witness_transition *step = &g_array_index(path, struct witness_transition, i);
        guint n;
        const int32_t *targets = targets_of(p, label_of(p, p->view.first[step->state] + (uint32_t)step->ordinal), &n);
        for (guint k = 0; k < n; k++) {
            news = news || !p->seen[targets[k]];
            p->seen[targets[k]] = true;
        }
    }
    if (!news || p->work > COVER_PLAN_WORK_MAX)
        return;
    count_gains(p, p->seen);
    weigh_groups(p, p->seen);
    p->stamp++;
}

/* Follows the best way from this state to its end. */
static void walk_from(struct cover_plan *p, uint32_t state, const bool *covered, GArray *path)
{
    const bool *known = p->seen ? p->seen : covered;
    guint told = 0;
    if (p->seen)
        memcpy(p->seen, covered, sizeof *covered * (size_t)p->n_targets);
    while (p->states && !explore_ran_late(p->e)) {
        plan_anew(p, path, told);
        told = path->len;
        state = walk_group(p, state, known, path);
        const uint32_t way = p->way[group_of(p, state)];
        if (way == NO_WAY)
            return;
        append_transition(p, way, path);
        stamp_targets(p, label_of(p, way), known);
        state = p->view.transitions[way].to;
    }
}

void cover_plan_best(struct cover_plan *p, const bool *covered, GArray *path)
{
    if (!p->states || p->work > COVER_PLAN_WORK_MAX || explore_ran_late(p->e))
        return;
    count_gains(p, covered);
    weigh_groups(p, covered);
    p->stamp++;
    if (p->worth[group_of(p, p->g.start)] > WORTH_TARGET / 2)
        walk_from(p, p->g.start, covered, path);
}

bool cover_plan_missing(struct cover_plan *p, const bool *covered, GArray *path)
{
    while (p->next_showing < p->showings->len &&
           covered[g_array_index(p->showings, struct first_showing, p->next_showing).target])
        p->next_showing++;
    if (p->next_showing == p->showings->len)
        return false;
    const uint32_t t = g_array_index(p->showings, struct first_showing, p->next_showing).transition;
    p->stamp++;
    explore_trace(p->e, t, path);
    walk_from(p, p->view.transitions[t].to, covered, path);
    return true;
}

/* ---- life ------------------------------------------------------------------------------------------------------------ */

struct cover_plan *cover_plan_new(const struct story *s, const struct explore *e)
{
    struct cover_plan *p = g_new0(struct cover_plan, 1);
    p->s = s;
    p->e = e;
    p->g = explore_states(e);
    p->view = state_graph_view(p->g.graph);
    p->n = state_table_count(p->g.table);
    p->n_listed = state_graph_n_states(p->g.graph);
    p->n_targets = s->n_nodes + s->n_options;
    p->stamps = g_new0(uint32_t, (gsize)p->n_targets + 1);
    if (state_graph_n_transitions(p->g.graph) * (uint64_t)p->n_targets < PLAN_ANEW_MAX)
        p->seen = g_new0(bool, (gsize)p->n_targets + 1);
    list_label_targets(p);
    find_first_showings(p);
    find_groups(p);
    p->worth = g_new0(int64_t, (gsize)p->n + 1);
    p->way = g_new(uint32_t, (gsize)p->n + 1);
    memset(p->way, 0xff, ((gsize)p->n + 1) * sizeof *p->way);
    if (p->group) {
        p->by = g_new(uint32_t, (gsize)p->n + 1);
        memset(p->by, 0xff, ((gsize)p->n + 1) * sizeof *p->by);
    }
    return p;
}

void cover_plan_free(struct cover_plan *p)
{
    if (!p)
        return;
    g_free(p->label_first);
    g_array_unref(p->label_targets);
    g_free(p->gain);
    g_array_unref(p->showings);
    g_free(p->group);
    g_free(p->sorted);
    g_free(p->worth);
    g_free(p->way);
    g_free(p->stamps);
    g_free(p->by);
    g_free(p->seen);
    g_free(p);
}
