/*
 * erase: takes viewings out of a store for good, also while other programs play into it or read it.
 *
 * First erase_viewings(): one transaction removes the viewings, whatever named only them (viewers, versions of films that
 * nobody saw else), and tells programs that play (control.changed), which then write no more of an erased viewing. The
 * rows are overwritten with zeros. Then erase_scrub(): rebuilds the file without what earlier writing left behind in its
 * pages, and empties the write-ahead log. Only after that no file of the store holds a byte of what was erased.
 *
 * Stores that were damaged and set aside cannot be searched: store_file_list_aside() lists them, and they are deleted whole.
 */
#pragma once

#include "telemetry/read/read.h"

/* How many went is in *n. STORE_ERROR_NOT_FOUND as read_matching_ids() says. */
bool erase_viewings(struct store *s, const struct read_filter *which, int64_t *n, GError **error);

/*
 * Rewrites the whole file: costs about a second for 100 MB. A program that is reading keeps the log from being emptied; it is
 * waited for at most wait_ms. *waits_for: NULL when all is done; else the log still holds what was erased, and this
 * says in words who reads (caller frees). Call again later. False and error when it failed.
 */
bool erase_scrub(struct store *s, int wait_ms, char **waits_for, GError **error);
