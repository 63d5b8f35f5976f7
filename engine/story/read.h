/*
 * read: reads the values of the format out of YAML nodes. Internal to story/, but for what needs no builder.
 *
 * Mappings are read by tables with one row per key. Every reader reports what is wrong by itself and then returns
 * false (or -1, NULL or a broken target); its caller goes on without the value. Nodes that were reported before
 * (YML_BROKEN) are skipped silently.
 */
#pragma once

#include "story/builder.h"
#include "story/expr.h"

/* Reads the value of `key`. `into` is what the caller of read_map() passed. */
typedef void (*read_key)(struct builder *b, const struct yml_node *key, void *into);

struct read_row {
    const char *name; /* NULL ends the table */
    read_key read;
    bool required;
};

/* How a required key is written; NULL: there is no example that fits everywhere. */
const char *read_key_example(const char *key);

/*
 * Reads every key of the mapping `map` by its row; at most 64 rows. `what` names the mapping in messages ("a node"),
 * and missing keys are reported at `at`. False if `map` is not a mapping.
 */
bool read_map(struct builder *b, const struct yml_node *map, const struct read_row *rows, void *into, const char *what,
              const struct yml_node *at);

/* The same for a mapping that leaves out the keys of another, `defaults`, which may be NULL (story/shared.h). */
bool read_map_with(struct builder *b, const struct yml_node *map, const struct yml_node *defaults,
                   const struct read_row *rows, void *into, const char *what, const struct yml_node *at);

/* The row of a key; NULL if there is none, which is reported. */
const struct read_row *read_find_row(struct builder *b, const struct read_row *rows, const struct yml_node *key,
                                     const char *what);

/* Does the key have a value? Reports E116 if not. */
bool read_present(struct builder *b, const struct yml_node *key);

/* The key of this name, or NULL. */
const struct yml_node *read_find(const struct yml_node *map, const char *name);

/* Has the mapping this key, or one that is no row but nearly so written? What is reported as misspelt is not missing, too. */
bool read_means(const struct yml_node *map, const struct read_row *rows, const char *name);

/* A scalar with 1 to `max` bytes; NULL if it is something else. Borrowed from the node. */
const char *read_text(struct builder *b, const struct yml_node *v, size_t max);

/* Can this be a name? `strict` as below. Any thread. */
bool read_is_name(const char *text, bool strict);

/* Is the scalar a name? `strict`: the name of a variable or an enum's value, which stands in expressions. */
bool read_check_name(struct builder *b, const struct yml_node *v, bool strict);
const char *read_name(struct builder *b, const struct yml_node *v, bool strict); /* borrowed from the node, or NULL */

/* The name of a prop, or a list of them. Their indices are appended to `props` (int32_t). */
struct story_span read_used_props(struct builder *b, const struct yml_node *v, GArray *props);

/* The name of an act: its index, or -1. */
int32_t read_act(struct builder *b, const struct yml_node *v);

bool read_int(struct builder *b, const struct yml_node *v, int64_t min, int64_t max, int32_t *out);
bool read_bool(struct builder *b, const struct yml_node *v, bool *out);
/* The time that a text tells ("8s", "01:31.400"). False: it is none. Any thread. */
bool read_time_text(const char *text, int64_t *us);
bool read_time(struct builder *b, const struct yml_node *v, int64_t *us);

/* The index of the word in `list`, which ends with NULL; or -1. */
int read_word(struct builder *b, const struct yml_node *v, const char *const *list);

/* What a file is for, as far as a message about a missing one must know. */
enum read_file { READ_FILM, READ_PICTURE, READ_SOUND, READ_SUBTITLES, READ_SIGNS };

/* A path that the story may use, kept by the story. A file that does not exist is only a warning. */
const char *read_path(struct builder *b, const struct yml_node *v, enum read_file file);

/* The path of a file to be included, kept by the story. */
const char *read_include(struct builder *b, const struct yml_node *v);

/* `was`: the names that a thing had before, the oldest first; a span of b->former. `strict` as in read_name(). */
struct story_span read_was(struct builder *b, const struct yml_node *v, bool strict);

/* A language tag, kept by the story. */
const char *read_language(struct builder *b, const struct yml_node *v);

/* A condition. The index of the expression, which is compiled later, even if its text is broken. */
int32_t read_condition(struct builder *b, const struct yml_node *v);

/* The condition `text`, which is as long as what stands at `v` in its place, so that messages about it point there. */
int32_t read_condition_as(struct builder *b, const struct yml_node *v, const char *text);

/* One effect or a list of them: a span of b->effects. */
struct story_span read_effects(struct builder *b, const struct yml_node *v);

/* Readers of the keys that everything may have: note and todo are texts, meta is anything. */
void read_note(struct builder *b, const struct yml_node *key, void *into);
void read_meta(struct builder *b, const struct yml_node *key, void *into);

/* For values that may be single or a list: the first item, or the value itself; then the next item, or NULL. */
static inline const struct yml_node *read_first(const struct yml_node *v)
{
    return v->kind == YML_LIST ? v->first : v;
}
static inline const struct yml_node *read_next(const struct yml_node *v, const struct yml_node *item)
{
    return v->kind == YML_LIST ? item->next : NULL;
}
