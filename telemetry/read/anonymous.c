#include "telemetry/read/anonymous.h"

#include <inttypes.h>
#include <json-glib/json-glib.h>
#include <sqlite3.h>
#include <string.h>

/* ---- withholding ------------------------------------------------------------------------------------------------- */

struct answer_table {
    int32_t *values;
    size_t n_answers, answer; /* the one looked at */
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

/* The smallest answer that is still told, or 0: none is. */
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
 * A group of rows that share what is left of all answers before; k or more. Answers given by fewer than k are withheld,
 * and, while those are fewer than k together, the next larger ones: a single withheld answer could be subtracted.
 */
static void withhold_in(struct answer_table *r, size_t *group, size_t n)
{
    size_t withheld = 0, length, at = 0;
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

/* Groups lie one behind the other in `order`; each is split by the next answer. */
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
    g_array_set_size(ends, 0);
    g_array_append_vals(ends, split->data, split->len);
}

void anonymous_withhold(int32_t *values, size_t n_rows, size_t n_answers, int32_t k)
{
    struct answer_table r = {.values = values, .n_answers = n_answers, .k = (size_t)k};
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

/* What is asked of every viewing: its month, each decision, its ending. Answers are numbered words. */
struct question {
    const char *record; /* "period", "decision", "ending" */
    char *name;
    int64_t decision; /* in the store; 0: none */
    GPtrArray *words;
};

struct anonymous_job {
    struct store *store;
    const struct anonymous_options *o;
    int32_t k;
    bool csv;
    export_put put;
    void *data;
    char *story, *version;
    int64_t before_ms;
    GHashTable *periods; /* a month, "2026-01" -> the period that it is part of, "2026-01" or "2025-10 to 2026-01" */
};

#define COUNTED_SQL " v.chooser = 0 AND v.mode = 0 AND coalesce(v.nth, 1) = 1 AND v.started_ms < ?2 "

static void question_clear(void *data)
{
    struct question *q = data;
    g_free(q->name);
    g_ptr_array_unref(q->words);
}

static sqlite3_stmt *prepare_counted(const struct anonymous_job *job, const char *sql, int64_t story, GError **error)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(job->store->db, sql, -1, &st, NULL) != SQLITE_OK) {
        store_fail(job->store, "cannot be read", error);
        return NULL;
    }
    sqlite3_bind_int64(st, 1, story);
    sqlite3_bind_int64(st, 2, job->before_ms);
    return st;
}

static bool finish_counted(const struct anonymous_job *job, sqlite3_stmt *st, int rc, GError **error)
{
    const bool done = rc == SQLITE_DONE || store_fail(job->store, "cannot be read", error);
    sqlite3_finalize(st);
    return done;
}

static void add_question(GArray *questions, const char *record, const char *name, int64_t decision)
{
    const struct question q = {record, g_strdup(name), decision, g_ptr_array_new_with_free_func(g_free)};
    g_array_append_val(questions, q);
}

/* In the film's order, which no later viewing changes: what was exported once stays in all later exports as it was. */
static GArray *load_questions(const struct anonymous_job *job, int64_t story, GError **error)
{
    sqlite3_stmt *st = prepare_counted(job, "SELECT id, name FROM decision WHERE story = ?1 ORDER BY id", story, error);
    if (!st)
        return NULL;
    GArray *questions = g_array_new(FALSE, FALSE, sizeof(struct question));
    g_array_set_clear_func(questions, question_clear);
    add_question(questions, "period", "", 0);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        add_question(questions, "decision", (const char *)sqlite3_column_text(st, 1), sqlite3_column_int64(st, 0));
    add_question(questions, "ending", "", 0);
    if (!finish_counted(job, st, rc, error))
        g_clear_pointer(&questions, g_array_unref);
    return questions;
}

static int32_t answer_number(struct question *q, const char *word)
{
    guint at;
    if (g_ptr_array_find_with_equal_func(q->words, word, g_str_equal, &at))
        return (int32_t)at;
    g_ptr_array_add(q->words, g_strdup(word));
    return (int32_t)q->words->len - 1;
}

/* In the order of viewings, a row of (viewing, answer) for each that gave one. */
static const char month_sql[] = "SELECT v.id, strftime('%Y-%m', v.started_ms / 1000, 'unixepoch') FROM viewing v"
                                " WHERE v.story = ?1 AND" COUNTED_SQL "ORDER BY v.id";
static const char ending_sql[] = "SELECT v.id, (SELECT g.name FROM reached r JOIN ending g ON g.id = r.ending"
                                 " WHERE r.viewing = v.id ORDER BY r.seq LIMIT 1) FROM viewing v"
                                 " WHERE v.story = ?1 AND" COUNTED_SQL "ORDER BY v.id";
