#include "explore/search_worker.h"

#include <string.h>

struct search_worker {
    const struct story *s;
    struct liveness *live; /* NULL: states are not merged */
    struct memo *memo;
    struct coverage *cover;
    struct successors_watch coverage_watch;
    GHashTable *kept; /* GBytes: that were told */
    bool *told;       /* the cover's flags, as they were told last */
    uint64_t n_steps; /* that were watched, in all */
    uint64_t n_told;  /* of them, when something was told last */
    struct search_worker_event at;
    GArray *events;
    GPtrArray *new_kept;
};

static void watch_first(void *user, enum coverage_event event, int32_t subject)
{
    struct search_worker *s = user;
    const struct search_worker_event e = {event, subject, s->at.ordinal, s->at.n_steps};
    g_array_append_val(s->events, e);
}

static void watch_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct search_worker *s = user;
    (void)state;
    s->at.ordinal = ordinal;
    s->at.n_steps = 0;
}

static void watch_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct search_worker *s = user;
    s->at.n_steps++;
    s->n_steps++;
    s->coverage_watch.step(s->cover, state, in, at_us);
}

static void watch_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct search_worker *s = user;
    s->coverage_watch.effect(s->cover, state, fx);
}

static void note_new_kept(struct search_worker *s, const int32_t *state)
{
    GByteArray *values = g_byte_array_new();
    for (int32_t i = 0; i < s->s->n_vars; i++)
        if (s->s->vars[i].keep_viewer)
            g_byte_array_append(values, (const guint8 *)&state[PLAY_VALUES + i], sizeof *state);
    GBytes *key = g_byte_array_free_to_bytes(values);
    if (g_bytes_get_size(key) == 0 || g_hash_table_contains(s->kept, key)) {
        g_bytes_unref(key);
        return;
    }
    g_hash_table_add(s->kept, key);
    g_ptr_array_add(s->new_kept, g_bytes_ref(key));
}

static void watch_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct search_worker *s = user;
    s->coverage_watch.settled(s->cover, state, in, quiet);
    if (quiet)
        note_new_kept(s, state);
}

static void free_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static struct search_worker_report *make_report(struct search_worker *s)
{
    struct search_worker_report *r = NULL;
    s->n_told = s->n_steps;
    if (s->events->len == 0 && s->new_kept->len == 0 && memcmp(s->told, s->cover->flags, s->cover->n_flags) == 0)
        return NULL;
    r = g_new0(struct search_worker_report, 1);
    memcpy(s->told, s->cover->flags, s->cover->n_flags);
    r->flags = g_memdup2(s->told, s->cover->n_flags);
    r->events = s->events;
    r->kept = s->new_kept;
    s->events = g_array_new(FALSE, FALSE, sizeof(struct search_worker_event));
    s->new_kept = g_ptr_array_new_with_free_func(free_bytes);
    return r;
}

struct memo_transitions search_worker_expand(struct search_worker *s, const uint64_t *words,
                                             struct search_worker_report **report)
{
    const struct memo_transitions ways = memo_expand(s->memo, words);
    *report = s->n_steps == s->n_told ? NULL : make_report(s);
    return ways;
}

size_t search_worker_bytes(const struct search_worker *s)
{
    return memo_bytes(s->memo);
}

void search_worker_report_free(struct search_worker_report *r)
{
    if (!r)
        return;
    g_array_unref(r->events);
    g_ptr_array_unref(r->kept);
    g_free(r->flags);
    g_free(r);
}

struct search_worker *search_worker_new(const struct story *story, const struct pack *pack, bool backs, bool merge,
                                        const struct choice_model_shares *measure)
{
    struct search_worker *s = g_new0(struct search_worker, 1);
    const struct successors_watch watch = {watch_begin, watch_step, watch_effect, watch_settled, s};
    s->s = story;
    s->cover = coverage_new(story, watch_first, s);
    s->coverage_watch = coverage_watch(s->cover);
    s->told = g_new0(bool, s->cover->n_flags);
    s->kept = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    s->events = g_array_new(FALSE, FALSE, sizeof(struct search_worker_event));
    s->new_kept = g_ptr_array_new_with_free_func(free_bytes);
    s->live = merge ? liveness_new(story) : NULL;
    s->memo = memo_new(story, pack, &watch, backs, s->live, measure);
    return s;
}

void search_worker_free(struct search_worker *s)
{
    if (!s)
        return;
    memo_free(s->memo);
    liveness_free(s->live);
    g_ptr_array_unref(s->new_kept);
    g_array_unref(s->events);
    g_hash_table_unref(s->kept);
    coverage_free(s->cover);
    g_free(s->told);
    g_free(s);
}
