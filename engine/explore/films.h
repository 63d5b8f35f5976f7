/*
 * films: which nodes a way enters, in which order; each such row once, with a number. Few differ. One thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct films;

struct films *films_new(void);
void films_free(struct films *f); /* accepts NULL */

/* A row of nodes as int32_t. It gets the next number if it is new. */
uint32_t films_number(struct films *f, GBytes *nodes);

uint32_t films_count(const struct films *f);

/* Borrowed until films_free(). */
GBytes *films_row(const struct films *f, uint32_t film);
const int32_t *films_nodes(const struct films *f, uint32_t film, int32_t *n);
