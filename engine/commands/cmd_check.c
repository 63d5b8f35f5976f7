/* frumious check, frumious explain: a story's mistakes, and what they mean. */

#include "commands/command.h"
#include "check/check_report.h"
#include "base/interrupt.h"
#include "check/lint_deep.h"
#include "check/lint_files.h"
#include "check/lint_texts.h"
#include "explore/explore.h"
#include "media/media.h"
#include "story/load.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 4)

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

static const char *const formats[] = {"text", "json", "sarif", NULL};
static const char *const levels[] = {"note", "warning", "error", NULL}; /* enum diag_severity */

struct check_arguments {
    enum check_format format;
    enum diag_severity level; /* what fails the check */
    bool no_media, deep;
};

/* The index of a word, -1 if it is none of them; no word: `usual`. */
static int word_index(const char *word, const char *const *words, int usual)
{
    for (int i = 0; word && words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return word ? -1 : usual;
}

/* ---- progress of what takes long -------------------------------------------------------------------------------- */

struct decode_progress {
    const char *path;
    bool shown, tty;
    int64_t begin_us, next_us;
};

static bool on_files_progress(void *user, unsigned done, unsigned n)
{
    (void)user, (void)done, (void)n;
    return !interrupt_requested();
}

static bool on_decode_progress(void *user, int64_t done_us, int64_t all_us)
{
    struct decode_progress *p = user;
    const int64_t now_us = g_get_monotonic_time();
    if (p->tty && now_us >= p->next_us && all_us > 0) {
        const double part = MIN((double)done_us / (double)all_us, 1.0);
        const int64_t left_us = part > 0.01 ? (int64_t)((double)(now_us - p->begin_us) * (1 - part) / part) : 0;
        fprintf(stderr, "\r\033[K%s: %d %% of %d s of film decoded", p->path, (int)(part * 100),
                (int)(all_us / US_PER_SECOND));
        if (left_us > 0)
            fprintf(stderr, ", %d s left", (int)(left_us / US_PER_SECOND) + 1);
        fflush(stderr);
        p->shown = true;
        p->next_us = now_us + PROGRESS_EVERY_US;
    }
    return !interrupt_requested();
}

/* ---- one story ------------------------------------------------------------------------------------------------- */

static void decode_media(const struct story *story, GHashTable *facts, struct diags *diags, struct checked_story *found)
{
    struct decode_progress progress = {found->path, false, isatty(STDERR_FILENO) != 0, g_get_monotonic_time(), 0};
    const struct lint_deep deep = lint_deep(story, facts, diags, on_decode_progress, &progress);
    if (progress.shown)
        fputs("\r\033[K", stderr);
    found->pieces = deep.pieces;
    found->looked_at = deep.looked_at;
    found->film_us = deep.film_us;
}

static struct text_extent measure_text(void *user, const struct text_style *style, const char *words, int width)
{
    return text_size(text_get(user, style, words, width));
}

static void check_texts(const struct story *story, struct diags *diags)
{
    struct text *text = lint_texts_wants_measure(story) ? text_open() : NULL;
    const bool measures = text && !text_problem(text);
    lint_texts(story, measures || !text ? measure_text : NULL, text, diags);
    text_close(text);
}

/* Where it was interrupted before anything could be decoded, `pieces` stays 0. */
static void check_media(const struct story *story, struct diags *diags, const struct check_arguments *a,
                        struct checked_story *found)
{
    struct media *quiet = media_new(); /* what FFmpeg thinks of a file, we say ourselves */
    GHashTable *facts = a->no_media ? NULL : lint_files(story, a->deep, on_files_progress, NULL);
    if (!facts)
        facts = g_hash_table_new(g_str_hash, g_str_equal);
    lint_run(story, facts, diags);
    check_texts(story, diags);
    found->deep = a->deep;
    if (a->deep)
        decode_media(story, facts, diags, found);
    diags_sort(diags);
    g_hash_table_unref(facts);
    media_free(quiet);
}

/* Loads and checks one story; EXIT_OK: nothing is as bad as `level`. The diagnostics become the caller's. */
static int check_story(const struct check_arguments *a, const char *path, struct checked_story *found)
{
    struct diags *diags = diags_new();
    struct story *story = story_load(path, diags);
    *found = (struct checked_story){.path = path, .diags = diags, .loaded = story != NULL};
    if (story) {
        check_media(story, diags, a, found);
        found->n_nodes = story->n_nodes;
        found->n_decisions = story->n_decisions;
        found->n_endings = story->n_endings;
    }
    const bool there = story || g_file_test(path, G_FILE_TEST_EXISTS);
    story_free(story);
    if (diags_count(diags, a->level) == 0)
        return EXIT_OK;
    return there ? EXIT_PROBLEM : EXIT_ENVIRONMENT;
}

static void print_text(const struct checked_story *f, GString *text)
{
    const size_t errors = diags_count(f->diags, DIAG_ERROR);
    const size_t warnings = diags_count(f->diags, DIAG_WARNING) - errors;
    const size_t notes = diags_count(f->diags, DIAG_NOTE) - errors - warnings;
    diags_print(f->diags, text, console_colour(STDOUT_FILENO));
    if (text->len > 0)
        g_string_append_c(text, '\n');
    g_string_append_printf(text, "%s: ", f->path);
    if (f->loaded)
        g_string_append_printf(text, "%d node%s, %d decision%s, %d ending%s; ", f->n_nodes, plural((size_t)f->n_nodes),
                               f->n_decisions, plural((size_t)f->n_decisions), f->n_endings,
                               plural((size_t)f->n_endings));
    g_string_append_printf(text, "%zu error%s, %zu warning%s", errors, plural(errors), warnings, plural(warnings));
    if (notes > 0)
        g_string_append_printf(text, ", %zu note%s", notes, plural(notes));
    g_string_append_c(text, '\n');
    if (interrupt_requested())
        g_string_append(text, "partial: it was interrupted; ");
    else if (!f->deep)
        return;
    g_string_append_printf(text, "%u of %u pieces of film and sound were decoded, %d s\n", f->looked_at, f->pieces,
                           (int)(f->film_us / US_PER_SECOND));
}

static int check_stories(const struct check_arguments *a, char **paths, int n)
{
    struct checked_story *found = g_new0(struct checked_story, n);
    g_autoptr(GString) text = g_string_new(NULL);
    int code = EXIT_OK;
    int looked_at = 0;
    if (a->deep)
        interrupt_listen();
    for (int i = 0; i < n && !interrupt_requested(); i++) {
        const int one = check_story(a, paths[i], &found[i]);
        looked_at++;
        code = MAX(code, one);
        if (a->format != FORMAT_TEXT)
            continue;
        g_string_set_size(text, 0);
        print_text(&found[i], text);
        fwrite(text->str, 1, text->len, stdout);
    }
    g_string_set_size(text, 0);
    if (a->format == FORMAT_JSON)
        check_report_json(found, (size_t)looked_at, text);
    if (a->format == FORMAT_SARIF)
        check_report_sarif(found, (size_t)looked_at, interrupt_requested(), text);
    fwrite(text->str, 1, text->len, stdout);
    for (int i = 0; i < looked_at; i++)
        diags_free((struct diags *)found[i].diags);
    g_free(found);
    return interrupt_requested() ? EXIT_INTERRUPTED : code;
}

int cmd_check(int argc, char **argv)
{
    gboolean strict = FALSE, no_media = FALSE, deep = FALSE;
    g_autofree char *format = NULL, *level = NULL;
    const GOptionEntry options[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default), json or sarif", "FORMAT"},
        {"error-level", 0, 0, G_OPTION_ARG_STRING, &level, "What fails the check: error (the default), warning or note",
         "LEVEL"},
        {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "The same as --error-level warning", NULL},
        {"no-media", 0, 0, G_OPTION_ARG_NONE, &no_media, "Do not open films, sounds and subtitles", NULL},
        {"deep", 0, 0, G_OPTION_ARG_NONE, &deep, "Decode them, too: loudness, flashing, damage (takes a while)", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY…",
            "Reads each story, says everything that is wrong with it and its media, and what to do.\n"
            "`frumious explain CODE` tells more about a code. Exit code 0: nothing that fails the check; 1:\n"
            "something; 3: there is no such story. Ctrl-C ends --deep with what was found until then, and 130.",
            &code))
        return code;
    if (argc < 2) {
        console_say("name at least one story: frumious check STORY…");
        return EXIT_USAGE;
    }
    if (deep && no_media) {
        console_say("--deep looks at the media, --no-media does not");
        return EXIT_USAGE;
    }
    const int format_index = word_index(format, formats, FORMAT_TEXT);
    const int level_index = word_index(level, levels, strict ? DIAG_WARNING : DIAG_ERROR);
    if (format_index < 0 || level_index < 0) {
        console_say(format_index < 0 ? "--format wants text, json or sarif"
                                     : "--error-level wants error, warning or note");
        return EXIT_USAGE;
    }
    const struct check_arguments a = {(enum check_format)format_index, (enum diag_severity)level_index, no_media, deep};
    return check_stories(&a, argv + 1, argc - 1);
}

