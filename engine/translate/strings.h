/*
 * strings: the texts of a story as translators work on them, in one language beside the story's own.
 *
 * Pure; any thread. A `struct strings` borrows from its story, and must be freed before it.
 */
#pragma once

#include "story/fingerprint.h"
#include "story/story.h"

#include <glib.h>

struct strings_entry {
    const char *key;            /* "decision.which.prompt" */
    const char *source;         /* the text in the story's own language */
    const char *translation;    /* NULL: there is none */
    const char *origin;         /* the fingerprint of the text that was translated, or NULL: not known */
    char *context;              /* for the translator: where the text is seen, and beside what */
    struct story_mark mark;     /* of the source */
    char of[FINGERPRINT_BYTES]; /* of the source */
    bool outdated;              /* there is a translation, of an earlier text */
};

struct strings {
    const struct story *story;
    const char *language;
    struct strings_entry *entries; /* one for each text of the story, in its order */
    int32_t n_entries;
    GPtrArray *made; /* translations that are nobody else's, or NULL */
};

/* `language`: one of the story's languages, but the first. The caller frees the result with strings_free(). */
struct strings *strings_of_story(const struct story *s, const char *language);
void strings_free(struct strings *t); /* accepts NULL */
