#include "story/expr.h"
#include "base/brief.h"
#include "story/lexer.h"
#include "story/limits.h"
#include "story/suggest.h"

#include <assert.h>
#include <string.h>

enum operand_type { IS_BOOL = STORY_BOOL, IS_ENUM = STORY_ENUM, IS_INT = STORY_INT, IS_NAME, IS_BROKEN };
static_assert((int)IS_NAME > STORY_BOOL && (int)IS_NAME > STORY_ENUM, "the kinds without a type come after the types");

/* A part of the expression. IS_NAME: not a variable, but perhaps a value of the enum on the other side. */
struct expr_operand {
    enum operand_type type;
    int32_t enum_var;
    uint32_t at, len; /* in the text */
    guint code_at;    /* of its first instruction */
};

struct expr_compiler {
    struct lexer lex;
    const struct expr_env *env;
    GArray *code;
    unsigned depth;
    int stack;
};

static struct expr_operand parse_or(struct expr_compiler *c);

/* ---- code ------------------------------------------------------------------------------------------------------ */

static void emit(struct expr_compiler *c, enum story_op op, int32_t arg)
{
    const struct story_code code = {op, arg};
    g_array_append_val(c->code, code);
    if (op == OP_CONST || op == OP_LOAD)
        c->stack++;
    else if (op != OP_NOT && op != OP_NEG)
        c->stack--;
    if (c->stack > STORY_EXPR_STACK && !c->lex.stopped) {
        lexer_report(&c->lex, "E307", c->lex.at, c->lex.len, "split it",
                     "the expression needs more than %d values at once", STORY_EXPR_STACK);
        lexer_stop(&c->lex);
    }
}

static struct expr_operand broken_operand(const struct expr_compiler *c, uint32_t at)
{
    return (struct expr_operand){IS_BROKEN, -1, at, c->lex.at - at, c->code->len};
}

static const char *type_words(enum operand_type type)
{
    switch (type) {
    case IS_BOOL:
        return "a yes/no value";
    case IS_ENUM:
        return "a value of an enum";
    case IS_INT:
        return "a number";
    case IS_NAME:
    case IS_BROKEN:
        break;
    }
    return "unknown";
}

static char *operand_text(const struct expr_compiler *c, const struct expr_operand *o)
{
    return g_strndup(c->lex.text + o->at, o->len);
}

static int32_t enum_value_of(const struct expr_env *env, int32_t var, const char *name)
{
    assert(var >= 0 && var < env->n_vars && env->vars[var].type == STORY_ENUM);
    const struct story_span values = env->vars[var].values;
    for (int32_t i = 0; i < values.n; i++)
        if (strcmp(env->names[values.first + i], name) == 0)
            return i;
    return -1;
}

static bool same_values(const struct expr_env *env, int32_t a, int32_t b)
{
    const struct story_span x = env->vars[a].values, y = env->vars[b].values;
    if (a == b)
        return true;
    if (x.n != y.n)
        return false;
    for (int32_t i = 0; i < x.n; i++)
        if (strcmp(env->names[x.first + i], env->names[y.first + i]) != 0)
            return false;
    return true;
}

/* Reports a name that is not a variable, where only a variable makes sense. */
static void report_unknown_name(struct expr_compiler *c, struct expr_operand *o)
{
    g_autofree char *name = operand_text(c, o);
    g_autofree char *advice = NULL;
    struct suggest s = suggest_begin(name);
    for (int32_t i = 0; i < c->env->n_vars; i++) {
        const struct story_var *v = &c->env->vars[i];
        suggest_offer(&s, v->name);
        if (!advice && v->type == STORY_ENUM && enum_value_of(c->env, i, name) >= 0)
            advice = g_strdup_printf("`%s` is a value of `%s`: write `%s == %s`", name, v->name, v->name, name);
    }
    if (!advice)
        advice = suggest_advice(&s);
    lexer_report(&c->lex, "E204", o->at, o->len, advice ? advice : "declare it in `state:`",
                 "there is no variable `%s`", name);
    o->type = IS_BROKEN;
}

