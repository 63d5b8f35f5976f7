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

struct screenshots;

/* NULL and *error: the folder can't be made. `cuts`: also the first picture of every node. */
struct screenshots *screenshots_new(const char *folder, const struct story *s, bool cuts, GError **error);
void screenshots_free(struct screenshots *p); /* accepts NULL */

/* After every film_tick(): is this a moment for a picture? Its name then, to be freed; else NULL. */
char *screenshots_due(struct screenshots *p, struct film *f);

/* Writes what the window has composed as that picture. False and *error: the disk refused. */
bool screenshots_take(struct screenshots *p, const char *name, struct window *w, GError **error);

/* The picture as it is, as <name>.png. */
bool screenshots_write(const char *folder, const char *name, struct window *w, GError **error);
