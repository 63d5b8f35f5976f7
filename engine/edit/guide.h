/*
 * guide: what may stand where in a story, from the JSON Schema that the program carries (stories/story.schema.json): keys and what
 * they mean, words to choose from, and by its keyword "role" what a text is: a name that is declared or used, an expression, an
 * effect, a text with fields, a file.
 *
 * All alternatives of the schema are taken together: a guide says what is possible, `check` says what is right. guide_new() once;
 * guides belong to it and live as long. One thread at a time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum name_kind {
    NAME_NONE,
    NAME_NODE, /* nodes and routes share one set of names */
    NAME_ROUTE,
    NAME_ENDING,
    NAME_DECISION,
    NAME_OPTION, /* of a decision */
    NAME_VARIABLE,
    NAME_VALUE, /* of a variable */
    NAME_MEDIUM,
    NAME_TRAIT,
    NAME_PROP,
    NAME_ACT,
    NAME_CUES,
    NAME_LANGUAGE,
    NAME_KINDS,
    NAME_GOAL = NAME_KINDS, /* a node or an ending: only in roles */
};

enum role_form { ROLE_NOTHING, ROLE_DECLARES, ROLE_NAMES, ROLE_EXPRESSION, ROLE_EFFECT, ROLE_FIELDS, ROLE_FILE };

struct role {
    enum role_form form;
    enum name_kind kind; /* of ROLE_DECLARES and ROLE_NAMES */
    bool back;           /* `back(decision)` and `again(decision)` may stand here, too */
};

struct guide;
struct guides;

struct guides *guides_new(void);
void guides_free(struct guides *g); /* accepts NULL */

/* Of a whole file: the main file of a story, or one that it includes. */
const struct guide *guides_root(struct guides *g, bool main_file);

/* What belongs under a key, into a list, what the keys of a mapping with free names are. NULL: nothing is known of it. */
const struct guide *guide_key(const struct guide *g, const char *key);
const struct guide *guide_item(const struct guide *g);
const struct guide *guide_names(const struct guide *g);

/* What a text here is; of the guide of guide_names(), what the keys are. */
struct role guide_role(const struct guide *g);

/* The keys that a mapping may have, in the schema's order (char *), and whether a mapping or a list can be here at all. Borrowed. */
const GPtrArray *guide_keys(const struct guide *g);
bool guide_requires(const struct guide *g,
                    const char *key);         /* whatever else there is; not one of several that would do */
bool guide_is_mapping(const struct guide *g); /* with known keys, or with free ones */
bool guide_is_list(const struct guide *g);

/* The words to choose from (char *), `true` and `false` among them where a yes or no belongs. Borrowed. */
const GPtrArray *guide_words(const struct guide *g);

/* What stands here, in a sentence or more; NULL: the schema does not say. Borrowed. */
const char *guide_text(const struct guide *g);

/* "node", "enum value": for people. */
const char *name_kind_word(enum name_kind kind);
