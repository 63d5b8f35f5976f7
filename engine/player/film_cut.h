/*
 * film_cut: a play becomes one linear film in a file (media/film_writer.h): what the player shows, picture for picture, what its
 * mixer renders, sample for sample, the subtitles of each language in a track of their own, a chapter at each act and decision.
 *
 * A play that runs faster than time (player/loop.h) hands over what it does, in order. Pictures that are copied instead of encoded
 * are held against those that the player shows: a copy that shows another one, or at another time, is refused. Main thread.
 */
#pragma once

#include "media/film_writer.h"
#include "play/play.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct film_cut;
struct film;
struct view;
struct window;

struct film_cut_options {
    const struct story *story; /* all borrowed until film_cut_free() */
    const char *language;      /* of the names of chapters, or NULL */
    /* Its copy, if there is one, has a part for each shot, in order. Its rate is that at which a picture that stands is repeated;
     * else each picture has the very time at which the player shows it. `even`: there is one for each beat of it, and no other. */
    struct film_writer_spec file;
    bool choices;   /* the panel is in the picture, */
    bool subtitles; /* and so are subtitles */
    bool even;
    int64_t planned_us; /* how long it will be, for progress */
};

/* NULL with *error: the file can't be made. */
struct film_cut *film_cut_new(const struct film_cut_options *o, GError **error);
void film_cut_free(struct film_cut *c); /* accepts NULL */

/* The next film position at which it wants a picture, whatever the film does. */
int64_t film_cut_next(const struct film_cut *c);

/* n samples were mixed, during which the film went on. */
void film_cut_sound(struct film_cut *c, const float *stereo, int64_t n);

/* What happened at this film position. */
void film_cut_effect(struct film_cut *c, const struct play_effect *fx, int64_t at_smp);

/* After each playthrough_tick(). True: a picture is due, to be handed over by film_cut_picture(). */
bool film_cut_follow(struct film_cut *c, struct film *f, int64_t heard_smp);

/* Are subtitles to be in that picture? */
bool film_cut_wants_subtitles(const struct film_cut *c);
/* The film as it is seen now, without anything that the player puts over it; the window composes it. */
void film_cut_picture(struct film_cut *c, struct window *window, struct view *v);

/* The play ends here, and with it the last shot. The file gets its name if it is `whole` and nothing went wrong; else nothing is
 * left of it. */
void film_cut_end(struct film_cut *c, bool whole);

int64_t film_cut_length_smp(const struct film_cut *c);

/* What went wrong first; NULL: nothing. Borrowed. */
const GError *film_cut_problem(const struct film_cut *c);
