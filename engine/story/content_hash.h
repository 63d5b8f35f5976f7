/*
 * content_hash: 64-bit hashes of the content of options, decisions, nodes and of the story as a whole.
 *
 * Reports count what viewers did with a certain content. When the text of an option changes, its hash does, too, so
 * that the numbers from before and after the change are kept apart. Names, texts, times, conditions, effects and
 * targets count (of what was renamed, the first name, so that a rename with `was` changes no hash); formatting, comments, the order of keys, notes, and the places of nodes and variables in the file do
 * not. The story's hash also counts the order of nodes, decisions and variables, because a saved state refers to them
 * by index. Not cryptographic. Stored with every viewing: a change of the function orphans what was recorded.
 */
#pragma once

#include <stdint.h>

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

/*
 * Which parts of a node, a decision or an option are different in two versions of a story: a bit for each part that is,
 * 1 << CONTENT_…. Where nothing of it is, their hashes may still differ by what is in no part: names.
 */
enum content_part {
    CONTENT_TITLE,        /* of a node; of its ending */
    CONTENT_CLIP,         /* file, range, length, sounds, subtitles */
    CONTENT_INSCRIPTIONS, /* and props */
    CONTENT_EFFECTS,      /* what it sets, and when */
    CONTENT_WAY,          /* where it leads */
    CONTENT_ENDING,       /* whether and which ending it is */
    CONTENT_WORDS,        /* prompt, text, sub, labels, picture */
    CONTENT_TIMES,        /* when a decision opens and closes, and cuts */
    CONTENT_DEFAULT,      /* what happens if nobody chooses */
    CONTENT_LOOKS,        /* layout, sounds, focus, order, key, code */
    CONTENT_CONDITION,    /* when an option can be taken */
    CONTENT_TAGS,         /* traits and props of an option */
    CONTENT_PARTS,
};

struct content_differ;

/* The stories are borrowed until content_differ_free(). */
struct content_differ *content_differ_new(const struct story *before, const struct story *after);
void content_differ_free(struct content_differ *d); /* accepts NULL */

/* Indices in the first and in the second story. A decision's options are compared by themselves. */
uint32_t content_differ_node(const struct content_differ *d, int32_t before, int32_t after);
uint32_t content_differ_decision(const struct content_differ *d, int32_t before, int32_t after);
uint32_t content_differ_option(const struct content_differ *d, int32_t before, int32_t after);
