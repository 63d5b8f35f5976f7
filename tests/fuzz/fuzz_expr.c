/*
 * Compiles any text as an expression, where a condition, a number and an enum's value are wanted: either problems are
 * told, each at a place in the text, or the code is sound and computes a value of its type in every state.
 */
#include "file.h"
#include "play/play.h"
#include "story/expr.h"
#include "story_model.h"

#include <string.h>

static const char *const names[] = {"none", "single", "day"};
static const struct story_var vars[] = {
    {.name = "a", .type = STORY_BOOL, .max = 1},
    {.name = "x", .type = STORY_INT, .min = -9, .max = 9},
    {.name = "größe", .type = STORY_INT, .min = -STORY_INT_MAX, .max = STORY_INT_MAX},
    {.name = "t", .type = STORY_ENUM, .max = 2, .values = {0, 3}},
    {.name = "u", .type = STORY_ENUM, .max = 1, .values = {0, 2}},
};
enum { N_VARS = G_N_ELEMENTS(vars), SEEN = 0, COUNT, PICKED, N_MEMORIES };

struct told {
    size_t length; /* of the text */
    int problems;
};

static int32_t find_var(void *user, const char *name, bool *broken)
{
    (void)user;
    *broken = strcmp(name, "u") == 0;
    for (int i = 0; i < N_VARS; i++)
        if (strcmp(vars[i].name, name) == 0)
            return i;
    return -1;
}

static void on_problem(void *user, const struct expr_problem *p)
{
    struct told *t = user;
    g_assert_cmpuint(strlen(p->code), ==, 4);
    g_assert_true(*p->message && g_utf8_validate(p->message, -1, NULL));
    g_assert_true(!p->advice || g_utf8_validate(p->advice, -1, NULL));
    g_assert_true(p->at <= t->length && p->at + p->len <= t->length + 1);
    t->problems++;
}

/* An unknown name is told by the caller of the compiler. */
static int32_t find_memory(void *user, enum story_memory_kind kind, const struct expr_name *n)
{
    struct told *t = user;
    const bool known = strcmp(n[0].text, "the-hall") == 0 && (kind != STORY_PICKED || n[1].text);
    g_assert_true(n[0].at + n[0].len <= t->length && strlen(n[0].text) == n[0].len);
    t->problems += !known;
    return !known ? -1 : kind == STORY_SEEN ? SEEN : kind == STORY_COUNT ? COUNT : PICKED; /* asked() is a bool, too */
}

static void check_value(const struct story *s, int32_t fill)
{
    int32_t state[PLAY_VALUES + N_VARS + N_MEMORIES] = {0};
    for (int i = 0; i < N_VARS; i++)
        state[PLAY_VALUES + i] = CLAMP(fill, vars[i].min, vars[i].max);
    state[PLAY_VALUES + N_VARS + SEEN] = state[PLAY_VALUES + N_VARS + PICKED] = fill > 0;
    state[PLAY_VALUES + N_VARS + COUNT] = MAX(fill, 0);
    const int32_t value = play_eval(s, state, 0);
    if (s->exprs->type == STORY_BOOL)
        g_assert_true(value == 0 || value == 1);
    if (s->exprs->type == STORY_ENUM)
        g_assert_true(value >= 0 && value <= 2);
}

static void compile(const char *text, const struct expr_want *want)
{
    struct told told = {.length = strlen(text)};
    const struct expr_env env = {&told, vars, N_VARS, names, find_var, find_memory, on_problem};
    g_autoptr(GArray) code = g_array_new(FALSE, FALSE, sizeof(struct story_code));
    enum story_type type;
    if (!expr_compile(&env, text, want, code, &type)) {
        g_assert_true(code->len == 0 && (told.problems > 0 || strchr(text, 'u')));
        return;
    }
    g_assert_true(told.problems == 0 && type == want->type);
    struct story_expr expr = {.source = text, .type = type, .code = {0, (int32_t)code->len}};
    struct story s = {.exprs = &expr, .n_exprs = 1, .n_vars = N_VARS, .n_memories = N_MEMORIES};
    s.code = (struct story_code *)(void *)code->data;
    s.n_code = (int32_t)code->len;
    g_assert_true(model_expr(&s, &expr));
    for (int i = 0; i < 3; i++)
        check_value(&s, (const int32_t[]){0, INT32_MAX, INT32_MIN}[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct expr_want wants[] = {
        {STORY_BOOL, -1, "E302", "a condition"}, {STORY_INT, -1, "E302", "`x`"}, {STORY_ENUM, 3, "E302", "`t`"}};
    g_autofree char *text = g_strndup((const char *)data, size);
    if (!g_utf8_validate(text, -1, NULL)) /* YAML has seen to that */
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(wants); i++)
        compile(text, &wants[i]);
    return 0;
}
