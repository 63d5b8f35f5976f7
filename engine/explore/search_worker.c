#include "explore/search_worker.h"

#include "explore/kept_values.h"

#include <assert.h>
#include <string.h>

struct search_worker {
    const struct story *s;
    struct liveness *live; /* NULL: states are not merged */
    struct memo *memo;
    struct coverage *coverage;
    struct successors_watch coverage_watch;
    int32_t *quit;                 /* a state, of which only the variables count */
    GHashTable *kept;              /* GBytes: kept values that were reported, or will be */
    uint64_t n_steps;              /* that were watched so far */
    uint64_t n_reported;           /* of these, up to the last report */
    struct search_worker_event at; /* where the watch is */
    GArray *events;                /* search_worker_event: for the next report */
    GPtrArray *new_kept;           /* GBytes: for the next report */
};

/* Where states are merged, variables that nothing reads have any value, so nothing is known of their range. */
static bool is_unread(const struct search_worker *w, int32_t var)
{
    return w->live && !liveness_is_read(w->live, var);
}

static void watch_first(void *user, enum coverage_event event, int32_t subject)
{
    struct search_worker *w = user;
    if (event == COVERAGE_CLAMPED && is_unread(w, w->s->effects[subject].var))
        return;
    const struct search_worker_event e = {event, subject, w->at.ordinal, w->at.n_steps};
    g_array_append_val(w->events, e);
}

static void watch_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct search_worker *w = user;
    (void)state;
    w->at.ordinal = ordinal;
    w->at.n_steps = 0;
}

static void watch_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct search_worker *w = user;
    w->at.n_steps++;
    w->n_steps++;
    w->coverage_watch.step(w->coverage, state, in, at_us);
}

static void watch_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct search_worker *w = user;
    w->coverage_watch.effect(w->coverage, state, fx);
}

static void note_new_kept(struct search_worker *w, const int32_t *state)
{
    for (int32_t i = 0; i < w->s->n_vars; i++)
        w->quit[PLAY_VALUES + i] = is_unread(w, i) ? w->s->vars[i].initial : state[PLAY_VALUES + i];
    GBytes *key = kept_values_bytes(w->s, w->quit);
    if (g_bytes_get_size(key) == 0 || g_hash_table_contains(w->kept, key)) {
        g_bytes_unref(key);
        return;
    }
    g_hash_table_add(w->kept, key);
    g_ptr_array_add(w->new_kept, g_bytes_ref(key));
}

static void watch_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct search_worker *w = user;
    w->coverage_watch.settled(w->coverage, state, in, quiet);
    if (quiet)
        note_new_kept(w, state);
}

/* NULL if nothing is new. */
static struct search_worker_report *make_report(struct search_worker *w)
{
    struct search_worker_report *r = NULL;
    assert(w->n_reported < w->n_steps);
    w->n_reported = w->n_steps;
    if (w->events->len == 0 && w->new_kept->len == 0 && w->coverage->fresh->len == 0)
        return NULL;
    r = g_new0(struct search_worker_report, 1);
    r->fresh = w->coverage->fresh;
    r->events = w->events;
    r->kept = w->new_kept;
    w->coverage->fresh = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w->events = g_array_new(FALSE, FALSE, sizeof(struct search_worker_event));
    w->new_kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return r;
}

struct memo_transitions search_worker_expand(struct search_worker *w, const uint64_t *words,
                                             struct search_worker_report **report)
{
    const struct memo_transitions found = memo_expand(w->memo, words);
    *report = w->n_steps == w->n_reported ? NULL : make_report(w);
    return found;
}

size_t search_worker_bytes(const struct search_worker *w)
{
    return memo_bytes(w->memo);
}

void search_worker_report_free(struct search_worker_report *r)
{
    if (!r)
        return;
    g_array_unref(r->events);
    g_ptr_array_unref(r->kept);
    g_array_unref(r->fresh);
    g_free(r);
}

struct search_worker *search_worker_new(const struct story *story, const struct pack *pack, bool backs,
                                        const struct liveness *live, const struct choice_model_shares *measure)
{
    struct search_worker *w = g_new0(struct search_worker, 1);
    const struct successors_watch watch = {
        .begin = watch_begin, .step = watch_step, .effect = watch_effect, .settled = watch_settled, .user = w};
    w->s = story;
    w->coverage = coverage_new(story, watch_first, w);
    w->coverage_watch = coverage_watch(w->coverage);
    w->quit = g_new0(int32_t, (gsize)play_state_slots(story));
    w->kept = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    w->events = g_array_new(FALSE, FALSE, sizeof(struct search_worker_event));
    w->new_kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    w->live = liveness_share(live);
    w->memo = memo_new(story, pack, &watch, backs, w->live, measure);
    return w;
}

void search_worker_set_patience(struct search_worker *w, struct patience *patience)
{
    memo_set_patience(w->memo, patience);
}

void search_worker_free(struct search_worker *w)
{
    if (!w)
        return;
    memo_free(w->memo);
    liveness_free(w->live);
    g_ptr_array_unref(w->new_kept);
    g_array_unref(w->events);
    g_hash_table_unref(w->kept);
    coverage_free(w->coverage);
    g_free(w->quit);
    g_free(w);
}
