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
 * Where several versions have the thing, each is compared with itself and the differences are put together (Mantel and
 * Haenszel): sides that are spread over the versions in different ways are not compared by that.
 *
 * How likely chance alone shows as much is corrected for the number of rows (Benjamini and Hochberg), and so is how likely
 * it makes the versions differ as much.
 *
 * Pure; one thread. The surveys are needed for the call only.
 */
#pragma once

#include "telemetry/survey/survey.h"

struct compare_side {
    const char *name;         /* what it is called */
    const struct survey *all; /* its numbers */
    const GPtrArray *strata;  /* struct survey *: the same, of each version; NULL: it has only one. On both sides or on
                                 neither, and then of one cube */
};

/* Appends an aligned table. Where either side has fewer cases than the floor of `a`, there are too few to say. */
void compare_text(const struct compare_side *a, const struct compare_side *b, GString *out);

/*
 * Appends one object: {"format": "frumious-comparison", "first", "second", "films": [{"id", "rows": [{"kind", "id",
 * "option", "title", "version", "hash", "changed", "k1", "n1", "k2", "n2", "method": "newcombe" or "mantel-haenszel",
 * "difference", "low", "high", "p", "q", "strata": [{"version", "k1", "n1", "k2", "n2"}], "strata_p", "strata_q"}]}]}.
 * q is p after correction. From "difference" on, numbers are null where there are too few cases to say; "strata" is empty
 * where there are not two.
 */
void compare_json(const struct compare_side *a, const struct compare_side *b, GString *out);

/* Appends one table: a row for each of these, with the method "newcombe" or "mantel-haenszel", and below the latter one for each version
 * that it puts together, with the method "stratum" and cases alone. A number that can't be said is empty. */
void compare_csv(const struct compare_side *a, const struct compare_side *b, GString *out);
