/*
 * inspector: what a writer sees of the story while the film plays: node and time, the state with what changed last, why each
 * way holds or not, what is warm, what comes. And a page on which the writer sets variables, jumps to nodes and holds
 * decisions open.
 *
 * Only in plays with `inspect` (player/player_options.h), of which nothing is recorded or saved. What the writer does is an
 * input of the step function, and so a line of the transcript. Main thread.
 */
#pragma once

#include "player/film.h"
#include "player/pages.h"

struct inspector;

struct inspector *inspector_new(const struct story *s); /* borrowed */
void inspector_free(struct inspector *i);               /* accepts NULL */

/* Everything that happens. */
void inspector_effect(struct inspector *i, const struct play_effect *fx);

/* Lays the lines over the picture. `v` borrows them until the next call. */
void inspector_view(struct inspector *i, struct film *f, int64_t now_us, struct view *v);

/* Shows the page, until the writer goes back to the film. */
void inspector_page_show(struct inspector *i, const struct pages *pages, struct film *f);
