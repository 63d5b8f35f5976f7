/*
 * Statistics against published tables, closed forms, and by simulation: how often intervals hold the truth.
 * The seed can be given: test_stats SEED.
 */
#include "tap.h"

#include "base/stats.h"

#include <math.h>
#include <stdlib.h>

static bool near_(double got, double want, double off, const char *what)
{
    const bool good = fabs(got - want) <= off || (isnan(got) && isnan(want));
    ok(good, "%s", what);
    if (!good)
        printf("#      got: %.9g\n#   wanted: %.9g (to %g)\n", got, want, off);
    return good;
}

/* Newcombe, Statistics in Medicine 17 (1998), p. 857: 95 % intervals of a single share, method 3. */
static void test_wilson(void)
{
    static const struct {
        int64_t k, n;
        double low, high;
    } rows[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0.0000, 0.1611},
        {1, 29, 0.0061, 0.1718},   {29, 29, 0.8830, 1.0000},  {0, 0, 0, 1},
        {1, 1, 0.2065, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct stats_interval w = stats_wilson(rows[i].k, rows[i].n, STATS_Z95);
        g_autofree char *what =
            g_strdup_printf("Wilson %d/%d: %.4f to %.4f", (int)rows[i].k, (int)rows[i].n, rows[i].low, rows[i].high);
        ok(fabs(w.low - rows[i].low) < 6e-5 && fabs(w.high - rows[i].high) < 6e-5, "%s (got %.5f, %.5f)", what, w.low,
           w.high);
    }
    /* Its bounds are where the score test just rejects: |p - k/n| = z sqrt(p (1-p) / n). */
    bool solves = true;
    for (int n = 1; n <= 60; n++)
        for (int k = 0; k <= n; k++) {
            const struct stats_interval w = stats_wilson(k, n, STATS_Z95);
            const double p = (double)k / n;
            for (int side = 0; side < 2; side++) {
                const double b = side ? w.high : w.low;
                const double score = fabs(p - b) - STATS_Z95 * sqrt(b * (1 - b) / n);
                solves = solves && (fabs(score) < 1e-9) && w.low <= p && p <= w.high;
            }
            const struct stats_interval mirror = stats_wilson(n - k, n, STATS_Z95);
            solves = solves && fabs(mirror.low + w.high - 1) < 1e-12;
        }
    ok(solves, "Wilson's bounds solve the score equation for all k <= n <= 60, and mirror");
    near_(stats_share(1, 4), 0.25, 0, "a share");
    ok(isnan(stats_share(0, 0)), "the share of nothing is not a number");
}

