#include "telemetry/read/read.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Of one viewing, however often it was resumed. */
#define WATCHED_US_MAX (INT64_C(1) << 58)

static const char doing[] = "cannot be read";

static struct query begin_reading(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/read/read.sql", name), doing);
}

static int32_t number32_or(const struct query *q, int column, int32_t none)
{
    return (int32_t)query_number_in(q, column, 0, INT32_MAX, none);
}

static int64_t moment_ms(const struct query *q, int column)
{
    return query_number_in(q, column, QUERY_MS_MIN, QUERY_MS_MAX, -1);
}

static int64_t length_us(const struct query *q, int column, int64_t none)
{
    return query_number_in(q, column, 0, QUERY_US_MAX, none);
}

static int64_t position_us(const struct query *q, int column)
{
    return query_number_in(q, column, 0, QUERY_US_MAX / US_PER_MS, 0) * US_PER_MS;
}

/* ---- summaries -------------------------------------------------------------------------------------------------- */

static void summary_clear(struct read_summary *summary)
{
    g_free(summary->title);
    g_free(summary->story);
    g_free(summary->version);
    g_free(summary->ending);
}

static void summary_free(void *data)
{
    summary_clear(data);
    g_free(data);
}

static void load_summary(const struct query *q, struct read_summary *summary)
{
    (void)query_id(q, 0, summary->id);
    summary->title = query_copy_text(q, 1);
    summary->story = query_copy_name(q, 2);
    summary->version = query_copy_name(q, 3);
    summary->started_ms = moment_ms(q, 4);
    summary->ended_ms = moment_ms(q, 5);
    summary->reason = number32_or(q, 6, TEL_NONE);
    summary->mode = number32_or(q, 7, 0);
    summary->chooser = number32_or(q, 8, 0);
    summary->nth = number32_or(q, 9, 0);
    summary->decisions = number32_or(q, 10, 0);
    summary->picks = number32_or(q, 11, 0);
    summary->timeouts = number32_or(q, 12, 0);
    summary->watched_us = query_number_in(q, 13, 0, WATCHED_US_MAX, 0);
    summary->ending = query_copy_text(q, 14);
    summary->device_ms = moment_ms(q, 25);
    summary->received_ms = -1;
}

/* Adds what a collector noted of n viewings (struct read_summary *), where this is its store. */
static bool read_received(struct store *s, const gpointer *summaries, guint n, GError **error)
{
    int64_t is = 0;
    if (!query_read_number(s, embedded_part("telemetry/read/read.sql", "is_collector"), doing, &is, error))
        return false;
    if (!is)
        return true;
    struct query q = begin_reading(s, "received");
    bool done = true;
    for (guint i = 0; done && i < n; i++) {
        struct read_summary *summary = summaries[i];
        uint8_t uuid[16];
        tel_id_bytes(summary->id, uuid);
        query_bind_blob(&q, uuid, sizeof uuid);
        if (query_next(&q)) {
            summary->received_ms = moment_ms(&q, 0);
            summary->behind_ms = query_number_in(&q, 1, -QUERY_MS_MAX, QUERY_MS_MAX, 0);
        }
        done = query_reset(&q, error);
    }
    return query_end(&q, done ? error : NULL) && done;
}

/* Summaries of the viewings whose numbers lie between two, the newest first; limit -1: all. */
static struct query begin_summaries(struct store *s, int64_t first, int64_t last, int64_t limit)
{
    struct query q = begin_reading(s, "summaries");
    query_bind(&q, first);
    query_bind(&q, last);
    query_bind(&q, limit);
    return q;
}

GPtrArray *read_list(struct store *s, uint32_t limit, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(summary_free);
    struct query q = begin_summaries(s, INT64_MIN, INT64_MAX, limit ? (int64_t)limit : -1);
    while (query_next(&q)) {
        struct read_summary *summary = g_new0(struct read_summary, 1);
        load_summary(&q, summary);
        g_ptr_array_add(list, summary);
    }
    assert(limit == 0 || list->len <= limit);
    return query_end(&q, error) && read_received(s, list->pdata, list->len, error) ? g_steal_pointer(&list) : NULL;
}

