/*
 * set_aside: what stands in the place of one of the viewer's files and can't be understood is kept under another name, before
 * the file is written anew.
 *
 * A file that half a write, a disk or a slip in an editor has damaged holds something that somebody may want back. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Gives it the name PATH.damaged-TIME as well, and says so with `why`. True: whoever writes the file now takes nothing away; there
 * may have been nothing. False and *error: it must stay as it is. */
bool set_aside(const char *path, const char *why, GError **error);

/* Removes what was set aside there, because what it holds is to be forgotten. False and *error: something of it is left. */
bool set_aside_remove(const char *path, GError **error);
