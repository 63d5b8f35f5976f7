/*
 * trait_section: how far viewers lean towards each of a film's traits, and what they did with its props, on the
 * report's page. Values for web/traits.html and web/props.html; web/traits.js draws the leans. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "taste", an object, if the film has traits; nothing otherwise. */
void trait_section_put(JsonBuilder *b, const struct film_section *s);
/* Adds the member "props", an object, if the film has props; nothing otherwise. */
void trait_section_put_props(JsonBuilder *b, const struct film_section *s);
