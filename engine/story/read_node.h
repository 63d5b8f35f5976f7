/*
 * read_node: reads one node of the film with its effects, moments, ending and exits, and makes its timetable. Checks
 * everything that can be checked without knowing other nodes. Internal to story/.
 */
#pragma once

#include "story/read.h"

/* An entry of `nodes`. */
void read_node(struct builder *b, const struct yml_node *key, void *into);
