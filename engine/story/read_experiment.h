/* read_experiment: reads the experiments of a story. Internal to story/. */
#pragma once

#include "story/read.h"

/* An entry of `experiments`: declares its variable, and the route that draws it. */
void read_experiment(struct builder *b, const struct yml_node *key, void *into);
