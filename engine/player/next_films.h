/*
 * next_films: what the viewer may like next: other films that were opened on this machine, each with the reason why it is
 * named.
 *
 * The reason is a trait (stories/README.md) that the answers of this viewing lean to and that the other film has as well; else
 * that no ending of it was found yet, or not all. Nothing but this viewing and the shelf (player/opened_films.h) is looked at, and
 * nothing of it is kept. Main thread; it loads the stories of the shelf, so it waits for the disk.
 */
#pragma once

#include "player/viewing_facts.h"

#define NEXT_FILMS_MAX 3

struct next_film {
    char *path, *title, *why;
};

/* Array of struct next_film *, the best first; g_ptr_array_unref() it. `language`: of titles and reasons. */
GPtrArray *next_films_find(const struct story *s, const struct viewing_facts *facts, const char *language);

/* The trait that the answers lean to most: more than half of what could be had of it. -1: none. */
int32_t next_films_trait(const struct story *s, const struct viewing_facts *facts);
