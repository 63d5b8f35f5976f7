/*
 * yaml_tree: which bytes of a YAML text each of its nodes takes, for edits that leave everything else as it is written.
 *
 * Works on libyaml's events, like story/yml.h, which reads stories and knows only where nodes begin. Here an alias stays an alias, and
 * nothing is refused but what is no YAML, or nested too deeply. yaml_tree_new(), then look; yaml_tree_free(). The source is borrowed. Pure; one thread at a time.
 */
#pragma once

#include "story/source_text.h"

#include <glib.h>
#include <stdbool.h>

enum yaml_shape { YAML_SHAPE_SCALAR, YAML_SHAPE_LIST, YAML_SHAPE_MAP, YAML_SHAPE_ALIAS };

struct yaml_node {
    enum yaml_shape shape;
    bool flow;                /* a list or mapping in brackets or braces */
    char quote;               /* scalars: 0 plain, ' or ", | for literal and folded ones */
    gsize from, to;           /* bytes of src->bytes, anchors and tags with them; without blanks and comments behind */
    char *text;               /* scalars: what they say; else NULL */
    struct yaml_node *parent; /* NULL: the root */
    GPtrArray *children;      /* struct yaml_node: a list's items; a mapping's keys and values in turn; else NULL */
    guint index;              /* among the parent's children */
};

/* NULL: it is no YAML. */
struct yaml_node *yaml_tree_new(struct source_text *src);
void yaml_tree_free(struct yaml_node *root); /* accepts NULL */

/* The innermost node that holds the byte, or that begins or ends there. */
struct yaml_node *yaml_tree_at(struct yaml_node *root, gsize byte);

/* The value of a mapping's key, or NULL. */
struct yaml_node *yaml_tree_value(const struct yaml_node *map, const char *key);

/* The value behind a key, and the key before a value; NULL for what is neither. */
struct yaml_node *yaml_tree_value_of(const struct yaml_node *key);
struct yaml_node *yaml_tree_key_of(const struct yaml_node *value);