/* Makes a name the value of this variable's enum that it must be, and patches its code. */
static void name_to_value(struct expr_compiler *c, struct expr_operand *o, int32_t var)
{
    g_autofree char *name = operand_text(c, o);
    const int32_t value = enum_value_of(c->env, var, name);
    const struct story_var *v = &c->env->vars[var];
    o->type = IS_ENUM;
    o->enum_var = var;
    if (value >= 0) {
        g_array_index(c->code, struct story_code, o->code_at).arg = value;
        return;
    }
    struct suggest s = suggest_begin(name);
    g_autoptr(GString) advice = g_string_new("its values are");
    for (int32_t i = 0; i < v->values.n; i++)
        suggest_offer(&s, c->env->names[v->values.first + i]);
    g_autofree char *nearest = suggest_advice(&s);
    if (nearest) {
        g_string_assign(advice, nearest);
    } else {
        for (int32_t i = 0; i < MIN(v->values.n, 12); i++)
            g_string_append_printf(advice, "%s %s", i ? "," : "", c->env->names[v->values.first + i]);
    }
    lexer_report(&c->lex, "E206", o->at, o->len, advice->str, "`%s` is not a value of `%s`", name, v->name);
    o->type = IS_BROKEN;
}

/* How a number or a value of an enum becomes a condition. */
static char *comparison_advice(const struct expr_compiler *c, const struct expr_operand *o, const char *text)
{
    if (o->type == IS_INT)
        return g_strdup_printf("compare it with a number: `%s > 0`", text);
    const struct story_var *v = o->type == IS_ENUM && o->enum_var >= 0 ? &c->env->vars[o->enum_var] : NULL;
    return g_strdup_printf("compare it with one of its values: `%s == %s`", text,
                           v && v->values.n > 0 ? c->env->names[v->values.first] : "…");
}

/* Is the operand of the type that `op` needs? Reports it if not. */
static bool require_type(struct expr_compiler *c, struct expr_operand *o, enum operand_type type, const char *op)
{
    if (o->type == IS_NAME)
        report_unknown_name(c, o);
    if (o->type == type)
        return true;
    if (o->type == IS_BROKEN)
        return false;
    g_autofree char *text = operand_text(c, o);
    g_autofree char *advice = type == IS_BOOL ? comparison_advice(c, o, text) : NULL;
    if (o->type == IS_ENUM && type == IS_INT)
        lexer_report(&c->lex, op[0] == '<' || op[0] == '>' ? "E305" : "E302", o->at, o->len,
                     "enums can only be compared with `==` and `!=`",
                     "`%s` needs a number on both sides, but `%s` is a value of an enum", op, text);
    else
        lexer_report(&c->lex, "E302", o->at, o->len, advice, "`%s` needs %s, but `%s` is %s", op, type_words(type),
                     text, type_words(o->type));
    return false;
}

static struct expr_operand operand_spanning(struct expr_compiler *c, const struct expr_operand *a,
                                            enum operand_type type)
{
    return (struct expr_operand){type, -1, a->at, c->lex.end_before - a->at, a->code_at};
}

static struct expr_operand emit_binary(struct expr_compiler *c, struct expr_operand a, struct expr_operand b,
                                       enum story_op op, const char *sign, enum operand_type takes,
                                       enum operand_type gives)
{
    /* In `ticket < single` the enum is the mistake, not the name beside it. */
    if (a.type == IS_ENUM && b.type == IS_NAME)
        b.type = IS_BROKEN;
    if (b.type == IS_ENUM && a.type == IS_NAME)
        a.type = IS_BROKEN;
    const bool left = require_type(c, &a, takes, sign), right = require_type(c, &b, takes, sign);
    emit(c, op, 0);
    return operand_spanning(c, &a, left && right ? gives : IS_BROKEN);
}

/* ---- the grammar ----------------------------------------------------------------------------------------------- */

static bool enter_level(struct expr_compiler *c)
{
    if (++c->depth <= STORY_EXPR_DEPTH_MAX)
        return true;
    lexer_report(&c->lex, "E307", c->lex.at, c->lex.len, "split it", "nested more than %d levels deep",
                 STORY_EXPR_DEPTH_MAX);
    lexer_stop(&c->lex);
    return false;
}

