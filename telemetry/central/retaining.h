/*
 * retaining: lets go of viewings that are too old, by whole months.
 *
 * The tables are partitioned by the month in which a viewing began by its own id, so a month goes at once and without rewriting
 * anything. It goes when its last day is older than the limit: a viewing stays up to a month longer, and none goes early. What has no
 * month (its id tells no time) stays. What arrives late of a month that went is there again until the next time. Tombstones
 * stay. How many viewings went is noted for reports before they go, so that doing it again after it was cut off counts nothing twice.
 */
#pragma once

#include "telemetry/central/engine.h"

struct retaining_month {
    guint month; /* as 202611; 0: none */
    int64_t viewings;
};

/* Whether all of the month is older than so many days. */
bool retaining_is_due(guint month, int days, GDateTime *now);

/* Lets go of all months that are due. *gone: struct retaining_month, oldest first; *undated: how many viewings have no month. The caller
 * unrefs *gone, after a failure, too. */
bool retaining_apply(struct engine *e, int days, GArray **gone, int64_t *undated, GError **error);