static void print_rule(const struct diag_rule *rule)
{
    static const char *const severities[] = {"note", "warning", "error"};
    printf("%s  %s (%s)\n%s\n\n%s\n", rule->code, rule->name, severities[rule->severity], rule->title, rule->text);
}

static void list_rules(void)
{
    for (const struct diag_rule *rule = diag_rules(); rule->code; rule++)
        printf("%s  %-28s %s\n", rule->code, rule->name, rule->title);
    puts("\nWhat `frumious explore` finds:");
    for (int k = 0; k < EXPLORE_KINDS; k++)
        printf("%-24s %s\n", explore_kind_info((enum explore_kind)k)->name,
               explore_kind_info((enum explore_kind)k)->mistake ? "mistake" : "note");
}

/* Of what `frumious explore` finds; false if there is no such kind. */
static bool print_kind(const char *name)
{
    for (int k = 0; k < EXPLORE_KINDS; k++) {
        const struct explore_kind_info *info = explore_kind_info((enum explore_kind)k);
        if (strcmp(info->name, name) != 0)
            continue;
        printf("%s (%s of `frumious explore`)\n\n%s\n", info->name, info->mistake ? "mistake" : "note", info->text);
        return true;
    }
    return false;
}

int cmd_explain(int argc, char **argv)
{
    const GOptionEntry options[] = {G_OPTION_ENTRY_NULL};
    int code;
    if (!command_options(&argc, &argv, options, "[CODE…]", "Without a code, lists all of them.", &code))
        return code;
    if (argc < 2)
        list_rules();
    for (int i = 1; i < argc; i++) {
        const struct diag_rule *rule = diag_rule_find(argv[i]);
        if (!rule && !print_kind(argv[i])) {
            console_say("there is no code '%s'; `frumious explain` lists them", argv[i]);
            return EXIT_USAGE;
        }
        if (rule)
            print_rule(rule);
        if (i + 1 < argc)
            putchar('\n');
    }
    return EXIT_OK;
}
