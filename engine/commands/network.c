#include "commands/network.h"

#include "base/console.h"

#include <glib.h>
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
    g_autoptr(GPtrArray) longer = g_ptr_array_new();
    g_ptr_array_add(longer, (char *)NETWORK_PROGRAM);
    for (int i = 0; i <= argc; i++) /* the NULL at the end, too */
        g_ptr_array_add(longer, argv[i]);
    for (size_t i = 0; folder && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *program = g_build_filename(folder, places[i], NETWORK_PROGRAM, NULL);
        execv(program, (char *const *)longer->pdata);
    }
    console_say("`frumious %s` needs the program " NETWORK_PROGRAM
                ", which is not installed; on Debian, the package frumious-network has it",
                argv[0]);
    return EXIT_ENVIRONMENT;
}
