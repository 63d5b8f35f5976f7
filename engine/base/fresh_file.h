/*
 * fresh_file: a file that is written bit by bit and gets its name only when all of it is there.
 *
 * Until then it has no name at all, so a program that ends before leaves nothing behind, however it ends. Where a file system
 * knows no such files, it has a name of its own beside its place, which fresh_file_drop() removes. What stands in its place is
 * never replaced. Any thread, one at a time. Errors are G_FILE_ERROR's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* All zero but for fd, which is -1: none. */
struct fresh_file {
    int fd;       /* for reading and writing; the module's */
    char *path;   /* where it is to stand */
    char *beside; /* its name until then; NULL: it has none */
};

/* False with *error, and f->fd is -1: something stands there already, or nothing can be written there. */
bool fresh_file_begin(struct fresh_file *f, const char *path, GError **error);

/* It gets its name and is closed. False with *error: something stands there by now, or it failed; then it is gone. */
bool fresh_file_keep(struct fresh_file *f, GError **error);

/* It is gone. Accepts one that was kept, or has not begun. */
void fresh_file_drop(struct fresh_file *f);
