/*
 * menu_pages: what stands on each page of the menu.
 *
 * Lines that would do nothing for this film, or now, are left out. Main thread.
 */
#pragma once

#include "player/menu_settings.h"

/* The ids of the lines, beside those of settings. */
enum menu_item {
    MENU_ITEM_GO_ON = 1,
    MENU_ITEM_ANEW,
    MENU_ITEM_SURELY, /* begin anew, indeed */
    MENU_ITEM_DECISIONS,
    MENU_ITEM_TRACKS,
    MENU_ITEM_APPEARANCE,
    MENU_ITEM_VIEWERS,
    MENU_ITEM_STAY, /* who watches goes on watching */
    MENU_ITEM_PRIVACY,
    MENU_ITEM_KEYS,
    MENU_ITEM_LEAVE,
    MENU_ITEM_BACK,
    MENU_ITEM_BEFORE, /* one decision back */
    MENU_ITEM_AGAIN,  /* watch the film again */
    MENU_ITEM_MAP,
    MENU_ITEM_PATH,
    MENU_ITEM_UNSEEN, /* to an answer that was never given */
    MENU_ITEM_NEXT,
    MENU_ITEM_LOOK,            /* at the last picture */
    MENU_HEADS = 1000,         /* and on */
    MENU_WORDS = 2000,         /* and on */
    MENU_CHECKPOINTS = 3000,   /* and on: a decision's place among the checkpoints of the state */
    MENU_FILMS = 3500,         /* and on: what the viewer may like next */
    MENU_PEOPLE = 3700,        /* and on: everyone, the profiles, and somebody new */
    MENU_TILES = 4000,         /* and on: a decision on the map, by its index */
    MENU_OTHER_TILES = 2000000 /* and on: what on the map does nothing */
};

/* Fills the page anew. */
void menu_fill(const struct menu_subject *o, enum menu_place place, struct page *p);