static void report_unexpected(struct expr_compiler *c, const char *wanted)
{
    if (c->lex.token == T_END)
        lexer_report(&c->lex, "E301", c->lex.at, 1, NULL, "%s is missing at the end", wanted);
    else
        lexer_report(&c->lex, "E301", c->lex.at, c->lex.len,
                     c->lex.token == T_NOT ? "put `not …` in parentheses" : NULL, "%s was expected here, not `%.*s`",
                     wanted, (int)c->lex.len, c->lex.text + c->lex.at);
    lexer_stop(&c->lex);
}

static bool expect(struct expr_compiler *c, enum token token, const char *wanted)
{
    if (c->lex.token != token) {
        report_unexpected(c, wanted);
        return false;
    }
    lexer_next(&c->lex, false);
    return true;
}

/* min(…) and max(…): two or more numbers, folded from the left. */
static struct expr_operand parse_fold(struct expr_compiler *c, uint32_t at, enum story_op op, const char *name)
{
    struct expr_operand all = parse_or(c);
    int n = 1;
    for (; c->lex.token == T_COMMA && !c->lex.stopped; n++) {
        lexer_next(&c->lex, false);
        const struct expr_operand more = parse_or(c);
        all = emit_binary(c, all, more, op, name, IS_INT, IS_INT);
    }
    if (n < 2 && !c->lex.stopped)
        lexer_report(&c->lex, "E310", at, c->lex.at - at + c->lex.len, NULL, "`%s` needs at least two numbers", name);
    expect(c, T_CLOSE, "`)`");
    all.at = at;
    return operand_spanning(c, &all, n < 2 ? IS_BROKEN : all.type);
}

/* seen(node), count(node), picked(decision, option), asked(decision). The token is the name of the function. */
static struct expr_operand parse_memory(struct expr_compiler *c, uint32_t at, enum story_memory_kind kind, int n_names)
{
    static const char *const shapes[] = {[STORY_SEEN] = "seen(node)",
                                         [STORY_COUNT] = "count(node)",
                                         [STORY_PICKED] = "picked(decision, option)",
                                         [STORY_ASKED] = "asked(decision)"};
    assert(n_names >= 1 && n_names <= 2);
    struct expr_name names[2] = {0};
    char *texts[2] = {NULL, NULL};
    for (int i = 0; i < n_names; i++) {
        if (c->lex.token != T_NAME) {
            lexer_report(&c->lex, "E310", c->lex.at, c->lex.len, NULL, "a name was expected here: `%s`", shapes[kind]);
            lexer_stop(&c->lex);
            break;
        }
        texts[i] = g_strndup(c->lex.text + c->lex.at, c->lex.len);
        names[i] = (struct expr_name){texts[i], c->lex.at, c->lex.len};
        lexer_next(&c->lex, i + 1 < n_names);
        if (i + 1 < n_names) {
            if (c->lex.token != T_COMMA) {
                lexer_report(&c->lex, "E310", c->lex.at, c->lex.len, NULL, "more names are needed here: `%s`",
                             shapes[kind]);
                lexer_stop(&c->lex);
                break;
            }
            lexer_next(&c->lex, true);
        }
    }
    if (c->lex.token == T_COMMA) {
        lexer_report(&c->lex, "E310", c->lex.at, c->lex.len, NULL, "there are too many names: `%s`", shapes[kind]);
        lexer_stop(&c->lex);
    }
    struct expr_operand o = {kind == STORY_COUNT ? IS_INT : IS_BOOL, -1, at, 0, c->code->len};
    if (expect(c, T_CLOSE, "`)`")) {
        const int32_t slot = c->env->find_memory(c->env->user, kind, names);
        c->lex.failed |= slot < 0;
        emit(c, OP_LOAD, slot < 0 ? 0 : c->env->n_vars + slot);
        if (slot < 0)
            o.type = IS_BROKEN;
    }
    o.len = c->lex.end_before - at;
    g_free(texts[0]);
    g_free(texts[1]);
    return o;
}

