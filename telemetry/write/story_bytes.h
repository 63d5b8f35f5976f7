/*
 * story_bytes: a story as bytes that another process can read, for the spool. Any thread.
 *
 * The bytes are a GVariant of a type of this version's; the program that reads them has to be of the same version
 * (spool.h sees to it).
 */
#pragma once

#include "telemetry/record.h"

#include <glib.h>

/* A sound story (tel_story_copy() has made it). Caller unrefs. */
GBytes *story_bytes_pack(const struct tel_story *story);

/* A story of its own, for tel_story_free(). NULL: these are no bytes of a sound story. Takes `data` (g_free). */
struct tel_story *story_bytes_unpack(char *data, size_t size);
