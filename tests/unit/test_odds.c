/*
 * Odds, the number of viewings, and consequences against brute force, over random stories with everything that the step function
 * knows. The oracle solves its equations by elimination, explore by iteration; the oracle counts films path by path. Then what
 * decisions change in stories written for it, and simulated viewers against the odds.
 * Arguments: how many stories, the first seed.
 */
#define STATES_MAX 140 /* the oracle solves their equations by elimination */

#include "explore/explore.h"
#include "explore/lean_story.h"
#include "explore/simulate.h"
#include "explore_oracle.h"
#include "tests/late_story.h"
#include "tests/story_text.h"

#include <math.h>

#define STORIES    300
#define FIRST_SEED 9000
#define CLOSE      1e-7
#define NO_ENDING  (-1)

/* ---- the oracle's equations ------------------------------------------------------------------------------------------ */

struct sums {
    const struct oracle *o;
    const struct oracle_edge *edges;
    guint n_edges;
    guint *first; /* state: its first edge; one more at the end */
    uint32_t n;
    bool measured; /* chances are those of viewers who decide as was measured */
    bool *met, *leaves,
        *stops; /* state: met from the first start; the film stops with some chance; it can stop at all */
    double *visits, **towards; /* of each state; of each ending + 1 (0: without one) and state */
};

static bool over(const struct sums *x, uint32_t i)
{
    const int32_t phase = oracle_state(x->o, i)[PLAY_PHASE];
    return phase == PLAY_OVER || phase == PLAY_STUCK;
}

static double chance_of(const struct sums *x, const struct oracle_edge *e)
{
    return x->measured ? e->measured : e->chance;
}

static void close_over(const struct sums *x, bool *flags, bool chance, bool forward)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (guint i = 0; i < x->n_edges; i++) {
            const struct oracle_edge *e = &x->edges[i];
            const uint32_t from = forward ? e->from : e->to, to = forward ? e->to : e->from;
            if (!e->back && (!chance || chance_of(x, e) > 0) && !over(x, e->from) && flags[from] && !flags[to])
                flags[to] = changed = true;
        }
    }
}

/* Turns the left part of a[n][n+m] into the identity; the m columns right of it are the solutions. */
static void eliminate(double *a, uint32_t n, uint32_t m)
{
    const uint32_t w = n + m;
    for (uint32_t c = 0; c < n; c++) {
        uint32_t best = c;
        for (uint32_t r = c + 1; r < n; r++)
            best = fabs(a[r * w + c]) > fabs(a[best * w + c]) ? r : best;
        for (uint32_t k = 0; k < w; k++) {
            const double swap = a[c * w + k];
            a[c * w + k] = a[best * w + k];
            a[best * w + k] = swap;
        }
        const double pivot = a[c * w + c];
        for (uint32_t k = c; k < w; k++)
            a[c * w + k] /= pivot;
        for (uint32_t r = 0; r < n; r++) {
            const double f = a[r * w + c];
            for (uint32_t k = c; r != c && f != 0 && k < w; k++)
                a[r * w + k] -= f * a[c * w + k];
        }
    }
}

static void solve_towards(struct sums *x)
{
    const uint32_t n = x->n, m = (uint32_t)x->o->s->n_endings + 1, w = n + m;
    double *a = g_new0(double, (gsize)n *w);
    for (uint32_t i = 0; i < n; i++) {
        const int32_t *st = oracle_state(x->o, i);
        a[i * w + i] = 1;
        if (over(x, i))
            a[i * w + n + (uint32_t)(st[PLAY_PHASE] == PLAY_OVER ? st[PLAY_ENDING] + 1 : 0)] = 1;
    }
    for (guint i = 0; i < x->n_edges; i++) {
        const struct oracle_edge *e = &x->edges[i];
        if (!e->back && !over(x, e->from) && x->leaves[e->from])
            a[e->from * w + e->to] -= chance_of(x, e);
    }
    eliminate(a, n, m);
    x->towards = g_new(double *, m);
    for (uint32_t k = 0; k < m; k++) {
        x->towards[k] = g_new(double, n);
        for (uint32_t i = 0; i < n; i++)
            x->towards[k][i] = a[i * w + n + k];
    }
    g_free(a);
}

static void solve_visits(struct sums *x)
{
    const uint32_t n = x->n, w = n + 1;
    double *a = g_new0(double, (gsize)n *w);
    for (uint32_t i = 0; i < n; i++)
        a[i * w + i] = 1;
    for (guint i = 0; i < x->n_edges; i++) {
        const struct oracle_edge *e = &x->edges[i];
        if (!e->back && !over(x, e->from) && x->leaves[e->from])
            a[e->to * w + e->from] -= chance_of(x, e);
    }
    a[n] = 1;
    eliminate(a, n, 1);
    x->visits = g_new(double, n);
    for (uint32_t i = 0; i < n; i++)
        x->visits[i] = x->leaves[i] ? a[i * w + n] : 0;
    g_free(a);
}

