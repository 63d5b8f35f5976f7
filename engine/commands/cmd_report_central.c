/* frumious report --store clickhouse:…: the report of what a distributed engine holds. A part of frumious-network. */

#include "base/interrupt.h"
#include "commands/command.h"
#include "telemetry/central/gather.h"
#include "telemetry/count/count_cube.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Options of `report` for which the counts that the engine adds up do not do: they go by parts of the audience or by other days. */
static const char *const by_viewing[] = {"--only", "--by", "--viewers", "--timezone", "--recount", "--against"};

static bool is_option(const char *argument, const char *option)
{
    const size_t n = strlen(option);
    return strncmp(argument, option, n) == 0 && (argument[n] == '\0' || argument[n] == '=');
}

static bool has_any(char **argv, const char *const *options, size_t n)
{
    for (char **a = argv; *a; a++)
        for (size_t i = 0; i < n; i++)
            if (is_option(*a, options[i]))
                return true;
    return false;
}

static bool has_page(char **argv)
{
    for (char **a = argv; *a; a++)
        if (g_str_has_prefix(*a, "--format=")
                ? g_str_has_suffix(*a, "=html") || g_str_has_suffix(*a, "=pdf")
                : a > argv && is_option(a[-1], "--format") && (strcmp(*a, "html") == 0 || strcmp(*a, "pdf") == 0))
            return true;
    return false;
}

/* The report itself, in a process of its own: whatever ends it, this one takes the store away. */
static int run_child(int argc, char **argv)
{
    const pid_t child = fork();
    if (child == 0)
        _exit(console_finish(cmd_report(argc, argv)));
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_ENVIRONMENT;
}

static struct scratch *gather_for(struct engine *e, char **argv, GError **error)
{
    int64_t viewings;
    if (!gather_count(e, &viewings, error))
        return NULL;
    const bool each = has_any(argv, by_viewing, G_N_ELEMENTS(by_viewing)) || has_page(argv);
    if (each && viewings > COUNT_PARTED_VIEWINGS_MAX)
        console_say("a page, and what goes by parts of an audience, is counted from all %" G_GINT64_FORMAT
                    " viewings: they are brought here first",
                    viewings);
    return gather(e, each ? GATHER_VIEWINGS : GATHER_COUNTS, error);
}

int report_central(int argc, char **argv)
{
    static const char *const live[] = {"--watch"};
    GError *error = NULL;
    char **address = report_engine(argv);
    if (!address || report_engine(address + 1) || has_any(argv, live, G_N_ELEMENTS(live))) {
        console_say("report takes one clickhouse: alone, and without --watch");
        return EXIT_USAGE;
    }
    const char *url = strstr(*address, ENGINE_PREFIX);
    struct engine *e = engine_open(url, &error);
    interrupt_listen();
    struct scratch *s = e ? gather_for(e, argv, &error) : NULL;
    engine_close(e);
    if (!s) {
        console_say("%s", error->message);
        const bool usage = g_error_matches(error, ENGINE_ERROR, ENGINE_ERROR_ADDRESS);
        g_error_free(error);
        return interrupt_requested() ? EXIT_INTERRUPTED : usage ? EXIT_USAGE : EXIT_ENVIRONMENT;
    }
    scratch_end_writing(s);
    g_autofree char *path = g_strconcat(g_str_has_prefix(*address, "--store=") ? "--store=" : "", s->path, NULL);
    *address = path;
    const int code = run_child(argc, argv);
    scratch_free(s);
    return code;
}
