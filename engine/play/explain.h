/*
 * explain: a condition as text, marked with what is true and what is not in a state: "ticket == return [no: ticket is
 * none] and trust > 2 [yes]". For writers. Pure; any thread; allocates.
 */
#pragma once

#include "play/play.h"

/* The condition, each of its comparisons and yes/no values marked; "always" for -1. To be freed with g_free(). */
char *explain_condition(const struct story *s, const int32_t *state, int32_t expr);

/* A variable's value in words: "true", "return", "3". To be freed. */
char *explain_value(const struct story *s, int32_t var, int32_t value);

/* A memory in the story's words: "seen(home)", "picked(lamp, light)". To be freed. */
char *explain_memory(const struct story *s, int32_t memory);