static struct sums *sums_new(const struct oracle *o, bool measured)
{
    struct sums *x = g_new0(struct sums, 1);
    x->measured = measured;
    x->o = o;
    x->edges = (const struct oracle_edge *)(const void *)o->edges->data;
    x->n_edges = o->edges->len;
    x->n = o->states->len;
    x->met = g_new0(bool, x->n);
    x->first = g_new0(guint, x->n + 1);
    for (guint i = x->n_edges; i-- > 0;)
        x->first[x->edges[i].from] = i;
    for (uint32_t i = x->n, next = x->n_edges; i-- > 0; next = x->first[i])
        x->first[i] = x->first[i] < next && x->n_edges && x->edges[x->first[i]].from == i ? x->first[i] : next;
    x->first[x->n] = x->n_edges;
    x->leaves = g_new0(bool, x->n);
    x->stops = g_new0(bool, x->n);
    for (uint32_t i = 0; i < x->n; i++)
        x->leaves[i] = x->stops[i] = over(x, i);
    x->met[0] = true;
    close_over(x, x->met, false, true);
    close_over(x, x->leaves, true, false);
    close_over(x, x->stops, false, false);
    solve_towards(x);
    solve_visits(x);
    return x;
}

static void sums_free(struct sums *x)
{
    for (int32_t k = 0; k <= x->o->s->n_endings; k++)
        g_free(x->towards[k]);
    g_free(x->towards);
    g_free(x->visits);
    g_free(x->first);
    g_free(x->stops);
    g_free(x->leaves);
    g_free(x->met);
    g_free(x);
}

/* ---- viewings -------------------------------------------------------------------------------------------------------- */

#define PATHS_MAX  20000 /* that are compared, one by one */
#define ON_THE_WAY (-1.0)
#define UNSEEN     (-2.0)

/* How many paths from here stop; -1: infinitely many. */
static double paths(const struct sums *x, uint32_t i, double *known)
{
    if (over(x, i))
        return 1;
    if (!x->stops[i])
        return 0;
    if (known[i] != UNSEEN)
        return known[i];
    known[i] = ON_THE_WAY; /* if it is met again from here, a cycle lies before a stop */
    double n = 0;
    for (guint k = x->first[i]; k < x->first[i + 1]; k++) {
        const struct oracle_edge *e = &x->edges[k];
        if (e->back)
            continue;
        const double more = paths(x, e->to, known);
        if (more < 0)
            return known[i] = -1;
        n += more;
    }
    return known[i] = n;
}

/* Notes the film of every path from here that stops. */
static void note_films(const struct sums *x, uint32_t i, GByteArray *film, GHashTable *films)
{
    if (over(x, i)) {
        GBytes *whole = g_bytes_new(film->data, film->len);
        g_hash_table_add(films, whole);
        return;
    }
    for (guint k = x->first[i]; x->stops[i] && k < x->first[i + 1]; k++) {
        const struct oracle_edge *e = &x->edges[k];
        const guint before = film->len;
        if (e->back)
            continue;
        if (e->n_steps > 0)
            g_byte_array_append(film, (const guint8 *)&g_array_index(x->o->steps, int32_t, e->first_step),
                                e->n_steps * (guint)sizeof(int32_t));
        note_films(x, e->to, film, films);
        g_byte_array_set_size(film, before);
    }
}

/* How many films the paths show. */
static double count_films(const struct sums *x)
{
    GHashTable *films = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    GByteArray *film = g_byte_array_new();
    note_films(x, 0, film, films);
    const double n = g_hash_table_size(films);
    g_byte_array_unref(film);
    g_hash_table_unref(films);
    return n;
}

/* Can the film go round without showing anything? Then there are infinitely many paths, but not films. */
static bool goes_round_unseen(const struct sums *x)
{
    bool *on = g_new0(bool, x->n + 1), found = false;
    for (uint32_t from = 0; from < x->n && !found; from++) {
        memset(on, 0, x->n);
        on[from] = true;
        for (bool changed = true; changed && !found;) {
            changed = false;
            for (guint i = 0; i < x->n_edges; i++) {
                const struct oracle_edge *e = &x->edges[i];
                if (e->back || e->n_steps > 0 || !on[e->from] || over(x, e->from))
                    continue;
                found |= e->to == from;
                changed |= !on[e->to];
                on[e->to] = true;
            }
        }
    }
    g_free(on);
    return found;
}

static int compare_viewings(const struct sums *x, const struct explore_odds *odds, uint32_t seed, int *counted)
{
    double *known = g_new(double, x->n);
    for (uint32_t i = 0; i < x->n; i++)
        known[i] = UNSEEN;
    double n = paths(x, 0, known);
    g_free(known);
    if (n > PATHS_MAX || (n < 0 && odds->viewings_complete && goes_round_unseen(x)))
        return 0;
    n = n < 0 ? n : count_films(x);
    *counted += n > 1;
    const bool same = odds->viewings_endless == (n < 0) && odds->viewings_complete == (n >= 0) &&
                      (n < 0 || fabs(n - odds->viewings) <= n * 1e-9);
    if (!same)
        printf("# seed %u: %.0f viewings by hand, explore says %.0f %d\n", seed, n, odds->viewings,
               odds->viewings_complete);
    return !same;
}

/* ---- comparing ------------------------------------------------------------------------------------------------------- */

static int differs(const char *what, int32_t subject, double want, double got, uint32_t seed)
{
    if (fabs(want - got) <= CLOSE * fmax(1, fabs(want)))
        return 0;
    printf("# seed %u, %s %d: brute force says %.12f, explore %.12f\n", seed, what, subject, want, got);
    return 1;
}

