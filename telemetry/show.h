/*
 * show: recorded viewings in plain English, for a terminal.
 *
 * Text is appended to `out` as UTF-8 lines of at most about 100 columns, without colours. Times of day are
 * local. False and error (STORE_ERROR_NOT_FOUND, …) leave `out` as it was.
 */
#pragma once

#include "telemetry/read.h"

/* One viewing; `id` as in read_viewing(): an id, a beginning of one, or "last". */
bool show_viewing(struct store *s, const char *id, GString *out, GError **error);

/* The same by its number in the store. */
bool show_viewing_number(struct store *s, int64_t viewing, GString *out, GError **error);

/* A line per viewing, newest first; at most `limit` (0: all). An empty store says so. */
bool show_list(struct store *s, uint32_t limit, GString *out, GError **error);
