/*
 * drop_off_text: at which seconds of which nodes most viewers left, for a terminal. Pure; one thread.
 */
#pragma once

#include "telemetry/survey/survey.h"

/* Appends a table, about 100 columns: the nodes in which most left, and their worst seconds; nothing if nobody left. */
void drop_off_text(const struct survey_film *f, int64_t floor, GString *out);
