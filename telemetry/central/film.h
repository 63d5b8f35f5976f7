/*
 * film: what a version of a film consists of, as one text (JSON), out of a store and into one.
 *
 * In the text, things are known by their places, from 1, in the order in which the store has them: the same film makes the
 * same text in every store. Where it goes into a store that holds films already, the store's numbers are the places plus a
 * base for each kind of thing. On the store's thread.
 */
#pragma once

#include "telemetry/store/store_handle.h"

/* What is added to a place. The story itself has the number story + 1. */
struct film_base {
    int64_t story, node, decision, option, ending, trait, prop, arm;
};

/* The text of the story with the number `story`. NULL and error; the caller frees. */
char *film_read(struct store *s, int64_t story, GError **error);

/* Adds the film of a text to a store that does not have it. */
bool film_write(struct store *s, const char *text, struct film_base *base, GError **error);
