/* frumious merge: joins the stores of several machines. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/merge_progress.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/keep/retention.h"
#include "telemetry/keep/merge.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *plain_path(char *store)
{
    const char prefix[] = "sqlite:";
    return g_str_has_prefix(store, prefix) ? store + strlen(prefix) : store;
}

/* ---- how far it is ----------------------------------------------------------------------------------------------- */

static void on_batch(void *data, int64_t looked_at, int64_t all)
{
    merge_progress_batch(data, looked_at, all, g_get_monotonic_time());
}

static void on_steps(void *data)
{
    merge_progress_steps(data, g_get_monotonic_time());
}

/* ---- one of them ------------------------------------------------------------------------------------------------- */

/* *any: something came in. */
static bool merge_one(struct store *into, char *from, bool *any)
{
    g_autoptr(GError) error = NULL;
    struct merge_result r;
    struct merge_progress progress = merge_progress_begin(from, g_get_monotonic_time());
    const bool done = merge_store(into, from, &(struct merge_listener){on_batch, on_steps, &progress}, &r, &error);
    console_progress_end();
    *any = *any || done || r.viewings + r.events > 0;
    assert(r.viewings >= 0 && r.events >= 0 && r.known >= 0 && r.erased >= 0);
    if (!done)
        console_say("%s", error->message);
    if (r.note)
        console_say("%s", r.note);
    if (r.disturbed)
        console_say("%s was written to meanwhile; merge it once more", from);
    g_free(r.note);
    if (r.stopped)
        console_say("interrupted: not all of %s was brought in; merge it once more", from);
    if (!done && r.viewings + r.events == 0)
        return false;
    console_print("%s: %" G_GINT64_FORMAT " viewing%s (%" G_GINT64_FORMAT " event%s) brought in, %" G_GINT64_FORMAT
                  " %s there already",
                  from, r.viewings, units_s(r.viewings), r.events, units_s(r.events), r.known,
                  r.known == 1 ? "was" : "were");
    if (r.erased > 0)
        console_print(", %" G_GINT64_FORMAT " %s so", r.erased,
                      r.erased == 1 ? "was erased there and stays" : "were erased there and stay");
    if (r.conflicts > 0)
        console_print(", %" G_GINT64_FORMAT " of these with another content (the first is %s): what was there stays",
                      r.conflicts, r.conflict);
    console_print("\n");
    return done;
}

/* Whether one of them can be read; if not, says what is wrong with each. So no store is made that nothing comes into. */
static bool has_source(char **paths, int n)
{
    g_autoptr(GPtrArray) wrong = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        const struct store_options o = {.path = plain_path(paths[i]), .read_only = true};
        struct store *s = store_open(&o, &error);
        store_close(s);
        if (s)
            return true;
        g_ptr_array_add(wrong, g_strdup(error->message));
    }
    for (guint i = 0; i < wrong->len; i++)
        console_say("%s", (const char *)wrong->pdata[i]);
    return false;
}

/* Whether one of them is STORE itself, by whatever name; then it is said. */
static bool names_itself(const char *into, char **paths, int n)
{
    GStatBuf store, other;
    if (g_stat(into, &store) != 0)
        return false;
    for (int i = 0; i < n; i++) {
        if (g_stat(plain_path(paths[i]), &other) != 0 || other.st_dev != store.st_dev || other.st_ino != store.st_ino)
            continue;
        console_say("%s is the store to merge into; name others to merge from", plain_path(paths[i]));
        return true;
    }
    return false;
}

/* ---- what was not there before ----------------------------------------------------------------------------------- */

/* A store that is to be made, and the folders that it lacks, the innermost first. */
struct made {
    const char *store; /* NULL: it was there, or a link to where it is to be */
    GPtrArray *folders;
};