/* Newcombe, the same volume, p. 873: differences, method 10. */
static void test_difference(void)
{
    static const struct {
        int64_t k1, n1, k2, n2;
        double low, high;
    } rows[] = {
        {56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},  {6, 7, 2, 7, 0.0582, 0.8062},
        {5, 56, 0, 29, -0.0381, 0.1926},  {0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775},
        {10, 10, 0, 20, 0.6791, 1.0000},  {10, 10, 0, 10, 0.6075, 1.0000}, {1, 2, 0, 0, -1, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct stats_interval d = stats_difference(rows[i].k1, rows[i].n1, rows[i].k2, rows[i].n2, STATS_Z95);
        ok(fabs(d.low - rows[i].low) < 6e-5 && fabs(d.high - rows[i].high) < 6e-5,
           "difference %d/%d - %d/%d: %.4f to %.4f (got %.5f, %.5f)", (int)rows[i].k1, (int)rows[i].n1, (int)rows[i].k2,
           (int)rows[i].n2, rows[i].low, rows[i].high, d.low, d.high);
    }
}

/* Freireich et al. 1963, 6-MP: the worked example of every textbook (Kleinbaum & Klein, table 2.1; log-log bounds as
 * SAS and R print them). */
static void test_survival(void)
{
    static const struct stats_moment weeks[] = {
        {6, 3, 1},  {7, 1, 0},  {9, 0, 1},  {10, 1, 1}, {11, 0, 1}, {13, 1, 0}, {16, 1, 0}, {17, 0, 1},
        {19, 0, 1}, {20, 0, 1}, {22, 1, 0}, {23, 1, 0}, {25, 0, 1}, {32, 0, 2}, {34, 0, 1}, {35, 0, 1},
    };
    static const struct {
        double week, share, error, low, high;
        int64_t at_risk;
    } rows[] = {
        {6, .8571, .0764, .6197, .9516, 21},  {7, .8067, .0869, .5631, .9228, 17},
        {10, .7529, .0963, .5032, .8894, 15}, {13, .6902, .1068, .4316, .8491, 12},
        {16, .6275, .1141, .3675, .8049, 11}, {22, .5378, .1282, .2678, .7468, 7},
        {23, .4482, .1346, .1881, .6801, 6},
    };
    struct stats_survival curve[G_N_ELEMENTS(weeks)];
    stats_survive(weeks, G_N_ELEMENTS(weeks), STATS_Z95, curve);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(curve); j++)
            if (curve[j].time == rows[i].week) {
                const struct stats_survival *c = &curve[j];
                ok(c->at_risk == rows[i].at_risk && fabs(c->share - rows[i].share) < 6e-5 &&
                       fabs(sqrt(c->variance) - rows[i].error) < 6e-5 && fabs(c->interval.low - rows[i].low) < 6e-5 &&
                       fabs(c->interval.high - rows[i].high) < 6e-5,
                   "week %g: %.4f (error %.4f, %.4f to %.4f), %d at risk (got %.5f %.5f %.5f %.5f)", c->time,
                   rows[i].share, rows[i].error, rows[i].low, rows[i].high, (int)rows[i].at_risk, c->share,
                   sqrt(c->variance), c->interval.low, c->interval.high);
            }
    const struct stats_time median = stats_time_at(curve, G_N_ELEMENTS(curve), 0.5);
    near_(median.value, 23, 0, "the median is 23 weeks");
    near_(median.interval.low, 13, 0, "from 13");
    ok(isnan(median.interval.high), "with no upper bound");
    ok(isnan(stats_time_at(curve, G_N_ELEMENTS(curve), 0.9).value), "the ninth tenth is never reached");
    near_(stats_quantile(weeks, G_N_ELEMENTS(weeks), 0.5), 10, 0, "median of the events alone");
}

/* Without censoring the curve is the plain share of what is left, and Greenwood's variance is p (1 - p) / n. */
static void test_survival_closed(void)
{
    struct stats_moment moments[50];
    struct stats_survival curve[50];
    for (int i = 0; i < 50; i++)
        moments[i] = (struct stats_moment){i + 1, 2, 0};
    stats_survive(moments, 50, STATS_Z95, curve);
    bool same = true, ordered = true;
    for (int i = 0; i < 50; i++) {
        const double p = 1 - (i + 1) / 50.0;
        same = same && fabs(curve[i].share - p) < 1e-12 && fabs(curve[i].variance - p * (1 - p) / 100) < 1e-12;
        ordered = ordered && curve[i].interval.low <= curve[i].share && curve[i].share <= curve[i].interval.high;
    }
    ok(same, "uncensored: the empirical distribution, Greenwood is the binomial's variance");
    ok(ordered, "every interval holds its share");
    near_(stats_time_at(curve, 50, 0.5).value, 25, 0, "uncensored median");
    near_(stats_time_at(curve, 50, 1.0).value, 50, 0, "the last one");
    ok(isnan(stats_time_at(curve, 0, 0.5).value) && isnan(stats_quantile(moments, 0, 0.5)), "no data, no median");
}

