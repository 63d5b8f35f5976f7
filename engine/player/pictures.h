/*
 * pictures: screenshots of a play: each decision while it is open, each ending, each cut.
 *
 * Files are numbered in the order of the play and named after what they show: 03-umbrella.png. Main thread, writes
 * at once: for plays that need not be in time.
 */
#pragma once

#include "player/film.h"
#include "present/window.h"

#include <glib.h>

struct pictures;

/* NULL and *error: the folder can't be made. `cuts`: also the first picture of every node. */
struct pictures *pictures_new(const char *folder, const struct story *s, bool cuts, GError **error);
void pictures_free(struct pictures *p); /* accepts NULL */

/* After every film_tick(): is this a moment for a picture? Its name then, to be freed; else NULL. */
char *pictures_due(struct pictures *p, struct film *f);

/* Writes what the window has composed as that picture. False and *error: the disk refused. */
bool pictures_take(struct pictures *p, const char *name, struct window *w, GError **error);

/* The picture as it is, as <name>.png. */
bool pictures_write(const char *folder, const char *name, struct window *w, GError **error);