static const struct {
    const char *name;
    enum story_op fold;
    enum story_memory_kind kind;
    int n_names; /* 0: folds numbers */
} builtins[] = {
    {"min", OP_MIN, 0, 0},        {"max", OP_MAX, 0, 0},          {"seen", 0, STORY_SEEN, 1},
    {"count", 0, STORY_COUNT, 1}, {"picked", 0, STORY_PICKED, 2}, {"asked", 0, STORY_ASKED, 1},
};

bool expr_memory_function(const char *name, enum story_memory_kind *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(builtins); i++)
        if (builtins[i].n_names > 0 && strcmp(builtins[i].name, name) == 0) {
            *kind = builtins[i].kind;
            return true;
        }
    return false;
}

static struct expr_operand parse_call(struct expr_compiler *c, uint32_t at, const char *name)
{
    struct suggest s = suggest_begin(name);
    for (size_t i = 0; i < G_N_ELEMENTS(builtins); i++) {
        suggest_offer(&s, builtins[i].name);
        if (strcmp(builtins[i].name, name) != 0)
            continue;
        struct expr_operand o = broken_operand(c, at);
        if (enter_level(c)) {
            lexer_next(&c->lex, builtins[i].n_names > 0);
            o = builtins[i].n_names > 0 ? parse_memory(c, at, builtins[i].kind, builtins[i].n_names)
                                        : parse_fold(c, at, builtins[i].fold, name);
        }
        c->depth--;
        return o;
    }
    g_autofree char *advice = suggest_advice(&s);
    g_autofree char *shown = brief(name, BRIEF_CHARS);
    lexer_report(&c->lex, "E208", at, (uint32_t)strlen(name), advice, "there is no function `%s`", shown);
    lexer_stop(&c->lex);
    return broken_operand(c, at);
}

static struct expr_operand parse_name(struct expr_compiler *c)
{
    struct expr_operand o = {IS_NAME, -1, c->lex.at, c->lex.len, c->code->len};
    char name[STORY_NAME_BYTES_MAX + 2]; /* a longer name is cut, but stays longer than any that exists */
    g_strlcpy(name, c->lex.text + o.at, MIN(sizeof name, o.len + 1));
    lexer_next(&c->lex, false);
    if (c->lex.token == T_OPEN)
        return parse_call(c, o.at, name);
    bool broken = false;
    const int32_t var = c->env->find_var(c->env->user, name, &broken);
    emit(c, var < 0 ? OP_CONST : OP_LOAD, MAX(var, 0));
    if (var >= 0) {
        o.type = broken ? IS_BROKEN : (enum operand_type)c->env->vars[var].type;
        o.enum_var = o.type == IS_ENUM ? var : -1;
        c->lex.failed |= broken;
    }
    return o;
}

static struct expr_operand parse_primary(struct expr_compiler *c)
{
    struct expr_operand o = {IS_BROKEN, -1, c->lex.at, c->lex.len, c->code->len};
    switch (c->lex.token) {
    case T_NUMBER:
        o.type = IS_INT;
        emit(c, OP_CONST, (int32_t)c->lex.number);
        lexer_next(&c->lex, false);
        return o;
    case T_TRUE:
    case T_FALSE:
        o.type = IS_BOOL;
        emit(c, OP_CONST, c->lex.token == T_TRUE);
        lexer_next(&c->lex, false);
        return o;
    case T_NAME:
        return parse_name(c);
    case T_OPEN:
        if (enter_level(c)) {
            lexer_next(&c->lex, false);
            const uint32_t at = o.at;
            o = parse_or(c);
            expect(c, T_CLOSE, "`)`");
            if (o.type != IS_NAME) { /* parentheses are no part of a name */
                o.at = at;
                o.len = c->lex.end_before - at;
            }
        }
        c->depth--;
        return o;
    default:
        report_unexpected(c, "a value");
        return o;
    }
}

