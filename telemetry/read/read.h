/*
 * read: viewings out of a store, as structs from which a view for people can be made.
 *
 * Works on any open store, read-only or not, on its thread. A store that another process is playing into can be read at
 * any time. Everything returned is owned by the caller and freed by the one call named.
 */
#pragma once

#include "telemetry/record.h"
#include "telemetry/store/store.h"

#include <glib.h>

/* A viewing in one line. Times: ms since 1970; -1: not known. */
struct read_summary {
    char id[TEL_ID_SIZE];
    char *title, *story, *version;
    int64_t started_ms, ended_ms; /* ended_ms is -1 if the viewing was cut off, or still goes on */
    int32_t reason;               /* TEL_REASON_…, or TEL_NONE */
    int32_t mode, chooser, nth;   /* nth 0: not known */
    int32_t decisions, picks, timeouts;
    int64_t watched_us;
    char *ending; /* title of the ending reached last, or NULL */
    /* Of a collector's store: when it received the latest of it, and how far the device's clock was behind then. */
    int64_t received_ms, behind_ms;
    int64_t device_ms; /* the start as the device said, where the collector did not believe that */
};

/* Newest first, at most `limit` (0: all). Array of struct read_summary *; NULL and error on failure. */
GPtrArray *read_list(struct store *s, uint32_t limit, GError **error);

struct read_option {
    char *name, *title; /* title may be NULL */
    bool locked;
};

enum read_kind { READ_VISIT, READ_EXPOSURE, READ_REACHED, READ_STALL, READ_GAP, READ_RESUME, READ_KINDS };

/* An entry of a viewing, in the order of seq. Members that are not for its kind are 0, TEL_NONE or NULL. */
struct read_entry {
    enum read_kind kind;
    int64_t seq, at_us;
    char *name, *title; /* VISIT: node; EXPOSURE: decision; REACHED: ending. title may be NULL */

    bool closed;        /* VISIT: was left; EXPOSURE: has an outcome */
    int64_t left_us;    /* VISIT: when it was left */
    int64_t planned_us; /* VISIT: how long the node's film is; US_NONE: not known */
    int64_t playing_us, paused_us, hidden_us;

    struct read_option *options; /* EXPOSURE: as shown */
    int32_t n_options, focus;
    int64_t window_us; /* US_NONE: no limit */
    int32_t time_mode, what, given, changes;
    int32_t option; /* place in options, or TEL_NONE */
    int64_t latency_us;

    int32_t fault;     /* STALL */
    int64_t lasted_us; /* US_NONE: a fault without a length */

    int64_t count; /* GAP */
    int32_t why;

    int64_t resumed_ms, ended_ms; /* RESUME; ended_ms is -1 if the part before was cut off */
};

struct read_viewing {
    struct read_summary summary;
    char *engine;
    int64_t seed;
    int32_t time_mode;
    int64_t lost;                    /* events, as the gaps tell */
    char *language, *channel, *arms; /* NULL: not known, none. arms: "opening: slow, order: other-way" */
    int64_t superseded;              /* events that do not count any more (telemetry/store/supersede.h) */
    char *shared;                    /* to whom it was sent, or may have been; NULL: to nobody */
    int32_t subtitles;               /* 0, 1, or TEL_NONE: not known */
    struct read_entry *entries;
    int32_t n_entries;
};

/*
 * How many viewings by people took an option, of those in which they could. A viewing counts by its answer when the
 * decision was first asked and was neither skipped nor left. Letting the time run out is an answer that takes no
 * option.
 */
struct read_share {
    char *decision, *option; /* ids */
    int64_t decision_hash, picks, available;
};

/*
 * Shares in all versions of a story, one for each version's option. Array of struct read_share *; NULL and error on
 * failure.
 */
GPtrArray *read_shares(struct store *s, const char *story, GError **error);

/* Which viewings. A member that is NULL or 0 does not restrict them: all zero selects every viewing. */
struct read_filter {
    const char *viewing; /* a whole id, the beginning of one (if only one viewing has it), or "last" */
    const char *viewer;  /* a viewer's whole id */
    const char *story;   /* a story's id, in every version */
};

/*
 * Their numbers in the store (int64_t), the oldest first. NULL and error on failure; STORE_ERROR_NOT_FOUND if the
 * filter names something and no viewing matches. Without a filter, an empty store gives an empty array.
 */
GArray *read_matching_ids(struct store *s, const struct read_filter *filter, GError **error);

/* The viewing with a number. NULL and error on failure; STORE_ERROR_NOT_FOUND if it was erased meanwhile. */
struct read_viewing *read_viewing_by_number(struct store *s, int64_t viewing, GError **error);

/*
 * `id` as in struct read_filter.viewing. NULL and error on failure; STORE_ERROR_NOT_FOUND if there is none, or several.
 */
struct read_viewing *read_viewing(struct store *s, const char *id, GError **error);
void read_viewing_free(struct read_viewing *v);
