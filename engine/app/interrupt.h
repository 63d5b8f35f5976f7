/*
 * interrupt: Ctrl-C for commands that take long and have something to show for it.
 *
 * After interrupt_listen() the first SIGINT or SIGTERM only sets a flag, which the command looks at; the second ends the
 * program. Main thread.
 */
#pragma once

#include <stdbool.h>

void interrupt_listen(void);
bool interrupt_came(void);
