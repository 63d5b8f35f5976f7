/* frumious explore: every play of a story at once. */

#include "commands/command.h"
#include "base/beneath.h"
#include "base/interrupt.h"
#include "check/check_report.h"
#include "base/units.h"
#include "explore/explore_report.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Half the memory of a small machine. */
#define DEFAULT_MEMORY_MIB 2048
#define THREADS_MAX        256
#define PROGRESS_EVERY_US  (G_USEC_PER_SEC / 2)

struct explore_arguments {
    struct explore_options options;
    const char *witnesses; /* folder, or NULL */
    int format;            /* in formats */
    bool strict;
};

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };
static const char *const formats[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_SARIF] = "sarif", NULL};
static_assert(G_N_ELEMENTS(formats) == FORMAT_SARIF + 2, "a word for each, and the end");

struct explore_progress {
    int64_t next_us;
};

static bool on_explore_progress(void *user, uint64_t n_states, uint64_t n_open)
{
    struct explore_progress *p = user;
    const int64_t now_us = g_get_monotonic_time();
    if (now_us >= p->next_us) {
        console_progress("%" G_GUINT64_FORMAT " state%s, %" G_GUINT64_FORMAT " yet to look at ", n_states,
                         units_s((int64_t)n_states), n_open);
        p->next_us = now_us + PROGRESS_EVERY_US;
    }
    return !interrupt_requested();
}

/* The paths of the transcripts written, as in struct explore_report. */
struct witness_writer {
    char **findings, **endings;
    bool *drawn;
};

/* Writes and frees the transcript, which may be NULL: then there is none. */
static bool write_play(const char *folder, const char *name, struct transcript *t, char **path)
{
    g_autoptr(GError) error = NULL;
    if (!t)
        return true;
    *path = g_build_filename(folder, name, NULL);
    const bool saved = transcript_save(t, *path, &error);
    transcript_free(t);
    if (!saved)
        console_say("%s", error->message);
    return saved;
}

/* Writes each finding's play as NN-KIND.transcript, then the soonest play to each ending as ending-NAME.transcript. */
static bool write_witnesses(const struct explore_arguments *a, const struct story *s, const struct explore *e,
                            struct witness_writer *w)
{
    const struct explore_result *r = explore_result(e);
    bool good = true, drawn;
    if (g_mkdir_with_parents(a->witnesses, 0777) != 0) {
        console_say("can't create %s: %s", a->witnesses, g_strerror(errno));
        return false;
    }
    for (int32_t i = 0; good && i < r->n_findings && !explore_ran_late(e); i++) {
        g_autofree char *name =
            g_strdup_printf("%02d-%s.transcript", i + 1, explore_kind_info(r->findings[i].kind)->name);
        good = write_play(a->witnesses, name, explore_witness(e, i, &w->drawn[i]), &w->findings[i]);
    }
    for (int32_t i = 0; good && i < s->n_endings && !explore_ran_late(e); i++) {
        g_autofree char *name = g_strdup_printf("ending-%s.transcript", s->endings[i].name);
        good = write_play(a->witnesses, name, explore_shortest_play(e, i, &drawn), &w->endings[i]);
    }
    if (good && explore_ran_late(e))
        console_say("the time was over before all witnesses were written to %s", a->witnesses);
    return good;
}

/* The story's files, for their lines. One that can't be read any more is NULL. */
static struct source_text **open_sources(const struct story *s)
{
    struct source_text **sources = g_new0(struct source_text *, (gsize)s->n_files + 1);
    for (int32_t i = 0; i < s->n_files; i++) {
        const char *why, *name = s->files[i], *below = name;
        if (g_str_has_prefix(name, s->dir) && name[strlen(s->dir)] == '/')
            below = name + strlen(s->dir) + 1;
        g_autofree char *path = i == 0 ? beneath_name(name) : beneath_path(s->dir, below);
        source_text_open(&sources[i], path, name, &why);
    }
    return sources;
}

static void close_sources(struct source_text **sources, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        source_text_close(sources[i]);
    g_free(sources);
}

static bool print_report(const struct explore_arguments *a, const struct story *s, const struct explore *e,
                         int64_t wall_us)
{
    const struct explore_result *r = explore_result(e);
    const gsize n = (gsize)r->n_findings, n_endings = (gsize)s->n_endings;
    struct witness_writer w = {g_new0(char *, n + 1), g_new0(char *, n_endings + 1), g_new0(bool, n + 1)};
    const bool good = !a->witnesses || write_witnesses(a, s, e, &w);
    struct source_text **sources = open_sources(s);
    const struct explore_report report = {
        s, r, w.findings, w.endings, w.drawn, wall_us, console_colour(STDOUT_FILENO), sources};
    g_autoptr(GString) text = g_string_new(NULL);
    if (a->format == FORMAT_JSON)
        explore_report_json(&report, text);
    else if (a->format == FORMAT_SARIF)
        explore_report_sarif(&report, FRUMIOUS_VERSION, text);
    else
        explore_report_text(&report, text);
    console_write(text);
    close_sources(sources, s->n_files);
    for (gsize i = 0; i < n; i++)
        g_free(w.findings[i]);
    for (gsize i = 0; i < n_endings; i++)
        g_free(w.endings[i]);
    g_free(w.drawn);
    g_free(w.endings);
    g_free(w.findings);
    return good;
}

