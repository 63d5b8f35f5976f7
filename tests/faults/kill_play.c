/*
 * kill_play: puts kill_at.h under the whole player, preloaded (LD_PRELOAD) by tests/e2e/storm.py, which compiles it: cc
 * -shared -fPIC. From the environment: KILL_AT, the number of the write at which the player is killed.
 */
#include "kill_at.h"

#include <stdlib.h>

__attribute__((constructor)) static void arm(void)
{
    const char *n = getenv("KILL_AT");
    kill_at(n ? atol(n) : 0);
}
