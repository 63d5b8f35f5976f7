/*
 * dialogue: a rehearsal that is led by lines of text, as `frumious try` reads them: picks, `undo`, `?`, `state` and so on.
 * What it has to say is appended to a GString.
 *
 * Call dialogue_new(), dialogue_begin(), then dialogue_line() for each line until dialogue_is_over(). Story and `out` are
 * borrowed and must outlive it. One thread. `save` writes a file; nothing else does I/O.
 */
#pragma once

#include "play/transcript.h"

struct dialogue;

struct dialogue_options {
    uint64_t seed;        /* of random routes */
    const char *language; /* of the story's texts; NULL: the story's own */
};

struct dialogue *dialogue_new(const struct story *s, const struct dialogue_options *o, GString *out);
void dialogue_free(struct dialogue *x); /* accepts NULL */

/* Plays to the first decision, or along `first` (NULL: none) and from its end to the next one. False and *error: the
 * transcript does not fit the story. */
bool dialogue_begin(struct dialogue *x, const struct transcript *first, GError **error);

/* Does what one line says. Not after `quit`. */
void dialogue_line(struct dialogue *x, const char *line);

/* The last line was `quit`. */
bool dialogue_is_over(const struct dialogue *x);
