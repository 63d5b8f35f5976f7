/* mixed_section: which shares add up parts of the audience that differ, as values for web/mixed.html; web/mixed.js
 * writes the same words. */
#pragma once

#include "report/film_section.h"

/* Adds the member "mixed". */
void mixed_section_put(JsonBuilder *b, const struct film_section *s);
