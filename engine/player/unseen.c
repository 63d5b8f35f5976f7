#include "player/unseen.h"

#include "play/replay.h"
#include "play/transcript_text.h"

#include <string.h>

/* From right before a decision to where it opens, or from one decision to the next, other events may be due. */
#define STEPS_MAX 1000
/* So many open decisions are looked at, which takes some 10 ms; what lies behind further ones is not known. */
#define SEARCH_MAX 2000

static uint64_t given(const struct story_map *map, int32_t decision)
{
    const GArray *ways = story_map_ways(map);
    uint64_t options = 0;
    for (guint i = 0; i < ways->len; i++) {
        const struct story_way *w = &g_array_index(ways, struct story_way, i);
        if (w->decision == decision && w->option >= 0)
            options |= UINT64_C(1) << w->option;
    }
    return options;
}

/* Lets happen what time brings, until a decision opens. False: none does. */
static bool run_on(const struct story *s, int32_t *state)
{
    for (int i = 0; i < STEPS_MAX && state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] < 0; i++) {
        const struct schedule_due due = schedule_next(s, state, schedule_planned_length(s, state[PLAY_NODE]), -1);
        if (due.at_us == US_NONE || !play_step(s, state, &due.input, NULL, NULL))
            return false;
    }
    return state[PLAY_OPEN] >= 0;
}

/* What can be picked in a decision that the viewer goes back to. */
static uint64_t offered(const struct story *s, const int32_t *state, int32_t decision)
{
    const size_t slots = (size_t)play_state_slots(s);
    g_autofree int32_t *copy = g_memdup2(state, slots * sizeof *state);
    const struct play_input back = {.kind = PLAY_BACK, .decision = decision};
    const bool opens = play_step(s, copy, &back, NULL, NULL) && run_on(s, copy) && copy[PLAY_OPEN] == decision;
    return opens ? play_open_options(copy) : 0;
}

int32_t unseen_in_viewing(const struct story *s, const int32_t *state, const struct story_map *map)
{
    for (int32_t i = state[PLAY_CHECKPOINTS] - 1; i >= 0; i--) {
        const int32_t decision = play_checkpoint(s, state, i);
        if (play_can_go_back(s, state, decision) && (offered(s, state, decision) & ~given(map, decision)))
            return decision;
    }
    return -1;
}

/* ---- beyond this viewing ----------------------------------------------------------------------------------------- */

/* The plays that begin at the decisions of the map, breadth first. */
struct search {
    const struct story *s;
    size_t bytes;      /* of a state */
    uint64_t *given;   /* of each decision */
    GPtrArray *states; /* GBytes: each is one in which a decision is open */
    GArray *roots;     /* of each of these: the decision of the map from which it was found */
    GHashTable *met;   /* the same states */
};

/* A state that was not met before is looked at later. */
static void add_state(struct search *f, const int32_t *state, int32_t root)
{
    GBytes *bytes = g_bytes_new(state, f->bytes);
    if (f->states->len >= SEARCH_MAX || g_hash_table_contains(f->met, bytes)) {
        g_bytes_unref(bytes);
        return;
    }
    g_hash_table_add(f->met, bytes);
    g_ptr_array_add(f->states, bytes);
    g_array_append_val(f->roots, root);
}

static void add_roots(struct search *f, const struct story_map *map)
{
    g_autofree int32_t *state = g_malloc0(f->bytes);
    for (int32_t d = 0; d < f->s->n_decisions; d++) {
        g_autofree char *text = story_map_transcript(map, d);
        struct transcript *t = text ? transcript_parse(text, -1, NULL) : NULL;
        if (t && transcript_replay(f->s, t, state, NULL, NULL) && state[PLAY_OPEN] == d)
            add_state(f, state, d);
        transcript_free(t);
    }
}

/* The decisions that open next: after each answer, and after none. */
static void add_following(struct search *f, const int32_t *from, int32_t root)
{
    g_autofree int32_t *state = g_malloc(f->bytes);
    const int32_t decision = from[PLAY_OPEN];
    for (int32_t option = -1; option < f->s->decisions[decision].options.n; option++) {
        const struct play_input pick = {.kind = PLAY_PICK, .option = option}, wait = {.kind = PLAY_ADVANCE};
        bool goes = option < 0 || play_can_pick(from, option);
        memcpy(state, from, f->bytes);
        if (goes && option >= 0)
            goes = play_step(f->s, state, &pick, NULL, NULL);
        while (goes && option < 0 && state[PLAY_OPEN] == decision) /* what happens within the window, then its end */
            goes = play_step(f->s, state, &wait, NULL, NULL);
        if (goes && run_on(f->s, state))
            add_state(f, state, root);
    }
}

int32_t unseen_on_map(const struct story *s, const struct story_map *map)
{
    struct search f = {.s = s,
                       .bytes = (size_t)play_state_slots(s) * sizeof(int32_t),
                       .given = g_new(uint64_t, (gsize)s->n_decisions + 1),
                       .states = g_ptr_array_new(),
                       .roots = g_array_new(FALSE, FALSE, sizeof(int32_t)),
                       .met = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL)};
    int32_t found = -1;
    for (int32_t d = 0; d < s->n_decisions; d++)
        f.given[d] = given(map, d);
    add_roots(&f, map);
    for (guint i = 0; i < f.states->len && found < 0; i++) {
        const int32_t *state = g_bytes_get_data(f.states->pdata[i], NULL);
        const int32_t root = g_array_index(f.roots, int32_t, i);
        if (play_open_options(state) & ~f.given[state[PLAY_OPEN]])
            found = root;
        else
            add_following(&f, state, root);
    }
    g_ptr_array_unref(f.states);
    g_array_unref(f.roots);
    g_hash_table_unref(f.met);
    g_free(f.given);
    return found;
}
