/*
 * console: what every command says on the terminal, and the code with which the program ends.
 *
 * Data goes to standard output, messages to standard error. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Exit codes; documented in --help and the README. */
enum cmd_exit {
    CMD_OK = 0,
    CMD_PROBLEM = 1,     /* the story has mistakes, or what was asked for failed */
    CMD_USAGE = 2,       /* unusable arguments */
    CMD_ENVIRONMENT = 3, /* something outside is missing: no display, an unreadable store, no such file */
    CMD_INTERRUPTED = 130,
};

/* "frumious: " + message + newline on stderr. */
void cmd_say(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/* May output on `fd` be coloured: a terminal, TERM is not dumb, NO_COLOR is not set. */
bool cmd_colour(int fd);
