/*
 * lexer: the tokens of an expression, one after the other. For story/, and for edit/, which
 * looks for names.
 *
 * A plain value: set env and text and leave the rest zero, then call lexer_next() for each token. Problems go to
 * env->problem, or nowhere if env is NULL. After a syntax error there are no more tokens and no more problems.
 */
#pragma once

#include "story/expr_env.h"

#include <glib.h>

enum token {
    T_END,
    T_BAD, /* a sign that other languages have; it was reported */
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
    enum token token;    /* the current one */
    uint32_t at, len;    /* where it stands in the text, in bytes */
    uint32_t end_before; /* where the token before it ended */
    int64_t number;      /* the value of T_NUMBER */
    bool failed;         /* something was reported */
    bool stopped;        /* a syntax error: nothing after it makes sense */
};

/*
 * Reads the next token. `dashes`: a name of a node, decision or option is expected here, which may contain `-` and
 * begin with a digit, and is never a word of the language.
 */
void lexer_next(struct lexer *l, bool dashes);

/* Reports a problem at `len` bytes from `at` on. Nothing is reported any more once the lexer has stopped. */
G_GNUC_PRINTF(6, 7)
void lexer_report(struct lexer *l, const char *code, uint32_t at, uint32_t len, const char *advice, const char *format,
                  ...);

/* Ends the tokens: after a syntax error, what follows makes no sense. */
void lexer_stop(struct lexer *l);

/* Can it be the name of a variable: letters, digits and _, not a digit first, and not a word of the language? */
bool lexer_is_name(const char *text);
