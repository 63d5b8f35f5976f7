/*
 * cover_plan: which way through a film shows most of what no viewing has shown yet, over the graph of all its states
 * (explore/explore.h). Used by viewing_cover only.
 *
 * What can be shown behind each state is summed up from the end of the film, so a way is chosen by all that lies ahead. Where the
 * film goes in circles, all states of a circle count as one, and a viewing goes round until nothing new is left in it. What a way
 * shows twice counts twice there, so the best way is the best by this count; of equally good ones, the shortest. In a small graph it
 * is chosen anew whenever something was shown, so that it doesn't go round for the same things again.
 *
 * Order of calls: cover_plan_new() after explore_run(); then either question, any number of times; cover_plan_free(). One thread.
 */
#pragma once

#include "explore/explore.h"

/* Transitions that are looked at in all, some seconds' work. */
#define COVER_PLAN_WORK_MAX UINT64_C(1000000000)

struct cover_plan;

/* Both are borrowed. Targets are the nodes, then the options. */
struct cover_plan *cover_plan_new(const struct story *s, const struct explore *e);
void cover_plan_free(struct cover_plan *p); /* accepts NULL */

/* Appends the way that shows most of what is not covered, as struct witness_transition. Nothing, if all is covered, or so much was
 * looked at (COVER_PLAN_WORK_MAX) that it would take too long. */
void cover_plan_best(struct cover_plan *p, const bool *covered, GArray *path);

/* Appends a way to what is met first of all that is not covered, and on from there. False: all that was met is covered. What was
 * covered once must stay so. */
bool cover_plan_missing(struct cover_plan *p, const bool *covered, GArray *path);
