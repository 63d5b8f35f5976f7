/*
 * count_cube: what an audience did, as counts: version x first viewing or replay x time mode x day x part x what is counted.
 *
 * count_cube_new() reads one or more stores, once. count_cube_slice() gives the counts of a part of the audience as one
 * row of numbers; any number of slices may be taken, and nothing that was loaded changes. count_cube_name_path() still
 * needs the stores, so it must come before count_cube_end_reading(). count_cube_free() last; slices live until then. One
 * thread.
 *
 * Loading costs as much as there are days and groups with viewings, not events (aggregate.h), as long as the tallies
 * are up to date: call aggregate_update() before, where the stores can be written. A slice costs as much as the cube is
 * large; the second time it is asked for, nothing.
 *
 * Only people's viewings count (in a window, chosen by a person). Who is left out is counted in `groups`.
 */
#pragma once

#include "telemetry/count/aggregate.h"
#include "telemetry/count/catalogue.h"
#include "telemetry/count/count_layout.h"
#include "telemetry/count/count_parts.h"
#include "telemetry/count/count_paths.h"
#include "telemetry/count/count_row.h"
#include "telemetry/count/segment.h"

#include <glib.h>

#define COUNT_ALL (-1) /* of a selection: any value */

/* With more viewings than this, parts are not told apart: counting all events would take too long for a page. */
#define COUNT_PARTED_VIEWINGS_MAX 200000

/* So many of the commonest paths of a version have a place on the page. */
#define COUNT_SHOWN_PATHS_MAX 500

/* Which coordinates of the cube are kept apart; each more costs memory. */
enum count_apart {
    COUNT_APART_NOTHING,  /* one row of counts is all there is */
    COUNT_APART_GROUPS,   /* first viewing or replay, and time mode */
    COUNT_APART_VERSIONS, /* these, and version */
    COUNT_APART_DAYS,     /* these and day: what the HTML page filters by */
};

struct count_cube_options {
    const char *story;   /* id of a film, or NULL: all */
    const char *version; /* as the author named it, or NULL: all */
    int32_t since_day;   /* days since 1970 UTC; 0: always */
    int32_t viewings;    /* enum aggregate_nth, or COUNT_ALL. What is not selected is not loaded; but see `groups` */
    int32_t time;        /* time mode, or COUNT_ALL; likewise */
    bool pool, recount;  /* catalogue.h; aggregate.h */
    GTimeZone *zone;     /* whose days are counted; all events are counted then. NULL: UTC */
    enum count_apart apart;
    const struct segment *only; /* of the viewings, only those that are in all of these; n_only of them */
    guint n_only;
    /* Kinds of segments, without values, by which parts are kept apart as well (count_parts.h); n_parted_by of them. Kept counts
     * know nothing of these: where there are several parts, all events are counted. */
    const struct segment *parted_by;
    guint n_parted_by;
};

/*
 * The day of viewings that began when a clock was wrong: before COUNT_FIRST_DAY, or later than tomorrow. It is before all
 * others, and no period holds it. They count as any other viewing, unless `since_day` asks for days.
 */
#define COUNT_NO_DAY    INT32_MIN
#define COUNT_FIRST_DAY 18262 /* 2020-01-01: nothing was recorded before */

/* People's viewings that a clock dated so; selected or not. */
struct count_undated {
    int32_t day;
    int64_t viewings;
};

/* Coordinates that are not kept apart are 0. Twelve bytes, without a hole. */
struct count_key {
    int32_t day; /* days since 1970 UTC: the first of its period */
    int32_t version;
    uint8_t nth, time; /* enum aggregate_nth; time mode */
    bool machine;      /* of groups only */
    uint8_t part;      /* of the cube's parts */
};

struct count_cell {
    struct count_key key;
    guint place; /* count_layout.h; of groups 0 */
    int64_t n;   /* of groups: viewings */
};

/* What a day stands for: where there would be too much for a page, periods get longer. Weeks begin on Mondays. */
enum count_period { COUNT_DAY, COUNT_WEEK, COUNT_MONTH, COUNT_YEAR };

/* The first day of the period that holds `day`; both in days since 1970. */
int32_t count_first_day(int32_t day, enum count_period period);

/* The counts of a part of the audience. */
struct count_slice {
    int32_t version, viewings, time;
    int64_t *x;     /* by place; complete (count_layout_complete()) */
    int64_t *paths; /* by id of a path */
};

struct count_film {
    const struct catalogue_film *film;
    struct count_layout *layout;
    struct count_paths paths;
    /* Day, version, group, place: ascending, each once. With COUNT_APART_NOTHING there are none. */
    GArray *cells;
    /* Viewings, selected or not, of machines, too: ascending, each once. Time modes and groups are always apart. */
    GArray *groups;
    GArray *undated;          /* struct count_undated, by day */
    bool *seen_before;        /* by version: a person saw it before `since_day` */
    enum count_period period; /* of cells and groups */
    /* Private to count_cube.c. */
    struct count_row row, path_row;
    struct count_key key; /* of what is in the rows */
    GArray *path_cells;   /* as cells, but `place` is the id of a path; in no order */
    GPtrArray *slices;    /* struct count_slice * */
};

struct count_cube {
    struct count_cube_options options; /* strings are the caller's, and needed while loading only */
    struct catalogue *catalogue;
    struct count_parts *parts; /* NULL: everybody is in one part, or there are too many viewings, and */
    bool too_many_to_part;     /* this says so */
    int32_t last_day;          /* later ones are not believed */
    struct count_film *films;  /* as many as catalogue->films */
    struct store **stores;     /* the caller's; NULL once reading has ended */
    guint n_stores;
};

/*
 * `stores` are open, read-only or not, and stay so until count_cube_end_reading(). NULL and error on failure: a store
 * cannot be read, its sums make no sense, or two of them hold the same viewing.
 */
struct count_cube *count_cube_new(struct store *const *stores, guint n, const struct count_cube_options *o,
                                  GError **error);

/* Ends the reading transactions. May be called again. */
void count_cube_end_reading(struct count_cube *c);
void count_cube_free(struct count_cube *c); /* accepts NULL; ends reading, too */

/* The people whose viewings are of this version (in film->versions), and have this place (enum aggregate_nth) and time mode;
 * or COUNT_ALL. The cube must hold them apart, or have been loaded for just these. */
const struct count_slice *count_cube_slice(struct count_cube *c, guint film, int32_t version, int32_t viewings,
                                           int32_t time);

/* Gives the path its `nodes`, if it has none yet. False and error where the store cannot be read. */
bool count_cube_name_path(struct count_cube *c, guint film, guint path, GError **error);

/* A viewing by a person, and the key under which the cube has its counts; without its place among viewings and time mode. */
struct count_viewing {
    int64_t viewing; /* id in its store */
    struct count_key key;
};

/* Those of a store, by id: struct count_viewing. The version is COUNT_ALL where the cube has no such film or version. The cube
 * holds days apart. NULL and error: the store can't be read. The caller frees with g_array_unref(). */
GArray *count_cube_keys(const struct count_cube *c, guint store, GError **error);

/* The key of one of these; of a viewing that is not among them, that of no version and no day. Borrowed. */
const struct count_key *count_cube_key_of(const GArray *keyed, int64_t viewing);

/* "2026-01-31". The caller frees. */
char *count_date(int32_t day);

/* The order of cells: day, version, machine or person, place among viewings, time mode, part. */
int count_key_compare(const struct count_key *a, const struct count_key *b);

/* True, or a broken promise of the structs is asserted. Costs as much as the cube is large. */
bool count_cube_check(const struct count_cube *c);
