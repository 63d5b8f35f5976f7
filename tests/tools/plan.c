/*
 * plan STORY FOLDER: writes transcripts which together take every way of a story: every option of every decision, every
 * timeout, every cut from node to node that any play can make. For the end-to-end tests.
 *
 * Breadth first over the states of the step function, so each way is reached by a shortest play; ways are then covered
 * from the deepest one up, since a deep play takes many others along. Prints one line per transcript: its name, then the
 * nodes with a clip in the order in which they play. States beyond STATES_MAX are not looked at, and that is said.
 */
#include "play/schedule.h"
#include "play/transcript_text.h"
#include "story/limits.h"
#include "story/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATES_MAX 200000
#define SEED       7
/* The last node plays on for so long that its first picture has been seen. */
#define STOP_AFTER_US (INT64_C(250) * US_PER_MS)

struct visit {
    int32_t *state;
    struct visit *parent;
    int32_t option; /* what led here from the parent: option of its open decision, -1 nobody, -2 no decision */
    int depth;
};

struct plan {
    const struct story *story;
    size_t bytes;
    GHashTable *seen;  /* state -> itself */
    GPtrArray *visits; /* in breadth-first order */
    GHashTable *ways;  /* name of a way -> index + 1 of the visit that first took it */
};

static size_t state_bytes;

static guint state_hash(gconstpointer p)
{
    const uint8_t *b = p;
    guint h = 2166136261U;
    for (size_t i = 0; i < state_bytes; i++)
        h = (h ^ b[i]) * 16777619U;
    return h;
}

static gboolean state_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, state_bytes) == 0;
}

/* Runs time up to the next open decision, or over the node's end. False: the film is over. */
static bool run(const struct story *s, int32_t *state, struct transcript *t)
{
    while (state[PLAY_PHASE] == PLAY_RUNNING && state[PLAY_OPEN] < 0) {
        const int32_t node = state[PLAY_NODE];
        const struct schedule_due due = schedule_next(s, state, schedule_planned_length(s, node), -1);
        if (t)
            transcript_add(t, s, state, &due.input, due.at_us);
        play_step(s, state, &due.input, NULL, NULL);
        if (due.input.kind == PLAY_LEAVE)
            break;
    }
    return state[PLAY_PHASE] == PLAY_RUNNING;
}

/* One option (or nobody's choice) of the open decision. */
static void decide(const struct story *s, int32_t *state, int32_t option, struct transcript *t)
{
    const struct story_decision *d = &s->decisions[state[PLAY_OPEN]];
    struct play_input in = {.kind = PLAY_ADVANCE};
    int64_t at_us = d->closes_us;
    if (option >= 0) {
        in = (struct play_input){.kind = PLAY_PICK, .option = option};
        if (story_pick_cuts(d))
            at_us = d->opens_us + (d->closes_us - d->opens_us) * 2 / 5;
    }
    if (t)
        transcript_add(t, s, state, &in, at_us);
    play_step(s, state, &in, NULL, NULL);
}

static void visit(struct plan *p, const int32_t *state, struct visit *parent, int32_t option)
{
    if (g_hash_table_contains(p->seen, state) || p->visits->len >= STATES_MAX)
        return;
    struct visit *v = g_new0(struct visit, 1);
    v->state = g_memdup2(state, p->bytes);
    v->parent = parent;
    v->option = option;
    v->depth = parent ? parent->depth + 1 : 0;
    g_hash_table_add(p->seen, v->state);
    g_ptr_array_add(p->visits, v);
}

static char *way_name(const struct story *s, const struct visit *from, const int32_t *to, int32_t option)
{
    const int32_t node = from->state[PLAY_NODE], open = from->state[PLAY_OPEN];
    const char *end = to[PLAY_PHASE] == PLAY_RUNNING ? s->nodes[to[PLAY_NODE]].name : "(end)";
    return g_strdup_printf("%s/%s/%d/%s", s->nodes[node].name, open >= 0 ? s->decisions[open].name : "", option, end);
}

static void take_way(struct plan *p, struct visit *from, int32_t *to, int32_t option)
{
    char *name = way_name(p->story, from, to, option);
    if (!g_hash_table_contains(p->ways, name)) {
        /* A leaf of its own, even if the state is known: this is the play that takes the way. */
        struct visit *leaf = g_new0(struct visit, 1);
        leaf->state = g_memdup2(to, p->bytes);
        leaf->parent = from;
        leaf->option = option;
        leaf->depth = from->depth + 1;
        g_hash_table_insert(p->ways, name, leaf);
    } else
        g_free(name);
    visit(p, to, from, option);
}

static void expand(struct plan *p, struct visit *v, int32_t *state)
{
    if (v->state[PLAY_PHASE] != PLAY_RUNNING)
        return;
    if (v->state[PLAY_OPEN] < 0) {
        memcpy(state, v->state, p->bytes);
        run(p->story, state, NULL);
        take_way(p, v, state, -2);
        return;
    }
    const uint64_t available = play_available(p->story, v->state, v->state[PLAY_OPEN]);
    for (int32_t o = -1; o < STORY_OPTIONS_MAX; o++) {
        if (o >= 0 && (available >> o & 1) == 0)
            continue;
        memcpy(state, v->state, p->bytes);
        decide(p->story, state, o, NULL);
        take_way(p, v, state, o);
    }
}

