/*
 * audience_truth: what a report on the made-up audience should find, worked out from the model alone, without dice.
 *
 * Pure; one thread. Takes a few milliseconds, and seconds where the film has AUDIENCE_LEVELS_MAX levels.
 */
#pragma once

#include "telemetry/audience/audience_model.h"

#include <glib.h>

/*
 * Appends one JSON object. "decisions": for each version and decision "median_ms" and "p90_ms" of the decision time at
 * the author's time, and for each option the share of picks to expect in first viewings and in replays ("first",
 * "replay"). "taste" and "tea_rather_than_coffee": for each version the mean lean toward the trait, and how often the
 * one prop is preferred to the other.
 */
void audience_truth(const struct audience_options *o, GString *json);
