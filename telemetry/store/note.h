/*
 * note: what a producer notes of a day ("the trailer is out"), to stand beside the numbers of that day.
 *
 * Notes are no part of any viewing. They stay until they are removed, or everything in the store is erased. Calls come
 * from the store's thread; each is one statement.
 */
#pragma once

#include "telemetry/store/store_handle.h"

#define NOTE_TEXT_MAX 400 /* bytes */

struct note {
    int64_t id;  /* within its store */
    int32_t day; /* days since 1970 */
    char *story; /* the id of the film that it is about; "": every film */
    char *text;  /* UTF-8 */
};

/* Adds it; its id is not looked at. What is already noted of that day and film in the same words is not noted twice. */
bool note_add(struct store *s, const struct note *n, GError **error);

/* *found: there was a note with this id. */
bool note_remove(struct store *s, int64_t id, bool *found, GError **error);

/* Adds the notes of a store, struct note *, to those of others. Keeps each once. */
bool notes_read(struct store *s, GPtrArray *notes, GError **error);

/* An empty list that owns its notes. The caller frees with g_ptr_array_unref(). */
GPtrArray *notes_new(void);

/* By day, then by film and text. */
void notes_sort(GPtrArray *notes);

/* Whether the note is about this film. */
bool note_is_about(const struct note *n, const char *story);
