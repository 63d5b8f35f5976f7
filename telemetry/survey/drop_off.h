/*
 * drop_off: at which second of a node viewers left.
 *
 * A curve of survival (Kaplan and Meier) over the seconds for which the node had played, of its visits: to leave is the event.
 * Who went back or skipped on, who went on with the film, and of whom no more is known (cut off, failed, still playing) counts
 * as staying up to that second, and is not counted from then on. Within a second, who left comes before the others.
 *
 * The seconds at which more left than elsewhere in the node are tested (how likely chance alone shows as many, if at each second
 * the same share left) and corrected for all seconds of the film (Benjamini and Hochberg).
 *
 * Pure; one thread.
 */
#pragma once

#include "base/stats.h"
#include "telemetry/count/count_layout.h"

/* A second in which a visit ended; others have no row, and change nothing. */
struct drop_off_second {
    int32_t second; /* 0: the first one */
    int64_t left, jumped, other;
    int64_t at_risk;                /* visits that still went on at its beginning */
    double share;                   /* that had not left at its end, by the curve */
    struct stats_interval interval; /* its own */
    double p, q;                    /* as above; NAN: nobody left, or too few */
};

/*
 * Of each node, in the order of the film, by the counts x: a GArray of struct drop_off_second, ascending. A node in which
 * nobody left, or with fewer than `floor` visits, is not tested. The caller frees the array, which owns what is in it.
 */
GPtrArray *drop_off_new(const struct count_layout *l, const int64_t *x, int64_t floor);

/* Whether more left there than chance allows. */
bool drop_off_stands_out(const struct drop_off_second *s);

/* Visits in all, and how many of them were left. */
int64_t drop_off_visits(const GArray *seconds);
int64_t drop_off_left(const GArray *seconds);

/* Up to `most` of the seconds in which most left, the worst first: const struct drop_off_second *. The caller frees. */
GPtrArray *drop_off_worst(const GArray *seconds, guint most);
