/*
 * taste: what the picks of one viewing tell of it by the film's traits, and which of the film's props it met again.
 *
 * For each viewing: trait_profile_begin(), then what happened in the order in which it did, then trait_profile_count(). What the film's
 * author said of options and nodes is read from the store as it is needed and remembered until trait_profile_free(); forget it
 * when the store may have changed. One thread.
 *
 * A pick tells of a trait where the options that could be taken differed in their score: of the points that were to be
 * had, it took a part. A viewing's lean is the sum of the points taken over the sum of those to be had, each counted
 * from the lowest score on offer: 0 is always the least, 1 always the most of it. With fewer than TRAIT_PROFILE_PICKS_MIN such picks
 * it has none. It is sure where the 95 % interval of the lean (Wilson's, for as many picks as equal weights would make)
 * does not hold what taking any option alike would have given.
 */
#pragma once

#include "telemetry/store/store.h"
#include "telemetry/count/tally.h"

#define TRAIT_PROFILE_PICKS_MIN 3

struct trait_profile;

struct trait_profile *trait_profile_new(struct store *s);
void trait_profile_free(struct trait_profile *t);

/* False and error where the store can't be read; here and below. */
bool trait_profile_begin(struct trait_profile *t, int64_t story, GError **error);
bool trait_profile_visit(struct trait_profile *t, int64_t node, GError **error);
/* option: picked there, 0 for none. */
bool trait_profile_exposure(struct trait_profile *t, int64_t menu, int64_t option, GError **error);

/* Adds the viewing's TALLY_PROFILE, TALLY_ASSOCIATION and TALLY_PROP. */
void trait_profile_count(struct trait_profile *t, int time, struct tally *into);
