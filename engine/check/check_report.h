/*
 * check_report: what `frumious check` found, as text for people, as our own JSON (tests/schemas/check.schema.json), and as
 * a SARIF 2.1.0 log for editors and code hosts.
 *
 * Pure: from checked stories to text, appended to `out`. Any thread.
 */
#pragma once

#include "check/checked_story.h"

/* The diagnostics, then a line of counts; with `deep`, also how much was decoded. `partial`: the check was interrupted. */
void check_report_text(const struct checked_story *story, bool partial, bool colour, GString *out);

/* Each appends one object with a line end. `partial`: the check was interrupted, and more may be wrong. In names of files,
 * bytes that are not UTF-8 are replaced. */
void check_report_json(const struct checked_story *stories, size_t n, GString *out);
void check_report_sarif(const struct checked_story *stories, size_t n, bool partial, GString *out);
