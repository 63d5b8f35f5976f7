/*
 * look_back: what can be said of a film that is over, on the page after its ending: on which decision most hung, how other
 * viewings on this machine answered, what was never seen, and what the viewer may like next.
 *
 * Main thread; look_back_make() waits for the disk. Everything is of the moment when it was made, and is owned by it.
 */
#pragma once

#include "player/film.h"
#include "player/past_choices.h"
#include "player/story_map.h"
#include "player/turning_point.h"

struct look_back {
    struct turning_point turning;
    struct past_choice *past; /* of each option: what all viewings on this machine took; NULL: not known */
    GPtrArray *films;         /* struct next_film *: what the viewer may like next */
    int32_t unseen;           /* a decision with an answer that was never given; -1: none */
    bool unseen_elsewhere;    /* only another viewing leads there */
};

struct look_back_options {
    const struct story *story; /* all borrowed */
    const struct film *film;
    const struct transcript *transcript; /* of the viewing */
    const struct story_map *map;
    bool reads;        /* what other viewings took is to be read */
    const char *store; /* from there; NULL: the default one */
    bool films;        /* other films are to be named */
    const char *language;
};

void look_back_make(struct look_back *b, const struct look_back_options *o);
void look_back_clear(struct look_back *b);
