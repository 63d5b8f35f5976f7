/* The verbs of `frumious telemetry` that change what is recorded, or what will be. */

#include "commands/telemetry_keep.h"

#include "base/units.h"
#include "player/settings.h"
#include "telemetry/store/control.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "telemetry/write/spool_recovery.h"

#include <assert.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>

/* How long to wait for a program that is reading the store: first in silence, then after a message. */
#define WAIT_FIRST_MS 300
#define WAIT_MS       2000

/* ---- erase ------------------------------------------------------------------------------------------------------- */

/* Deletes the files of damaged stores (`all`), or only names them. */
static bool erase_damaged(const char *path, bool all)
{
    g_autoptr(GPtrArray) files = store_file_list_aside(path);
    bool done = true;
    for (guint i = 0; i < files->len; i++) {
        const char *file = files->pdata[i];
        if (!all)
            console_say("%s was damaged and can't be searched; `frumious telemetry erase leftovers` deletes it whole",
                        file);
        else if (g_unlink(file) == 0)
            console_print("Deleted %s.\n", file);
        else {
            console_say("%s can't be deleted: %s", file, g_strerror(errno));
            done = false;
        }
    }
    return done;
}

static int scrub_store(struct store *store)
{
    g_autofree char *reader = NULL;
    g_autoptr(GError) error = NULL;
    bool done = erase_scrub(store, WAIT_FIRST_MS, &reader, &error);
    if (done && reader) {
        console_say("waiting for %s, which is reading %s …", reader, store->path);
        g_clear_pointer(&reader, g_free);
        done = erase_scrub(store, WAIT_MS, &reader, &error);
    }
    if (!done)
        return telemetry_failed(error);
    if (!reader) {
        console_print("Nothing that was erased is left in the store's files.\n");
        return EXIT_OK;
    }
    console_say("the log %s-wal still holds what was erased, because %s is reading it; run `frumious telemetry erase "
                "leftovers` "
                "when that has ended",
                store->path, reader);
    return EXIT_PROBLEM;
}

/* Records that a killed play left behind go into the store first; otherwise the next play would add them after the
 * erasure. */
static bool recover_spool(const struct store *store)
{
    const struct sink_options o = {.path = store->path, .trust = store->trusted};
    struct sink_result result = {0};
    g_autoptr(GError) error = NULL;
    const bool done = spool_recover(store->path, &o, &result, &error);
    if (!done)
        telemetry_failed(error);
    if (result.notice)
        console_say("%s", result.notice);
    g_free(result.notice);
    return done;
}

int telemetry_erase(const struct telemetry_request *r)
{
    int code = EXIT_OK;
    const bool all = g_strcmp0(r->what, "all") == 0 && !r->story && !r->viewer;
    const bool leftovers = g_strcmp0(r->what, "leftovers") == 0;
    if (!r->what && !r->story && !r->viewer) {
        console_say("name what to erase: a viewing's id, 'last', 'all', 'leftovers', --story ID or --viewer ID");
        return EXIT_USAGE;
    }
    if (leftovers && (r->story || r->viewer)) {
        console_say(
            "'leftovers' and --%s can't go together: they are what was erased before, of whatever film or viewer; "
            "leave one out",
            r->story ? "story" : "viewer");
        return EXIT_USAGE;
    }
    struct store *store = telemetry_request_open(r, TELEMETRY_WRITE, &code);
    if (!store)
        return code;
    struct read_filter which;
    g_autofree char *owned = NULL;
    g_autoptr(GError) error = NULL;
    int64_t n = 0;
    telemetry_request_filter(r, &which, &owned);
    if (!recover_spool(store))
        code = EXIT_PROBLEM;
    else if (!leftovers && !erase_viewings(store, &which, &n, &error))
        code = telemetry_failed(error);
    else {
        if (!leftovers)
            console_print("Erased %" PRId64 " viewing%s.\n", n, units_s(n));
        code = scrub_store(store);
        if (!erase_damaged(store->path, all || leftovers))
            code = EXIT_PROBLEM;
    }
    telemetry_request_close(store);
    return code;
}

/* ---- pause and resume -------------------------------------------------------------------------------------------- */

/* The viewer's setting: whether a film that starts records at all. */
static bool set_record(enum settings_record record)
{
    g_autoptr(GError) error = NULL;
    struct settings *settings = settings_load();
    settings->record = record;
    const bool saved = settings_save(settings, &error);
    settings_free(settings);
    if (!saved)
        console_say("%s", error->message);
    return saved;
}

/* Sets the store's own mark, which films that are playing obey. Without --store the setting is changed too; then
 * there may be no store yet. */
static int set_paused(const struct telemetry_request *r, bool paused)
{
    int code;
    g_autofree char *path = r->store ? NULL : store_default_path();
    if (!r->store && !set_record(paused ? SETTINGS_NO : SETTINGS_YES))
        return EXIT_ENVIRONMENT;
    if (path && !g_file_test(path, G_FILE_TEST_EXISTS))
        return EXIT_OK;
    struct store *store = telemetry_request_open(r, TELEMETRY_WRITE, &code);
    if (!store)
        return code;
    g_autoptr(GError) error = NULL;
    const bool done = control_set_paused(store, paused, &error);
    telemetry_request_close(store);
    return done ? EXIT_OK : telemetry_failed(error);
}

int telemetry_pause(const struct telemetry_request *r)
{
    const int code = set_paused(r, true);
    if (code == EXIT_OK)
        console_print("Nothing is recorded from now on. What is recorded already stays.\n");
    return code;
}

