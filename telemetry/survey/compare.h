/*
 * compare: two surveys side by side, as differences with their intervals: two versions of a film, or two groups of viewings.
 *
 * What is compared has the same name in both: shares of options and timeouts of a decision, endings, drop-off at nodes,
 * and the film's own. Nothing is pooled: where a side has several changed decisions (or nodes, versions) of one name, only
 * those with equal hashes are compared. Where hashes differ, the row says so. Differences are the first less the second,
 * with Newcombe's interval (stats.h), for two groups of different people; where the same people are in both, as first
 * viewings and replays, it is wider than it had to be or narrower. One thread; needs both surveys for the call only.
 */
#pragma once

#include "telemetry/survey/survey.h"

struct compare_names {
    const char *first, *second; /* for people */
};

/* An aligned table; with fewer cases than a's floor on either side: too few to say. */
void compare_text(const struct survey *a, const struct survey *b, const struct compare_names *names, GString *out);

/* One object: {"format": "frumious-comparison", "first", "second", "films": [{"id", "rows": [{"kind", "id", "option",
 * "version", "hash", "changed", "k1", "n1", "k2", "n2", "difference", "low", "high"}]}]}; the last three are null for too few. */
void compare_json(const struct survey *a, const struct survey *b, const struct compare_names *names, GString *out);
