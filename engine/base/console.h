/*
 * console: messages on the terminal, and the codes with which the program ends.
 *
 * Data goes to standard output, messages to standard error. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* engine/commands/README.md and --help explain them to users. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_PROBLEM = 1,     /* the story has mistakes, or the command failed */
    EXIT_USAGE = 2,       /* wrong arguments */
    EXIT_ENVIRONMENT = 3, /* something outside is missing: no display, an unreadable store, no such file */
    EXIT_INTERRUPTED = 130,
};

/* Prints "frumious: ", the message and a line end on standard error. */
void console_say(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/* Whether output on `fd` may be coloured: it is a terminal, TERM is not "dumb", and NO_COLOR is not set. */
bool console_colour(int fd);

/*
 * Whether a character from a stranger's text would control the terminal: escapes, bells, line ends, and characters that
 * change the direction of writing for the rest of the line.
 */
bool console_is_steered_by(gunichar c);
