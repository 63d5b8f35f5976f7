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

#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 2)

/* `user`: when to show the next progress. */
static bool on_cover_progress(void *user, uint64_t states)
{
    int64_t *next_us = user;
    const int64_t now_us = g_get_monotonic_time();
    if (now_us >= *next_us) {
        console_progress("%" G_GUINT64_FORMAT " state%s looked at ", states, units_s((int64_t)states));
        *next_us = now_us + PROGRESS_EVERY_US;
    }
    return !interrupt_requested();
}

/* Writes DIR/NN.transcript for each viewing. False: a message said why not. */
static bool write_transcripts(const struct story *s, const struct viewing_cover *p, const char *dir)
{
    if (g_mkdir_with_parents(dir, 0777) != 0) {
        console_say("can't create %s: %s", dir, g_strerror(errno));
        return false;
    }
    for (guint i = 0; i < p->viewings->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strdup_printf("%02u.transcript", i + 1), *path = g_build_filename(dir, name, NULL);
        struct transcript *t = viewing_cover_transcript(s, &g_array_index(p->viewings, struct viewing_cover_item, i));
        const bool saved = transcript_save(t, path, &error);
        transcript_free(t);
        if (!saved) {
            console_say("%s", error->message);
            return false;
        }
    }
    return true;
}

static int cover(const struct story *s, const char *dir)
{
    g_autoptr(GString) out = g_string_new(NULL);
    int64_t next_us = g_get_monotonic_time() + PROGRESS_EVERY_US;
    interrupt_listen();
    struct viewing_cover *p = viewing_cover_new(s, 0, on_cover_progress, &next_us);
    console_progress_end();
    int code = interrupt_requested() ? EXIT_INTERRUPTED : p->partial ? EXIT_PROBLEM : EXIT_OK;
    assert(p->partial || (guint)p->lower_bound <= p->viewings->len);
    viewing_cover_report(s, p, out);
    console_write(out);
    if (dir && !write_transcripts(s, p, dir))
        code = EXIT_ENVIRONMENT;
    viewing_cover_free(p);
    return code;
}

int cmd_cover(int argc, char **argv)
{
    g_autofree char *dir = NULL;
    const GOptionEntry options[] = {
        {"transcripts", 0, 0, G_OPTION_ARG_FILENAME, &dir, "Write each viewing into DIR, for `play --choose FILE`",
         "DIR"},
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
    struct story *s = command_load_story(argv[1], "planned", NULL, &code);
    if (s)
        code = cover(s, dir);
    story_free(s);
    return code;
}
