/*
 * diag_rules: the table of everything that can be wrong with a story, one row per code.
 *
 * A code that was released keeps its meaning. `frumious explain CODE` prints a row's long text. Constant; any thread.
 */
#pragma once

enum diag_severity { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR };

struct diag_rule {
    const char *code; /* stable: "E101" */
    const char *name; /* kebab-case: "unknown-key" */
    enum diag_severity severity;
    const char *title; /* "an unknown key" */
    const char *text;  /* why it is a problem, an example, the remedy; in lines */
};

/* All of them, sorted by the number in their code; a row whose code is NULL ends the table. */
const struct diag_rule *diag_rules(void);

/* The rule of this code (letters of either case) or name, or NULL. */
const struct diag_rule *diag_rule_find(const char *code);
