/*
 * console: the only file that writes to standard output and standard error, and the codes with which the program ends.
 *
 * Data goes to standard output, messages to standard error. In console_say(), console_more(), console_print() and
 * console_progress(), the argument of every %s is a value (base/safe.h): nothing in it can steer the terminal or forge a line.
 * Line ends belong into `format`. Any thread, but progress is shown by one.
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
void console_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Prints a line that belongs to the message before it, indented by two blanks, on standard error. */
void console_more(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Prints on standard output. */
void console_print(const char *format, ...) G_GNUC_PRINTF(1, 2);

/*
 * A finished text or document: on standard output (console_write()) or standard error (console_write_message()). Its values
 * have been made safe by the functions of base/safe.h. What was forgotten is made harmless here: every control character is
 * replaced, but for line ends (also CR LF), tabs, and the colours of console_paint(). False: it could not be written.
 */
bool console_write(const GString *text);
bool console_write_message(const GString *text);

/* Bytes of a format that is no text, on standard output as they are. False: they could not be written. */
bool console_write_bytes(const void *bytes, gsize n);

/* Writes out what console_print() and console_write() have gathered. False, and errno: it could not be written. */
bool console_flush(void);
/* From now on, every line goes out at once. Call it before the first output. */
void console_flush_lines(void);
/* At the program's end: writes out the rest. Returns the exit code: `code`, or EXIT_ENVIRONMENT in place of EXIT_OK if standard
 * output lacks something, which a message says unless the reader of a pipe has closed it. */
int console_finish(int code);

/* On a terminal: shows `format` in place of the last progress, on standard error. Elsewhere, nothing. */
void console_progress(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Removes the progress from the terminal, before the first output behind it. */
void console_progress_end(void);

enum console_paint { PAINT_NONE, PAINT_PLACE, PAINT_NOTE, PAINT_WARNING, PAINT_ERROR, PAINT_CARET, PAINT_HELP };

/* Appends what changes the colour of what follows; nothing unless `colour`. End with PAINT_NONE. */
void console_paint(GString *out, enum console_paint paint, bool colour);

/* Whether standard output (or standard error) may be coloured: it is a terminal, TERM is not "dumb", and NO_COLOR is not set. */
bool console_colour(int fd);
