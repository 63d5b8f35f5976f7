/*
 * version_report: what is different between two versions of a story, as text for people and as JSON
 * (tests/schemas/diff.schema.json). Pure; any thread.
 */
#pragma once

#include "compare/version_changes.h"
#include "compare/version_reach.h"
#include "compare/version_saves.h"

struct version_report {
    const struct version_pairs *pairs;
    const GPtrArray *changes;          /* of version_changes() */
    const struct version_reach *reach; /* NULL: nothing was searched; then there are no */
    const GArray *saves;               /* of version_saves(), either */
    bool saves_partial;                /* it ran out of patience */
};

/* Both append to `out`. */
void version_report_text(const struct version_report *r, GString *out);
void version_report_json(const struct version_report *r, GString *out);
