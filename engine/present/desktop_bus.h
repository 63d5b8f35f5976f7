/*
 * desktop_bus: the desktop's bus (D-Bus), and a bus that hangs.
 *
 * SDL asks the session's bus and the system's as it starts, and waits for their answers without limit. So they are asked
 * here first, for a limited time. One that does not answer is taken away from this process, and so is the session's where
 * none runs: every library then goes on as if there were none, and none is started. There is one connection for the process; main thread.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

/*
 * Connects to the session's bus and tries the system's, at most for `patience_us` each. Call it before SDL starts; while
 * the connection is open, it does nothing.
 */
void desktop_bus_open(int64_t patience_us);

/* Waits for nothing: what the bus was not told yet may be lost. */
void desktop_bus_close(void);

/* The session's bus, borrowed. NULL: there is none, or it is not open. */
GDBusConnection *desktop_bus(void);

/* What to tell about a bus that hangs; NULL: none does. */
const char *desktop_bus_problem(void);
