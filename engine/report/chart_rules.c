#include "report/chart_rules.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct chart_axis chart_axis_until(double last_ms)
{
    static const double steps_ms[] = {100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 3600000};
    assert(last_ms >= 0);
    size_t i = 0;
    while (i + 1 < G_N_ELEMENTS(steps_ms) && last_ms > 10 * steps_ms[i])
        i++;
    const double step = steps_ms[i];
    return (struct chart_axis){.end_ms = fmax(1, ceil(last_ms / step)) * step, .step_ms = step};
}

void chart_count_bins(const int64_t leans[CHART_LEANS], int64_t bins[CHART_BINS])
{
    _Static_assert((CHART_LEANS - 1) % CHART_BINS == 0, "a bin holds whole per cents");
    memset(bins, 0, CHART_BINS * sizeof *bins);
    for (int i = 0; i < CHART_LEANS; i++)
        bins[MIN(i * CHART_BINS / (CHART_LEANS - 1), CHART_BINS - 1)] += leans[i];
}

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the n values; infinite ones are those that are not known. */
static double middle(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_double);
    const double m = n > 0 ? (values[(n - 1) / 2] + values[n / 2]) / 2 : NAN;
    return isfinite(m) ? m : NAN;
}

struct stats_time chart_usual_time(const struct stats_time *medians, size_t n)
{
    g_autofree double *values = g_new(double, n + 1), *lows = g_new(double, n + 1), *highs = g_new(double, n + 1);
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        const struct stats_time *t = &medians[i];
        if (!isfinite(t->value))
            continue;
        values[known] = t->value;
        lows[known] = isfinite(t->interval.low) ? t->interval.low : 0;
        highs[known++] = isfinite(t->interval.high) ? t->interval.high : INFINITY;
    }
    return (struct stats_time){middle(values, known), {middle(lows, known), middle(highs, known)}};
}

enum chart_verdict chart_verdict(double shift, bool illusion, struct stats_time median, struct stats_time usual)
{
    assert(!isfinite(median.value) || isfinite(usual.value));
    if (illusion)
        return CHART_ILLUSION;
    if (!isfinite(shift) || !isfinite(median.value))
        return CHART_USUAL;
    if (shift >= CHART_MATTERS_SHIFT && median.value < usual.value)
        return median.interval.high < usual.interval.low ? CHART_UNNOTICED : CHART_PERHAPS_UNNOTICED;
    if (shift < CHART_MATTERS_SHIFT && median.value > usual.value)
        return median.interval.low > usual.interval.high ? CHART_AGONISES : CHART_PERHAPS_AGONISES;
    return CHART_USUAL;
}