static const char decision_sql[] =
    "SELECT e.viewing, CASE u.what WHEN 0 THEN o.name WHEN 1 THEN '(timeout)' WHEN 2 THEN '(skipped)'"
    " WHEN 3 THEN '(rewound)' WHEN 4 THEN '(quit)' ELSE '(unknown)' END, min(e.seq)"
    " FROM menu m JOIN exposure e ON e.menu = m.id JOIN viewing v ON v.id = e.viewing AND" COUNTED_SQL
    " LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq LEFT JOIN option o ON o.id = u.option"
    " WHERE m.decision = ?1 GROUP BY e.viewing ORDER BY e.viewing";

static int compare_ids(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool load_answers(const struct anonymous_job *job, int64_t story, struct question *q, const GArray *viewings,
                         int32_t *values, size_t n_questions, GError **error)
{
    const char *sql = q->decision ? decision_sql : strcmp(q->record, "period") == 0 ? month_sql : ending_sql;
    sqlite3_stmt *st = prepare_counted(job, sql, q->decision ? q->decision : story, error);
    if (!st)
        return false;
    const int32_t none = answer_number(q, q->decision ? "(not asked)" : "(none)");
    for (guint i = 0; i < viewings->len; i++)
        values[i * n_questions] = none;
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t id = sqlite3_column_int64(st, 0);
        const char *word = (const char *)sqlite3_column_text(st, 1);
        const int64_t *at = bsearch(&id, viewings->data, viewings->len, sizeof id, compare_ids);
        const char *period = q->decision || !word ? NULL : g_hash_table_lookup(job->periods, word);
        if (at && word)
            values[(size_t)(at - (const int64_t *)(const void *)viewings->data) * n_questions] =
                answer_number(q, period ? period : word);
    }
    return finish_counted(job, st, rc, error);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void csv_text(GString *line, const char *text)
{
    g_auto(GStrv) part = g_strsplit(text, "\"", -1);
    g_autofree char *doubled = g_strjoinv("\"\"", part);
    g_string_append_printf(line, "\"%s\",", doubled);
}

static bool put_line(const struct anonymous_job *job, const char *record, const char *name, const char *answer,
                     int64_t n)
{
    static const char *const names[] = {"record", "story", "version", "decision", "answer"};
    const char *const texts[] = {record, job->story, job->version, name, answer};
    if (job->csv) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
            csv_text(line, texts[i]);
        g_string_append_printf(line, "%" PRId64 "\n", n);
        return job->put(line->str, job->data);
    }
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        json_builder_set_member_name(b, names[i]);
        json_builder_add_string_value(b, texts[i]);
    }
    json_builder_set_member_name(b, "viewings");
    json_builder_add_int_value(b, n);
    json_builder_end_object(b);
    g_autoptr(JsonNode) root = json_builder_get_root(b);
    g_autofree char *text = json_to_string(root, FALSE), *line = g_strconcat(text, "\n", NULL);
    return job->put(line, job->data);
}

/* Answers that nobody told are not mentioned: whether there were none or too few is nobody's business. */
static bool put_question(const struct anonymous_job *job, const struct question *q, const int32_t *values,
                         size_t n_rows, size_t n_questions)
{
    int64_t *count = g_new0(int64_t, q->words->len + 1);
    bool going = true;
    for (size_t i = 0; i < n_rows; i++)
        count[values[i * n_questions] + 1]++;
    for (guint w = 1; going && w <= q->words->len; w++)
        if (count[w] > 0)
            going = put_line(job, q->record, q->name, q->words->pdata[w - 1], count[w]);
    if (going && count[0] > 0)
        going = put_line(job, q->record, q->name, "(withheld)", count[0]);
    g_free(count);
    return going;
}

/* The month that lasts is left out: it would be another number tomorrow, and the difference tells about one day. */
static int64_t month_start(int64_t now_ms)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_ms / 1000);
    if (!now)
        return 0;
    g_autoptr(GDateTime) start = g_date_time_new_utc(g_date_time_get_year(now), g_date_time_get_month(now), 1, 0, 0, 0);
    return g_date_time_to_unix(start) * 1000;
}

static void end_period(const struct anonymous_job *job, GPtrArray *months)
{
    const char *first = months->pdata[0], *last = months->pdata[months->len - 1];
    g_autofree char *name = months->len == 1 ? g_strdup(first) : g_strdup_printf("%s to %s", first, last);
    for (guint i = 0; i < months->len; i++)
        g_hash_table_insert(job->periods, g_strdup(months->pdata[i]), g_strdup(name));
    g_ptr_array_set_size(months, 0);
}

