/*
 * store_copy: a store as a copy in memory. So a store of an earlier version is read that must not be changed, or cannot be:
 * the copy is brought up to date, and the file stays as it is.
 *
 * What is copied is one moment of the file, its log included. On the store's thread; takes as long as reading the file.
 */
#pragma once

#include "telemetry/store/store_handle.h"

/* Larger files are not copied. */
#define STORE_COPY_BYTES_MAX (256 * 1024 * 1024)

/* A connection of its own, to be closed by the caller, to a copy of what `s` reads. NULL and error: too large, or it cannot be
 * read. */
struct sqlite3 *store_copy_make(struct store *s, GError **error);

/* Puts a copy of what `from` reads beside the tables of `into`, as the database `src`. Detach it also on failure. */
bool store_copy_attach(struct store *into, const struct store *from, GError **error);
