/*
 * control: the store's own settings, which bind every program that writes into it.
 *
 * Recording can be paused: a program that plays notices it with its next event, and writes nothing until it is resumed
 * (telemetry/write/sink.h). Old viewings can be erased by age, which happens when a program opens the store for writing
 * (telemetry/keep/retention.h). Calls come from the store's thread; each is one transaction.
 */
#pragma once

#include "telemetry/store/store_handle.h"

struct control {
    int64_t erased;    /* viewings so far, by a viewer's wish or by age */
    int64_t paused_ms; /* since when, ms since 1970; 0: recording is not paused */
    int64_t keep_days; /* 0: viewings are kept for good */
};

bool control_read(struct store *s, struct control *c, GError **error);

/* Pausing what is paused, or resuming what is not, changes nothing. */
bool control_set_paused(struct store *s, bool paused, GError **error);

/* 0: viewings are kept for good. Erases and dates nothing: see retention_set() (telemetry/keep). */
bool control_set_retention(struct store *s, int64_t days, GError **error);
