/*
 * files: the program's own files: settings, saved plays, transcripts, exports.
 *
 * They are regular files, and their owner's alone (0600, whatever the umask says). What stands in the place of one, a
 * pipe, a device, a socket or a folder, is refused at once: nothing is waited for, and nothing is written into it. What
 * is read is read through one descriptor, so that it cannot become something else after it was looked at.
 *
 * /dev/stdin, /dev/stdout, /dev/stderr and /dev/fd/N are no files but what whoever started the program has opened for
 * it: they are read and written whatever they are, and waited for.
 *
 * No state; any thread. Every message names the file. Errors are G_FILE_ERROR's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Opens a regular file for reading, closed on exec. -1 and *error: there is none (G_FILE_ERROR_NOENT), it may not be
 * read, or it is something else (G_FILE_ERROR_INVAL).
 */
int files_open(const char *path, GError **error);

/*
 * The bytes of a regular file, followed by a NUL that *len (may be NULL) does not count; the caller frees them. NULL
 * and *error: as files_open(), or there are more than `max` (G_FILE_ERROR_NOMEM).
 */
char *files_read(const char *path, size_t max, size_t *len, GError **error);

/* The same of a file that is open, from its beginning; `name` is for messages. The descriptor stays open. */
char *files_read_fd(int fd, const char *name, size_t max, size_t *len, GError **error);

/*
 * Puts the text (its length; -1: up to its NUL) into the place of the file, in one go: after a crash the old one or the
 * new one is there, whole. `durable`: it and its folder are flushed to the medium first, which may take a second. Where
 * the path is a link, the file that it leads to is replaced and the link stays.
 */
bool files_replace(const char *path, const char *text, gssize len, bool durable, GError **error);

/* The same for what a user works on, and may share with others: a story, its texts. It is durable; a file that was there keeps its
 * mode, a new one can be read by everybody. */
bool files_replace_work(const char *path, const char *text, gssize len, GError **error);

/* Makes the folder that a file is to stand in, and those above it, this user's alone. False with *error: it can't be made. */
bool files_make_folder_of(const char *path, GError **error);

/* Before long work whose result goes there: false with *error if something stands there that is no file. */
bool files_may_replace(const char *path, GError **error);

/* Opens a regular file that is written bit by bit: an empty one of this user's alone, or the one that is there, emptied. -1 with
 * *error: something else stands there, or it may not be written. */
int files_create(const char *path, GError **error);

/* Writes all of it to what is open, waiting if that has to. False with errno: it takes no more. */
bool files_write(int fd, const void *bytes, size_t n);
