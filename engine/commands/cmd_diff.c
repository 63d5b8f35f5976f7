/* frumious diff: what is different between two versions of a story, and what that means. */

#include "base/interrupt.h"
#include "base/units.h"
#include "commands/command.h"
#include "compare/version_report.h"

#include <string.h>

/* Half the memory of a small machine. */
#define DEFAULT_MEMORY_MIB 2048
#define THREADS_MAX        256

enum diff_format { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", NULL};

struct diff_arguments {
    struct explore_options search;
    enum diff_format format;
    bool no_search;
};

static bool on_diff_progress(void *user, uint64_t n_states, uint64_t n_open)
{
    (void)user;
    console_progress("%" G_GUINT64_FORMAT " state%s, %" G_GUINT64_FORMAT " yet to look at ", n_states,
                     units_s((int64_t)n_states), n_open);
    return !interrupt_requested();
}

static int diff(struct diff_arguments *a, const struct story *before, const struct story *after)
{
    struct version_pairs *pairs = version_pairs_new(before, after);
    g_autoptr(GPtrArray) changes = version_changes(pairs);
    g_autoptr(GString) out = g_string_new(NULL);
    struct version_reach *reach = NULL;
    g_autoptr(GArray) saves = NULL;
    struct patience patience = {.interrupted = interrupt_requested};
    a->search.progress = on_diff_progress;
    a->search.interrupted = interrupt_requested;
    if (!a->no_search) {
        interrupt_listen();
        reach = version_reach_new(pairs, &a->search);
        struct viewing_cover *cover = viewing_cover_new(before, &a->search);
        patience.until_us = a->search.max_us ? g_get_monotonic_time() + a->search.max_us : 0;
        saves = version_saves(pairs, cover, &patience);
        viewing_cover_free(cover);
        console_progress_end();
    }
    const struct version_report report = {pairs, changes, reach, saves, saves && patience_is_over(&patience)};
    if (a->format == FORMAT_JSON)
        version_report_json(&report, out);
    else
        version_report_text(&report, out);
    version_reach_free(reach);
    version_pairs_free(pairs);
    if (!console_write(out))
        return EXIT_ENVIRONMENT;
    return interrupt_requested() ? EXIT_INTERRUPTED : EXIT_OK;
}

static int diff_files(struct diff_arguments *a, const char *before_path, const char *after_path)
{
    int code;
    struct story *before = command_load_story(before_path, "compared", NULL, &code);
    struct story *after = before ? command_load_story(after_path, "compared", NULL, &code) : NULL;
    if (after && strcmp(before->id, after->id) != 0)
        console_say("these are two films: the ids are '%s' and '%s', so neither has saves or numbers of the other",
                    before->id, after->id);
    if (after)
        code = diff(a, before, after);
    story_free(after);
    story_free(before);
    return code;
}

#define NO_SEARCH "without a search there is nothing to limit; leave one out"

int cmd_diff(int argc, char **argv)
{
    g_autofree char *memory = NULL, *seconds = NULL, *threads = NULL, *format = NULL;
    gboolean no_search = FALSE;
    const GOptionEntry options[] = {
        {"no-search", 0, 0, G_OPTION_ARG_NONE, &no_search,
         "Leave out what can be reached and where saved places go on, which needs a search", NULL},
        {"max-memory", 0, 0, G_OPTION_ARG_STRING, &memory,
         "Stop a search when it takes this much memory (default 2048)", "MIB"},
        {"max-seconds", 0, 0, G_OPTION_ARG_STRING, &seconds, "Stop each search after S seconds", "S"},
        {"threads", 'j', 0, G_OPTION_ARG_STRING, &threads, "Number of threads (default: one for each core)", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default) or json", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] BEFORE AFTER",
            "Compares two versions of a story: what is new, gone, renamed (`was:`) or different; what can be reached\n"
            "now or no longer; where plays that were left in BEFORE go on in AFTER; and which recorded numbers are\n"
            "still counted together.",
            &code))
        return code;
    if (argc != 3) {
        console_say("name two stories: frumious diff BEFORE AFTER");
        return EXIT_USAGE;
    }
    static const struct command_clash clashes[] = {
        {"no-search", "max-memory", NO_SEARCH},
        {"no-search", "max-seconds", NO_SEARCH},
        {"no-search", "threads", NO_SEARCH},
    };
    if (!command_go_together(options, clashes, G_N_ELEMENTS(clashes)))
        return EXIT_USAGE;
    const int format_index = command_choice("--format", format, formats, FORMAT_TEXT);
    if (format_index < 0)
        return EXIT_USAGE;
    struct diff_arguments a = {.format = (enum diff_format)format_index, .no_search = no_search};
    uint64_t mib = DEFAULT_MEMORY_MIB, limit_s = 0, n_threads = 0;
    if (!command_number("--max-memory", memory, 1, 1 << 24, &mib) ||
        !command_number("--max-seconds", seconds, 1, 1 << 24, &limit_s) ||
        !command_number("--threads", threads, 1, THREADS_MAX, &n_threads))
        return EXIT_USAGE;
    a.search.max_memory = (size_t)mib << 20;
    a.search.threads = (int32_t)n_threads;
    a.search.max_us = (int64_t)limit_s * US_PER_SECOND;
    return diff_files(&a, argv[1], argv[2]);
}
