#include "explore/viewing_cover.h"

#include "explore/cover_bound.h"
#include "explore/cover_plan.h"
#include "play/replay.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <assert.h>
#include <string.h>

/* Inputs that follow where the search was cut short, or where the film never ends. */
#define GO_ON_MAX 20000

/* What there is to show are targets: the nodes, then the options (n_nodes + index). */
struct cover_search {
    const struct story *s;
    const struct explore *e;
    struct viewing_cover *cover;
    struct cover_plan *plan;
    bool *covered;    /* target: some viewing shows it */
    uint32_t *shows;  /* target: how many viewings show it */
    GPtrArray *walks; /* of each viewing: the targets that it shows, in order, as int32_t */
    int32_t n_targets;
};

/* ---- one viewing ------------------------------------------------------------------------------------------------- */

/* A viewing that is replayed, to see what it shows. */
struct watched_viewing {
    const struct story *s;
    GArray *walk;
    int64_t us;
};

static void watch_effect(void *user, const struct play_effect *fx)
{
    struct watched_viewing *w = user;
    int32_t target = -1;
    if (fx->kind == PLAY_DID_ENTER)
        target = fx->enter.node;
    if (fx->kind == PLAY_DID_DECIDE && fx->decide.outcome == PLAY_PICKED)
        target = w->s->n_nodes + w->s->decisions[fx->decide.decision].options.first + fx->decide.option;
    if (fx->kind == PLAY_DID_REWIND)
        target = w->s->decisions[fx->rewind.decision].node; /* it was shown before */
    if (target >= 0)
        g_array_append_val(w->walk, target);
}

static void watch_input(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct watched_viewing *w = user;
    (void)state;
    w->us += in->kind == PLAY_LEAVE ? at_us : 0;
}

/* Sets length and end of the viewing, and returns the targets that it shows. */
static GArray *watch_viewing(const struct cover_search *q, struct viewing_cover_item *v)
{
    struct watched_viewing w = {q->s, g_array_new(FALSE, FALSE, sizeof(int32_t)), 0};
    const struct replay_watch watch = {.sink = watch_effect, .input = watch_input, .user = &w};
    g_autofree int32_t *state = g_new0(int32_t, (gsize)play_state_slots(q->s));
    const bool fits = transcript_replay(q->s, v->transcript, state, &watch, NULL);
    assert(fits); /* it was made of this story */
    v->us = w.us;
    v->over = state[PLAY_PHASE] == PLAY_OVER;
    v->ending = state[PLAY_ENDING];
    return w.walk;
}

static int32_t walk_step(const GArray *walk, guint i)
{
    return g_array_index(walk, int32_t, i);
}

/* Counts in *v what it shows that is not yet covered, and covers it. */
static void count_new(struct cover_search *q, struct viewing_cover_item *v, const GArray *walk)
{
    v->new_nodes = v->new_options = 0;
    for (guint i = 0; i < walk->len; i++) {
        const int32_t target = walk_step(walk, i);
        if (q->covered[target])
            continue;
        q->covered[target] = true;
        *(target < q->s->n_nodes ? &v->new_nodes : &v->new_options) += 1;
    }
}

/* Adds to the number of viewings that show each target of this walk. */
static void count_shows(const struct cover_search *q, const GArray *walk, int32_t change)
{
    g_autoptr(GHashTable) once = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < walk->len; i++)
        if (g_hash_table_add(once, GINT_TO_POINTER(walk_step(walk, i))))
            q->shows[walk_step(walk, i)] += (uint32_t)change;
}

/* Adds the viewing along these transitions. False: it shows nothing new. */
static bool add_viewing(struct cover_search *q, const GArray *path)
{
    struct viewing_cover_item v = {0};
    v.transcript = explore_play(q->e, path, GO_ON_MAX, &v.draws);
    GArray *walk = watch_viewing(q, &v);
    count_new(q, &v, walk);
    if (v.new_nodes + v.new_options == 0) {
        transcript_free(v.transcript);
        g_array_unref(walk);
        return false;
    }
    count_shows(q, walk, 1);
    g_array_append_val(q->cover->viewings, v);
    g_ptr_array_add(q->walks, walk);
    return true;
}

