/*
 * former_names: what stands under `was:`. Each earlier name leads to one thing, and translations under it are found. Internal to
 * story/.
 */
#pragma once

#include "story/builder.h"

/* Reports earlier names (E213) that something of the same kind has now or had before too. Once, when all files were read. */
void former_names_check(struct builder *b);

/* Adds to `index` (the key of a text to anything) the keys that texts of renamed things had before: they lead to what the present
 * key leads to. Keys that are there already stay. */
void former_names_add_keys(struct builder *b, GHashTable *index);
