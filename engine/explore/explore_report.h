/*
 * report: what explore found, for people and for programs. Pure: from the result to text. One thread.
 */
#pragma once

#include "explore/explore.h"

#include <glib.h>

/* `witnesses`, `endings`: for each finding, each ending the path of its transcript, or NULL; themselves NULL if none were
 * written. */
struct explore_report {
    const struct story *story;
    const struct explore_result *result;
    char *const *witnesses, *const *endings;
    const bool *drawn; /* of each finding: its transcript needs `draw` lines; NULL if none was written */
    int64_t wall_us;   /* how long it took */
    bool colour;
};

/* What is wrong first, then the shape of the film. */
void explore_report_text(const struct explore_report *r, GString *out);

/* One JSON object with a line end. */
void explore_report_json(const struct explore_report *r, GString *out);

/* A SARIF 2.1.0 log, whose rules are the kinds of findings. `version`: of this program. */
void explore_report_sarif(const struct explore_report *r, const char *version, GString *out);

/* A finding as a sentence that begins with a small letter and has no full stop. To be freed. */
char *explore_report_sentence(const struct story *s, const struct explore_finding *f);

/* Where it stands in the story's source; line 0 if nowhere. */
struct story_mark explore_report_mark(const struct story *s, const struct explore_finding *f);