/* ---- the shares of other viewers ------------------------------------------------------------------------------- */

static void share_free(void *data)
{
    struct read_share *share = data;
    g_free(share->decision);
    g_free(share->option);
    g_free(share);
}

GPtrArray *read_shares(struct store *s, const char *story, GError **error)
{
    g_autoptr(GPtrArray) shares = g_ptr_array_new_with_free_func(share_free);
    struct query q = begin_reading(s, "shares");
    query_bind_text(&q, story);
    while (query_next(&q)) {
        struct read_share *share = g_new0(struct read_share, 1);
        share->decision = query_copy_name(&q, 0);
        share->option = query_copy_name(&q, 1);
        share->decision_hash = query_number(&q, 2);
        share->picks = number32_or(&q, 3, 0);
        share->available = number32_or(&q, 4, 0);
        g_ptr_array_add(shares, share);
    }
    return query_end(&q, error) ? g_steal_pointer(&shares) : NULL;
}

/* ---- finding one viewing --------------------------------------------------------------------------------------- */

/* The first and the last id that begin with these digits. False if no id can begin like this. */
static bool parse_id_prefix(const char *id, uint8_t low[16], uint8_t high[16])
{
    int digits = 0;
    memset(low, 0x00, 16);
    memset(high, 0xff, 16);
    for (; *id; id++) {
        const int digit = g_ascii_xdigit_value(*id);
        if (*id == '-')
            continue;
        if (digit < 0 || digits == 32)
            return false;
        const int shift = digits % 2 ? 0 : 4;
        low[digits / 2] = (uint8_t)(low[digits / 2] | digit << shift);
        high[digits / 2] = (uint8_t)((high[digits / 2] & ~(0xf << shift)) | digit << shift);
        digits++;
    }
    assert(memcmp(low, high, 16) <= 0 && (digits < 32 || memcmp(low, high, 16) == 0));
    return digits > 0;
}

static bool fail_not_found(struct store *s, const char *id, const char *why, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: viewing %s: %s", s->path, id, why);
    return false;
}

static struct query begin_prefix(struct store *s, const uint8_t low[16], const uint8_t high[16])
{
    struct query q = begin_reading(s, "find_prefix");
    query_bind_blob(&q, low, 16);
    query_bind_blob(&q, high, 16);
    return q;
}

