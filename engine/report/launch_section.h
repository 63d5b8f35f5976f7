/*
 * launch_section: the launch curve of a film's section of the report's page, as values for web/launch.html: viewings and
 * the share of them that reached an ending, by the day or week in which they began, and what happened then.
 *
 * web/launch.js draws it, makes the same rows of the page's counts, and others when asked. Pure; one thread.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "launch". */
void launch_section_put(JsonBuilder *b, const struct film_section *s);

/* The period in which the page begins: days where all of it is some weeks, else weeks. */
enum count_period launch_section_period(const struct count_cube *cube);
