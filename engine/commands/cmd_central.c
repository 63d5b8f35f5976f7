/* frumious central: sets up and looks after the distributed engine that many collectors write into. A part of frumious-network. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "telemetry/central/counting.h"
#include "telemetry/central/erasing.h"
#include "telemetry/central/held.h"
#include "telemetry/central/intake.h"
#include "telemetry/central/migrate.h"
#include "telemetry/central/retaining.h"
#include "telemetry/central/rolling.h"
#include "telemetry/central/scratch.h"
#include "telemetry/keep/merge.h"

#include <string.h>

struct central_options {
    const char *part; /* of `count`: "1/4"; NULL: all */
    int days;         /* of `retain`; 0: not said */
};

static int fail(GError *error)
{
    console_say("%s", error->message);
    const bool usage = g_error_matches(error, ENGINE_ERROR, ENGINE_ERROR_ADDRESS);
    const bool away = g_error_matches(error, ENGINE_ERROR, ENGINE_ERROR_AWAY);
    g_error_free(error);
    return usage ? EXIT_USAGE : away ? EXIT_ENVIRONMENT : EXIT_PROBLEM;
}

static int run_migrate(struct engine *e)
{
    GError *error = NULL;
    int taken;
    const bool done = migrate_run(e, &taken, &error);
    if (taken > 0)
        console_print("%d step%s taken\n", taken, units_s(taken));
    if (!done)
        return fail(error);
    console_print("%s is up to date: step %d\n", engine_database(e), MIGRATE_STEPS);
    return EXIT_OK;
}

static int run_init(struct engine *e)
{
    GError *error = NULL;
    return migrate_init(e, &error) ? run_migrate(e) : fail(error);
}

static void print_node(const struct migrate_node *n)
{
    console_print("shard %d, replica %d  %-21s ", n->shard, n->replica, n->host);
    if (!n->answers)
        console_print("does not answer\n");
    else if (n->lacks > 0)
        console_print("lacks %" G_GINT64_FORMAT " table%s that another node has\n", n->lacks, units_s(n->lacks));
    else if (n->read_only)
        console_print("cannot write: it has lost ZooKeeper\n");
    else
        console_print("%" G_GINT64_FORMAT " s behind, %" G_GINT64_FORMAT " thing%s to do\n", n->behind_s, n->queue,
                      units_s(n->queue));
}

/* Whether every node answers, has all tables, and can write. */
static bool print_status(const struct engine *e, const struct migrate_status *s)
{
    bool well = s->step == MIGRATE_STEPS;
    console_print("%s on cluster %s: step %d of %d%s\n", engine_database(e), engine_cluster(e), s->step, MIGRATE_STEPS,
                  s->step < MIGRATE_STEPS   ? "; `frumious central migrate` takes the others"
                  : s->step > MIGRATE_STEPS ? "; a newer program made it"
                                            : "");
    for (guint i = 0; i < s->nodes->len; i++) {
        const struct migrate_node *n = &g_array_index(s->nodes, struct migrate_node, i);
        print_node(n);
        well = well && n->answers && !n->read_only && n->lacks == 0;
    }
    console_print("%" G_GINT64_FORMAT " viewing%s, %" G_GINT64_FORMAT " event%s; %" G_GINT64_FORMAT
                  " erased; %.1f MB on one replica of each shard\n",
                  s->viewings, units_s(s->viewings), s->events, units_s(s->events), s->erased, (double)s->bytes / 1e6);
    return well;
}

static int run_status(struct engine *e)
{
    GError *error = NULL;
    struct migrate_status s;
    const bool read = migrate_read_status(e, &s, &error);
    const bool well = read && print_status(e, &s);
    migrate_status_clear(&s);
    return !read ? fail(error) : well ? EXIT_OK : EXIT_PROBLEM;
}

#define PARTS_MOST 1000

/* "1/4": *part 0 of *parts 4. */
static bool parse_part(const char *text, int *part, int *parts)
{
    g_auto(GStrv) halves = g_strsplit(text ? text : "1/1", "/", -1);
    guint64 k, n;
    if (g_strv_length(halves) != 2 || !g_ascii_string_to_unsigned(halves[1], 10, 1, PARTS_MOST, &n, NULL) ||
        !g_ascii_string_to_unsigned(halves[0], 10, 1, n, &k, NULL))
        return false;
    *part = (int)k - 1;
    *parts = (int)n;
    return true;
}

