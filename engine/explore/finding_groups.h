/*
 * finding_groups: findings that say that something never happens, as text for people, grouped by what keeps it from happening. A
 * large film has hundreds of them, and few causes.
 *
 * Nodes: those behind the same way in, which is never taken, with all that this way needs. Options, parts and effects: those under
 * the same condition. Pure; one thread. O(edges of the nodes * depth), and O(findings * conditions).
 */
#pragma once

#include "explore/explore.h"

#include <glib.h>

struct finding_groups_options {
    bool colour;
};

/* Is this kind of finding told in groups? */
bool finding_groups_has(enum explore_kind kind);

/* Appends a few lines for each group. */
void finding_groups_text(const struct story *s, const struct explore_result *r, const struct finding_groups_options *o,
                         GString *out);
