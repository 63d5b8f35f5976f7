/*
 * version_reach: what can happen in one version of a story and not in the other, by searching both (explore/explore.h).
 */
#pragma once

#include "story/version_pairs.h"
#include "explore/explore.h"

#include <glib.h>

enum version_reach_kind { VERSION_REACH_NODE, VERSION_REACH_OPTION, VERSION_REACH_ENDING };

/* Something that both versions have. */
struct version_reach_change {
    enum version_reach_kind kind;
    int32_t after; /* its index in the later version */
    bool now;      /* it can happen now; false: it no longer can */
};

struct version_reach {
    GArray *changes; /* struct version_reach_change */
    /* Of the earlier and the later version. A search that was cut short proves nothing about what it did not see. */
    enum explore_limit limit[2];
    int32_t n_unreached; /* nodes of the later version that no play enters; 0 if its search was cut short */
};

/* Of the options, those count that limit the search, and its progress. */
struct version_reach *version_reach_new(const struct version_pairs *p, const struct explore_options *options);
void version_reach_free(struct version_reach *r); /* accepts NULL */
