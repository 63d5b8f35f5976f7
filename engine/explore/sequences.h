/*
 * sequences: what a transition passes through, as sequences of int32_t. Each different sequence is stored once and has a
 * number; few differ.
 *
 * A node sequence lists the nodes that a transition enters, in order. A step sequence lists the options that it takes as well,
 * each where it is taken, as SEQUENCES_OPTION(). One thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

struct sequences;

struct sequences *sequences_new(void);
void sequences_free(struct sequences *q); /* accepts NULL */

/* An option of the story as an element of a step sequence: negative, while nodes are not. */
#define SEQUENCES_OPTION(option) (-1 - (option))

/* The number of this sequence; the next free one, from 0 on, if it is new. Keeps a reference to the bytes. */
uint32_t sequences_number(struct sequences *q, GBytes *sequence);

uint32_t sequences_count(const struct sequences *q);

/* The sequence with this number, as bytes and as *n elements. Borrowed until sequences_free(). */
GBytes *sequences_bytes_of(const struct sequences *q, uint32_t number);
const int32_t *sequences_steps(const struct sequences *q, uint32_t number, int32_t *n);
