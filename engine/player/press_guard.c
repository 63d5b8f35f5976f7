#include "player/press_guard.h"

#include <assert.h>
#include <glib.h>

bool press_guard_check(const struct press_guard *g)
{
    assert(g->seen || g->from_us == 0);
    assert(g->pressed || g->pressed_us == 0);
    return true;
}

void press_guard_seen(struct press_guard *g, int64_t now_us)
{
    if (g->seen)
        return;
    g->seen = true;
    g->from_us = now_us + PRESS_GUARD_SEEN_US;
    if (g->pressed)
        g->from_us = MAX(g->from_us, g->pressed_us + PRESS_GUARD_DOUBLE_US);
    assert(press_guard_check(g));
}

void press_guard_close(struct press_guard *g)
{
    g->seen = false;
    g->from_us = 0;
    assert(press_guard_check(g));
}

bool press_guard_press(struct press_guard *g, int64_t at_us)
{
    g->pressed_us = g->pressed ? MAX(g->pressed_us, at_us) : at_us;
    g->pressed = true;
    assert(press_guard_check(g));
    return g->seen && at_us >= g->from_us;
}
