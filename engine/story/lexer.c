#include "story/lexer.h"
#include "base/lookalike.h"
#include "story/limits.h"
#include "story/syntax.h"

#include <assert.h>
#include <string.h>

/* Places only move forward, and once stopped there are no more tokens. */
static bool lexer_check(const struct lexer *l)
{
    assert(!l->stopped || (l->failed && l->token == T_END));
    assert(l->end_before <= l->at);
    assert(memchr(l->text + l->at, '\0', l->len) == NULL); /* a token lies within the text */
    return true;
}

static const struct {
    const char *word;
    enum token token;
} keywords[] = {{"or", T_OR}, {"and", T_AND}, {"not", T_NOT}, {"true", T_TRUE}, {"false", T_FALSE}};

/* Longer signs come first. Those that other languages have say what to write instead. */
static const struct {
    const char *sign;
    enum token token;
    const char *advice;
} signs[] = {
    {"==", T_EQ, NULL},
    {"!=", T_NE, NULL},
    {"<=", T_LE, NULL},
    {">=", T_GE, NULL},
    {"\u2265", T_BAD, "write `>=`"},
    {"\u2264", T_BAD, "write `<=`"},
    {"\u2260", T_BAD, "write `!=`"},
    {"\u2212", T_BAD, "write `-`, the minus sign of the keyboard"},
    {"\u2013", T_BAD, "write `-`, the minus sign of the keyboard"},
    {"\u00D7", T_BAD, "write `*`"},
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

void lexer_report(struct lexer *l, const char *code, uint32_t at, uint32_t len, const char *advice, const char *format,
                  ...)
{
    l->failed = true;
    if (l->stopped || !l->env)
        return;
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    l->env->problem(l->env->user, &(struct expr_problem){code, at, MAX(len, 1), message, advice});
}

void lexer_stop(struct lexer *l)
{
    l->failed = l->stopped = true;
    l->token = T_END;
}

static bool is_name_start(gunichar ch)
{
    if (ch < 0x80)
        return ch == '_' || g_ascii_isalpha((char)ch);
    return ch == '_' || g_unichar_isalpha(ch);
}

static bool is_name_part(gunichar ch)
{
    if (ch < 0x80)
        return ch == '_' || g_ascii_isalnum((char)ch);
    return is_name_start(ch) || g_unichar_isdigit(ch) || g_unichar_ismark(ch);
}

/* How many bytes the name at p has, or 0. `dashes`: as in lexer_next(). */
static uint32_t name_len(const char *p, bool dashes)
{
    const char *q = p;
    while (g_ascii_isalpha(*q) || *q == '_') /* a fast path for most names */
        q++;
    while (*q && (is_name_part(g_utf8_get_char(q)) || (dashes && *q == '-' && q > p)))
        q = g_utf8_next_char(q);
    if (q > p && !dashes && !is_name_start(g_utf8_get_char(p)))
        return 0;
    return (uint32_t)(q - p);
}

static void lex_number(struct lexer *l, const char *p)
{
    const char *q = p;
    int64_t n = 0;
    for (; g_ascii_isdigit(*q); q++)
        n = MIN(n * 10 + (*q - '0'), (int64_t)STORY_INT_MAX + 1);
    l->token = T_NUMBER;
    l->len = (uint32_t)(q - p);
    l->number = n;
    if (name_len(q, false) > 0 || *q == '.') {
        lexer_report(l, "E301", l->at, l->len + 1, "numbers are whole, and names begin with a letter",
                     "this is not a number");
        lexer_stop(l);
    } else if (n > STORY_INT_MAX) {
        lexer_report(l, "E309", l->at, l->len, "count in larger steps", "numbers go up to %d", STORY_INT_MAX);
    }
}

static void lex_sign(struct lexer *l, const char *p)
{
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        const size_t n = strlen(signs[i].sign);
        if (strncmp(p, signs[i].sign, n) != 0)
            continue;
        l->token = signs[i].token;
        l->len = (uint32_t)n;
        if (l->token == T_BAD) {
            lexer_report(l, "E301", l->at, l->len, signs[i].advice, "`%s` is not used in expressions", signs[i].sign);
            lexer_stop(l);
        }
        return;
    }
    char ch[7] = {0};
    const gunichar c = g_utf8_get_char(p);
    g_unichar_to_utf8(c, ch);
    g_autofree char *name = c >= 0x80 ? lookalike_name(c) : g_strdup_printf("`%s`", ch);
    lexer_report(l, "E301", l->at, (uint32_t)strlen(ch),
                 lookalike_is_quote(c)   ? "write values of enums without quotes"
                 : lookalike_is_blank(c) ? syntax_blank_advice(c)
                                         : "remove it, or quote the whole text if it is none of an expression",
                 "%s can't stand in an expression", name);
    lexer_stop(l);
}

void lexer_next(struct lexer *l, bool dashes)
{
    if (l->stopped)
        return;
    l->end_before = l->at + l->len;
    l->at = l->end_before;
    while (g_ascii_isspace(l->text[l->at]))
        l->at++;
    const char *p = l->text + l->at;
    l->len = 0;
    l->token = T_END;
    if (!*p)
        return;
    if ((l->len = name_len(p, dashes)) > 0) {
        l->token = T_NAME;
        for (size_t i = 0; i < G_N_ELEMENTS(keywords) && !dashes; i++)
            if (p[0] == keywords[i].word[0] && strlen(keywords[i].word) == l->len &&
                strncmp(p, keywords[i].word, l->len) == 0)
                l->token = keywords[i].token;
    } else if (g_ascii_isdigit(*p)) {
        lex_number(l, p);
    } else {
        lex_sign(l, p);
    }
    assert(lexer_check(l));
}

bool lexer_is_name(const char *text)
{
    static const char *const reserved[] = {"or",  "and",  "not",   "true",   "false", "min",
                                           "max", "seen", "count", "picked", "toggle"};
    for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++)
        if (strcmp(text, reserved[i]) == 0)
            return false;
    return *text && name_len(text, false) == strlen(text);
}
