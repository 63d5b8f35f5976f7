#include "base/stats.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A class's end over its beginning. With this ratio, the middle is within 1 % of every time in the class. */
#define CLASS_RATIO (1.01 / 0.99)

double stats_share(int64_t k, int64_t n)
{
    return n > 0 ? (double)k / (double)n : NAN;
}

struct stats_interval stats_wilson_of(double mean, double n, double z)
{
    if (!(n > 0))
        return (struct stats_interval){0, 1};
    const double zz = z * z, centre = (mean + zz / (2 * n)) / (1 + zz / n);
    const double half = z * sqrt(mean * (1 - mean) / n + zz / (4 * n * n)) / (1 + zz / n);
    /* Exact at the ends, where rounding would leave 1e-17. */
    return (struct stats_interval){mean <= 0 ? 0 : fmax(0, centre - half), mean >= 1 ? 1 : fmin(1, centre + half)};
}

struct stats_interval stats_wilson(int64_t k, int64_t n, double z)
{
    return stats_wilson_of(n > 0 ? stats_share(k, n) : 0, (double)n, z);
}

struct stats_interval stats_cluster_interval(const struct stats_clusters *c, double z)
{
    const double n = (double)c->n, p = n > 0 ? (double)c->k / n : 0;
    if (c->n <= 0 || c->clusters < 2)
        return (struct stats_interval){0, 1};
    const double squares = (double)c->kk - 2 * p * (double)c->kn + p * p * (double)c->nn;
    const double variance = fmax(0, squares) / (n * n);
    const double alike = p * (1 - p) / n; /* the variance of as many independent cases */
    const double cases = p <= 0 || p >= 1 ? (double)c->clusters : variance > alike ? n * alike / variance : n;
    return stats_wilson_of(p, cases, z);
}

struct stats_interval stats_bounds(int64_t k, int64_t n, int64_t missing)
{
    const double all = (double)n + (double)missing;
    if (!(all > 0))
        return (struct stats_interval){0, 1};
    return (struct stats_interval){(double)k / all, ((double)k + (double)missing) / all};
}

struct stats_mean stats_mean(const int64_t *counts, int n_values, double z)
{
    double n = 0, sum = 0, squares = 0;
    assert(n_values > 1);
    for (int i = 0; i < n_values; i++) {
        const double x = (double)i / (n_values - 1), k = (double)counts[i];
        n += k;
        sum += k * x;
        squares += k * x * x;
    }
    const double mean = n > 0 ? sum / n : NAN;
    const double variance = n > 1 ? fmax(0, squares - sum * sum / n) / (n - 1) : NAN;
    const double half = z * sqrt(variance / n);
    return (struct stats_mean){mean, {fmax(0, mean - half), fmin(1, mean + half)}};
}

struct stats_interval stats_difference(int64_t k1, int64_t n1, int64_t k2, int64_t n2, double z)
{
    if (n1 <= 0 || n2 <= 0)
        return (struct stats_interval){-1, 1};
    const double p1 = stats_share(k1, n1), p2 = stats_share(k2, n2);
    const struct stats_interval a = stats_wilson(k1, n1, z), b = stats_wilson(k2, n2, z);
    return (struct stats_interval){p1 - p2 - hypot(p1 - a.low, b.high - p2), p1 - p2 + hypot(a.high - p1, p2 - b.low)};
}

/* ---- durations ------------------------------------------------------------------------------------------------- */

static struct stats_interval log_log_interval(double share, double variance, double z, double high_before)
{
    if (share <= 0)
        return (struct stats_interval){0, high_before};
    if (share >= 1)
        return (struct stats_interval){1, 1};
    const double spread = exp(z * sqrt(variance) / fabs(log(share)));
    return (struct stats_interval){pow(share, spread), pow(share, 1 / spread)};
}

void stats_survive(const struct stats_moment *moments, size_t n, double z, struct stats_survival *curve)
{
    int64_t at_risk = 0;
    double share = 1, variance = 0, high = 1;
    for (size_t i = 0; i < n; i++)
        at_risk += moments[i].events + moments[i].censored;
    for (size_t i = 0; i < n; i++) {
        const double risk = (double)at_risk, events = (double)moments[i].events;
        if (moments[i].events > 0) {
            share = moments[i].events == at_risk ? 0 : share * (1 - events / risk);
            variance += moments[i].events == at_risk ? 0 : events / (risk * (risk - events));
        }
        curve[i] = (struct stats_survival){.time = moments[i].time,
                                           .at_risk = at_risk,
                                           .events = moments[i].events,
                                           .censored = moments[i].censored,
                                           .share = share,
                                           .variance = share * share * variance,
                                           .interval = log_log_interval(share, variance, z, high)};
        high = curve[i].interval.high;
        at_risk -= moments[i].events + moments[i].censored;
    }
}

struct stats_time stats_time_at(const struct stats_survival *curve, size_t n, double q)
{
    struct stats_time t = {NAN, {NAN, NAN}};
    const double left = 1 - q + 1e-12; /* forgives rounding: products of fractions may miss an exact half */
    for (size_t i = n; i-- > 0;) {
        if (curve[i].share <= left)
            t.value = curve[i].time;
        if (curve[i].interval.low <= left)
            t.interval.low = curve[i].time;
        if (curve[i].interval.high <= left)
            t.interval.high = curve[i].time;
    }
    return t;
}

