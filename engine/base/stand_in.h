/*
 * stand_in: what lies where a file should be, when it is not the file: a pointer of Git LFS or git-annex, an AppleDouble
 * file, a placeholder of a cloud folder, a shortcut, a saved web page, an unfinished download, a format that is known and not
 * played, nothing at all.
 *
 * For messages about files that cannot be read as what they should be. Reads at most a few kilobytes, of a JPEG some megabytes.
 * Any thread.
 */
#pragma once

#include <stdbool.h>

struct beneath_file;

/* What is there instead of the file, and what to do about it: static texts. */
struct stand_in {
    const char *what;   /* "a pointer of Git LFS, not the file itself"; NULL: nothing of the kind */
    const char *remedy; /* "run `git lfs pull`" */
};

/* What lies at `path`, which may be one of beneath_path() (base/beneath.h). Also for a path where nothing is: a broken link of git-annex, a placeholder beside it. */
struct stand_in stand_in_at(const char *path);

/* The same where a film, a sound or a picture is wanted: also a film that was never finished, or is in an archive. */
struct stand_in stand_in_for_film(const char *path);

/* Does it hold pictures in JPEG one right behind the other, three of the same size at least, and nothing before: Motion JPEG without a
 * container? A photograph may hold a smaller picture behind its own, which is none. Reads up to the third, of 16 MiB at most. */
bool stand_in_is_jpegs(const struct beneath_file *file);
