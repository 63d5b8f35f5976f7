/*
 * Expressions: random trees are printed with as few parentheses as the precedence allows, compiled, and computed; the
 * oracle computes the tree itself. Then a table of single cases and of mistakes with their places.
 * Usage: test_expr [SEED]
 */
#include "story/expr.h"
#include "story/limits.h"
#include "tap.h"

#include <stdlib.h>

/* ---- the names that the expressions use ---------------------------------------------------------------------- */

static const char *const names[] = {"none", "single", "day"};
static const struct story_var vars[] = {
    {.name = "a", .type = STORY_BOOL, .max = 1},
    {.name = "b", .type = STORY_BOOL, .max = 1},
    {.name = "x", .type = STORY_INT, .min = -9, .max = 9},
    {.name = "größe", .type = STORY_INT, .max = 99},
    {.name = "t", .type = STORY_ENUM, .max = 2, .values = {0, 3}},
    {.name = "u", .type = STORY_ENUM, .max = 1, .values = {0, 2}},
};
enum { N_VARS = G_N_ELEMENTS(vars), SEEN, PICKED, COUNT, N_VALUES };

struct world {
    char problems[512]; /* "E301:4+1 …" */
};

static int32_t find_var(void *user, const char *name, bool *broken)
{
    (void)user;
    (void)broken;
    for (int i = 0; i < N_VARS; i++)
        if (strcmp(vars[i].name, name) == 0)
            return i;
    return -1;
}

static int32_t find_memory(void *user, enum story_memory_kind kind, const struct expr_name *n)
{
    (void)user;
    if (kind == STORY_PICKED)
        return strcmp(n[0].text, "which-way") == 0 && strcmp(n[1].text, "left") == 0 ? PICKED - N_VARS : -1;
    if (kind == STORY_ASKED)
        return strcmp(n[0].text, "which-way") == 0 ? PICKED - N_VARS : -1;
    if (strcmp(n[0].text, "the-hall") != 0)
        return -1;
    return (kind == STORY_SEEN ? SEEN : COUNT) - N_VARS;
}

static void on_problem(void *user, const struct expr_problem *p)
{
    struct world *w = user;
    const size_t n = strlen(w->problems);
    g_snprintf(w->problems + n, sizeof w->problems - n, "%s%s:%u+%u", n ? " " : "", p->code, p->at, p->len);
}

static bool compile(const char *text, const struct expr_want *want, GArray *code, enum story_type *type,
                    struct world *w)
{
    const struct expr_env env = {w, vars, N_VARS, names, find_var, find_memory, on_problem};
    w->problems[0] = '\0';
    return expr_compile(&env, text, want, code, type);
}

/* ---- computing postfix code, straight from its description in story.h ----------------------------------------- */

static int32_t saturate(int64_t v)
{
    return (int32_t)CLAMP(v, INT32_MIN, INT32_MAX);
}

static int32_t apply(enum story_op op, int64_t l, int64_t r)
{
    switch (op) {
    case OP_AND:
        return l && r;
    case OP_OR:
        return l || r;
    case OP_EQ:
        return l == r;
    case OP_NE:
        return l != r;
    case OP_LT:
        return l < r;
    case OP_LE:
        return l <= r;
    case OP_GT:
        return l > r;
    case OP_GE:
        return l >= r;
    case OP_ADD:
        return saturate(l + r);
    case OP_SUB:
        return saturate(l - r);
    case OP_MUL:
        return saturate(l * r);
    case OP_MIN:
        return (int32_t)MIN(l, r);
    case OP_MAX:
        return (int32_t)MAX(l, r);
    case OP_CONST:
    case OP_LOAD:
    case OP_NOT:
    case OP_NEG:
        break;
    }
    g_assert_not_reached();
}

static int32_t compute(const GArray *code, const int32_t *values)
{
    int32_t stack[STORY_EXPR_STACK] = {0};
    int n = 0;
    for (guint i = 0; i < code->len; i++) {
        const struct story_code c = g_array_index(code, struct story_code, i);
        if (c.op == OP_CONST || c.op == OP_LOAD) {
            g_assert(n < STORY_EXPR_STACK);
            stack[n++] = c.op == OP_CONST ? c.arg : values[c.arg];
            continue;
        }
        g_assert(n >= (c.op == OP_NOT || c.op == OP_NEG ? 1 : 2));
        if (c.op == OP_NOT || c.op == OP_NEG) {
            stack[n - 1] = c.op == OP_NOT ? !stack[n - 1] : saturate(-(int64_t)stack[n - 1]);
        } else {
            n--;
            stack[n - 1] = apply(c.op, stack[n - 1], stack[n]);
        }
    }
    g_assert(n == 1);
    return stack[0];
}

