/*
 * film_menu: the menu over the film: go on, begin anew, back to an earlier decision, what can be set, the keys.
 *
 * The film is paused meanwhile. A setting holds as soon as it is changed, and is saved when the menu is left. Lines that
 * would do nothing for this film are not there. Main thread; film_menu_show() returns when the viewer leaves the menu.
 */
#pragma once

#include "player/menu_settings.h"

enum film_menu_end {
    FILM_MENU_GO_ON,  /* also after going back to an earlier decision */
    FILM_MENU_ANEW,   /* the film is to begin anew */
    FILM_MENU_PRIVACY /* the page "What was recorded" is to be shown, and then the menu again */
};
/* `keys`: the keys alone. */
enum film_menu_end film_menu_show(const struct menu_subject *o, bool keys);
