/* frumious try: a story in a terminal, without its film: texts, options, state, and why. */

#include "player/choice.h"
#include "commands/command.h"
#include "rehearse/rehearsal.h"
#include "rehearse/describe.h"
#include "story/limits.h"
#include "story/variant.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct try_session {
    const struct story *s;
    struct rehearsal *trial;
    struct description words;
    struct menu menu;               /* behind the numbers on the screen */
    const struct transcript *first; /* what --choose named, or NULL */
    bool elsewhere;                 /* --from or --set: transcripts need them again */
    bool over;                      /* the viewer has left */
    int code;
};

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void flush_output(struct try_session *x)
{
    fwrite(x->words.out->str, 1, x->words.out->len, stdout);
    g_string_set_size(x->words.out, 0);
    fflush(stdout);
}

static void print_line(struct try_session *x, const char *text)
{
    g_string_append_printf(x->words.out, "   %s\n", text);
}

/* What can be done now. */
static void print_choices(struct try_session *x)
{
    menu_clear(&x->menu);
    if (rehearsal_is_endless(x->trial))
        print_line(x, "The film runs round without asking anything; `undo` or `restart`.");
    else if (rehearsal_decision(x->trial) >= 0)
        describe_decision(&x->words, rehearsal_state(x->trial), &x->menu);
}

static void do_undo(struct try_session *x, const char *argument)
{
    (void)argument;
    if (!rehearsal_undo(x->trial))
        print_line(x, "There is nothing to undo.");
    else
        print_choices(x);
}

static void do_restart(struct try_session *x, const char *argument)
{
    (void)argument;
    rehearsal_begin(x->trial, NULL, NULL);
    print_choices(x);
}

static void do_state(struct try_session *x, const char *argument)
{
    (void)argument;
    describe_state(&x->words, rehearsal_state(x->trial));
}

static void do_why(struct try_session *x, const char *argument)
{
    (void)argument;
    const int32_t *state = rehearsal_state(x->trial);
    const int32_t decision = rehearsal_decision(x->trial), slots = play_state_slots(x->s);
    const int32_t n = decision >= 0 ? x->s->decisions[decision].options.n : 0;
    const int32_t *suppose[STORY_OPTIONS_MAX] = {NULL};
    int32_t *states = g_new0(int32_t, (gsize)slots * (gsize)MAX(n, 1));
    for (int32_t i = 0; i < n; i++) {
        int32_t *one = states + (gsize)slots * (gsize)i;
        if (!play_can_pick(state, i))
            continue;
        rehearsal_preview_pick(x->trial, i, one);
        suppose[i] = one;
    }
    describe_reasons(&x->words, state, suppose);
    g_free(states);
}

/* Without a name: to the latest decision that can be gone back to. */
static void do_back(struct try_session *x, const char *argument)
{
    const int32_t *state = rehearsal_state(x->trial);
    const int32_t decision = argument[0] != '\0' ? story_find_decision(x->s, argument) : menu_last_back(x->s, state);
    if (decision < 0 || !rehearsal_back(x->trial, decision))
        print_line(x, argument[0] != '\0' ? "One can't go back to that; `state` lists where one can."
                                          : "There is nothing to go back to.");
    else
        print_choices(x);
}

static void do_save(struct try_session *x, const char *argument)
{
    g_autoptr(GError) error = NULL;
    if (argument[0] == '\0') {
        print_line(x, "save FILE writes the play so far as a transcript.");
        return;
    }
    struct transcript *t = rehearsal_transcript(x->trial);
    if (!transcript_save(t, argument, &error))
        print_line(x, error->message);
    else if (x->elsewhere)
        print_line(x, "Saved. It goes on with the same --from and --set only.");
    else
        print_line(x, "Saved.");
    transcript_free(t);
}

static void do_quit(struct try_session *x, const char *argument)
{
    (void)argument;
    x->over = true;
}

static void do_help(struct try_session *x, const char *argument);

static const struct {
    const char *name, *shortly, *help;
    void (*run)(struct try_session *x, const char *argument);
} commands[] = {
    {"?", "why", "which options are there, where each leads, and why", do_why},
    {"state", "s", "all variables, what is remembered, and where one can go back to", do_state},
    {"undo", "u", "take back what you did last, as if it had not been", do_undo},
    {"back", "b", "go back as a viewer does: back, or back DECISION", do_back},
    {"save", NULL, "save FILE: the play so far as a transcript", do_save},
    {"restart", NULL, "from the beginning", do_restart},
    {"help", "h", "this", do_help},
    {"quit", "q", "leave (or the end of the input)", do_quit},
};

static void do_help(struct try_session *x, const char *argument)
{
    (void)argument;
    print_line(x, "A number, a name or a code picks an option; 0 or `wait` lets the time run out.");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(x->words.out, "   %-8s %-4s %s\n", commands[i].name,
                               commands[i].shortly ? commands[i].shortly : "", commands[i].help);
    print_line(x, "=WORD     picks an option that is named like one of these");
}

/* ---- picks ----------------------------------------------------------------------------------------------------- */

/* A code entry takes whatever was typed: a code, or else the wrong one. */
static int32_t find_code(const struct try_session *x, const struct story_decision *d, const char *word)
{
    int32_t wrong = -1;
    for (int32_t i = 0; i < d->options.n; i++) {
        const struct story_option *o = &x->s->options[d->options.first + i];
        if (!o->code)
            wrong = i;
        else if (g_ascii_strcasecmp(o->code, word) == 0)
            return i;
    }
    return wrong;
}

