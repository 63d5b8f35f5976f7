/*
 * translations: reads the translations of a story's texts, from one file strings/<language>.yaml beside the main file
 * for each of its languages but the first. Internal to story/.
 */
#pragma once

#include "story/builder.h"

/*
 * Call once, when all texts are known. Makes b->translations and b->origins ([language * n_texts + text]). Warns about
 * texts that have no translation, about translations of texts that do not exist, and about those of earlier texts.
 */
void translations_load(struct builder *b);

/* Makes them in its place where the texts are not all known: nothing is translated. */
void translations_none(struct builder *b);
