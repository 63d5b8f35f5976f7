/*
 * diag_json: diagnostics for programs: our own JSON (tests/schemas/check.schema.json), and SARIF 2.1.0, which editors and
 * code hosts read. Pure: from lists to text. Any thread.
 */
#pragma once

#include "story/diag.h"

/* What was found in one story. */
struct checked_story {
    const char *path;
    const struct diags *diags;
    bool loaded; /* the counts are there */
    int32_t n_nodes, n_decisions, n_endings;
    bool deep;                  /* the films were decoded: */
    unsigned pieces, looked_at; /* how many there are, and were looked at before it was stopped; */
    int64_t film_us;            /* how much was decoded */
};

/* Each appends one object with a line end. `partial`: it was interrupted, and more may be wrong. Names of files that are not
 * UTF-8 lose what is not. */
void check_report_json(const struct checked_story *stories, size_t n, GString *out);
void check_report_sarif(const struct checked_story *stories, size_t n, bool partial, GString *out);
