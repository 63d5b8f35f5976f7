/*
 * mixture: which shares of a film add up parts of the audience that differ: versions, first viewings and replays, time
 * modes.
 *
 * A share over several versions, say, means little where the versions have different ones: it then says how many viewings
 * each version had. So each share of a film is tested for each way in which its part of the audience is put together
 * (stats_heterogeneity()), and corrected for all these tests (Benjamini and Hochberg).
 *
 * Pure; one thread. Costs one walk over the cube's cells.
 */
#pragma once

#include "base/stats.h"
#include "telemetry/count/count_cube.h"

#define MIXTURE_NAME_BYTES 64

/* A part of the audience: a version, first viewings or replays, a time mode. */
struct mixture_part {
    char name[MIXTURE_NAME_BYTES]; /* "2.0", "replay", "1" */
    int64_t k, n;
};

enum mixture_by { MIXTURE_BY_VERSION, MIXTURE_BY_VIEWINGS, MIXTURE_BY_TIME };
enum mixture_of { MIXTURE_OF_VERSION, MIXTURE_OF_ENDING, MIXTURE_OF_DECISION, MIXTURE_OF_OPTION, MIXTURE_OF_NODE };

struct mixture {
    enum mixture_of of;
    guint at, option;             /* the thing's place in the array of its film; an option's in its decision */
    const char *id, *name;        /* of the thing; of the option, or NULL. The catalogue's, as all here */
    const char *title, *question; /* NULL for none; question: an option's decision's title, or its name */
    const char *number;           /* "pick", "timeout", "reach" … */
    const GArray *versions;       /* of the thing; NULL: `version` */
    int32_t version;
    enum mixture_by by;
    GArray *parts; /* struct mixture_part: those that have cases */
    double p, q;   /* how likely chance alone makes them differ as much; after correction for all tests of the film */
};

/*
 * All that can be tested, as struct mixture *, of the part of the audience that `slice` is. The cube holds versions
 * apart. The caller frees the array, which owns what is in it.
 */
GPtrArray *mixtures_new(const struct count_film *f, const struct count_slice *slice);

/* Whether the parts differ more than chance allows. */
bool mixture_differs(const struct mixture *m);

/* In JSON and CSV: "film", "ending", "decision", "option", "node"; "version", "viewings", "time". */
const char *mixture_kind(const struct mixture *m);
const char *mixture_by_word(const struct mixture *m);

/* "versions", "first viewings and replays", "time modes" */
const char *mixture_by_name(enum mixture_by by);
