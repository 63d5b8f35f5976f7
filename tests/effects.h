/* effects: struct play_effect compared and printed field by field; the bytes of an unused part of its union mean
 * nothing. */
#pragma once

#include "play/play.h"

#include <glib.h>
#include <string.h>

/* The fields of its kind, in their order; the rest is 0. */
struct effect_fields {
    int64_t v[5];
};

static inline struct effect_fields effect_fields(const struct play_effect *fx)
{
    switch (fx->kind) {
    case PLAY_DID_LEAVE:
        return (struct effect_fields){{fx->leave.node}};
    case PLAY_DID_ENTER:
        return (struct effect_fields){{fx->enter.node}};
    case PLAY_DID_SET:
        return (struct effect_fields){
            {fx->set.variable, fx->set.old_value, fx->set.new_value, fx->set.clamped, fx->set.effect}};
    case PLAY_DID_OPEN:
        return (struct effect_fields){{fx->open.decision, (int64_t)fx->open.available}};
    case PLAY_DID_DECIDE:
        return (struct effect_fields){{fx->decide.decision, fx->decide.outcome, fx->decide.option, fx->decide.cut}};
    case PLAY_DID_DRAW:
        return (struct effect_fields){{fx->draw.route, fx->draw.part}};
    case PLAY_DID_REWIND:
        return (struct effect_fields){{fx->rewind.decision, fx->rewind.node, fx->rewind.keeps}};
    case PLAY_DID_END:
        return (struct effect_fields){{fx->end.ending}};
    case PLAY_DID_FINISH:
        return (struct effect_fields){{fx->finish.ending}};
    case PLAY_DID_STICK:
        return (struct effect_fields){{fx->stick.why, fx->stick.node}};
    }
    return (struct effect_fields){{-1}};
}

static inline bool effects_are_equal(const struct play_effect *a, const struct play_effect *b)
{
    const struct effect_fields x = effect_fields(a), y = effect_fields(b);
    return a->kind == b->kind && memcmp(&x, &y, sizeof x) == 0;
}

/* Do two arrays of struct play_effect begin with the same n effects? */
static inline bool same_first_effects(const GArray *a, const GArray *b, guint n)
{
    bool same = a->len >= n && b->len >= n;
    for (guint i = 0; same && i < n; i++)
        same = effects_are_equal(&g_array_index(a, struct play_effect, i), &g_array_index(b, struct play_effect, i));
    return same;
}

static inline bool same_effects(const GArray *a, const GArray *b)
{
    return a->len == b->len && same_first_effects(a, b, a->len);
}
