/*
 * console: what every command says on the terminal, and the code with which the program ends.
 *
 * Data goes to standard output, messages to standard error. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Exit codes; documented in --help and the README. */
enum exit_code {
    EXIT_OK = 0,
    EXIT_PROBLEM = 1,     /* the story has mistakes, or what was asked for failed */
    EXIT_USAGE = 2,       /* unusable arguments */
    EXIT_ENVIRONMENT = 3, /* something outside is missing: no display, an unreadable store, no such file */
    EXIT_INTERRUPTED = 130,
};

/* "frumious: " + message + newline on stderr. */
void console_say(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/* May output on `fd` be coloured: a terminal, TERM is not dumb, NO_COLOR is not set. */
bool console_colour(int fd);

/*
 * Whether a character of a stranger's text would steer a terminal: escapes, bells, line ends, and what turns the direction
 * of writing for the rest of the line.
 */
bool console_is_steered_by(gunichar c);
