/*
 * schema: the tables of the store, and the steps that lead from each earlier version to this one (schema.sql).
 *
 * Used by store.c only, inside the transaction that store.c has begun. A step is never edited once it was released.
 *
 * Since version 2, control.changed grows in every transaction that takes rows away (erasure, retention): a program that
 * keeps counts beside the events makes them anew when it differs from what it remembers. Tables that name a viewing, or
 * an entry of a dictionary, do so with ON DELETE CASCADE. Without that, what a viewer erases would stay in them, or
 * could not be erased.
 */
#pragma once

#include "telemetry/store/store_handle.h"

/* Runs the steps after version `from` and makes the views anew. False and error on failure; the caller rolls back. */
bool schema_migrate(struct store *s, int from, GError **error);

/*
 * Makes tables that not every store has: a part of schema.sql, by its name. In a transaction of the caller's, or in one
 * of its own. They must not be there, except those that are made IF NOT EXISTS.
 */
bool schema_make_part(struct store *s, const char *part, GError **error);

/* The names of these parts; NULL after the last. */
extern const char *const schema_optional_parts[];
