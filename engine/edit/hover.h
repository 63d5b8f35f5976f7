/*
 * hover: what a writer wants to know about a name: where a way leads, what leads there, what sets and reads a variable, how long a clip
 * lasts. As Markdown. Pure; one thread at a time.
 */
#pragma once

#include "edit/names.h"
#include "story/story.h"

struct hover_source {
    const struct names *names;
    const struct story *story; /* the last one that could be loaded, or NULL */
    const int64_t *lengths;    /* of its nodes' clips, or US_NONE; may be NULL */
};

/* Appends what is to be told of the name. */
void hover_name(const struct hover_source *s, const struct name_use *u, GString *out);

/* Text of a stranger as Markdown, within a line. */
void hover_append(GString *out, const char *text);
