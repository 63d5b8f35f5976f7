/*
 * count_paths: the different whole paths through a film, by version: which nodes were visited, from the start to an
 * ending.
 *
 * count_paths_init(), count_paths_id() and count_paths_set_example() any number of times, count_paths_clear() last. One
 * thread. A path has an id, from 0, for rows of counts (count_row.h); there may be as many paths as viewings.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

#define COUNT_NO_PLACE G_MAXUINT

struct count_path {
    uint64_t hash;   /* of the names of its nodes (aggregate.c) */
    int64_t example; /* id of a viewing that went this way, in the store of that number */
    guint store;
    int32_t version;
    guint place;  /* on the page (count_layout.h); COUNT_NO_PLACE: it has none */
    char **nodes; /* ids; NULL until count_cube_name_path(); here and below */
    char **words; /* for a reader: "Title [id]", or the id where there is no title */
};

struct count_paths {
    GArray *all;          /* struct count_path, by id */
    GHashTable **by_hash; /* of each version: hash -> id + 1 */
    guint n_versions;
};

void count_paths_init(struct count_paths *p, guint n_versions);
void count_paths_clear(struct count_paths *p);

/* The id of this path; a new one where it was not met before. */
guint count_paths_id(struct count_paths *p, int32_t version, uint64_t hash);

/* Names a viewing that went this way. The last one that was named stays. */
void count_paths_set_example(struct count_paths *p, guint id, guint store, int64_t viewing);

struct count_path *count_paths_at(const struct count_paths *p, guint id);

/* The ids (guint) of a version's paths whose count in x, by id, is above 0; the commonest first, those that are equally
 * common by hash. The caller frees. */
GArray *count_paths_ranked(const struct count_paths *p, int32_t version, const int64_t *x);
