/*
 * age: how old the viewings of a store surely are, whatever its machine's wall clock says.
 *
 * Each opening and closing of a store for writing is a sighting: a row with what the clocks said (moment.h), and with
 * `lived_ms`, the time that has surely passed in the store's life. Between two sightings at least this much has passed:
 *
 * - both in one run of the machine: the smaller one of what the wall clock and the machine's clock advanced by;
 * - else, the wall clock kept by a time service both times: what it advanced by;
 * - else, on the same machine: the smaller one of the wall clock's advance and the time since the machine was started;
 * - else nothing.
 *
 * A new sighting counts from the last one or from the last one with a kept clock, whichever tells more. In the second
 * case, the sightings in between move along with it: nobody knows which part of the time lay before them. A kept clock
 * that is earlier than it was proves that it was wrong once: then all ages begin anew, and no wall clock is taken for a
 * kept one in this store again.
 *
 * A viewing is dated by the first sighting after it came, never by what it says of itself. So it is never younger than
 * its age, as long as the machine's own clock runs and a clock that is kept is right (tests/unit/test_retention.c).
 *
 * The tables are made when viewings are first to be kept for a time only (control.h). Calls come from the store's
 * thread. Those that write run in a transaction of the caller's.
 */
#pragma once

#include "telemetry/keep/moment.h"
#include "telemetry/store/store.h"

/* A store has the tables. */
bool age_is_kept(struct store *s, bool *kept, GError **error);

/* What a sighting at this moment would have for lived_ms. Changes nothing. */
bool age_lived(struct store *s, const struct moment *now, int64_t *lived_ms, GError **error);

/* A new sighting, after making the tables where there are none; it dates the viewings that came since the last one. */
bool age_see(struct store *s, const struct moment *now, int64_t *lived_ms, GError **error);

/*
 * Takes down by which sighting viewings were found to be at least old_ms old (`due`), and forgets it where they no
 * longer are, because the limit was raised. *n: how many are newly found. After age_see(), which told lived_ms.
 */
bool age_announce(struct store *s, int64_t lived_ms, int64_t old_ms, int64_t *n, GError **error);

/* Forgets all ages and sightings. In a transaction of the caller's, or in one of its own. */
bool age_forget(struct store *s, GError **error);

/* Sightings go that date no viewing any more. After erasing. */
bool age_tidy(struct store *s, GError **error);