static int run_count(struct engine *e, const struct central_options *o)
{
    GError *error = NULL;
    int64_t n;
    int part, parts;
    if (!parse_part(o->part, &part, &parts)) {
        console_say("--part wants K/N, such as 1/4, not '%s'", o->part);
        return EXIT_USAGE;
    }
    struct rolling rolled;
    rolling_init(&rolled);
    const bool done = rolling_read(e, &rolled, &error) && counting_catch_up(e, part, parts, &rolled, &n, &error);
    rolling_clear(&rolled);
    if (!done)
        return fail(error);
    console_print("%" G_GINT64_FORMAT " viewing%s counted\n", n, units_s(n));
    return EXIT_OK;
}

static int run_roll(struct engine *e)
{
    GError *error = NULL;
    struct rolling rolled;
    int64_t n;
    guint built = 0;
    rolling_init(&rolled);
    const bool done = rolling_read(e, &rolled, &error) && counting_catch_up(e, 0, 1, &rolled, &n, &error) &&
                      rolling_build(e, &rolled, &built, &error);
    if (done)
        console_print("%u month%s summed up, %u already\n", built, units_s(built), rolled.n);
    rolling_clear(&rolled);
    if (!done)
        return fail(error);
    return interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
}

/* ---- what is kept ------------------------------------------------------------------------------------------------- */

static int run_retain(struct engine *e, const struct central_options *o)
{
    GError *error = NULL;
    GArray *gone;
    int64_t undated;
    if (o->days <= 0) {
        console_say("retain wants --days N: viewings of months that ended longer ago go");
        return EXIT_USAGE;
    }
    const bool done = retaining_apply(e, o->days, &gone, &undated, &error);
    for (guint i = 0; i < gone->len; i++) {
        const struct retaining_month *m = &g_array_index(gone, struct retaining_month, i);
        console_print("%u-%02u: %" G_GINT64_FORMAT " viewing%s gone\n", m->month / 100, m->month % 100, m->viewings,
                      units_s(m->viewings));
    }
    if (done && gone->len == 0)
        console_print("no month is older than %d day%s\n", o->days, units_s(o->days));
    if (undated > 0)
        console_say("%" G_GINT64_FORMAT " viewing%s without a date in the id stay%s", undated, units_s(undated),
                    undated == 1 ? "s" : "");
    g_array_unref(gone);
    return done ? EXIT_OK : fail(error);
}

static void print_held(const char *table, char *const *names, char *const *values, void *data)
{
    (void)data;
    console_print("%s", table);
    for (size_t i = 0; names[i] && values[i]; i++)
        console_print("  %s=%s", names[i], values[i]);
    console_print("\n");
}

static int run_held(struct engine *e, const char *key)
{
    GError *error = NULL;
    int64_t rows;
    if (!held_tell(e, key, print_held, NULL, &rows, &error))
        return fail(error);
    if (rows == 0)
        console_print("nothing is held about this\n");
    return EXIT_OK;
}

/* ---- stores of SQLite --------------------------------------------------------------------------------------------- */

/* A stranger's store is only read: what is sent comes from a copy. */
static bool merge_all(struct scratch *s, char **stores, int n, GError **error)
{
    for (int i = 0; i < n; i++) {
        struct merge_result r;
        const char *path = g_str_has_prefix(stores[i], "sqlite:") ? stores[i] + strlen("sqlite:") : stores[i];
        const bool merged = merge_store(s->store, path, NULL, &r, error);
        if (r.note)
            console_say("%s", r.note);
        g_free(r.note);
        if (!merged)
            return false;
    }
    return true;
}

static int run_take(struct engine *e, char **stores, int n)
{
    GError *error = NULL;
    struct intake_result r;
    struct scratch *s = scratch_new(&error);
    const bool done = s && merge_all(s, stores, n, &error) && intake_store(e, s->store, &r, &error);
    scratch_free(s);
    if (!done)
        return fail(error);
    console_print("%" G_GINT64_FORMAT " viewing%s (%" G_GINT64_FORMAT " event%s) are there", r.viewings,
                  units_s(r.viewings), r.events, units_s(r.events));
    if (r.erased > 0)
        console_print("; %" G_GINT64_FORMAT " left out that %s erased there", r.erased, r.erased == 1 ? "was" : "were");
    if (r.erased_here > 0)
        console_print("; %" G_GINT64_FORMAT
                      " erased there, too, as in the store it came from: `sweep` takes out what is left",
                      r.erased_here);
    console_print("\n");
    return interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
}

/* ---- erasing ------------------------------------------------------------------------------------------------------ */

#define SWEEP_LOOKS   60 /* until a person is told to do it again later */
#define SWEEP_AGAIN   10 /* looks, until it is asked for again: what arrived meanwhile */
#define SWEEP_WAIT_US (1 * US_PER_SECOND)

