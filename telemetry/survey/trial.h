/*
 * trial: the arms of an experiment side by side, and how sure a difference is that was looked at more than once.
 *
 * Rows are those of a cross table of the arms (cross.h); each arm is compared with the first one. The interval of a difference is a
 * confidence sequence, which holds at all looks at once, and the evidence may be looked at daily: stats_sequential() says by
 * which formula. So an experiment may end when a row is marked, or go on.
 *
 * A story may say beforehand what an experiment is about: its primary outcome, one row (of each version that says so). A mark (*)
 * there needs no correction but for the number of these rows and arms. All other rows are corrected for one another. Both
 * by e-BH (Wang and Ramdas, False discovery rate control with e-values, 2022): of m rows, the k with the most evidence are
 * marked if each has m / (0.05 k) or more.
 *
 * First of all, the arms have to have the viewings that their weights say. Where they do not (Pearson's chi-square, p below
 * TRIAL_MISMATCH), something takes viewings away from an arm, and its other numbers can't be believed.
 *
 * trial_new() counts the events of each arm anew; trial_text(), trial_json() and trial_csv() write what it found any number of
 * times; trial_free() last. One thread.
 */
#pragma once

#include "base/stats.h"
#include "telemetry/store/store.h"
#include "telemetry/survey/cross.h"

#define TRIAL_MISMATCH 0.001

/* A version of a film, in which the arms were drawn by their weights. */
struct trial_version {
    const char *version;
    char *outcome;     /* what the experiment is about (registry.def); NULL: its author did not say */
    int64_t *viewings; /* of each arm */
    int64_t *weights;  /* likewise; 0: this version does not have the arm */
    double p;          /* how likely chance alone makes them as uneven; NAN: too few to tell */
};

/* An arm in a row. */
struct trial_difference {
    struct stats_sequence s; /* this arm minus the first */
    bool enough, marked;
};

struct trial_film {
    bool has;                             /* some version of it has the experiment */
    GArray *versions;                     /* struct trial_version */
    struct trial_difference *differences; /* of each row and arm: [row * n_parts + arm]; the first arm's say nothing */
    guint *order;                         /* the cross table's rows as they are told: */
    guint n_primary;                      /* so many of the primary outcome, then the others in the author's order */
};

struct trial {
    struct cross *cross; /* of the arms, in the author's order, also of those that nobody had */
    char *experiment;
    struct trial_film *films; /* of each of the cross table's */
    /* Private to trial.c. */
    GPtrArray *arms; /* char * */
    struct cross_part *parts;
};

/* The names of all experiments in the stores, by the alphabet: char *. NULL and error where one can't be read. The caller
 * frees with g_ptr_array_unref(). */
GPtrArray *trial_names(struct store *const *stores, guint n, GError **error);

/* The experiment in what `o` selects of the stores. NULL without an error: they have no such experiment; NULL and error: one can't
 * be read. */
struct trial *trial_new(struct store *const *stores, guint n, const struct survey_options *o, const char *experiment,
                        GError **error);
void trial_free(struct trial *t); /* accepts NULL */

/* That of an arm in a row of a film. */
const struct trial_difference *trial_difference_at(const struct trial *t, guint film, guint row, guint arm);

void trial_text(const struct trial *t, GString *out);
/*
 * Appends one object: {"format": "frumious-experiment", "experiment", "arms": [name], "films": [{"id", "title", "versions":
 * [{"version", "outcome", "viewings": [of each arm], "weights", "mismatch_p"}], "rows": [{"kind", "version", "id", "option", "title",
 * "primary", "arms": [{"k", "n", "share", "low", "high", "difference", "from", "to", "evidence", "marked"}]}]}]}. Numbers are null where
 * there are too few cases, and those of a difference in the first arm.
 */
void trial_json(const struct trial *t, GString *out);
/* One table, as RFC 4180 has it: a row for each arm of each row. */
void trial_csv(const struct trial *t, GString *out);