static int deeper(gconstpointer a, gconstpointer b)
{
    const struct visit *x = *(struct visit *const *)a, *y = *(struct visit *const *)b;
    return y->depth - x->depth;
}

/* Writes the play that ends in `leaf`; strikes out the ways that it takes. */
static void write_play(struct plan *p, const struct visit *leaf, const char *folder, int number)
{
    const struct story *s = p->story;
    GPtrArray *chain = g_ptr_array_new();
    int32_t *state = g_malloc(p->bytes);
    const struct play_input start = {.kind = PLAY_START, .seed = SEED};
    struct transcript *t = transcript_new(s, SEED, NULL);

    for (const struct visit *v = leaf; v; v = v->parent)
        g_ptr_array_insert(chain, 0, (gpointer)v);
    play_init(s, state);
    play_step(s, state, &start, NULL, NULL);
    printf("%03d.transcript %s", number, s->nodes[state[PLAY_NODE]].name);
    for (guint i = 1; i < chain->len; i++) {
        const struct visit *v = chain->pdata[i], *from = chain->pdata[i - 1];
        const int32_t before = state[PLAY_NODE];
        const bool timed = v->option == -2;
        char *name = way_name(s, from, v->state, v->option);
        g_hash_table_remove(p->ways, name);
        g_free(name);
        if (timed)
            run(s, state, t);
        else
            decide(s, state, v->option, t);
        const bool left = timed && state[PLAY_OPEN] < 0 && state[PLAY_CURSOR] == 0;
        if (state[PLAY_PHASE] == PLAY_RUNNING && (state[PLAY_NODE] != before || left))
            printf(" %s", s->nodes[state[PLAY_NODE]].name);
    }
    if (leaf->option != -2 && run(s, state, t)) /* what was decided shows in where it leads */
        printf(" %s", s->nodes[state[PLAY_NODE]].name);
    if (state[PLAY_PHASE] == PLAY_RUNNING) {
        const struct story_span events = s->nodes[state[PLAY_NODE]].events;
        const int32_t cursor = state[PLAY_CURSOR];
        const int64_t at_us = cursor > 0 ? s->events[events.first + cursor - 1].at_us : 0;
        transcript_add_stop(t, s, state, at_us + STOP_AFTER_US);
    }
    printf("\n");
    char *path = g_strdup_printf("%s/%03d.transcript", folder, number);
    if (!transcript_save(t, path, NULL))
        exit(1);
    g_free(path);
    transcript_free(t);
    g_free(state);
    g_ptr_array_unref(chain);
}

/* The viewer's own going back is not a way of the story; without its checkpoints states meet again that else would not. */
static struct story *without_checkpoints(const struct story *s)
{
    struct story *copy = g_memdup2(s, sizeof *s);
    struct story_decision *decisions = g_memdup2(s->decisions, (size_t)s->n_decisions * sizeof *decisions);
    for (int32_t i = 0; i < s->n_decisions; i++)
        decisions[i].checkpoint &= decisions[i].back_target;
    copy->decisions = decisions;
    return copy;
}

int main(int argc, char **argv)
{
    struct diags *diags = diags_new();
    struct story *story = argc == 3 ? story_load(argv[1], diags) : NULL;
    if (!story) {
        fprintf(stderr, "usage: plan STORY FOLDER; the story must load\n");
        return 2;
    }
    story = without_checkpoints(story);
    struct plan p = {.story = story, .bytes = (size_t)play_state_slots(story) * sizeof(int32_t)};
    state_bytes = p.bytes;
    p.seen = g_hash_table_new(state_hash, state_equal);
    p.visits = g_ptr_array_new();
    p.ways = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    int32_t *state = g_malloc0(p.bytes);
    const struct play_input start = {.kind = PLAY_START, .seed = SEED};
    play_init(story, state);
    play_step(story, state, &start, NULL, NULL);
    visit(&p, state, NULL, -2);
    for (guint i = 0; i < p.visits->len; i++)
        expand(&p, p.visits->pdata[i], state);
    if (p.visits->len >= STATES_MAX)
        fprintf(stderr, "plan: more than %d states, some ways may be missing\n", STATES_MAX);

    GPtrArray *leaves = g_ptr_array_new();
    GHashTableIter it;
    gpointer key, value;
    g_hash_table_iter_init(&it, p.ways);
    while (g_hash_table_iter_next(&it, &key, &value))
        g_ptr_array_add(leaves, value);
    g_ptr_array_sort(leaves, deeper);
    fprintf(stderr, "plan: %u states, %u ways\n", p.visits->len, leaves->len);
    int number = 0;
    for (guint i = 0; i < leaves->len; i++) {
        const struct visit *leaf = leaves->pdata[i];
        char *name = way_name(story, leaf->parent, leaf->state, leaf->option);
        if (g_hash_table_contains(p.ways, name))
            write_play(&p, leaf, argv[2], ++number);
        g_free(name);
    }
    return 0;
}
