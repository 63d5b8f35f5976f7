/*
 * telemetry_keep: the verbs of `frumious telemetry` that change what is recorded, or what will be.
 *
 * Each returns one of enum exit_code; what it did or could not do has been printed. Main thread; blocks on the disk.
 */
#pragma once

#include "commands/telemetry_request.h"

int telemetry_erase(const struct telemetry_request *r);
int telemetry_pause(const struct telemetry_request *r);
int telemetry_resume(const struct telemetry_request *r);
int telemetry_retention(const struct telemetry_request *r);
int telemetry_viewer(const struct telemetry_request *r);
