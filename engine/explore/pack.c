#include "explore/pack.h"

#include "play/play.h"
#include "story/limits.h"

#include <glib.h>
#include <string.h>

/* A slot of the state; the value less `base` stands in `bits` bits. Fields don't cross words. */
struct packed_slot {
    int32_t slot, word, shift, bits;
    int32_t base;
};

struct pack {
    GArray *fields;
    int32_t slots, words, bits, used; /* used: of the last word */
    guint first_value;                /* of the fields */
};

static int32_t bits_for(int64_t n_values)
{
    int32_t bits = 0;
    while (bits < 33 && INT64_C(1) << bits < n_values)
        bits++;
    return bits;
}

static void add_field(struct pack *p, int32_t slot, int32_t min, int32_t max)
{
    const int32_t bits = bits_for((int64_t)max - min + 1);
    if (p->used + bits > 64) {
        p->words++;
        p->used = 0;
    }
    const struct packed_slot f = {slot, p->words - 1, p->used, bits, min};
    g_array_append_val(p->fields, f);
    p->used += bits;
    p->bits += bits;
}

static int32_t memory_max(const struct story_memory *m)
{
    return m->kind == STORY_COUNT ? STORY_COUNT_MAX : 1;
}

/* In a checkpoint (`unused`) all slots may also be 0. */
static void add_values(struct pack *p, const struct story *s, int32_t slot, bool unused)
{
    for (int32_t i = 0; i < s->n_vars; i++) {
        const struct story_var *v = &s->vars[i];
        add_field(p, slot++, unused ? MIN(v->min, 0) : v->min, unused ? MAX(v->max, 0) : v->max);
    }
    for (int32_t i = 0; i < s->n_memories; i++)
        add_field(p, slot++, 0, memory_max(&s->memories[i]));
}

static void add_mask(struct pack *p, int32_t most_options)
{
    const int32_t lo = MIN(most_options, 32), hi = MAX(most_options - 32, 0);
    add_field(p, PLAY_MASK_LO, lo == 32 ? INT32_MIN : 0, lo == 32 ? INT32_MAX : (int32_t)(UINT32_C(1) << lo) - 1);
    add_field(p, PLAY_MASK_HI, hi == 32 ? INT32_MIN : 0, hi == 32 ? INT32_MAX : (int32_t)(UINT32_C(1) << hi) - 1);
}

static int32_t most_options(const struct story *s)
{
    int32_t most = 0;
    for (int32_t i = 0; i < s->n_decisions; i++)
        most = MAX(most, s->decisions[i].options.n);
    return most;
}

static int32_t most_events(const struct story *s)
{
    int32_t most = 0;
    for (int32_t i = 0; i < s->n_nodes; i++)
        most = MAX(most, s->nodes[i].events.n);
    return most;
}

static void add_location(struct pack *p, const struct story *s)
{
    add_field(p, PLAY_PHASE, PLAY_IDLE, PLAY_STUCK + 1); /* one that never comes: not all of its bits are ever set */
    add_field(p, PLAY_NODE, -1, s->n_nodes - 1);
    add_field(p, PLAY_CURSOR, 0, most_events(s));
    add_field(p, PLAY_OPEN, -1, s->n_decisions - 1);
    add_mask(p, most_options(s));
    add_field(p, PLAY_TO_KIND, STORY_NOWHERE, STORY_TO_BACK);
    add_field(p, PLAY_TO_INDEX, -1, MAX(s->n_nodes, s->n_decisions) - 1);
    add_field(p, PLAY_CUT, 0, 1);
    add_field(p, PLAY_ENDING, -1, s->n_endings - 1);
    add_field(p, PLAY_STUCK_WHY, 0, PLAY_SILENT_LOOP);
}

/* The slots of a checkpoint besides its values: the decision, then what play.h says a rewind restores. */
#define CHECKPOINT_SLOTS 7

/* The slots of a checkpoint in their order (play/checkpoint.h); all but those of the generator, which are 0, and its values. */
static void add_checkpoint(struct pack *p, const struct story *s, int32_t slot)
{
    add_field(p, slot, 0, MAX(s->n_decisions - 1, 0));
    add_field(p, slot + 1, 0, most_events(s));
    add_field(p, slot + 2, STORY_NOWHERE, STORY_TO_BACK);
    add_field(p, slot + 3, -1, MAX(s->n_nodes, s->n_decisions) - 1);
    add_field(p, slot + 4, -1, MAX(s->n_endings - 1, 0));
}

static struct pack *build_pack(const struct story *s, bool without_checkpoint_values)
{
    struct pack *p = g_new0(struct pack, 1);
    const int32_t values = s->n_vars + s->n_memories, size = CHECKPOINT_SLOTS + values;
    p->fields = g_array_new(FALSE, FALSE, sizeof(struct packed_slot));
    p->words = 1;
    p->slots = play_state_slots(s);
    const int32_t checkpoints = (p->slots - PLAY_VALUES - values) / size;
    add_location(p, s);
    add_field(p, PLAY_CHECKPOINTS, 0, checkpoints);
    p->first_value = p->fields->len;
    add_values(p, s, PLAY_VALUES, false);
    for (int32_t i = 0; i < checkpoints; i++) {
        const int32_t slot = PLAY_VALUES + values + i * size;
        add_checkpoint(p, s, slot);
        if (!without_checkpoint_values)
            add_values(p, s, slot + CHECKPOINT_SLOTS, true);
    }
    return p;
}

struct pack *pack_new(const struct story *s)
{
    return build_pack(s, false);
}

struct pack *pack_new_without_checkpoint_values(const struct story *s)
{
    return build_pack(s, true);
}

void pack_free(struct pack *p)
{
    if (!p)
        return;
    g_array_unref(p->fields);
    g_free(p);
}

int32_t pack_words(const struct pack *p)
{
    return p->words;
}

int32_t pack_bits(const struct pack *p)
{
    return p->bits;
}

struct pack_field pack_value(const struct pack *p, int32_t i)
{
    const struct packed_slot *f = &g_array_index(p->fields, struct packed_slot, p->first_value + (guint)i);
    return (struct pack_field){f->word, f->shift, f->bits};
}

void pack_put(const struct pack *p, const int32_t *state, uint64_t *words)
{
    memset(words, 0, (size_t)p->words * sizeof *words);
    for (guint i = 0; i < p->fields->len; i++) {
        const struct packed_slot *f = &g_array_index(p->fields, struct packed_slot, i);
        if (f->bits > 0)
            words[f->word] |= (uint64_t)((int64_t)state[f->slot] - f->base) << f->shift;
    }
}

void pack_get(const struct pack *p, const uint64_t *words, int32_t *state)
{
    memset(state, 0, (size_t)p->slots * sizeof *state);
    for (guint i = 0; i < p->fields->len; i++) {
        const struct packed_slot *f = &g_array_index(p->fields, struct packed_slot, i);
        const uint64_t raw = f->bits > 0 ? words[f->word] >> f->shift & ((UINT64_C(1) << f->bits) - 1) : 0;
        state[f->slot] = (int32_t)((int64_t)raw + f->base);
    }
}
