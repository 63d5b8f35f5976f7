#include "telemetry/keep/retention.h"

#include "base/embedded.h"
#include "base/safe.h"
#include "base/units.h"
#include "telemetry/keep/age.h"
#include "telemetry/keep/erase.h"
#include "telemetry/store/control.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <inttypes.h>
#include <sqlite3.h>

static const char doing[] = "cannot be read";

static const char *retention_sql(const char *name)
{
    return embedded_part("telemetry/keep/retention.sql", name);
}

static int64_t limit_ms(const struct control *c)
{
    return c->keep_days * RETENTION_DAY_MS;
}

bool retention_now(struct store *s, struct moment *now, GError **error)
{
    int64_t secret = 0;
    if (!query_read_number(s, retention_sql("read_secret"), doing, &secret, error))
        return false;
    moment_now(secret, now);
    return true;
}

/* ---- erasing ----------------------------------------------------------------------------------------------------- */

struct retention_pass {
    const struct moment *now;
    bool only_date; /* erase nothing */
    int64_t found;
};

static GArray *list_ready(struct store *s, int64_t lived_ms, GError **error)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct query q = query_begin(s, retention_sql("list_ready"), doing);
    query_bind(&q, lived_ms);
    while (query_next(&q)) {
        const int64_t id = query_number(&q, 0);
        g_array_append_val(ids, id);
    }
    if (query_end(&q, error))
        return ids;
    g_array_unref(ids);
    return NULL;
}

static GArray *choose_ready(struct store *s, int64_t lived_ms, GError **error)
{
    int64_t all = 0;
    GArray *ids = list_ready(s, lived_ms - RETENTION_WAIT_MS, error);
    if (!ids)
        return NULL;
    if (!query_read_number(s, retention_sql("count_viewings"), doing, &all, error)) {
        g_array_unref(ids);
        return NULL;
    }
    if ((int64_t)ids->len * 2 <= all)
        return ids;
    g_array_unref(ids);
    return list_ready(s, lived_ms - RETENTION_WAIT_MOST_MS, error);
}

/* The limit is read again here, since another program may just have changed it. */
static GArray *choose_old(struct store *s, void *data, GError **error)
{
    struct retention_pass *p = data;
    struct control c;
    int64_t lived_ms = 0;
    if (!control_read(s, &c, error))
        return NULL;
    if (c.keep_days == 0)
        return g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!age_see(s, p->now, &lived_ms, error))
        return NULL;
    if (p->only_date)
        return g_array_new(FALSE, FALSE, sizeof(int64_t));
    return age_announce(s, lived_ms, limit_ms(&c), &p->found, error) ? choose_ready(s, lived_ms, error) : NULL;
}

static bool run_pass(struct store *s, struct retention_pass *p, int64_t *erased, GError **error)
{
    struct control c;
    *erased = 0;
    if (!control_read(s, &c, error))
        return false;
    if (c.keep_days == 0)
        return true;
    return erase_by_age(s, choose_old, p, erased, error) && (*erased == 0 || age_tidy(s, error));
}

bool retention_apply(struct store *s, const struct moment *now, struct retention_result *r, GError **error)
{
    struct retention_pass p = {.now = now};
    *r = (struct retention_result){0};
    const bool done = run_pass(s, &p, &r->erased, error);
    if (done)
        r->found = p.found;
    return done;
}

bool retention_set(struct store *s, const struct moment *now, int64_t days, struct retention_result *r, GError **error)
{
    *r = (struct retention_result){0};
    return control_set_retention(s, days, error) &&
           (days == 0 ? age_forget(s, error) : retention_apply(s, now, r, error));
}

struct retention_choice {
    const char *sql;
    int64_t before_ms, lived_ms;
    struct retention_cut *cut;
};

