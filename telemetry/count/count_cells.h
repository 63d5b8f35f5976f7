/*
 * count_cells: which counts of a film a cell of a tally adds to. The only place that knows.
 *
 * Pure but for what it adds to; one thread. Cells of things that the catalogue does not have are left out: the store is
 * damaged, or was written by a newer program.
 */
#pragma once

#include "telemetry/count/catalogue.h"
#include "telemetry/count/count_layout.h"
#include "telemetry/count/count_paths.h"
#include "telemetry/count/count_row.h"
#include "telemetry/count/tally.h"

/* Where the cells of one cohort go. Everything is borrowed. */
struct count_target {
    const struct catalogue_ids *ids; /* of the store that the cohort is in */
    guint store;
    int32_t version; /* the cohort's, in layout->film->versions */
    struct count_layout *layout;
    struct count_row *row; /* by place; grows with the layout */
    struct count_paths *paths;
    struct count_row *path_row; /* by id of a path; grows with the paths */
};

/* Cells come in the order of their tally: a path's count before its example. */
void count_cells_add(const struct count_target *t, const struct tally_cell *c);
