/*
 * chart_rules: rules that the tables and charts of the report's page share: the steps of a curve's axis, the bins of a
 * histogram, the verdict on a decision.
 *
 * C writes the tables and the page's script fills them anew, so each rule is written twice: here and in
 * web/chart_rules.js. tests/page/cases.json holds both to the same answers. Pure; any thread.
 */
#pragma once

#include "base/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chart_axis {
    double end_ms, step_ms; /* the end is a whole number of steps; at most ten for times up to ten hours */
};

/* The axis of a curve whose last moment is `last_ms`. */
struct chart_axis chart_axis_until(double last_ms);

/* Leans are whole per cents, 0 to 100. Bins are 5 per cent wide, and the last one holds 100, too. */
#define CHART_LEANS 101
#define CHART_BINS  20
void chart_count_bins(const int64_t leans[CHART_LEANS], int64_t bins[CHART_BINS]);

/* From this shift on a decision matters. A shift is the total variation distance between what endings two options make
 * likely. */
#define CHART_MATTERS_SHIFT 0.2

enum chart_verdict {
    CHART_USUAL,
    CHART_UNNOTICED,
    CHART_AGONISES,
    CHART_ILLUSION,
    CHART_PERHAPS_UNNOTICED, /* the numbers say so, but their intervals allow the contrary */
    CHART_PERHAPS_AGONISES,
};

/*
 * The median of the decisions' median times, in ms, and of the bounds of their intervals. Unknown times are NAN and not
 * counted; all is NAN if none is known. A bound that is not known is NAN.
 */
struct stats_time chart_usual_time(const struct stats_time *medians, size_t n);

/*
 * What stands out about a decision. `shift`: how far it shifts the endings' odds, NAN if that could not be compared; it is
 * computed from the film and exact. `illusion`: every option leads to the same film. `median`: how long half of the viewers
 * took at most, NAN if unknown; `usual` then is that of all decisions. What rests on times is said without "perhaps" only
 * where the two intervals lie apart.
 */
enum chart_verdict chart_verdict(double shift, bool illusion, struct stats_time median, struct stats_time usual);
