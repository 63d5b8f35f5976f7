/*
 * impact_section: consequence against hesitation on the report's page: what each decision changes, how long viewers
 * took for it, and a verdict. Values for web/impact.html; web/impact.js draws the chart. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "impact", an object, if it is known what the film's decisions change; nothing otherwise. */
void impact_section_put(JsonBuilder *b, const struct film_section *s);
