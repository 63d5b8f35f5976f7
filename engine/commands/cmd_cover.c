/* frumious cover: a few viewings that show everything. */

#include "commands/command.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "explore/viewing_cover_report.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* Half the memory of a small machine. */
#define DEFAULT_MEMORY_MIB 2048
#define THREADS_MAX        256
#define PROGRESS_EVERY_US  (G_USEC_PER_SEC / 2)

enum cover_format { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", NULL};
static_assert(G_N_ELEMENTS(formats) == FORMAT_JSON + 2, "a word for each, and the end");

/* `user`: when to show the next progress. */
static bool on_cover_progress(void *user, uint64_t n_states, uint64_t n_open)
{
    int64_t *next_us = user;
    const int64_t now_us = g_get_monotonic_time();
    if (now_us >= *next_us) {
        console_progress("%" G_GUINT64_FORMAT " state%s, %" G_GUINT64_FORMAT " yet to look at ", n_states,
                         units_s((int64_t)n_states), n_open);
        *next_us = now_us + PROGRESS_EVERY_US;
    }
    return !interrupt_requested();
}

/* Writes DIR/NN.transcript for each viewing. False: a message said why not. */
static bool write_transcripts(const struct viewing_cover *p, const char *dir)
{
    if (g_mkdir_with_parents(dir, 0777) != 0) {
        console_say("can't create %s: %s", dir, g_strerror(errno));
        return false;
    }
    for (guint i = 0; i < p->viewings->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strdup_printf("%02u.transcript", i + 1), *path = g_build_filename(dir, name, NULL);
        if (!transcript_save(g_array_index(p->viewings, struct viewing_cover_item, i).transcript, path, &error)) {
            console_say("%s", error->message);
            return false;
        }
    }
    return true;
}

static int cover(const struct story *s, struct explore_options *o, enum cover_format format, const char *dir)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int64_t next_us = g_get_monotonic_time() + PROGRESS_EVERY_US;
    o->progress = on_cover_progress;
    o->user = &next_us;
    o->interrupted = interrupt_requested;
    interrupt_listen();
    struct viewing_cover *p = viewing_cover_new(s, o);
    console_progress_end();
    const bool partial = p->limit != EXPLORE_LIMIT_NONE || p->stopped;
    int code = interrupt_requested() ? EXIT_INTERRUPTED : partial ? EXIT_PROBLEM : EXIT_OK;
    if (format == FORMAT_JSON)
        viewing_cover_report_json(s, p, out);
    else
        viewing_cover_report_text(s, p, out);
    console_write(out);
    if (dir && !write_transcripts(p, dir))
        code = EXIT_ENVIRONMENT;
    viewing_cover_free(p);
    return code;
}

int cmd_cover(int argc, char **argv)
{
    g_autofree char *dir = NULL, *memory = NULL, *seconds = NULL, *threads = NULL, *format = NULL;
    const GOptionEntry options[] = {
        {"transcripts", 0, 0, G_OPTION_ARG_FILENAME, &dir, "Write each viewing into DIR, for `play --choose FILE`",
         "DIR"},
        {"max-memory", 0, 0, G_OPTION_ARG_STRING, &memory, "Stop when the states take this much memory (default 2048)",
         "MIB"},
        {"max-seconds", 0, 0, G_OPTION_ARG_STRING, &seconds, "Stop after S seconds", "S"},
        {"threads", 'j', 0, G_OPTION_ARG_STRING, &threads, "Number of threads (default: one for each core)", "N"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default) or json", "FORMAT"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Finds a few viewings that together show every node and pick every option, and how long each takes.\n"
            "Times are planned times. Exit code 0: they show everything that can be seen; 1: the story was too large\n"
            "to search completely; 130: stopped by Ctrl-C, with what was found so far.",
            &code))
        return code;
    if (argc != 2) {
        console_say("name one story: frumious cover STORY");
        return EXIT_USAGE;
    }
    const int format_index = command_choice("--format", format, formats, FORMAT_TEXT);
    if (format_index < 0)
        return EXIT_USAGE;
    struct explore_options o = {0};
    uint64_t mib = DEFAULT_MEMORY_MIB, limit_s = 0, n_threads = 0;
    if (!command_number("--max-memory", memory, 1, 1 << 24, &mib) ||
        !command_number("--max-seconds", seconds, 1, 1 << 24, &limit_s) ||
        !command_number("--threads", threads, 1, THREADS_MAX, &n_threads))
        return EXIT_USAGE;
    o.max_memory = (size_t)mib << 20;
    o.threads = (int32_t)n_threads;
    o.max_us = (int64_t)limit_s * US_PER_SECOND;
    struct story *s = command_load_story(argv[1], "planned", NULL, &code);
    if (s)
        code = cover(s, &o, (enum cover_format)format_index, dir);
    story_free(s);
    return code;
}
