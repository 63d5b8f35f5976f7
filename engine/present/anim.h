/*
 * anim: the motion of everything that is drawn, as pure functions of time. No state, no clock, any thread.
 *
 * The same times give the same values, so a screenshot can be taken twice. With `reduced` (reduced motion) nothing
 * moves, things only fade.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct view_panel;

#define ANIM_IN_US     INT64_C(600000)  /* VIEW_IN: the panel is in place after this; let the phase last as long */
#define ANIM_WAKE_US   INT64_C(250000)  /* VIEW_IN: a panel that waits lights up so long before it takes input */
#define ANIM_CLOSE_US  INT64_C(450000)  /* VIEW_CLOSED: the other options have faded after this */
#define ANIM_OUT_US    INT64_C(400000)  /* VIEW_OUT: nothing is left after this */
#define ANIM_FOCUS_US  INT64_C(160000)  /* how long the light takes to move */
#define ANIM_TRIED_US  INT64_C(500000)  /* how long a locked option answers that it is locked */
#define ANIM_NOTICE_US INT64_C(4000000) /* how long a notice stays */
#define ANIM_VOLUME_US INT64_C(1500000) /* how long the volume stays */
#define ANIM_FADE_US   INT64_C(120000)  /* how long these two take to come */
#define ANIM_BAR_US    INT64_C(3500000) /* how long the bar stays */
#define ANIM_SKIP_US   INT64_C(6000000) /* how long the way past the credits stays */
#define ANIM_PAGE_US   INT64_C(250000)  /* how long a page takes to appear */

/* Of the panel as a whole. All 0..1. */
struct anim_panel {
    float alpha; /* opacity of everything in it */
    float rise;  /* 0: below its place by its own distance, 1: in place */
    float room;  /* how far the picture has made room for it */
    float bar;   /* opacity of the bar */
};
struct anim_panel anim_panel(const struct view_panel *p, bool reduced);

/* Of option i: opacity of its text, strength of the glow behind it, and length of its underline, which grows from its
 * centre. 0..1, but `light` is up to 1.6 just after a pick. `shake`, -1..1: how far it is aside, because it was tried and is
 * locked. */
struct anim_option {
    float ink, light, line, shake;
};
struct anim_option anim_option(const struct view_panel *p, int i, bool reduced);

/* How much of the light is on option i, or on key i of the pad, 0..1, while the panel takes input. */
float anim_lit(const struct view_panel *p, int i);

/* Opacity of something that came `since_us` ago and stays for `life_us` in all; 0 before and after. */
float anim_fade(int64_t since_us, int64_t life_us);

/* Easing curves: 0..1 to 0..1, clamped. `out` starts fast and settles, `inout` does both softly. */
float anim_ease_out(float t);
float anim_ease_inout(float t);
