/*
 * film_count: how many different films there are. Two viewings are the same film if they enter the same nodes in the same order and
 * take the same options on the way, whether these are picked or time takes them. Only viewings that stop are counted.
 *
 * A film is a word over nodes and options, and the graph of all states is an automaton that reads it. Where no state can be left in
 * two ways that begin alike, each path is another film, and paths are counted. Elsewhere the sets of states that a film may have led
 * to are followed instead of the states.
 *
 * One thread. O(transitions), or up to FILM_COUNT_WORK_MAX steps of sets.
 */
#pragma once

#include "explore/sequences.h"
#include "explore/state_graph.h"

#define FILM_COUNT_WORK_MAX 3000000

/* Films of so many nodes and options are counted at most; where the film goes in circles, only short ones. */
#define FILM_COUNT_STEPS_MAX   2000
#define FILM_COUNT_SHORT_STEPS 40

struct film_count_input {
    const struct state_graph *graph;
    const struct sequences *sequences; /* that its labels name */
    const bool *over;                  /* state: the film stops there */
    uint32_t start;
    const struct state_graph_order *order; /* of the start alone; or NULL */
    bool (*may_continue)(void *user);      /* false: stop */
    void *user;
};

struct film_count {
    double n;     /* exact up to 2^53, then about right; may be infinite */
    bool all;     /* else only those of at most FILM_COUNT_SHORT_STEPS steps are counted: there are longer ones */
    bool endless; /* there are films of any length, because some go in circles before they stop; then not all */
    bool at_most; /* counting would have taken too long: these are the paths, and some of them may show the same film */
    bool at_least; /* it would have taken too long: there are more */
};

struct film_count film_count_run(const struct film_count_input *in);
