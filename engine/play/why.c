#include "play/why.h"

#include "story/limits.h"

#include <glib.h>

/* How tightly what stands in a text is bound. */
enum tie { TIE_OR, TIE_AND, TIE_NOT, TIE_COMPARE, TIE_ADD, TIE_MUL, TIE_NEG, TIE_ATOM };

/* What a constant means depends on what it is compared with. */
enum sense { SENSE_NUMBER, SENSE_BOOL, SENSE_ENUM, SENSE_CONST };

struct term {
    char *text;
    char *reads; /* "trust is 1, met is true"; NULL: reads nothing */
    enum tie tie;
    enum sense sense;
    int32_t var;   /* SENSE_ENUM: whose values are meant */
    int32_t value; /* SENSE_CONST */
    bool yes;
    bool marked; /* made of and/or: its parts are marked already */
};

static const struct {
    const char *sign;
    enum tie tie;
} signs[] = {
    [OP_AND] = {"and", TIE_AND},   [OP_OR] = {"or", TIE_OR},      [OP_EQ] = {"==", TIE_COMPARE},
    [OP_NE] = {"!=", TIE_COMPARE}, [OP_LT] = {"<", TIE_COMPARE},  [OP_LE] = {"<=", TIE_COMPARE},
    [OP_GT] = {">", TIE_COMPARE},  [OP_GE] = {">=", TIE_COMPARE}, [OP_ADD] = {"+", TIE_ADD},
    [OP_SUB] = {"-", TIE_ADD},     [OP_MUL] = {"*", TIE_MUL},     [OP_MIN] = {"min", TIE_ATOM},
    [OP_MAX] = {"max", TIE_ATOM},
};

char *why_value(const struct story *s, int32_t var, int32_t value)
{
    const struct story_var *v = &s->vars[var];
    switch (v->type) {
    case STORY_BOOL:
        return g_strdup(value ? "true" : "false");
    case STORY_ENUM:
        return g_strdup(s->names[v->values.first + value]);
    case STORY_INT:
        break;
    }
    return g_strdup_printf("%d", value);
}

char *why_memory(const struct story *s, int32_t memory)
{
    const struct story_memory *m = &s->memories[memory];
    switch (m->kind) {
    case STORY_SEEN:
        return g_strdup_printf("seen(%s)", s->nodes[m->a].name);
    case STORY_COUNT:
        return g_strdup_printf("count(%s)", s->nodes[m->a].name);
    case STORY_PICKED:
        break;
    }
    const struct story_decision *d = &s->decisions[m->a];
    return g_strdup_printf("picked(%s, %s)", d->name, s->options[d->options.first + m->b].name);
}

static struct term load(const struct story *s, const int32_t *state, int32_t index)
{
    const int32_t value = state[PLAY_VALUES + index];
    struct term t = {.tie = TIE_ATOM, .value = value, .yes = value != 0, .var = index};
    g_autofree char *words = NULL;
    if (index >= s->n_vars) {
        const bool count = s->memories[index - s->n_vars].kind == STORY_COUNT;
        t.text = why_memory(s, index - s->n_vars);
        t.sense = count ? SENSE_NUMBER : SENSE_BOOL;
        words = count ? g_strdup_printf("%d", value) : g_strdup(value ? "true" : "false");
    } else {
        const enum story_type type = s->vars[index].type;
        t.text = g_strdup(s->vars[index].name);
        t.sense = type == STORY_BOOL ? SENSE_BOOL : type == STORY_ENUM ? SENSE_ENUM : SENSE_NUMBER;
        words = why_value(s, index, value);
    }
    t.reads = g_strdup_printf("%s is %s", t.text, words);
    return t;
}

static struct term constant(int32_t value)
{
    return (struct term){
        .text = g_strdup_printf("%d", value), .tie = TIE_ATOM, .sense = SENSE_CONST, .value = value, .yes = value != 0};
}

/* A constant beside something whose words are known. */
static void name_constant(const struct story *s, struct term *t, const struct term *beside)
{
    if (t->sense != SENSE_CONST || beside->sense == SENSE_NUMBER || beside->sense == SENSE_CONST)
        return;
    g_free(t->text);
    if (beside->sense == SENSE_BOOL)
        t->text = g_strdup(t->value ? "true" : "false");
    else
        t->text = why_value(s, beside->var, t->value);
}

/* In parentheses where it is bound less tightly than what it becomes a part of. */
static char *bound(const struct term *t, enum tie tie)
{
    return t->tie < tie ? g_strdup_printf("(%s)", t->text) : g_strdup(t->text);
}

