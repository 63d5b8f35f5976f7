/*
 * first_batch: most batches that a collector takes in begin a viewing of a film that is known. What such a batch may hold is told by the
 * batch alone, and its lines of the engine's tables can be written from it: for these, a store (rows.h, telemetry/collect) would only be
 * filled and emptied again. It takes and refuses what the judge for SQLite does, in the same words, and its lines are the same to the
 * byte; test_central compares them. No store; any thread.
 */
#pragma once

#include "telemetry/collect/destination.h"

/* Whether a batch is of this kind: it holds the viewing from its first event on, and no resume, which takes earlier events back. */
bool first_batch_is(const struct wire_batch *b);

/*
 * Judges the item, whose batch is of this kind and which is the only one of its viewing: its refusal and `acknowledged` are filled
 * in. Where it is taken, appends a line to `events` for each event, and one to `headers`.
 */
void first_batch_take(const struct tel_story *story, struct collect_item *item, int64_t now_ms, GString *events,
                      GString *headers);
