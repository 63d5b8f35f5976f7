#include "present/anim.h"
#include <glib.h>
#include <math.h>
#include "present/view.h"

static float clamp01(float t)
{
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/* How far `us` is through [from, from + length), 0..1. */
static float progress(int64_t us, int64_t from, int64_t length)
{
    return clamp01((float)(us - from) / (float)length);
}

float anim_ease_out(float t)
{
    const float u = 1 - clamp01(t);
    return 1 - u * u * u;
}

float anim_ease_inout(float t)
{
    t = clamp01(t);
    return t * t * (3 - 2 * t);
}

float anim_fade(int64_t since_us, int64_t life_us)
{
    if (since_us < 0 || since_us >= life_us)
        return 0;
    return anim_ease_inout(progress(since_us, 0, ANIM_FADE_US)) *
           (1 - anim_ease_inout(progress(since_us, life_us - 500000, 500000)));
}

/* The picture makes room first, then the words come up in it, then the bar draws itself. */
static struct anim_panel coming(int64_t us)
{
    return (struct anim_panel){.alpha = anim_ease_inout(progress(us, 100000, ANIM_IN_US - 150000)),
                               .rise = anim_ease_out(progress(us, 100000, ANIM_IN_US - 100000)),
                               .room = anim_ease_inout(progress(us, 0, ANIM_IN_US - 100000)),
                               .bar = anim_ease_inout(progress(us, 350000, ANIM_IN_US - 350000))};
}

/* 0: a panel that takes no input yet, 1: it does, or is about to. */
static float awake(const struct view_panel *p)
{
    return 1 - anim_ease_inout(progress(p->opens_us, 0, ANIM_WAKE_US));
}

/* Of the bar, so long after the window has closed. */
static float bar_left(int64_t closed_us)
{
    return 1 - progress(closed_us, 0, 150000);
}

static struct anim_panel going(int64_t us, int64_t closed_us)
{
    const float left = 1 - anim_ease_inout(progress(us, 0, ANIM_OUT_US));
    return (struct anim_panel){.alpha = left, .rise = 1, .room = left, .bar = bar_left(closed_us)};
}

struct anim_panel anim_panel(const struct view_panel *p, bool reduced)
{
    struct anim_panel a = {.alpha = 1, .rise = 1, .room = 1, .bar = 1};
    switch (p->phase) {
    case VIEW_HIDDEN:
        return (struct anim_panel){0};
    case VIEW_IN:
        a = coming(p->phase_us);
        a.bar *= awake(p);
        break;
    case VIEW_OPEN:
        break;
    case VIEW_CLOSED:
        a.bar = bar_left(p->phase_us);
        break;
    case VIEW_OUT:
        a = going(p->phase_us, p->closed_us);
        break;
    }
    if (reduced) {
        a.rise = 1;
        a.room = 1;
    }
    return a;
}

#define INK_REST   0.80f /* these two keep a contrast of 4.5:1 on the panel's shade, see test_choice_look */
#define INK_LOCKED 0.66f
#define LINE_LIT   0.55f /* of its width, below the option that has the light */
#define INK_OTHER  0.16f /* of the options that were not taken, at the end */
#define INK_WAITS  0.55f /* of what it will be, while the panel takes no input yet */

float anim_lit(const struct view_panel *p, int i)
{
    const float moved = anim_ease_out(progress(p->focus_us, 0, ANIM_FOCUS_US));
    if (i == p->focus)
        return moved;
    return i == p->focus_from ? 1 - moved : 0;
}

/* It has the light and the line of any other, on words that stay dim. Tried, it lights up and shakes its head. */
static struct anim_option locked_option(const struct view_panel *p, int i)
{
    const float t = p->tried == i + 1 ? progress(p->tried_us, 0, ANIM_TRIED_US) : 1, l = anim_lit(p, i);
    return (struct anim_option){.ink = INK_LOCKED + (1 - INK_LOCKED) * (1 - t),
                                .light = MAX(l, 1 - t),
                                .line = l * LINE_LIT,
                                .shake = sinf(t * 6 * (float)G_PI) * (1 - t)};
}

static struct anim_option open_option(const struct view_panel *p, int i)
{
    if (p->options[i].locked)
        return locked_option(p, i);
    const float l = anim_lit(p, i);
    const bool picked = i == p->selected;
    return (struct anim_option){
        .ink = INK_REST + (1 - INK_REST) * (picked ? 1 : l), .light = l, .line = picked ? 1 : l * LINE_LIT};
}

static struct anim_option coming_option(const struct view_panel *p, int i)
{
    struct anim_option o = open_option(p, i);
    o.ink *= INK_WAITS + (1 - INK_WAITS) * awake(p);
    return o;
}

/* A pick is answered at once by a flash of light that settles. A timeout is different: for a moment all options are
 * dim, then the one that the film takes comes up slowly by itself, without a line under it. */
static struct anim_option closed_option(const struct view_panel *p, int i, int64_t us)
{
    const struct anim_option was = open_option(p, i);
    const float t = anim_ease_out(progress(us, 0, ANIM_CLOSE_US));
    if (i != p->taken)
        return (struct anim_option){
            .ink = was.ink + (INK_OTHER - was.ink) * t, .light = was.light * (1 - t), .line = was.line * (1 - t)};
    if (!p->timed_out)
        return (struct anim_option){.ink = 1, .light = 1 + 0.6f * (1 - t), .line = was.line + (1 - was.line) * t};
    const float up = anim_ease_inout(progress(us, ANIM_CLOSE_US / 2, 2 * ANIM_CLOSE_US));
    const float dip = was.ink + (0.45f - was.ink) * anim_ease_out(progress(us, 0, ANIM_CLOSE_US / 2));
    return (struct anim_option){
        .ink = dip + (0.92f - dip) * up, .light = was.light * (1 - t), .line = was.line * (1 - t)};
}

struct anim_option anim_option(const struct view_panel *p, int i, bool reduced)
{
    struct view_panel still = *p;
    if (reduced)
        still.focus_us = ANIM_FOCUS_US;
    switch (p->phase) {
    case VIEW_HIDDEN:
        break;
    case VIEW_IN:
        return coming_option(&still, i);
    case VIEW_OPEN:
        return open_option(&still, i);
    case VIEW_CLOSED:
        return closed_option(&still, i, p->phase_us);
    case VIEW_OUT:
        return closed_option(&still, i, p->closed_us);
    }
    return (struct anim_option){0};
}
