/*
 * sink_in: what the two parts of the sink share. For telemetry/write/sink*.c only.
 *
 * sink_rows.c knows the tables: it looks up or adds what the store's dictionaries have, and inserts an event's row. sink.c
 * knows the play: where the film stands, what a pause, an erasure, a break or a failure means for it, and batches.
 */
#pragma once

#include "telemetry/write/sink.h"
#include "telemetry/write/viewing_part.h"

#include <sqlite3.h>

/* A find and the add after it take the same values; the find uses the first of them. */
enum sink_statement {
    BEGIN,
    COMMIT,
    FIND_STORY,
    ADD_STORY,
    FIND_NODE,
    ADD_NODE,
    FIND_DECISION,
    ADD_DECISION,
    FIND_OPTION,
    ADD_OPTION,
    FIND_ENDING,
    ADD_ENDING,
    FIND_MENU,
    ADD_MENU,
    ADD_MENU_OPTION,
    FIND_TRAIT,
    ADD_TRAIT,
    FIND_PROP,
    ADD_PROP,
    ADD_OPTION_TRAIT,
    ADD_OPTION_PROP,
    ADD_NODE_PROP,
    FIND_VIEWER,
    ADD_VIEWER,
    FIND_VIEWING,
    ADD_VIEWING,
    READ_CONTROL,
    FIXED,
    ADD_EVENT = FIXED, /* + enum tel_kind */
    STATEMENTS = ADD_EVENT + TEL_KINDS,
};

/* Where the film stands. What an outcome or a leave refers to is found here. */
struct viewing_position {
    struct tel_story *story;
    struct tel_viewing *viewing;
    bool in_visit, in_exposure;
    struct sink_entry visit, exposure;  /* the latest; an exposure is over with its outcome */
    int64_t seq;                        /* of the latest event */
    bool continues;                     /* it is viewing->continues, which the store has, and not viewing->id */
    struct viewing_part part;           /* where it joins on; seq 0: it began with its own first event */
    int64_t store_mark;                 /* of the store that has the viewing; 0: none has */
    bool discarded;                     /* the viewing began during a pause or was erased: no more of it is written */
    int64_t missed, missed_at_us;       /* events of the pause that lasts, up to seq */
    bool visit_missed, exposure_missed; /* the latest one belongs to a pause: what ends it has nothing to refer to */
    int64_t left_behind;                /* events that stayed behind in stores that are gone */
};

struct sink {
    char *path, *vfs;
    int busy_ms;
    bool (*keep_waiting)(void *data);
    void *data;

    size_t first_field[TEL_KINDS]; /* in fields, where a kind's stand together */

    struct store *store; /* NULL: not open */
    sqlite3_stmt *sql[STATEMENTS];
    int64_t bound[TEL_KINDS]; /* the viewing that is bound to a kind's statement */

    struct viewing_position committed; /* as the last successful batch left it */
    struct viewing_position pending;   /* within a batch */
    bool recovering;                   /* what comes may have been written by somebody who was killed */
    bool replay;                       /* the batch before failed: parts of it may be there already */
    bool stale;                        /* ids below are not those of kept.story and kept.viewing in this store */

    int64_t store_mark, changed;  /* the store's control row, as the batch before saw it */
    bool paused, pause_announced; /* recording is; and it was said */

    int64_t story, viewing;                         /* ids in the store; 0: none */
    int64_t *nodes, *decisions, *options, *endings; /* by the caller's indices */
    GHashTable *menus;                              /* struct tel_menu -> id */
};

/* The end of one statement. REFUSED: our own data is at fault, trying again would not help. */
enum sink_status { SINK_DONE, SINK_REFUSED, SINK_FAILED };

/* Runs a statement that has no values. */
enum sink_status sink_exec(struct sink *s, enum sink_statement sql);

/* The statements of the store that is open. False: *error; some may be there. */
bool sink_prepare(struct sink *s, GError **error);
void sink_finalize(struct sink *s);

/* What is remembered of ids in the store goes. */
void sink_clear_ids(struct sink *s);

/* Ids of the story and viewing of `now`, looked up or added, into the sink; *added: the viewing was. */
enum sink_status sink_find_story(struct sink *s, int64_t *story);
enum sink_status sink_register_story(struct sink *s);
enum sink_status sink_register_viewing(struct sink *s, bool *added);

/* Is the viewing of `now` in the store? */
enum sink_status sink_has_viewing(struct sink *s, bool *has);

/* The id under which the store has, or shall have, the scene's viewing. */
const char *viewing_position_id(const struct viewing_position *pending);

/* The id of one of n that the caller knows by their index. */
enum sink_status sink_look_up(const int64_t *ids, int32_t n, int32_t index, int64_t *id);

/* One event of the viewing of `now`, as a row. */
enum sink_status sink_insert_event(struct sink *s, const struct sink_entry *e);

/* Once, before and after everything else. */
void sink_init_rows(struct sink *s);
void sink_free_rows(struct sink *s);
