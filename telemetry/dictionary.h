/*
 * dictionary: the registry (registry.def) as a table at run time, and as text for people.
 *
 * Nothing here touches a store. Entries are static and live for ever. An event without a rule how long it is kept does
 * not compile.
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
    int kept;   /* dictionary_retention() has the words */
    bool event; /* belongs to an event */
};

/* How long a table's rows are kept. */
const char *dictionary_retention(const struct dictionary_entry *table);

/* Entry number i, tables first; NULL after the last. */
const struct dictionary_entry *dictionary_at(size_t i);

/* The entry of a table (column NULL) or a column; those of "event" are found for every event. NULL: there is none. */
const struct dictionary_entry *dictionary_find(const char *table, const char *column);

/* The whole dictionary in Markdown, as telemetry/README.md has it. */
void dictionary_markdown(GString *out);

/* In plain English: everything in short (NULL), "outcome", or "outcome.latency_us". False: there is no such thing. */
bool dictionary_explain(const char *name, GString *out);
