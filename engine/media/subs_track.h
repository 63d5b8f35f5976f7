/*
 * subs_track: the events of one file that may be drawn, as libass keeps them. Private to media.
 *
 * Events come in order of time, and each is weighed before it is let in (media/subs_cost.h): what is too much by itself,
 * or together with those that are shown at the same time, stays out and is counted. Events that come late, after one that
 * begins later, may be shown as well, as many and as costly as one moment may be in addition. One thread.
 */
#pragma once

#include <ass/ass.h>
#include <stdbool.h>

#include "media/subs_reader.h"
#include "media/subs_view.h"

struct subs_track;

/* Takes the header of an opened file, and the fonts that it carries. `findings` is borrowed until subs_track_free().
 * NULL: libass does not start. */
struct subs_track *subs_track_new(const struct subs_reader *r, struct subs_findings *findings);
void subs_track_free(struct subs_track *t); /* accepts NULL */

/* Borrowed; the track's library, and its events. */
ASS_Library *subs_track_library(const struct subs_track *t);
ASS_Track *subs_track_ass(const struct subs_track *t);
bool subs_track_is_styled(const struct subs_track *t); /* the file says how its text looks, how large as well */

/* For a file without styles of its own: its text looks like this from now on. */
void subs_track_look(struct subs_track *t, const struct subs_look *look);

/* `line` is freed. */
void subs_track_add(struct subs_track *t, struct subs_line *line);

/* Forgets all events: others follow, of another time. */
void subs_track_clear(struct subs_track *t);

/* The stretch of time around `ms`, from_ms <= ms < to_ms, in which the same events are shown. */
struct subs_moment {
    int64_t from_ms, to_ms;
    int events;
    bool animated; /* one of them changes meanwhile */
};
struct subs_moment subs_track_moment(const struct subs_track *t, int64_t ms);

/* The events that are shown at that time are never shown again. */
void subs_track_hide(struct subs_track *t, int64_t ms);

/* Event i, in the order in which they came. */
struct subs_event subs_track_event(const struct subs_track *t, int i);
