/*
 * stand_in: what lies where a file should be, when it is not the file: a pointer of Git LFS or git-annex, an AppleDouble
 * file, a placeholder of a cloud folder, a shortcut, a saved web page, an unfinished download, a format that is known and not
 * played, nothing at all.
 *
 * For messages about files that cannot be read as what they should be. Reads at most a few kilobytes. Any thread.
 */
#pragma once

/* What is there instead of the file, and what to do about it: static texts. */
struct stand_in {
    const char *what;   /* "a pointer of Git LFS, not the file itself"; NULL: nothing of the kind */
    const char *remedy; /* "run `git lfs pull`" */
};

/* What lies at `path`, which may be one of beneath_path() (base/beneath.h). Also for a path where nothing is: a broken link of git-annex, a placeholder beside it. */
struct stand_in stand_in_at(const char *path);

/* The same where a film, a sound or a picture is wanted: also a film that was never finished. */
struct stand_in stand_in_for_film(const char *path);
