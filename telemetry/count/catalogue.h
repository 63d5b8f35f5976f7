/*
 * catalogue: what the films in one or more stores are made of: versions, nodes, decisions with their options, endings,
 * traits and props. Names only; the counts stand in count_cube.h.
 *
 * catalogue_new(), then catalogue_read() once for each store, in the order in which the stores are to be read; nothing
 * is added afterwards. catalogue_free() last. One thread. Reading costs as much as the dictionaries of a store are long,
 * which does not depend on the number of viewings.
 *
 * Nodes and decisions are one over all versions in which nothing about them changed (their hash is equal). Endings,
 * traits and props belong to one version. With `pool`, versions and changes are not looked at: there is one version,
 * "all", and names are enough.
 *
 * Each store has ids of its own: struct catalogue_ids leads from them to the things. Ids come from a file and may be
 * wrong, so each look-up says of which film the thing has to be, and gives NULL for anything else.
 */
#pragma once

#include "telemetry/store/store.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CATALOGUE_OPTIONS_MAX 64 /* of a menu; what is shown beyond is left out */

struct catalogue_film;

struct catalogue_version {
    char *version;        /* as the author named it; never NULL */
    int64_t hash;         /* 0 with `pool`; here and below */
    int64_t erased, aged; /* viewings by people that somebody chose to erase; that were erased by age */
    int64_t unrecorded;   /* that were not recorded, where the viewer let them be counted */
};

/* `at` is the thing's place in the array of its film that holds it; here and below. */
struct catalogue_node {
    const struct catalogue_film *film;
    guint at;
    char *name, *title; /* title: NULL for none; here and below */
    int64_t hash;
    GArray *versions; /* int32_t, in film->versions: those that have it */
};

struct catalogue_option {
    const struct catalogue_decision *decision;
    guint at; /* in decision->options */
    char *name, *title;
    int32_t position; /* as written */
    bool forgets;     /* a pick erases the viewing: it cannot be counted */
};

struct catalogue_decision {
    const struct catalogue_film *film;
    guint at;
    char *name, *title, *node;
    int64_t hash;
    GArray *versions;
    GPtrArray *options; /* struct catalogue_option *, as written */
};

struct catalogue_ending {
    const struct catalogue_film *film;
    guint at;
    char *name, *title;
    int32_t version; /* in film->versions; here and below */
};

struct catalogue_trait {
    const struct catalogue_film *film;
    guint at;
    char *name;
    int32_t version;
};

struct catalogue_prop {
    const struct catalogue_film *film;
    guint at;
    char *name, *title;
    int32_t version;
};

struct catalogue_film {
    guint at; /* in the catalogue's films */
    char *name, *title;
    /* Pointers to the structs above, in the order in which the stores have them. */
    GPtrArray *versions, *nodes, *decisions, *endings, *traits, *props;
    GHashTable *keys; /* private to catalogue.c */
};

/* The options that were shown together, in the order shown. */
struct catalogue_menu {
    const struct catalogue_decision *decision;
    GPtrArray *options; /* const struct catalogue_option *, at most CATALOGUE_OPTIONS_MAX */
    GPtrArray *props;   /* of each option: GArray * of const struct catalogue_prop *, what it brings; NULL: nothing */
    uint64_t locked;    /* a bit for each of them */
};

struct catalogue_story {
    struct catalogue_film *film; /* NULL: not selected */
    int32_t version;
};

struct catalogue_options {
    const char *story;   /* id of a film, or NULL: all */
    const char *version; /* as the author named it, or NULL: all */
    bool pool;
};

struct catalogue_ids;

struct catalogue {
    struct catalogue_options options; /* strings are the caller's, needed until the last catalogue_read() */
    GPtrArray *films;                 /* struct catalogue_film *, by first appearance */
    GPtrArray *stores;                /* struct catalogue_ids *, in the order of catalogue_read() */
};

struct catalogue *catalogue_new(const struct catalogue_options *o);
void catalogue_free(struct catalogue *c); /* accepts NULL */

/* Adds what this store has of the films that the options select. False and error where it cannot be read. */
bool catalogue_read(struct catalogue *c, struct store *s, GError **error);

/* The ids of the store that was read as number `store`, from 0. Lives as long as the catalogue. */
const struct catalogue_ids *catalogue_ids(const struct catalogue *c, guint store);

/* NULL for an id that the store does not have. */
const struct catalogue_story *catalogue_story(const struct catalogue_ids *ids, int64_t id);

/* NULL for an id that the store does not have, or that belongs to another film. */
const struct catalogue_node *catalogue_node(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                            int64_t id);
const struct catalogue_decision *catalogue_decision(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                                    int64_t id);
const struct catalogue_option *catalogue_option(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                                int64_t id);
const struct catalogue_ending *catalogue_ending(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                                int64_t id);
const struct catalogue_menu *catalogue_menu(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                            int64_t id);
const struct catalogue_trait *catalogue_trait(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                              int64_t id);
const struct catalogue_prop *catalogue_prop(const struct catalogue_ids *ids, const struct catalogue_film *f,
                                            int64_t id);

/* The options of a decision, the props of a film … by place. `i` is below the array's length. */
const struct catalogue_option *catalogue_option_at(const struct catalogue_decision *d, guint i);

/* True, or a broken promise of the structs above is asserted: places, versions, back pointers. For tests and for asserts
 * where a catalogue was built: it costs as much as the catalogue is large. */
bool catalogue_check(const struct catalogue *c);
