/*
 * folder_packer: writes a pack (base/packed_folder.h) by libzip. The same files give the same bytes, on any day and in any order.
 *
 * Blocks on the disk. Main thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Called now and then while it is written, `part` from 0 to 1. False stops it. */
typedef bool (*folder_packer_progress)(void *user, double part);

/*
 * `files`: from a name in the pack (packed_folder_name()) to the path of the file, which may be one of base/beneath.h. The pack
 * is made beside `to`, read again, flushed to the medium, and then put into the place of `to` in one step. *bytes: its size. False
 * with *error, and nothing is changed: a file can't be read, the disk is full, the limits of a pack are exceeded,
 * or `progress` stopped it (G_IO_ERROR_CANCELLED).
 */
bool folder_packer_write(const char *to, GHashTable *files, folder_packer_progress progress, void *user, int64_t *bytes,
                         GError **error);
