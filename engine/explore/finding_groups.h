/*
 * finding_groups: findings with the same cause, as one. A large film has hundreds of findings that say that something never happens, and
 * few causes.
 *
 * Nodes: those behind the same way in, which is never taken, with all that this way needs; their endings go with them. Options, parts and
 * effects: those under the same condition. Each other finding is a group of its own. Pure; one thread. O(edges of the nodes * depth), and
 * O(findings).
 */
#pragma once

#include "explore/finding_words.h"

#include <glib.h>

/* A way to the first node of a group that is never taken. */
struct finding_way {
    struct story_mark mark;
    char *text; /* a sentence with its cause */
};

struct finding_group {
    enum explore_kind kind;
    struct finding_span span; /* where the first of them stands */
    char *message; /* a sentence with its cause, without a capital letter at its beginning and a full stop at its end */
    GArray *findings; /* int32: of the result; at least one */
    GArray *ways;     /* finding_way; often none */
};

/* In the order of their first findings; each finding is in one group. The story is borrowed. */
struct finding_groups {
    GArray *all;       /* finding_group */
    int32_t *group_of; /* finding */
    int32_t n_findings;
    char **because; /* finding: what rules it out, e.g. "`a` and `b` are never true there together"; NULL: not known */
};

struct finding_groups *finding_groups_new(const struct story *s, const struct explore_result *r);
void finding_groups_free(struct finding_groups *g); /* accepts NULL */
