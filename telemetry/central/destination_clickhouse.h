/*
 * destination_clickhouse: keeps what a collector takes in in the distributed engine.
 *
 * There is one judge of what may be taken: destination_sqlite (telemetry/collect). For each group, what the engine has of its viewings comes
 * into a store for a moment, as if it had been collected there; the judge commits the group to it; what is new there goes to the engine:
 * tombstones first, then events, then headers, which say up to which event a viewing is received. Each is one insert of the whole group, done
 * when a quorum has it. Rows depend on nothing but what was sent: a group that comes again, here or at another collector, makes the same ones.
 * What is repeated is written again, too: it may be there without a quorum.
 */
#pragma once

#include "telemetry/collect/destination.h"

/* `address` is as in engine.h. The catalogue is borrowed. NULL and error: the address makes no sense, or the engine has not our tables. */
struct destination *destination_clickhouse_open(const char *address, const struct wire_catalogue *catalogue,
                                                GError **error);
