/*
 * audience: writes the viewings of a made-up audience into a store, to test and measure reports.
 *
 * What film the viewers see and how they behave is the model's (audience_model.h). The same options make the same
 * viewings, whenever and wherever. They are handed to a real writer, as a player does it.
 */
#pragma once

#include "telemetry/audience/audience_model.h"
#include "telemetry/write/writer.h"

/*
 * Hands over all viewings that the options ask for and returns the number of their events. Waits for the writer when
 * its queue is full, and at the end, so this takes as long as the disk does: some 100,000 events a second. It waits as long as it must
 * for a store that is slow, and gives up one that has refused for ten seconds. What the writer could not write, it counts
 * (writer_status()).
 */
uint64_t audience_write(struct writer *w, const struct audience_options *o);
