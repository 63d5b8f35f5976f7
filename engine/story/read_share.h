/*
 * read_share: `share`, where viewers may send what is recorded of their viewings, if they agree (telemetry/share).
 */
#pragma once

#include "story/read.h"

/* Reads the value of the key `share`. */
void read_share(struct builder *b, const struct yml_node *key, void *into);
