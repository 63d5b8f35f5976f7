/*
 * schema_match: whether the tables of a store are those that this program makes.
 *
 * SQLite takes what a file says of its tables as it is written there. A store from a stranger can have a trigger that
 * fills the disk, a view without an end in the place of a table, a table without our constraints. So what the file says
 * is compared with what our migrations make (schema.sql), statement by statement, white space apart, and never merely
 * trusted.
 *
 * Reading needs every table and index of ours as we make it; what else there is, is not looked at. Writing needs, in
 * addition, that there is no table, index or trigger besides: they would take part. Views of the owner's own are left
 * alone by both. Kept counts (telemetry/count/aggregate.h) are a cache: where they are not ours, a reader does not use
 * them and a writer drops them.
 *
 * Used by store.c and telemetry/keep/merge.c, on the store's thread, within a transaction.
 */
#pragma once

#include "telemetry/store/store_handle.h"

enum schema_match_use {
    SCHEMA_MATCH_READ,
    SCHEMA_MATCH_WRITE,
    SCHEMA_MATCH_TRUST, /* as for reading, because the user says that what else there is may take part */
};

/*
 * Compares the tables of `database` ("main", or an attached one) with those of a store of this version. False and
 * STORE_ERROR_STRANGE where they differ; *strange_counts: the kept counts are not ours.
 */
bool schema_match(struct store *s, const char *database, int64_t version, enum schema_match_use use,
                  bool *strange_counts, GError **error);

/* Drops all that belongs to kept counts, whoever made it. In a transaction of the caller's. */
bool schema_match_drop_counts(struct store *s, GError **error);
