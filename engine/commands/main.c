/* The program: finds the subcommand in the table of commands.def and runs it. */

#include "commands/command.h"

#include <assert.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *title;
} commands[] = {
#define COMMAND(name, title) {#name, cmd_##name, title},
#include "commands/commands.def"
#undef COMMAND
};

static void print_help(FILE *out)
{
    fputs("Usage: frumious COMMAND [OPTION…] [ARGUMENT…]\n\n"
          "Plays interactive films: they branch where the viewer decides, and never stop.\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(out, "  %-12s%s\n", commands[i].name, commands[i].title);
    fputs("\n`frumious COMMAND --help` lists a command's options.\n\n"
          "Options:\n"
          "  -h, --help    show this text\n"
          "  --version     show version and licence\n\n"
          "Exit codes: 0 success; 1 the story has mistakes, or the command failed; 2 wrong arguments;\n"
          "3 something outside is missing (a file, a display, the store); 130 interrupted.\n"
          "Data goes to standard output, messages to standard error. NO_COLOR turns colours off.\n",
          out);
}

/* If a standard file is closed, the next file that is opened takes its number, and messages go into it. */
static void fill_standard_files(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

/* Data that could not be written is a failure. It needs no message if the reader of a pipe has closed it. */
static int finish(int code)
{
    assert(code >= 0 && code <= 255); /* what a shell can see */
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (poll(&out, 1, 0) != 1 || (out.revents & POLLERR) == 0)
        console_say("standard output can't be written; is the disk full?");
    return code == EXIT_OK ? EXIT_ENVIRONMENT : code;
}

static int run(int argc, char **argv)
{
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return EXIT_OK;
    }
    if (strcmp(name, "--version") == 0) {
        puts("frumious " FRUMIOUS_VERSION "\nMIT licence; see LICENSE.");
        return EXIT_OK;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    console_say("there is no command '%s'; `frumious --help` lists them", name);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    fill_standard_files();
    setlocale(LC_ALL, "");
    g_set_prgname("frumious");
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    return finish(run(argc, argv));
}