static int verdict(const struct explore_arguments *a, const struct explore_result *r)
{
    assert(r->n_mistakes <= r->n_findings);
    if (interrupt_requested())
        return EXIT_INTERRUPTED;
    if (r->limit != EXPLORE_LIMIT_NONE || r->n_mistakes > 0 || (a->strict && r->n_findings > 0))
        return EXIT_PROBLEM;
    return EXIT_OK;
}

static int explore(struct explore_arguments *a, const struct story *s)
{
    struct explore_progress progress = {g_get_monotonic_time() + PROGRESS_EVERY_US};
    const int64_t begin_us = g_get_monotonic_time();
    a->options.progress = on_explore_progress;
    a->options.user = &progress;
    a->options.interrupted = interrupt_requested;
    interrupt_listen();
    struct explore *e = explore_new(s, &a->options);
    explore_run(e);
    console_progress_end();
    int code = print_report(a, s, e, g_get_monotonic_time() - begin_us) ? EXIT_OK : EXIT_ENVIRONMENT;
    if (code == EXIT_OK)
        code = verdict(a, explore_result(e));
    explore_free(e);
    return code;
}

/* A program that asked for a document gets the story's mistakes as one, that of `check`. */
static void print_story_mistakes(const struct explore_arguments *a, const char *path)
{
    const struct check_options o = {.no_media = true};
    struct checked_story story;
    g_autoptr(GString) text = g_string_new(NULL);
    checked_story_init(&story, path, &o);
    if (a->format == FORMAT_JSON)
        check_report_json(&story, 1, text);
    if (a->format == FORMAT_SARIF)
        check_report_sarif(&story, 1, false, text);
    console_write(text);
    checked_story_clear(&story);
}

int cmd_explore(int argc, char **argv)
{
    g_autofree char *states = NULL, *memory = NULL, *witnesses = NULL, *format = NULL;
    g_autofree char *seconds = NULL, *threads = NULL;
    gboolean no_back = FALSE, strict = FALSE, exact = FALSE;
    const GOptionEntry options[] = {
        {"max-states", 0, 0, G_OPTION_ARG_STRING, &states, "Stop after N states", "N"},
        {"max-memory", 0, 0, G_OPTION_ARG_STRING, &memory, "Stop when the states take this much memory (default 2048)",
         "MIB"},
        {"max-seconds", 0, 0, G_OPTION_ARG_STRING, &seconds, "Stop after S seconds", "S"},
        {"threads", 'j', 0, G_OPTION_ARG_STRING, &threads, "Number of threads (default: one for each core)", "N"},
        {"exact", 0, 0, G_OPTION_ARG_NONE, &exact,
         "Also count the states that differ only in values that nothing reads", NULL},
        {"no-back", 0, 0, G_OPTION_ARG_NONE, &no_back, "Assume that viewers never go back to earlier decisions", NULL},
        {"witness", 0, 0, G_OPTION_ARG_FILENAME, &witnesses,
         "Write the shortest play to each finding and to each ending into DIR", "DIR"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default), json or sarif", "FORMAT"},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Fail on notes, too", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Follows everything that can happen in a story, whatever its viewers choose. Exit code 0: it is proved "
            "that\n"
            "there is no mistake; 1: there is one, or a limit was reached; 130: stopped by Ctrl-C, with a report of\n"
            "what was seen so far. A witness is a transcript: `frumious play --choose FILE` plays it.",
            &code))
        return code;
    struct explore_arguments a = {.witnesses = witnesses, .strict = strict, .options.no_back = no_back};
    uint64_t mib = DEFAULT_MEMORY_MIB, limit_s = 0, n_threads = 0;
    if (argc != 2) {
        console_say("name one story: frumious explore STORY");
        return EXIT_USAGE;
    }
    a.format = command_choice("--format", format, formats, FORMAT_TEXT);
    if (a.format < 0 || !command_number("--max-states", states, 1, UINT32_MAX, &a.options.max_states) ||
        !command_number("--max-memory", memory, 1, 1 << 24, &mib) ||
        !command_number("--max-seconds", seconds, 1, 1 << 24, &limit_s) ||
        !command_number("--threads", threads, 1, THREADS_MAX, &n_threads))
        return EXIT_USAGE;
    a.options.threads = (int32_t)n_threads;
    a.options.exact = exact;
    a.options.max_memory = (size_t)mib << 20;
    const int64_t begin_us = g_get_monotonic_time();
    struct story *story = command_load_story(argv[1], "explored", NULL, &code);
    const int64_t left_us = (int64_t)limit_s * G_USEC_PER_SEC - (g_get_monotonic_time() - begin_us);
    if (limit_s > 0) /* loading takes its part */
        a.options.max_us = MAX(1, left_us);
    if (story)
        code = explore(&a, story);
    else if (code == EXIT_PROBLEM)
        print_story_mistakes(&a, argv[1]);
    story_free(story);
    return code;
}
