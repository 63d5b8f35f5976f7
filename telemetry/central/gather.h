/*
 * gather: what a report is made of, out of the distributed engine, as a store of SQLite for a moment (scratch.h). A report reads it as
 * any other store.
 */
#pragma once

#include "telemetry/central/scratch.h"

enum gather_what {
    GATHER_COUNTS, /* the films, and the counts of all viewings as the engine adds them up: no viewings but examples of paths */
    GATHER_VIEWINGS, /* all viewings and their events: for what goes by the parts of an audience */
};

/* How many viewings the engine has. */
bool gather_count(struct engine *e, int64_t *viewings, GError **error);

/* NULL and error. What is not counted yet is counted first. */
struct scratch *gather(struct engine *e, enum gather_what what, GError **error);