static void test_classes(void)
{
    bool close = true, ascend = true, fixed = true;
    int last = 0;
    for (double step = 1001; step < 3.6e12; step *= 1.0007) {
        const double us = floor(step);
        const int c = stats_class((int64_t)us);
        const double middle = stats_class_ms(c) * 1000;
        close = close && fabs(middle - us) <= 0.01000001 * us;
        ascend = ascend && c >= last;
        last = c;
    }
    for (int c = 1; c < STATS_CLASSES; c++)
        fixed = fixed && (c < 60 || stats_class((int64_t)llround(stats_class_ms(c) * 1000)) == c);
    ok(close, "a class's middle is within 1 %% of every time in it");
    ok(ascend && last < STATS_CLASSES, "classes ascend with time");
    ok(fixed, "the middle of a class lies in it");
    ok(stats_class(-5) == 0 && stats_class(0) == 0 && stats_class(1000) == 0 && stats_class(1001) == 1,
       "the first ones");
    is_int(stats_class(INT64_MAX), STATS_CLASSES - 1, "the last one");
}

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool within_1_percent(double kept, double exact)
{
    return isnan(kept) == isnan(exact) && (isnan(exact) || fabs(kept - exact) <= 0.0100001 * exact);
}

/* The curve of times that were kept as classes beside the curve of the times themselves, where what is censored comes
 * last. */
static void test_classes_of_curves(GRand *rand)
{
    enum { RUNS_OF_CURVES = 300, MOST = 60 };
    bool times = true;
    for (int run = 0; run < RUNS_OF_CURVES; run++) {
        const int n = g_rand_int_range(rand, 2, MOST), censored = g_rand_int_range(rand, 0, n / 2 + 1);
        double ms[MOST], most = 3000 + 1000 * run;
        static int64_t events[STATS_CLASSES], left[STATS_CLASSES];
        struct stats_moment exact[MOST + 1], kept[STATS_CLASSES];
        struct stats_survival a[MOST + 1], b[STATS_CLASSES];
        memset(events, 0, sizeof events);
        memset(left, 0, sizeof left);
        for (int i = 0; i < n; i++) {
            ms[i] = g_rand_double_range(rand, 400, most);
            events[stats_class((int64_t)(ms[i] * 1000))]++;
        }
        qsort(ms, (size_t)n, sizeof *ms, by_double);
        for (int i = 0; i < n; i++)
            exact[i] = (struct stats_moment){ms[i], 1, 0};
        exact[n] = (struct stats_moment){most * 1.1, 0, censored};
        left[stats_class((int64_t)(most * 1100))] += censored;
        const size_t n_kept = stats_moments(events, left, kept);
        stats_survive(exact, (size_t)n + 1, STATS_Z95, a);
        stats_survive(kept, n_kept, STATS_Z95, b);
        for (double q = 0.1; q < 1; q += 0.2) {
            const struct stats_time t = stats_time_at(a, (size_t)n + 1, q), u = stats_time_at(b, n_kept, q);
            times = times && within_1_percent(u.value, t.value);
        }
    }
    ok(times, "of times kept as classes, medians and the like are within 1 %% where what is censored comes last");
}

static void test_tables(void)
{
    static const int64_t same[] = {10, 10, 10, 10}, diagonal[] = {5, 0, 0, 5},
                         four[] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    static const int64_t book[] = {2, 1, 1, 1, 2, 1}; /* H(row) + H(col) - H(row, col), by hand below */
    static const int64_t zero[] = {0, 0, 0, 0};
    near_(stats_information(same, 2, 2), 0, 1e-15, "independent: no information");
    near_(stats_information(diagonal, 2, 2), 1, 1e-15, "one tells the other: one bit");
    near_(stats_information(four, 4, 4), 2, 1e-15, "of four: two bits");
    near_(stats_information(zero, 2, 2), 0, 0, "an empty table tells nothing");
    const double joint = -(2 * (2.0 / 8 * log2(2.0 / 8)) + 4 * (1.0 / 8 * log2(1.0 / 8)));
    const double column = -(2 * (3.0 / 8 * log2(3.0 / 8)) + 2.0 / 8 * log2(2.0 / 8));
    near_(stats_information(book, 2, 3), 1 + column - joint, 1e-12, "is the sum of entropies less the joint one");
}