static int compare_odds(const struct sums *x, const struct explore_result *r, uint32_t seed)
{
    int wrong = differs("without an ending", 0, x->towards[0][0], r->odds.no_ending, seed);
    double stops = x->towards[0][0];
    for (int32_t e = 0; e < x->o->s->n_endings; e++) {
        stops += x->towards[e + 1][0];
        wrong += differs("ending", e, x->towards[e + 1][0], r->endings[e].likely, seed);
    }
    return wrong + differs("endless", 0, 1 - stops, r->odds.endless, seed);
}

/* The chance of an ending behind an option in a state; *chance: that of all its draws. */
static double behind(const struct sums *x, uint32_t state, int32_t option, int32_t ending, double *chance)
{
    double sum = 0;
    *chance = 0;
    for (guint i = x->first[state]; i < x->first[state + 1]; i++) {
        const struct oracle_edge *e = &x->edges[i];
        if (e->back || e->choice != option)
            continue;
        *chance += e->chance;
        sum += e->chance * x->towards[ending + 1][e->to];
    }
    return *chance > 0 ? sum / *chance : 0;
}

/* Half the sum of all differences: the total variation distance. False where one of the options cannot be picked. */
static bool distance(const struct sums *x, uint32_t state, int32_t a, int32_t b, double *d)
{
    double rest = 0, ca, cb;
    *d = 0;
    for (int32_t e = NO_ENDING; e < x->o->s->n_endings; e++) {
        const double diff = behind(x, state, a, e, &ca) - behind(x, state, b, e, &cb);
        rest += diff;
        *d += fabs(diff) / 2;
    }
    *d += fabs(rest) / 2;
    return ca > 0 && cb > 0;
}

struct pair {
    double sum, weight, plain_sum, plain;
};

static struct pair compare_pair(const struct sums *x, int32_t d, int32_t a, int32_t b)
{
    struct pair p = {0};
    for (uint32_t i = 0; i < x->n; i++) {
        double tv;
        if (oracle_state(x->o, i)[PLAY_PHASE] != PLAY_RUNNING || oracle_state(x->o, i)[PLAY_OPEN] != d ||
            !distance(x, i, a, b, &tv))
            continue;
        const double visits = x->met[i] ? x->visits[i] : 0;
        p.sum += tv * visits;
        p.weight += visits;
        p.plain_sum += tv;
        p.plain += 1;
    }
    return p;
}

static double met_by(const struct sums *x, int32_t d)
{
    double met = 0;
    for (guint i = 0; i < x->n_edges; i++) {
        const struct oracle_edge *e = &x->edges[i];
        if (!e->back && e->choice >= 0 && oracle_state(x->o, e->from)[PLAY_OPEN] == d)
            met += x->visits[e->from] * e->chance;
    }
    return met;
}

/* Where chance never brings a viewer to the decision, states count alike; merged ones count as one, so that this can be
 * compared only where they were not merged, and not always then: brute force has more states on the way. */
static int compare_shift(const struct sums *x, const struct consequence *c, int32_t d, uint32_t seed, bool *visited)
{
    const int32_t n = x->o->s->decisions[d].options.n;
    double most = 0;
    bool any = false;
    *visited = false;
    for (int32_t b = 0; b < n; b++)
        for (int32_t a = 0; a < b; a++) {
            const struct pair p = compare_pair(x, d, a, b);
            any |= p.plain > 0;
            *visited |= p.weight > 0;
            most = p.weight > 0 ? fmax(most, p.sum / p.weight) : most;
        }
    int wrong = any != c->compared;
    if (wrong)
        printf("# seed %u, decision %d: brute force compares %d, explore %d\n", seed, d, any, c->compared);
    if (x->measured)
        return wrong + (*visited ? differs("measured shift of decision", d, most, c->measured, seed) : 0);
    return wrong + (*visited ? differs("shift of decision", d, most, c->shift, seed) : 0);
}

/* The nodes that are met by plays that never take this option; d -1: by all plays. */
static uint64_t film_without(const struct sums *x, int32_t d, int32_t option)
{
    bool *met = g_new0(bool, x->n), changed = true;
    uint64_t film = 0;
    for (uint32_t i = 0; i < x->n; i++)
        met[i] = oracle_state(x->o, i)[PLAY_PHASE] == PLAY_IDLE;
    while (changed) {
        changed = false;
        for (guint i = 0; i < x->n_edges; i++) {
            const struct oracle_edge *e = &x->edges[i];
            const int32_t *st = oracle_state(x->o, e->from);
            const bool at = st[PLAY_PHASE] == PLAY_RUNNING && st[PLAY_OPEN] == d && d >= 0;
            if (e->back || !met[e->from] || (at && e->takes == option))
                continue;
            film |= e->film;
            changed |= !met[e->to];
            met[e->to] = true;
        }
    }
    g_free(met);
    return film;
}

static int compare_only(const struct sums *x, const struct consequence *c, int32_t d, uint32_t seed)
{
    const uint64_t all = film_without(x, -1, -1);
    uint64_t exclusive = 0;
    int wrong = 0;
    for (int32_t a = 0; c->compared && a < x->o->s->decisions[d].options.n; a++)
        exclusive |= all & ~film_without(x, d, a);
    for (int32_t i = 0; i < x->o->s->n_nodes; i++)
        wrong += differs("node behind one option", i, (double)(exclusive >> i & 1), c->exclusive[i], seed);
    return wrong;
}

