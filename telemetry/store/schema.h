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
