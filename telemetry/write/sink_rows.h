/*
 * sink_rows: the tables as the writer's thread needs them: what a story is made of is looked up or added, and an event
 * becomes a row. sink.c knows when; this file knows how.
 *
 * Order: sink_rows_init(); sink_rows_prepare() once a store is open; everything else inside a transaction
 * (SINK_ROWS_BEGIN … SINK_ROWS_COMMIT); sink_rows_finalize() before the store is closed; sink_rows_clear(). Ids that
 * the store has given are remembered until sink_rows_forget_ids(): whenever somebody else may have taken rows away,
 * they are to be forgotten. The writer's thread only.
 */
#pragma once

#include "telemetry/write/viewing_position.h"

#include <glib.h>

struct sqlite3_stmt;

enum sink_rows_sql {
    SINK_ROWS_BEGIN,
    SINK_ROWS_COMMIT,
    SINK_ROWS_FIND_STORY, /* a find and the add after it take the same values; the find uses the first of them */
    SINK_ROWS_ADD_STORY,
    SINK_ROWS_FIND_NODE,
    SINK_ROWS_ADD_NODE,
    SINK_ROWS_FIND_DECISION,
    SINK_ROWS_ADD_DECISION,
    SINK_ROWS_FIND_OPTION,
    SINK_ROWS_ADD_OPTION,
    SINK_ROWS_FIND_ENDING,
    SINK_ROWS_ADD_ENDING,
    SINK_ROWS_FIND_MENU,
    SINK_ROWS_ADD_MENU,
    SINK_ROWS_FIND_TRAIT,
    SINK_ROWS_ADD_TRAIT,
    SINK_ROWS_FIND_PROP,
    SINK_ROWS_ADD_PROP,
    SINK_ROWS_FIND_ARM,
    SINK_ROWS_ADD_ARM,
    SINK_ROWS_FIND_VIEWER,
    SINK_ROWS_ADD_VIEWER,
    SINK_ROWS_FIND_VIEWING,
    SINK_ROWS_ADD_VIEWING,
    SINK_ROWS_ADD_MENU_OPTION,
    SINK_ROWS_ADD_OPTION_TRAIT,
    SINK_ROWS_ADD_OPTION_PROP,
    SINK_ROWS_ADD_NODE_PROP,
    SINK_ROWS_ADD_FORGET,
    SINK_ROWS_ADD_FILM_LEFT,
    SINK_ROWS_ADD_VIEWING_ARM,
    SINK_ROWS_SHOW_LIFE,
    SINK_ROWS_END_LIFE,
    SINK_ROWS_READ_CONTROL,
    SINK_ROWS_FIXED,
    SINK_ROWS_ADD_EVENT = SINK_ROWS_FIXED, /* + enum tel_kind */
    SINK_ROWS_STATEMENTS = SINK_ROWS_ADD_EVENT + TEL_KINDS,
};

struct sink_rows {
    struct store *store;                                   /* borrowed; NULL: none is open */
    bool may_repeat;                                       /* an event may be there already: that is no mistake */
    int64_t story, viewing;                                /* ids in the store; 0: not known, or there is none */
    int64_t *nodes, *decisions, *options, *endings, *arms; /* ids, by the caller's indices */
    GHashTable *menus;                                     /* struct tel_menu -> id */
    struct sqlite3_stmt *sql[SINK_ROWS_STATEMENTS];
    int64_t bound[TEL_KINDS];      /* the viewing that is bound to a kind's statement */
    size_t first_field[TEL_KINDS]; /* of the fields that the registry lists, where a kind's begin */
};

/* How one statement ended. REFUSED: the data makes no sense, and trying again would not help. */
enum sink_status { SINK_DONE, SINK_REFUSED, SINK_FAILED };

/* The store's control row as the writer sees it. */
struct sink_control {
    int64_t store_mark, changed;
    bool paused;
};

void sink_rows_init(struct sink_rows *r);
void sink_rows_clear(struct sink_rows *r);

/* Asserts what holds between two calls. Returns true. */
bool sink_rows_check(const struct sink_rows *r);

/* Prepares all statements on a store. False and error on failure; some may be there then, for sink_rows_finalize(). */
bool sink_rows_prepare(struct sink_rows *r, struct store *store, GError **error);
void sink_rows_finalize(struct sink_rows *r);

void sink_rows_forget_ids(struct sink_rows *r);
void sink_rows_forget_menus(struct sink_rows *r);

/* Runs a statement that takes no values. */
enum sink_status sink_rows_run(struct sink_rows *r, enum sink_rows_sql sql);

enum sink_status sink_rows_read_control(struct sink_rows *r, struct sink_control *control);

/* Looks a story up, or adds it: its own row only, or with everything that it consists of. */
enum sink_status sink_rows_find_story(struct sink_rows *r, const struct tel_story *story);
enum sink_status sink_rows_register_story(struct sink_rows *r, const struct tel_story *story);

/* Looks the position's viewing up, or adds it. *added: it was. */
enum sink_status sink_rows_register_viewing(struct sink_rows *r, const struct viewing_position *at, bool *added);

/* Whether the store has the position's viewing. */
enum sink_status sink_rows_has_viewing(struct sink_rows *r, const struct viewing_position *at, bool *has);

/* The position's viewing plays now. In a transaction or outside. */
enum sink_status sink_rows_show_life(struct sink_rows *r, const struct viewing_position *at, int64_t now_ms);

/* The id of a registered story's node. */
enum sink_status sink_rows_look_up_node(const struct sink_rows *r, const struct tel_story *story, int32_t node,
                                        int64_t *id);

/* One event of the position's viewing, as a row. What a leave or an outcome ends is found in the position. */
enum sink_status sink_rows_insert_event(struct sink_rows *r, const struct viewing_position *at,
                                        const struct sink_entry *e);
