/*
 * overlay: everything besides the panel that is drawn over the picture or in its place: cards and slates, inscriptions,
 * subtitles, notices, the signs of pause and volume, statistics.
 *
 * Pure drawing on a canvas; main thread, because of the text. Each function draws its part if the view has it.
 */
#pragma once

#include "present/paint.h"
#include "present/rect.h"
#include "present/text.h"
#include "present/view.h"

struct overlay {
    struct text *text;
    const struct view *view;
    struct canvas *canvas;
    struct rect picture; /* where the picture stands now */
    int floor;           /* subtitles end above this line */
};

/* The card, in the picture's place. */
void overlay_card(const struct overlay *o);
/* In the picture: what the film writes there, but for credits (present/credits.h). */
void overlay_inscriptions(const struct overlay *o);
/* The small moving picture: where it stands; empty: there is none. */
struct rect overlay_inset(const struct overlay *o);
/* Subtitles, in the picture and above the panel. */
void overlay_subs(const struct overlay *o);
/* Over everything: the rest. Of a view with a page, all but the notice. */
void overlay_top(const struct overlay *o);
/* The notice. `column_end`: where the words of the page below it end on the right; 0: there is no page. */
void overlay_notice(const struct overlay *o, int column_end);

/* What can be clicked while the film is paused; empty: nothing. */
struct rect overlay_link(const struct overlay *o);
