/*
 * film_graph: the film as a graph for the report's page, drawn by Graphviz and as a table. Values for
 * web/film.html. Pure; laying out some hundred nodes takes a second (explore/traffic.h).
 */
#pragma once

#include "report/film_section.h"

/* Adds the members "graph", an <svg> element, or "no_graph", why there is none; and "edges". */
void film_graph_put(JsonBuilder *b, const struct film_section *s);
