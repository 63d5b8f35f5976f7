/*
 * diag: the list of problems found in a story, each with a place, a stable code, a sentence and advice.
 *
 * A writer's mistake is not a GError: the loader adds a diagnostic and goes on, so that one run shows all mistakes. The
 * list owns copies of everything that it is given. One thread. The codes are the rows of story/diag_rules.h.
 */
#pragma once

#include "story/diag_rules.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct diag {
    const struct diag_rule *rule;
    const char *file;   /* as the user named it */
    uint32_t line, col; /* from 1; 0: the file as a whole */
    uint32_t len;       /* characters to underline; at least 1 */
    const char *message;
    const char *advice;  /* or NULL */
    const char *source;  /* the line without its end, a window of it if it is very long, or NULL */
    uint32_t source_col; /* where col lies in `source`, from 1 */
};

/* Where a new diagnostic points. Everything is copied. */
struct diag_at {
    const char *file;
    uint32_t line, col, len; /* as in struct diag */
    const char *text;        /* the line, not NUL-terminated, or NULL */
    size_t text_len;
};

/* Appends the line, if it is known, or a window of it if it is very long; below it a caret and tildes; each with two blanks before and a
 * line end behind. For findings that are no diagnostics. */
void diag_print_source(const struct diag_at *at, GString *out, bool colour);

struct diags;

struct diags *diags_new(void);
void diags_free(struct diags *d); /* accepts NULL */

/*
 * Adds a diagnostic. `code` must be in the table; `advice` may be NULL. The same message at the same place is kept
 * once. Of each severity only the first STORY_DIAGS_MAX are kept (story/limits.h), but all are counted.
 */
G_GNUC_PRINTF(5, 6)
void diags_add(struct diags *d, const char *code, const struct diag_at *at, const char *advice, const char *format,
               ...);

/* How many of at least this severity there were, including those that were not kept. */
size_t diags_count(const struct diags *d, enum diag_severity at_least);

/* How often an error was found: each time, though a diagnostic is kept once. An alias repeats what is wrong in its anchor. */
size_t diags_errors_found(const struct diags *d);

/* Sorts by file, line and column; diagnostics of the same place stay in the order in which they were added. */
void diags_sort(struct diags *d);

/* Those that were kept, by number from 0. Borrowed until diags_free(). */
size_t diags_len(const struct diags *d);
const struct diag *diags_get(const struct diags *d, size_t i);

/*
 * Appends all of them as text, with a blank line between: "file:line:col: error[E101]: …", the line with a caret below
 * it, and "help: …". `colour`: with escape sequences for a terminal.
 */
void diags_print(const struct diags *d, GString *out, bool colour);
