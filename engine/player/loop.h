/*
 * loop: lets a play go on until the film is over, the viewer leaves, or something fails (playthrough_goes_on()).
 *
 * Live: it sleeps until shortly before a picture is due, composes it, sleeps until it is due, and only then presents
 * it. Fast: it goes as fast as the clips are decoded, with every picture and sample in its place all the same. Main
 * thread.
 */
#pragma once

#include "player/playthrough.h"

void loop_live(struct playthrough *pt);
void loop_fast(struct playthrough *pt);
