/*
 * films: which nodes a way enters, in which order; each such row once, with a number. Few differ. And courses: such rows
 * in which each option that is taken stands between the nodes. One thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct sequences;

struct sequences *sequences_new(void);
void sequences_free(struct sequences *q); /* accepts NULL */

/* An option of the story as it stands in a course. */
#define SEQUENCES_OPTION(option) (-1 - (option))

/* A row as int32_t. It gets the next number if it is new. */
uint32_t sequences_number(struct sequences *q, GBytes *sequence);

uint32_t sequences_count(const struct sequences *q);

/* Borrowed until sequences_free(). */
GBytes *sequences_bytes_of(const struct sequences *q, uint32_t number);
const int32_t *sequences_steps(const struct sequences *q, uint32_t number, int32_t *n);
