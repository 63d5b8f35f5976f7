/*
 * audience_model: the film and the ways of the made-up audience: every number that the truth depends on.
 *
 * For audience.c, which plays it, and audience_truth.c, which reckons what must come out. audience_model_init(), any number of
 * questions, audience_model_clear(). Pure but for these two.
 */
#pragma once

#include "telemetry/audience/audience.h"

#define AUDIENCE_VERSIONS    2
#define AUDIENCE_OPTIONS_MAX 4
#define AUDIENCE_ENDINGS     3
#define AUDIENCE_WINDOW_US   (8 * US_PER_SECOND)

#define FIRST_FAVOUR     1.5  /* what stands first is so much likelier */
#define FOCUS_FAVOUR     1.3  /* and what has the light */
#define REPLAY_FAVOUR    2.0  /* the last option, in a replay */
#define BOLD_FAVOUR      2.0  /* all options but the first, for every second viewer */
#define SPREAD_VIEWER    0.3  /* of the logarithm of a viewer's slowness */
#define SPREAD_CHOICE    0.4  /* and of one choice's */
#define LEAVE_WHILE_OPEN 0.03 /* who leaves while a decision is open, at some moment of its window */
#define LEAVE_BEFORE     0.01 /* who leaves before one opens */
#define LOCKED_SHARE     0.2  /* how often the last option is locked, in every third decision */

/* The film in its versions. */
struct audience_model {
    struct audience_options o;
    struct tel_story story[AUDIENCE_VERSIONS];
    struct tel_node *nodes; /* two per level, then one per ending */
    struct tel_decision *decisions[AUDIENCE_VERSIONS];
    struct tel_option *options[AUDIENCE_VERSIONS];
    struct tel_ending endings[AUDIENCE_ENDINGS];
    struct tel_tag *bold, *props; /* of options, alike in both versions */
    struct tel_tag shown;         /* by a node */
    int32_t n_bold, n_props;
    GStringChunk *names;
    int32_t n_decisions;
};

/* What a viewer is like; odds of options follow from it. */
struct audience_viewer {
    int version;
    bool replay, bold;
};

void audience_model_init(struct audience_model *m, const struct audience_options *o);
void audience_model_clear(struct audience_model *m);

int audience_options_of(int decision);

/* Where options change places between viewers, so that position and liking can be told apart. */
bool audience_is_shuffled(int decision);

/* Its last option then and now. */
bool audience_may_lock(int decision);

/* Whether the option scores in the film's only trait. */
bool audience_is_bold(int option);

/* Odds of an option, before its place and the light. */
double audience_weight(struct audience_viewer k, int decision, int option);

double audience_median_us(int decision);

/* The second node of the next level after an odd option, the first after an even one; endings likewise. */
int32_t audience_next_node(const struct audience_model *m, int32_t decision, int option);
