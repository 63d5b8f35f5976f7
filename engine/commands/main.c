/* The program: finds the subcommand in the table of commands.def and runs it. */

#include "base/packed_folder.h"
#include "commands/command.h"
#include "commands/network.h"
#include "story/suggest.h"

#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *title;
} commands[] = {
#define COMMAND(name, title) {#name, cmd_##name, title},
#define NETWORK(name, title) {#name, network_run, title},
#include "commands/commands.def"
#undef COMMAND
#undef NETWORK
};

static GString *help_text(void)
{
    GString *out = g_string_new("Usage: frumious COMMAND [OPTION…] [ARGUMENT…]\n"
                                "       frumious STORY [OPTION…]\n\n"
                                "Plays interactive films: they branch where the viewer decides, and never stop.\n\n"
                                "Commands:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(out, "  %-12s%s\n", commands[i].name, commands[i].title);
    g_string_append(
        out,
        "\n`frumious COMMAND --help` lists a command's options. `frumious STORY` plays it. A STORY is a YAML file, a\n"
        "folder with a `story.yaml`, or a pack (`.frumious`). Without arguments, on a desktop, it shows the films to\n"
        "choose from.\n\n"
        "Options:\n"
        "  -h, --help    show this text\n"
        "  --version     show version and licence\n\n"
        "Exit codes: 0 success; 1 the story has mistakes, or the command failed; 2 wrong arguments;\n"
        "3 something outside is missing (a file, a display, the store);\n"
        "130 interrupted (Ctrl-C, SIGTERM, SIGHUP).\n"
        "Data goes to standard output, messages to standard error. NO_COLOR turns colours off.\n");
    return out;
}

/* Anything that is there can be played by its name alone; a command is meant where a file is called like one. */
static bool names_a_story(const char *name)
{
    return strchr(name, '/') || g_str_has_suffix(name, ".yaml") || g_str_has_suffix(name, ".yml") ||
           g_str_has_suffix(name, PACKED_FOLDER_SUFFIX) || g_file_test(name, G_FILE_TEST_EXISTS);
}

/* `frumious STORY …` is `frumious play STORY …`. */
static int play_story(int argc, char **argv)
{
    char play[] = "play";
    g_autofree char **longer = g_new0(char *, (gsize)argc + 1);
    longer[0] = play;
    memcpy(longer + 1, argv + 1, (gsize)(argc - 1) * sizeof *longer);
    return cmd_play(argc, longer);
}

static void say_unknown(const char *name)
{
    struct suggest s = suggest_begin(name);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        suggest_offer(&s, commands[i].name);
    if (name[0] == '-')
        console_say("there is no option '%s' without a command; `frumious --help` lists the commands", name);
    else if (suggest_best(&s))
        console_say("there is no command or story '%s'; did you mean `frumious %s`?", name, suggest_best(&s));
    else
        console_say("there is no command or story '%s'; `frumious --help` lists the commands", name);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

/* `frumious help COMMAND` is `frumious COMMAND --help`. */
static int print_help_of(const char *name)
{
    const struct command *command = find_command(name);
    char *copy = g_strdup(name), option[] = "--help", *argv[] = {copy, option, NULL};
    if (!command)
        say_unknown(name);
    const int code = command ? command->run(2, argv) : EXIT_USAGE;
    g_free(copy);
    return code;
}

static int run(int argc, char **argv)
{
    g_autoptr(GString) help = help_text();
    const char *name = argv[1];
    if (argc > 2 && strcmp(name, "help") == 0)
        return print_help_of(argv[2]);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        command_print_help(help->str, console_write);
        return EXIT_OK;
    }
    if (strcmp(name, "--version") == 0) {
        console_print("frumious " FRUMIOUS_VERSION "\nMIT licence; see LICENSE.\n");
        return EXIT_OK;
    }
    const struct command *command = find_command(name);
    if (command)
        return command->run(argc - 1, argv + 1);
    if (names_a_story(name))
        return play_story(argc, argv);
    say_unknown(name);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    command_start();
    if (argc < 2 && (g_getenv("DISPLAY") || g_getenv("WAYLAND_DISPLAY")))
        return console_finish(cmd_play_shelf());
    if (argc < 2) {
        g_autoptr(GString) help = help_text();
        command_print_help(help->str, console_write_message);
        return EXIT_USAGE;
    }
    return console_finish(run(argc, argv));
}
