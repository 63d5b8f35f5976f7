/*
 * weigh: consequence against hesitation. What each decision changes, from the graph of all plays of the film
 * (explore/consequence.h), beside how long an audience took for it: choices that matter and go by unnoticed, and
 * choices that agonise and change nothing, stand out.
 *
 * weigh_new() explores the story once, within limits; it and the story can be far apart: decisions that changed since
 * the audience saw them are left out and counted. One thread.
 */
#pragma once

#include "story/story.h"
#include "telemetry/survey.h"

struct weigh_row {
    guint decision;           /* in the film's decisions */
    const char *title;        /* borrowed from the survey */
    double shift;             /* consequence: 0 to 1, see explore/consequence.h */
    bool compared;            /* two of its options can be taken in the same state; else shift is not known */
    bool illusion;            /* whatever is picked, the same film comes */
    int64_t only_us;          /* film that is seen through one option only */
    int64_t apart_us;         /* of film, until the options' futures are the same again; US_NONE: never, or not known */
    bool apart_for_good;      /* never */
    char *differs;            /* variables that differ afterwards and are asked later, "a, b"; "": none */
    struct stats_time median; /* ms; of people's decision time; value NAN: not reached, or too few to say */
    int64_t exposures;
    bool enough; /* exposures */
};

struct weigh;

/* NULL and error where all plays could not be looked at within `max_memory` bytes. `s` and `r` outlive it. */
struct weigh *weigh_new(const struct story *s, const struct survey *r, size_t max_memory, GError **error);
void weigh_free(struct weigh *w); /* accepts NULL */

/* Of the film with this place in the survey: rows in the order of the film; NULL: it is another story. */
const GArray *weigh_rows(const struct weigh *w, guint film);
guint weigh_changed(const struct weigh *w); /* decisions left out */

/* Appends a table for a terminal. */
void weigh_text(const struct weigh *w, GString *out);
