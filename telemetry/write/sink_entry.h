/*
 * sink_entry: what is handed from the playing thread to the writer's: a story, a viewing of it, or one of its events.
 *
 * Entries come in the order story, viewing, events, and lie in the spool's ring (spool.h), where they have to be plain
 * bytes.
 */
#pragma once

#include "telemetry/record.h"

enum sink_kind { SINK_STORY, SINK_BEGIN, SINK_EVENT };

struct sink_entry {
    enum sink_kind kind;
    int64_t seq;           /* EVENT: its number within the viewing, from 1 */
    uint64_t spool_offset; /* STORY, BEGIN: where the spool keeps a copy; 0: nowhere */
    union {
        struct tel_story *story;     /* owned by the entry until a batch with it succeeds; NULL: it made no sense */
        struct tel_viewing *viewing; /* likewise; g_free */
        struct tel_record record;
    };
};

/* Frees what an entry owns that will never be written. */
void sink_entry_clear(struct sink_entry *entry);
