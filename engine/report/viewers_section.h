/*
 * viewers_section: what people did over all their viewings, on the report's page: tables that fold, for web/viewers.html. They
 * follow no filter. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "viewers", an object: the film's rows or, where they are not known, a sentence that says why. */
void viewers_section_put(JsonBuilder *b, const struct film_section *s);
