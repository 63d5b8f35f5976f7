/*
 * lint_pen: writes diagnostics at places of a loaded story, with the line of its source. For what is found after loading.
 *
 * One thread. lint_report_new(), lint_report_add() any number of times, lint_report_free(); story and diags are borrowed meanwhile.
 */
#pragma once

#include "story/diag.h"
#include "story/story.h"

struct lint_report;

struct lint_report *lint_report_new(const struct story *s, struct diags *diags);
void lint_report_free(struct lint_report *report);

/* As diags_add(); what is underlined is the word at `mark`. */
G_GNUC_PRINTF(5, 6)
void lint_report_add(struct lint_report *report, struct story_mark mark, const char *code, const char *advice,
                     const char *format, ...);

/* "12.5s"; to be freed. */
char *lint_report_seconds(int64_t us);
