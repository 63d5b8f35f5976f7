#include "explore/lean_story.h"

#include <glib.h>

struct lean_story {
    struct story story; /* first: lean_story_free() gets a pointer to it */
    struct story_decision decisions[];
};

struct story *lean_story_new(const struct story *s)
{
    struct lean_story *lean = g_malloc0(sizeof *lean + (gsize)s->n_decisions * sizeof *lean->decisions);
    lean->story = *s;
    lean->story.decisions = lean->decisions;
    for (int32_t i = 0; i < s->n_decisions; i++) {
        lean->decisions[i] = s->decisions[i];
        lean->decisions[i].checkpoint = false;
    }
    return &lean->story;
}

void lean_story_free(struct story *lean)
{
    g_free(lean);
}
