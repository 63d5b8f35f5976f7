/*
 * strings_import: translations that come back, and what becomes of them.
 */
#pragma once

#include "translate/strings.h"

#define STRINGS_BYTES_MAX   (64 * 1024 * 1024) /* of a file with translations */
#define STRINGS_ANSWERS_MAX 1000000            /* of one file: more than any story has texts */

/* The text of such a file without a byte order mark, g_free() it. NULL with *error (G_FILE_ERROR, G_CONVERT_ERROR): it can't
 * be read, is larger, or has a zero byte. */
char *strings_read_file(const char *path, GError **error);

/* One translation that came back. */
struct strings_answer {
    char *key;
    char *translation;          /* NULL or empty: not translated */
    char of[FINGERPRINT_BYTES]; /* of the text that the translator had before them */
    bool unsure;                /* marked as fuzzy: to be looked at again */
};

/* Owns its answers; free with g_array_unref(). */
GArray *strings_answers_new(void);

/* Whether they are as many as a file may have; then *error (G_CONVERT_ERROR) says so. */
bool strings_answers_full(const GArray *answers, const char *path, GError **error);

/* How many texts of the story … */
struct strings_taken {
    int32_t taken;             /* got the translation that came */
    int32_t of_these_outdated; /* … which was made from an earlier text, or is marked as unsure */
    int32_t kept;              /* keep the one that they had, because none came */
    int32_t without;           /* have none */
    int32_t unknown;           /* answers to texts that the story does not have: left out */
};

/*
 * The new content of strings/LANGUAGE.yaml, in the order of the story's texts; the caller frees it. A translation that came
 * replaces the old one, also under a name that its thing had before, unless it is empty, or unsure where there is an old one. `old`: the file's content now, whose
 * comment at the top stays; NULL: there is no file.
 */
char *strings_merge(const struct strings *t, const GArray *answers, const char *old, struct strings_taken *taken);
