#include "telemetry/central/rows.h"

#include "base/embedded.h"
#include "base/hex.h"
#include "base/units.h"
#include "telemetry/central/engine.h"
#include "telemetry/record.h"
#include "telemetry/store/supersede.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_YEAR 2020 /* no film was recorded before */
#define LAST_YEAR  2100

static const char doing[] = "cannot be turned into rows";

static struct query begin(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/central/rows.sql", name), doing);
}

void rows_header_clear(struct rows_header *h)
{
    g_clear_pointer(&h->id, g_free);
    g_clear_pointer(&h->key, g_free);
    g_clear_pointer(&h->body, g_free);
}

void rows_header_free(void *header)
{
    rows_header_clear(header);
    g_free(header);
}

static guint month_of(int64_t ms)
{
    g_autoptr(GDateTime) began = g_date_time_new_from_unix_utc(ms / 1000);
    if (!began || g_date_time_get_year(began) < FIRST_YEAR || g_date_time_get_year(began) > LAST_YEAR)
        return 0;
    return (guint)(g_date_time_get_year(began) * 100 + g_date_time_get_month(began));
}

guint rows_month(const char *id, bool redated, int64_t started_ms)
{
    char digits[13] = {0};
    memcpy(digits, id, 8);
    memcpy(digits + 8, id + 9, 4);
    if (redated)
        return month_of(started_ms);
    return id[14] == '7' ? month_of((int64_t)g_ascii_strtoull(digits, NULL, 16)) : 0;
}

/* ---- out of a store ---------------------------------------------------------------------------------------------- */

struct rows_reader {
    struct query header, events; /* compiled once */
};

struct rows_reader *rows_reader_new(struct store *s)
{
    struct rows_reader *r = g_new(struct rows_reader, 1);
    g_autofree char *all = supersede_all_query();
    g_autofree char *sql = g_strconcat(all, "\n", embedded_part("telemetry/central/rows.sql", "gaps"), NULL);
    r->header = begin(s, "header");
    r->events = query_begin(s, sql, doing);
    return r;
}

void rows_reader_free(struct rows_reader *r)
{
    if (!r)
        return;
    (void)query_end(&r->header, NULL);
    (void)query_end(&r->events, NULL);
    g_free(r);
}

static bool read_header(struct rows_reader *r, int64_t viewing, struct rows_header *h, GError **error)
{
    struct query *q = &r->header;
    query_bind(q, viewing);
    size_t size = 0;
    const uint8_t *uuid = query_next(q) ? query_blob(q, 0, &size) : NULL;
    if (uuid && size == 16) {
        h->id = g_malloc0(TEL_ID_SIZE);
        tel_id_text(uuid, h->id);
        h->story = query_number(q, 1);
        h->month = rows_month(h->id, !query_is_null(q, 2), query_number_or(q, 2, 0));
        h->body = query_copy_text(q, 3);
    }
    return query_reset(q, error);
}

/* Columns of the query for events. */
enum { EVENT_SEQ = 1, EVENT_AT_MS, EVENT_KIND, EVENT_BODY };

void rows_put_event(GString *events, guint month, const char *id, const char *key, int64_t received_ms,
                    const struct rows_event *e)
{
    engine_field_number(events, true, month);
    engine_field(events, false, id);
    engine_field_number(events, false, e->seq);
    engine_field(events, false, key);
    engine_field(events, false, e->kind);
    engine_field_number(events, false, e->at_ms);
    engine_field_number(events, false, received_ms);
    engine_field(events, false, e->body);
    g_string_append_c(events, '\n');
}

static bool read_events(struct rows_reader *r, int64_t viewing, int64_t after, int64_t received_ms,
                        struct rows_header *h, GString *events, GError **error)
{
    struct query *q = &r->events;
    query_bind(q, viewing);
    query_bind(q, 0);
    while (query_next(q)) {
        h->upto = query_number(q, EVENT_SEQ);
        const struct rows_event e = {h->upto, query_number(q, EVENT_AT_MS), query_text(q, EVENT_KIND),
                                     query_text(q, EVENT_BODY)};
        if (h->upto > after)
            rows_put_event(events, h->month, h->id, h->key, received_ms, &e);
    }
    return query_reset(q, error);
}

