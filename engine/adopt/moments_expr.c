#include "adopt/moments_expr.h"

#include "story/limits.h"

#include <string.h>

#define NAMED_MAX 16 /* conditions that name others, one within the other */

static const struct {
    const char *name;
    enum twee_op op;
    guint least, most; /* operands */
} operators[] = {
    {"not", TWEE_NOT, 1, 1}, {"and", TWEE_AND, 1, G_MAXUINT}, {"or", TWEE_OR, 1, G_MAXUINT},    {"eql", TWEE_EQ, 2, 2},
    {"neql", TWEE_NE, 2, 2}, {"gt", TWEE_GT, 2, 2},           {"gte", TWEE_GE, 2, 2},           {"lt", TWEE_LT, 2, 2},
    {"lte", TWEE_LE, 2, 2},  {"sum", TWEE_ADD, 1, G_MAXUINT}, {"mult", TWEE_MUL, 1, G_MAXUINT}, {"sub", TWEE_SUB, 2, 2},
};

const char *const moments_states[] = {"persistent", "global", "session", NULL};

char *moments_variable(const char *state, const char *name)
{
    return strcmp(state, "persistent") == 0 ? g_strdup(name) : g_strdup_printf("%s.%s", state, name);
}

/* The state that "persistentState" reads; NULL: it reads none. */
static const char *state_of(const char *word)
{
    for (const char *const *s = moments_states; word && *s; s++)
        if (g_str_has_prefix(word, *s) && strcmp(word + strlen(*s), "State") == 0)
            return *s;
    return NULL;
}

static int operator_of(const char *word)
{
    for (size_t i = 0; word && i < G_N_ELEMENTS(operators); i++)
        if (strcmp(operators[i].name, word) == 0)
            return (int)i;
    return -1;
}

bool moments_is_expr(JsonArray *a)
{
    const char *word = json_array_get_length(a) > 0 ? moments_as_text(json_array_get_element(a, 0)) : NULL;
    return operator_of(word) >= 0 || state_of(word) || g_strcmp0(word, "precondition") == 0 ||
           g_strcmp0(word, "max") == 0;
}

/* Operands from..to - 1 of an operator that takes many: halves of halves, so that the tree stays low. What follows an operand that
 * no story can say is not looked at: conditions that name others, and those others again, multiply. */
static const struct twee_expr *fold(struct moments_exprs *x, enum twee_op op, JsonArray *a, guint from, guint to)
{
    if (to - from == 1)
        return moments_expr(x, json_array_get_element(a, from));
    const guint half = (from + to) / 2;
    const struct twee_expr *before = fold(x, op, a, from, half);
    return before->op == TWEE_UNKNOWN ? before : twee_expr_over(x->own, op, before, fold(x, op, a, half, to));
}

static const struct twee_expr *literal(struct moments_exprs *x, JsonNode *n)
{
    const char *text = moments_as_text(n);
    int64_t number;
    bool truth;
    if (text)
        return twee_expr_text(x->own, text);
    if (moments_as_bool(n, &truth))
        return twee_expr_truth(x->own, truth);
    if (moments_as_int(n, &number) && ABS(number) <= STORY_INT_MAX)
        return twee_expr_number(x->own, (int)number);
    return twee_expr_unknown();
}

const struct twee_expr *moments_named(struct moments_exprs *x, const char *name)
{
    JsonNode *n = x->preconditions ? json_object_get_member(x->preconditions, name) : NULL;
    if (!n)
        return NULL;
    if (x->depth >= NAMED_MAX)
        return twee_expr_unknown();
    x->depth++;
    const struct twee_expr *e = moments_expr(x, n);
    x->depth--;
    return e;
}

static const struct twee_expr *operation(struct moments_exprs *x, int i, JsonArray *a)
{
    const guint n = json_array_get_length(a) - 1;
    if (n < operators[i].least || n > operators[i].most)
        return twee_expr_unknown();
    if (operators[i].op == TWEE_NOT)
        return twee_expr_over(x->own, TWEE_NOT, moments_expr(x, json_array_get_element(a, 1)), NULL);
    /* A sum with a negative number takes away, which says more of the variable's range. */
    int64_t less;
    if (operators[i].op == TWEE_ADD && n == 2 && moments_as_int(json_array_get_element(a, 2), &less) && less < 0 &&
        less >= -STORY_INT_MAX)
        return twee_expr_over(x->own, TWEE_SUB, moments_expr(x, json_array_get_element(a, 1)),
                              twee_expr_number(x->own, (int)-less));
    return fold(x, operators[i].op, a, 1, n + 1);
}

const struct twee_expr *moments_expr(struct moments_exprs *x, JsonNode *n)
{
    JsonArray *a = moments_as_array(n);
    if (!a)
        return literal(x, n);
    const char *word = json_array_get_length(a) > 0 ? moments_as_text(json_array_get_element(a, 0)) : NULL;
    const char *name = json_array_get_length(a) == 2 ? moments_as_text(json_array_get_element(a, 1)) : NULL;
    const int op = operator_of(word);
    if (op >= 0)
        return operation(x, op, a);
    if (state_of(word) && name) {
        g_autofree char *variable = moments_variable(state_of(word), name);
        return twee_expr_variable(x->own, variable);
    }
    const struct twee_expr *named = g_strcmp0(word, "precondition") == 0 && name ? moments_named(x, name) : NULL;
    return named ? named : twee_expr_unknown();
}
