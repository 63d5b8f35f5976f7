/*
 * read_decision: reads a decision and its options. Internal to story/.
 */
#pragma once

#include "story/read.h"

/* What its node must still know of a decision: where things stand in the file. */
struct decision_window {
    const struct yml_node *at;                  /* the mapping */
    const struct yml_node *id, *opens, *closes; /* values, or NULL; closes also for `for` */
    const struct yml_node *timeout;             /* key, or NULL */
    bool timed;                                 /* both ends are known */
};

/*
 * The options are appended to b->options; the decision is only returned in *d, because its node sorts the decisions
 * before it declares and appends them. False if `v` is not a mapping: then *d is not to be used.
 */
bool read_decision(struct builder *b, const struct yml_node *v, struct story_decision *d, struct decision_window *w);
