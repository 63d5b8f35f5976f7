/* frumious try: a story in a terminal, without its film: texts, options, state, and why. */

#include "base/safe.h"
#include "commands/command.h"
#include "commands/translation.h"
#include "rehearse/dialogue.h"
#include "play/recorded_start.h"
#include "play/transcript_text.h"

#include <stdio.h>
#include <unistd.h>

struct try_arguments {
    char *from, *choose, *seed, *language;
    char **sets;
};

static void flush_output(GString *out)
{
    console_write(out);
    g_string_set_size(out, 0);
    console_flush();
}

/* Lines from a pipe are printed, so that the output reads like a session on a terminal. */
static void read_lines(struct dialogue *x, GString *out)
{
    const bool echo = isatty(STDIN_FILENO) == 0;
    char *line = NULL;
    size_t size = 0;
    while (!dialogue_is_over(x)) {
        g_string_append(out, "\n> ");
        flush_output(out);
        if (getline(&line, &size, stdin) < 0)
            break;
        if (echo)
            safe_printf(out, "%s\n", g_strchomp(line));
        dialogue_line(x, line);
    }
    if (!dialogue_is_over(x))
        g_string_append_c(out, '\n');
    free(line);
}

static int try_variant(const struct story *s, const struct dialogue_options *o, const struct transcript *first)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    struct dialogue *x = dialogue_new(s, o, out);
    const bool begun = dialogue_begin(x, first, &error);
    if (begun)
        read_lines(x, out);
    flush_output(out);
    if (!begun)
        console_say("%s", error->message);
    dialogue_free(x);
    return begun ? EXIT_OK : EXIT_PROBLEM;
}

static int try_story(const struct story *story, const struct try_arguments *a)
{
    g_autoptr(GError) error = NULL;
    struct dialogue_options o = {.language = a->language};
    int code = EXIT_USAGE;
    if (!command_number("--seed", a->seed, 0, UINT64_MAX, &o.seed))
        return EXIT_USAGE;
    struct transcript *first = a->choose ? transcript_load(a->choose, &error) : NULL;
    if (a->choose && !first) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    translation_tell_shown(story, a->language);
    struct variant *variant = recorded_start(story, first, a->from, a->sets, &error);
    if (variant)
        code = try_variant(variant_story(variant), &o, first);
    else
        console_say("%s", error->message);
    variant_free(variant);
    transcript_free(first);
    return code;
}

int cmd_try(int argc, char **argv)
{
    struct try_arguments a = {.from = NULL};
    const GOptionEntry options[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &a.from, "Begin at this node", "NODE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a.sets, "Begin with this value; may be given again", "NAME=VALUE"},
        {"choose", 0, 0, G_OPTION_ARG_FILENAME, &a.choose, "Follow this transcript first", "FILE"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &a.seed, "Seed of random routes (default 0)", "N"},
        {"language", 'l', 0, G_OPTION_ARG_STRING, &a.language, "Language of the texts", "TAG"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (command_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Plays STORY in the terminal: texts, options and state, without film and without waiting. `help` lists\n"
            "the commands, `?` says why an option is offered and where it leads. Lines may come from a pipe.\n"
            "Nothing is recorded.",
            &code)) {
        static const struct command_clash clashes[] = {
            {"choose", "seed", "a transcript has its own; leave out --seed"}};
        struct story *story = NULL;
        const bool together = command_go_together(options, clashes, G_N_ELEMENTS(clashes));
        code = EXIT_USAGE;
        if (together && argc != 2)
            console_say("name one story: frumious try STORY");
        else if (together && (story = command_load_story(argv[1], "tried", NULL, &code)))
            code = try_story(story, &a);
        story_free(story);
    }
    g_free(a.from);
    g_free(a.choose);
    g_free(a.seed);
    g_free(a.language);
    g_strfreev(a.sets);
    return code;
}
