/* frumious merge: joins the stores of several machines. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "telemetry/count/aggregate.h"
#include "telemetry/keep/retention.h"
#include "telemetry/keep/merge.h"

#include <assert.h>
#include <string.h>

static char *plain_path(char *store)
{
    const char prefix[] = "sqlite:";
    return g_str_has_prefix(store, prefix) ? store + strlen(prefix) : store;
}

static void on_batch(void *from, int64_t looked_at, int64_t all)
{
    console_progress("%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " viewings", (const char *)from, looked_at, all);
}

static bool merge_one(struct store *into, char *from)
{
    g_autoptr(GError) error = NULL;
    struct merge_result r;
    const bool done = merge_store(into, from, &(struct merge_listener){on_batch, from}, &r, &error);
    console_progress_end();
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
    g_autoptr(GError) error = NULL;
    const struct store_options o = {.path = plain_path(argv[1]), .keep_damaged = true, .trust = trust};
    if (!g_file_test(o.path, G_FILE_TEST_EXISTS) && !has_source(argv + 2, argc - 2))
        return EXIT_ENVIRONMENT;
    g_autofree char *told = NULL;
    struct store *into = retention_open(&o, &told, &error);
    if (!into) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    if (told)
        console_say("%s", told);
    bool done = true;
    interrupt_listen();
    for (int i = 2; i < argc && !interrupt_requested(); i++)
        done = merge_one(into, plain_path(argv[i])) && done;
    if (!interrupt_requested())
        aggregate_catch_up(into, NULL); /* if it fails, the next report does it */
    retention_close(into);
    if (interrupt_requested())
        return EXIT_INTERRUPTED;
    return done ? EXIT_OK : EXIT_ENVIRONMENT;
}