static struct expr_operand parse_unary(struct expr_compiler *c)
{
    if (c->lex.token != T_MINUS)
        return parse_primary(c);
    struct expr_operand o = broken_operand(c, c->lex.at);
    const uint32_t at = c->lex.at;
    if (enter_level(c)) {
        lexer_next(&c->lex, false);
        const guint code_at = c->code->len;
        o = parse_unary(c);
        const bool good = require_type(c, &o, IS_INT, "-");
        const bool lone = good && c->code->len == code_at + 1; /* what is no value has no code either */
        struct story_code *first = lone ? &g_array_index(c->code, struct story_code, code_at) : NULL;
        if (first && first->op == OP_CONST)
            first->arg = -first->arg;
        else
            emit(c, OP_NEG, 0);
        o.at = at;
        o = operand_spanning(c, &o, good ? IS_INT : IS_BROKEN);
    }
    c->depth--;
    return o;
}

static struct expr_operand parse_product(struct expr_compiler *c)
{
    struct expr_operand a = parse_unary(c);
    while (c->lex.token == T_TIMES) {
        lexer_next(&c->lex, false);
        a = emit_binary(c, a, parse_unary(c), OP_MUL, "*", IS_INT, IS_INT);
    }
    return a;
}

static struct expr_operand parse_sum(struct expr_compiler *c)
{
    struct expr_operand a = parse_product(c);
    while (c->lex.token == T_PLUS || c->lex.token == T_MINUS) {
        const bool plus = c->lex.token == T_PLUS;
        lexer_next(&c->lex, false);
        a = emit_binary(c, a, parse_product(c), plus ? OP_ADD : OP_SUB, plus ? "+" : "-", IS_INT, IS_INT);
    }
    return a;
}

/* `==` and `!=`: both sides are of one type; a bare name is a value of the other side's enum. */
static struct expr_operand emit_equality(struct expr_compiler *c, struct expr_operand a, struct expr_operand b,
                                         enum story_op op, const char *sign)
{
    if (a.type == IS_ENUM && b.type == IS_NAME)
        name_to_value(c, &b, a.enum_var);
    else if (b.type == IS_ENUM && a.type == IS_NAME)
        name_to_value(c, &a, b.enum_var);
    if (a.type == IS_NAME)
        report_unknown_name(c, &a);
    if (b.type == IS_NAME)
        report_unknown_name(c, &b);
    emit(c, op, 0);
    if (a.type == IS_BROKEN || b.type == IS_BROKEN)
        return operand_spanning(c, &a, IS_BROKEN);
    if (a.type != b.type)
        lexer_report(&c->lex, "E302", a.at, c->lex.end_before - a.at,
                     "compare numbers with numbers, and values of an enum with its values",
                     "`%s` compares two values of the same type, but the left side is %s and the right side is %s",
                     sign, type_words(a.type), type_words(b.type));
    else if (a.type == IS_ENUM && !same_values(c->env, a.enum_var, b.enum_var))
        lexer_report(&c->lex, "E302", a.at, c->lex.end_before - a.at, "compare each with a value of its own",
                     "`%s` and `%s` have different values", c->env->vars[a.enum_var].name,
                     c->env->vars[b.enum_var].name);
    return operand_spanning(c, &a, IS_BOOL);
}

static const struct {
    enum story_op op;
    const char *sign;
} comparisons[] = {
    [T_EQ - T_EQ] = {OP_EQ, "=="}, [T_NE - T_EQ] = {OP_NE, "!="}, [T_LT - T_EQ] = {OP_LT, "<"},
    [T_LE - T_EQ] = {OP_LE, "<="}, [T_GT - T_EQ] = {OP_GT, ">"},  [T_GE - T_EQ] = {OP_GE, ">="},
};
static_assert(G_N_ELEMENTS(comparisons) == T_GE - T_EQ + 1, "is_comparison() takes all tokens from == to >=");

static bool is_comparison(enum token token)
{
    return token >= T_EQ && token <= T_GE;
}

static struct expr_operand parse_comparison(struct expr_compiler *c)
{
    struct expr_operand a = parse_sum(c);
    if (!is_comparison(c->lex.token))
        return a;
    const enum story_op op = comparisons[c->lex.token - T_EQ].op;
    const char *sign = comparisons[c->lex.token - T_EQ].sign;
    lexer_next(&c->lex, false);
    struct expr_operand b = parse_sum(c);
    if (is_comparison(c->lex.token)) {
        lexer_report(&c->lex, "E306", c->lex.at, c->lex.len, "write `a < b and b < c`", "comparisons can't be chained");
        lexer_stop(&c->lex);
    }
    if (c->lex.stopped)
        return broken_operand(c, a.at);
    if (op == OP_EQ || op == OP_NE)
        return emit_equality(c, a, b, op, sign);
    return emit_binary(c, a, b, op, sign, IS_INT, IS_BOOL);
}

