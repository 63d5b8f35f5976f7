/*
 * translations: reads the translations of a story's texts, from one file strings/<language>.yaml beside the main file
 * for each of its languages but the first. Internal to story/.
 */
#pragma once

#include "story/builder.h"

/*
 * Call once, when all texts are known. Makes b->translations ([language * n_texts + text]). Warns about texts that
 * have no translation and about translations of texts that do not exist.
 */
void translations_load(struct builder *b);
