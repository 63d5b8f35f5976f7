/*
 * text_edits: changes to the files of a story, gathered before the editor makes them. Each puts a text in place of some bytes of one
 * file; they do not overlap. Plain data; one thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct text_edit {
    char *path;     /* absolute */
    gsize from, to; /* bytes of the file, as it was read */
    char *text;
};

/* Edits that are made together, as an editor offers them. */
struct quick_fix {
    char *title;      /* "replace it with `home`" */
    GPtrArray *edits; /* struct text_edit; of a file that is not there yet: its text, from 0 to 0 */
    bool safe; /* there is nothing to decide: the text says the same afterwards, or what it can only have meant */
};

/* struct text_edit; freed with g_ptr_array_unref(). */
GPtrArray *text_edits_new(void);
/* Takes the text. The same edit is kept once. */
void text_edits_add(GPtrArray *edits, const char *path, gsize from, gsize to, char *text);

/* The text of the file at `path` after its edits; to be freed. */
char *text_edits_applied(const GPtrArray *edits, const char *path, const char *text);
