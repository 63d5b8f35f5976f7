/*
 * twee: a file in Twee 3, the text format of Twine's stories (its specification: iftechfoundation/twine-specs).
 *
 * Splits the file into passages. What stands in a passage is for adopt/twee_body.h. Files come from strangers: those that are no
 * UTF-8 text, or larger than the limits, are refused. Pure; any thread.
 */
#pragma once

#include <glib.h>

#define TWEE_BYTES_MAX    (8 * 1024 * 1024)
#define TWEE_PASSAGES_MAX 20000

/* The languages in which passages are written. */
enum twee_format { TWEE_SUGARCUBE, TWEE_HARLOWE, TWEE_OTHER };

struct twee_passage {
    char *name, *text;
    char *tags; /* with a blank between them */
    int line;   /* of the header, from 1 */
};

struct twee {
    enum twee_format format;
    char *format_name, *title, *ifid, *start; /* as the file says, or NULL */
    char *trouble;                            /* what is wrong with StoryData, or NULL */
    GArray *passages;                         /* struct twee_passage; without StoryTitle and StoryData */
};

/* `name` is for messages. NULL with *error (G_CONVERT_ERROR, with the line): it is no Twee 3. */
struct twee *twee_parse(const char *text, gsize len, const char *name, GError **error);
void twee_free(struct twee *t); /* accepts NULL */