static GArray *choose_cut(struct store *s, void *data, GError **error)
{
    struct retention_choice *c = data;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct query q = query_begin(s, c->sql, doing);
    query_bind(&q, c->before_ms);
    query_bind(&q, c->lived_ms);
    for (*c->cut = (struct retention_cut){.first_ms = INT64_MAX, .last_ms = INT64_MIN}; query_next(&q); c->cut->n++) {
        const int64_t id = query_number(&q, 0), date = query_number(&q, 1);
        g_array_append_val(ids, id);
        c->cut->first_ms = MIN(c->cut->first_ms, date);
        c->cut->last_ms = MAX(c->cut->last_ms, date);
    }
    if (query_end(&q, error))
        return ids;
    g_array_unref(ids);
    return NULL;
}

static bool begin_choice(struct store *s, const struct moment *now, int64_t days, struct retention_choice *c,
                         GError **error)
{
    bool aged = false;
    if (!age_is_kept(s, &aged, error) || (aged && !age_lived(s, now, &c->lived_ms, error)))
        return false;
    c->sql = retention_sql(aged ? "list_cut" : "list_cut_by_date");
    c->before_ms = CLAMP(now->wall_ms, QUERY_MS_MIN, QUERY_MS_MAX) - days * RETENTION_DAY_MS;
    c->lived_ms -= days * RETENTION_DAY_MS;
    return true;
}

bool retention_look(struct store *s, const struct moment *now, int64_t days, struct retention_cut *cut, GError **error)
{
    struct retention_choice c = {.cut = cut};
    assert(days > 0);
    *cut = (struct retention_cut){0};
    g_autoptr(GArray) ids = begin_choice(s, now, days, &c, error) ? choose_cut(s, &c, error) : NULL;
    return ids != NULL;
}

