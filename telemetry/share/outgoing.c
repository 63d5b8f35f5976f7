#include "telemetry/share/outgoing.h"

#include "base/embedded.h"
#include "base/json.h"
#include "base/sha256.h"
#include "telemetry/read/export.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <json-glib/json-glib.h>
#include <string.h>

static struct query begin_statement(struct store *s, const char *name, const struct destination *d)
{
    struct query q = query_begin(s, embedded_part("telemetry/share/outgoing.sql", name), "cannot be written");
    query_bind(&q, d->id);
    return q;
}

bool outgoing_prepare(struct store *s, GError **error)
{
    return query_execute(s, "PRAGMA synchronous=FULL", "cannot be written", error);
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

/* HMAC-SHA256 of an id under the destination's secret. */
static void sign(const struct destination *d, const uint8_t id[16], uint8_t out[WIRE_KEY_SIZE])
{
    sha256_keyed(d->secret, sizeof d->secret, id, 16, out);
}

/* An id that the same events always get: a batch that is sent once more is known by it. */
static void name_batch(struct wire_batch *b)
{
    const int64_t range[2] = {b->from, b->to};
    uint8_t named[sizeof b->key + sizeof range], digest[SHA256_SIZE];
    memcpy(named, b->key, sizeof b->key);
    memcpy(named + sizeof b->key, range, sizeof range);
    sha256(named, sizeof named, digest);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x80); /* UUID version 8: made by a rule of our own */
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    tel_id_text(digest, b->id);
}

static void sign_consent(struct wire_batch *b, const struct destination *d)
{
    sha256(d->text, strlen(d->text), b->consent);
    b->consent_language = wire_batch_text(b, d->language);
    b->answered_ms = d->answered_ms;
}

/* ---- from an export's lines -------------------------------------------------------------------------------------- */

struct collecting {
    const struct destination *d;
    struct wire_batch *batch;
    guint most;
};

/* The texts of an array as one; "" where there are none. Caller frees. */
static char *list_of(JsonObject *o, const char *name)
{
    GString *list = g_string_new(NULL);
    JsonNode *node = json_object_get_member(o, name);
    JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *item = json_array_get_element(array, i);
        const bool text = json_node_get_value_type(item) == G_TYPE_STRING;
        g_string_append_printf(list, "%s%s", i ? WIRE_SEPARATOR : "", text ? json_node_get_string(item) : "");
    }
    return g_string_free(list, FALSE);
}

static int32_t code_of(JsonObject *o, const char *name, const char *set)
{
    const char *word = json_get_text(o, name);
    return word ? (int32_t)wire_code_of_word(set, word) : TEL_NONE;
}

static void take_viewing(const struct collecting *c, JsonObject *o)
{
    struct wire_batch *b = c->batch;
    g_autofree char *arms = list_of(o, "arms");
    const char *hash = json_get_text(o, "story_hash"), *seed = json_get_text(o, "seed"),
               *viewer = json_get_text(o, "viewer"), *id = json_get_text(o, "viewing");
    b->story = wire_batch_text(b, json_get_text(o, "story"));
    b->version = wire_batch_text(b, json_get_text(o, "version"));
    b->story_hash = hash ? g_ascii_strtoull(hash, NULL, 16) : 0;
    b->seed = seed ? (int64_t)g_ascii_strtoull(seed, NULL, 10) : 0;
    b->started_ms = json_get_int(o, "started_ms", -1);
    b->mode = code_of(o, "mode", "MODE");
    b->chooser = code_of(o, "chooser", "CHOOSER");
    b->time_mode = (int32_t)json_get_int(o, "time_mode", -1);
    b->nth = (int32_t)json_get_int(o, "nth", 0);
    b->subtitles = (int32_t)json_get_int(o, "subtitles", TEL_NONE);
    b->engine = wire_batch_text(b, json_get_text(o, "engine"));
    b->language = wire_batch_text(b, json_get_text(o, "language"));
    b->channel = wire_batch_text(b, json_get_text(o, "channel"));
    b->arms = wire_batch_text(b, arms);
    g_strlcpy(b->viewing, id ? id : "", sizeof b->viewing);
    b->linked = viewer && g_uuid_string_is_valid(viewer);
    if (b->linked) {
        uint8_t bytes[16];
        tel_id_bytes(viewer, bytes);
        sign(c->d, bytes, b->viewer);
    }
}

