/*
 * save: what outlives a play: the values of a story's `keep: viewer` variables, and the play itself as a transcript.
 *
 * Files in the viewer's data folder (paths_save()), each replaced in one go: written under another name, flushed to the
 * medium, renamed, the folder flushed; so a crash, a kill or a loss of power leaves the old one or the new one whole.
 * Variables are saved by name: after the story was edited, what still exists is taken over and everything else starts
 * from its initial value.
 *
 * During a play a thread of its own writes, for a flush may take a second: save_open(), save_put() at every outcome and
 * whenever the place has changed much, save_close(). save_put() copies the few kept values and never waits; when the
 * disk is slower than the viewer, only the latest place is written. All calls are main's.
 */
#pragma once

#include "play/play.h"

#include <glib.h>

/*
 * Values for PLAY_START's `kept`: one for each `keep: viewer` variable in the order of story->vars; owned by the
 * caller (g_free). NULL when the story keeps nothing. A file that can't be read counts as no file.
 */
int32_t *save_load_kept(const struct story *s);

/* The text that was put last, or NULL where there is none (yet). Caller frees. NULL and *error: it can't be read. */
char *save_load_transcript(const struct story *s, GError **error);

/* Removes the play, which its viewer wants forgotten; kept variables stay. True as well where there is none. False and
 * *error: it is still there. */
bool save_remove_transcript(const struct story *s, GError **error);

/*
 * Two plays of a film at once share one place, but only one of them goes on with the viewing that was left there. True: it
 * is this program, until it ends or save_release(*claim).
 */
bool save_claim(const struct story *s, int *claim);
void save_release(int claim);

/* The id of the viewing that save_put() was given with this text; NULL: none is in it. Caller frees. */
char *save_viewing(const char *text);

struct save;

/* `s` is borrowed until save_close(). Without a thread (out of them) everything is written by save_close(). */
struct save *save_open(const struct story *s);

/* Takes `text`, a transcript that ends where the film is now, and notes the kept variables of `state`. `viewing`: the id
 * under which telemetry has the play, which a later part of it goes on with; NULL: none. */
void save_put(struct save *sv, char *text, const char *viewing, const int32_t *state);

/* Waits until the latest is on disk. False and *error: it could not be written. Accepts NULL. */
bool save_close(struct save *sv, GError **error);
