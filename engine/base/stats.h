/*
 * stats: the statistics that reports are made of, as pure functions of counts.
 *
 * No state, no allocation, no I/O; any thread. Counts are exact integers, probabilities are between 0 and 1, times are
 * in whatever unit the caller uses. What the counts do not determine is NAN: the share of nothing, a median never
 * reached. Every formula has a name to look up; tests/unit/test_stats.c compares them with published tables.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The normal quantile for intervals that hold the truth 95 times in 100. */
#define STATS_Z95 1.959963984540054

struct stats_interval {
    double low, high;
};

/* k / n; NAN for n = 0. */
double stats_share(int64_t k, int64_t n);

/* Wilson's score interval of a share k / n. For n = 0 it is the whole range of a share: 0 to 1. */
struct stats_interval stats_wilson(int64_t k, int64_t n, double z);

/*
 * The share of n cases that come in clusters, as the answers of one viewing do: sums over the clusters' own k and n.
 * Wilson's interval for as many independent cases as would vary as much; never narrower than for n of them. With fewer than
 * two clusters it is the whole range of a share.
 */
struct stats_clusters {
    int64_t k, n, kk, kn, nn; /* the sums of k, n, k², k n, n² */
    int64_t clusters;
};
struct stats_interval stats_cluster_interval(const struct stats_clusters *c, double z);

/* What a share k / n lies between if up to `missing` more cases, of which nothing is known, had counted. */
struct stats_interval stats_bounds(int64_t k, int64_t n, int64_t missing);

/* The same for the mean of n values between 0 and 1; n need not be whole. It is never too narrow, because
 * no such values vary more than zeros and ones with the same mean. */
struct stats_interval stats_wilson_of(double mean, double n, double z);

/* The mean of values between 0 and 1, of which value i / (n_values - 1) was counted counts[i] times, with an interval
 * by the normal approximation from their own variance. NAN for no values; for a single one the interval is 0 to 1. */
struct stats_mean {
    double value;
    struct stats_interval interval;
};
struct stats_mean stats_mean(const int64_t *counts, int n_values, double z);

/* Newcombe's hybrid score interval (his method 10) of k1/n1 - k2/n2, for two independent groups. If an n
 * is 0, it is the whole range of a difference: -1 to 1. */
struct stats_interval stats_difference(int64_t k1, int64_t n1, int64_t k2, int64_t n2, double z);

/* ---- comparing in strata, and many comparisons at once ------------------------------------------------------------ */

/* k1 of n1 against k2 of n2, in one stratum. */
struct stats_pair {
    int64_t k1, n1, k2, n2;
};

/*
 * The difference of two shares over strata, by Mantel and Haenszel: each stratum is compared with itself, so that two
 * groups that are spread over the strata in different ways are not compared by that. Strata without cases on a side do not
 * count; with none that do, all is NAN.
 */
struct stats_pooled {
    double difference;
    struct stats_interval
        interval;         /* normal, on the variance of Greenland and Robins; where all shares are 0 or 1, on that of
                                       (k + 1/2) / (n + 1) */
    double p_value;       /* how likely chance alone shows as much (Cochran, Mantel and Haenszel) */
    double heterogeneity; /* how likely chance alone makes the strata differ as much (Cochran's Q); 1 for one */
    int strata;           /* that count */
};
struct stats_pooled stats_mantel_haenszel(const struct stats_pair *pairs, size_t n, double z);

/*
 * The difference k1 / n1 - k2 / n2 of two groups that grow while they are looked at, as often as anybody likes.
 *
 * With V = p1 (1 - p1) / n1 + p2 (1 - p2) / n2, where p = (k + 1/2) / (n + 1), and T = STATS_MIXTURE:
 *   evidence = sqrt(V / (V + T²)) exp(T² d² / (2 V (V + T²)))
 *   interval = d -+ sqrt(V (V + T²) / T² (2 ln(1 / alpha) + ln((V + T²) / V)))
 * This is Robbins' mixture of normal distributions, as Johari, Koomen, Pekelis and Walsh have it for shares (Always Valid
 * Inference: Continuous Monitoring of A/B Tests, Operations Research 70, 2022). Without a difference, the evidence reaches
 * 1 / alpha at some look with a chance of at most alpha, and the interval holds the truth at all looks with a chance of
 * 1 - alpha at least. Both are exact only for large groups; a test holds them for shares from 2 % on, from 20 cases on.
 */
