/*
 * story_map: what one viewer has found of a story, as the map of the menu shows it: the decisions that they were asked, what
 * followed each answer, and how to come back to each decision.
 *
 * A way leads from a decision by one of its answers, or from the start, to the decision or the ending that came next. It is
 * kept beside the saved place (player/viewer_file.h) under the same rules as what was seen: names alone, no time of day.
 * With each decision a transcript is kept that leads to it, so that a new viewing can begin there. Main thread. Order:
 * story_map_new(), story_map_effect() for every effect of a play, story_map_save() when nothing plays, story_map_free().
 */
#pragma once

#include "play/play.h"

#include <glib.h>

struct story_map;

#define STORY_MAP_START   (-1) /* in the place of a decision */
#define STORY_MAP_TIMEOUT (-1) /* in the place of an option: nobody chose */

struct story_way {
    int32_t decision, option; /* option: index in the decision */
    bool ends;
    int32_t to; /* the next decision, or if it ends, the ending */
};

/* `kept`: it goes on from what was saved, and is saved; else it is of this play alone. `s` is borrowed. */
struct story_map *story_map_new(const struct story *s, bool kept);
void story_map_free(struct story_map *m); /* accepts NULL */

void story_map_effect(struct story_map *m, const struct play_effect *fx);

/* The decision that the viewer was asked since the last call, and to which no way back is kept, -1: none. Its transcript, of
 * a play that is left before it is answered, is what story_map_keep() is to be given. */
int32_t story_map_wanted(struct story_map *m);
void story_map_keep(struct story_map *m, int32_t decision, const char *transcript);

/* The transcript that leads to a decision; the caller frees it. NULL: there is none (story_map_leads()). */
bool story_map_leads(const struct story_map *m, int32_t decision);
char *story_map_transcript(const struct story_map *m, int32_t decision);

/* All ways, struct story_way, those of the start first, then by decision and option. Borrowed until the next effect. */
const GArray *story_map_ways(const struct story_map *m);

/* Writes down what is new. False and *error: it could not be saved. */
bool story_map_save(struct story_map *m, GError **error);
