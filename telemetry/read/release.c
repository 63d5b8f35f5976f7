#include "telemetry/read/release.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"

#include <assert.h>
#include <string.h>

/* What a damaged store may hold lies outside. */
#define K_MAX        INT32_MAX
#define QUESTION_MAX INT32_MAX
#define VIEWINGS_MAX (INT64_C(1) << 40)

static const char *release_sql(const char *name)
{
    return embedded_part("telemetry/read/release.sql", name);
}

static void clear_line(void *data)
{
    struct release_line *line = data;
    g_free(line->name);
    g_free(line->answer);
}

static GArray *lines_new(void)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct release_line));
    g_array_set_clear_func(lines, clear_line);
    return lines;
}

void release_clear(struct release *r)
{
    g_clear_pointer(&r->lines, g_array_unref);
}

static void append_line(GArray *lines, const struct release_line *line)
{
    struct release_line copy = *line;
    copy.name = g_strdup(line->name);
    copy.answer = g_strdup(line->answer);
    g_array_append_val(lines, copy);
}

void release_add(struct release *r, const struct release_line *line)
{
    assert(line->record && line->name && line->answer && line->viewings > 0);
    append_line(r->lines, line);
}

/* Records are words of this program's own. */
static const char *known_record(const char *word)
{
    static const char *const records[] = {"viewings", "period", "decision", "ending"};
    for (size_t i = 0; word && i < G_N_ELEMENTS(records); i++)
        if (strcmp(records[i], word) == 0)
            return records[i];
    return records[2];
}

static void load_line(struct release *r, const struct query *q)
{
    g_autofree char *name = query_copy_name(q, 3), *answer = query_copy_name(q, 4);
    const struct release_line line = {query_number_in(q, 0, 0, QUERY_MS_MAX, 0),
                                      (int32_t)query_number_in(q, 1, 0, QUESTION_MAX, 0),
                                      known_record(query_text(q, 2)),
                                      name,
                                      answer,
                                      query_number_in(q, 5, 1, VIEWINGS_MAX, 1)};
    r->k = MAX(r->k, (int32_t)query_number_in(q, 6, 2, K_MAX, 2)); /* stores that were merged may have had two */
    r->until_ms = MAX(r->until_ms, line.until_ms);
    release_add(r, &line);
    r->kept++;
}

static void bind_film(struct query *q, const struct release_of *of)
{
    query_bind_text(q, of->story);
    query_bind_text(q, of->version);
    query_bind(q, of->hash);
}

bool release_load(struct store *s, const struct release_of *of, struct release *r, GError **error)
{
    static const char doing[] = "cannot be read";
    int64_t has = 0;
    *r = (struct release){.lines = lines_new()};
    if (!query_read_number(s, release_sql("has_table"), doing, &has, error))
        return false;
    if (has == 0)
        return true;
    struct query q = query_begin(s, release_sql("load"), doing);
    bind_film(&q, of);
    while (query_next(&q))
        load_line(r, &q);
    return query_end(&q, error);
}

bool release_keep(struct store *s, const struct release_of *of, struct release *r, int32_t k, GError **error)
{
    assert(k >= 2 && r->kept <= r->lines->len);
    if (!schema_make_part(s, "released", error))
        return false;
    struct query q = query_begin(s, release_sql("keep"), "cannot be written");
    bool done = true;
    for (guint i = r->kept; done && i < r->lines->len; i++) {
        const struct release_line *line = &g_array_index(r->lines, struct release_line, i);
        bind_film(&q, of);
        query_bind(&q, line->until_ms);
        query_bind(&q, k);
        query_bind(&q, line->question);
        query_bind_text(&q, line->record);
        query_bind_text(&q, line->name);
        query_bind_text(&q, line->answer);
        query_bind(&q, line->viewings);
        (void)query_next(&q);
        done = query_reset(&q, error);
    }
    r->kept = done ? r->lines->len : r->kept;
    return query_end(&q, done ? error : NULL) && done;
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static bool same_answer(const struct release_line *a, const struct release_line *b)
{
    return a->question == b->question && strcmp(a->name, b->name) == 0 && strcmp(a->answer, b->answer) == 0;
}

static void add_up(GArray *sums, const struct release_line *line)
{
    for (guint i = 0; i < sums->len; i++) {
        struct release_line *sum = &g_array_index(sums, struct release_line, i);
        if (same_answer(sum, line)) {
            sum->viewings += line->viewings;
            return;
        }
    }
    append_line(sums, line);
}

/* g_array_sort() keeps what is alike in its order. */
static int by_question(const void *a, const void *b)
{
    const struct release_line *x = a, *y = b;
    if (x->question != y->question)
        return x->question < y->question ? -1 : 1;
    return (strcmp(x->answer, RELEASE_WITHHELD) == 0) - (strcmp(y->answer, RELEASE_WITHHELD) == 0);
}

GArray *release_sums(const struct release *r)
{
    GArray *sums = lines_new();
    for (guint i = 0; i < r->lines->len; i++)
        add_up(sums, &g_array_index(r->lines, struct release_line, i));
    g_array_sort(sums, by_question);
    return sums;
}
