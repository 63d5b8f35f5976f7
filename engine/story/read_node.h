/*
 * read_node: reads one node of the film: clip, effects, decisions with their options, the way out. Checks everything
 * that can be checked without knowing other nodes, and makes the node's timetable. Internal to story/.
 */
#pragma once

#include "story/read.h"

/* An entry of `nodes`. */
void read_node(struct builder *b, const struct yml_node *key, void *into);

/* The clip of a node: read_clip.c. *medium: ref of a named medium, or -1. */
void read_clip(struct builder *b, const struct yml_node *key, const char *node, struct story_clip *clip,
               int32_t *medium);

/* The words in a node's picture: read_inscription.c. A span of build->inscriptions. */
struct story_span read_inscriptions(struct builder *b, const struct yml_node *key, const char *node);

/* A decision, not yet declared nor appended, but its options are. read_decision.c. False if it is none at all. */
struct decision_window {
    const struct yml_node *at;                  /* the mapping */
    const struct yml_node *id, *opens, *closes; /* values, or NULL; closes also for `for` */
    const struct yml_node *timeout;             /* key, or NULL */
    bool timed;                                 /* both ends are known */
};
bool read_decision(struct builder *b, const struct yml_node *v, struct story_decision *d, struct decision_window *w);
