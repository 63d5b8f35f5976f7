#include "adopt/twee_expr.h"

#include "story/limits.h"

#include <string.h>

/* Below what the story's own expressions may have. */
#define DEPTH_MAX 24
#define SIZE_MAX_ 400

struct parser {
    GPtrArray *own;
    enum twee_format format;
    const char *at, *end;
    const char *it; /* Harlowe: the variable that is being set, or NULL */
    int depth;
};

static const struct twee_expr unknown = {.op = TWEE_UNKNOWN, .depth = 1, .size = 1};

static void free_expr(void *at)
{
    struct twee_expr *e = at;
    g_free(e->text);
    g_free(e);
}

GPtrArray *twee_exprs_new(void)
{
    return g_ptr_array_new_with_free_func(free_expr);
}

static struct twee_expr *leaf(GPtrArray *own, enum twee_op op, int number, char *text)
{
    struct twee_expr *e = g_new0(struct twee_expr, 1);
    *e = (struct twee_expr){.op = op, .number = number, .text = text, .depth = 1, .size = 1};
    g_ptr_array_add(own, e);
    return e;
}

static enum twee_op opposite(enum twee_op op)
{
    switch (op) {
    case TWEE_EQ:
        return TWEE_NE;
    case TWEE_NE:
        return TWEE_EQ;
    case TWEE_LT:
        return TWEE_GE;
    case TWEE_LE:
        return TWEE_GT;
    case TWEE_GT:
        return TWEE_LE;
    default:
        return TWEE_LT;
    }
}

const struct twee_expr *twee_expr_over(GPtrArray *own, enum twee_op op, const struct twee_expr *a,
                                       const struct twee_expr *b)
{
    const int depth = MAX(a->depth, b ? b->depth : 0) + 1, size = a->size + (b ? b->size : 0) + 1;
    if (a->op == TWEE_UNKNOWN || (b && b->op == TWEE_UNKNOWN) || depth > DEPTH_MAX || size > SIZE_MAX_)
        return &unknown;
    if (op == TWEE_NOT && a->op == TWEE_NOT)
        return a->a;
    if (op == TWEE_NOT && a->op >= TWEE_EQ && a->op <= TWEE_GE)
        return twee_expr_over(own, opposite(a->op), a->a, a->b);
    struct twee_expr *e = leaf(own, op, 0, NULL);
    e->a = a;
    e->b = b;
    e->depth = depth;
    e->size = size;
    return e;
}

const struct twee_expr *twee_expr_variable(GPtrArray *own, const char *name)
{
    return leaf(own, TWEE_VAR, 0, g_strdup(name));
}

const struct twee_expr *twee_expr_number(GPtrArray *own, int number)
{
    if (number >= 0)
        return leaf(own, TWEE_INT, number, NULL);
    return twee_expr_over(own, TWEE_NEG, leaf(own, TWEE_INT, -number, NULL), NULL);
}

const struct twee_expr *twee_expr_truth(GPtrArray *own, bool truth)
{
    return leaf(own, TWEE_BOOL, truth, NULL);
}

const struct twee_expr *twee_expr_text(GPtrArray *own, const char *text)
{
    return leaf(own, TWEE_TEXT, 0, g_strdup(text));
}

const struct twee_expr *twee_expr_unknown(void)
{
    return &unknown;
}

const struct twee_expr *twee_expr_and(GPtrArray *own, const struct twee_expr *a, const struct twee_expr *b)
{
    return !a ? b : !b ? a : twee_expr_over(own, TWEE_AND, a, b);
}

static void blanks(struct parser *p)
{
    while (p->at < p->end && g_ascii_isspace(*p->at))
        p->at++;
}

