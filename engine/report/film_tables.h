/*
 * film_tables: the tables that the report's page has of every film: key figures, who is counted, whole paths, endings,
 * nodes. Values for web/film.html. Pure.
 */
#pragma once

#include "report/film_section.h"

/* Adds members to the object that the builder is in: "viewings", "keys", "groups", "paths", "endings", "reach",
 * "drop_off", "dwell". */
void film_tables_put(JsonBuilder *b, const struct film_section *s);
