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
 * No state; any thread.
 */
#pragma once

/* The caller frees it (g_free). `path` is relative to the folder. */
char *beneath_path(const char *folder, const char *path);

/* The same path without any mark: for people to read, or because the user named it. The caller frees it (g_free). */
char *beneath_name(const char *path);

/*
 * A descriptor for reading, closed on exec; -1 and errno. It never waits, not even for the other end of a pipe. What it
 * opens may be anything; the caller looks (fstat). errno is EXDEV where the path leads out of its folder.
 */
int beneath_open(const char *path);

/* What errno means, for a message; static text, valid until the next call. */
const char *beneath_problem(int error);
