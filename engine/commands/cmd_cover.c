/* frumious cover: a few viewings that show everything. */

#include "commands/command.h"
#include "base/interrupt.h"
#include "base/units.h"
#include "explore/viewing_cover.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static bool on_cover_progress(void *user, uint64_t states)
{
    (void)user, (void)states;
    return !interrupt_requested();
}

static char *clock_time(int64_t us)
{
    const int s = (int)((us + US_PER_SECOND / 2) / US_PER_SECOND);
    return s >= 3600 ? g_strdup_printf("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60)
                     : g_strdup_printf("%d:%02d", s / 60, s % 60);
}

/* DIR/NN.transcript of each viewing; false: said why not. */
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

static void print_missing(const struct story *s, const struct viewing_cover *p)
{
    if (p->n_nodes == s->n_nodes && p->n_options == s->n_options)
        return;
    printf("\nNot shown (%s):\n",
           p->partial ? "there is more than was looked at" : "nobody who doesn't go back meets it");
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (!p->nodes[i])
            printf("  node %s\n", s->nodes[i].name);
    for (int32_t i = 0; i < s->n_options; i++)
        if (!p->options[i])
            printf("  option %s of %s\n", s->options[i].name, s->decisions[s->options[i].decision].name);
}

static void print_plan(const struct story *s, const struct viewing_cover *p)
{
    int64_t sum_us = 0;
    for (guint i = 0; i < p->viewings->len; i++) {
        const struct viewing_cover_item *v = &g_array_index(p->viewings, struct viewing_cover_item, i);
        g_autofree char *length = clock_time(v->us);
        sum_us += v->us;
        printf("%3u  %8s  %3d new nodes, %3d new options  %s\n", i + 1, length, v->new_nodes, v->new_options,
               !v->over         ? "(does not come to an end)"
               : v->ending >= 0 ? story_text(s, s->endings[v->ending].title, NULL)
                                : "(over without an ending)");
    }
    g_autofree char *total = clock_time(sum_us);
    printf("\n%u viewing%s, %s in all, show %d of %d nodes and %d of %d options; at least %d %s needed%s\n",
           p->viewings->len, p->viewings->len == 1 ? "" : "s", total, p->n_nodes, s->n_nodes, p->n_options,
           s->n_options, p->lower_bound, p->lower_bound == 1 ? "is" : "are", p->partial ? " (partial)" : "");
    print_missing(s, p);
}

static int cover(const struct story *s, const char *dir)
{
    interrupt_listen();
    struct viewing_cover *p = viewing_cover_new(s, 0, on_cover_progress, NULL);
    int code = interrupt_requested() ? EXIT_INTERRUPTED : p->partial ? EXIT_PROBLEM : EXIT_OK;
    print_plan(s, p);
    if (dir && !write_transcripts(s, p, dir))
        code = EXIT_ENVIRONMENT;
    viewing_cover_free(p);
    return code;
}

int cmd_cover(int argc, char **argv)
{
    g_autofree char *dir = NULL;
    const GOptionEntry options[] = {
        {"transcripts", 0, 0, G_OPTION_ARG_FILENAME, &dir, "Write each viewing there, for `play --choose FILE`", "DIR"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Finds a few viewings that together show every node and pick every option, and how long they take.\n"
            "Times are as planned. Exit code 0: they show all that anybody can see; 1: the story was too large\n"
            "to look at whole; 130: stopped (by Ctrl-C), with what was found until then.",
            &code))
        return code;
    if (argc != 2) {
        console_say("name one story: frumious cover STORY");
        return EXIT_USAGE;
    }
    struct story *s = command_load_story(argv[1], "planned", &code);
    if (s)
        code = cover(s, dir);
    story_free(s);
    return code;
}
