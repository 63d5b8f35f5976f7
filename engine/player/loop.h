/*
 * loop: lets the film of a session go on until it is over, the viewer leaves, or something fails (playthrough_goes_on()).
 *
 * Live: sleeps until shortly before a picture is due, composes it, sleeps until it is due, and only then presents it.
 * Fast: as fast as the clips are decoded, every picture and sample in its place all the same. Main thread.
 */
#pragma once

#include "player/playthrough.h"

void loop_live(struct playthrough *pt);
void loop_fast(struct playthrough *pt);
