/*
 * missing_file: what a message about a file that is not there goes on to say: that one is there whose name looks like
 * it, or what lies in its place.
 *
 * Any thread; looks at the disk.
 */
#pragma once

struct missing_file {
    char *instead; /* behind "`x` does not exist": "; there is `X`"; NULL: nothing is known */
    char *advice;  /* what to do then; NULL likewise */
};

/* `path`: below the folder `dir`, or absolute. Free with missing_file_clear(). */
void missing_file_explain(struct missing_file *m, const char *dir, const char *path);
void missing_file_clear(struct missing_file *m);
