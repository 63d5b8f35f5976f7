/*
 * dictionary: the registry (registry.def) as a table at run time, and as text for people.
 *
 * Nothing here touches a store. Entries are static and live forever. An event or a table for which the registry does
 * not say how long its rows are kept does not compile. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A table (column is NULL), or one of its columns. Columns that every event has belong to the table "event". */
struct dictionary_entry {
    const char *table, *column;
    const char *bind; /* how a member of an event reaches its column (see registry.def); "" for other columns */
    const char *unit; /* "" for none */
    const char *what, *why;
    int rule;   /* for how long its rows are kept; dictionary_retention() has the words */
    bool event; /* it is an event's table, or one of its columns */
};

/* How long a table's rows are kept: "until …". */
const char *dictionary_retention(const struct dictionary_entry *table);

/* Entry number i, tables first; NULL after the last. */
const struct dictionary_entry *dictionary_at(size_t i);

/*
 * The entry of a table (column NULL) or of a column. The columns of "event" are found for every event. NULL: there is
 * none.
 */
const struct dictionary_entry *dictionary_find(const char *table, const char *column);

/*
 * Appends in plain English: everything in short (NULL), a table ("outcome") or a column ("outcome.latency_us"). False:
 * there is no such thing, and nothing was appended.
 */
bool dictionary_explain(const char *name, GString *out);
