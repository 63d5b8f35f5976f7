/*
 * films: which nodes a way enters, in which order; each such row once, with a number. Few differ. And courses: such rows
 * in which each option that is taken stands between the nodes. One thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct films;

struct films *films_new(void);
void films_free(struct films *f); /* accepts NULL */

/* An option of the story as it stands in a course. */
#define FILMS_OPTION(option) (-1 - (option))

/* A row as int32_t. It gets the next number if it is new. */
uint32_t films_number(struct films *f, GBytes *row);

uint32_t films_count(const struct films *f);

/* Borrowed until films_free(). */
GBytes *films_row(const struct films *f, uint32_t film);
const int32_t *films_steps(const struct films *f, uint32_t film, int32_t *n);
