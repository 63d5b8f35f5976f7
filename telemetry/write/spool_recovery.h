/*
 * spool_recovery: brings what killed writers left in their spools to the store.
 *
 * On the writer's thread, before it writes anything of its own: a viewing that goes on joins where the killed one
 * ended. Several programs may do it at once; each spool is brought by one of them.
 *
 * A file is taken for a spool only if it is this user's alone (base/runtime.h): owner, mode, kind and number of names
 * are those of the file that was opened. Even then it is not trusted: it is read and never mapped, its numbers are read
 * once and checked, what makes no sense is left out, and its size is limited. Waiting for other programs that are at
 * work takes no more than STORE_BUSY_MS, all of them together, and ends when o->keep_waiting() says so.
 */
#pragma once

#include "telemetry/write/sink.h"

#define SPOOL_KEPT_DAYS  30                   /* for which one waits for a play into its store */
#define SPOOL_KEPT_BYTES ((int64_t)256 << 20) /* of all together; then the oldest of other stores go */

/*
 * Brings what killed writers of the store at `path` left to it, and removes it. False and *error when it could not be
 * written now: it stays for the next time. *result adds up as for sink_write(). One that has waited too long for
 * another store is removed, and result->notice says what was in it.
 */
bool spool_recover(const char *path, const struct sink_options *o, struct sink_result *result, GError **error);

/* Adds a line of text for each that waits: what is in it, since when, and for which store if not for this one. */
void spool_tell_waiting(const char *path, GString *out);
