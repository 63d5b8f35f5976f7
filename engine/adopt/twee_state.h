/*
 * twee_state: the variables of a Twine story, which have no types, as those of a story, which have; and expressions over them.
 *
 * The variables of other documents that know no types (adopt/moments_import.h) become those of a story in the same way.
 *
 * The type of a variable follows from the values that it is given and compared with: all true or false, all texts, or all whole
 * numbers. Where they differ, the variable is none that a story can have. Pure; any thread.
 */
#pragma once

#include "adopt/twee_expr.h"

enum twee_type { TWEE_NO_TYPE, TWEE_IS_BOOL, TWEE_IS_INT, TWEE_IS_ENUM };

struct twee_variable {
    char *id;
    enum twee_type type;
    bool bools, ints, texts; /* which values were seen */
    int min, max;            /* of the numbers seen, and then of the range */
    bool grows, shrinks;     /* numbers are added to it, and taken away */
    int step;                /* the largest of these */
    GPtrArray *values;       /* char *: the texts, in the order seen */
    GPtrArray *words;        /* char *: what they are called in the story */
    char *initial;           /* or NULL */
};

struct twee_state {
    GHashTable *variables; /* the name in the twee -> struct twee_variable */
    GPtrArray *names;      /* in the order seen; borrowed */
    GHashTable *ids;       /* of the variables, and once there are helpers of the values, too */
    bool helped;
    bool all_begin;     /* every variable has a value at the beginning, so no text needs one for what is not set yet */
    const char *origin; /* the key under which a variable's own name is kept where it had to change; static */
    const GHashTable *nodes; /* passage's name -> node's name; borrowed */
};

struct twee_state *twee_state_new(const GHashTable *nodes);
void twee_state_free(struct twee_state *s);

/* First, everything that is set and compared is shown; then the types are settled. */
void twee_state_see_set(struct twee_state *s, const char *name, const struct twee_expr *value);
void twee_state_see(struct twee_state *s, const struct twee_expr *e);
void twee_state_settle(struct twee_state *s);

/* A variable of the story's own that is true or false, once the types are settled: its name, owned by `s`. `after`: what it is for. */
const char *twee_state_helper(struct twee_state *s, const char *after);

/* Makes the literal the variable's value at the beginning. False: it can't be. */
bool twee_state_begin(struct twee_state *s, const char *name, const struct twee_expr *value);

/* Appends the expression as a story writes it. False: it can't; then `out` is as before. */
bool twee_state_condition(const struct twee_state *s, const struct twee_expr *e, GString *out);
bool twee_state_effect(const struct twee_state *s, const char *name, const struct twee_expr *value, GString *out);

/* `state:`, or nothing where there are no variables. */
void twee_state_write(const struct twee_state *s, GString *out);

/* A valid name that `taken` does not have yet, made of `text`, and put into it. Collisions are numbered. `word`: for expressions, where `-` is
 * minus. Owned by `taken`. */
const char *twee_name(GHashTable *taken, const char *text, const char *usual, bool word);

/* A line of a story: `key` as it is, with its blanks and colon, then the text, or its first `most` bytes. */
void twee_text(const char *key, const char *text, gsize most, GString *out);
