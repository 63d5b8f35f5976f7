/*
 * cross: the shares of several parts of an audience side by side: by form of input, say, or by what was taken at a decision.
 *
 * Rows are what the surveys of the parts have in common: for each version how many reached an ending, watched two minutes,
 * and each ending; how many came to each node (the funnel); what was picked at each decision. Each part has its n; where the
 * parts differ more than chance allows (Pearson's test over the parts that are large enough, corrected for the number of rows by
 * Benjamini and Hochberg), the row says so.
 *
 * cross_new() takes surveys of cubes that were loaded from the same stores with the same options, but for their segment: so
 * things have the same places in all. They outlive it. cross_text(), cross_json() and cross_csv() write it any number of
 * times; cross_free() last. One thread.
 */
#pragma once

#include "telemetry/survey/survey.h"

struct cross_part {
    const char *value;           /* of the segment */
    const struct survey *survey; /* of those in it */
};

struct cross_row {
    const char *kind, *version, *id, *option, *title; /* option, version: NULL for none */
    struct survey_ratio *shares;                      /* of each part */
    double q;                                         /* after correction; NAN: too few to tell */
};

struct cross_film {
    const struct survey_film *film; /* of the first part */
    GArray *rows;                   /* struct cross_row */
};

struct cross {
    const char *by; /* "input"; borrowed */
    const struct cross_part *parts;
    guint n_parts, n_films;
    struct cross_film *films;
};

/* There is a part at least. */
struct cross *cross_new(const char *by, const struct cross_part *parts, guint n_parts);
void cross_free(struct cross *c); /* accepts NULL */

/* Tables for a terminal. */
void cross_text(const struct cross *c, GString *out);
/*
 * Appends one object: {"format": "frumious-cross", "by", "parts": [value], "films": [{"id", "title", "viewings": [of each part],
 * "rows": [{"kind", "version", "id", "option", "title", "q", "shares": [{"k", "n", "share", "low", "high"}]}]}]}. From "share"
 * on, and "q", numbers are null where there are too few cases.
 */
void cross_json(const struct cross *c, GString *out);
/* One table, as RFC 4180 has it: a row for each share of each part. */
void cross_csv(const struct cross *c, GString *out);
