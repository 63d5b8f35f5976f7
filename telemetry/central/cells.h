/*
 * cells: what is counted of viewings (telemetry/count/tally.h), with a film's places (film.h) for a store's numbers.
 *
 * So the cells of any store add up with those of any other. A menu has no place, because menus are met and not written: it is known
 * by an id made of its decision's place and its shape. Pure functions.
 */
#pragma once

#include "telemetry/central/film.h"
#include "telemetry/count/tally.h"

/* The id of a menu: 47 bits. */
int64_t cells_menu(int64_t decision, const char *shape);

/* Adds a cell with a store's numbers as one with places, and the other way round. `menu`: what stands for its menu there; of other
 * cells, any number. */
void cells_add_placed(struct tally *to, const struct tally_cell *c, const struct film_base *film, int64_t menu);
void cells_add_numbered(struct tally *to, const struct tally_cell *c, const struct film_base *film, int64_t menu);
