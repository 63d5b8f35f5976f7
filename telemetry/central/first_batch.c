#include "telemetry/central/first_batch.h"

#include "base/hex.h"
#include "base/sha256.h"
#include "telemetry/central/engine.h"
#include "telemetry/central/rows.h"
#include "telemetry/collect/dating.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- what may be taken ------------------------------------------------------------------------------------------- */

bool first_batch_is(const struct wire_batch *b)
{
    for (guint i = 0; i < b->events->len; i++)
        if (g_array_index(b->events, struct wire_event, i).kind == TEL_RESUME)
            return false;
    return b->from == 1;
}

static const struct wire_value *value(const struct wire_event *e, const char *name)
{
    return &e->values[wire_field_find(e->kind, name)];
}

/* A visit ends once, an exposure and the viewing, too. That what they refer to is there was checked with the names. */
static bool ends_anew(const struct wire_event *e, GHashTable *ended)
{
    static const int64_t viewing = 0;
    if (e->kind == TEL_LEAVE)
        return g_hash_table_add(ended, (int64_t *)(uintptr_t)&value(e, "visit")->number);
    if (e->kind == TEL_OUTCOME)
        return g_hash_table_add(ended, (int64_t *)(uintptr_t)&value(e, "exposure")->number);
    return e->kind != TEL_FINISH || g_hash_table_add(ended, (int64_t *)(uintptr_t)&viewing);
}

static bool judge(const struct wire_batch *b, struct wire_refusal *refusal)
{
    g_autoptr(GHashTable) ended = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < b->events->len; i++) {
        const struct wire_event *e = &g_array_index(b->events, struct wire_event, i);
        if (!ends_anew(e, ended))
            return wire_refuse(refusal, WIRE_NO_REFERENCE, DESTINATION_NO_REFERENCE, e->seq);
    }
    return true;
}

/* ---- as SQLite would write it ------------------------------------------------------------------------------------ */

/* Texts were checked to be UTF-8 without control characters. */
static void put_text(GString *json, const char *text)
{
    g_string_append_c(json, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(json, '\\');
        g_string_append_c(json, *c);
    }
    g_string_append_c(json, '"');
}

/* `first`: of an object. */
static void put_name(GString *json, bool first, const char *name)
{
    g_string_append_c(json, first ? '{' : ',');
    put_text(json, name);
    g_string_append_c(json, ':');
}

static void put_member_number(GString *json, bool first, const char *name, bool known, int64_t n)
{
    put_name(json, first, name);
    if (known)
        engine_put_number(json, n);
    else
        g_string_append(json, "null");
}

static void put_member_text(GString *json, bool first, const char *name, const char *text)
{
    put_name(json, first, name);
    if (text)
        put_text(json, text);
    else
        g_string_append(json, "null");
}

/* Those names of the list `shown` that the list `wanted` has as well. */
static void put_names(GString *json, const char *shown, const char *wanted)
{
    g_auto(GStrv) all = g_strsplit(shown, WIRE_SEPARATOR, -1), some = g_strsplit(wanted, WIRE_SEPARATOR, -1);
    bool first = true;
    g_string_append_c(json, '[');
    for (guint i = 0; all[i]; i++) {
        if (!g_strv_contains((const char *const *)some, all[i]))
            continue;
        if (!first)
            g_string_append_c(json, ',');
        put_text(json, all[i]);
        first = false;
    }
    g_string_append_c(json, ']');
}

static void put_field(GString *json, const struct wire_event *e, const struct wire_field *f, const struct wire_value *v)
{
    const bool first = v == e->values;
    if (f->type == WIRE_NUMBER || f->type == WIRE_CODE)
        put_member_number(json, first, f->name, v->known, v->number);
    else if (f->type == WIRE_NAME)
        put_member_text(json, first, f->name, v->known ? v->text : NULL);
    else {
        put_name(json, first, f->name);
        put_names(json, value(e, "menu")->text, v->text); /* what is locked stands in the menu's order */
    }
}

static void put_body(GString *json, const struct wire_event *e)
{
    size_t n;
    const struct wire_field *fields = wire_fields(e->kind, &n);
    g_string_truncate(json, 0);
    for (size_t i = 0; i < n; i++)
        put_field(json, e, &fields[i], &e->values[i]);
    g_string_append_c(json, '}');
}

