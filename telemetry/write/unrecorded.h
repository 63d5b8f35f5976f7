/*
 * unrecorded: counts a viewing that is not recorded.
 *
 * For a viewer who lets nothing of a viewing be kept but that it took place. Added to one number of the film's version;
 * there is no row for the viewing, no time and no id. While recording is paused, it is not counted. Opens the store on
 * the caller's thread, and makes it where there is none.
 */
#pragma once

#include "telemetry/store/store.h"

/* `film`: the hash of the story's version (struct tel_story). */
bool unrecorded_count(const struct store_options *o, uint64_t film, GError **error);