/* ---- all viewings ------------------------------------------------------------------------------------------------ */

/* The next viewing: the one that shows most, or else one that shows the missing target that is met first. False: none is missing. */
static bool next_viewing(struct cover_search *q, GArray *path)
{
    g_array_set_size(path, 0);
    cover_plan_best(q->plan, q->covered, path);
    if (path->len > 0 && add_viewing(q, path))
        return true;
    g_array_set_size(path, 0);
    return cover_plan_missing(q->plan, q->covered, path) && add_viewing(q, path);
}

static void make_viewings(struct cover_search *q)
{
    const struct explore_states states = explore_states(q->e);
    const struct witness_transition first = {states.start, 0, -1};
    g_autoptr(GArray) path = g_array_new(FALSE, FALSE, sizeof(struct witness_transition));
    bool more = true;
    while (more && !(q->cover->stopped = explore_ran_late(q->e)))
        more = next_viewing(q, path);
    if (q->cover->viewings->len > 0)
        return;
    g_array_set_size(path, 0); /* it was stopped before anything was met */
    g_array_append_val(path, first);
    add_viewing(q, path);
}

/* ---- shorter ----------------------------------------------------------------------------------------------------- */

/* Is each target of the walk shown by another viewing as well? */
static bool is_redundant(const struct cover_search *q, const GArray *walk)
{
    for (guint i = 0; i < walk->len; i++)
        if (q->shows[walk_step(walk, i)] < 2)
            return false;
    return true;
}

/* Drops viewings that show nothing but what the others show, the last one first. */
static void drop_redundant(struct cover_search *q)
{
    GArray *viewings = q->cover->viewings;
    assert(viewings->len == q->walks->len);
    for (guint i = viewings->len; i-- > 0;) {
        const GArray *walk = g_ptr_array_index(q->walks, i);
        if (viewings->len == 1 || !is_redundant(q, walk))
            continue;
        count_shows(q, walk, -1);
        transcript_free(g_array_index(viewings, struct viewing_cover_item, i).transcript);
        g_array_remove_index(viewings, i);
        g_ptr_array_remove_index(q->walks, i);
    }
}

/* Does the walk show all that only this other one shows? */
static bool can_replace(const struct cover_search *q, const GArray *walk, const GArray *other)
{
    bool can = true;
    count_shows(q, walk, 1);
    for (guint i = 0; can && i < other->len; i++)
        can = q->shows[walk_step(other, i)] > 1;
    count_shows(q, walk, -1);
    return can;
}

/* Looks for a shorter viewing that shows what only this one shows. */
static void shorten_viewing(struct cover_search *q, guint i, GArray *path)
{
    struct viewing_cover_item *old = &g_array_index(q->cover->viewings, struct viewing_cover_item, i), v = *old;
    GArray *before = g_ptr_array_index(q->walks, i);
    for (guint k = 0; k < before->len; k++)
        q->covered[walk_step(before, k)] = q->shows[walk_step(before, k)] > 1;
    g_array_set_size(path, 0);
    cover_plan_best(q->plan, q->covered, path);
    for (guint k = 0; k < before->len; k++)
        q->covered[walk_step(before, k)] = true;
    if (path->len == 0)
        return;
    v.transcript = explore_play(q->e, path, GO_ON_MAX, &v.draws);
    GArray *walk = watch_viewing(q, &v);
    if (v.us >= old->us || v.over != old->over || !can_replace(q, walk, before)) {
        transcript_free(v.transcript);
        g_array_unref(walk);
        return;
    }
    transcript_free(old->transcript);
    *old = v;
    count_shows(q, before, -1);
    count_shows(q, walk, 1);
    q->walks->pdata[i] = walk;
    g_array_unref(before);
}

