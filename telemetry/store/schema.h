/*
 * schema: the tables of the store, and the steps that lead from each earlier version to this one.
 *
 * Used by store.c only, on an open connection, inside the transaction that store.c has begun. Tables are changed by
 * numbered steps that are never edited once released; the views (views.h) are made anew after every migration.
 *
 * Version 2 added `control`, one row about the store as a whole. control.changed grows in the transaction that takes rows
 * away (erasure, retention): whoever keeps sums beside the events makes them anew when it differs from what they
 * remember. Tables that name a viewing or an entry of a dictionary do it with ON DELETE CASCADE, or what a viewer
 * erases would stay in them, or could not be erased.
 *
 * Version 3 added what the author says of options and nodes: `trait`, `prop` and what has them.
 *
 * Version 4 added `resume`: viewings that go on after they were left or cut off (sitting.h).
 */
#pragma once

#include "telemetry/store/store.h"

/* Runs the steps after version `from` and makes the views. False and error on failure; the caller rolls back. */
bool schema_migrate(struct sqlite3 *db, int from, GError **error);
