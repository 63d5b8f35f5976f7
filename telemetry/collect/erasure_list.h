/*
 * erasure_list: a list of erasures beside a destination, so that a backup that is restored cannot bring back what was erased since it was made.
 *
 * An erasure is on the medium in the list before the destination is told of it, and so before it is confirmed. A destination that does not
 * know the list's last erasure is one that was restored, or a new one: then all of the list is erased there again, before anything is
 * taken. The list is a text file that only grows, for its owner alone; a line is a viewing's id, the key that proved the erasure,
 * in hexadecimal digits, and when it came (ms since 1970, UTC). It belongs on another disk than the store, and into no backup of it.
 */
#pragma once

#include "telemetry/collect/destination.h"

struct erasure_list;

/* The file is made if it is not there, and is nobody else's while it is open. NULL and *error: it can't be written, or another collector
 * has it. */
struct erasure_list *erasure_list_open(const char *path, GError **error);
void erasure_list_free(struct erasure_list *l); /* accepts NULL */

/* Erases in `d` all that the list says, if it does not know the last of it; *again: how many those were. Before anybody else uses either.
 * False and *error: a line is no erasure (named), or `d` failed. */
bool erasure_list_catch_up(struct erasure_list *l, struct destination *d, guint *again, GError **error);

/* A destination that notes erasures in the list, and then hands on to `inner`, which goes with it. Several may share a list, each on
 * its own thread. */
struct destination *erasure_list_before(struct erasure_list *l, struct destination *inner);