static struct wire_value value_of(struct wire_batch *b, const struct wire_field *f, JsonObject *o)
{
    JsonNode *node = json_object_get_member(o, f->name);
    struct wire_value v = {.known = node && !JSON_NODE_HOLDS_NULL(node)};
    if (f->type == WIRE_NAMES) {
        g_autofree char *list = list_of(o, f->name);
        v.text = wire_batch_text(b, list);
    } else if (f->type == WIRE_NAME)
        v.text = wire_batch_text(b, json_get_text(o, f->name));
    else if (f->type == WIRE_CODE)
        v.number = code_of(o, f->name, f->set);
    else
        v.number = json_get_int(o, f->name, -1);
    return v;
}

/* `fields`: the object that has the event's own fields; of what is superseded, its body. */
static void take_event(const struct collecting *c, JsonObject *line, const char *kind, JsonObject *fields)
{
    struct wire_event e = {
        .kind = wire_kind_find(kind), .seq = json_get_int(line, "seq", -1), .at_ms = json_get_int(line, "at_ms", -1)};
    size_t n = 0;
    const struct wire_field *all = e.kind < TEL_KINDS ? wire_fields(e.kind, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        e.values[i] = value_of(c->batch, &all[i], fields);
    if (all)
        wire_batch_add(c->batch, &e);
}

/* An export's line. False: no more of them are wanted. */
static bool take_line(const char *text, void *data)
{
    struct collecting *c = data;
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    JsonObject *line = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *record = line ? json_get_text(line, "record") : NULL;
    if (!record)
        return true;
    JsonObject *body = json_get_object(line, "body");
    if (strcmp(record, "viewing") == 0)
        take_viewing(c, line);
    else if (strcmp(record, "superseded") == 0 && body)
        take_event(c, line, json_get_text(line, "kind"), body);
    else
        take_event(c, line, record, line);
    return c->batch->events->len < c->most;
}

/* ---- batches ----------------------------------------------------------------------------------------------------- */

static bool find_viewing(struct store *s, const struct destination *d, int64_t after, struct outgoing *o,
                         char id[TEL_ID_SIZE], GError **error)
{
    struct query q = begin_statement(s, "next_viewing", d);
    query_bind(&q, after);
    size_t size = 0;
    const uint8_t *uuid = query_next(&q) ? query_blob(&q, 1, &size) : NULL;
    if (uuid && size == 16) {
        o->viewing = query_number(&q, 0);
        o->acknowledged = query_number(&q, 2);
        sign(d, uuid, o->key);
        tel_id_text(uuid, id);
    }
    return query_end(&q, error);
}

static void complete(struct outgoing *o, const struct destination *d)
{
    struct wire_batch *b = o->batch;
    memcpy(b->key, o->key, sizeof b->key);
    b->from = o->acknowledged + 1;
    b->to = b->events->len > 0 ? g_array_index(b->events, struct wire_event, b->events->len - 1).seq : 0;
    b->sent_ms = g_get_real_time() / 1000;
    sign_consent(b, d);
    name_batch(b);
    (void)wire_batch_check(b, &o->fault);
}

bool outgoing_next(struct store *s, const struct destination *d, int64_t after, guint most, struct outgoing *o,
                   GError **error)
{
    char id[TEL_ID_SIZE] = "";
    assert(d->has_secret && d->text && d->language && most > 0);
    *o = (struct outgoing){0};
    if (!find_viewing(s, d, after, o, id, error))
        return false;
    if (o->viewing == 0)
        return true;
    o->batch = wire_batch_new();
    struct collecting c = {d, o->batch, MIN(most, WIRE_EVENTS_MAX)};
    const struct read_filter which = {.viewing = id};
    const struct export_options options = {.format = EXPORT_JSONL, .superseded = true, .from = o->acknowledged + 1};
    GError *failure = NULL;
    if (!export_viewings(s, &which, &options, take_line, &c, &failure) && failure) {
        const bool erased = g_error_matches(failure, STORE_ERROR, STORE_ERROR_NOT_FOUND);
        if (!erased)
            g_propagate_error(error, g_steal_pointer(&failure));
        g_clear_error(&failure);
        outgoing_clear(o);
        return erased && outgoing_next(s, d, after, most, o, error);
    }
    complete(o, d);
    return true;
}

void outgoing_clear(struct outgoing *o)
{
    wire_batch_free(o->batch);
    *o = (struct outgoing){0};
}

/* ---- notes ------------------------------------------------------------------------------------------------------- */

static struct query begin_note(struct store *s, const char *name, const struct destination *d, const struct outgoing *o)
{
    struct query q = begin_statement(s, name, d);
    query_bind(&q, o->viewing);
    query_bind_blob(&q, o->key, sizeof o->key);
    return q;
}

bool outgoing_offer(struct store *s, const struct destination *d, const struct outgoing *o, bool *offered,
                    GError **error)
{
    uint8_t uuid[16];
    tel_id_bytes(o->batch->viewing, uuid);
    struct query q = begin_note(s, "offer", d, o);
    query_bind(&q, o->batch->to);
    query_bind_blob(&q, uuid, sizeof uuid);
    *offered = query_next(&q);
    return query_run(&q, error);
}

bool outgoing_acknowledge(struct store *s, const struct destination *d, const struct outgoing *o, int64_t acknowledged,
                          GError **error)
{
    struct query q = begin_note(s, "acknowledge", d, o);
    query_bind(&q, MAX(acknowledged, 0));
    return query_run(&q, error);
}

bool outgoing_refuse(struct store *s, const struct destination *d, const struct outgoing *o, const char *why,
                     GError **error)
{
    struct query q = begin_note(s, "refuse", d, o);
    query_bind_text(&q, why);
    return query_run(&q, error);
}

/* ---- erasures ---------------------------------------------------------------------------------------------------- */

bool outgoing_standing(struct store *s, const struct destination *d, struct outgoing_standing *standing, GError **error)
{
    struct query q = begin_statement(s, "standing", d);
    *standing = (struct outgoing_standing){0};
    if (query_next(&q))
        *standing = (struct outgoing_standing){query_number(&q, 0), query_number(&q, 1), query_number(&q, 2),
                                               query_number(&q, 3)};
    return query_end(&q, error);
}

GArray *outgoing_erasures(struct store *s, const struct destination *d, guint most, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(struct wire_erasure));
    struct query q = begin_statement(s, "erasures", d);
    query_bind(&q, MIN(most, WIRE_ERASURES_MAX));
    while (query_next(&q)) {
        size_t size = 0;
        const uint8_t *key = query_blob(&q, 1, &size);
        struct wire_erasure e = {0};
        if (!query_id(&q, 0, e.viewing) || size != sizeof e.key)
            continue;
        memcpy(e.key, key, sizeof e.key);
        g_array_append_val(all, e);
    }
    return query_end(&q, error) ? g_steal_pointer(&all) : NULL;
}

