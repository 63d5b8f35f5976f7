/*
 * retention: viewings older than the store's limit (`frumious telemetry retention DAYS`, control_set_retention) are
 * erased when a program opens the store to write. store_open() itself erases nothing; programs that write open and close
 * a store here. Whatever only reads erases nothing.
 *
 * A viewing goes when its age (age.h) has reached the limit, at the first opening that is at least RETENTION_WAIT_MS
 * later than the one that found it so, and told it. Where more than half of the store's viewings would go at once, they
 * wait for RETENTION_WAIT_MOST_MS instead. Both are counted in the store's own time, which no wall clock alone can
 * advance. So no viewing goes before its time because a clock is wrong, in either direction; and where a time service
 * keeps the clock right, or the machine goes on running, every viewing goes at the first opening after the limit and the
 * wait.
 */
#pragma once

#include "telemetry/keep/moment.h"
#include "telemetry/store/store.h"

#define RETENTION_DAY_MS       INT64_C(86400000)
#define RETENTION_WAIT_MS      RETENTION_DAY_MS
#define RETENTION_WAIT_MOST_MS (7 * RETENTION_DAY_MS)

/*
 * store_open(), and then, unless the store is opened read-only, retention_apply(). What cannot be erased now, because
 * another program is writing, goes with the next opening. *told (caller frees; may be NULL): a sentence for the viewer
 * where viewings were newly found to be due; else NULL.
 */
struct store *retention_open(const struct store_options *o, char **told, GError **error);

/* Dates what was recorded since it was opened, so that it ages from now on, and store_close(). Accepts NULL. */
void retention_close(struct store *s);

struct retention_result {
    int64_t erased;
    int64_t found; /* newly found to be due: they go later */
};

/*
 * Keeps viewings for so many days from now on; 0: for good, and all ages are forgotten. What is due by the new limit is
 * found at once (retention_apply()).
 */
bool retention_set(struct store *s, const struct moment *now, int64_t days, struct retention_result *r, GError **error);

/* Dates, finds and erases, as the clocks say it is `now`. Where the store has no limit, it does nothing. */
bool retention_apply(struct store *s, const struct moment *now, struct retention_result *r, GError **error);

/* What will come of it if the clocks go on as they are. Times: ms since 1970, by this machine's wall clock; -1: none. */
struct retention_plan {
    int64_t keep_days;   /* 0: viewings are kept for good, and the rest says nothing */
    int64_t due;         /* viewings found to be due, which go from goes_ms on */
    bool most;           /* more than half of all: they wait longer */
    int64_t goes_ms;     /* the first of them */
    int64_t next_ms;     /* when the oldest of the others will be due */
    int64_t by_date;     /* viewings that are older by the date that they carry, and whose age is not known to be */
    bool counts_running; /* the wall clock is not kept: only time while the machine runs is sure to have passed */
};

/* Reads, in any store. */
bool retention_read_plan(struct store *s, const struct moment *now, struct retention_plan *p, GError **error);

/* The same in plain English: lines that end with a newline. */
bool retention_text(struct store *s, const struct moment *now, GString *out, GError **error);

struct retention_cut {
    int64_t n;                 /* viewings */
    int64_t first_ms, last_ms; /* the dates that they carry */
};

/*
 * For who means it: erases at once what is older than so many days (> 0) by the date that it carries, if the wall clock
 * is right, or by its age. retention_look() only says what would go, and reads in any store.
 */
bool retention_cut(struct store *s, const struct moment *now, int64_t days, struct retention_cut *cut, GError **error);
bool retention_look(struct store *s, const struct moment *now, int64_t days, struct retention_cut *cut, GError **error);

/* The clocks, told with the store's own secret. */
bool retention_now(struct store *s, struct moment *now, GError **error);