static struct made note_missing(const char *store)
{
    const struct made made = {.store = g_file_test(store, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK) ? NULL : store,
                              .folders = g_ptr_array_new_with_free_func(g_free)};
    char *folder = g_path_get_dirname(store);
    while (!g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_ptr_array_add(made.folders, folder);
        folder = g_path_get_dirname(folder);
    }
    g_free(folder);
    return made;
}

/* Nothing came in: what was made for it goes. A folder that holds something else by now stays. */
static void take_away(const struct made *made)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(made->store, suffixes[i], NULL);
        (void)g_unlink(path);
    }
    for (guint i = 0; i < made->folders->len; i++)
        (void)g_rmdir(made->folders->pdata[i]);
}

static void tell_folders(const struct made *made)
{
    if (made->folders->len > 0)
        console_say("%s was not there, and was made", (const char *)made->folders->pdata[0]);
}

/* Somebody else may have begun to record into it. */
static bool is_empty(struct store *s)
{
    int64_t n = 1;
    return query_read_number(s, "SELECT count(*) FROM viewing", "cannot be read", &n, NULL) && n == 0;
}

/* A store that could not be made whole has no content; what has some is somebody else's. */
static bool is_void(const char *path)
{
    GStatBuf st;
    return g_stat(path, &st) != 0 ? errno == ENOENT : st.st_size == 0;
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

/* The counts that reports need. If a signal ends it, or it fails, the next report does it. */
static void count_all(struct store *into)
{
    struct merge_progress progress = merge_progress_begin("counting what was brought in", g_get_monotonic_time());
    store_watch_steps(into, on_steps, &progress);
    into->heeds_signals = true;
    aggregate_catch_up(into, NULL);
    into->heeds_signals = false;
    store_watch_steps(into, NULL, NULL);
    console_progress_end();
}

static int merge_all(const struct store_options *o, char **paths, int n)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *told = NULL;
    const struct made made = note_missing(o->path);
    g_autoptr(GPtrArray) folders G_GNUC_UNUSED = made.folders; /* freed here; clang sees no use */
    struct store *into = retention_open(o, &told, &error);
    if (!into) {
        console_say("%s", error->message);
        if (made.store && is_void(made.store))
            take_away(&made);
        return EXIT_ENVIRONMENT;
    }
    if (told)
        console_say("%s", told);
    bool done = true, any = false;
    interrupt_listen();
    for (int i = 0; i < n && !interrupt_requested(); i++)
        done = merge_one(into, plain_path(paths[i]), &any) && done;
    const bool stays = !made.store || any || interrupt_requested() || !is_empty(into);
    if (stays && !interrupt_requested())
        count_all(into);
    retention_close(into);
    if (stays)
        tell_folders(&made);
    else
        take_away(&made);
    if (interrupt_requested())
        return EXIT_INTERRUPTED;
    return done ? EXIT_OK : EXIT_ENVIRONMENT;
}

int cmd_merge(int argc, char **argv)
{
    gboolean trust = FALSE;
    const GOptionEntry options[] = {
        {"trust-store", 0, 0, G_OPTION_ARG_NONE, &trust,
         "Write into STORE although another user owns it, or it holds more than this program makes", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "STORE FROM…",
            "Brings the viewings of other stores into STORE, which is created if it does not exist. The others are\n"
            "only read. Merging again adds only what is new; what was erased in STORE stays erased.",
            &code))
        return code;
    if (argc < 3) {
        console_say("name a store to merge into and at least one to merge from: frumious merge STORE FROM…");
        return EXIT_USAGE;
    }
    const struct store_options o = {.path = plain_path(argv[1]), .keep_damaged = true, .trust = trust};
    if (names_itself(o.path, argv + 2, argc - 2))
        return EXIT_USAGE;
    if (!g_file_test(o.path, G_FILE_TEST_EXISTS) && !has_source(argv + 2, argc - 2))
        return EXIT_ENVIRONMENT;
    return merge_all(&o, argv + 2, argc - 2);
}
