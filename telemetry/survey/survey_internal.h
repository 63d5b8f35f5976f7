/*
 * survey_in: what the parts of the survey share. For telemetry/survey/survey*.c only.
 *
 * survey_film.c makes films out of a store's dictionaries, survey_cells.c and survey_taste.c add its counts to them,
 * survey.c puts them in order. A loader lives as long as one store is read; it owns its tables, the survey owns what they
 * lead to.
 */
#pragma once

#include "telemetry/survey/survey.h"

#include <sqlite3.h>

/* A store's ids, as places in what is being made. */
struct survey_menu {
    struct survey_decision *decision;
    GPtrArray *options; /* struct survey_option *, in the order shown */
    GPtrArray *brings;  /* GArray * of places of props (guint), or NULL; of each option */
    uint64_t locked;
};

struct survey_story {
    struct survey_film *film; /* NULL: not selected */
    int32_t version;
};

struct survey_loader {
    struct survey *r;
    struct store *store;
    int32_t index; /* of the store */
    /* By id: the structs above and of survey.h; of nodes, endings, traits and props the place in the film, from 1. */
    GHashTable *stories, *nodes, *decisions, *options, *endings, *menus, *traits, *props;
    GHashTable *brings; /* option's id -> GArray of places of props (guint, from 0) */
};

/* One cohort's counts, being added. */
struct survey_addition {
    struct survey_loader *l;
    struct survey_film *film;
    struct survey_version *version;
    int32_t version_at; /* of the same, in film->versions */
};

/* Reads the dictionaries of l->store into l->r; the rest of *l is set. Clear it in any case. */
bool survey_load_names(struct survey_loader *l, GError **error);
void survey_loader_clear(struct survey_loader *l);

/* What a table has of an id; NULL or 0 for nothing. */
void *survey_by_id(GHashTable *table, int64_t id);
guint survey_place_of(GHashTable *table, int64_t id);

/* What the film knows under this key, as a place + 1; 0: nothing yet, from now on `next`. Takes the key. */
guint survey_place(struct survey_film *f, char *key, guint next);

/* struct aggregate_reader's; data is the loader. */
bool survey_wants_cohort(const struct aggregate_cohort *c, void *data);
void survey_add_cohort(const struct aggregate_cohort *c, struct tally *tally, void *data);

void survey_add_ratio(struct survey_ratio *r, bool hit, int64_t n);

/* picked: the option's place in the menu, -1 for none. */
void survey_add_props(struct survey_addition *t, const struct survey_menu *m, int picked, int64_t n);
void survey_add_profile(struct survey_addition *t, const struct tally_cell *c);
void survey_add_association(struct survey_addition *t, const struct tally_cell *c);
void survey_add_prop(struct survey_addition *t, const struct tally_cell *c);

/* Means, intervals and order, when all is added. */
void survey_finish_traits(struct survey_film *f);

/* A text of the store, always sound UTF-8, or NULL. */
char *survey_column_text(sqlite3_stmt *st, int column);

void survey_free_film(void *film);
