/*
 * sarif: a SARIF 2.1.0 log, the format in which editors and code hosts read what a checker found.
 *
 * It holds one run of one tool. Call sarif_new() with the tool and all its rules, sarif_add() for each result, then
 * sarif_finish(). Pure: it does no I/O. One thread. https://docs.oasis-open.org/sarif/sarif/v2.1.0/
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sarif_level { SARIF_NOTE, SARIF_WARNING, SARIF_ERROR };

struct sarif_rule {
    const char *id;    /* what users write to name it: "E101" */
    const char *name;  /* "unknown-key" */
    const char *title; /* one line */
    const char *text;  /* the whole explanation */
    enum sarif_level level;
    const char *help; /* what to do about it, or NULL */
};

struct sarif_log {
    const char *tool, *version;
    const struct sarif_rule *rules;
    size_t n_rules;
    bool partial; /* the run was interrupted: the log says that results may be missing */
};

/* A place that has to do with a result, and what is there. */
struct sarif_place {
    const char *file, *message;
    int64_t line, col, len;
};

struct sarif_result {
    size_t rule; /* its index in the log's rules */
    enum sarif_level level;
    const char *message;
    const char *file;  /* a relative path stays relative; an absolute one becomes a file: URI */
    int64_t line, col; /* from 1, in characters; line 0: the file as a whole */
    int64_t len;       /* characters, at least 1 */
    const struct sarif_place *related;
    size_t n_related;
    int64_t group; /* results with the same number, from 1, have the same cause; 0: not known */
};

struct sarif;

/* The log's rules are borrowed until sarif_finish(). */
struct sarif *sarif_new(const struct sarif_log *log);
/* Copies the result and its text. */
void sarif_add(struct sarif *s, const struct sarif_result *result);
/* Appends the document with a line end, and frees the log. */
void sarif_finish(struct sarif *s, GString *out);
