/*
 * spool_recovery: brings what killed writers left in their spools to the store.
 *
 * On the writer's thread, before it writes anything of its own: a viewing that goes on joins where the killed one
 * ended. Several programs may do it at once; each spool is brought by one of them.
 */
#pragma once

#include "telemetry/write/sink.h"

/*
 * Brings what killed writers of the store at `path` left to it, and removes it. False and *error when it could not be
 * written now: it stays for the next time. *result adds up as for sink_write(). A spool that is a day old, and whose
 * store is not there, is removed unread.
 */
bool spool_recover(const char *path, const struct sink_options *o, struct sink_result *result, GError **error);
