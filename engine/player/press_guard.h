/*
 * press_guard: decides whether a press of a key, the mouse, a finger or a pad can be an answer to the question that is
 * on the screen.
 *
 * A press answers what was seen. With `cut: now` the next question may be there a tenth of a second after a pick, and
 * the second half of a double press would answer it. So a press counts for a question only if
 *
 * - it comes at least PRESS_GUARD_SEEN_US after the first picture that showed the question, and
 * - at least PRESS_GUARD_DOUBLE_US after the last press that was made before that picture.
 *
 * Other presses are ignored and do not make the wait longer, so a viewer who keeps pressing gets through. A film's
 * panel slides in 0.6 s before its window opens (present/anim.h), so the first rule is mostly over by then. The guard
 * belongs to the player's hands alone: play_step(), transcripts and what a machine chooses know nothing of it.
 *
 * Where the lengths come from. Double presses: Windows and SDL take two clicks within 500 ms for a double click (R.
 * Chen, "The double-click time tells the window manager how good your reflexes are", 2008; SDL_mouse.c), GTK within
 * 400 ms, Android within 300 ms (ViewConfiguration). Browsers let a prompt ignore presses for the same 500 ms.
 * Reactions: people need 190 ms to press any key when a light comes on, and 384 ms when they have to recognise
 * something first (R. J. Kosinski, "A Literature Review on Reaction Time", with Laming 1968 and Luce 1986), so less
 * than 200 ms is no answer to a question, and half a second takes nothing from a viewer who answers as fast as they
 * can.
 *
 * A plain value of its owner's; no clock: times are microseconds of the events' clock (input_event.at_us). Order, for
 * each question: press_guard_seen() with each picture that shows it, press_guard_press() with each press, whatever it
 * is for, press_guard_close() once the question is gone. Main thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PRESS_GUARD_DOUBLE_US INT64_C(500000)
#define PRESS_GUARD_SEEN_US   INT64_C(200000)

/* Zeroed: nothing was seen, nothing was pressed. Its fields are press_guard.c's own. */
struct press_guard {
    bool seen, pressed;
    int64_t from_us;    /* presses count from here on, if `seen` */
    int64_t pressed_us; /* the latest press, if `pressed` */
};

/* Returns true, or asserts: for the check of its owner. */
bool press_guard_check(const struct press_guard *g);

/* A picture that shows the question was presented at `now_us`; only the first one counts. */
void press_guard_seen(struct press_guard *g, int64_t now_us);

/* The question is gone: answered, closed, or covered by another one. What is asked next has to be seen first. */
void press_guard_close(struct press_guard *g);

/* A press at `at_us`. True: it may answer the question. */
bool press_guard_press(struct press_guard *g, int64_t at_us);
