/*
 * strings: the translations of a story's texts, one file strings/<language>.yaml beside the main file for each of its
 * languages but the first. Internal to story/.
 */
#pragma once

#include "story/builder.h"

/*
 * Reads all of them into b->translations ([language * n_texts + text]); texts that have none, and translations of
 * nothing, are reported as warnings. Call when all texts are known.
 */
void translations_load(struct builder *b);
