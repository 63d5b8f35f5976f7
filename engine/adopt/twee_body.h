/*
 * twee_body: what stands in a passage: words, links, what is set, and under which conditions. Pure; any thread.
 */
#pragma once

#include "adopt/twee_expr.h"

enum twee_step_kind { TWEE_SET, TWEE_LINK, TWEE_GOTO };

/* One thing that a passage does. The steps of a link are what following it does. */
struct twee_step {
    enum twee_step_kind kind;
    int line;                     /* of the file */
    const struct twee_expr *when; /* NULL: always */
    int since,
        until; /* how many TWEE_SET steps came before the first, and before the last of its parts was looked at */
    int chain,
        branch; /* in which `if` of its list it stands, from 1, and in which branch of it, from 0; 0: in none, or in one within another */
    bool otherwise;                /* the branch is the `else` */
    char *name;                    /* the variable; what a link says */
    char *target;                  /* a passage's name, or NULL */
    const struct twee_expr *value; /* TWEE_SET */
    GPtrArray *steps;              /* TWEE_LINK: of struct twee_step */
};

/* What no story has a word for. */
struct twee_left {
    int line;
    const char *why; /* static */
    char *what;      /* as it is written */
};

struct twee_body {
    char *card;       /* the words that are always shown */
    char *script;     /* all words */
    GPtrArray *steps; /* struct twee_step */
    GArray *left;     /* struct twee_left */
};

/* What passages include of each other. */
struct twee_library {
    enum twee_format format;
    GHashTable *passages; /* name to struct twee_passage, the first of its name */
    gsize budget;         /* how many bytes passages may still include; each counts as often as it is included */
};

/* `own` keeps the expressions, and must outlive the result, as must the passages. */
struct twee_body *twee_body_parse(const struct twee_passage *p, struct twee_library *library, GPtrArray *own);
void twee_body_free(struct twee_body *b); /* accepts NULL */

/* A TWEE_SET of one's own, for a list of steps. */
struct twee_step *twee_step_set(int line, const char *variable, const struct twee_expr *value);

/* `what` is copied, up to a length that fits a line. */
void twee_leave(GArray *left, int line, const char *why, const char *what, gsize len);
GArray *twee_left_new(void);
