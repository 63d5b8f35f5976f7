/*
 * decision_impact: what each decision of a film changes, beside how long an audience took for it. Choices that matter
 * and go by unnoticed stand out, and so do choices that are agonised over and change nothing.
 *
 * What a decision changes comes from the graph of all plays of the film (explore/consequence.h), and depends on what
 * viewers decide later, too. So it is told twice: first as if any option were as likely as any other; then as if viewers
 * decided as those in the survey did. In the second, an option is as likely as its share of picks, of the times when it
 * could be picked, and a timeout is as likely as its own share, over the sum of these for what is on offer. Where an
 * option could be picked in fewer cases than the survey's floor, all options of that decision count as equally likely
 * here, too.
 *
 * decision_impact_new() explores the story once, which is what takes the time and the memory. The story and the survey
 * may differ: decisions that changed since the audience saw them are left out and counted. The survey is only read. One
 * thread.
 */
#pragma once

#include "story/story.h"
#include "telemetry/survey/survey.h"

#include <stdbool.h>

struct decision_impact_row {
    guint decision;                        /* in the film's decisions */
    const char *title;                     /* borrowed from the survey */
    const struct survey_consequence *film; /* what it changes */
    struct stats_time median;              /* of the decision time, in ms; NAN: not reached, or too few to say */
    int64_t exposures;
    bool enough; /* whether there are enough exposures to tell the median */
};

struct decision_impact;

/* NULL and error where all plays cannot be explored within `max_memory` bytes. `s` and `r` are borrowed and outlive it. */
struct decision_impact *decision_impact_new(const struct story *s, const struct survey *r, size_t max_memory,
                                            GError **error);
void decision_impact_free(struct decision_impact *w); /* accepts NULL */

/* Rows (struct decision_impact_row) of the film with this place in the survey, in the order of its decisions. NULL: the
 * story is not this film, or `w` is NULL. */
const GArray *decision_impact_rows(const struct decision_impact *w, guint film);

/* For survey_json() and survey_csv(). Lives as long as `w`; NULL for NULL. */
const struct survey_consequences *decision_impact_consequences(const struct decision_impact *w);

/* Decisions of the survey that are not in the story any more, or have changed. */
guint decision_impact_changed(const struct decision_impact *w);

/* A sentence that says what "as measured" stands for here. Lives as long as `w`. */
const char *decision_impact_measured(const struct decision_impact *w);

/* Appends a table for a terminal. */
void decision_impact_text(const struct decision_impact *w, GString *out);

/* True, or a broken promise is asserted: each row has its consequence, and each decision at most one row. */
bool decision_impact_check(const struct decision_impact *w);
