/*
 * anonymous: numbers about an audience that may leave the machine, because they reveal nothing about any one person in
 * it.
 *
 * People's first viewings in a window count (a viewing whose viewer is not linked counts as a first one), by version of
 * the film. A viewing counts once for each decision, by its first exposure. There are no ids. Of times only a period is
 * left: months that are over, put together until k viewings began in them.
 *
 * What protects people: every viewing is reduced to its answers (period, outcome of each decision, ending), and answers
 * are withheld until each combination that is left, withheld answers included, is shared by at least k viewings.
 * Everything that is published is counted from these. So every number, every difference of two numbers, and whatever
 * follows from them and from the film's graph, is about nobody or about at least k people; and an answer that fewer
 * than k gave is hidden among at least k withheld ones, which no subtraction takes apart. What was told of a period is
 * kept in the store, with its k, and told again as it was (release.h), so that later exports differ from earlier ones by
 * whole periods, whatever was erased or merged in the meantime. The price: numbers are lower bounds, rare answers are missing, and
 * late decisions of a small audience are withheld altogether.
 *
 * What it does not protect against: exports of several stores that share viewings (copies, a merge and its parts), or of
 * one that cannot be written, before and after an erasure; and somebody who knows the other k - 1 people learns about the
 * last one.
 */
#pragma once

#include "telemetry/read/export.h"

#define ANONYMOUS_K        10 /* by default */
#define ANONYMOUS_WITHHELD (-1)

/*
 * Withholds answers: values[row * n_answers + answer], which is 0 or more, becomes ANONYMOUS_WITHHELD until each
 * combination that is left is shared by k rows or more. Earlier answers are withheld last. If there are fewer than k
 * rows, all are withheld. k is at least 2. Costs some n_rows * n_answers * log(n_rows).
 */
void anonymous_withhold(int32_t *values, size_t n_rows, size_t n_answers, int32_t k);

struct anonymous_options {
    int32_t k;         /* at least 2. 0: what the store was exported with, else ANONYMOUS_K */
    const char *story; /* its id; NULL: all films */
    int64_t now_ms;    /* months that are over by then count; ms since 1970 */
};

/*
 * Writes what it tells into the store first, unless it is read-only; then only ANONYMOUS_K or what the store keeps may be asked
 * for. Where another k was kept, nothing is told: STORE_ERROR_TOO_MUCH.
 *
 * Lines or rows as in export_viewings(), with the fields record, story, version, decision, answer, viewings.
 */
bool anonymous_export(struct store *s, const struct anonymous_options *o, enum export_format format, export_put put,
                      void *data, GError **error);
