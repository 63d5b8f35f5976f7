/*
 * views: what a store shows to people who read it with SQL. Views are stable by name and column.
 *
 * v_viewing, v_exposure and v_path have one row per viewing or exposure, machines' plays included. v_decision,
 * v_option, v_node and v_ending count what people did, one row for each thing in each version of a film.
 * telemetry/README.md describes every column. The queries stand in views.sql.
 *
 * Views hold no data, and every migration makes them anew, so that they use this version's words. A column is never
 * renamed, removed or given another meaning; a new one is added at the end of its view.
 */
#pragma once

#include <glib.h>

/* Appends the statements that make all views, in place of those that are there. */
void views_append_sql(GString *sql);
