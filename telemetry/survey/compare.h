/*
 * compare: two surveys side by side, as differences with their intervals: two versions of a film, or two parts of its
 * audience.
 *
 * Things of the same name are compared: the shares of a decision's options and of its timeouts, endings, drop-off at
 * nodes, and what belongs to the film as a whole. Nothing is pooled: where a side has several decisions (or nodes, or
 * versions) of one name because they changed, only those with equal hashes are compared. Where the hashes of a pair
 * differ, its row says so.
 *
 * A difference is the first share less the second, with Newcombe's interval (base/stats.h) for two groups of different
 * people. Where the same people are in both, as with first viewings and replays, the true interval is narrower or wider.
 *
 * Pure; one thread. Both surveys are needed for the call only.
 */
#pragma once

#include "telemetry/survey/survey.h"

/* What the two sides are called. */
struct compare_names {
    const char *first, *second;
};

/* Appends an aligned table. Where either side has fewer cases than the floor of `a`, there are too few to say. */
void compare_text(const struct survey *a, const struct survey *b, const struct compare_names *names, GString *out);

/*
 * Appends one object: {"format": "frumious-comparison", "first", "second", "films": [{"id", "rows": [{"kind", "id",
 * "option", "version", "hash", "changed", "k1", "n1", "k2", "n2", "difference", "low", "high"}]}]}. The last three are
 * null where there are too few cases to say.
 */
void compare_json(const struct survey *a, const struct survey *b, const struct compare_names *names, GString *out);
