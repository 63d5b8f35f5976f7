/*
 * lint_report: adds diagnostics that point into a story that is loaded already, and quotes the line of its source.
 *
 * Call lint_report_new(), lint_report_add() any number of times, lint_report_free(). Story and diags are borrowed until then.
 * Source files are opened when a line of theirs is first needed, and kept open. One thread.
 */
#pragma once

#include "story/diag.h"
#include "story/story.h"

struct lint_report;

struct lint_report *lint_report_new(const struct story *s, struct diags *diags);
void lint_report_free(struct lint_report *report);

/* As diags_add(); the word at `mark` is underlined. */
G_GNUC_PRINTF(5, 6)
void lint_report_add(struct lint_report *report, struct story_mark mark, const char *code, const char *advice,
                     const char *format, ...);

/* The same, with all of the text `id` underlined where the story has it. */
G_GNUC_PRINTF(5, 6)
void lint_report_add_text(struct lint_report *report, int32_t id, const char *code, const char *advice,
                          const char *format, ...);

/* A time for messages, to the millisecond: "12.5s". To be freed. */
char *lint_report_seconds(int64_t us);
