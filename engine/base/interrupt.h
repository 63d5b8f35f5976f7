/*
 * interrupt: signals that ask the program to end: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (the terminal is gone).
 *
 * A command chooses what such a signal does; main() begins with interrupt_end_at_once(). Whichever it is, the exit code is
 * EXIT_INTERRUPTED, and a file that is being put into its place (interrupt_hold()) gets there first, unless its disk takes
 * seconds: then the program ends, which is said, and the old file or the new one is there, whole. A SIGHUP that whoever
 * started the program ignores (nohup) stays ignored.
 *
 * A handler gets no pointer, so there is one state for the process. The main thread chooses; any thread asks and holds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* For commands that have nothing to tell before they are done: the program ends at once. */
void interrupt_end_at_once(void);

/*
 * For long commands with partial results: the first signal sets the flag, and the command stops and tells what it has
 * found. It has most of a second for that, or more where other programs want the processors as well; then the program
 * ends without it, whatever a library is doing. A later signal ends it at once; one that comes together with the first,
 * as when a terminal closes, counts as the same.
 */
void interrupt_listen(void);

/*
 * For a film: every signal sets the flag; the player saves and records what has happened, and ends by itself. It has some
 * seconds for that, and then ends as if it were killed, because a disk may hang. A player that waits for something after a
 * signal waits no longer than interrupt_patience_us() of a fraction of a second, so it rarely comes to that.
 */
void interrupt_defer(void);

/* So long, or more where other programs want the processors as well: for waits that a signal bounds. */
int64_t interrupt_patience_us(int64_t us);

/* Whether a signal has arrived since interrupt_listen() or interrupt_defer(). */
bool interrupt_requested(void);

/* Becomes readable when interrupt_requested() becomes true, and stays so: for a loop that waits. -1 before
 * interrupt_listen(), which makes it. */
int interrupt_fd(void);

/* Between these two, no signal ends the program for two seconds, or more where other programs want the processors as well;
 * one that came ends it at interrupt_release(). For a moment only: while a file is written and renamed. They nest. */
void interrupt_hold(void);
void interrupt_release(void);
