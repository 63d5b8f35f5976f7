/*
 * film_data: what the page's script works with: the film's names, the places of counts, and the cube of counts
 * (web/data.js reads them). It is one block of JSON inside a <script> element, which no text of a story can end: "<",
 * ">", "&" and quotes are written as escapes. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds the member "data": the JSON as text, safe within a <script> element. */
void film_data_put(JsonBuilder *b, const struct film_section *s);