/* Any table of the chi-square distribution; two and more degrees also by their closed form, a sum. */
static void test_chi_square(void)
{
    static const struct {
        int degrees;
        double x, above;
    } rows[] = {
        {1, 3.841458821, 0.05},
        {1, 6.634896601, 0.01},
        {2, 5.991464547, 0.05},
        {3, 7.814727903, 0.05},
        {4, 9.487729037, 0.05},
        {5, 11.07049769, 0.05},
        {7, 18.47530691, 0.01},
        {10, 18.30703805, 0.05},
        {30, 43.77297183, 0.05},
        {100, 124.3421134, 0.05},
        {6, 0, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *what = g_strdup_printf("chi-square, %d degrees, above %.4f", rows[i].degrees, rows[i].x);
        near_(stats_chi_square_above(rows[i].x, rows[i].degrees), rows[i].above, 2e-9, what);
    }
}

static void test_telling(void)
{
    static const int64_t diagonal[] = {10, 0, 0, 10}, gapped[] = {10, 0, 0, 0, 0, 0, 0, 0, 10}, none[] = {0, 0, 0, 0},
                         one_row[] = {4, 5, 0, 0}, even[] = {5, 5, 5, 5};
    const double off = 1 / (2 * 20 * M_LN2), tail = erfc(sqrt(20 * M_LN2)); /* one degree, closed form */
    near_(stats_association(diagonal, 2, 2).bits, 1 - off, 1e-12, "one bit, less what chance shows");
    near_(stats_association(diagonal, 2, 2).p_value, tail, 1e-15, "which chance never shows");
    near_(stats_association(gapped, 3, 3).bits, 1 - off, 1e-12, "empty rows and columns don't count");
    near_(stats_association(gapped, 3, 3).p_value, tail, 1e-15, "here neither");
    near_(stats_association(even, 2, 2).bits, 0, 0, "never below nothing");
    near_(stats_association(even, 2, 2).p_value, 1, 0, "chance shows as much every time");
    ok(stats_association(none, 2, 2).p_value >= 1 && stats_association(one_row, 2, 2).p_value >= 1,
       "nothing to tell: chance");
    const struct stats_interval real = stats_wilson_of(0.25, 20, STATS_Z95), whole = stats_wilson(5, 20, STATS_Z95);
    ok(fabs(real.low - whole.low) < 1e-15 && fabs(real.high - whole.high) < 1e-15, "a mean of whole values is a share");
}

/* ---- by simulation ---------------------------------------------------------------------------------------------- */

#define RUNS 4000

static int64_t binomial(GRand *rand, int n, double p)
{
    int64_t k = 0;
    for (int i = 0; i < n; i++)
        k += g_rand_double(rand) < p;
    return k;
}

static double binomial_pmf(int n, int k, double p)
{
    return exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) + (n - k) * log1p(-p));
}

/* Exactly, no dice: the chance that Wilson's interval holds the truth, over many truths and sizes. */
static void test_coverage_wilson(void)
{
    double worst = 1, total = 0;
    int cases = 0;
    for (int n = 20; n <= 200; n += 20)
        for (int p100 = 5; p100 <= 95; p100 += 5) {
            double cover = 0;
            for (int k = 0; k <= n; k++) {
                const struct stats_interval w = stats_wilson(k, n, STATS_Z95);
                if (w.low <= p100 / 100.0 && p100 / 100.0 <= w.high)
                    cover += binomial_pmf(n, k, p100 / 100.0);
            }
            worst = fmin(worst, cover);
            total += cover;
            cases++;
        }
    ok(total / cases > 0.945 && total / cases < 0.96, "Wilson covers %.4f on average", total / cases);
    ok(worst > 0.90, "and %.4f at worst", worst);
}

/* Of RUNS intervals, how many hold the truth: bounds are six standard deviations wide, and the seed is fixed. */
static void coverage(const char *what, int held, double low, double high)
{
    const double off = 6 * sqrt(0.05 * 0.95 / RUNS), share = (double)held / RUNS;
    ok(share > low - off && share < high + off, "%s covers %.4f of %d", what, share, RUNS);
}