/* ---- coming together ------------------------------------------------------------------------------------------------- */

/* The soonest time of each state behind an option that is picked in a state. */
static void soonest(const struct sums *x, uint32_t state, int32_t option, int64_t *us)
{
    for (uint32_t i = 0; i < x->n; i++)
        us[i] = INT64_MAX;
    for (guint i = 0; i < x->n_edges; i++) {
        const struct oracle_edge *e = &x->edges[i];
        if (e->from == state && !e->back && e->choice == option)
            us[e->to] = MIN(us[e->to], e->min_us);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (guint i = 0; i < x->n_edges; i++) {
            const struct oracle_edge *e = &x->edges[i];
            if (e->back || over(x, e->from) || us[e->from] == INT64_MAX || us[e->from] + e->min_us >= us[e->to])
                continue;
            us[e->to] = us[e->from] + e->min_us;
            changed = true;
        }
    }
}

/* Goes on to where more than one thing can happen, and collects the nodes on the way. */
static uint32_t settle(const struct sums *x, const struct oracle_edge *e, uint64_t *film)
{
    uint32_t at = e->to;
    *film = e->film;
    for (uint32_t steps = 0; steps < x->n && x->first[at + 1] - x->first[at] == 1; steps++) {
        *film |= x->edges[x->first[at]].film;
        at = x->edges[x->first[at]].to;
    }
    return at;
}

/* Do both options lead to the same states, through the same film, before anybody chooses again? */
static bool same_at_once(const struct sums *x, uint32_t state, int32_t a, int32_t b)
{
    guint i = x->first[state], k = i;
    const guint end = x->first[state + 1];
    for (;; i++, k++) {
        while (i < end && x->edges[i].choice != a)
            i++;
        while (k < end && x->edges[k].choice != b)
            k++;
        if (i == end || k == end)
            return i == k;
        uint64_t film, other;
        if (settle(x, &x->edges[i], &film) != settle(x, &x->edges[k], &other) || film != other)
            return false;
    }
}

/* When both can be in the same state: in *any state; and in one where somebody chooses, or the film is over. */
static void together(const struct sums *x, const int64_t *a, const int64_t *b, const bool *choice, int64_t *any,
                     int64_t *chosen)
{
    *any = *chosen = INT64_MAX;
    for (uint32_t i = 0; i < x->n; i++) {
        *any = MIN(*any, MAX(a[i], b[i]));
        if (choice[i])
            *chosen = MIN(*chosen, MAX(a[i], b[i]));
    }
}

/* explore knows only states where somebody chooses, chance is next or the film is over. So it may find the meeting later than brute
 * force, but not too late. */
static int compare_apart(const struct sums *x, const struct consequence *c, int32_t d, const bool *choice,
                         uint32_t seed)
{
    const int32_t n = x->o->s->decisions[d].options.n;
    int64_t *us[64], least = 0, most = 0;
    for (int32_t a = 0; a < n; a++)
        us[a] = g_new(int64_t, x->n);
    for (uint32_t i = 0; i < x->n; i++) {
        double tv;
        if (oracle_state(x->o, i)[PLAY_PHASE] != PLAY_RUNNING || oracle_state(x->o, i)[PLAY_OPEN] != d)
            continue;
        const int64_t wait_us =
            story_pick_cuts(&x->o->s->decisions[d])
                ? 0
                : next_event_us(x->o->s, oracle_state(x->o, i)) - last_event_us(x->o->s, oracle_state(x->o, i));
        for (int32_t a = 0; a < n; a++)
            soonest(x, i, a, us[a]);
        for (int32_t b = 0; b < n; b++)
            for (int32_t a = 0; a < b; a++) {
                int64_t any, chosen;
                if (!distance(x, i, a, b, &tv))
                    continue;
                together(x, us[a], us[b], choice, &any, &chosen);
                any -= any == INT64_MAX ? 0 : wait_us;
                chosen -= chosen == INT64_MAX ? 0 : wait_us;
                least = same_at_once(x, i, a, b) ? least : MAX(least, any);
                most = MAX(most, chosen);
            }
    }
    for (int32_t a = 0; a < n; a++)
        g_free(us[a]);
    const int64_t got = c->divergence_us;
    const bool good = c->illusion ? got == 0 : got >= least && got <= most;
    if (!good)
        printf("# seed %u, decision %d: apart from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
               ", explore says %" G_GINT64_FORMAT "\n",
               seed, d, least, most, got);
    return !good;
}

static bool *choices_of(const struct sums *x)
{
    bool *choice = g_new0(bool, x->n);
    uint32_t *n = g_new0(uint32_t, x->n);
    for (guint i = 0; i < x->n_edges; i++)
        choice[x->edges[i].from] |= ++n[x->edges[i].from] > 1;
    for (uint32_t i = 0; i < x->n; i++)
        choice[i] |= over(x, i);
    g_free(n);
    return choice;
}

/* ---- stories --------------------------------------------------------------------------------------------------------- */

struct tally {
    int compared, skipped, counted, odds, viewings, shifts, exclusive, apart, illusions, merged;
    int measured, unlike; /* shifts that are wrong as measured; that differ from those of equal probability */
    int whole, endless, decisions, found[3]; /* shifts, exclusive nodes, illusions */
};

