#include "telemetry/wire/batch.h"
#include "telemetry/wire/members.h"

#include <assert.h>

static int64_t read_code(struct wire_members *m, const char *name, const char *set, bool *known)
{
    const char *word = wire_text(m, name, known);
    if (known && !*known)
        return TEL_NONE;
    const int64_t code = wire_code_of_word(set, word);
    if (code < 0)
        wire_mistake(m, name, "one of the registry's words");
    return code;
}

static void read_value(struct wire_batch *b, struct wire_members *m, const struct wire_field *f, struct wire_value *v)
{
    bool *known = f->may_be_empty ? &v->known : NULL;
    v->known = true;
    switch (f->type) {
    case WIRE_NUMBER:
        v->number = wire_number(m, f->name, known);
        break;
    case WIRE_CODE:
        v->number = read_code(m, f->name, f->set, known);
        break;
    case WIRE_NAME:
        v->text = wire_batch_text(b, wire_text(m, f->name, known));
        break;
    case WIRE_NAMES: {
        g_autofree char *list = wire_list(m, f->name, TEL_OPTIONS_MAX);
        v->text = wire_batch_text(b, list);
        break;
    }
    }
    if (!v->known)
        v->text = NULL;
}

static void read_event(struct wire_batch *b, struct wire_members *m)
{
    struct wire_event e = {.kind = wire_kind_find(wire_text(m, "event", NULL))};
    if (e.kind == TEL_KINDS) {
        wire_mistake(m, "event", "a kind of event that the registry knows");
        return;
    }
    size_t n;
    const struct wire_field *fields = wire_fields(e.kind, &n);
    e.seq = wire_number(m, "seq", NULL);
    e.at_ms = wire_number(m, "at_ms", NULL);
    for (size_t i = 0; i < n; i++)
        read_value(b, m, &fields[i], &e.values[i]);
    wire_members_end(m);
    g_array_append_val(b->events, e);
}

static void read_events(struct wire_batch *b, struct wire_members *m)
{
    struct wire_array array = wire_array(m, "events");
    if (array.n > WIRE_EVENTS_MAX)
        wire_mistake(m, "events", "a shorter list");
    for (guint i = 0; array.n > 0 && !*m->failed; i++) {
        struct wire_members one = wire_element(&array, "events", i, m);
        read_event(b, &one);
    }
}

static void read_id(struct wire_members *m, const char *name, char id[TEL_ID_SIZE])
{
    const char *text = wire_text(m, name, NULL);
    g_autofree char *low = g_ascii_strdown(text, -1);
    if (!g_uuid_string_is_valid(low) || !g_str_equal(low, text))
        wire_mistake(m, name, "a UUID in small letters");
    else
        g_strlcpy(id, low, TEL_ID_SIZE);
}

static const char *read_text(struct wire_batch *b, struct wire_members *m, const char *name, bool may_be_empty)
{
    bool known = true;
    const char *text = wire_text(m, name, may_be_empty ? &known : NULL);
    return known ? wire_batch_text(b, text) : NULL;
}

static void read_story(struct wire_batch *b, struct wire_members *m)
{
    uint8_t hash[8] = {0};
    b->story = read_text(b, m, "id", false);
    b->version = read_text(b, m, "version", false);
    wire_bytes(m, "hash", NULL, hash, sizeof hash);
    for (size_t i = 0; i < sizeof hash; i++)
        b->story_hash = b->story_hash << 8 | hash[i];
    wire_members_end(m);
}

static void read_consent(struct wire_batch *b, struct wire_members *m)
{
    wire_bytes(m, "text", NULL, b->consent, sizeof b->consent);
    b->consent_language = read_text(b, m, "language", false);
    b->answered_ms = wire_number(m, "answered_ms", NULL);
    wire_members_end(m);
}

static int64_t read_seed(struct wire_members *m)
{
    guint64 seed = 0;
    if (!g_ascii_string_to_unsigned(wire_text(m, "seed", NULL), 10, 0, G_MAXUINT64, &seed, NULL))
        wire_mistake(m, "seed", "64 bits as a decimal number in a text");
    return (int64_t)seed;
}

/* A small number that may be null. */
static int32_t read_small(struct wire_members *m, const char *name, int32_t none)
{
    bool known;
    const int64_t n = wire_number(m, name, &known);
    if (known && (n < 0 || n > G_MAXINT32))
        wire_mistake(m, name, "a smaller number");
    return known ? (int32_t)n : none;
}

static void read_viewing(struct wire_batch *b, struct wire_members *m)
{
    read_id(m, "id", b->viewing);
    b->started_ms = wire_number(m, "started_ms", NULL);
    b->mode = (int32_t)read_code(m, "mode", "MODE", NULL);
    b->chooser = (int32_t)read_code(m, "chooser", "CHOOSER", NULL);
    b->time_mode = read_small(m, "time_mode", -1);
    b->seed = read_seed(m);
    b->engine = read_text(b, m, "engine", false);
    b->nth = read_small(m, "nth", 0);
    b->language = read_text(b, m, "language", true);
    b->subtitles = read_small(m, "subtitles", TEL_NONE);
    b->channel = read_text(b, m, "channel", true);
    g_autofree char *arms = wire_list(m, "arms", TEL_VIEWING_ARMS);
    b->arms = wire_batch_text(b, arms);
    wire_members_end(m);
}

/* Without it there is nothing to talk about, so it is looked at first. */
static bool has_consent(const struct wire_document *d, struct wire_refusal *refusal)
{
    bool failed = false;
    struct wire_refusal none = {0};
    struct wire_members m = wire_document_members(d, &failed, &none);
    wire_object(&m, "consent");
    return !failed || wire_refuse(refusal, WIRE_NO_CONSENT, "consent is missing");
}

static bool has_format(struct wire_members *m)
{
    const int64_t format = wire_number(m, "format", NULL);
    return *m->failed || format == WIRE_FORMAT ||
           wire_refuse(m->refusal, WIRE_NO_FORMAT, "format %" G_GINT64_FORMAT " is not known here", format);
}

static bool read_batch(struct wire_batch *b, const struct wire_document *d, struct wire_refusal *refusal)
{
    bool failed = false;
    struct wire_members m = wire_document_members(d, &failed, refusal), part;
    if (!has_format(&m) || !has_consent(d, refusal))
        return false;
    read_id(&m, "batch", b->id);
    part = wire_object(&m, "story");
    read_story(b, &part);
    part = wire_object(&m, "consent");
    read_consent(b, &part);
    part = wire_object(&m, "viewing");
    read_viewing(b, &part);
    wire_bytes(&m, "viewer", &b->linked, b->viewer, sizeof b->viewer);
    wire_bytes(&m, "key", NULL, b->key, sizeof b->key);
    b->from = wire_number(&m, "from", NULL);
    b->to = wire_number(&m, "to", NULL);
    b->sent_ms = wire_number(&m, "sent_ms", NULL);
    read_events(b, &m);
    wire_members_end(&m);
    return !failed && wire_batch_check(b, refusal);
}

struct wire_batch *wire_batch_read(const char *json, gsize n, struct wire_refusal *refusal)
{
    *refusal = (struct wire_refusal){0};
    struct wire_document *d = wire_document_read(json, n, refusal);
    if (!d)
        return NULL;
    struct wire_batch *b = wire_batch_new();
    const bool good = read_batch(b, d, refusal);
    wire_document_free(d);
    if (good)
        return b;
    assert(refusal->code != WIRE_TAKEN);
    wire_batch_free(b);
    return NULL;
}
