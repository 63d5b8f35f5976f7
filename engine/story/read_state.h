/*
 * read_state: reads everything in a story but its nodes and routes: variables, media, languages, traits, props and
 * checks. Internal to story/. Each function reads the value of one top-level key, or one entry of it.
 */
#pragma once

#include "story/read.h"

void read_variable(struct builder *b, const struct yml_node *key, void *into); /* an entry of `state` */
void read_medium(struct builder *b, const struct yml_node *key, void *into);   /* an entry of `media` */
void read_languages(struct builder *b, const struct yml_node *key, void *into);
void read_traits(struct builder *b, const struct yml_node *key, void *into);
void read_props(struct builder *b, const struct yml_node *key, void *into);
void read_acts(struct builder *b, const struct yml_node *key, void *into);
void read_check(struct builder *b, const struct yml_node *key, void *into);
