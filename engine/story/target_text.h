/*
 * target_text: what the text of a target (`next`, `goto`) says, for whoever reads a story and whoever edits one. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The decision's name in `back(decision)` or `again(decision)`: `len` bytes of the text. NULL: it says something else. */
const char *target_text_decision(const char *text, size_t *len, bool *again);
