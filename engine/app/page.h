/*
 * page: the report as one HTML page that needs nothing but itself.
 *
 * Every figure and table is written here and can be read without a script, printed and mailed; what a story says is
 * text, whatever it contains. The page asks the network for nothing and forbids itself to.
 *
 * One thread. Lays a graph out (explore/traffic.h), which is what takes the time.
 */
#pragma once

#include "app/weigh.h"
#include "telemetry/survey.h"

#include <glib.h>

/* Like survey_text(): appends the whole page. `w`: what the decisions change, or NULL: not known. */
void page_write_film(const struct survey *r, const struct weigh *w, GString *out);
void page_write(const struct survey *r, GString *out);
