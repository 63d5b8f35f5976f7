/*
 * story_fixes: mends a story's texts where there is nothing to decide (struct quick_fix, `safe`), for who has no editor that offers it.
 *
 * Goes round: checks, mends, and checks again, because a mistake may hide others. Media are not opened. Nothing is written: the caller
 * does that. Main thread; blocks for some milliseconds a round.
 */
#pragma once

#include <glib.h>

struct story_fixes {
    GHashTable *texts; /* char * to char *: absolute paths of the files that changed, and what they say now */
    GPtrArray *said;   /* char *: "story.yaml:28: replace it with `home`" */
};

void story_fixes_init(struct story_fixes *out, const char *main_path);
void story_fixes_clear(struct story_fixes *f);