double stats_quantile(const struct stats_moment *moments, size_t n, double q)
{
    int64_t all = 0, so_far = 0;
    for (size_t i = 0; i < n; i++)
        all += moments[i].events;
    for (size_t i = 0; i < n; i++) {
        so_far += moments[i].events;
        if (moments[i].events > 0 && (double)so_far >= q * (double)all - 1e-9)
            return moments[i].time;
    }
    return NAN;
}

/* ---- classes --------------------------------------------------------------------------------------------------- */

int stats_class(int64_t us)
{
    if (us <= 1000)
        return 0;
    const double cls = ceil(log((double)us / 1000) / log(CLASS_RATIO) - 1e-9);
    return cls < STATS_CLASSES ? (int)cls : STATS_CLASSES - 1;
}

double stats_class_ms(int cls)
{
    return cls <= 0 ? 1 : pow(CLASS_RATIO, cls) * 0.99;
}

size_t stats_moments(const int64_t *events, const int64_t *censored, struct stats_moment *moments)
{
    size_t n = 0;
    for (int c = 0; c < STATS_CLASSES; c++)
        if (events[c] + (censored ? censored[c] : 0) > 0)
            moments[n++] = (struct stats_moment){stats_class_ms(c), events[c], censored ? censored[c] : 0};
    assert(n <= STATS_CLASSES);
    return n;
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static int64_t sum(const int64_t *table, int n, int stride)
{
    int64_t total = 0;
    for (int i = 0; i < n; i++)
        total += table[(ptrdiff_t)i * stride];
    return total;
}

double stats_information(const int64_t *table, int rows, int columns)
{
    const double all = (double)sum(table, rows * columns, 1);
    double bits = 0;
    for (int r = 0; r < rows; r++) {
        const double in_row = (double)sum(table + (ptrdiff_t)r * columns, columns, 1);
        for (int c = 0; c < columns; c++) {
            const double n = (double)table[(ptrdiff_t)r * columns + c];
            if (n > 0)
                bits += n / all * log2(n * all / (in_row * (double)sum(table + c, rows, columns)));
        }
    }
    return fmax(0, bits);
}

static int count_nonempty(const int64_t *table, int groups, int n, int stride, int step)
{
    int found = 0;
    for (int i = 0; i < groups; i++)
        found += sum(table + (ptrdiff_t)i * step, n, stride) > 0;
    return found;
}

struct stats_association stats_association(const int64_t *table, int rows, int columns)
{
    const double n = (double)sum(table, rows * columns, 1), bits = n > 0 ? stats_information(table, rows, columns) : 0;
    const int degrees =
        (count_nonempty(table, rows, columns, 1, columns) - 1) * (count_nonempty(table, columns, rows, columns, 1) - 1);
    if (n <= 0 || degrees <= 0)
        return (struct stats_association){0, 1};
    return (struct stats_association){fmax(0, bits - degrees / (2 * n * M_LN2)),
                                      stats_chi_square_above(2 * n * M_LN2 * bits, degrees)};
}

/* With an even number of degrees, the terms are those of Poisson's distribution; an odd number adds an erfc term. */
double stats_chi_square_above(double x, int degrees)
{
    const double half = x / 2;
    const int odd = degrees & 1;
    if (!(x > 0))
        return 1;
    double above = odd ? erfc(sqrt(half)) : 0, term = odd ? sqrt(half / M_PI) * 2 * exp(-half) : exp(-half);
    for (int i = odd ? 3 : 2; i <= degrees; i += 2) {
        above += term;
        term *= half / (i / 2.0);
    }
    return fmin(1, above);
}

/* ---- strata, and many comparisons -------------------------------------------------------------------------------- */

struct stratum_sums {
    double weights, weighted, variance;   /* of the difference */
    double drawn_in;                      /* its variance where no share is 0 or 1 */
    double excess, spread;                /* of the test: k1 beyond what is expected, and its variance */
    double inverse, inverse_1, inverse_2; /* of heterogeneity: sums of 1 / v, d / v, d² / v */
    int strata;
};

/* A share that is never 0 or 1, so that its variance is not 0. */
static double drawn_in(int64_t k, int64_t n)
{
    return ((double)k + 0.5) / ((double)n + 1);
}

static void add_heterogeneity(struct stratum_sums *s, const struct stats_pair *p, double weight)
{
    const double p1 = drawn_in(p->k1, p->n1), p2 = drawn_in(p->k2, p->n2);
    const double v = p1 * (1 - p1) / (double)p->n1 + p2 * (1 - p2) / (double)p->n2;
    const double d = stats_share(p->k1, p->n1) - stats_share(p->k2, p->n2);
    s->drawn_in += weight * weight * v;
    s->inverse += 1 / v;
    s->inverse_1 += d / v;
    s->inverse_2 += d * d / v;
}

static void add_stratum(struct stratum_sums *s, const struct stats_pair *p)
{
    const double n1 = (double)p->n1, n2 = (double)p->n2, k1 = (double)p->k1, k2 = (double)p->k2, n = n1 + n2;
    if (p->n1 <= 0 || p->n2 <= 0)
        return;
    const double w = n1 * n2 / n;
    s->strata++;
    s->weights += w;
    s->weighted += w * (k1 / n1 - k2 / n2);
    s->variance += (k1 * (n1 - k1) * n2 * n2 * n2 + k2 * (n2 - k2) * n1 * n1 * n1) / (n1 * n2 * n * n);
    s->excess += k1 - n1 * (k1 + k2) / n;
    s->spread += n1 * n2 * (k1 + k2) * (n - k1 - k2) / (n * n * (n - 1));
    add_heterogeneity(s, p, w);
}

struct stats_pooled stats_mantel_haenszel(const struct stats_pair *pairs, size_t n, double z)
{
    struct stratum_sums s = {0};
    for (size_t i = 0; i < n; i++)
        add_stratum(&s, &pairs[i]);
    if (s.strata == 0)
        return (struct stats_pooled){NAN, {NAN, NAN}, NAN, NAN, 0};
    const double d = s.weighted / s.weights, variance = s.variance > 0 ? s.variance : s.drawn_in;
    const double half = z * sqrt(variance) / s.weights;
    const double q = fmax(0, s.inverse_2 - s.inverse_1 * s.inverse_1 / s.inverse);
    return (struct stats_pooled){
        .difference = d,
        .interval = {fmax(-1, d - half), fmin(1, d + half)},
        .p_value = s.spread > 0 ? stats_chi_square_above(s.excess * s.excess / s.spread, 1) : 1,
        .heterogeneity = s.strata > 1 ? stats_chi_square_above(q, s.strata - 1) : 1,
        .strata = s.strata,
    };
}

/* Whether the share p of its n cases, and of the others, is large enough for Pearson's test. */
static bool is_testable(const struct stats_part *part, double p)
{
    const double least = 5;
    return (double)part->n * p >= least && (double)part->n * (1 - p) >= least;
}

double stats_heterogeneity(const struct stats_part *parts, size_t n, size_t *counted)
{
    struct stats_part all = {0}, tested = {0};
    size_t groups = 0;
    double x = 0;
    for (size_t i = 0; i < n; i++)
        all.k += parts[i].k, all.n += parts[i].n;
    const double share = stats_share(all.k, all.n);
    for (size_t i = 0; i < n; i++)
        if (is_testable(&parts[i], share))
            tested.k += parts[i].k, tested.n += parts[i].n, groups++;
    if (counted)
        *counted = groups;
    const double p = stats_share(tested.k, tested.n);
    if (groups < 2)
        return NAN;
    for (size_t i = 0; i < n && p > 0 && p < 1; i++)
        if (is_testable(&parts[i], share))
            x += pow((double)parts[i].k - (double)parts[i].n * p, 2) / ((double)parts[i].n * p * (1 - p));
    return stats_chi_square_above(x, (int)groups - 1);
}

/* NAN stands last. */
static int by_p(const void *a, const void *b)
{
    const double x = ((const struct stats_discovery *)a)->p, y = ((const struct stats_discovery *)b)->p;
    return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x > y) - (x < y);
}

