/*
 * export: viewings as text that other programs read: JSON Lines, or CSV.
 *
 * Each viewing is one line (row), followed by one for each of its events in the order of seq. Fields have the
 * registry's names; codes are words, and nodes, options and endings have the ids that the story gives them. In CSV all
 * kinds of line share one header, and fields that a kind does not have are empty. telemetry/export.schema.json, which
 * export_schema() makes, describes a line of JSON. Calls come from the store's thread. An export is one reading
 * transaction; others may write meanwhile.
 */
#pragma once

#include "telemetry/read/read.h"

enum export_format { EXPORT_JSONL, EXPORT_CSV };

struct export_options {
    enum export_format format;
    bool superseded; /* tell what does not count any more, too (telemetry/store/supersede.h) */
    int64_t from;    /* events with this number and higher ones; 0: all of them */
};

/* Takes whole lines, "\n" included. False: it wants no more. */
typedef bool (*export_put)(const char *text, void *data);

/* False and error on failure; false without an error if `put` wanted no more. */
bool export_viewings(struct store *s, const struct read_filter *filter, const struct export_options *o, export_put put,
                     void *data, GError **error);

/* The JSON Schema of a line. Caller frees. */
char *export_schema(void);