static bool find_viewing(struct store *s, const char *id, int64_t *viewing, GError **error)
{
    const bool last = strcmp(id, "last") == 0;
    uint8_t low[16], high[16];
    if (!last && !parse_id_prefix(id, low, high))
        return fail_not_found(s, id, "is not an id; give one from the list, the beginning of one, or \"last\"", error);
    struct query q = last ? begin_reading(s, "find_last") : begin_prefix(s, low, high);
    const bool found = query_next(&q);
    *viewing = found ? query_number(&q, 0) : 0;
    const bool several = found && query_next(&q);
    if (!query_end(&q, error))
        return false;
    if (found && !several)
        return true;
    return fail_not_found(s, id, several ? "several viewings begin with this; give more of the id" : "there is none",
                          error);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

static struct read_entry *append_entry(GArray *entries, enum read_kind kind, const struct query *q)
{
    const struct read_entry e = {.kind = kind,
                                 .seq = query_number(q, 0),
                                 .at_us = position_us(q, 1),
                                 .name = query_copy_text(q, 2),
                                 .title = query_copy_text(q, 3),
                                 .focus = TEL_NONE,
                                 .option = TEL_NONE};
    g_array_append_val(entries, e);
    return &g_array_index(entries, struct read_entry, entries->len - 1);
}

static void load_visit(const struct query *q, struct read_entry *e)
{
    e->planned_us = length_us(q, 4, US_NONE);
    e->closed = !query_is_null(q, 5);
    e->left_us = position_us(q, 5);
    e->playing_us = length_us(q, 6, 0);
    e->paused_us = length_us(q, 7, 0);
    e->hidden_us = length_us(q, 8, 0);
}

static void load_exposure(const struct query *q, struct read_entry *e)
{
    e->focus = number32_or(q, 4, TEL_NONE);
    e->window_us = length_us(q, 5, US_NONE);
    e->time_mode = number32_or(q, 6, 1);
    e->closed = !query_is_null(q, 7);
    e->what = number32_or(q, 7, TEL_NONE);
    e->latency_us = length_us(q, 8, US_NONE);
    e->given = number32_or(q, 9, 0);
    e->changes = number32_or(q, 10, 0);
}

static void load_stall(const struct query *q, struct read_entry *e)
{
    e->fault = number32_or(q, 4, 0);
    e->lasted_us = length_us(q, 5, US_NONE);
}

static void load_gap(const struct query *q, struct read_entry *e)
{
    e->count = number32_or(q, 4, 0);
    e->why = number32_or(q, 5, 0);
}

static void load_resume(const struct query *q, struct read_entry *e)
{
    e->resumed_ms = moment_ms(q, 4);
    e->ended_ms = moment_ms(q, 5);
}

/* Each kind's query in read.sql, and what reads the columns behind seq, at_ms, name and title. */
static const struct {
    const char *query;
    void (*load)(const struct query *q, struct read_entry *e);
} entry_kinds[READ_KINDS] = {
    [READ_VISIT] = {"visits", load_visit}, [READ_EXPOSURE] = {"exposures", load_exposure},
    [READ_REACHED] = {"endings", NULL},    [READ_STALL] = {"stalls", load_stall},
    [READ_GAP] = {"gaps", load_gap},       [READ_RESUME] = {"resumes", load_resume},
};

static bool read_entries_of(struct store *s, int64_t viewing, enum read_kind kind, GArray *entries, GError **error)
{
    struct query q = begin_reading(s, entry_kinds[kind].query);
    query_bind(&q, viewing);
    while (query_next(&q)) {
        struct read_entry *e = append_entry(entries, kind, &q);
        if (entry_kinds[kind].load)
            entry_kinds[kind].load(&q, e);
    }
    return query_end(&q, error);
}

static int compare_seq(const void *a, const void *b)
{
    const struct read_entry *x = a, *y = b;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void entry_clear(void *data)
{
    struct read_entry *e = data;
    for (int32_t i = 0; i < e->n_options; i++) {
        g_free(e->options[i].name);
        g_free(e->options[i].title);
    }
    g_free(e->options);
    g_free(e->name);
    g_free(e->title);
}

/* The next exposure at or behind the number; NULL: there is none. Entries are sorted by seq. */
static struct read_entry *exposure_from(GArray *entries, guint *at, int64_t seq)
{
    for (; *at < entries->len; ++*at) {
        struct read_entry *e = &g_array_index(entries, struct read_entry, *at);
        if (e->kind == READ_EXPOSURE && e->seq >= seq)
            return e;
    }
    return NULL;
}

/* The options of all exposures, in one pass: both sides are sorted by seq. */
static bool read_options(struct store *s, int64_t viewing, GArray *entries, GError **error)
{
    struct query q = begin_reading(s, "options");
    struct read_entry *e = NULL;
    guint at = 0;
    query_bind(&q, viewing);
    while (query_next(&q) && (e = exposure_from(entries, &at, query_number(&q, 0)))) {
        if (e->seq != query_number(&q, 0)) /* a damaged store: an exposure to a decision that is missing */
            continue;
        e->options = g_renew(struct read_option, e->options, e->n_options + 1);
        if (query_number(&q, 4))
            e->option = e->n_options;
        e->options[e->n_options++] =
            (struct read_option){query_copy_text(&q, 1), query_copy_text(&q, 2), query_number(&q, 3) != 0};
    }
    return query_end(&q, error);
}

static bool read_entries(struct store *s, int64_t viewing, struct read_viewing *v, GError **error)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct read_entry));
    bool done = true;
    for (size_t i = 0; done && i < G_N_ELEMENTS(entry_kinds); i++)
        done = read_entries_of(s, viewing, (enum read_kind)i, entries, error);
    g_array_sort(entries, compare_seq);
    done = done && read_options(s, viewing, entries, error);
    assert(v->n_entries == 0);
    v->n_entries = (int32_t)entries->len;
    v->entries = (struct read_entry *)(void *)g_array_free(entries, FALSE);
    return done;
}

