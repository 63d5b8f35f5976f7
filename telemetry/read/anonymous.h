/*
 * anonymous: numbers about an audience that may leave the machine, because they tell about nobody in it.
 *
 * Counted are people's first viewings (a viewing whose viewer is not linked counts as one) of one version of a film,
 * in a window; a viewing counts once for each decision, by its first exposure. There are no ids. Of times only a period is
 * left: months that are over, put together until k viewings began in them.
 *
 * What protects: every viewing is reduced to its answers (period, outcome of each decision, ending), and answers are
 * withheld until each combination that is left, withheld ones included, is shared by at least k viewings. All that is
 * published is counted from these. So every number, every difference of two numbers, and whatever follows from them and
 * from the film's graph, is about nobody or about at least k; and an answer that fewer than k gave is among at least k
 * withheld ones, which no subtraction takes apart. A period once exported never changes, so that later exports differ from
 * earlier ones by whole periods. The price: numbers are lower bounds, rare answers are missing, and late decisions of a
 * small audience are withheld altogether.
 *
 * What it does not do: exports before and after an erasure or a merge differ by those who went or came; and nobody is
 * hidden from somebody who knows the other k - 1.
 */
#pragma once

#include "telemetry/read/export.h"

#define ANONYMOUS_K        10 /* by default */
#define ANONYMOUS_WITHHELD (-1)

/*
 * Withholds answers: values[row * n_answers + answer] >= 0 becomes ANONYMOUS_WITHHELD until each combination that is left
 * is shared by k rows or more; earlier answers are spared longer. Where there are fewer than k rows, all is withheld.
 */
void anonymous_withhold(int32_t *values, size_t n_rows, size_t n_answers, int32_t k);

struct anonymous_options {
    int32_t k;         /* 0: ANONYMOUS_K; at least 2 */
    const char *story; /* its id; NULL: all films */
    int64_t now_ms;    /* months that are over by then count */
};

/* Lines or rows as in export_viewings(): record, story, version, what, answer, viewings. */
bool anonymous_export(struct store *s, const struct anonymous_options *o, enum export_format format, export_put put,
                      void *data, GError **error);
