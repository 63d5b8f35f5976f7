/* trial_section: the film's experiments in the report's page (web/trial_part.html). See film_section.h. */
#pragma once

#include "report/film_section.h"
#include "telemetry/survey/trial.h"

/* Adds "trials", those that the film has; "has_trials", whether there are any; "no_trials": they were not counted. */
void trial_section_put(JsonBuilder *b, const struct film_section *s);

/* Adds what an experiment showed in one of its films: "experiment", "versions", "rows". */
void trial_section_put_film(JsonBuilder *b, const struct trial *t, guint film);
