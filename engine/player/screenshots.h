/*
 * screenshots: pictures of a play: of each decision while it is open, of each ending, of each cut.
 *
 * Files are numbered in the order of the play and named after what they show: 03-umbrella.png. Main thread. It writes
 * at once, and so is for plays that need not keep time.
 */
#pragma once

#include "player/film.h"
#include "present/window.h"

#include <glib.h>

struct screenshots;

/* `cuts`: the first picture of every node as well. The story is borrowed. NULL and *error: the folder cannot be
 * created. */
struct screenshots *screenshots_new(const char *folder, const struct story *s, bool cuts, GError **error);
void screenshots_free(struct screenshots *p); /* accepts NULL */

/* Call it after every film_tick(). The name of the picture that is due now, to be freed; NULL: none is. */
char *screenshots_due(struct screenshots *p, struct film *f);

/* Writes what the window has composed under that name. False and *error: it could not be written. */
bool screenshots_take(struct screenshots *p, const char *name, struct window *w, GError **error);

/* Writes what the window has composed as FOLDER/NAME.png. False and *error: it could not be written. */
bool screenshots_write(const char *folder, const char *name, struct window *w, GError **error);
