/*
 * sink: brings batches of records into a store, each batch whole or not at all.
 *
 * Used by the writer's thread only. Entries come in the order in which they were handed over: a story, a viewing of
 * it, its events. A batch that fails leaves everything as it was and may be given again, to the same store or to the
 * one that took its place: the sink remembers the story, the viewing and where in it the film stands, and writes them
 * anew into a store that does not know them, with a gap for what stayed behind.
 *
 * A viewing may go on that was left or cut off, in this program or an earlier one: sitting.h.
 *
 * The viewer has the last word: what happens while recording is paused is not written, then or later (a gap says that
 * there was a pause, and afterwards how long), a viewing that begins while it is paused not at all; and what a viewer
 * erased does not come back. Both are looked up in `control` within each batch's own transaction.
 */
#pragma once

#include "telemetry/record.h"

#include <glib.h>

struct sink;

enum sink_kind { SINK_STORY, SINK_BEGIN, SINK_EVENT };

struct sink_entry {
    enum sink_kind kind;
    int64_t seq;           /* EVENT: within its viewing */
    uint64_t spool_offset; /* STORY, BEGIN: where the spool keeps it (spool.h) */
    union {
        struct tel_story *story;     /* owned by the entry until a batch with it succeeds */
        struct tel_viewing *viewing; /* likewise; g_free */
        struct tel_record record;
    };
};

struct sink_options {
    const char *path, *vfs;           /* as in struct store_options */
    int busy_ms;                      /* likewise */
    bool (*keep_waiting)(void *data); /* asked while another program holds the store; NULL: always */
    void *data;
};

struct sink_result {
    uint64_t written;     /* events of the batch that are in the store now */
    uint64_t discarded;   /* events that are not wanted: recording is paused, or the viewer erased the viewing */
    uint64_t refused;     /* events that made no sense; a gap stands in their place */
    uint64_t left_behind; /* events written before that stayed behind in a store that is gone */
    char *notice;         /* what a person should know, or NULL; caller frees, on failure too */
};

struct sink *sink_new(const struct sink_options *o);

/* Opens the store if it is not open; sink_write does it too. */
bool sink_open(struct sink *s, struct sink_result *result, GError **error);

/* On success the sink owns what the entries point to. On failure nothing was written and nothing changed hands. */
bool sink_write(struct sink *s, const struct sink_entry *entries, size_t n, struct sink_result *result, GError **error);

/* The id under which the viewing begun last is kept: its own, or that of the one it goes on with. NULL: there is none.
 * Until the next sink_write(). */
const char *sink_committed_viewing_id(const struct sink *s);

/* Nothing of the viewing begun last is wanted: it was erased, or began during a pause. */
bool sink_discards_viewing(const struct sink *s);

/* Makes it so: the viewer has it erased. */
void sink_discard_viewing(struct sink *s);

/* Copies what the sink knows of where the film stands, without what it points to. Not after a failure. */
#define SINK_POSITION_BYTES 512
void sink_save_position(const struct sink *s, uint8_t position[SINK_POSITION_BYTES]);

/*
 * A new sink goes on where another one stood (`scene` NULL: at nothing). It takes the story and the viewing, which may be
 * NULL. From now on what is in the store already is no mistake: what comes may have been written before.
 */
void sink_resume_from(struct sink *s, const uint8_t *position, struct tel_story *story, struct tel_viewing *viewing);

/* A small step of what reports need (aggregate_keep_up), for when there is nothing to write. False: no more to do now. */
bool sink_update_counts(struct sink *s);

/* Frees what an entry that will never be written owns. */
void sink_entry_clear(struct sink_entry *entry);

void sink_free(struct sink *s);
