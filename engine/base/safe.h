/*
 * safe: text of strangers (from a story, a file's name, a store, an argument, the environment), made harmless for the place
 * that it goes to. There is one function for each kind of output.
 *
 * What is forbidden raw in any of them is what safe_is_control() says: what moves a terminal's cursor, changes its colours
 * or its title, forges a line, or turns the direction of writing. It makes no difference whether standard output is a
 * terminal: a pipe often leads to one.
 *
 * Text for a terminal is put together with safe_printf() and safe_append(), which know what is a value and what is ours.
 * console_write() looks at it once more on its way out. Pure; any thread.
 */
#pragma once

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>

/*
 * Whether a terminal, an editor or a browser takes this character for an order instead of showing it: C0 and C1 control
 * characters and DEL, Unicode's separators of lines and paragraphs, everything with the property Bidi_Control, and the
 * deprecated or internal format characters U+206A to U+206F and U+FFF9 to U+FFFB (Unicode 15, chapter 23).
 */
bool safe_is_control(gunichar c);

/*
 * Terminal: a value within a line. C0 control characters and DEL become their pictures (U+2400 and on, so that a line end is
 * shown as one), other control characters and bytes that are not UTF-8 become U+FFFD. NULL is nothing.
 */
void safe_append(GString *out, const char *value);

/*
 * Terminal: like g_string_append_printf(), but the argument of every %s is a value as above; line ends and colours belong into
 * `format`, or into another g_string_append(). Width and precision of %s count columns and characters, not bytes.
 */
void safe_printf(GString *out, const char *format, ...) G_GNUC_PRINTF(2, 3);
void safe_vprintf(GString *out, const char *format, va_list ap) G_GNUC_PRINTF(2, 0);

/* Whether safe_append() would change nothing. */
bool safe_is_exact(const char *value);

/* How many columns a character takes on a terminal: 0, 1 or 2. */
int safe_columns(gunichar c);

/* JSON and SARIF: from `from` on, `document` is finished JSON in UTF-8. Writes control characters in its strings as \uXXXX:
 * the values stay the same. */
void safe_json(GString *document, gsize from);

/*
 * CSV: one field, in quotes where RFC 4180 asks for them. Line ends and tabs become blanks, other control characters U+FFFD.
 * A text that a spreadsheet would run as a formula (it begins with = + - or @, also full-width, and is no number) gets an
 * apostrophe in front, as OWASP recommends. NULL is an empty field.
 */
void safe_csv(GString *row, const char *value);

/* CSV: n fields with commas between them. */
void safe_csv_fields(GString *row, const char *const *values, size_t n);

/* HTML, SVG: text between tags or in an attribute in quotes. Line ends and tabs stay blanks; the rest becomes U+FFFD. */
void safe_markup(GString *out, const char *value);

/* YAML: in double quotes, on one line. Control characters are escapes, so that the text stays what it is. */
void safe_yaml(GString *out, const char *value);

/* A command that people copy into a shell: one word, which the shell hands on as it is, and which no program takes for an option. What is
 * forbidden on a terminal stands in it as an escape of $'…'. */
void safe_shell(GString *out, const char *word);

/* Graphviz: a quoted string that is shown literally. Line ends stay line ends of a label; the rest becomes U+FFFD. */
void safe_dot(GString *out, const char *value);
