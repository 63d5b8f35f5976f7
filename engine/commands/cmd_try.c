/* frumious try: a story in a terminal, without its film: texts, options, state, and why. */

#include "player/choice.h"
#include "commands/cmd.h"
#include "rehearse/trial.h"
#include "rehearse/trial_say.h"
#include "story/limits.h"
#include "story/variant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct session {
    const struct story *s;
    struct trial *trial;
    struct trial_words words;
    int32_t numbers[STORY_OPTIONS_MAX]; /* the option behind each number on the screen */
    int32_t n_numbers;
    const struct transcript *first; /* what --choose named, or NULL */
    bool elsewhere;                 /* --from or --set: transcripts need them again */
    bool over;                      /* the viewer has left */
    int code;
};

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void flush(struct session *x)
{
    fwrite(x->words.out->str, 1, x->words.out->len, stdout);
    g_string_set_size(x->words.out, 0);
    fflush(stdout);
}

static void say(struct session *x, const char *text)
{
    g_string_append_printf(x->words.out, "   %s\n", text);
}

/* What can be done now. */
static void show(struct session *x)
{
    x->n_numbers = 0;
    if (trial_is_endless(x->trial))
        say(x, "The film runs round without asking anything; `undo` or `restart`.");
    else if (trial_decision(x->trial) >= 0)
        x->n_numbers = trial_say_decision(&x->words, trial_state(x->trial), x->numbers);
}

static void do_undo(struct session *x, const char *argument)
{
    (void)argument;
    if (!trial_undo(x->trial))
        say(x, "There is nothing to undo.");
    else
        show(x);
}

static void do_restart(struct session *x, const char *argument)
{
    (void)argument;
    trial_begin(x->trial, NULL, NULL);
    show(x);
}

static void do_state(struct session *x, const char *argument)
{
    (void)argument;
    trial_say_state(&x->words, trial_state(x->trial));
}

static void do_why(struct session *x, const char *argument)
{
    (void)argument;
    const int32_t *state = trial_state(x->trial);
    const int32_t decision = trial_decision(x->trial), slots = play_state_slots(x->s);
    const int32_t n = decision >= 0 ? x->s->decisions[decision].options.n : 0;
    const int32_t *suppose[STORY_OPTIONS_MAX] = {NULL};
    int32_t *states = g_new0(int32_t, (gsize)slots * (gsize)MAX(n, 1));
    const uint64_t mask = (uint64_t)(uint32_t)state[PLAY_MASK_HI] << 32 | (uint32_t)state[PLAY_MASK_LO];
    for (int32_t i = 0; i < n; i++) {
        int32_t *one = states + (gsize)slots * (gsize)i;
        if (!(mask >> i & 1))
            continue;
        trial_suppose(x->trial, i, one);
        suppose[i] = one;
    }
    trial_say_why(&x->words, state, suppose);
    g_free(states);
}

/* Without a name: to the latest decision that can be gone back to. */
static void do_back(struct session *x, const char *argument)
{
    const int32_t *state = trial_state(x->trial);
    int32_t decision = argument[0] != '\0' ? story_find_decision(x->s, argument) : -1;
    for (int32_t i = state[PLAY_CHECKPOINTS]; i > 0 && argument[0] == '\0' && decision < 0; i--) {
        const int32_t one = play_checkpoint(x->s, state, i - 1);
        if (one != trial_decision(x->trial) && play_can_go_back(x->s, state, one))
            decision = one;
    }
    if (decision < 0 || !trial_back(x->trial, decision))
        say(x, argument[0] != '\0' ? "One can't go back to that; `state` lists where one can."
                                   : "There is nothing to go back to.");
    else
        show(x);
}

static void do_save(struct session *x, const char *argument)
{
    g_autoptr(GError) error = NULL;
    if (argument[0] == '\0') {
        say(x, "save FILE writes the play so far as a transcript.");
        return;
    }
    struct transcript *t = trial_transcript(x->trial);
    if (!transcript_save(t, argument, &error))
        say(x, error->message);
    else if (x->elsewhere)
        say(x, "Saved. It goes on with the same --from and --set only.");
    else
        say(x, "Saved.");
    transcript_free(t);
}

static void do_quit(struct session *x, const char *argument)
{
    (void)argument;
    x->over = true;
}

static void do_help(struct session *x, const char *argument);