static int by_place(const void *a, const void *b)
{
    const size_t x = ((const struct stats_discovery *)a)->at, y = ((const struct stats_discovery *)b)->at;
    return (x > y) - (x < y);
}

void stats_false_discovery(struct stats_discovery *all, size_t n)
{
    size_t comparisons = 0;
    double least = 1;
    if (n == 0)
        return; /* `all` may be NULL then, which qsort() does not allow */
    for (size_t i = 0; i < n; i++) {
        all[i].at = i;
        comparisons += !isnan(all[i].p);
    }
    qsort(all, n, sizeof *all, by_p);
    for (size_t i = n; i-- > 0;) {
        if (!isnan(all[i].p))
            least = fmin(least, all[i].p * (double)comparisons / (double)(i + 1));
        all[i].q = isnan(all[i].p) ? NAN : least;
    }
    qsort(all, n, sizeof *all, by_place);
}

static double smoothed_variance(int64_t k, int64_t n)
{
    const double p = ((double)k + 0.5) / ((double)n + 1);
    return p * (1 - p) / (double)n;
}

struct stats_sequence stats_sequential(const struct stats_pair *pair, double alpha)
{
    const double v = smoothed_variance(pair->k1, pair->n1) + smoothed_variance(pair->k2, pair->n2);
    const double t = STATS_MIXTURE * STATS_MIXTURE,
                 d = stats_share(pair->k1, pair->n1) - stats_share(pair->k2, pair->n2);
    const double half = sqrt(v * (v + t) / t * (2 * log(1 / alpha) + log((v + t) / v)));
    return (struct stats_sequence){.difference = d,
                                   .interval = {fmax(d - half, -1), fmin(d + half, 1)},
                                   .evidence = sqrt(v / (v + t)) * exp(t * d * d / (2 * v * (v + t)))};
}
