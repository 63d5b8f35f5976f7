/*
 * erase: takes viewings out of a store for good, also while other programs play into it or read it.
 *
 * First erase_viewings(): one transaction removes the viewings and whatever belongs to them alone (viewers, versions of
 * films that nobody else saw), and overwrites the rows with zeros. It also changes control.changed; a program that
 * plays an erased viewing notices that, and writes no more of it. Then erase_scrub(): it rebuilds the file without what
 * earlier writing left behind in its pages, and empties the write-ahead log. Only after that does no file of the store
 * hold a byte of what was erased. Calls come from the store's thread.
 *
 * Stores that were damaged and set aside cannot be searched: store_file_list_aside() lists them, and they are deleted
 * whole.
 */
#pragma once

#include "telemetry/read/read.h"

/* Erases the viewings that the filter selects, *n of them. STORE_ERROR_NOT_FOUND as read_matching_ids() says. */
bool erase_viewings(struct store *s, const struct read_filter *filter, int64_t *n, GError **error);

/* The numbers of viewings (array of int64_t), in the transaction that erases them. NULL and error on failure. */
typedef GArray *erase_choose(struct store *s, void *data, GError **error);

/*
 * Erases those that `choose` returns, *n of them, and counts them as erased by age, or by somebody's choice. What it writes
 * itself is kept, and undone on failure.
 */
bool erase_by_age(struct store *s, erase_choose *choose, void *data, int64_t *n, GError **error);
bool erase_chosen(struct store *s, erase_choose *choose, void *data, int64_t *n, GError **error);

/*
 * Rewrites the whole file, which takes about a second for 100 MB. A program that is reading keeps the log from being
 * emptied; this waits for it, at most wait_ms. *waits_for: NULL if everything is done. Otherwise the log still holds
 * what was erased, and this says in words which programs are reading (caller frees): call again later. False and error
 * on failure.
 */
bool erase_scrub(struct store *s, int wait_ms, char **waits_for, GError **error);
