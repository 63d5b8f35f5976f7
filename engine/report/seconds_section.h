/*
 * seconds_section: at which seconds of which nodes viewers left, on the report's page, with the film's picture beside them.
 * Values for web/seconds.html; web/seconds.js draws the curves. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "seconds", an object, if somebody left; nothing otherwise. */
void seconds_section_put(JsonBuilder *b, const struct film_section *s);

/* Appends for the page's script, as JSON, what nodes the section has, their seconds, and the pictures that are in none of its
 * tables: [[node, [[second, how, place], …], [[second, picture], …]], …]. */
void seconds_section_put_data(GString *out, const struct film_section *s);
