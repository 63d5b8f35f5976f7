#include "explore/viewing_cover.h"

#include "explore/cover_bound.h"
#include "explore/cover_plan.h"
#include "explore/cover_walk.h"
#include "play/replay.h"
#include "play/schedule.h"
#include "play/transcript.h"

#include <assert.h>
#include <string.h>

/* Inputs that follow where the search was cut short, or where the film never ends. */
#define GO_ON_MAX 20000

/* Of a story with more states than this, it is first tried whether all of it can be shown without knowing them. */
#define STATES_UNTRIED 300000

/* Such viewings are made until so many in a row show nothing new, or they took so many inputs. */
#define WALKS_IN_VAIN   16
#define WALK_INPUTS_MAX 3000000

/* What there is to show are targets: the nodes, then the options (n_nodes + index). */
struct cover_search {
    const struct story *s;
    struct explore *e;
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

/* Adds the viewing, or frees its transcript: it shows nothing new. */
static bool add_transcript(struct cover_search *q, struct viewing_cover_item v)
{
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

/* Adds the viewing along these transitions. False: it shows nothing new. */
static bool add_viewing(struct cover_search *q, const GArray *path)
{
    struct viewing_cover_item v = {0};
    v.transcript = explore_play(q->e, path, GO_ON_MAX, &v.draws);
    return add_transcript(q, v);
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

/* ---- without knowing all states ---------------------------------------------------------------------------------- */

/* Adds viewings that take what was taken least. */
static void make_walks(struct cover_search *q, const struct explore_options *o)
{
    g_autofree uint32_t *taken = g_new0(uint32_t, (gsize)q->s->n_options + 1);
    uint32_t inputs = 0, more, in_vain = 0;
    for (uint64_t seed = 0; in_vain < WALKS_IN_VAIN && inputs < WALK_INPUTS_MAX; seed++, inputs += more) {
        struct viewing_cover_item v = {.transcript = cover_walk(q->s, seed, taken, &more)};
        in_vain = v.transcript && add_transcript(q, v) ? 0 : in_vain + 1;
        if (o->interrupted && o->interrupted())
            return;
    }
}

static void remove_viewings(struct cover_search *q)
{
    for (guint i = 0; i < q->cover->viewings->len; i++)
        transcript_free(g_array_index(q->cover->viewings, struct viewing_cover_item, i).transcript);
    g_array_set_size(q->cover->viewings, 0);
    g_ptr_array_set_size(q->walks, 0);
    memset(q->covered, 0, sizeof(bool) * (size_t)q->n_targets);
    memset(q->shows, 0, sizeof(uint32_t) * (size_t)q->n_targets);
}

static int32_t bound_of(const struct cover_search *q, bool all)
{
    const struct cover_bound_input in = {.s = q->s, .covered = q->covered, .walks = q->walks, .all = all};
    return cover_bound(&in);
}

static bool shows_everything(const struct cover_search *q)
{
    for (int32_t i = 0; i < q->n_targets; i++)
        if (!q->covered[i])
            return false;
    return true;
}

/* Do they show all that the story has, and could fewer not? Then nobody needs to know its states. */
static bool walks_are_enough(struct cover_search *q)
{
    if (!shows_everything(q))
        return false;
    drop_redundant(q);
    return bound_of(q, true) == (int32_t)q->walks->len;
}

/* ---- all ----------------------------------------------------------------------------------------------------------- */

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
    c->at_least = bound_of(q, c->limit == EXPLORE_LIMIT_NONE && !c->stopped);
    c->nodes = g_memdup2(q->covered, sizeof(bool) * (size_t)(s->n_nodes + 1));
    c->options = g_memdup2(q->covered + s->n_nodes, sizeof(bool) * (size_t)(s->n_options + 1));
    for (int32_t i = 0; i < q->n_targets; i++)
        *(i < s->n_nodes ? &c->n_nodes : &c->n_options) += q->covered[i];
    assert(viewing_cover_check(c, s));
}

/* All first plays, without anything else that explore could tell. */
static void explore_first_plays(struct cover_search *q, const struct explore_options *options)
{
    struct explore_options o = *options;
    o.no_back = o.search_only = o.first_plays = true;
    explore_free(q->e);
    struct explore *e = explore_new(q->s, &o);
    explore_run(e);
    q->e = e;
    q->cover->limit = explore_result(e)->limit;
    q->cover->n_states = explore_result(e)->n_states;
    q->cover->n_open = explore_result(e)->n_open;
}

/* Viewings of what was explored. If that was not everything, they are added to those that are there. */
static void cover_explored(struct cover_search *q)
{
    if (q->cover->limit == EXPLORE_LIMIT_NONE)
        remove_viewings(q);
    q->plan = cover_plan_new(q->s, q->e);
    make_viewings(q);
    drop_redundant(q);
    shorten_viewings(q);
    cover_plan_free(q->plan);
    if (q->cover->limit != EXPLORE_LIMIT_NONE && shows_everything(q)) {
        q->cover->limit = EXPLORE_LIMIT_NONE;
        q->cover->stopped = false;
    }
}

static void cover_story(struct cover_search *q, const struct explore_options *o)
{
    const bool little = o->max_states > 0 && o->max_states <= STATES_UNTRIED;
    struct explore_options first = *o;
    first.max_states = little ? o->max_states : STATES_UNTRIED;
    explore_first_plays(q, &first);
    if (q->cover->limit != EXPLORE_LIMIT_NONE) {
        make_walks(q, o);
        if (walks_are_enough(q)) {
            q->cover->limit = EXPLORE_LIMIT_NONE;
            return;
        }
    }
    if (q->cover->limit == EXPLORE_LIMIT_STATES && !little)
        explore_first_plays(q, o);
    cover_explored(q);
}

struct viewing_cover *viewing_cover_new(const struct story *s, const struct explore_options *options)
{
    struct viewing_cover *c = g_new0(struct viewing_cover, 1);
    struct cover_search q = {.s = s, .cover = c, .n_targets = s->n_nodes + s->n_options};
    q.covered = g_new0(bool, (gsize)q.n_targets + 1);
    q.shows = g_new0(uint32_t, (gsize)q.n_targets + 1);
    q.walks = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    c->viewings = g_array_new(FALSE, FALSE, sizeof(struct viewing_cover_item));
    cover_story(&q, options);
    count_all_new(&q);
    explore_free(q.e);
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
