/*
 * audience_model: the film that the made-up audience sees, and how its viewers behave: every number that the audience
 * (audience.h) and the truth about it (audience_truth.h) both follow from.
 *
 * The film has `levels` steps with two nodes in each, a decision in every node, three endings, and two versions.
 * Viewers are quick or slow; favour the option that stands first and the one that has the focus; leave, or let the time
 * run out; come back for another viewing and then choose otherwise. Every second one of them is bold.
 *
 * audience_model_init(), any number of questions, audience_model_clear(). The questions are pure functions. One thread.
 */
#pragma once

#include "base/units.h"
#include "telemetry/record.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define AUDIENCE_LEVELS_MAX 120

struct audience_options {
    int64_t viewings;
    uint32_t seed;
    int32_t levels; /* 1 to AUDIENCE_LEVELS_MAX; 0: 8 */
    int32_t days;   /* over which the viewings are spread, from 2026-01-01; 0: 30 */
};

#define AUDIENCE_VERSIONS    2
#define AUDIENCE_OPTIONS_MAX 4 /* of a decision */
#define AUDIENCE_ENDINGS     3
#define AUDIENCE_WINDOW_US   (8 * US_PER_SECOND)  /* the author's time to decide */
#define AUDIENCE_CLIP_US     (20 * US_PER_SECOND) /* every node's film */

/* How many times as likely an option is, */
#define FIRST_FAVOUR  1.5 /* where it stands first */
#define FOCUS_FAVOUR  1.3 /* where it has the focus */
#define REPLAY_FAVOUR 2.0 /* where it is the last one, in a replay */
#define BOLD_FAVOUR   2.0 /* where it is not the first one as written, for a bold viewer */

/* Standard deviations of the logarithm of the decision time. */
#define SPREAD_VIEWER 0.3 /* between viewers */
#define SPREAD_CHOICE 0.4 /* between the choices of one viewer */

/* Shares. */
#define LEAVE_WHILE_OPEN 0.03 /* of exposures: the viewer leaves, at any moment of the window alike */
#define LEAVE_BEFORE     0.01 /* of visits: the viewer leaves before the decision opens */
#define LOCKED_SHARE     0.2  /* of exposures of a decision that may lock: its last option is locked */

/* The film in its versions. */
struct audience_model {
    struct audience_options o; /* without zeros that stand for defaults */
    struct tel_story story[AUDIENCE_VERSIONS];
    struct tel_node *nodes; /* two for each level, then one for each ending */
    struct tel_decision *decisions[AUDIENCE_VERSIONS];
    struct tel_option *options[AUDIENCE_VERSIONS];
    struct tel_ending endings[AUDIENCE_ENDINGS];
    struct tel_tag *bold, *props; /* of options, the same in both versions */
    struct tel_tag shown;         /* the prop that an ending's node shows */
    struct tel_film_left *left;   /* of each node */
    int32_t n_bold, n_props;
    GStringChunk *names;
    int32_t n_decisions;
};

/* What a viewer is like. */
struct audience_viewer {
    int version;
    bool replay, bold;
};

/* Owns the story that it makes until audience_model_clear(). */
void audience_model_init(struct audience_model *m, const struct audience_options *o);
void audience_model_clear(struct audience_model *m);

/* How many options a decision has: 2 to AUDIENCE_OPTIONS_MAX. */
int audience_model_n_options(int decision);

/* Whether the options stand in any order alike and any of them may have the focus, so that the effect of the place can
 * be told from that of the option. Else they stand as written and the first one has the focus. */
bool audience_model_is_shuffled(int decision);

/* Whether its last option is locked now and then. */
bool audience_model_may_lock(int decision);

/* Whether the option scores in the film's only trait. */
bool audience_model_is_bold(int option);

/* How likely the viewer is to pick the option, in proportion to the others, before its place and the focus count. */
double audience_model_weight(struct audience_viewer viewer, int decision, int option);

/* The median of the decision time. */
double audience_model_median_us(int decision);

/* The node that the option leads to: the second one of the next level after an odd option, the first one after an even
 * one; after the last level, the node of an ending. */
int32_t audience_model_next_node(const struct audience_model *m, int32_t decision, int option);
