/*
 * share_rows: rows of the report page's tables, as values for its templates: shares of viewings with their intervals,
 * differences of two shares, mean times.
 *
 * Each function adds one object to the array that the builder is in. Counts are named by their places in the film's
 * row of counts (report/count_layout.h): the object carries the places too, so that the page's script finds the row
 * when a filter changes. All texts are plain text; the template escapes them. Numbers are written uniform in every
 * locale. web/shares.js writes the same words. Pure; one thread.
 */
#pragma once

#include "base/stats.h"
#include "report/count_layout.h"

#include <json-glib/json-glib.h>

struct page_counts {
    const int64_t *x; /* by place */
    guint n;          /* places; every place that is given lies below, which is asserted */
    int64_t floor;    /* of fewer cases a share is too few to say; at least 1 */
};

#define SHARE_TOO_FEW "too few to say"

/* A number with `digits` decimals and a point, whatever the locale. Returns the buffer. */
#define DECIMAL_BYTES 32
const char *decimal_text(char buffer[DECIMAL_BYTES], double value, int digits);

/* A member "interval": both bounds in per cent. */
void share_row_put_interval(JsonBuilder *b, struct stats_interval range);

/* Members of the object that the builder is in: "share", "interval" (missing where there are too few) and "counted". */
void share_row_put_members(JsonBuilder *b, int64_t floor, int64_t k, int64_t n);

/* A row of share_row.html: the share of the count at place k in that at place n. */
void share_row_put(JsonBuilder *b, const struct page_counts *c, const char *label, guint k, guint n);
/* One that is hidden while the count at k is 0. */
void share_row_put_if_any(JsonBuilder *b, const struct page_counts *c, const char *label, guint k, guint n);
/* One below a decision's options that is none of them. */
void share_row_put_other(JsonBuilder *b, const struct page_counts *c, const char *label, guint k, guint n);
/* An option's, whose counts begin at `option`; with the time by which half of its picks had been made. */
void share_row_put_option(JsonBuilder *b, const struct page_counts *c, const char *label, guint option);
/* One whose counts stay what they are under every filter. */
void share_row_put_fixed(JsonBuilder *b, int64_t floor, const char *label, int64_t k, int64_t n);

/* The difference of two shares: a and b are the places of their k, n is at the place behind each. */
void share_row_put_difference(JsonBuilder *b, const struct page_counts *c, const char *label, guint first,
                              guint second);

/* Adds {sum, of, text}: the mean in seconds of the sum in µs at place `sum` over the count at place `of`; ""
 * without any. */
void share_row_put_mean(JsonBuilder *b, const struct page_counts *c, guint sum, guint of);

/* Collects the classes from `events` and `censored` (NULL: none are) that are not empty, as moments. Both are
 * STATS_CLASSES long, and so is `moments` at most. Returns how many. */
size_t moments_from_classes(const int64_t *events, const int64_t *censored, struct stats_moment *moments);
