/*
 * impact_section: consequence against hesitation for the report's page: what each decision changes, beside how long
 * viewers took for it, and a verdict. Values for web/impact.html; web/impact.js draws them. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "impact", an object, where what the film's decisions change is known; nothing otherwise. */
void impact_section_put(JsonBuilder *b, const struct film_section *s);
