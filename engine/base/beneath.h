/*
 * beneath: opens the files of a story, which comes from a stranger and must stay in its own folder.
 *
 * A path is checked long before its file is opened (story/folder.h), and whoever writes to the folder may swap the file
 * for a link meanwhile. So the path itself says where it has to stay: beneath_path() joins folder and path by a slash,
 * a dot and a slash, and beneath_open() opens what stands behind them in such a way that no link and no `..` on the way
 * can lead out of what stands before them. A path without that mark is one that the user named, and is opened as it is.
 * So is the folder itself: it may be a link, or lie behind one.
 *
 * On Linux 5.6 and later the kernel holds the path back (openat2 with RESOLVE_BENEATH). It refuses absolute links, even
 * those that lead back into the folder. For these, and on older systems, all links are resolved first, and the result
 * is opened one folder at a time, without following any link.
 *
 * The folder may also be a pack (base/packed_folder.h): one file that holds a story's folder. Nothing is unpacked. A file in it is
 * opened as the pack's own descriptor, with the place of its bytes there, so all reading goes through beneath_read().
 *
 * No state; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct beneath_file {
    int fd;           /* closed on exec; -1: not open */
    int64_t begin;    /* where the file's first byte is: 0, except in a pack */
    struct stat stat; /* in a pack: of the pack, but for the size, which is the file's */
};

/* The caller frees it (g_free). `path` is relative to the folder. */
char *beneath_path(const char *folder, const char *path);

/* The same path without any mark: for people to read, or because the user named it. The caller frees it (g_free). */
char *beneath_name(const char *path);

/*
 * For reading; the caller closes it with beneath_close(). False and errno: it can't be opened, and f->fd is -1. It never
 * waits, not even for the other end of a pipe. What it opens may be anything; the caller looks at f->stat. errno is EXDEV where
 * the path leads out of its folder, EBADMSG where the folder is a pack that is not sound.
 */
bool beneath_open(const char *path, struct beneath_file *f);
void beneath_close(struct beneath_file *f);

/* What is there, without opening it: f->fd is -1. It follows links out of the folder. False and errno: nothing. */
bool beneath_look(const char *path, struct beneath_file *f);

/* Is a regular file there? */
bool beneath_is_file(const char *path);

/* As pread(), within the file. */
ssize_t beneath_read(const struct beneath_file *f, void *to, size_t n, int64_t at);

/* Are both the same file, unchanged? */
bool beneath_is_same(const struct beneath_file *a, const struct beneath_file *b);

/* What errno means, for a message; static text, valid until the next call. */
const char *beneath_problem(int error);
