/*
 * hash: 64-bit hashes of what options, decisions, nodes and the story as a whole say.
 *
 * Reports count what viewers did with a certain content: when an option's text changes, its hash does, and numbers of
 * before and after are kept apart. Names, texts, times, conditions, effects and ways count; formatting, comments, the
 * order of keys, notes, and the places of nodes and variables in the file don't. The story's hash counts the order of
 * nodes, decisions and variables, too, because a saved state refers to them by index. Not cryptographic.
 */
#pragma once

struct story;

/* Fills in every `hash` of a story that is otherwise complete. The arrays are still the loader's to write. */
void content_hash_fill(struct story *s);
