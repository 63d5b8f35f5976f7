/*
 * tokens: who may send viewings of which story. A token stands in the story's file, which every viewer has: it keeps out what was not meant
 * for this collector, and no more than that. Once read, any thread may ask.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct tokens;

/*
 * Reads a file: in each line a story's id, blanks, and its token (8 to 200 visible characters of ASCII); `#` begins a comment. A story may
 * have several, so that an old one can go on for a while. NULL and error, with the line.
 */
struct tokens *tokens_read(const char *path, GError **error);
void tokens_free(struct tokens *t); /* accepts NULL */

/* Whether the story has any token. */
bool tokens_has(const struct tokens *t, const char *story);

/* Whether this is a token of the story; NULL: of any. It takes as long whatever the token is. */
bool tokens_allow(const struct tokens *t, const char *story, const char *token);
