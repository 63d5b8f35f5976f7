/*
 * kept_values: the values of the variables that a viewer keeps from play to play (`keep: viewer`), as a row of int32_t in the
 * order of story->vars. So play.h wants them for PLAY_START.
 *
 * Pure; any thread; O(variables).
 */
#pragma once

#include "story/story.h"

#include <glib.h>

/* How many variables the viewer keeps. */
int32_t kept_values_count(const struct story *s);

/* Copies their values from a state (play/play.h) to `row`, and back. */
void kept_values_get(const struct story *s, const int32_t *state, int32_t *row);
void kept_values_set(const struct story *s, const int32_t *row, int32_t *state);

/* A row as bytes, to be freed with g_bytes_unref(); empty if the viewer keeps nothing. */
GBytes *kept_values_bytes(const struct story *s, const int32_t *state);
