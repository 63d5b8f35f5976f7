/*
 * lexer: the tokens of an expression, one after the other. Private to story.
 *
 * A plain value: set env and text, the rest zero; then lexer_next() for each token. What is wrong goes to env->problem;
 * after a syntax error there are no more tokens and no more problems.
 */
#pragma once

#include "story/expr_env.h"

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

struct lexer {
    const struct expr_env *env;
    const char *text;
    enum token token; /* the current one */
    uint32_t at, len;
    uint32_t end_before; /* where the token before it ended */
    int64_t number;
    bool failed;  /* something was reported */
    bool stopped; /* a syntax error: nothing after it makes sense */
};

/* On to the next token. dashes: names of nodes, decisions and options contain them, and begin with digits, too; then no
 * name is a word of the language. */
void lexer_next(struct lexer *l, bool dashes);

G_GNUC_PRINTF(6, 7)
void lexer_report(struct lexer *l, const char *code, uint32_t at, uint32_t len, const char *advice, const char *format,
                  ...);
void lexer_stop(struct lexer *l);

/* Is it a name that an expression can hold: letter first, letters, digits, _; no word of the language? */
bool lexer_is_name(const char *text);
