/*
 * speech: reads aloud what stands on the screen, through speech-dispatcher, for viewers who cannot read it.
 *
 * speech_open() starts a thread that asks for the user's speech service, so that a service that hangs holds nothing up.
 * speech_follow() looks at each view that is drawn and says what is new in it: a question with its options, the option
 * that got the light, what was taken; a page, and what has its focus. What comes later interrupts what is still being said,
 * because the light has moved on. It costs some comparisons of words when nothing has changed. Main thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct speech;
struct view;

/* Waits for the service for at most `wait_us`, so that a service can still be started before the process gives up that right. Never
 * fails: see speech_problem(). */
struct speech *speech_open(int64_t wait_us);
void speech_close(struct speech *s); /* accepts NULL */

/* `language`: of the words, a tag such as de or en-GB, or NULL for English. */
void speech_follow(struct speech *s, const struct view *v, const char *language);

/* Why nothing can be said, once that is known; told once. g_free() it. NULL: nothing new. */
char *speech_problem(struct speech *s);

/* Is a service there? What it calls itself, for a person: g_free() it. NULL with *error. */
char *speech_examine(GError **error);
