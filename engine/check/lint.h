/*
 * lint: mistakes in a story's media, as far as facts about its files show them.
 *
 * Pure: from a story and facts to diagnostics (codes E8xx, W8xx, N8xx; story/diag_rules.c explains them).
 * check/lint_files gathers the facts; tests write them down. Nothing is said about a file without a fact. Any thread.
 * O(nodes + edges + facts).
 */
#pragma once

#include "base/beneath.h"
#include "base/stand_in.h"
#include "media/probe.h"
#include "media/subs.h"
#include "story/diag.h"
#include "story/story.h"

/* What is known about one file: as picture and sound, as subtitles, or (a film with a text track) as both. Freed with
 * lint_fact_free(). */
struct lint_fact {
    struct beneath_file read;               /* which file that was, and when: not open */
    bool whole, keys_sought, spread_sought; /* how far it was read */

    bool media;               /* it was read as picture and sound */
    char *unreadable;         /* why it can't be, in words; then nothing else is known of that. NULL: it can */
    struct stand_in stand_in; /* what lies in its place, where it can't be read and that is known */
    struct probe probe;
    GArray *keys;      /* int64_t: its key frames in microseconds from its beginning; NULL: unknown */
    int64_t spread_us; /* how far apart picture and sound are stored (probe_interleave_us()); US_NONE: unknown */

    bool subtitles;            /* it was read as subtitles */
    char *no_subtitles;        /* why it can't be; NULL: it can */
    GArray *cues;              /* struct subs_event, in order of time; NULL: none */
    struct subs_findings subs; /* what is wrong with them */
};
void lint_fact_free(struct lint_fact *fact); /* accepts NULL */

/* `facts`: from a path, as in the story, to its struct lint_fact. */
void lint_run(const struct story *s, GHashTable *facts, struct diags *diags);

/* How long the clip of a node plays, as far as story and facts show; US_NONE: unknown, or there is no clip. */
int64_t lint_clip_length_us(const struct story *s, GHashTable *facts, int32_t node);

/* The fact about a node's film; NULL if it has none or it can't be read. Borrowed from `facts`. */
const struct lint_fact *lint_film(const struct story *s, GHashTable *facts, int32_t node);
