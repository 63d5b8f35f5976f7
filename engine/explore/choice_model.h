/*
 * choice_model: how likely a viewer causes the next input. Two models: one viewer takes every option on offer with equal
 * probability, the other decides with measured frequencies. Neither goes back.
 *
 * When a viewer picks: in a decision that cuts at the end, as its window closes. In one that cuts at once, at any moment of
 * the window, each equally likely; so the chance of a pick between two events is their distance as a share of what is left
 * of the window.
 *
 * Pure; any thread; O(options). The states are those of explore/successors.h.
 */
#pragma once

#include "play/play.h"

/* How people decided, as shares from 0 to 1. */
struct choice_model_shares {
    const double *picks;    /* of story->options: picked, where it was on offer; NAN where too little is known */
    const double *timeouts; /* of story->decisions: time ran out */
};

/* The chance that this input comes next, for a viewer who takes any option on offer with equal probability and lets the time
 * run out only where none is. */
double choice_model_uniform(const struct story *s, const int32_t *state, const struct play_input *in);

/* The same for a viewer who decides as was measured: by the share of each option on offer, over the sum of these shares and
 * that of the timeouts. As choice_model_uniform() where `m` is NULL, the share of an option on offer is not known, or all
 * shares are 0. */
double choice_model_measured(const struct story *s, const int32_t *state, const struct play_input *in,
                             const struct choice_model_shares *m);
