/*
 * yml_place: within what a place of a YAML text stands, also while the text is being typed and does not parse.
 *
 * The place is marked by one character, YML_PLACE_MARK. Only what comes before it has to be YAML; what is open there, and how deep,
 * is what libyaml has told when it comes to the mark. Pure; any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define YML_PLACE_MARK "\uE0FF" /* of the private use area: nobody writes it */

struct yml_step {
    char *key;       /* the mapping's key whose value this is; NULL: an item of a list */
    GPtrArray *keys; /* char *: those of the collection that stand before the mark; lists have none */
};

struct yml_place {
    GPtrArray *steps; /* struct yml_step, from the root down to the collection that holds the mark */
    bool is_key;      /* the mark stands in a key */
    bool is_item;     /* in an item of a list */
    char quote;       /* of the text in which it stands: 0 plain, ' or ", | for literal and folded ones */
    char *text;       /* that text, the mark in it */
};

/* NULL: the mark stands in a comment, behind a mistake, or nowhere. The caller frees it with yml_place_free(). */
struct yml_place *yml_place_find(const char *text, gsize len);
void yml_place_free(struct yml_place *p); /* accepts NULL */