/* The last viewings show little that is new, so the first ones, which show most, may leave something to them. */
static void shorten_viewings(struct cover_search *q)
{
    g_autoptr(GArray) path = g_array_new(FALSE, FALSE, sizeof(struct witness_transition));
    for (guint i = 0; i < q->walks->len && q->cover->limit == EXPLORE_LIMIT_NONE && !explore_ran_late(q->e); i++)
        shorten_viewing(q, i, path);
}

/* Covers nothing, and then again by one viewing after the other: what is new in each. */
static void count_all_new(struct cover_search *q)
{
    memset(q->covered, 0, sizeof(bool) * (size_t)q->n_targets);
    for (guint i = 0; i < q->walks->len; i++)
        count_new(q, &g_array_index(q->cover->viewings, struct viewing_cover_item, i), g_ptr_array_index(q->walks, i));
}

static bool viewing_cover_check(const struct viewing_cover *c, const struct story *s)
{
    assert(c->viewings->len > 0);
    assert(c->n_nodes <= s->n_nodes && c->n_options <= s->n_options);
    assert(c->at_least >= 1 && (guint)c->at_least <= c->viewings->len);
    return true;
}

static void tell_cover(const struct cover_search *q)
{
    struct viewing_cover *c = q->cover;
    const struct story *s = q->s;
    const struct cover_bound_input in = {
        .s = s, .covered = q->covered, .walks = q->walks, .all = c->limit == EXPLORE_LIMIT_NONE && !c->stopped};
    c->at_least = cover_bound(&in);
    c->nodes = g_memdup2(q->covered, sizeof(bool) * (size_t)(s->n_nodes + 1));
    c->options = g_memdup2(q->covered + s->n_nodes, sizeof(bool) * (size_t)(s->n_options + 1));
    for (int32_t i = 0; i < q->n_targets; i++)
        *(i < s->n_nodes ? &c->n_nodes : &c->n_options) += q->covered[i];
    assert(viewing_cover_check(c, s));
}

/* All first plays, without anything else that explore could tell. */
static struct explore *explore_first_plays(const struct story *s, const struct explore_options *options,
                                           struct viewing_cover *c)
{
    struct explore_options o = *options;
    o.no_back = o.search_only = o.first_plays = true;
    struct explore *e = explore_new(s, &o);
    explore_run(e);
    c->limit = explore_result(e)->limit;
    c->n_states = explore_result(e)->n_states;
    c->n_open = explore_result(e)->n_open;
    return e;
}

struct viewing_cover *viewing_cover_new(const struct story *s, const struct explore_options *options)
{
    struct viewing_cover *c = g_new0(struct viewing_cover, 1);
    struct explore *e = explore_first_plays(s, options, c);
    struct cover_search q = {.s = s, .e = e, .cover = c, .n_targets = s->n_nodes + s->n_options};
    q.covered = g_new0(bool, (gsize)q.n_targets + 1);
    q.shows = g_new0(uint32_t, (gsize)q.n_targets + 1);
    q.walks = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    q.plan = cover_plan_new(s, e);
    c->viewings = g_array_new(FALSE, FALSE, sizeof(struct viewing_cover_item));
    make_viewings(&q);
    drop_redundant(&q);
    shorten_viewings(&q);
    count_all_new(&q);
    cover_plan_free(q.plan);
    explore_free(e);
    tell_cover(&q);
    g_ptr_array_unref(q.walks);
    g_free(q.shows);
    g_free(q.covered);
    return c;
}

void viewing_cover_free(struct viewing_cover *c)
{
    if (!c)
        return;
    for (guint i = 0; i < c->viewings->len; i++)
        transcript_free(g_array_index(c->viewings, struct viewing_cover_item, i).transcript);
    g_array_free(c->viewings, TRUE);
    g_free(c->nodes);
    g_free(c->options);
    g_free(c);
}
