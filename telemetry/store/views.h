/*
 * views: what a store shows to those who read it with SQL, stable by name and column.
 *
 * v_viewing, v_exposure and v_path have a row per viewing or exposure, machines' plays included; v_decision, v_option,
 * v_node and v_ending count what people did, a row per thing in each version of a film. telemetry/README.md describes
 * every column. Views hold no data and are made anew after each migration, so that they speak this version's words. A
 * column is never renamed, removed or given another meaning; new ones are added at a view's end.
 *
 * Used by schema.c only, on an open connection, inside the transaction of a migration.
 */
#pragma once

#include "telemetry/store/store.h"

/* Makes all views, in place of those that are there. False and error on failure; the caller rolls back. */
bool views_create(struct sqlite3 *db, GError **error);
