/*
 * former_names: checks what stands under `was:`: each earlier name leads to one thing. Internal to story/.
 */
#pragma once

#include "story/builder.h"

/* Reports earlier names (E213) that something of the same kind has now or had before too. Once, when all files were read. */
void former_names_check(struct builder *b);