static int32_t find_option(const struct try_session *x, const char *word)
{
    const int32_t decision = rehearsal_decision(x->trial);
    const struct story_decision *d = &x->s->decisions[decision];
    char *end;
    const int32_t named = story_find_option(x->s, decision, word);
    const gint64 number = g_ascii_strtoll(word, &end, 10);
    if (named >= 0)
        return named;
    if (d->layout == STORY_CODE)
        return find_code(x, d, word);
    return *end == '\0' && number >= 1 && number <= x->menu.n ? x->menu.options[number - 1] : -1;
}

static void run_pick(struct try_session *x, const char *word)
{
    const bool code =
        rehearsal_decision(x->trial) >= 0 && x->s->decisions[rehearsal_decision(x->trial)].layout == STORY_CODE;
    if (rehearsal_decision(x->trial) < 0) {
        print_line(x, "Nothing is asked here; `undo`, `back`, `restart` or `quit` (`help`: all of them).");
    } else if ((strcmp(word, "0") == 0 && !code) || strcmp(word, "wait") == 0) {
        rehearsal_wait(x->trial);
        print_choices(x);
    } else {
        const int32_t option = find_option(x, word);
        if (option < 0)
            print_line(x, "There is no such option or command; `help` tells what there is.");
        else if (!rehearsal_pick(x->trial, option))
            print_line(x, "It can't be taken now; `?` tells why.");
        else
            print_choices(x);
    }
}

static void run_line(struct try_session *x, char *line)
{
    char *word = g_strstrip(line);
    if (word[0] == '\0')
        return;
    if (word[0] == '=') {
        run_pick(x, word + 1);
        return;
    }
    char *argument = word + strcspn(word, " \t");
    g_autofree char *name = g_strndup(word, (gsize)(argument - word));
    argument = g_strchug(argument);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(name, commands[i].name) != 0 && g_strcmp0(name, commands[i].shortly) != 0)
            continue;
        commands[i].run(x, argument);
        return;
    }
    run_pick(x, word);
}

/* ---- the session ----------------------------------------------------------------------------------------------- */

/* Where nobody types, the lines are shown, so that the output reads like a session. */
static void read_lines(struct try_session *x)
{
    const bool echo = isatty(STDIN_FILENO) == 0;
    char *line = NULL;
    size_t size = 0;
    print_choices(x);
    while (!x->over) {
        g_string_append(x->words.out, "\n> ");
        flush_output(x);
        if (getline(&line, &size, stdin) < 0)
            break;
        if (echo)
            g_string_append_printf(x->words.out, "%s\n", g_strchomp(line));
        run_line(x, line);
    }
    if (!x->over)
        g_string_append_c(x->words.out, '\n');
    flush_output(x);
    free(line);
}

static int try(struct try_session *x, uint64_t seed)
{
    g_autoptr(GError) error = NULL;
    x->trial = rehearsal_new(x->s, seed, describe_effect, &x->words);
    x->words.out = g_string_new(NULL);
    if (rehearsal_begin(x->trial, x->first, &error)) {
        read_lines(x);
    } else {
        flush_output(x);
        console_say("%s", error->message);
        x->code = EXIT_PROBLEM;
    }
    g_string_free(x->words.out, TRUE);
    rehearsal_free(x->trial);
    return x->code;
}

struct try_arguments {
    char *from, *choose, *seed, *language;
    char **sets;
};

static int try_story(const struct story *story, const struct try_arguments *a)
{
    g_autoptr(GError) error = NULL;
    uint64_t seed = 0;
    struct try_session x = {.elsewhere = a->from || a->sets, .code = EXIT_OK};
    if (!command_number("--seed", a->seed, 0, UINT64_MAX, &seed))
        return EXIT_USAGE;
    struct transcript *first = a->choose ? transcript_load(a->choose, &error) : NULL;
    if (a->choose && !first) {
        console_say("%s", error->message);
        return EXIT_ENVIRONMENT;
    }
    struct variant *variant = variant_new(story, a->from, a->sets, &error);
    if (variant) {
        x.s = variant_story(variant);
        x.first = first;
        x.words = (struct description){.s = x.s, .language = a->language};
        x.code = try(&x, seed);
    } else {
        console_say("%s", error->message);
        x.code = EXIT_USAGE;
    }
    variant_free(variant);
    transcript_free(first);
    return x.code;
}

int cmd_try(int argc, char **argv)
{
    struct try_arguments a = {.from = NULL};
    const GOptionEntry options[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &a.from, "Begin with this node", "NODE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a.sets, "Begin with this value; may be given again", "NAME=VALUE"},
        {"choose", 0, 0, G_OPTION_ARG_FILENAME, &a.choose, "Go along this transcript first", "FILE"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &a.seed, "Of random routes (default 0)", "N"},
        {"language", 'l', 0, G_OPTION_ARG_STRING, &a.language, "Language of the texts", "TAG"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (command_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Plays STORY in the terminal: texts, options, state, without film and without waiting. `help` tells\n"
            "the commands, `?` why options are there and where they lead. Lines may come from a pipe. Nothing is\n"
            "recorded.",
            &code)) {
        struct story *story = NULL;
        code = EXIT_USAGE;
        if (argc != 2)
            console_say("name one story: frumious try STORY");
        else if ((story = command_load_story(argv[1], "tried", NULL, &code)))
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
