/*
 * audience: a made-up audience whose ways are known, for testing and measuring reports.
 *
 * A film of `levels` steps with two nodes in each, a decision in every node, three endings, in two versions; viewers
 * who are quick or slow, favour what stands first and what has the light, leave, let the window close, come back for
 * another viewing and then choose otherwise; every second of them is bold; machines among them. Everything follows from the options: the same ones
 * make the same viewings, whenever and wherever. Viewings are handed to a real writer, as a player does.
 *
 * audience_truth() tells what a report should find, from the model alone and without dice.
 */
#pragma once

#include "telemetry/write/writer.h"

#include <glib.h>

struct audience_options {
    int64_t viewings;
    uint32_t seed;
    int32_t levels; /* 1 to AUDIENCE_LEVELS_MAX; 0: 8 */
    int32_t days;   /* over which the viewings are spread, from 2026-01-01; 0: 30 */
};

#define AUDIENCE_LEVELS_MAX 120

/* Hands over everything, waiting for the writer where it must. Returns the number of events. Takes as long as the disk:
 * some 100,000 events a second. */
uint64_t audience_write(struct writer *w, const struct audience_options *o);

/*
 * Appends one JSON object: "decisions", each with version, decision, "median_ms", "p90_ms" of the decision time at the
 * author's time, and per option its expected share in first viewings and in replays ("first", "replay"); "taste" and
 * "tea_rather_than_coffee": by version, the mean lean toward the trait, and how often one prop is preferred to the other.
 */
void audience_truth(const struct audience_options *o, GString *json);
