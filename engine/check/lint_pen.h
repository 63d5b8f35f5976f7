/*
 * lint_pen: writes diagnostics at places of a loaded story, with the line of its source. For what is found after loading.
 *
 * One thread. lint_pen_new(), lint_say() any number of times, lint_pen_free(); story and diags are borrowed meanwhile.
 */
#pragma once

#include "story/diag.h"

struct lint_pen;

struct lint_pen *lint_pen_new(const struct story *s, struct diags *diags);
void lint_pen_free(struct lint_pen *pen);

/* As diags_add(); what is underlined is the word at `mark`. */
G_GNUC_PRINTF(5, 6)
void lint_say(struct lint_pen *pen, struct story_mark mark, const char *code, const char *advice, const char *format,
              ...);

/* "12.5s"; to be freed. */
char *lint_seconds(int64_t us);
