/*
 * telemetry_held: the verb of `frumious telemetry` that answers an audit: what a collector's store holds under a key.
 *
 * Returns one of enum exit_code; what it found has been printed. Main thread; blocks on the disk.
 */
#pragma once

#include "commands/telemetry_request.h"

/* r->what: the id of a viewing, or a viewer's link; r->format: "text" (default) or "json" (telemetry/held.schema.json). */
int telemetry_held(const struct telemetry_request *r);
