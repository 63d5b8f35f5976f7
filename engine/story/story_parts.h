/*
 * story_parts: what is known of a story with errors, so that these hide nothing that does not depend on them.
 *
 * story_load_parts() (story/load.h) makes it; check/ looks at it.
 */
#pragma once

#include "story/story.h"

/* What the loader did not look at because of errors: bits. */
enum story_left_out {
    STORY_LEFT_NAMES = 1,        /* a file was not read to its end: names, conditions, translations */
    STORY_LEFT_WAYS = 2,         /* dead ends, nodes that nothing leads to */
    STORY_LEFT_UNUSED = 4,       /* names that nothing uses */
    STORY_LEFT_BROKEN_NODES = 8, /* nodes with errors are not among the parts */
};

/* What was read of a story with errors. */
struct story_parts {
    /*
     * Its nodes, each to be looked at by itself: their clips, decisions and texts. No node and no option leads anywhere, no name can be
     * looked up, expressions may have no code, and there may be no id, start or title (NULL, -1): it can't be played, and
     * story_check() does not hold. Where an error was found in a node, it has no clip, and its decisions have neither texts nor
     * options. NULL: there is no error, or no node was read. The caller frees it with story_free().
     */
    struct story *story;
    unsigned left_out; /* enum story_left_out */
};
