/*
 * counting: what reports count (telemetry/count/aggregate.h) of the viewings in the distributed engine.
 *
 * A viewing is counted by the one piece of code that counts viewings, once it has changed: its events come here, its cells go back, and
 * stay there beside the events. So each event comes over the wire once, by whoever counts first, and a report takes sums of cells that the
 * engine has added up. Several programs may count at once: they make the same rows.
 */
#pragma once

#include "telemetry/central/engine.h"
#include "telemetry/central/rolling.h"

/* Counts every viewing that is not counted as it is now, or of `parts` equal ones the part `part`, from 0, so that several programs share
 * the work. It need not look at the months that `rolled` says: all of these are. *n: how many. */
bool counting_catch_up(struct engine *e, int part, int parts, const struct rolling *rolled, int64_t *n, GError **error);
