/*
 * sink: brings batches of entries into a store, each batch whole or not at all.
 *
 * Used by the writer's thread only. Entries come in the order in which they were handed over: a story, a viewing of it,
 * its events (sink_entry.h). A batch that fails leaves everything as it was and may be given again, to the same store
 * or to the one that took its place. For that the sink remembers the story, the viewing and where in it the film stands
 * (viewing_position.h), and writes them anew into a store that does not know them, with a gap for what stayed behind.
 *
 * A viewing may go on that was left or cut off, in this program or in an earlier one: viewing_part.h.
 *
 * The viewer has the last word. What happens while recording is paused is not written, then or later; a gap says that
 * there was a pause, and afterwards how many events it took. A viewing that begins during a pause is not written at
 * all. What a viewer has erased does not come back. Each batch looks both up in `control`, within its own transaction.
 */
#pragma once

#include "telemetry/write/sink_entry.h"

#include <glib.h>

struct sink;

struct sink_options {
    const char *path, *vfs; /* as in struct store_options */
    int busy_ms;            /* likewise */
    bool trust;             /* likewise */
    bool (*keep_waiting)(
        void *data); /* asked again and again while another program holds the store; NULL: always true */
    void *data;
};

struct sink_result {
    uint64_t written;     /* events of the batch that are in the store now */
    uint64_t discarded;   /* events that are not wanted: recording is paused, or the viewer erased the viewing */
    uint64_t refused;     /* events that made no sense; each left a gap */
    uint64_t left_behind; /* events written before that stayed behind in a store that is gone */
    char *notice;         /* what a person should know, or NULL; the caller frees it, on failure too */
};

struct sink *sink_new(const struct sink_options *o);
void sink_free(struct sink *s); /* accepts NULL */

/* Opens the store if it is not open; sink_write() does so, too. */
bool sink_open(struct sink *s, struct sink_result *result, GError **error);

/* On success the sink owns what the entries point to. On failure nothing was written and nothing changed hands. */
bool sink_write(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result, GError **error);

/*
 * The id under which the store has the viewing begun last: its own, or that of the one it goes on with. NULL: there is
 * none. Valid until the next sink_write().
 */
const char *sink_committed_viewing_id(const struct sink *s);

/* Whether nothing of the viewing begun last is written: it was erased, or began during a pause. */
bool sink_discards_viewing(const struct sink *s);

/* The viewer has it erased: from now on nothing of it is written, and nothing of it remembered. */
void sink_discard_viewing(struct sink *s);

/* Copies where the film stands, without the story and the viewing that it points to. Not after a failed batch. */
#define SINK_POSITION_BYTES 512
void sink_save_position(const struct sink *s, uint8_t position[SINK_POSITION_BYTES]);

/*
 * Makes a new sink go on where another one stood (`position` NULL: at nothing). It takes the story and the viewing,
 * which may be NULL. From now on an event that is in the store already is no mistake: the other one may have written
 * it.
 */
void sink_resume_from(struct sink *s, const uint8_t *position, struct tel_story *story, struct tel_viewing *viewing);

/* Writes that the viewing begun last still plays, if it does, as sink_write() does when it begins. Where that fails,
 * nothing is lost. */
void sink_show_life(struct sink *s);

/*
 * A small step of the counts that reports need (aggregate_keep_up), for when there is nothing to write. True: there is
 * more to do.
 */
bool sink_update_counts(struct sink *s);
