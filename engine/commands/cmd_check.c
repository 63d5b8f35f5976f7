/* frumious check: a story's mistakes. */

#include "base/confine.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "check/check_report.h"
#include "commands/command.h"
#include "edit/story_fixes.h"

#include <assert.h>
#include <unistd.h>

#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 4)

enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

static const char *const formats[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_SARIF] = "sarif", NULL};
static_assert(G_N_ELEMENTS(formats) == FORMAT_SARIF + 2, "a word for each, and the end");
static const char *const levels[] = {[DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error", NULL};
static_assert(G_N_ELEMENTS(levels) == DIAG_ERROR + 2, "a word for each, and the end");

struct check_arguments {
    enum check_format format;
    enum diag_severity level; /* the mildest that fails the check */
    bool no_media, deep, fix;
};

/* ---- progress of decoding --------------------------------------------------------------------------------------- */

struct decode_progress {
    const char *path;
    int64_t begin_us, next_us;
};

static bool on_file_read(void *user, unsigned done, unsigned n)
{
    (void)user, (void)done, (void)n;
    return !interrupt_requested();
}

static bool on_decoded(void *user, int64_t done_us, int64_t all_us)
{
    struct decode_progress *p = user;
    const int64_t now_us = g_get_monotonic_time();
    if (now_us >= p->next_us && all_us > 0) {
        const double part = MIN((double)done_us / (double)all_us, 1.0);
        const int64_t left_us = part > 0.01 ? (int64_t)((double)(now_us - p->begin_us) * (1 - part) / part) : 0;
        g_autofree char *left = g_strdup_printf(", %d s left", (int)(left_us / US_PER_SECOND) + 1);
        console_progress("%s: %d %% of %d s of film decoded%s", p->path, (int)(part * 100),
                         (int)(all_us / US_PER_SECOND), left_us > 0 ? left : "");
        p->next_us = now_us + PROGRESS_EVERY_US;
    }
    return !interrupt_requested();
}

/* ---- all stories ----------------------------------------------------------------------------------------------- */

static int verdict(const struct checked_story *s, enum diag_severity level)
{
    if (diags_count(s->diags, level) == 0)
        return EXIT_OK;
    return s->exists ? EXIT_PROBLEM : EXIT_ENVIRONMENT;
}

static int check_one(const struct check_arguments *a, const char *path, struct checked_story *story)
{
    struct decode_progress progress = {.path = path, .begin_us = g_get_monotonic_time()};
    const struct check_options o = {
        .no_media = a->no_media, .deep = a->deep, .on_file = on_file_read, .on_decoded = on_decoded, .user = &progress};
    checked_story_init(story, path, &o);
    console_progress_end();
    if (a->format == FORMAT_TEXT) {
        g_autoptr(GString) text = g_string_new(NULL);
        check_report_text(story, interrupt_requested(), console_colour(STDOUT_FILENO), text);
        console_write(text);
    }
    return verdict(story, a->level);
}

static void print_documents(const struct check_arguments *a, const struct checked_story *stories, size_t n)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (a->format == FORMAT_JSON)
        check_report_json(stories, n, text);
    if (a->format == FORMAT_SARIF)
        check_report_sarif(stories, n, interrupt_requested(), text);
    console_write(text);
}

/* Stories come from strangers, and a check needs few rights: none to start a program, and to write only where fontconfig
 * keeps what it knows, and to devices. Where the kernel does not offer that, the check is the same, and says so. */
static void give_up_rights(void)
{
    const char *const folders[] = {g_get_user_cache_dir(), "/dev", NULL};
    confine_or_say(folders);
}

/* ---- mending ----------------------------------------------------------------------------------------------------- */

/* Writes what can be mended without asking, before the check. */
static int fix_one(const char *path)
{
    struct story_fixes fixes;
    GHashTableIter it;
    gpointer file, text;
    int code = EXIT_OK;
    story_fixes_init(&fixes, path);
    g_hash_table_iter_init(&it, fixes.texts);
    while (g_hash_table_iter_next(&it, &file, &text)) {
        g_autoptr(GError) error = NULL;
        if (files_replace_work(file, text, -1, &error))
            continue;
        console_say("%s", error->message);
        code = EXIT_ENVIRONMENT;
    }
    for (guint i = 0; code == EXIT_OK && i < fixes.said->len; i++)
        console_say("%s", (char *)fixes.said->pdata[i]);
    story_fixes_clear(&fixes);
    return code;
}

static int check_all(const struct check_arguments *a, char **paths, int n)
{
    struct checked_story *stories = g_new0(struct checked_story, n);
    int code = EXIT_OK, done = 0;
    interrupt_listen();
    for (int i = 0; a->fix && i < n; i++)
        code = MAX(code, fix_one(paths[i]));
    give_up_rights();
    for (; done < n && !interrupt_requested(); done++) {
        const int one = check_one(a, paths[done], &stories[done]);
        code = MAX(code, one);
    }
    print_documents(a, stories, (size_t)done);
    if (interrupt_requested()) /* then a thread may still be reading a file */
        _exit(console_finish(EXIT_INTERRUPTED));
    for (int i = 0; i < done; i++)
        checked_story_clear(&stories[i]);
    g_free(stories);
    return code;
}

int cmd_check(int argc, char **argv)
{
    gboolean strict = FALSE, no_media = FALSE, deep = FALSE, fix = FALSE;
    g_autofree char *format = NULL, *level = NULL;
    const GOptionEntry options[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default), json or sarif", "FORMAT"},
        {"error-level", 0, 0, G_OPTION_ARG_STRING, &level, "What fails the check: error (the default), warning or note",
         "LEVEL"},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "The same as --error-level warning", NULL},
        {"no-media", 0, 0, G_OPTION_ARG_NONE, &no_media, "Don't open films, sounds and subtitles", NULL},
        {"deep", 0, 0, G_OPTION_ARG_NONE, &deep,
         "Decode them as well, for loudness, flashing and damage (takes a while)", NULL},
        {"fix", 0, 0, G_OPTION_ARG_NONE, &fix,
         "First mend in the story's files what leaves nothing to decide, and say what was mended", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY…",
            "Reports every mistake in each story and its media, and how to correct it.\n"
            "`frumious explain CODE` says more about a code. Exit code 0: the check passed; 1: it failed; 3: there is\n"
            "no such story. Ctrl-C stops it with a report of what it found so far, and exit code 130.",
            &code))
        return code;
    if (argc < 2) {
        console_say("name at least one story: frumious check STORY…");
        return EXIT_USAGE;
    }
    static const struct command_clash clashes[] = {
        {"deep", "no-media", "one decodes the media, the other leaves them out; choose one"},
        {"strict", "error-level", "--strict is short for --error-level warning; choose one"},
    };
    if (!command_go_together(options, clashes, G_N_ELEMENTS(clashes)))
        return EXIT_USAGE;
    const int format_index = command_choice("--format", format, formats, FORMAT_TEXT);
    const int level_index = command_choice("--error-level", level, levels, strict ? DIAG_WARNING : DIAG_ERROR);
    if (format_index < 0 || level_index < 0)
        return EXIT_USAGE;
    const struct check_arguments a = {(enum check_format)format_index, (enum diag_severity)level_index, no_media, deep,
                                      fix};
    return check_all(&a, argv + 1, argc - 1);
}
