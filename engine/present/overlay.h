/*
 * overlay: everything else that is drawn over the picture or in its place: cards and slates, subtitles, notices,
 * pause, volume, statistics, help, the dialog.
 *
 * Pure drawing on a canvas; main thread because of the text. Each function draws its part if the view has it.
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

/* The card in the picture's place. */
void overlay_card(const struct overlay *o);
/* In the picture: what the film writes there. */
void overlay_inscriptions(const struct overlay *o);
/* Under the panel: subtitles. */
void overlay_subs(const struct overlay *o);
/* Over the panel: the rest. */
void overlay_top(const struct overlay *o);

/* The dialog's buttons, else the sheet's, as overlay_top draws them (at most 3); how many there are. */
int overlay_buttons(const struct overlay *o, struct rect out[3]);
/* What can be clicked while the film is paused; empty for nothing. */
struct rect overlay_link(const struct overlay *o);
/* The line from which on the rest of the sheet fits. */
int overlay_sheet_last(const struct overlay *o);
