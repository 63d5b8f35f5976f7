#include "telemetry/read/anonymous.h"

#include "base/embedded.h"
#include "base/json.h"
#include "base/safe.h"
#include "base/units.h"
#include "telemetry/read/release.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <string.h>

static const char doing[] = "cannot be read";

static struct query begin_reading(struct store *s, const char *name)
{
    return query_begin(s, embedded_part("telemetry/read/anonymous.sql", name), doing);
}

/* ---- withholding ------------------------------------------------------------------------------------------------- */

struct answer_table {
    int32_t *values;
    size_t n_answers, answer; /* the answer being examined */
    size_t k;
};

static int32_t *value_of(const struct answer_table *r, size_t row)
{
    return &r->values[row * r->n_answers + r->answer];
}

static int compare_answers(const void *a, const void *b, void *data)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const int32_t vx = *value_of(data, x), vy = *value_of(data, y);
    return vx != vy ? (vx > vy) - (vx < vy) : (x > y) - (x < y);
}

static size_t run_length(const struct answer_table *r, const size_t *group, size_t n)
{
    size_t length = 1;
    assert(n > 0);
    while (length < n && *value_of(r, group[length]) == *value_of(r, group[0]))
        length++;
    return length;
}

static size_t withhold_run(struct answer_table *r, const size_t *run, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *value_of(r, run[i]) = ANONYMOUS_WITHHELD;
    return n;
}

/* How many gave the rarest answer that is not withheld yet, and where they begin in the group; 0: all are withheld. */
static size_t smallest_run(const struct answer_table *r, const size_t *group, size_t n, size_t *at)
{
    size_t smallest = 0, length;
    for (size_t i = 0; i < n; i += length) {
        length = run_length(r, group + i, n - i);
        if (*value_of(r, group[i]) != ANONYMOUS_WITHHELD && (smallest == 0 || length < smallest)) {
            smallest = length;
            *at = i;
        }
    }
    return smallest;
}

/*
 * The group is k or more rows with the same earlier answers; "withheld" counts as an answer. Answers given by fewer
 * than k rows are withheld. While fewer than k rows are withheld in all, the next rarest answer is withheld, too:
 * otherwise a reader could find a small number of withheld answers by subtraction.
 */
static void withhold_in(struct answer_table *r, size_t *group, size_t n)
{
    size_t withheld = 0, length, at = 0;
    assert(n >= r->k);
    g_qsort_with_data(group, (gint)n, sizeof *group, compare_answers, r);
    for (size_t i = 0; i < n; i += length) {
        length = run_length(r, group + i, n - i);
        if (length < r->k)
            withheld += withhold_run(r, group + i, length);
    }
    while (withheld > 0 && withheld < r->k && (length = smallest_run(r, group, n, &at)) > 0)
        withheld += withhold_run(r, group + at, length);
    g_qsort_with_data(group, (gint)n, sizeof *group, compare_answers, r);
}

/* Groups lie one behind the other in `order`, and end at `ends`; the answer splits each into smaller ones. */
static void withhold_answer(struct answer_table *r, size_t *order, GArray *ends)
{
    g_autoptr(GArray) split = g_array_new(FALSE, FALSE, sizeof(size_t));
    size_t from = 0;
    for (guint g = 0; g < ends->len; g++) {
        const size_t to = g_array_index(ends, size_t, g);
        withhold_in(r, order + from, to - from);
        while (from < to) {
            from += run_length(r, order + from, to - from);
            g_array_append_val(split, from);
        }
    }
    assert(split->len >= ends->len && g_array_index(split, size_t, split->len - 1) == from);
    g_array_set_size(ends, 0);
    g_array_append_vals(ends, split->data, split->len);
}

void anonymous_withhold(int32_t *values, size_t n_rows, size_t n_answers, int32_t k)
{
    struct answer_table r = {.values = values, .n_answers = n_answers, .k = (size_t)k};
    assert(k >= 2 || n_rows == 0);
    if (n_rows < r.k) {
        for (size_t i = 0; i < n_rows * n_answers; i++)
            values[i] = ANONYMOUS_WITHHELD;
        return;
    }
    size_t *order = g_new(size_t, n_rows);
    g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < n_rows; i++)
        order[i] = i;
    g_array_append_val(ends, n_rows);
    for (r.answer = 0; r.answer < n_answers; r.answer++)
        withhold_answer(&r, order, ends);
    g_free(order);
}

/* ---- one version of a film --------------------------------------------------------------------------------------- */

/*
 * What every viewing answers: its month, each decision, its ending. A viewing holds the index of its answer in words.
 */
struct question {
    const char *record; /* "period", "decision", "ending" */
    char *name;
    int64_t decision; /* id in the store; 0: it is no decision */
    GPtrArray *words;
};

