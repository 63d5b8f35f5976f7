#include "story/expr.h"

#include "story/limits.h"
#include "story/suggest.h"

#include <string.h>

/* ---- tokens
 * --------------------------------------------------------------------------------------------------- */

enum token {
    T_END,
    T_BAD,
    T_NUMBER,
    T_NAME,
    T_OPEN,
    T_CLOSE,
    T_COMMA,
    T_OR,
    T_AND,
    T_NOT,
    T_TRUE,
    T_FALSE,
    T_EQ,
    T_NE,
    T_LT,
    T_LE,
    T_GT,
    T_GE,
    T_PLUS,
    T_MINUS,
    T_TIMES,
};

static const struct {
    const char *word;
    enum token token;
} words[] = {{"or", T_OR}, {"and", T_AND}, {"not", T_NOT}, {"true", T_TRUE}, {"false", T_FALSE}};

/* Longer signs first. Those that mean nothing here say what to write instead. */
static const struct {
    const char *sign;
    enum token token;
    const char *advice;
} signs[] = {
    {"==", T_EQ, NULL},
    {"!=", T_NE, NULL},
    {"<=", T_LE, NULL},
    {">=", T_GE, NULL},
    {"&&", T_BAD, "write `and`"},
    {"||", T_BAD, "write `or`"},
    {"<>", T_BAD, "write `!=`"},
    {"=", T_BAD, "compare with `==`"},
    {"!", T_BAD, "write `not`"},
    {"/", T_BAD, "there is no division"},
    {"%", T_BAD, "there is no division"},
    {"<", T_LT, NULL},
    {">", T_GT, NULL},
    {"+", T_PLUS, NULL},
    {"-", T_MINUS, NULL},
    {"*", T_TIMES, NULL},
    {"(", T_OPEN, NULL},
    {")", T_CLOSE, NULL},
    {",", T_COMMA, NULL},
};

enum operand_type { IS_BOOL = STORY_BOOL, IS_ENUM = STORY_ENUM, IS_INT = STORY_INT, IS_NAME, IS_BROKEN };

/* What a part of the expression is. IS_NAME: not a variable; perhaps a value of the enum on the other side.
 */
struct operand {
    enum operand_type type;
    int32_t enum_var;
    uint32_t at, len; /* in the text */
    guint code_at;    /* of its first instruction */
};

struct compiler {
    const struct expr_env *env;
    const char *text;
    GArray *code;
    enum token token; /* the current one */
    uint32_t at, len;
    uint32_t end_before; /* where the token before it ended */
    int64_t number;
    unsigned depth;
    int stack;
    bool failed;  /* something was reported */
    bool stopped; /* a syntax error: nothing after it makes sense */
};

static struct operand parse_or(struct compiler *c);

G_GNUC_PRINTF(6, 7)
static void problem(struct compiler *c, const char *code, uint32_t at, uint32_t len, const char *advice,
                    const char *format, ...)
{
    c->failed = true;
    if (c->stopped)
        return;
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    c->env->problem(c->env->user, &(struct expr_problem){code, at, MAX(len, 1), message, advice});
}

static void stop(struct compiler *c)
{
    c->failed = c->stopped = true;
    c->token = T_END;
}

static bool name_start(gunichar ch)
{
    if (ch < 0x80)
        return ch == '_' || g_ascii_isalpha((char)ch);
    return ch == '_' || g_unichar_isalpha(ch);
}

static bool name_part(gunichar ch)
{
    if (ch < 0x80)
        return ch == '_' || g_ascii_isalnum((char)ch);
    return name_start(ch) || g_unichar_isdigit(ch) || g_unichar_ismark(ch);
}

/* Bytes of the name at p. dashes: names of nodes, decisions and options contain them, and begin with digits,
 * too. */
static uint32_t name_len(const char *p, bool dashes)
{
    const char *q = p;
    while (g_ascii_isalpha(*q) || *q == '_') /* most of them, fast */
        q++;
    while (*q && (name_part(g_utf8_get_char(q)) || (dashes && *q == '-' && q > p)))
        q = g_utf8_next_char(q);
    if (q > p && !dashes && !name_start(g_utf8_get_char(p)))
        return 0;
    return (uint32_t)(q - p);
}

