/*
 * track_list: which sounds and subtitles a viewer can choose from: those that the story names, for any of its clips, and those in
 * the files of the clip that plays: its own, and one that the story names for any language. Main thread.
 */
#pragma once

#include "player/film.h"

#define TRACK_LIST_MAX 32 /* further ones are not offered */

struct track_list {
    struct stream_wish
        all[TRACK_LIST_MAX]; /* borrowed from where they came; the language is "und" where nobody knows, and NULL for
                                               that of the texts */
    int n;
};

/* `kind`: STREAM_SOUND or STREAM_TEXT. */
void track_list_make(struct track_list *l, const struct story *s, const struct film *f, enum stream_kind kind);

/* Where no film plays: what can be wished for in these languages (interned), with and without descriptions; `now` is there, too. */
void track_list_wishes(struct track_list *l, const GPtrArray *languages, const struct stream_wish *now);

/* The place of what suits the wish best; -1: the list is empty. */
int track_list_find(const struct track_list *l, const struct stream_wish *wish);

/* What a viewer reads, in `language`; interned. */
const char *track_list_words(const struct track_list *l, int at, enum stream_kind kind, const char *language);
