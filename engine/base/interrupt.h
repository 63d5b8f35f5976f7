/*
 * interrupt: signals that ask the program to end, for commands that must finish something first.
 *
 * A signal only sets a flag, which the command polls with interrupt_requested(). The process has one such flag. Main thread.
 */
#pragma once

#include <stdbool.h>

/* For long commands with partial results: the first SIGINT or SIGTERM sets the flag, the second ends the program. */
void interrupt_listen(void);

/*
 * For a film: every SIGINT, SIGTERM and SIGHUP sets the flag; what has happened is saved and recorded before the
 * program ends by itself.
 */
void interrupt_defer(void);

/* Has a signal come since? */
bool interrupt_requested(void);
