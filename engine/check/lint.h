/*
 * lint: what is wrong with a story's media, as far as facts about the files tell.
 *
 * Pure: from a story and facts to diagnostics (codes E8xx, W8xx, N8xx; their meaning stands in
 * story/diag_rules.c). check/lint_files gathers the facts; tests write them down. A file without a fact is a file nobody
 * knows anything about, and nothing is said about it. Any thread. O(nodes + edges + facts).
 */
#pragma once

#include "media/probe.h"
#include "media/subs.h"
#include "story/diag.h"
#include "story/story.h"

/* About one file. Whoever makes it frees it with lint_fact_free(). */
struct lint_fact {
    char *unreadable; /* why, in words; the rest is empty then. NULL: it can be read */
    bool subtitles;   /* it was read as subtitles: `cues`, no probe */
    struct probe probe;
    GArray *keys;      /* key frames in microseconds, from 0; NULL: unknown */
    int64_t spread_us; /* how far apart picture and sound lie in the file (probe_interleave_us()); US_NONE: unknown */
    GArray *cues;      /* struct subs_event, by time */
};
void lint_fact_free(struct lint_fact *fact); /* accepts NULL */

/* `facts`: from path (as in the story) to struct lint_fact. */
void lint_run(const struct story *s, GHashTable *facts, struct diags *diags);

/* How long the clip of a node is, as far as the story and facts tell; US_NONE: unknown. */
int64_t lint_clip_length_us(const struct story *s, GHashTable *facts, int32_t node);

/* The fact of a node's film, or NULL: it has none, or none that can be read. */
const struct lint_fact *lint_film(const struct story *s, GHashTable *facts, int32_t node);