/* ---- random trees, their text, and their values -------------------------------------------------------------- */

/* How tightly operators bind, from the format reference. */
enum level { L_OR = 1, L_AND, L_NOT, L_CMP, L_SUM, L_MUL, L_NEG, L_ATOM };

struct tree {
    GString *text;
    enum level level;
    int32_t value;
};

static const struct {
    enum story_op op;
    const char *sign;
    enum level level;
} binaries[] = {
    {OP_OR, " or ", L_OR},  {OP_AND, " and ", L_AND}, {OP_EQ, " == ", L_CMP}, {OP_NE, "!=", L_CMP},
    {OP_LT, " <  ", L_CMP}, {OP_LE, "<=", L_CMP},     {OP_GT, ">", L_CMP},    {OP_GE, " >= ", L_CMP},
    {OP_ADD, " + ", L_SUM}, {OP_SUB, "-", L_SUM},     {OP_MUL, "*", L_MUL},
};

static struct tree random_bool(GRand *r, const int32_t *values, int depth);
static struct tree random_int(GRand *r, const int32_t *values, int depth);

static struct tree leaf(const char *text, int32_t value)
{
    return (struct tree){g_string_new(text), L_ATOM, value};
}

static void append(GString *out, struct tree *t, enum level at_least, GRand *r)
{
    const bool parens = t->level < at_least || g_rand_int_range(r, 0, 12) == 0;
    g_string_append_printf(out, parens ? "(%s)" : "%s", t->text->str);
    g_string_free(t->text, TRUE);
}

/* Left-associative: the right side must bind tighter. Comparisons do not chain, so both sides must. */
static struct tree join(GRand *r, size_t which, struct tree a, struct tree b)
{
    const enum level level = binaries[which].level;
    struct tree t = {g_string_new(NULL), level, apply(binaries[which].op, a.value, b.value)};
    append(t.text, &a, level == L_CMP ? L_SUM : level, r);
    g_string_append(t.text, binaries[which].sign);
    append(t.text, &b, level + 1, r);
    return t;
}

static struct tree random_enum_test(GRand *r, const int32_t *values)
{
    const int value = g_rand_int_range(r, 0, 3);
    const bool equal = g_rand_boolean(r), turned = g_rand_boolean(r);
    GString *text = g_string_new(NULL);
    g_string_printf(text, equal ? "%s == %s" : "%s!=%s", turned ? names[value] : "t", turned ? "t" : names[value]);
    return (struct tree){text, L_CMP, (values[4] == value) == equal};
}

static struct tree random_bool(GRand *r, const int32_t *values, int depth)
{
    const int kind = g_rand_int_range(r, 0, depth > 0 ? 10 : 4);
    if (kind == 0)
        return g_rand_boolean(r) ? leaf("true", 1) : leaf("false", 0);
    if (kind == 1)
        return g_rand_boolean(r) ? leaf("a", values[0]) : leaf("b", values[1]);
    if (kind == 2)
        return g_rand_boolean(r) ? leaf("seen( the-hall )", values[SEEN])
                                 : leaf("picked(which-way,left)", values[PICKED]);
    if (kind == 3)
        return random_enum_test(r, values);
    if (kind <= 5) {
        struct tree inner = random_bool(r, values, depth - 1);
        struct tree t = {g_string_new("not "), L_NOT, !inner.value};
        append(t.text, &inner, L_NOT, r);
        return t;
    }
    if (kind <= 7)
        return join(r, (size_t)g_rand_int_range(r, 0, 2), random_bool(r, values, depth - 1),
                    random_bool(r, values, depth - 1));
    return join(r, (size_t)g_rand_int_range(r, 2, 8), random_int(r, values, depth - 1),
                random_int(r, values, depth - 1));
}

static struct tree random_fold(GRand *r, const int32_t *values, int depth)
{
    const bool min = g_rand_boolean(r);
    const int n = g_rand_int_range(r, 2, 5);
    struct tree t = {g_string_new(min ? "min(" : "max("), L_ATOM, min ? INT32_MAX : INT32_MIN};
    for (int i = 0; i < n; i++) {
        struct tree one = random_int(r, values, depth - 1);
        t.value = min ? MIN(t.value, one.value) : MAX(t.value, one.value);
        g_string_append(t.text, i ? ", " : "");
        append(t.text, &one, L_OR, r);
    }
    g_string_append_c(t.text, ')');
    return t;
}

