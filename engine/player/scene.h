/*
 * scene: what the viewer sees of the film right now, as a view that the window can draw.
 *
 * Follows the film's state and turns it into phases of the panel, cards, slates and subtitles; knows when something
 * moves. Times are film positions and go on where the film waits for the viewer (player/extra_time.h), so that pausing pauses
 * everything and the same play makes the same pictures.
 * Main thread. Loads small files (subtitles, options' images) when the film comes near them, never at a cut.
 */
#pragma once

#include "player/film.h"
#include "present/view.h"

struct scene;

struct scene_options {
    const struct story *story; /* borrowed */
    struct media *media;
    const char *language; /* or NULL */
    bool subtitles;
    bool reduced_motion;
};

struct scene *scene_new(const struct scene_options *o);
void scene_free(struct scene *s); /* accepts NULL */

/* Follows the film to position `film_smp`. Call after every film_tick(). */
void scene_follow(struct scene *s, struct film *f, int64_t film_smp);

/* Fills the film's part of a zeroed view: picture, card, panel, subtitles (made for pic_w x pic_h pixels). What is
 * borrowed lives until the next scene call. */
void scene_view(struct scene *s, struct film *f, int pic_w, int pic_h, struct view *v);

/* Does something move now that is not a frame of the film (so that it wants drawing between frames)? */
bool scene_moves(const struct scene *s);

/* The focus moved; the light follows. */
void scene_focus_moved(struct scene *s, int from);

/* Is something of this viewing recorded? Inscriptions may depend on it. */
void scene_set_recorded(struct scene *s, bool recorded);

void scene_set_subtitles(struct scene *s, bool on);
