/*
 * simulate_report: what simulated viewers did, for people and for programs.
 *
 * Pure: from the counts to text, appended to `out`. `o` are the options of the run. Any thread.
 */
#pragma once

#include "explore/simulate.h"

/* Endings with their 95 % intervals, lengths, decisions, nodes, the edges that no viewer took. */
void simulate_report_text(GString *out, const struct story *s, const struct simulate_result *r,
                          const struct simulate_options *o);

/* One JSON object with a line end. The seed is a string: it may be larger than a JSON number holds exactly. */
void simulate_report_json(GString *out, const struct story *s, const struct simulate_result *r,
                          const struct simulate_options *o);
