/* frumious lsp: helps editors with stories. */

#include "base/confine.h"
#include "commands/command.h"
#include "edit/server.h"

#include <unistd.h>

int cmd_lsp(int argc, char **argv)
{
    gboolean stdio = FALSE;
    const GOptionEntry options[] = {
        {"stdio", 0, 0, G_OPTION_ARG_NONE, &stdio,
         "Over standard input and output, which is all there is: for editors that say so", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…]",
            "Runs a language server for stories (LSP 3.17) over standard input and output: editors start it.\n"
            "It shows what `frumious check` finds while you type, completes keys and names, goes to where a\n"
            "name is declared, finds its uses, renames it in all files, and shows where ways lead. How to set up\n"
            "your editor: engine/edit/README.md.",
            &code))
        return code;
    if (argc > 1) {
        console_say("lsp takes no `%s`: the editor tells which files it has open", argv[1]);
        return EXIT_USAGE;
    }
    /* It reads strangers' films, as check does, and writes nothing. Where the kernel does not offer that, it works the same. */
    const char *const folders[] = {g_get_user_cache_dir(), "/dev", NULL};
    confine_or_say(folders);
    _exit(console_finish(server_run()));
}
