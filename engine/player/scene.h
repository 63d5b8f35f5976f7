/*
 * scene: what the viewer sees of the film right now, as a view that the window can draw.
 *
 * Follows the film's state and turns it into phases of the panel, cards, slates, inscriptions and subtitles, and knows
 * when something moves. Its times are film positions, which go on while the film waits for the viewer
 * (player/extra_time.h). So a pause pauses everything, and the same play makes the same pictures.
 *
 * Main thread. Opens subtitles and options' images when the film comes near them; threads of theirs read and draw.
 */
#pragma once

#include "player/film.h"
#include "present/input.h"
#include "media/subs_view.h"
#include "present/view.h"

struct scene;

struct scene_options {
    const struct story *story; /* all borrowed */
    struct media *media;
    const char *language;      /* or NULL */
    const struct input *input; /* whose keys serve the viewer: such a key takes no option; or NULL */
    bool subtitles;
    bool
        patient; /* scene_follow() waits for the images of options, scene_view() for the subtitles' thread: the play runs
                     faster than time, or is photographed */
};

struct scene *scene_new(const struct scene_options *o);
void scene_free(struct scene *s); /* accepts NULL */

/* Follows the film to position `film_smp`. Call after every film_tick(). */
void scene_follow(struct scene *s, struct film *f, int64_t film_smp);

/* How large subtitles are: over the picture that is shown, and over the first one of the clip that comes next. A width of 0: they
 * are left out; that picture is not known yet. */
struct scene_areas {
    struct subs_view now, next;
};

/* Fills the film's part of a zeroed view: picture, card, panel, inscriptions, subtitles. What the view borrows lives until the
 * next call. */
void scene_view(struct scene *s, struct film *f, const struct scene_areas *areas, struct view *v);

/* Are the subtitles drawn that belong to the first picture of the clip that comes next, or may come at once, as far as
 * scene_view() knew of it? Then they come with it. Does not wait. */
bool scene_is_prepared(struct scene *s);

/* A sentence about a file that can't be shown as it should, not told before; g_free() it. NULL: nothing. A patient scene waits until the
 * subtitles' file is open. */
char *scene_take_problem(struct scene *s);

/* Does something move other than the film's frames, so that it wants drawing between them? */
bool scene_moves(const struct scene *s);

/* Did the view that was filled last show credits? */
bool scene_shows_credits(const struct scene *s);

/* Does the view show a question that is open, or about to open? */
bool scene_asks(const struct scene *s);

/* Does the view show a question well before it takes answers (`early`)? */
bool scene_waits(const struct scene *s);

/* Do the words of the question read from right to left, and its options with them? */
bool scene_reads_from_right(const struct scene *s);

/* Borrowed until scene_free(). */
void scene_set_language(struct scene *s, const char *language);

/* The viewer tried to take the locked option at `place`: it answers. -1: one that is not locked. */
void scene_tried(struct scene *s, int place);
/* The focus left the place `from`; its light glides after it, and what was tried is over. */
void scene_focus_moved(struct scene *s, int from);

/* Is something of this viewing recorded? Some inscriptions are shown only if it is, or only if it is not. */
void scene_set_recorded(struct scene *s, bool recorded);

void scene_set_subtitles(struct scene *s, bool on);

/* How large somebody who signs is, as a part of the picture's height, and where; 0: not seen. */
void scene_set_signer(struct scene *s, float share, bool low);
