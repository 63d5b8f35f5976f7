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
    char *const all[] = {r->film, r->version, r->id, r->option, r->title, r->base, r->which};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
    g_array_unref(r->cells);
    g_array_unref(r->at);
    g_free(r);
}

/* ---- adding up ----------------------------------------------------------------------------------------------------- */

struct viewers_reading {
    struct viewers *viewers;
    const GArray *keyed;
    GHashTable *keys; /* struct count_key, in keyed or viewers->keys -> its place in viewers->keys + 1 */
    guint first_row;  /* of the kind that is read */
};

static guint key_hash(gconstpointer p)
{
    const struct count_key *k = p;
    return (guint)k->day * 31337u + (guint)k->version * 97u + k->time * 7u + k->part * 13u + k->nth;
}

static gboolean key_equal(gconstpointer p, gconstpointer q)
{
    return count_key_compare(p, q) == 0;
}

static char *text_or_null(const struct query *q, int column)
{
    return query_is_null(q, column) ? NULL : query_copy_name(q, column);
}

static bool is_of(const struct viewers_row *r, const struct viewers_row *one)
{
    return strcmp(r->film, one->film) == 0 && g_strcmp0(r->version, one->version) == 0 && strcmp(r->id, one->id) == 0 &&
           g_strcmp0(r->option, one->option) == 0 && strcmp(r->title, one->title) == 0 &&
           g_strcmp0(r->base, one->base) == 0 && g_strcmp0(r->which, one->which) == 0;
}

/* The row of a case; takes its texts. Cases of a row come one after the other. */
static struct viewers_row *row_of(struct viewers_reading *in, struct viewers_row one)
{
    GPtrArray *rows = in->viewers->rows;
    one.cells = g_array_new(FALSE, FALSE, sizeof(struct viewers_cell));
    one.at = g_array_new(FALSE, TRUE, sizeof(guint));
    struct viewers_row *row = g_memdup2(&one, sizeof one);
    if (rows->len > in->first_row && is_of(rows->pdata[rows->len - 1], row))
        free_row(row);
    else
        g_ptr_array_add(rows, row);
    return rows->pdata[rows->len - 1];
}

static guint key_of(struct viewers_reading *in, int64_t viewing)
{
    const struct count_key *key = count_cube_key_of(in->keyed, viewing);
    const guint known = GPOINTER_TO_UINT(g_hash_table_lookup(in->keys, key));
    if (known)
        return known - 1;
    g_array_append_val(in->viewers->keys, *key);
    g_hash_table_insert(in->keys, (void *)(uintptr_t)key, GUINT_TO_POINTER(in->viewers->keys->len));
    return in->viewers->keys->len - 1;
}

static void add_cell(struct viewers_row *r, struct viewers_cell c)
{
    if (r->at->len <= c.key)
        g_array_set_size(r->at, c.key + 1);
    guint *at = &g_array_index(r->at, guint, c.key);
    if (*at == 0) {
        const struct viewers_cell none = {.key = c.key};
        g_array_append_val(r->cells, none);
        *at = r->cells->len;
    }
    struct viewers_cell *one = &g_array_index(r->cells, struct viewers_cell, *at - 1);
    one->k += c.k, one->n += c.n, one->us += c.us;
}

static void add_case(struct viewers_reading *in, const struct query *q, const char *kind)
{
    const bool timed = !query_is_null(q, 7);
    const struct viewers_cell c = {in->keyed ? key_of(in, query_number(q, 8)) : 0, query_number(q, 5),
                                   query_number(q, 6), query_number_in(q, 7, 0, QUERY_US_MAX, 0)};
    struct viewers_row *r = row_of(in, (struct viewers_row){.kind = kind,
                                                            .film = query_copy_name(q, 0),
                                                            .version = text_or_null(q, 1),
                                                            .id = query_copy_name(q, 2),
                                                            .option = text_or_null(q, 3),
                                                            .title = query_copy_name(q, 4),
                                                            .us = timed ? 0 : US_NONE,
                                                            .base = text_or_null(q, 9),
                                                            .which = text_or_null(q, 10)});
    r->k += c.k;
    r->n += c.n;
    r->us += timed ? c.us : 0;
    if (in->keyed)
        add_cell(r, c);
}

/* The n of answers to the same: what they add up to. */
static void add_bases(struct viewers_reading *in)
{
    GPtrArray *rows = in->viewers->rows;
    for (guint i = in->first_row; i < rows->len; i++) {
        struct viewers_row *r = rows->pdata[i];
        for (guint o = in->first_row; r->base && o < rows->len; o++) {
            const struct viewers_row *other = rows->pdata[o];
            if (strcmp(other->film, r->film) != 0 || g_strcmp0(other->base, r->base) != 0)
                continue;
            r->n += other->k;
            for (guint c = 0; c < other->cells->len; c++) {
                const struct viewers_cell *cell = &g_array_index(other->cells, struct viewers_cell, c);
                add_cell(r, (struct viewers_cell){cell->key, 0, cell->k, 0});
            }
        }
    }
}

static bool read_kind(struct viewers_reading *in, struct store *s, const char *story, size_t kind, GError **error)
{
    struct query q =
        query_begin(s, embedded_part("telemetry/survey/viewers.sql", kinds[kind].sql), "cannot be counted");
    query_bind_text(&q, story);
    in->first_row = in->viewers->rows->len;
    while (query_next(&q))
        add_case(in, &q, kinds[kind].kind);
    add_bases(in);
    return query_end(&q, error);
}

struct viewers *viewers_new(struct store *s, const char *story, int64_t floor, const GArray *keyed, GError **error)
{
    struct viewers *v = g_new0(struct viewers, 1);
    *v = (struct viewers){g_ptr_array_new_with_free_func(free_row), g_array_new(FALSE, FALSE, sizeof(struct count_key)),
                          floor};
    struct viewers_reading in = {v, keyed, g_hash_table_new(key_hash, key_equal), 0};
    bool done = query_execute(s, "BEGIN", "cannot be counted", error);
    for (size_t i = 0; done && i < G_N_ELEMENTS(kinds); i++)
        done = read_kind(&in, s, story, i, error);
    (void)query_execute(s, "ROLLBACK", "cannot be counted", NULL);
    g_hash_table_unref(in.keys);
    if (!done)
        g_clear_pointer(&v, viewers_free);
    return v;
}

void viewers_free(struct viewers *v)
{
    if (!v)
        return;
    g_ptr_array_unref(v->rows);
    g_array_unref(v->keys);
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