static bool is_name_char(char c)
{
    return g_ascii_isalnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Takes a sign, or a word that ends there. */
static bool take(struct parser *p, const char *what)
{
    const gsize n = strlen(what);
    blanks(p);
    if ((gsize)(p->end - p->at) < n || strncmp(p->at, what, n) != 0)
        return false;
    if (is_name_char(what[n - 1]) && p->at + n < p->end && is_name_char(p->at[n]))
        return false;
    p->at += n;
    return true;
}

/* A text in quotes, or NULL. */
static char *take_text(struct parser *p)
{
    blanks(p);
    if (p->at >= p->end || (*p->at != '"' && *p->at != '\''))
        return NULL;
    const char quote = *p->at++;
    GString *out = g_string_new(NULL);
    for (; p->at < p->end && *p->at != quote; p->at++) {
        if (*p->at == '\\' && p->at + 1 < p->end)
            p->at++;
        g_string_append_c(out, *p->at);
    }
    if (p->at < p->end)
        p->at++;
    return g_string_free(out, FALSE);
}

/* The name of a variable without its sign, or NULL; what is temporary keeps its `_`, so that the two stay apart. */
static char *take_variable(struct parser *p)
{
    blanks(p);
    if (p->end - p->at < 2 || (*p->at != '$' && *p->at != '_') || !is_name_char(p->at[1]))
        return NULL;
    const char *from = p->at += *p->at == '$';
    while (p->at < p->end && is_name_char(*p->at))
        p->at++;
    return g_strndup(from, (gsize)(p->at - from));
}

static const struct twee_expr *parse_or(struct parser *p);

static const struct twee_expr *parse_number(struct parser *p)
{
    gint64 n = 0;
    for (; p->at < p->end && g_ascii_isdigit(*p->at); p->at++)
        n = MIN(n * 10 + (*p->at - '0'), (gint64)STORY_INT_MAX + 1);
    if (n > STORY_INT_MAX || (p->at < p->end && (*p->at == '.' || is_name_char(*p->at))))
        return &unknown;
    return leaf(p->own, TWEE_INT, (int)n, NULL);
}

/* visited("Passage"), hasVisited("Passage") */
static const struct twee_expr *parse_visited(struct parser *p, bool truth)
{
    char *name = take(p, "(") ? take_text(p) : NULL;
    if (!name)
        return &unknown;
    const struct twee_expr *count = leaf(p->own, TWEE_VISITED, 0, name);
    if (!take(p, ")"))
        return &unknown;
    return truth ? twee_expr_over(p->own, TWEE_GT, count, leaf(p->own, TWEE_INT, 0, NULL)) : count;
}

/* (history:) contains "Passage" */
static const struct twee_expr *parse_history(struct parser *p)
{
    char *name = take(p, "contains") ? take_text(p) : NULL;
    if (!name)
        return &unknown;
    return twee_expr_over(p->own, TWEE_GT, leaf(p->own, TWEE_VISITED, 0, name), leaf(p->own, TWEE_INT, 0, NULL));
}

static const struct twee_expr *parse_variable(struct parser *p, char *name)
{
    const struct twee_expr *e = leaf(p->own, TWEE_VAR, 0, name);
    const bool part = p->at < p->end && (*p->at == '[' || *p->at == '(' || (*p->at == '.' && p->at + 1 < p->end) ||
                                         (*p->at == '\'' && p->format == TWEE_HARLOWE));
    return part ? &unknown : e;
}

static const struct twee_expr *parse_primary(struct parser *p)
{
    char *text = take_text(p);
    if (text)
        return leaf(p->own, TWEE_TEXT, 0, text);
    if ((text = take_variable(p)))
        return parse_variable(p, text);
    if (p->at < p->end && g_ascii_isdigit(*p->at))
        return parse_number(p);
    if (take(p, "true"))
        return leaf(p->own, TWEE_BOOL, 1, NULL);
    if (take(p, "false"))
        return leaf(p->own, TWEE_BOOL, 0, NULL);
    if (p->it && take(p, "it"))
        return leaf(p->own, TWEE_VAR, 0, g_strdup(p->it));
    if (p->format == TWEE_HARLOWE && take(p, "(history:)"))
        return parse_history(p);
    if (p->format != TWEE_HARLOWE && take(p, "hasVisited"))
        return parse_visited(p, true);
    if (p->format != TWEE_HARLOWE && take(p, "visited"))
        return parse_visited(p, false);
    if (!take(p, "("))
        return &unknown;
    const struct twee_expr *e = parse_or(p);
    return take(p, ")") ? e : &unknown;
}

static const struct twee_expr *parse_unary(struct parser *p)
{
    if (p->depth >= DEPTH_MAX)
        return &unknown;
    p->depth++;
    blanks(p);
    const bool equals = p->end - p->at > 1 && p->at[1] == '=';
    const struct twee_expr *e;
    if ((!equals && take(p, "!")) || (p->format != TWEE_HARLOWE && take(p, "not")))
        e = twee_expr_over(p->own, TWEE_NOT, parse_unary(p), NULL);
    else if (!equals && take(p, "-"))
        e = twee_expr_over(p->own, TWEE_NEG, parse_unary(p), NULL);
    else
        e = parse_primary(p);
    p->depth--;
    return e;
}

static const struct twee_expr *parse_product(struct parser *p)
{
    const struct twee_expr *e = parse_unary(p);
    while (e->op != TWEE_UNKNOWN && take(p, "*"))
        e = twee_expr_over(p->own, TWEE_MUL, e, parse_unary(p));
    return e;
}

static const struct twee_expr *parse_sum(struct parser *p)
{
    const struct twee_expr *e = parse_product(p);
    while (e->op != TWEE_UNKNOWN) {
        if (take(p, "+"))
            e = twee_expr_over(p->own, TWEE_ADD, e, parse_product(p));
        else if (take(p, "-"))
            e = twee_expr_over(p->own, TWEE_SUB, e, parse_product(p));
        else
            break;
    }
    return e;
}

/* The longer ones first. */
static const struct {
    const char *sign;
    enum twee_op op;
} comparisons[] = {
    {"===", TWEE_EQ}, {"!==", TWEE_NE}, {"==", TWEE_EQ},    {"!=", TWEE_NE},  {"<=", TWEE_LE}, {">=", TWEE_GE},
    {"<", TWEE_LT},   {">", TWEE_GT},   {"isnot", TWEE_NE}, {"neq", TWEE_NE}, {"ne", TWEE_NE}, {"eq", TWEE_EQ},
    {"lte", TWEE_LE}, {"gte", TWEE_GE}, {"lt", TWEE_LT},    {"gt", TWEE_GT},
};

static enum twee_op take_comparison(struct parser *p)
{
    for (gsize i = 0; i < G_N_ELEMENTS(comparisons); i++)
        if (take(p, comparisons[i].sign))
            return comparisons[i].op;
    if (!take(p, "is"))
        return TWEE_UNKNOWN;
    return take(p, "not") ? TWEE_NE : TWEE_EQ;
}

static const struct twee_expr *parse_comparison(struct parser *p)
{
    const struct twee_expr *e = parse_sum(p);
    const enum twee_op op = e->op == TWEE_UNKNOWN ? TWEE_UNKNOWN : take_comparison(p);
    return op == TWEE_UNKNOWN ? e : twee_expr_over(p->own, op, e, parse_sum(p));
}

/* Harlowe's `not` is for a whole comparison, SugarCube's for what stands behind it. */
static const struct twee_expr *parse_not(struct parser *p)
{
    if (p->format == TWEE_HARLOWE && take(p, "not"))
        return p->depth >= DEPTH_MAX ? &unknown : twee_expr_over(p->own, TWEE_NOT, parse_comparison(p), NULL);
    return parse_comparison(p);
}

static const struct twee_expr *parse_and(struct parser *p)
{
    const struct twee_expr *e = parse_not(p);
    while (e->op != TWEE_UNKNOWN && (take(p, "and") || take(p, "&&")))
        e = twee_expr_over(p->own, TWEE_AND, e, parse_not(p));
    return e;
}

static const struct twee_expr *parse_or(struct parser *p)
{
    const struct twee_expr *e = parse_and(p);
    while (e->op != TWEE_UNKNOWN && (take(p, "or") || take(p, "||")))
        e = twee_expr_over(p->own, TWEE_OR, e, parse_and(p));
    return e;
}

const struct twee_expr *twee_expr_parse(GPtrArray *own, enum twee_format format, const char *text, gsize len)
{
    struct parser p = {own, format, text, text + MIN(len, STORY_EXPR_BYTES_MAX), NULL, 0};
    const struct twee_expr *e = parse_or(&p);
    blanks(&p);
    return p.at < text + len ? &unknown : e;
}

/* What the variable is set to; NULL: this is no assignment. */
static const struct twee_expr *parse_assigned(struct parser *p, const char *name)
{
    static const struct {
        const char *sign;
        enum twee_op op;
    } changes[] = {{"+=", TWEE_ADD}, {"-=", TWEE_SUB}, {"*=", TWEE_MUL}};
    const struct twee_expr *self = leaf(p->own, TWEE_VAR, 0, g_strdup(name));
    if (take(p, "++"))
        return twee_expr_over(p->own, TWEE_ADD, self, leaf(p->own, TWEE_INT, 1, NULL));
    if (take(p, "--"))
        return twee_expr_over(p->own, TWEE_SUB, self, leaf(p->own, TWEE_INT, 1, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++)
        if (take(p, changes[i].sign))
            return twee_expr_over(p->own, changes[i].op, self, parse_or(p));
    return take(p, "to") || take(p, "=") ? parse_or(p) : NULL;
}

bool twee_assignments(GPtrArray *own, enum twee_format format, const char *text, gsize len, twee_assigned taken,
                      void *user)
{
    struct parser p = {own, format, text, text + len, NULL, 0};
    for (;;) {
        g_autofree char *name = take_variable(&p);
        p.it = format == TWEE_HARLOWE ? name : NULL;
        const struct twee_expr *value = name ? parse_assigned(&p, name) : NULL;
        const bool more = take(&p, ",") || take(&p, ";");
        blanks(&p);
        if (!value || value->op == TWEE_UNKNOWN || (!more && p.at < p.end))
            return false;
        taken(user, name, value);
        if (p.at >= p.end)
            return true;
    }
}
