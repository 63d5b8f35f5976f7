/*
 * read_route: reads targets (`next`, `goto`) and the routes that they lead to. Internal to story/.
 */
#pragma once

#include "story/read.h"

/* The value of `next` or `goto`. It stays pending until all names are known (story/builder.h). */
struct story_target read_target(struct builder *b, const struct yml_node *v);

/* A list of parts; the index of the route, or -1. `name`: kept by the story, or NULL for a route written in place. */
int32_t read_route(struct builder *b, const struct yml_node *v, const char *name, struct story_mark mark);

/* A route without parts, to stand in for a broken one. Its index. */
int32_t read_empty_route(struct builder *b, const char *name, struct story_mark mark);

/* The route of an experiment, whose parts, struct story_part, are the arms. Its index. */
int32_t read_arms_route(struct builder *b, const char *name, struct story_mark mark, const GArray *parts);
