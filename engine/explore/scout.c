#include "explore/scout.h"

#include <string.h>

struct scout {
    const struct story *s;
    struct live *live; /* NULL: states are not merged */
    struct memo *memo;
    struct cover *cover;
    struct ways_watch cover_watch;
    GHashTable *kept; /* GBytes: that were told */
    bool *told;       /* the cover's flags, as they were told last */
    uint64_t n_steps; /* that were watched, in all */
    uint64_t n_told;  /* of them, when something was told last */
    struct scout_event at;
    GArray *events;
    GPtrArray *new_kept;
};

static void on_first(void *user, enum cover_event event, int32_t subject)
{
    struct scout *s = user;
    const struct scout_event e = {event, subject, s->at.ordinal, s->at.n_steps};
    g_array_append_val(s->events, e);
}

static void on_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct scout *s = user;
    (void)state;
    s->at.ordinal = ordinal;
    s->at.n_steps = 0;
}

static void on_step(void *user, const int32_t *state, const struct play_input *in, int64_t at_us)
{
    struct scout *s = user;
    s->at.n_steps++;
    s->n_steps++;
    s->cover_watch.step(s->cover, state, in, at_us);
}

static void on_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct scout *s = user;
    s->cover_watch.effect(s->cover, state, fx);
}

static void note_kept(struct scout *s, const int32_t *state)
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

static void on_settled(void *user, const int32_t *state, const struct play_input *in, bool quiet)
{
    struct scout *s = user;
    s->cover_watch.settled(s->cover, state, in, quiet);
    if (quiet)
        note_kept(s, state);
}

static void free_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static struct scout_report *report_of(struct scout *s)
{
    struct scout_report *r = NULL;
    s->n_told = s->n_steps;
    if (s->events->len == 0 && s->new_kept->len == 0 && memcmp(s->told, s->cover->flags, s->cover->n_flags) == 0)
        return NULL;
    r = g_new0(struct scout_report, 1);
    memcpy(s->told, s->cover->flags, s->cover->n_flags);
    r->flags = g_memdup2(s->told, s->cover->n_flags);
    r->events = s->events;
    r->kept = s->new_kept;
    s->events = g_array_new(FALSE, FALSE, sizeof(struct scout_event));
    s->new_kept = g_ptr_array_new_with_free_func(free_bytes);
    return r;
}

struct memo_ways scout_look(struct scout *s, const uint64_t *words, struct scout_report **report)
{
    const struct memo_ways ways = memo_expand(s->memo, words);
    *report = s->n_steps == s->n_told ? NULL : report_of(s);
    return ways;
}

size_t scout_bytes(const struct scout *s)
{
    return memo_bytes(s->memo);
}

void scout_report_free(struct scout_report *r)
{
    if (!r)
        return;
    g_array_unref(r->events);
    g_ptr_array_unref(r->kept);
    g_free(r->flags);
    g_free(r);
}

struct scout *scout_new(const struct story *story, const struct pack *pack, bool backs, bool merge,
                        const struct ways_measure *measure)
{
    struct scout *s = g_new0(struct scout, 1);
    const struct ways_watch watch = {on_begin, on_step, on_effect, on_settled, s};
    s->s = story;
    s->cover = cover_new(story, on_first, s);
    s->cover_watch = cover_watch(s->cover);
    s->told = g_new0(bool, s->cover->n_flags);
    s->kept = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, free_bytes, NULL);
    s->events = g_array_new(FALSE, FALSE, sizeof(struct scout_event));
    s->new_kept = g_ptr_array_new_with_free_func(free_bytes);
    s->live = merge ? live_new(story) : NULL;
    s->memo = memo_new(story, pack, &watch, backs, s->live, measure);
    return s;
}

void scout_free(struct scout *s)
{
    if (!s)
        return;
    memo_free(s->memo);
    live_free(s->live);
    g_ptr_array_unref(s->new_kept);
    g_array_unref(s->events);
    g_hash_table_unref(s->kept);
    cover_free(s->cover);
    g_free(s->told);
    g_free(s);
}
