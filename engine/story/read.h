/*
 * read: reads values of the format out of YAML nodes. Internal to story/.
 *
 * Mappings are read by tables: one row per key. Each reader reports what is wrong by itself and returns false (or -1,
 * or a broken target) then; the caller goes on without the value. Nodes that were reported before (YML_BROKEN) are
 * passed in silence.
 */
#pragma once

#include "story/builder.h"
#include "story/expr.h"

/* Reads the value of `key`; `into` is what the caller of read_map() gave. */
typedef void (*read_key)(struct builder *b, const struct yml_node *key, void *into);

struct read_row {
    const char *name; /* NULL ends the table */
    read_key read;
    bool required;
};

/*
 * Every key of the mapping `map` by its row (at most 64 of them). `what` is the mapping for messages: "a node"; `at`
 * where missing keys are reported. False if `map` is no mapping.
 */
bool read_map(struct builder *b, const struct yml_node *map, const struct read_row *rows, void *into, const char *what,
              const struct yml_node *at);

/* The row of a key, or NULL and reported. */
const struct read_row *read_find_row(struct builder *b, const struct read_row *rows, const struct yml_node *key,
                                     const char *what);

/* Is the value there at all? Reports E116. */
bool read_present(struct builder *b, const struct yml_node *key);

const struct yml_node *read_find(const struct yml_node *map, const char *name); /* a key, or NULL */

/* A scalar that is not empty, of at most `max` bytes. Borrowed from the node. NULL if it is something else. */
const char *read_text(struct builder *b, const struct yml_node *v, size_t max);

/* A name (variables' and enum values': `strict`). */
bool read_check_name(struct builder *b, const struct yml_node *v, bool strict);
const char *read_name(struct builder *b, const struct yml_node *v, bool strict);

/* A name or a list of names of props, appended to `props` (int32_t) as indices. */
struct story_span read_used_props(struct builder *b, const struct yml_node *v, GArray *props);

bool read_int(struct builder *b, const struct yml_node *v, int64_t min, int64_t max, int32_t *out);
bool read_bool(struct builder *b, const struct yml_node *v, bool *out);
bool read_time(struct builder *b, const struct yml_node *v, int64_t *us);

/* Index in a list of words that ends with NULL, -1. */
int read_word(struct builder *b, const struct yml_node *v, const char *const *list);

/* A path that may be used; missing ones are a warning. Kept by the story. */
const char *read_path(struct builder *b, const struct yml_node *v);

/* The same for a file to be included, which must be there. */
const char *read_include(struct builder *b, const struct yml_node *v);

/* A language tag. Kept by the story. */
const char *read_language(struct builder *b, const struct yml_node *v);

/* A condition; index of the expression, or -1. */
int32_t read_condition(struct builder *b, const struct yml_node *v);

/* One or many effects. */
struct story_span read_effects(struct builder *b, const struct yml_node *v);

/* Readers of keys that everything has: note, todo (text), meta (anything). */
void read_note(struct builder *b, const struct yml_node *key, void *into);
void read_meta(struct builder *b, const struct yml_node *key, void *into);

/* First of a list's items, or the value itself where one is enough; then ->next if it is a list. */
static inline const struct yml_node *read_first(const struct yml_node *v)
{
    return v->kind == YML_LIST ? v->first : v;
}
static inline const struct yml_node *read_next(const struct yml_node *v, const struct yml_node *item)
{
    return v->kind == YML_LIST ? item->next : NULL;
}
