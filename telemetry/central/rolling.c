#include "telemetry/central/rolling.h"

#include "base/interrupt.h"
#include "base/units.h"
#include "telemetry/count/tally.h"

#include <string.h>

#define SQL      "telemetry/central/rolling.sql"
#define NO_MONTH "4294967295" /* so that a list is never empty */
#define STAGING  "rolling_"
#define OLD_S    (24 * 60 * 60) /* nobody builds for so long */

/* Columns of `cells`. */
#define CELL 5
#define N    7

guint rolling_open_month(GDateTime *now)
{
    g_autoptr(GDateTime) utc = g_date_time_to_utc(now);
    return (guint)(g_date_time_get_year(utc) * 100 + g_date_time_get_month(utc));
}

void rolling_init(struct rolling *r)
{
    *r = (struct rolling){.summed = g_string_new("month IN (" NO_MONTH ")"),
                          .others = g_string_new("month != " NO_MONTH)};
}

void rolling_clear(struct rolling *r)
{
    g_string_free(r->summed, TRUE);
    g_string_free(r->others, TRUE);
}

/* ClickHouse 18.16 leaves out whole months for != and IN, and reads them for NOT IN. */
static void add_month(struct rolling *r, const char *month)
{
    g_string_truncate(r->summed, r->summed->len - 1);
    g_string_append_printf(r->summed, ",%s)", month);
    g_string_append_printf(r->others, " AND month != %s", month);
}

bool rolling_read(struct engine *e, struct rolling *r, GError **error)
{
    g_autofree char *encoding = g_strdup_printf("%d", TALLY_ENCODING);
    g_autofree char *sql = engine_statement(e, SQL, "fitting", "$encoding", encoding, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    for (char **line; rows && (line = engine_next(rows));) {
        add_month(r, line[0]);
        r->n++;
        r->viewings += g_ascii_strtoll(line[1], NULL, 10);
        r->print += (uint64_t)g_ascii_strtoll(line[2], NULL, 10);
    }
    const bool done = rows != NULL;
    engine_rows_free(rows);
    return done;
}

bool rolling_is_in(const struct rolling *r, const struct engine_rows *cells)
{
    int64_t viewings = 0;
    uint64_t print = 0;
    for (guint i = 0; i < cells->lines->len; i++) {
        char *const *line = cells->lines->pdata[i];
        if (strcmp(line[CELL], "0") == 0)
            viewings += g_ascii_strtoll(line[N], NULL, 10);
        else if (strcmp(line[CELL], "1") == 0)
            print += (uint64_t)g_ascii_strtoll(line[N], NULL, 10);
    }
    return viewings == r->viewings && print == r->print;
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

static bool tell(struct engine *e, const char *part, const char *staging, const char *month, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, part, "$staging", staging, "$month", month, NULL);
    return engine_tell_all(e, sql, error);
}

/* Their names tell when they were begun. */
static bool drop_left_over(struct engine *e, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "left_over", NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    const gint64 old_s = g_get_real_time() / US_PER_SECOND - OLD_S;
    for (char **line; done && (line = engine_next(rows));)
        if (g_ascii_strtoll(line[0] + strlen(STAGING), NULL, 10) < old_s)
            done = tell(e, "unstage", line[0], "", error);
    engine_rows_free(rows);
    return done;
}

/* Puts new sums in the place of a month's, or none. */
static bool replace(struct engine *e, const char *month, bool by_sums, GError **error)
{
    g_autofree char *staging = g_strdup_printf(STAGING "%" G_GINT64_FORMAT "_%08x%08x",
                                               g_get_real_time() / US_PER_SECOND, g_random_int(), g_random_int());
    const bool done = tell(e, "stage", staging, month, error) && (!by_sums || tell(e, "fill", staging, month, error)) &&
                      tell(e, "swap", staging, month, error);
    return tell(e, "unstage", staging, month, done ? error : NULL) && done;
}

bool rolling_build(struct engine *e, const struct rolling *fitting, guint *built, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *encoding = g_strdup_printf("%d", TALLY_ENCODING);
    g_autofree char *before = g_strdup_printf("%u", rolling_open_month(now));
    g_autofree char *sql = engine_statement(e, SQL, "due", "$encoding", encoding, "$before", before, "$others",
                                            fitting->others->str, NULL);
    *built = 0;
    if (!drop_left_over(e, error))
        return false;
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    for (char **line; done && !interrupt_requested() && (line = engine_next(rows));) {
        done = replace(e, line[0], true, error);
        *built += done;
    }
    engine_rows_free(rows);
    return done;
}

static bool forget_others(struct engine *e, const struct rolling *fitting, GError **error)
{
    g_autofree char *sql = engine_statement(e, SQL, "untrue", "$others", fitting->others->str, NULL);
    struct engine_rows *rows = engine_ask(e, sql, error);
    bool done = rows != NULL;
    for (char **line; done && (line = engine_next(rows));)
        done = replace(e, line[0], false, error);
    engine_rows_free(rows);
    return done;
}

bool rolling_forget(struct engine *e, GError **error)
{
    struct rolling fitting;
    rolling_init(&fitting);
    const bool done = drop_left_over(e, error) && rolling_read(e, &fitting, error) && forget_others(e, &fitting, error);
    rolling_clear(&fitting);
    return done;
}