static bool read_header(struct store *s, int64_t viewing, struct read_viewing *v, GError **error)
{
    struct query q = begin_summaries(s, viewing, viewing, 1);
    const bool found = query_next(&q);
    if (found) {
        load_summary(&q, &v->summary);
        v->engine = query_copy_name(&q, 15);
        v->seed = query_number_or(&q, 16, 0);
        v->time_mode = number32_or(&q, 17, 1);
        v->lost = query_number_in(&q, 18, 0, WATCHED_US_MAX, 0);
        v->language = query_copy_text(&q, 19);
        v->subtitles = number32_or(&q, 20, TEL_NONE);
        v->channel = query_copy_text(&q, 21);
        v->arms = query_copy_text(&q, 22);
        v->superseded = query_number_in(&q, 23, 0, INT32_MAX, 0);
        v->shared = query_copy_text(&q, 24);
    }
    if (!query_end(&q, error))
        return false;
    if (!found)
        g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: the viewing is not there any more", s->path);
    const gpointer summary = &v->summary;
    return found && read_received(s, &summary, 1, error);
}

/* One reading transaction, so that a viewing that is being recorded is read consistently. */
struct read_viewing *read_viewing_by_number(struct store *s, int64_t viewing, GError **error)
{
    struct read_viewing *v = g_new0(struct read_viewing, 1);
    GError *failure = NULL;
    bool done = query_execute(s, "BEGIN", doing, error);
    if (done) {
        done = read_header(s, viewing, v, &failure) && read_entries(s, viewing, v, &failure);
        done = query_execute(s, "COMMIT", doing, done ? error : NULL) && done;
    }
    if (failure)
        g_propagate_error(error, failure);
    if (done)
        return v;
    read_viewing_free(v);
    return NULL;
}

struct read_viewing *read_viewing(struct store *s, const char *id, GError **error)
{
    int64_t viewing = 0;
    return find_viewing(s, id, &viewing, error) ? read_viewing_by_number(s, viewing, error) : NULL;
}

/* ---- choosing several viewings ---------------------------------------------------------------------------------- */

static bool parse_whole_id(const char *id, uint8_t bytes[16])
{
    uint8_t high[16];
    return g_uuid_string_is_valid(id) && parse_id_prefix(id, bytes, high);
}

static bool fail_none_matching(struct store *s, const struct read_filter *f, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_NOT_FOUND, "%s: no viewing%s%s%s%s", s->path,
                f->story ? " of the story " : "", f->story ? f->story : "", f->viewer ? " by the viewer " : "",
                f->viewer ? f->viewer : "");
    return false;
}

GArray *read_matching_ids(struct store *s, const struct read_filter *filter, GError **error)
{
    int64_t one = 0;
    uint8_t viewer[16];
    if (filter->viewing && !find_viewing(s, filter->viewing, &one, error))
        return NULL;
    if (filter->viewer && !parse_whole_id(filter->viewer, viewer)) {
        fail_none_matching(s, filter, error);
        return NULL;
    }
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct query q = begin_reading(s, "matching");
    query_bind(&q, one);
    query_bind_text(&q, filter->story);
    query_bind_blob(&q, filter->viewer ? viewer : NULL, sizeof viewer);
    while (query_next(&q)) {
        const int64_t id = query_number(&q, 0);
        g_array_append_val(ids, id);
    }
    bool done = query_end(&q, error);
    if (done && ids->len == 0 && (filter->viewing || filter->story || filter->viewer))
        done = fail_none_matching(s, filter, error);
    return done ? g_steal_pointer(&ids) : NULL;
}

void read_viewing_free(struct read_viewing *v)
{
    if (!v)
        return;
    for (int32_t i = 0; i < v->n_entries; i++)
        entry_clear(&v->entries[i]);
    summary_clear(&v->summary);
    g_free(v->entries);
    g_free(v->engine);
    g_free(v->language);
    g_free(v->channel);
    g_free(v->arms);
    g_free(v->shared);
    g_free(v);
}