struct anonymous_job {
    struct store *store;
    const struct anonymous_options *o;
    bool csv;
    export_put put;
    void *data;
    /* Of the version that is being exported: */
    struct release_of of;
    struct release release;
    int32_t k;
    int64_t from_ms, before_ms; /* viewings that began earlier were told, or came too late; later ones wait */
    GHashTable *periods; /* a month, "2026-01" -> the period that it is part of, "2026-01" or "2025-10 to 2026-01" */
    GHashTable *ends;    /* a period -> when it is over, int64_t: ms since 1970 */
};

static void question_clear(void *data)
{
    struct question *q = data;
    g_free(q->name);
    g_ptr_array_unref(q->words);
}

/* A query about the viewings that count, of a story or a decision. */
static struct query begin_counted(const struct anonymous_job *job, const char *name, int64_t of)
{
    struct query q = begin_reading(job->store, name);
    query_bind(&q, of);
    query_bind(&q, job->before_ms);
    query_bind(&q, job->from_ms);
    return q;
}

static void add_question(GArray *questions, const char *record, const char *name, int64_t decision)
{
    const struct question q = {record, g_strdup(name), decision, g_ptr_array_new_with_free_func(g_free)};
    g_array_append_val(questions, q);
}

/* In the film's order, which no later viewing changes: a line once exported stays the same in all later exports. */
static GArray *load_questions(const struct anonymous_job *job, int64_t story, GError **error)
{
    g_autoptr(GArray) questions = g_array_new(FALSE, FALSE, sizeof(struct question));
    g_array_set_clear_func(questions, question_clear);
    struct query q = begin_reading(job->store, "decisions");
    query_bind(&q, story);
    add_question(questions, "period", "", 0);
    while (query_next(&q)) {
        g_autofree char *name = query_copy_name(&q, 1);
        add_question(questions, "decision", name, query_number(&q, 0));
    }
    add_question(questions, "ending", "", 0);
    return query_end(&q, error) ? g_steal_pointer(&questions) : NULL;
}

static int32_t answer_number(struct question *q, const char *word)
{
    guint at;
    if (g_ptr_array_find_with_equal_func(q->words, word, g_str_equal, &at))
        return (int32_t)at;
    g_ptr_array_add(q->words, g_strdup(word));
    return (int32_t)q->words->len - 1;
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static const char *question_sql(const struct question *question)
{
    return question->decision ? "outcomes" : strcmp(question->record, "period") == 0 ? "months" : "endings";
}

static bool load_answers(const struct anonymous_job *job, int64_t story, struct question *question,
                         const GArray *viewings, int32_t *values, size_t n_questions, GError **error)
{
    const int32_t none = answer_number(question, question->decision ? "(not asked)" : "(none)");
    for (guint i = 0; i < viewings->len; i++)
        values[i * n_questions] = none;
    struct query q = begin_counted(job, question_sql(question), question->decision ? question->decision : story);
    while (query_next(&q)) {
        const int64_t id = query_number(&q, 0);
        const char *word = query_text(&q, 1);
        const int64_t *at = bsearch(&id, viewings->data, viewings->len, sizeof id, compare_ids);
        const char *period = question->decision || !word ? NULL : g_hash_table_lookup(job->periods, word);
        if (at && word)
            values[(size_t)(at - (const int64_t *)(const void *)viewings->data) * n_questions] =
                answer_number(question, period ? period : word);
    }
    return query_end(&q, error);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static bool put_line(const struct anonymous_job *job, const struct release_line *line)
{
    static const char *const names[] = {"record", "story", "version", "decision", "answer"};
    const char *const texts[] = {line->record, job->of.story, job->of.version, line->name, line->answer};
    if (job->csv) {
        g_autoptr(GString) row = g_string_new(NULL);
        safe_csv_fields(row, texts, G_N_ELEMENTS(texts));
        g_string_append_printf(row, ",%" PRId64 "\n", line->viewings);
        return job->put(row->str, job->data);
    }
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        json_builder_set_member_name(b, names[i]);
        json_builder_add_string_value(b, texts[i]);
    }
    json_builder_set_member_name(b, "viewings");
    json_builder_add_int_value(b, line->viewings);
    json_builder_end_object(b);
    g_autoptr(GString) object = g_string_new(NULL);
    json_put_document(b, false, object);
    return job->put(object->str, job->data);
}

/* Where a period's viewings stand among all: `period` is its number among the words of the first question. */
struct period_rows {
    const int32_t *values;
    size_t n_rows, n_questions;
    int32_t period;
    int64_t until_ms;
};

/* An answer with a count of 0 is left out, so that nobody can tell whether no viewer gave it or too few did. */
static void release_question(struct anonymous_job *job, const struct question *q, size_t at,
                             const struct period_rows *rows)
{
    g_autofree int64_t *count = g_new0(int64_t, q->words->len + 1);
    for (size_t i = 0; i < rows->n_rows; i++) {
        const int32_t *row = rows->values + i * rows->n_questions;
        assert(row[at] >= ANONYMOUS_WITHHELD && row[at] < (int32_t)q->words->len);
        count[row[at] + 1] += row[0] == rows->period;
    }
    for (guint w = 1; w <= q->words->len + 1; w++) {
        const guint word = w <= q->words->len ? w : 0; /* what is withheld comes last */
        char *answer = word > 0 ? q->words->pdata[word - 1] : (char[]){RELEASE_WITHHELD};
        if (count[word] > 0)
            release_add(&job->release, &(struct release_line){rows->until_ms, (int32_t)at + 1, q->record, q->name,
                                                              answer, count[word]});
    }
}

static int64_t count_rows(const struct period_rows *rows)
{
    int64_t n = 0;
    for (size_t i = 0; i < rows->n_rows; i++)
        n += rows->values[i * rows->n_questions] == rows->period;
    return n;
}

/* Adds what is told of the viewings of one period: k of them at least. */
static void release_period(struct anonymous_job *job, const GArray *questions, const struct period_rows *rows)
{
    const int64_t n = count_rows(rows);
    if (n == 0)
        return;
    assert(n >= job->k);
    release_add(&job->release, &(struct release_line){rows->until_ms, 0, "viewings", (char[]){""}, (char[]){""}, n});
    for (guint i = 0; i < questions->len; i++)
        release_question(job, &g_array_index(questions, struct question, i), i, rows);
}

/* The current month is left out: its count still changes, and two exports would differ by the viewings of a day. */
static int64_t month_start(int64_t now_ms)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_ms / 1000);
    if (!now)
        return 0;
    g_autoptr(GDateTime) start = g_date_time_new_utc(g_date_time_get_year(now), g_date_time_get_month(now), 1, 0, 0, 0);
    return g_date_time_to_unix(start) * 1000;
}

