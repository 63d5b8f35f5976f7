#include "explore/pack.h"

#include "play/checkpoint.h"
#include "play/play.h"
#include "story/limits.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

#define WORD_BITS 64

/* A slot of the state. Its field holds the value less `base`. */
struct packed_slot {
    int32_t slot, word, shift, bits;
    int32_t base;
};

struct pack {
    GArray *fields; /* packed_slot, in the order of the bits */
    int32_t slots, words, bits;
    int32_t used; /* bits of the last word */
    int32_t n_values;
    guint first_value; /* index in `fields` */
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
    if (p->used + bits > WORD_BITS) {
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

/* In a checkpoint every slot may also be 0, because it is while the checkpoint is unused. */
static void add_values(struct pack *p, const struct story *s, int32_t slot, bool in_checkpoint)
{
    for (int32_t i = 0; i < s->n_vars; i++) {
        const struct story_var *v = &s->vars[i];
        add_field(p, slot++, in_checkpoint ? MIN(v->min, 0) : v->min, in_checkpoint ? MAX(v->max, 0) : v->max);
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
    add_field(p, PLAY_PHASE, PLAY_IDLE, PLAY_STUCK + 1); /* no phase sets all bits, so the word is never all ones */
    add_field(p, PLAY_NODE, -1, s->n_nodes - 1);
    add_field(p, PLAY_CURSOR, 0, most_events(s));
    add_field(p, PLAY_OPEN, -1, s->n_decisions - 1);
    add_mask(p, most_options(s));
    add_field(p, PLAY_TO_KIND, STORY_NOWHERE, STORY_TO_AGAIN);
    add_field(p, PLAY_TO_INDEX, -1, MAX(s->n_nodes, s->n_decisions) - 1);
    add_field(p, PLAY_CUT, 0, 1);
    add_field(p, PLAY_ENDING, -1, s->n_endings - 1);
    add_field(p, PLAY_STUCK_WHY, 0, PLAY_SILENT_LOOP);
}

/* Its node is the decision's, and its generator is 0, like that of the state itself. */
static void add_checkpoint(struct pack *p, const struct story *s, int32_t slot)
{
    add_field(p, slot + CHECKPOINT_DECISION, 0, MAX(s->n_decisions - 1, 0));
    add_field(p, slot + CHECKPOINT_CURSOR, 0, most_events(s));
    add_field(p, slot + CHECKPOINT_TO_KIND, STORY_NOWHERE, STORY_TO_AGAIN);
    add_field(p, slot + CHECKPOINT_TO_INDEX, -1, MAX(s->n_nodes, s->n_decisions) - 1);
    add_field(p, slot + CHECKPOINT_ENDING, -1, MAX(s->n_endings - 1, 0));
}

static const struct packed_slot *field_at(const struct pack *p, guint i)
{
    return &g_array_index(p->fields, struct packed_slot, i);
}

bool pack_check(const struct pack *p)
{
    assert(p->words > 0 && p->used <= WORD_BITS);
    assert(p->bits <= p->words * WORD_BITS);
    assert(p->first_value + (guint)p->n_values <= p->fields->len);
    for (guint i = 0; i < p->fields->len; i++) {
        const struct packed_slot *f = field_at(p, i), *before = i > 0 ? f - 1 : NULL;
        assert(f->slot >= 0 && f->slot < p->slots);
        assert(f->word < p->words && f->shift + f->bits <= WORD_BITS);
        assert(!before || f->word > before->word || f->shift == before->shift + before->bits);
    }
    return true;
}

static struct pack *build_pack(const struct story *s, bool without_checkpoint_values)
{
    struct pack *p = g_new0(struct pack, 1);
    const int32_t values = s->n_vars + s->n_memories, size = CHECKPOINT_VALUES + values;
    p->fields = g_array_new(FALSE, FALSE, sizeof(struct packed_slot));
    p->words = 1;
    p->slots = play_state_slots(s);
    const int32_t checkpoints = (p->slots - PLAY_VALUES - values) / size;
    add_location(p, s);
    add_field(p, PLAY_CHECKPOINTS, 0, checkpoints);
    p->first_value = p->fields->len;
    p->n_values = values;
    add_values(p, s, PLAY_VALUES, false);
    for (int32_t i = 0; i < checkpoints; i++) {
        const int32_t slot = PLAY_VALUES + values + i * size;
        add_checkpoint(p, s, slot);
        if (!without_checkpoint_values)
            add_values(p, s, slot + CHECKPOINT_VALUES, true);
    }
    assert(pack_check(p));
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
    assert(i >= 0 && i < p->n_values);
    const struct packed_slot *f = field_at(p, p->first_value + (guint)i);
    return (struct pack_field){f->word, f->shift, f->bits};
}

static uint64_t low_bits(int32_t bits)
{
    return (UINT64_C(1) << bits) - 1;
}

void pack_put(const struct pack *p, const int32_t *state, uint64_t *words)
{
    memset(words, 0, (size_t)p->words * sizeof *words);
    for (guint i = 0; i < p->fields->len; i++) {
        const struct packed_slot *f = field_at(p, i);
        const uint64_t raw = (uint64_t)((int64_t)state[f->slot] - f->base);
        assert(raw <= low_bits(f->bits)); /* the slot is in the range that the pack was made for */
        if (f->bits > 0)
            words[f->word] |= raw << f->shift;
    }
}

void pack_get(const struct pack *p, const uint64_t *words, int32_t *state)
{
    memset(state, 0, (size_t)p->slots * sizeof *state);
    for (guint i = 0; i < p->fields->len; i++) {
        const struct packed_slot *f = field_at(p, i);
        const uint64_t raw = f->bits > 0 ? words[f->word] >> f->shift & low_bits(f->bits) : 0;
        state[f->slot] = (int32_t)((int64_t)raw + f->base);
    }
}

void pack_location_mask(const struct pack *p, uint64_t *mask)
{
    memset(mask, 0xff, (size_t)p->words * sizeof *mask);
    for (int32_t i = 0; i < p->n_values; i++) {
        const struct pack_field f = pack_value(p, i);
        mask[f.word] &= ~pack_mask(f);
    }
}

void pack_update_begin(const struct pack *p, const int32_t *state, uint64_t *update)
{
    pack_put(p, state, update);
    for (int32_t i = p->words - 1; i >= 0; i--) { /* spread from the end: nothing is overwritten before it was moved */
        update[2 * i + 1] = update[i];
        update[2 * i] = 0;
    }
}

void pack_update_keep(const struct pack *p, uint64_t *update, int32_t i)
{
    const struct pack_field f = pack_value(p, i);
    update[2 * f.word] |= pack_mask(f);
    update[2 * f.word + 1] &= ~pack_mask(f);
}

void pack_update_clear(const struct pack *p, uint64_t *update, int32_t i)
{
    const struct pack_field f = pack_value(p, i);
    update[2 * f.word] &= ~pack_mask(f);
    update[2 * f.word + 1] &= ~pack_mask(f);
}