static void test_coverage_difference(GRand *rand)
{
    int held = 0;
    for (int i = 0; i < RUNS; i++) {
        const double p1 = 0.1 + 0.8 * g_rand_double(rand), p2 = 0.1 + 0.8 * g_rand_double(rand);
        const int n1 = g_rand_int_range(rand, 20, 120), n2 = g_rand_int_range(rand, 20, 120);
        const struct stats_interval d =
            stats_difference(binomial(rand, n1, p1), n1, binomial(rand, n2, p2), n2, STATS_Z95);
        held += d.low <= p1 - p2 && p1 - p2 <= d.high;
    }
    coverage("Newcombe's difference", held, 0.94, 0.965);
}

static int by_time(const void *a, const void *b)
{
    const struct stats_moment *x = a, *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

/* Exponential times, censored by other exponential times: the curve at the median, and the median itself. */
static void test_coverage_survival(GRand *rand)
{
    int curve_held = 0, median_held = 0;
    for (int i = 0; i < RUNS; i++) {
        struct stats_moment m[60];
        struct stats_survival s[60];
        for (int j = 0; j < 60; j++) {
            const double decides = -log(1 - g_rand_double(rand)), leaves = -2 * log(1 - g_rand_double(rand));
            m[j] = (struct stats_moment){fmin(decides, leaves), decides <= leaves, decides > leaves};
        }
        qsort(m, 60, sizeof *m, by_time);
        stats_survive(m, 60, STATS_Z95, s);
        int at = 0;
        while (at + 1 < 60 && s[at + 1].time <= M_LN2)
            at++;
        curve_held += s[at].interval.low <= 0.5 && 0.5 <= s[at].interval.high;
        const struct stats_time t = stats_time_at(s, 60, 0.5);
        median_held += t.interval.low <= M_LN2 && (isnan(t.interval.high) || M_LN2 <= t.interval.high);
    }
    coverage("the log-log interval of the curve", curve_held, 0.94, 0.965);
    coverage("the interval of the median", median_held, 0.94, 0.965);
}

/* Where nothing tells, chance is even: below 0.05 once in twenty; and the bits are 0 on average before they are cut off. */
static void test_coverage_telling(GRand *rand)
{
    int small = 0;
    double bits = 0;
    for (int run = 0; run < RUNS; run++) {
        int64_t table[9] = {0};
        for (int i = 0; i < 300; i++) {
            const double row = g_rand_double(rand), column = g_rand_double(rand);
            table[3 * (row < 0.5 ? 0 : row < 0.8 ? 1 : 2) + (column < 0.3 ? 0 : column < 0.7 ? 1 : 2)]++;
        }
        small += stats_association(table, 3, 3).p_value < 0.05;
        bits += stats_information(table, 3, 3) - 4 / (2 * 300 * M_LN2);
    }
    coverage("chance is at least 0.05 where nothing tells", RUNS - small, 0.935, 0.96);
    ok(fabs(bits / RUNS) < 3e-4, "what chance shows is taken off: %.6f bits left on average", bits / RUNS);
}

/* Kidney stones (Charig and others, 1986): small and large ones, treatment A against B. Added up, B succeeds more often. */
static void test_strata(void)
{
    const struct stats_pair stones[] = {{81, 87, 234, 270}, {192, 263, 55, 80}};
    const struct stats_pooled s = stats_mantel_haenszel(stones, 2, STATS_Z95);
    ok((81 + 192) / 350.0 < (234 + 55) / 350.0, "added up, treatment A looks worse");
    ok(fabs(s.difference - 0.0538355702) < 1e-8 && s.interval.low < s.difference && s.difference < s.interval.high,
       "for small and for large stones it is better, and so it is in strata: %.6f", s.difference);
    ok(fabs(s.p_value - 0.1187405297) < 1e-7 && s.strata == 2 && s.heterogeneity > 0.5, "its test: %.6f", s.p_value);
    const struct stats_pair apart[] = {{90, 100, 10, 100}, {10, 100, 90, 100}, {5, 0, 0, 7}};
    const struct stats_pooled a = stats_mantel_haenszel(apart, 3, STATS_Z95);
    ok(fabs(a.difference) < 1e-12 && a.heterogeneity < 1e-12 && a.strata == 2,
       "strata that say the contrary of each other: that is what is found");
    const struct stats_pair none[] = {{0, 40, 0, 60}, {0, 30, 0, 20}};
    const struct stats_pooled n = stats_mantel_haenszel(none, 2, STATS_Z95);
    ok(n.interval.low < -0.01 && n.interval.high > 0.01 && n.p_value >= 1, "no cases at all are no certainty");
    ok(isnan(stats_mantel_haenszel(apart + 2, 1, STATS_Z95).difference), "nor is nothing");
}

static double probability(int n, int k, double p)
{
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p));
}

