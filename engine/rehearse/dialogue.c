#include "rehearse/dialogue.h"

#include "base/safe.h"

#include "rehearse/describe.h"
#include "rehearse/rehearsal.h"
#include "story/limits.h"
#include "play/transcript_text.h"

#include <assert.h>
#include <string.h>

struct dialogue {
    const struct story *s;
    struct rehearsal *rehearsal;
    struct description words;
    struct menu menu; /* behind the numbers that were shown last */
    bool over;
};

/* True, or an assertion fails: the numbers on the screen belong to the decision that is open. */
static bool dialogue_check(const struct dialogue *x)
{
    assert(x->menu.decision == rehearsal_decision(x->rehearsal) || x->menu.decision < 0);
    assert(x->menu.n >= 0 && x->menu.n <= STORY_OPTIONS_MAX);
    assert(x->words.out && x->words.s == x->s);
    return true;
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void add_line(struct dialogue *x, const char *text)
{
    safe_printf(x->words.out, "   %s\n", text);
}

/* Shows the open decision, or says that no decision will ever open again. */
static void show_menu(struct dialogue *x)
{
    menu_clear(&x->menu);
    if (rehearsal_is_endless(x->rehearsal))
        add_line(x, "The film runs in a circle and asks nothing any more; `undo` or `restart`.");
    else if (rehearsal_decision(x->rehearsal) >= 0)
        describe_decision(&x->words, rehearsal_state(x->rehearsal), &x->menu);
    assert(dialogue_check(x));
}

static void do_undo(struct dialogue *x, const char *argument)
{
    (void)argument;
    if (!rehearsal_undo(x->rehearsal))
        add_line(x, "There is nothing to undo.");
    else
        show_menu(x);
}

static void do_restart(struct dialogue *x, const char *argument)
{
    (void)argument;
    rehearsal_begin(x->rehearsal, NULL, NULL);
    show_menu(x);
}

static void do_state(struct dialogue *x, const char *argument)
{
    (void)argument;
    describe_state(&x->words, rehearsal_state(x->rehearsal));
}

static void do_why(struct dialogue *x, const char *argument)
{
    (void)argument;
    describe_reasons(&x->words, rehearsal_state(x->rehearsal));
}

/* Goes back to the named decision; without a name, to the latest one that the viewer can go back to. */
static void do_back(struct dialogue *x, const char *argument)
{
    const int32_t *state = rehearsal_state(x->rehearsal);
    const int32_t decision = argument[0] != '\0' ? story_find_decision(x->s, argument) : menu_last_back(x->s, state);
    if (decision < 0 || !rehearsal_back(x->rehearsal, decision))
        add_line(x, argument[0] != '\0' ? "You can't go back there; `state` lists the decisions you can go back to."
                                        : "There is no decision to go back to.");
    else
        show_menu(x);
}

static void do_save(struct dialogue *x, const char *argument)
{
    g_autoptr(GError) error = NULL;
    if (argument[0] == '\0') {
        add_line(x, "Name a file: `save FILE` writes the play so far as a transcript.");
        return;
    }
    struct transcript *t = rehearsal_transcript(x->rehearsal);
    if (!transcript_save(t, argument, &error))
        add_line(x, error->message);
    else
        add_line(x, "Saved.");
    transcript_free(t);
}

static void do_quit(struct dialogue *x, const char *argument)
{
    (void)argument;
    x->over = true;
}

static void do_help(struct dialogue *x, const char *argument);

static const struct {
    const char *name, *shortly, *help;
    void (*run)(struct dialogue *x, const char *argument);
} commands[] = {
    {"?", "why", "which options can be picked, where each leads, and why", do_why},
    {"state", "s", "all variables, what the story remembers, and where you can go back to", do_state},
    {"undo", "u", "undo your last pick, wait or way back", do_undo},
    {"back", "b", "go back as a viewer does: `back`, or `back DECISION`", do_back},
    {"save", NULL, "`save FILE`: write the play so far as a transcript", do_save},
    {"restart", NULL, "begin again", do_restart},
    {"help", "h", "show this list", do_help},
    {"quit", "q", "leave; the end of the input does the same", do_quit},
};

static void do_help(struct dialogue *x, const char *argument)
{
    (void)argument;
    add_line(x, "A number, a name or a code picks an option; `0` or `wait` lets the time run out.");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        safe_printf(x->words.out, "   %-8s %-4s %s\n", commands[i].name, commands[i].shortly ? commands[i].shortly : "",
                    commands[i].help);
    add_line(x, "=WORD         pick an option that is named like one of these commands");
}

/* ---- picks ----------------------------------------------------------------------------------------------------- */

/* A code entry accepts everything that is typed: a code picks its option, anything else the option without a code. */
static int32_t find_code(const struct dialogue *x, const struct story_decision *d, const char *word)
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

static int32_t find_option(const struct dialogue *x, const char *word)
{
    const int32_t decision = rehearsal_decision(x->rehearsal);
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

static void run_pick(struct dialogue *x, const char *word)
{
    const bool code =
        rehearsal_decision(x->rehearsal) >= 0 && x->s->decisions[rehearsal_decision(x->rehearsal)].layout == STORY_CODE;
    if (rehearsal_decision(x->rehearsal) < 0) {
        add_line(x, "No decision is open; try `undo`, `back`, `restart` or `quit` (`help` lists all commands).");
    } else if ((strcmp(word, "0") == 0 && !code) || strcmp(word, "wait") == 0) {
        rehearsal_wait(x->rehearsal);
        show_menu(x);
    } else {
        const int32_t option = find_option(x, word);
        if (option < 0)
            add_line(x, "There is no such option or command; `help` lists the commands.");
        else if (!rehearsal_pick(x->rehearsal, option))
            add_line(x, "It can't be picked now; `?` says why.");
        else
            show_menu(x);
    }
}

static void run_line(struct dialogue *x, char *line)
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

/* ---- the dialogue ------------------------------------------------------------------------------------------------ */

struct dialogue *dialogue_new(const struct story *s, const struct dialogue_options *o, GString *out)
{
    struct dialogue *x = g_new0(struct dialogue, 1);
    x->s = s;
    x->words = (struct description){.s = s, .language = o->language, .out = out};
    x->rehearsal = rehearsal_new(s, o->seed, describe_effect, &x->words);
    menu_clear(&x->menu);
    return x;
}

void dialogue_free(struct dialogue *x)
{
    if (!x)
        return;
    rehearsal_free(x->rehearsal);
    g_free(x);
}

bool dialogue_begin(struct dialogue *x, const struct transcript *first, GError **error)
{
    if (!rehearsal_begin(x->rehearsal, first, error))
        return false;
    show_menu(x);
    return true;
}

void dialogue_line(struct dialogue *x, const char *line)
{
    assert(!x->over);
    g_autofree char *copy = g_strdup(line);
    run_line(x, copy);
}

bool dialogue_is_over(const struct dialogue *x)
{
    return x->over;
}
