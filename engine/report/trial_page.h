/*
 * trial_page: the report of an experiment as one HTML page without a script, which needs nothing but itself.
 *
 * Its numbers and what is said of them are those of telemetry/survey/trial.h. Pure; one thread.
 */
#pragma once

#include "telemetry/survey/trial.h"

/* Appends the whole page. */
void trial_page_write(const struct trial *t, GString *out);