static void end_period(const struct anonymous_job *job, GPtrArray *months, int64_t until_ms)
{
    assert(months->len > 0);
    const char *first = months->pdata[0], *last = months->pdata[months->len - 1];
    g_autofree char *name = months->len == 1 ? g_strdup(first) : g_strdup_printf("%s to %s", first, last);
    for (guint i = 0; i < months->len; i++)
        g_hash_table_insert(job->periods, g_strdup(months->pdata[i]), g_strdup(name));
    g_hash_table_insert(job->ends, g_strdup(name), g_memdup2(&until_ms, sizeof until_ms));
    g_ptr_array_set_size(months, 0);
}

/*
 * From the first month on, months are put together until a period has k viewings; what is left at the end waits for a
 * later export. So a period that was published never changes, and two exports differ by whole periods.
 */
static bool find_periods(struct anonymous_job *job, int64_t story, GError **error)
{
    g_autoptr(GPtrArray) months = g_ptr_array_new_with_free_func(g_free);
    int64_t n = 0, until_ms = 0;
    g_hash_table_remove_all(job->periods);
    g_hash_table_remove_all(job->ends);
    struct query q = begin_counted(job, "month_sizes", story);
    while (query_next(&q)) {
        g_ptr_array_add(months, query_copy_name(&q, 0));
        n += query_number(&q, 1);
        if (n >= job->k) {
            until_ms = query_number(&q, 2);
            end_period(job, months, until_ms);
            n = 0;
        }
    }
    job->before_ms = until_ms;
    return query_end(&q, error);
}

static GArray *load_viewings(const struct anonymous_job *job, int64_t story, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct query q = begin_counted(job, "months", story);
    while (query_next(&q)) {
        const int64_t id = query_number(&q, 0);
        g_array_append_val(ids, id);
    }
    return query_end(&q, error) ? g_steal_pointer(&ids) : NULL;
}

/* `values` has room for the answer of each viewing to each question, a row for a viewing. */
static bool release_answers(struct anonymous_job *job, int64_t story, const GArray *viewings, const GArray *questions,
                            int32_t *values, GError **error)
{
    const struct question *periods = &g_array_index(questions, struct question, 0);
    bool going = true;
    for (guint i = 0; going && i < questions->len; i++)
        going = load_answers(job, story, &g_array_index(questions, struct question, i), viewings, values + i,
                             questions->len, error);
    if (!going)
        return false;
    anonymous_withhold(values, viewings->len, questions->len, job->k);
    for (guint i = 0; i < periods->words->len; i++) {
        const int64_t *until_ms = g_hash_table_lookup(job->ends, periods->words->pdata[i]);
        const struct period_rows rows = {values, viewings->len, questions->len, (int32_t)i, until_ms ? *until_ms : 0};
        release_period(job, questions, &rows);
    }
    return true;
}

