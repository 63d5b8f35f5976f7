#include "story/bounds.h"

#include "story/limits.h"

#include <assert.h>
#include <glib.h>

static struct bounds constant_bounds(int32_t value)
{
    return (struct bounds){.low = value, .high = value};
}

static struct bounds value_bounds(int32_t index, const struct story_var *vars, int32_t n_vars,
                                  const struct story_memory *memories)
{
    assert(index >= 0);
    if (index < n_vars)
        return (struct bounds){.low = vars[index].min, .high = vars[index].max, .reads = true};
    const bool count = memories[index - n_vars].kind == STORY_COUNT;
    return (struct bounds){.high = count ? STORY_COUNT_MAX : 1, .reads = true};
}

/* The bounds of a yes/no value that is surely true, never true, or neither. */
static struct bounds truth_bounds(bool surely, bool never)
{
    return (struct bounds){.low = surely, .high = !never};
}

static struct bounds product_bounds(const struct bounds *a, const struct bounds *b)
{
    const int64_t ends[] = {(int64_t)a->low * b->low, (int64_t)a->low * b->high, (int64_t)a->high * b->low,
                            (int64_t)a->high * b->high};
    int64_t low = ends[0], high = ends[0];
    for (size_t i = 1; i < G_N_ELEMENTS(ends); i++) {
        low = MIN(low, ends[i]);
        high = MAX(high, ends[i]);
    }
    return (struct bounds){.low = story_saturate(low), .high = story_saturate(high)};
}

static struct bounds operator_bounds(enum story_op op, const struct bounds *a, const struct bounds *b)
{
    const bool same = a->low == a->high && b->low == b->high && a->low == b->low;
    const bool apart = a->high < b->low || b->high < a->low;
    switch (op) {
    case OP_AND:
        return truth_bounds(a->low && b->low, !a->high || !b->high);
    case OP_OR:
        return truth_bounds(a->low || b->low, !a->high && !b->high);
    case OP_EQ:
        return truth_bounds(same, apart);
    case OP_NE:
        return truth_bounds(apart, same);
    case OP_LT:
        return truth_bounds(a->high < b->low, a->low >= b->high);
    case OP_LE:
        return truth_bounds(a->high <= b->low, a->low > b->high);
    case OP_GT:
        return truth_bounds(a->low > b->high, a->high <= b->low);
    case OP_GE:
        return truth_bounds(a->low >= b->high, a->high < b->low);
    case OP_ADD:
        return (struct bounds){.low = story_saturate((int64_t)a->low + b->low),
                               .high = story_saturate((int64_t)a->high + b->high)};
    case OP_SUB:
        return (struct bounds){.low = story_saturate((int64_t)a->low - b->high),
                               .high = story_saturate((int64_t)a->high - b->low)};
    case OP_MUL:
        return product_bounds(a, b);
    case OP_MIN:
        return (struct bounds){.low = MIN(a->low, b->low), .high = MIN(a->high, b->high)};
    case OP_MAX:
        return (struct bounds){.low = MAX(a->low, b->low), .high = MAX(a->high, b->high)};
    case OP_CONST:
    case OP_LOAD:
    case OP_NOT:
    case OP_NEG:
        break;
    }
    g_assert_not_reached();
}

static struct bounds join_bounds(enum story_op op, const struct bounds *a, const struct bounds *b)
{
    struct bounds out = operator_bounds(op, a, b);
    out.reads = a->reads || b->reads;
    out.settled = a->settled || b->settled || (op >= OP_EQ && op <= OP_GE && out.reads && out.low == out.high);
    return out;
}

struct bounds bounds_of(const struct story_code *code, int32_t n, const struct story_var *vars, int32_t n_vars,
                        const struct story_memory *memories)
{
    struct bounds stack[STORY_EXPR_STACK + 1];
    int top = -1;
    for (int32_t i = 0; i < n; i++) {
        assert(top < STORY_EXPR_STACK);
        struct bounds *a = &stack[MAX(top, 0)]; /* expr_compile() never makes code that lacks a value */
        switch (code[i].op) {
        case OP_CONST:
            stack[++top] = constant_bounds(code[i].arg);
            break;
        case OP_LOAD:
            stack[++top] = value_bounds(code[i].arg, vars, n_vars, memories);
            break;
        case OP_NOT:
            assert(top >= 0);
            *a = (struct bounds){!a->high, !a->low, a->reads, a->settled};
            break;
        case OP_NEG:
            assert(top >= 0);
            *a = (struct bounds){story_saturate(-(int64_t)a->high), story_saturate(-(int64_t)a->low), a->reads,
                                 a->settled};
            break;
        case OP_AND:
        case OP_OR:
        case OP_EQ:
        case OP_NE:
        case OP_LT:
        case OP_LE:
        case OP_GT:
        case OP_GE:
        case OP_ADD:
        case OP_SUB:
        case OP_MUL:
        case OP_MIN:
        case OP_MAX:
            assert(top >= 1);
            top--;
            stack[top] = join_bounds(code[i].op, &stack[top], &stack[top + 1]);
            break;
        }
    }
    assert(top == 0 && stack[0].low <= stack[0].high);
    return stack[0];
}