static struct tree random_int(GRand *r, const int32_t *values, int depth)
{
    const int kind = g_rand_int_range(r, 0, depth > 0 ? 9 : 4);
    char number[16];
    const int32_t n = kind == 0 ? STORY_INT_MAX : g_rand_int_range(r, 0, 20);
    g_snprintf(number, sizeof number, "%d", n);
    if (kind <= 1)
        return leaf(number, n);
    if (kind == 2)
        return g_rand_boolean(r) ? leaf("x", values[2]) : leaf("größe", values[3]);
    if (kind == 3)
        return leaf("count(the-hall)", values[COUNT]);
    if (kind == 4)
        return random_fold(r, values, depth);
    if (kind == 5) {
        struct tree inner = random_int(r, values, depth - 1);
        struct tree t = {g_string_new("-"), L_NEG, saturate(-(int64_t)inner.value)};
        append(t.text, &inner, L_NEG, r);
        return t;
    }
    return join(r, (size_t)g_rand_int_range(r, 8, 11), random_int(r, values, depth - 1),
                random_int(r, values, depth - 1));
}

static void random_values(GRand *r, int32_t *values)
{
    for (int i = 0; i < N_VARS; i++)
        values[i] = g_rand_int_range(r, vars[i].min, vars[i].max + 1);
    values[SEEN] = g_rand_boolean(r);
    values[PICKED] = g_rand_boolean(r);
    values[COUNT] = g_rand_int_range(r, 0, STORY_COUNT_MAX + 1);
}

static void test_random(uint32_t seed)
{
    GRand *r = g_rand_new_with_seed(seed);
    int tried = 0, wrong = 0;
    for (int i = 0; i < 20000 && wrong < 5; i++) {
        int32_t values[N_VALUES] = {0};
        random_values(r, values);
        const bool want_bool = g_rand_boolean(r);
        const struct expr_want want = {.type = want_bool ? STORY_BOOL : STORY_INT, .code = "E303", .target = "it"};
        struct tree t = want_bool ? random_bool(r, values, 5) : random_int(r, values, 5);
        g_autoptr(GArray) code = g_array_new(FALSE, FALSE, sizeof(struct story_code));
        struct world w;
        enum story_type type;
        if (t.text->len <= STORY_EXPR_BYTES_MAX) {
            const bool good = compile(t.text->str, &want, code, &type, &w);
            tried++;
            if (!good || type != want.type || compute(code, values) != t.value) {
                wrong++;
                printf("# %s\n#   %s, wanted %d, got %d\n", t.text->str, good ? "compiled" : w.problems, t.value,
                       good ? compute(code, values) : 0);
            }
        }
        g_string_free(t.text, TRUE);
    }
    ok(wrong == 0 && tried > 15000, "seed %u: %d random expressions mean what their trees do", seed, tried);
    g_rand_free(r);
}

/* Random bytes and cut expressions: never a crash, and either code or a problem. */
static void test_noise(uint32_t seed)
{
    static const char *const bits[] = {"a",     "x",        "t",      "single",      "(",  ")", ",",        "not ",
                                       " and ", " or ",     "==",     "<",           "+",  "-", "*",        "min(",
                                       "seen(", "picked(",  "7",      "1e9",         " ",  "=", "\xC3\xA9", "!",
                                       "\"",    "the-hall", "toggle", "99999999999", "\t", "."};
    GRand *r = g_rand_new_with_seed(seed);
    int silent = 0;
    for (int i = 0; i < 20000; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GArray) code = g_array_new(FALSE, FALSE, sizeof(struct story_code));
        enum story_type type;
        struct world w;
        for (int n = g_rand_int_range(r, 0, 14); n > 0; n--)
            g_string_append(text, bits[g_rand_int_range(r, 0, G_N_ELEMENTS(bits))]);
        const struct expr_want want = {.type = i % 2 ? STORY_BOOL : STORY_INT, .code = "E303", .target = "it"};
        const bool good = compile(text->str, &want, code, &type, &w);
        /* find_memory() of this test reports nothing by itself */
        const bool memory = strstr(text->str, "seen(") || strstr(text->str, "picked(");
        silent += good ? code->len == 0 : (code->len > 0 || (!w.problems[0] && !memory));
    }
    is_int(silent, 0, "noise is compiled or complained about, never neither");
    g_rand_free(r);
}

