/*
 * lint_deep: mistakes in a story's media that only decoding shows: loudness that jumps at a cut, sound that is too loud,
 * pictures that flash, films that are damaged or shorter than their headers say.
 *
 * Every range that some node plays is decoded once, on all cores; then clips are compared along the edges of the graph.
 * Costs about 3 seconds of processor time for a minute of 1280x640 AV1. Codes W816 (from decoded lengths) and W84x;
 * story/diag_rules.c explains them.
 */
#pragma once

#include "check/lint.h"

/* Called on the calling thread at least ten times a second; false stops. `done_us` of about `all_us` of film are decoded. */
typedef bool (*lint_deep_progress)(void *user, int64_t done_us, int64_t all_us);

struct lint_deep {
    unsigned ranges;  /* different ranges and sounds */
    unsigned decoded; /* how many of them were decoded; fewer than `ranges` when it was stopped */
    int64_t film_us;  /* how much film that is */
};

/* Larger steps of loudness are reported, in LU. EBU R128 lets a programme miss its target by 1 LU where it can't be measured
 * beforehand, so neighbours that keep to it differ by 2 at most. */
#define LINT_LOUDNESS_STEP 3.0
/* The greatest true peak that EBU R128 allows, in dBTP. */
#define LINT_PEAK_MAX (-1.0)

/* Blocks. `facts`: from lint_files(). `progress` may be NULL. When it stops the work, what was found until then is in
 * `diags`; a disk or a library may hang, so a thread may still be at work, and the program must end by _exit(). */
struct lint_deep lint_deep_run(const struct story *s, GHashTable *facts, struct diags *diags,
                               lint_deep_progress progress, void *user);
