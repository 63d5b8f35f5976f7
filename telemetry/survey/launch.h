/*
 * launch: what an audience did over calendar time, by day, week, month or year: how many viewings began, and the shares of
 * endings and options, with their intervals; which version came when, and what the producer noted.
 *
 * launch_new() adds a cube up, which must hold days apart (COUNT_APART_DAYS) and outlive it, as must the notes. It costs
 * as much as the cube is large. launch_text(), launch_json() and launch_csv() write it any number of times; launch_free()
 * last. One thread.
 *
 * A period without a viewing has no row, and viewings that are on no day (COUNT_NO_DAY) are in none. Where a cube had to make its periods longer than was asked for, so are these:
 * `period` of each film says which they are. A period that `since_day` cuts begins on that day; what happened before it has no mark.
 */
#pragma once

#include "telemetry/store/note.h"
#include "telemetry/survey/survey.h"

enum launch_kind { LAUNCH_VIEWINGS, LAUNCH_REACHED, LAUNCH_ENDING, LAUNCH_OPTION, LAUNCH_TIMEOUT };

struct launch_row {
    int32_t day; /* the first of its period, in days since 1970 */
    enum launch_kind kind;
    const char *version;             /* as the author named it; of decisions: the first that has it */
    const char *id, *option, *title; /* of the ending or decision, and of its option; else NULL */
    struct survey_ratio share;       /* LAUNCH_VIEWINGS: k viewings that began, n = 0 */
};

/* Something that happened on a day. */
struct launch_mark {
    int32_t day;
    bool is_version;  /* the first viewing of a version; else a note */
    const char *text; /* its name; the note's words */
};

struct launch_film {
    const struct catalogue_film *film;
    enum count_period period;
    GArray *rows;  /* struct launch_row: by day, then in the order of the film */
    GArray *marks; /* struct launch_mark, by day */
};

struct launch {
    const struct survey_options *options; /* borrowed */
    struct launch_film *films;            /* as the cube's */
    guint n_films;
};

/* `o` says which viewings are counted, and of which decision shares are written. `notes`: struct note *. */
struct launch *launch_new(const struct count_cube *cube, const struct survey_options *o, enum count_period period,
                          const GPtrArray *notes);
void launch_free(struct launch *l); /* accepts NULL */

/* Whether the options ask for the row: for all, or for those of one decision. */
bool launch_is_wanted(const struct launch *l, const struct launch_row *r);

/* "day", "week", "month", "year". */
const char *launch_period_word(enum count_period period);

/* A table for a terminal, about 100 columns: the film's own rows, or those of options.decision. */
void launch_text(const struct launch *l, GString *out);
/*
 * Appends one object: {"format": "frumious-launch", "films": [{"id", "title", "period", "marks": [{"date", "kind": "version" or
 * "note", "text"}], "rows": [{"date", "kind", "version", "id", "option", "title", "k", "n", "share", "low", "high"}]}]}.
 * From "share" on, numbers are null where n is below the floor.
 */
void launch_json(const struct launch *l, GString *out);
/* One table, as RFC 4180 has it; the first line has the names of the columns. Marks are rows, too. */
void launch_csv(const struct launch *l, GString *out);