#define STATS_MIXTURE 0.1 /* ten points: the differences that are found soonest */
struct stats_sequence {
    double difference;
    struct stats_interval interval;
    double evidence;
};
struct stats_sequence stats_sequential(const struct stats_pair *pair, double alpha);

/* k of n, in one of several groups. */
struct stats_part {
    int64_t k, n;
};

/*
 * How likely chance alone makes the shares of several groups differ as much (Pearson's chi-square). Groups in which, by
 * the share of all, fewer than 5 cases of either kind would be expected don't count, because there the test is no good;
 * NAN where fewer than two do. *counted, which may be NULL: how many did.
 */
double stats_heterogeneity(const struct stats_part *parts, size_t n, size_t *counted);

/* Of what is told as more than chance, so much may be chance. */
#define STATS_DISCOVERIES 0.05

/* One of many comparisons: p is how likely chance alone shows as much; NAN is no comparison. */
struct stats_discovery {
    double p, q;
    size_t at; /* its place; private */
};

/* Sets q of each to the least rate of false discoveries at which it would be one (Benjamini and Hochberg), NAN where p is. The
 * order stays. O(n log n). */
void stats_false_discovery(struct stats_discovery *all, size_t n);

/* ---- durations, some of which were cut short (censored) ---------------------------------------------------------- */

/* How many durations ended at this time (the event), and how many were only watched until then. */
struct stats_moment {
    double time;
    int64_t events, censored;
};

/* The curve after one moment: the share of durations that go on, with a log-log interval. */
struct stats_survival {
    double time;
    int64_t at_risk, events, censored; /* at_risk: just before */
    double share, variance;            /* Kaplan-Meier; Greenwood */
    struct stats_interval interval;    /* where share is 0: from 0 to where the upper bound was before */
};

/*
 * The Kaplan-Meier curve. `moments` ascend in time; events come before what is censored at the same moment. `curve`
 * gets n entries, one for each moment.
 */
void stats_survive(const struct stats_moment *moments, size_t n, double z, struct stats_survival *curve);

struct stats_time {
    double value; /* the first time at which at most 1 - q go on; NAN if the curve does not come down that far */
    struct stats_interval interval; /* Brookmeyer and Crowley; a bound that is not reached is NAN */
};
struct stats_time stats_time_at(const struct stats_survival *curve, size_t n, double q);

/* The first time by which at least the share q of the events have happened; what is censored does not count. */
double stats_quantile(const struct stats_moment *moments, size_t n, double q);

/* ---- times in classes of 2 % --------------------------------------------------------------------------------------
 *
 * A time is stored as its class, so that counts can be added up over any number of viewings. The middle of a class
 * is at most 1 % away from any time in it. Class 0 is everything up to 1 ms; the last about 50 days. */
#define STATS_CLASSES 1112

int stats_class(int64_t us);    /* negative times are 0 */
double stats_class_ms(int cls); /* the middle of the class, in ms; 1 for class 0 */

/* Makes moments, in ms, of counts by class; classes without any are left out. `events` and `censored` (NULL: nothing
 * was cut short) have STATS_CLASSES counts each; `moments` needs room for as many. Returns how many were written. */
size_t stats_moments(const int64_t *events, const int64_t *censored, struct stats_moment *moments);

/* ---- tables of counts -------------------------------------------------------------------------------------------- */

/* Mutual information in bits of a table of counts, row by row; 0 for an empty one. Not corrected for chance. */
double stats_information(const int64_t *table, int rows, int columns);

/*
 * That information less the average that chance alone would show (Miller and Madow), at least 0; and the probability
 * that chance alone shows as much (G test). Empty rows and columns do not count. An empty table gives 0 and 1.
 */
struct stats_association {
    double bits, p_value;
};
struct stats_association stats_association(const int64_t *table, int rows, int columns);

/* The share of a chi-square distribution with `degrees` of freedom that lies above x. */
double stats_chi_square_above(double x, int degrees);
