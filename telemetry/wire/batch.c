#include "telemetry/wire/batch.h"

#include <assert.h>
#include <string.h>

enum { STRINGS_BLOCK = 4096 };

struct wire_batch *wire_batch_new(void)
{
    struct wire_batch *b = g_new0(struct wire_batch, 1);
    b->events = g_array_new(FALSE, TRUE, sizeof(struct wire_event));
    b->strings = g_string_chunk_new(STRINGS_BLOCK);
    b->subtitles = TEL_NONE;
    b->arms = "";
    return b;
}

void wire_batch_free(struct wire_batch *b)
{
    if (!b)
        return;
    g_array_unref(b->events);
    g_string_chunk_free(b->strings);
    g_free(b);
}

const char *wire_batch_text(struct wire_batch *b, const char *text)
{
    return text ? g_string_chunk_insert(b->strings, text) : NULL;
}

void wire_batch_add(struct wire_batch *b, const struct wire_event *e)
{
    struct wire_event copy = *e;
    assert(e->kind < TEL_KINDS);
    for (size_t i = 0; i < WIRE_FIELDS_MAX; i++)
        copy.values[i].text = wire_batch_text(b, e->values[i].text);
    g_array_append_val(b->events, copy);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static bool is_text(const char *text)
{
    if (!text || !*text || strlen(text) > WIRE_TEXT_MAX || !g_utf8_validate(text, -1, NULL))
        return false;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

/* A list has no name twice, and at most `most`. */
static bool is_list(const char *text, guint most)
{
    if (!text || !*text)
        return text != NULL;
    g_auto(GStrv) names = g_strsplit(text, WIRE_SEPARATOR, (int)most + 2);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = 0;
    for (; names[n]; n++)
        if (n == most || !is_text(names[n]) || !g_hash_table_add(seen, names[n]))
            return false;
    return true;
}

static bool is_time_mode(int64_t mode)
{
    return mode == 0 || mode == 1 || mode == 2 || mode == 3 || mode == 5 || mode == 10;
}

static bool check_value(const struct wire_event *e, const struct wire_field *f, const struct wire_value *v,
                        struct wire_refusal *refusal)
{
    const char *kind = wire_kind_name(e->kind);
    if (!v->known)
        return f->may_be_empty || wire_refuse(refusal, WIRE_NO_INVALID,
                                              "event %" G_GINT64_FORMAT " (%s): %s is missing", e->seq, kind, f->name);
    bool right = true;
    switch (f->type) {
    case WIRE_NUMBER:
        right = v->number >= f->low && v->number <= f->high && (f->refers == TEL_KINDS || v->number < e->seq);
        break;
    case WIRE_CODE:
        right = *tel_word(f->set, v->number) != '?';
        break;
    case WIRE_NAME:
        right = is_text(v->text);
        break;
    case WIRE_NAMES:
        right = is_list(v->text, TEL_OPTIONS_MAX);
        break;
    }
    return right || wire_refuse(refusal, WIRE_NO_INVALID, "event %" G_GINT64_FORMAT " (%s): %s is out of its range",
                                e->seq, kind, f->name);
}

/* What the fields of an event say together. */
static bool check_sense(const struct wire_event *e, struct wire_refusal *refusal)
{
    const struct wire_value *v = e->values;
    bool right = true;
    if (e->kind == TEL_GAP)
        right = v[wire_field_find(TEL_GAP, "count")].known && v[wire_field_find(TEL_GAP, "count")].number > 0;
    else if (e->kind == TEL_EXPOSURE)
        right = is_time_mode(v[wire_field_find(TEL_EXPOSURE, "time_mode")].number);
    else if (e->kind == TEL_OUTCOME)
        right = v[wire_field_find(TEL_OUTCOME, "what")].number != TEL_WHAT_PICK ||
                v[wire_field_find(TEL_OUTCOME, "option")].known;
    else if (e->kind == TEL_RESUME)
        right = v[wire_field_find(TEL_RESUME, "resumed_ms")].known;
    else if (e->kind == TEL_FINISH)
        right = v[wire_field_find(TEL_FINISH, "ended_ms")].known;
    return right ||
           wire_refuse(refusal, WIRE_NO_INVALID, "event %" G_GINT64_FORMAT " (%s): its fields contradict each other",
                       e->seq, wire_kind_name(e->kind));
}

static bool check_event(const struct wire_event *e, struct wire_refusal *refusal)
{
    size_t n;
    const struct wire_field *fields = wire_fields(e->kind, &n);
    if (e->at_ms < 0 || e->at_ms > WIRE_US_MAX)
        return wire_refuse(refusal, WIRE_NO_INVALID, "event %" G_GINT64_FORMAT ": at_ms is out of its range", e->seq);
    for (size_t i = 0; i < n; i++)
        if (!check_value(e, &fields[i], &e->values[i], refusal))
            return false;
    return check_sense(e, refusal);
}

/* How many numbers an event stands for. */
static int64_t numbers_of(const struct wire_event *e)
{
    return e->kind == TEL_GAP ? e->values[wire_field_find(TEL_GAP, "count")].number : 1;
}

static bool check_sequence(const struct wire_batch *b, struct wire_refusal *refusal)
{
    int64_t before = b->from - 1;
    for (guint i = 0; i < b->events->len; i++) {
        const struct wire_event *e = &g_array_index(b->events, struct wire_event, i);
        if (!check_event(e, refusal))
            return false;
        if (e->seq <= before || e->seq > WIRE_SEQ_MAX || e->seq - before > MAX(numbers_of(e), 1))
            return wire_refuse(refusal, WIRE_NO_INVALID,
                               "events[%u]: its number is %" G_GINT64_FORMAT ", after %" G_GINT64_FORMAT, i, e->seq,
                               before);
        before = e->seq;
    }
    return before == b->to ||
           wire_refuse(refusal, WIRE_NO_INVALID,
                       "`to` is %" G_GINT64_FORMAT ", and the last event is %" G_GINT64_FORMAT, b->to, before);
}

static bool is_moment(int64_t ms)
{
    return ms >= 0 && ms <= WIRE_MS_MAX;
}

static bool is_word_or_none(const char *text)
{
    return !text || (is_text(text) && strlen(text) < TEL_WORD_SIZE);
}

static bool check_viewing(const struct wire_batch *b, struct wire_refusal *refusal)
{
    const struct {
        bool right;
        const char *name;
    } checks[] = {
        {g_uuid_string_is_valid(b->viewing), "viewing.id"},
        {is_moment(b->started_ms), "viewing.started_ms"},
        {*tel_word("MODE", b->mode) != '?', "viewing.mode"},
        {*tel_word("CHOOSER", b->chooser) != '?', "viewing.chooser"},
        {is_time_mode(b->time_mode), "viewing.time_mode"},
        {b->nth >= 0, "viewing.nth"},
        {b->subtitles == TEL_NONE || b->subtitles == 0 || b->subtitles == 1, "viewing.subtitles"},
        {is_text(b->engine) && strlen(b->engine) < sizeof((struct tel_viewing *)0)->engine, "viewing.engine"},
        {is_word_or_none(b->language), "viewing.language"},
        {is_word_or_none(b->channel), "viewing.channel"},
        {is_list(b->arms, TEL_VIEWING_ARMS), "viewing.arms"},
        {g_uuid_string_is_valid(b->id), "batch"},
        {is_text(b->story), "story.id"},
        {b->version && (!*b->version || is_text(b->version)), "story.version"},
        {is_moment(b->sent_ms), "sent_ms"},
        {b->from >= 1 && b->from <= b->to && b->to <= WIRE_SEQ_MAX, "from, to"},
        {b->events->len > 0 && b->events->len <= WIRE_EVENTS_MAX, "events"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
        if (!checks[i].right)
            return wire_refuse(refusal, WIRE_NO_INVALID, "%s is out of its range", checks[i].name);
    return true;
}

static bool check_consent(const struct wire_batch *b, struct wire_refusal *refusal)
{
    static const uint8_t none[WIRE_KEY_SIZE];
    const bool there = memcmp(b->consent, none, sizeof none) != 0 && is_word_or_none(b->consent_language) &&
                       b->consent_language && b->answered_ms > 0 && is_moment(b->answered_ms);
    return there || wire_refuse(refusal, WIRE_NO_CONSENT, "consent names no text, language and time");
}

bool wire_batch_check(const struct wire_batch *b, struct wire_refusal *refusal)
{
    return check_viewing(b, refusal) && check_consent(b, refusal) && check_sequence(b, refusal);
}
