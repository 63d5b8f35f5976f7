#include "play/explain.h"

#include "story/limits.h"

#include <assert.h>
#include <glib.h>

/* How tightly the outermost operator of a text binds. */
enum precedence { PREC_OR, PREC_AND, PREC_NOT, PREC_COMPARE, PREC_ADD, PREC_MUL, PREC_NEG, PREC_ATOM };

/* What a term's value means; a constant takes the meaning of what it is compared with. */
enum term_type { TERM_NUMBER, TERM_BOOL, TERM_ENUM, TERM_CONST };

struct term {
    char *text;
    char *reads; /* "trust is 1, met is true"; NULL: reads nothing */
    enum precedence precedence;
    enum term_type meaning;
    int32_t var;   /* TERM_ENUM: whose values are meant */
    int32_t value; /* TERM_CONST */
    bool yes;
    bool marked; /* made of and/or: its parts are marked already */
};

static const struct {
    const char *sign;
    enum precedence precedence;
} signs[] = {
    [OP_AND] = {"and", PREC_AND},   [OP_OR] = {"or", PREC_OR},      [OP_EQ] = {"==", PREC_COMPARE},
    [OP_NE] = {"!=", PREC_COMPARE}, [OP_LT] = {"<", PREC_COMPARE},  [OP_LE] = {"<=", PREC_COMPARE},
    [OP_GT] = {">", PREC_COMPARE},  [OP_GE] = {">=", PREC_COMPARE}, [OP_ADD] = {"+", PREC_ADD},
    [OP_SUB] = {"-", PREC_ADD},     [OP_MUL] = {"*", PREC_MUL},     [OP_MIN] = {"min", PREC_ATOM},
    [OP_MAX] = {"max", PREC_ATOM},
};

char *explain_value(const struct story *s, int32_t var, int32_t value)
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

char *explain_memory(const struct story *s, int32_t memory)
{
    const struct story_memory *m = &s->memories[memory];
    switch (m->kind) {
    case STORY_SEEN:
        return g_strdup_printf("seen(%s)", s->nodes[m->subject].name);
    case STORY_COUNT:
        return g_strdup_printf("count(%s)", s->nodes[m->subject].name);
    case STORY_ASKED:
        return g_strdup_printf("asked(%s)", s->decisions[m->subject].name);
    case STORY_PICKED:
        break;
    }
    const struct story_decision *d = &s->decisions[m->subject];
    return g_strdup_printf("picked(%s, %s)", d->name, s->options[d->options.first + m->option].name);
}

static struct term load_term(const struct story *s, const int32_t *state, int32_t index)
{
    const int32_t value = state[PLAY_VALUES + index];
    struct term t = {.precedence = PREC_ATOM, .value = value, .yes = value != 0, .var = index};
    g_autofree char *words = NULL;
    if (index >= s->n_vars) {
        const bool count = s->memories[index - s->n_vars].kind == STORY_COUNT;
        t.text = explain_memory(s, index - s->n_vars);
        t.meaning = count ? TERM_NUMBER : TERM_BOOL;
        words = count ? g_strdup_printf("%d", value) : g_strdup(value ? "true" : "false");
    } else {
        const enum story_type type = s->vars[index].type;
        t.text = g_strdup(s->vars[index].name);
        t.meaning = type == STORY_BOOL ? TERM_BOOL : type == STORY_ENUM ? TERM_ENUM : TERM_NUMBER;
        words = explain_value(s, index, value);
    }
    t.reads = g_strdup_printf("%s is %s", t.text, words);
    return t;
}

static struct term constant_term(int32_t value)
{
    return (struct term){.text = g_strdup_printf("%d", value),
                         .precedence = PREC_ATOM,
                         .meaning = TERM_CONST,
                         .value = value,
                         .yes = value != 0};
}

