/* frumious doctor: what this machine can do, and what to install for the rest. */

#include "base/confine.h"
#include "base/fold.h"
#include "base/paths.h"
#include "base/safe.h"
#include "commands/command.h"
#include "player/doctor.h"
#include "player/settings.h"
#include "telemetry/store/store_file.h"

#include <gio/gio.h>
#include <unistd.h>

static const char *const marks[] = {[DOCTOR_FINE] = "ok", [DOCTOR_LESS] = "less", [DOCTOR_MISSING] = "MISSING"};

/* Whether a file, or what is there of its folder, can be written. */
static bool can_write(const char *path)
{
    g_autofree char *at = g_strdup(path);
    while (!g_file_test(at, G_FILE_TEST_EXISTS)) {
        char *parent = g_path_get_dirname(at);
        g_free(at);
        at = parent;
    }
    return access(at, W_OK) == 0;
}

static void examine_settings(GArray *findings)
{
    char *path = paths_settings();
    const bool writable = can_write(path);
    doctor_add(findings, "settings", writable ? DOCTOR_FINE : DOCTOR_LESS, path,
               writable ? NULL : g_strdup("can't be written, so nothing is remembered; whose file or folder is it?"));
}

static char *describe_store(const char *path, enum store_file_state state, char **remedy)
{
    static const char *const words[] = {
        [STORE_FILE_EMPTY] = "%s (empty)",
        [STORE_FILE_OURS] = "%s",
        [STORE_FILE_FOREIGN] = "%s is a file of another program",
        [STORE_FILE_NEWER] = "%s was made by a newer version of this program",
        [STORE_FILE_DAMAGED] = "%s is damaged",
    };
    static const char *const remedies[] = {
        [STORE_FILE_FOREIGN] = "move it away, or name another store (--store)",
        [STORE_FILE_NEWER] = "install that version",
        [STORE_FILE_DAMAGED] =
            "the next film sets it aside and begins a new one; `frumious telemetry status` says more",
    };
    *remedy = state < G_N_ELEMENTS(remedies) ? g_strdup(remedies[state]) : NULL;
    GString *out = g_string_new(NULL);
    g_string_printf(out, words[state], path);
    return g_string_free(out, FALSE);
}

static void examine_store(GArray *findings)
{
    g_autofree char *path = store_default_path();
    enum store_file_state state;
    char *remedy = NULL;
    const bool there = store_file_inspect(path, false, &state, NULL);
    char *found = there ? describe_store(path, state, &remedy) : g_strdup_printf("%s (nothing was recorded yet)", path);
    if (!remedy && !can_write(path))
        remedy = g_strdup("can't be written, so nothing is recorded; whose file or folder is it?");
    doctor_add(findings, "store", remedy ? DOCTOR_LESS : DOCTOR_FINE, found, remedy);
}

static void examine_recording(GArray *findings)
{
    static const char *const words[] = {
        [SETTINGS_ASK] = "nobody was asked yet; the first film asks",
        [SETTINGS_YES] = "on: decisions are recorded on this machine",
        [SETTINGS_NO] = "off: nothing is recorded",
        [SETTINGS_COUNT] = "off: nothing is recorded but how many viewings there were",
    };
    struct settings *settings = settings_load();
    doctor_add(findings, "recording", DOCTOR_FINE, g_strdup(words[settings->record]), NULL);
    settings_free(settings);
}

/* Tried out, and so the last that is looked at: this process keeps no right that it would still need. */
static void examine_protection(GArray *findings)
{
    const char *const nowhere[] = {NULL};
    g_autofree char *kept = confine_as_offered(nowhere);
    doctor_add(findings, "protection", kept ? DOCTOR_LESS : DOCTOR_FINE,
               kept ? g_strdup_printf("not all rights can be given up before a film is opened (%s)", kept)
                    : g_strdup("rights are given up before a film is opened"),
               kept ? g_strdup("the kernel is too old, or a sandbox around this program forbids it: see SECURITY.md")
                    : NULL);
}

static void print_finding(GString *out, const struct doctor_finding *f)
{
    g_autoptr(GString) line = g_string_new(NULL);
    safe_printf(line, "  %-10s %-8s  %s\n", f->what, marks[f->state], f->found);
    if (f->remedy)
        safe_printf(line, "  %-10s %-8s  -> %s\n", "", "", f->remedy);
    fold_text(out, line->str, 80);
}

int cmd_doctor(int argc, char **argv)
{
    const GOptionEntry options[] = {G_OPTION_ENTRY_NULL};
    enum doctor_state worst = DOCTOR_FINE;
    int code;
    if (!command_options(
            &argc, &argv, options, "",
            "Says what this machine can do for films, and what to install for the rest. It changes nothing.\n"
            "Exit code 0: films play in a window; 3: they don't.",
            &code))
        return code;
    if (argc > 1) {
        console_say("doctor takes no arguments, and got '%s'; see `frumious doctor --help`", argv[1]);
        return EXIT_USAGE;
    }
    g_autoptr(GArray) findings = doctor_examine();
    g_autoptr(GString) out = g_string_new(NULL);
    examine_settings(findings);
    examine_store(findings);
    examine_recording(findings);
    examine_protection(findings);
    for (guint i = 0; i < findings->len; i++) {
        const struct doctor_finding *f = &g_array_index(findings, struct doctor_finding, i);
        print_finding(out, f);
        worst = MAX(worst, f->state);
    }
    g_string_append(out, worst == DOCTOR_FINE ? "\nFilms play here, with everything.\n"
                         : worst == DOCTOR_LESS
                             ? "\nFilms play here. What is marked \"less\" says what they lack.\n"
                             : "\nFilms don't play in a window here. What is marked MISSING says why.\n");
    console_write(out);
    return worst == DOCTOR_MISSING ? EXIT_ENVIRONMENT : EXIT_OK;
}