bool rows_read(struct rows_reader *r, int64_t viewing, int64_t after, const char *key, int64_t received_ms,
               struct rows_header *h, GString *events, GError **error)
{
    *h = (struct rows_header){.key = g_strdup(key)};
    if (!read_header(r, viewing, h, error))
        return false;
    if (!h->id) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_DAMAGED, "viewing %" G_GINT64_FORMAT " is not there, or has no id",
                    viewing);
        return false;
    }
    return read_events(r, viewing, after, received_ms, h, events, error);
}

void rows_put_header(GString *headers, const struct rows_header *h, const char *consent, int64_t received_ms)
{
    engine_field_number(headers, true, h->month);
    engine_field(headers, false, h->id);
    engine_field_number(headers, false, h->upto);
    engine_field_number(headers, false, h->story);
    engine_field(headers, false, h->key);
    engine_field_number(headers, false, received_ms);
    engine_field(headers, false, consent);
    engine_field(headers, false, h->body);
    g_string_append_c(headers, '\n');
}

/* ---- into a store ------------------------------------------------------------------------------------------------ */

bool rows_write_begin(struct store *s, GError **error)
{
    return query_execute(s, embedded_part("telemetry/central/rows.sql", "prepare"), doing, error);
}

/* *viewer: the number of the header's viewer, who is added where they are new; 0: it names none. */
static bool write_viewer(struct store *s, const struct rows_header *h, int64_t *viewer, GError **error)
{
    uint8_t uuid[16];
    struct query q = begin(s, "viewer_of");
    query_bind_text(&q, h->body);
    const char *text = query_next(&q) ? query_text(&q, 0) : NULL;
    const bool has = text && hex_parse(text, sizeof uuid, uuid);
    *viewer = 0;
    if (!query_end(&q, error))
        return false;
    if (!has)
        return true;
    struct query add = begin(s, "add_viewer");
    query_bind_blob(&add, uuid, sizeof uuid);
    if (!query_run(&add, error))
        return false;
    struct query find = begin(s, "find_viewer");
    query_bind_blob(&find, uuid, sizeof uuid);
    *viewer = query_next(&find) ? query_number(&find, 0) : 0;
    return query_end(&find, error);
}

static bool write_list(struct store *s, const char *name, int64_t viewing, const char *body, const int64_t *story,
                       GError **error)
{
    struct query q = begin(s, name);
    query_bind(&q, viewing);
    query_bind_text(&q, body);
    if (story)
        query_bind(&q, *story);
    return query_run(&q, error);
}

bool rows_write_viewing(struct store *s, const struct rows_header *h, const struct film_base *film, int64_t *viewing,
                        GError **error)
{
    uint8_t uuid[16];
    int64_t viewer;
    const int64_t story = film->story + 1;
    tel_id_bytes(h->id, uuid);
    if (!write_viewer(s, h, &viewer, error))
        return false;
    struct query q = begin(s, "add_viewing");
    query_bind_blob(&q, uuid, sizeof uuid);
    query_bind(&q, story);
    query_bind_text(&q, h->body);
    query_bind_or_null(&q, viewer > 0, viewer);
    *viewing = query_next(&q) ? query_number(&q, 0) : 0;
    return query_end(&q, error) && write_list(s, "add_arms", *viewing, h->body, &story, error) &&
           write_list(s, "add_gone", *viewing, h->body, NULL, error);
}

struct query rows_events_begin(struct store *s)
{
    return begin(s, "add_event");
}

bool rows_write_event(struct query *events, int64_t viewing, const struct rows_event *e, GError **error)
{
    query_bind(events, viewing);
    query_bind(events, e->seq);
    query_bind(events, e->at_ms);
    query_bind_text(events, e->kind);
    query_bind_text(events, e->body);
    (void)query_next(events);
    return query_reset(events, error);
}

bool rows_write_end(struct store *s, GError **error)
{
    return query_execute(s, embedded_part("telemetry/central/rows.sql", "take"), doing, error);
}