/* Adds what can be told of periods that were not told before. */
static bool release_rest(struct anonymous_job *job, int64_t story, GError **error)
{
    job->before_ms = month_start(job->o->now_ms);
    job->from_ms = job->release.until_ms;
    if (!find_periods(job, story, error))
        return false;
    g_autoptr(GArray) viewings = load_viewings(job, story, error);
    g_autoptr(GArray) questions = viewings ? load_questions(job, story, error) : NULL;
    if (!questions)
        return false;
    if (viewings->len < (guint)job->k)
        return true; /* even the number of viewings is too small to publish */
    g_autofree int32_t *values = g_new(int32_t, (gsize)viewings->len * questions->len);
    return release_answers(job, story, viewings, questions, values, error);
}

/* Tables with different k tell together what each of them withholds: so there is only one. */
static bool choose_k(struct anonymous_job *job, GError **error)
{
    const int32_t asked = job->o->k, told = job->release.k;
    job->k = told ? told : asked && !job->store->read_only ? asked : ANONYMOUS_K;
    if (asked == 0 || asked == job->k)
        return true;
    if (told)
        g_set_error(
            error, STORE_ERROR, STORE_ERROR_TOO_MUCH,
            "%s: numbers about %s, version %s, were exported with --k %d, and stay so: tables with different k tell "
            "together what each of them withholds. Leave --k out.",
            job->store->path, job->of.story, units_or_dash(job->of.version), (int)job->k);
    else
        g_set_error(
            error, STORE_ERROR, STORE_ERROR_TOO_MUCH,
            "%s: cannot be written, so it cannot keep which --k its numbers were exported with; only --k %d is the "
            "same each time. Leave --k out, or export from a copy that can be written.",
            job->store->path, (int)job->k);
    return false;
}

/* What was told is in the store before anybody reads it. */
static bool update_release(struct anonymous_job *job, int64_t story, GError **error)
{
    return choose_k(job, error) && release_rest(job, story, error) &&
           (job->store->read_only || job->release.kept == job->release.lines->len ||
            release_keep(job->store, &job->of, &job->release, job->k, error));
}

/* *lines: what is to be written; stays where that is not known. */
static bool export_story(struct anonymous_job *job, int64_t story, GArray **lines, GError **error)
{
    const bool done = release_load(job->store, &job->of, &job->release, error) && update_release(job, story, error);
    if (done)
        *lines = release_sums(&job->release);
    release_clear(&job->release);
    return done;
}

/* A version of a film and its lines. */
struct told {
    char *story, *version;
    GArray *lines;
};

static void free_told(void *data)
{
    struct told *t = data;
    g_free(t->story);
    g_free(t->version);
    g_array_unref(t->lines);
    g_free(t);
}

static bool find_lines(struct anonymous_job *job, GPtrArray *all, GError **error)
{
    struct query q = begin_reading(job->store, "stories");
    query_bind_text(&q, job->o->story);
    bool going = true;
    while (going && query_next(&q)) {
        struct told t = {query_copy_name(&q, 1), query_copy_name(&q, 2), NULL};
        job->of = (struct release_of){t.story, t.version, query_number(&q, 3)};
        going = export_story(job, query_number(&q, 0), &t.lines, error);
        if (!t.lines)
            t.lines = g_array_new(FALSE, FALSE, sizeof(struct release_line));
        g_ptr_array_add(all, g_memdup2(&t, sizeof t));
    }
    return query_end(&q, going ? error : NULL) && going;
}

static void put_lines(struct anonymous_job *job, const GPtrArray *all)
{
    bool going = !job->csv || job->put("record,story,version,decision,answer,viewings\n", job->data);
    for (guint i = 0; going && i < all->len; i++) {
        const struct told *t = all->pdata[i];
        job->of = (struct release_of){t->story, t->version, 0};
        for (guint k = 0; going && k < t->lines->len; k++)
            going = put_line(job, &g_array_index(t->lines, struct release_line, k));
    }
}

bool anonymous_export(struct store *s, const struct anonymous_options *o, enum export_format format, export_put put,
                      void *data, GError **error)
{
    struct anonymous_job job = {.store = s, .o = o, .csv = format == EXPORT_CSV, .put = put, .data = data};
    assert(o->k == 0 || o->k >= 2);
    if (!query_execute(s, s->read_only ? "BEGIN" : "BEGIN IMMEDIATE", doing, error))
        return false;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_told);
    job.periods = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    job.ends = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const bool done = query_commit(s, find_lines(&job, all, error), doing, error);
    if (done)
        put_lines(&job, all);
    g_hash_table_unref(job.periods);
    g_hash_table_unref(job.ends);
    return done;
}
