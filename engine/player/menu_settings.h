/*
 * menu_settings: what viewers can set in the menu, as lines of its pages.
 *
 * A table says of each setting where it stands, which values it has, and how it is read and set. A setting holds as soon
 * as it is set. Main thread.
 */
#pragma once

#include "player/film.h"
#include "player/look_back.h"
#include "player/moments.h"
#include "player/pages.h"
#include "player/scene.h"
#include "player/story_map.h"

/* What the menu is about. Without a film, what needs one is not there: settings are wishes for the films to come. */
struct menu_subject {
    const struct pages *pages; /* all borrowed */
    const struct story *story; /* NULL: no film was chosen yet */
    struct film *film;         /* NULL, with `scene`: none plays yet */
    struct scene *scene;
    const bool *found;             /* of each ending, whether it was ever reached; NULL: nobody keeps it */
    const struct story_map *map;   /* what was found of the story, */
    const int64_t *seen_us;        /* and seen of each node, as film_skip() takes it */
    const struct moments *moments; /* pictures of this viewing's decisions */
    const struct look_back *after; /* NULL: the film plays */
    char **people;                 /* the profiles (player/profiles.h); NULL: nobody else can watch now */
    const GPtrArray *languages;    /* without a film: those to choose from, interned */
};

/* In which part of the menu the viewer is. */
enum menu_place {
    MENU_MAIN,
    MENU_END,
    MENU_ANEW,
    MENU_DECISIONS,
    MENU_PATH,
    MENU_NEXT, /* films that the viewer may like */
    MENU_MAP,
    MENU_REPLAY, /* are we to begin a new viewing at a decision of the map? */
    MENU_VIEWERS,
    MENU_TRACKS, /* subtitles and sound */
    MENU_APPEARANCE,
    MENU_KEYS,
    MENU_PLACES
};

/* Has the film anything for that page? */
bool menu_settings_has_tracks(const struct menu_subject *o);

/* Those that this program speaks itself, and those of a story's texts and tracks; each once. */
GPtrArray *menu_languages_new(void);
void menu_languages_add(GPtrArray *languages, const char *tag);
void menu_languages_add_story(GPtrArray *languages, const struct story *s);

/* Adds the settings that stand there, and that would do something for this film; their ids are MENU_SETTINGS and on. */
#define MENU_SETTINGS 100
void menu_settings_add(const struct menu_subject *o, enum menu_place place, struct page *p);

/* One step to a side; 0: to the next value, and from the last one to the first. */
void menu_settings_step(const struct menu_subject *o, int id, int step);
