/*
 * status: what a store holds in all, in plain English: sizes, counts, losses, viewers, how long things are kept.
 *
 * Reads a store that others may be writing into, in one transaction. Text is appended to `out` as UTF-8 lines, without
 * colours.
 */
#pragma once

#include "telemetry/store/store.h"

/* False and error leave `out` as it was. */
bool status_text(struct store *s, GString *out, GError **error);
