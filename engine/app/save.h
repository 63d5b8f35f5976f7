/*
 * save: what outlives a play: the values of a story's `keep: viewer` variables, and the last play as a transcript.
 *
 * Files in the viewer's data folder (paths_save()), written through a temporary file, so that a crash leaves the old
 * one whole. Variables are saved by name: after the story was edited, what still exists is taken over and everything
 * else starts from its initial value. Main thread; short I/O between films, never while one plays.
 */
#pragma once

#include "play/play.h"

#include <glib.h>

/*
 * Values for PLAY_START's `kept`: one for each `keep: viewer` variable in the order of story->vars; owned by the
 * caller (g_free). NULL when the story keeps nothing. A file that can't be read counts as no file.
 */
int32_t *save_load_kept(const struct story *s);

/* The kept variables of `state` (see play.h). True also when there is nothing to keep. */
bool save_store_kept(const struct story *s, const int32_t *state, GError **error);

/* Writes `text`, the last play's transcript. */
bool save_store_transcript(const struct story *s, const char *text, GError **error);
