/*
 * read_state: reads variables, media, languages, traits, props and checks: everything of a story but its nodes.
 * Internal to story/; each reads the value of one top-level key, or one entry of it.
 */
#pragma once

#include "story/read.h"

void read_variable(struct build *b, const struct yml_node *key, void *into); /* an entry of `state` */
void read_medium(struct build *b, const struct yml_node *key, void *into);   /* an entry of `media` */
void read_languages(struct build *b, const struct yml_node *key, void *into);
void read_traits(struct build *b, const struct yml_node *key, void *into);
void read_props(struct build *b, const struct yml_node *key, void *into);
void read_check(struct build *b, const struct yml_node *key, void *into);
