/*
 * share_rows: rows of the report page's tables, as values for its templates: shares of viewings with their intervals,
 * differences of two shares, mean times.
 *
 * The caller names a count by its place in the film's row of counts (count_layout.h). A row carries the places along
 * with the numbers, so that the page's script can fill it anew when a filter changes; web/shares.js writes the same
 * words. All texts are plain: the template escapes them. Numbers look the same in every locale. Pure; one thread.
 */
#pragma once

#include "base/stats.h"
#include "telemetry/count/count_layout.h"

#include <json-glib/json-glib.h>

struct page_counts {
    const int64_t *x;                  /* by place; borrowed */
    const struct count_layout *layout; /* of these places */
    bool bounded;                      /* viewings were erased: rows have bounds (share_row_put_bounds()) */
    guint n;                           /* places; that every place lies below is asserted */
    int64_t floor;                     /* a share of fewer cases than this is "too few to say"; at least 1 */
};

#define SHARE_TOO_FEW     "too few to say"
#define SHARE_UNCOUNTABLE "cannot be counted: it erases"

/* Writes a number with `digits` decimals (at most 9) and a decimal point. Returns the buffer. */
#define SHARE_NUMBER_BYTES 32
const char *share_row_number(char buffer[SHARE_NUMBER_BYTES], double value, int digits);

/* Adds a member "interval" to the object that the builder is in: both bounds, shares, as per cents. */
void share_row_put_interval(JsonBuilder *b, struct stats_interval range);

/* What a row is of: its title, and the id by which the story and the report's JSON know it; NULL: none. */
struct share_label {
    const char *title, *id;
};

/* Adds members to the object that the builder is in: "share" of k in n, "interval" (missing where n is below the
 * floor), and "counted". */
void share_row_put_members(JsonBuilder *b, int64_t floor, int64_t k, int64_t n);

/* Adds a member "bounds" to the object that the builder is in: what the share of k in n lies between with the viewings
 * that were erased, of the versions of the thing that place `n` counts; a dash where there is none. Only if c->bounded. */
void share_row_put_bounds(JsonBuilder *b, const struct page_counts *c, guint k, guint n);

/* The following add one row to the array that the builder is in, for web/share_row.html. */

/* The share of the count at place k in the count at place n. */
void share_row_put(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n);
/* The same, hidden while the count at k is 0. */
void share_row_put_if_any(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n);
/* The same, for what is no option but stands below a decision's options. */
void share_row_put_other(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n);
/* An option's share, whose counts begin at place `option`, and the time by which half of its picks had been made.
 * `forgets`: a pick erases the viewing, so there is no share. */
void share_row_put_option(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint option,
                          bool forgets);
/* All answers of an option, not only the first ones, for web/decision.html. */
void share_row_put_all(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint option);
/* A share of k in n that no filter changes by itself. */
void share_row_put_fixed(JsonBuilder *b, int64_t floor, struct share_label label, int64_t k, int64_t n);

/* The difference of two shares, for web/decision.html. Each is given by the place of its k; its n is at the next
 * place. */
void share_row_put_difference(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint first,
                              guint second);

/* The mean in seconds of the sum of µs at place `sum` over the count at place `of`, for web/film.html; "" for a
 * count of 0. */
void share_row_put_mean(JsonBuilder *b, const struct page_counts *c, guint sum, guint of);
