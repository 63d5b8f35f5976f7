/* transcript_parts: what a transcript is made of. Private to transcript.c, which records, and transcript_text.c. */
#pragma once

#include "play/transcript.h"

struct transcript {
    GStringChunk *names; /* owns every string */
    const char *id, *version;
    uint64_t hash, seed;
    GArray *keeps, *lines;
    GHashTable *left; /* recording: node -> how often it was left since the last line */
};

struct transcript *transcript_empty(void);
/* The same text, which lives as long as the transcript; NULL stays NULL. */
const char *transcript_own(struct transcript *t, const char *text);
