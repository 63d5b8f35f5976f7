/*
 * read_clip: reads the clip of a node, with its tracks. Internal to story/.
 */
#pragma once

#include "story/read.h"

/*
 * The value of `key`. `node`: the name of its node, for the key of a card's text. *medium: the pending name of a
 * medium, or -1.
 */
void read_clip(struct builder *b, const struct yml_node *key, const char *node, struct story_clip *clip,
               int32_t *medium);