/* How likely two groups with the same share are told apart, by adding up everything that they can do. */
static double false_alarms(int n1, int n2, double p, double *tested)
{
    double alarms = 0;
    *tested = 0;
    for (int k1 = 0; k1 <= n1; k1++)
        for (int k2 = 0; k2 <= n2; k2++) {
            const struct stats_part parts[] = {{k1, n1}, {k2, n2}, {0, 0}, {1, 2}};
            size_t counted;
            const double chance = stats_heterogeneity(parts, G_N_ELEMENTS(parts), &counted);
            const double likely = probability(n1, k1, p) * probability(n2, k2, p);
            *tested += isnan(chance) ? 0 : likely;
            alarms += chance <= 0.05 ? likely : 0;
        }
    return alarms;
}

static void test_heterogeneity(void)
{
    static const struct {
        int n1, n2;
        double p;
    } groups[] = {{20, 25, 0.5}, {40, 40, 0.2}, {30, 90, 0.3}, {21, 60, 0.1}, {150, 50, 0.95}, {25, 25, 0.02}};
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        double tested;
        const double alarms = false_alarms(groups[i].n1, groups[i].n2, groups[i].p, &tested);
        ok(alarms <= 0.065, "%d and %d cases of %.2f: %.1f %% are told apart; tested: %.1f %%", groups[i].n1,
           groups[i].n2, groups[i].p, alarms * 100, tested * 100);
    }
}

/* The example of Benjamini and Hochberg (1995): 15 p-values, the first four of which are discoveries at 5 %; shuffled. */
static void test_false_discovery(void)
{
    const double p[] = {1.0,    0.0001, 0.7590, 0.0459, 0.0004, 0.3240, 0.0019, 0.0344,
                        0.0095, NAN,    0.0298, 0.4262, 0.0201, 0.5719, 0.0278, 0.6528};
    struct stats_discovery all[G_N_ELEMENTS(p)];
    int found = 0, wrong = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(p); i++)
        all[i].p = p[i];
    stats_false_discovery(all, G_N_ELEMENTS(p));
    for (size_t i = 0; i < G_N_ELEMENTS(p); i++) {
        found += all[i].q <= 0.05;
        wrong += isnan(p[i]) ? !isnan(all[i].q) : (all[i].q <= 0.05) != (p[i] < 0.01);
    }
    ok(found == 4 && wrong == 0, "of 15 comparisons four are discoveries: %d", found);
    ok(fabs(all[1].q - 0.0015) < 1e-12 && fabs(all[0].q - 1) < 1e-12,
       "p times 15 over the rank, at most the next one's");
}

/* How often the interval over strata holds the truth: about 95 times in 100. */
static void test_coverage_strata(GRand *rand)
{
    const double truth = 0.1, second[] = {0.2, 0.5, 0.7};
    const int64_t n1[] = {90, 30, 60}, n2[] = {20, 80, 60};
    int held = 0, differ = 0;
    for (int run = 0; run < RUNS; run++) {
        struct stats_pair pairs[3];
        for (int i = 0; i < 3; i++) {
            pairs[i] = (struct stats_pair){0, n1[i], 0, n2[i]};
            for (int64_t k = 0; k < n1[i]; k++)
                pairs[i].k1 += g_rand_double(rand) < second[i] + truth;
            for (int64_t k = 0; k < n2[i]; k++)
                pairs[i].k2 += g_rand_double(rand) < second[i];
        }
        const struct stats_pooled s = stats_mantel_haenszel(pairs, 3, STATS_Z95);
        held += s.interval.low <= truth && truth <= s.interval.high;
        differ += s.heterogeneity < 0.05;
    }
    ok(held > RUNS * 0.93 && held < RUNS * 0.97, "strata: %.1f %% of intervals hold the truth", held * 100.0 / RUNS);
    ok(differ > RUNS * 0.02 && differ < RUNS * 0.09, "and %.1f %% of tests see a difference where there is none",
       differ * 100.0 / RUNS);
}

