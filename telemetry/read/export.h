/*
 * export: viewings as text that other programs read: JSON Lines, or CSV.
 *
 * A line (row) for each viewing, then one for each of its events in the order of seq. The fields are the registry's,
 * by the same names; codes are words, nodes, options and endings the ids that the film calls them by. In CSV all kinds
 * of line share one header, and what a kind does not have is empty. telemetry/export.schema.json describes a line of
 * JSON; it is made by export_schema(). The caller's thread is the store's; one reading transaction, during which others
 * may go on writing.
 */
#pragma once

#include "telemetry/read/read.h"

enum export_format { EXPORT_JSONL, EXPORT_CSV };

/* Gets whole lines, "\n" included, as long as it returns true. */
typedef bool (*export_put)(const char *text, void *data);

/* False and error on failure; false without an error when `put` wanted no more. */
bool export_viewings(struct store *s, const struct read_filter *which, enum export_format format, export_put put,
                     void *data, GError **error);

/* The JSON Schema of a line. Caller frees. */
char *export_schema(void);