/* An illusion changes nothing by any measure. */
static int bad_illusion(const struct consequence *c, bool visited)
{
    return c->illusion && ((visited && c->shift != 0) || c->exclusive_us != 0 || c->divergence_us != 0);
}

static bool has_film(const struct story *s, const struct consequence *c)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (c->exclusive[i])
            return true;
    return false;
}

static void compare_decisions(const struct sums *x, const struct explore_result *r, const struct explore_result *whole,
                              uint32_t seed, struct tally *t)
{
    bool *choice = choices_of(x), visited;
    for (int32_t d = 0; d < x->o->s->n_decisions; d++) {
        const struct consequence *c = &r->consequences[d], *w = &whole->consequences[d];
        t->shifts += compare_shift(x, c, d, seed, &visited);
        t->shifts += differs("how often is decision", d, met_by(x, d), c->met, seed);
        t->exclusive += compare_only(x, c, d, seed);
        t->apart += compare_apart(x, w, d, choice, seed);
        if (bad_illusion(c, visited) || bad_illusion(w, visited) || (w->illusion && !c->illusion))
            printf("# seed %u, decision %d: illusion %d, unmerged %d\n", seed, d, c->illusion, w->illusion);
        t->illusions += bad_illusion(c, visited) || bad_illusion(w, visited) || (w->illusion && !c->illusion);
        /* where going back is not followed, there are fewer places to meet */
        const bool later = r->backs == whole->backs && c->divergence_us > w->divergence_us;
        t->merged += later || c->exclusive_us != w->exclusive_us || c->compared != w->compared;
        t->merged += visited ? differs("merged shift", d, w->shift, c->shift, seed) : 0;
        t->decisions += c->compared;
        t->found[0] += c->shift > 0;
        t->found[1] += has_film(x->o->s, c);
        t->found[2] += c->illusion;
    }
    g_free(choice);
}

/* Shares of all kinds: plain ones, rare and none at all, and some that are not known. */
static void make_shares(GRand *r, double *shares, int32_t n, bool unknown)
{
    static const double rare[] = {0, 0.01, 1};
    for (int32_t i = 0; i < n; i++) {
        shares[i] = g_rand_double(r);
        if (g_rand_int_range(r, 0, 4) == 0)
            shares[i] = rare[g_rand_int_range(r, 0, G_N_ELEMENTS(rare))];
        if (unknown && g_rand_int_range(r, 0, 12) == 0)
            shares[i] = NAN;
    }
}

static void compare_measured(const struct oracle *o, const struct explore_result *r, const struct explore_result *whole,
                             uint32_t seed, struct tally *t)
{
    struct sums *x = sums_new(o, true);
    for (int32_t d = 0; d < o->s->n_decisions; d++) {
        const struct consequence *c = &r->consequences[d], *w = &whole->consequences[d];
        bool visited;
        t->measured += compare_shift(x, w, d, seed, &visited) + compare_shift(x, c, d, seed, &visited);
        t->unlike += visited && fabs(c->measured - c->shift) > 0.01;
    }
    sums_free(x);
}

/* False: it is too large. */
static bool compare_story(const struct story *s, uint32_t seed, bool no_back, void *tally)
{
    struct tally *t = tally;
    double *picks = g_new(double, s->n_options + 1), *timeouts = g_new(double, s->n_decisions + 1);
    GRand *rand = g_rand_new_with_seed(seed);
    make_shares(rand, picks, s->n_options, true);
    make_shares(rand, timeouts, s->n_decisions, false);
    g_rand_free(rand);
    const struct choice_model_shares measure = {picks, timeouts};
    const struct explore_options options = {.no_back = no_back, .max_states = 10 * STATES_MAX, .measure = &measure};
    const struct explore_options unmerged = {.no_back = no_back, .no_merge = true, .measure = &measure};
    struct explore *e = explore_new(s, &options), *whole = explore_new(s, &unmerged);
    struct story *lean = lean_story_new(s); /* as it is explored where nobody goes back */
    const struct story *explored = explore_result(whole)->backs ? s : lean;
    struct oracle *o = oracle_measured(explored, !no_back, NULL, picks, timeouts);
    if (o->too_much) {
        t->skipped++;
        g_free(timeouts);
        g_free(picks);
        explore_free(whole);
        explore_free(e);
        oracle_free(o);
        lean_story_free(lean);
        return false;
    }
    explore_run(e);
    explore_run(whole);
    const struct explore_result *r = explore_result(e), *w = explore_result(whole);
    struct sums *x = sums_new(o, false);
    t->compared++;
    t->odds += !r->odds.known || r->odds.exact != w->odds.exact;
    if (r->odds.known && r->odds.exact) {
        t->whole++;
        t->odds += compare_odds(x, r, seed) + compare_odds(x, w, seed);
        t->viewings +=
            compare_viewings(x, &r->odds, seed, &t->counted) + compare_viewings(x, &w->odds, seed, &t->counted);
        t->endless += r->odds.endless > CLOSE;
        compare_decisions(x, r, w, seed, t);
        compare_measured(o, r, w, seed, t);
    }
    for (int32_t i = 0; i < s->n_endings; i++) /* a lower bound, whatever was left out */
        t->odds += r->endings[i].likely > x->towards[i + 1][0] + CLOSE;
    sums_free(x);
    explore_free(whole);
    explore_free(e);
    oracle_free(o);
    lean_story_free(lean);
    g_free(timeouts);
    g_free(picks);
    return true;
}