/*
 * Months are put together, from the first on, until a period has k viewings; what is left at the end waits for a later
 * export. So a period once published never changes, and two exports differ by whole periods.
 */
static bool find_periods(struct anonymous_job *job, int64_t story, GError **error)
{
    sqlite3_stmt *st =
        prepare_counted(job,
                        "SELECT strftime('%Y-%m', v.started_ms / 1000, 'unixepoch') AS month, count(*),"
                        " strftime('%s', strftime('%Y-%m-01', v.started_ms / 1000, 'unixepoch'), '+1 month') * 1000"
                        " FROM viewing v WHERE v.story = ?1 AND" COUNTED_SQL "GROUP BY month ORDER BY month",
                        story, error);
    if (!st)
        return false;
    g_autoptr(GPtrArray) months = g_ptr_array_new_with_free_func(g_free);
    int64_t n = 0, until_ms = 0;
    int rc;
    g_hash_table_remove_all(job->periods);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        g_ptr_array_add(months, g_strdup((const char *)sqlite3_column_text(st, 0)));
        n += sqlite3_column_int64(st, 1);
        if (n >= job->k) {
            until_ms = sqlite3_column_int64(st, 2);
            end_period(job, months);
            n = 0;
        }
    }
    job->before_ms = until_ms;
    return finish_counted(job, st, rc, error);
}

static GArray *load_viewings(const struct anonymous_job *job, int64_t story, GError **error)
{
    sqlite3_stmt *st = prepare_counted(job, month_sql, story, error);
    if (!st)
        return NULL;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t id = sqlite3_column_int64(st, 0);
        g_array_append_val(ids, id);
    }
    if (!finish_counted(job, st, rc, error))
        g_clear_pointer(&ids, g_array_unref);
    return ids;
}

/* `values`: room for an answer of each viewing to each question. */
static bool put_answers(struct anonymous_job *job, int64_t story, const GArray *viewings, const GArray *questions,
                        int32_t *values, GError **error)
{
    bool going = true;
    for (guint i = 0; going && i < questions->len; i++)
        going = load_answers(job, story, &g_array_index(questions, struct question, i), viewings, values + i,
                             questions->len, error);
    if (!going)
        return false;
    anonymous_withhold(values, viewings->len, questions->len, job->k);
    going = put_line(job, "viewings", "", "", viewings->len);
    for (guint i = 0; going && i < questions->len; i++)
        going =
            put_question(job, &g_array_index(questions, struct question, i), values + i, viewings->len, questions->len);
    return going;
}

static bool export_story(struct anonymous_job *job, int64_t story, GError **error)
{
    job->before_ms = month_start(job->o->now_ms);
    if (!find_periods(job, story, error))
        return false;
    g_autoptr(GArray) viewings = load_viewings(job, story, error),
                      questions = viewings ? load_questions(job, story, error) : NULL;
    if (!questions)
        return false;
    if (viewings->len < (guint)job->k)
        return true; /* how many there are is itself too small a number */
    int32_t *values = g_new(int32_t, (gsize)viewings->len * questions->len);
    const bool going = put_answers(job, story, viewings, questions, values, error);
    g_free(values);
    return going;
}

static bool export_stories(struct anonymous_job *job, GError **error)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(job->store->db,
                           "SELECT id, name, version FROM story WHERE ?1 IS NULL OR name = ?1 ORDER BY name, id", -1,
                           &st, NULL) != SQLITE_OK)
        return store_fail(job->store, "cannot be read", error);
    sqlite3_bind_text(st, 1, job->o->story, -1, SQLITE_STATIC);
    bool going = !job->csv || job->put("record,story,version,decision,answer,viewings\n", job->data);
    int rc = SQLITE_DONE;
    while (going && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        g_free(job->story);
        g_free(job->version);
        job->story = g_strdup((const char *)sqlite3_column_text(st, 1));
        job->version = g_strdup((const char *)sqlite3_column_text(st, 2));
        going = export_story(job, sqlite3_column_int64(st, 0), error);
    }
    if (going && rc != SQLITE_DONE)
        going = store_fail(job->store, "cannot be read", error);
    sqlite3_finalize(st);
    return going;
}

bool anonymous_export(struct store *s, const struct anonymous_options *o, enum export_format format, export_put put,
                      void *data, GError **error)
{
    struct anonymous_job job = {
        .store = s, .o = o, .k = o->k ? o->k : ANONYMOUS_K, .csv = format == EXPORT_CSV, .put = put, .data = data};
    if (sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(s, "cannot be read", error);
    job.periods = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const bool done = export_stories(&job, error);
    g_hash_table_unref(job.periods);
    sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    g_free(job.story);
    g_free(job.version);
    return done;
}
