/*
 * privacy_words: what stands on the pages about a viewing's record, line by line, in the viewer's language.
 *
 * The caller owns what it gets: arrays of struct privacy_line *, to be given back by g_ptr_array_unref(). Any thread; the
 * store's functions read it.
 */
#pragma once

#include "telemetry/read/read.h"

struct privacy_line {
    char *text, *value, *note; /* as of a page's item; NULL: none */
    bool head;                 /* it stands over others */
};

/* What a viewer asks first: each decision and how it ended, the endings, and what went wrong; no ids. */
GPtrArray *privacy_words_decisions(const struct read_viewing *v, const char *language);
/* Each of these viewings (int64_t, the oldest first) in short, the latest first: film, when, how much of it, and where it ended.
 * NULL and error: it can't be read. */
GPtrArray *privacy_words_viewings(struct store *s, const GArray *viewings, const char *language, GError **error);
/* When the viewing began, and that `watched_us` of film were watched. g_free() it. */
char *privacy_words_summary(const struct read_viewing *v, int64_t watched_us, const char *language);
/* Everything that the store has of the viewing, as `telemetry show` tells it. NULL and error: it can't be read. */
GPtrArray *privacy_words_everything(struct store *s, const char *id, const char *language, GError **error);
/* What each kind of record is and why it is kept, as the registry says (telemetry/registry.def). */
GPtrArray *privacy_words_reasons(const char *language);