static void lex_number(struct compiler *c, const char *p)
{
    const char *q = p;
    int64_t n = 0;
    for (; g_ascii_isdigit(*q); q++)
        n = MIN(n * 10 + (*q - '0'), (int64_t)STORY_INT_MAX + 1);
    c->token = T_NUMBER;
    c->len = (uint32_t)(q - p);
    c->number = n;
    if (name_len(q, false) > 0 || *q == '.') {
        problem(c, "E301", c->at, c->len + 1, "only whole numbers; names begin with a letter", "this is no number");
        stop(c);
    } else if (n > STORY_INT_MAX) {
        problem(c, "E309", c->at, c->len, NULL, "numbers go up to %d", STORY_INT_MAX);
    }
}

static void lex_sign(struct compiler *c, const char *p)
{
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        const size_t n = strlen(signs[i].sign);
        if (strncmp(p, signs[i].sign, n) != 0)
            continue;
        c->token = signs[i].token;
        c->len = (uint32_t)n;
        if (c->token == T_BAD) {
            problem(c, "E301", c->at, c->len, signs[i].advice, "`%s` is not used in expressions", signs[i].sign);
            stop(c);
        }
        return;
    }
    char ch[7] = {0};
    g_unichar_to_utf8(g_utf8_get_char(p), ch);
    problem(c, "E301", c->at, (uint32_t)strlen(ch),
            *p == '"' || *p == '\'' ? "values of enums are written without quotes" : NULL, "`%s` can't stand here", ch);
    stop(c);
}

/* On to the next token. */
static void next(struct compiler *c, bool dashes)
{
    if (c->stopped)
        return;
    c->end_before = c->at + c->len;
    c->at = c->end_before;
    while (g_ascii_isspace(c->text[c->at]))
        c->at++;
    const char *p = c->text + c->at;
    c->len = 0;
    c->token = T_END;
    if (!*p)
        return;
    if ((c->len = name_len(p, dashes)) > 0) {
        c->token = T_NAME;
        for (size_t i = 0; i < G_N_ELEMENTS(words) && !dashes; i++)
            if (p[0] == words[i].word[0] && strlen(words[i].word) == c->len && strncmp(p, words[i].word, c->len) == 0)
                c->token = words[i].token;
    } else if (g_ascii_isdigit(*p)) {
        lex_number(c, p);
    } else {
        lex_sign(c, p);
    }
}

bool expr_is_name(const char *text)
{
    static const char *const reserved[] = {"or",  "and",  "not",   "true",   "false", "min",
                                           "max", "seen", "count", "picked", "toggle"};
    for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++)
        if (strcmp(text, reserved[i]) == 0)
            return false;
    return *text && name_len(text, false) == strlen(text);
}

/* ---- code
 * ----------------------------------------------------------------------------------------------------- */

static void emit(struct compiler *c, enum story_op op, int32_t arg)
{
    const struct story_code code = {op, arg};
    g_array_append_val(c->code, code);
    if (op == OP_CONST || op == OP_LOAD)
        c->stack++;
    else if (op != OP_NOT && op != OP_NEG)
        c->stack--;
    if (c->stack > STORY_EXPR_STACK && !c->stopped) {
        problem(c, "E307", c->at, c->len, "split it",
                "the expression needs more than %d values at once "
                "(STORY_EXPR_STACK)",
                STORY_EXPR_STACK);
        stop(c);
    }
}

