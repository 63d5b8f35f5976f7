/*
 * telemetry_note: the verb of `frumious telemetry` that writes down what happened on a day, beside the audience's numbers.
 *
 * Returns one of enum exit_code; what it did or could not do has been printed. Main thread; blocks on the disk.
 */
#pragma once

#include "commands/telemetry_request.h"

/* Adds the note r->what of r->date and r->story, removes the one with the number r->remove, or lists all. */
int telemetry_note(const struct telemetry_request *r);
