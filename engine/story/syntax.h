/*
 * syntax: what a writer most likely did where YAML's parser could not go on. Internal to story/.
 *
 * libyaml says what it missed ("did not find expected key") at the place where it noticed, which may be lines behind the
 * mistake. syntax_explain() looks at the lines around that place for the usual mistakes and names the characters to
 * change, and what to write instead. It only guesses: where nothing fits, it repeats what libyaml said.
 */
#pragma once

#include "story/source_text.h"

#include <glib.h>

/* A message, with lookalike_name(). */
#define SYNTAX_ODD_BLANK "here stands %s, which YAML does not take for a blank"

/* What to do about it: one that has a width was meant as a blank. */
const char *syntax_blank_advice(gunichar c);

/* A `-` without a blank behind it, before a brace or bracket. */
#define SYNTAX_DASH        "a blank is missing behind the `-`"
#define SYNTAX_DASH_ADVICE "an item of a list begins with `- `; put a text that begins so in double quotes"

/* Where the parser stopped, and in what. Lines and columns from 1, columns in characters. */
struct syntax_stop {
    const char *problem;      /* libyaml's words */
    const char *inside;       /* in what it was, libyaml's words; or NULL: nothing in particular */
    uint32_t line, col;       /* of the problem */
    uint32_t in_line, in_col; /* where `inside` began */
};

/* The caller frees message and advice. */
struct syntax_mistake {
    uint32_t line, col, len;
    char *message, *advice; /* advice may be NULL */
};

struct syntax_mistake syntax_explain(struct source_text *src, const struct syntax_stop *stop);

/* Bytes that are not UTF-8: the one at `offset`, or the whole file, if it is in another encoding; line 0 then. `problem`:
 * libyaml's words. */
struct syntax_mistake syntax_explain_bytes(struct source_text *src, size_t offset, const char *problem);

void syntax_mistake_clear(struct syntax_mistake *m);
