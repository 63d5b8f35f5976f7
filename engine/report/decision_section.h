/*
 * decision_section: the decisions of a film on the report's page: what viewers picked, how long they took, and whether
 * an option's place or highlight swayed them. Values for web/decision.html. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "decisions": an array with one object for each decision that was asked for. */
void decision_section_put(JsonBuilder *b, const struct film_section *s);