/* How many decisions change something else for viewers who decide as was measured. */
static int compare_stories(uint32_t first, int32_t n, bool no_back)
{
    struct tally t = {0};
    for (int32_t i = 0; i < n; i++) {
        struct model *m = model_random(first + (uint32_t)i);
        if (no_back)
            without_backs(m);
        compare_story(m->s, first + (uint32_t)i, no_back, &t);
        model_free(m);
    }
    const bool few = n < STORIES; /* under a sanitizer, or somebody looks at single seeds */
    ok(few || (t.compared > n / 2 && t.whole > n / 3),
       "seeds from %u: %d of %d stories compared, %d with all that chance can do", first, t.compared, n, t.whole);
    is_int(t.odds, 0, "how likely each ending is");
    is_int(t.viewings, 0, "how many viewings there are");
    ok(few || t.counted > n / 10, "%d times more than one was counted film by film", t.counted);
    is_int(t.shifts, 0, "how much a decision changes what endings are likely, and how often it is met");
    is_int(t.measured, 0, "the same for viewers who decide by shares of options and timeouts");
    is_int(t.exclusive, 0, "what film is behind one option only");
    is_int(t.apart, 0, "when futures come together");
    is_int(t.illusions, 0, "an illusion changes nothing");
    is_int(t.merged, 0, "merging changes none of that, but that futures come together sooner");
    ok(few || (t.endless > n / 50 && t.found[0] > n / 1000 && t.found[1] > n / 50 && t.found[2] > n / 50),
       "%d decisions: %d change what is likely, %d have film of their own, %d are illusions; %d stories may be endless",
       t.decisions, t.found[0], t.found[1], t.found[2], t.endless);
    return t.unlike;
}

/* Stories whose flags are read late, with counters that nobody reads, endings that go on, and back(). */
static void compare_late_stories(uint32_t first, int32_t n, bool no_back)
{
    struct tally t = {0};
    const struct late_kinds kinds = late_stories_compare(first, n, 2, no_back, compare_story, &t);
    const int wrong = t.odds + t.viewings + t.shifts + t.measured + t.exclusive + t.apart + t.illusions + t.merged;
    is_int(wrong, 0, "stories whose flags are read late: chances, viewings and consequences");
    ok(n < 10 || late_kinds_all(&kinds), "%d of %d compared: %d counters nobody reads, %d endings go on, %d back()",
       t.compared, n, kinds.counters, kinds.go_on, kinds.backs);
}

/* ---- stories that are written for it --------------------------------------------------------------------------------- */

#define HEAD "frumious: 1\nid: test.x\ntitle: X\nversion: '1'\nstart: a\n"
#define ENDS                                                                                                           \
    "  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n"                                                     \
    "  f: {clip: {card: F, for: 2s}, ending: {id: f, title: F}}\n"
#define ASK(more) "{clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 5s, default: x, " more "}"

#define THEN(options) "{clip: {card: B, for: 9s}, decision: {id: q, opens: 1s, for: 5s, default: x, " options "}}\n"

#define LOOP                                                                                                           \
    "nodes:\n  a: " ASK(                                                                                               \
        "options: {x: {text: X, goto: c}, y: {text: Y, goto: f}}}") "\n  c: {clip: {card: C, for: 7s}, next: "         \
                                                                    "r}\n" ENDS                                        \
                                                                    "routes:\n  r: [{random: [{weight: 1, goto: a}, "  \
                                                                    "{weight: 1, goto: e}]}]\n"
/* When d is met again, nothing is on offer; so nobody is asked, and its timeout takes y in the middle of a transition that began at
 * q. */
#define IN_PASSING                                                                                                     \
    "state: {s: bool}\nnodes:\n  a: " ASK(                                                                             \
        "timeout: {as: y}, options: {x: {text: X, when: not s, do: s = true, goto: "                                   \
        "b}, y: {text: Y, when: not s, goto: r}}}") "\n  b: " THEN("options: {x: {text: X, goto: a}, y: {text: Y, "    \
                                                                   "goto: e}}") "  e: {clip: {card: E, for: 2s}, "     \
                                                                                "ending: {id: e, "                     \
                                                                                "title: E}}\n  f: {clip: {card: F, "   \
                                                                                "for: 2s}, "                           \
                                                                                "next: g}\n"                           \
                                                                                "  g: {clip: {card: G, for: 4s}, "     \
                                                                                "ending: {id: g, "                     \
                                                                                "title: G}}\nroutes:\n  r: [{when: "   \
                                                                                "s, goto: g}, "                        \
                                                                                "{goto: f}]\n"
#define NO_END (-1) /* of viewings: there are infinitely many */

