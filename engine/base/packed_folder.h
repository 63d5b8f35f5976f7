/*
 * packed_folder: a story's folder in one file, as `frumious pack` writes it: a zip archive in which nothing is compressed, so
 * each file in it is a window of the archive, and plays where it lies.
 *
 * An archive comes from a stranger, and zip leaves room for lies: a length in two places that differ, files that overlap or
 * unpack to gigabytes, names that lead out of the folder. So only one form is read. The archive begins with its first file. The
 * files lie one behind the other, in the order of their names, without gaps; the directory follows, and the archive ends with it.
 * Headers and directory agree in every field. Nothing is compressed, encrypted, split, a link or a folder, and there are
 * no comments. What is true of the directory is checked whenever it is read.
 *
 * No state; any thread. Reading a directory costs some 50 ns a file.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PACKED_FOLDER_SUFFIX     ".frumious"
#define PACKED_FOLDER_FILES_MAX  100000
#define PACKED_FOLDER_BYTES_MAX  (16 * 1024 * 1024) /* of its directory */
#define PACKED_FOLDER_NAME_BYTES 1024               /* the longest name */

/* Where a file's bytes are. */
struct packed_file {
    int64_t begin, size;
};

/* Does the file at `path` mean to be a pack, by its beginning or its name? */
bool packed_folder_is(const char *path);

/* A file by its name. False and errno: ENOENT, EBADMSG (the pack is not sound), or that of reading. */
bool packed_folder_find(int fd, const char *name, struct packed_file *file);

/* All of them, with all headers checked: name to struct packed_file; the caller unrefs it. NULL with *error: what is wrong,
 * without the pack's name. */
GHashTable *packed_folder_read(int fd, GError **error);

/* The name under which a file is packed that a story calls `path`: without `.` and empty parts. To be freed. */
char *packed_folder_name(const char *path);
