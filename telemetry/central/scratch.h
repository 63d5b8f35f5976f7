/*
 * scratch: a store of SQLite for a moment, in a folder of its own that goes with it: where viewings of the engine are counted, or
 * become what a report is made of. One thread. What a killed program left of its own goes when the next one makes its first.
 */
#pragma once

#include "telemetry/central/engine.h"
#include "telemetry/central/rows.h"

struct scratch {
    struct store *store;
    char *folder, *path;
    int folder_fd;        /* holds the lock that says that the folder is used */
    GHashTable *films;    /* hash of a version (int64_t) -> struct film_base */
    GHashTable *viewings; /* number in the store (int64_t) -> struct rows_header */
};

struct scratch *scratch_new(GError **error);
void scratch_free(struct scratch *s); /* accepts NULL; the folder goes */

/* The file is whole, and others may read it; `store` is NULL from now on. */
void scratch_end_writing(struct scratch *s);

/* Adds all films that the engine knows, in the order in which it came to know them. */
bool scratch_add_films(struct scratch *s, struct engine *e, GError **error);

/* The caller has undone the transaction in which viewings were added. */
void scratch_forget_viewings(struct scratch *s);

/* What scratch_add_films() added; NULL: no such version. */
const struct film_base *scratch_film(const struct scratch *s, int64_t hash);

/* A viewing as the queries of central.sql give it: id, story, upto, key, header, month. The caller clears it. */
struct rows_header scratch_header(char *const *line);

/* All of an answer. The caller unrefs. */
GPtrArray *scratch_ask_viewings(struct engine *e, const char *sql, GError **error); /* struct rows_header * */

/* Adds the viewings [from, to) of these with their events, some thousand at a time; in a transaction of the caller's, or in its own. */
bool scratch_add_viewings(struct scratch *s, struct engine *e, const GPtrArray *headers, guint from, guint to,
                          GError **error);