static const struct {
    const char *name, *yaml;
    double likely_e, shift, viewings;
    int64_t divergence_us, exclusive_us;
    bool illusion, differs;
    double met;
} cases[] = {
    {"two endings", "nodes:\n  a: " ASK("options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}}") "\n" ENDS, 0.5, 1,
     2, CONSEQUENCE_FOR_GOOD, 4 * US_PER_SECOND, false, false, 1},
    {"three options, two of them alike",
     "nodes:\n  a: " ASK("options: {x: {text: X, goto: e}, y: {text: Y, goto: f}, z: {text: Z, goto: f}}}") "\n" ENDS,
     1.0 / 3, 1, 3, CONSEQUENCE_FOR_GOOD, 2 * US_PER_SECOND, false, false, 1},
    {"an illusion", "nodes:\n  a: " ASK("options: {x: X, y: Y}}, next: e") "\n" ENDS, 1, 0, 2, 0, 0, true, false, 1},
    {"a detour",
     "nodes:\n  a: " ASK(
         "options: {x: {text: X, goto: e}, y: {text: Y, goto: b}}}") "\n  b: {clip: {card: B, for: 7s}, "
                                                                     "next: e}\n" ENDS,
     1, 0, 2, 12 * US_PER_SECOND, 7 * US_PER_SECOND, false, false, 1},
    {"a variable that nobody asks",
     "state: {s: bool}\nnodes:\n  a: " ASK("options: {x: X, y: {text: Y, do: s = true}}}, next: e") "\n" ENDS, 1, 0, 2,
     0, 0, true, false, 1},
    {"a variable that is asked later",
     "state: {s: bool}\nnodes:\n  a: " ASK(
         "options: {x: X, y: {text: Y, do: s = true}}}, next: b") "\n"
                                                                  "  b: {clip: {card: B, for: 9s}, decision: {id: q, "
                                                                  "opens: 1s, for: 5s, default: x, options: {x: X, y: "
                                                                  "Y}}, next: "
                                                                  "[{when: s, goto: f}, {goto: e}]}\n" ENDS,
     0.5, 1, 4, CONSEQUENCE_FOR_GOOD, 4 * US_PER_SECOND, false, true, 1},
    {"chance",
     "nodes:\n  a: " ASK(
         "options: {x: {text: X, goto: e}, y: {text: Y, goto: r}}}") "\n" ENDS "routes:\n  r: [{random: [{weight: 1, "
                                                                     "goto: e}, {weight: 3, goto: f}]}]\n",
     0.625, 0.75, 3, 5 * US_PER_SECOND, 2 * US_PER_SECOND, false, false, 1},
    {"an option that time takes in passing", IN_PASSING, 0.25, 0.5, 3, 25 * US_PER_SECOND, 17 * US_PER_SECOND, false,
     false, 1},
    /* E, to come to e from a, is (E / 2 + 1 / 2) / 2: 1/3; behind x it is E / 2 + 1 / 2. Then x and y at the second time. */
    {"a loop", LOOP, 1.0 / 3, 2.0 / 3, NO_END, 21 * US_PER_SECOND, 11 * US_PER_SECOND, false, false, 4.0 / 3},
};

static struct story *load_text(const char *yaml)
{
    g_autofree char *text = g_strconcat(HEAD, yaml, NULL);
    return story_from_text(text);
}

static void is_near(double got, double want, const char *what, const char *name)
{
    ok(fabs(got - want) < 1e-9, "%s: %s is %g, should be %g", name, what, got, want);
}

static void test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct story *s = load_text(cases[i].yaml);
        if (!ok(s != NULL, "%s: loads", cases[i].name))
            continue;
        const struct explore_options options = {0};
        struct explore *e = explore_new(s, &options);
        explore_run(e);
        const struct explore_result *r = explore_result(e);
        const struct consequence *c = &r->consequences[0];
        is_near(r->endings[0].likely, cases[i].likely_e, "ending e", cases[i].name);
        is_near(c->shift, cases[i].shift, "shift", cases[i].name);
        is_near(c->met, cases[i].met, "how often it is decided", cases[i].name);
        ok(r->odds.viewings_complete == (cases[i].viewings != NO_END) &&
               r->odds.viewings_endless == (cases[i].viewings == NO_END),
           "%s: there are longer viewings or not", cases[i].name);
        if (cases[i].viewings != NO_END)
            is_near(r->odds.viewings, cases[i].viewings, "viewings", cases[i].name);
        is_int(c->illusion, cases[i].illusion, "an illusion");
        is_int(c->divergence_us, cases[i].divergence_us, "time apart");
        is_int(c->exclusive_us, cases[i].exclusive_us, "film of one option");
        is_int(s->n_vars > 0 && c->vars[0], cases[i].differs, "the variable differs");
        explore_free(e);
        story_free(s);
    }
}

/* Decisions whose shift follows from how people decided there and elsewhere. */
#define TREE                                                                                                           \
    "nodes:\n  a: " ASK("options: {x: {text: X, goto: e}, y: {text: Y, goto: b}}}") "\n  b: " THEN(                    \
        "options: {x: {text: X, goto: e}, y: {text: Y, goto: f}}") ENDS