static struct expr_operand parse_not(struct expr_compiler *c)
{
    if (c->lex.token != T_NOT)
        return parse_comparison(c);
    struct expr_operand o = broken_operand(c, c->lex.at);
    const uint32_t at = c->lex.at;
    if (enter_level(c)) {
        lexer_next(&c->lex, false);
        o = parse_not(c);
        const bool good = require_type(c, &o, IS_BOOL, "not");
        emit(c, OP_NOT, 0);
        o.at = at;
        o = operand_spanning(c, &o, good ? IS_BOOL : IS_BROKEN);
    }
    c->depth--;
    return o;
}

static struct expr_operand parse_and(struct expr_compiler *c)
{
    struct expr_operand a = parse_not(c);
    while (c->lex.token == T_AND) {
        lexer_next(&c->lex, false);
        a = emit_binary(c, a, parse_not(c), OP_AND, "and", IS_BOOL, IS_BOOL);
    }
    return a;
}

static struct expr_operand parse_or(struct expr_compiler *c)
{
    struct expr_operand a = parse_and(c);
    while (c->lex.token == T_OR) {
        lexer_next(&c->lex, false);
        a = emit_binary(c, a, parse_and(c), OP_OR, "or", IS_BOOL, IS_BOOL);
    }
    return a;
}

/* What to write instead of it; to be freed. */
static char *result_advice(const struct expr_compiler *c, const struct expr_operand *o, const struct expr_want *want)
{
    g_autofree char *text = operand_text(c, o);
    const bool condition = strcmp(want->code, "E303") == 0 && (o->type == IS_INT || o->type == IS_ENUM);
    return condition                  ? comparison_advice(c, o, text)
           : want->type == STORY_BOOL ? g_strdup("write `true`, `false` or a condition")
           : want->type == STORY_INT  ? g_strdup("write a number")
                                      : g_strdup("write one of its values");
}

/* Reports a result that does not suit what takes it. */
static void require_result(struct expr_compiler *c, struct expr_operand *o, const struct expr_want *want)
{
    if (o->type == IS_NAME && want->type == STORY_ENUM)
        name_to_value(c, o, want->enum_var);
    if (o->type == IS_NAME)
        report_unknown_name(c, o);
    if (o->type == IS_BROKEN)
        return;
    g_autofree char *advice = result_advice(c, o, want);
    if (o->type != (enum operand_type)want->type)
        lexer_report(&c->lex, want->code, o->at, o->len, advice, "%s takes %s, but this is %s", want->target,
                     type_words((enum operand_type)want->type), type_words(o->type));
    else if (o->type == IS_ENUM && !same_values(c->env, o->enum_var, want->enum_var))
        lexer_report(&c->lex, want->code, o->at, o->len, advice, "%s and `%s` have different values", want->target,
                     c->env->vars[o->enum_var].name);
}

bool expr_compile(const struct expr_env *env, const char *text, const struct expr_want *want, GArray *code,
                  enum story_type *type)
{
    struct expr_compiler c = {.lex = {.env = env, .text = text}, .env = env, .code = code};
    const guint before = code->len;
    if (strlen(text) > STORY_EXPR_BYTES_MAX) {
        lexer_report(&c.lex, "E307", 0, 1, "split it", "longer than %d bytes", STORY_EXPR_BYTES_MAX);
        return false;
    }
    lexer_next(&c.lex, false);
    struct expr_operand o = parse_or(&c);
    if (c.lex.token != T_END)
        report_unexpected(&c, "the end or an operator");
    if (!c.lex.stopped)
        require_result(&c, &o, want);
    if (c.lex.failed) {
        g_array_set_size(code, before);
        return false;
    }
    assert(c.depth == 0 && c.stack == 1 && code->len > before);
    assert(o.type <= IS_INT); /* a name or a broken operand would have been reported */
    *type = (enum story_type)o.type;
    return true;
}
