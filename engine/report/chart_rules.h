/*
 * chart_rules: what tables and charts of the report's page go by: the steps of a curve's axis, the bins of a
 * histogram, the verdict on a decision. The tables are written in C and filled anew by the page's script, so each
 * rule stands twice: here and in web/chart_rules.js. tests/page/cases.json holds both to the same answers. Pure; any
 * thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chart_axis {
    double end_ms, step_ms; /* end is a whole number of steps, ten at most for times up to ten hours */
};

/* The axis of a curve whose last moment is `last_ms`. */
struct chart_axis chart_axis_until(double last_ms);

/* Leans are whole per cents, 0 to 100. Bins are 5 per cent wide, and the last one holds 100, too. */
#define CHART_LEANS 101
#define CHART_BINS  20
void chart_count_bins(const int64_t leans[CHART_LEANS], int64_t bins[CHART_BINS]);

/* A decision matters from this shift on: the total variation distance of the endings' odds. */
#define CHART_MATTERS_SHIFT 0.2

enum chart_verdict { CHART_USUAL, CHART_UNNOTICED, CHART_AGONISES, CHART_ILLUSION };

/* The median of the medians of decisions' times, in ms; those that are NAN are not known and not counted. NAN:
 * none is. */
double chart_usual_ms(const double *medians_ms, size_t n);

/* What stands out about a decision that shifts the endings by `shift` (NAN: could not be compared) and was decided
 * within `median_ms` by half (NAN: not known). `illusion`: every option leads to the same film. */
enum chart_verdict chart_verdict(double shift, bool illusion, double median_ms, double usual_ms);
