/*
 * interrupt: signals that ask the program to end, for commands that have something to finish first.
 *
 * They only set a flag, which the command looks at. Main thread.
 */
#pragma once

#include <stdbool.h>

/* For commands that take long and have something to show for it: the first SIGINT or SIGTERM sets the flag, the second
 * ends the program. */
void interrupt_listen(void);

/*
 * For a film: every SIGINT, SIGTERM and SIGHUP sets the flag; what has happened is saved and recorded before the
 * program ends by itself.
 */
void interrupt_defer(void);

bool interrupt_requested(void);
