/*
 * weigh: consequence against hesitation. What each decision changes, from the graph of all plays of the film
 * (explore/consequence.h), beside how long an audience took for it: choices that matter and go by unnoticed, and
 * choices that agonise and change nothing, stand out.
 *
 * What a decision changes depends on what viewers decide later, too. So it is told twice: for viewers who take any option
 * alike, and for such as decide as those in the survey did: an option by its share, which is how often it was picked where
 * it could be, the timeout by its own, over the sum of those that a moment offers. Where an option could be taken in fewer
 * cases than the survey's floor, the decision counts as one in which any is taken alike.
 *
 * decision_impact_new() explores the story once, within limits; it and the story can be far apart: decisions that changed since
 * the audience saw them are left out and counted. One thread.
 */
#pragma once

#include "story/story.h"
#include "telemetry/survey/survey.h"

struct decision_impact_row {
    guint decision;                        /* in the film's decisions */
    const char *title;                     /* borrowed from the survey, as is */
    const struct survey_consequence *film; /* what it changes */
    struct stats_time median; /* ms; of people's decision time; value NAN: not reached, or too few to say */
    int64_t exposures;
    bool enough; /* exposures */
};

struct decision_impact;

/* NULL and error where all plays could not be looked at within
 * `max_memory` bytes. `s` and `r` outlive it. */
struct decision_impact *decision_impact_new(const struct story *s, const struct survey *r, size_t max_memory,
                                            GError **error);
void decision_impact_free(struct decision_impact *w); /* accepts NULL */

/* Of the film with this place in the survey: rows in the order of the film; NULL: it is another story. */
const GArray *decision_impact_rows(const struct decision_impact *w, guint film);
/* For survey_json() and survey_csv(). Lives as long as `w`; NULL for NULL. */
const struct survey_consequences *decision_impact_consequences(const struct decision_impact *w);
guint decision_impact_changed(const struct decision_impact *w); /* decisions left out */

/* A sentence about what "as measured" stands for here. Lives as long as `w`. */
const char *decision_impact_measured(const struct decision_impact *w);

/* Appends a table for a terminal. */
void decision_impact_text(const struct decision_impact *w, GString *out);