static void mark(struct term *t)
{
    if (t->marked)
        return;
    const bool plain = t->tie == TIE_ATOM || t->tie == TIE_NOT; /* its text says what it is */
    char *text = t->yes || !t->reads || plain ? g_strdup_printf("%s [%s]", t->text, t->yes ? "yes" : "no")
                                              : g_strdup_printf("%s [no: %s]", t->text, t->reads);
    g_free(t->text);
    t->text = text;
    t->marked = true;
}

static char *both_read(const struct term *a, const struct term *b)
{
    if (!a->reads || !b->reads || g_str_equal(a->reads, b->reads))
        return g_strdup(a->reads ? a->reads : b->reads);
    return g_strdup_printf("%s, %s", a->reads, b->reads);
}

static void term_clear(struct term *t)
{
    g_free(t->text);
    g_free(t->reads);
}

/* `value`: what it comes to. Takes both. */
static struct term join(const struct story *s, struct term *a, struct term *b, enum story_op op, int32_t value)
{
    const bool logic = op == OP_AND || op == OP_OR;
    const enum tie tie = signs[op].tie;
    if (logic) {
        mark(a);
        mark(b);
    } else {
        name_constant(s, a, b);
        name_constant(s, b, a);
    }
    g_autofree char *left = bound(a, (enum tie)(tie + (tie == TIE_COMPARE))),
                    *right = bound(b, (enum tie)(tie + (tie == TIE_COMPARE || op == OP_SUB)));
    struct term t = {.tie = tie, .yes = value != 0, .value = value, .marked = logic, .reads = both_read(a, b)};
    t.sense = tie <= TIE_COMPARE ? SENSE_BOOL : SENSE_NUMBER;
    t.text = op == OP_MIN || op == OP_MAX ? g_strdup_printf("%s(%s, %s)", signs[op].sign, a->text, b->text)
                                          : g_strdup_printf("%s %s %s", left, signs[op].sign, right);
    term_clear(a);
    term_clear(b);
    return t;
}

static struct term turn(struct term *a, enum story_op op, int32_t value)
{
    const enum tie tie = op == OP_NOT ? TIE_NOT : TIE_NEG;
    g_autofree char *inner = bound(a, tie);
    struct term t = {.tie = tie, .yes = value != 0, .value = value, .marked = a->marked, .reads = g_strdup(a->reads)};
    t.sense = op == OP_NOT ? SENSE_BOOL : SENSE_NUMBER;
    t.text = g_strdup_printf(op == OP_NOT ? "not %s" : "-%s", inner);
    term_clear(a);
    return t;
}

/* The value of the first n instructions of an expression, which are one themselves: what play_eval() says of them. */
static int32_t eval(const struct story *s, const int32_t *state, struct story_span code)
{
    struct story part = *s;
    const struct story_expr expr = {.code = code};
    part.exprs = &expr;
    return play_eval(&part, state, 0);
}

char *why_condition(const struct story *s, const int32_t *state, int32_t expr)
{
    if (expr < 0)
        return g_strdup("always");
    const struct story_span code = s->exprs[expr].code;
    struct term stack[STORY_EXPR_STACK];
    int32_t begins[STORY_EXPR_STACK]; /* where the code of each term begins */
    int n = 0;
    for (int32_t i = code.first; i < code.first + code.n; i++) {
        const struct story_code *c = &s->code[i];
        if (c->op == OP_LOAD || c->op == OP_CONST) {
            begins[n] = i;
            stack[n++] = c->op == OP_LOAD ? load(s, state, c->arg) : constant(c->arg);
        } else if (c->op == OP_NOT || c->op == OP_NEG) {
            g_assert(n >= 1);
            const struct story_span part = {begins[n - 1], i + 1 - begins[n - 1]};
            stack[n - 1] = turn(&stack[n - 1], c->op, eval(s, state, part));
        } else {
            g_assert(n >= 2);
            const struct story_span part = {begins[n - 2], i + 1 - begins[n - 2]};
            n--;
            stack[n - 1] = join(s, &stack[n - 1], &stack[n], c->op, eval(s, state, part));
        }
    }
    g_assert(n == 1); /* what the loader compiles leaves one value */
    if (stack[0].sense == SENSE_CONST) {
        g_free(stack[0].text);
        stack[0].text = g_strdup(stack[0].value ? "true" : "false");
    }
    mark(&stack[0]);
    g_free(stack[0].reads);
    return stack[0].text;
}
