/*
 * save: what outlives a play: the values of a story's `keep: viewer` variables, and the play itself as a transcript.
 *
 * They are files in the viewer's data folder (paths_save()). Each is replaced in one go: written under another name,
 * flushed to the medium, renamed, the folder flushed. So after a crash, a kill or a loss of power the old file or the
 * new one is there, whole. Variables are saved by name: after the story was edited, those that still exist (also under a
 * name that `was` gives) keep their
 * values and all others start from their initial ones.
 *
 * A flush is slow, so a kill would find the files behind the film, and behind what telemetry was told. So save_put()
 * also writes the latest place into a file in memory (base/runtime.h), at once; save_close() removes it when all is on
 * the medium. Whoever claims the place (save_claim()) puts a newer one that a killed program left there into the files.
 *
 * During a play a thread of its own writes, because a flush may take a second. Order: save_open(), save_put() at every
 * outcome and whenever the place has changed much, save_close(). save_put() waits for no medium;
 * when the disk is slower than the viewer, only the latest place is written. All calls are the main thread's.
 */
#pragma once

#include "play/play.h"
#include "player/viewing.h"

#include <glib.h>

/*
 * Values for PLAY_START's `kept`: one for each `keep: viewer` variable in the order of story->vars; g_free() it. NULL
 * if the story keeps nothing. A file that cannot be read counts as no file.
 */
int32_t *save_load_kept(const struct story *s);

/* The text that was saved last, NULL: there is none. The caller frees it. NULL and *error: it cannot be read. */
char *save_load_transcript(const struct story *s, GError **error);

/* Removes the saved play, because its viewer wants it forgotten; kept variables stay. True also if there is none. False
 * and *error: it is still there. */
bool save_remove_transcript(const struct story *s, GError **error);

/* Two plays of a film at once share one saved place. Only one of them may write it, and go on with the viewing that was
 * left there. */
enum save_owner {
    SAVE_OURS,     /* this program may, until it ends or calls save_release() */
    SAVE_ANOTHERS, /* another program may that is running: this one must not save_open() */
    SAVE_UNKNOWN /* nobody can tell, as the folder takes no lock: this one may write, but not go on with the viewing */
};

/* SAVE_OURS: *claim is to be released, and the saved place is up to date even if a program was killed that had a newer one; so
 * this comes before save_load_…(). Otherwise *claim is -1. */
enum save_owner save_claim(const struct story *s, int *claim);
void save_release(int claim);

/* The place in its viewing that save_put() was given with this text. False: there is none. */
bool save_viewing(const char *text, struct viewing_place *place);

struct save;

/* `s` is borrowed until save_close(). If no thread can be started, save_close() writes everything. */
struct save *save_open(const struct story *s);

/* Takes over `text`, a transcript that ends where the film is now, and copies the kept variables of `state`. `place`:
 * where the play's viewing stands, for a later part of it to continue; NULL: nothing is recorded. */
void save_put(struct save *sv, char *text, const struct viewing_place *place, const int32_t *state);

/* Waits until the latest place is on disk, and frees. False and *error: it could not be written. Accepts NULL. */
bool save_close(struct save *sv, GError **error);