/* Until nothing is left, or for a minute. */
static int run_sweep(struct engine *e)
{
    GError *error = NULL;
    int64_t left = 1;
    for (int i = 0; i < SWEEP_LOOKS && left > 0 && !interrupt_requested(); i++) {
        if (i > 0)
            g_usleep(SWEEP_WAIT_US);
        if (!erasing_sweep(e, i % SWEEP_AGAIN == 0, &left, &error))
            return fail(error);
    }
    if (left == 0)
        console_print("nothing of what was erased is left\n");
    else
        console_say("%" G_GINT64_FORMAT
                    " row%s of what was erased are still in the files, and in no answer; `frumious central sweep` goes "
                    "on with it",
                    left, units_s(left));
    return left == 0 ? EXIT_OK : EXIT_PROBLEM;
}

static int run_erase(struct engine *e, char **ids, int n)
{
    GError *error = NULL;
    guint unknown;
    for (int i = 0; i < n; i++)
        if (!g_uuid_string_is_valid(ids[i])) {
            console_say("'%s' is no id of a viewing", ids[i]);
            return EXIT_USAGE;
        }
    if (!erasing_by_id(e, ids, (guint)n, &unknown, &error))
        return fail(error);
    console_print("%u erased", (guint)n - unknown);
    if (unknown > 0)
        console_print("; %u not there", unknown);
    console_print("\n");
    const int code = run_sweep(e);
    return code == EXIT_OK && unknown > 0 ? EXIT_PROBLEM : code;
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

/* Those that take nothing but the address. */
static const struct {
    const char *name;
    int (*run)(struct engine *e);
} actions[] = {
    {"init", run_init}, {"migrate", run_migrate}, {"status", run_status}, {"roll", run_roll}, {"sweep", run_sweep}};

static int run_action(struct engine *e, const char *name, char **rest, int n, const struct central_options *o)
{
    if (strcmp(name, "take") == 0 && n > 0)
        return run_take(e, rest, n);
    if (strcmp(name, "erase") == 0 && n > 0)
        return run_erase(e, rest, n);
    if (strcmp(name, "held") == 0 && n == 1)
        return run_held(e, rest[0]);
    if (strcmp(name, "count") == 0 && n == 0)
        return run_count(e, o);
    if (strcmp(name, "retain") == 0 && n == 0)
        return run_retain(e, o);
    for (size_t i = 0; i < G_N_ELEMENTS(actions) && n == 0; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].run(e);
    console_say(
        "central does init, migrate, status, count, roll, retain or sweep, takes stores, erases viewings, or tells "
        "what is held "
        "about a key, not '%s'; see `frumious central --help`",
        name);
    return EXIT_USAGE;
}

/* Also what an action that does not know an option is told. */
static bool has_stray_option(const char *name, const struct central_options *o)
{
    const bool stray = (o->part && strcmp(name, "count") != 0) || (o->days != 0 && strcmp(name, "retain") != 0);
    if (stray)
        console_say("--part belongs to `central count`, --days to `central retain`");
    return stray;
}

int cmd_central(int argc, char **argv)
{
    g_autofree char *part = NULL;
    gint days = 0;
    const GOptionEntry options[] = {
        {"part", 0, 0, G_OPTION_ARG_STRING, &part, "count: the Kth of N equal parts, for several at once", "K/N"},
        {"days", 0, 0, G_OPTION_ARG_INT, &days, "retain: how long a viewing stays at least", "N"},
        G_OPTION_ENTRY_NULL};
    int code;
    if (!command_options(&argc, &argv, options,
                         "init|migrate|status|count|roll|retain|sweep|take|erase|held ADDRESS [STORE…|VIEWING…|KEY]",
                         "Sets up a ClickHouse for what collectors take in (`init`), brings its tables up to date "
                         "(`migrate`), says how it "
                         "is (`status`), counts what came since (`count`; a report does so, too), sums up months that "
                         "are over (`roll`), or brings the "
                         "viewings of stores of SQLite into "
                         "it (`take`), as often as one likes. `retain` lets go of old months, `held` tells all that is "
                         "there about a "
                         "key. ADDRESS is "
                         "clickhouse:http://HOST:PORT/DATABASE?cluster=NAME&quorum=N; several hosts may "
                         "stand there, with commas between them. `cluster` is its name in the servers' configuration "
                         "(frumious), `quorum` how "
                         "many replicas must have written before an event counts as received (2). User and password "
                         "come from ~/.netrc.",
                         &code))
        return code;
    const struct central_options o = {part, days};
    if (argc < 3) {
        console_say("central wants an action and an address; see `frumious central --help`");
        return EXIT_USAGE;
    }
    if (has_stray_option(argv[1], &o))
        return EXIT_USAGE;
    GError *error = NULL;
    struct engine *e = engine_open(argv[2], &error);
    if (!e)
        return fail(error);
    interrupt_listen();
    code = run_action(e, argv[1], argv + 3, argc - 3, &o);
    engine_close(e);
    return code;
}
