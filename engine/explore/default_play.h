/*
 * default_play: the play in which the viewer does nothing, from the initial values and with seed 1. Pure; any thread; as
 * expensive as the play has steps, of which it follows DEFAULT_PLAY_STEPS_MAX and DEFAULT_PLAY_NODE_STEPS for each node at most.
 */
#pragma once

#include "play/play.h"

#define DEFAULT_PLAY_STEPS_MAX  100000
#define DEFAULT_PLAY_NODE_STEPS 16

struct default_play {
    enum play_phase phase; /* PLAY_RUNNING: it goes on forever, or at least very long */
    int32_t node, ending;  /* where it ends; ending may be -1 */
    int64_t us;            /* how long it takes, as planned */
    bool random;           /* a random route was drawn, so another seed may lead elsewhere */
};

struct default_play default_play_run(const struct story *s);