static struct operand broken_at(const struct compiler *c, uint32_t at)
{
    return (struct operand){IS_BROKEN, -1, at, c->at - at, c->code->len};
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

static char *operand_text(const struct compiler *c, const struct operand *o)
{
    return g_strndup(c->text + o->at, o->len);
}

static int32_t value_of(const struct expr_env *env, int32_t var, const char *name)
{
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

/* A name that is no variable, where only a variable makes sense. */
static void unknown_name(struct compiler *c, struct operand *o)
{
    g_autofree char *name = operand_text(c, o);
    g_autofree char *advice = NULL;
    struct suggest s = suggest_begin(name);
    for (int32_t i = 0; i < c->env->n_vars; i++) {
        const struct story_var *v = &c->env->vars[i];
        suggest_offer(&s, v->name);
        if (!advice && v->type == STORY_ENUM && value_of(c->env, i, name) >= 0)
            advice = g_strdup_printf("`%s` is a value of `%s`: write `%s == %s`", name, v->name, v->name, name);
    }
    if (!advice && suggest_best(&s))
        advice = g_strdup_printf("did you mean `%s`?", suggest_best(&s));
    problem(c, "E204", o->at, o->len, advice ? advice : "declare it in `state:`", "there is no variable `%s`", name);
    o->type = IS_BROKEN;
}

/* A name that must be a value of this variable's enum: patches its code. */
static void name_to_value(struct compiler *c, struct operand *o, int32_t var)
{
    g_autofree char *name = operand_text(c, o);
    const int32_t value = value_of(c->env, var, name);
    const struct story_var *v = &c->env->vars[var];
    o->type = IS_ENUM;
    o->enum_var = var;
    if (value >= 0) {
        g_array_index(c->code, struct story_code, o->code_at).arg = value;
        return;
    }
    struct suggest s = suggest_begin(name);
    g_autoptr(GString) advice = g_string_new(NULL);
    for (int32_t i = 0; i < v->values.n; i++)
        suggest_offer(&s, c->env->names[v->values.first + i]);
    if (suggest_best(&s)) {
        g_string_printf(advice, "did you mean `%s`?", suggest_best(&s));
    } else {
        g_string_printf(advice, "its values are");
        for (int32_t i = 0; i < MIN(v->values.n, 12); i++)
            g_string_append_printf(advice, "%s %s", i ? "," : "", c->env->names[v->values.first + i]);
    }
    problem(c, "E206", o->at, o->len, advice->str, "`%s` is no value of `%s`", name, v->name);
    o->type = IS_BROKEN;
}

/* Must the operand be of this type for `op`? Says so if it isn't. */
static bool demand(struct compiler *c, struct operand *o, enum operand_type type, const char *op)
{
    if (o->type == IS_NAME)
        unknown_name(c, o);
    if (o->type == type)
        return true;
    if (o->type == IS_BROKEN)
        return false;
    g_autofree char *text = operand_text(c, o);
    const char *advice = NULL;
    if (type == IS_BOOL)
        advice =
            o->type == IS_INT ? "compare it with a number: `… > 0`" : "compare it with one of its values: `… == …`";
    if (o->type == IS_ENUM && type == IS_INT)
        problem(c, op[0] == '<' || op[0] == '>' ? "E305" : "E302", o->at, o->len,
                "enums can only be compared with `==` and `!=`",
                "`%s` needs a number on both sides, `%s` is a value of an enum", op, text);
    else
        problem(c, "E302", o->at, o->len, advice, "`%s` needs %s, but `%s` is %s", op, type_words(type), text,
                type_words(o->type));
    return false;
}

static struct operand joined(struct compiler *c, const struct operand *a, enum operand_type type)
{
    return (struct operand){type, -1, a->at, c->end_before - a->at, a->code_at};
}

static struct operand binary(struct compiler *c, struct operand a, struct operand b, enum story_op op, const char *sign,
                             enum operand_type takes, enum operand_type gives)
{
    /* `ticket < single`: the enum is the mistake, not the name beside it. */
    if (a.type == IS_ENUM && b.type == IS_NAME)
        b.type = IS_BROKEN;
    if (b.type == IS_ENUM && a.type == IS_NAME)
        a.type = IS_BROKEN;
    const bool left = demand(c, &a, takes, sign), right = demand(c, &b, takes, sign);
    emit(c, op, 0);
    return joined(c, &a, left && right ? gives : IS_BROKEN);
}

/* ---- the grammar
 * ---------------------------------------------------------------------------------------------- */

static bool deeper(struct compiler *c)
{
    if (++c->depth <= STORY_EXPR_DEPTH_MAX)
        return true;
    problem(c, "E307", c->at, c->len, "split it", "nested more than %d levels deep (STORY_EXPR_DEPTH_MAX)",
            STORY_EXPR_DEPTH_MAX);
    stop(c);
    return false;
}

static void unexpected(struct compiler *c, const char *wanted)
{
    if (c->token == T_END)
        problem(c, "E301", c->at, 1, NULL, "%s is missing at the end", wanted);
    else
        problem(c, "E301", c->at, c->len, c->token == T_NOT ? "put `not …` in parentheses" : NULL,
                "%s was expected here, not `%.*s`", wanted, (int)c->len, c->text + c->at);
    stop(c);
}

static bool expect(struct compiler *c, enum token token, const char *wanted)
{
    if (c->token != token) {
        unexpected(c, wanted);
        return false;
    }
    next(c, false);
    return true;
}

/* min(…), max(…): two or more numbers, folded from the left. */
static struct operand parse_fold(struct compiler *c, uint32_t at, enum story_op op, const char *name)
{
    struct operand all = parse_or(c);
    all.at = at;
    int n = 1;
    for (; c->token == T_COMMA && !c->stopped; n++) {
        next(c, false);
        struct operand first = all, more = parse_or(c);
        if (n == 1)
            first.at = at;
        all = binary(c, first, more, op, name, IS_INT, IS_INT);
    }
    if (n < 2 && !c->stopped)
        problem(c, "E310", at, c->at - at + c->len, NULL, "`%s` needs at least two numbers", name);
    expect(c, T_CLOSE, "`)`");
    return joined(c, &all, n < 2 ? IS_BROKEN : all.type);
}

/* seen(node), count(node), picked(decision, option). The token is the name of the function. */
static struct operand parse_memory(struct compiler *c, uint32_t at, enum story_memory_kind kind, int n_names)
{
    static const char *const shapes[] = {"seen(node)", "count(node)", "picked(decision, option)"};
    struct expr_name names[2] = {0};
    char *texts[2] = {NULL, NULL};
    for (int i = 0; i < n_names; i++) {
        if (c->token != T_NAME) {
            problem(c, "E310", c->at, c->len, NULL, "a name was expected here: `%s`", shapes[kind]);
            stop(c);
            break;
        }
        texts[i] = g_strndup(c->text + c->at, c->len);
        names[i] = (struct expr_name){texts[i], c->at, c->len};
        next(c, i + 1 < n_names);
        if (i + 1 < n_names) {
            if (c->token != T_COMMA) {
                problem(c, "E310", c->at, c->len, NULL, "it takes more names: `%s`", shapes[kind]);
                stop(c);
                break;
            }
            next(c, true);
        }
    }
    if (c->token == T_COMMA) {
        problem(c, "E310", c->at, c->len, NULL, "it takes fewer names: `%s`", shapes[kind]);
        stop(c);
    }
    struct operand o = {kind == STORY_COUNT ? IS_INT : IS_BOOL, -1, at, 0, c->code->len};
    if (expect(c, T_CLOSE, "`)`")) {
        const int32_t slot = c->env->find_memory(c->env->user, kind, names);
        c->failed |= slot < 0;
        emit(c, OP_LOAD, slot < 0 ? 0 : c->env->n_vars + slot);
        if (slot < 0)
            o.type = IS_BROKEN;
    }
    o.len = c->end_before - at;
    g_free(texts[0]);
    g_free(texts[1]);
    return o;
}

static const struct {
    const char *name;
    enum story_op fold;
    enum story_memory_kind kind;
    int n_names; /* 0: folds numbers */
} functions[] = {
    {"min", OP_MIN, 0, 0},        {"max", OP_MAX, 0, 0},          {"seen", 0, STORY_SEEN, 1},
    {"count", 0, STORY_COUNT, 1}, {"picked", 0, STORY_PICKED, 2},
};

static struct operand parse_call(struct compiler *c, uint32_t at, const char *name)
{
    struct suggest s = suggest_begin(name);
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        suggest_offer(&s, functions[i].name);
        if (strcmp(functions[i].name, name) != 0)
            continue;
        struct operand o = broken_at(c, at);
        if (deeper(c)) {
            next(c, functions[i].n_names > 0);
            o = functions[i].n_names > 0 ? parse_memory(c, at, functions[i].kind, functions[i].n_names)
                                         : parse_fold(c, at, functions[i].fold, name);
        }
        c->depth--;
        return o;
    }
    g_autofree char *advice = suggest_best(&s) ? g_strdup_printf("did you mean `%s`?", suggest_best(&s)) : NULL;
    problem(c, "E208", at, (uint32_t)strlen(name), advice, "there is no function `%s`", name);
    stop(c);
    return broken_at(c, at);
}

static struct operand parse_name(struct compiler *c)
{
    struct operand o = {IS_NAME, -1, c->at, c->len, c->code->len};
    char name[STORY_NAME_BYTES_MAX + 2]; /* cut there, a longer one is still longer than any that exists */
    g_strlcpy(name, c->text + o.at, MIN(sizeof name, o.len + 1));
    next(c, false);
    if (c->token == T_OPEN)
        return parse_call(c, o.at, name);
    bool broken = false;
    const int32_t var = c->env->find_var(c->env->user, name, &broken);
    emit(c, var < 0 ? OP_CONST : OP_LOAD, MAX(var, 0));
    if (var >= 0) {
        o.type = broken ? IS_BROKEN : (enum operand_type)c->env->vars[var].type;
        o.enum_var = o.type == IS_ENUM ? var : -1;
        c->failed |= broken;
    }
    return o;
}

static struct operand parse_primary(struct compiler *c)
{
    struct operand o = {IS_BROKEN, -1, c->at, c->len, c->code->len};
    switch (c->token) {
    case T_NUMBER:
        o.type = IS_INT;
        emit(c, OP_CONST, (int32_t)c->number);
        next(c, false);
        return o;
    case T_TRUE:
    case T_FALSE:
        o.type = IS_BOOL;
        emit(c, OP_CONST, c->token == T_TRUE);
        next(c, false);
        return o;
    case T_NAME:
        return parse_name(c);
    case T_OPEN:
        if (deeper(c)) {
            next(c, false);
            const uint32_t at = o.at;
            o = parse_or(c);
            o.at = at;
            expect(c, T_CLOSE, "`)`");
            /* (name): the parentheses must not become part of the name */
            if (o.type == IS_NAME)
                o.at = at + 1;
            else
                o.len = c->end_before - at;
        }
        c->depth--;
        return o;
    default:
        unexpected(c, "a value");
        return o;
    }
}

static struct operand parse_unary(struct compiler *c)
{
    if (c->token != T_MINUS)
        return parse_primary(c);
    struct operand o = broken_at(c, c->at);
    const uint32_t at = c->at;
    if (deeper(c)) {
        next(c, false);
        const guint code_at = c->code->len;
        o = parse_unary(c);
        const bool good = demand(c, &o, IS_INT, "-");
        struct story_code *first = &g_array_index(c->code, struct story_code, code_at);
        if (good && c->code->len == code_at + 1 && first->op == OP_CONST)
            first->arg = -first->arg;
        else
            emit(c, OP_NEG, 0);
        o.at = at;
        o = joined(c, &o, good ? IS_INT : IS_BROKEN);
    }
    c->depth--;
    return o;
}

static struct operand parse_product(struct compiler *c)
{
    struct operand a = parse_unary(c);
    while (c->token == T_TIMES) {
        next(c, false);
        a = binary(c, a, parse_unary(c), OP_MUL, "*", IS_INT, IS_INT);
    }
    return a;
}

static struct operand parse_sum(struct compiler *c)
{
    struct operand a = parse_product(c);
    while (c->token == T_PLUS || c->token == T_MINUS) {
        const bool plus = c->token == T_PLUS;
        next(c, false);
        a = binary(c, a, parse_product(c), plus ? OP_ADD : OP_SUB, plus ? "+" : "-", IS_INT, IS_INT);
    }
    return a;
}

/* `==` and `!=`: both of one type; a bare name is a value of the other side's enum. */
static struct operand equality(struct compiler *c, struct operand a, struct operand b, enum story_op op,
                               const char *sign)
{
    if (a.type == IS_ENUM && b.type == IS_NAME)
        name_to_value(c, &b, a.enum_var);
    else if (b.type == IS_ENUM && a.type == IS_NAME)
        name_to_value(c, &a, b.enum_var);
    if (a.type == IS_NAME)
        unknown_name(c, &a);
    if (b.type == IS_NAME)
        unknown_name(c, &b);
    emit(c, op, 0);
    if (a.type == IS_BROKEN || b.type == IS_BROKEN)
        return joined(c, &a, IS_BROKEN);
    if (a.type != b.type)
        problem(c, "E302", a.at, c->end_before - a.at, NULL,
                "`%s` compares two of a kind, but the left side is %s and the right side %s", sign, type_words(a.type),
                type_words(b.type));
    else if (a.type == IS_ENUM && !same_values(c->env, a.enum_var, b.enum_var))
        problem(c, "E302", a.at, c->end_before - a.at, NULL, "`%s` and `%s` have different values",
                c->env->vars[a.enum_var].name, c->env->vars[b.enum_var].name);
    return joined(c, &a, IS_BOOL);
}

static const struct {
    enum token token;
    enum story_op op;
    const char *sign;
} comparisons[] = {{T_EQ, OP_EQ, "=="}, {T_NE, OP_NE, "!="}, {T_LT, OP_LT, "<"},
                   {T_LE, OP_LE, "<="}, {T_GT, OP_GT, ">"},  {T_GE, OP_GE, ">="}};

static bool is_comparison(enum token token)
{
    return token >= T_EQ && token <= T_GE;
}

static struct operand parse_comparison(struct compiler *c)
{
    struct operand a = parse_sum(c);
    if (!is_comparison(c->token))
        return a;
    const enum story_op op = comparisons[c->token - T_EQ].op;
    const char *sign = comparisons[c->token - T_EQ].sign;
    next(c, false);
    struct operand b = parse_sum(c);
    if (is_comparison(c->token)) {
        problem(c, "E306", c->at, c->len, "write `a < b and b < c`", "comparisons can't be chained");
        stop(c);
    }
    if (c->stopped)
        return broken_at(c, a.at);
    if (op == OP_EQ || op == OP_NE)
        return equality(c, a, b, op, sign);
    return binary(c, a, b, op, sign, IS_INT, IS_BOOL);
}

static struct operand parse_not(struct compiler *c)
{
    if (c->token != T_NOT)
        return parse_comparison(c);
    struct operand o = broken_at(c, c->at);
    const uint32_t at = c->at;
    if (deeper(c)) {
        next(c, false);
        o = parse_not(c);
        const bool good = demand(c, &o, IS_BOOL, "not");
        emit(c, OP_NOT, 0);
        o.at = at;
        o = joined(c, &o, good ? IS_BOOL : IS_BROKEN);
    }
    c->depth--;
    return o;
}

static struct operand parse_and(struct compiler *c)
{
    struct operand a = parse_not(c);
    while (c->token == T_AND) {
        next(c, false);
        a = binary(c, a, parse_not(c), OP_AND, "and", IS_BOOL, IS_BOOL);
    }
    return a;
}

static struct operand parse_or(struct compiler *c)
{
    struct operand a = parse_and(c);
    while (c->token == T_OR) {
        next(c, false);
        a = binary(c, a, parse_and(c), OP_OR, "or", IS_BOOL, IS_BOOL);
    }
    return a;
}

/* Does the result suit what takes it? */
static void check_result(struct compiler *c, struct operand *o, const struct expr_want *want)
{
    if (o->type == IS_NAME && !want->any && want->type == STORY_ENUM)
        name_to_value(c, o, want->enum_var);
    if (o->type == IS_NAME)
        unknown_name(c, o);
    if (o->type == IS_BROKEN || want->any)
        return;
    if (o->type != (enum operand_type)want->type)
        problem(c, want->code, o->at, o->len, NULL, "%s takes %s, but this is %s", want->target,
                type_words((enum operand_type)want->type), type_words(o->type));
    else if (o->type == IS_ENUM && !same_values(c->env, o->enum_var, want->enum_var))
        problem(c, want->code, o->at, o->len, NULL, "%s and `%s` have different values", want->target,
                c->env->vars[o->enum_var].name);
}

bool expr_compile(const struct expr_env *env, const char *text, const struct expr_want *want, GArray *code,
                  enum story_type *type)
{
    struct compiler c = {.env = env, .text = text, .code = code};
    const guint before = code->len;
    if (strlen(text) > STORY_EXPR_BYTES_MAX) {
        problem(&c, "E307", 0, 1, "split it", "longer than %d bytes (STORY_EXPR_BYTES_MAX)", STORY_EXPR_BYTES_MAX);
        return false;
    }
    next(&c, false);
    struct operand o = parse_or(&c);
    if (c.token != T_END)
        unexpected(&c, "the end or an operator");
    if (!c.stopped)
        check_result(&c, &o, want);
    if (c.failed) {
        g_array_set_size(code, before);
        return false;
    }
    *type = (enum story_type)o.type;
    return true;
}
