#include "commands/network.h"

#include "base/console.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#define NETWORK_PROGRAM "frumious-network"

/* Where this program lies; NULL where the system doesn't tell. */
static char *own_folder(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    return self ? g_path_get_dirname(self) : NULL;
}

int network_run(int argc, char **argv)
{
    static const char *const places[] = {"", "../libexec/frumious"};
    g_autofree char *folder = own_folder();
    g_autofree char **longer = g_new0(char *, (gsize)argc + 2);
    char name[] = NETWORK_PROGRAM;
    longer[0] = name;
    memcpy(longer + 1, argv, (gsize)argc * sizeof *longer);
    for (size_t i = 0; folder && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *program = g_build_filename(folder, places[i], NETWORK_PROGRAM, NULL);
        execv(program, longer);
    }
    console_say("`frumious %s` needs the program " NETWORK_PROGRAM
                ", which is not installed; on Debian, the package frumious-network has it",
                argv[0]);
    return EXIT_ENVIRONMENT;
}