static const struct {
    const char *name, *shortly, *help;
    void (*run)(struct session *x, const char *argument);
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

static void do_help(struct session *x, const char *argument)
{
    (void)argument;
    say(x, "A number, a name or a code picks an option; 0 or `wait` lets the time run out.");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(x->words.out, "   %-8s %-4s %s\n", commands[i].name,
                               commands[i].shortly ? commands[i].shortly : "", commands[i].help);
    say(x, "=WORD     picks an option that is named like one of these");
}

/* ---- picks ----------------------------------------------------------------------------------------------------- */

/* A code entry takes whatever was typed: a code, or else the wrong one. */
static int32_t find_code(const struct session *x, const struct story_decision *d, const char *word)
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

static int32_t find_option(const struct session *x, const char *word)
{
    const int32_t decision = trial_decision(x->trial);
    const struct story_decision *d = &x->s->decisions[decision];
    char *end;
    const int32_t named = story_find_option(x->s, decision, word);
    const gint64 number = g_ascii_strtoll(word, &end, 10);
    if (named >= 0)
        return named;
    if (d->layout == STORY_CODE)
        return find_code(x, d, word);
    return *end == '\0' && number >= 1 && number <= x->n_numbers ? x->numbers[number - 1] : -1;
}

static void pick(struct session *x, const char *word)
{
    const bool code = trial_decision(x->trial) >= 0 && x->s->decisions[trial_decision(x->trial)].layout == STORY_CODE;
    if (trial_decision(x->trial) < 0) {
        say(x, "Nothing is asked here; `undo`, `back`, `restart` or `quit` (`help`: all of them).");
    } else if ((strcmp(word, "0") == 0 && !code) || strcmp(word, "wait") == 0) {
        trial_wait(x->trial);
        show(x);
    } else {
        const int32_t option = find_option(x, word);
        if (option < 0)
            say(x, "There is no such option or command; `help` tells what there is.");
        else if (!trial_pick(x->trial, option))
            say(x, "It can't be taken now; `?` tells why.");
        else
            show(x);
    }
}

static void obey(struct session *x, char *line)
{
    char *word = g_strstrip(line);
    if (word[0] == '\0')
        return;
    if (word[0] == '=') {
        pick(x, word + 1);
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
    pick(x, word);
}

/* ---- the session ----------------------------------------------------------------------------------------------- */

/* Where nobody types, the lines are shown, so that the output reads like a session. */
static void converse(struct session *x)
{
    const bool echo = isatty(STDIN_FILENO) == 0;
    char *line = NULL;
    size_t size = 0;
    show(x);
    while (!x->over) {
        g_string_append(x->words.out, "\n> ");
        flush(x);
        if (getline(&line, &size, stdin) < 0)
            break;
        if (echo)
            g_string_append_printf(x->words.out, "%s\n", g_strchomp(line));
        obey(x, line);
    }
    if (!x->over)
        g_string_append_c(x->words.out, '\n');
    flush(x);
    free(line);
}

static int try(struct session *x, uint64_t seed)
{
    g_autoptr(GError) error = NULL;
    x->trial = trial_new(x->s, seed, trial_say_effect, &x->words);
    x->words.out = g_string_new(NULL);
    if (trial_begin(x->trial, x->first, &error)) {
        converse(x);
    } else {
        flush(x);
        cmd_say("%s", error->message);
        x->code = CMD_PROBLEM;
    }
    g_string_free(x->words.out, TRUE);
    trial_free(x->trial);
    return x->code;
}

static bool parse_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = text ? g_ascii_strtoull(text, &end, 10) : 0;
    return !text || (errno == 0 && end != text && *end == '\0' && text[0] != '-');
}

struct arguments {
    char *from, *choose, *seed, *language;
    char **sets;
};

static int try_story(const struct story *story, const struct arguments *a)
{
    g_autoptr(GError) error = NULL;
    uint64_t seed;
    struct session x = {.elsewhere = a->from || a->sets, .code = CMD_OK};
    if (!parse_seed(a->seed, &seed)) {
        cmd_say("--seed wants a number from 0 to 18446744073709551615");
        return CMD_USAGE;
    }
    struct transcript *first = a->choose ? transcript_load(a->choose, &error) : NULL;
    if (a->choose && !first) {
        cmd_say("%s", error->message);
        return CMD_ENVIRONMENT;
    }
    struct variant *variant = variant_new(story, a->from, a->sets, &error);
    if (variant) {
        x.s = variant_story(variant);
        x.first = first;
        x.words = (struct trial_words){.s = x.s, .language = a->language};
        x.code = try(&x, seed);
    } else {
        cmd_say("%s", error->message);
        x.code = CMD_USAGE;
    }
    variant_free(variant);
    transcript_free(first);
    return x.code;
}

int cmd_try(int argc, char **argv)
{
    struct arguments a = {.from = NULL};
    const GOptionEntry options[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &a.from, "Begin with this node", "NODE"},
        {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a.sets, "Begin with this value; may be given again", "NAME=VALUE"},
        {"choose", 0, 0, G_OPTION_ARG_FILENAME, &a.choose, "Go along this transcript first", "FILE"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &a.seed, "Of random routes (default 0)", "N"},
        {"language", 'l', 0, G_OPTION_ARG_STRING, &a.language, "Language of the texts", "TAG"},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (cmd_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Plays STORY in the terminal: texts, options, state, without film and without waiting. `help` tells\n"
            "the commands, `?` why options are there and where they lead. Lines may come from a pipe. Nothing is\n"
            "recorded.",
            &code)) {
        struct story *story = NULL;
        code = CMD_USAGE;
        if (argc != 2)
            cmd_say("name one story: frumious try STORY");
        else if ((story = cmd_load(argv[1], "tried", &code)))
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
