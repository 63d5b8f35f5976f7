/*
 * film_graph: the film as a graph for the report's page, drawn by Graphviz, and the same as a table. Values for
 * web/film.html. Pure; the layout takes a second for some hundred nodes (explore/traffic.h).
 */
#pragma once

#include "report/film_section.h"

/* Adds the members "graph" (an <svg> element; without one: "no_graph", the reason) and "edges". */
void film_graph_put(JsonBuilder *b, const struct film_section *s);
