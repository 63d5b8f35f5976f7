#include "explore/terms.h"

#include "play/play.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

struct terms {
    const struct story *s;
    struct story parts;       /* the same story, but its i-th expression is the one that ends with the i-th code */
    struct story_expr *exprs; /* of `parts` */
};

/* The code is postfix: an operator's right operand ends right before it, and its left operand right before that one begins. */
struct terms *terms_new(const struct story *s)
{
    struct terms *t = g_new0(struct terms, 1);
    t->s = s;
    t->exprs = g_new0(struct story_expr, (gsize)s->n_code + 1);
    for (int32_t i = 0; i < s->n_code; i++) {
        const enum story_op op = s->code[i].op;
        int32_t first = i;
        if (op == OP_NOT || op == OP_NEG)
            first = t->exprs[i - 1].code.first;
        else if (op != OP_CONST && op != OP_LOAD)
            first = t->exprs[t->exprs[i - 1].code.first - 1].code.first;
        t->exprs[i].code = (struct story_span){first, i - first + 1};
    }
    t->parts = *s;
    t->parts.exprs = t->exprs;
    t->parts.n_exprs = s->n_code;
    return t;
}

void terms_free(struct terms *t)
{
    if (!t)
        return;
    g_free(t->exprs);
    g_free(t);
}

struct story_span terms_part(const struct terms *t, int32_t end)
{
    return t->exprs[end].code;
}

int32_t terms_part_value(const struct terms *t, const int32_t *state, int32_t end)
{
    return play_eval(&t->parts, state, end);
}

/* Lists where the terms end, from the left. Returns how many there are; those beyond TERMS_MAX are only counted. */
static int32_t list_terms(const struct terms *t, int32_t end, int32_t n, int32_t *ends) /* NOLINT(misc-no-recursion) */
{
    if (t->s->code[end].op == OP_AND) {
        n = list_terms(t, terms_part(t, end - 1).first - 1, n, ends);
        return list_terms(t, end - 1, n, ends);
    }
    if (n < TERMS_MAX)
        ends[n] = end;
    return n + 1;
}

/* A condition of too many terms is a single one. */
int32_t terms_ends(const struct terms *t, int32_t expr, int32_t *ends)
{
    const struct story_span code = t->s->exprs[expr].code;
    const int32_t n = list_terms(t, code.first + code.n - 1, 0, ends);
    if (n <= TERMS_MAX)
        return n;
    ends[0] = code.first + code.n - 1;
    return 1;
}

int32_t terms_count(const struct terms *t, int32_t expr)
{
    int32_t ends[TERMS_MAX];
    return terms_ends(t, expr, ends);
}

uint32_t terms_false(const struct terms *t, const int32_t *state, int32_t expr)
{
    int32_t ends[TERMS_MAX];
    const int32_t n = terms_ends(t, expr, ends);
    uint32_t set = 0;
    for (int32_t i = 0; i < n; i++)
        if (!terms_part_value(t, state, ends[i]))
            set |= UINT32_C(1) << i;
    return set;
}

/* The `and` that ends a term of this text, outside of parentheses; or its end. */
static const char *find_and(const char *text)
{
    int depth = 0;
    for (; *text; text++) {
        depth += (*text == '(') - (*text == ')');
        if (depth == 0 && strncmp(text, " and ", 5) == 0)
            break;
    }
    return text;
}

char *terms_text(const struct terms *t, int32_t expr, int32_t term)
{
    const char *source = t->s->exprs[expr].source, *at = source, *found = source;
    int32_t n = 0, length = 0;
    while (*at) {
        const char *end = find_and(at);
        if (n++ == term) {
            found = at;
            length = (int32_t)(end - at);
        }
        at = *end ? end + 5 : end;
    }
    return n == terms_count(t, expr) && length > 0 ? g_strndup(found, (gsize)length) : g_strdup(source);
}
