/*
 * viewers: what one person did over all their viewings of a film, and what other counts do not tell: how many came back, how
 * much of the film each has seen, second choices beside first ones, what a timeout led to, how long props were on screen.
 *
 * Viewings by people, in a window, count; of all versions, first and later ones, and all time modes. A viewer is told by
 * their link on this machine: viewings without one are counted and left out. viewers_new() reads one store; counts come from
 * the events, so it takes as long as a recount. viewers_text(), viewers_json() and viewers_csv() write it any number of
 * times; viewers_free() last. One thread.
 */
#pragma once

#include "telemetry/count/count_cube.h"
#include "telemetry/store/store.h"

#include <glib.h>

/* The cases of a row that count with viewings of one key. */
struct viewers_cell {
    guint key; /* in viewers->keys */
    int64_t k, n, us;
};

/* k of n; what they are, and which row is of which kind, stands in README.md ("Viewers"). */
struct viewers_row {
    const char *kind;
    char *film, *version, *id, *option, *title; /* version, option: NULL for none */
    int64_t k, n;
    int64_t us;    /* of props: time on screen in all; else US_NONE */
    GArray *cells; /* struct viewers_cell, whose sums are the row; empty without keys */
    /* Private to viewers.c. */
    char *base;  /* rows with the same are answers to the same: their k add up to n; NULL: n is its own */
    char *which; /* tells rows with the same words apart, or NULL */
    GArray *at;  /* guint: by key, the place of its cell + 1 */
};

struct viewers {
    GPtrArray *rows; /* struct viewers_row *, by film and kind */
    GArray *keys;    /* struct count_key: of which the cells are, each once */
    int64_t floor;
};

/* `story`: the id of a film, or NULL: all. `keyed`: the store's viewings with their keys (count_cube_keys()), for cells; NULL: none.
 * What counts with a viewing that is not among them has the key of no version and no day. NULL and error: the store cannot be read. */
struct viewers *viewers_new(struct store *s, const char *story, int64_t floor, const GArray *keyed, GError **error);
void viewers_free(struct viewers *v); /* accepts NULL */

/* A heading for rows of this kind: what they tell, and of what. Static. */
const char *viewers_kind_words(const char *kind);

/* Of a prop: the seconds on screen for each viewing that saw it; NAN for other rows. */
double viewers_seconds_each(const struct viewers_row *r);

/* Tables for a terminal. */
void viewers_text(const struct viewers *v, GString *out);
/*
 * Appends one object: {"format": "frumious-viewers", "rows": [{"kind", "story", "version", "id", "option", "title", "k", "n",
 * "share", "low", "high", "seconds_each"}]}. "share" and its interval are null where n is below the floor.
 */
void viewers_json(const struct viewers *v, GString *out);
/* One table, as RFC 4180 has it. */
void viewers_csv(const struct viewers *v, GString *out);