/* Looked at daily, while 20 viewings a day come to each side: what is claimed at any look, and whether the interval held at
 * all of them. */
static void test_daily_looks(GRand *rand)
{
    enum { TRIALS = 1000, DAYS = 40, A_DAY = 20 };
    static const double shares[][2] = {{0.3, 0.3}, {0.5, 0.5}, {0.05, 0.05}, {0.02, 0.02}, {0.3, 0.45}};
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++) {
        const double truth = shares[i][0] - shares[i][1];
        int claimed = 0, held = 0, naive = 0;
        for (int run = 0; run < TRIALS; run++) {
            struct stats_pair p = {0};
            bool claims = false, holds = true, looks = false;
            for (int day = 0; day < DAYS; day++) {
                for (int k = 0; k < A_DAY; k++, p.n1++, p.n2++) {
                    p.k1 += g_rand_double(rand) < shares[i][0];
                    p.k2 += g_rand_double(rand) < shares[i][1];
                }
                const struct stats_sequence s = stats_sequential(&p, 0.05);
                const struct stats_interval once = stats_difference(p.k1, p.n1, p.k2, p.n2, STATS_Z95);
                claims |= s.evidence >= 20;
                holds &= s.interval.low <= truth && truth <= s.interval.high;
                looks |= once.low > 0 || once.high < 0;
            }
            claimed += claims;
            held += holds;
            naive += looks;
        }
        if (truth == 0)
            ok(claimed <= TRIALS * 0.05 && (shares[i][0] < 0.1 || naive > TRIALS * 0.15),
               "of %d experiments without a difference at %.2f, %d claim one; an interval for one look, looked at "
               "daily, %d",
               TRIALS, shares[i][0], claimed, naive);
        else
            ok(claimed > TRIALS * 0.9, "of %d with a difference of 15 points, %d are found", TRIALS, claimed);
        ok(held >= TRIALS * 0.95, "%d intervals held the truth at all %d looks", held, DAYS);
    }
}

/* By hand: V = 2 * 0.5 * 0.5 / 100, so V = 0.005, T² = 0.01. */
static void test_sequential(void)
{
    const struct stats_sequence s = stats_sequential(&(struct stats_pair){50, 100, 50, 100}, 0.05);
    const double half = sqrt(0.005 * 0.015 / 0.01 * (2 * log(20) + log(3)));
    ok(fabs(s.evidence - sqrt(1.0 / 3)) < 1e-9 && fabs(s.interval.high - half) < 1e-9 &&
           fabs(s.interval.low + half) < 1e-9,
       "no difference: evidence %.4f, from %.4f to %.4f", s.evidence, s.interval.low, s.interval.high);
}

int main(int argc, char **argv)
{
    const guint32 seed = argc > 1 ? (guint32)strtoul(argv[1], NULL, 10) : 20261123;
    printf("# seed %u\n", seed);
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    test_wilson();
    test_difference();
    test_survival();
    test_survival_closed();
    test_classes();
    test_tables();
    test_chi_square();
    test_telling();
    test_strata();
    test_heterogeneity();
    test_false_discovery();
    test_classes_of_curves(rand);
    test_coverage_wilson();
    test_coverage_difference(rand);
    test_coverage_survival(rand);
    test_coverage_telling(rand);
    test_coverage_strata(rand);
    test_sequential();
    test_daily_looks(rand);
    return tap_done();
}
