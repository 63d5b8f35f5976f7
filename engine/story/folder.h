/*
 * folder: decides whether a story may use a path. A story comes from a stranger and must stay in its own folder.
 *
 * folder_new() for the story's folder, folder_check_path() for each path, folder_free(). Looks at the disk, but
 * remembers the folders that it has seen, so that a path costs about one system call. Not thread-safe. A file may be
 * swapped between the check and its use: what a writer is told comes from here, and what is opened is held back again
 * when it is opened (base/beneath.h).
 */
#pragma once

#include <stdbool.h>

struct folder;

enum folder_verdict {
    FOLDER_OK,
    FOLDER_MISSING,     /* allowed, but nothing is there */
    FOLDER_ABSOLUTE,    /* begins at the root, or at a drive */
    FOLDER_LEAVES,      /* contains `..` */
    FOLDER_URL,         /* an address, or another name that FFmpeg would not take for a file's */
    FOLDER_LINK_LEAVES, /* goes through a symbolic link that leads out of the folder */
    FOLDER_SPECIAL,     /* a folder, pipe, device or socket */
    FOLDER_ODD,         /* empty, or with control characters or backslashes */
};

/* `dir` may be a pack (base/packed_folder.h). Every path is missing if `dir` is. */
struct folder *folder_new(const char *dir);
void folder_free(struct folder *p); /* accepts NULL */

/* What is wrong with the pack, as a part of a sentence; then every path is missing. NULL: nothing, or it is a folder. */
const char *folder_problem(const struct folder *p);

/* `path` is relative to the folder. */
enum folder_verdict folder_check_path(struct folder *p, const char *path);