static int compare_arms(const void *a, const void *b, void *story)
{
    const struct tel_arm *all = ((const struct tel_story *)story)->arms;
    const struct tel_arm *x = &all[*(const int32_t *)a], *y = &all[*(const int32_t *)b];
    const int experiment = strcmp(x->experiment, y->experiment);
    return experiment != 0 ? experiment : strcmp(x->name, y->name);
}

static void put_arms(GString *json, const struct tel_story *story, const struct wire_batch *b)
{
    struct tel_viewing v = {0};
    wire_arms(story, b, &v);
    g_qsort_with_data(v.arms, v.n_arms, sizeof v.arms[0], compare_arms, (struct tel_story *)(uintptr_t)story);
    put_name(json, false, "arms");
    g_string_append_c(json, '[');
    for (int32_t i = 0; i < v.n_arms; i++) {
        g_string_append(json, i > 0 ? ",[" : "[");
        put_text(json, story->arms[v.arms[i]].experiment);
        g_string_append_c(json, ',');
        put_text(json, story->arms[v.arms[i]].name);
        g_string_append_c(json, ']');
    }
    g_string_append_c(json, ']');
}

/* `started_ms`: as it is dated. */
static void put_viewing(GString *json, const struct tel_story *story, const struct wire_batch *b, int64_t started_ms)
{
    char viewer[2 * 16 + 1];
    hex_print(b->viewer, 16, viewer); /* as much of it as a viewing keeps */
    put_member_number(json, true, "started_ms", true, started_ms);
    put_member_number(json, false, "device_ms", started_ms != b->started_ms, b->started_ms);
    put_member_number(json, false, "mode", true, b->mode);
    put_member_number(json, false, "chooser", true, b->chooser);
    put_member_number(json, false, "time_mode", true, b->time_mode);
    put_member_number(json, false, "seed", true, b->seed);
    put_member_text(json, false, "engine", b->engine);
    put_member_text(json, false, "viewer", b->linked ? viewer : NULL);
    put_member_number(json, false, "nth", b->nth > 0, b->nth);
    put_member_text(json, false, "language", b->language);
    put_member_number(json, false, "subtitles", b->subtitles != TEL_NONE, b->subtitles);
    put_member_text(json, false, "channel", b->channel);
    put_arms(json, story, b);
    g_string_append(json, ",\"superseded\":[]}");
}

static void put_consent(GString *json, const struct collect_item *item)
{
    const struct wire_batch *b = item->batch;
    char text[2 * WIRE_KEY_SIZE + 1];
    hex_print(b->consent, WIRE_KEY_SIZE, text);
    put_member_text(json, true, "text", text);
    put_member_text(json, false, "language", b->consent_language);
    put_member_number(json, false, "answered_ms", true, b->answered_ms);
    put_member_number(json, false, "clock_ms", true, item->received_ms - b->sent_ms);
    g_string_append_c(json, '}');
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void put_events(GString *events, const struct wire_batch *b, guint month, const char *key, int64_t now_ms)
{
    g_autoptr(GString) body = g_string_new(NULL);
    for (guint i = 0; i < b->events->len; i++) {
        const struct wire_event *e = &g_array_index(b->events, struct wire_event, i);
        put_body(body, e);
        const struct rows_event event = {e->seq, e->at_ms, wire_kind_name(e->kind), body->str};
        rows_put_event(events, month, b->viewing, key, now_ms, &event);
    }
}

void first_batch_take(const struct tel_story *story, struct collect_item *item, int64_t now_ms, GString *events,
                      GString *headers)
{
    const struct wire_batch *b = item->batch;
    uint8_t hash[SHA256_SIZE];
    char key[2 * SHA256_SIZE + 1];
    assert(first_batch_is(b));
    item->refusal = (struct wire_refusal){0};
    if (!judge(b, &item->refusal))
        return;
    sha256(b->key, WIRE_KEY_SIZE, hash);
    hex_print(hash, sizeof hash, key);
    const int64_t started_ms = dating_start(b->started_ms, b->sent_ms, item->received_ms);
    const guint month = rows_month(b->viewing, started_ms != b->started_ms, started_ms);
    put_events(events, b, month, key, now_ms);
    g_autoptr(GString) body = g_string_new(NULL), consent = g_string_new(NULL);
    put_viewing(body, story, b, started_ms);
    put_consent(consent, item);
    const struct rows_header h = {(char *)(uintptr_t)b->viewing, month, (int64_t)story->hash, b->to, key, body->str};
    rows_put_header(headers, &h, consent->str, now_ms);
    item->acknowledged = b->to;
}
