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

double chart_usual_ms(const double *medians_ms, size_t n)
{
    g_autofree double *known = g_new(double, n + 1);
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(medians_ms[i]))
            known[n_known++] = medians_ms[i];
    qsort(known, n_known, sizeof *known, by_double);
    return n_known > 0 ? (known[(n_known - 1) / 2] + known[n_known / 2]) / 2 : NAN;
}

enum chart_verdict chart_verdict(double shift, bool illusion, double median_ms, double usual_ms)
{
    assert(!isfinite(median_ms) || isfinite(usual_ms));
    if (illusion)
        return CHART_ILLUSION;
    if (!isfinite(shift) || !isfinite(median_ms))
        return CHART_USUAL;
    if (shift >= CHART_MATTERS_SHIFT)
        return median_ms < usual_ms ? CHART_UNNOTICED : CHART_USUAL;
    return median_ms > usual_ms ? CHART_AGONISES : CHART_USUAL;
}
