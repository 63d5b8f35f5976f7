/*
 * trait_profile: what the picks of one viewing say about the viewer's taste, by the traits that the film's author
 * defined, and which of the props that were picked were met again.
 *
 * For each viewing: trait_profile_begin(), then trait_profile_visit() and trait_profile_exposure() in the order of the
 * events, then trait_profile_count(). What the author defined is read from the store when it is first needed and kept
 * until trait_profile_free(): make a new one where the store may have changed. One thread, the store's.
 *
 * A pick says something of a trait where the options that could be taken differ in their score. The pick took some of
 * the points that could be had, counted from the lowest score on offer. The lean of a viewing is the sum of the points
 * taken over the sum of those that could be had, so 0 is always the least of the trait and 1 always the most. With fewer
 * than TRAIT_PROFILE_PICKS_MIN such picks a viewing has no profile. A lean is sure where its 95 % interval (Wilson's,
 * for as many picks as equal weights would make) does not hold the lean that picking at random would give.
 */
#pragma once

#include "telemetry/count/tally.h"
#include "telemetry/store/store.h"

#define TRAIT_PROFILE_PICKS_MIN 3

struct trait_profile;

/* `s` is borrowed and outlives it. */
struct trait_profile *trait_profile_new(struct store *s);
void trait_profile_free(struct trait_profile *t); /* accepts NULL */

/* A viewing of this version of a film (its id) begins. False and error where the store cannot be read; here and below. */
bool trait_profile_begin(struct trait_profile *t, int64_t story, GError **error);
bool trait_profile_visit(struct trait_profile *t, int64_t node, GError **error);
/* option: the one that was picked, 0 for none. */
bool trait_profile_exposure(struct trait_profile *t, int64_t menu, int64_t option, GError **error);

/* Adds the viewing's TALLY_PROFILE, TALLY_ASSOCIATION and TALLY_PROP. */
void trait_profile_count(struct trait_profile *t, int time, struct tally *into);
