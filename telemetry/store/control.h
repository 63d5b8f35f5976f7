/*
 * control: the store's own settings, which bind every program that writes into it.
 *
 * Recording can be paused: programs that play notice it with their next event and write nothing until it is resumed
 * (sink.h). Old viewings can be erased by age: it happens when a program opens the store for writing.
 * The caller's thread is the store's; each call is one transaction.
 */
#pragma once

#include "telemetry/store/store.h"

struct control {
    int64_t erased;    /* viewings so far, by wish or by age */
    int64_t paused_ms; /* since when, ms since 1970; 0: recording is not paused */
    int64_t keep_days; /* 0: for good */
};

bool control_read(struct store *s, struct control *c, GError **error);

/* Pausing what is paused, or resuming what is not, changes nothing. */
bool control_set_paused(struct store *s, bool paused, GError **error);

/* 0: for good. What is too old already goes at once, with the store's next opening for writing (or retention_apply()). */
bool control_set_retention(struct store *s, int64_t days, GError **error);
