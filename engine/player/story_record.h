/*
 * story_record: a story as telemetry knows it: the names, titles and hashes of what it consists of. Any thread.
 */
#pragma once

#include "story/story.h"
#include "telemetry/record.h"

/* Calls `take` once. What it is handed lives for that call alone, and names in it for as long as the story. The arms of all experiments
 * are in the order of the experiments. */
void story_record(const struct story *s, void (*take)(const struct tel_story *t, void *data), void *data);
