/*
 * answers: the exposures of one viewing, and which of them is its first answer to a decision.
 *
 * Somebody who goes back is asked again, and answers again. A report's headline counts each viewing once for each
 * decision: its first exposure that ended with a pick or a timeout or, where none did, its first one. What the others add
 * is counted apart, with the sums from which an interval for clusters follows (TALLY_AGAIN).
 *
 * For each viewing: answers_clear(), answers_add() for each exposure in the order of time, answers_mark_first(); then
 * `all`. One thread. Costs as much as there are exposures.
 */
#pragma once

#include "telemetry/count/tally.h"

struct answer {
    int64_t seq, menu, decision;
    int focus, time, what; /* what: TEL_WHAT_…, TALLY_UNKNOWN, TALLY_OPEN */
    int64_t option;        /* 0: none */
    int64_t latency_us;    /* -1: not known */
    int given, changes;
    int64_t at_ms; /* when it ended, by the viewing's clock; 0: not known */
    bool first;    /* the headline's */
};

struct answers {
    GArray *all;          /* struct answer */
    bool repeated;        /* some decision was put more than once */
    GHashTable *firsts;   /* private: a decision -> its first answer */
    GHashTable *clusters; /* private: an option in a time mode -> what the viewing did with it */
};

void answers_init(struct answers *a);
void answers_free(struct answers *a);
void answers_clear(struct answers *a);
void answers_add(struct answers *a, struct answer one);
void answers_mark_first(struct answers *a);

/*
 * Counts what answers beyond the first ones add (TALLY_AGAIN, TALLY_ASKED_AGAIN). `open`: the ids of the options that
 * could be taken in a menu, or NULL after a failure, which ends the counting with false; borrowed until the next call.
 */
bool answers_count_again(struct answers *a, struct tally *t, const GArray *(*open)(int64_t menu, void *data),
                         void *data);