int telemetry_resume(const struct telemetry_request *r)
{
    const int code = set_paused(r, false);
    if (code == EXIT_OK)
        console_print(
            "Decisions are recorded on this machine from now on. They are sent nowhere, unless you share them.\n");
    return code;
}

/* ---- retention --------------------------------------------------------------------------------------------------- */

#define DAYS_MAX 36500

static bool parse_days(const char *text, int64_t *days)
{
    char *end;
    *days = 0;
    if (strcmp(text, "forever") == 0)
        return true;
    *days = g_ascii_strtoll(text, &end, 10);
    return g_ascii_isdigit(text[0]) && *end == '\0' && *days >= 1 && *days <= DAYS_MAX;
}

static int print_retention(struct store *store, const struct moment *now)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (!retention_text(store, now, text, &error))
        return telemetry_failed(error);
    console_write(text);
    return EXIT_OK;
}

/* "Erased 3 viewings, dated 2026-01-02 to 2026-02-03." */
static void print_cut(const char *done, const struct retention_cut *cut)
{
    g_autofree char *from = units_utc_time(cut->first_ms, "%Y-%m-%d"), *to = units_utc_time(cut->last_ms, "%Y-%m-%d");
    console_print("%s %" PRId64 " viewing%s", done, cut->n, units_s(cut->n));
    if (cut->n)
        console_print(", dated %s to %s (UTC)", from, to);
    console_print(".\n");
}

static int set_retention(struct store *store, const struct moment *now, int64_t days)
{
    g_autoptr(GError) error = NULL;
    struct retention_result r;
    assert(days >= 0 && days <= DAYS_MAX);
    if (!retention_set(store, now, days, &r, &error))
        return telemetry_failed(error);
    if (r.erased > 0)
        console_print("Erased %" PRId64 " viewing%s.\n", r.erased, units_s(r.erased));
    return r.erased > 0 ? scrub_store(store) : EXIT_OK;
}

static int cut_viewings(struct store *store, const struct moment *now, int64_t days)
{
    g_autoptr(GError) error = NULL;
    struct retention_cut cut;
    if (!retention_cut(store, now, days, &cut, &error))
        return telemetry_failed(error);
    print_cut("Erased", &cut);
    return cut.n > 0 ? scrub_store(store) : EXIT_OK;
}

static int look_at_viewings(struct store *store, const struct moment *now, int64_t days)
{
    g_autoptr(GError) error = NULL;
    struct retention_cut cut;
    if (!retention_look(store, now, days, &cut, &error))
        return telemetry_failed(error);
    print_cut("This would erase", &cut);
    return EXIT_OK;
}

/* With --now, and without DAYS, the limit that the store has. */
static bool find_days(const struct telemetry_request *r, struct store *store, int64_t *days)
{
    struct control c;
    g_autoptr(GError) error = NULL;
    if (r->what)
        return true;
    if (!control_read(store, &c, &error)) {
        telemetry_failed(error);
        return false;
    }
    *days = c.keep_days;
    if (*days == 0)
        console_say("viewings are kept until you erase them; name a number of days: "
                    "frumious telemetry retention DAYS --now");
    return *days > 0;
}

static int run_retention(const struct telemetry_request *r, struct store *store, int64_t days)
{
    struct moment now;
    g_autoptr(GError) error = NULL;
    if (!retention_now(store, &now, &error))
        return telemetry_failed(error);
    if (r->now && !find_days(r, store, &days))
        return EXIT_USAGE;
    if (r->dry_run)
        return look_at_viewings(store, &now, days);
    int code = r->what ? set_retention(store, &now, days) : EXIT_OK;
    if (code == EXIT_OK && r->now)
        code = cut_viewings(store, &now, days);
    const int said = print_retention(store, &now);
    return code ? code : said;
}

int telemetry_retention(const struct telemetry_request *r)
{
    int code;
    int64_t days = 0;
    if (r->what && !parse_days(r->what, &days)) {
        console_say("retention wants a number of days from 1 to %d, or 'forever'", DAYS_MAX);
        return EXIT_USAGE;
    }
    if ((r->dry_run && !r->now) || (r->now && r->what && days == 0)) {
        console_say("--now erases what is older than a number of days, and --dry-run says what --now would erase");
        return EXIT_USAGE;
    }
    const bool reads = r->dry_run || (!r->what && !r->now);
    struct store *store = telemetry_request_open(r, reads ? TELEMETRY_READ : TELEMETRY_MAKE, &code);
    if (!store)
        return code;
    code = run_retention(r, store, days);
    telemetry_request_close(store);
    return code;
}

/* ---- the viewer's id --------------------------------------------------------------------------------------------- */

int telemetry_viewer(const struct telemetry_request *r)
{
    struct settings *settings = settings_load();
    g_autoptr(GError) error = NULL;
    int code = EXIT_OK;
    const bool off = g_strcmp0(r->what, "off") == 0, on = g_strcmp0(r->what, "on") == 0;
    if (r->what && !off && !on && strcmp(r->what, "new") != 0) {
        console_say("viewer wants 'on', 'off' or 'new'");
        code = EXIT_USAGE;
    } else if (r->what && !(on && settings->viewer[0])) {
        g_free(settings->viewer);
        settings->viewer = off ? g_strdup("") : g_uuid_string_random();
        if (!settings_save(settings, &error)) {
            console_say("%s", error->message);
            code = EXIT_ENVIRONMENT;
        }
    }
    if (code == EXIT_OK)
        console_print(settings->viewer[0]
                          ? "Your viewings are linked to each other by a random id, on this machine only.\n"
                          : "Your viewings are not linked to each other.\n");
    settings_free(settings);
    return code;
}