static const struct {
    const char *text;
    enum story_type type;
    const char *problems; /* NULL: none */
} cases[] = {
    {"a", STORY_BOOL, NULL},
    {"  not (a or b)  ", STORY_BOOL, NULL},
    {"not a == b", STORY_BOOL, NULL},
    {"x - -1 > - 2", STORY_BOOL, NULL},
    {"größe > 3", STORY_BOOL, NULL},
    {"(single) == t", STORY_BOOL, NULL},
    {"(  single ) == t", STORY_BOOL, NULL},
    {"t == ( ( single) )", STORY_BOOL, NULL},
    {"( gröö) == t", STORY_BOOL, "E206:2+6"},
    {"( gröö) + 1", STORY_INT, "E204:2+6"},
    {"max( nobody, 3, a)", STORY_INT, "E204:5+6 E302:16+1"},
    {"t == u", STORY_BOOL, "E302:0+6"},
    {"x", STORY_BOOL, "E303:0+1"},
    {"t", STORY_BOOL, "E303:0+1"},
    {"a + 1", STORY_INT, "E302:0+1"},
    {"a and x and 3", STORY_BOOL, "E302:6+1 E302:12+1"},
    {"not x", STORY_BOOL, "E302:4+1"},
    {"t < single", STORY_BOOL, "E305:0+1"},
    {"t == singel", STORY_BOOL, "E206:5+6"},
    {"singel == none", STORY_BOOL, "E204:0+6 E204:10+4"},
    {"1 < x < 5", STORY_BOOL, "E306:6+1"},
    {"a == not b", STORY_BOOL, "E301:5+3"},
    {"a = b", STORY_BOOL, "E301:2+1"},
    {"a && b", STORY_BOOL, "E301:2+2"},
    {"!a", STORY_BOOL, "E301:0+1"},
    {"x / 2", STORY_INT, "E301:2+1"},
    {"2x", STORY_INT, "E301:0+2"},
    {"1.5", STORY_INT, "E301:0+2"},
    {"x > 1000000001", STORY_BOOL, "E309:4+10"},
    {"", STORY_BOOL, "E301:0+1"},
    {"(a", STORY_BOOL, "E301:2+1"},
    {"a)", STORY_BOOL, "E301:1+1"},
    {"a b", STORY_BOOL, "E301:2+1"},
    {"min(x)", STORY_INT, "E310:0+6"},
    {"min(x, 1, größe) + max(2, 3)", STORY_INT, NULL},
    {"seen()", STORY_BOOL, "E310:5+1"},
    {"asked()", STORY_BOOL, "E310:6+1"},
    {"asked(which-way, left)", STORY_BOOL, "E310:15+1"},
    {"seen(the-hall, b)", STORY_BOOL, "E310:13+1"},
    {"picked(which-way)", STORY_BOOL, "E310:16+1"},
    {"sen(the-hall)", STORY_BOOL, "E208:0+3"},
    {"nix and niy", STORY_BOOL, "E204:0+3 E204:8+3"},
};

static void test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct expr_want want = {.type = cases[i].type, .code = "E303", .target = "it"};
        g_autoptr(GArray) code = g_array_new(FALSE, FALSE, sizeof(struct story_code));
        struct world w;
        enum story_type type;
        const bool good = compile(cases[i].text, &want, code, &type, &w);
        is_str(good ? NULL : w.problems, cases[i].problems, cases[i].text);
    }
}

/* Just within and just beyond each limit. */
static void test_limits(void)
{
    static const struct {
        const char *open, *middle, *close;
        int n;
        bool good;
    } nests[] = {
        {"(", "a", ")", STORY_EXPR_DEPTH_MAX, true},
        {"(", "a", ")", STORY_EXPR_DEPTH_MAX + 1, false},
        {"not ", "a", "", STORY_EXPR_DEPTH_MAX, true},
        {"not ", "a", "", STORY_EXPR_DEPTH_MAX + 1, false},
        {"a or ", "a", "", 800, true},
        {"a or ", "a", "", 820, false},
        {"(", "", "", 4000, false},
        {"a and (", "a", ")", 40, true},
        {"a or b and (", "a", ")", 40, false},
    };
    const struct expr_want want = {.type = STORY_BOOL, .code = "E303", .target = "it"};
    for (size_t i = 0; i < G_N_ELEMENTS(nests); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GArray) code = g_array_new(FALSE, FALSE, sizeof(struct story_code));
        struct world w;
        enum story_type type;
        for (int n = 0; n < nests[i].n; n++)
            g_string_append(text, nests[i].open);
        g_string_append(text, nests[i].middle);
        for (int n = 0; n < nests[i].n; n++)
            g_string_append(text, nests[i].close);
        const bool good = compile(text->str, &want, code, &type, &w);
        ok(good == nests[i].good, "%d times `%s…%s`: %s", nests[i].n, nests[i].open, nests[i].close,
           good ? "compiled" : w.problems);
        ok(good || g_str_has_prefix(w.problems, "E307"), "refused as too large");
    }
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20261;
    test_cases();
    test_limits();
    test_random(seed);
    test_noise(seed);
    return tap_done();
}
