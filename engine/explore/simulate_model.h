/*
 * simulate_model: how a simulated viewer decides. Each model is a row of one table; the first row is the default.
 *
 * Pure and immutable; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct simulate_model {
    const char *name;      /* as on the command line: "uniform" */
    const char *title;     /* completes the sentence "each viewer …" */
    int32_t waits_percent; /* of the decisions, how many the viewer lets time out, 0 to 100 */
    bool first;            /* picks the first option on offer; else any option, each equally likely */
    bool at_once; /* where a pick cuts at once, picks as the decision opens; else at any moment of the window */
};

/* All models, ended by a row whose name is NULL. */
const struct simulate_model *simulate_models(void);

/* NULL if no model has this name. */
const struct simulate_model *simulate_model_find(const char *name);
