/*
 * lint_deep: what is wrong with a story's media as far as only decoding tells: loudness that jumps at a cut, sound that
 * clips, pictures that flash, films that are damaged or shorter than they say.
 *
 * Decodes every range that some node plays, once, on all cores, and then compares along the edges of the graph. Told on the
 * calling thread. Codes W816 (as decoded), W84x; their meaning stands in story/diag_rules.c.
 */
#pragma once

#include "check/lint.h"

/* Called on the calling thread, some times a second; false stops. */
typedef bool (*lint_deep_progress)(void *user, int64_t done_us, int64_t all_us);

struct lint_deep {
    unsigned ranges, decoded; /* different ranges and sounds; fewer were decoded when it was stopped */
    int64_t film_us;          /* how much was decoded */
};

/* Cuts louder than this are said, in LU. EBU R128 allows a programme to miss its target by 1 LU where it can't be measured
 * beforehand, so neighbours that keep to it differ by 2 at most. */
#define LINT_LOUDNESS_STEP 3.0
/* EBU R128: the greatest true peak, in dBTP. */
#define LINT_PEAK_MAX (-1.0)

/* `facts`: of lint_files(). `progress` may be NULL. What was found until it was stopped is said. */
struct lint_deep lint_deep_run(const struct story *s, GHashTable *facts, struct diags *diags,
                               lint_deep_progress progress, void *user);
