/*
 * rows: viewings as lines of the engine's tables, out of a store and into one.
 *
 * A viewing is a header and its events, each in the form in which a store keeps what a resume supersedes
 * (telemetry/store/supersede.sql): kind and columns as JSON, with the names of the story for ids. So a line is the same whatever
 * store it comes from, and stays the same when its event is superseded later: the header says which are. On the store's thread.
 */
#pragma once

#include "telemetry/central/film.h"
#include "telemetry/store/query.h"

/* Of one viewing of a store. Texts are owned; rows_header_clear(). */
struct rows_header {
    char *id;      /* UUID */
    guint month;   /* in which it began, as 202611; 0: no clock that was right can have said so */
    int64_t story; /* the hash of its version */
    int64_t upto;  /* the number of its last event */
    char *key;     /* what an erasure is proved by, in hex, or "" */
    char *body;    /* the viewing's columns */
};

void rows_header_clear(struct rows_header *h);
void rows_header_free(void *header); /* of one that was allocated, for GLib */

/* The month of a viewing, which all its rows have, as 202611: by its own id or, where a collector told when it began (redated), by that. 0: no
 * clock that was right can have said so. */
guint rows_month(const char *id, bool redated, int64_t started_ms);

/* Reads viewings of a store, any number of them; it goes before the store is closed. */
struct rows_reader *rows_reader_new(struct store *s);
void rows_reader_free(struct rows_reader *r); /* accepts NULL */

/*
 * Appends a line to `events` for each event of the viewing after number `after`, and fills *h. `key`: what an erasure is proved by, in hex,
 * or "". `received_ms`: when these events came. False and error also where there is no such viewing; rows_header_clear() *h in any case.
 */
bool rows_read(struct rows_reader *r, int64_t viewing, int64_t after, const char *key, int64_t received_ms,
               struct rows_header *h, GString *events, GError **error);

struct rows_event {
    int64_t seq, at_ms;
    const char *kind, *body;
};

/* Appends the line of an event of the viewing `id`, whose month is rows_month(). */
void rows_put_event(GString *events, guint month, const char *id, const char *key, int64_t received_ms,
                    const struct rows_event *e);

/* Appends the header's line. `consent`: what a collector keeps of the viewer's consent, or "". */
void rows_put_header(GString *headers, const struct rows_header *h, const char *consent, int64_t received_ms);

/* Begins to bring viewings into a store, in a transaction of the caller's. Then each viewing and its events, in any order; then
 * rows_write_end(). */
bool rows_write_begin(struct store *s, GError **error);

/* `film`: of the viewing's version in this store. *viewing: its number in the store. */
bool rows_write_viewing(struct store *s, const struct rows_header *h, const struct film_base *film, int64_t *viewing,
                        GError **error);

/* What any number of events are written with, behind rows_write_begin(); query_end() comes before rows_write_end(). */
struct query rows_events_begin(struct store *s);
bool rows_write_event(struct query *events, int64_t viewing, const struct rows_event *e, GError **error);

bool rows_write_end(struct store *s, GError **error);
