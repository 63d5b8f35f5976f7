/*
 * read_inscription: reads the words that the engine writes into a node's picture. Internal to story/.
 */
#pragma once

#include "story/read.h"

/* The value of `key`: one inscription or a list of them. `node`: the name of their node. A span of b->inscriptions. */
struct story_span read_inscriptions(struct builder *b, const struct yml_node *key, const char *node);
