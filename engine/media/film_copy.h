/*
 * film_copy: parts of files whose pictures follow each other in a new file without being decoded.
 *
 * That goes where all parts were encoded alike, and each part begins with a key frame and holds whole groups of pictures: none of
 * its pictures refers to one outside of it, and none outside refers to one in it before it is shown. One thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/film_formats.h"

struct film_copy;

struct film_copy_part {
    const char *path;       /* may be one of base/beneath.h */
    int64_t from_us, to_us; /* a range of the file; US_NONE: from its start, to its end */
};

/* Reads the packets of all files once; decodes nothing. NULL, with *why (a sentence about what is in the way; g_free() it): these
 * pictures have to be encoded anew. Ends early, with a *why, once interrupt_requested(). */
struct film_copy *film_copy_new(const struct film_copy_part *parts, int n, enum film_container into, char **why);
void film_copy_free(struct film_copy *c); /* accepts NULL */

int film_copy_parts(const struct film_copy *c);
/* When the pictures of a part are shown, in samples at FILM_RATE from its beginning, ascending: int64_t. Borrowed. */
const GArray *film_copy_times(const struct film_copy *c, int part);
