/*
 * content_hash: 64-bit hashes of the content of options, decisions, nodes and of the story as a whole.
 *
 * Reports count what viewers did with a certain content. When the text of an option changes, its hash does, too, so
 * that the numbers from before and after the change are kept apart. Names, texts, times, conditions, effects and
 * targets count; formatting, comments, the order of keys, notes, and the places of nodes and variables in the file do
 * not. The story's hash also counts the order of nodes, decisions and variables, because a saved state refers to them
 * by index. Not cryptographic. Stored with every viewing: a change of the function orphans what was recorded.
 */
#pragma once

struct story;
struct story_option;
struct story_decision;
struct story_node;

/*
 * Fills in every `hash` of a story that is otherwise complete. The last three are the story's own arrays, which only
 * its loader may still write.
 */
void content_hash_fill(struct story *s, struct story_option *options, struct story_decision *decisions,
                       struct story_node *nodes);
