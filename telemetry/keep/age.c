#include "telemetry/keep/age.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"
#include "telemetry/store/schema.h"

#include <assert.h>
#include <sqlite3.h>

/* Two moments of one kept clock may be off by what time services allow, in either direction. */
#define KEPT_ERROR_MS 60000

/* This program is younger than 2025. */
#define KEPT_EARLIEST_MS INT64_C(1735689600000)

/* Longer than any store lives: a thousand years. Values beyond it are not from us. */
#define LIVED_MAX_MS (INT64_C(1000) * 366 * 86400000)

static const char reading[] = "cannot be read", writing[] = "cannot be written";

static const char *age_sql(const char *name)
{
    return embedded_part("telemetry/keep/age.sql", name);
}

/* The column `kept`. */
enum clock_trust { CLOCK_NOT_KEPT, CLOCK_KEPT, CLOCK_PROVED_WRONG };

struct sighting {
    int64_t id, lived_ms; /* id 0: there is none */
    struct moment at;
};

static bool read_sighting(struct store *s, const char *name, struct sighting *out, GError **error)
{
    *out = (struct sighting){0};
    struct query q = query_begin(s, age_sql(name), reading);
    if (query_next(&q))
        *out = (struct sighting){.id = query_number(&q, 0),
                                 .lived_ms = query_number_in(&q, 1, 0, LIVED_MAX_MS, 0),
                                 .at = {.wall_ms = query_number_in(&q, 2, QUERY_MS_MIN, QUERY_MS_MAX, QUERY_MS_MAX),
                                        .boot_ms = query_number_in(&q, 3, 0, LIVED_MAX_MS, LIVED_MAX_MS),
                                        .boot = query_number(&q, 4),
                                        .machine = query_number(&q, 5),
                                        .kept = query_number(&q, 6) == CLOCK_KEPT}};
    return query_end(&q, error);
}

/* What has surely passed between them, as the header says. */
static int64_t passed_ms(const struct moment *from, const struct moment *to)
{
    const int64_t wall = MAX(to->wall_ms - from->wall_ms, 0);
    if (from->boot && from->boot == to->boot)
        return MIN(wall, MAX(to->boot_ms - from->boot_ms, 0));
    if (from->kept && to->kept)
        return wall;
    if (from->machine && from->machine == to->machine)
        return MIN(wall, to->boot_ms);
    return 0;
}

/* What a new sighting counts from, and what comes of it. */
struct reckoning {
    struct sighting last, kept;
    struct moment now;          /* what of it is believed */
    int64_t lived_ms, shift_ms; /* shift_ms: by which all after `kept` move */
    bool anew;                  /* a kept clock was wrong */
};

static bool read_reckoning(struct store *s, const struct moment *now, struct reckoning *r, GError **error)
{
    struct sighting wrong;
    *r = (struct reckoning){.now = *now};
    if (!read_sighting(s, "last", &r->last, error) || !read_sighting(s, "last_kept", &r->kept, error) ||
        !read_sighting(s, "proved_wrong", &wrong, error))
        return false;
    r->now.wall_ms = CLAMP(now->wall_ms, QUERY_MS_MIN, QUERY_MS_MAX);
    r->now.boot_ms = CLAMP(now->boot_ms, 0, LIVED_MAX_MS);
    r->now.kept = now->kept && now->wall_ms >= KEPT_EARLIEST_MS && !wrong.id;
    return true;
}

static bool reckon(struct store *s, const struct moment *now, struct reckoning *r, GError **error)
{
    if (!read_reckoning(s, now, r, error))
        return false;
    if (r->last.id)
        r->lived_ms = r->last.lived_ms + passed_ms(&r->last.at, &r->now);
    r->anew = r->kept.id && r->now.kept && r->now.wall_ms < r->kept.at.wall_ms - KEPT_ERROR_MS;
    if (r->kept.id && !r->anew) {
        const int64_t other = r->kept.lived_ms + passed_ms(&r->kept.at, &r->now);
        r->shift_ms = MAX(other - r->lived_ms, 0);
    }
    r->lived_ms = MIN(r->lived_ms + r->shift_ms, LIVED_MAX_MS);
    return true;
}

bool age_is_kept(struct store *s, bool *kept, GError **error)
{
    int64_t n = 0;
    const bool done = query_read_number(s, age_sql("is_kept"), reading, &n, error);
    *kept = n == 2;
    return done;
}

bool age_lived(struct store *s, const struct moment *now, int64_t *lived_ms, GError **error)
{
    struct reckoning r;
    const bool done = reckon(s, now, &r, error);
    *lived_ms = r.lived_ms;
    return done;
}

/* Up to two numbers are bound. *n, which may be NULL: the rows it changed. */
static bool change(struct store *s, const char *name, int64_t a, int64_t b, int64_t *n, GError **error)
{
    struct query q = query_begin(s, age_sql(name), writing);
    if (sqlite3_bind_parameter_count(q.st) > 0)
        query_bind(&q, a);
    if (sqlite3_bind_parameter_count(q.st) > 1)
        query_bind(&q, b);
    const bool done = query_run(&q, error);
    if (n)
        *n = done ? sqlite3_changes(s->db) : 0;
    return done;
}

static bool move_sightings(struct store *s, const struct reckoning *r, GError **error)
{
    if (r->anew)
        return change(s, "begin_anew", r->lived_ms, 0, NULL, error) && change(s, "forget_due", 0, 0, NULL, error);
    return r->shift_ms == 0 || change(s, "shift", r->kept.id, r->shift_ms, NULL, error);
}

static bool add_sighting(struct store *s, const struct reckoning *r, GError **error)
{
    struct query q = query_begin(s, age_sql("add"), writing);
    query_bind(&q, r->lived_ms);
    query_bind(&q, r->now.wall_ms);
    query_bind(&q, r->now.boot_ms);
    query_bind_or_null(&q, r->now.boot != 0, r->now.boot);
    query_bind_or_null(&q, r->now.machine != 0, r->now.machine);
    query_bind(&q, r->anew ? CLOCK_PROVED_WRONG : r->now.kept ? CLOCK_KEPT : CLOCK_NOT_KEPT);
    return query_run(&q, error);
}

static bool use_sighting(struct store *s, int64_t rows, GError **error)
{
    return rows == 0 || change(s, "use", 0, 0, NULL, error);
}

bool age_see(struct store *s, const struct moment *now, int64_t *lived_ms, GError **error)
{
    struct reckoning r;
    int64_t dated = 0;
    assert(!sqlite3_get_autocommit(s->db));
    if (!schema_make_part(s, "ages", error) || !reckon(s, now, &r, error))
        return false;
    *lived_ms = r.lived_ms;
    return move_sightings(s, &r, error) && add_sighting(s, &r, error) && change(s, "date", 0, 0, &dated, error) &&
           use_sighting(s, dated, error) && change(s, "drop_unused", 0, 0, NULL, error);
}

bool age_announce(struct store *s, int64_t lived_ms, int64_t old_ms, int64_t *n, GError **error)
{
    assert(!sqlite3_get_autocommit(s->db));
    return change(s, "withdraw", lived_ms - old_ms, 0, NULL, error) &&
           change(s, "announce", lived_ms - old_ms, 0, n, error) && use_sighting(s, *n, error);
}

bool age_forget(struct store *s, GError **error)
{
    bool kept = false;
    return age_is_kept(s, &kept, error) && (!kept || query_execute(s, age_sql("forget"), writing, error));
}

bool age_tidy(struct store *s, GError **error)
{
    return change(s, "tidy", 0, 0, NULL, error);
}