static const struct {
    const char *name, *yaml;
    double picks[4], timeouts[2]; /* of d's options x and y, then q's; of d, of q */
    int32_t decision;             /* d or q */
    double alike, measured;
} measured[] = {
    {"a tree, whose second branches are picked nine to one", TREE, {0.5, 0.5, 0.9, 0.1}, {0, 0}, 0, 0.5, 0.1},
    {"a tree, where the time runs out for one in five, and leads to x",
     TREE,
     {0.5, 0.5, 0.6, 0.2},
     {0.3, 0.2},
     0,
     0.5,
     0.2},
    {"a tree, whose second question nobody knows about", TREE, {0.9, 0.1, NAN, 0.1}, {0, 0.5}, 0, 0.5, 0.5},
    {"a diamond, with a flag by which the second question matters to one in ten",
     "state: {s: bool}\nnodes:\n  a: " ASK("options: {x: X, y: {text: Y, do: s = true}}}, next: b") "\n  b: " THEN(
         "options: {x: {text: X, goto: e}, y: {text: Y, goto: r}}") ENDS
     "routes:\n  r: [{when: s, goto: f}, {goto: e}]\n",
     {0.9, 0.1, 0.5, 0.5},
     {0, 0},
     1,
     0.5,
     0.1},
    {"a loop, in which nine in ten go on", LOOP, {0.9, 0.1}, {0}, 0, 2.0 / 3, 10.0 / 11},
    {"a loop, in which all go on", LOOP, {1, 0}, {0}, 0, 2.0 / 3, 1},
    {"a loop, in which time always runs out", LOOP, {0, 0}, {1}, 0, 2.0 / 3, 1},
    {"a loop, of which nothing is known", LOOP, {0, 0}, {0}, 0, 2.0 / 3, 2.0 / 3},
};

static void test_measured(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(measured); i++) {
        struct story *s = load_text(measured[i].yaml);
        if (!ok(s != NULL, "%s: loads", measured[i].name))
            continue;
        const struct choice_model_shares measure = {measured[i].picks, measured[i].timeouts};
        const struct explore_options options = {.measure = &measure};
        struct explore *e = explore_new(s, &options);
        explore_run(e);
        const struct consequence *c = &explore_result(e)->consequences[measured[i].decision];
        is_near(c->shift, measured[i].alike, "shift", measured[i].name);
        is_near(c->measured, measured[i].measured, "shift as measured", measured[i].name);
        explore_free(e);
        story_free(s);
    }
}

/* ---- simulate's viewers ---------------------------------------------------------------------------------------------- */

#define RUNS 40000

/* Five standard deviations; the seed is fixed. */
static void test_simulated(const char *path)
{
    struct story *s = story_from_file(path);
    if (!ok(s != NULL, "%s loads", path))
        return;
    const struct explore_options options = {.no_back = true};
    const struct simulate_options how = {.runs = RUNS, .seed = 1, .threads = 1};
    struct explore *e = explore_new(s, &options);
    struct simulate_result *sim = simulate_run(s, &how);
    explore_run(e);
    for (int32_t i = 0; i < s->n_endings; i++) {
        const double p = explore_result(e)->endings[i].likely, got = (double)sim->endings[i] / RUNS;
        ok(fabs(got - p) < 5 * sqrt(p * (1 - p) / RUNS) + 1e-9, "%s: %.4f of simulated viewers, likelihood %.4f",
           s->endings[i].name, got, p);
    }
    simulate_result_free(sim);
    explore_free(e);
    story_free(s);
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------------------------------- */

struct short_patience {
    int32_t asked, left; /* while odds are solved */
};

static bool has_patience(void *user, uint64_t n_states, uint64_t n_open)
{
    struct short_patience *p = user;
    (void)n_states;
    if (n_open > 0)
        return true;
    p->asked++;
    return p->left-- > 0;
}

/* A caller who stops at the k-th progress call gets what was proved, but no odds, and is not called again; until k is enough. */
static void test_stopped(const char *path)
{
    struct story *s = story_from_file(path);
    if (!ok(s != NULL, "%s loads", path))
        return;
    bool whole = false;
    int32_t stopped = 0, bad = 0;
    for (int32_t k = 0; !whole && k < 100000; k = k < 10 ? k + 1 : k * 2) {
        struct short_patience p = {.left = k};
        const struct explore_options options = {.no_back = true, .progress = has_patience, .user = &p};
        struct explore *e = explore_new(s, &options);
        explore_run(e);
        const struct explore_result *r = explore_result(e);
        whole = r->odds.known;
        stopped += !whole;
        bad +=
            r->limit != EXPLORE_LIMIT_NONE || (r->consequences != NULL) != whole || (r->endings[0].likely > 0) != whole;
        bad += r->odds.limit != (whole ? EXPLORE_LIMIT_NONE : EXPLORE_LIMIT_STOPPED);
        bad += whole ? p.asked > k : p.asked != k + 1;
        explore_free(e);
    }
    ok(whole && stopped > 10, "%s: stopped %d times while odds are solved, then not", path, stopped);
    is_int(bad, 0, "what is proved stays, odds are known or said to be stopped, and nothing goes on after that");
    story_free(s);
}

int main(int argc, char **argv)
{
    const int32_t n = argc > 1 ? atoi(argv[1]) : RANDOM_STORIES(STORIES);
    const uint32_t first = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : FIRST_SEED;
    test_cases();
    test_measured();
    test_simulated("stories/at-the-third-stroke/story.yaml");
    test_simulated("stories/lighthouse/story.yaml");
    test_stopped("stories/at-the-third-stroke/story.yaml");
    compare_late_stories(first, n / 5, true);
    compare_late_stories(first, n / 5, false);
    const int unlike = compare_stories(first, n, true) + compare_stories(first, n, false);
    ok(n < STORIES || unlike >= n / 100, "%d decisions change something else for viewers who decide as was measured",
       unlike);
    return tap_done();
}
