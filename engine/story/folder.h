/*
 * folder: may a story use this path? A story comes from strangers and stays in its own folder.
 *
 * folder_new() for the story's folder, folder_check_path() for each path, folder_free(). Looks at the disk; remembers
 * folders that it has seen, so that a path costs about one system call. Not thread-safe.
 */
#pragma once

#include <stdbool.h>

struct folder;

enum folder_verdict {
    FOLDER_OK,
    FOLDER_MISSING, /* allowed, but there is nothing */
    FOLDER_ABSOLUTE,
    FOLDER_LEAVES,
    FOLDER_URL,
    FOLDER_LINK_LEAVES,
    FOLDER_SPECIAL,
    FOLDER_ODD,
};

/* `dir` must exist. */
struct folder *folder_new(const char *dir);
void folder_free(struct folder *p); /* accepts NULL */

/* `path` is relative to the folder. */
enum folder_verdict folder_check_path(struct folder *p, const char *path);
