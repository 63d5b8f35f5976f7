/*
 * film_data: what the page's script works with: the film's names, the places of counts, and the cube of counts itself
 * (web/data.js reads it). One block of JSON that no text of a story can leave: it holds no "<", "&" or quote of a
 * story. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "data": the JSON as text, safe within a <script> element. */
void film_data_put(JsonBuilder *b, const struct film_section *s);
