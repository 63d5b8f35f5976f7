/*
 * diag: problems found in a story, each with a place, a stable code, a sentence and what to do.
 *
 * A writer's mistake is no GError: the loader adds a diagnostic and goes on, so that one run shows all of
 * them. Single-threaded. The list owns copies of everything it is given. Codes are rows of story/diag_rules.h.
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
    const char *source;  /* the line itself without its end, or NULL; only a part of a very long one */
    uint32_t source_col; /* where col lies in `source`, from 1 */
};

/* Where a new diagnostic points to. `text` is the line there (not terminated), or NULL; everything is copied. */
struct diag_at {
    const char *file;
    uint32_t line, col, len;
    const char *text;
    size_t text_len;
};

struct diags;

struct diags *diags_new(void);
void diags_free(struct diags *d); /* accepts NULL */

/*
 * Adds one: `code` must be in the table, `advice` may be NULL. The same message at the same place is kept
 * once. Of each severity only the first STORY_DIAGS_MAX are kept (story/limits.h); all are counted.
 */
G_GNUC_PRINTF(5, 6)
void diags_add(struct diags *d, const char *code, const struct diag_at *at, const char *advice, const char *format,
               ...);

/* How many of at least this severity there were, also those that were not kept. */
size_t diags_count(const struct diags *d, enum diag_severity at_least);
const struct diag *diags_get(const struct diags *d, size_t i); /* sorted by file, line, col after diags_sort() */
size_t diags_len(const struct diags *d);
void diags_sort(struct diags *d);

/* All of them as text, one blank line between: "file:line:col: error[E101]: ..." , the line, a caret, "help:
 * ...". */
void diags_print(const struct diags *d, GString *out, bool colour);
