/*
 * interrupt: signals that ask the program to end, for commands that must finish something first.
 *
 * A signal only sets a flag, which the command polls with interrupt_requested(). One flag for the process. Main thread.
 */
#pragma once

#include <stdbool.h>

/* For long commands with partial results: the first SIGINT or SIGTERM sets the flag, the second ends the program. */
void interrupt_listen(void);

/*
 * For a film: every SIGINT, SIGTERM and SIGHUP sets the flag; the player saves and records what has happened before
 * it ends by itself.
 */
void interrupt_defer(void);

/* Whether a signal has arrived since interrupt_listen() or interrupt_defer(). */
bool interrupt_requested(void);
