/*
 * film_menu: the menu over the film: go on, begin anew, back to an earlier decision, what can be set, the keys;
 * and the page after an ending.
 *
 * The film is paused meanwhile. A setting holds as soon as it is changed, and is saved when the menu is left. Lines that
 * would do nothing for this film are not there. Main thread; film_menu_show() returns when the viewer leaves the menu.
 */
#pragma once

#include "player/menu_settings.h"

enum film_menu_end {
    FILM_MENU_GO_ON,  /* also after going back to an earlier decision */
    FILM_MENU_ANEW,   /* the film is to begin anew */
    FILM_MENU_REPLAY, /* a new viewing is to begin at the decision *which */
    FILM_MENU_FILM,   /* another film is to be shown: the one with the index *which of those that the viewer may like */
    FILM_MENU_VIEWER, /* somebody else watches: *which is 0 for everyone, then the profiles, then somebody new */
    FILM_MENU_PRIVACY /* the page "What was recorded" is to be shown, and then the menu again */
};
/* `from`: the page that it begins with, and that it ends with: MENU_MAIN, MENU_KEYS, or MENU_END or MENU_NEXT after the film. */
enum film_menu_end film_menu_show(const struct menu_subject *o, enum menu_place from, int32_t *which);

/* The menu where no film plays yet. */
struct film_menu_alone {
    const struct pages *pages;  /* all borrowed */
    const struct story *story;  /* the film that is to play; NULL: none was chosen yet */
    const GPtrArray *languages; /* as in struct menu_subject */
    bool others;                /* somebody else may be chosen to watch */
    const char *store;          /* where it is recorded; NULL: the default one */
    bool trust;                 /* as in struct store_options */
    bool shown;                 /* film_menu.c's own */
};
/* `from`: MENU_MAIN, MENU_KEYS or MENU_VIEWERS. Who watches from now on, as in film_menu_viewer(); NULL: nobody else. */
char *film_menu_show_alone(struct film_menu_alone *o, enum menu_place from);
/* For struct pages: what is pressed on a page of its owner's, or of this menu, means the same as over a film. Shows the page that it
 * asks for. True: it changed something. */
bool film_menu_command_alone(struct film_menu_alone *o, const struct input_event *ev);

/* Who that is: a profile's name, or a new one's; g_free() it. */
char *film_menu_viewer(const struct pages *pages, char **people, int32_t which);
