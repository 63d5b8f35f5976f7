/*
 * explore_report: what explore found, as text for people and as JSON and SARIF for programs. Pure: from the result to text. Any
 * thread.
 */
#pragma once

#include "explore/explore.h"
#include "story/source_text.h"

#include <glib.h>

/* All pointers are borrowed. */
struct explore_report {
    const struct story *story;
    const struct explore_result *result;
    char *const *witnesses; /* of each finding: the path of its transcript, or NULL; NULL if none were written */
    char *const *endings;   /* the same of each ending */
    const bool *drawn;      /* of each finding: its transcript has `draw` lines; NULL if none were written */
    int64_t wall_us;        /* how long exploring took */
    bool colour;            /* mark mistakes and notes with terminal colours */
    struct source_text *const
        *sources; /* of story->files, or NULL where one can't be read; NULL if none are: then no lines are
                                           shown */
};

/* What the film is, what is wrong with it, then endings and decisions. */
void explore_report_text(const struct explore_report *r, GString *out);

/* One JSON object with a line end: tests/schemas/explore.schema.json. */
void explore_report_json(const struct explore_report *r, GString *out);

/* A SARIF 2.1.0 log whose rules are the kinds of findings. `version`: of this program. */
void explore_report_sarif(const struct explore_report *r, const char *version, GString *out);

/* Why a result is partial, as part of a sentence. */
const char *explore_report_limit(enum explore_limit limit);

/* A finding as a sentence without a capital letter at its beginning and a full stop at its end. To be freed. */
char *explore_report_sentence(const struct story *s, const struct explore_finding *f);
