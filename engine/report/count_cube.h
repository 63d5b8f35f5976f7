/*
 * cells: an audience's numbers in small parts, by version, place among their viewer's viewings, time mode and period, so
 * that whoever has them can add up any selection. The HTML report carries them for its filters.
 *
 * count_cube_new() reads the stores, count_cube_free() last. Everybody's viewings are in it, whatever the options select, but for
 * their story, version, first day, and pooling. Periods are days; where that would be too much for a page, weeks,
 * months or years. One thread.
 */
#pragma once

#include "report/count_layout.h"
#include "telemetry/survey/survey.h"

#include <glib.h>

struct count_cube;

/* NULL and error on failure, as survey_new(). */
struct count_cube *count_cube_new(struct store *const *stores, int n_stores, const struct survey_options *o,
                                  GError **error);
void count_cube_free(struct count_cube *c); /* accepts NULL */

/* The survey of everybody, whose films the others go by. */
const struct survey *count_cube_survey(const struct count_cube *c);
const struct count_layout *count_cube_layout(const struct count_cube *c, guint film);

/* Adds up the parts with this place among viewings and this time mode (or SURVEY_ALL), into x[slots->n], and completes
 * them. */
void count_cube_sum(const struct count_cube *c, guint film, int32_t viewings, int32_t time, int64_t *x);

/* Appends two members of a JSON object: "cells", [version, nth, time, day, [step to the next place, count, …]] each, and
 * "groups", [version, machine, nth, time, day, viewings] each; then "period", the length of what a day stands for:
 * "day", "week", "month", "year". */
void count_cube_json(const struct count_cube *c, guint film, GString *out);
