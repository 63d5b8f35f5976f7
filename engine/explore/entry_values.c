#include "explore/entry_values.h"

#include "explore/lean_story.h"
#include "explore/successors.h"

#include <assert.h>
#include <string.h>

#define MASK_BITS 64
/* So many numbers are named one by one. */
#define NUMBERS_LISTED 3

/* The states that were met, and what is seen on the way from one to the next. */
struct walk {
    const struct story *s; /* without the viewer's checkpoints */
    struct entry_values *out;
    gsize bytes;         /* of a state */
    GHashTable *met;     /* GBytes */
    GQueue open;         /* GBytes, borrowed from `met` */
    GHashTable *by_pair; /* node and from, to struct entry_way */
    int32_t from;
    bool full;
};

static void free_way(gpointer data)
{
    struct entry_way *w = data;
    g_free(w->values);
    g_free(w);
}

static struct entry_way *way_of(struct walk *w, int32_t node, const int32_t *values)
{
    gint64 key = (gint64)node << 32 | (guint32)w->from;
    struct entry_way *way = g_hash_table_lookup(w->by_pair, &key);
    if (way)
        return way;
    if (((uint64_t)w->out->ways->len + 1) * (uint64_t)w->s->n_vars > ENTRY_VALUES_MAX) {
        w->full = true;
        return NULL;
    }
    way = g_new(struct entry_way, 1);
    *way = (struct entry_way){node, w->from, g_new0(struct entry_range, w->s->n_vars + 1)};
    for (int32_t i = 0; i < w->s->n_vars; i++)
        way->values[i] = (struct entry_range){values[i], values[i], 0};
    g_hash_table_insert(w->by_pair, g_memdup2(&key, sizeof key), way);
    g_ptr_array_add(w->out->ways, way);
    return way;
}

static void note_entry(struct walk *w, int32_t node, const int32_t *values)
{
    struct entry_way *way = way_of(w, node, values);
    for (int32_t i = 0; way && i < w->s->n_vars; i++) {
        const struct story_var *v = &w->s->vars[i];
        struct entry_range *r = &way->values[i];
        r->least = MIN(r->least, values[i]);
        r->most = MAX(r->most, values[i]);
        if ((int64_t)v->max - v->min < MASK_BITS)
            r->mask |= UINT64_C(1) << (values[i] - v->min);
    }
}

static void on_begin(void *user, const int32_t *state, int32_t ordinal)
{
    struct walk *w = user;
    (void)ordinal;
    w->from = state[PLAY_PHASE] == PLAY_RUNNING ? state[PLAY_NODE] : -1;
}

static void on_effect(void *user, const int32_t *state, const struct play_effect *fx)
{
    struct walk *w = user;
    if (fx->kind != PLAY_DID_ENTER && fx->kind != PLAY_DID_REWIND)
        return;
    const int32_t node = fx->kind == PLAY_DID_ENTER ? fx->enter.node : fx->rewind.node;
    if (fx->kind == PLAY_DID_ENTER)
        note_entry(w, node, state + PLAY_VALUES);
    if (w->s->nodes[node].clip.kind != STORY_SILENT)
        w->from = node;
}

static void on_found(void *user, const int32_t *state, const struct transition *transition)
{
    struct walk *w = user;
    (void)transition;
    GBytes *key = g_bytes_new(state, w->bytes);
    if (g_hash_table_contains(w->met, key)) {
        g_bytes_unref(key);
        return;
    }
    g_hash_table_add(w->met, key);
    g_queue_push_tail(&w->open, key);
    w->full = w->full || g_hash_table_size(w->met) > ENTRY_STATES_MAX;
}

static void follow_all(struct walk *w, struct patience *patience)
{
    const struct successors_watch watch = {.begin = on_begin, .effect = on_effect, .user = w};
    struct successors *next = successors_new(w->s, &watch, false);
    g_autofree int32_t *state = g_malloc0(w->bytes);
    successors_set_patience(next, patience);
    play_init(w->s, state);
    bool complete = successors_expand(next, state, on_found, w);
    for (GBytes *key = g_queue_pop_head(&w->open); key && !w->full; key = g_queue_pop_head(&w->open)) {
        memcpy(state, g_bytes_get_data(key, NULL), w->bytes);
        complete = successors_expand(next, state, on_found, w) && complete;
        if (patience_is_over(patience))
            break;
    }
    w->out->complete = complete && !w->full && !patience_is_over(patience);
    w->out->n_states = g_hash_table_size(w->met);
    successors_free(next);
}

static gint by_node(gconstpointer pa, gconstpointer pb)
{
    const struct entry_way *a = *(struct entry_way *const *)pa, *b = *(struct entry_way *const *)pb;
    return a->node != b->node ? a->node - b->node : a->from - b->from;
}

struct entry_values *entry_values_new(const struct story *s, struct patience *patience)
{
    struct story *lean = lean_story_new(s);
    struct entry_values *e = g_new0(struct entry_values, 1);
    struct walk w = {.s = lean, .out = e, .bytes = (gsize)play_state_slots(lean) * sizeof(int32_t), .from = -1};
    e->ways = g_ptr_array_new_with_free_func(free_way);
    w.met = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    w.by_pair = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_queue_init(&w.open);
    follow_all(&w, patience);
    g_ptr_array_sort(e->ways, by_node);
    g_queue_clear(&w.open);
    g_hash_table_destroy(w.met);
    g_hash_table_destroy(w.by_pair);
    lean_story_free(lean);
    return e;
}

void entry_values_free(struct entry_values *e)
{
    if (!e)
        return;
    g_ptr_array_unref(e->ways);
    g_free(e);
}

void entry_range_print(const struct story *s, int32_t var, const struct entry_range *r, GString *out)
{
    const struct story_var *v = &s->vars[var];
    assert(r->least >= v->min && r->most <= v->max);
    const bool listed = r->mask != 0, few = listed && __builtin_popcountll(r->mask) <= NUMBERS_LISTED;
    if (v->type == STORY_INT && !few) {
        g_string_append_printf(out, "%d to %d", r->least, r->most);
        return;
    }
    const char *between = "";
    for (int32_t i = r->least; i <= r->most; i++) {
        if (listed && !(r->mask >> (i - v->min) & 1))
            continue;
        g_string_append(out, between);
        if (v->type == STORY_INT)
            g_string_append_printf(out, "%d", i);
        else
            g_string_append(out, v->type == STORY_ENUM ? s->names[v->values.first + i] : i ? "true" : "false");
        between = " or ";
    }
}