bool retention_cut(struct store *s, const struct moment *now, int64_t days, struct retention_cut *cut, GError **error)
{
    struct retention_choice c = {.cut = cut};
    int64_t n = 0;
    assert(days > 0);
    *cut = (struct retention_cut){0};
    return begin_choice(s, now, days, &c, error) && erase_by_age(s, choose_cut, &c, &n, error);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static bool read_due(struct store *s, int64_t lived_ms, int64_t wall_ms, struct retention_plan *p, GError **error)
{
    int64_t all = 0, first = 0;
    struct query q = query_begin(s, retention_sql("read_due"), doing);
    if (query_next(&q)) {
        p->due = query_number(&q, 0);
        first = query_number_in(&q, 1, 0, QUERY_MS_MAX, 0);
    }
    if (!query_end(&q, error) || !query_read_number(s, retention_sql("count_viewings"), doing, &all, error))
        return false;
    p->most = p->due > all / 2;
    const int64_t wait = p->most ? RETENTION_WAIT_MOST_MS : RETENTION_WAIT_MS;
    if (p->due)
        p->goes_ms = wall_ms + MAX(first + wait - lived_ms, 0);
    return true;
}

static bool read_next(struct store *s, int64_t lived_ms, int64_t wall_ms, struct retention_plan *p, GError **error)
{
    struct query q = query_begin(s, retention_sql("read_next"), doing);
    if (query_next(&q) && !query_is_null(&q, 0))
        p->next_ms =
            wall_ms + MAX(query_number_in(&q, 0, 0, QUERY_MS_MAX, 0) + p->keep_days * RETENTION_DAY_MS - lived_ms, 0);
    return query_end(&q, error);
}

static bool read_by_date(struct store *s, bool aged, int64_t before_ms, struct retention_plan *p, GError **error)
{
    struct query q = query_begin(s, retention_sql(aged ? "count_by_date" : "count_by_date_alone"), doing);
    query_bind(&q, before_ms);
    if (query_next(&q))
        p->by_date = query_number(&q, 0);
    return query_end(&q, error);
}

bool retention_read_plan(struct store *s, const struct moment *now, struct retention_plan *p, GError **error)
{
    struct control c;
    bool aged = false;
    int64_t lived_ms = 0;
    const int64_t wall_ms = CLAMP(now->wall_ms, QUERY_MS_MIN, QUERY_MS_MAX);
    *p = (struct retention_plan){.goes_ms = -1, .next_ms = -1, .counts_running = !now->kept};
    if (!control_read(s, &c, error) || !age_is_kept(s, &aged, error))
        return false;
    p->keep_days = CLAMP(c.keep_days, 0, QUERY_MS_MAX / RETENTION_DAY_MS);
    if (p->keep_days == 0)
        return true;
    if (!read_by_date(s, aged, wall_ms - p->keep_days * RETENTION_DAY_MS, p, error))
        return false;
    return !aged || (age_lived(s, now, &lived_ms, error) && read_due(s, lived_ms, wall_ms, p, error) &&
                     read_next(s, lived_ms, wall_ms, p, error));
}

/* "3 viewings are", "1 viewing is" */
static void append_viewings(GString *out, int64_t n, const char *are, const char *is)
{
    g_string_append_printf(out, "%" PRId64 " viewing%s %s", n, units_s(n), n == 1 ? is : are);
}

static void append_due(GString *out, const struct retention_plan *p)
{
    g_autofree char *date = units_local_time(p->goes_ms, "%Y-%m-%d %H:%M");
    append_viewings(out, p->due, "are", "is");
    g_string_append_printf(out, " older: the first program that opens the store to write after %s erases %s.%s\n", date,
                           p->due == 1 ? "it" : "them",
                           p->most ? " (A week is waited instead of a day, because it is most of what there is.)" : "");
}

static void append_next(GString *out, const struct retention_plan *p)
{
    g_autofree char *date = units_local_time(p->next_ms, "%Y-%m-%d %H:%M");
    g_string_append_printf(out, "%s will be that old on %s.\n", p->due ? "The next one" : "The oldest one", date);
}

static void append_plan(GString *out, const struct retention_plan *p)
{
    if (p->due)
        append_due(out, p);
    if (p->next_ms >= 0)
        append_next(out, p);
    if (p->by_date) {
        append_viewings(out, p->by_date, "carry", "carries");
        g_string_append(out, " an older date, but a date can be wrong, and this store has not yet seen that much time "
                             "pass. `telemetry retention --now` goes by the date.\n");
    }
    if (p->counts_running && (p->due || p->next_ms >= 0))
        g_string_append(out, "No time service keeps this machine's clock, so only time while the machine runs counts, "
                             "and it can take longer.\n");
}

bool retention_text(struct store *s, const struct moment *now, GString *out, GError **error)
{
    struct retention_plan p;
    if (!retention_read_plan(s, now, &p, error))
        return false;
    if (p.keep_days == 0)
        g_string_append(out, "Viewings are kept until you erase them.\n");
    else {
        g_string_append_printf(out, "Viewings are kept for %" PRId64 " days.\n", p.keep_days);
        append_plan(out, &p);
    }
    return true;
}

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

static char *tell_found(struct store *s, const struct moment *now)
{
    struct retention_plan p;
    if (!retention_read_plan(s, now, &p, NULL) || p.due == 0)
        return NULL;
    g_autofree char *date = units_local_time(p.goes_ms, "%Y-%m-%d %H:%M");
    g_autoptr(GString) out = g_string_new(NULL);
    append_viewings(out, p.due, "are", "is");
    g_string_append_printf(out,
                           " older than %" PRId64 " days: erased from %s on. `frumious telemetry retention forever` "
                           "keeps %s.",
                           p.keep_days, date, p.due == 1 ? "it" : "them");
    return g_strdup(out->str);
}

struct store *retention_open(const struct store_options *o, char **told, GError **error)
{
    struct moment now;
    struct retention_result r = {0};
    struct store *s = store_open(o, error);
    if (told)
        *told = NULL;
    if (s && !o->read_only && retention_now(s, &now, NULL) && retention_apply(s, &now, &r, NULL) && r.found && told)
        *told = tell_found(s, &now);
    return s;
}

void retention_close(struct store *s)
{
    struct moment now;
    int64_t n = 0;
    if (s && !s->read_only && sqlite3_get_autocommit(s->db)) {
        sqlite3_busy_timeout(s->db, 0); /* what cannot be done now is done by the next opening */
        if (retention_now(s, &now, NULL))
            (void)run_pass(s, &(struct retention_pass){.now = &now, .only_date = true}, &n, NULL);
    }
    store_close(s);
}
