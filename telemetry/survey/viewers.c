#include "telemetry/survey/viewers.h"

#include "base/embedded.h"
#include "base/json.h"
#include "base/units.h"
#include "telemetry/store/query.h"
#include "telemetry/survey/survey_share.h"

#include <math.h>
#include <string.h>

/* A part of viewers.sql, what its rows are, and what they tell. */
static const struct {
    const char *sql, *kind, *words;
} kinds[] = {{"came_back", "came back", "Who came back: viewers"},
             {"not_linked", "not linked", "Not in the numbers of viewers: viewings"},
             {"seen", "film seen", "How much of the film they saw: viewers"},
             {"second_choice", "second choice", "Second choice beside the first: viewers who picked both times"},
             {"timeout", "what a timeout led to", "What a timeout led to: timeouts"},
             {"props", "prop on screen", "Props on screen: viewings that saw it, and for how long each"}};

static void free_row(void *data)
{
    struct viewers_row *r = data;
    char *const all[] = {r->film, r->version, r->id, r->option, r->title};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
    g_free(r);
}

static char *text_or_null(const struct query *q, int column)
{
    return query_is_null(q, column) ? NULL : query_copy_name(q, column);
}

static bool read_kind(struct viewers *v, struct store *s, const char *story, size_t kind, GError **error)
{
    struct query q =
        query_begin(s, embedded_part("telemetry/survey/viewers.sql", kinds[kind].sql), "cannot be counted");
    query_bind_text(&q, story);
    while (query_next(&q)) {
        const struct viewers_row r = {.kind = kinds[kind].kind,
                                      .film = query_copy_name(&q, 0),
                                      .version = text_or_null(&q, 1),
                                      .id = query_copy_name(&q, 2),
                                      .option = text_or_null(&q, 3),
                                      .title = query_copy_name(&q, 4),
                                      .k = query_number(&q, 5),
                                      .n = query_number(&q, 6),
                                      .us = query_number_or(&q, 7, US_NONE)};
        g_ptr_array_add(v->rows, g_memdup2(&r, sizeof r));
    }
    return query_end(&q, error);
}

struct viewers *viewers_new(struct store *s, const char *story, int64_t floor, GError **error)
{
    struct viewers *v = g_new0(struct viewers, 1);
    *v = (struct viewers){g_ptr_array_new_with_free_func(free_row), floor};
    bool done = query_execute(s, "BEGIN", "cannot be counted", error);
    for (size_t i = 0; done && i < G_N_ELEMENTS(kinds); i++)
        done = read_kind(v, s, story, i, error);
    (void)query_execute(s, "ROLLBACK", "cannot be counted", NULL);
    if (!done)
        g_clear_pointer(&v, viewers_free);
    return v;
}

void viewers_free(struct viewers *v)
{
    if (!v)
        return;
    g_ptr_array_unref(v->rows);
    g_free(v);
}

const char *viewers_kind_words(const char *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].words;
    return kind;
}

double viewers_seconds_each(const struct viewers_row *r)
{
    return r->us == US_NONE ? NAN : (double)r->us / US_PER_SECOND / (double)MAX(r->k, 1);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static void put_row(JsonBuilder *b, const struct viewers_row *r, int64_t floor)
{
    json_builder_begin_object(b);
    json_put_text(b, "kind", r->kind);
    json_put_text(b, "story", r->film);
    json_put_text(b, "version", r->version);
    json_put_text(b, "id", r->id);
    json_put_text(b, "option", r->option);
    json_put_text(b, "title", r->title);
    survey_share_json(b, (struct survey_ratio){r->k, r->n, 0}, floor);
    json_put_rounded(b, "seconds_each", viewers_seconds_each(r), r->us != US_NONE);
    json_builder_end_object(b);
}

void viewers_json(const struct viewers *v, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "format", "frumious-viewers");
    json_put_array(b, "rows");
    for (guint i = 0; i < v->rows->len; i++)
        put_row(b, v->rows->pdata[i], v->floor);
    json_builder_end_array(b);
    json_builder_end_object(b);
    json_put_document(b, false, out);
}
