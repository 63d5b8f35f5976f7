/* frumious-network: the commands of commands.def that open sockets. `frumious COMMAND` starts it (network.h). */

#include "commands/command.h"

#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
#define COMMAND(name, title)
#define NETWORK(name, title) {#name, cmd_##name},
#include "commands/commands.def"
#undef COMMAND
#undef NETWORK
    {"report", report_central},
};

int main(int argc, char **argv)
{
    command_start();
    for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return console_finish(commands[i].run(argc - 1, argv + 1));
    console_say("this is a part of frumious, which starts it; see `frumious --help`");
    return EXIT_USAGE;
}
