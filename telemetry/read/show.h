/*
 * show: recorded viewings in plain words, for a terminal and for the player's page.
 *
 * Text is appended to `out` as UTF-8 lines of at most about 100 columns, without colours; what would steer a terminal
 * is taken out of titles. Times of day are local. False and error (STORE_ERROR_NOT_FOUND, …) leave `out` as it was.
 */
#pragma once

#include "telemetry/read/read.h"

/* One viewing; `id` as in read_viewing(): an id, a beginning of one, or "last". `language` as in words_in(). */
bool show_viewing(struct store *s, const char *id, const char *language, GString *out, GError **error);

/* The same, by its number in the store, in English. */
bool show_viewing_by_number(struct store *s, int64_t viewing, GString *out, GError **error);

/* Pieces of it, for a page that arranges them itself; g_free() them. How the exposure `e` ended, as a sentence. A length of
 * time ("1 min 5 s"). */
char *show_outcome_words(const struct read_entry *e, const char *language);
char *show_length(const char *language, int64_t us);
/* What the entry `e` says of something that went wrong (READ_STALL, READ_GAP), as a sentence. */
char *show_trouble(const struct read_entry *e, const char *language);

/* One line for each viewing, the newest first, at most `limit` (0: all). Of an empty store it says so. */
bool show_list(struct store *s, uint32_t limit, GString *out, GError **error);
