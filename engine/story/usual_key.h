/*
 * usual_key: what people write for a key who know it by another name, as `choices` for `decisions` or `end` for `ending`.
 */
#pragma once

#include <stddef.h>

/* A key for which `word` is often written; NULL: there are no more. Begin with *at == 0: the likeliest come first, and not
 * every mapping has them. */
const char *usual_key_next(const char *word, size_t *at);