/* Writes a constant in the words of the term that it is compared with. */
static void name_constant(const struct story *s, struct term *t, const struct term *beside)
{
    if (t->meaning != TERM_CONST || beside->meaning == TERM_NUMBER || beside->meaning == TERM_CONST)
        return;
    g_free(t->text);
    if (beside->meaning == TERM_BOOL)
        t->text = g_strdup(t->value ? "true" : "false");
    else
        t->text = explain_value(s, beside->var, t->value);
}

/* Its text, in parentheses if it binds less tightly than what it becomes a part of. */
static char *parenthesized(const struct term *t, enum precedence precedence)
{
    return t->precedence < precedence ? g_strdup_printf("(%s)", t->text) : g_strdup(t->text);
}

static void mark_term(struct term *t)
{
    if (t->marked)
        return;
    const bool plain = t->precedence == PREC_ATOM || t->precedence == PREC_NOT; /* its text says what it is */
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

/* The term `a op b`, whose value is `value`. Takes over both. */
static struct term join_terms(const struct story *s, struct term *a, struct term *b, enum story_op op, int32_t value)
{
    const bool logic = op == OP_AND || op == OP_OR;
    const enum precedence precedence = signs[op].precedence;
    if (logic) {
        mark_term(a);
        mark_term(b);
    } else {
        name_constant(s, a, b);
        name_constant(s, b, a);
    }
    g_autofree char *left = parenthesized(a, (enum precedence)(precedence + (precedence == PREC_COMPARE))),
                    *right =
                        parenthesized(b, (enum precedence)(precedence + (precedence == PREC_COMPARE || op == OP_SUB)));
    struct term t = {
        .precedence = precedence, .yes = value != 0, .value = value, .marked = logic, .reads = both_read(a, b)};
    t.meaning = precedence <= PREC_COMPARE ? TERM_BOOL : TERM_NUMBER;
    t.text = op == OP_MIN || op == OP_MAX ? g_strdup_printf("%s(%s, %s)", signs[op].sign, a->text, b->text)
                                          : g_strdup_printf("%s %s %s", left, signs[op].sign, right);
    term_clear(a);
    term_clear(b);
    return t;
}

static struct term unary_term(struct term *a, enum story_op op, int32_t value)
{
    const enum precedence precedence = op == OP_NOT ? PREC_NOT : PREC_NEG;
    g_autofree char *inner = parenthesized(a, precedence);
    struct term t = {
        .precedence = precedence, .yes = value != 0, .value = value, .marked = a->marked, .reads = g_strdup(a->reads)};
    t.meaning = op == OP_NOT ? TERM_BOOL : TERM_NUMBER;
    t.text = g_strdup_printf(op == OP_NOT ? "not %s" : "-%s", inner);
    term_clear(a);
    return t;
}

/* The value of a part of an expression that is an expression itself, by play_eval(). */
static int32_t eval_part(const struct story *s, const int32_t *state, struct story_span code)
{
    struct story part = *s;
    const struct story_expr expr = {.code = code};
    part.exprs = &expr;
    return play_eval(&part, state, 0);
}

char *explain_condition(const struct story *s, const int32_t *state, int32_t expr)
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
            stack[n++] = c->op == OP_LOAD ? load_term(s, state, c->arg) : constant_term(c->arg);
        } else if (c->op == OP_NOT || c->op == OP_NEG) {
            assert(n >= 1);
            const struct story_span part = {begins[n - 1], i + 1 - begins[n - 1]};
            stack[n - 1] = unary_term(&stack[n - 1], c->op, eval_part(s, state, part));
        } else {
            assert(n >= 2);
            const struct story_span part = {begins[n - 2], i + 1 - begins[n - 2]};
            n--;
            stack[n - 1] = join_terms(s, &stack[n - 1], &stack[n], c->op, eval_part(s, state, part));
        }
    }
    assert(n == 1); /* what the loader compiles leaves one value */
    if (stack[0].meaning == TERM_CONST) {
        g_free(stack[0].text);
        stack[0].text = g_strdup(stack[0].value ? "true" : "false");
    }
    mark_term(&stack[0]);
    g_free(stack[0].reads);
    return stack[0].text;
}