static bool confirm_one(struct store *s, const struct destination *d, const struct wire_erasure *e, GError **error)
{
    uint8_t uuid[16];
    tel_id_bytes(e->viewing, uuid);
    struct query q = begin_statement(s, "confirm", d);
    query_bind_blob(&q, uuid, sizeof uuid);
    return query_run(&q, error);
}

static bool count_confirmed(struct store *s, const struct destination *d, int64_t n, int64_t latest_ms, GError **error)
{
    struct query q = begin_statement(s, "count_confirmed", d);
    query_bind(&q, n);
    query_bind(&q, latest_ms);
    return query_run(&q, error);
}

static bool confirm_all(struct store *s, const struct destination *d, const GArray *erasures, int64_t *done,
                        GError **error)
{
    int64_t latest_ms = 0;
    bool good = query_execute(s, "BEGIN IMMEDIATE", "cannot be written", error);
    *done = 0;
    for (guint i = 0; good && i < erasures->len; i++) {
        const struct wire_erasure *e = &g_array_index(erasures, struct wire_erasure, i);
        if (e->confirmed_ms > 0 || e->refused != WIRE_TAKEN)
            good = confirm_one(s, d, e, error);
        *done += e->confirmed_ms > 0;
        latest_ms = MAX(latest_ms, e->confirmed_ms);
    }
    good = good && (*done == 0 || count_confirmed(s, d, *done, latest_ms, error));
    return query_commit(s, good, "cannot be written", error);
}

/* Ids of what was erased are overwritten, too. */
bool outgoing_confirm(struct store *s, const struct destination *d, const GArray *erasures, int64_t *done,
                      GError **error)
{
    if (!query_execute(s, "PRAGMA secure_delete=ON", "cannot be written", error))
        return false;
    const bool good = confirm_all(s, d, erasures, done, error);
    (void)query_execute(s, "PRAGMA secure_delete=OFF", "cannot be written", NULL);
    return good;
}
